#ifndef INBOX_INBOX_APPLY_H
#define INBOX_INBOX_APPLY_H

#include "inbox/inbox.h"
#include "payment/call.h"

/* Private to the inbox: what is stored, and what it leads to. */

struct arrival {
    enum gateway_id gateway;
    struct notice notice;
    struct id event;
    struct str body, headers, hash, key;
    struct str confirmed_by; /* what a proof is settled as: "webhook", "query" */
    /* What look found about a proof. */
    struct settle settle;
    bool known;
    int64_t fact_n; /* of the fact that it came, drawn: before those that follow from it */
};
/* The body in our words, before any transaction; INVALID_REQUEST as translate says. */
enum err arrival_read(struct ctx *c, enum gateway_id gateway, struct str body, struct arrival *ret);
/* In a transaction, first: only asks, and is answered at the wait (struct tx). */
enum err arrival_look(struct ctx *c, struct arrival *a);
uint64_t arrival_root(const struct arrival *a); /* what it locks */
/* After that: stored, or counted when it was stored before; a proof is applied unless proofs
 * is false, anything else that matters has a job.  deed as for event_fact. */
enum err arrival_take(struct ctx *c, const struct arrival *a, const char *deed, bool proofs);

/* The fact that goes with it: {GATEWAY}_WEBHOOK_RECEIVED, _FETCHED, _PROCESSED, _FAILED.  In a
 * transaction.  drawn: its number of fact_draw, or 0. */
enum err event_fact(struct ctx *c, const struct event *e, const char *deed, int64_t drawn);
/* In a transaction: settle with what is believed, and write into the event's row what came of it.
 * NOBODY leaves the event waiting, with a job under its reference. */
enum err event_settle(struct ctx *c, struct event *e, struct settle *s);
/* The same for one that is not stored yet, after settle_look: its row is written once, whole. */
enum err event_settle_new(struct ctx *c, struct event *e, struct str key, struct settle *s);
/* One event on its way: what came of it is written, or, dry, only said. */
struct event_work {
    struct event event; /* in: n */
    bool dry;
    struct settle settle;
    bool found;
    struct attempt attempt; /* of the reference, when there is one */
    struct call call;       /* the question to the gateway, when one left */
    struct str why;         /* parking, ignoring, or waiting on */
    bool put_off;           /* dry: it would be tried again later, or need a person */
    bool is_said;           /* dry: settle came to its end */
    bool unasked;           /* dry: no server runs, so the webhook is taken at its word */
};
enum err event_read(struct ctx *c, void *event_work); /* in a snapshot */
/* In no transaction: asks the gateway where it must, then settles. */
enum err event_process(struct ctx *c, struct event_work *w);
/* Asks how a subscription or a dispute stands, and writes that into all its events that wait.  In
 * no transaction. */
enum err event_mirror(struct ctx *c, enum gateway_id gateway, bool dispute, struct str reference);
/* One whose signature did not hold is noted, and too many of them are an alert. */
void inbox_forged(struct ctx *c, struct str gateway);
/* Does anything ever follow from such a notice? */
bool notice_matters(const struct notice *n);

#endif
