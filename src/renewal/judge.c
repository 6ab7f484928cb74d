#include "access/access.h"
#include "base/json.h"
#include "base/zone.h"
#include "catalog/catalog.h"
#include "credit/usage.h"
#include "customer/customer.h"
#include "renewal/change.h"

/* Whose subscription is meant, which price, and from when on; and how it stands, in words. */

enum {
    PREVIEW_MS = 15 * 60 * 1000 /* that its figures hold */
};

/* ---- whose */

struct alive {
    struct subscription s;
    size_t n;
};

static enum err count_alive(struct ctx *c, const struct subscription *s, void *arg)
{
    struct alive *k = arg;
    if (s->status != SUBSCRIPTION_CANCELED) {
        k->s = *s;
        k->n++;
    }
    return c->dead ? E_DEAD : E_OK;
}

static enum err group_of(struct ctx *c, const struct change *k, struct str *ret)
{
    const struct catalog *catalog = NULL;
    *ret = k->group;
    if (k->group.n > 0 || k->plan.n == 0)
        return E_OK;
    TRY(catalog_now(c, &catalog));
    const struct product *plan = catalog_product(catalog, k->plan);
    if (plan == NULL || !plan->is_plan)
        return fail(c, INVALID_REQUEST, "there is no plan %.*s", SARG(k->plan));
    *ret = plan->group;
    return E_OK;
}

enum err change_find_of(
    struct ctx *c, const struct change *k, int64_t customer_n, struct subscription *ret)
{
    struct alive alive = { .n = 0 };
    struct str group;
    bool found = false;
    const struct subscription_filter all = { .customer_n = customer_n, .limit = 50 };
    TRY(group_of(c, k, &group));
    if (group.n > 0) {
        TRY(subscription_of(c, customer_n, group, &found, ret));
        return found ? E_OK : fail(c, NOT_FOUND, "there is no subscription of this group");
    }
    TRY(subscription_list(c, &all, count_alive, &alive));
    if (alive.n == 0)
        return fail(c, NOT_FOUND, "there is no subscription");
    if (alive.n > 1)
        return fail(c, INVALID_REQUEST, "group says which of the subscriptions is meant");
    *ret = alive.s;
    return E_OK;
}

enum err change_find(struct ctx *c, const struct change *k, struct subscription *ret)
{
    struct str id = k->customer_id.n > 0 ? k->customer_id : c->customer_id;
    struct customer customer;
    bool found = false;
    if (k->subscription_n > 0)
        return subscription_by_n(c, k->subscription_n, ret);
    if (id.n > 0)
        TRY(customer_find(c, id, &found, &customer));
    return found ? change_find_of(c, k, customer.n, ret)
                 : fail(c, NOT_FOUND, "there is no subscription");
}

/* ---- what */

static enum err price_meant(
    struct ctx *c, const struct change *k, const struct subscription *s, struct str *ret)
{
    const struct catalog *catalog = NULL;
    TRY(catalog_now(c, &catalog));
    const struct product *plan = catalog_product(catalog, k->plan.n > 0 ? k->plan : s->terms.plan);
    bool year = k->interval.n > 0 ? str_eq(k->interval, S("year")) : s->terms.months == 12;
    if (k->interval.n > 0 && !year && !str_eq(k->interval, S("month")))
        return fail(c, INVALID_REQUEST, "interval is month or year");
    if (plan == NULL || !plan->is_plan)
        return fail(c, INVALID_REQUEST, "there is no plan %.*s", SARG(k->plan));
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct price *p = &plan->prices[i];
        if (p->active && p->amount.cur == s->terms.amount.cur &&
            p->interval == (year ? INTERVAL_YEAR : INTERVAL_MONTH)) {
            *ret = p->id;
            return E_OK;
        }
    }
    return fail(c, PRICE_NOT_ACTIVE, "%.*s is not sold by the %s in %.*s", SARG(plan->name),
        year ? "year" : "month", SARG(currency_code(s->terms.amount.cur)));
}

/* What costs less each month begins when what is paid for ends; the rest at once. */
static enum err is_cheaper(struct ctx *c, const struct subscription *s, struct str price, bool *ret)
{
    struct subscription_terms to;
    TRY(bill_terms(c, &s->terms, price, &to));
    *ret = to.amount.minor * s->terms.months < s->terms.amount.minor * to.months;
    return E_OK;
}

static enum err judge_change(
    struct ctx *c, const struct change *k, const struct subscription *s, struct cost_ask *ret)
{
    bool cheaper = false;
    if (k->back.n > 0) { /* it is not for us to say whether somebody wants that */
        ret->price = k->back;
        ret->nothing = true;
        ret->at_ms = c->now_ms - c->now_ms % 1000;
        return E_OK;
    }
    TRY(price_meant(c, k, s, &ret->price));
    if (str_eq(ret->price, s->terms.price))
        return fail(c, CONFLICT, "this is the plan that the customer has");
    if (s->status != SUBSCRIPTION_ACTIVE && s->status != SUBSCRIPTION_TRIALING)
        return fail(c, CONFLICT, "the plan is not paid for: pay what is due, then change it");
    if (s->cancel_at_ms > 0)
        return fail(c, CONFLICT, "the plan was cancelled: resume it, then change it");
    TRY(is_cheaper(c, s, ret->price, &cheaper));
    ret->at_end = k->when == WHEN_AT_END || (k->when == WHEN_UNSAID && cheaper);
    if (k->at_ms > c->now_ms || (k->at_ms > 0 && k->at_ms < c->now_ms - PREVIEW_MS))
        return fail(c, CONFLICT, "the preview is older than a quarter of an hour: ask for another");
    ret->at_ms = k->at_ms > 0 ? k->at_ms : c->now_ms;
    ret->at_ms -= ret->at_ms % 1000; /* gateways count in whole seconds */
    return E_OK;
}

static enum err check_gateway(struct ctx *c, const struct subscription *s)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    if (!subscription_is_native(s) || (g != NULL && g->change != NULL))
        return E_OK;
    return fail(c, CONFLICT, "a subscription at %.*s cannot be changed from here yet",
        SARG(gateway_name(s->gateway)));
}

enum err change_judge(
    struct ctx *c, const struct change *k, const struct subscription *s, struct cost_ask *ret)
{
    struct cost_ask ask = { .at_ms = c->now_ms, .price = S("") };
    TRY(check_gateway(c, s));
    switch (k->deed) {
    case SUBSCRIPTION_CHANGE:
        TRY(judge_change(c, k, s, &ask));
        break;
    case SUBSCRIPTION_CANCEL:
        ask.at_end = k->when != WHEN_NOW;
        if (ask.at_end && s->cancel_at_ms > 0 && k->accept.n == 0)
            return fail(c, CONFLICT, "the plan was cancelled already");
        break;
    case SUBSCRIPTION_RESUME:
        if (s->cancel_at_ms == 0)
            return fail(c, CONFLICT, "the plan goes on: there is nothing to resume");
        break;
    case SUBSCRIPTION_UNSCHEDULE:
        if (s->next_price.n == 0)
            return fail(c, CONFLICT, "no change is planned");
        break;
    }
    *ret = ask;
    return E_OK;
}

/* ---- what is offered to who wants to leave */

static bool is_for(struct arena *a, struct json_value offer, struct str reason)
{
    struct str one;
    size_t n = 0;
    for (struct json_iter it = json_iter(json_at(offer, "reasons")); json_next(&it); n++)
        if (json_to_str(a, it.value, &one) && str_eq(one, reason))
            return true;
    return n == 0;
}

static enum err price_offer(
    struct ctx *c, const struct subscription *s, struct str code, struct change_offer *ret)
{
    struct coupon coupon;
    int64_t off = 0;
    const struct coupon_line line = { s->terms.plan, s->terms.amount.minor };
    const struct coupon_ask ask = {
        .code = code,
        .buyer = coupon_buyer(c->arena, s->customer_n, S("")),
        .currency = s->terms.amount.cur,
        .line = &line,
        .lines = 1,
    };
    enum err e = coupon_find(c, &ask, &coupon);
    if (e == E_OK)
        e = coupon_discount(c, &coupon, &ask, &off);
    if (e == E_INVALID) { /* it is over, or not for this plan: nothing is offered */
        err_clear(c);
        return E_OK;
    }
    TRY(e);
    *ret = (struct change_offer) { .code = coupon.code, .off_minor = off };
    ret->off_months = coupon.duration == COUPON_FOREVER ? -1
        : coupon.duration == COUPON_MONTHS              ? coupon.months
                                                        : s->terms.months;
    return E_OK;
}

enum err change_offer(
    struct ctx *c, const struct subscription *s, struct str reason, struct change_offer *ret)
{
    const struct catalog *k = NULL;
    *ret = (struct change_offer) { .code = S("") };
    TRY(catalog_now(c, &k));
    /* Once: who has a discount for the periods to come is not offered another. */
    if (s->terms.off_months != 0 && s->terms.off_minor > 0)
        return E_OK;
    for (struct json_iter it = json_iter(json_at(json_root(k->text), "retention")); json_next(&it);)
        if (is_for(c->arena, it.value, reason))
            return price_offer(c, s, json_text(c->arena, it.value, "coupon"), ret);
    return E_OK;
}

/* ---- how it stands */

static struct str interval_word(int64_t months)
{
    return months == 12 ? S("year") : S("month");
}

static void write_pending(
    struct json *j, struct str plan, struct str price, int64_t months, int64_t at_ms)
{
    json_open(j, "pendingChange", '{');
    json_str_or_null(j, "plan", plan);
    json_str(j, "priceId", price);
    json_str_or_null(j, "interval", months > 0 ? interval_word(months) : S(""));
    json_time(j, "at", at_ms);
    json_close(j, '}');
}

/* A period that is paid for before it begins is what comes: until then there is what was paid for
 * last, where that is another plan; NULL: it is not. */
static enum err find_running(
    struct ctx *c, int64_t customer_n, const struct subscription *s, const struct access_plan **ret)
{
    const struct access_plan *plan = NULL;
    size_t n = 0;
    *ret = NULL;
    if (s == NULL || s->status == SUBSCRIPTION_CANCELED || subscription_is_native(s) ||
        s->period_start_ms <= c->now_ms)
        return E_OK;
    TRY(access_plans(c, customer_n, &plan, &n));
    for (size_t i = 0; i < n; i++)
        if (!plan[i].is_free && str_eq(plan[i].group, s->terms.group) &&
            !str_eq(plan[i].price, s->terms.price) && plan[i].until_ms > c->now_ms)
            *ret = &plan[i];
    return E_OK;
}

static enum err months_of(struct ctx *c, struct str price, int64_t *ret)
{
    const struct catalog *k = NULL;
    const struct product *plan = NULL;
    TRY(catalog_now(c, &k));
    const struct price *p = catalog_price(k, price, &plan);
    *ret = p == NULL ? 0 : p->interval == INTERVAL_YEAR ? 12 : 1;
    return E_OK;
}

static enum err pending_json(
    struct ctx *c, struct json *j, const struct subscription *s, const struct access_plan *running)
{
    const struct catalog *k = NULL;
    const struct product *plan = NULL;
    if (running != NULL) {
        write_pending(j, s->terms.plan, s->terms.price, s->terms.months, s->period_start_ms);
        return E_OK;
    }
    if (s->next_price.n == 0 || str_eq(s->next_price, s->terms.price)) {
        json_raw(j, "pendingChange", S("null"));
        return E_OK;
    }
    TRY(catalog_now(c, &k));
    const struct price *p = catalog_price(k, s->next_price, &plan);
    const int64_t months = p == NULL ? 0 : p->interval == INTERVAL_YEAR ? 12 : 1;
    write_pending(j, p != NULL ? plan->id : S(""), s->next_price, months, s->period_end_ms);
    return E_OK;
}

static enum err credits_json(
    struct ctx *c, struct json *j, int64_t customer_n, const struct subscription *s)
{
    struct credit_account account = { .balance = 0 };
    const struct zone *zone = NULL;
    int64_t used = 0;
    if (customer_n > 0) {
        TRY(credit_look(c, customer_n, &account));
        TRY(credit_zone(c, customer_n, &zone));
        int64_t today = zone_day_of(zone, c->now_ms).date;
        int64_t since_ms = account.month_ms > 0 ? account.month_ms
            : s != NULL                         ? s->period_start_ms
                                                : c->now_ms;
        const struct usage_span span = { customer_n, zone_day_of(zone, since_ms).date,
            date_next_month(today) };
        TRY(usage_sum(c, &span, &used));
    }
    json_i64(j, "credits", account.balance);
    json_i64(j, "creditsUsed", used);
    return E_OK;
}

enum err change_status_json(
    struct ctx *c, struct json *j, int64_t customer_n, const struct subscription *s)
{
    struct access access;
    const struct access_plan *running = NULL;
    bool alive = s != NULL && s->status != SUBSCRIPTION_CANCELED;
    int64_t months = s != NULL ? s->terms.months : 0;
    TRY(access_of(c, customer_n, &access));
    TRY(find_running(c, customer_n, s, &running));
    struct str plan = running != NULL ? running->plan : alive ? s->terms.plan : access.plan;
    struct str price = running != NULL ? running->price : s != NULL ? s->terms.price : S("");
    if (running != NULL)
        TRY(months_of(c, running->price, &months));
    json_str_or_null(j, "subscriptionId", s != NULL ? subscription_id(c->arena, s) : S(""));
    json_str_or_null(j, "group", s != NULL ? s->terms.group : S(""));
    json_str_or_null(j, "plan", plan);
    json_str_or_null(j, "status", s != NULL ? subscription_status_text(s->status) : S(""));
    json_str_or_null(j, "interval", months > 0 ? interval_word(months) : S(""));
    json_str_or_null(j, "priceId", price);
    json_time(j, "currentPeriodStart", s != NULL ? s->period_start_ms : 0);
    json_time(j, "currentPeriodEnd", s != NULL ? s->period_end_ms : 0);
    json_time(j, "trialEnd", s != NULL ? s->trial_end_ms : 0);
    json_bool(j, "cancelAtPeriodEnd", alive && s->cancel_at_ms > 0);
    json_time(j, "endsAt", s == NULL ? 0 : alive ? s->cancel_at_ms : s->ended_ms);
    if (s != NULL)
        TRY(pending_json(c, j, s, running));
    else
        json_raw(j, "pendingChange", S("null"));
    return credits_json(c, j, customer_n, s);
}
