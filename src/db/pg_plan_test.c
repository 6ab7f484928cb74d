#include "db/pg.h"
#include "db/plan_test.h"

/* A planner that is told never to read a whole table does it only where it must. */

static enum err nothing(struct ctx *c, const struct db_cell *cells, void *arg)
{
    (void)cells, (void)arg;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_line(struct ctx *c, const struct db_cell *cells, void *arg)
{
    if (str_has(cells[0].str, S("Seq Scan")))
        buf_fmt(arg, "%.*s\n", SARG(cells[0].str));
    return c->dead ? E_DEAD : E_OK;
}

static int parameters(struct arena *a, const char *sql)
{
    int n = 0;
    while (n < PARAMS_MAX && str_has(str_of_c(sql), str_fmt(a, "$%d", n + 1)))
        n++;
    return n;
}

enum err pg_plan_scans(struct ctx *c, const char *sql, struct buf *out)
{
    struct pg_conn *k = pg_conn(c);
    int64_t rows = 0, one = 0;
    struct buf b = BUF(c->arena);
    /* A snapshot begins with its first statement, and what is set before it is set for nobody. */
    TRY(db_one(c, "SELECT CAST(1 AS BIGINT)", DB_NO_IN, DB_OUT(out_i64(&one))));
    buf_add(&b, S("EXPLAIN EXECUTE planned"));
    int n = parameters(c->arena, sql);
    for (int i = 0; i < n; i++)
        buf_add(&b, i == 0 ? S("(NULL") : S(", NULL"));
    if (n > 0)
        buf_char(&b, ')');
    TRY(pg_post(c, k, "SET LOCAL enable_seqscan = off"));
    TRY(pg_post(c, k, "SET LOCAL plan_cache_mode = force_generic_plan"));
    TRY(pg_rows(c, k, str_fmt(c->arena, "PREPARE planned AS %s", sql), nothing, NULL, &rows));
    TRY(pg_rows(c, k, buf_str(&b), take_line, out, &rows));
    return pg_rows(c, k, S("DEALLOCATE planned"), nothing, NULL, &rows);
}
