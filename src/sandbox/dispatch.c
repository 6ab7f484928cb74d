#include "base/log.h"
#include "sandbox/simulator.h"

/* From a request to its answer, or to the fault that was asked for.  Faults of transport (silence,
 * a broken connection, slowness) are played here for all gateways alike; what a refusal or a 500
 * looks like is the gateway's own business. */

enum {
    SILENCE_MS = 40000, /* longer than any caller's patience */
    SLOWNESS_MS = 3000
};

struct turn {
    enum fault fault;
};

void sandbox_fault(struct req *r, enum fault fault)
{
    struct turn *turn = r->in;
    turn->fault = fault;
}

static enum err no_route(struct req *r)
{
    for (size_t i = 0; i < simulator_count; i++)
        if (simulators[i]->stray(r))
            return E_OK;
    if (r->allow_methods.n == 0)
        return fail(r->c, NOT_FOUND, "no simulated gateway has anything at this address");
    answer_header(r, S("Allow"), r->allow_methods);
    return fail(r->c, METHOD_NOT_ALLOWED, "this address takes %.*s, not %.*s",
        SARG(r->allow_methods), SARG(r->method));
}

/* The host's own routes on this port live in the host's store. */
static bool of_host(const struct sandbox *sb, const struct route *route)
{
    const struct routes *more = sb->options.more;
    for (size_t i = 0; more != NULL && i < more->n; i++)
        if (&more->route[i] == route)
            return true;
    return false;
}

static enum err run_host(struct ctx *c, void *arg)
{
    struct req *r = arg;
    must(c == r->c);
    return r->route->run(r);
}

static enum err run(struct sandbox *sb, struct req *r)
{
    if (r->route == NULL)
        return no_route(r);
    if (!of_host(sb, r->route))
        return r->route->run(r);
    r->c->store = sb->host_store;
    return db_read(r->c, run_host, r);
}

void sandbox_answer(struct ctx *c, struct req *r, bool *ret_silent)
{
    struct turn *turn = arena_new(c->arena, struct turn);
    r->in = turn;
    enum err e = run(c->sandbox, r);
    if (e != E_OK) {
        answer_reset(r);
        answer_error(r, e);
        if (r->out.status >= 500)
            log_failure(c, "sandbox.request.failed");
    }
    if (turn->fault == FAULT_MALFORMED)
        r->out.body.n /= 2;
    *ret_silent = turn->fault == FAULT_TIMEOUT || turn->fault == FAULT_RESET_AFTER;
}

static void answer_now(struct req *r)
{
    log_debug(r->c, "sandbox.request", L("method", r->method), L("path", r->path),
        L_I64("status", r->out.status));
    web_answer(r);
}

/* On a caller, which may wait. */
static void hang(void *arg, bool late)
{
    struct req *r = arg;
    const struct turn *turn = r->in;
    bool silent = turn->fault == FAULT_TIMEOUT;
    if (!late)
        sandbox_pause(r->c->sandbox, silent ? SILENCE_MS : SLOWNESS_MS);
    r->out.hang_up = silent;
    answer_now(r);
}

static void finish(struct req *r, bool silent)
{
    const struct turn *turn = r->in;
    struct sandbox *sb = r->c->sandbox;
    if (turn->fault == FAULT_TIMEOUT || turn->fault == FAULT_SLOW) {
        if (callers_post(sb->callers, hang, r))
            return;
        silent = true;
    }
    r->out.hang_up = silent;
    answer_now(r);
}

/* The clock's route works for as long as what it moves. */
static void on_caller(void *arg, bool late)
{
    struct req *r = arg;
    bool silent = false;
    if (late)
        answer_error(r, fail(r->c, BUSY, "the sandbox has no thread free; try again"));
    else
        sandbox_answer(r->c, r, &silent);
    answer_now(r);
}

void sandbox_request(void *self, struct req *r)
{
    struct sandbox *sb = self;
    must(r->c->sandbox == sb);
    r->c->store = sb->store;
    if (r->route != NULL && r->route->shape == SHAPE_CALL) {
        if (!callers_post(sb->callers, on_caller, r)) {
            answer_error(r, fail(r->c, BUSY, "the sandbox is stopping"));
            answer_now(r);
        }
        return;
    }
    bool silent = false;
    sandbox_answer(r->c, r, &silent);
    finish(r, silent);
}
