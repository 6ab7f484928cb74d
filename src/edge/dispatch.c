#include "edge/dispatch.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/redact.h"
#include "edge/auth.h"
#include "edge/cors.h"
#include "edge/edge.h"
#include "edge/session.h"
#include "web/callers.h"

/* What a request carries from its first step to its last. */
struct journey {
    const struct dispatch *d;
    struct req *r;
    struct tx tx;
    struct operation_key key;
    struct operation_run run;
    struct errinfo refused; /* what the page that is shown instead has to say */
};

/* A page that only somebody may see asks a visitor who he is, and leads back. */
static bool sent_to_login(struct req *r, enum err e)
{
    if (e != E_DENIED || r->c->err.code != CODE_UNAUTHENTICATED || r->route == NULL ||
        (r->route->flags & (ROUTE_PAGE | ROUTE_SIGN_IN)) != ROUTE_PAGE ||
        !str_eq(r->method, S("GET")) || req_has_header(r, S("Authorization")))
        return false;
    struct arena *a = r->c->arena;
    answer_redirect(r, 303, str_fmt(a, "/login?next=%.*s", SARG(url_encode(a, r->target))));
    return true;
}

/* The end of every road. */
static void answer(struct journey *j, enum err e)
{
    struct req *r = j->r;
    if (MUTANT(23) && e == E_BUSY && r->route != NULL && (r->route->flags & ROUTE_WEBHOOK) != 0) {
        answer_reset(r);
        answer_text(r, 200, S("application/json"), S("{}"));
        e = E_OK;
    }
    if (e != E_OK) {
        answer_reset(r);
        if (!sent_to_login(r, e))
            answer_error(r, e);
        if (r->out.status >= 500)
            log_failure(r->c, "request.failed");
    }
    cors_answer(r);
    dispatch_answered(r, e);
    if (e == E_OK && r->edge != NULL && r->edge->touch)
        auth_touch(r);
    j->d->answer(r);
}

/* ---- who, and whether */

static enum err identify_and_allow(struct ctx *c, void *arg)
{
    (void)c;
    struct req *r = arg;
    TRY(auth_identify(r));
    return auth_allow(r);
}

static void give_guest_cookie(struct req *r)
{
    if ((r->route->flags & ROUTE_FORM) != 0)
        guest_begin(r);
}

static enum err run_read(struct ctx *c, void *arg)
{
    struct req *r = arg;
    TRY(identify_and_allow(c, r));
    give_guest_cookie(r);
    return r->route->run(r);
}

static enum err no_route(struct req *r)
{
    if (r->allow_methods.n == 0)
        return fail(r->c, NOT_FOUND, "there is nothing at this address");
    answer_header(r, S("Allow"), r->allow_methods);
    return fail(r->c, METHOD_NOT_ALLOWED, "this address takes %.*s, not %.*s",
        SARG(r->allow_methods), SARG(r->method));
}

/* A body is JSON, a form on pages (where one signs in: either), or a file; anything else is a
 * mistake worth a sentence. */
static enum err check_content_type(struct req *r)
{
    unsigned flags = r->route->flags;
    if (r->body.n == 0 || (flags & (ROUTE_WEBHOOK | ROUTE_FILE)) != 0)
        return E_OK;
    struct str type, parameters;
    str_cut(req_header(r, S("Content-Type")), ';', &type, &parameters);
    bool page = (flags & ROUTE_PAGE) != 0;
    struct str json = S("application/json");
    struct str want = page ? S("application/x-www-form-urlencoded") : json;
    if (str_eq_nocase(str_trim(type), want) ||
        ((flags & ROUTE_DOCUMENTS) != 0 &&
            str_eq_nocase(str_trim(type), S("multipart/form-data"))) ||
        ((flags & ROUTE_SIGN_IN) != 0 && str_eq_nocase(str_trim(type), json)))
        return E_OK;
    return fail(
        r->c, INVALID_REQUEST, "send the body as %.*s and say so in Content-Type", SARG(want));
}

/* ---- idempotency */

enum {
    MINUTE_MS = 60 * 1000
};

static struct str derived_key(const struct req *r)
{
    struct sha256 sum = sha256(r->body);
    struct str bytes = { (const char *)sum.b, sizeof sum.b };
    return str_fmt(r->c->arena, "derived-%lld-%.*s", (long long)(r->c->wall_ms / MINUTE_MS),
        SARG(hex_text(r->c->arena, bytes)));
}

struct str dispatch_idempotency_key(struct req *r)
{
    if ((r->route->flags & ROUTE_DERIVES) != 0 && !req_has_header(r, S("Idempotency-Key")))
        return derived_key(r);
    if ((r->route->flags & ROUTE_PAGE) == 0)
        return req_header(r, S("Idempotency-Key"));
    bool given = false;
    struct str key = S("");
    if (req_form(r, "key", &given, &key) != E_OK || !given)
        return S("");
    return key;
}

static enum err make_key(struct journey *j)
{
    struct req *r = j->r;
    struct str key = dispatch_idempotency_key(r);
    if (key.n == 0 || key.n > 255 || !str_is_visible(key))
        return fail(r->c, IDEMPOTENCY_KEY_REQUIRED,
            "send an Idempotency-Key of 1 to 255 printable characters, the same one when you try again");
    return operation_key_make(
        r->c, r->caller, r->method, str_of_c(r->route->path), key, r->path, r->body, &j->key);
}

static void answer_replayed(struct req *r, const struct operation_answer *a)
{
    bool page = (r->route->flags & ROUTE_PAGE) != 0;
    if (a->replayed)
        answer_header(r, S("Idempotent-Replayed"), S("true"));
    /* A page's kept answer is where the form led to. */
    if (page)
        answer_redirect(r, a->status, a->body);
    else
        answer_text(r, a->status, S("application/json"), a->body);
}

static struct str kept_body(const struct req *r)
{
    if ((r->route->flags & ROUTE_PAGE) == 0)
        return buf_str(&r->out.body);
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq_nocase(r->out.headers[i].name, S("Location")))
            return r->out.headers[i].value;
    return S("/");
}

static void post_tx(struct journey *j, struct tx tx)
{
    tx.name = j->r->route->path;
    tx.c = j->r->c;
    tx.owner = j;
    j->tx = tx;
    store_post(j->r->c, &j->tx);
}

static void post(struct journey *j, enum err (*act)(struct ctx *c, void *arg), void *arg,
    void (*done)(struct tx *tx))
{
    post_tx(j, (struct tx) { .act = act, .arg = arg, .done = done });
}

/* ---- WRITE */

static enum err write_look(struct ctx *c, void *arg)
{
    struct journey *j = arg;
    (void)c;
    return j->r->ask(j->r);
}

/* On PostgreSQL a twin, the same request sent twice, may have been done while this one waited for
 * its lock: then what this one was refused is that its twin has taken it, and the twin's answer is
 * the answer.  Undone and run again, it finds it. */
static enum err refused(struct ctx *c, const struct journey *j, enum err e)
{
    const struct errinfo why = c->err;
    struct operation_answer twin = { 0 };
    if (e != E_BUSY && e != E_DEAD && operation_begin(c, &j->key, &twin) == E_OK && twin.replayed)
        return fail(c, BUSY, "the same request was done meanwhile");
    c->err = why;
    return e;
}

static enum err write_act(struct ctx *c, void *arg)
{
    struct journey *j = arg;
    struct req *r = j->r;
    answer_reset(r);
    r->unkept = false;
    if ((r->route->flags & ROUTE_MONEY) == 0)
        return r->route->run(r);
    struct operation_answer before = { 0 };
    TRY(operation_begin(c, &j->key, &before));
    if (before.replayed) {
        answer_replayed(r, &before);
        return E_OK;
    }
    enum err e = r->route->run(r);
    if (e != E_OK || r->unkept)
        return refused(c, j, e);
    return operation_finish(c, &j->key, r->out.status, kept_body(r));
}

static enum err keep_act(struct ctx *c, void *arg)
{
    struct journey *j = arg;
    (void)c;
    answer_reset(j->r);
    j->r->keep = true;
    return j->r->route->run(j->r);
}

static void keep_done(struct tx *tx)
{
    answer(tx->owner, tx->result);
}

static void write_done(struct tx *tx)
{
    struct journey *j = tx->owner;
    bool again = (j->r->route->flags & ROUTE_KEEP) != 0 && tx->result != E_OK &&
        tx->result != E_BUSY && tx->result != E_DEAD;
    if (!again) {
        answer(j, tx->result);
        return;
    }
    log_failure(j->r->c, "request.kept");
    post(j, keep_act, j, keep_done);
}

/* ---- CALL: plan → call → record, each step posted by the end of the one before */

static void call_next(struct journey *j, enum err e);

static enum err show_act(struct ctx *c, void *arg)
{
    struct journey *j = arg;
    c->err = j->refused;
    give_guest_cookie(j->r);
    return j->r->route->run(j->r);
}

/* The page instead of the operation: on a reader, or on a caller. */
static void show(struct journey *j)
{
    j->refused = j->r->look ? (struct errinfo) { .code = CODE_NONE } : j->r->c->err;
    answer_reset(j->r);
    answer(j, db_read(j->r->c, show_act, j));
}

static enum err busy(struct ctx *c, const char *why)
{
    return fail_retry_after(c, fail(c, BUSY, "%s", why), 1);
}

static void on_caller(struct journey *j, void (*run)(void *arg, bool late))
{
    if (j->d->later != NULL)
        j->d->later(j->d->self, run, j);
    else if (j->d->callers == NULL)
        run(j, false);
    else if (!callers_post(j->d->callers, run, j))
        answer(j, busy(j->r->c, "the server is stopping"));
}

static void show_late(void *arg, bool late)
{
    struct journey *j = arg;
    if (late)
        answer(j, busy(j->r->c, "too many payments are being opened at once"));
    else
        show(j);
}

static void call_tx_done(struct tx *tx)
{
    call_next(tx->owner, tx->result);
}

static void call_blocking(void *arg, bool late)
{
    struct journey *j = arg;
    struct ctx *c = j->r->c;
    if (late)
        answer(j, busy(c, "too many payments are being opened at once"));
    else
        call_next(j, operation_call(c, &j->run));
}

/* Runs on whatever thread ended the last step; only hands over. */
static void call_next(struct journey *j, enum err e)
{
    if (e != E_OK) {
        if (j->r->route->run != NULL && e != E_DEAD)
            on_caller(j, show_late);
        else
            answer(j, e);
        return;
    }
    switch (j->run.step) {
    case OPERATION_PLAN:
        post(j, operation_plan_tx, &j->run, call_tx_done);
        return;
    case OPERATION_CALL:
        on_caller(j, call_blocking);
        return;
    case OPERATION_RECORD:
        post(j, operation_record_tx, &j->run, call_tx_done);
        return;
    case OPERATION_END:
        answer_reset(j->r);
        e = operation_result(j->r->c, &j->run);
        if (e == E_OK)
            answer_replayed(j->r, &j->run.answer);
        if (e != E_OK && j->r->route->run != NULL)
            on_caller(j, show_late);
        else
            answer(j, e);
        return;
    }
    never("an operation has four steps");
}

/* ---- the five shapes */

/* R65, R80: whoever writes a card's number into a name or a note is told, before it is anywhere. */
static enum err refuse_cards(struct req *r)
{
    bool raw = (r->route->flags & (ROUTE_WEBHOOK | ROUTE_FILE)) != 0;
    if (raw || redact_cards(r->c->arena, r->body).p == r->body.p)
        return E_OK;
    return fail(r->c, INVALID_REQUEST,
        "the request holds a card number; those are typed at the payment provider, never here");
}

static enum err read_in(struct journey *j)
{
    struct req *r = j->r;
    TRY(check_content_type(r));
    TRY(refuse_cards(r));
    const bool may_look = (r->route->flags & ROUTE_LOOK) != 0;
    const bool keyed = (r->route->flags & ROUTE_MONEY) != 0 || r->route->operation != NULL;
    if (keyed && !may_look)
        TRY(make_key(j));
    if (r->route->in_size > 0)
        r->in = arena_alloc(r->c->arena, r->route->in_size);
    if (r->route->parse != NULL)
        TRY(r->route->parse(r));
    return keyed && may_look && !r->look ? make_key(j) : E_OK;
}

/* Who asks, what, and the answer if that is all: in one snapshot. */
static enum err look_act(struct ctx *c, void *arg)
{
    struct journey *j = arg;
    answer_reset(j->r);
    TRY(identify_and_allow(c, j->r));
    TRY(read_in(j));
    return j->r->look ? j->r->route->run(j->r) : E_OK;
}

static enum err prepare(struct journey *j)
{
    struct ctx *c = j->r->c;
    if ((j->r->route->flags & ROUTE_LOOK) != 0)
        return db_read(c, look_act, j);
    TRY(db_read(c, identify_and_allow, j->r));
    return read_in(j);
}

static void start_write(struct journey *j)
{
    post_tx(j,
        (struct tx) {
            .look = j->r->ask != NULL ? write_look : NULL,
            .act = write_act,
            .arg = j,
            .root = j->r->root,
            .done = write_done,
        });
}

/* A handler that blocks (it hashes a password) runs on a caller, and opens its own transactions. */
static void run_blocking(void *arg, bool late)
{
    struct journey *j = arg;
    struct req *r = j->r;
    answer(j, late ? busy(r->c, "too many are signing in at once") : r->route->run(r));
}

static void start_call(struct journey *j)
{
    struct req *r = j->r;
    if (r->route->operation == NULL) {
        on_caller(j, run_blocking);
        return;
    }
    operation_run_start(r->c, &j->run, r->route->operation, &j->key, r->in);
    call_next(j, E_OK);
}

static enum err run_plain(struct req *r)
{
    if ((r->route->allow & ALLOW_ANYONE) == 0)
        TRY(identify_and_allow(r->c, r));
    return r->route->run(r);
}

void dispatch_request(const struct dispatch *d, struct req *r)
{
    struct journey *j = arena_new(r->c->arena, struct journey);
    *j = (struct journey) { .d = d, .r = r };
    enum err e = edge_enter(r);
    bool preflight = e == E_OK && cors_preflight(r);
    if (e == E_OK && !preflight && r->route == NULL)
        e = no_route(r);
    if (e != E_OK || preflight) {
        answer(j, e);
        return;
    }
    enum shape shape = r->route->shape;
    /* Who waits has loaded a commit's number since, and needs a snapshot from after that. */
    r->c->asked_us = shape == SHAPE_WAIT ? 0 : r->arrived_us;
    if (shape == SHAPE_WRITE || shape == SHAPE_CALL) {
        e = prepare(j);
        bool has_page = shape == SHAPE_CALL && r->route->operation != NULL && r->route->run != NULL;
        if (has_page && (e != E_OK || r->look))
            show(j);
        else if (e != E_OK || (shape == SHAPE_WRITE && r->look))
            answer(j, e);
        else if (shape == SHAPE_WRITE)
            start_write(j);
        else
            start_call(j);
        return;
    }
    if (shape == SHAPE_WAIT && !r->wait.last)
        r->wait.commit_no = store_commit_no(r->c->store);
    if (shape == SHAPE_PLAIN)
        e = run_plain(r);
    else if ((r->route->flags & ROUTE_LONG) != 0)
        e = db_read_long(r->c, run_read, r);
    else
        e = db_read(r->c, run_read, r);
    if (e == E_OK && r->out.later)
        return;
    if (e == E_OK && r->after != NULL)
        db_later(r->c, r->route->path, r->after, r->after_about);
    if (e != E_OK || !r->out.parked) {
        answer(j, e);
        return;
    }
    if (r->out.stream)
        cors_answer(r); /* its head leaves now */
    d->answer(r);
}
