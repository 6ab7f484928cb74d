#ifndef CHECKOUT_CHECKOUT_PLAN_H
#define CHECKOUT_CHECKOUT_PLAN_H

#include "checkout/checkout.h"

/* One plan of a group at a time: who has one changes it, and who wants another one than he has a
 * page open for gets that page alone. */
enum {
    STARTS_MAX = 20
};
struct checkout_starts {
    struct order order[STARTS_MAX]; /* of this group, unpaid; locked */
    size_t n;
};
/* In the order's transaction, of the buyer alone: nothing to do for what is no plan.
 * INVALID_REQUEST for a guest; ALREADY_SUBSCRIBED, with how to change it in details. */
enum err checkout_may_begin(
    struct ctx *c, const struct order_ask *ask, struct checkout_starts *ret);
/* They are given up, and their pages end. */
enum err checkout_end_starts(struct ctx *c, struct checkout_starts *starts);

#endif
