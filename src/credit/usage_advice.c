#include "credit/usage.h"

#include "base/json.h"

/* Which plan would suit somebody better.  Advice is a sentence that is true: it names figures of
 * theirs and of the catalogue, and says that something is cheaper only where it is. */

enum {
    MONTHS = 3,
    MUCH_PERCENT = 90,
    LITTLE_PERCENT = 40,
    RUN_OUT_PERCENT = 20
};

static const struct str reason_texts[USAGE_REASON_COUNT] = {
    [USAGE_FITS] = S_INIT("fits"),
    [USAGE_MUCH] = S_INIT("much"),
    [USAGE_LITTLE] = S_INIT("little"),
    [USAGE_RUN_OUT] = S_INIT("run_out"),
};

struct str usage_reason_text(enum usage_reason reason)
{
    must(reason < USAGE_REASON_COUNT);
    return reason_texts[reason];
}

struct life {
    const struct catalog *k;
    int64_t used[MONTHS], most, least, sum; /* of the last whole months */
    struct access_plan plan;                /* the one that gives most */
    const struct price *price;              /* what it costs; NULL: nothing */
    int64_t allowance;                      /* a month */
    int64_t once, balance;
};

/* By the month; what is given once is no allowance. */
static int64_t monthly(struct str plan)
{
    struct json_value every = json_at(json_root(plan), "credits.every");
    int64_t allowance = access_number(plan, "credits.allowance", 0);
    return json_is(every, "once") ? 0 : json_is(every, "year") ? allowance / 12 : allowance;
}

static enum err read_months(struct ctx *c, int64_t customer_n, struct life *l)
{
    const struct zone *zone = NULL;
    TRY(credit_zone(c, customer_n, &zone));
    int64_t to = date_of_month(zone_day_of(zone, c->now_ms).date);
    l->least = INT64_MAX;
    for (int i = 0; i < MONTHS; i++) {
        const struct usage_span month = { customer_n, date_of_month(to - 1), to };
        TRY(usage_sum(c, &month, &l->used[i]));
        l->most = l->used[i] > l->most ? l->used[i] : l->most;
        l->least = l->used[i] < l->least ? l->used[i] : l->least;
        l->sum += l->used[i];
        to = month.from;
    }
    return E_OK;
}

/* What is paid; where nobody remembers, what the plan costs by the month. */
static const struct price *price_of(const struct catalog *k, const struct access_plan *plan)
{
    const struct product *product = catalog_product(k, plan->plan);
    const struct price *paid = catalog_price(k, plan->price, &product);
    if (paid != NULL || product == NULL || plan->is_free)
        return paid;
    for (size_t i = 0; i < product->price_count; i++)
        if (product->prices[i].active && product->prices[i].amount.cur == k->currency &&
            product->prices[i].interval == INTERVAL_MONTH)
            return &product->prices[i];
    return NULL;
}

static enum err read_life(struct ctx *c, int64_t customer_n, struct life *l)
{
    const struct access_plan *plan = NULL;
    struct access access;
    struct credit_account account;
    size_t n = 0;
    TRY(catalog_now(c, &l->k));
    TRY(read_months(c, customer_n, l));
    TRY(access_plans(c, customer_n, &plan, &n));
    TRY(access_of(c, customer_n, &access));
    TRY(credit_look(c, customer_n, &account));
    for (size_t i = 0; i < n; i++)
        if (i == 0 || monthly(plan[i].terms) > l->allowance) {
            l->plan = plan[i];
            l->allowance = monthly(plan[i].terms);
        }
    l->price = price_of(l->k, &l->plan);
    l->once = access.given_once;
    l->balance = account.balance;
    return E_OK;
}

/* ---- up */

static enum err gives_more(struct ctx *c, const struct product *plan, void *arg, bool *ret)
{
    const struct life *l = arg;
    *ret = monthly(plan->source) > l->allowance && monthly(plan->source) * MONTHS >= l->sum;
    return c->dead ? E_DEAD : E_OK;
}

static struct str price_words(struct arena *a, const struct price *p)
{
    return str_fmt(a, "%.*s a %s", SARG(money_text(a, p->amount)),
        p->interval == INTERVAL_YEAR ? "year" : "month");
}

/* ", where a credit costs 33 % less": whole percents, rounded down; else nothing. */
static struct str cheaper_words(struct arena *a, const struct life *l, const struct usage_advice *u)
{
    const struct price *p = u->to.price;
    __extension__ typedef __int128 wide;
    if (l->price == NULL || l->allowance == 0 || l->price->amount.minor == 0 ||
        l->price->amount.cur != p->amount.cur || l->price->interval != p->interval)
        return S("");
    wide now = (wide)l->price->amount.minor * monthly(u->to.plan->source);
    wide then = (wide)p->amount.minor * l->allowance;
    int percent = now > 0 && then < now ? (int)((now - then) * 100 / now) : 0;
    return percent > 0 ? str_fmt(a, ", where a credit costs %d %% less", percent) : S("");
}

static enum err advise_more(
    struct ctx *c, int64_t customer_n, struct life *l, struct usage_advice *u)
{
    TRY(access_upgrade(c, customer_n, gives_more, l, &u->to));
    if (u->to.plan == NULL)
        return E_OK;
    struct str offer = str_fmt(c->arena, "%.*s has %lld a month for %.*s", SARG(u->to.plan->name),
        (long long)monthly(u->to.plan->source), SARG(price_words(c->arena, u->to.price)));
    if (l->allowance == 0) {
        u->reason = USAGE_RUN_OUT;
        u->sentence = str_fmt(c->arena, "%lld of your first %lld credits are left. %.*s.",
            (long long)l->balance, (long long)l->once, SARG(offer));
        return E_OK;
    }
    u->reason = USAGE_MUCH;
    u->percent = l->least * 100 / l->allowance;
    u->sentence = str_fmt(c->arena,
        "You used at least %lld %% of your %lld credits in each of the last three months. "
        "%.*s%.*s.",
        (long long)u->percent, (long long)l->allowance, SARG(offer),
        SARG(cheaper_words(c->arena, l, u)));
    return E_OK;
}

/* ---- down */

static const struct price *same_way(const struct product *plan, const struct price *as)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct price *p = &plan->prices[i];
        if (p->active && p->amount.cur == as->amount.cur && p->interval == as->interval)
            return p;
    }
    return NULL;
}

static void advise_less(struct ctx *c, const struct life *l, struct usage_advice *u)
{
    for (size_t i = 0; i < l->k->product_count; i++) {
        const struct product *plan = &l->k->products[i];
        const struct price *p = plan->is_plan && plan->active ? same_way(plan, l->price) : NULL;
        if (p == NULL || !str_eq(plan->group, l->plan.group) || monthly(plan->source) < l->most ||
            p->amount.minor >= l->price->amount.minor ||
            (u->to.price != NULL && p->amount.minor >= u->to.price->amount.minor))
            continue;
        u->to = (struct access_upgrade) { plan, p };
    }
    if (u->to.plan == NULL)
        return;
    u->reason = USAGE_LITTLE;
    u->percent = l->most * 100 / l->allowance;
    u->sentence = str_fmt(c->arena,
        "You used at most %lld %% of your %lld credits in each of the last three months. "
        "%.*s has %lld a month for %.*s; look at what else it lacks.",
        (long long)u->percent, (long long)l->allowance, SARG(u->to.plan->name),
        (long long)monthly(u->to.plan->source), SARG(price_words(c->arena, u->to.price)));
}

enum err usage_advise(struct ctx *c, int64_t customer_n, struct usage_advice *ret)
{
    struct life l = { .k = NULL };
    struct usage_advice u = { .reason = USAGE_FITS, .sentence = S("") };
    TRY(read_life(c, customer_n, &l));
    const bool run_out =
        l.allowance == 0 && l.once > 0 && l.balance * 100 < l.once * RUN_OUT_PERCENT;
    const bool much = l.allowance > 0 && l.least * 100 >= l.allowance * MUCH_PERCENT;
    if (much || run_out)
        TRY(advise_more(c, customer_n, &l, &u));
    else if (l.price != NULL && l.allowance > 0 && l.most > 0 &&
        l.most * 100 <= l.allowance * LITTLE_PERCENT)
        advise_less(c, &l, &u);
    *ret = u;
    return E_OK;
}
