#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct catalog;
struct catalog_asked;
struct secret;

#define CUSTOMER_NOBODY INT64_C(-1)

/* What a piece of work needs to know about where it runs.  First parameter of every function
 * that can fail, allocate, read the clock or touch the store.  Lives exactly as long as one
 * request, one job run, one command or one test, and belongs to one thread at a time. */
struct ctx {
    struct arena *arena;

    /* Where work runs; shared by all, set at start and never changed after.  NULL where a test
     * has no use for it. */
    struct store *store;         /* db/db.h */
    struct net *net;             /* net/net.h: calling out */
    struct ids *ids;             /* base/id.h: randomness */
    struct log *log;             /* base/log.h */
    struct metrics *metrics;     /* base/metric.h */
    struct faults *faults;       /* base/fault.h; NULL outside tests and the simulator */
    struct rates *rates;         /* base/rate.h: limits; NULL: none */
    struct security *security;   /* base/security.h: what attackers tried; NULL: nobody keeps it */
    struct mishaps *mishaps;     /* base/mishap.h: what failed, by place; NULL: nobody counts */
    struct edge *edge;           /* edge/edge.h: what the edge remembers between requests */
    const struct secret *secret; /* base/crypto.h: this database's own, see setting/setting.h */
    struct catalogs *catalogs;   /* catalog/catalog.h: versions that were read */
    struct zones *zones;         /* base/zone.h: those that were read; NULL: read each time */
    const struct config *config; /* base/config.h */
    struct app *app;             /* app/app.h; app only */
    struct sandbox *sandbox;     /* sandbox/sandbox.h: the simulators, in work of their own */
    const struct site *site;     /* web/site.h: whom the pages speak for; NULL: nobody */

    /* The transaction or snapshot in which this work is right now, or NULL. */
    struct db *db;
    /* What is in force there, once it was looked up (catalog/catalog_now.c): one transaction, one
     * snapshot, one catalogue.  The store forgets it where another begins. */
    const struct catalog *catalog;
    struct catalog_asked *catalog_asked; /* asked for, and perhaps not answered yet */

    int64_t now_ms;  /* business time, read once: renewals, expiries, jobs, what is stored */
    int64_t wall_ms; /* security time, read once: signatures, tokens, rate limits, logs */

    /* Calls out must have ended by then (monotonic clock): a request's calls share 25 s.  0: each
     * call has only its own bound. */
    int64_t calls_until_ms;

    /* When what this answers arrived (monotonic, µs): a snapshot that began later shows all that
     * whoever asks may know of, so it may be shared.  0: a snapshot of its own, which is what
     * everything has after its first one: what it did meanwhile has to be seen. */
    int64_t asked_us;

    struct str request_id; /* req_…, job_…, or the command's name */
    struct str actor; /* who does this, for facts: "key:key_…", "user:…", "job:…", "admin:…" */
    struct str address;    /* the client's address, or empty */
    struct str user_agent; /* cleaned, at most 300 bytes, or empty */

    /* Whose data: set by authentication, bound by every customer-facing query.  customer_n is 0
     * for those who may see everybody's (keys, console, jobs), CUSTOMER_NOBODY for everybody else
     * until the customer's row is found. */
    int64_t customer_n;
    struct str customer_id;                   /* the application's id of a signed-in customer */
    struct str customer_email, customer_name; /* as its user token said them, or empty */
    bool customer_email_verified;

    /* Whose matter this turned out to be, where it is known: for who counts whom errors met, and
     * nothing that is decided. */
    int64_t about_n;

    /* Set at a simulated crash: from then on every verb of store, net and mail answers E_DEAD. */
    bool dead;

    struct errinfo err;
};

/* A ctx for another piece of work in the same place: same store, net, clocks; own arena, no
 * transaction, no caller, no error. */
struct ctx ctx_sibling(const struct ctx *c, struct arena *arena);

/* What went wrong in a sibling, whose arena is about to be reset, into c; and its death. */
void ctx_keep_error(struct ctx *c, const struct ctx *sibling);

/* Long work in pieces, at most `most` of them, and never more than one in memory: each has a
 * sibling of c, in c's transaction and its actor's name, whose arena is reset behind it.  It goes
 * on while a piece sets *ret_more; the first error ends it. */
enum err ctx_pieces(struct ctx *c, int64_t most,
    enum err (*piece)(struct ctx *c, void *arg, bool *ret_more), void *arg) MUST_USE;

#endif
