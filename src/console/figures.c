#include "console/figures.h"

#include "base/clock.h"
#include "console/figures_db.h"
#include "fact/fact_count.h"
#include "ledger/ledger_hour.h"
#include "payment/call.h"

enum {
    DAY_HOURS = 24,
    WEEK_HOURS = 7 * DAY_HOURS
};

struct counting {
    struct figures *f;
    int64_t today; /* its first hour */
    int64_t entries[FIGURES_CURRENCIES];
};

/* Today, the same weekday last week up to the end of the hour that runs now, or neither. */
static struct figures_part *part_of(const struct counting *k, int64_t hour)
{
    int64_t since = hour - k->today;
    if (since >= 0 && since < DAY_HOURS)
        return &k->f->now;
    since += WEEK_HOURS;
    return since >= 0 && since <= k->f->hour ? &k->f->before : NULL;
}

static enum err take_count(struct ctx *c, const struct fact_count *count, void *arg)
{
    struct figures_part *part = part_of(arg, count->hour);
    if (part == NULL)
        return E_OK;
    if (str_eq(count->kind, S("ORDER_CREATED")))
        part->begun += count->facts;
    else if (str_eq(count->kind, S("ORDER_COMPLETED")))
        part->paid += count->facts;
    else if (str_eq(count->kind, S("ORDER_FAILED")))
        part->failed += count->facts;
    else if (str_ends(count->kind, S("_WEBHOOK_RECEIVED")))
        part->webhooks += count->facts;
    return c->dead ? E_DEAD : E_OK;
}

/* ---- sales */

/* A currency's place among them; FIGURES_CURRENCIES: there are too many, it is left out. */
static size_t place_of(struct figures *f, struct str unit)
{
    enum currency cur;
    if (!currency_parse(unit, &cur))
        return FIGURES_CURRENCIES;
    for (size_t i = 0; i < f->currencies; i++)
        if (f->currency[i] == cur)
            return i;
    if (f->currencies == FIGURES_CURRENCIES)
        return FIGURES_CURRENCIES;
    f->currency[f->currencies] = cur;
    f->held[f->currencies] = (struct money) { 0, cur };
    f->now.sales[f->currencies] = f->before.sales[f->currencies] = (struct money) { 0, cur };
    return f->currencies++;
}

/* Sales, tax and the sellers' part are negative when money comes: it is what buyers paid. */
static bool is_sale(int64_t account)
{
    return account == LEDGER_SALES || account == LEDGER_TAX || account == LEDGER_SELLER;
}

static enum err take_sum(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct counting *k = arg;
    struct figures *f = k->f;
    struct figures_part *part = part_of(k, sum->hour);
    size_t i = is_sale(sum->account) ? place_of(f, sum->unit) : FIGURES_CURRENCIES;
    int64_t amount = -(sum->came + sum->went);
    int64_t day = FIGURES_DAYS - 1 - (k->today + DAY_HOURS - 1 - sum->hour) / DAY_HOURS;
    if (i == FIGURES_CURRENCIES)
        return E_OK;
    k->entries[i] += sum->entries;
    if (k->entries[i] > k->entries[f->main])
        f->main = i;
    if (day >= 0 && day < FIGURES_DAYS)
        f->day[i][day] += amount;
    if (part != NULL)
        part->sales[i].minor += amount;
    return c->dead ? E_DEAD : E_OK;
}

static enum err held(struct ctx *c, struct figures *f)
{
    for (size_t i = 0; i < f->currencies; i++) {
        int64_t sum = 0;
        TRY(ledger_balance(c, LEDGER_UNEXPLAINED, 0, f->currency[i], &sum));
        f->held[i].minor = -sum;
    }
    return E_OK;
}

/* ---- times */

void figures_sort(int64_t *v, size_t n)
{
    for (size_t gap = n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < n; i++) {
            int64_t x = v[i];
            size_t at = i;
            for (; at >= gap && v[at - gap] > x; at -= gap)
                v[at] = v[at - gap];
            v[at] = x;
        }
}

int64_t figures_percentile(const int64_t *v, size_t n, size_t percent)
{
    return n == 0 ? -1 : v[(n - 1) * percent / 100];
}

enum err console_figures(struct ctx *c, struct figures *ret)
{
    struct figures *f = arena_new(c->arena, struct figures);
    int64_t *ms = arena_array(c->arena, int64_t, FIGURES_CALLS);
    size_t n = 0;
    int64_t now = c->now_ms / FACT_HOUR_MS, today = now - now % DAY_HOURS;
    struct counting k = { .f = f, .today = today };
    f->today = today * FACT_HOUR_MS;
    f->hour = now % DAY_HOURS;
    TRY(figures_any_order(c, &f->any_order));
    TRY(fact_counts(c, today - WEEK_HOURS, today + DAY_HOURS, take_count, &k, &f->behind));
    bool behind = false;
    TRY(ledger_hours(
        c, today - (FIGURES_DAYS - 1) * DAY_HOURS, today + DAY_HOURS, take_sum, &k, &behind));
    f->behind = f->behind || behind;
    if (!behind)
        TRY(held(c, f));
    TRY(figures_webhook_ms(c, ms, &n));
    figures_sort(ms, n);
    f->webhook_p99_ms = figures_percentile(ms, n, 99);
    *ret = *f;
    return E_OK;
}

/* ---- gateways */

struct gathering {
    struct gateway_figures *of; /* by id */
    int64_t *ms[GATEWAY_COUNT];
    size_t n[GATEWAY_COUNT];
};

static bool known(enum gateway_id id)
{
    return id > GATEWAY_NONE && id < GATEWAY_COUNT;
}

static enum err take_tries(struct ctx *c, const struct gateway_tries *tries, void *arg)
{
    struct gathering *k = arg;
    if (!known(tries->gateway))
        return E_OK;
    k->of[tries->gateway].paid = tries->paid;
    k->of[tries->gateway].ended = tries->paid + tries->refused;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_open(struct ctx *c, const struct gateway_tries *tries, void *arg)
{
    struct gathering *k = arg;
    if (known(tries->gateway))
        k->of[tries->gateway].open = tries->open;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_call(struct ctx *c, const struct call *call, void *arg)
{
    struct gathering *k = arg;
    enum gateway_id id = call->gateway;
    if (!known(id))
        return E_OK;
    k->of[id].calls++;
    k->of[id].unanswered += call->http_status == 0;
    if (call->http_status > 0)
        k->ms[id][k->n[id]++] = call->took_ms;
    return c->dead ? E_DEAD : E_OK;
}

enum err console_gateways(struct ctx *c, struct gateway_figures ret[GATEWAY_COUNT], size_t *ret_n)
{
    struct gathering k = { .of = arena_array(c->arena, struct gateway_figures, GATEWAY_COUNT) };
    size_t n = 0;
    for (size_t i = 0; i < GATEWAY_COUNT; i++)
        k.ms[i] = arena_array(c->arena, int64_t, FIGURES_CALLS);
    TRY(figures_tries(c, take_tries, &k));
    TRY(figures_open(c, take_open, &k));
    TRY(call_newest(c, FIGURES_CALLS, take_call, &k));
    for (size_t i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++) {
        struct gateway_figures *g = &k.of[i];
        const struct gateway *gateway = gateway_by_id((enum gateway_id)i);
        g->gateway = (enum gateway_id)i;
        g->enabled = gateway->enabled(c->config);
        figures_sort(k.ms[i], k.n[i]);
        g->median_ms = figures_percentile(k.ms[i], k.n[i], 50);
        g->p99_ms = figures_percentile(k.ms[i], k.n[i], 99);
        TRY(figures_gateway_away(c, gateway->name, &g->away));
        if (g->enabled || g->calls + g->ended + g->open > 0)
            ret[n++] = *g;
    }
    *ret_n = n;
    return E_OK;
}
