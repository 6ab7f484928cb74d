#ifndef GATEWAY_STRIPE_FIXTURE_H
#define GATEWAY_STRIPE_FIXTURE_H

#include "base/test.h"
#include "gateway/gateway.h"

/* Stripe alone: what it is asked, byte for byte, and what we make of what it answers. */
#define WIRE_SECRET "whsec_0123456789abcdef0123456789abcdef"
#define WIRE_OLD_SECRET "whsec_fedcba9876543210fedcba9876543210"

enum {
    WIRE_REQUESTS = 64,
    WIRE_ANSWERS = 16
};
struct wire {
    struct net net;
    struct test *t;
    /* What comes next, each once; and when nothing is left this, again and again. */
    struct {
        int status;
        const char *body;
    } next[WIRE_ANSWERS];
    size_t nexts, taken;
    int status;
    const char *body;
    struct net_request asked[WIRE_REQUESTS];
    size_t asks;
};
struct wire *wire_open(struct test *t);
/* With another key: "sk_live_…". */
struct wire *wire_open_with(struct test *t, char *key_setting);
struct wire *wire_open_env(struct test *t, char *const *env); /* of any gateway */
void wire_next(struct wire *w, int status, const char *body); /* status 0: the connection breaks */
void wire_restart(struct wire *w);                            /* nothing was asked or is to come */
/* "POST /v1/prices?a=b form" of the i-th request, brackets as they are meant. */
struct str wire_asked(const struct wire *w, size_t i);
struct str wire_header(const struct wire *w, size_t i, const char *name);
/* An order of two mugs and a tax line for 23.80 USD, or of one thing for this amount. */
struct gateway_open wire_order(void);
struct gateway_open wire_amount(struct wire *w, struct money total);
#define STRIPE gateway_by_id(GATEWAY_ID_stripe)

/* A webhook with one signature header, or none. */
struct gateway_webhook wire_webhook(struct wire *w, struct str body, struct str signature);
/* "t=…,v1=…" of this body, by this secret, at this second. */
struct str wire_sign(struct wire *w, struct str body, const char *secret, int64_t at_s);

#endif
