#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/clock.h"
#include "net/net.h"
#include "web/web.h"

/* The other side of the wire: gateways as they are in reference, simulated inside this binary on a
 * port of their own (contract.md 9).  purser reaches them like the real ones, by HTTP and with
 * keys; they reach purser by signed webhooks.  They know no feature of purser.
 *
 *   sandbox.c       opening, closing, the thread that looks after what is due
 *   dispatch.c      from a request to its answer, or to the fault that was asked for
 *   model.h         sessions, webhooks, faults: what is kept and how it may change
 *   control_api.c   /_sandbox/…
 *   simulator.h     what one gateway is: moneymotion*.c are the first, stripe*.c the largest
 *
 * State lies in a file of its own, survives kill -9, and is emptied by reset only. */
struct sandbox;

/* purser's side of the movable clock: what it has to do and when.  Both in no transaction, on a
 * thread that may wait; run_due returns when nothing is due at this moment. */
struct sandbox_host {
    void (*hold)(void *self, bool held); /* held: nobody else runs what is due there */
    enum err (*next_due)(void *self, int64_t *ret_ms); /* INT64_MAX: nothing */
    enum err (*run_due)(void *self, int64_t *ret_ran);
    void *self;
};

struct sandbox_options {
    struct str state;          /* sqlite:FILE or sqlite::memory:; see sandbox_state */
    struct str webhooks;       /* "http://127.0.0.1:8080": where the merchant is */
    bool connects;             /* the merchant takes what Stripe says of sellers, too */
    struct clock *clock;       /* read, and moved by the clock route; set to where it was at open */
    bool serves;               /* listens, and sends by itself; else the simulator drives it */
    struct str host;           /* empty: every address */
    int port;                  /* 0: any free one */
    struct net *net;           /* for webhooks; NULL: its own */
    int64_t retry_ms;          /* a webhook that failed is sent again after 1, 2, 4, 8, 16 of these;
                                  0: 1000 */
    const struct routes *more; /* routes of the host on this port, READ in the host's store */
    const struct sandbox_host *purser; /* NULL: nobody else moves with the clock */
    const struct sandbox *like; /* both in memory: begins with what this one holds; or NULL */
};

/* Where the state lies for this database: "sqlite:purser.db-sandbox" beside a SQLite file;
 * "sqlite:purser-sandbox.db" in the working directory for PostgreSQL. */
struct str sandbox_state(struct arena *a, struct str database_url);

/* c: keys (c->config), ids, log, and the host's store.  INVALID_REQUEST or CONFLICT with one
 * precise line when the address or the file cannot be used. */
enum err sandbox_open(struct ctx *c, const struct sandbox_options *options, struct sandbox **ret);
/* Answers what runs, leaves what is undelivered for the next start. */
void sandbox_close(struct sandbox *sb);
int sandbox_port(const struct sandbox *sb);

/* ---- driven from outside: the simulator's queue, and the clock.  c is the caller's, for its arena
 * and its errors; the sandbox works in a ctx of its own. */

/* Everything that is due now: sessions that end, webhooks.  *ret_ran counts. */
enum err sandbox_run_due(struct ctx *c, struct sandbox *sb, int64_t *ret_ran);
enum err sandbox_next_due(struct ctx *c, struct sandbox *sb, int64_t *ret_ms); /* INT64_MAX: none */

/* Runs to a later time (engine.md 9): step by step the clock becomes the next due moment of either
 * side, and everything due there is done before the next. */
struct sandbox_moved {
    int64_t from_ms, to_ms; /* business time before and after */
    int64_t steps;
    int64_t gateway_events, jobs; /* what was done on either side */
};
enum err sandbox_advance(
    struct ctx *c, struct sandbox *sb, struct duration by, struct sandbox_moved *ret);

/* ---- what goes wrong on purpose, for a page that turns it: as /_sandbox/webhooks and /faults */
struct sandbox_trouble {
    struct str gateway, title; /* "moneymotion", "MoneyMotion" */
    struct str webhooks;       /* "normal", "duplicate", "reorder", "drop", "hold" */
    bool away;                 /* every call is answered with 500 */
};
enum err sandbox_troubles(
    struct ctx *c, struct sandbox *sb, struct sandbox_trouble *ret, size_t max, size_t *ret_n);
/* What was held is sent when webhooks are normal again.  INVALID_REQUEST for what is not known. */
enum err sandbox_trouble_set(struct ctx *c, struct sandbox *sb, const struct sandbox_trouble *t);

/* A net whose calls are answered by the simulators directly, with the bytes that would have
 * travelled; timeouts and broken connections are UNKNOWN at once. */
struct net *sandbox_net(struct sandbox *sb);

#endif
