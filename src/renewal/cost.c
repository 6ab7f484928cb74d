#include "renewal/cost.h"

#include "base/clock.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "credit/credit.h"
#include "grant/grant.h"
#include "renewal/renewal_db.h"

enum {
    HOUR_MS = 3600 * 1000
};

static int64_t allowance_of(const struct subscription_terms *t)
{
    int64_t n = 0;
    json_to_i64(json_at(json_root(t->source), "credits.allowance"), &n);
    return n;
}

static enum err policy_of(struct ctx *c, const struct subscription *s, int *ret)
{
    const struct catalog *k = NULL;
    TRY(catalog_now(c, &k));
    *ret = k->upgrade == UPGRADE_NONE                                  ? PRORATE_NONE
        : k->upgrade == UPGRADE_CREDITS && allowance_of(&s->terms) > 0 ? PRORATE_GIVEN
                                                                       : PRORATE_TIME;
    return E_OK;
}

/* ---- what was not used of what was paid for */

/* Months of the running period: how many there are, and the one that runs. */
static void month_of(
    const struct ctx *c, const struct subscription *s, int64_t *ret_index, int64_t *ret_start_ms)
{
    int64_t at_ms = s->period_start_ms, i = 0;
    *ret_index = 0;
    *ret_start_ms = s->period_start_ms;
    while (i + 1 < s->terms.months && time_add_months(s->period_start_ms, i + 1, &at_ms) &&
        at_ms <= c->now_ms) {
        i++;
        *ret_index = i;
        *ret_start_ms = at_ms;
    }
}

/* Of a year the months to come are unused whole. */
static enum err allowed_by_credits(
    struct ctx *c, const struct subscription *s, struct money paid, struct cost *k)
{
    int64_t index = 0, allowance = allowance_of(&s->terms), month_ms = 0;
    month_of(c, s, &index, &month_ms);
    const struct credit_unused unused = {
        .customer_n = s->customer_n,
        .subscription_n = s->n,
        .since_ms = month_ms - HOUR_MS, /* the gateway's clock is another one */
        .most = allowance,
    };
    TRY(credit_count_unused(c, &unused, &k->credits_end));
    int64_t left = k->credits_end + (s->terms.months - 1 - index) * allowance;
    struct money part = paid;
    if (!money_share(paid, left, s->terms.months * allowance, &part))
        return fail(c, STORE_CORRUPT, "what is allowed for unused credits does not fit");
    k->allowed_minor = part.minor;
    return E_OK;
}

/* A price of the running period, less the coupon that held for it. */
static struct money net_of(struct money price, int64_t off_minor)
{
    return (struct money) { off_minor < price.minor ? price.minor - off_minor : 0, price.cur };
}

/* ---- now */

static enum err sum_up(struct ctx *c, struct cost *k, int64_t amount_minor, int64_t off_minor)
{
    if (off_minor > amount_minor) {
        k->over_minor = off_minor - amount_minor;
        off_minor = amount_minor;
    }
    return bill_reckon(c, &k->to, amount_minor, off_minor, &k->sum);
}

/* A part of the period goes on under the new plan, and the same part of the old one comes off. */
static enum err by_time(
    struct ctx *c, const struct subscription *s, int64_t off_minor, int64_t at_ms, struct cost *k)
{
    int64_t left = s->period_end_ms - at_ms, whole = s->period_end_ms - s->period_start_ms;
    struct money from = net_of(s->terms.amount, off_minor), to = net_of(k->to.amount, off_minor);
    left = left < 0 ? 0 : left < whole ? left : whole;
    if (whole <= 0 || !money_share(from, left, whole, &from) || !money_share(to, left, whole, &to))
        return fail(c, STORE_CORRUPT, "a subscription has no period that runs");
    return sum_up(c, k, to.minor, from.minor);
}

static enum err new_period(struct ctx *c, int64_t at_ms, struct cost *k)
{
    k->start_ms = at_ms;
    if (!time_add_months(at_ms, k->to.months, &k->end_ms))
        return fail(c, STORE_CORRUPT, "a period does not fit");
    k->next_ms = k->end_ms;
    return E_OK;
}

static enum err anew(
    struct ctx *c, const struct subscription *s, struct money paid, int64_t at_ms, struct cost *k)
{
    struct bill_sum whole;
    int64_t left = s->period_end_ms - at_ms, all = s->period_end_ms - s->period_start_ms;
    struct money rest = paid;
    TRY(new_period(c, at_ms, k));
    TRY(bill_sum_of_period(c, &k->to, &whole));
    if (k->prorate == PRORATE_GIVEN)
        TRY(allowed_by_credits(c, s, paid, k));
    if (k->prorate == PRORATE_TIME && all > 0 && left > 0 &&
        money_share(paid, left < all ? left : all, all, &rest))
        k->allowed_minor = rest.minor;
    return sum_up(c, k, k->to.amount.minor, whole.off_minor + k->allowed_minor);
}

/* Whose time is given back gives back what came with it; of what was used already the new plan
 * gives less. */
static enum err count_turn(
    struct ctx *c, const struct subscription *s, int64_t at_ms, bool whole, struct cost *k)
{
    bool cheaper = k->to.amount.minor < s->terms.amount.minor;
    struct grant_turn turn = { .at_ms = at_ms, .down_to = whole ? 0 : allowance_of(&k->to) };
    if (k->prorate != PRORATE_TIME || !(whole || cheaper))
        return E_OK;
    TRY(grant_would_turn(c, s, &turn));
    int64_t paid = turn.owed < k->credits_now ? turn.owed : k->credits_now;
    k->credits_end = turn.ended;
    k->credits_owed = turn.owed - paid;
    k->credits_now -= paid;
    return E_OK;
}

static enum err reckon_now(
    struct ctx *c, const struct subscription *s, int64_t at_ms, struct cost *k)
{
    const struct subscription_credits gives = subscription_credits(&k->to);
    int64_t more = 0;
    struct period_less less;
    TRY(grant_more(c, s, gives.allowance, &more));
    k->sum.amount = (struct money) { 0, k->to.amount.cur };
    if (s->status == SUBSCRIPTION_TRIALING) {
        k->credits_now = more;
        return E_OK;
    }
    TRY(policy_of(c, s, &k->prorate));
    TRY(renewal_db_discount(c, s->n, s->period_start_ms, &less));
    bool whole = k->prorate != PRORATE_TIME || k->to.months != s->terms.months;
    /* What comes once comes with the first period of all. */
    k->credits_now = !whole ? more : gives.every > 0 ? gives.allowance : 0;
    TRY(count_turn(c, s, at_ms, whole, k));
    /* A gateway that reckons by itself knows of no refund; of unused credits those are gone. */
    bool counts = k->prorate == PRORATE_TIME && !subscription_is_native(s);
    int64_t off = less.off_minor + (counts ? less.back_minor : 0);
    return whole ? anew(c, s, net_of(s->terms.amount, off), at_ms, k)
                 : by_time(c, s, less.off_minor, at_ms, k);
}

enum err cost_reckon(
    struct ctx *c, const struct subscription *s, const struct cost_ask *ask, struct cost *ret)
{
    struct cost k = { .at_end = ask->at_end, .next_ms = s->period_end_ms };
    struct bill_sum next;
    TRY(bill_terms(c, &s->terms, ask->price, &k.to));
    k.sum.amount = (struct money) { 0, k.to.amount.cur };
    k.credits_each = allowance_of(&k.to);
    if (ask->nothing)
        k.prorate = PRORATE_NOTHING;
    else if (!k.at_end)
        TRY(reckon_now(c, s, ask->at_ms, &k));
    struct subscription_terms then = k.to;
    if (k.start_ms > 0 && then.off_months > 0)
        then.off_months = then.off_months > then.months ? then.off_months - then.months : 0;
    TRY(bill_sum_of_period(c, &then, &next));
    k.next = (struct money) { next.total_minor, next.amount.cur };
    *ret = k;
    return E_OK;
}

struct gateway_plan cost_gateway_plan(struct ctx *c, const struct subscription_terms *t)
{
    const struct catalog *k = NULL;
    const struct product *plan = NULL;
    const struct price *price = NULL;
    if (catalog_now(c, &k) == E_OK)
        price = catalog_price(k, t->price, &plan);
    return (struct gateway_plan) {
        .name = bill_name(c->arena, t),
        .months = t->months,
        .amount = t->amount,
        .listed = price != NULL ? price->stripe_price : S(""),
        .coupon = t->coupon,
        .off_minor = t->off_minor,
        .off_months = t->off_months,
        .tax_name = t->tax_name,
        .tax_bps = t->tax_bps,
        .tax_inclusive = t->tax_inclusive,
    };
}
