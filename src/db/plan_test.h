#ifndef DB_PLAN_TEST_H
#define DB_PLAN_TEST_H

#include "db/db.h"

/* How the engine would run a statement, for whatever parameters: the steps of its plan that read a
 * whole table, or (as far as SQLite says so) a range of one for each row of another, go into out, a
 * line each.  In a snapshot. */
enum err plan_scans(struct ctx *c, const char *sql, struct buf *out);

/* How many tables of its own the statement makes for each row that it writes, which SQLite does for
 * a list of three in an index's WHERE.  In a snapshot; 0 on PostgreSQL. */
enum err plan_tables(struct ctx *c, const char *sql, int64_t *ret);

/* For it: src/db/sqlite_plan_test.c, src/db/pg_plan_test.c. */
enum err sqlite_plan_scans(struct ctx *c, const char *sql, struct buf *out);
enum err pg_plan_scans(struct ctx *c, const char *sql, struct buf *out);

#endif
