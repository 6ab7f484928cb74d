#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "base/ctx.h"

struct routes;

/* What a customer's plans give right now: those that a subscription pays for, one in each group, as
 * they were agreed to, and beside them the plans that nobody pays for.  In a snapshot or
 * transaction; customer_n 0 is somebody new. */

struct access_plan {
    struct str group, plan, terms; /* terms: the plan as JSON */
    struct str price;              /* by which it is paid, an id of the catalogue; or empty */
    int64_t until_ms;              /* ACCESS_FOREVER: nothing ends it yet */
    bool is_free;                  /* everybody's */
};
#define ACCESS_FOREVER INT64_C(253402300799999)
/* What is paid for comes first. */
enum err access_plans(
    struct ctx *c, int64_t customer_n, const struct access_plan **ret, size_t *ret_n);

/* All of them together: features are the union, a limit is the highest of theirs. */
struct access {
    struct str plan;    /* the highest one's id: "free"; empty: the catalogue has none */
    int64_t allowance;  /* credits of a period, or those given once */
    int64_t day_limit;  /* generationsPerDay; -1: none */
    int64_t given_once; /* credits that come with the plans nobody pays for */
};
enum err access_of(struct ctx *c, int64_t customer_n, struct access *ret);
enum err access_has(struct ctx *c, int64_t customer_n, struct str feature, bool *ret);
/* The same of plans that were read already. */
struct access access_sum(const struct access_plan *plan, size_t n);
bool access_any_says(const struct access_plan *plan, size_t n, struct str feature);
/* The same for everything that any plan names, as JSON objects: for showing and for tokens. */
struct access_union {
    struct str plans;    /* {"ai":"creator"}: of each group the highest */
    struct str features; /* {"apiAccess":true}: every name of the catalogue, true or false */
    struct str limits;   /* {"generationsPerDay":150} */
};
enum err access_union(struct ctx *c, int64_t customer_n, struct access_union *ret);

/* What one plan says, from its terms or as the catalogue has it. */
bool access_says(struct str plan, struct str feature);
bool access_knows(struct str plan, struct str feature); /* it says either yes or no */
int64_t access_number(struct str plan, const char *path, int64_t otherwise);

/* In a transaction: the plan of this group from now on, until then.  Written by what gives it: a
 * subscription. */
enum err access_set(struct ctx *c, int64_t customer_n, const struct access_plan *plan);

extern const struct routes access_routes;

#endif
