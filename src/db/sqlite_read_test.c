#include "base/clock.h"
#include "base/test.h"
#include "db/scratch.h"
#include "db/sqlite.h"

#include <pthread.h>

/* Snapshots that requests share: who arrived before one began may read in it, nobody else. */

struct file {
    struct ctx c;
    struct str url;
};

static void file_open(struct test *t, struct file *f, bool threads)
{
    *f = (struct file) { .c = ctx_sibling(t->c, t->c->arena), .url = scratch_file(t->c) };
    const struct store_options options = { .url = f->url, .inline_pump = !threads, .readers = 2 };
    scratch_open_with(&f->c, &options);
    scratch_tables(&f->c, "CREATE TABLE thing (number BIGINT NOT NULL);\n");
}

static void file_close(struct test *t, struct file *f)
{
    store_close(f->c.store);
    scratch_file_remove(t->c, f->url);
}

static enum err put(struct ctx *c, void *arg)
{
    return db_exec(c, 1, "INSERT INTO thing (number) VALUES ($1)", DB_IN(in_i64(*(int64_t *)arg)));
}

static enum err newest(struct ctx *c, void *arg)
{
    return db_one(c, "SELECT COALESCE(MAX(number), 0) FROM thing", DB_NO_IN, DB_OUT(out_i64(arg)));
}

static void put_number(struct test *t, struct file *f, int64_t number)
{
    EXPECT_OK(db_tx(&f->c, "put", put, &number));
}

/* What a request sees that arrived then. */
static int64_t seen_by(struct test *t, struct file *f, int64_t asked_us)
{
    int64_t n = -1;
    f->c.asked_us = asked_us;
    EXPECT_OK(db_read(&f->c, newest, &n));
    EXPECT_I64(f->c.asked_us, 0);
    return n;
}

static int open_snapshots(struct file *f)
{
    int n = 0;
    for (struct conn *k = ((struct sqlite_store *)f->c.store)->pool; k != NULL; k = k->next)
        n += k->since_us > 0 && sqlite3_get_autocommit(k->h) == 0;
    return n;
}

static int64_t after(int64_t us)
{
    int64_t now = us;
    while (now <= us)
        now = clock_mono_us();
    return now;
}

/* Two moments are told apart only where they are microseconds apart: this one is over, and began
 * after all that was before. */
static int64_t moment(void)
{
    int64_t now = after(clock_mono_us());
    after(now);
    return now;
}

TEST("requests that had arrived when a snapshot began share it, and who comes later has a new one")
{
    struct file f;
    file_open(t, &f, false);
    put_number(t, &f, 1);
    int64_t early = moment();
    EXPECT_I64(seen_by(t, &f, early), 1);
    EXPECT_I64(open_snapshots(&f), 1);
    put_number(t, &f, 2); /* answered to nobody who asked early */
    EXPECT_I64(seen_by(t, &f, early), 1);
    EXPECT_I64(seen_by(t, &f, moment()), 2);
    EXPECT_I64(seen_by(t, &f, early), 2);
    file_close(t, &f);
}

TEST("what is no request's first look has a snapshot of its own, and leaves none open")
{
    struct file f;
    file_open(t, &f, false);
    int64_t early = moment(), n = 0;
    EXPECT_I64(seen_by(t, &f, early), 0);
    f.c.asked_us = early;
    put_number(t, &f, 1); /* by the same request: it has to see it */
    EXPECT_OK(db_read(&f.c, newest, &n));
    EXPECT_I64(n, 1);
    EXPECT_I64(open_snapshots(&f), 0);
    file_close(t, &f);
}

static enum err read_badly(struct ctx *c, void *arg)
{
    TRY(newest(c, arg));
    return fail(c, NOT_FOUND, "not here");
}

TEST("a snapshot that somebody failed in is shared with nobody")
{
    struct file f;
    file_open(t, &f, false);
    int64_t n = 0;
    f.c.asked_us = moment();
    EXPECT(db_read(&f.c, read_badly, &n) == E_NOT_FOUND);
    EXPECT_I64(open_snapshots(&f), 0);
    file_close(t, &f);
}

TEST("a checkpoint waits for no snapshot that nobody reads in")
{
    struct file f;
    file_open(t, &f, false);
    put_number(t, &f, 1);
    seen_by(t, &f, moment());
    put_number(t, &f, 2);
    EXPECT_I64(open_snapshots(&f), 1);
    sqlite_checkpoint((struct sqlite_store *)f.c.store, SQLITE_CHECKPOINT_TRUNCATE);
    EXPECT_I64(open_snapshots(&f), 0);
    EXPECT_I64(((struct sqlite_store *)f.c.store)->wal_frames, 0);
    EXPECT_I64(seen_by(t, &f, moment()), 2);
    file_close(t, &f);
}

/* ---- while somebody writes */

enum {
    READERS = 3,
    WRITES = 150
};

struct race {
    struct file *f;
    _Atomic int64_t answered; /* the newest number whose commit was answered */
    _Atomic int64_t stale, looks;
};

static void *ask_all_the_time(void *arg)
{
    struct race *r = arg;
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(&r->f->c, &arena);
    c.faults = NULL; /* which are one thread's */
    while (atomic_load(&r->answered) < WRITES) {
        int64_t known = atomic_load(&r->answered), n = -1;
        c.asked_us = clock_mono_us();
        if (db_read(&c, newest, &n) != E_OK || n < known)
            atomic_fetch_add(&r->stale, 1);
        atomic_fetch_add(&r->looks, 1);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

TEST("nobody who asks after a commit was answered reads what was before it")
{
    struct file f;
    struct race r = { .f = &f };
    pthread_t reader[READERS];
    file_open(t, &f, true);
    for (int i = 0; i < READERS; i++)
        must(pthread_create(&reader[i], NULL, ask_all_the_time, &r) == 0);
    for (int64_t i = 1; i <= WRITES; i++) {
        put_number(t, &f, i);
        atomic_store(&r.answered, i);
    }
    for (int i = 0; i < READERS; i++)
        pthread_join(reader[i], NULL);
    EXPECT(atomic_load(&r.looks) >= READERS);
    EXPECT_I64(atomic_load(&r.stale), 0);
    file_close(t, &f);
}
