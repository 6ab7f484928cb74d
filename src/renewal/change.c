#include "renewal/change.h"

#include "db/db.h"
#include "renewal/mirror.h"
#include "renewal/renewal_db.h"
#include "renewal/state.h"

/* A change, planned, asked for, recorded.  What is said to the gateway stands in the row before it
 * is said: whoever takes over says the same under the same key. */

enum {
    KEY_MS = 23 * 3600 * 1000,         /* a gateway knows its keys for a day */
    GONE_ON_WITH_MS = 25 * 3600 * 1000 /* its job gives up after a day */
};

/* ---- plan */

/* The order before the subscription: as settling locks them. */
static enum err lock_both(struct ctx *c, struct change *k, struct order *ret_open)
{
    bool found = false;
    int64_t order_n = 0;
    struct order open = { .n = 0 };
    TRY(change_find(c, k, &k->s));
    TRY(renewal_db_open_order(c, k->s.n, k->s.period_end_ms, &found, &order_n));
    if (found)
        TRY(order_lock(c, order_n, &open));
    TRY(subscription_lock(c, k->s.n, &k->s));
    TRY(renewal_db_check_open(c, &k->s, open.n));
    *ret_open = open;
    return k->s.status == SUBSCRIPTION_CANCELED
        ? fail(c, CONFLICT, "the subscription has just ended")
        : E_OK;
}

static void add_offer(const struct change_offer *offer, struct subscription_terms *inout)
{
    inout->coupon = offer->code;
    inout->off_minor = offer->off_minor;
    inout->off_months = offer->off_months;
}

/* It stays as it is, and costs less for a while. */
static enum err take_offer(struct ctx *c, struct change *k, struct order *open)
{
    const struct subscription was = k->s;
    struct change_offer offer;
    TRY(change_offer(c, &k->s, k->reason, &offer));
    if (offer.code.n == 0 || !str_eq_nocase(offer.code, k->accept))
        return fail(c, INVALID_COUPON, "%.*s is not offered for this reason", SARG(k->accept));
    if (k->s.cancel_at_ms > 0)
        return fail(c, CONFLICT, "the plan was cancelled: resume it, and take the offer then");
    if (k->s.next_price.n > 0)
        return fail(c, CONFLICT, "another plan is planned: call that off, and take the offer then");
    k->row.deed = SUBSCRIPTION_UNSCHEDULE;
    k->row.coupon = offer.code;
    add_offer(&offer, &k->cost.to);
    if (subscription_is_native(&k->s))
        return E_OK;
    if (open->n > 0 && order_may_become(open->status, ORDER_CANCELLED)) /* another follows */
        TRY(payment_give_up(c, open, ORDER_CANCELLED, S("the next period costs less")));
    k->s.terms = k->cost.to;
    k->ready = true;
    return change_store(c, &was, &k->s, k->s.status);
}

/* Its events may be here before its answer: who asks because of them must not take the plan that
 * the gateway has from then on for one that has begun. */
static enum err announce(struct ctx *c, struct change *k)
{
    if (k->row.deed != SUBSCRIPTION_CHANGE || !k->row.at_end)
        return E_OK;
    k->s.next_price = k->row.price;
    return subscription_become(c, &k->s, k->s.status);
}

/* What was asked for before may yet happen: in a new period from now on it would be paid a second
 * time, and it would undo what is asked for after it. */
static enum err check_alone(struct ctx *c, const struct subscription *s)
{
    bool open = false;
    if (!subscription_is_native(s))
        return E_OK;
    TRY(subscription_change_open(c, s->n, c->now_ms - GONE_ON_WITH_MS, &open));
    return open
        ? fail(c, CONFLICT,
              "an earlier request about this plan is not certain yet: in some minutes it is")
        : E_OK;
}

/* Asked for by our own job, and its reason is no more: somebody paid. */
static bool is_paid_now(const struct subscription *s, const struct subscription_change *row)
{
    return row->deed == SUBSCRIPTION_CANCEL && str_eq(row->reason, CHANGE_UNPAID) &&
        str_starts(row->actor, S("job:")) && subscription_is_native(s) &&
        (s->status == SUBSCRIPTION_ACTIVE || s->status == SUBSCRIPTION_TRIALING);
}

static enum err plan(struct ctx *c, void *work, int64_t *ret_subject)
{
    struct change *k = work;
    struct cost_ask ask = { .at_end = false };
    struct order open;
    TRY(lock_both(c, k, &open));
    TRY(check_alone(c, &k->s));
    TRY(change_judge(c, k, &k->s, &ask));
    k->row = (struct subscription_change) {
        .subscription_n = k->s.n,
        .deed = k->deed,
        .price = ask.price,
        .at_end = ask.at_end,
        .at_ms = ask.at_ms,
        .reason = k->reason,
        .feedback = k->feedback,
        .actor = c->actor,
    };
    if (is_paid_now(&k->s, &k->row))
        return fail(c, CONFLICT, "the plan was paid for a moment ago");
    k->cost.to = k->s.terms;
    if (k->deed == SUBSCRIPTION_CHANGE)
        TRY(cost_reckon(c, &k->s, &ask, &k->cost));
    k->row.prorate = k->cost.prorate;
    k->row.allowed_minor = k->cost.allowed_minor;
    k->row.allowed_credits = k->cost.prorate == PRORATE_GIVEN ? k->cost.credits_end : 0;
    if (k->deed == SUBSCRIPTION_CANCEL && k->accept.n > 0)
        TRY(take_offer(c, k, &open));
    else if (!subscription_is_native(&k->s))
        TRY(change_do_managed(c, k, &open));
    else
        TRY(announce(c, k));
    TRY(subscription_change_insert(c, &k->row));
    *ret_subject = k->row.n;
    if (!k->ready)
        return E_OK;
    k->row.status = SUBSCRIPTION_DONE;
    return subscription_change_update(c, &k->row);
}

/* ---- taking over, calling */

/* What it was to become, as far as it has not become that yet. */
static enum err load_terms(struct ctx *c, struct change *k)
{
    struct change_offer offer;
    k->cost.to = k->s.terms;
    if (k->row.deed == SUBSCRIPTION_CHANGE)
        return bill_terms(c, &k->s.terms, k->row.price, &k->cost.to);
    if (k->row.coupon.n == 0 || str_eq(k->s.terms.coupon, k->row.coupon))
        return E_OK;
    TRY(change_offer(c, &k->s, k->row.reason, &offer));
    if (str_eq(offer.code, k->row.coupon))
        add_offer(&offer, &k->cost.to);
    return E_OK;
}

/* What was perhaps done is not asked for again where it is seen to have been done, where its reason
 * is no more, where something else was asked for since, or where the gateway has forgotten its key:
 * it would be paid a second time. */
static enum err look_back(struct ctx *c, struct change *k)
{
    struct subscription_change *row = &k->row;
    bool open = row->status == SUBSCRIPTION_ASKED || row->status == SUBSCRIPTION_UNKNOWN;
    bool now = row->deed == SUBSCRIPTION_CHANGE && !row->at_end, late = false;
    if (!open || !subscription_is_native(&k->s))
        return E_OK;
    TRY(subscription_change_later(c, row, &late));
    if (now && str_eq(k->s.terms.price, row->price)) {
        row->status = SUBSCRIPTION_DONE;
    } else if (is_paid_now(&k->s, row)) {
        row->status = SUBSCRIPTION_REFUSED;
        row->why = S("the plan was paid for meanwhile");
    } else if (late) {
        row->status = SUBSCRIPTION_REFUSED;
        row->why = S("something else was asked for since: the plan is as the gateway shows it");
    } else if (now && c->now_ms - row->created_ms >= KEY_MS) {
        row->status = SUBSCRIPTION_REFUSED;
        row->why = S("nobody learned what became of it: the plan is as the gateway shows it");
    } else {
        return E_OK;
    }
    TRY(renewal_later(c, k->s.gateway, k->s.reference));
    return subscription_change_update(c, row);
}

static enum err load(struct ctx *c, int64_t subject, bool perhaps_sent, void *work)
{
    struct change *k = work;
    bool same = false;
    TRY(subscription_change_by_n(c, subject, &k->row));
    TRY(subscription_by_n(c, k->row.subscription_n, &k->s));
    k->deed = k->row.deed;
    TRY(look_back(c, k));
    k->again = k->row.status == SUBSCRIPTION_DONE && subscription_is_native(&k->s);
    k->ready =
        !k->again && (k->row.status == SUBSCRIPTION_DONE || k->row.status == SUBSCRIPTION_REFUSED);
    if (k->ready || k->again)
        return E_OK;
    TRY(load_terms(c, k));
    if (k->row.order_n == 0)
        return E_OK;
    TRY(payment_open_load(c, k->row.order_n, &k->open));
    const struct attempt *a = &k->open.attempt;
    k->ready = (a->status != ATTEMPT_CREATED && a->status != ATTEMPT_UNKNOWN) ||
        k->open.order.completed_ms > 0;
    if (k->ready || (!perhaps_sent && a->status != ATTEMPT_UNKNOWN))
        return E_OK;
    TRY(payment_key_answers(c, a, &same));
    return same ? E_OK : payment_open_again(c, &k->open);
}

static struct str gateway_of(const void *work)
{
    const struct change *k = work;
    return gateway_name(k->open.order.n > 0 ? k->open.attempt.gateway : k->s.gateway);
}

static struct gateway_change said(struct ctx *c, const struct change *k)
{
    const struct subscription_change *row = &k->row;
    struct gateway_change in = {
        .reference = k->s.reference,
        .payer = k->s.payer,
        .key = id_text(c->arena, S("chg"), row->id),
        .allowed_minor = row->allowed_minor,
        .at_ms = row->at_ms,
    };
    in.prorate = (enum prorate)row->prorate;
    switch (row->deed) {
    case SUBSCRIPTION_CHANGE:
        in.what = row->at_end ? CHANGE_PLAN_AT_END : CHANGE_PLAN;
        break;
    case SUBSCRIPTION_CANCEL:
        in.what = row->at_end ? CHANGE_END_AT_END : CHANGE_END;
        break;
    case SUBSCRIPTION_RESUME:
        in.what = CHANGE_RESUME;
        break;
    case SUBSCRIPTION_UNSCHEDULE: /* an offer: the plan that it is, at less */
        in.what = row->coupon.n > 0 ? CHANGE_PLAN : CHANGE_STAY;
        break;
    }
    return in;
}

struct planning {
    struct change *change;
    struct gateway_change in;
};

static enum err read_plan(struct ctx *c, void *arg)
{
    struct planning *p = arg;
    p->in.plan = cost_gateway_plan(c, &p->change->cost.to);
    return E_OK;
}

static enum err call(struct ctx *c, void *work)
{
    struct change *k = work;
    if (k->ready)
        return E_OK;
    if (k->open.order.n > 0)
        return payment_open_call(c, &k->open);
    const struct gateway *g = gateway_by_id(k->s.gateway);
    if (k->again)
        return g->standing(c, k->s.reference, &k->at);
    struct planning p = { .change = k, .in = said(c, k) };
    if (k->row.deed == SUBSCRIPTION_CHANGE || k->row.deed == SUBSCRIPTION_UNSCHEDULE)
        TRY(db_read(c, read_plan, &p));
    return g->change(c, &p.in, &k->at);
}

/* ---- recording */

static enum err record_page(struct ctx *c, struct change *k, enum operation_next *ret_next)
{
    enum payment_opened opened = PAYMENT_OPENED;
    TRY(payment_open_record(c, &k->open, &opened));
    *ret_next = payment_opened_next(opened);
    if (*ret_next != OPERATION_DONE)
        return E_OK;
    k->row.status = opened == PAYMENT_OPENED ? SUBSCRIPTION_DONE : SUBSCRIPTION_REFUSED;
    k->row.why = k->open.session.refusal;
    return subscription_change_update(c, &k->row);
}

/* What only this request knows of it; all else the gateway has just said. */
static enum err note_request(struct ctx *c, const struct change *k, struct subscription *s)
{
    const struct subscription was = *s;
    switch (k->row.deed) {
    case SUBSCRIPTION_CHANGE:
        s->next_price = k->row.at_end ? k->row.price : S("");
        if (!k->row.at_end)
            break;
        TRY(subscription_fact(c, s, S("SUBSCRIPTION_UPDATED")));
        TRY(tell_changes(c, s, &k->cost.to));
        break;
    case SUBSCRIPTION_CANCEL:
        s->reason = k->row.reason;
        s->feedback = k->row.feedback;
        s->next_price = S("");
        break;
    case SUBSCRIPTION_RESUME:
        s->reason = S("");
        break;
    case SUBSCRIPTION_UNSCHEDULE:
        s->next_price = S("");
        if (k->row.coupon.n > 0)
            s->terms = k->cost.to;
        break;
    }
    const struct state_change change = { .was = was };
    return state_store(c, &change, s, s->status);
}

/* Another plan at the same price: what the gateway collects says nothing of it. */
static enum err take_alike(struct ctx *c, const struct change *k, struct subscription *s)
{
    const struct bill_period period = { .terms = &k->cost.to };
    const struct bill_sum nothing = { .amount = { 0, s->terms.amount.cur } };
    struct bill b;
    bool alike = k->cost.to.amount.minor == s->terms.amount.minor &&
        k->cost.to.months == s->terms.months && !str_eq(k->cost.to.price, s->terms.price);
    if (k->row.deed != SUBSCRIPTION_CHANGE || k->row.at_end || !alike)
        return E_OK;
    TRY(bill_of_change(c, s, &period, &nothing, &b));
    TRY(bill_insert(c, &b));
    TRY(settle_free_order(c, b.order.n));
    return subscription_by_n(c, s->n, s);
}

/* The answer was given to a question of before somebody else wrote the row: which of both is newer
 * nobody knows, and the gateway is asked once more how it stands. */
static enum err record_done(struct ctx *c, struct change *k, enum operation_next *ret_next)
{
    struct subscription s;
    TRY(subscription_lock(c, k->s.n, &s));
    bool moved = s.version != k->s.version;
    if (!k->again) {
        k->row.status = SUBSCRIPTION_DONE;
        TRY(subscription_change_update(c, &k->row));
        if (s.status != SUBSCRIPTION_CANCELED)
            TRY(note_request(c, k, &s));
    }
    if (!k->again)
        TRY(take_alike(c, k, &s));
    TRY(renewal_later(c, s.gateway, s.reference));
    if (moved)
        *ret_next = OPERATION_AGAIN;
    return moved ? E_OK : mirror_take(c, &s, &k->at);
}

/* What was planned for the period's end is not: the gateway did not want it. */
static enum err record_refused(struct ctx *c, struct change *k)
{
    struct subscription s;
    k->row.status = SUBSCRIPTION_REFUSED;
    k->row.why = k->at.refusal;
    TRY(subscription_change_update(c, &k->row));
    TRY(subscription_lock(c, k->s.n, &s));
    if (k->row.deed != SUBSCRIPTION_CHANGE || !k->row.at_end || !str_eq(s.next_price, k->row.price))
        return E_OK;
    s.next_price = S("");
    return subscription_become(c, &s, s.status);
}

static enum err record(struct ctx *c, void *work, int64_t subject, enum operation_next *ret_next)
{
    struct change *k = work;
    struct subscription_change now;
    must(subject == k->row.n);
    *ret_next = OPERATION_DONE;
    if (k->ready)
        return E_OK;
    TRY(subscription_change_by_n(c, subject, &now));
    k->row = now;
    if (now.status == SUBSCRIPTION_REFUSED || (now.status == SUBSCRIPTION_DONE && !k->again))
        return E_OK; /* recorded by who took over before us */
    if (k->open.order.n > 0)
        return record_page(c, k, ret_next);
    switch (k->at.outcome) {
    case OUTCOME_DONE:
        return record_done(c, k, ret_next);
    case OUTCOME_DECLINED:
        return k->again ? E_OK : record_refused(c, k);
    case OUTCOME_NOT_SENT:
    case OUTCOME_PENDING:
    case OUTCOME_UNKNOWN:
        if (k->again) /* it was done; how it stands is asked about later */
            return E_OK;
        *ret_next = OPERATION_STUCK;
        k->row.status = SUBSCRIPTION_UNKNOWN;
        k->row.why = k->at.refusal;
        return subscription_change_update(c, &k->row);
    }
    never("a call has five outcomes");
}

const struct operation_kind renewal_operation = {
    .name = S_INIT("subscription"),
    .work_size = sizeof(struct change),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = change_answer,
};

const struct operation_kind renewal_page_operation = {
    .name = S_INIT("subscription_page"),
    .work_size = sizeof(struct change),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = change_page_answer,
};

/* Nobody presses a button for it: under a key of its own, and asked for again by its job. */
static enum err run_own(
    struct ctx *c, const struct subscription *s, struct change *k, int64_t since)
{
    struct operation_key key;
    struct operation_run run;
    TRY(operation_key_own(c,
        str_fmt(c->arena, "%.*s:%.*s:%lld", SARG(k->reason), SARG(subscription_id(c->arena, s)),
            (long long)since),
        &key));
    operation_run_start(c, &run, &renewal_operation, &key, k);
    TRY(operation_run_all(c, &run));
    TRY(operation_result(c, &run));
    return run.answer.status == 200
        ? E_OK
        : fail(c, GATEWAY_REJECTED, "%.*s did not %s a subscription (%.*s)",
              SARG(gateway_by_id(s->gateway)->title),
              k->deed == SUBSCRIPTION_CANCEL ? "end" : "change", SARG(k->reason));
}

enum err change_end(struct ctx *c, const struct subscription *s, struct str reason, int64_t since)
{
    struct change k = {
        .deed = SUBSCRIPTION_CANCEL,
        .subscription_n = s->n,
        .when = WHEN_NOW,
        .reason = reason,
    };
    return run_own(c, s, &k, since);
}

enum err change_back(struct ctx *c, const struct subscription *s, struct str price, int64_t since)
{
    struct change k = {
        .deed = SUBSCRIPTION_CHANGE,
        .subscription_n = s->n,
        .when = WHEN_NOW,
        .reason = CHANGE_REFUNDED,
        .back = price,
    };
    return run_own(c, s, &k, since);
}
