#include "base/fault.h"
#include "db/db.h"
#include "job/job.h"
#include "refund/refund_go.h"

/* What becomes certain later: refunds that wait or whose answer was lost, and what somebody gave
 * back at the gateway.
 *
 * Crash points: refund.load.after_commit, refund.call.after, refund.record.after_commit. */

static enum err load_tx(struct ctx *c, void *arg)
{
    struct refunding *k = arg;
    const int64_t n = k->r.n;
    TRY(refund_go_load(c, n, true, k));
    bool waits = k->ready && k->r.status == REFUND_PENDING && !k->r.approval;
    return waits && k->r.kind == REFUND_SENT ? refund_go_later(c, &k->r) : E_OK;
}

static enum err record_tx(struct ctx *c, void *arg)
{
    return refund_go_record(c, arg);
}

enum err refund_send_job(struct ctx *c, struct str refund_n)
{
    struct refunding k = { .ready = false };
    if (!str_to_i64(refund_n, &k.r.n))
        return fail(c, STORE_CORRUPT, "a job sends the refund \"%.*s\"", SARG(refund_n));
    TRY(db_tx_job(c, "refund load", load_tx, &k));
    if (crash_point(c, "refund.load.after_commit"))
        return E_DEAD;
    if (k.ready)
        return E_OK;
    TRY(refund_go_call(c, &k));
    if (crash_point(c, "refund.call.after"))
        return E_DEAD;
    TRY(db_tx_job(c, "refund record", record_tx, &k));
    return crash_point(c, "refund.record.after_commit") ? E_DEAD : E_OK;
}

/* ---- all that wait to be sent; what was sent is asked about by its own job */

struct waiting {
    int64_t n[100];
    size_t count;
};

static enum err take(struct ctx *c, const struct refund *r, void *arg)
{
    struct waiting *w = arg;
    bool waits = !r->approval && r->kind == REFUND_SENT && r->sent_ms == 0;
    if (w->count < ARRAY_LEN(w->n) && waits)
        w->n[w->count++] = r->n;
    return c->dead ? E_DEAD : E_OK;
}

static enum err find_waiting(struct ctx *c, void *arg)
{
    const struct refund_filter open = { .open = true, .limit = 100 };
    return refund_list(c, &open, take, arg);
}

static enum err hurry_tx(struct ctx *c, void *arg)
{
    const struct waiting *w = arg;
    for (size_t i = 0; i < w->count; i++)
        TRY(job_add(c, REFUND_SEND, str_fmt(c->arena, "%lld", (long long)w->n[i]), c->now_ms));
    return E_OK;
}

enum err refund_due_job(struct ctx *c, struct str subject)
{
    struct waiting w = { .count = 0 };
    (void)subject;
    TRY(db_read(c, find_waiting, &w));
    return w.count > 0 ? db_tx_job(c, "refund due", hurry_tx, &w) : E_OK;
}

/* ---- what went back of one payment */

struct looking {
    int64_t n;
    struct order o;
    struct attempt a;
    struct gateway_backs list;
    struct call call;
};

static enum err read_both(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    TRY(attempt_by_n(c, k->n, &k->a));
    return order_by_n(c, k->a.order_n, &k->o);
}

static enum err told_tx(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    const struct refund from = { .confirmed_by = S("query") };
    TRY(order_lock(c, k->o.n, &k->o));
    TRY(attempt_by_n(c, k->n, &k->a));
    TRY(call_note(c, &k->call));
    return k->a.extra ? back_told_ours(c, &k->o, &k->a, &k->list, &from)
                      : back_told_all(c, &k->o, &k->a, &k->list, &from);
}

enum err refund_look_job(struct ctx *c, struct str attempt_n)
{
    struct looking k = { .n = 0 };
    if (!str_to_i64(attempt_n, &k.n))
        return fail(c, STORE_CORRUPT, "a job looks at the refunds of \"%.*s\"", SARG(attempt_n));
    TRY(db_read(c, read_both, &k));
    const struct gateway *g = gateway_by_id(k.a.gateway);
    if (g == NULL || g->given_back == NULL || k.a.status != ATTEMPT_CAPTURED)
        return E_OK;
    const struct gateway_give about = {
        .attempt = attempt_id(c->arena, &k.a),
        .session_id = k.a.session_id,
        .payment = k.a.payment,
    };
    TRY(g->given_back(c, &about, &k.list));
    k.call = call_of(&k.a, CALL_GIVEN, k.list.outcome, &k.list.reply);
    if (k.list.outcome != OUTCOME_DONE)
        TRY(call_note_now(c, &k.call));
    if (k.list.outcome != OUTCOME_DONE)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked what went back: %.*s",
            SARG(g->title),
            SARG(k.list.refusal.n > 0 ? k.list.refusal : outcome_text(k.list.outcome)));
    return db_tx(c, "refund told", told_tx, &k);
}
