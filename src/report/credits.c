#include "credit/report.h"

#include "base/zone.h"
#include "report/answers.h"

/* credits: what src/credit says of them, as tables. */

static const struct report_column day_columns[] = {
    REPORT_COLUMN("date", "Day", DAY, ),
    REPORT_COLUMN("granted", "Given", COUNT, .sum = true),
    REPORT_COLUMN("bought", "Bought", COUNT, .sum = true),
    REPORT_COLUMN("used", "Used", COUNT, .sum = true),
    REPORT_COLUMN("givenBack", "Given back", COUNT, .sum = true),
    REPORT_COLUMN("expired", "Ended", COUNT, .sum = true),
    REPORT_COLUMN("takenBack", "Taken back", COUNT, .sum = true),
};
static const struct report_column operation_columns[] = {
    REPORT_COLUMN("operation", "Operation", TEXT, ),
    REPORT_COLUMN("credits", "Credits", COUNT, .sum = true),
    REPORT_COLUMN("uses", "Uses", COUNT, .sum = true),
};
static const struct report_column weekday_columns[] = {
    REPORT_COLUMN("weekday", "Weekday", TEXT, ),
    REPORT_COLUMN("credits", "Credits", COUNT, .sum = true),
};
static const struct report_column held_columns[] = {
    REPORT_COLUMN("what", "Now", TEXT, ),
    REPORT_COLUMN("credits", "Credits", COUNT, ),
};

static void write_all(
    const struct report_ask *ask, const struct credit_report *r, struct report_sheet *sheets)
{
    static const struct str weekdays[] = { S_INIT("Monday"), S_INIT("Tuesday"), S_INIT("Wednesday"),
        S_INIT("Thursday"), S_INIT("Friday"), S_INIT("Saturday"), S_INIT("Sunday") };
    for (int64_t date = r->from; date <= r->to; date++) {
        const struct report_figures *k = &r->day[date - r->from];
        const struct report_cell cells[] = { report_count(date), report_count(k->granted),
            report_count(k->bought), report_count(k->used), report_count(k->given_back),
            report_count(k->expired), report_count(k->taken_back) };
        report_cells(report_row(&sheets[0], ask, CUR_NONE), cells, ARRAY_LEN(cells));
    }
    for (size_t i = 0; i < r->operations; i++) {
        const struct report_cell cells[] = { report_text(r->operation[i].name),
            report_count(r->operation[i].credits), report_count(r->operation[i].uses) };
        report_cells(report_row(&sheets[1], ask, CUR_NONE), cells, ARRAY_LEN(cells));
    }
    for (size_t i = 0; i < ARRAY_LEN(weekdays); i++) {
        const struct report_cell cells[] = { report_text(weekdays[i]),
            report_count(r->weekday[i]) };
        report_cells(report_row(&sheets[2], ask, CUR_NONE), cells, ARRAY_LEN(cells));
    }
    const struct report_cell held[] = { report_text(S("Held by customers")),
        report_count(r->outstanding) };
    report_cells(report_row(&sheets[3], ask, CUR_NONE), held, ARRAY_LEN(held));
}

static enum err read_credits(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct credit_report *r = arena_new(c->arena, struct credit_report);
    TRY(credit_report(c, date_text(c->arena, ask->from_ms / REPORT_DAY_MS),
        date_text(c->arena, ask->to_ms / REPORT_DAY_MS - 1), r));
    write_all(ask, r, sheets);
    return E_OK;
}

static const struct report_table tables[] = {
    REPORT_TABLE("days", "By day", false, day_columns, .chart = S_INIT("used")),
    REPORT_TABLE("operations", "By operation", false, operation_columns, ),
    REPORT_TABLE("weekdays", "By weekday", false, weekday_columns, ),
    REPORT_TABLE("held", "Held", false, held_columns, ),
};
const struct report report_credits = {
    .name = S_INIT("credits"),
    .title = S_INIT("Credits"),
    .about = S_INIT(
        "What credits did, by the days of the business (all others here are days of UTC); what was "
        "used less what was given back by operation and weekday."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .table = tables,
    .tables = ARRAY_LEN(tables),
    .read = read_credits,
};
