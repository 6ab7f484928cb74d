#include "base/command.h"
#include "base/csv.h"
#include "base/json.h"
#include "credit/report.h"
#include "db/db.h"

/* report credits */

struct asked {
    struct str from, to;
    struct credit_report *report;
};

static enum err read_report(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    return credit_report(c, k->from, k->to, k->report);
}

static void print_csv(struct arena *a, struct buf *out, const struct credit_report *r)
{
    static const struct str columns[] = { S_INIT("date"), S_INIT("granted"), S_INIT("bought"),
        S_INIT("used"), S_INIT("givenBack"), S_INIT("expired"), S_INIT("takenBack") };
    struct csv csv = { .b = out };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        csv_str(&csv, columns[i]);
    csv_end(&csv);
    for (int64_t date = r->from; date <= r->to; date++) {
        const struct report_figures *k = &r->day[date - r->from];
        const int64_t cells[] = { k->granted, k->bought, k->used, k->given_back, k->expired,
            k->taken_back };
        csv_str(&csv, date_text(a, date));
        for (size_t i = 0; i < ARRAY_LEN(cells); i++)
            csv_i64(&csv, cells[i]);
        csv_end(&csv);
    }
}

static void print_line(struct buf *out, struct str what, const struct report_figures *k)
{
    buf_fmt(out, "%-12.*s %10lld %10lld %10lld %10lld %10lld %10lld\n", SARG(what),
        (long long)k->granted, (long long)k->bought, (long long)k->used, (long long)k->given_back,
        (long long)k->expired, (long long)k->taken_back);
}

static void print_words(struct arena *a, struct buf *out, const struct credit_report *r)
{
    static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
        "Saturday", "Sunday" };
    buf_fmt(out, "%-12s %10s %10s %10s %10s %10s %10s\n", "day", "granted", "bought", "used",
        "given back", "expired", "taken back");
    for (int64_t date = r->from; date <= r->to; date++) {
        const struct report_figures *k = &r->day[date - r->from];
        if (k->granted + k->bought + k->used + k->given_back + k->expired + k->taken_back > 0)
            print_line(out, date_text(a, date), k);
    }
    print_line(out, S("together"), &r->all);
    buf_fmt(out, "\nby operation, less what was given back\n");
    for (size_t i = 0; i < r->operations; i++)
        buf_fmt(out, "  %-30.*s %10lld in %lld uses\n",
            SARG(r->operation[i].name.n > 0 ? r->operation[i].name : S("(an amount)")),
            (long long)r->operation[i].credits, (long long)r->operation[i].uses);
    buf_fmt(out, "\nby weekday\n");
    for (size_t i = 0; i < ARRAY_LEN(weekdays); i++)
        buf_fmt(out, "  %-30s %10lld\n", weekdays[i], (long long)r->weekday[i]);
    buf_fmt(out, "\nheld by customers now: %lld credits; days are those of %.*s\n",
        (long long)r->outstanding, SARG(zone_name(r->zone)));
}

static enum err credits(struct ctx *c, struct args *args, struct buf *out)
{
    struct asked k = { .report = arena_new(c->arena, struct credit_report) };
    args_flag(args, "from", &k.from);
    args_flag(args, "to", &k.to);
    TRY(db_read_long(c, read_report, &k));
    struct json j = JSON(out);
    if (args->json) {
        credit_report_json(&j, NULL, c->arena, k.report);
        buf_char(out, '\n');
    } else if (args_flag(args, "csv", NULL)) {
        print_csv(c->arena, out, k.report);
    } else {
        print_words(c->arena, out, k.report);
    }
    return E_OK;
}

static const struct command table[] = {
    { "report credits", "[--from DAY] [--to DAY] [--csv]", "from= to= csv",
        "what credits did, by day, operation and weekday",
        "Days are those of the business; the last thirty unless said.", COMMAND_READS, 0, credits },
};
const struct commands credit_report_commands = { table, ARRAY_LEN(table) };
