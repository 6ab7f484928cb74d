#ifndef EDGE_DISPATCH_H
#define EDGE_DISPATCH_H

#include "operation/operation.h"
#include "db/db.h"
#include "web/web.h"

/* From a request to its answer, once for all routes: who is asking, may they, was it asked before,
 * run the handler in its shape, render errors, one line in the log.
 *
 *   READ, WAIT   identify, allow and run in one snapshot on the reader's thread
 *   WRITE        identify, allow and parse on the reader; run is the transaction's body on the
 *                store's thread; the answer leaves after COMMIT.  What only looks (ROUTE_LOOK) runs
 *                in a snapshot on the reader instead
 *   CALL         the same, then the operation's steps: plan (transaction), call (a caller's
 *                thread), record (transaction)
 *   PLAIN        no store
 *
 * A request has one owner at a time; whoever holds it last hands it back. */
struct dispatch {
    void (*answer)(struct req *r); /* web_answer; tests put another here */
    struct callers *callers; /* web/callers.h, for CALL; NULL: the call runs on the spot (tests) */
    /* Instead of callers: whoever drives time (the simulator) runs it when it likes. */
    void (*later)(void *self, void (*run)(void *arg, bool late), void *arg);
    void *self;
};
void dispatch_request(const struct dispatch *d, struct req *r);

/* At its end, of each: what the log and the console know of it (answered.c). */
void dispatch_answered(struct req *r, enum err e);

/* The caller's, or the hidden field of a page's form; where a route derives them (the guides'
 * aliases), from body and minute: a button pressed twice is one request, and the same pack can be
 * bought again.  What falls into two minutes is still one order by its basket. */
struct str dispatch_idempotency_key(struct req *r);

#endif
