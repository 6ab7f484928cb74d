#ifndef SANDBOX_STRIPE_PLAN_FIXTURE_H
#define SANDBOX_STRIPE_PLAN_FIXTURE_H

#include "gateway/gateway.h"
#include "sandbox/stripe_fixture.h"

/* purser's side of Stripe against the simulated one: a plan is bought, and asked about as purser
 * asks. */
#define STRIPE gateway_by_id(GATEWAY_ID_stripe)

struct gateway_plan plan_pro(void);   /* 19.00 USD a month */
struct gateway_plan plan_taxed(void); /* the same, 4.00 off for two months, 19 % on top: 17.85 */
struct gateway_session plan_page(
    struct fixture *f, const struct gateway_plan *plan, int64_t total, const char *attempt);
struct notice plan_says(struct fixture *f, struct str session); /* or an invoice */
/* Opened for att_1 of ord_1 and paid: the subscription's id. */
struct str plan_bought(struct fixture *f, const struct gateway_plan *plan, int64_t total);
struct gateway_standing plan_stands(struct fixture *f, struct str id);
void plan_advance(struct fixture *f, const char *by); /* the clock, and t's with it */

#endif
