#include "base/metric.h"
#include "base/test.h"
#include "db/db.h"
#include "job/job.h"
#include "job/job_run.h"
#include "setting/setting.h"

/* How jobs are run: bodies that share a commit, and what waits for the outside. */

static enum err body(struct ctx *c, struct str subject)
{
    must(c->db != NULL && str_eq(c->actor, S("job:test_body")));
    TRY(setting_put(c, subject, S("done")));
    return str_eq(subject, S("bad")) ? fail(c, CONFLICT, "this one never works") : E_OK;
}

static enum err call(struct ctx *c, struct str subject)
{
    must(c->db == NULL);
    return str_eq(subject, S("bad")) ? fail(c, GATEWAY_UNAVAILABLE, "nobody answers") : E_OK;
}

static const struct job_kind kinds[] = {
    { .name = S_INIT("test_body"), .run = body, .way = JOB_BODY },
    { .name = S_INIT("test_call"), .run = call, .way = JOB_CALLS },
};
static const struct job_kinds all = { kinds, ARRAY_LEN(kinds) };

struct adding {
    struct str kind;
    const char *const *subject;
    size_t n;
};

static enum err adding_tx(struct ctx *c, void *arg)
{
    const struct adding *a = arg;
    for (size_t i = 0; i < a->n; i++)
        TRY(job_add(c, a->kind, str_of_c(a->subject[i]), c->now_ms));
    return E_OK;
}

static void add(struct test *t, struct str kind, const char *const *subject, size_t n)
{
    struct adding a = { kind, subject, n };
    EXPECT_OK(db_tx(t->c, "test", adding_tx, &a));
}

struct left {
    int64_t n;
    struct job last;
};

static enum err see(struct ctx *c, const struct job *job, void *arg)
{
    struct left *left = arg;
    left->n++;
    left->last = *job;
    return c->dead ? E_DEAD : E_OK;
}

static enum err list_tx(struct ctx *c, void *arg)
{
    return job_list(c, -1, 0, 100, see, arg);
}

static struct left left_of(struct test *t)
{
    struct left left = { .n = 0 };
    EXPECT_OK(db_read(t->c, list_tx, &left));
    return left;
}

struct made {
    const char *name;
    bool found;
};

static enum err made_tx(struct ctx *c, void *arg)
{
    struct made *m = arg;
    struct str value;
    return setting_find(c, str_of_c(m->name), &m->found, &value);
}

static bool made(struct test *t, const char *name)
{
    struct made m = { .name = name };
    EXPECT_OK(db_read(t->c, made_tx, &m));
    return m.found;
}

TEST("jobs that are bodies share a commit when they are due together")
{
    static const char *const subject[] = { "a", "b", "c" };
    int64_t ran = 0;
    add(t, S("test_body"), subject, 3);
    int64_t before = metric_value(t->c, METRIC_transactions_total);
    EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
    EXPECT_I64(ran, 3);
    /* Claimed, run, finished: one transaction each for all of them. */
    EXPECT_I64(metric_value(t->c, METRIC_transactions_total) - before, 3);
    EXPECT(made(t, "a") && made(t, "b") && made(t, "c"));
    EXPECT_I64(left_of(t).n, 0);
}

TEST("a body that fails harms none of those that were due with it")
{
    static const char *const subject[] = { "a", "bad", "c" };
    int64_t ran = 0;
    add(t, S("test_body"), subject, 3);
    EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
    EXPECT_I64(ran, 3);
    EXPECT(made(t, "a") && made(t, "c") && !made(t, "bad"));
    struct left left = left_of(t);
    EXPECT_I64(left.n, 1);
    EXPECT_STR(left.last.subject, S("bad"));
    EXPECT_I64(left.last.tries, 1);
    EXPECT_STR(left.last.last_error, S("CONFLICT: this one never works"));
}

struct taken {
    struct job_run run[8];
    size_t n;
};

static void take(void *self, const struct job_run *run, size_t n)
{
    struct taken *taken = self;
    for (size_t i = 0; i < n; i++)
        taken->run[taken->n++] = run[i];
}

TEST("a job that asks the outside is handed over, and is not run again before it is finished")
{
    static const char *const subject[] = { "a", "bad" };
    struct taken taken = { .n = 0 };
    struct job_away away = { take, &taken };
    int64_t ran = 0;
    add(t, S("test_call"), subject, 2);
    EXPECT_OK(job_run_due_away(t->c, &all, 100, &away, &ran));
    EXPECT_I64(ran, 2);
    EXPECT_I64((int64_t)taken.n, 2);
    EXPECT(!taken.run[0].ran && !taken.run[1].ran);
    EXPECT_OK(job_run_due_away(t->c, &all, 100, &away, &ran));
    EXPECT_I64(ran, 0);
    for (size_t i = 0; i < taken.n; i++)
        EXPECT_OK(job_run_one(t->c, &all, &taken.run[i]));
    EXPECT_OK(job_finish(t->c, &all, taken.run, taken.n));
    struct left left = left_of(t);
    EXPECT_I64(left.n, 1);
    EXPECT_STR(left.last.subject, S("bad"));
}
