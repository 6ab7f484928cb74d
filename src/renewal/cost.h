#ifndef RENEWAL_COST_H
#define RENEWAL_COST_H

#include "renewal/bill.h"

/* Private to renewal: what another plan costs, by the catalogue's rule for it (credits.upgrade).
 *
 *   time     by the time that is left of the period
 *   none     a whole new period from now
 *   credits  a whole new period from now, less the paid period's share of credits that were not
 *            used: who has burned them pays in full
 *
 * A trial costs nothing and changes for nothing. */
struct cost {
    struct subscription_terms to;
    bool at_end; /* from the next period on: nothing now */
    int prorate; /* as in gateway_change; only of a change now */
    int64_t allowed_minor;
    struct bill_sum sum;      /* what is due now; of purser's own reckoning */
    int64_t over_minor;       /* what the old plan is worth more than the new: a cheaper one */
    int64_t start_ms, end_ms; /* of the new period; 0: the one that runs goes on */
    struct money next;        /* the next regular payment … */
    int64_t next_ms;          /* … and when */
    int64_t credits_now, credits_each; /* what is given at once; each month from then on */
    int64_t credits_end;               /* of what is there: ends, being counted in the price */
    int64_t credits_owed;              /* was used, and comes off what is given after this */
};
/* In a snapshot or transaction; at_ms: the moment from which it is reckoned. */
struct cost_ask {
    struct str price;
    bool at_end, nothing; /* nothing: it costs nothing and allows for nothing */
    int64_t at_ms;
};
enum err cost_reckon(
    struct ctx *c, const struct subscription *s, const struct cost_ask *ask, struct cost *ret);
/* The same as a gateway is asked for it. */
struct gateway_plan cost_gateway_plan(struct ctx *c, const struct subscription_terms *t);

#endif
