#ifndef SIM_LOOK_PLAN_DB_H
#define SIM_LOOK_PLAN_DB_H

#include "base/id.h"

/* Private to sim/: what purser has stored of plans, read by SQL of the simulator's own.  Opens a
 * snapshot. */

enum { /* subscription.status, purchase.kind, as schema/ numbers them */
    LOOK_PLAN_PAST_DUE = 2,
    LOOK_PLAN_OVER = 4,
    LOOK_ONCE = 0,
    LOOK_START,
    LOOK_RENEWAL,
    LOOK_CHANGE
};
struct look_plan {
    int64_t n, customer_n, order_n, status, months, amount, start_ms, end_ms, cancel_at_ms,
        ended_ms, cycle, anchor_ms;
    struct id raw;
    struct str id, customer, group, price, reference, next_price;
};
enum err look_plans(struct ctx *c, struct look_plan *ret, size_t max, size_t *ret_n);

/* Rises with each change of any of them. */
enum err look_plans_moved(struct ctx *c, int64_t *ret);

/* Orders that belong to one, or should have begun one. */
struct look_period {
    int64_t n, plan_n, kind, status, start_ms, end_ms, refunded, completed_ms;
    struct id raw;
    struct str id, lines; /* lines: JSON, as frozen */
};
enum err look_periods(struct ctx *c, struct look_period *ret, size_t max, size_t *ret_n);

struct look_lot {
    int64_t n, customer_n, kind, given, unused, order_n, plan_n, created_ms;
    struct str source;
};
enum err look_lots(struct ctx *c, struct look_lot *ret, size_t max, size_t *ret_n);

/* What gates believe. */
struct look_access {
    int64_t customer_n, until_ms;
    struct str customer, group, plan;
};
enum err look_access(struct ctx *c, struct look_access *ret, size_t max, size_t *ret_n);

/* What the plans of each customer have left; at most as many as there are. */
struct look_plan_left {
    int64_t customer_n, left;
    struct str customer;
};
enum err look_plan_left(struct ctx *c, struct look_plan_left *ret, size_t max, size_t *ret_n);

#endif
