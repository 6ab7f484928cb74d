#include "grant/grant.h"

#include "access/access.h"
#include "base/fault.h"
#include "catalog/catalog.h"
#include "credit/credit.h"
#include "db/db.h"
#include "grant/grant_plan.h"
#include "job/job.h"

/* What a customer has of a subscription while its period runs: access at every gate, and credits
 * month by month.  Everything here follows from the row and from the order that paid for the
 * period, and is the same however often it is worked out. */

enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
    REST_MS = 3 * DAY_MS /* what is left of a trial behind a month of it is not another month */
};

/* The first order whose period began where this one did; what came after it is a change in it.
 * Several can begin on one day: a month, and the year that takes its place minutes or hours later.
 * The first period of all begins at its gateway before it is settled here. */
static enum err paid_by(
    struct ctx *c, const struct subscription *s, bool *ret_found, struct order *ret)
{
    static const int64_t near_ms[] = { 0, HOUR_MS, DAY_MS };
    *ret_found = false;
    for (size_t i = 0; i < ARRAY_LEN(near_ms) && !*ret_found; i++)
        TRY(order_of_period(c, s->n, s->period_start_ms - near_ms[i],
            s->period_start_ms + near_ms[i], ret_found, ret));
    return E_OK;
}

static bool went_back(const struct order *o)
{
    return o->total_minor > 0 && o->refunded_minor == o->total_minor;
}

/* While it goes on there are some days to pay for the next period in, unless nobody tries to
 * collect it any more; nobody keeps a plan only because whatever should have taken it failed. */
static int64_t until_ms(const struct subscription *s, int64_t grace_ms)
{
    int64_t on = s->period_end_ms + grace_ms, end = s->cancel_at_ms;
    if (s->status == SUBSCRIPTION_CANCELED || s->unpaid || (end > 0 && end <= s->period_end_ms))
        return s->period_end_ms;
    return end > 0 && end < on ? end : on;
}

struct held {
    struct order payer; /* n 0: it cannot be told */
    int64_t until_ms;
    bool over;   /* the period's money went back */
    bool argued; /* … or a bank asks for it: until that is over there is no plan */
};

static enum err hold(struct ctx *c, const struct subscription *s, struct held *ret)
{
    const struct catalog *k = NULL;
    struct held h = { .payer = { .n = 0 } };
    bool found = false;
    TRY(catalog_now(c, &k));
    TRY(paid_by(c, s, &found, &h.payer));
    h.until_ms = until_ms(s, k->grace_ms);
    h.over = found && went_back(&h.payer);
    h.argued = found && h.payer.status == ORDER_DISPUTED;
    /* What was paid for before it begins ends where it would have begun. */
    int64_t end = s->period_start_ms > c->now_ms ? s->period_start_ms : c->now_ms;
    if (h.over && h.until_ms > end)
        h.until_ms = end;
    *ret = h;
    return E_OK;
}

enum err grant_paid(struct ctx *c, const struct subscription *s, struct grant_paid *ret)
{
    struct held h;
    TRY(hold(c, s, &h));
    *ret = (struct grant_paid) {
        .order_n = h.payer.n,
        .back = h.over,
        .argued = h.argued,
        .given = h.until_ms > c->now_ms,
    };
    return E_OK;
}

/* ---- months */

struct months {
    int64_t first, begun, last; /* of the period; begun < first: it was paid for before it began */
};

static struct months months_of(const struct ctx *c, const struct subscription *s)
{
    struct months k = { .first = 0 };
    if (!subscription_month_near(s, s->period_start_ms, &k.first) || k.first < 0)
        k.first = 0;
    k.last = k.first;
    while (subscription_month_ms(s, k.last + 1) + REST_MS <= s->period_end_ms)
        k.last++;
    k.begun = subscription_month_at(s, c->now_ms);
    k.begun = k.begun > k.last ? k.last : k.begun;
    return k;
}

/* Does this month of its cycle bring credits? */
static bool brings(const struct subscription *s, int64_t every, int64_t m)
{
    return every == 0 ? m == 0 && s->cycle == 0 : m % every == 0;
}

/* The month after m that does; or -1. */
static int64_t next_that_brings(
    const struct subscription *s, const struct months *k, int64_t every, int64_t m)
{
    for (m = m < k->first ? k->first : m + 1; m <= k->last; m++)
        if (brings(s, every, m))
            return m;
    return -1;
}

static struct str month_name(struct ctx *c, const struct subscription *s, int64_t m)
{
    return str_fmt(c->arena, "%.*s/%lld/%lld", SARG(subscription_id(c->arena, s)),
        (long long)s->cycle, (long long)m);
}

/* What all that is handed out of a subscription has to know: asked once. */
struct giving {
    const struct subscription *s;
    struct subscription_credits gives;
    struct held held;
    struct credit_account account;
};

static enum err look(struct ctx *c, const struct subscription *s, struct giving *ret)
{
    *ret = (struct giving) { .s = s, .gives = subscription_credits(&s->terms) };
    TRY(hold(c, s, &ret->held));
    return credit_open(c, s->customer_n, &ret->account);
}

static enum err give_month(struct ctx *c, struct giving *g, int64_t m)
{
    const struct subscription *s = g->s;
    bool given = false;
    struct credit_month month = {
        .source = month_name(c, s, m),
        .subscription_n = s->n,
        .order_n = g->held.payer.n,
        .allowance = g->gives.allowance,
        .cap = g->gives.cap,
        .ends_ms = g->held.until_ms,
        .description = str_fmt(c->arena, "Credits of the plan %.*s",
            SARG(subscription_plan_name(c->arena, &s->terms))),
    };
    if (MUTANT(17)) /* each time that it is asked for */
        month.source = id_text(c->arena, S("sub"), id_new(c));
    return credit_renew(c, &g->account, &month, &given);
}

static enum err next_month_later(struct ctx *c, const struct subscription *s, int64_t m)
{
    return job_add(
        c, GRANT_MONTH, str_fmt(c->arena, "%lld", (long long)s->n), subscription_month_ms(s, m));
}

static enum err give_period(struct ctx *c, struct giving *g)
{
    const struct subscription *s = g->s;
    const struct months months = months_of(c, s);
    const struct order *payer = &g->held.payer;
    if (g->held.over || g->held.argued)
        return E_OK;
    for (int64_t m = months.first; m <= months.begun; m++)
        if (brings(s, g->gives.every, m))
            TRY(give_month(c, g, m));
    /* Part of the period's money went back before these months began. */
    if (payer->n > 0 && payer->refunded_minor > 0)
        TRY(credit_take_back(
            c, s->customer_n, payer->n, payer->refunded_minor, payer->total_minor));
    int64_t next = next_that_brings(s, &months, g->gives.every, months.begun);
    return next < 0 ? E_OK : next_month_later(c, s, next);
}

enum err grant_period(struct ctx *c, const struct subscription *s)
{
    struct giving g;
    if (s->status == SUBSCRIPTION_INCOMPLETE || subscription_credits(&s->terms).allowance == 0)
        return E_OK;
    TRY(look(c, s, &g));
    return give_period(c, &g);
}

/* The months, mostly one, for which m brought credits: what brings them once does for its period.
 */
static struct credit_month_of month_of(struct ctx *c, const struct subscription *s, int64_t m)
{
    const struct subscription_credits k = subscription_credits(&s->terms);
    int64_t every = k.every > 0 ? k.every : s->terms.months;
    m -= k.every > 0 ? m % k.every : m;
    int64_t ends_ms = subscription_month_ms(s, m + every);
    return (struct credit_month_of) {
        .subscription_n = s->n,
        .source = month_name(c, s, m),
        .begins_ms = subscription_month_ms(s, m),
        .ends_ms = ends_ms < s->period_end_ms ? ends_ms : s->period_end_ms,
    };
}

enum err grant_more(struct ctx *c, const struct subscription *s, int64_t allowance, int64_t *ret)
{
    const struct subscription_credits k = subscription_credits(&s->terms);
    const struct months months = months_of(c, s);
    struct credit_month_of month = month_of(c, s, months.begun);
    int64_t given = 0;
    *ret = 0;
    /* Of what was paid for early nothing was given yet: the new plan's comes with its beginning. */
    if (!subscription_is_native(s) && months.begun < months.first)
        return E_OK;
    month.ends_ms = INT64_MAX; /* its raises count also when they were heard of later */
    TRY(credit_given(c, &month, &given));
    given = given > k.allowance ? given : k.allowance;
    *ret = allowance > given ? allowance - given : 0;
    return E_OK;
}

/* Each month from the one in which it was given back: of one that was heard of late a later month's
 * credits may be there already. */
static enum err turn(struct ctx *c, const struct subscription *s, struct grant_turn *k,
    enum err (*back)(struct ctx *c, struct credit_month_back *k))
{
    const struct months months = months_of(c, s);
    const struct subscription_credits gives = subscription_credits(&s->terms);
    int64_t m = subscription_month_at(s, k->at_ms), step = gives.every;
    k->ended = k->owed = 0;
    m = m < months.first ? months.first : m;
    m = step > 0 ? m - m % step : months.begun;
    for (; m <= months.begun; m += step > 0 ? step : 1) {
        struct credit_month_back part = {
            .customer_n = s->customer_n,
            .month = month_of(c, s, m),
            .at_ms = k->at_ms,
            .from = gives.allowance,
            .down_to = k->down_to,
            .why = S("Counted in the price of another plan"),
        };
        TRY(back(c, &part));
        k->ended += part.ended;
        k->owed += part.owed;
    }
    return E_OK;
}

enum err grant_would_turn(struct ctx *c, const struct subscription *s, struct grant_turn *k)
{
    return turn(c, s, k, credit_month_would_back);
}

enum err grant_turn(struct ctx *c, const struct subscription *s, struct grant_turn *k)
{
    return turn(c, s, k, credit_month_back);
}

enum err grant_raise(
    struct ctx *c, const struct subscription *s, const struct order *o, int64_t more)
{
    struct held h;
    bool given = false;
    TRY(hold(c, s, &h));
    if (more <= 0 || h.over)
        return E_OK;
    const struct credit_gift gift = {
        .source = order_id(c->arena, o),
        .kind = CREDIT_PLAN,
        .amount = more,
        .order_n = o->n,
        .subscription_n = s->n,
        .ends_ms = h.until_ms,
        .description = str_fmt(c->arena, "More credits of the plan %.*s",
            SARG(subscription_plan_name(c->arena, &s->terms))),
    };
    return credit_give(c, s->customer_n, &gift, &given);
}

enum err grant_trade_in(struct ctx *c, const struct subscription *s, int64_t *ret_ended)
{
    int64_t m = months_of(c, s).begun;
    const struct credit_unused unused = {
        .customer_n = s->customer_n,
        .subscription_n = s->n,
        .since_ms = subscription_month_ms(s, m) - HOUR_MS, /* the gateway's clock is another one */
        .most = subscription_credits(&s->terms).allowance,
        .why = S("Counted in the price of another plan"),
    };
    TRY(credit_count_unused(c, &unused, ret_ended));
    return credit_end_unused(c, &unused);
}

static enum err month_tx(struct ctx *c, void *arg)
{
    struct subscription s;
    TRY(subscription_lock(c, *(const int64_t *)arg, &s));
    return grant_all(c, &s);
}

enum err grant_month(struct ctx *c, struct str subscription_n)
{
    int64_t n = 0;
    if (!str_to_i64(subscription_n, &n))
        return fail(c, STORE_CORRUPT, "a job gives the credits of \"%.*s\"", SARG(subscription_n));
    return db_tx_job(c, "grant month", month_tx, &n);
}

/* ---- access */

/* When the next credits come, as it stands; 0: none do. */
static int64_t renews_ms(
    const struct ctx *c, const struct subscription *s, const struct held *h, int64_t every)
{
    const struct months k = months_of(c, s);
    int64_t next =
        every == 0 || h->over || h->argued ? -1 : next_that_brings(s, &k, every, k.begun);
    if (next >= 0)
        return subscription_month_ms(s, next);
    bool goes_on = s->status != SUBSCRIPTION_CANCELED && s->cancel_at_ms == 0;
    return goes_on && every == 1 && !h->over && !h->argued ? s->period_end_ms : 0;
}

/* What is paid for before it begins: until then it is the plan that was paid for last, and not a
 * cheaper one that follows it. */
static enum err runs_still(struct ctx *c, const struct subscription *s, struct access_plan *inout)
{
    const struct access_plan *plan = NULL;
    size_t n = 0;
    /* Where the gateway renews, its clock may be some seconds before ours. */
    if (subscription_is_native(s) || s->period_start_ms <= c->now_ms ||
        inout->until_ms <= c->now_ms)
        return E_OK;
    TRY(access_plans(c, s->customer_n, &plan, &n));
    for (size_t i = 0; i < n; i++) {
        const int64_t until_ms = inout->until_ms;
        if (plan[i].is_free || !str_eq(plan[i].group, inout->group) ||
            str_eq(plan[i].price, inout->price) || plan[i].until_ms <= c->now_ms)
            continue;
        *inout = plan[i];
        inout->until_ms = until_ms;
        return job_add(
            c, GRANT_MONTH, str_fmt(c->arena, "%lld", (long long)s->n), s->period_start_ms);
    }
    return E_OK;
}

static enum err give_access(struct ctx *c, struct giving *g)
{
    const struct subscription *s = g->s;
    const struct held *h = &g->held;
    bool newest = false;
    TRY(credit_lots_end(c, &g->account, s->n, h->until_ms));
    TRY(subscription_is_newest(c, s, &newest));
    if (!newest) /* what it has left is credits; the plan is another one's */
        return E_OK;
    struct access_plan plan = {
        .group = s->terms.group,
        .plan = s->terms.plan,
        .terms = s->terms.source,
        .price = s->terms.price,
        .until_ms = h->argued && h->until_ms > c->now_ms ? c->now_ms : h->until_ms,
    };
    TRY(runs_still(c, s, &plan));
    TRY(access_set(c, s->customer_n, &plan));
    if (g->gives.allowance == 0)
        return E_OK;
    return credit_month_runs(c, &g->account, subscription_month_ms(s, months_of(c, s).begun),
        renews_ms(c, s, h, g->gives.every));
}

enum err grant_access(struct ctx *c, const struct subscription *s)
{
    struct giving g;
    if (s->status == SUBSCRIPTION_INCOMPLETE) /* nothing was paid yet */
        return E_OK;
    TRY(look(c, s, &g));
    return give_access(c, &g);
}

enum err grant_all(struct ctx *c, const struct subscription *s)
{
    struct giving g;
    if (s->status == SUBSCRIPTION_INCOMPLETE)
        return E_OK;
    TRY(look(c, s, &g));
    TRY(give_access(c, &g));
    return g.gives.allowance == 0 ? E_OK : give_period(c, &g);
}
