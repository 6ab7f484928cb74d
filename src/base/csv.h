#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/money.h"

/* A table as RFC 4180 has it, made to be opened in a spreadsheet: text that such a program would
 * take for a formula gets an apostrophe before it (R62).  Figures are ours and stay figures.
 *
 *   struct csv csv = { .b = &b };
 *   csv_str(&csv, S("Order")); csv_str(&csv, S("Total")); csv_end(&csv); */
struct csv {
    struct buf *b;
    bool in_row;
};
void csv_str(struct csv *csv, struct str s);
void csv_i64(struct csv *csv, int64_t v);
void csv_money(struct csv *csv, struct money m); /* 25.69: the currency is a cell of its own */
void csv_time(struct csv *csv, int64_t ms);      /* 2026-11-20T02:14:07.412Z; 0: empty */
void csv_end(struct csv *csv);                   /* of the row */

#endif
