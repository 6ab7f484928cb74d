#ifndef SANDBOX_STRIPE_ACCOUNT_H
#define SANDBOX_STRIPE_ACCOUNT_H

#include "sandbox/stripe.h"

/* Private to the simulated Stripe's Connect: accounts of sellers.
 *
 *   stripe_account.c      the routes: making, changing, rejecting, deleting, links
 *   stripe_onboard.c      what is still asked of a seller, and what follows from it
 *   stripe_seller_page.c  where a seller answers it, and the dashboard behind a login link
 *
 * An account says what is the simulator's own in "_given" (the fields that were filled in),
 * "_verdict" (what verification found: "", "pending", "unreadable", "rejected.fraud" …) and
 * "_linked" (an account link was made: legal data is the seller's from then on). */

/* What a seller is asked on the page: one field, and the requirements that it meets. */
struct question {
    const char *field, *label, *hint, *sample;
    const char *person, *firm; /* names with a space between; "": not of these */
};
extern const struct question st_questions[];
extern const size_t st_question_count;
/* The question is open for this account. */
bool st_question_due(const struct tree *account, const struct question *q);
void st_question_met(struct st *s, struct tree *account, const struct question *q, struct str text);
bool st_account_rejected(const struct tree *account);
/* Requirements, capabilities and what is enabled, from what was given and found. */
void st_account_settle(struct st *s, struct tree *account);
/* The seller has agreed and sent it off; verdict as in "_verdict". */
enum err st_account_submit(struct st *s, struct thing *account, struct str verdict);
enum err st_account_turns(struct st *s, struct thing *account);

/* 403 for one that is not there: Stripe does not say which accounts there are. */
enum err st_account_need(struct st *s, struct str id, struct thing *ret);

/* Saves, and tells the Connect endpoints when something of it has changed. */
enum err st_account_save(struct st *s, struct thing *account);

extern const struct routes stripe_seller_routes;

#endif
