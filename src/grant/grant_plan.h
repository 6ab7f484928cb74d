#ifndef GRANT_GRANT_PLAN_H
#define GRANT_GRANT_PLAN_H

#include "grant/grant.h"

/* The orders of a subscription: its beginning, its renewals, its changes.  For grant.c. */

enum err grant_plan_refuses(
    struct ctx *c, const struct order *o, const struct grant_how *how, struct str *ret_why);
enum err grant_plan_give(struct ctx *c, const struct order *o, const struct grant_how *how);
enum err grant_plan_take(struct ctx *c, const struct order *o);
/* Access as it is while the order is disputed, or is not any more. */
enum err grant_plan_hold(struct ctx *c, const struct order *o);

/* What grant_would_turn says is done. */
enum err grant_turn(struct ctx *c, const struct subscription *s, struct grant_turn *k);
/* Where the price of a new period counted the credits that are left of this one: they end, so
 * many of them. */
enum err grant_trade_in(struct ctx *c, const struct subscription *s, int64_t *ret_ended);
/* A lot beside the month's, for a plan that gives more from now on: once for its order. */
enum err grant_raise(
    struct ctx *c, const struct subscription *s, const struct order *o, int64_t more);

#endif
