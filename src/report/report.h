#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/money.h"

/* Questions that the owner of a business asks, each with its answer as tables: one list of reports,
 * one API route, one page, one CSV, one command.  A report reads; it decides nothing.
 *
 * Days are those of UTC, as in the console's overview, so that the same figure is the same figure
 * everywhere; credits (src/credit/report.h) alone count by the days of the business. */

#define REPORT_DAY_MS (INT64_C(24) * 3600 * 1000)

/* What a cell holds: a number in i, or text in s. */
enum report_kind {
    REPORT_TEXT,
    REPORT_PRODUCT, /* an id of the catalogue's: people read its name */
    REPORT_GATEWAY, /* as the API calls it: people read its title */
    REPORT_ORDER,   /* an order's number: leads to its story */
    REPORT_DAY,     /* days since 1970 */
    REPORT_TIME,    /* milliseconds */
    REPORT_COUNT,
    REPORT_MONEY, /* minor units of the row's currency */
    REPORT_SHARE, /* basis points */
    REPORT_MS     /* a duration */
};
struct report_column {
    struct str name, label; /* in JSON and CSV; on the page */
    enum report_kind kind;
    bool sum;        /* the total row adds it up */
    struct str href; /* of the rows behind it: {from} and {to} are the row's days; or empty */
};
struct report_table {
    struct str name, title;
    const struct report_column *column;
    size_t columns;
    bool money;       /* each row is in one currency */
    struct str chart; /* the column that the page draws, where a row is a time; or empty */
};

struct report_cell {
    bool none; /* there is nothing to say: a share of nothing */
    int64_t i;
    struct str s;
    struct str shown; /* to people, in place of s; or empty */
};
struct report_row {
    int64_t from_ms, to_ms; /* what it is about: from <= t < to */
    enum currency cur;
    struct report_cell *cell; /* one for each column */
};
struct report_sheet {
    const struct report_table *table;
    struct arena *arena;            /* of its rows: what fills them may be read in pieces */
    struct report_row *row, *total; /* total: one for each currency, where anything adds up */
    size_t n, totals;
};

enum report_by {
    REPORT_BY_DAY,
    REPORT_BY_WEEK, /* from Monday */
    REPORT_BY_MONTH
};
enum report_usual {
    REPORT_USUAL_MONTH, /* the last 30 days */
    REPORT_USUAL_YEAR,  /* the month that runs and the eleven before it */
    REPORT_USUAL_DAYS,  /* the last 14 days … */
    REPORT_USUAL_WEEKS, /* … 12 weeks … */
    REPORT_USUAL_NOW    /* as it stands: from and to only say which rows are listed */
};
struct report_ask {
    int64_t from_ms, to_ms; /* whole days: from <= t < to */
    enum report_by by;
};
struct report_answer {
    const struct report *report;
    struct report_ask ask;
    int64_t at_ms;
    struct report_sheet *sheet; /* one for each of its tables, then those of others */
    size_t sheets;
};
/* A table of another report, over the same time; as: its name here. */
struct report_also {
    const struct report *report;
    struct str table, as, title;
};
struct report {
    struct str name, title, about; /* about: what its figures mean, in sentences */
    enum report_usual usual;
    enum report_by by;
    bool spans; /* its first table has a row for each day, week or month */
    const struct report_table *table;
    size_t tables;
    enum err (*read)(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets);
    const struct report_also *also; /* those of one report beside each other; at most REPORT_ALSO */
    size_t alsos;
    struct str all_clear; /* what it means that the first table is empty, where that is good news */
};
extern const struct report *const reports[];
extern const size_t reports_n;
const struct report *report_find(struct str name); /* NULL: there is none */

/* In a snapshot.  from and to are days such as 2026-11-01, by a word: empty: the usual.
 * INVALID_REQUEST with a sentence, also for an answer of more than REPORT_ROWS rows. */
enum {
    REPORT_DAYS = 3700,
    REPORT_SPANS = 800, /* days, weeks or months in one answer */
    REPORT_ROWS = 50000,
    REPORT_ALSO = 8,
    REPORT_NAMES = 2000 /* products, coupons, countries … in one table */
};
struct report_words {
    struct str from, to, by;
};
enum err report_make(struct ctx *c, const struct report *report, const struct report_words *words,
    struct report_answer *ret);
/* NOT_FOUND with the names that there are. */
enum err report_named(struct ctx *c, struct str name, const struct report **ret);
/* The table of this name, empty: the first. */
enum err report_sheet_named(struct ctx *c, const struct report_answer *answer, struct str name,
    const struct report_sheet **ret);
struct str report_by_text(enum report_by by);

/* ---- for those who fill sheets */

/* A new row, its cells zero. */
struct report_row *report_row(
    struct report_sheet *sheet, const struct report_ask *about, enum currency cur);
/* The row of this currency whose first cells are these, made when there is none: what is added up
 * by a name.  INVALID_REQUEST when there are too many. */
enum err report_row_of(struct ctx *c, struct report_sheet *sheet, const struct report_ask *about,
    enum currency cur, const struct report_cell *key, size_t keys, struct report_row **ret);
/* Adds to the cells behind these keys. */
void report_add(struct report_row *row, size_t first, const int64_t *more, size_t n);
/* By currency, then by its cells from the first on. */
void report_sort(struct report_sheet *sheet);
/* Is there room for another?  INVALID_REQUEST with a sentence. */
enum err report_room(struct ctx *c, const struct report_sheet *sheet);
void report_cells(struct report_row *row, const struct report_cell *cells, size_t n);
/* The end of the day, week or month that begins at or contains this moment, within what is asked.
 */
int64_t report_span_end(const struct report_ask *ask, int64_t from_ms);
/* Each of them in turn, oldest first. */
enum err report_spans(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct report_ask *span, void *arg), void *arg);
/* part of whole in basis points, half up; none where whole is 0. */
struct report_cell report_share(int64_t part, int64_t whole);
struct report_cell report_count(int64_t n); /* any number */
struct report_cell report_text(struct str s);

/* ---- as text */

bool report_is_text(enum report_kind kind); /* and no figure: a word, or a day */
struct json;
void report_json(struct json *j, const char *name, struct arena *a, const struct report_answer *k);
void report_csv(struct buf *out, const struct report_sheet *sheet);
struct str report_cell_words(
    struct arena *a, const struct report_column *column, const struct report_row *row, size_t i);

struct routes;
struct commands;
extern const struct routes report_routes;     /* GET /api/admin/reports, …/{name} */
extern const struct routes report_pages;      /* /admin/reports, …/{name} */
extern const struct commands report_commands; /* report NAME */

#endif
