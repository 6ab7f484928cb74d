#ifndef SIM_FLOW_H
#define SIM_FLOW_H

#include "sim/life.h"

/* What somebody wants of purser or of a gateway: a file and a line in flows.c each. */
struct flow {
    struct str name;
    void (*begin)(struct life *l);          /* puts what will happen into the queue */
    void (*paid)(struct life *l, int page); /* somebody has just paid there; NULL: never mind */
    void (*calm)(struct life *l);           /* the trouble is over; NULL: nothing left to do */
    void (*end)(struct life *l);            /* when all is quiet: asks once more */
};
extern const struct flow *const flows[];
extern const size_t flow_count;

extern const struct flow flow_credits, flow_buyer, flow_subscriber, flow_refund, flow_dashboard,
    flow_console, flow_stranger;

/* Somebody wants this page, from then on: of *in what is to be bought, who buys and what he does.
 */
int buyer_wants(struct life *l, const struct wish *in, int64_t at_ms);
enum plan {
    PLAN_PAY,
    PLAN_DECLINED_FIRST,
    PLAN_CRYPTO,
    PLAN_CHAIN, /* certain a minute later */
    PLAN_CHAIN_FAILS,
    PLAN_LEAVE,
    PLAN_CANCEL,
    PLAN_CANCEL_AND_PAY,
    PLAN_LATE,
    PLAN_BOTH, /* at once, here and on the page that was opened before */
    PLANS
};

/* What the answers about credits come to, without packs; false: nobody told what became of one. */
bool credits_reckoned(const struct life *l, int customer, int64_t *ret);
int credits_customer(struct str who); /* whose purse; -1: nobody's */

/* While an answer about this plan is on its way its owner wants something of it. */
void subscriber_hurries(struct life *l, struct str url);

/* The application posts JSON under a key of its own; NULL: nobody is there. */
struct posting {
    struct str path, key, body;
    void (*done)(struct life *l, struct ask *a);
    int64_t of;
};
struct ask *flow_post(struct life *l, const struct posting *p);

#define KEY_HEADER "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

#endif
