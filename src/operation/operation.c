#include "operation/operation_db.h"

#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/json.h"
#include "db/db.h"
#include "job/job.h"

/* Crash points: "operation.plan.before_commit", "operation.plan.after_commit",
 * "operation.call.before", "operation.call.after", "operation.record.before_commit",
 * "operation.record.after_commit" (the last in operation_run_all; elsewhere the one who drives the
 * steps has a point before he answers).
 *
 * Mutants: 1 who takes over plans afresh, 2 the answer is recorded in another transaction than the
 * effect, 3 the token is not looked at when the outcome is recorded. */

enum {
    SECOND_MS = 1000,
    CALLS_MS = 25 * SECOND_MS, /* all calls of a run together */
    LEASE_MS = 90 * SECOND_MS
};

/* ---- keys */

/* Every part with its length before it: no two lists of parts are one text. */
static void add_part(struct buf *b, struct str part)
{
    buf_fmt(b, "%zu:", part.n);
    buf_add(b, part);
}

static enum err mac_of(struct ctx *c, struct str text, struct sha256 *ret)
{
    struct str mac = { 0 };
    must(c->secret != NULL);
    TRY(hmac_sign(c, HMAC_SHA256, *c->secret, text, &mac));
    must(mac.n == sizeof ret->b);
    memcpy(ret->b, mac.p, sizeof ret->b);
    return E_OK;
}

/* JSON by what it says; forms and what is no JSON (the route will refuse it) byte for byte. */
static struct str body_meaning(struct ctx *c, struct str body)
{
    struct str canonical = { 0 };
    size_t at = 0;
    while (at < body.n && str_has(S(" \t\r\n"), str_part(body, at, 1)))
        at++;
    if (at == body.n || (body.p[at] != '{' && body.p[at] != '['))
        return body;
    if (json_canonical(c, body, &canonical) == E_OK)
        return canonical;
    err_clear(c);
    return body;
}

enum err operation_key_make(struct ctx *c, struct str caller, struct str method, struct str route,
    struct str idempotency_key, struct str path, struct str body, struct operation_key *ret)
{
    struct buf parts = BUF(c->arena), said = BUF(c->arena);
    struct operation_key key = { 0 };
    add_part(&parts, S("request"));
    add_part(&parts, caller);
    add_part(&parts, method);
    add_part(&parts, route);
    add_part(&parts, idempotency_key);
    add_part(&said, path);
    add_part(&said, body_meaning(c, body));
    key.fingerprint = sha256(buf_str(&said));
    TRY(mac_of(c, buf_str(&parts), &key.mac));
    *ret = key;
    return E_OK;
}

enum err operation_key_own(struct ctx *c, struct str text, struct operation_key *ret)
{
    struct buf parts = BUF(c->arena);
    struct operation_key key = { 0 };
    add_part(&parts, S("purser"));
    add_part(&parts, text);
    TRY(mac_of(c, buf_str(&parts), &key.mac));
    *ret = key;
    return E_OK;
}

/* ---- what a row says to one who asks */

static enum err in_progress(struct ctx *c)
{
    return fail_retry_after(c,
        fail(c, IDEMPOTENCY_IN_PROGRESS, "a request with this Idempotency-Key is still running"),
        1);
}

static enum err check_same(
    struct ctx *c, const struct operation_key *key, const struct operation_row *row)
{
    struct str mine = { (const char *)key->fingerprint.b, sizeof key->fingerprint.b };
    if (str_eq(row->fingerprint, mine))
        return E_OK;
    return fail(c, IDEMPOTENCY_MISMATCH,
        "this Idempotency-Key was used for another request; a new request needs a new key");
}

static struct operation_answer kept_answer(const struct operation_row *row)
{
    return (struct operation_answer) { (int)row->status, row->body, true };
}

/* ---- one transaction */

enum err operation_begin(
    struct ctx *c, const struct operation_key *key, struct operation_answer *ret)
{
    struct operation_row row = { 0 };
    bool found = false;
    TRY(operation_look(c, key, &found, &row));
    if (!found) {
        *ret = (struct operation_answer) { 0 };
        return E_OK;
    }
    TRY(check_same(c, key, &row));
    if (!row.done)
        return in_progress(c);
    *ret = kept_answer(&row);
    return E_OK;
}

enum err operation_finish(
    struct ctx *c, const struct operation_key *key, int status, struct str body)
{
    struct operation_row row = { .done = true, .status = status, .body = body };
    bool mine = false;
    must(status >= 200 && status < 500);
    TRY(operation_insert(c, key, &row, &mine));
    return mine ? E_OK : fail(c, BUSY, "the same request was answered a moment ago");
}

/* ---- plan → call → record */

void operation_run_start(struct ctx *c, struct operation_run *run,
    const struct operation_kind *kind, const struct operation_key *key, void *work)
{
    must(work != NULL && kind->work_size > 0);
    *run = (struct operation_run) { .kind = kind, .work = work, .step = OPERATION_PLAN };
    if (key != NULL)
        run->key = *key;
    run->holder = random_u64(c);
    run->before_ = arena_alloc(c->arena, kind->work_size);
    memcpy(run->before_, work, kind->work_size);
    c->calls_until_ms = 0; /* counted from the first call */
}

/* A body that runs again finds its work as the step before left it. */
static void again_from_before(struct operation_run *run)
{
    memcpy(run->work, run->before_, run->kind->work_size);
}

static enum err load(struct ctx *c, struct operation_run *run, int64_t subject, bool perhaps_sent)
{
    memset(run->work, 0, run->kind->work_size);
    return run->kind->load(c, subject, perhaps_sent, run->work);
}

static void end_with(struct operation_run *run, struct operation_answer answer)
{
    run->answer = answer;
    run->failure = (struct errinfo) { 0 };
    run->step = OPERATION_END;
}

/* Committed, and yet not answered: what was learned is worth keeping, but is no answer. */
static void end_without_answer(struct operation_run *run, struct errinfo failure)
{
    run->answer = (struct operation_answer) { 0 };
    run->failure = failure;
    run->step = OPERATION_END;
}

static void go_on_with(struct operation_run *run, const struct operation_row *row)
{
    run->n = row->n;
    run->token = row->token;
    run->version = row->version;
    run->subject = row->subject;
    run->step = OPERATION_CALL;
}

static struct str resume_subject(struct ctx *c, int64_t n)
{
    return str_fmt(c->arena, "%lld", (long long)n);
}

static enum err begin(struct ctx *c, struct operation_run *run)
{
    struct operation_row row = {
        .kind = run->kind->name,
        .holder = run->holder,
        .token = 1,
        .version = 1,
        .lease_until_ms = c->now_ms + LEASE_MS,
    };
    bool mine = false;
    TRY(run->kind->plan(c, run->work, &row.subject));
    TRY(operation_insert(c, &run->key, &row, &mine));
    if (!mine)
        return fail(c, BUSY, "the same request began a moment ago");
    TRY(job_add(c, OPERATION_RESUME, resume_subject(c, row.n), row.lease_until_ms));
    go_on_with(run, &row);
    return E_OK;
}

static enum err take_over(struct ctx *c, struct operation_run *run, struct operation_row *row)
{
    TRY(operation_take_over(c, row, run->holder, c->now_ms + LEASE_MS));
    row->token++;
    row->version++;
    if (MUTANT(1))
        TRY(run->kind->plan(c, run->work, &row->subject));
    else
        TRY(load(c, run, row->subject, true));
    go_on_with(run, row);
    return E_OK;
}

static enum err find(
    struct ctx *c, struct operation_run *run, bool *ret_found, struct operation_row *ret)
{
    if (run->resume_n == 0)
        return operation_lock(c, &run->key, ret_found, ret);
    TRY(operation_lock_n(c, run->resume_n, ret_found, ret));
    return *ret_found ? E_OK : fail(c, NOT_FOUND, "the operation is done and forgotten");
}

static enum err plan(struct ctx *c, struct operation_run *run)
{
    struct operation_row row = { 0 };
    bool found = false;
    again_from_before(run);
    TRY(find(c, run, &found, &row));
    if (!found)
        return begin(c, run);
    if (run->resume_n == 0)
        TRY(check_same(c, &run->key, &row));
    if (row.done) {
        end_with(run, kept_answer(&row));
        return E_OK;
    }
    must(str_eq(row.kind, run->kind->name));
    if (row.holder != run->holder)
        return row.lease_until_ms > c->now_ms ? in_progress(c) : take_over(c, run, &row);
    /* This very run was here, and its COMMIT came through although nobody could say so.  It has
     * not called yet; but if it had taken over, the one before perhaps had. */
    TRY(load(c, run, row.subject, row.token > 1));
    go_on_with(run, &row);
    return E_OK;
}

enum err operation_plan_tx(struct ctx *c, void *arg)
{
    struct operation_run *run = arg;
    must(run->step == OPERATION_PLAN || run->step == OPERATION_CALL || run->step == OPERATION_END);
    TRY(plan(c, run));
    return crash_point(c, "operation.plan.before_commit") ? E_DEAD : E_OK;
}

enum err operation_call(struct ctx *c, struct operation_run *run)
{
    must(c->db == NULL && run->step == OPERATION_CALL);
    if (crash_point(c, "operation.plan.after_commit") || crash_point(c, "operation.call.before"))
        return E_DEAD;
    if (c->calls_until_ms == 0) /* also of the calls that follow when a gateway gives way */
        c->calls_until_ms = clock_mono_ms() + CALLS_MS;
    enum err e = run->kind->call(c, run->work);
    if (crash_point(c, "operation.call.after") || e == E_DEAD)
        return E_DEAD;
    run->call = e == E_OK ? (struct errinfo) { 0 } : c->err;
    memcpy(run->before_, run->work, run->kind->work_size);
    run->version_ = run->version;
    run->step = OPERATION_RECORD;
    return E_OK;
}

/* ---- recording */

static struct errinfo unavailable(struct ctx *c)
{
    (void)fail(c, GATEWAY_UNAVAILABLE,
        "the payment gateway gave no usable answer; the same Idempotency-Key goes on from here");
    struct errinfo failure = c->err;
    err_clear(c);
    return failure;
}

static enum err finish(struct ctx *c, struct operation_run *run, const struct operation_row *row)
{
    struct buf body = BUF(c->arena);
    int status = 0;
    TRY(run->kind->answer(c, row->subject, &status, &body));
    must(status >= 200 && status < 600);
    TRY(operation_set_done(c, row, status, buf_str(&body)));
    TRY(job_drop(c, OPERATION_RESUME, resume_subject(c, row->n)));
    end_with(run, (struct operation_answer) { status, buf_str(&body), false });
    return E_OK;
}

static enum err try_next(struct ctx *c, struct operation_run *run, struct operation_row *row)
{
    TRY(operation_keep_open(c, row, c->now_ms + LEASE_MS));
    row->version++;
    TRY(load(c, run, row->subject, false));
    go_on_with(run, row);
    return E_OK;
}

/* Open, and free to be taken over at once. */
static enum err leave_open(struct ctx *c, struct operation_run *run,
    const struct operation_row *row, struct errinfo failure)
{
    TRY(operation_keep_open(c, row, 0));
    end_without_answer(run, failure);
    return E_OK;
}

static enum err record_outcome(struct ctx *c, struct operation_run *run, struct operation_row *row)
{
    enum operation_next next = OPERATION_DONE;
#ifdef MUTANTS
    if (run->effect_is_recorded_)
        return finish(c, run, row);
#endif
    TRY(run->kind->record(c, run->work, row->subject, &next));
#ifdef MUTANTS
    if (MUTANT(2) && next == OPERATION_DONE) {
        run->effect_is_recorded_ = true;
        run->step = OPERATION_RECORD;
        return E_OK;
    }
#endif
    switch (next) {
    case OPERATION_DONE:
        return finish(c, run, row);
    case OPERATION_AGAIN:
        return try_next(c, run, row);
    case OPERATION_STUCK:
        return leave_open(c, run, row, unavailable(c));
    }
    never("what comes next has three kinds");
}

/* This run's own outcome was committed, although nobody could say so: go on as it says. */
static enum err recorded_before(struct ctx *c, struct operation_run *run, struct operation_row *row)
{
    if (row->lease_until_ms == 0) {
        end_without_answer(run, run->call.code != CODE_NONE ? run->call : unavailable(c));
        return E_OK;
    }
    TRY(load(c, run, row->subject, false));
    go_on_with(run, row);
    return E_OK;
}

static enum err record(struct ctx *c, struct operation_run *run)
{
    struct operation_row row = { 0 };
    bool found = false;
    again_from_before(run);
    TRY(operation_lock_n(c, run->n, &found, &row));
    if (!found)
        return fail(c, STORE_CORRUPT, "operation %lld is gone", (long long)run->n);
    if (row.done) {
        end_with(run, kept_answer(&row));
        return E_OK;
    }
    bool mine = row.token == run->token && row.holder == run->holder;
    if (!mine && !MUTANT(3))
        return in_progress(c); /* somebody took over; what was learned here, he will learn */
    if (mine && row.version == run->version_ + 1)
        return recorded_before(c, run, &row);
    if (mine && row.version != run->version_)
        return in_progress(c);
    if (run->call.code != CODE_NONE)
        return leave_open(c, run, &row, run->call);
    return record_outcome(c, run, &row);
}

enum err operation_record_tx(struct ctx *c, void *arg)
{
    struct operation_run *run = arg;
    TRY(record(c, run));
    return crash_point(c, "operation.record.before_commit") ? E_DEAD : E_OK;
}

enum err operation_result(struct ctx *c, const struct operation_run *run)
{
    must(run->step == OPERATION_END);
    if (run->answer.status != 0)
        return E_OK;
    c->err = run->failure;
    return code_info(run->failure.code)->kind;
}

enum err operation_run_all(struct ctx *c, struct operation_run *run)
{
    while (run->step != OPERATION_END) {
        switch (run->step) {
        case OPERATION_PLAN:
            TRY(db_tx(c, "operation.plan", operation_plan_tx, run));
            break;
        case OPERATION_CALL:
            TRY(operation_call(c, run));
            break;
        case OPERATION_RECORD:
            TRY(db_tx(c, "operation.record", operation_record_tx, run));
            if (crash_point(c, "operation.record.after_commit"))
                return E_DEAD;
            break;
        case OPERATION_END:
            break;
        }
    }
    return operation_result(c, run);
}
