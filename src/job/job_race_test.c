#include <pthread.h>
#include <stdatomic.h>

#include "base/test.h"
#include "db/db.h"
#include "db/scratch.h"
#include "job/job.h"

/* Several runners at once, as in several servers on one PostgreSQL. */

enum {
    RUNNERS = 4,
    JOBS = 300
};
static _Atomic int runs[JOBS];

static enum err work(struct ctx *c, struct str subject)
{
    int64_t n = 0;
    (void)c;
    must(str_to_i64(subject, &n) && n >= 0 && n < JOBS);
    atomic_fetch_add(&runs[n], 1);
    return E_OK;
}

static const struct job_kind kind[] = { { .name = S_INIT("test_race"), .run = work } };
static const struct job_kinds kinds = { kind, 1 };

struct runner {
    pthread_t thread;
    struct arena arena;
    struct ids ids;
    struct ctx c;
    int64_t ran;
    enum err result;
};

static void *run(void *arg)
{
    struct runner *r = arg;
    for (int64_t ran = 1; r->result == E_OK && ran > 0; r->ran += ran)
        r->result = job_run_due(&r->c, &kinds, 20, &ran);
    return NULL;
}

static enum err add_tx(struct ctx *c, void *arg)
{
    int64_t from = *(int64_t *)arg;
    for (int64_t i = from; i < from + 100; i++)
        TRY(job_add(c, S("test_race"), str_fmt(c->arena, "%lld", (long long)i), c->now_ms));
    return E_OK;
}

static void add_all(struct test *t, struct ctx *c)
{
    for (int64_t i = 0; i < JOBS; i += 100)
        EXPECT_OK(db_tx(c, "test", add_tx, &i));
    for (int i = 0; i < JOBS; i++)
        atomic_store(&runs[i], 0);
}

static void race(struct test *t, struct ctx *c)
{
    struct runner *r = arena_array(t->c->arena, struct runner, RUNNERS);
    int64_t ran = 0;
    add_all(t, c);
    for (size_t i = 0; i < RUNNERS; i++) {
        r[i].ids = ids_of_seed(i);
        r[i].c = ctx_sibling(c, &r[i].arena);
        r[i].c.ids = &r[i].ids;
        r[i].c.faults = NULL;
        EXPECT_I64(pthread_create(&r[i].thread, NULL, run, &r[i]), 0);
    }
    for (size_t i = 0; i < RUNNERS; i++) {
        pthread_join(r[i].thread, NULL);
        EXPECT_OK(r[i].result);
        ran += r[i].ran;
        arena_free(&r[i].arena);
    }
    EXPECT_I64(ran, JOBS);
    for (int i = 0; i < JOBS; i++)
        EXPECT_I64(atomic_load(&runs[i]), 1);
}

TEST("F16 several runners at once run every job, and each job once")
{
    if (db_is_pg(t->c)) {
        race(t, t->c);
        return;
    }
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(t->c, &arena);
    struct str file = scratch_file(&c);
    scratch_open_with(&c, &(struct store_options) { .url = file });
    race(t, &c);
    store_close(c.store);
    scratch_file_remove(&c, file);
    arena_free(&arena);
}
