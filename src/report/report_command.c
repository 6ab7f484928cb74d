#include "base/clock.h"
#include "base/command.h"
#include "base/json.h"
#include "base/zone.h"
#include "db/db.h"
#include "report/report.h"

/* report NAME */

struct asked {
    const struct report *report;
    struct report_words words;
    struct report_answer *answer;
};

static enum err read_report(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    return report_make(c, k->report, &k->words, k->answer);
}

/* Columns as wide as their widest word; a letter may be several bytes. */
static size_t width_of(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void pad(struct buf *out, size_t from, size_t to)
{
    for (; from < to; from++)
        buf_char(out, ' ');
}

static bool is_text(enum report_kind kind)
{
    return report_is_text(kind) || kind == REPORT_TIME;
}

static struct str words_of(
    struct arena *a, const struct report_sheet *sheet, const struct report_row *row, size_t i)
{
    const struct report_column *column = &sheet->table->column[i];
    if (row == NULL)
        return column->label;
    bool total = row >= sheet->total && row < sheet->total + sheet->totals;
    if (total && row->cell[i].none)
        return i == 0 ? S("together") : S("");
    return report_cell_words(a, column, row, i);
}

static void print_row(struct arena *a, struct buf *out, const struct report_sheet *sheet,
    const size_t *width, const struct report_row *row)
{
    for (size_t i = 0; i < sheet->table->columns; i++) {
        struct str words = words_of(a, sheet, row, i);
        size_t gap = width[i] - width_of(words);
        if (!is_text(sheet->table->column[i].kind))
            pad(out, 0, gap);
        buf_add(out, words);
        if (is_text(sheet->table->column[i].kind))
            pad(out, 0, gap);
        buf_fmt(out, "%s", i + 1 < sheet->table->columns ? "  " : "\n");
    }
}

static void widen(
    struct arena *a, const struct report_sheet *sheet, const struct report_row *row, size_t *width)
{
    for (size_t i = 0; i < sheet->table->columns; i++) {
        size_t n = width_of(words_of(a, sheet, row, i));
        width[i] = n > width[i] ? n : width[i];
    }
}

static void print_sheet(struct arena *a, struct buf *out, const struct report_sheet *sheet)
{
    size_t *width = arena_array(a, size_t, sheet->table->columns);
    buf_fmt(out, "\n%.*s\n", SARG(sheet->table->title));
    if (sheet->n == 0) {
        buf_fmt(out, "nothing in this time\n");
        return;
    }
    widen(a, sheet, NULL, width);
    for (size_t i = 0; i < sheet->n; i++)
        widen(a, sheet, &sheet->row[i], width);
    for (size_t i = 0; i < sheet->totals; i++)
        widen(a, sheet, &sheet->total[i], width);
    print_row(a, out, sheet, width, NULL);
    for (size_t i = 0; i < sheet->n; i++)
        print_row(a, out, sheet, width, &sheet->row[i]);
    for (size_t i = 0; i < sheet->totals; i++)
        print_row(a, out, sheet, width, &sheet->total[i]);
}

static void print_words(struct arena *a, struct buf *out, const struct report_answer *k)
{
    buf_fmt(out, "%.*s, %.*s to %.*s\n%.*s\n", SARG(k->report->title),
        SARG(date_text(a, k->ask.from_ms / REPORT_DAY_MS)),
        SARG(date_text(a, k->ask.to_ms / REPORT_DAY_MS - 1)), SARG(k->report->about));
    for (size_t i = 0; i < k->sheets; i++)
        print_sheet(a, out, &k->sheet[i]);
    if (k->report->all_clear.n > 0 && k->sheet[0].n == 0)
        buf_fmt(out, "\n%.*s\n", SARG(k->report->all_clear));
    buf_fmt(out, "\nas of %.*s; days are those of UTC\n", SARG(time_iso(a, k->at_ms)));
}

static enum err report(struct ctx *c, struct args *args, struct buf *out)
{
    struct asked k = { .answer = arena_new(c->arena, struct report_answer) };
    const struct report_sheet *sheet = NULL;
    struct str name, table = S("");
    TRY(args_word(c, args, 0, "NAME", &name));
    args_flag(args, "from", &k.words.from);
    args_flag(args, "to", &k.words.to);
    args_flag(args, "by", &k.words.by);
    args_flag(args, "table", &table);
    TRY(report_named(c, name, &k.report));
    TRY(db_read_long(c, read_report, &k));
    TRY(report_sheet_named(c, k.answer, table, &sheet));
    struct json j = JSON(out);
    if (args->json) {
        report_json(&j, NULL, c->arena, k.answer);
        buf_char(out, '\n');
    } else if (args_flag(args, "csv", NULL)) {
        report_csv(out, sheet);
    } else {
        print_words(c->arena, out, k.answer);
    }
    return E_OK;
}

static const struct command table[] = {
    { "report", "NAME [--from DAY] [--to DAY] [--by day|week|month] [--csv] [--table TABLE]",
        "from= to= by= csv table=", "a report of the business: subscriptions, …",
        "Days are those of UTC, both in it. --csv prints one table of it, the first unless said; "
        "a name that there is not says which there are.",
        COMMAND_READS, 0, report },
};
const struct commands report_commands = { table, ARRAY_LEN(table) };
