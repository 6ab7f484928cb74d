#include "renewal/charge.h"

#include "base/fault.h"

#include "db/db.h"
#include "grant/grant.h"
#include "job/job.h"
#include "payment/call.h"
#include "renewal/bill.h"
#include "renewal/renewal_db.h"
#include "switch/switch.h"

/* Charging a period to what its payer paid with.  Crash points: charge.load.after_commit,
 * charge.call.after. */

enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
    BETWEEN_MS = 20 * HOUR_MS, /* a card is not tried twice a day */
    TRIES_MAX = 5
};

/* ---- how it stands */

static bool can_charge(const struct ctx *c, const struct subscription *s)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    return g != NULL && g->charge != NULL && g->charges(c->config) && g->enabled(c->config) &&
        s->payer.n > 0 && !subscription_is_native(s);
}

/* Nobody knows what became of it. */
static bool is_open(const struct attempt *a)
{
    return a->status == ATTEMPT_CREATED || a->status == ATTEMPT_OPEN ||
        a->status == ATTEMPT_UNKNOWN || a->status == ATTEMPT_PROCESSING;
}

struct tally {
    int64_t sent, last_ms; /* charges that left, and when the last one did */
    bool waits;            /* for one, or for who pays on a page just now */
    bool doubt;            /* one of them may still have been paid */
};

static void count(const struct ctx *c, const struct attempt *a, struct tally *t)
{
    const int64_t age_ms = c->now_ms - a->created_ms;
    bool charge = attempt_is_charge(a);
    if (is_open(a))
        t->waits = t->waits || age_ms < (charge ? DAY_MS : HOUR_MS) ||
            (!charge && a->status == ATTEMPT_PROCESSING);
    if (!charge || a->status == ATTEMPT_ABANDONED)
        return;
    t->sent++;
    t->last_ms = a->created_ms;
    t->doubt = t->doubt || is_open(a);
}

static enum err tally_of(struct ctx *c, const struct order *o, struct tally *ret)
{
    struct attempt *a = NULL;
    size_t n = 0;
    *ret = (struct tally) { .sent = 0 };
    TRY(attempts_of(c, o->n, &a, &n));
    for (size_t i = 0; i < n; i++)
        count(c, &a[i], ret);
    return E_OK;
}

enum err charge_stands(struct ctx *c, const struct subscription *s, const struct order *open,
    enum charge_standing *ret)
{
    struct tally t;
    struct grant_paid paid;
    *ret = CHARGE_NONE;
    bool payable = open->n > 0 && open->total_minor > 0 && open->status != ORDER_REVIEW;
    if (!payable || !can_charge(c, s))
        return E_OK;
    TRY(grant_paid(c, s, &paid));
    if (paid.back || paid.argued) /* who takes his money back is asked, not charged */
        return E_OK;
    TRY(tally_of(c, open, &t));
    bool late = c->now_ms >= s->period_end_ms + DAY_MS; /* its gateway was away for so long */
    *ret = t.waits ? CHARGE_UNDER_WAY : t.sent > 0 || late ? CHARGE_REFUSED : CHARGE_READY;
    return E_OK;
}

static struct str subject_of(struct ctx *c, int64_t subscription_n)
{
    return str_fmt(c->arena, "%lld", (long long)subscription_n);
}

enum err charge_later(struct ctx *c, const struct subscription *s)
{
    return job_add(c, RENEWAL_CHARGE, subject_of(c, s->n), c->now_ms);
}

/* ---- charging */

struct charging {
    struct subscription s;
    struct order o;
    struct attempt a;
    struct str description;
    bool ready; /* there is something to send */
    struct gateway_state state;
    struct call call;
};

/* The order before the subscription: as settling locks them. */
static enum err lock_both(struct ctx *c, struct charging *k, bool *ret_due)
{
    bool found = false;
    int64_t order_n = 0;
    *ret_due = false;
    TRY(subscription_by_n(c, k->s.n, &k->s));
    TRY(renewal_db_open_order(c, k->s.n, k->s.period_end_ms, &found, &order_n));
    if (!found)
        return E_OK;
    TRY(order_lock(c, order_n, &k->o));
    TRY(subscription_lock(c, k->s.n, &k->s));
    bool alive = k->s.status != SUBSCRIPTION_CANCELED && k->s.status != SUBSCRIPTION_INCOMPLETE;
    bool waits = k->o.status == ORDER_PENDING || k->o.status == ORDER_FAILED;
    *ret_due = alive && waits && k->s.cancel_at_ms == 0 && c->now_ms >= k->s.period_end_ms &&
        k->o.period_start_ms == k->s.period_end_ms;
    return E_OK;
}

static enum err is_held(struct ctx *c, const struct charging *k, bool *ret)
{
    TRY(switch_is_off(c, SWITCH_RENEWALS, ret));
    return *ret ? E_OK : switch_gateway_is_off(c, gateway_name(k->s.gateway), ret);
}

static enum err is_time(struct ctx *c, const struct charging *k, bool *ret)
{
    struct tally t;
    enum charge_standing stands = CHARGE_NONE;
    TRY(charge_stands(c, &k->s, &k->o, &stands));
    TRY(tally_of(c, &k->o, &t));
    bool again = stands == CHARGE_REFUSED && !t.doubt && t.sent < TRIES_MAX &&
        c->now_ms - t.last_ms >= BETWEEN_MS;
    *ret = stands == CHARGE_READY || again;
    return E_OK;
}

/* From here on money may move: whoever comes later asks about it, and sends nothing. */
static enum err write_down(struct ctx *c, struct charging *k)
{
    k->a = (struct attempt) {
        .order_n = k->o.n,
        .id = id_new(c),
        .gateway = k->s.gateway,
        .named = true,
        .amount = { k->o.total_minor, k->o.currency },
        .method = S("card"),
        .expires_ms = k->o.expires_ms,
    };
    TRY(attempt_insert(c, &k->a));
    k->a.session_id = attempt_id(c->arena, &k->a);
    TRY(attempt_become(c, &k->a, ATTEMPT_UNKNOWN));
    k->description = bill_name(c->arena, &k->s.terms);
    k->ready = true;
    return job_add(
        c, PAYMENT_POLL, str_fmt(c->arena, "%lld", (long long)k->a.n), c->now_ms + HOUR_MS / 60);
}

static enum err load_tx(struct ctx *c, void *arg)
{
    struct charging *k = arg;
    bool due = false, held = false, now = false;
    k->ready = false;
    TRY(lock_both(c, k, &due));
    if (!due)
        return E_OK;
    TRY(is_held(c, k, &held));
    if (!held)
        TRY(is_time(c, k, &now));
    return now ? write_down(c, k) : E_OK;
}

static enum err call(struct ctx *c, struct charging *k)
{
    const struct gateway *g = gateway_by_id(k->a.gateway);
    const struct gateway_charge in = {
        .attempt = k->a.session_id,
        .description = k->description,
        .total = k->a.amount,
        .payer = k->s.payer,
        .name = k->o.name,
        .country = k->o.country,
    };
    TRY(g->charge(c, &in, &k->state));
    k->call = call_of(&k->a, CALL_OPEN, k->state.outcome, &k->state.reply);
    k->call.said = k->state.notice.name;
    return E_OK;
}

/* ---- recording */

static enum err settled(struct ctx *c, struct charging *k)
{
    struct settle s = {
        .gateway = k->a.gateway, .notice = k->state.notice, .confirmed_by = S("answer")
    };
    s.notice.session_id = k->a.session_id;
    TRY(settle_tx(c, &s));
    bool failed = s.found && s.attempt.status == ATTEMPT_FAILED;
    return failed ? renewal_look(c, &k->s) : E_OK;
}

/* A webhook or a question may have been faster. */
static enum err not_taken(struct ctx *c, struct charging *k, enum attempt_status to)
{
    struct order o;
    TRY(order_lock(c, k->o.n, &o));
    TRY(attempt_by_n(c, k->a.n, &k->a));
    if (k->a.status != ATTEMPT_UNKNOWN)
        return E_OK;
    k->a.why = k->state.refusal;
    TRY(attempt_become(c, &k->a, to));
    return to == ATTEMPT_DECLINED ? renewal_look(c, &k->s) : E_OK;
}

static enum err record_tx(struct ctx *c, void *arg)
{
    struct charging *k = arg;
    TRY(call_note(c, &k->call));
    switch (k->state.outcome) {
    case OUTCOME_DONE:
        return settled(c, k);
    case OUTCOME_DECLINED:
        return not_taken(c, k, ATTEMPT_DECLINED);
    case OUTCOME_NOT_SENT:
        return not_taken(c, k, ATTEMPT_ABANDONED);
    case OUTCOME_PENDING:
    case OUTCOME_UNKNOWN:
        return not_taken(c, k, ATTEMPT_UNKNOWN);
    }
    never("a call has five outcomes");
}

enum err renewal_charge(struct ctx *c, struct str subscription_n)
{
    struct charging k = { .ready = false };
    if (!str_to_i64(subscription_n, &k.s.n))
        return fail(
            c, STORE_CORRUPT, "a job charges the subscription \"%.*s\"", SARG(subscription_n));
    TRY(db_tx_job(c, "charge load", load_tx, &k));
    if (!k.ready)
        return E_OK;
    if (crash_point(c, "charge.load.after_commit"))
        return E_DEAD;
    TRY(call(c, &k));
    if (crash_point(c, "charge.call.after"))
        return E_DEAD;
    return db_tx_job(c, "charge record", record_tx, &k);
}
