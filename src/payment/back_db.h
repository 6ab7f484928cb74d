#ifndef PAYMENT_BACK_DB_H
#define PAYMENT_BACK_DB_H

#include "payment/back.h"

/* So much more of the payment is reserved, where it is left; *ret_done false: it is not.  version:
 * the attempt's, after it. */
enum err back_db_reserve(
    struct ctx *c, int64_t attempt_n, int64_t minor, bool *ret_done, int64_t *ret_version);
enum err back_db_insert(struct ctx *c, struct refund *r);
enum err back_db_update(struct ctx *c, const struct refund *r, enum refund_status to);
enum err back_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct refund *ret);
enum err back_db_by_reference(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct refund *ret);
/* The oldest one of this payment that was adopted from a sum, and is this amount. */
enum err back_db_unnamed(
    struct ctx *c, int64_t attempt_n, int64_t minor, bool *ret_found, struct refund *ret);

/* The newest one of this payment that is reserved and that nobody has sent. */
enum err back_db_unsent(struct ctx *c, int64_t attempt_n, bool *ret_found, struct refund *ret);

/* What must agree, for each payment that anything went back of or is to go back. */
struct back_sums {
    struct id attempt, order;
    int64_t amount, refunded, reserved; /* as the payment says */
    int64_t succeeded, pending;         /* as its refunds say */
    int64_t total, order_refunded;      /* as its order says */
    int64_t lost;                       /* by disputes */
    bool extra;                         /* no order's: what was given back by hand has no row */
};
enum err back_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct back_sums *sums, void *arg), void *arg);
/* Refunds that name another order, gateway or currency than their payment. */
enum err back_db_astray(
    struct ctx *c, enum err (*each)(struct ctx *c, struct id refund, void *arg), void *arg);
/* A lot that an order paid for whose money went back, in part or whole. */
struct back_lot {
    struct id order;
    int64_t refunded, total, given, taken;
};
enum err back_db_lots(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct back_lot *lot, void *arg), void *arg);

#endif
