#ifndef SANDBOX_SIMULATOR_H
#define SANDBOX_SIMULATOR_H

#include <pthread.h>
#include <stdatomic.h>

#include "sandbox/model.h"
#include "sandbox/sandbox.h"
#include "web/callers.h"
#include "web/server.h"
#include "web/site.h"

/* Private to sandbox/: what one simulated gateway is, and the house they share.
 *
 * A new gateway: its files, a line in simulators.c, and where it holds things that others do not
 * (subscriptions, accounts) a schema script. */

#define SIMULATED_COLOR "#667085"

struct told {
    struct str event, headers, body; /* as in struct hook; empty body: nobody is told */
};
struct simulator {
    struct str name, title; /* "moneymotion", "MoneyMotion" */
    const struct routes *routes;
    const struct routes *const *pages; /* further tables, the last NULL; or NULL */
    const struct site *site;           /* of its hosted pages; its colour is SIMULATED_COLOR */
    struct str webhook_path;
    /* The webhook about what has just happened to s, signed. */
    enum err (*tells)(struct ctx *c, const struct hosted *s, enum happening h, struct told *ret);
    /* Where the buyer goes after it; empty: stays. */
    struct str (*leads_to)(struct arena *a, const struct hosted *s, enum happening h);
    /* Answers a request that no route fits, when its address is one of this gateway's. */
    bool (*stray)(struct req *r);
    /* Makes a webhook's headers each time it is sent; NULL: they are in the hook. */
    enum err (*signs)(struct ctx *c, const struct hook *d, struct str *ret_headers);
    /* Of a gateway that holds more than sessions; NULL: it does not. */
    const struct holdings *holds;
};
/* All but owns inside sandbox_tx.  What it holds counts as paid, captured and given back where it
 * keeps a row of struct hosted in step. */
struct holdings {
    bool (*owns)(struct str id); /* pay and emit of this id are its business */
    enum err (*pay)(struct ctx *c, struct str id, const struct paying *in, struct dealt *ret);
    enum err (*emit)(struct ctx *c, struct str id, enum happening happening, int64_t amount_minor,
        struct dealt *ret);
    enum err (*next_due)(struct ctx *c, int64_t *ret_ms); /* INT64_MAX: nothing */
    enum err (*turn)(struct ctx *c, int64_t *ret_n);      /* what is due, a bounded number */
    enum err (*reset)(struct ctx *c);
};
const struct simulator *simulator_holding(struct str id); /* NULL: a session like any */
/* What the control routes say about a session. */
struct dealt dealt_of(const struct hosted *s);

/* ---- simulators.c: everything that all gateways hold */
enum err simulators_next_due(struct ctx *c, int64_t *ret_ms);
enum err simulators_turn(struct ctx *c, int64_t *ret_n);
enum err simulators_reset(struct ctx *c);
extern const struct simulator *const simulators[];
extern const size_t simulator_count;
const struct simulator *simulator_find(struct str name); /* NULL: there is none */

extern const struct simulator simulator_moneymotion, simulator_stripe, simulator_flutterwave,
    simulator_eversend;

struct sandbox {
    struct arena arena;
    struct ctx c; /* in which it works: its own store */
    struct store *host_store;
    struct sandbox_options options;
    struct store *store;
    pthread_mutex_t model; /* one at a time; it is a simulator */

    struct net *own_net;
    struct callers *callers;
    struct router *router;
    struct server *server;
    struct net as_net; /* sandbox_net */

    /* The thread that looks after what is due. */
    pthread_mutex_t lock;
    pthread_cond_t news;
    pthread_t keeper;
    bool keeps;
    bool woken, stopping, moving;
    int sending; /* webhooks on their way */
};

/* body in one transaction of the sandbox's store; one at a time, on any thread. */
enum err sandbox_tx(
    struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg), void *arg);
/* Something may be due earlier than was thought. */
void sandbox_wake(struct sandbox *sb);
/* Waits, but not beyond the end of the sandbox. */
void sandbox_pause(struct sandbox *sb, int64_t ms);
/* A ctx of the sandbox for a piece of work of this ctx. */
struct ctx sandbox_ctx(struct sandbox *sb, struct arena *arena);

/* ---- hook.c */
/* Sends one webhook and notes what came of it. */
enum err hook_send(struct ctx *c, const struct hook *d);
/* Takes what is due and sends it, here or on callers. */
enum err hooks_run(struct ctx *c, bool here, int64_t *ret_n);

/* ---- dispatch.c */
void sandbox_request(void *self, struct req *r);
/* The same for a request without a connection: *ret_silent when no answer would come. */
void sandbox_answer(struct ctx *c, struct req *r, bool *ret_silent);
/* What the transport does to this request's answer; set by handlers. */
void sandbox_fault(struct req *r, enum fault fault);

extern const struct routes control_sandbox_routes, state_sandbox_routes;

/* 8-4-4-4-12, version 4. */
struct str uuid_new(struct ctx *c);

#endif
