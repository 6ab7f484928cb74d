#include "db/crowd_fixture.h"

#include <stdlib.h>

#include "db/db.h"

static void *on_thread(void *arg)
{
    struct crowd *k = arg;
    pthread_barrier_wait(k->start);
    k->act(k);
    return NULL;
}

static void begin(struct test *t, struct crowd *k, bool threads)
{
    k->ids = ids_of_seed((uint64_t)random_below(t->c, INT64_MAX));
    k->c = ctx_sibling(t->c, &k->arena);
    k->c.ids = &k->ids;
    if (!threads)
        k->act(k);
    else
        must(pthread_create(&k->thread, NULL, on_thread, k) == 0);
}

static void end(struct test *t, struct crowd *k, bool threads)
{
    if (threads)
        pthread_join(k->thread, NULL);
    if (k->result != E_OK)
        t->c->err = k->c.err;
    EXPECT_OK(k->result);
}

void crowd_run(struct test *t, void *members, size_t size, size_t n)
{
    bool threads = store_is_pg(t->c->store) || getenv("TEST_STORE") != NULL;
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        struct crowd *k = (struct crowd *)((char *)members + i * size);
        k->nth = (int)i;
        k->start = &start;
        begin(t, k, threads);
    }
    for (size_t i = 0; i < n; i++)
        end(t, (struct crowd *)((char *)members + i * size), threads);
    pthread_barrier_destroy(&start);
    for (size_t i = 0; i < n; i++)
        arena_free(&((struct crowd *)((char *)members + i * size))->arena);
}
