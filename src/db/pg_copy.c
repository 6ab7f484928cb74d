#include "db/pg.h"

/* Whole tables, out through a cursor and in through one prepared INSERT, posted in the pipeline
 * and checked every few hundred rows. */

enum {
    FETCH_ROWS = 500,
    POST_ROWS = 500
};

struct names {
    struct copy_table *table;
};

static enum err take_name(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct copy_table *t = ((struct names *)arg)->table;
    must(t->columns < PARAMS_MAX);
    t->column[t->columns++] = str_copy(c->arena, cells[0].str);
    return E_OK;
}

enum err pg_copy_columns(struct ctx *c, struct copy_table *table)
{
    struct names names = { table };
    int64_t rows = 0;
    table->column = arena_array(c->arena, struct str, PARAMS_MAX);
    table->columns = 0;
    /* The name comes from our own migrations. */
    struct str sql = str_fmt(c->arena,
        "SELECT CAST(attname AS TEXT) FROM pg_attribute WHERE attrelid = to_regclass('%.*s')"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        SARG(table->name));
    TRY(pg_rows(c, pg_conn(c), sql, take_name, &names, &rows));
    if (rows == 0)
        return fail(c, NOT_FOUND, "the database has no table %.*s", SARG(table->name));
    return E_OK;
}

static void add_columns(struct buf *b, const struct copy_table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        buf_fmt(b, "%s%.*s", i == 0 ? "" : ", ", SARG(table->column[i]));
}

enum err pg_copy_out(struct ctx *c, const struct copy_table *table,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg)
{
    struct buf declare = BUF(c->arena);
    buf_add(&declare, S("DECLARE copied NO SCROLL CURSOR FOR SELECT "));
    add_columns(&declare, table);
    buf_fmt(&declare, " FROM %.*s ORDER BY %.*s", SARG(table->name), SARG(table->column[0]));
    TRY(pg_script(c, pg_conn(c), buf_str(&declare)));
    struct str fetch = str_fmt(c->arena, "FETCH %d FROM copied", FETCH_ROWS);
    for (int64_t rows = FETCH_ROWS; rows == FETCH_ROWS;)
        TRY(pg_rows(c, pg_conn(c), fetch, row, arg, &rows));
    return pg_script(c, pg_conn(c), S("CLOSE copied"));
}

static enum err count_rows(struct ctx *c, const struct db_cell *cells, void *arg)
{
    (void)c;
    *(int64_t *)arg = cells[0].i64;
    return E_OK;
}

static struct str statement_name(struct ctx *c, const struct pg_copy *copy)
{
    return str_fmt(c->arena, "copy%d", copy->serial);
}

enum err pg_copy_in_begin(struct ctx *c, const struct copy_table *table)
{
    struct pg_copy *copy = &pg_conn(c)->copy;
    int64_t there = 0, rows = 0;
    TRY(pg_script(c, pg_conn(c), S("SET LOCAL statement_timeout = 0")));
    TRY(pg_rows(c, pg_conn(c),
        str_fmt(c->arena, "SELECT COUNT(*) FROM (SELECT 1 FROM %.*s LIMIT 1) AS found",
            SARG(table->name)),
        count_rows, &there, &rows));
    if (there > 0)
        return fail(c, CONFLICT, "the table %.*s is not empty; restore wants an empty database",
            SARG(table->name));
    /* Triggers judge whole statements; these rows were judged when they were written. */
    TRY(pg_script(c, pg_conn(c),
        str_fmt(c->arena, "ALTER TABLE %.*s DISABLE TRIGGER USER", SARG(table->name))));
    *copy = (struct pg_copy) { .table = table, .serial = copy->serial + 1 };
    struct buf sql = BUF(c->arena);
    buf_fmt(&sql, "INSERT INTO %.*s (", SARG(table->name));
    add_columns(&sql, table);
    buf_add(&sql, S(") VALUES ("));
    for (size_t i = 0; i < table->columns; i++)
        buf_fmt(&sql, "%s$%zu", i == 0 ? "" : ", ", i + 1);
    buf_char(&sql, ')');
    return pg_prepare_text(c, pg_conn(c), statement_name(c, copy).p, buf_str(&sql));
}

enum err pg_copy_in_row(struct ctx *c, const struct db_cell *cells)
{
    struct pg_copy *copy = &pg_conn(c)->copy;
    TRY(pg_post_prepared(c, pg_conn(c), statement_name(c, copy).p, cells, copy->table->columns));
    return ++copy->rows % POST_ROWS == 0 ? pg_wait(c, pg_conn(c), STATEMENT_MS) : E_OK;
}

enum err pg_copy_in_end(struct ctx *c)
{
    const struct copy_table *t = pg_conn(c)->copy.table;
    TRY(pg_wait(c, pg_conn(c), STATEMENT_MS));
    TRY(pg_script(
        c, pg_conn(c), str_fmt(c->arena, "ALTER TABLE %.*s ENABLE TRIGGER USER", SARG(t->name))));
    if (!str_eq(t->column[0], S("n")))
        return E_OK;
    /* The numbering goes on above what was copied.  A key given by hand has no sequence: setval
     * of NULL does nothing. */
    return pg_script(c, pg_conn(c),
        str_fmt(c->arena,
            "SELECT setval(pg_get_serial_sequence('%.*s', 'n'),"
            " (SELECT COALESCE(MAX(n), 0) + 1 FROM %.*s), false)",
            SARG(t->name), SARG(t->name)));
}
