#ifndef REPORT_SALES_DB_H
#define REPORT_SALES_DB_H

#include "order/order.h"
#include "payment/payment.h"

/* What was sold, and what the books did with it afterwards. */

/* In a snapshot, oldest first: orders that were completed in from_ms <= t < to_ms, each with what
 * was paid for it; of the order only what reports read. */
struct sale {
    struct order order;
    int64_t paid_minor; /* what came for it: mostly the order's total */
    enum gateway_id gateway;
    struct str method, asked; /* how it was paid, as the gateway said, and as was asked for */
};
/* At most SALES_PAGE of them: at from_ms only those behind after_n. */
enum {
    SALES_PAGE = 500
};
struct sales_span {
    int64_t from_ms, to_ms, after_n, before_n;
};
enum err sales_page(struct ctx *c, const struct sales_span *span,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg);
/* Entries of sales and tax in this time that are no sale: what went back, and what came again. */
struct sales_entry {
    int64_t n, account, amount, at_ms;
    enum currency cur;
    struct str subject, data; /* of the fact that posted it */
};
/* after_n, before_n: between which entries those of this time are. */
enum err sales_entry_range(struct ctx *c, struct sales_span *inout);
enum err sales_entry_page(struct ctx *c, const struct sales_span *span, int64_t account,
    enum currency cur, enum err (*each)(struct ctx *c, const struct sales_entry *entry, void *arg),
    void *arg);
/* Every entry of what is unexplained, oldest first. */
enum err sales_held(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct sales_entry *entry, void *arg), void *arg);
/* Orders that wait for their payment, or for a person, made in this time. */
enum err sales_waiting(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg);
/* Attempts whose end nobody knows, or about which somebody contradicts us. */
struct sales_doubt {
    struct order order;
    struct attempt attempt;
    int64_t came_minor; /* -1: nobody says what came */
};
enum err sales_doubts(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct sales_doubt *doubt, void *arg), void *arg);

#endif
