#ifndef GRANT_GRANT_VERIFY_H
#define GRANT_GRANT_VERIFY_H

#include "subscription/subscription.h"

/* In a snapshot: who has a subscription has its plan, and for no longer than was paid for.  A line
 * into out for each customer of whom that is not so, CONFLICT when there is any. */
enum err grant_verify(struct ctx *c, struct buf *out);

/* Private to it, grant_verify_db.c: above after_n, the newest subscription of each customer and
 * group; has: the plan that the customer has there, or empty. */
struct granted {
    struct subscription s; /* n, id, status, plan, period_end_ms */
    struct str has;
    int64_t until_ms;
};
enum err grant_db_each(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct granted *g, void *arg), void *arg);

#endif
