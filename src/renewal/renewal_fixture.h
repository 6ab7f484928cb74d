#ifndef RENEWAL_RENEWAL_FIXTURE_H
#define RENEWAL_RENEWAL_FIXTURE_H

#include "base/test.h"
#include "renewal/renewal.h"

/* A customer with a plan, and a gateway of a few lines: what it says of one subscription is the
 * oracle. */
enum {
    DAY = 24 * 3600 * 1000,
    INVOICES = 12
};
struct gate {
    struct net net; /* first: the gateway finds the rest by it */
    struct test *t;
    struct gateway gateway;
    struct gateway_standing at;
    struct gateway_invoice invoice[INVOICES];
    int64_t asked, customer_n, subscription_n;
    bool away;
    /* While it answers: somebody else's question, asked later and answered sooner. */
    void (*during)(struct gate *g);
};
/* By the month, from now on; managed: purser renews it. */
struct gate *gate_open(struct test *t, bool managed);

struct gateway_invoice *gate_invoice(struct gate *g, int64_t minor); /* paid, the newest */
struct gateway_invoice *gate_renews(struct gate *g);
struct renewal_mirror gate_mirror(struct gate *g);

/* What is here. */
struct seen {
    struct gate *g;
    struct subscription s;
    struct order last;                                /* the newest order */
    int64_t orders, completed, reviews, sales, mails; /* orders: of the plan */
    const char *kind;
    int64_t facts;
};
struct seen gate_see(struct gate *g);
int64_t gate_facts(struct gate *g, const char *kind);
/* Looks at the subscription as its job does. */
void gate_due(struct gate *g);
/* When that job is due; 0: there is none. */
int64_t gate_due_ms(struct gate *g);
struct str gate_plan(struct gate *g); /* that the customer has now, of "ai" */
bool gate_waits(struct gate *g, const char *kind, struct str subject); /* such a job */
/* Somebody pays an order on a page of the gateway's. */
void gate_pays(struct gate *g, const struct order *o, int64_t minor);
/* The money of an order that was paid: it went back whole, a bank asks for it, or leaves it. */
void gate_money(struct gate *g, int64_t order_n, enum order_status to);

#endif
