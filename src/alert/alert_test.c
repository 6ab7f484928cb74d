#include "alert/alert.h"

#include <string.h>

#include "base/config.h"
#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "net/net.h"

enum {
    MINUTE = 60 * 1000,
    HOUR = 60 * MINUTE
};

/* The other side of PURSER_ALERT_WEBHOOK. */
static struct hook {
    struct net net;
    int calls;
    struct net_reply says;
    char body[4096];
    size_t body_length;
} hook;

static enum err hook_call(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    (void)net, (void)c;
    must(in->body.n <= sizeof hook.body && str_eq(in->method, S("POST")));
    hook.calls++;
    hook.body_length = in->body.n;
    memcpy(hook.body, in->body.p, in->body.n);
    *ret = hook.says;
    return E_OK;
}

static struct str posted(void)
{
    return (struct str) { hook.body, hook.body_length };
}

/* The mail feature is further right; here its job is only counted. */
static int mails;
static enum err count_mail(struct ctx *c, struct str subject)
{
    (void)c, (void)subject;
    mails++;
    return E_OK;
}

static enum code work_fails;
static enum err work(struct ctx *c, struct str subject)
{
    (void)subject;
    return work_fails == CODE_NONE
        ? E_OK
        : fail_at(c, work_fails, false, __FILE__, __LINE__, "the far side sleeps");
}

static const struct job_kind kinds[] = {
    { .name = S_INIT("alert_raise"), .run = alert_raise_job },
    { .name = S_INIT("alert_tell"), .run = alert_tell_job },
    { .name = S_INIT("alert_webhook"), .run = alert_webhook_job, .first_retry_ms = MINUTE },
    { .name = S_INIT("alert_mail"), .run = count_mail },
    { .name = S_INIT("test_work"), .run = work, .park_after_ms = 1 },
    { .name = S_INIT("test_long"), .run = work },
};

static void free_config(void *config)
{
    config_free(config);
}

static void begin(struct test *t)
{
    static const struct config_preset presets[] = {
        { "PURSER_OWNER_MAIL", "owner@example.com" },
        { "PURSER_ALERT_WEBHOOK", "https://hooks.example.com/alert" },
    };
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *const env[] = { NULL };
    const struct config_sources sources = {
        .env = env, .env_file = "", .presets = presets, .preset_count = ARRAY_LEN(presets)
    };
    EXPECT_OK(config_load(t->c, &sources, &notices, &config));
    arena_defer(t->c->arena, free_config, config);
    t->c->config = config;
    hook = (struct hook) { .net = { .call = hook_call },
        .says = { .outcome = OUTCOME_DONE, .status = 200 } };
    t->c->net = &hook.net;
    mails = 0;
    work_fails = CODE_NONE;
}

static void run_jobs(struct test *t)
{
    const struct job_kinds all = { kinds, ARRAY_LEN(kinds) };
    int64_t ran = 1;
    while (ran > 0)
        EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
}

struct seen {
    int64_t n;
    struct alert first; /* the newest */
};

static enum err see(struct ctx *c, const struct alert *alert, void *arg)
{
    struct seen *seen = arg;
    (void)c;
    if (seen->n++ == 0)
        seen->first = *alert;
    return E_OK;
}

static enum err see_all(struct ctx *c, void *arg)
{
    return alert_list(c, -1, 0, 100, see, arg);
}

static struct seen look(struct test *t)
{
    struct seen seen = { .n = 0 };
    EXPECT_OK(db_read(t->c, see_all, &seen));
    return seen;
}

static enum err raise_away(struct test *t)
{
    return alert_raise_now(
        t->c, ALERT_GATEWAY_AWAY, S("stripe"), S("Stripe has not answered 10 of 20 calls"));
}

TEST("what is raised again is the same alert, counted, with its first and last time")
{
    begin(t);
    int64_t first = t->c->now_ms;
    EXPECT_OK(raise_away(t));
    t->c->now_ms += 5 * MINUTE;
    EXPECT_OK(alert_raise_now(t->c, ALERT_GATEWAY_AWAY, S("stripe"), S("Now 20 of 20")));
    EXPECT_OK(alert_raise_now(t->c, ALERT_GATEWAY_AWAY, S("eversend"), S("Another")));
    struct seen seen = look(t);
    EXPECT_I64(seen.n, 2);
    EXPECT_STR(seen.first.subject, S("eversend"));
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("eversend")));
    seen = look(t);
    EXPECT_I64(seen.first.state, ALERT_CLOSED);
    EXPECT_STR(seen.first.closed_by, S("test"));
    EXPECT_I64(seen.first.closed_ms, t->c->now_ms);
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("eversend"))); /* none is open */
    EXPECT_OK(raise_away(t));
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("stripe")));
    EXPECT_OK(raise_away(t));
    seen = look(t);
    EXPECT_I64(seen.n, 3);
    EXPECT_I64(seen.first.state, ALERT_OPEN);
    EXPECT_I64(seen.first.raised, 1);
    EXPECT_I64(seen.first.first_ms, first + 5 * MINUTE);
}

static enum err raise_and_fail(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(alert_raise(c, ALERT_STORE, S("wal"), S("The log is large")));
    return fail(c, CONFLICT, "no");
}

TEST("an alert of a transaction that is undone was never raised")
{
    begin(t);
    EXPECT_FAIL(db_tx(t->c, "test", raise_and_fail, NULL), CONFLICT);
    EXPECT_I64(look(t).n, 0);
    run_jobs(t);
    EXPECT_I64(hook.calls + mails, 0);
}

TEST("the owner is told at once, and then at most once an hour")
{
    begin(t);
    EXPECT_OK(raise_away(t));
    run_jobs(t);
    EXPECT_I64(hook.calls, 1);
    EXPECT_I64(mails, 1);
    for (int i = 0; i < 59; i++) {
        t->c->now_ms += MINUTE;
        EXPECT_OK(raise_away(t));
        run_jobs(t);
    }
    EXPECT_I64(hook.calls, 1);
    t->c->now_ms += MINUTE;
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
    EXPECT_I64(mails, 2);
    EXPECT(str_has(posted(), S("\"count\":60")));
    t->c->now_ms += 24 * HOUR; /* and no more, when there is nothing new */
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
}

TEST("closing and opening again does not tell the owner more often")
{
    begin(t);
    for (int i = 0; i < 50; i++) {
        EXPECT_OK(raise_away(t));
        run_jobs(t);
        EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("stripe")));
        run_jobs(t);
        t->c->now_ms += MINUTE;
    }
    EXPECT_I64(hook.calls, 1);
}

TEST("one that is open again when its end would be told is told as open")
{
    begin(t);
    EXPECT_OK(raise_away(t));
    run_jobs(t);
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("stripe")));
    EXPECT_OK(raise_away(t));
    t->c->now_ms += HOUR;
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
    EXPECT(str_starts(posted(), S("{\"type\":\"alert.raised\"")));
}

TEST("telling twice tells once: the job may die after it and run again")
{
    begin(t);
    EXPECT_OK(raise_away(t));
    struct str n = str_fmt(t->c->arena, "%lld", (long long)look(t).first.n);
    EXPECT_OK(alert_tell_job(t->c, n));
    run_jobs(t);
    EXPECT_OK(alert_tell_job(t->c, n));
    run_jobs(t);
    EXPECT_I64(hook.calls, 1);
    EXPECT_FAIL(alert_tell_job(t->c, S("nonsense")), INTERNAL);
}

TEST("the end of an alert is told to who heard its beginning, and to nobody else")
{
    begin(t);
    EXPECT_OK(raise_away(t));
    run_jobs(t);
    t->c->now_ms += 2 * HOUR;
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("stripe")));
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
    EXPECT(str_starts(posted(), S("{\"type\":\"alert.closed\"")));
    EXPECT(str_has(posted(), S("\"text\":\"Over: Stripe has not answered 10 of 20 calls\"")));
    EXPECT_OK(raise_away(t)); /* within the hour: nobody hears of this one */
    EXPECT_OK(alert_over_now(t->c, ALERT_GATEWAY_AWAY, S("stripe")));
    t->c->now_ms += 2 * HOUR;
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
}

TEST("what is posted says what happened and what to do, and no secret")
{
    begin(t);
    EXPECT_OK(alert_raise_now(t->c, ALERT_STORE, S("backup"),
        S("Copying failed with password=hunter2hunter2 for 4242424242424242")));
    run_jobs(t);
    EXPECT(str_starts(posted(), S("{\"type\":\"alert.raised\",\"id\":\"alr_")));
    EXPECT(str_has(posted(), S("\"kind\":\"store\",\"subject\":\"backup\",\"meaning\":\"The")));
    EXPECT(str_has(posted(), S("\"remedy\":\"Run `purser doctor`")));
    EXPECT(str_has(posted(), S("\"count\":1,\"firstAt\":\"2026-11-20T02:00:00.000Z\"")));
    EXPECT(!str_has(posted(), S("hunter2")));
    EXPECT(!str_has(posted(), S("4242424242424242")));
}

TEST("a webhook that does not take an alert is asked again, and the mail does not wait for it")
{
    begin(t);
    hook.says = (struct net_reply) { .outcome = OUTCOME_NOT_SENT, .why = S("nobody is there") };
    EXPECT_OK(raise_away(t));
    run_jobs(t);
    EXPECT_I64(hook.calls, 1);
    EXPECT_I64(mails, 1);
    hook.says = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 500, .retry_after_s = 300 };
    t->c->now_ms += 2 * MINUTE;
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
    t->c->now_ms += 4 * MINUTE; /* it asked for five */
    run_jobs(t);
    EXPECT_I64(hook.calls, 2);
    hook.says = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 204 };
    t->c->now_ms += 2 * MINUTE;
    run_jobs(t);
    EXPECT_I64(hook.calls, 3);
    t->c->now_ms += 24 * HOUR;
    run_jobs(t);
    EXPECT_I64(hook.calls, 3);
    EXPECT_I64(mails, 1);
}

static enum err add_work(struct ctx *c, void *arg)
{
    const char *kind = arg;
    for (int i = 0; i < 30; i++)
        TRY(job_add(c, str_of_c(kind), str_fmt(c->arena, "ord_%d", i), c->now_ms));
    return E_OK;
}

TEST("thirty jobs that are given up for one reason are one alert, which names the last of them")
{
    begin(t);
    char work_kind[] = "test_work";
    work_fails = CODE_GATEWAY_UNAVAILABLE;
    EXPECT_OK(db_tx(t->c, "test", add_work, work_kind));
    run_jobs(t);
    t->c->now_ms += HOUR;
    run_jobs(t);
    struct seen seen = look(t);
    EXPECT_I64(seen.n, 1);
    EXPECT_STR(seen.first.kind, S("job_parked"));
    EXPECT_STR(seen.first.subject, S("test_work"));
    EXPECT_I64(seen.first.raised, 30);
    EXPECT(str_starts(seen.first.sentence, S("The job job_")));
    EXPECT(str_ends(seen.first.sentence,
        S("was given up after 2 tries: GATEWAY_UNAVAILABLE: the far side sleeps")));
}

TEST("work that fails for an hour is an alert while it is still tried")
{
    begin(t);
    char work_kind[] = "test_long";
    work_fails = CODE_GATEWAY_UNAVAILABLE;
    EXPECT_OK(db_tx(t->c, "test", add_work, work_kind));
    run_jobs(t);
    EXPECT_I64(look(t).n, 0);
    t->c->now_ms += HOUR;
    run_jobs(t);
    EXPECT_STR(look(t).first.kind, S("job_failing"));
}

TEST("R93 alerts that PURSER_ALERT_WEBHOOK does not take for an hour are an alert, until it does")
{
    begin(t);
    hook.says = (struct net_reply) { .outcome = OUTCOME_NOT_SENT, .why = S("nobody is there") };
    EXPECT_OK(raise_away(t));
    run_jobs(t);
    EXPECT_I64(look(t).n, 1);
    t->c->now_ms += HOUR;
    run_jobs(t);
    EXPECT_I64(look(t).n, 2);
    EXPECT_STR(look(t).first.kind, S("alert_unsent"));
    EXPECT(look(t).first.state == ALERT_OPEN);
    hook.says = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 204 };
    t->c->now_ms += HOUR;
    run_jobs(t);
    EXPECT_STR(look(t).first.kind, S("alert_unsent"));
    EXPECT(look(t).first.state == ALERT_CLOSED);
}

static enum err add_about_nobody(struct ctx *c, void *arg)
{
    return job_add(c, JOB_ALERT, *(const struct str *)arg, c->now_ms);
}

TEST("an alert about a job that is gone needs nobody")
{
    begin(t);
    struct str gone = str_fmt(t->c->arena, "job_parked:%.*s",
        SARG(id_text(t->c->arena, S("job"), id_of_row(t->c->now_ms, 77))));
    EXPECT_OK(db_tx(t->c, "test", add_about_nobody, &gone));
    run_jobs(t);
    EXPECT_I64(look(t).n, 0);
    EXPECT_FAIL(alert_raise_job(t->c, S("job_parked:nonsense")), INTERNAL);
    EXPECT_FAIL(alert_raise_job(t->c, S("nonsense")), INTERNAL);
}

static enum err leave_unsealed(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1,
        "INSERT INTO fact (at_ms, kind, actor, subject, customer_n, cause_n, version, data)"
        " VALUES ($1, 'KEY_CREATED', 'x', 'key_9', 0, 0, 0, '{}')",
        DB_IN(in_i64(c->now_ms)));
}

TEST("R75 facts that stay without a seal are an alert, until they have one")
{
    int64_t sealed = 0;
    begin(t);
    EXPECT_OK(alert_facts_job(t->c, S("")));
    EXPECT_OK(db_tx(t->c, "test", leave_unsealed, NULL));
    t->c->now_ms += 5000;
    EXPECT_OK(alert_facts_job(t->c, S("")));
    EXPECT_I64(look(t).n, 0);
    t->c->now_ms += 2000;
    EXPECT_OK(alert_facts_job(t->c, S("")));
    EXPECT_STR(look(t).first.sentence, S("1 facts bear no seal, the oldest for 7 seconds."));
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_I64(sealed > 0, true);
    t->c->now_ms += 1;
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(alert_facts_job(t->c, S("")));
    EXPECT_I64(look(t).first.state, ALERT_CLOSED);
}

TEST("subjects and sentences from anywhere are made fit to be stored")
{
    begin(t);
    struct str longest = str_fmt(t->c->arena, "\xff%0700d", 0);
    EXPECT_OK(alert_raise_now(t->c, ALERT_STORE, longest, longest));
    EXPECT_OK(alert_raise_now(t->c, ALERT_STORE, longest, longest));
    EXPECT_I64(look(t).n, 1);
    EXPECT_I64((int64_t)look(t).first.subject.n, ALERT_SUBJECT_MAX);
    EXPECT_I64((int64_t)look(t).first.sentence.n, ALERT_SENTENCE_MAX);
    EXPECT_OK(alert_over_now(t->c, ALERT_STORE, longest));
    EXPECT_I64(look(t).first.state, ALERT_CLOSED);
}

/* An order may be under another mail than its customer's, whom erasing looks for. */
TEST("R81 an alert names nobody's mail: it outlives whom it is about")
{
    begin(t);
    EXPECT_OK(alert_raise_now(
        t->c, ALERT_MAIL_REFUSED, S("mail"), S("refused for good: 550 <ada@example.com> unknown")));
    EXPECT_STR(look(t).first.sentence, S("refused for good: 550 <[a mail]> unknown"));
}

static enum err count_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    (void)c, (void)row;
    ++*(int64_t *)arg;
    return E_OK;
}

static enum err count_facts(struct ctx *c, void *arg)
{
    struct fact_filter filter = { .kind = S("ALERT_RAISED"), .limit = 100 };
    return fact_list(c, &filter, count_fact, arg);
}

TEST("an alert that is raised again is one fact")
{
    begin(t);
    int64_t n = 0, sealed = 0;
    for (int i = 0; i < 5; i++)
        EXPECT_OK(raise_away(t));
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(db_read(t->c, count_facts, &n));
    EXPECT_I64(n, 1);
}
