#include "access/access.h"
#include "base/clock.h"
#include "base/json.h"
#include "credit/usage.h"
#include "customer/whose.h"
#include "web/list.h"

/* Credits, for the application and for its users: what there is, and what became of it. */

static enum err one_lot(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    struct json *j = arg;
    json_open(j, NULL, '{');
    json_str(j, "type", credit_kind_text(lot->kind));
    json_str(j, "source", lot->source);
    json_i64(j, "amount", lot->given);
    json_i64(j, "left", lot->unused);
    json_time(j, "expiresAt", lot->ends_ms);
    json_time(j, "createdAt", lot->created_ms);
    json_close(j, '}');
    return c->dead ? E_DEAD : E_OK;
}

/* The plan's month while one runs, from the day on which it began, else that of the calendar. */
static struct usage_span period_of(
    const struct ctx *c, const struct credit_account *a, const struct zone *zone)
{
    const int64_t date = zone_day_of(zone, c->now_ms).date;
    int64_t ends_ms = 0;
    bool runs = a->month_ms > 0 &&
        (a->renews_ms > 0 || (time_add_months(a->month_ms, 1, &ends_ms) && ends_ms > c->now_ms));
    return (struct usage_span) { a->customer_n,
        runs ? zone_day_of(zone, a->month_ms).date : date_of_month(date), date_next_month(date) };
}

static enum err show(struct req *r)
{
    struct ctx *c = r->c;
    struct credit_account account;
    struct access access;
    struct credit_today today;
    const struct zone *zone = NULL;
    int64_t n = 0, used = 0;
    TRY(whose_known(r, &n));
    TRY(credit_look(c, n, &account));
    TRY(access_of(c, n, &access));
    TRY(credit_zone(c, n, &zone));
    const struct usage_span period = period_of(c, &account, zone);
    TRY(usage_sum(c, &period, &used));
    TRY(credit_today(c, n, &today));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_i64(&j, "balance", account.balance);
    json_i64(&j, "reserved", account.reserved);
    json_str_or_null(&j, "plan", access.plan);
    json_i64(&j, "allowance", access.allowance);
    json_time(&j, "renewsAt", account.renews_ms);
    json_i64(&j, "usedThisPeriod", used);
    json_i64(&j, "usedToday", today.used);
    if (access.day_limit >= 0)
        json_i64(&j, "dailyLimit", access.day_limit);
    json_time(&j, "resetsAt", today.ends_ms);
    json_open(&j, "lots", '[');
    TRY(credit_lots(c, n, one_lot, &j));
    json_close(&j, ']');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

struct moves {
    struct list l;
    const struct zone *zone;
};

static enum err one_move(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct moves *m = arg;
    struct json *j = &m->l.j;
    if (!list_room(&m->l, k->n))
        return E_OK;
    int64_t date = zone_day_of(m->zone, k->created_ms).date;
    json_open(j, NULL, '{');
    json_str(j, "id", id_text(c->arena, S("crd"), k->id));
    json_str(j, "type", credit_change_text(k->change));
    json_i64(j, "amount", k->amount);
    json_i64(j, "balanceAfter", k->balance_after);
    json_str(j, "description", k->description);
    json_str_or_null(j, "reference", k->reference);
    if (k->operation.n > 0)
        json_str(j, "operation", k->operation);
    if (k->labels.n > 0)
        json_raw(j, "labels", k->labels);
    json_str(j, "period", usage_month_text(c->arena, date));
    json_time(j, "createdAt", k->created_ms);
    json_close(j, '}');
    return E_OK;
}

enum err credit_period_asked(struct req *r, const struct zone *zone, struct credit_filter *inout)
{
    struct str period = S("");
    int64_t first = 0;
    bool given = false;
    TRY(req_query(r, "period", &given, &period));
    if (!given)
        return E_OK;
    TRY(usage_month_read(r->c, period, &first));
    inout->from_ms = zone_date_begins(zone, first);
    inout->until_ms = zone_date_begins(zone, date_next_month(first));
    return E_OK;
}

enum err credit_type_asked(struct req *r, struct str *ret_text, int64_t *ret_change_or_minus_1)
{
    struct str type = S("");
    enum credit_change change;
    bool given = false;
    TRY(req_query(r, "type", &given, &type));
    if (given && !credit_change_parse(type, &change))
        return fail(r->c, INVALID_REQUEST, "there is no type \"%.*s\"", SARG(type));
    *ret_text = type;
    *ret_change_or_minus_1 = given ? (int64_t)change : -1;
    return E_OK;
}

static enum err history(struct req *r)
{
    struct moves m = { .zone = NULL };
    struct str type = S("");
    struct credit_filter f = { .limit = 0 };
    TRY(req_page(r, &m.l.page));
    TRY(credit_type_asked(r, &type, &f.change_or_minus_1));
    TRY(whose_known(r, &f.customer_n));
    TRY(credit_zone(r->c, f.customer_n, &m.zone));
    TRY(credit_period_asked(r, m.zone, &f));
    f.after_n = m.l.page.after_n;
    f.limit = list_want(&m.l);
    list_open(r, &m.l);
    TRY(credit_history(r->c, &f, one_move, &m));
    list_close(r, &m.l);
    return E_OK;
}

/* ?extras=a,b as a JSON list. */
static struct str extras_list(struct arena *a, struct str names)
{
    struct buf b = BUF(a);
    struct json j = JSON(&b);
    struct str name, rest = names;
    json_open(&j, NULL, '[');
    while (rest.n > 0) {
        str_cut(rest, ',', &name, &rest);
        json_str(&j, NULL, str_trim(name));
    }
    json_close(&j, ']');
    return buf_str(&b);
}

static enum err cost(struct req *r)
{
    struct ctx *c = r->c;
    struct credit_use use = { .quantity = 1 };
    struct credit_cost what;
    struct str extras = S("");
    bool given = false, has_extras = false;
    int64_t n = 0;
    TRY(req_query(r, "operation", &given, &use.operation));
    TRY(req_query_i64(r, "quantity", 1, 1000000, &use.quantity));
    TRY(req_query(r, "extras", &has_extras, &extras));
    TRY(whose_known(r, &n));
    if (!given)
        return fail(c, INVALID_REQUEST, "operation says which");
    if (has_extras)
        use.extras = extras_list(c->arena, extras);
    TRY(credit_cost(c, n, &use, &what));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "operation", use.operation);
    json_i64(&j, "quantity", use.quantity);
    json_i64(&j, "cost", what.amount);
    json_str_or_null(&j, "plan", what.plan);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    READERS = ALLOW_USER | ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN
};

static const struct route table[] = {
    { "GET", "/api/credits", SHAPE_READ, NULL, show, NULL, 0, READERS, 0, 0,
        "A customer's balance, limits and lots." },
    { "GET", "/api/credits/history", SHAPE_READ, NULL, history, NULL, 0, READERS, 0, 0,
        "Each change of a balance, newest first; `type`, `period` (a month)." },
    { "GET", "/api/credits/cost", SHAPE_READ, NULL, cost, NULL, 0, READERS, 0, 0,
        "What an operation would cost this customer." },
};
const struct routes credit_look_routes = { table, ARRAY_LEN(table) };
