#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "db/db.h"
#include "job/job.h"
#include "operation/operation_play.h"

/* ---- keys */

TEST("R12 a key belongs to its caller, method, route and text, and no two lists are one")
{
    struct operation_key a, b;
    struct ctx *c = t->c;
    struct str path = S("/api/x"), none = S("");
    EXPECT_OK(operation_key_make(c, S("key:1"), S("POST"), S("/x"), S("k"), path, none, &a));
    const struct str other[][4] = {
        { S_INIT("key:2"), S_INIT("POST"), S_INIT("/x"), S_INIT("k") },
        { S_INIT("key:1"), S_INIT("PUT"), S_INIT("/x"), S_INIT("k") },
        { S_INIT("key:1"), S_INIT("POST"), S_INIT("/y"), S_INIT("k") },
        { S_INIT("key:1"), S_INIT("POST"), S_INIT("/x"), S_INIT("l") },
        { S_INIT("key:1"), S_INIT("POST"), S_INIT("/xk"), S_INIT("") },
        { S_INIT("key:1P"), S_INIT("OST"), S_INIT("/x"), S_INIT("k") },
    };
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        EXPECT_OK(operation_key_make(
            c, other[i][0], other[i][1], other[i][2], other[i][3], path, none, &b));
        EXPECT(memcmp(&a.mac, &b.mac, sizeof a.mac) != 0);
        EXPECT(memcmp(&a.fingerprint, &b.fingerprint, sizeof a.mac) == 0);
    }
    EXPECT_OK(operation_key_own(c, S("key:1POST/xk"), &b));
    EXPECT(memcmp(&a.mac, &b.mac, sizeof a.mac) != 0);
}

static struct sha256 fingerprint(struct test *t, struct str path, struct str body)
{
    struct operation_key key;
    EXPECT_OK(operation_key_make(t->c, S("key:1"), S("POST"), S("/x"), S("k"), path, body, &key));
    return key.fingerprint;
}

TEST("R12 a body is the same request when it says the same, in whatever order and spacing")
{
    struct sha256 a = fingerprint(t, S("/x"), S("{\"a\":1,\"b\":[2,3]}"));
    const struct str same[] = { S_INIT("{ \"b\": [2, 3], \"a\": 1 }"),
        S_INIT("\r\n\t {\"a\":1,\"b\":[2,3]} \n"), S_INIT("{\"\\u0061\":1,\"b\":[2,3]}") };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct sha256 b = fingerprint(t, S("/x"), same[i]);
        EXPECT(memcmp(&a, &b, sizeof a) == 0);
    }
    const struct str differs[] = { S_INIT("{\"a\":1,\"b\":[3,2]}"), S_INIT("{\"a\":2,\"b\":[2,3]}"),
        S_INIT("{\"a\":1}"), S_INIT(""), S_INIT("{\"a\":1,"), S_INIT("a=1&b=2") };
    for (size_t i = 0; i < ARRAY_LEN(differs); i++) {
        struct sha256 b = fingerprint(t, S("/x"), differs[i]);
        EXPECT(memcmp(&a, &b, sizeof a) != 0);
    }
    struct sha256 b = fingerprint(t, S("/y"), S("{\"a\":1,\"b\":[2,3]}"));
    EXPECT(memcmp(&a, &b, sizeof a) != 0);
    EXPECT_I64(t->c->err.code, CODE_NONE);
}

/* ---- one transaction */

struct once {
    struct operation_key key;
    struct operation_answer answer;
    bool refuse;
};

static enum err once_tx(struct ctx *c, void *arg)
{
    struct once *o = arg;
    TRY(operation_begin(c, &o->key, &o->answer));
    if (o->answer.replayed)
        return E_OK;
    TRY(db_exec(c, 1,
        "INSERT INTO play_order (n, amount, effects, state)"
        " SELECT COUNT(*) + 1, 5, 1, 'paid' FROM play_order",
        DB_NO_IN));
    if (o->refuse)
        return fail(c, INVALID_REQUEST, "found wanting after something was written");
    TRY(operation_finish(c, &o->key, 201, S("{\"said\":\"\\u00e9 once\"}")));
    o->answer = (struct operation_answer) { 201, S("{\"said\":\"\\u00e9 once\"}"), false };
    return E_OK;
}

TEST("R12 the same request is done once and answered alike; another one under its key is refused")
{
    struct play play = { .decide = play_says };
    struct play_count count;
    EXPECT_OK(play_open(t->c, &play));
    struct once o = { .key = play_key_of(t->c, "k", 5) };
    EXPECT_OK(db_tx(t->c, "test", once_tx, &o));
    EXPECT(!o.answer.replayed);
    struct str said = o.answer.body;
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(db_tx(t->c, "test", once_tx, &o));
        EXPECT(o.answer.replayed);
        EXPECT_I64(o.answer.status, 201);
        EXPECT_STR(o.answer.body, said);
    }
    o.key = play_key_of(t->c, "k", 6);
    EXPECT_FAIL(db_tx(t->c, "test", once_tx, &o), IDEMPOTENCY_MISMATCH);
    o.key = play_key_of(t->c, "l", 6);
    EXPECT_OK(db_tx(t->c, "test", once_tx, &o));
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.orders, 2);
}

TEST("R13 a request that failed leaves nothing, and its key may try again")
{
    struct play play = { .decide = play_says };
    struct play_count count;
    EXPECT_OK(play_open(t->c, &play));
    struct once o = { .key = play_key_of(t->c, "k", 5), .refuse = true };
    EXPECT_FAIL(db_tx(t->c, "test", once_tx, &o), INVALID_REQUEST);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.orders, 0);
    o.refuse = false;
    EXPECT_OK(db_tx(t->c, "test", once_tx, &o));
    EXPECT(!o.answer.replayed);
}

/* ---- with a call */

static enum err pay(struct ctx *c, struct play *play, const char *key, struct operation_run *run)
{
    struct operation_key k = play_key_of(c, key, 5);
    struct play_work *work = arena_new(c->arena, struct play_work);
    *work = (struct play_work) { .play = play, .amount = 5 };
    operation_run_start(c, run, &play_kind, &k, work);
    return operation_run_all(c, run);
}

TEST("a call is planned, made, recorded and answered; again it is only answered")
{
    struct play play = { .decide = play_says };
    struct operation_run run;
    struct play_count count;
    int64_t due = 0;
    EXPECT_OK(play_open(t->c, &play));
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_I64(run.answer.status, 200);
    EXPECT_STR(run.answer.body, S("{\"order\":1,\"amount\":5,\"state\":\"paid\"}"));
    EXPECT(!run.answer.replayed);
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT(run.answer.replayed);
    EXPECT_STR(run.answer.body, S("{\"order\":1,\"amount\":5,\"state\":\"paid\"}"));
    EXPECT_I64(play.key[1].calls, 1);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.orders, 1);
    EXPECT_OK(job_next_due(t->c, &due));
    EXPECT_I64(due, INT64_MAX); /* nothing is left to be resumed */
}

TEST("R15 a gateway that was not reached or said no gives way to the next one")
{
    const enum play_answer first[] = { PLAY_UNREACHABLE, PLAY_DECLINES };
    struct play play = { .decide = play_says };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    for (int i = 0; i < 2; i++) {
        play.answer[0] = first[i];
        EXPECT_OK(pay(t->c, &play, i == 0 ? "a" : "b", &run));
        EXPECT_I64(run.answer.status, 200);
        EXPECT_I64(play_charged(&play, i + 1), 1);
        EXPECT_I64(play.key[2 * i + 2].gateway, 1);
    }
}

static int64_t until_seen[PLAY_GATEWAYS];

static enum play_answer note_until(struct play *play, int gateway)
{
    const struct ctx *c = play->self;
    until_seen[gateway] = c->calls_until_ms - clock_mono_ms();
    return PLAY_UNREACHABLE;
}

TEST("all calls of one run share twenty-five seconds")
{
    struct play play = { .decide = note_until, .self = t->c };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    t->c->calls_until_ms = 1; /* of another run in this ctx, long over */
    EXPECT_FAIL(pay(t->c, &play, "k", &run), GATEWAY_UNAVAILABLE);
    EXPECT(until_seen[0] > 20000 && until_seen[0] <= 25000);
    EXPECT(until_seen[1] > 0 && until_seen[1] <= until_seen[0]);
}

TEST("R12 a definite refusal by all gateways is kept")
{
    struct play play = { .decide = play_says, .answer = { PLAY_DECLINES, PLAY_DECLINES } };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_I64(run.answer.status, 402);
    play.answer[0] = play.answer[1] = PLAY_CHARGES;
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_I64(run.answer.status, 402);
    EXPECT(run.answer.replayed);
    EXPECT_I64(play_charged(&play, 1), 0);
}

TEST("R14 an unknown outcome is not an answer: the same key asks again, with the same attempt")
{
    const enum play_answer lost[] = { PLAY_LOSES_ANSWER, PLAY_LOSES_REQUEST };
    struct play play = { .decide = play_says };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    for (int i = 0; i < 2; i++) {
        const char *key = i == 0 ? "a" : "b";
        play.answer[0] = lost[i];
        EXPECT_FAIL(pay(t->c, &play, key, &run), GATEWAY_UNAVAILABLE);
        EXPECT_FAIL(pay(t->c, &play, key, &run), GATEWAY_UNAVAILABLE);
        play.answer[0] = PLAY_UNREACHABLE; /* which proves nothing any more */
        EXPECT_FAIL(pay(t->c, &play, key, &run), GATEWAY_UNAVAILABLE);
        play.answer[0] = PLAY_CHARGES;
        EXPECT_OK(pay(t->c, &play, key, &run));
        EXPECT_I64(run.answer.status, 200);
        EXPECT_I64(play_charged(&play, i + 1), 1);
        EXPECT_I64(play_keys_used(&play, i + 1), 1);
    }
}

TEST("a call that could not be sent leaves the operation free for the next try")
{
    struct play play = { .decide = play_says, .call_fails = true };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    EXPECT_FAIL(pay(t->c, &play, "k", &run), INTERNAL);
    play.call_fails = false;
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_I64(play_keys_used(&play, 1), 1);
}

/* ---- two at once */

static struct {
    struct ctx *c;
    enum code code;
    int64_t retry_after_s, later_ms;
    struct operation_run run;
} rival;

static void rival_pays(struct play *play)
{
    play->during_call = NULL;
    rival.c->now_ms += rival.later_ms;
    (void)pay(rival.c, play, "k", &rival.run);
    rival.code = rival.c->err.code;
    rival.retry_after_s = rival.c->err.retry_after_s;
}

TEST("R12 who asks while the call is under way is told to come back in a second")
{
    struct play play = { .decide = play_says, .during_call = rival_pays };
    struct operation_run run;
    struct arena arena = { 0 };
    struct ctx other = ctx_sibling(t->c, &arena);
    EXPECT_OK(play_open(t->c, &play));
    rival.c = &other;
    rival.later_ms = 89 * 1000;
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_I64(rival.code, CODE_IDEMPOTENCY_IN_PROGRESS);
    EXPECT_I64(rival.retry_after_s, 1);
    EXPECT_I64(play.key[1].calls, 1);
    arena_free(&arena);
}

TEST("R17 a run that slept past its lease records nothing, and is answered by who took over")
{
    struct play play = { .decide = play_says, .during_call = rival_pays };
    struct operation_run run;
    struct play_count count;
    struct arena arena = { 0 };
    struct ctx other = ctx_sibling(t->c, &arena);
    EXPECT_OK(play_open(t->c, &play));
    rival.c = &other;
    rival.later_ms = 91 * 1000;
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT(run.answer.replayed);
    EXPECT_STR(run.answer.body, rival.run.answer.body);
    EXPECT_I64(play.key[1].calls, 2); /* the same key twice: one effect */
    EXPECT_I64(play_charged(&play, 1), 1);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.most_effects, 1);
    arena_free(&arena);
}

/* The rival takes over and dies before he calls: the sleeper's token is old all the same. */
static void rival_takes_over(struct play *play)
{
    struct operation_key k = play_key_of(rival.c, "k", 5);
    struct play_work *work = arena_new(rival.c->arena, struct play_work);
    *work = (struct play_work) { .play = play, .amount = 5 };
    play->during_call = NULL;
    rival.c->now_ms += 91 * 1000;
    operation_run_start(rival.c, &rival.run, &play_kind, &k, work);
    must(db_tx(rival.c, "test", operation_plan_tx, &rival.run) == E_OK);
}

TEST("R17 a token that is old changes no row")
{
    struct play play = { .decide = play_says, .during_call = rival_takes_over };
    struct operation_run run;
    struct play_count count;
    struct arena arena = { 0 };
    struct ctx other = ctx_sibling(t->c, &arena);
    EXPECT_OK(play_open(t->c, &play));
    rival.c = &other;
    EXPECT_FAIL(pay(t->c, &play, "k", &run), IDEMPOTENCY_IN_PROGRESS);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.effects, 0);
    EXPECT_I64(count.open, 1);
    EXPECT_OK(operation_run_all(&other, &rival.run));
    EXPECT_I64(rival.run.answer.status, 200);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.effects, 1);
    arena_free(&arena);
}

/* ---- a COMMIT that came through although nobody could say so: the body runs again */

TEST("R87 a step whose COMMIT was unknown runs again and knows itself")
{
    const enum play_answer ways[][2] = {
        { PLAY_CHARGES, PLAY_CHARGES }, { PLAY_DECLINES, PLAY_CHARGES }, /* AGAIN */
        { PLAY_UNREACHABLE, PLAY_DECLINES },                             /* AGAIN, then a refusal */
        { PLAY_LOSES_ANSWER, PLAY_CHARGES },                             /* STUCK */
    };
    struct play play = { .decide = play_says };
    struct play_count count;
    EXPECT_OK(play_open(t->c, &play));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct operation_run run;
        struct operation_key k = play_key_of(t->c, str_fmt(t->c->arena, "k%zu", i).p, 5);
        struct play_work work = { .play = &play, .amount = 5 };
        play.answer[0] = ways[i][0];
        play.answer[1] = ways[i][1];
        operation_run_start(t->c, &run, &play_kind, &k, &work);
        EXPECT_OK(db_tx(t->c, "test", operation_plan_tx, &run));
        while (run.step != OPERATION_END) {
            EXPECT_OK(db_tx(t->c, "test", operation_plan_tx, &run));
            EXPECT_I64(run.step, OPERATION_CALL);
            EXPECT_OK(operation_call(t->c, &run));
            for (int again = 0; again < 3; again++)
                EXPECT_OK(db_tx(t->c, "test", operation_record_tx, &run));
            if (run.step == OPERATION_CALL)
                break;
        }
        if (run.step == OPERATION_CALL)
            EXPECT_OK(operation_run_all(t->c, &run));
        EXPECT_I64(run.answer.status, i == 3 ? 0 : i == 2 ? 402 : 200);
        EXPECT_I64(play_charged(&play, (int64_t)i + 1), i == 2 ? 0 : 1);
    }
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.orders, 4);
    EXPECT_I64(count.attempts, 6);
    EXPECT_I64(count.most_effects, 1);
}

/* ---- in the end */

TEST("R83 done operations are forgotten after thirty days, a hundred at a time, open ones never")
{
    struct play play = { .decide = play_says };
    struct operation_run run;
    struct play_count count;
    bool more = true;
    EXPECT_OK(play_open(t->c, &play));
    play.answer[0] = PLAY_LOSES_ANSWER;
    EXPECT_FAIL(pay(t->c, &play, "open", &run), GATEWAY_UNAVAILABLE);
    play.answer[0] = PLAY_CHARGES;
    for (int i = 0; i < 130; i++)
        EXPECT_OK(pay(t->c, &play, str_fmt(t->c->arena, "k%d", i).p, &run));
    t->c->now_ms += INT64_C(30) * 24 * 3600 * 1000;
    EXPECT_OK(pay(t->c, &play, "late", &run));
    EXPECT_OK(operation_forget(t->c, &more));
    EXPECT(!more);
    EXPECT_OK(pay(t->c, &play, "k0", &run));
    EXPECT(run.answer.replayed);
    t->c->now_ms += 1;
    EXPECT_OK(operation_forget(t->c, &more));
    EXPECT(more);
    EXPECT_OK(operation_forget(t->c, &more));
    EXPECT(!more);
    EXPECT_OK(pay(t->c, &play, "late", &run));
    EXPECT(run.answer.replayed);
    EXPECT_OK(pay(t->c, &play, "k129", &run));
    EXPECT(!run.answer.replayed);
    EXPECT_OK(play_counts(t->c, &count));
    EXPECT_I64(count.open, 1);
    EXPECT_OK(pay(t->c, &play, "open", &run));
}

static enum err change(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS, "UPDATE operation SET status = 201", DB_NO_IN);
}

TEST("I10 an answer once given cannot be changed")
{
    struct play play = { .decide = play_says };
    struct operation_run run;
    EXPECT_OK(play_open(t->c, &play));
    EXPECT_OK(pay(t->c, &play, "k", &run));
    EXPECT_FAIL(db_tx(t->c, "test", change, NULL), CONFLICT);
}
