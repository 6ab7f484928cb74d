#include "base/fault.h"
#include "db/db.h"
#include "job/job.h"
#include "operation/operation_play.h"

/* The crash table of engine.md 4, row by row: where the process dies, what is left, who goes on. */

struct death {
    const char *point;
    bool planned;  /* something is left */
    bool answered; /* and it is the answer */
    int calls;     /* in all, with one and the same key */
};
static const struct death deaths[] = {
    { "operation.plan.before_commit", false, false, 1 },
    { "operation.plan.after_commit", true, false, 1 },
    { "operation.call.before", true, false, 1 },
    { "operation.call.after", true, false, 2 },
    { "operation.record.before_commit", true, false, 2 },
    { "operation.record.after_commit", true, true, 1 },
};

static enum err pay(struct ctx *c, struct play *play, const char *key, struct operation_run *run)
{
    struct operation_key k = play_key_of(c, key, 5);
    struct play_work *work = arena_new(c->arena, struct play_work);
    *work = (struct play_work) { .play = play, .amount = 5 };
    operation_run_start(c, run, &play_kind, &k, work);
    return operation_run_all(c, run);
}

/* The process dies at the point, in its own ctx; what it had in memory is gone. */
static void die_at(struct test *t, struct play *play, const char *point, const char *key)
{
    struct arena arena = { 0 };
    struct faults faults;
    struct ctx mortal = ctx_sibling(t->c, &arena);
    struct operation_run run;
    faults_off(&faults);
    faults.crash_at = point;
    faults.crash_countdown = 0;
    mortal.faults = &faults;
    EXPECT_I64(pay(&mortal, play, key, &run), E_DEAD);
    EXPECT(faults.crashed);
    arena_free(&arena);
}

static const struct job_kind job_kind[] = { { .name = S_INIT("operation_resume"),
    .run = play_resume } };
static const struct job_kinds jobs = { job_kind, 1 };

/* On SQLite the start ends all leases; another server on PostgreSQL has to wait for their end. */
static void boot(struct test *t)
{
    store_reboot(t->c->store);
    EXPECT_OK(job_start(t->c, &jobs));
    EXPECT_OK(operation_end_leases(t->c));
    if (db_is_pg(t->c))
        t->c->now_ms += 91 * 1000;
}

static void check_one_effect(struct test *t, const struct play *play, int64_t order_n, int calls)
{
    struct play_count count;
    int64_t made = 0;
    for (size_t i = 0; i < PLAY_KEYS; i++)
        made += play->key[i].order_n == order_n ? play->key[i].calls : 0;
    EXPECT_I64(made, calls);
    EXPECT_I64(play_charged(play, order_n), 1);
    EXPECT_I64(play_keys_used(play, order_n), 1);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.orders, order_n);
    EXPECT_I64(count.effects, order_n);
    EXPECT_I64(count.most_effects, 1);
    EXPECT_I64(count.open, 0);
}

TEST("R13 F1 wherever the process dies, the client's retry goes on with the same attempt")
{
    struct play play = { .decide = play_says };
    EXPECT_OK(play_open(t->c, &play));
    for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
        const struct death *d = &deaths[i];
        struct operation_run run;
        die_at(t, &play, d->point, d->point);
        boot(t);
        EXPECT_OK(pay(t->c, &play, d->point, &run));
        EXPECT_I64(run.answer.status, 200);
        EXPECT_I64(run.answer.replayed, d->answered);
        struct str body = run.answer.body;
        EXPECT_OK(pay(t->c, &play, d->point, &run));
        EXPECT(run.answer.replayed);
        EXPECT_STR(run.answer.body, body);
        check_one_effect(t, &play, (int64_t)i + 1, d->calls);
    }
}

TEST("R13 F1 wherever the process dies, the job finishes alone what it had begun")
{
    struct play play = { .decide = play_says };
    int64_t order_n = 0;
    EXPECT_OK(play_open(t->c, &play));
    for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
        const struct death *d = &deaths[i];
        struct operation_run run;
        int64_t ran = 0;
        die_at(t, &play, d->point, d->point);
        boot(t);
        EXPECT_OK(job_run_due(t->c, &jobs, 100, &ran));
        EXPECT_I64(ran, d->planned && !d->answered ? 1 : 0);
        if (d->planned)
            check_one_effect(t, &play, ++order_n, d->calls);
        EXPECT_OK(job_run_due(t->c, &jobs, 100, &ran));
        EXPECT_I64(ran, 0);
        if (!d->planned)
            continue;
        EXPECT_OK(pay(t->c, &play, d->point, &run));
        EXPECT(run.answer.replayed);
        check_one_effect(t, &play, order_n, d->calls);
    }
    struct operation_run run;
    EXPECT_OK(
        pay(t->c, &play, deaths[0].point, &run)); /* that one left nothing: it begins afresh */
    EXPECT(!run.answer.replayed);
}

TEST("the job leaves alone what somebody is at, and looks again")
{
    struct play play = { .decide = play_says };
    struct arena arena = { 0 };
    struct ctx other = ctx_sibling(t->c, &arena);
    struct operation_key k = play_key_of(&other, "k", 5);
    struct play_work work = { .play = &play, .amount = 5 };
    struct operation_run run;
    int64_t ran = 0, due = 0;
    EXPECT_OK(play_open(t->c, &play));
    operation_run_start(&other, &run, &play_kind, &k, &work);
    EXPECT_OK(db_tx(&other, "test", operation_plan_tx, &run));
    /* Due at the lease's end, but meanwhile the client has come back and renewed it. */
    t->c->now_ms += 90 * 1000;
    struct ctx third = ctx_sibling(t->c, &arena);
    struct operation_run again;
    struct play_work work3 = { .play = &play, .amount = 5 };
    operation_run_start(&third, &again, &play_kind, &k, &work3);
    EXPECT_OK(db_tx(&third, "test", operation_plan_tx, &again));
    EXPECT_OK(job_run_due(t->c, &jobs, 100, &ran));
    EXPECT_I64(ran, 1);
    EXPECT_I64(play.key[1].calls, 0);
    EXPECT_OK(job_next_due(t->c, &due));
    EXPECT_I64(due, t->c->now_ms + 30 * 1000);
    EXPECT_OK(operation_run_all(&third, &again));
    EXPECT_OK(job_next_due(t->c, &due));
    EXPECT_I64(due, INT64_MAX);
    arena_free(&arena);
}

TEST("R15 the job keeps asking while the gateway does not say what became of it")
{
    struct play play = { .decide = play_says, .answer = { PLAY_LOSES_ANSWER } };
    struct operation_run run;
    int64_t ran = 0, due = 0;
    EXPECT_OK(play_open(t->c, &play));
    EXPECT_FAIL(pay(t->c, &play, "k", &run), GATEWAY_UNAVAILABLE);
    for (int i = 0; i < 5; i++) {
        EXPECT_OK(job_next_due(t->c, &due));
        t->c->now_ms = due;
        EXPECT_OK(job_run_due(t->c, &jobs, 100, &ran));
        EXPECT_I64(ran, 1);
    }
    play.answer[0] = PLAY_CHARGES;
    EXPECT_OK(job_next_due(t->c, &due));
    t->c->now_ms = due;
    EXPECT_OK(job_run_due(t->c, &jobs, 100, &ran));
    EXPECT_I64(play.key[1].calls, 7);
    check_one_effect(t, &play, 1, 7);
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT(run.answer.replayed);
}
