#include "db/sqlite.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

/* Readers: connections that cannot write, each in one snapshot at a time.  Their statements have a
 * deadline, because an old snapshot keeps the log from being reused.
 *
 * To begin and end a snapshot costs as much as a question or two (locks, which are calls of the
 * kernel).  So one that a request has left stays open for the next, if that had arrived before the
 * snapshot began: whatever its sender can have heard of is there.  Under load many wait, and share;
 * who comes later begins anew, and a checkpoint finds none that nobody reads in.
 */

enum {
    DEADLINE_OPS = 1000 /* how often the clock is asked: every so many steps of SQLite's machine */
};

static int past_deadline(void *arg)
{
    const struct conn *k = arg;
    return k->deadline_us != 0 && clock_mono_us() > k->deadline_us;
}

static enum err reader_open(struct ctx *c, struct sqlite_store *s, struct conn *ret)
{
    TRY(sqlite_conn_open(c, s, READER, ret));
    sqlite3_progress_handler(ret->h, DEADLINE_OPS, past_deadline, ret);
    return E_OK;
}

enum err sqlite_readers_open(struct ctx *c, struct sqlite_store *s, int n)
{
    for (int i = 0; i < n; i++) {
        struct conn *k = calloc(1, sizeof *k);
        must(k != NULL);
        enum err e = reader_open(c, s, k);
        if (e != E_OK) {
            free(k);
            return e;
        }
        k->next = s->pool;
        s->pool = k;
    }
    return E_OK;
}

void sqlite_readers_close(struct sqlite_store *s)
{
    if (s->checker_runs) {
        sqlite3_interrupt(s->check.h);
        pthread_join(s->checker, NULL);
        sqlite_conn_close(&s->check);
    }
    for (struct conn *k = s->pool, *next; k != NULL; k = next) {
        next = k->next;
        sqlite_conn_close(k);
        free(k);
    }
    s->pool = NULL;
}

static void end_quietly(struct conn *k)
{
    k->deadline_us = k->since_us = 0;
    must(sqlite3_get_autocommit(k->h) != 0 ||
        sqlite3_exec(k->h, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
}

void sqlite_readers_rest(struct sqlite_store *s)
{
    pthread_mutex_lock(&s->pool_lock);
    s->resting = true;
    for (struct conn *k = s->pool; k != NULL; k = k->next)
        if (k->since_us > 0)
            end_quietly(k);
    pthread_mutex_unlock(&s->pool_lock);
}

void sqlite_readers_wake(struct sqlite_store *s)
{
    pthread_mutex_lock(&s->pool_lock);
    s->resting = false;
    pthread_mutex_unlock(&s->pool_lock);
}

static struct conn *borrow(struct sqlite_store *s)
{
    int64_t end_us = clock_mono_us() + INT64_C(1000) * PATIENCE_MS;
    struct timespec until = { .tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000 };
    int rc = 0;
    pthread_mutex_lock(&s->pool_lock);
    while (s->pool == NULL && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->pool_free, &s->pool_lock, &until);
    struct conn *k = s->pool;
    if (k != NULL)
        s->pool = k->next;
    pthread_mutex_unlock(&s->pool_lock);
    return k;
}

static void give_back(struct sqlite_store *s, struct conn *k)
{
    pthread_mutex_lock(&s->pool_lock);
    if (s->resting && k->since_us > 0)
        end_quietly(k);
    k->next = s->pool;
    s->pool = k;
    pthread_cond_signal(&s->pool_free);
    pthread_mutex_unlock(&s->pool_lock);
}

static enum err begin(struct ctx *c, struct conn *k)
{
    k->deadline_us = 0;
    const int64_t now_us = clock_mono_us();
    TRY(sqlite_word(c, k, "BEGIN")); /* shows what is there when something is read */
    k->since_us = now_us;
    return E_OK;
}

static enum err end(struct ctx *c, struct conn *k)
{
    k->deadline_us = k->since_us = 0;
    return sqlite_word(c, k, "ROLLBACK");
}

static bool is_shared(const struct ctx *c, const struct conn *k)
{
    return c->asked_us > 0 && c->asked_us < k->since_us;
}

static enum err snapshot(
    struct ctx *c, struct conn *k, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    const bool stays = c->asked_us > 0;
    if (!is_shared(c, k)) {
        TRY(k->since_us > 0 ? end(c, k) : E_OK);
        TRY(begin(c, k));
    }
    k->db.lost = false;
    c->db = &k->db;
    enum err e = body(c, arg);
    c->db = NULL;
    if (e == E_OK && k->db.lost)
        e = fail_because(c, INTERNAL, "reading went on after a failure");
    if (stays && e == E_OK)
        return E_OK;
    enum err ended = end(c, k);
    return e != E_OK ? e : ended;
}

/* In memory there is one connection: reads go through it between batches. */
static enum err read_in_memory(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct sqlite_store *s = sqlite_of(c);
    pthread_mutex_lock(&s->writing);
    s->w.db.writes = false;
    c->asked_us = 0;
    enum err e = snapshot(c, &s->w, body, arg);
    s->w.db.writes = true;
    pthread_mutex_unlock(&s->writing);
    return e;
}

enum err sqlite_read(
    struct ctx *c, int64_t limit_ms, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct sqlite_store *s = sqlite_of(c);
    if (s->memory)
        return read_in_memory(c, body, arg);
    struct conn *k = borrow(s);
    if (k == NULL)
        return fail_retry_after(c, fail(c, BUSY, "all readers are in use"), 1);
    k->limit_us = limit_ms * 1000;
    enum err e = snapshot(c, k, body, arg);
    give_back(s, k);
    return e;
}

/* ---- checks */

static enum err check_lines(
    struct ctx *c, sqlite3 *h, const char *sql, struct buf *out, int *ret_bad)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct str line = str_of_c((const char *)sqlite3_column_text(st, 0));
        if (str_eq(line, S("ok")))
            continue;
        buf_fmt(out, "%s: %.*s\n", sql, SARG(line));
        (*ret_bad)++;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? E_OK : sqlite_failed(c, h, sql);
}

enum err sqlite_check_all(struct ctx *c, sqlite3 *h, struct buf *out)
{
    int bad = 0;
    TRY(check_lines(c, h, "PRAGMA quick_check", out, &bad));
    TRY(check_lines(c, h,
        "SELECT \"table\" || ' row ' || IFNULL(rowid, 0) || ' refers to nothing in ' || parent"
        " FROM pragma_foreign_key_check",
        out, &bad));
    return bad == 0 ? E_OK : fail(c, CONFLICT, "the database is damaged: %d findings", bad);
}

/* On a connection of its own: it may take minutes, and holds its snapshot that long. */
enum err sqlite_check(struct ctx *c, struct buf *out)
{
    struct sqlite_store *s = sqlite_of(c);
    if (s->memory) {
        pthread_mutex_lock(&s->writing);
        enum err e = sqlite_check_all(c, s->w.h, out);
        pthread_mutex_unlock(&s->writing);
        return e;
    }
    struct conn k = { 0 };
    TRY(sqlite_conn_open(c, s, READER, &k));
    enum err e = sqlite_check_all(c, k.h, out);
    sqlite_conn_close(&k);
    return e;
}

static void *check_after_start(void *store)
{
    struct sqlite_store *s = store;
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(&s->s.c, &arena);
    struct buf out = BUF(&arena);
    enum err e = sqlite_check_all(&c, s->check.h, &out);
    /* E_BUSY: interrupted, because the store is closing. */
    if (e == E_OK)
        atomic_store(&s->checked, CHECK_GOOD);
    else if (e != E_BUSY) {
        atomic_store(&s->checked, CHECK_BAD);
        store_concern(&s->s, "database damaged", out.n > 0 ? buf_str(&out) : c.err.message);
    }
    arena_free(&arena);
    return NULL;
}

enum err sqlite_checker_start(struct ctx *c, struct sqlite_store *s)
{
    TRY(sqlite_conn_open(c, s, READER, &s->check));
    if (pthread_create(&s->checker, NULL, check_after_start, s) != 0)
        return fail(c, INTERNAL, "cannot start the thread that checks the database");
    s->checker_runs = true;
    return E_OK;
}
