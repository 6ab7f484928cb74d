#ifndef DB_PLAN_TEST_H
#define DB_PLAN_TEST_H

#include "db/db.h"

/* How the engine would run a statement, for whatever parameters: the steps of its plan that read a
 * whole table, or (as far as SQLite says so) a range of one for each row of another, go into out, a
 * line each.  In a snapshot. */
enum err plan_scans(struct ctx *c, const char *sql, struct buf *out);

/* For it: src/db/sqlite_plan_test.c, src/db/pg_plan_test.c. */
enum err sqlite_plan_scans(struct ctx *c, const char *sql, struct buf *out);
enum err pg_plan_scans(struct ctx *c, const char *sql, struct buf *out);

#endif
