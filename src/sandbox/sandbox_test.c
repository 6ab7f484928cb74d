#include "base/json.h"
#include "db/scratch.h"
#include "sandbox/sandbox_fixture.h"

#define CREATE "/checkoutSessions.createCheckoutSession"

/* A merchant that notes what it is told. */
struct merchant {
    struct net net; /* first */
    struct str told[32];
    size_t n;
    int status; /* what it answers; 0: nothing */
};

static enum err take(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct merchant *m = (struct merchant *)(void *)net;
    struct str event = S("");
    must(m->n < ARRAY_LEN(m->told));
    json_to_str(c->arena, json_at(json_root(in->body), "event"), &event);
    m->told[m->n++] = event;
    *ret = (struct net_reply) {
        .outcome = m->status == 0 ? OUTCOME_NOT_SENT : OUTCOME_DONE,
        .status = m->status,
    };
    return E_OK;
}

static void open_with(struct test *t, struct fixture *f, struct merchant *m)
{
    *m = (struct merchant) { .net = { .call = take }, .status = 200 };
    f->options.net = &m->net;
    fixture_open(t, f, NULL);
}

static int64_t run_due(struct fixture *f)
{
    struct test *t = f->t;
    int64_t ran = 0;
    EXPECT_OK(sandbox_run_due(t->c, f->sb, &ran));
    return ran;
}

static void later(struct fixture *f, int64_t ms)
{
    f->clock.fixed_ms += ms;
}

static struct str about(struct fixture *f, const char *fmt, struct str id)
{
    struct buf b = BUF(f->t->c->arena);
    struct str before, after;
    str_cut(str_of_c(fmt), '$', &before, &after);
    buf_add(&b, before);
    buf_add(&b, id);
    buf_add(&b, after);
    return buf_str(&b);
}

static void pay(struct fixture *f, struct str id)
{
    fixture_control(f, "/_sandbox/pay", about(f, "{\"session\":\"$\"}", id));
}

static int status_of(struct fixture *f, const char *path, const char *body)
{
    return fixture_ask(f, path, str_of_c(body)).status;
}

TEST("a session that is paid is captured once, told to the merchant, and listed")
{
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    struct str id = fixture_session(&f);
    pay(&f, id);
    EXPECT_I64(fixture_ask(&f, "/_sandbox/pay", about(&f, "{\"session\":\"$\"}", id)).status, 409);
    EXPECT_I64(run_due(&f), 2);
    EXPECT_I64(run_due(&f), 0);
    EXPECT_STR(m.told[0], S("checkout_session:new"));
    EXPECT_STR(m.told[1], S("checkout_session:complete"));
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "captures").raw,
        about(&f,
            "[{\"gateway\":\"moneymotion\",\"reference\":\"$\",\"status\":\"completed\",\"amount\":3999,"
            "\"currency\":\"USD\",\"refunded\":0}]",
            id));
    EXPECT_STR(json_at(state, "totals.0.amount").raw, S("3999"));
    EXPECT_STR(json_at(state, "webhookCounts.delivered").raw, S("2"));
    fixture_close(&f);
}

/* What a call meets: what it hears, and whether it was done. */
TEST("each fault is met by the next call and says to the last one what it must")
{
    static const struct {
        const char *fault;
        int status; /* 0: no answer */
        int sessions;
        bool cut;
    } cases[] = {
        { "refuse", 403, 0, false },
        { "timeout", 0, 0, false },
        { "reset_after", 0, 1, false },
        { "500", 500, 0, false },
        { "500_after", 500, 1, false },
        { "429", 429, 0, false },
        { "malformed", 200, 1, true },
        { "slow", 200, 1, false },
        { "wrong_amount", 200, 1, false },
        { "wrong_currency", 200, 1, false },
    };
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_control(&f, "/_sandbox/reset", S("{}"));
        fixture_control(&f, "/_sandbox/faults",
            str_fmt(t->c->arena,
                "{\"gateway\":\"moneymotion\",\"call\":\"%s\",\"fault\":\"%s\",\"times\":1}",
                i % 2 == 0 ? "create" : "any", cases[i].fault));
        struct net_reply reply = fixture_ask(&f, CREATE, str_of_c(mm_rq_01));
        EXPECT_I64(reply.outcome, cases[i].status == 0 ? OUTCOME_UNKNOWN : OUTCOME_DONE);
        EXPECT_I64(reply.status, cases[i].status);
        if (cases[i].status != 0)
            EXPECT((json_check(t->c, reply.body) != E_OK) == cases[i].cut);
        struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
        EXPECT((json_at(state, "sessions.0").kind == JSON_OBJECT) == (cases[i].sessions == 1));
        EXPECT_STR(json_at(state, "faults").raw, S("[]"));
        EXPECT_I64(fixture_ask(&f, CREATE, str_of_c(mm_rq_01)).status, 200);
    }
    fixture_close(&f);
}

TEST("a gateway can lie about amount and currency, in its answers or for good")
{
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    static const struct {
        const char *call, *fault, *first, *second;
    } cases[] = {
        { "query", "wrong_amount", "\"amountInCents\":4000,", "\"amountInCents\":3999," },
        { "query", "wrong_currency", "\"currency\":\"EUR\"", "\"currency\":\"USD\"" },
        { "create", "wrong_amount", "\"amountInCents\":4000,", "\"amountInCents\":4000," },
        { "create", "wrong_currency", "\"currency\":\"EUR\"", "\"currency\":\"EUR\"" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_control(&f, "/_sandbox/faults",
            str_fmt(t->c->arena, "{\"gateway\":\"moneymotion\",\"call\":\"%s\",\"fault\":\"%s\"}",
                cases[i].call, cases[i].fault));
        const char *path = str_c(t->c->arena,
            about(&f,
                "/checkoutSessions.getCompletedOrPendingCheckoutSessionInfo?json.checkoutId=$",
                fixture_session(&f)));
        EXPECT(str_has(fixture_ask(&f, path, S("")).body, str_of_c(cases[i].first)));
        EXPECT(str_has(fixture_ask(&f, path, S("")).body, str_of_c(cases[i].second)));
    }
    fixture_close(&f);
}

static void mode(struct fixture *f, const char *mode)
{
    fixture_control(f, "/_sandbox/webhooks",
        str_fmt(f->t->c->arena, "{\"mode\":\"%s\",\"gateway\":\"moneymotion\"}", mode));
}

TEST("webhooks are sent once, twice, the wrong way round, late or never, as asked")
{
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    mode(&f, "duplicate");
    pay(&f, fixture_session(&f));
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 4);
    mode(&f, "reorder");
    m.n = 0;
    pay(&f, fixture_session(&f));
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 1);
    later(&f, 2000);
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 2);
    EXPECT_STR(m.told[0], S("checkout_session:complete"));
    EXPECT_STR(m.told[1], S("checkout_session:new"));
    mode(&f, "drop");
    m.n = 0;
    pay(&f, fixture_session(&f));
    later(&f, 100000);
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 0);
    mode(&f, "hold");
    pay(&f, fixture_session(&f));
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 0);
    mode(&f, "release");
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 2);
    pay(&f, fixture_session(&f));
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 4);
    fixture_close(&f);
}

TEST("a webhook that is not taken comes again after 1, 2, 4, 8 and 16 s, then on request only")
{
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    m.status = 503;
    fixture_session(&f);
    for (int64_t wait = 1000; wait <= 16000; wait *= 2) {
        EXPECT_I64(run_due(&f), 1);
        later(&f, wait - 1);
        EXPECT_I64(run_due(&f), 0);
        later(&f, 1);
    }
    m.status = 0;
    EXPECT_I64(run_due(&f), 1);
    later(&f, 3600000);
    EXPECT_I64(run_due(&f), 0);
    m.status = 200;
    mode(&f, "release");
    EXPECT_I64(run_due(&f), 1);
    EXPECT_I64((int64_t)m.n, 7);
    fixture_close(&f);
}

TEST("what happens at the gateway follows arrows, and gives back no more than was paid")
{
    static const struct {
        const char *event;
        int status;
    } cases[] = {
        { "disputed\",\"session\":\"$", 409 },
        { "pay", 200 },
        { "expired\",\"session\":\"$", 409 },
        { "cancelled\",\"session\":\"$", 409 },
        { "partially_refunded\",\"amount\":0,\"session\":\"$", 400 },
        { "partially_refunded\",\"amount\":4000,\"session\":\"$", 409 },
        { "partially_refunded\",\"amount\":1000,\"session\":\"$", 200 },
        { "disputed\",\"id\":\"$", 200 },
        { "dispute_won\",\"id\":\"$", 200 },
        { "partially_refunded\",\"amount\":3000,\"session\":\"$", 409 },
        { "refunded\",\"session\":\"$", 200 },
        { "refunded\",\"session\":\"$", 409 },
        { "disputed\",\"session\":\"$", 409 },
        { "exploded\",\"session\":\"$", 400 },
    };
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    struct str id = fixture_session(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (cases[i].status == 200 && str_eq(str_of_c(cases[i].event), S("pay"))) {
            pay(&f, id);
            continue;
        }
        struct str body = str_fmt(t->c->arena, "{\"gateway\":\"moneymotion\",\"event\":\"%.*s\"}",
            SARG(about(&f, cases[i].event, id)));
        EXPECT_I64(fixture_ask(&f, "/_sandbox/emit", body).status, cases[i].status);
    }
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "captures.0.refunded").raw, S("3999"));
    EXPECT(json_is(json_at(state, "sessions.0.status"), "refunded"));
    fixture_close(&f);
}

TEST("control routes are strict: unknown members, gateways, words and types change nothing")
{
    static const struct {
        const char *path, *body;
    } cases[] = {
        { "/_sandbox/pay", "{\"session\":\"x\",\"cards\":\"4242\"}" },
        { "/_sandbox/pay", "{\"session\":\"x\",\"outcome\":\"luck\"}" },
        { "/_sandbox/emit", "{\"gateway\":\"paypal\",\"event\":\"refunded\",\"id\":\"x\"}" },
        { "/_sandbox/emit", "{\"gateway\":\"moneymotion\",\"event\":\"refunded\"}" },
        { "/_sandbox/webhooks", "{\"mode\":\"fast\"}" },
        { "/_sandbox/webhooks", "{\"mode\":\"drop\",\"gateway\":\"paypal\"}" },
        { "/_sandbox/faults", "{\"gateway\":\"moneymotion\",\"call\":\"all\",\"fault\":\"500\"}" },
        { "/_sandbox/faults", "{\"gateway\":\"moneymotion\",\"call\":\"any\",\"fault\":\"501\"}" },
        { "/_sandbox/faults",
            "{\"gateway\":\"moneymotion\",\"call\":\"any\",\"fault\":\"500\",\"times\":-1}" },
        { "/_sandbox/clock", "{\"advance\":\"soon\"}" },
        { "/_sandbox/clock", "{\"advance\":\"-1h\"}" },
    };
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    struct json_value before = fixture_control(&f, "/_sandbox/state", S(""));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT_I64(status_of(&f, cases[i].path, cases[i].body), 400);
    EXPECT_I64(status_of(&f, "/_sandbox/pay", "{\"session\":\"unknown\"}"), 404);
    EXPECT_I64(status_of(&f, "/_sandbox/nothing", "{}"), 404);
    EXPECT_STR(fixture_control(&f, "/_sandbox/state", S("")).raw, before.raw);
    fixture_close(&f);
}

TEST("everything is there when the sandbox starts again, and nothing after a reset")
{
    struct fixture f = { 0 };
    struct merchant m;
    f.options.state = scratch_file(t->c);
    open_with(t, &f, &m);
    struct str paid = fixture_session(&f);
    pay(&f, paid);
    struct str open = fixture_session(&f);
    m.status = 0;
    run_due(&f);
    mode(&f, "hold");
    fixture_control(&f, "/_sandbox/faults",
        S("{\"gateway\":\"moneymotion\",\"call\":\"query\",\"fault\":\"429\",\"times\":3}"));
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"1h\"}"));
    struct str before = fixture_control(&f, "/_sandbox/state", S("")).raw;
    fixture_again(&f);
    EXPECT_STR(fixture_control(&f, "/_sandbox/state", S("")).raw, before);
    EXPECT(str_has(before, paid) && str_has(before, open) && str_has(before, S("\"times\":3")));
    EXPECT(str_has(before, S("\"offsetSeconds\":3600")));
    fixture_control(&f, "/_sandbox/reset", S("{}"));
    fixture_again(&f);
    struct str after = fixture_control(&f, "/_sandbox/state", S("")).raw;
    EXPECT(str_has(after, S("\"offsetSeconds\":0")) && str_has(after, S("\"sessions\":[]")));
    EXPECT(str_has(after, S("\"moneymotion\":\"normal\"")) && str_has(after, S("\"webhooks\":[]")));
    sandbox_close(f.sb);
    scratch_file_remove(t->c, f.options.state);
    config_free(f.config);
}

/* ---- the clock */

struct purser {
    struct fixture *f;
    int64_t due[3];
    size_t n, held;
    int64_t ran_at[3];
};

static void hold(void *self, bool held)
{
    struct purser *p = self;
    p->held += held ? 1 : 0;
}

static enum err next_due(void *self, int64_t *ret_ms)
{
    struct purser *p = self;
    *ret_ms = p->n < ARRAY_LEN(p->due) ? p->due[p->n] : INT64_MAX;
    return E_OK;
}

static enum err run_jobs(void *self, int64_t *ret_ran)
{
    struct purser *p = self;
    int64_t now = clock_now_ms(&p->f->clock);
    *ret_ran = 0;
    while (p->n < ARRAY_LEN(p->due) && p->due[p->n] <= now) {
        p->ran_at[p->n++] = now;
        (*ret_ran)++;
    }
    return E_OK;
}

TEST("the clock stops at each moment at which either side has something to do")
{
    enum {
        HOUR = 3600 * 1000
    };
    struct fixture f = { 0 };
    struct merchant m;
    int64_t start = t->c->now_ms;
    struct purser purser = { &f, { start + HOUR, start + 2 * HOUR, start + 30 * HOUR }, 0, 0,
        { 0 } };
    struct sandbox_host host = { hold, next_due, run_jobs, &purser };
    f.options.purser = &host;
    open_with(t, &f, &m);
    struct str id = fixture_session(&f);
    struct json_value moved = fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"1d\"}"));
    EXPECT_I64((int64_t)purser.n, 2);
    for (size_t i = 0; i < purser.n; i++)
        EXPECT_I64(purser.ran_at[i], purser.due[i]);
    EXPECT_STR(json_at(moved, "jobs").raw, S("2"));
    EXPECT_STR(json_at(moved, "gatewayEvents").raw, S("3")); /* new, the end, expired */
    EXPECT_STR(m.told[1], S("checkout_session:expired"));
    EXPECT_STR(json_at(moved, "steps").raw, S("3"));
    EXPECT_I64((int64_t)purser.held, 1);
    EXPECT_I64(clock_now_ms(&f.clock), start + 24 * HOUR);
    EXPECT_I64(fixture_ask(&f, "/_sandbox/pay", about(&f, "{\"session\":\"$\"}", id)).status, 409);
    fixture_close(&f);
}

TEST("crypto that takes its time is certain, or over, a minute later")
{
    struct fixture f = { 0 };
    struct merchant m;
    open_with(t, &f, &m);
    struct str good = fixture_session(&f), bad = fixture_session(&f);
    fixture_control(
        &f, "/_sandbox/pay", about(&f, "{\"session\":\"$\",\"outcome\":\"async_success\"}", good));
    fixture_control(
        &f, "/_sandbox/pay", about(&f, "{\"session\":\"$\",\"outcome\":\"async_failure\"}", bad));
    EXPECT_I64(run_due(&f), 2);
    later(&f, 60000);
    run_due(&f);
    EXPECT_I64((int64_t)m.n, 4);
    EXPECT_STR(m.told[2], S("checkout_session:complete"));
    EXPECT_STR(m.told[3], S("checkout_session:expired"));
    fixture_close(&f);
}
