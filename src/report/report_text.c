#include "base/clock.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/zone.h"
#include "report/report.h"

/* A report as JSON, as CSV, and one cell of it for people. */

bool report_is_text(enum report_kind kind)
{
    return kind == REPORT_TEXT || kind == REPORT_PRODUCT || kind == REPORT_GATEWAY ||
        kind == REPORT_ORDER || kind == REPORT_DAY;
}

static void write_json_cell(
    struct json *j, const struct report_column *column, const struct report_row *row, size_t i)
{
    const struct report_cell *cell = &row->cell[i];
    const char *name = str_c(j->b->arena, column->name);
    if (cell->none) {
        json_raw(j, name, S("null"));
        return;
    }
    switch (column->kind) {
    case REPORT_TEXT:
    case REPORT_PRODUCT:
    case REPORT_GATEWAY:
    case REPORT_ORDER:
        json_str(j, name, cell->s);
        return;
    case REPORT_DAY:
        json_str(j, name, date_text(j->b->arena, cell->i));
        return;
    case REPORT_TIME:
        json_time(j, name, cell->i);
        return;
    case REPORT_MONEY:
        json_money(j, name, (struct money) { cell->i, row->cur });
        return;
    case REPORT_COUNT:
    case REPORT_SHARE:
    case REPORT_MS:
        json_i64(j, name, cell->i);
        return;
    }
    never("a cell is of ten kinds");
}

static void write_json_row(
    struct json *j, const struct report_table *table, const struct report_row *row, bool total)
{
    json_open(j, NULL, '{');
    if (table->money)
        json_str(j, "currency", currency_code(row->cur));
    for (size_t i = 0; i < table->columns; i++)
        if (!total || table->column[i].sum)
            write_json_cell(j, &table->column[i], row, i);
    json_close(j, '}');
}

static void write_json_sheet(struct json *j, struct arena *a, const struct report_sheet *sheet)
{
    json_open(j, str_c(a, sheet->table->name), '{');
    json_str(j, "title", sheet->table->title);
    json_open(j, "rows", '[');
    for (size_t i = 0; i < sheet->n; i++)
        write_json_row(j, sheet->table, &sheet->row[i], false);
    json_close(j, ']');
    json_open(j, "total", '[');
    for (size_t i = 0; i < sheet->totals; i++)
        write_json_row(j, sheet->table, &sheet->total[i], true);
    json_close(j, ']');
    json_close(j, '}');
}

void report_json(struct json *j, const char *name, struct arena *a, const struct report_answer *k)
{
    json_open(j, name, '{');
    json_str(j, "name", k->report->name);
    json_str(j, "title", k->report->title);
    json_str(j, "about", k->report->about);
    json_str(j, "from", date_text(a, k->ask.from_ms / REPORT_DAY_MS));
    json_str(j, "to", date_text(a, k->ask.to_ms / REPORT_DAY_MS - 1));
    json_str(j, "by", report_by_text(k->ask.by));
    json_time(j, "asOf", k->at_ms);
    json_open(j, "tables", '{');
    for (size_t i = 0; i < k->sheets; i++)
        write_json_sheet(j, a, &k->sheet[i]);
    json_close(j, '}');
    json_close(j, '}');
}

/* ---- CSV */

static void write_csv_cell(
    struct csv *csv, const struct report_column *column, const struct report_row *row, size_t i)
{
    const struct report_cell *cell = &row->cell[i];
    if (cell->none) {
        csv_str(csv, S(""));
        return;
    }
    switch (column->kind) {
    case REPORT_TEXT:
    case REPORT_PRODUCT:
    case REPORT_GATEWAY:
    case REPORT_ORDER:
        csv_str(csv, cell->s);
        return;
    case REPORT_DAY:
        csv_str(csv, date_text(csv->b->arena, cell->i));
        return;
    case REPORT_TIME:
        csv_time(csv, cell->i);
        return;
    case REPORT_MONEY:
        csv_money(csv, (struct money) { cell->i, row->cur });
        return;
    case REPORT_COUNT:
    case REPORT_SHARE:
    case REPORT_MS:
        csv_i64(csv, cell->i);
        return;
    }
    never("a cell is of ten kinds");
}

void report_csv(struct buf *out, const struct report_sheet *sheet)
{
    struct csv csv = { .b = out };
    const struct report_table *table = sheet->table;
    if (table->money)
        csv_str(&csv, S("currency"));
    for (size_t i = 0; i < table->columns; i++)
        csv_str(&csv, table->column[i].name);
    csv_end(&csv);
    for (size_t r = 0; r < sheet->n; r++) {
        if (table->money)
            csv_str(&csv, currency_code(sheet->row[r].cur));
        for (size_t i = 0; i < table->columns; i++)
            write_csv_cell(&csv, &table->column[i], &sheet->row[r], i);
        csv_end(&csv);
    }
}

/* ---- for people */

static struct str share_words(struct arena *a, int64_t bps)
{
    int64_t size = bps < 0 ? -bps : bps;
    return str_fmt(
        a, "%s%lld.%02lld%%", bps < 0 ? "−" : "", (long long)(size / 100), (long long)(size % 100));
}

struct str report_cell_words(
    struct arena *a, const struct report_column *column, const struct report_row *row, size_t i)
{
    const struct report_cell *cell = &row->cell[i];
    if (cell->none)
        return S("–");
    switch (column->kind) {
    case REPORT_PRODUCT:
    case REPORT_GATEWAY:
        return cell->shown.n > 0 ? cell->shown : cell->s;
    case REPORT_TEXT:
    case REPORT_ORDER:
        return cell->s;
    case REPORT_DAY:
        return date_text(a, cell->i);
    case REPORT_TIME:
        return cell->i > 0 ? str_fmt(a, "%.*s %.*s", SARG(str_part(time_iso(a, cell->i), 0, 10)),
                                 SARG(str_part(time_iso(a, cell->i), 11, 8)))
                           : S("–");
    case REPORT_MONEY:
        return money_text(a, (struct money) { cell->i, row->cur });
    case REPORT_SHARE:
        return share_words(a, cell->i);
    case REPORT_MS:
        return str_fmt(a, "%.*s ms", SARG(number_text(a, cell->i)));
    case REPORT_COUNT:
        return number_text(a, cell->i);
    }
    never("a cell is of ten kinds");
}
