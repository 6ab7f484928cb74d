#include "alert/alert.h"
#include "base/metric.h"
#include "db/db.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "renewal/renewal.h"

/* Events about a subscription say that it is time to ask, and nothing else is read from them: one
 * question is the answer to all of one subscription that came before it. */

enum {
    DAY_MS = 24 * 3600 * 1000,
    MOST = 100
};

struct mirrored {
    struct renewal_mirror mirror;
    int64_t n[MOST];
    size_t count;
    bool done; /* it was asked; else why says what hindered that */
    struct str why;
};

static enum err find(struct ctx *c, void *arg)
{
    struct mirrored *m = arg;
    return event_db_waiting(c, m->mirror.reference, m->n, &m->count);
}

static enum err apply(struct ctx *c, const struct mirrored *m, struct event *e)
{
    bool ours = m->mirror.result == RENEWAL_MIRRORED;
    e->tries++;
    e->status = ours ? EVENT_APPLIED : EVENT_IGNORED;
    e->outcome = m->mirror.why;
    e->order_n = m->mirror.order_n;
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
        if (e.gateway != m->mirror.gateway ||
            (e.status != EVENT_RECEIVED && e.status != EVENT_RETRYING))
            continue;
        TRY(m->done ? apply(c, m, &e) : put_off(c, m, &e));
    }
    return E_OK;
}

enum err event_mirror(struct ctx *c, enum gateway_id gateway, struct str reference)
{
    struct mirrored m = { .mirror = { .gateway = gateway, .reference = reference } };
    TRY(db_read(c, find, &m));
    enum err e = renewal_mirror(c, &m.mirror);
    struct errinfo failure = c->err;
    m.done = e == E_OK;
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
    struct str name, reference;
    enum gateway_id gateway = GATEWAY_NONE;
    if (str_cut(subject, ' ', &name, &reference))
        gateway = gateway_by_name(name);
    if (gateway == GATEWAY_NONE)
        return fail(c, STORE_CORRUPT, "a job asks about the subscription \"%.*s\"", SARG(subject));
    return event_mirror(c, gateway, reference);
}
