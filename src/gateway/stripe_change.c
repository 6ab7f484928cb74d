#include "gateway/stripe.h"

#include "base/clock.h"

/* What somebody wants otherwise: another plan, an end, to go on after all; tried out first, in the
 * same words as the deed. */

struct deed {
    const struct gateway_change *in;
    enum outcome outcome; /* DONE: all that follows is known */
    struct str refusal;
    struct net_reply reply;
    struct json_value sub;
    struct str item, price, tax, coupon[2];
    bool trialing;
    int64_t months, end_ms; /* of the period that runs */
};

static void refuse(struct deed *k, struct str why)
{
    k->outcome = OUTCOME_DECLINED;
    k->refusal = why;
}

/* ---- what must be known first */

static enum err look(struct ctx *c, struct deed *k)
{
    struct stripe_answer a;
    struct stripe_call call = { .call = "query",
        .path = str_fmt(c->arena, "/v1/subscriptions/%.*s", SARG(k->in->reference)) };
    if (!stripe_is_id(k->in->reference)) {
        refuse(k, S("Stripe has no subscription of this name"));
        return E_OK;
    }
    TRY(stripe_ask(c, &call, &a));
    struct json_value status = json_at(a.value, "status");
    k->outcome = stripe_found(&a);
    k->refusal = a.refusal;
    k->reply = a.reply;
    k->sub = a.value;
    k->item = json_text(c->arena, a.value, "items.data.0.id");
    k->months = stripe_months(json_at(a.value, "items.data.0.price"));
    k->trialing = json_is(status, "trialing");
    k->end_ms = stripe_ms_at(a.value, "items.data.0.current_period_end");
    if (k->end_ms == 0)
        k->end_ms = stripe_ms_at(a.value, "current_period_end");
    if (a.outcome != OUTCOME_DONE)
        return E_OK;
    if (!str_eq(json_text(c->arena, a.value, "id"), k->in->reference) || !stripe_is_id(k->item))
        refuse(k, S("Stripe answered about something else"));
    else if (json_is(status, "canceled") || json_is(status, "incomplete_expired"))
        refuse(k, S("the subscription is over at Stripe"));
    else if (json_at(a.value, "items.data.1").kind != JSON_ABSENT)
        refuse(k, S("the subscription has several prices at Stripe; change it in the Dashboard"));
    return E_OK;
}

static void take(struct deed *k, const struct stripe_made *m, struct str *ret_id)
{
    const struct stripe_answer a = { .outcome = m->outcome, .reply = m->reply };
    k->outcome = m->asked ? stripe_found(&a) : m->outcome;
    k->refusal = m->refusal;
    k->reply = m->reply;
    *ret_id = m->id;
}

static bool is_prorated(const struct deed *k)
{
    return k->in->what == CHANGE_PLAN && !k->trialing && k->in->prorate == PRORATE_TIME;
}

static bool is_anchored_anew(const struct deed *k)
{
    return k->in->what == CHANGE_PLAN && !k->trialing &&
        (k->in->prorate == PRORATE_NONE || k->in->prorate == PRORATE_GIVEN);
}

/* A period of another length begins with the change, whoever asks for it. */
static bool begins_anew(const struct deed *k)
{
    return is_anchored_anew(k) || (is_prorated(k) && k->months != k->in->plan.months);
}

/* Of an earlier coupon: none is left, or so many months, which Stripe counts from now on: whole
 * periods, so that a year's payment is reached that is months away. */
static struct stripe_off off_of(const struct gateway_change *in)
{
    const struct gateway_plan *plan = &in->plan;
    struct stripe_off off = { plan->coupon, { 0, plan->amount.cur }, plan->off_months };
    if (plan->off_months == 0)
        return off;
    off.off.minor = plan->off_minor;
    if (plan->off_months > 0)
        off.months = (plan->off_months + plan->months - 1) / plan->months * plan->months;
    return off;
}

/* Taken off by the change itself: a credit that was made before it would stay when the change is
 * refused. */
static struct stripe_off unused_of(const struct deed *k)
{
    bool given = is_anchored_anew(k) && k->in->prorate == PRORATE_GIVEN;
    return (struct stripe_off) { S("Unused time"),
        { given ? k->in->allowed_minor : 0, k->in->plan.amount.cur }, 0 };
}

static enum err make(struct ctx *c, struct deed *k)
{
    const struct gateway_change *in = k->in;
    struct stripe_off off = off_of(in), unused = unused_of(k);
    struct stripe_made m;
    TRY(stripe_plan_price(c, in->key, &in->plan, &m));
    take(k, &m, &k->price);
    if (k->outcome == OUTCOME_DONE) {
        TRY(stripe_coupon(c, in->key, &off, &m));
        take(k, &m, &k->coupon[0]);
    }
    if (k->outcome == OUTCOME_DONE) {
        TRY(stripe_coupon(c, in->key, &unused, &m));
        take(k, &m, &k->coupon[1]);
    }
    if (k->outcome == OUTCOME_DONE) {
        TRY(stripe_tax(c, in->key, &in->plan, &m));
        take(k, &m, &k->tax);
    }
    return E_OK;
}

static bool is_of_plan(const struct gateway_change *in)
{
    return in->what == CHANGE_PLAN || in->what == CHANGE_PLAN_AT_END;
}

static enum err prepare(struct ctx *c, const struct gateway_change *in, struct deed *ret)
{
    struct deed k = { .in = in };
    TRY(look(c, &k));
    if (k.outcome == OUTCOME_DONE && is_of_plan(in))
        TRY(make(c, &k));
    *ret = k;
    return E_OK;
}

/* ---- saying it */

/* "items[0][id]", which a preview calls "subscription_details[items][0][id]". */
static struct str member(struct ctx *c, bool preview, const char *name, const char *rest)
{
    return preview ? str_fmt(c->arena, "subscription_details[%s]%s", name, rest)
                   : str_fmt(c->arena, "%s%s", name, rest);
}

static void put_discounts(struct ctx *c, struct buf *form, const struct deed *k)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(k->coupon); i++)
        if (k->coupon[i].n > 0)
            stripe_put(form, str_fmt(c->arena, "discounts[%zu][coupon]", n++), k->coupon[i]);
    if (n == 0)
        stripe_put_unset(form, S("discounts"));
}

static void put_plan(struct ctx *c, struct buf *form, const struct deed *k, bool preview)
{
    stripe_put(form, member(c, preview, "items", "[0][id]"), k->item);
    stripe_put(form, member(c, preview, "items", "[0][price]"), k->price);
    if (k->tax.n > 0)
        stripe_put(form, member(c, preview, "default_tax_rates", "[0]"), k->tax);
    else
        stripe_put_unset(form, member(c, preview, "default_tax_rates", ""));
    stripe_put(form, member(c, preview, "proration_behavior", ""),
        is_prorated(k) ? S("always_invoice") : S("none"));
    if (is_prorated(k))
        stripe_put_i64(form, member(c, preview, "proration_date", ""), k->in->at_ms / 1000);
    else if (is_anchored_anew(k))
        stripe_put(form, member(c, preview, "billing_cycle_anchor", ""), S("now"));
    put_discounts(c, form, k);
}

/* ---- trying it out */

/* What the next period costs by the plan's terms, as Stripe will count it. */
static bool period_costs(const struct deed *k, struct money *ret)
{
    const struct gateway_plan *plan = &k->in->plan;
    struct stripe_off off = off_of(k->in);
    struct money net = plan->amount, tax = { 0, plan->amount.cur };
    /* Of a new period that is paid now, the coupon's months are over before the next. */
    bool over = begins_anew(k) && off.months >= 0 && off.months <= plan->months;
    return (over || money_sub(plan->amount, off.off, &net)) &&
        (plan->tax_inclusive || money_bps(net, (int32_t)plan->tax_bps, &tax)) &&
        money_add(net, tax, ret);
}

/* What is too little to charge comes on top of the next invoice, what is given back off it. */
static bool take_cost(struct ctx *c, struct json_value invoice, struct gateway_cost *ret)
{
    struct money total, before, due, balance;
    if (!stripe_money(c, invoice, "total", &total) ||
        !stripe_money(c, invoice, "starting_balance", &before) ||
        !stripe_money(c, invoice, "amount_due", &due) || !money_add(total, before, &balance))
        return false;
    bool charged = due.minor > 0 && due.minor >= stripe_least(due.cur);
    ret->now = (struct money) { charged ? due.minor : 0, due.cur };
    ret->credit = (struct money) { charged ? due.minor - balance.minor : -balance.minor, due.cur };
    return true;
}

static enum err preview(struct ctx *c, const struct deed *k, struct gateway_cost *ret)
{
    struct stripe_answer a;
    struct buf form = BUF(c->arena);
    stripe_put(&form, S("subscription"), k->in->reference);
    put_plan(c, &form, k, true);
    struct str body = buf_str(&form);
    struct stripe_call call = {
        .call = "query",
        .path = S("/v1/invoices/create_preview"),
        .key = str_fmt(
            c->arena, "try-%llx-%lld", (unsigned long long)str_hash(body), (long long)c->now_ms),
        .form = body,
    };
    TRY(stripe_ask(c, &call, &a));
    ret->outcome = a.outcome;
    ret->refusal = a.refusal;
    ret->reply = a.reply;
    if (a.outcome == OUTCOME_DONE && !take_cost(c, a.value, ret)) {
        ret->outcome = OUTCOME_UNKNOWN;
        ret->refusal = S("Stripe's preview holds what cannot be read");
    }
    return E_OK;
}

enum err stripe_try_change(struct ctx *c, const struct gateway_change *in, struct gateway_cost *ret)
{
    struct deed k;
    TRY(prepare(c, in, &k));
    struct money nothing = { 0, in->plan.amount.cur };
    struct gateway_cost cost = {
        .outcome = k.outcome,
        .now = nothing,
        .credit = nothing,
        .next = nothing,
        .refusal = k.refusal,
        .reply = k.reply,
    };
    if (cost.outcome == OUTCOME_DONE && (is_prorated(&k) || begins_anew(&k)))
        TRY(preview(c, &k, &cost));
    bool goes_on = is_of_plan(in) || in->what == CHANGE_RESUME || in->what == CHANGE_STAY;
    if (cost.outcome == OUTCOME_DONE && goes_on && nothing.cur != CUR_NONE) {
        cost.next_ms = k.end_ms;
        if (!period_costs(&k, &cost.next) ||
            (begins_anew(&k) && !time_add_months(in->at_ms, in->plan.months, &cost.next_ms))) {
            cost.outcome = OUTCOME_DECLINED;
            cost.refusal = S("the plan costs more than can be counted");
        }
    }
    *ret = cost;
    return E_OK;
}

/* ---- doing it */

static void took(struct deed *k, const struct stripe_answer *a)
{
    k->outcome = a->outcome;
    k->refusal = a->refusal;
    k->reply = a->reply;
}

static enum err send(struct ctx *c, struct deed *k, const struct stripe_call *call)
{
    struct stripe_answer a;
    TRY(stripe_ask(c, call, &a));
    took(k, &a);
    return E_OK;
}

static enum err post(struct ctx *c, struct deed *k, const struct buf *form, struct str key)
{
    struct stripe_call call = {
        .call = "change",
        .path = str_fmt(c->arena, "/v1/subscriptions/%.*s", SARG(k->in->reference)),
        .key = key,
        .form = buf_str(form),
    };
    must(key.n > 0);
    return send(c, k, &call);
}

static enum err change_later(struct ctx *c, struct deed *k)
{
    struct stripe_answer a;
    const struct stripe_later later = {
        .subscription = k->sub,
        .key = k->in->key,
        .price = k->price,
        .tax = k->tax,
        .coupon = k->coupon[0],
        .months = k->in->plan.months,
        .trialing = k->trialing,
    };
    TRY(stripe_schedule(c, &later, &a));
    took(k, &a);
    return E_OK;
}

static enum err stay(struct ctx *c, struct deed *k)
{
    struct stripe_answer a;
    TRY(stripe_unschedule(c, k->sub, k->in->key, &a));
    took(k, &a);
    return E_OK;
}

/* A card that is declined leaves everything as it was: what was planned too, so it is called off
 * after the change, or where Stripe takes none from anybody but the schedule. */
static enum err change_now(struct ctx *c, struct deed *k)
{
    bool scheduled = stripe_id_at(c, k->sub, "schedule").n > 0;
    struct buf form = BUF(c->arena);
    put_plan(c, &form, k, false);
    stripe_put(&form, S("payment_behavior"), S("error_if_incomplete"));
    TRY(post(c, k, &form, k->in->key));
    if (scheduled && k->outcome == OUTCOME_DONE)
        return stay(c, k);
    if (!scheduled || k->outcome != OUTCOME_DECLINED || !str_has(k->refusal, S("schedule")))
        return E_OK;
    TRY(stay(c, k));
    return k->outcome == OUTCOME_DONE
        ? post(c, k, &form, str_fmt(c->arena, "%.*s-again", SARG(k->in->key)))
        : E_OK;
}

/* While there is a schedule Stripe takes an end from nobody else. */
static enum err end_later(struct ctx *c, struct deed *k)
{
    struct buf form = BUF(c->arena);
    stripe_put(&form, S("cancel_at_period_end"), S("true"));
    TRY(stay(c, k));
    return k->outcome == OUTCOME_DONE ? post(c, k, &form, k->in->key) : E_OK;
}

/* The portal may have said it as a date. */
static enum err resume(struct ctx *c, struct deed *k)
{
    struct buf form = BUF(c->arena);
    bool at_end = false;
    if (json_to_bool(json_at(k->sub, "cancel_at_period_end"), &at_end) && at_end)
        stripe_put(&form, S("cancel_at_period_end"), S("false"));
    else if (stripe_ms_at(k->sub, "cancel_at") > 0)
        stripe_put_unset(&form, S("cancel_at"));
    else
        return E_OK; /* it goes on already */
    return post(c, k, &form, k->in->key);
}

/* Without a key: what is gone is not found the second time. */
static enum err end_now(struct ctx *c, struct deed *k)
{
    struct stripe_call call = {
        .call = "change",
        .path = str_fmt(c->arena, "/v1/subscriptions/%.*s", SARG(k->in->reference)),
        .deletes = true,
    };
    if (!stripe_is_id(k->in->reference)) {
        refuse(k, S("Stripe has no subscription of this name"));
        return E_OK;
    }
    return send(c, k, &call);
}

static enum err act(struct ctx *c, struct deed *k)
{
    switch (k->in->what) {
    case CHANGE_PLAN:
        return change_now(c, k);
    case CHANGE_PLAN_AT_END:
        return change_later(c, k);
    case CHANGE_STAY:
        return stay(c, k);
    case CHANGE_END_AT_END:
        return end_later(c, k);
    case CHANGE_RESUME:
        return resume(c, k);
    case CHANGE_END:
        return end_now(c, k);
    }
    never("six things are changed");
}

/* How it stands after it.  What was done and cannot be seen is not certain: the same again under
 * the same key is the same change. */
static enum err see(struct ctx *c, const struct deed *k, struct gateway_standing *ret)
{
    struct gateway_standing s;
    bool gone = k->in->what == CHANGE_END && k->reply.status == 404;
    TRY(stripe_standing(c, k->in->reference, &s));
    if (gone && (s.outcome != OUTCOME_DONE || s.status != STANDING_CANCELED)) {
        *ret = (struct gateway_standing) {
            .outcome = s.outcome == OUTCOME_DONE || s.outcome == OUTCOME_DECLINED ? OUTCOME_DECLINED
                                                                                  : OUTCOME_UNKNOWN,
            .refusal = k->refusal,
            .reply = k->reply,
        };
        return E_OK;
    }
    if (s.outcome != OUTCOME_DONE)
        s.outcome = OUTCOME_UNKNOWN;
    *ret = s;
    return E_OK;
}

enum err stripe_change(struct ctx *c, const struct gateway_change *in, struct gateway_standing *ret)
{
    struct deed k = { .in = in, .outcome = OUTCOME_DONE };
    if (in->what != CHANGE_END)
        TRY(prepare(c, in, &k));
    if (k.outcome == OUTCOME_DONE)
        TRY(act(c, &k));
    bool gone = in->what == CHANGE_END && k.outcome == OUTCOME_DECLINED && k.reply.status == 404;
    if (k.outcome == OUTCOME_DONE || gone)
        return see(c, &k, ret);
    *ret = (struct gateway_standing) {
        .outcome = k.outcome, .reference = in->reference, .refusal = k.refusal, .reply = k.reply
    };
    return E_OK;
}

/* ---- the portal */

enum err stripe_portal(struct ctx *c, struct str payer, struct str return_url,
    enum outcome *ret_outcome, struct str *ret_url)
{
    struct stripe_answer a;
    struct buf form = BUF(c->arena);
    if (!stripe_is_id(payer)) {
        *ret_outcome = OUTCOME_DECLINED;
        return E_OK;
    }
    stripe_put(&form, S("customer"), payer);
    stripe_put(&form, S("return_url"), return_url);
    struct stripe_call call = {
        .call = "portal",
        .path = S("/v1/billing_portal/sessions"),
        .key = str_fmt(c->arena, "portal-%.*s-%lld", SARG(payer), (long long)c->now_ms),
        .form = buf_str(&form),
    };
    TRY(stripe_ask(c, &call, &a));
    struct str url = json_text(c->arena, a.value, "url");
    if (a.outcome == OUTCOME_DONE && !stripe_is_page(c, url))
        a.outcome = OUTCOME_UNKNOWN;
    *ret_outcome = a.outcome;
    if (a.outcome == OUTCOME_DONE)
        *ret_url = url;
    return E_OK;
}
