#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"

/* Copies: a whole file by SQLite's backup, tables row by row to and from another engine, and what
 * makes a copy one file that survives a power cut. */

/* ---- table by table */

static struct conn *conn_of(struct ctx *c)
{
    return (struct conn *)c->db;
}

static enum err prepare(struct ctx *c, struct str sql, sqlite3_stmt **ret)
{
    sqlite3 *h = conn_of(c)->h;
    if (sqlite3_prepare_v2(h, sql.p, (int)sql.n, ret, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql.p);
    return E_OK;
}

enum err sqlite_copy_columns(struct ctx *c, struct copy_table *table)
{
    enum {
        COLUMNS_MAX = 100
    };
    /* The name comes from our own migrations. */
    struct str sql =
        str_fmt(c->arena, "SELECT name FROM pragma_table_info('%.*s')", SARG(table->name));
    sqlite3_stmt *st = NULL;
    TRY(prepare(c, sql, &st));
    table->column = arena_array(c->arena, struct str, COLUMNS_MAX);
    table->columns = 0;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        must(table->columns < COLUMNS_MAX);
        table->column[table->columns++] =
            str_copy(c->arena, str_of_c((const char *)sqlite3_column_text(st, 0)));
    }
    sqlite3_finalize(st);
    if (rc != SQLITE_DONE)
        return sqlite_failed(c, conn_of(c)->h, sql.p);
    if (table->columns == 0)
        return fail(c, NOT_FOUND, "the database has no table %.*s", SARG(table->name));
    return E_OK;
}

static void add_columns(struct buf *b, const struct copy_table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        buf_fmt(b, "%s%.*s", i == 0 ? "" : ", ", SARG(table->column[i]));
}

enum err sqlite_copy_out(struct ctx *c, const struct copy_table *table,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg)
{
    struct buf sql = BUF(c->arena);
    buf_add(&sql, S("SELECT "));
    add_columns(&sql, table);
    buf_fmt(&sql, " FROM %.*s ORDER BY %.*s", SARG(table->name), SARG(table->column[0]));
    struct db_cell *cells = arena_array(c->arena, struct db_cell, table->columns);
    struct conn *k = conn_of(c);
    sqlite3_stmt *st = NULL;
    TRY(prepare(c, buf_str(&sql), &st));
    k->deadline_us = 0; /* a table takes as long as it takes */
    enum err e = E_OK;
    int rc;
    while (e == E_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (size_t i = 0; i < table->columns; i++)
            cells[i] = sqlite_value(st, (int)i);
        e = row(c, cells, arg);
    }
    if (e == E_OK && rc != SQLITE_DONE)
        e = sqlite_failed(c, k->h, "copying a table");
    sqlite3_finalize(st);
    return e;
}

static enum err must_be_empty(struct ctx *c, const struct copy_table *table)
{
    struct str sql = str_fmt(c->arena, "SELECT 1 FROM %.*s LIMIT 1", SARG(table->name));
    sqlite3_stmt *st = NULL;
    TRY(prepare(c, sql, &st));
    int rc = sqlite3_step(st);
    sqlite3_finalize(st);
    if (rc == SQLITE_ROW)
        return fail(c, CONFLICT, "the table %.*s is not empty; restore wants an empty database",
            SARG(table->name));
    return rc == SQLITE_DONE ? E_OK : sqlite_failed(c, conn_of(c)->h, sql.p);
}

enum err sqlite_copy_in_begin(struct ctx *c, const struct copy_table *table)
{
    TRY(must_be_empty(c, table));
    struct buf sql = BUF(c->arena);
    buf_fmt(&sql, "INSERT INTO %.*s (", SARG(table->name));
    add_columns(&sql, table);
    buf_add(&sql, S(") VALUES ("));
    for (size_t i = 0; i < table->columns; i++)
        buf_fmt(&sql, "%s?%zu", i == 0 ? "" : ", ", i + 1);
    buf_char(&sql, ')');
    sqlite3_finalize(conn_of(c)->copying);
    conn_of(c)->copying = NULL;
    return prepare(c, buf_str(&sql), &conn_of(c)->copying);
}

static int bind(sqlite3_stmt *st, int i, const struct db_cell *cell)
{
    switch (cell->kind) {
    case CELL_NULL:
        return sqlite3_bind_null(st, i);
    case CELL_I64:
        return sqlite3_bind_int64(st, i, cell->i64);
    case CELL_TEXT:
        return sqlite3_bind_text64(st, i, cell->str.p, cell->str.n, SQLITE_STATIC, SQLITE_UTF8);
    case CELL_BYTES:
        return sqlite3_bind_blob64(st, i, cell->str.p, cell->str.n, SQLITE_STATIC);
    }
    never("db_cell: no such kind");
}

enum err sqlite_copy_in_row(struct ctx *c, const struct db_cell *cells)
{
    sqlite3_stmt *st = conn_of(c)->copying;
    int n = sqlite3_bind_parameter_count(st);
    for (int i = 0; i < n; i++)
        must(bind(st, i + 1, &cells[i]) == SQLITE_OK);
    int rc = sqlite3_step(st);
    enum err e = rc == SQLITE_DONE ? E_OK : sqlite_failed(c, conn_of(c)->h, sqlite3_sql(st));
    sqlite3_reset(st);
    return e;
}

/* The numbering goes on above the largest n by itself. */
enum err sqlite_copy_in_end(struct ctx *c)
{
    sqlite3_finalize(conn_of(c)->copying);
    conn_of(c)->copying = NULL;
    return E_OK;
}

/* ---- a file to read from */

enum err sqlite_source_open(struct ctx *c, struct str path, struct store **ret)
{
    struct sqlite_store *s =
        sqlite_store_new(c, &(struct store_options) { .url = path, .inline_pump = true }, path);
    struct conn *k = calloc(1, sizeof *k);
    must(k != NULL);
    *k = (struct conn) { .db = { .store = &s->s } };
    s->pool = k;
    if (sqlite3_open_v2(s->path, &k->h, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        enum err e = fail(c, INVALID_REQUEST, "cannot read %s: %s", s->path,
            k->h == NULL ? "no memory" : sqlite3_errmsg(k->h));
        store_close(&s->s);
        return e;
    }
    sqlite3_db_config(k->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(k->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *ret = &s->s;
    return E_OK;
}

/* ---- a whole file */

static enum err copy_pages(struct ctx *c, sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (b == NULL)
        return sqlite_failed(c, to, "backup");
    int rc;
    while ((rc = sqlite3_backup_step(b, 1000)) == SQLITE_OK) {
        /* In one snapshot nothing can make it begin again. */
    }
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? E_OK : fail(c, INTERNAL, "backup: %s", sqlite3_errstr(rc));
}

static enum err copy_to(struct ctx *c, sqlite3 *from, struct str path)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(str_c(c->arena, path), &to,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    enum err e = E_OK;
    /* Nobody needs it before it is whole and synced: that is sqlite_file_seal's work. */
    if (rc != SQLITE_OK ||
        sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL) !=
            SQLITE_OK)
        e = fail(c, INTERNAL, "cannot write %.*s: %s", SARG(path), sqlite3_errstr(rc));
    if (e == E_OK)
        e = copy_pages(c, from, to);
    sqlite3_close(to);
    return e;
}

static enum err snapshot_to(struct ctx *c, sqlite3 *from, struct str path)
{
    if (sqlite3_exec(from, "BEGIN; SELECT COUNT(*) FROM sqlite_schema", NULL, NULL, NULL) !=
        SQLITE_OK)
        return sqlite_failed(c, from, "a snapshot to copy");
    enum err e = copy_to(c, from, path);
    sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

enum err sqlite_backup(struct ctx *c, struct str path)
{
    struct sqlite_store *s = sqlite_of(c);
    if (s->memory) {
        pthread_mutex_lock(&s->writing);
        enum err e = snapshot_to(c, s->w.h, path);
        pthread_mutex_unlock(&s->writing);
        return e;
    }
    struct conn k = { 0 };
    TRY(sqlite_conn_open(c, s, READER, &k));
    enum err e = snapshot_to(c, k.h, path);
    sqlite_conn_close(&k);
    return e;
}

enum err sqlite_begin_like(struct ctx *c, struct sqlite_store *s, const struct store *like)
{
    const struct sqlite_store *from = (const struct sqlite_store *)like;
    must(s->memory && like->engine == &engine_sqlite && from->memory);
    return copy_pages(c, from->w.h, s->w.h);
}

/* ---- making it last */

static enum err check_and_unite(struct ctx *c, struct str path, struct buf *out)
{
    sqlite3 *h = NULL;
    int rc = sqlite3_open_v2(
        str_c(c->arena, path), &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    enum err e = rc == SQLITE_OK ? sqlite_check_all(c, h, out)
                                 : fail(c, INTERNAL, "%.*s: %s", SARG(path), sqlite3_errstr(rc));
    /* One file, without a WAL beside it, that can be read where nothing can be written. */
    if (e == E_OK && sqlite3_exec(h, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
        e = sqlite_failed(c, h, "journal_mode=DELETE");
    sqlite3_close(h);
    return e;
}

static enum err sync_path(struct ctx *c, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool good = fd >= 0 && !fault(c, "file.sync") && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return good ? E_OK : fail(c, INTERNAL, "cannot sync %s: %s", path, strerror(why));
}

static struct str folder_of(struct arena *a, struct str path)
{
    while (path.n > 0 && path.p[path.n - 1] != '/')
        path.n--;
    return path.n == 0 ? S(".") : str_copy(a, path);
}

enum err sqlite_file_seal(struct ctx *c, struct str part, struct str path, struct buf *out)
{
    TRY(check_and_unite(c, part, out));
    const char *from = str_c(c->arena, part), *to = str_c(c->arena, path);
    TRY(sync_path(c, from, O_RDWR));
    /* Named only now: whoever finds the name finds a whole copy. */
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0)
        return fail(c, INTERNAL, "cannot name the copy %s: %s", to, strerror(errno));
    enum err e = sync_path(c, folder_of(c->arena, path).p, O_RDONLY | O_DIRECTORY);
    if (e != E_OK)
        unlink(to);
    return e;
}
