#include <stdio.h>

#include "base/fault.h"
#include "db/db.h"
#include "job/job.h"
#include "operation/operation_play.h"

/* Many short lives of a server, each drawn from a seed: clients that send the same request again
 * and again, the job that goes on with what lies open, gateways that charge, decline, cannot be
 * reached or lose their answer, statements and COMMITs that fail, runs that sleep past their lease,
 * and a process that dies at any point.  The gateways are the oracle.
 *
 * What must hold: a request has at most one effect, at the gateways and with us, under one key a
 * gateway; every answer is true; all answers to one request have the same bytes; in the end
 * everything is answered and nothing lies open. */

enum {
    REQUESTS = 3,
    ACTORS = 8, /* runs under way at once */
    EVENTS = 60,
    MINUTE_MS = 60 * 1000
};

struct actor {
    bool running, dead;
    int request; /* -1: the job's */
    struct arena arena;
    struct ctx c;
    struct play_work work;
    struct operation_run run;
};
struct sim {
    struct play play; /* first: the gateways' decide knows only that */
    struct test *t;
    struct ids world; /* what happens */
    struct faults *faults;
    struct actor actor[ACTORS];
    struct {
        int status; /* 0: not answered */
        struct str body;
    } answer[REQUESTS];
    int crash_in, fail_in; /* one in so many points, statements; 0: never */
    bool quiet;            /* in the end: nothing goes wrong any more */
    uint64_t trace;
    const char *violation;
};

static int64_t draw(struct sim *s, int64_t below)
{
    struct ctx c = { .ids = &s->world };
    return random_below(&c, below);
}

static void note(struct sim *s, int64_t what)
{
    s->trace = (s->trace ^ (uint64_t)what) * UINT64_C(1099511628211);
}

static void violate(struct sim *s, bool is, const char *what)
{
    if (is && s->violation == NULL)
        s->violation = what;
}

/* ---- the world */

static enum play_answer decide_answer(struct play *play, int gateway)
{
    struct sim *s = (struct sim *)play;
    (void)gateway;
    if (s->quiet)
        return PLAY_CHARGES;
    enum play_answer a = (enum play_answer)draw(s, PLAY_ANSWERS);
    note(s, a);
    return a;
}

static bool decide_fault(void *self, const char *place, bool is_crash)
{
    struct sim *s = self;
    (void)place;
    int in = is_crash ? s->crash_in : s->fail_in;
    return !s->quiet && in > 0 && draw(s, in) == 0;
}

/* ---- what must hold at every moment */

static int request_of(int64_t amount)
{
    return amount >= 100 && amount < 100 + REQUESTS ? (int)(amount - 100) : -1;
}

static void check_gateways(struct sim *s)
{
    int effects[REQUESTS] = { 0 }, keys[REQUESTS][PLAY_GATEWAYS] = { { 0 } };
    for (size_t i = 0; i < PLAY_KEYS; i++) {
        const struct play_key *k = &s->play.key[i];
        if (k->calls == 0)
            continue;
        int r = request_of(k->amount);
        violate(s, r < 0, "a gateway was asked for what nobody wanted");
        if (r < 0)
            continue;
        effects[r] += k->effects;
        keys[r][k->gateway]++;
    }
    for (int r = 0; r < REQUESTS; r++) {
        int status = s->answer[r].status;
        violate(s, effects[r] > 1, "charged twice");
        violate(s, keys[r][0] > 1 || keys[r][1] > 1, "a second key at one gateway");
        violate(s, status == 200 && effects[r] != 1, "said paid, and it is not");
        violate(s, status == 402 && effects[r] != 0, "said refused, and it was charged");
    }
}

/* ---- runs */

static void leave(struct actor *a)
{
    arena_free(&a->arena);
    a->running = false;
}

static void begin(struct sim *s, struct actor *a, int request, int64_t resume_n)
{
    struct ctx *c = s->t->c;
    a->arena = (struct arena) { 0 };
    a->c = ctx_sibling(c, &a->arena);
    a->request = request;
    a->running = true;
    a->work = (struct play_work) { .play = &s->play, .amount = 100 + request };
    if (request < 0) {
        a->work = (struct play_work) { 0 };
        operation_run_start(&a->c, &a->run, &play_kind, NULL, &a->work);
        a->run.resume_n = resume_n;
        return;
    }
    struct operation_key k =
        play_key_of(&a->c, str_fmt(&a->arena, "k%d", request).p, a->work.amount);
    operation_run_start(&a->c, &a->run, &play_kind, &k, &a->work);
}

static void answered(struct sim *s, struct actor *a)
{
    int r = request_of(a->request >= 0 ? 100 + a->request : a->work.amount);
    enum err e = operation_result(&a->c, &a->run);
    note(s, a->run.answer.status);
    if (e == E_OK && a->request >= 0) {
        bool first = s->answer[r].status == 0;
        if (first) {
            s->answer[r].status = a->run.answer.status;
            s->answer[r].body = str_copy(s->t->c->arena, a->run.answer.body);
        }
        violate(s, s->answer[r].status != a->run.answer.status, "another status than before");
        violate(s, !str_eq(s->answer[r].body, a->run.answer.body), "other bytes than before");
    }
    leave(a);
}

/* NOT_FOUND: the job of an operation that is not there. */
static bool may_say(const struct actor *a)
{
    enum code code = a->c.err.code;
    return code == CODE_IDEMPOTENCY_IN_PROGRESS || code == CODE_BUSY || code == CODE_INTERNAL ||
        (code == CODE_NOT_FOUND && a->request < 0);
}

/* After a step: what it said. */
static void stepped(struct sim *s, struct actor *a, enum err e)
{
    note(s, e);
    note(s, a->run.step);
    if (e == E_DEAD || a->c.dead) {
        a->dead = true;
        return;
    }
    if (e != E_OK) {
        violate(s, !may_say(a), "a step said what it may not say");
        leave(a);
    } else if (a->run.step == OPERATION_END) {
        answered(s, a);
    }
}

/* ---- a batch: several runs, and mates that have nothing to do with them */

static enum err mate(struct ctx *c, void *arg)
{
    TRY(db_exec(c, DB_ANY_ROWS,
        "INSERT INTO setting (name, value) VALUES ('mate', 'x') ON CONFLICT (name)"
        " DO UPDATE SET value = 'y'",
        DB_NO_IN));
    return *(bool *)arg ? fail(c, INVALID_REQUEST, "this mate fails") : E_OK;
}

struct batch {
    struct tx tx[ACTORS + 2];
    struct tx *member[ACTORS + 2];
    struct actor *of[ACTORS + 2];
    size_t n;
};

static void add_member(
    struct batch *b, struct ctx *c, enum err (*act)(struct ctx *c, void *arg), void *arg)
{
    b->tx[b->n] = (struct tx) { .name = "sim", .act = act, .arg = arg, .c = c };
    b->member[b->n] = &b->tx[b->n];
    b->n++;
}

static void run_batch(struct sim *s, struct actor *only)
{
    struct batch b = { .n = 0 };
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(s->t->c, &arena);
    bool fails = draw(s, 2) == 0;
    if (draw(s, 3) == 0)
        add_member(&b, &c, mate, &fails);
    for (size_t i = 0; i < ACTORS; i++) {
        struct actor *a = &s->actor[i];
        bool waits = a->running && !a->dead &&
            (a->run.step == OPERATION_PLAN || a->run.step == OPERATION_RECORD);
        if (!waits || (a != only && (only != NULL || draw(s, 2) == 0)))
            continue;
        b.of[b.n] = a;
        add_member(&b, &a->c,
            a->run.step == OPERATION_PLAN ? operation_plan_tx : operation_record_tx, &a->run);
    }
    if (b.n > 0)
        store_batch(s->t->c->store, b.member, b.n);
    for (size_t i = 0; i < b.n; i++) {
        struct actor *a = b.of[i];
        if (a == NULL)
            continue;
        /* The COMMIT came through and nobody could say so: the body runs once more. */
        enum err e = b.tx[i].result;
        if (e == E_OK && !a->c.dead && a->run.step != OPERATION_RECORD && draw(s, 12) == 0)
            e = db_tx(&a->c, "sim", b.tx[i].act, &a->run);
        stepped(s, a, e);
    }
    s->t->c->dead = c.dead;
    arena_free(&arena);
}

/* ---- the process */

static const struct job_kind job_kind[] = {
    { .name = S_INIT("operation_resume"), .run = play_resume },
};
static const struct job_kinds jobs = { job_kind, 1 };

static bool anybody_dead(struct sim *s)
{
    for (size_t i = 0; i < ACTORS; i++)
        if (s->actor[i].running && s->actor[i].dead)
            return true;
    return s->t->c->dead;
}

/* All of it dies, and starts again: alone (SQLite's start), or as one of several servers, where
 * leases just go on. */
static void reboot(struct sim *s)
{
    int crash_in = s->crash_in;
    note(s, 77);
    for (size_t i = 0; i < ACTORS; i++) {
        if (s->actor[i].running)
            leave(&s->actor[i]);
        s->actor[i].dead = false;
    }
    s->crash_in = 0;
    s->quiet = true;
    s->t->c->dead = false;
    store_reboot(s->t->c->store);
    if (draw(s, 2) == 0) {
        violate(s, job_start(s->t->c, &jobs) != E_OK, "the jobs do not start");
        violate(s, operation_end_leases(s->t->c) != E_OK, "the leases do not end");
    }
    s->quiet = false;
    s->crash_in = crash_in;
}

static void run_jobs(struct sim *s)
{
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(s->t->c, &arena);
    int64_t ran = 0;
    note(s, job_run_due(&c, &jobs, 100, &ran));
    note(s, ran);
    s->t->c->dead = c.dead;
    arena_free(&arena);
}

static struct actor *free_actor(struct sim *s)
{
    for (size_t i = 0; i < ACTORS; i++)
        if (!s->actor[i].running)
            return &s->actor[i];
    return NULL;
}

static void step_one(struct sim *s, struct actor *a)
{
    if (!a->running || a->dead)
        return;
    if (a->run.step == OPERATION_CALL)
        stepped(s, a, operation_call(&a->c, &a->run));
    else
        run_batch(s, a);
}

static void event(struct sim *s)
{
    int64_t what = draw(s, 20);
    struct actor *a = free_actor(s);
    note(s, what);
    if (what < 4 && a != NULL)
        begin(s, a, (int)draw(s, REQUESTS), 0);
    else if (what == 4 && a != NULL)
        begin(s, a, -1, draw(s, REQUESTS) + 1);
    else if (what == 5)
        run_jobs(s);
    else if (what == 6)
        s->t->c->now_ms += draw(s, 2 * MINUTE_MS);
    else if (what < 10)
        run_batch(s, NULL);
    else
        step_one(s, &s->actor[draw(s, ACTORS)]);
    check_gateways(s);
    if (anybody_dead(s))
        reboot(s);
}

/* ---- a life */

static enum err empty_tx(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM play_order", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM play_attempt", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM operation", DB_NO_IN));
    if (db_is_pg(c))
        TRY(db_exec(
            c, DB_ANY_ROWS, "ALTER TABLE operation ALTER COLUMN n RESTART WITH 1", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM job", DB_NO_IN);
}

/* Nothing goes wrong any more: everybody gets an answer, and nothing is left. */
static void quiesce(struct sim *s)
{
    struct play_count count = { 0 };
    int64_t due = 0;
    s->quiet = true;
    for (int round = 0; round < 40; round++) {
        for (size_t i = 0; i < ACTORS; i++)
            for (int step = 0; step < 10; step++)
                step_one(s, &s->actor[i]);
        s->t->c->now_ms += 2 * MINUTE_MS;
        run_jobs(s);
        for (int r = 0; r < REQUESTS; r++)
            begin(s, &s->actor[r], r, 0);
    }
    for (int r = 0; r < REQUESTS; r++) {
        violate(s, s->answer[r].status == 0, "no answer in the end");
        for (int step = 0; step < 10; step++)
            step_one(s, &s->actor[r]);
    }
    check_gateways(s);
    violate(s, play_counts(s->t->c, &count) != E_OK, "the store does not answer");
    violate(s, count.most_effects > 1 || count.effects != REQUESTS, "not one effect recorded each");
    violate(s, count.open != 0, "an operation lies open");
    violate(s, job_next_due(s->t->c, &due) != E_OK || due != INT64_MAX, "a job is left");
}

struct life {
    const char *violation;
    uint64_t trace;
};

static struct life live(struct test *t, struct sim *s, uint64_t seed)
{
    *s = (struct sim) { .t = t, .world = ids_of_seed(seed * 2 + 1), .faults = t->c->faults };
    s->play.decide = decide_answer;
    *t->c->ids = ids_of_seed(seed);
    t->c->now_ms = INT64_C(1795140000000);
    t->c->dead = false;
    store_reboot(t->c->store);
    must(db_tx(t->c, "sim", empty_tx, NULL) == E_OK);
    /* Each life has its own mix of troubles, and some have none of a kind. */
    s->crash_in = draw(s, 3) == 0 ? 0 : 10 + (int)draw(s, 60);
    s->fail_in = draw(s, 2) == 0 ? 0 : 30 + (int)draw(s, 200);
    faults_off(s->faults);
    s->faults->decide = decide_fault;
    s->faults->self = s;
    for (int i = 0; i < EVENTS && s->violation == NULL; i++)
        event(s);
    if (s->violation == NULL)
        quiesce(s);
    for (size_t i = 0; i < ACTORS; i++)
        if (s->actor[i].running)
            leave(&s->actor[i]);
    faults_off(s->faults);
    err_clear(t->c);
    return (struct life) { s->violation, s->trace };
}

static void sim_open(struct test *t, struct sim *s)
{
    EXPECT_OK(play_open(t->c, &s->play));
}

TEST("R12 R13 R14 I10 no life of a server charges twice, lies, or answers twice differently")
{
    struct sim *s = arena_new(t->c->arena, struct sim);
    uint64_t lives = db_is_pg(t->c) ? 40 : 2500;
    sim_open(t, s);
    for (uint64_t seed = 1; seed <= lives; seed++) {
        struct life life = live(t, s, seed);
        if (life.violation != NULL)
            printf("seed %llu: %s\n", (unsigned long long)seed, life.violation);
        EXPECT(life.violation == NULL);
    }
}

TEST("a seed lives the same life twice")
{
    struct sim *s = arena_new(t->c->arena, struct sim);
    uint64_t lives = db_is_pg(t->c) ? 4 : 100;
    sim_open(t, s);
    for (uint64_t seed = 1; seed <= lives; seed++) {
        uint64_t first = live(t, s, seed).trace;
        EXPECT(first == live(t, s, seed).trace);
        EXPECT(first != live(t, s, seed + 1).trace);
    }
}

#ifdef MUTANTS
static uint64_t lives_until_caught(struct test *t, struct sim *s, int mutant)
{
    uint64_t seed = 1;
    mutant_choose(mutant);
    while (seed < 2500 && live(t, s, seed).violation == NULL)
        seed++;
    printf("mutant %d: caught in life %llu: %s\n", mutant, (unsigned long long)seed,
        s->violation == NULL ? "never" : s->violation);
    mutant_choose(0);
    return s->violation == NULL ? 0 : seed;
}

TEST("R14 mutant 1 is caught: who takes over plans afresh, under another key")
{
    struct sim *s = arena_new(t->c->arena, struct sim);
    sim_open(t, s);
    EXPECT(lives_until_caught(t, s, 1) > 0);
}

TEST("R13 mutant 2 is caught: the answer is recorded in another transaction than the effect")
{
    struct sim *s = arena_new(t->c->arena, struct sim);
    sim_open(t, s);
    EXPECT(lives_until_caught(t, s, 2) > 0);
}

TEST("R17 mutant 3 is caught: the token is not looked at when the outcome is recorded")
{
    struct sim *s = arena_new(t->c->arena, struct sim);
    sim_open(t, s);
    EXPECT(lives_until_caught(t, s, 3) > 0);
}
#endif
