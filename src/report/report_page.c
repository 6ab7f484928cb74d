#include "base/clock.h"
#include "base/zone.h"
#include "console/console_page.h"
#include "console/period_page.h"
#include "console/sheet_page.h"
#include "report/asked.h"
#include "web/part.h"

/* /admin/reports, and each of them. */

enum {
    PAGE_ROWS = 500,
    TILES_MOST = 8,
    BARS_LEAST = 7,
    BARS_MOST = 41
};

static enum err list(struct req *r)
{
    struct buf *b = NULL;
    TRY(console_open(
        r, &(struct console_head) { .title = S("Reports"), .here = S("/admin/reports") }, &b));
    html(b, "<h1>Reports</h1>\n<ul class=\"links card\">");
    for (size_t i = 0; i < reports_n; i++)
        html(b, "<li><a href=\"/admin/reports/", reports[i]->name, "\">", reports[i]->title,
            "</a><p class=\"small muted\">", reports[i]->about, "</p></li>");
    html(b, "</ul>\n");
    console_close(r);
    return E_OK;
}

/* ---- what was asked for */

struct asked {
    const struct report *report;
    struct console_period period;
    struct report_words words;
    struct str table, path;
};

static struct str day_of(struct arena *a, int64_t ms)
{
    return ms > 0 ? date_text(a, ms / REPORT_DAY_MS) : S("");
}

static enum err read_asked(struct req *r, struct asked *ret)
{
    struct asked k = { .report = NULL };
    struct arena *a = r->c->arena;
    TRY(report_named(r->c, r->params[0], &k.report));
    TRY(report_asked(r, &k.words, &k.table));
    TRY(console_period(r, &k.period));
    k.period.none = S("Usual period");
    k.words.from = day_of(a, k.period.from_ms);
    k.words.to = day_of(a, k.period.to_ms - 1);
    k.path = str_fmt(a, "/admin/reports/%.*s", SARG(k.report->name));
    *ret = k;
    return E_OK;
}

static struct str by_query(struct arena *a, const struct asked *k)
{
    return k->words.by.n > 0 ? str_fmt(a, "by=%.*s&", SARG(url_encode(a, k->words.by))) : S("");
}

/* ---- the page */

static void write_by(struct buf *b, const struct asked *k, enum report_by by)
{
    static const struct {
        enum report_by by;
        struct str words;
    } each[] = { { REPORT_BY_DAY, S_INIT("By day") }, { REPORT_BY_WEEK, S_INIT("By week") },
        { REPORT_BY_MONTH, S_INIT("By month") } };
    struct part_link links[ARRAY_LEN(each)];
    struct str period = console_period_query(b->arena, &k->period);
    for (size_t i = 0; i < ARRAY_LEN(each); i++)
        links[i] = (struct part_link) { str_fmt(b->arena, "%.*s?%.*sby=%.*s", SARG(k->path),
                                            SARG(period), SARG(report_by_text(each[i].by))),
            each[i].words };
    part_segment(b, S("Rows"), links, ARRAY_LEN(links), (size_t)by);
}

/* "{from}" and "{to}" of the row's own days. */
static struct str href_of(
    struct arena *a, const struct report_column *column, const struct report_row *row)
{
    struct buf out = BUF(a);
    struct str rest = column->href, before;
    while (str_cut(rest, '{', &before, &rest)) {
        struct str name;
        buf_add(&out, before);
        str_cut(rest, '}', &name, &rest);
        buf_add(&out, day_of(a, str_eq(name, S("from")) ? row->from_ms : row->to_ms - 1));
    }
    buf_add(&out, before);
    return buf_str(&out);
}

static struct str link_of(
    struct arena *a, const struct report_sheet *sheet, const struct report_row *row, size_t i)
{
    const struct report_column *column = &sheet->table->column[i];
    if (column->kind == REPORT_ORDER)
        return str_fmt(a, "/admin/orders/%.*s", SARG(row->cell[i].s));
    if (row->cell[i].i == 0) /* there are no rows behind nothing */
        return S("");
    return column->href.n > 0 ? href_of(a, column, row) : S("");
}

static void write_row(struct part_compare *k, const struct report_sheet *sheet,
    const struct report_row *row, bool total)
{
    struct arena *a = k->b->arena;
    const struct report_table *table = sheet->table;
    struct str first = total ? S("Together") : report_cell_words(a, &table->column[0], row, 0);
    struct str href = total ? S("") : link_of(a, sheet, row, 0);
    if (href.n > 0)
        part_compare_row_link(k, href, first.n > 0 ? first : S("None"));
    else
        part_compare_row(k, first.n > 0 ? first : S("None"));
    for (size_t i = 1; i < table->columns; i++) {
        struct str words =
            total && row->cell[i].none ? S("") : report_cell_words(a, &table->column[i], row, i);
        href = total ? S("") : link_of(a, sheet, row, i);
        if (href.n > 0)
            part_compare_link(k, href, words);
        else
            part_compare_cell(k, words);
    }
}

static void write_table(struct buf *b, const struct asked *k, const struct report_sheet *sheet)
{
    const struct report_table *table = sheet->table;
    struct part_column *column = arena_array(b->arena, struct part_column, table->columns);
    for (size_t i = 0; i < table->columns; i++) {
        enum report_kind kind = table->column[i].kind;
        column[i] = (struct part_column) {
            .label = table->column[i].label,
            .number = !report_is_text(kind),
        };
    }
    html(b, "<div class=\"stack\"><div class=\"row apart\"><h2 id=\"", table->name, "\">",
        table->title, "</h2>");
    console_csv_link(b, str_fmt(b->arena, "/admin/csv/reports/%.*s", SARG(k->report->name)),
        str_fmt(b->arena, "%.*s%.*stable=%.*s", SARG(console_period_query(b->arena, &k->period)),
            SARG(by_query(b->arena, k)), SARG(table->name)));
    html(b, "</div>\n");
    if (sheet->n == 0) {
        html(b, "<p class=\"muted\">Nothing in this time.</p></div>\n");
        return;
    }
    struct part_compare figures = part_figures_open(b, table->title, column, table->columns);
    for (size_t i = 0; i < sheet->n && i < PAGE_ROWS; i++)
        write_row(&figures, sheet, &sheet->row[i], false);
    for (size_t i = 0; i < sheet->totals; i++)
        write_row(&figures, sheet, &sheet->total[i], true);
    part_compare_close(&figures);
    if (sheet->n > PAGE_ROWS)
        html(b, "<p class=\"small muted\">The first ", number_text(b->arena, PAGE_ROWS), " of ",
            number_text(b->arena, (int64_t)sheet->n), " rows; the file has all of them.</p>");
    html(b, "</div>\n");
}

/* ---- the chart */

static size_t column_of(const struct report_table *table, struct str name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (str_eq(table->column[i].name, name))
            return i;
    return table->columns;
}

static struct str bar_words(struct arena *a, int64_t ms, enum report_by by)
{
    struct str day = time_day(a, ms), number, rest, month, year;
    str_cut(day, ' ', &number, &rest);
    str_cut(rest, ' ', &month, &year);
    month = str_part(month, 0, 3);
    return by == REPORT_BY_MONTH ? str_fmt(a, "%.*s %.*s", SARG(month), SARG(year))
                                 : str_fmt(a, "%.*s %.*s", SARG(number), SARG(month));
}

static void write_chart(struct buf *b, const struct report_answer *answer,
    const struct report_sheet *sheet, enum currency cur)
{
    struct arena *a = b->arena;
    const size_t column = column_of(sheet->table, sheet->table->chart);
    struct part_bar bar[BARS_MOST];
    size_t n = 0, most = 0;
    for (size_t i = 0; i < sheet->n && n < BARS_MOST; i++) {
        const struct report_row *row = &sheet->row[i];
        if (row->cur != cur)
            continue;
        bar[n] =
            (struct part_bar) { bar_words(a, row->from_ms, answer->ask.by), row->cell[column].i };
        most = bar[n].minor > bar[most].minor ? n : most;
        n++;
    }
    if (n < BARS_LEAST || n == BARS_MOST || bar[most].minor <= 0)
        return;
    struct str title = sheet->table->column[column].label;
    struct report_cell cell = { .i = bar[most].minor };
    struct report_row row = { .cur = cur, .cell = &cell };
    struct str words = report_cell_words(a, &sheet->table->column[column], &row, 0);
    struct str finding = str_fmt(a, "The most was %.*s, %.*s.", SARG(words), SARG(bar[most].label));
    part_chart(b,
        &(struct part_chart) { .id = str_fmt(a, "chart-%d", (int)cur),
            .title = sheet->table->money
                ? str_fmt(a, "%.*s, %.*s", SARG(title), SARG(currency_code(cur)))
                : title,
            .finding = finding,
            .described = finding,
            .cur = sheet->table->column[column].kind == REPORT_MONEY ? cur : CUR_NONE,
            .bar = bar,
            .n = n });
    html(b, "\n");
}

/* The page's one figure in each currency: what its column adds up to, or ended with. */
static void write_tiles(struct buf *b, const struct report_answer *answer)
{
    const struct report_sheet *sheet = &answer->sheet[0];
    const size_t at = column_of(sheet->table, sheet->table->chart);
    if (at == sheet->table->columns || sheet->totals == 0)
        return;
    const struct report_column *column = &sheet->table->column[at];
    part_tiles_open(b);
    for (size_t i = 0; i < sheet->totals && i < TILES_MOST; i++) {
        const struct report_row *row = &sheet->total[i];
        for (size_t j = 0; !column->sum && j < sheet->n; j++)
            if (sheet->row[j].cur == row->cur)
                row = &sheet->row[j];
        part_tile(b,
            &(struct part_tile) { .label = column->label,
                .figure = report_cell_words(b->arena, column, row, at),
                .below = sheet->table->money ? currency_code(row->cur) : S("") });
    }
    part_tiles_close(b);
    html(b, "\n");
}

static void write_charts(struct buf *b, const struct report_answer *answer)
{
    const struct report_sheet *sheet = &answer->sheet[0];
    if (sheet->table->chart.n == 0)
        return;
    for (size_t i = 0; i < sheet->totals; i++)
        write_chart(b, answer, sheet, sheet->total[i].cur);
}

/* What stands now has no time. */
static void write_time(struct buf *b, const struct asked *k, const struct report_answer *answer)
{
    html(b, "<div class=\"stack tight\">\n");
    if (k->report->usual != REPORT_USUAL_NOW)
        console_period_part(b, &k->period, k->path, by_query(b->arena, k));
    if (k->report->spans)
        write_by(b, k, answer->ask.by);
    html(b, "<p class=\"small muted\">");
    if (k->report->usual != REPORT_USUAL_NOW)
        html(b, day_of(b->arena, answer->ask.from_ms), " to ",
            day_of(b->arena, answer->ask.to_ms - 1), ". ");
    html(b, "As of ");
    part_time_exact(b, answer->at_ms);
    html(b, ".</p>\n</div>\n");
}

static enum err one(struct req *r)
{
    struct asked k;
    struct report_answer answer;
    struct buf *b = NULL;
    TRY(read_asked(r, &k));
    TRY(report_make(r->c, k.report, &k.words, &answer));
    TRY(console_open(
        r, &(struct console_head) { .title = k.report->title, .here = S("/admin/reports") }, &b));
    console_crumb(b, S("/admin/reports"), S("Reports"));
    html(b, "<h1>", k.report->title, "</h1>\n<p>", k.report->about, "</p>\n");
    write_time(b, &k, &answer);
    if (k.report->all_clear.n > 0 && answer.sheet[0].n == 0) {
        part_note_open(b, &(struct part_note) { .tone = TONE_OK, .icon = ICON_CHECK });
        html(b, "<p>", k.report->all_clear, "</p>");
        part_note_close(b);
    }
    write_tiles(b, &answer);
    write_charts(b, &answer);
    for (size_t i = 0; i < answer.sheets; i++)
        write_table(b, &k, &answer.sheet[i]);
    console_close(r);
    return E_OK;
}

static enum err csv(struct req *r)
{
    struct asked k;
    struct report_answer answer;
    const struct report_sheet *sheet = NULL;
    TRY(read_asked(r, &k));
    TRY(report_make(r->c, k.report, &k.words, &answer));
    TRY(report_sheet_named(r->c, &answer, k.table, &sheet));
    report_give_csv(r, &answer, sheet);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/reports", SHAPE_READ, NULL, list, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what can be reported." },
    { "GET", "/admin/reports/{name}", SHAPE_READ, NULL, one, NULL, 0, LOOKS,
        ROUTE_PAGE | ROUTE_LONG, 0, "The console: a report." },
    { "GET", "/admin/csv/reports/{name}", SHAPE_READ, NULL, csv, NULL, 0, LOOKS,
        ROUTE_PAGE | ROUTE_LONG, 0, "The console: a table of a report as a file." },
};
const struct routes report_pages = { table, ARRAY_LEN(table) };
