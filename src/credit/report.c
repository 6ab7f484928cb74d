#include "credit/report.h"

#include "base/clock.h"
#include "base/json.h"
#include "catalog/catalog.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum {
    USUAL_DAYS = 30
};

static enum err read_date(struct ctx *c, struct str text, int64_t otherwise, int64_t *ret)
{
    int64_t ms = otherwise * DAY_MS;
    if (text.n > 0 && (text.n != 10 || !time_parse_iso(text, &ms) || ms < 0))
        return fail(c, INVALID_REQUEST, "from and to are days, such as 2026-11-01");
    *ret = ms / DAY_MS;
    return E_OK;
}

static int64_t *figure_of(struct report_figures *k, enum credit_change change)
{
    switch (change) {
    case CREDIT_ALLOCATION:
    case CREDIT_BONUS_GIVEN:
    case CREDIT_ADJUSTED:
        return &k->granted;
    case CREDIT_BOUGHT:
        return &k->bought;
    case CREDIT_USAGE:
        return &k->used;
    case CREDIT_REFUND:
        return &k->given_back;
    case CREDIT_EXPIRY:
        return &k->expired;
    case CREDIT_CLAWBACK:
        return &k->taken_back;
    case CREDIT_CHANGE_COUNT:
        break;
    }
    never("a balance changes for eight reasons");
}

static void add_operation(struct ctx *c, struct credit_report *r, const struct usage_total *t)
{
    struct str name = r->operations == REPORT_OPERATIONS_MAX - 1 ? S("") : t->operation;
    size_t i = 0;
    while (i < r->operations && !str_eq(r->operation[i].name, name))
        i++;
    if (i == r->operations)
        r->operation[r->operations++] =
            (struct report_operation) { .name = str_copy(c->arena, name) };
    r->operation[i].credits -= t->credits;
    r->operation[i].uses += t->change == CREDIT_USAGE ? t->moves : -t->moves;
}

static enum err take(struct ctx *c, const struct usage_total *t, void *arg)
{
    struct credit_report *r = arg;
    const bool use = t->change == CREDIT_USAGE || t->change == CREDIT_REFUND;
    /* What leaves a balance is a figure of its own, not a negative one. */
    const bool leaves =
        t->change == CREDIT_USAGE || t->change == CREDIT_EXPIRY || t->change == CREDIT_CLAWBACK;
    const int64_t credits = leaves ? -t->credits : t->credits;
    *figure_of(&r->day[t->date - r->from], t->change) += credits;
    *figure_of(&r->all, t->change) += credits;
    if (use) {
        r->weekday[(t->date + 3) % 7] -= t->credits; /* 1 January 1970 was a Thursday */
        add_operation(c, r, t);
    }
    return E_OK;
}

enum err credit_report(struct ctx *c, struct str from, struct str to, struct credit_report *ret)
{
    struct credit_report *r = ret;
    *r = (struct credit_report) { .zone = NULL };
    TRY(catalog_zone(c, &r->zone));
    const int64_t today = zone_day_of(r->zone, c->now_ms).date;
    TRY(read_date(c, to, today, &r->to));
    TRY(read_date(c, from, r->to - USUAL_DAYS + 1, &r->from));
    if (r->from > r->to || r->to - r->from >= REPORT_DAYS_MAX)
        return fail(
            c, INVALID_REQUEST, "a report is about 1 to %d days, from before to", REPORT_DAYS_MAX);
    TRY(usage_totals(c, r->from, r->to + 1, take, r));
    return usage_outstanding(c, &r->outstanding);
}

/* ---- as JSON */

static void figures(struct json *j, const struct report_figures *k)
{
    json_i64(j, "granted", k->granted);
    json_i64(j, "bought", k->bought);
    json_i64(j, "used", k->used);
    json_i64(j, "givenBack", k->given_back);
    json_i64(j, "expired", k->expired);
    json_i64(j, "takenBack", k->taken_back);
}

void credit_report_json(
    struct json *j, const char *name, struct arena *a, const struct credit_report *r)
{
    json_open(j, name, '{');
    json_str(j, "from", date_text(a, r->from));
    json_str(j, "to", date_text(a, r->to));
    json_str(j, "timeZone", zone_name(r->zone));
    json_i64(j, "outstanding", r->outstanding);
    json_open(j, "total", '{');
    figures(j, &r->all);
    json_close(j, '}');
    json_open(j, "days", '[');
    for (int64_t date = r->from; date <= r->to; date++) {
        json_open(j, NULL, '{');
        json_str(j, "date", date_text(a, date));
        figures(j, &r->day[date - r->from]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "byOperation", '[');
    for (size_t i = 0; i < r->operations; i++) {
        json_open(j, NULL, '{');
        json_str_or_null(j, "operation", r->operation[i].name);
        json_i64(j, "credits", r->operation[i].credits);
        json_i64(j, "uses", r->operation[i].uses);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "byWeekday", '[');
    for (size_t i = 0; i < ARRAY_LEN(r->weekday); i++)
        json_i64(j, NULL, r->weekday[i]);
    json_close(j, ']');
    json_close(j, '}');
}
