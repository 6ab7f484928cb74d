#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "base/ctx.h"

/* What a customer's plans give right now: those that a subscription pays for, one in each group, as
 * they were agreed to, and beside them the plans that nobody pays for.  Features are the union, a
 * limit is the highest of theirs.  In a snapshot or transaction. */
struct access {
    struct str plan;    /* the highest one's id: "free"; empty: the catalogue has none */
    int64_t allowance;  /* credits of a period, or those given once */
    int64_t day_limit;  /* generationsPerDay; -1: none */
    int64_t given_once; /* credits that come with the plans nobody pays for */
};
enum err access_of(struct ctx *c, int64_t customer_n, struct access *ret);
enum err access_has(struct ctx *c, int64_t customer_n, struct str feature, bool *ret);

/* In a transaction: the plan of this group from now on, until then; terms is the plan as JSON.
 * Written by what gives it: a subscription. */
struct access_plan {
    struct str group, plan, terms;
    int64_t until_ms; /* ACCESS_FOREVER: nothing ends it yet */
};
#define ACCESS_FOREVER INT64_C(253402300799999)
enum err access_set(struct ctx *c, int64_t customer_n, const struct access_plan *plan);

#endif
