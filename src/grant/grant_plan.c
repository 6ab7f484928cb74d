#include "grant/grant_plan.h"

#include "base/fault.h"
#include "catalog/catalog.h"
#include "credit/credit.h"
#include "job/job.h"

/* What the orders of a subscription mean for its row: the first one begins it, a renewal moves its
 * period on, a change puts other terms in place of the old.  What follows from the row is
 * grant_period.c. */

enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS
};

static enum err terms_of(struct ctx *c, const struct order *o, struct subscription_terms *ret)
{
    struct order_line *line = NULL;
    size_t n = 0;
    TRY(order_lines(c, o, &line, &n));
    if (n != 1)
        return fail(c, STORE_CORRUPT, "an order of a plan has %zu lines", n);
    return subscription_terms_read(c, line[0].plan, ret);
}

/* How long the coupon holds after a period of so many months was paid. */
static int64_t off_left(int64_t off_months, int64_t months)
{
    return off_months <= 0 ? off_months : off_months > months ? off_months - months : 0;
}

/* ---- may it be given? */

static enum err refuses_start(
    struct ctx *c, const struct order *o, const struct grant_how *how, struct str *ret_why)
{
    const struct gateway *g = gateway_by_id(how->gateway);
    struct subscription_terms t;
    struct subscription other;
    bool found = false, had = false;
    TRY(terms_of(c, o, &t));
    if (how->reference.n == 0 && g != NULL && (g->can & GATEWAY_CAN_SUBSCRIBE) != 0) {
        *ret_why = str_fmt(
            c->arena, "%.*s did not say which subscription this payment began", SARG(g->title));
        return E_OK;
    }
    TRY(subscription_of(c, o->customer_n, t.group, &found, &other));
    if (found && !MUTANT(36)) { /* planted: sold all the same */
        *ret_why = str_fmt(c->arena,
            "the customer has the plan %.*s already: this is a second one (%.*s); give its payment "
            "back, which ends it",
            SARG(subscription_plan_name(c->arena, &other.terms)),
            SARG(how->reference.n > 0 ? how->reference : t.plan));
        return E_OK;
    }
    if (how->reference.n > 0)
        TRY(subscription_by_reference(c, how->gateway, how->reference, &found, &other));
    if (found)
        *ret_why = str_fmt(
            c->arena, "the subscription %.*s was begun by another order", SARG(how->reference));
    if (t.trial_days > 0 && !found)
        TRY(subscription_had_trial(c, o->customer_n, &had));
    if (had)
        *ret_why = S("the customer has had a trial already, and this would be a second one");
    return E_OK;
}

/* A period is paid for once: of two orders for it (the first was given up, and paid after all) one
 * payment goes back. */
static enum err refuses_renewal(struct ctx *c, const struct order *o, struct str *ret_why)
{
    struct order other;
    bool found = false;
    TRY(order_of_period(
        c, o->subscription_n, o->period_start_ms, o->period_start_ms, &found, &other));
    if (found && other.n != o->n)
        *ret_why = str_fmt(c->arena, "%.*s has paid for this period already; give one payment back",
            SARG(order_number(c->arena, &other)));
    return E_OK;
}

/* What it costs was reckoned from the plan and the period that were: on a page that outlived them a
 * few days' difference would buy a whole period. */
static enum err refuses_change(
    struct ctx *c, const struct order *o, const struct subscription *s, struct str *ret_why)
{
    bool late = false;
    if (!subscription_is_native(s)) /* there it happened before it was paid for here */
        TRY(order_overtaken(c, o, &late));
    if (s->status == SUBSCRIPTION_CANCELED)
        *ret_why = S("the subscription that this changes is over; give its payment back");
    else if (late)
        *ret_why =
            S("the plan was renewed or changed since this was reckoned; give its payment back");
    return E_OK;
}

enum err grant_plan_refuses(
    struct ctx *c, const struct order *o, const struct grant_how *how, struct str *ret_why)
{
    struct subscription s;
    if (o->kind == ORDER_START)
        return refuses_start(c, o, how, ret_why);
    TRY(subscription_lock(c, o->subscription_n, &s));
    if (o->kind == ORDER_RENEWAL)
        return refuses_renewal(c, o, ret_why);
    return refuses_change(c, o, &s, ret_why);
}

/* ---- giving */

static enum err tell(struct ctx *c, const struct subscription *s, struct str fact)
{
    TRY(subscription_fact(c, s, fact));
    return grant_all(c, s);
}

static struct subscription first_of(
    const struct ctx *c, const struct order *o, const struct grant_how *how)
{
    return (struct subscription) {
        .customer_n = o->customer_n,
        .order_n = o->n,
        .status = SUBSCRIPTION_ACTIVE,
        .gateway = how->gateway,
        .reference = how->reference,
        .payer = how->payer,
        .anchor_ms = c->now_ms,
        .period_start_ms = c->now_ms,
    };
}

/* The period as we know it; where the gateway renews, its own figures follow. */
static void set_period(struct subscription *s)
{
    const struct subscription_terms *t = &s->terms;
    if (t->trial_days > 0) {
        s->status = SUBSCRIPTION_TRIALING;
        s->trial_end_ms = s->period_end_ms = s->period_start_ms + t->trial_days * DAY_MS;
        s->terms.off_months = t->off_minor > 0 && t->off_months == 0 ? t->months : t->off_months;
        return;
    }
    s->period_end_ms = subscription_month_ms(s, t->months);
    s->terms.off_months = off_left(t->off_months, t->months);
}

static enum err begin(struct ctx *c, struct order *o, const struct grant_how *how)
{
    struct subscription s = first_of(c, o, how);
    bool is_new = false;
    TRY(terms_of(c, o, &s.terms));
    set_period(&s);
    TRY(subscription_insert(c, &s, &is_new));
    if (!is_new && MUTANT(36))
        return E_OK;
    if (!is_new) /* somebody began one since we looked: the next run sees it */
        return fail(c, BUSY, "another plan of this customer began just now");
    o->subscription_n = s.n;
    o->period_start_ms = s.period_start_ms;
    o->period_end_ms = s.period_end_ms;
    TRY(order_belongs(c, o));
    TRY(tell(c, &s, S("SUBSCRIPTION_CREATED")));
    TRY(job_add(c, S("checkout_alone"), str_fmt(c->arena, "%lld", (long long)s.n), c->now_ms));
    if (!subscription_is_native(&s))
        return job_add(c, S("renewal_due"), str_fmt(c->arena, "%lld", (long long)s.n), c->now_ms);
    return job_add(c, S("renewal_mirror"),
        str_fmt(c->arena, "%.*s %.*s", SARG(gateway_name(s.gateway)), SARG(s.reference)),
        c->now_ms);
}

/* Another price, as the order that was paid froze it. */
static enum err take_terms(struct ctx *c, const struct order *o, struct subscription *s)
{
    struct subscription_terms t;
    TRY(terms_of(c, o, &t));
    if (!str_eq(t.group, s->terms.group))
        return fail(c, STORE_CORRUPT, "an order changes a plan of %.*s to one of %.*s",
            SARG(s->terms.group), SARG(t.group));
    if (!str_eq(t.price, s->terms.price))
        s->terms = t;
    if (str_eq(s->next_price, t.price))
        s->next_price = S("");
    return E_OK;
}

/* On the anchor's months it is the same cycle; elsewhere, and after a trial, another one begins. */
static void move_to(struct subscription *s, const struct order *o)
{
    int64_t m = 0;
    bool trial = s->period_end_ms == s->trial_end_ms || o->period_start_ms == s->trial_end_ms;
    if (trial || !subscription_month_near(s, o->period_start_ms, &m)) {
        s->cycle++;
        s->anchor_ms = o->period_start_ms;
    }
    s->period_start_ms = o->period_start_ms;
    s->period_end_ms = o->period_end_ms;
}

/* Of a subscription that is over a late payment still brings the period that it pays for. */
static enum err renew(struct ctx *c, const struct order *o, const struct grant_how *how)
{
    struct subscription s;
    TRY(subscription_lock(c, o->subscription_n, &s));
    struct subscription before = s;
    struct subscription_terms t;
    TRY(terms_of(c, o, &t));
    bool over = s.status == SUBSCRIPTION_CANCELED, newest = o->period_end_ms >= s.period_end_ms;
    /* Where a payment waited for a person the gateway's period stands here already. */
    if (o->period_end_ms > s.period_end_ms || (newest && str_eq(t.price, s.next_price)))
        TRY(take_terms(c, o, &s));
    if (newest)
        move_to(&s, o);
    s.terms.off_months = off_left(s.terms.off_months, s.terms.months);
    s.past_due_ms = 0;
    s.unpaid = false;
    if (!subscription_is_native(&s) && how->gateway == s.gateway && how->payer.n > 0)
        s.payer = how->payer; /* from now on what he has just paid with */
    TRY(subscription_become(c, &s, over ? SUBSCRIPTION_CANCELED : SUBSCRIPTION_ACTIVE));
    TRY(tell(c, &s, S("SUBSCRIPTION_RENEWED")));
    if (newest)
        return E_OK;
    /* An older period was paid after a newer one: it brings what it would have brought. */
    before = s;
    before.period_start_ms = o->period_start_ms;
    before.period_end_ms = o->period_end_ms;
    return grant_period(c, &before);
}

/* What a change's price said of the plan that was. */
struct counted {
    enum prorate by;
    bool nothing;    /* it gave nothing back */
    int64_t at_ms;   /* by time: from when on */
    int64_t allowed; /* by credits: how many were counted when it was reckoned */
    int64_t traded;  /* … and have ended with it */
};

/* Who asked for it here said how its price counts; of what was changed at the gateway itself the
 * price says it: a new period that costs less than it is sold for has allowed for the old one. */
static enum err count(struct ctx *c, const struct order *o, const struct subscription *s,
    const struct subscription_terms *to, struct counted *ret)
{
    struct subscription_change asked;
    const struct catalog *k = NULL;
    bool anew = o->period_start_ms > 0, found = false;
    struct counted n = { .by = PRORATE_TIME, .at_ms = anew ? o->period_start_ms : c->now_ms };
    TRY(subscription_change_of_order(c, o->n, &found, &asked));
    if (!found && subscription_is_native(s)) {
        TRY(subscription_change_newest(c, s->n, &found, &asked));
        found = found && !asked.at_end && str_eq(asked.price, to->price) &&
            asked.at_ms > c->now_ms - DAY_MS;
        n.nothing = !found && anew && o->subtotal_minor >= to->amount.minor;
    } else if (!found) {
        TRY(catalog_now(c, &k));
        n.by = k->upgrade == UPGRADE_NONE ? PRORATE_NONE
            : k->upgrade == UPGRADE_TIME  ? PRORATE_TIME
                                          : PRORATE_GIVEN;
    }
    if (found) {
        n.by = (enum prorate)asked.prorate;
        n.at_ms = asked.at_ms;
        n.allowed = asked.allowed_credits;
    }
    *ret = n;
    return E_OK;
}

/* Of the credits of the plan that was, what its price gave back. */
static enum err give_up(struct ctx *c, const struct subscription *s,
    const struct subscription_terms *to, bool anew, struct counted *k)
{
    bool cheaper = to->months == s->terms.months && to->amount.minor < s->terms.amount.minor;
    if (s->status == SUBSCRIPTION_TRIALING || k->nothing) /* there was no price */
        return E_OK;
    if (anew && k->by == PRORATE_GIVEN)
        return grant_trade_in(c, s, &k->traded);
    if (k->by != PRORATE_TIME || !(anew || cheaper))
        return E_OK;
    struct grant_turn turn = {
        .at_ms = k->at_ms,
        .down_to = anew ? 0 : subscription_credits(to).allowance,
    };
    return grant_turn(c, s, &turn);
}

/* Between the price and its payment some of what was counted in it may have been used: that comes
 * off what the new plan gives. */
static enum err take_used(struct ctx *c, const struct subscription *s, const struct counted *k)
{
    if (k->by != PRORATE_GIVEN || k->allowed <= k->traded)
        return E_OK;
    const struct credit_unused used = {
        .customer_n = s->customer_n,
        .subscription_n = s->n,
        .since_ms = s->period_start_ms - HOUR_MS,
        .most = k->allowed - k->traded,
        .why = S("Used after they were counted in the price of this plan"),
    };
    return credit_end_unused(c, &used);
}

/* In the middle of a period the customer gets what the new plan gives more; a new period from now
 * on is another cycle and brings all that a period brings. */
static enum err change(struct ctx *c, const struct order *o)
{
    struct subscription s;
    TRY(subscription_lock(c, o->subscription_n, &s));
    /* Only such an order has a period; the row's may be by a clock that goes before its gateway's.
     */
    bool anew = o->period_start_ms > 0 && o->period_start_ms > s.period_start_ms - HOUR_MS;
    TRY(grant_period(c, &s)); /* what the old plan owes by now */
    const struct subscription before = s;
    struct subscription_terms to;
    struct counted k;
    int64_t more = 0;
    TRY(terms_of(c, o, &to));
    TRY(count(c, o, &s, &to, &k));
    TRY(give_up(c, &s, &to, anew, &k));
    TRY(take_terms(c, o, &s));
    if (anew) {
        s.cycle++;
        s.anchor_ms = s.period_start_ms = o->period_start_ms;
        s.terms.off_months = off_left(s.terms.off_months, s.terms.months);
    }
    if (o->period_end_ms > 0)
        s.period_end_ms = o->period_end_ms;
    s.past_due_ms = 0;
    s.unpaid = false;
    bool trial = s.status == SUBSCRIPTION_TRIALING && !anew;
    TRY(subscription_become(c, &s, trial ? SUBSCRIPTION_TRIALING : SUBSCRIPTION_ACTIVE));
    TRY(tell(c, &s, S("SUBSCRIPTION_UPDATED")));
    if (anew)
        return take_used(c, &s, &k);
    TRY(grant_more(c, &before, subscription_credits(&s.terms).allowance, &more));
    return grant_raise(c, &s, o, more);
}

enum err grant_plan_give(struct ctx *c, const struct order *order, const struct grant_how *how)
{
    struct order o = *order;
    must(o.customer_n > 0);
    switch (o.kind) {
    case ORDER_START:
        return begin(c, &o, how);
    case ORDER_RENEWAL:
        return renew(c, &o, how);
    case ORDER_CHANGE:
        return change(c, &o);
    case ORDER_ONCE:
        break;
    }
    never("an order of a plan has three kinds");
}

/* ---- taking back */

enum err grant_before(struct ctx *c, const struct order *o, const struct subscription *s,
    bool *ret_found, struct subscription_terms *ret)
{
    struct order before;
    struct subscription_terms mine, t;
    bool late = false;
    *ret_found = false;
    if (o->kind != ORDER_CHANGE || o->period_start_ms > 0 || o->total_minor == 0)
        return E_OK;
    TRY(terms_of(c, o, &mine));
    TRY(order_overtaken(c, o, &late));
    if (late || !str_eq(mine.price, s->terms.price))
        return E_OK;
    TRY(order_before(c, o, ret_found, &before));
    if (!*ret_found)
        return E_OK;
    TRY(terms_of(c, &before, &t));
    *ret_found = t.months == s->terms.months && !str_eq(t.price, s->terms.price);
    t.coupon = s->terms.coupon; /* its months are counted on */
    t.off_months = s->terms.off_months;
    t.off_minor = s->terms.off_minor < t.amount.minor ? s->terms.off_minor : t.amount.minor;
    *ret = t;
    return E_OK;
}

/* The dearer plan that nobody has paid for is the one before again.  A gateway has to do it, and is
 * mirrored then. */
static enum err take_upgrade(struct ctx *c, const struct order *o, struct subscription *s)
{
    struct subscription_terms before;
    bool found = false;
    if (o->refunded_minor < o->total_minor || subscription_is_native(s))
        return E_OK;
    TRY(grant_before(c, o, s, &found, &before));
    if (!found)
        return E_OK;
    s->terms = before;
    if (str_eq(s->next_price, before.price))
        s->next_price = S("");
    TRY(subscription_become(c, s, s->status));
    return subscription_fact(c, s, S("SUBSCRIPTION_UPDATED"));
}

enum err grant_plan_take(struct ctx *c, const struct order *o)
{
    struct subscription s;
    if (o->subscription_n == 0) /* its money went back before it began anything */
        return E_OK;
    TRY(subscription_lock(c, o->subscription_n, &s));
    TRY(credit_take_back(c, o->customer_n, o->n, o->refunded_minor, o->total_minor));
    if (s.status != SUBSCRIPTION_CANCELED)
        TRY(take_upgrade(c, o, &s));
    return grant_access(c, &s);
}

enum err grant_plan_hold(struct ctx *c, const struct order *o)
{
    struct subscription s;
    if (o->subscription_n == 0)
        return E_OK;
    TRY(subscription_lock(c, o->subscription_n, &s));
    return grant_all(c, &s);
}
