#include "report/report.h"

#include "base/clock.h"
#include "catalog/catalog.h"
#include "gateway/gateway.h"
#include "report/answers.h"

/* In the order in which the console lists them. */
const struct report *const reports[] = {
#define REPORT(name) &report_##name,
#include "report/report.def"
#undef REPORT
};
const size_t reports_n = ARRAY_LEN(reports);

const struct report *report_find(struct str name)
{
    for (size_t i = 0; i < reports_n; i++)
        if (str_eq(reports[i]->name, name))
            return reports[i];
    return NULL;
}

enum err report_named(struct ctx *c, struct str name, const struct report **ret)
{
    struct buf names = BUF(c->arena);
    *ret = report_find(name);
    if (*ret != NULL)
        return E_OK;
    for (size_t i = 0; i < reports_n; i++) {
        const struct report *r = reports[i];
        must(r != NULL);
        buf_fmt(&names, "%s%.*s", i > 0 ? ", " : "", SARG(r->name));
    }
    return fail(c, NOT_FOUND, "there is no such report; there are %.*s", SARG(buf_str(&names)));
}

/* ---- what is asked */

static const struct str by_words[] = {
    [REPORT_BY_DAY] = S_INIT("day"),
    [REPORT_BY_WEEK] = S_INIT("week"),
    [REPORT_BY_MONTH] = S_INIT("month"),
};

struct str report_by_text(enum report_by by)
{
    return by_words[by];
}

static enum err read_by(struct ctx *c, struct str text, enum report_by *inout)
{
    for (size_t i = 0; i < ARRAY_LEN(by_words); i++)
        if (str_eq(text, by_words[i])) {
            *inout = (enum report_by)i;
            return E_OK;
        }
    return text.n == 0 ? E_OK : fail(c, INVALID_REQUEST, "by is day, week or month");
}

static enum err read_day(struct ctx *c, struct str text, int64_t *inout)
{
    int64_t ms = 0;
    if (text.n == 0)
        return E_OK;
    if (text.n != 10 || !time_parse_iso(text, &ms) || ms < 0)
        return fail(c, INVALID_REQUEST, "from and to are days, such as 2026-11-01");
    *inout = ms;
    return E_OK;
}

static int64_t month_of(int64_t ms, int64_t before)
{
    struct civil at = civil_of_ms(ms);
    int64_t months = at.year * 12 + at.month - 1 - before;
    return ms_of_civil(
        (struct civil) { .year = months / 12, .month = (int)(months % 12) + 1, .day = 1 });
}

static int64_t week_of(int64_t ms)
{
    return ms - civil_of_ms(ms).weekday * REPORT_DAY_MS - ms % REPORT_DAY_MS;
}

/* The last day is in it. */
static int64_t usual_from(enum report_usual usual, int64_t last_ms)
{
    switch (usual) {
    case REPORT_USUAL_YEAR:
        return month_of(last_ms, 11);
    case REPORT_USUAL_DAYS:
        return last_ms - 13 * REPORT_DAY_MS;
    case REPORT_USUAL_WEEKS:
        return week_of(last_ms) - 11 * 7 * REPORT_DAY_MS;
    case REPORT_USUAL_NOW:
        return 0;
    case REPORT_USUAL_MONTH:
        break;
    }
    return last_ms - 29 * REPORT_DAY_MS;
}

static enum err read_ask(struct ctx *c, const struct report *report,
    const struct report_words *words, struct report_ask *ret)
{
    struct report_ask ask = { .by = report->by };
    int64_t last = c->now_ms - c->now_ms % REPORT_DAY_MS;
    TRY(read_by(c, words->by, &ask.by));
    TRY(read_day(c, words->to, &last));
    ask.to_ms = last + REPORT_DAY_MS;
    ask.from_ms = usual_from(report->usual, last);
    TRY(read_day(c, words->from, &ask.from_ms));
    if (ask.from_ms >= ask.to_ms)
        return fail(c, INVALID_REQUEST, "a report begins before it ends: from is after to");
    int64_t days = (ask.to_ms - ask.from_ms) / REPORT_DAY_MS;
    int64_t length = ask.by == REPORT_BY_DAY ? 1 : ask.by == REPORT_BY_WEEK ? 7 : 28;
    if (report->usual != REPORT_USUAL_NOW && (days > REPORT_DAYS || days / length > REPORT_SPANS))
        return fail(c, INVALID_REQUEST,
            "that is too long for one report: at most ten years, and %d days or weeks",
            REPORT_SPANS);
    *ret = ask;
    return E_OK;
}

/* ---- spans */

int64_t report_span_end(const struct report_ask *ask, int64_t from_ms)
{
    int64_t end = from_ms - from_ms % REPORT_DAY_MS + REPORT_DAY_MS;
    if (ask->by == REPORT_BY_WEEK)
        end = week_of(from_ms) + 7 * REPORT_DAY_MS;
    else if (ask->by == REPORT_BY_MONTH)
        end = month_of(from_ms, -1);
    return end < ask->to_ms ? end : ask->to_ms;
}

enum err report_spans(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct report_ask *span, void *arg), void *arg)
{
    struct report_ask span = *ask;
    for (; span.from_ms < ask->to_ms; span.from_ms = span.to_ms) {
        span.to_ms = report_span_end(ask, span.from_ms);
        TRY(each(c, &span, arg));
    }
    return E_OK;
}

/* ---- rows */

enum {
    ROOM = 32
};

struct report_row *report_row(
    struct report_sheet *sheet, const struct report_ask *about, enum currency cur)
{
    /* Room doubles: a power of two is full. */
    if (sheet->n == 0 || (sheet->n >= ROOM && (sheet->n & (sheet->n - 1)) == 0)) {
        size_t room = sheet->n == 0 ? ROOM : 2 * sheet->n;
        struct report_row *more = arena_array(sheet->arena, struct report_row, room);
        for (size_t i = 0; i < sheet->n; i++)
            more[i] = sheet->row[i];
        sheet->row = more;
    }
    struct report_row *row = &sheet->row[sheet->n++];
    *row = (struct report_row) { about->from_ms, about->to_ms, cur,
        arena_array(sheet->arena, struct report_cell, sheet->table->columns) };
    return row;
}

struct report_cell report_share(int64_t part, int64_t whole)
{
    if (whole <= 0)
        return (struct report_cell) { .none = true };
    __int128 twice = (__int128)2 * 10000 * part; /* half away from zero */
    return (
        struct report_cell) { .i = (int64_t)((twice + (part < 0 ? -whole : whole)) / (2 * whole)) };
}

enum err report_room(struct ctx *c, const struct report_sheet *sheet)
{
    if (sheet->n <= REPORT_ROWS)
        return E_OK;
    return fail(c, INVALID_REQUEST, "this report has more than %d rows: choose a shorter time",
        REPORT_ROWS);
}

static bool same(const struct report_cell *a, const struct report_cell *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].i != b[i].i || !str_eq(a[i].s, b[i].s))
            return false;
    return true;
}

enum err report_row_of(struct ctx *c, struct report_sheet *sheet, const struct report_ask *about,
    enum currency cur, const struct report_cell *key, size_t keys, struct report_row **ret)
{
    for (size_t i = 0; i < sheet->n; i++)
        if (sheet->row[i].cur == cur && same(sheet->row[i].cell, key, keys)) {
            *ret = &sheet->row[i];
            return E_OK;
        }
    if (sheet->n == REPORT_NAMES)
        return fail(c, INVALID_REQUEST, "this report has more than %d names: choose a shorter time",
            REPORT_NAMES);
    *ret = report_row(sheet, about, cur);
    for (size_t i = 0; i < keys; i++)
        (*ret)->cell[i] = (struct report_cell) {
            .none = key[i].none, .i = key[i].i, .s = str_copy(sheet->arena, key[i].s)
        };
    return E_OK;
}

void report_add(struct report_row *row, size_t first, const int64_t *more, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row->cell[first + i].i += more[i];
}

static int order_of(const struct report_row *a, const struct report_row *b, size_t columns)
{
    int order = (a->cur > b->cur) - (a->cur < b->cur);
    for (size_t i = 0; order == 0 && i < columns; i++) {
        order = str_cmp(a->cell[i].s, b->cell[i].s);
        if (order == 0)
            order = (a->cell[i].i > b->cell[i].i) - (a->cell[i].i < b->cell[i].i);
    }
    return order;
}

void report_sort(struct report_sheet *sheet)
{
    for (size_t i = 1; i < sheet->n; i++) {
        struct report_row row = sheet->row[i];
        size_t at = i;
        for (; at > 0 && order_of(&sheet->row[at - 1], &row, sheet->table->columns) > 0; at--)
            sheet->row[at] = sheet->row[at - 1];
        sheet->row[at] = row;
    }
}

void report_cells(struct report_row *row, const struct report_cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row->cell[i] = cells[i];
}

struct report_cell report_count(int64_t n)
{
    return (struct report_cell) { .i = n };
}

struct report_cell report_text(struct str s)
{
    return (struct report_cell) { .s = s };
}

/* ---- totals */

static struct report_row *total_of(struct report_sheet *sheet, enum currency cur)
{
    for (size_t i = 0; i < sheet->totals; i++)
        if (sheet->total[i].cur == cur)
            return &sheet->total[i];
    return NULL;
}

static bool adds_up(const struct report_table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        if (table->column[i].sum)
            return true;
    return false;
}

static void add_row(
    const struct report_table *table, const struct report_row *row, struct report_row *total)
{
    for (size_t i = 0; i < table->columns; i++) {
        total->cell[i].none = !table->column[i].sum;
        if (table->column[i].sum)
            total->cell[i].i += row->cell[i].i;
    }
}

static void add_up(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheet)
{
    if (!adds_up(sheet->table))
        return;
    sheet->total = arena_array(c->arena, struct report_row, CUR_COUNT);
    for (size_t i = 0; i < sheet->n; i++) {
        struct report_row *total = total_of(sheet, sheet->row[i].cur);
        if (total == NULL) {
            total = &sheet->total[sheet->totals++];
            *total = (struct report_row) { ask->from_ms, ask->to_ms, sheet->row[i].cur,
                arena_array(c->arena, struct report_cell, sheet->table->columns) };
        }
        add_row(sheet->table, &sheet->row[i], total);
    }
}

static size_t table_of(const struct report *report, struct str name)
{
    for (size_t i = 0; i < report->tables; i++)
        if (str_eq(report->table[i].name, name))
            return i;
    never("a report has no table that another one shows");
}

/* Others' tables, each report read once. */
static enum err read_also(struct ctx *c, const struct report *report, const struct report_ask *ask,
    struct report_sheet *ret)
{
    struct report_sheet *sheets = NULL;
    for (size_t i = 0; i < report->alsos; i++) {
        const struct report_also *also = &report->also[i];
        const struct report *other = also->report;
        struct report_table *table = arena_new(c->arena, struct report_table);
        if (i == 0 || other != report->also[i - 1].report) {
            sheets = arena_array(c->arena, struct report_sheet, other->tables);
            for (size_t k = 0; k < other->tables; k++)
                sheets[k] = (struct report_sheet) { .table = &other->table[k], .arena = c->arena };
            TRY(other->read(c, ask, sheets));
        }
        ret[i] = sheets[table_of(other, also->table)];
        *table = *ret[i].table;
        table->name = also->as;
        table->title = also->title;
        ret[i].table = table;
    }
    return E_OK;
}

/* What people read in place of an id; what has left the catalogue keeps its id. */
static struct str shown(const struct catalog *k, enum report_kind kind, struct str id)
{
    const struct product *p = kind == REPORT_PRODUCT && k != NULL ? catalog_product(k, id) : NULL;
    const struct gateway *g = kind == REPORT_GATEWAY ? gateway_by_id(gateway_by_name(id)) : NULL;
    return p != NULL ? p->name : g != NULL ? g->title : S("");
}

static enum err show(struct ctx *c, struct report_sheet *sheet)
{
    const struct catalog *k = NULL;
    const struct report_table *table = sheet->table;
    enum err e = catalog_now(c, &k);
    if (e != E_OK && e != E_NOT_FOUND)
        return e;
    err_clear(c); /* where nothing was for sale yet there is nothing to name */
    for (size_t i = 0; i < table->columns; i++)
        for (size_t r = 0; r < sheet->n; r++)
            sheet->row[r].cell[i].shown = shown(k, table->column[i].kind, sheet->row[r].cell[i].s);
    return E_OK;
}

enum err report_make(struct ctx *c, const struct report *report, const struct report_words *words,
    struct report_answer *ret)
{
    struct report_answer k = {
        .report = report,
        .at_ms = c->now_ms,
        .sheets = report->tables + report->alsos,
    };
    must(report->alsos <= REPORT_ALSO);
    k.sheet = arena_array(c->arena, struct report_sheet, k.sheets);
    TRY(read_ask(c, report, words, &k.ask));
    for (size_t i = 0; i < report->tables; i++)
        k.sheet[i] = (struct report_sheet) { .table = &report->table[i], .arena = c->arena };
    TRY(report->read(c, &k.ask, k.sheet));
    TRY(read_also(c, report, &k.ask, &k.sheet[report->tables]));
    for (size_t i = 0; i < k.sheets; i++) {
        TRY(report_room(c, &k.sheet[i]));
        TRY(show(c, &k.sheet[i]));
        add_up(c, &k.ask, &k.sheet[i]);
    }
    *ret = k;
    return E_OK;
}

enum err report_sheet_named(struct ctx *c, const struct report_answer *answer, struct str name,
    const struct report_sheet **ret)
{
    for (size_t i = 0; i < answer->sheets; i++)
        if (name.n == 0 || str_eq(answer->sheet[i].table->name, name)) {
            *ret = &answer->sheet[i];
            return E_OK;
        }
    return fail(c, INVALID_REQUEST, "this report has no such table");
}
