#ifndef SANDBOX_STRIPE_FIXTURE_H
#define SANDBOX_STRIPE_FIXTURE_H

#include "sandbox/sandbox_fixture.h"
#include "sandbox/stripe.h"

/* The simulated Stripe for a test: asked without a wire, with the sandbox's own key. */
struct said {
    int status;
    struct tree *body;
};
/* "POST /v1/customers", and a form; GET and DELETE carry theirs in the path. */
void vendor_open(struct test *t, struct fixture *f); /* a merchant that takes every webhook */
struct said vendor_ask(struct fixture *f, const char *what, const char *form);
struct said vendor_ask_with(
    struct fixture *f, const char *what, const char *form, const struct net_header *more, size_t n);
/* A session in payment mode over 39.98 USD; its id. */
struct str vendor_session(struct fixture *f);
/* POST /_sandbox/pay, must answer 200: its data. */
struct tree *vendor_pays(struct fixture *f, struct str session, const char *more);
/* The types of all events, oldest first, a space between. */
struct str vendor_events(struct fixture *f);

#endif
