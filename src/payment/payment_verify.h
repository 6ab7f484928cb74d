#ifndef PAYMENT_PAYMENT_VERIFY_H
#define PAYMENT_PAYMENT_VERIFY_H

#include "payment/payment.h"

/* In a snapshot: orders against what they were made over, against their payments and their coupon's
 * use; payments against the facts that booked them; and what of them is sold, taxed and unexplained
 * against the ledger.  A line into out for each finding, CONFLICT when there is any. */
enum err payment_verify(struct ctx *c, struct buf *out);

/* Private to it: payment_verify_db.c. */
struct order_standing {
    struct order o;
    int64_t payments;  /* captured, and the order's own */
    struct id payment; /* … the one, where there is one */
    bool argued;
    int64_t use; /* of its coupon: 0 held, 1 used, 2 freed; -1: none */
};
enum err payment_db_each_standing(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct order_standing *s, void *arg), void *arg);
/* Captured ones above after_n, with what is needed of their orders: n, id, customer_n, currency and
 * tax_minor. */
enum err payment_db_each_captured(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct attempt *a, const struct order *o, void *arg),
    void *arg);

#endif
