#include "db/pg.h"

#include "base/clock.h"

/* Text built at run time, for migrations and copies: not cached, not for the features. */

enum err pg_script(struct ctx *c, struct pg_conn *k, struct str sql)
{
    TRY(pg_begun(c, k));
    TRY(pg_wait(c, k, STATEMENT_MS));
    must(PQexitPipelineMode(k->pg) == 1);
    PGresult *r = PQexec(k->pg, str_c(c->arena, sql));
    ExecStatusType status = PQresultStatus(r);
    enum err e = E_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        e = pg_fail_result(c, r, NULL);
    PQclear(r);
    if (PQstatus(k->pg) != CONNECTION_OK || PQenterPipelineMode(k->pg) != 1)
        return e != E_OK ? e : pg_fail_lost(c, k);
    return e;
}

enum err pg_rows(struct ctx *c, struct pg_conn *k, struct str sql,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg,
    int64_t *ret_rows)
{
    const char *text = str_c(c->arena, sql);
    TRY(pg_begun(c, k));
    TRY(pg_wait(c, k, STATEMENT_MS));
    if (PQsendQueryParams(k->pg, text, 0, NULL, NULL, NULL, NULL, 1) != 1)
        return pg_fail_lost(c, k);
    struct db_stmt st = { .row = 0, .sql = text };
    PGresult *r = NULL, *sync = NULL;
    int64_t until = clock_mono_ms() + STATEMENT_MS;
    if (PQpipelineSync(k->pg) != 1 || !pg_answer(k, until, &r) || !pg_answer(k, until, &sync))
        return pg_fail_lost(c, k);
    PQclear(sync);
    ExecStatusType status = PQresultStatus(r);
    enum err e =
        status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? E_OK : pg_fail_result(c, r, text);
    int columns = PQnfields(r);
    struct db_cell cells[PARAMS_MAX];
    must(columns <= PARAMS_MAX);
    st.result = r;
    *ret_rows = PQntuples(r);
    for (; e == E_OK && st.row < PQntuples(r); st.row++) {
        for (int i = 0; i < columns; i++)
            cells[i] = pg_cell(&st, (size_t)i);
        e = row(c, cells, arg);
    }
    PQclear(r);
    return e;
}

static enum err no_cells(struct ctx *c, const struct db_cell *cells, void *arg)
{
    must(cells != NULL && arg == NULL);
    return c->dead ? E_DEAD : E_OK;
}

enum err pg_number(struct ctx *c, struct pg_conn *k)
{
    int64_t rows = 0;
    return pg_rows(
        c, k, S("SELECT CAST(1 AS BIGINT) FROM pg_current_xact_id()"), no_cells, NULL, &rows);
}

enum err pg_prepare_text(struct ctx *c, struct pg_conn *k, const char *name, struct str sql)
{
    if (k->pg == NULL || PQsendPrepare(k->pg, name, str_c(c->arena, sql), 0, NULL) != 1)
        return pg_fail_lost(c, k);
    pg_owe(k, (struct owed) { .kind = OWED_NOTHING, .c = c, .sql = "a prepared copy" });
    return E_OK;
}

enum err pg_post_prepared(
    struct ctx *c, struct pg_conn *k, const char *name, const struct db_cell *cells, size_t n)
{
    const char *value[PARAMS_MAX];
    int length[PARAMS_MAX], format[PARAMS_MAX];
    must(n <= PARAMS_MAX);
    if (k->pg == NULL)
        return pg_fail_lost(c, k);
    for (size_t i = 0; i < n; i++) {
        /* Numbers as text, so that the server's own column type decides. */
        struct str s = cells[i].kind == CELL_I64
            ? str_fmt(c->arena, "%lld", (long long)cells[i].i64)
            : str_copy(c->arena, cells[i].str);
        value[i] = cells[i].kind == CELL_NULL ? NULL : s.p;
        length[i] = (int)s.n;
        format[i] = cells[i].kind == CELL_BYTES ? 1 : 0;
    }
    if (PQsendQueryPrepared(k->pg, name, (int)n, value, length, format, 1) != 1)
        return pg_fail_lost(c, k);
    pg_owe(k, (struct owed) { .kind = OWED_COUNT, .c = c, .sql = "a copied row", .rows = 1 });
    return E_OK;
}
