#ifndef SIM_CHECK_PLAN_H
#define SIM_CHECK_PLAN_H

#include "sim/check.h"
#include "sim/look_plan_db.h"

/* Private to sim/: everything that purser has stored of plans. */
enum {
    PLANS_MAX = 64,
    PERIODS_MAX = 512,
    LOTS_MAX = 512,
    SOON_MS = 10 * MINUTE,
    SLIP_MS = 2 * HOUR /* of two clocks; a renewal is collected within it */
};
struct plans {
    struct look_plan plan[PLANS_MAX];
    struct look_period period[PERIODS_MAX];
    struct look_lot lot[LOTS_MAX];
    struct look_access access[PLANS_MAX];
    size_t plans, periods, lots, accesses;
};

struct plans *plans_read(struct life *l);
const struct look_plan *plan_known(const struct plans *k, struct str reference); /* or NULL */
/* What is for sale at this price. */
const struct good *good_of_price(const struct shelf *s, struct str price);
const struct good *good_of_standing(const struct shelf *s, const struct standing *at);
bool standing_is_over(const struct standing *s);

#endif
