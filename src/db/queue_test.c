#include "base/test.h"
#include "db/engine.h"

/* Two lanes, first come first served (engine.md 6 and 7). */

enum {
    MANY = 64
};

static enum err nothing(struct ctx *c, void *arg)
{
    (void)c;
    (void)arg;
    return E_OK;
}

static void push(struct queue *q, struct tx *tx, size_t from, size_t to, bool job)
{
    for (size_t i = from; i < to; i++) {
        tx[i].job = job;
        queue_push(q, &tx[i]);
    }
}

static size_t jobs_among(struct tx **taken, size_t n)
{
    size_t jobs = 0;
    for (size_t i = 0; i < n; i++)
        jobs += taken[i]->job ? 1 : 0;
    return jobs;
}

TEST("jobs are at most a quarter of a batch, and never starve")
{
    struct queue q;
    struct tx tx[MANY] = { 0 }, *taken[MANY];
    queue_init(&q);
    push(&q, tx, 0, 24, true);
    push(&q, tx, 24, 64, false);
    EXPECT_I64((int64_t)queue_length(&q), 64);
    EXPECT_I64((int64_t)queue_take(&q, taken, 16, false), 16);
    EXPECT_I64((int64_t)jobs_among(taken, 16), 4);
    EXPECT(taken[0] == &tx[24] && taken[11] == &tx[35] && taken[12] == &tx[0]);
    EXPECT_I64((int64_t)queue_take(&q, taken, 2, false), 2);
    EXPECT_I64((int64_t)jobs_among(taken, 2), 1);
    EXPECT_I64((int64_t)queue_take(&q, taken, MANY, false), 43);
    EXPECT_I64((int64_t)jobs_among(taken, 43), 16);
    EXPECT_I64((int64_t)queue_take(&q, taken, MANY, false), 3);
    queue_close(&q);
    EXPECT_I64((int64_t)queue_take(&q, taken, MANY, false), 0);
    queue_free(&q);
}

TEST("members that look and act share a batch unless they have one root")
{
    struct queue q;
    struct tx tx[8] = { 0 }, *taken[8];
    queue_init(&q);
    static const uint64_t roots[] = { 1, 2, 1, 0, 3, 2 };
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        tx[i].root = roots[i];
        tx[i].look = i == 3 ? NULL : nothing;
    }
    push(&q, tx, 0, 6, false);
    EXPECT_I64((int64_t)queue_take(&q, taken, 8, true), 3);
    EXPECT(taken[0] == &tx[0] && taken[1] == &tx[1] && taken[2] == &tx[4]);
    EXPECT_I64((int64_t)queue_take(&q, taken, 8, true), 2);
    EXPECT(taken[0] == &tx[2] && taken[1] == &tx[5]);
    EXPECT_I64((int64_t)queue_take(&q, taken, 8, true), 1);
    EXPECT(taken[0] == &tx[3]);
    queue_close(&q);
    EXPECT_I64((int64_t)queue_take(&q, taken, 8, true), 0);
    queue_free(&q);
}

TEST("who takes one by one looks at the jobs every fourth time")
{
    struct queue q;
    struct tx tx[16] = { 0 }, *taken[1];
    size_t jobs = 0;
    queue_init(&q);
    push(&q, tx, 0, 8, true);
    push(&q, tx, 8, 16, false);
    for (size_t i = 0; i < 8; i++)
        jobs += jobs_among(taken, queue_take(&q, taken, 1, true));
    EXPECT_I64((int64_t)jobs, 2);
    for (size_t i = 0; i < 8; i++)
        queue_take(&q, taken, 1, true);
    EXPECT_I64((int64_t)queue_length(&q), 0);
    queue_free(&q);
}
