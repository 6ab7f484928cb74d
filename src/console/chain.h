#ifndef CONSOLE_CHAIN_H
#define CONSOLE_CHAIN_H

#include "payment/payment.h"
#include "risk/risk.h"

/* What happened, one thing after the other, with what stands behind each: the answer to "where is
 * my money?".  Built once from facts, ledger, attempts, webhooks, mails and jobs; the command
 * `explain` prints it and the console's pages draw it. */
enum chain_kind {
    CHAIN_ORDER,
    CHAIN_MONEY,
    CHAIN_GATEWAY,
    CHAIN_MAIL,
    CHAIN_PEOPLE, /* somebody decided */
    CHAIN_WORK,   /* what is still to be done */
    CHAIN_KIND_COUNT
};
struct str chain_kind_text(enum chain_kind kind); /* "order", "money", … */

struct chain_step {
    int64_t at_ms, seq; /* seq: the fact's place in the chain; 0: it is none */
    bool is_call;       /* a gateway was asked: seq is that of the fact which followed at once */
    enum chain_cause {
        CHAIN_AFTER_NOTHING,
        CHAIN_AFTER_OPEN, /* what such a fact follows from, when both are of one moment */
        CHAIN_AFTER_QUERY
    } cause;
    enum chain_kind kind;
    enum chain_mood {
        CHAIN_PLAIN,
        CHAIN_GOOD,
        CHAIN_BAD,
        CHAIN_ODD, /* a person has to look */
        CHAIN_WAITS,
    } mood;
    struct str title, more; /* "Order completed"; what is known of it */
    struct str books;       /* the ledger's legs, or empty */
    struct str id;          /* evt_…, mail_…, job_…: where to look further, or empty */
};
enum {
    CHAIN_STEPS = 400
};
struct chain {
    struct str about; /* "ORD-2026-000123", "job_…" */
    struct str state; /* one line: how it stands now */
    bool has_order;
    struct order order;
    struct attempt *attempt;
    size_t attempts;
    bool has_risk;
    struct risk risk;
    struct chain_step *step; /* oldest first */
    size_t n;
    bool more; /* there is more than can be shown */
};

/* In a snapshot.  id: an order's number or id, or that of an attempt, payment, dispute,
 * webhook, job, customer or fact.  NOT_FOUND names what was tried. */
enum err chain_of(struct ctx *c, struct str id, struct chain *ret);
void chain_text(struct buf *out, const struct chain *chain);

#endif
