#include "base/clock.h"
#include "base/json.h"
#include "credit/usage.h"
#include "customer/whose.h"

/* GET /api/credits/usage: what one person used. */

enum {
    DAYS_MAX = 31,
    YEAR = 12,
    LABELS_SHOWN = 50,
    LIST_MAX = 300
};
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct operation {
    struct str name;
    int64_t credits, uses, quantity;
};

struct usage {
    int64_t n, today;
    int64_t month, next;     /* first days of the one asked for and of the one after it */
    int64_t first[YEAR + 1]; /* of each month up to then, and of the one after them */
    int64_t day[DAYS_MAX], of_month[YEAR];
    struct operation operation[LIST_MAX];
    struct usage_label label[LIST_MAX];
    size_t operations, labels;
};

static enum err read_month(struct req *r, int64_t today, struct usage *u)
{
    struct str period = S("");
    int64_t ms = 0;
    bool given = false;
    TRY(req_query(r, "period", &given, &period));
    u->today = today;
    u->month = date_of_month(today);
    if (given) {
        if (period.n != 7 || !time_parse_iso(str_fmt(r->c->arena, "%.*s-01", SARG(period)), &ms) ||
            ms < 0)
            return fail(r->c, INVALID_REQUEST, "period is a month, such as 2026-11");
        u->month = ms / DAY_MS;
    }
    u->next = date_next_month(u->month);
    u->first[YEAR] = u->next;
    for (size_t i = YEAR; i-- > 0;)
        u->first[i] = date_of_month(u->first[i + 1] - 1);
    return E_OK;
}

/* The last place is for what comes when all others are taken, without a name. */
static void add_operation(struct ctx *c, struct usage *u, const struct usage_row *row)
{
    struct str name = row->operation;
    size_t i = 0;
    if (u->operations == LIST_MAX - 1)
        name = S("");
    while (i < u->operations && !str_eq(u->operation[i].name, name))
        i++;
    if (i == u->operations)
        u->operation[u->operations++] = (struct operation) { .name = str_copy(c->arena, name) };
    u->operation[i].credits += row->credits;
    u->operation[i].uses += row->uses;
    u->operation[i].quantity += row->quantity;
}

static enum err take_day(struct ctx *c, const struct usage_row *row, void *arg)
{
    struct usage *u = arg;
    size_t month = 0;
    while (month + 1 < YEAR && row->date >= u->first[month + 1])
        month++;
    u->of_month[month] += row->credits;
    if (row->date < u->month)
        return E_OK;
    u->day[row->date - u->month] += row->credits;
    add_operation(c, u, row);
    return E_OK;
}

static enum err take_label(struct ctx *c, const struct usage_label *k, void *arg)
{
    struct usage *u = arg;
    struct usage_label label = *k;
    size_t i = 0;
    if (u->labels == LIST_MAX - 1)
        label.label = label.value = S("");
    while (i < u->labels &&
        (!str_eq(u->label[i].label, label.label) || !str_eq(u->label[i].value, label.value)))
        i++;
    if (i == u->labels)
        u->label[u->labels++] = (struct usage_label) { .label = str_copy(c->arena, label.label),
            .value = str_copy(c->arena, label.value) };
    u->label[i].credits += label.credits;
    u->label[i].uses += label.uses;
    return c->dead ? E_DEAD : E_OK;
}

/* ---- as JSON: the largest first */

static void operations_json(struct json *j, struct usage *u)
{
    json_open(j, "byOperation", '[');
    for (size_t shown = 0; shown < u->operations; shown++) {
        size_t best = shown;
        for (size_t i = shown + 1; i < u->operations; i++)
            if (u->operation[i].credits > u->operation[best].credits)
                best = i;
        const struct operation k = u->operation[best];
        u->operation[best] = u->operation[shown];
        u->operation[shown] = k;
        if (k.uses == 0)
            continue;
        json_open(j, NULL, '{');
        json_str_or_null(j, "operation", k.name);
        json_i64(j, "credits", k.credits);
        json_i64(j, "uses", k.uses);
        json_i64(j, "quantity", k.quantity);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void labels_json(struct json *j, struct usage *u)
{
    json_open(j, "byLabel", '[');
    for (size_t shown = 0; shown < u->labels && shown < LABELS_SHOWN; shown++) {
        size_t best = shown;
        for (size_t i = shown + 1; i < u->labels; i++)
            if (u->label[i].credits > u->label[best].credits)
                best = i;
        const struct usage_label k = u->label[best];
        u->label[best] = u->label[shown];
        u->label[shown] = k;
        if (k.uses == 0)
            continue;
        json_open(j, NULL, '{');
        json_str_or_null(j, "label", k.label);
        json_str_or_null(j, "value", k.value);
        json_i64(j, "credits", k.credits);
        json_i64(j, "uses", k.uses);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static int64_t day_count(const struct usage *u)
{
    int64_t end = u->next < u->today + 1 ? u->next : u->today + 1;
    return end > u->month ? end - u->month : 0;
}

static void days_json(struct json *j, struct arena *a, const struct usage *u)
{
    json_open(j, "dailyUsage", '[');
    for (int64_t i = 0; i < day_count(u); i++) {
        json_open(j, NULL, '{');
        json_str(j, "date", date_text(a, u->month + i));
        json_i64(j, "credits", u->day[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* Weeks begin on Monday; 1 January 1970 was a Thursday.  A week belongs to the year of its
 * Thursday. */
static int64_t monday_of(int64_t date)
{
    return date - (date + 3) % 7;
}

static struct str week_text(struct arena *a, int64_t monday)
{
    struct civil thursday = civil_of_ms((monday + 3) * DAY_MS);
    struct civil first = { .year = thursday.year, .month = 1, .day = 1 };
    int64_t week = (monday + 3 - ms_of_civil(first) / DAY_MS) / 7 + 1;
    return str_fmt(a, "%04lld-W%02lld", (long long)thursday.year, (long long)week);
}

/* Of the weeks that the month touches, what lies in the month. */
static void weeks_json(struct json *j, struct arena *a, const struct usage *u)
{
    json_open(j, "weeklyUsage", '[');
    for (int64_t i = 0; i < day_count(u);) {
        const int64_t monday = monday_of(u->month + i);
        int64_t credits = 0;
        json_open(j, NULL, '{');
        json_str(j, "week", week_text(a, monday));
        json_str(j, "from", date_text(a, u->month + i));
        for (; i < day_count(u) && monday_of(u->month + i) == monday; i++)
            credits += u->day[i];
        json_i64(j, "credits", credits);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void months_json(struct json *j, struct arena *a, const struct usage *u)
{
    json_open(j, "monthlyUsage", '[');
    for (size_t i = 0; i < YEAR; i++) {
        json_open(j, NULL, '{');
        json_str(j, "month", str_part(date_text(a, u->first[i]), 0, 7));
        json_i64(j, "credits", u->of_month[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void advice_json(struct json *j, const struct usage_advice *k)
{
    if (k->reason == USAGE_FITS) {
        json_raw(j, "recommendation", S("null"));
        return;
    }
    json_open(j, "recommendation", '{');
    json_str(j, "reason", usage_reason_text(k->reason));
    json_i64(j, "usedPercent", k->percent);
    json_str(j, "plan", k->to.plan->id);
    price_json(j, "price", k->to.price);
    json_str(j, "sentence", k->sentence);
    json_close(j, '}');
}

/* What was left when the month ended, or is now. */
static enum err find_left(
    struct ctx *c, const struct usage *u, const struct zone *zone, int64_t *ret)
{
    struct credit_account account;
    if (u->next <= u->today)
        return credit_balance_at(c, u->n, zone_date_begins(zone, u->next), ret);
    TRY(credit_look(c, u->n, &account));
    *ret = account.balance;
    return E_OK;
}

static enum err usage(struct req *r)
{
    struct ctx *c = r->c;
    struct usage *u = arena_new(c->arena, struct usage);
    struct usage_advice advice;
    const struct zone *zone = NULL;
    int64_t left = 0;
    TRY(whose_known(r, &u->n));
    TRY(credit_zone(c, u->n, &zone));
    TRY(read_month(r, zone_day_of(zone, c->now_ms).date, u));
    const struct usage_span year = { u->n, u->first[0], u->next };
    TRY(usage_days(c, &year, take_day, u));
    TRY(usage_labels(c, u->n, u->month, take_label, u));
    TRY(find_left(c, u, zone, &left));
    TRY(usage_advise(c, u->n, &advice));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "period", str_part(date_text(c->arena, u->month), 0, 7));
    json_str(&j, "timeZone", zone_name(zone));
    json_i64(&j, "totalCredits", u->of_month[YEAR - 1] + left);
    json_i64(&j, "usedCredits", u->of_month[YEAR - 1]);
    json_i64(&j, "remainingCredits", left);
    days_json(&j, c->arena, u);
    weeks_json(&j, c->arena, u);
    months_json(&j, c->arena, u);
    operations_json(&j, u);
    labels_json(&j, u);
    advice_json(&j, &advice);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/credits/usage",
        .shape = SHAPE_READ,
        .run = usage,
        .allow = ALLOW_USER | ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN,
        .about = "What was used in a month (`period`), by day, operation and label, in the "
                 "customer's time zone; what was given back is not in it.",
    },
};
const struct routes usage_routes = { table, ARRAY_LEN(table) };
