#ifndef CONSOLE_PERIOD_PAGE_H
#define CONSOLE_PERIOD_PAGE_H

#include "console/console_page.h"

/* The time that a list is about (look.md 3.17): ?period=today, or ?from= and ?to= as days, UTC. */
struct console_period {
    struct str name, from, to; /* as asked, or empty */
    int64_t from_ms, to_ms;    /* from <= t < to; 0: open */
    struct str none;           /* what no period is called; empty: "Any time" */
    struct str words;          /* "1 to 30 November 2026, UTC"; empty: all of it */
};
enum err console_period(struct req *r, struct console_period *ret);
/* Links and the form.  path is the list's, query what else was asked for ("status=paid&"), which
 * the form repeats as hidden fields. */
void console_period_part(
    struct buf *b, const struct console_period *period, struct str path, struct str query);
/* "period=today&", "from=2026-11-01&to=…&" or nothing. */
struct str console_period_query(struct arena *a, const struct console_period *period);

#endif
