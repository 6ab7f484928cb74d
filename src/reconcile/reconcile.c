#include "reconcile/reconcile.h"

#include "alert/alert.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/db.h"
#include "dispute/dispute.h"
#include "renewal/renewal.h"

enum {
    PIECE = 100
};

struct piece {
    struct attempt_filter filter;
    struct attempt k[PIECE];
    size_t n;
};

static enum err take(struct ctx *c, const struct attempt *k, void *arg)
{
    struct piece *p = arg;
    p->k[p->n++] = *k;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_piece(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    p->n = 0;
    return attempt_list(c, &p->filter, take, p);
}

static enum err order_of(struct ctx *c, void *arg)
{
    struct order *o = arg;
    return order_by_n(c, o->n, o);
}

static void line(struct ctx *c, struct reconcile *k, const struct attempt *a, struct str words)
{
    struct order o = { .n = a->order_n };
    struct str number = S("an order that cannot be read");
    if (db_read(c, order_of, &o) == E_OK)
        number = order_number(c->arena, &o);
    buf_fmt(
        k->lines, "%.*s  %.*s  %.*s\n", SARG(number), SARG(attempt_id(c->arena, a)), SARG(words));
}

/* Here it is paid.  The gateway says that money came, also when it went back since, or it does
 * not. */
static bool says_paid(enum notice_kind kind)
{
    return kind == NOTICE_PAID || kind == NOTICE_REFUNDED || kind == NOTICE_DISPUTED;
}

/* The books stay as they are: what a gateway says that it does not know may be its own trouble. */
static enum err differs(
    struct ctx *c, struct reconcile *k, const struct attempt *a, const struct settle *s)
{
    struct str says = str_fmt(c->arena, "is paid here, and %.*s says %.*s",
        SARG(gateway_by_id(a->gateway)->title), SARG(notice_text(s->notice.kind)));
    k->differ++;
    k->differed = true;
    line(c, k, a, says);
    return alert_goes_on(c, ALERT_DIFFERS, attempt_id(c->arena, a),
        str_fmt(c->arena, "%.*s %.*s.", SARG(order_number(c->arena, &s->order)), SARG(says)));
}

static enum err agrees(struct ctx *c, struct reconcile *k, const struct attempt *a)
{
    k->agreed++;
    return k->differed ? alert_over_now(c, ALERT_DIFFERS, attempt_id(c->arena, a)) : E_OK;
}

static enum err judge(
    struct ctx *c, struct reconcile *k, const struct attempt *a, const struct settle *s)
{
    bool vanished = a->status == ATTEMPT_CAPTURED && !says_paid(s->notice.kind);
    bool waits = s->order.status == ORDER_REVIEW && attempt_has_money(&s->attempt);
    if (s->result == SETTLED_NOW) {
        k->healed++;
        line(c, k, a,
            str_fmt(c->arena, "was %.*s here; %.*s says %.*s: applied",
                SARG(attempt_status_text(a->status)), SARG(gateway_by_id(a->gateway)->title),
                SARG(notice_text(s->notice.kind))));
    } else if (s->result == SETTLED_REVIEW) {
        k->reviews++;
        line(c, k, a, str_fmt(c->arena, "contradicts: %.*s; it is in review", SARG(s->why)));
    } else if (waits) {
        k->reviews++;
        line(c, k, a, str_fmt(c->arena, "waits for a decision: %.*s", SARG(s->order.reason)));
    } else {
        return vanished ? differs(c, k, a, s) : agrees(c, k, a);
    }
    return E_OK;
}

static enum err ask(struct ctx *c, struct reconcile *k, const struct attempt *a)
{
    struct settle s;
    if (gateway_by_id(a->gateway) == NULL || a->session_id.n == 0)
        return E_OK;
    k->asked++;
    enum err e = payment_ask(c, a->n, &s);
    if (e == E_OK)
        return judge(c, k, a, &s);
    if (e != E_UPSTREAM)
        return e;
    k->unknown++;
    line(c, k, a, str_copy(c->arena, c->err.message));
    err_clear(c);
    return E_OK;
}

static int64_t most(const struct reconcile *k)
{
    return k->most > 0 ? k->most : RECONCILE_MAX;
}

/* There is another one to ask about. */
static bool is_full(struct reconcile *k)
{
    bool full = k->asked - k->disputes >= most(k);
    k->more = k->more || full;
    return full;
}

static enum err run(struct ctx *c, struct reconcile *k, struct attempt_filter filter)
{
    struct piece *p = arena_new(c->arena, struct piece);
    p->filter = filter;
    p->filter.limit = PIECE;
    do {
        TRY(db_read(c, read_piece, p));
        for (size_t i = 0; i < p->n; i++) {
            if (is_full(k))
                return E_OK;
            TRY(ask(c, k, &p->k[i]));
            p->filter.after_n = p->k[i].n;
        }
    } while (p->n == PIECE);
    return E_OK;
}

/* ---- subscriptions */

static void line_about(
    struct ctx *c, struct reconcile *k, const struct renewal_mirror *m, struct str words)
{
    (void)c;
    buf_fmt(k->lines, "%.*s  %.*s\n", SARG(m->reference), SARG(words));
}

static enum err mirror(struct ctx *c, struct reconcile *k, enum gateway_id id, struct str reference)
{
    struct renewal_mirror m = { .gateway = id, .reference = reference };
    k->asked++;
    enum err e = renewal_mirror(c, &m);
    if (e == E_OK && m.moved) {
        k->healed++;
        line_about(c, k, &m, str_fmt(c->arena, "%.*s: applied", SARG(m.why)));
    } else if (e == E_OK) {
        k->agreed++;
    } else if (e == E_UPSTREAM) {
        k->unknown++;
        line_about(c, k, &m, str_copy(c->arena, c->err.message));
        err_clear(c);
    } else {
        return e;
    }
    return E_OK;
}

static enum err changed(struct ctx *c, struct reconcile *k, enum gateway_id id)
{
    const struct gateway *g = gateway_by_id(id);
    struct gateway_since since = { .from_ms = k->since_ms, .to_ms = c->now_ms };
    struct gateway_told told = { .outcome = OUTCOME_NOT_SENT };
    do {
        TRY(g->changed(c, &since, &told));
        if (told.outcome != OUTCOME_DONE) {
            k->unknown++;
            buf_fmt(k->lines, "%.*s did not say what has changed: %.*s\n", SARG(g->title),
                SARG(told.refusal));
            return E_OK;
        }
        for (size_t i = 0; i < told.count; i++) {
            if (is_full(k))
                return E_OK;
            TRY(mirror(c, k, id, told.body[i]));
        }
        since.after = told.after;
    } while (told.after.n > 0);
    return E_OK;
}

struct asking {
    enum gateway_id gateway;
    bool any;
};

static enum err look_for_any(struct ctx *c, void *arg)
{
    struct asking *a = arg;
    return renewal_any(c, a->gateway, &a->any);
}

static enum err subscriptions(struct ctx *c, struct reconcile *k)
{
    for (int i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++) {
        struct asking a = { .gateway = (enum gateway_id)i };
        const struct gateway *g = gateway_by_id(a.gateway);
        if (g->changed == NULL || !g->enabled(c->config))
            continue;
        TRY(db_read(c, look_for_any, &a));
        if (a.any)
            TRY(changed(c, k, a.gateway));
    }
    return E_OK;
}

/* ---- disputes */

static void one_dispute(struct ctx *c, const struct dispute_mirror *m, enum err e, void *arg)
{
    struct reconcile *k = arg;
    struct str words = e == E_OK ? m->why : str_copy(c->arena, c->err.message);
    k->asked++;
    k->disputes++;
    if (e == E_OK && !m->moved) {
        k->agreed++;
        return;
    }
    if (e == E_OK)
        k->healed++;
    else
        k->unknown++;
    if (e != E_OK && e != E_UPSTREAM && e != E_BUSY) {
        k->broken++;
        log_error(c, "reconcile.dispute", L("reference", m->reference), L("why", words));
    }
    buf_fmt(
        k->lines, "%.*s  %.*s%s\n", SARG(m->reference), SARG(words), e == E_OK ? ": applied" : "");
}

/* Banks argue about payments that are long over: no page, no payment of late tells of it.  So these
 * have questions of their own, however many payments there are. */
static enum err disputes(struct ctx *c, struct reconcile *k)
{
    struct dispute_look look = {
        .since_ms = k->since_ms,
        .most = most(k),
        .each = one_dispute,
        .arg = k,
    };
    TRY(dispute_look_at_all(c, &look));
    k->more = k->more || look.asked >= look.most;
    return E_OK;
}

enum err reconcile_job(struct ctx *c, struct str subject)
{
    enum {
        HOURS = 96 /* longer than any gateway tries to tell */
    };
    struct buf lines = BUF(c->arena);
    struct reconcile k = { .since_ms = c->now_ms - (int64_t)HOURS * 3600 * 1000, .lines = &lines };
    (void)subject;
    TRY(renewal_look_at_all(c));
    if (c->net == NULL)
        return E_OK;
    TRY(reconcile_run(c, &k));
    if (k.healed + k.reviews + k.differ + k.unknown > 0)
        log_warn(c, "reconcile.differs", L_I64("asked", k.asked), L_I64("applied", k.healed),
            L_I64("reviews", k.reviews), L_I64("differ", k.differ), L_I64("unknown", k.unknown));
    if (k.more)
        log_warn(c, "reconcile.more", L_I64("asked", k.asked), L_I64("disputes", k.disputes));
    return E_OK;
}

static enum err look_for_alerts(struct ctx *c, void *arg)
{
    struct reconcile *k = arg;
    int64_t open[ALERT_KIND_COUNT];
    TRY(alert_open_counts(c, open));
    k->differed = open[ALERT_DIFFERS] > 0;
    return E_OK;
}

static void count(struct ctx *c, const struct reconcile *k)
{
    metric_add(c, METRIC_reconcile_asked_total, k->asked);
    metric_add(c, METRIC_reconcile_healed_total, k->healed);
    metric_add(c, METRIC_reconcile_reviews_total, k->reviews);
    metric_add(c, METRIC_reconcile_differs_total, k->differ);
    metric_add(c, METRIC_reconcile_unknown_total, k->unknown);
}

enum err reconcile_run(struct ctx *c, struct reconcile *k)
{
    if (c->net == NULL)
        return fail(c, BUSY, "gateways are asked by the server: start it, then run this again");
    TRY(db_read(c, look_for_alerts, k));
    TRY(disputes(c, k));
    TRY(subscriptions(c, k));
    TRY(run(c, k, (struct attempt_filter) { .waiting = true }));
    TRY(run(c, k, (struct attempt_filter) { .since_ms = k->since_ms }));
    /* A page is payable until the gateway ends it, whatever became of its order here. */
    TRY(run(c, k, (struct attempt_filter) { .ended = true, .since_ms = k->since_ms }));
    count(c, k);
    return E_OK;
}
