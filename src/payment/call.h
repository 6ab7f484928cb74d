#ifndef PAYMENT_CALL_H
#define PAYMENT_CALL_H

#include "payment/payment.h"

/* What gateways were asked, how long they took and what they said: a row for each call that left,
 * written in the transaction that records its outcome, kept for ninety days. */
enum call_what {
    CALL_OPEN,  /* a page to pay on, or a charge without one */
    CALL_QUERY, /* how does it stand? */
    CALL_GIVE,  /* money back */
    CALL_GIVEN, /* what went back? */
    CALL_WHAT_COUNT
};
struct call {
    int64_t n, attempt_n, at_ms, took_ms;
    enum gateway_id gateway;
    enum call_what what;
    enum outcome outcome;
    int64_t http_status; /* 0: there was no answer */
    bool made;           /* false: the adapter refused by itself, nothing left */
    struct str said;     /* the gateway's word for the state, or empty; never a sentence */
};
/* Of a reply, once the adapter has judged it. */
struct call call_of(const struct attempt *a, enum call_what what, enum outcome outcome,
    const struct net_reply *reply);
/* In a transaction.  A call that was never made is not noted. */
enum err call_note(struct ctx *c, const struct call *call);
/* The same in a transaction of its own, where nothing else is written. */
enum err call_note_now(struct ctx *c, const struct call *call);

/* In a snapshot: of one attempt, oldest first; the newest of all, newest first. */
enum err call_list(struct ctx *c, int64_t attempt_n,
    enum err (*each)(struct ctx *c, const struct call *call, void *arg), void *arg);
enum err call_newest(struct ctx *c, int64_t limit,
    enum err (*each)(struct ctx *c, const struct call *call, void *arg), void *arg);
struct str call_purpose(enum call_what what); /* "for a page to pay on": a gateway was asked that */
/* "212 ms, said completed (HTTP 200)" */
struct str call_words(struct arena *a, const struct call *call);

enum err call_forget(struct ctx *c, struct str subject); /* a standing job */

#endif
