#include "credit/usage.h"

#include "base/clock.h"

/* A month as it is shown: in the API, and on the customer's page. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct str usage_month_text(struct arena *a, int64_t date)
{
    return str_part(date_text(a, date), 0, 7);
}

enum err usage_month_read(struct ctx *c, struct str period, int64_t *ret_first)
{
    int64_t ms = 0;
    if (period.n != 7 || !time_parse_iso(str_fmt(c->arena, "%.*s-01", SARG(period)), &ms) || ms < 0)
        return fail(c, INVALID_REQUEST, "period is a month, such as 2026-11");
    *ret_first = ms / DAY_MS;
    return E_OK;
}

static enum err read_period(struct ctx *c, struct str period, struct usage_month *u)
{
    u->first = date_of_month(u->today);
    if (period.n > 0)
        TRY(usage_month_read(c, period, &u->first));
    u->next = date_next_month(u->first);
    u->months[USAGE_YEAR] = u->next;
    for (size_t i = USAGE_YEAR; i-- > 0;)
        u->months[i] = date_of_month(u->months[i + 1] - 1);
    const int64_t end = u->next < u->today + 1 ? u->next : u->today + 1;
    u->days = end > u->first ? end - u->first : 0;
    return E_OK;
}

static void add_operation(struct ctx *c, struct usage_month *u, const struct usage_row *row)
{
    size_t i = 0;
    while (i < u->operations && !str_eq(u->operation[i].operation, row->operation))
        i++;
    if (i == USAGE_LIST - 1)
        u->operation[i].operation = S("");
    else if (i == u->operations)
        u->operation[i].operation = str_copy(c->arena, row->operation);
    u->operations = i == u->operations ? i + 1 : u->operations;
    u->operation[i].credits += row->credits;
    u->operation[i].uses += row->uses;
    u->operation[i].quantity += row->quantity;
}

static enum err take_day(struct ctx *c, const struct usage_row *row, void *arg)
{
    struct usage_month *u = arg;
    size_t month = 0;
    while (month + 1 < USAGE_YEAR && row->date >= u->months[month + 1])
        month++;
    u->of_month[month] += row->credits;
    if (row->date < u->first)
        return E_OK;
    u->day[row->date - u->first] += row->credits;
    add_operation(c, u, row);
    return E_OK;
}

static enum err take_label(struct ctx *c, const struct usage_label *k, void *arg)
{
    struct usage_month *u = arg;
    size_t i = 0;
    while (i < u->labels &&
        (!str_eq(u->label[i].label, k->label) || !str_eq(u->label[i].value, k->value)))
        i++;
    if (i == USAGE_LIST - 1) {
        u->label[i].label = u->label[i].value = S("");
    } else if (i == u->labels) {
        u->label[i].label = str_copy(c->arena, k->label);
        u->label[i].value = str_copy(c->arena, k->value);
    }
    u->labels = i == u->labels ? i + 1 : u->labels;
    u->label[i].credits += k->credits;
    u->label[i].uses += k->uses;
    return c->dead ? E_DEAD : E_OK;
}

static void sort(struct usage_month *u)
{
    for (size_t i = 1; i < u->operations; i++)
        for (size_t k = i; k > 0 && u->operation[k].credits > u->operation[k - 1].credits; k--) {
            const struct usage_row row = u->operation[k];
            u->operation[k] = u->operation[k - 1];
            u->operation[k - 1] = row;
        }
    for (size_t i = 1; i < u->labels; i++)
        for (size_t k = i; k > 0 && u->label[k].credits > u->label[k - 1].credits; k--) {
            const struct usage_label label = u->label[k];
            u->label[k] = u->label[k - 1];
            u->label[k - 1] = label;
        }
}

static enum err find_left(struct ctx *c, struct usage_month *u)
{
    struct credit_account account;
    if (u->next <= u->today)
        return credit_balance_at(c, u->customer_n, zone_date_begins(u->zone, u->next), &u->left);
    TRY(credit_look(c, u->customer_n, &account));
    u->left = account.balance;
    return E_OK;
}

enum err usage_month(struct ctx *c, int64_t customer_n, struct str period, struct usage_month *ret)
{
    struct usage_month *u = ret;
    *u = (struct usage_month) { .customer_n = customer_n };
    TRY(credit_zone(c, customer_n, &u->zone));
    u->today = zone_day_of(u->zone, c->now_ms).date;
    TRY(read_period(c, period, u));
    const struct usage_span year = { customer_n, u->months[0], u->next };
    TRY(usage_days(c, &year, take_day, u));
    TRY(usage_labels(c, customer_n, u->first, take_label, u));
    TRY(find_left(c, u));
    sort(u);
    return E_OK;
}
