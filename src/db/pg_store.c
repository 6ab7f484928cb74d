#include "db/pg.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"

/* The pool and the shape of transactions (engine.md 7): READ COMMITTED, members that look and act
 * share one transaction, whoever fails runs again alone, and a COMMIT whose outcome is unknown is
 * run again on a new connection, which the first statement of every money transaction makes
 * harmless. */

enum {
    SHARED_MAX = 32,
    COMMIT_MS = 10000,
    ACQUIRE_MS = 2000,
    GUARD_MS = 10000,
    GUARD_ALONE_MS = 1000
};

/* Servers hold this lock shared; migrate and restore want it alone. */
#define LOCK_SERVERS "7310871654"
#define LOCK_SCHEMA "7310871655"

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t free_again;
    struct pg_conn *free;
    size_t size;
};

struct pg_store {
    struct store store;
    char *conninfo;
    struct pool writers, readers;
    struct pg_conn *guard; /* holds LOCK_SERVERS */
    pthread_t *thread;
    size_t threads;
    /* COMMITs with an unknown outcome, and how many of these a later one has settled. */
    _Atomic int64_t doubts, settled;
};

static struct pg_store *pg_store(struct store *s)
{
    return (struct pg_store *)s;
}

static void pool_init(struct pg_store *p, struct pool *pool, size_t size, bool writes)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    must(pthread_mutex_init(&pool->lock, NULL) == 0);
    must(pthread_cond_init(&pool->free_again, &attr) == 0);
    pthread_condattr_destroy(&attr);
    pool->size = size;
    for (size_t i = 0; i < size; i++) {
        struct pg_conn *k = pg_conn_new(&p->store, p->conninfo, writes);
        k->next_free = pool->free;
        pool->free = k;
    }
}

static void pool_free(struct pool *pool)
{
    while (pool->free != NULL) {
        struct pg_conn *k = pool->free;
        pool->free = k->next_free;
        pg_conn_free(k);
    }
    pthread_cond_destroy(&pool->free_again);
    pthread_mutex_destroy(&pool->lock);
}

static enum err pool_take(struct ctx *c, struct pool *pool, struct pg_conn **ret)
{
    int64_t until = clock_mono_ms() + ACQUIRE_MS;
    struct timespec at = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
    pthread_mutex_lock(&pool->lock);
    while (pool->free == NULL && clock_mono_ms() < until)
        pthread_cond_timedwait(&pool->free_again, &pool->lock, &at);
    struct pg_conn *k = pool->free;
    if (k != NULL)
        pool->free = k->next_free;
    pthread_mutex_unlock(&pool->lock);
    if (k == NULL)
        return fail_retry_after(c, fail(c, BUSY, "every database connection is in use"), 1);
    *ret = k;
    return E_OK;
}

static void pool_give(struct pool *pool, struct pg_conn *k)
{
    pthread_mutex_lock(&pool->lock);
    k->next_free = pool->free;
    pool->free = k;
    pthread_cond_signal(&pool->free_again);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- one member in a transaction of its own */

static void pause_before_retry(struct ctx *c, int tries)
{
    int64_t ms = random_below(c, (int64_t)2 << (tries < 6 ? tries : 6));
    struct timespec t = { .tv_sec = 0, .tv_nsec = ms * 1000000 };
    if (c->faults == NULL || c->faults->decide == NULL)
        nanosleep(&t, NULL);
}

/* ---- a COMMIT whose outcome is unknown (R87): the body runs again and may find everything done,
 * by a commit that no standby has confirmed.  What writes nothing would be told at once; with a
 * number of its own a transaction leaves a record, and its COMMIT waits behind all that came
 * before.  From a doubt until such a COMMIT, every transaction is numbered. */

static enum err begin(struct ctx *c, struct pg_conn *k)
{
    struct pg_store *p = pg_store(k->db.store);
    TRY(pg_connect(c, k));
    TRY(pg_post(c, k, "BEGIN"));
    k->settles = atomic_load(&p->doubts);
    if (k->settles != atomic_load(&p->settled))
        return pg_number(c, k);
    k->settles = 0;
    return E_OK;
}

static enum err doubt(struct pg_conn *k, enum err e)
{
    pg_disconnect(k);
    atomic_fetch_add(&pg_store(k->db.store)->doubts, 1);
    return e;
}

static enum err commit(struct ctx *c, struct pg_conn *k)
{
    if (crash_point(c, "commit.before") || c->dead)
        return E_DEAD;
    if (fault(c, "db.commit"))
        return fail(c, BUSY, "COMMIT failed (injected)");
    /* Only purser knows how many rows a write must change: a COMMIT in the same flush would be
     * done before it has counted. */
    if (k->owed_n > 0)
        TRY(pg_wait(c, k, STATEMENT_MS));
    enum err e = pg_post(c, k, "COMMIT");
    if (e == E_OK)
        e = pg_wait(c, k, COMMIT_MS);
    if (e != E_OK && k->pg == NULL)
        return doubt(k, e);
    if (e == E_OK && pg_commit_unknown(k))
        return doubt(k, fail(c, BUSY, "PostgreSQL could not say that the commit is durable"));
    if (e == E_OK && fault(c, "db.commit.answer"))
        return doubt(k, fail(c, BUSY, "the answer to COMMIT was lost (injected)"));
    if (crash_point(c, "commit.after"))
        return E_DEAD;
    if (e == E_OK && k->settles != 0)
        atomic_store(&pg_store(k->db.store)->settled, k->settles);
    return e;
}

static enum err run_once(struct pg_conn *k, struct tx *tx)
{
    struct ctx *c = tx->c;
    TRY(begin(c, k));
    enum err e = tx->look == NULL ? E_OK : tx_look(&k->db, tx);
    if (e == E_OK && tx->look != NULL)
        e = pg_wait(c, k, STATEMENT_MS);
    if (e == E_OK)
        e = tx_act(&k->db, tx);
    if (e == E_OK)
        e = commit(c, k);
    if (e != E_OK)
        pg_rollback(c, k);
    return e;
}

static void run_alone(struct pg_conn *k, struct tx *tx)
{
    for (;;) {
        tx->result = run_once(k, tx);
        if (tx->result != E_BUSY || ++tx->tries_ >= TX_TRIES)
            return;
        pause_before_retry(tx->c, tx->tries_);
    }
}

/* ---- several that look and act, in one */

static enum err run_shared(struct pg_conn *k, struct tx **members, size_t n)
{
    struct ctx *first = members[0]->c;
    TRY(begin(first, k));
    for (size_t i = 0; i < n; i++)
        TRY(tx_look(&k->db, members[i]));
    TRY(pg_wait(first, k, STATEMENT_MS));
    for (size_t i = 0; i < n; i++)
        TRY(tx_act(&k->db, members[i]));
    return commit(first, k);
}

static int by_root(const void *a, const void *b)
{
    const struct tx *const *x = a, *const *y = b;
    return ((*x)->root > (*y)->root) - ((*x)->root < (*y)->root);
}

static void batch(struct store *s, struct tx **members, size_t n)
{
    struct pg_store *p = pg_store(s);
    struct pg_conn *k = NULL;
    struct tx *run[SHARED_MAX * 8];
    size_t count = 0;
    must(n <= ARRAY_LEN(run));
    for (size_t i = 0; i < n; i++)
        if (!tx_refused(s, members[i]))
            run[count++] = members[i];
    if (count > 0 && pool_take(run[0]->c, &p->writers, &k) != E_OK) {
        for (size_t i = 0; i < count; i++) {
            run[i]->result = E_BUSY;
            run[i]->c->err = run[0]->c->err;
        }
        count = 0;
    }
    bool shared = count > 1;
    for (size_t i = 0; i < count; i++)
        shared = shared && run[i]->look != NULL;
    if (shared) {
        /* Rows are locked in one order, so that two batches never wait for each other. */
        qsort(run, count, sizeof run[0], by_root);
        enum err e = run_shared(k, run, count);
        if (e != E_OK)
            pg_rollback(run[0]->c, k);
        for (size_t i = 0; i < count; i++)
            run[i]->result = e;
        shared = e == E_OK;
    }
    if (!shared)
        for (size_t i = 0; i < count; i++)
            run_alone(k, run[i]);
    if (k != NULL)
        pool_give(&p->writers, k);
    store_committed(s, members, n);
    for (size_t i = 0; i < n; i++)
        tx_end(s, members[i]);
}

static void *writer(void *arg)
{
    struct store *s = arg;
    struct tx *taken[SHARED_MAX];
    pthread_setname_np(pthread_self(), "writer");
    for (size_t n; (n = queue_take(&s->queue, taken, SHARED_MAX, true)) > 0;)
        batch(s, taken, n);
    return NULL;
}

/* ---- snapshots */

static enum err read_once(struct ctx *c, struct pg_conn *k, int64_t limit_ms,
    enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    TRY(pg_snapshot(c, k, limit_ms));
    k->db.lost = false;
    k->db.tx = NULL;
    c->db = &k->db;
    enum err e = body(c, arg);
    c->db = NULL;
    pg_snapshot_end(c, k);
    return e;
}

static enum err read_snapshot(
    struct ctx *c, int64_t limit_ms, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct pg_store *p = pg_store(c->store);
    struct pg_conn *k = NULL;
    TRY(pool_take(c, &p->readers, &k));
    must(k != NULL);
    bool fresh = k->pg == NULL;
    enum err e = read_once(c, k, limit_ms, body, arg);
    /* A connection that was kept may have died since: that says nothing about the server now. */
    if (e == E_BUSY && k->pg == NULL && !fresh)
        e = read_once(c, k, limit_ms, body, arg);
    pool_give(&p->readers, k);
    return e;
}

/* ---- opening and closing */

/* The URL, with what every connection of ours needs.  Options in the URL win. */
static char *conninfo_of(struct ctx *c, struct str url)
{
    struct buf b = BUF(c->arena);
    buf_add(&b, url);
    buf_char(&b, str_has(url, S("?")) ? '&' : '?');
    buf_add(&b,
        S("application_name=purser&client_encoding=UTF8&connect_timeout=5&keepalives_idle=5"
          "&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=10000"));
    if (!str_has(url, S("target_session_attrs")))
        buf_add(&b, S("&target_session_attrs=read-write"));
    if (!str_has(url, S("options=")))
        buf_add(&b,
            S("&options=-c%20statement_timeout%3D1000%20-c%20lock_timeout%3D5000"
              "%20-c%20idle_in_transaction_session_timeout%3D60000%20-c%20TimeZone%3DUTC"
              "%20-c%20jit%3Doff")); /* it costs a second where a statement may take one */
    char *copy = strdup(str_c(c->arena, buf_str(&b)));
    must(copy != NULL);
    return copy;
}

struct asked {
    struct str text;
    int64_t number;
};

static enum err take_asked(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct asked *a = arg;
    if (cells[0].kind == CELL_I64)
        a->number = cells[0].i64;
    else
        a->text = str_copy(c->arena, cells[0].str);
    return E_OK;
}

static enum err ask_text(struct ctx *c, struct pg_conn *k, struct str sql, struct asked *ret)
{
    int64_t rows = 0;
    return pg_rows(c, k, sql, take_asked, ret, &rows);
}

/* What must be true of a server before money goes there. */
static enum err check_server(struct ctx *c, struct pg_conn *k)
{
    struct asked sync = { 0 }, encoding = { 0 }, version = { 0 };
    TRY(ask_text(c, k, S("SELECT CAST(current_setting('synchronous_commit') AS TEXT)"), &sync));
    if (!str_eq(sync.text, S("on")) && !str_eq(sync.text, S("remote_apply")))
        return fail(c, INVALID_REQUEST,
            "synchronous_commit is %.*s on this PostgreSQL; purser needs on or remote_apply, or"
            " acknowledged payments can be lost",
            SARG(sync.text));
    TRY(ask_text(c, k, S("SELECT CAST(current_setting('server_encoding') AS TEXT)"), &encoding));
    if (!str_eq(encoding.text, S("UTF8")))
        return fail(c, INVALID_REQUEST, "the database's encoding is %.*s; purser needs UTF8",
            SARG(encoding.text));
    TRY(ask_text(
        c, k, S("SELECT CAST(current_setting('server_version_num') AS BIGINT)"), &version));
    if (version.number < 140000)
        return fail(c, INVALID_REQUEST, "this PostgreSQL is version %lld; purser needs 14 or newer",
            (long long)(version.number / 10000));
    return E_OK;
}

/* With patience: a process that has just ended holds its lock until the server has noticed, and
 * a server that starts migrates for a moment. */
static enum err take_guard(struct ctx *c, struct pg_conn *k, bool alone)
{
    int64_t until = clock_mono_ms() + (alone ? GUARD_ALONE_MS : GUARD_MS);
    for (struct asked got = { 0 };; usleep(20 * 1000)) {
        TRY(ask_text(c, k,
            alone ? S("SELECT pg_try_advisory_lock(" LOCK_SERVERS ")")
                  : S("SELECT pg_try_advisory_lock_shared(" LOCK_SERVERS ")"),
            &got));
        if (got.number != 0)
            return E_OK;
        if (clock_mono_ms() >= until)
            break;
    }
    return alone
        ? fail(c, CONFLICT, "a server or command runs on this database; stop it first")
        : fail(c, CONFLICT,
              "this database is being migrated or restored; try again when that has ended");
}

static enum err start_threads(struct ctx *c, struct pg_store *p)
{
    p->thread = calloc(p->writers.size, sizeof *p->thread);
    must(p->thread != NULL);
    for (; p->threads < p->writers.size; p->threads++)
        if (pthread_create(&p->thread[p->threads], NULL, writer, &p->store) != 0)
            return fail(c, INTERNAL, "cannot start a thread for the store");
    return E_OK;
}

static void close_store(struct store *s)
{
    struct pg_store *p = pg_store(s);
    queue_close(&s->queue);
    for (size_t i = 0; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    free(p->thread);
    pool_free(&p->writers);
    pool_free(&p->readers);
    pg_conn_free(p->guard);
    free(p->conninfo);
    store_free(s);
    free(p);
}

static enum err open_store(struct ctx *c, const struct store_options *options, struct store **ret)
{
    struct pg_store *p = calloc(1, sizeof *p);
    must(p != NULL);
    store_init(&p->store, c, &engine_pg, options);
    p->conninfo = conninfo_of(c, options->url);
    size_t all = options->pool > 0 ? (size_t)options->pool : 16;
    size_t readers = all >= 8 ? all / 4 : 1;
    pool_init(p, &p->readers, readers, false);
    pool_init(p, &p->writers, options->inline_pump ? 1 : all > readers ? all - readers : 1, true);
    p->guard = pg_conn_new(&p->store, p->conninfo, true);
    enum err e = pg_connect(c, p->guard);
    if (e == E_OK)
        e = check_server(c, p->guard);
    if (e == E_OK)
        e = take_guard(c, p->guard, options->quiet_schema);
    if (e == E_OK && !options->inline_pump)
        e = start_threads(c, p);
    if (e != E_OK) {
        close_store(&p->store);
        return e;
    }
    *ret = &p->store;
    return E_OK;
}

static struct str describe(const struct store *s, struct arena *a)
{
    const struct pg_store *p = (const struct pg_store *)s;
    PGconn *pg = p->guard->pg;
    if (pg == NULL)
        return S("PostgreSQL");
    int v = PQserverVersion(pg);
    return str_fmt(a, "PostgreSQL %d.%d, database %s at %s:%s", v / 10000, v % 10000, PQdb(pg),
        PQhost(pg), PQport(pg));
}

static enum err nothing_to_check(struct ctx *c, struct buf *out)
{
    /* Pages and keys are PostgreSQL's own business (data checksums, amcheck); what is ours, the
     * ledger and the chain, is checked by their features. */
    (void)c;
    buf_add(out, S("PostgreSQL checks its own pages\n"));
    return E_OK;
}

static enum err wait_all(struct ctx *c)
{
    struct pg_conn *k = pg_conn(c);
    return k->owed_n == 0 ? E_OK : pg_wait(c, k, STATEMENT_MS);
}

static enum err script(struct ctx *c, struct str sql)
{
    return pg_script(c, pg_conn(c), sql);
}

static enum err schema_lock(struct ctx *c)
{
    TRY(pg_post(c, pg_conn(c), "SET LOCAL statement_timeout = 0"));
    return pg_post(c, pg_conn(c), "SELECT pg_advisory_xact_lock(" LOCK_SCHEMA ")");
}

const struct engine engine_pg = {
    .name = "PostgreSQL",
    .pg = true,
    .open = open_store,
    .close = close_store,
    .batch = batch,
    .read = read_snapshot,
    .describe = describe,
    .check = nothing_to_check,
    .alone = pg_alone,
    .start = pg_start,
    .row = pg_row,
    .cell = pg_cell,
    .finish = pg_finish,
    .exec = pg_exec,
    .ask = pg_ask,
    .wait = wait_all,
    .script = script,
    .schema_lock = schema_lock,
    .copy_columns = pg_copy_columns,
    .copy_out = pg_copy_out,
    .copy_in_begin = pg_copy_in_begin,
    .copy_in_row = pg_copy_in_row,
    .copy_in_end = pg_copy_in_end,
};
