#ifndef CONSOLE_SHEET_PAGE_H
#define CONSOLE_SHEET_PAGE_H

#include "base/csv.h"
#include "console/console_page.h"

/* A list as a CSV file: all that fits its filters, read in pieces so that no snapshot is held long.
 * One that would be longer than SHEET_ROWS is refused with a sentence; a file is never cut short
 * without a word. */
enum {
    SHEET_ROWS = 50000,
    SHEET_PIECE = 500
};
struct sheet {
    struct csv csv;
    int64_t after, rows; /* after: the cursor of the last row */
    size_t in_piece;
    const void *filter; /* the list's own */
};
struct sheet_kind {
    struct str name; /* "orders": of the file */
    const struct str *columns;
    size_t n;
    /* In a snapshot: up to SHEET_PIECE rows behind sheet->after, each begun by sheet_row. */
    enum err (*piece)(struct ctx *c, struct sheet *sheet);
};
void sheet_row(struct sheet *sheet, int64_t cursor); /* the row's cells, then csv_end */
/* The handler of a SHAPE_CALL route: reads and answers. */
enum err console_sheet(struct req *r, const struct sheet_kind *kind, const void *filter);
/* "CSV", beside a list's heading; query as for console_older. */
void console_csv_link(struct buf *b, struct str path, struct str query);

#endif
