#ifndef CONSOLE_CONSOLE_DB_H
#define CONSOLE_CONSOLE_DB_H

#include "console/console.h"

/* Orders begun since then: counts, and what was paid by currency. */
enum err console_db_today(struct ctx *c, int64_t since_ms, struct console_today *ret);
enum err console_db_counts(struct ctx *c, struct console_counts *ret);
enum err console_db_backlog(struct ctx *c, struct console_backlog *ret);

#endif
