#include "order/order_plan.h"

#include "base/json.h"

/* A plan is sold like anything else, with a promise beside it: what the next periods cost is
 * written down with the first. */

enum {
    STARTS = 20 /* pages of one customer that are looked at */
};

enum err plan_price(struct ctx *c, const struct product *plan, enum interval interval,
    enum currency cur, const struct price **ret)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct price *p = &plan->prices[i];
        if (!p->active || p->interval != interval || p->amount.cur != cur)
            continue;
        *ret = p;
        return E_OK;
    }
    return fail(c, PRICE_NOT_ACTIVE, "%.*s has no price by the %s in %.*s", SARG(plan->name),
        interval == INTERVAL_YEAR ? "year" : "month", SARG(currency_code(cur)));
}

/* On a page of another group, which may begin any moment: of the same group the page that is opened
 * ends the one before it. */
static enum err trial_is_open(
    struct ctx *c, const struct order_ask *ask, struct str group, bool *ret)
{
    int64_t n[STARTS];
    size_t count = 0;
    TRY(order_open_starts(c, ask->customer_n, n, STARTS, &count));
    for (size_t i = 0; i < count && !*ret; i++) {
        struct order o;
        struct order_line *line = NULL;
        struct subscription_terms t;
        size_t lines = 0;
        TRY(order_by_n(c, n[i], &o));
        TRY(order_lines(c, &o, &line, &lines));
        TRY(subscription_terms_read(c, lines > 0 ? line[0].plan : S(""), &t));
        *ret = t.trial_days > 0 && !str_eq(t.group, group);
    }
    return E_OK;
}

/* Trials are had once by each person, whatever the plan. */
static enum err trial_left(
    struct ctx *c, const struct order_ask *ask, struct str group, int64_t days, int64_t *ret)
{
    bool had = false;
    if (days > 0 && ask->customer_n > 0) {
        TRY(subscription_had_trial(c, ask->customer_n, &had));
        if (!had)
            TRY(trial_is_open(c, ask, group, &had));
    }
    *ret = had ? 0 : days;
    return E_OK;
}

enum err plan_terms(struct ctx *c, const struct order_ask *ask, const struct product *plan,
    const struct price *price, struct subscription_terms *ret)
{
    struct subscription_terms t = {
        .plan = plan->id,
        .group = plan->group,
        .price = price->id,
        .source = plan->source,
        .months = price->interval == INTERVAL_YEAR ? 12 : 1,
        .amount = price->amount,
        .coupon = S(""),
        .country = S(""),
        .tax_name = S(""),
    };
    int64_t days = 0;
    if (ask->items > 1 || ask->item[0].quantity != 1)
        return fail(
            c, INVALID_REQUEST, "a plan is bought once and alone: order the rest separately");
    json_to_i64(json_at(json_root(plan->source), "trialDays"), &days);
    TRY(trial_left(c, ask, plan->group, days, &t.trial_days));
    *ret = t;
    return E_OK;
}

void plan_freeze(
    struct arena *a, const struct order *o, struct subscription_terms *t, struct order_line *line)
{
    struct buf b = BUF(a);
    struct json j = JSON(&b);
    t->coupon = o->coupon;
    t->country = o->country;
    t->tax_name = o->tax_name;
    t->tax_bps = o->tax_bps;
    t->tax_inclusive = o->tax_inclusive;
    subscription_terms_json(&j, NULL, t);
    line->plan = buf_str(&b);
    line->description = subscription_terms_words(a, t);
}
