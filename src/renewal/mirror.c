#include "renewal/mirror.h"

#include "alert/alert.h"
#include "base/fault.h"
#include "base/log.h"
#include "db/db.h"
#include "job/job.h"
#include "renewal/bill.h"
#include "renewal/invoice.h"
#include "renewal/state.h"

/* A subscription of the gateway's, asked for and written down whole.
 *
 * The row is read before the gateway is asked.  When it moved meanwhile the answer may be older
 * than what moved it, and the gateway is asked again: so an answer to an earlier question never
 * stands over one to a later, whatever the clocks of two servers say. */

enum {
    TRIES = 8,      /* each after somebody else's, or another piece of many invoices */
    ORDERS_MAX = 3, /* of one transaction */
    HOUR_MS = 3600 * 1000
};

struct mirror {
    struct renewal_mirror *said;
    const struct gateway *gateway;
    struct gateway_standing at;
    bool known;
    struct subscription before; /* the question */
    struct attempt attempt;     /* which carries its mark, where there is no row yet */
    struct order order;         /* … and that one's */
    int64_t asked_ms, orders;
    bool again, moved;
};

enum err renewal_later(struct ctx *c, enum gateway_id gateway, struct str reference)
{
    return job_add(c, RENEWAL_MIRROR,
        str_fmt(c->arena, "%.*s %.*s", SARG(gateway_name(gateway)), SARG(reference)), c->now_ms);
}

/* ---- how it stands */

static enum subscription_status status_there(
    const struct gateway_standing *at, enum subscription_status now)
{
    switch (at->status) {
    case STANDING_TRIALING:
        return SUBSCRIPTION_TRIALING;
    case STANDING_ACTIVE:
        return SUBSCRIPTION_ACTIVE;
    case STANDING_PAST_DUE:
    case STANDING_UNPAID:
        return SUBSCRIPTION_PAST_DUE;
    case STANDING_INCOMPLETE:
        return SUBSCRIPTION_INCOMPLETE;
    case STANDING_CANCELED:
        return SUBSCRIPTION_CANCELED;
    case STANDING_STRANGE:
        return now;
    }
    never("a standing has seven words");
}

/* The newest invoice that somebody should pay. */
static const struct gateway_invoice *unpaid(const struct gateway_standing *at)
{
    for (size_t i = 0; i < at->invoices; i++)
        if (at->invoice[i].open)
            return &at->invoice[i];
    return NULL;
}

static bool paid_for(const struct gateway_standing *at)
{
    for (size_t i = 0; i < at->invoices; i++)
        if (at->invoice[i].paid && at->invoice[i].start_ms == at->start_ms &&
            at->invoice[i].end_ms == at->end_ms)
            return true;
    return at->status == STANDING_TRIALING;
}

/* Where a person accepted the start late, the row counts its period from then: nobody paid for more
 * than the one that began there, be it over or ended since. */
static void take_start(struct subscription *s, const struct gateway_standing *at)
{
    bool as_begun = s->cycle == 0 && s->anchor_ms == s->period_start_ms;
    for (size_t i = 0; i < at->invoices && as_begun; i++) {
        const struct gateway_invoice *in = &at->invoice[i];
        if (in->reason != INVOICE_START || !in->paid || in->end_ms <= in->start_ms ||
            in->start_ms >= s->period_start_ms ||
            (at->status != STANDING_CANCELED && in->end_ms > at->start_ms))
            continue;
        s->anchor_ms = s->period_start_ms = in->start_ms;
        s->period_end_ms = in->end_ms;
    }
}

/* The row's period is the one that was paid for; the gateway's begins whether or not. */
static void take_period(struct subscription *s, const struct gateway_standing *at)
{
    if (at->status == STANDING_CANCELED || at->end_ms <= at->start_ms || !paid_for(at)) {
        take_start(s, at);
        return;
    }
    /* What begins it is settled some seconds after it began there; months count from that day, also
     * when the payment of a later one waits for a person. */
    bool first = at->start_ms < s->period_end_ms;
    if (first && s->cycle == 0 && s->anchor_ms == s->period_start_ms)
        s->anchor_ms = at->start_ms;
    s->period_start_ms = at->start_ms;
    s->period_end_ms = at->end_ms;
    if (at->trial_end_ms > 0)
        s->trial_end_ms = at->trial_end_ms;
}

static void take_standing(struct mirror *k, struct subscription *s, enum subscription_status to)
{
    const struct gateway_standing *at = &k->at;
    take_period(s, at);
    s->payer = at->payer.n > 0 ? at->payer : s->payer;
    s->cancel_at_ms = at->cancel_at_ms;
    s->unpaid = at->status == STANDING_UNPAID;
    s->asked_ms = k->asked_ms > s->asked_ms ? k->asked_ms : s->asked_ms;
    if (to != SUBSCRIPTION_PAST_DUE)
        s->past_due_ms = 0;
    else if (s->past_due_ms == 0)
        s->past_due_ms = k->asked_ms;
    if (to == SUBSCRIPTION_CANCELED && s->ended_ms == 0)
        s->ended_ms = at->ended_ms > 0 ? at->ended_ms : k->asked_ms;
    if (str_eq(s->next_price, s->terms.price))
        s->next_price = S("");
}

/* What a person has to look at; empty: nothing. */
static struct str contradiction(struct ctx *c, const struct mirror *k, const struct subscription *s,
    enum subscription_status to)
{
    struct str title = k->gateway->title;
    if (k->at.status == STANDING_STRANGE)
        return str_fmt(c->arena, "%.*s calls it \"%.*s\", which purser does not know", SARG(title),
            SARG(k->at.name));
    if (!subscription_may_become(s->status, to))
        return str_fmt(c->arena, "it is %.*s here, and %.*s says %.*s",
            SARG(subscription_status_text(s->status)), SARG(title), SARG(k->at.name));
    if (to != SUBSCRIPTION_CANCELED && s->next_price.n == 0 && !standing_agrees(s, &k->at))
        return str_fmt(c->arena, "%.*s collects %.*s each period, and %.*s was agreed to",
            SARG(title), SARG(money_text_code(c->arena, k->at.amount)),
            SARG(money_text_code(c->arena, s->terms.amount)));
    return S("");
}

static enum err say_contradiction(struct ctx *c, const struct subscription *s, struct str why)
{
    struct str id = subscription_id(c->arena, s);
    return why.n > 0 ? alert_raise(c, ALERT_SUBSCRIPTION, id, why)
                     : alert_over(c, ALERT_SUBSCRIPTION, id);
}

/* Somebody changed the plan there, and nothing was to pay for it. */
static enum err take_free_change(struct ctx *c, struct mirror *k, struct subscription *s)
{
    struct subscription_terms to;
    struct bill_sum nothing = { .amount = { 0, s->terms.amount.cur } };
    struct bill b;
    struct str price = S("");
    bool found = false;
    if (standing_agrees(s, &k->at) || s->next_price.n > 0 || s->status == SUBSCRIPTION_CANCELED ||
        k->at.status == STANDING_CANCELED || unpaid(&k->at) != NULL)
        return E_OK;
    TRY(standing_price(c, s, &k->at, &found, &price));
    if (!found)
        return E_OK; /* said as a contradiction */
    enum err e = bill_terms(c, &s->terms, price, &to);
    if (e == E_INVALID) { /* it is not sold any more: that, too, a person has to see */
        err_clear(c);
        return E_OK;
    }
    TRY(e);
    TRY(bill_of_change(c, s, &(struct bill_period) { .terms = &to }, &nothing, &b));
    TRY(bill_insert(c, &b));
    TRY(settle_free_order(c, b.order.n));
    return subscription_by_n(c, s->n, s);
}

/* Oldest first: each stands on what the one before it left in *s. */
static enum err take_invoices(struct ctx *c, struct mirror *k, struct subscription *s)
{
    for (size_t i = k->at.invoices; i-- > 0;) {
        bool made = false;
        if (k->orders == ORDERS_MAX) {
            k->again = true;
            return E_OK;
        }
        TRY(invoice_take(c, &k->at, s, &k->at.invoice[i], &made));
        k->orders += made;
        if (made)
            TRY(subscription_by_n(c, s->n, s));
    }
    return E_OK;
}

static enum err write_standing(struct ctx *c, struct mirror *k, struct subscription *s)
{
    struct state_change change = { .was = k->before };
    const struct gateway_invoice *open = unpaid(&k->at);
    TRY(take_free_change(c, k, s));
    const struct subscription given = *s;
    if (given.version != k->before.version) /* whatever moved it has handed it out */
        change.given = &given;
    enum subscription_status to = status_there(&k->at, s->status);
    struct str why = contradiction(c, k, s, to);
    TRY(say_contradiction(c, s, why));
    if (!subscription_may_become(s->status, to))
        to = s->status;
    if (s->status != SUBSCRIPTION_CANCELED)
        take_standing(k, s, to);
    if (open != NULL && to == SUBSCRIPTION_PAST_DUE) {
        change.mend_url = open->page_url;
        change.failed = str_fmt(c->arena, "%.*s:%lld", SARG(open->id), (long long)open->tries);
        change.due = open->due;
    }
    return state_store(c, &change, s, to);
}

static bool differs(const struct subscription *was, const struct subscription *s)
{
    return was->status != s->status || was->period_end_ms != s->period_end_ms ||
        was->cancel_at_ms != s->cancel_at_ms || !str_eq(was->terms.price, s->terms.price);
}

static enum err mirror_tx(struct ctx *c, void *arg)
{
    struct mirror *k = arg;
    struct subscription s;
    k->again = false;
    k->orders = 0;
    TRY(subscription_lock(c, k->before.n, &s));
    if (s.version != k->before.version && !MUTANT(15)) { /* planted: believed all the same */
        k->again = true;
        return E_OK;
    }
    k->before = s;
    TRY(take_invoices(c, k, &s));
    TRY(write_standing(c, k, &s));
    k->moved = k->orders > 0 || differs(&k->before, &s);
    return E_OK;
}

enum err mirror_take(struct ctx *c, const struct subscription *s, const struct gateway_standing *at)
{
    struct mirror k = {
        .gateway = gateway_by_id(s->gateway), .at = *at, .before = *s, .asked_ms = c->now_ms
    };
    return mirror_tx(c, &k);
}

/* ---- one that has no row: not ours, or what begins it is not complete */

static enum err raise(struct ctx *c, void *arg)
{
    const struct mirror *k = arg;
    return alert_raise(c, ALERT_SUBSCRIPTION, k->said->reference, k->said->why);
}

static enum err find_mark(struct ctx *c, void *arg)
{
    struct mirror *k = arg;
    struct notice about = { .attempt = k->at.attempt };
    bool found = false;
    TRY(attempt_of_notice(c, k->said->gateway, &about, &found, &k->attempt));
    return found ? order_by_n(c, k->attempt.order_n, &k->order) : E_OK;
}

static bool goes_on(const struct gateway_standing *at)
{
    return at->status == STANDING_TRIALING || at->status == STANDING_ACTIVE ||
        at->status == STANDING_PAST_DUE || at->status == STANDING_UNPAID;
}

static enum err not_yet(struct ctx *c, struct mirror *k)
{
    bool waits = k->order.status == ORDER_PENDING || k->order.status == ORDER_PROCESSING ||
        k->order.status == ORDER_FAILED;
    k->said->result = RENEWAL_NOT_YET;
    k->said->order_n = k->order.n;
    k->said->why = S("what begins this subscription is not complete yet");
    if (waits || !goes_on(&k->at))
        return E_OK;
    /* Its money is in review, went back, or paid for a plan that was there already. */
    k->said->why = str_fmt(c->arena,
        "it goes on at %.*s, and no subscription here began with it: end it there",
        SARG(k->gateway->title));
    return db_tx_job(c, "renewal orphan", raise, k);
}

/* Its own session may have been paid with nobody here having heard of it: that is asked about, and
 * settled like any other. */
static enum err begin(struct ctx *c, struct mirror *k, bool *ret_again)
{
    struct settle s;
    *ret_again = false;
    TRY(db_read(c, find_mark, k));
    if (k->attempt.n == 0) {
        k->said->result = RENEWAL_NOT_OURS;
        k->said->why = S("a subscription of this account that is not ours");
        return E_OK;
    }
    if (k->attempt.status == ATTEMPT_CAPTURED)
        return not_yet(c, k);
    TRY(payment_ask(c, k->attempt.n, &s));
    *ret_again = s.result == SETTLED_NOW;
    return *ret_again ? E_OK : not_yet(c, k);
}

/* ---- asking */

static enum err look(struct ctx *c, void *arg)
{
    struct mirror *k = arg;
    return subscription_by_reference(
        c, k->said->gateway, k->said->reference, &k->known, &k->before);
}

static enum err not_there(struct ctx *c, struct mirror *k)
{
    k->said->result = k->known ? RENEWAL_MIRRORED : RENEWAL_NOT_OURS;
    k->said->order_n = k->before.order_n;
    k->said->why =
        str_fmt(c->arena, "%.*s says that there is no such subscription", SARG(k->gateway->title));
    return k->known && k->before.status != SUBSCRIPTION_CANCELED
        ? db_tx_job(c, "renewal gone", raise, k)
        : E_OK;
}

static enum err ask_once(struct ctx *c, struct mirror *k)
{
    struct renewal_mirror *said = k->said;
    k->again = false;
    TRY(db_read(c, look, k));
    TRY(k->gateway->standing(c, said->reference, &k->at));
    if (k->at.outcome == OUTCOME_DECLINED)
        return not_there(c, k);
    if (k->at.outcome != OUTCOME_DONE)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked: %.*s",
            SARG(k->gateway->title),
            SARG(k->at.refusal.n > 0 ? k->at.refusal : outcome_text(k->at.outcome)));
    if (!k->known)
        return begin(c, k, &k->again);
    TRY(db_tx_job(c, "renewal mirror", mirror_tx, k));
    said->result = RENEWAL_MIRRORED;
    said->moved = said->moved || k->moved;
    said->order_n = k->before.order_n;
    said->why = str_fmt(c->arena, "%.*s says %.*s", SARG(k->gateway->title), SARG(k->at.name));
    return E_OK;
}

enum err renewal_mirror(struct ctx *c, struct renewal_mirror *m)
{
    const struct gateway *g = m->ask != NULL ? m->ask : gateway_by_id(m->gateway);
    if (g == NULL || g->standing == NULL)
        return fail(c, STORE_CORRUPT, "%.*s renews nothing", SARG(gateway_name(m->gateway)));
    for (int i = 0; i < TRIES; i++) {
        struct mirror k = { .said = m, .gateway = g, .asked_ms = c->now_ms };
        TRY(ask_once(c, &k));
        m->asked_ms = k.asked_ms;
        if (!k.again)
            return E_OK;
    }
    return fail(c, BUSY, "a subscription moved each time that the gateway was asked about it");
}

enum err renewal_mirror_job(struct ctx *c, struct str subject)
{
    struct str name;
    struct renewal_mirror m = { .gateway = GATEWAY_NONE };
    if (!str_cut(subject, ' ', &name, &m.reference) ||
        (m.gateway = gateway_by_name(name)) == GATEWAY_NONE)
        return fail(c, STORE_CORRUPT, "a job asks about the subscription \"%.*s\"", SARG(subject));
    TRY(renewal_mirror(c, &m));
    if (m.result != RENEWAL_MIRRORED)
        log_info(c, "renewal.not_mirrored", L("reference", m.reference), L("why", m.why));
    return E_OK;
}
