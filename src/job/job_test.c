#include "job/job.h"

#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "failure/failure.h"

/* What the test's jobs did and shall do. */
static struct {
    int runs;
    enum code fails; /* CODE_NONE: they succeed */
    struct str quoting;
    int64_t retry_after_s;
    struct str ran; /* subjects in order */
    struct str add_again;
    int64_t add_again_ms;
    struct ctx *other; /* R17: the runner that goes on while this one sleeps */
    bool wakes_well;
} play;

static enum err add_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return job_add(c, S("test_work"), play.add_again, play.add_again_ms);
}

static enum err work(struct ctx *c, struct str subject)
{
    play.runs++;
    must(c->db == NULL && str_starts(c->actor, S("job:test_")));
    play.ran = str_copy(play.other != NULL ? play.other->arena : c->arena, subject);
    if (play.add_again.n > 0)
        TRY(db_tx_job(c, "test", add_tx, NULL));
    if (play.fails == CODE_NONE)
        return E_OK;
    enum err e = fail_at(
        c, play.fails, false, __FILE__, __LINE__, "as the test wants%.*s", SARG(play.quoting));
    return fail_retry_after(c, e, play.retry_after_s);
}

enum {
    SECOND = 1000,
    HOUR = 3600 * SECOND
};

static const struct job_kind kinds[] = {
    { .name = S_INIT("test_work"), .run = work, .first_retry_ms = 10 * SECOND },
    { .name = S_INIT("test_brief"), .run = work, .park_after_ms = 2 * HOUR },
    { .name = S_INIT("test_standing"), .run = work, .every_ms = 5 * SECOND },
};
static const struct job_kinds all = { kinds, 2 };
static const struct job_kinds with_standing = { kinds, 3 };

struct adding {
    const char *kind, *subject;
    int64_t due_ms;
};

static enum err adding_tx(struct ctx *c, void *arg)
{
    struct adding *a = arg;
    return job_add(c, str_of_c(a->kind), str_of_c(a->subject), a->due_ms);
}

static void add(struct test *t, const char *kind, const char *subject, int64_t in_ms)
{
    struct adding a = { kind, subject, t->c->now_ms + in_ms };
    EXPECT_OK(db_tx(t->c, "test", adding_tx, &a));
}

static int64_t run(struct test *t)
{
    int64_t ran = 0;
    EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
    return ran;
}

static void begin(struct test *t)
{
    play.runs = 0;
    play.fails = CODE_NONE;
    play.quoting = S("");
    play.retry_after_s = 0;
    play.add_again = S("");
    play.other = NULL;
    EXPECT_I64(run(t), 0);
}

struct seen {
    int64_t n;
    struct job last;
};

static enum err see(struct ctx *c, const struct job *job, void *arg)
{
    struct seen *seen = arg;
    (void)c;
    seen->n++;
    seen->last = *job;
    return E_OK;
}

static enum err list_tx(struct ctx *c, void *arg)
{
    return job_list(c, -1, 0, 100, see, arg);
}

static struct seen look(struct test *t)
{
    struct seen seen = { .n = 0 };
    EXPECT_OK(db_read(t->c, list_tx, &seen));
    return seen;
}

static enum err about_ord_1(struct ctx *c, void *arg)
{
    return job_of_subject(c, S("ord_1"), see, arg);
}

static struct job ord_1(struct test *t)
{
    struct seen seen = { .n = 0 };
    EXPECT_OK(db_read(t->c, about_ord_1, &seen));
    EXPECT_I64(seen.n, 1);
    return seen.last;
}

TEST("a job runs when it is due, once, and is gone")
{
    begin(t);
    add(t, "test_work", "ord_1", 60 * SECOND);
    EXPECT_I64(run(t), 0);
    int64_t due = 0;
    EXPECT_OK(job_next_due(t->c, &due));
    EXPECT_I64(due, t->c->now_ms + 60 * SECOND);
    t->c->now_ms += 60 * SECOND;
    EXPECT_I64(run(t), 1);
    EXPECT_I64(play.runs, 1);
    EXPECT_I64(run(t), 0);
    EXPECT_I64(look(t).n, 0);
    EXPECT_OK(job_next_due(t->c, &due));
    EXPECT_I64(due, INT64_MAX);
}

static enum err add_and_fail(struct ctx *c, void *arg)
{
    TRY(adding_tx(c, arg));
    return fail(c, INVALID_REQUEST, "undo this");
}

TEST("R35 a job is there when its deed is, and only then")
{
    begin(t);
    struct adding a = { "test_work", "ord_1", t->c->now_ms };
    EXPECT_FAIL(db_tx(t->c, "test", add_and_fail, &a), INVALID_REQUEST);
    EXPECT_I64(run(t), 0);
    EXPECT_OK(db_tx(t->c, "test", adding_tx, &a));
    EXPECT_I64(run(t), 1);
}

TEST("adding the same job again moves it to the earlier time, and it stays one")
{
    begin(t);
    add(t, "test_work", "ord_1", 60 * SECOND);
    add(t, "test_work", "ord_1", 90 * SECOND);
    EXPECT_I64(look(t).last.due_ms, t->c->now_ms + 60 * SECOND);
    add(t, "test_work", "ord_1", 30 * SECOND);
    EXPECT_I64(look(t).last.due_ms, t->c->now_ms + 30 * SECOND);
    EXPECT_I64(look(t).n, 1);
    add(t, "test_brief", "ord_1", 0);
    EXPECT_I64(look(t).n, 2);
}

TEST("R78 a failing job comes back later and later, at most an hour apart, with jitter")
{
    begin(t);
    play.fails = CODE_GATEWAY_UNAVAILABLE;
    add(t, "test_work", "ord_1", 0);
    int64_t pause = 10 * SECOND;
    for (int i = 0; i < 14; i++) {
        EXPECT(run(t) >= 1);
        struct job job = ord_1(t);
        int64_t wait = job.due_ms - t->c->now_ms;
        EXPECT(wait >= pause / 2 && wait <= pause);
        EXPECT_I64(job.tries, i + 1);
        EXPECT_STR(job.last_error, S("GATEWAY_UNAVAILABLE: as the test wants"));
        pause = pause * 2 < HOUR ? pause * 2 : HOUR;
        t->c->now_ms = job.due_ms;
    }
    play.fails = CODE_NONE;
    run(t);
    EXPECT_I64(play.runs, 15);
}

TEST("a failure that quotes a stranger's bytes is stored all the same")
{
    begin(t);
    add(t, "test_work", "ord_1", 0);
    play.fails = CODE_GATEWAY_UNAVAILABLE;
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S(" \xff"));
    while (b.n < 600)
        buf_add(&b, S("\u00e9")); /* the limit falls into one of them */
    play.quoting = buf_str(&b);
    EXPECT_I64(run(t), 1);
    struct str error = ord_1(t).last_error;
    EXPECT(str_starts(error, S("GATEWAY_UNAVAILABLE: as the test wants ?\u00e9")));
    EXPECT(error.n <= 500);
}

TEST("what the other side asks for is waited for")
{
    begin(t);
    play.fails = CODE_GATEWAY_UNAVAILABLE;
    play.retry_after_s = 120;
    add(t, "test_work", "ord_1", 0);
    EXPECT_I64(run(t), 1);
    EXPECT_I64(look(t).last.due_ms, t->c->now_ms + 120 * SECOND);
}

static enum err facts_tx(struct ctx *c, void *arg)
{
    return db_one(
        c, "SELECT COUNT(*) FROM fact WHERE kind = 'JOB_PARKED'", DB_NO_IN, DB_OUT(out_i64(arg)));
}

static enum err parked_tx(struct ctx *c, void *arg)
{
    return job_list(c, JOB_PARKED, 0, 100, see, arg);
}

static enum err subject_tx(struct ctx *c, void *arg)
{
    struct seen *seen = arg;
    return job_of_subject(
        c, str_fmt(c->arena, "job_parked:%.*s", SARG(job_id(c->arena, &seen->last))), see, seen);
}

static enum err keep_counted(struct ctx *c, const struct failure *f, void *arg)
{
    *(struct failure *)arg = *f;
    return c->dead ? E_DEAD : E_OK;
}

static enum err counted_tx(struct ctx *c, void *arg)
{
    return failure_list(c, &(struct failure_filter) { .limit = 10 }, keep_counted, arg);
}

TEST("R22 a job that keeps failing is parked, alerted and on record, never silent")
{
    begin(t);
    play.fails = CODE_INTERNAL;
    add(t, "test_brief", "ord_1", 0);
    int64_t end = t->c->now_ms + 2 * HOUR, parked = 0;
    for (int i = 0; i < 40 && t->c->now_ms < end; i++) {
        run(t);
        struct job job = look(t).last;
        EXPECT_I64(job.state, JOB_WAITING);
        t->c->now_ms = job.due_ms;
    }
    run(t);
    struct seen seen = { .n = 0 };
    EXPECT_OK(db_read(t->c, parked_tx, &seen));
    EXPECT_I64(seen.n, 1);
    EXPECT_OK(db_read(t->c, facts_tx, &parked));
    EXPECT_I64(parked, 1);
    EXPECT_OK(db_read(t->c, subject_tx, &seen));
    EXPECT_STR(seen.last.kind, JOB_ALERT);
    EXPECT_I64(seen.n, 2);
    struct failure counted = { .n = 0 };
    EXPECT_OK(db_read(t->c, counted_tx, &counted));
    EXPECT(counted.kind == MISHAP_JOB && counted.count == 1);
    EXPECT_STR(counted.place, S("test_brief"));
    /* Nothing runs it now, until somebody adds it again. */
    int runs = play.runs;
    t->c->now_ms += 100 * HOUR;
    run(t);
    EXPECT_I64(play.runs, runs);
    play.fails = CODE_NONE;
    add(t, "test_brief", "ord_1", 0);
    run(t);
    EXPECT_I64(play.runs, runs + 1);
}

static enum err wake_tx(struct ctx *c, void *arg)
{
    struct job *job = arg;
    struct id id;
    must(id_parse(S("job"), job_id(c->arena, job), &id));
    return job_wake(c, id);
}

TEST("a person can make a waiting job due, and it is on record")
{
    begin(t);
    add(t, "test_work", "ord_1", HOUR);
    struct job job = look(t).last;
    EXPECT_OK(db_tx(t->c, "test", wake_tx, &job));
    EXPECT_I64(run(t), 1);
    EXPECT_FAIL(db_tx(t->c, "test", wake_tx, &job), NOT_FOUND);
}

TEST("a job that is asked for again while it runs runs once more")
{
    begin(t);
    add(t, "test_work", "ord_1", 0);
    play.add_again = S("ord_1");
    play.add_again_ms = t->c->now_ms + 7 * SECOND;
    EXPECT_I64(run(t), 1);
    play.add_again = S("");
    EXPECT_I64(look(t).last.due_ms, t->c->now_ms + 7 * SECOND);
    EXPECT_I64(look(t).last.tries, 0);
    t->c->now_ms += 7 * SECOND;
    EXPECT_I64(run(t), 1);
    EXPECT_I64(look(t).n, 0);
}

static enum err hurry_tx(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(job_hurry(c, S("test_work"), S("ord_1")));
    return job_hurry(c, S("test_work"), S("ord_2"));
}

static enum err drop_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return job_drop(c, S("test_work"), S("ord_1"));
}

TEST("hurrying and dropping change the one job, if it is there")
{
    begin(t);
    add(t, "test_work", "ord_1", HOUR);
    EXPECT_OK(db_tx(t->c, "test", hurry_tx, NULL));
    EXPECT_I64(look(t).last.due_ms, t->c->now_ms);
    EXPECT_OK(db_tx(t->c, "test", drop_tx, NULL));
    EXPECT_OK(db_tx(t->c, "test", drop_tx, NULL));
    EXPECT_I64(run(t), 0);
}

TEST("a standing job runs for ever, one at a time, also after a start")
{
    begin(t);
    int64_t ran = 0;
    EXPECT_OK(job_start(t->c, &with_standing));
    EXPECT_OK(job_start(t->c, &with_standing));
    EXPECT_I64(look(t).n, 1);
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(job_run_due(t->c, &with_standing, 100, &ran));
        EXPECT_I64(ran, 1);
        EXPECT_OK(job_run_due(t->c, &with_standing, 100, &ran));
        EXPECT_I64(ran, 0);
        t->c->now_ms += 5 * SECOND;
    }
    play.fails = CODE_INTERNAL;
    EXPECT_OK(job_run_due(t->c, &with_standing, 100, &ran));
    EXPECT_I64(look(t).last.tries, 1);
    t->c->now_ms += 5 * SECOND;
    play.fails = CODE_NONE;
    EXPECT_OK(job_run_due(t->c, &with_standing, 100, &ran));
    EXPECT_I64(look(t).last.tries, 0);
    EXPECT_I64(play.runs, 5);
}

TEST("a hundred at most are claimed at once, standing ones first")
{
    begin(t);
    int64_t ran = 0;
    for (int i = 0; i < 130; i++)
        add(t, "test_work", str_c(t->c->arena, str_fmt(t->c->arena, "ord_%d", i)), 0);
    EXPECT_OK(job_start(t->c, &with_standing));
    EXPECT_OK(job_run_due(t->c, &with_standing, 1000, &ran));
    EXPECT_I64(ran, 100);
    struct seen seen = look(t);
    EXPECT_I64(seen.n, 32); /* 31 and the standing one, which has run */
    EXPECT_I64(seen.last.due_ms, t->c->now_ms + 5 * SECOND);
    EXPECT_OK(job_run_due(t->c, &with_standing, 1000, &ran));
    EXPECT_I64(ran, 31);
}

static enum err sleep_past_lease(struct ctx *c, struct str subject)
{
    struct ctx *other = play.other;
    (void)subject;
    play.runs++;
    if (other == NULL)
        return E_OK;
    play.other = NULL;
    int64_t ran = 0;
    other->now_ms += HOUR;
    static const struct job_kind awake[] = {
        { .name = S_INIT("test_work"), .run = work, .first_retry_ms = 10 * SECOND },
    };
    TRY(job_run_due(other, &(struct job_kinds) { awake, 1 }, 100, &ran));
    must(ran >= 1); /* the alert of an hour of failing may be there too */
    return play.wakes_well ? E_OK : fail(c, INTERNAL, "woke up, too late");
}

TEST("R17 a runner that was asleep past its lease changes nothing, whether it failed or succeeded")
{
    static const struct job_kind asleep[] = {
        { .name = S_INIT("test_work"), .run = sleep_past_lease },
    };
    begin(t);
    for (int i = 0; i < 2; i++) {
        struct arena arena = { 0 };
        struct ctx other = ctx_sibling(t->c, &arena);
        int64_t ran = 0;
        add(t, "test_work", "ord_1", 0);
        /* The other one fails, so the row is there, with the other one's token. */
        play.fails = CODE_BUSY;
        play.other = &other;
        play.wakes_well = i == 1;
        EXPECT_OK(job_run_due(t->c, &(struct job_kinds) { asleep, 1 }, 100, &ran));
        struct job job = ord_1(t);
        EXPECT_STR(job.last_error, S("BUSY: as the test wants"));
        EXPECT_I64(job.tries, 2 * i + 2);
        EXPECT(job.due_ms > t->c->now_ms + HOUR);
        t->c->now_ms = job.due_ms;
        arena_free(&arena);
    }
}

static enum err claim_only(struct ctx *c, struct str subject)
{
    (void)subject;
    c->dead = true; /* the process dies in the middle of the job */
    return E_DEAD;
}

TEST("F1 a job whose runner died runs again: after a start on SQLite, else after its lease")
{
    static const struct job_kind dying[] = {
        { .name = S_INIT("test_work"), .run = claim_only },
        { .name = S_INIT("test_long"), .run = claim_only, .lease_ms = 4 * HOUR },
    };
    begin(t);
    add(t, "test_work", "ord_1", 0);
    struct arena arena = { 0 };
    struct ctx mortal = ctx_sibling(t->c, &arena);
    int64_t ran = 0;
    EXPECT_I64(job_run_due(&mortal, &(struct job_kinds) { dying, 2 }, 100, &ran), E_DEAD);
    arena_free(&arena);
    EXPECT_I64(run(t), 0);
    EXPECT_OK(job_start(t->c, &all));
    EXPECT_I64(run(t), db_is_pg(t->c) ? 0 : 1);
    t->c->now_ms += 80 * SECOND;
    EXPECT_I64(run(t), db_is_pg(t->c) ? 1 : 0);
    EXPECT_I64(play.runs, 1);
}

TEST("a job of a kind that this program does not know waits for one that does")
{
    begin(t);
    add(t, "test_future", "ord_1", 0);
    EXPECT_I64(run(t), 1);
    EXPECT(
        str_starts(look(t).last.last_error, S("INTERNAL: this program has no job of that kind")));
}
