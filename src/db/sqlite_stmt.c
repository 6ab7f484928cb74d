#include "db/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* A prepared statement stays with its connection.  When each() of db_each starts the text that is
 * already running, a twin is made, and kept too. */
struct db_stmt {
    sqlite3_stmt *h;
    struct conn *conn;
    const char *sql;
    struct db_stmt *twin;
    size_t params, columns;
    bool readonly, running;
};

static bool blank(char ch)
{
    return ch == ' ' || ch == '\n' || ch == '\t';
}

static bool ends_with_lock(struct str s, size_t *ret_at)
{
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    struct str lock = S("FOR UPDATE");
    if (s.n <= lock.n || !str_ends(s, lock) || !blank(s.p[s.n - lock.n - 1]))
        return false;
    *ret_at = s.n - lock.n;
    return true;
}

/* Both engines take the same text, but SQLite counts $2 … $1 by first use, so numbers are spelled
 * ?1; and its writer is alone, so there is nothing to lock. */
struct str sqlite_text(struct arena *a, const char *sql)
{
    struct str s = str_of_c(sql);
    size_t at = 0;
    if (ends_with_lock(s, &at))
        s.n = at;
    char *p = arena_alloc(a, s.n + 1);
    char quote = 0;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (quote == 0 && (ch == '\'' || ch == '"'))
            quote = ch;
        else if (quote == ch)
            quote = 0;
        p[i] = quote == 0 && ch == '$' ? '?' : ch;
    }
    return (struct str) { p, s.n };
}

enum err sqlite_failed(struct ctx *c, sqlite3 *h, const char *sql)
{
    const char *why = sqlite3_errmsg(h);
    int code = sqlite3_extended_errcode(h);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_NOTNULL || code == SQLITE_CONSTRAINT_DATATYPE)
            return fail(c, INTERNAL, "%s: %s", why, sql);
        return fail(c, CONFLICT, "%s: %s", why, sql);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_FULL:
        return fail_retry_after(c, fail(c, BUSY, "%s: %s", why, sql), 1);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(c, STORE_CORRUPT, "%s: %s", why, sql);
    default:
        return fail(c, INTERNAL, "SQLite %d, %s: %s", code, why, sql);
    }
}

enum err sqlite_prepare(struct ctx *c, struct conn *k, const char *sql, struct db_stmt **ret)
{
    struct arena scratch = { 0 };
    struct str text = sqlite_text(&scratch, sql);
    sqlite3_stmt *h = NULL;
    const char *rest = NULL;
    int rc =
        sqlite3_prepare_v3(k->h, text.p, (int)text.n + 1, SQLITE_PREPARE_PERSISTENT, &h, &rest);
    bool whole = rc == SQLITE_OK && h != NULL && *rest == '\0';
    arena_free(&scratch);
    if (rc != SQLITE_OK)
        return sqlite_failed(c, k->h, sql);
    must(whole); /* one statement */
    struct db_stmt *st = malloc(sizeof *st);
    must(st != NULL);
    *st = (struct db_stmt) {
        .h = h,
        .conn = k,
        .sql = sql,
        .params = (size_t)sqlite3_bind_parameter_count(h),
        .columns = (size_t)sqlite3_column_count(h),
        .readonly = sqlite3_stmt_readonly(h) != 0,
    };
    *ret = st;
    return E_OK;
}

void sqlite_drop(void *stmt)
{
    for (struct db_stmt *st = stmt, *twin; st != NULL; st = twin) {
        twin = st->twin;
        must(!st->running);
        sqlite3_finalize(st->h);
        free(st);
    }
}

static enum err prepared(struct ctx *c, struct conn *k, const char *sql, struct db_stmt **ret)
{
    struct cached *slot = cache_slot(&k->cache, sql);
    struct db_stmt *st = slot->value;
    while (st != NULL && st->running)
        st = st->twin;
    if (st == NULL) {
        TRY(sqlite_prepare(c, k, sql, &st));
        must(st != NULL);
        st->twin = slot->value;
        slot->value = st;
    }
    *ret = st;
    return E_OK;
}

static int bind_one(sqlite3_stmt *h, int i, const struct db_in *in)
{
    if (in->kind == DB_IN_NULL)
        return sqlite3_bind_null(h, i);
    if (in->kind == DB_IN_I64)
        return sqlite3_bind_int64(h, i, in->i64);
    struct str s = db_in_str(in);
    return in->kind == DB_IN_TEXT ? sqlite3_bind_text64(h, i, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8)
                                  : sqlite3_bind_blob64(h, i, s.p, s.n, SQLITE_STATIC);
}

enum err sqlite_start(
    struct ctx *c, const char *sql, struct db_ins in, size_t columns, struct db_stmt **ret)
{
    struct conn *k = (struct conn *)c->db;
    struct db_stmt *st = NULL;
    TRY(prepared(c, k, sql, &st));
    must(st->params == in.n && st->columns == columns);
    must(st->readonly || k->db.writes);
    for (size_t i = 0; i < in.n; i++)
        must(bind_one(st->h, (int)i + 1, &in.v[i]) == SQLITE_OK);
    st->running = true;
    if (k->limit_us > 0)
        k->deadline_us = clock_mono_us() + k->limit_us;
    *ret = st;
    return E_OK;
}

enum err sqlite_row(struct ctx *c, struct db_stmt *st, bool *ret_row)
{
    int rc = sqlite3_step(st->h);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        enum err e = sqlite_failed(c, st->conn->h, st->sql);
        int kind = rc & 0xff;
        if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_IOERR)
            store_concern(st->conn->db.store, "database damaged", c->err.message);
        return e;
    }
    *ret_row = rc == SQLITE_ROW;
    return E_OK;
}

struct db_cell sqlite_value(sqlite3_stmt *h, int i)
{
    int type = sqlite3_column_type(h, i);
    if (type == SQLITE_NULL)
        return (struct db_cell) { .kind = CELL_NULL };
    if (type == SQLITE_INTEGER)
        return (struct db_cell) { .kind = CELL_I64, .i64 = sqlite3_column_int64(h, i) };
    /* A float, which no column of ours holds, shows as text and fits nothing but text. */
    const void *p =
        type == SQLITE_BLOB ? sqlite3_column_blob(h, i) : (const void *)sqlite3_column_text(h, i);
    return (struct db_cell) {
        .kind = type == SQLITE_BLOB ? CELL_BYTES : CELL_TEXT,
        .str = { p == NULL ? "" : p, (size_t)sqlite3_column_bytes(h, i) },
    };
}

struct db_cell sqlite_cell(const struct db_stmt *st, size_t column)
{
    return sqlite_value(st->h, (int)column);
}

/* What was bound lies with the caller and may soon be gone; every start binds all anew. */
void sqlite_finish(struct ctx *c, struct db_stmt *st)
{
    must(c->db == &st->conn->db && st->running);
    sqlite3_reset(st->h);
    st->running = false;
}

enum err sqlite_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in)
{
    struct db_stmt *st = NULL;
    TRY(sqlite_start(c, sql, in, 0, &st));
    must(!st->readonly);
    bool row = false;
    enum err e = sqlite_row(c, st, &row);
    int64_t changed = sqlite3_changes64(st->conn->h);
    sqlite_finish(c, st);
    TRY(e);
    return db_count(c, sql, rows, changed);
}

int sqlite_run(struct db_stmt *st)
{
    int rc = sqlite3_step(st->h);
    sqlite3_reset(st->h);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

enum err sqlite_word(struct ctx *c, struct conn *k, const char *sql)
{
    struct db_stmt *st = NULL;
    TRY(prepared(c, k, sql, &st));
    return sqlite_run(st) == SQLITE_OK ? E_OK : sqlite_failed(c, k->h, sql);
}

enum err sqlite_script(struct ctx *c, struct str sql)
{
    struct conn *k = (struct conn *)c->db;
    must(k->db.writes);
    const char *text = str_c(c->arena, sql);
    if (sqlite3_exec(k->h, text, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_failed(c, k->h, "migration");
    return E_OK;
}
