#ifndef SANDBOX_STRIPE_PAGE_H
#define SANDBOX_STRIPE_PAGE_H

#include "sandbox/stripe_billing.h"
#include "sandbox/sandbox_page.h"

/* Private to the hosted pages of the simulated Stripe: what they have in common. */

/* The frame, and the line that says that it only stands in. */
struct buf *st_page_begin(struct req *r, int status, struct str title, bool errors);
void st_page_cards(struct buf *b); /* the test cards */
/* The amount at path, in the object's currency. */
struct money st_money(struct buf *b, const struct tree *t, const char *path);

extern const struct routes stripe_portal_routes;

#endif
