#include "alert/alert.h"
#include "base/metric.h"
#include "db/db.h"
#include "dispute/dispute.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "renewal/renewal.h"

/* Events about a subscription or a dispute say that it is time to ask, and nothing else is read
 * from them: one question is the answer to all about one thing that came before it. */

enum {
    DAY_MS = 24 * 3600 * 1000,
    MAYBE_MS = 5 * 60 * 1000,
    MOST = 100
};

struct mirrored {
    enum gateway_id gateway;
    struct str reference;
    bool dispute;
    int64_t n[MOST];
    size_t count;
    int64_t newest_ms; /* of these */
    bool plans;        /* subscriptions of this gateway are known */
    bool done;         /* it was asked; else why says what hindered that */
    bool ours;
    struct str why;
    int64_t order_n;
};

static enum err find(struct ctx *c, void *arg)
{
    struct mirrored *m = arg;
    TRY(event_db_waiting(c, m->reference, m->n, &m->count));
    for (size_t i = 0; m->dispute && i < m->count; i++) {
        struct event e;
        TRY(event_db_by_n(c, m->n[i], &e));
        int64_t ms = e.again_ms > 0 ? e.again_ms : e.received_ms;
        m->newest_ms = ms > m->newest_ms ? ms : m->newest_ms;
    }
    return m->dispute ? renewal_any(c, m->gateway, &m->plans) : E_OK;
}

static enum err apply(struct ctx *c, const struct mirrored *m, struct event *e)
{
    e->tries++;
    e->status = m->ours ? EVENT_APPLIED : EVENT_IGNORED;
    e->outcome = m->why;
    e->order_n = m->order_n;
    e->applied_ms = c->now_ms;
    if (e->again_ms == 0)
        metric_observe_us(
            c, METRIC_webhook_applied_seconds, (e->applied_ms - e->received_ms) * US_PER_MS);
    TRY(event_db_update(c, e));
    return event_fact(c, e, "PROCESSED", 0);
}

static enum err put_off(struct ctx *c, const struct mirrored *m, struct event *e)
{
    int64_t since_ms = e->again_ms > 0 ? e->again_ms : e->received_ms;
    bool parked = c->now_ms - since_ms > DAY_MS;
    e->tries++;
    e->status = parked ? EVENT_PARKED : EVENT_RETRYING;
    e->outcome = m->why;
    TRY(event_db_update(c, e));
    if (!parked)
        return E_OK;
    TRY(event_fact(c, e, "FAILED", 0));
    return alert_raise(c, ALERT_WEBHOOK_PARKED, event_id(c->arena, e), m->why);
}

static enum err note(struct ctx *c, void *arg)
{
    struct mirrored *m = arg;
    for (size_t i = 0; i < m->count; i++) {
        struct event e;
        TRY(event_db_by_n(c, m->n[i], &e));
        if (e.gateway != m->gateway || (e.status != EVENT_RECEIVED && e.status != EVENT_RETRYING))
            continue;
        TRY(m->done ? apply(c, m, &e) : put_off(c, m, &e));
    }
    return E_OK;
}

static enum err ask_subscription(struct ctx *c, struct mirrored *m)
{
    struct renewal_mirror k = { .gateway = m->gateway, .reference = m->reference };
    TRY(renewal_mirror(c, &k));
    m->ours = k.result == RENEWAL_MIRRORED;
    m->why = k.why;
    m->order_n = k.order_n;
    return E_OK;
}

/* A renewal's payment bears no mark, and is known once the subscription was asked about. */
static enum err ask_dispute(struct ctx *c, struct mirrored *m)
{
    struct dispute_mirror k = { .gateway = m->gateway, .reference = m->reference };
    TRY(dispute_mirror(c, &k));
    if (k.result == DISPUTE_NOT_KNOWN)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s", SARG(k.why));
    bool young = c->now_ms - m->newest_ms < MAYBE_MS;
    if (k.result == DISPUTE_NOT_OURS && m->plans && young)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s", SARG(EVENT_MAY_BE_RENEWAL));
    if (k.result == DISPUTE_NOT_THERE && young)
        return fail(c, GATEWAY_UNAVAILABLE, "the gateway's own answer does not say so yet");
    m->ours = k.result == DISPUTE_MIRRORED;
    m->why = k.why;
    m->order_n = k.order_n;
    return E_OK;
}

enum err event_mirror(struct ctx *c, enum gateway_id gateway, bool dispute, struct str reference)
{
    struct mirrored m = { .gateway = gateway, .dispute = dispute, .reference = reference };
    TRY(db_read(c, find, &m));
    enum err e = dispute ? ask_dispute(c, &m) : ask_subscription(c, &m);
    struct errinfo failure = c->err;
    m.done = e == E_OK;
    if (!m.done)
        m.why = str_copy(c->arena, failure.message);
    if (e == E_DEAD)
        return e;
    TRY(db_tx_job(c, "inbox mirrored", note, &m));
    if (m.done)
        return E_OK;
    c->err = failure;
    return e;
}

enum err inbox_mirror(struct ctx *c, struct str subject)
{
    static const struct str of_dispute = S_INIT("dispute ");
    struct str name, reference;
    enum gateway_id gateway = GATEWAY_NONE;
    if (str_cut(subject, ' ', &name, &reference))
        gateway = gateway_by_name(name);
    if (gateway == GATEWAY_NONE)
        return fail(c, STORE_CORRUPT, "a job asks how \"%.*s\" stands", SARG(subject));
    bool dispute = str_starts(reference, of_dispute);
    return event_mirror(
        c, gateway, dispute, dispute ? str_from(reference, of_dispute.n) : reference);
}
