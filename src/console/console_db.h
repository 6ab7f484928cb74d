#ifndef CONSOLE_CONSOLE_DB_H
#define CONSOLE_CONSOLE_DB_H

#include "console/console.h"

enum err console_db_counts(struct ctx *c, struct console_counts *ret);
enum err console_db_backlog(struct ctx *c, struct console_backlog *ret);

#endif
