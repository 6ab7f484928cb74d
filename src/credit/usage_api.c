#include "base/clock.h"
#include "base/json.h"
#include "credit/usage.h"
#include "customer/whose.h"

/* GET /api/credits/usage: what one person used. */

enum {
    LABELS_SHOWN = 50
};
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void operations_json(struct json *j, const struct usage_month *u)
{
    json_open(j, "byOperation", '[');
    for (size_t i = 0; i < u->operations; i++) {
        const struct usage_row *k = &u->operation[i];
        if (k->uses == 0)
            continue;
        json_open(j, NULL, '{');
        json_str_or_null(j, "operation", k->operation);
        json_i64(j, "credits", k->credits);
        json_i64(j, "uses", k->uses);
        json_i64(j, "quantity", k->quantity);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void labels_json(struct json *j, const struct usage_month *u)
{
    json_open(j, "byLabel", '[');
    for (size_t i = 0; i < u->labels && i < LABELS_SHOWN; i++) {
        const struct usage_label *k = &u->label[i];
        if (k->uses == 0)
            continue;
        json_open(j, NULL, '{');
        json_str_or_null(j, "label", k->label);
        json_str_or_null(j, "value", k->value);
        json_i64(j, "credits", k->credits);
        json_i64(j, "uses", k->uses);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void days_json(struct json *j, struct arena *a, const struct usage_month *u)
{
    json_open(j, "dailyUsage", '[');
    for (int64_t i = 0; i < u->days; i++) {
        json_open(j, NULL, '{');
        json_str(j, "date", date_text(a, u->first + i));
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
static void weeks_json(struct json *j, struct arena *a, const struct usage_month *u)
{
    json_open(j, "weeklyUsage", '[');
    for (int64_t i = 0; i < u->days;) {
        const int64_t monday = monday_of(u->first + i);
        int64_t credits = 0;
        json_open(j, NULL, '{');
        json_str(j, "week", week_text(a, monday));
        json_str(j, "from", date_text(a, u->first + i));
        for (; i < u->days && monday_of(u->first + i) == monday; i++)
            credits += u->day[i];
        json_i64(j, "credits", credits);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void months_json(struct json *j, struct arena *a, const struct usage_month *u)
{
    json_open(j, "monthlyUsage", '[');
    for (size_t i = 0; i < USAGE_YEAR; i++) {
        json_open(j, NULL, '{');
        json_str(j, "month", usage_month_text(a, u->months[i]));
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

static enum err usage(struct req *r)
{
    struct ctx *c = r->c;
    struct usage_month *u = arena_new(c->arena, struct usage_month);
    struct usage_advice advice;
    struct str period = S("");
    bool given = false;
    int64_t n = 0;
    TRY(whose_known(r, &n));
    TRY(req_query(r, "period", &given, &period));
    if (given && period.n == 0)
        return fail(c, INVALID_REQUEST, "period is a month, such as 2026-11");
    TRY(usage_month(c, n, period, u));
    TRY(usage_advise(c, n, &advice));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "period", usage_month_text(c->arena, u->first));
    json_str(&j, "timeZone", zone_name(u->zone));
    json_i64(&j, "totalCredits", u->of_month[USAGE_YEAR - 1] + u->left);
    json_i64(&j, "usedCredits", u->of_month[USAGE_YEAR - 1]);
    json_i64(&j, "remainingCredits", u->left);
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
