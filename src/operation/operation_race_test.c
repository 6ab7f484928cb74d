#include <pthread.h>

#include "db/db.h"
#include "db/scratch.h"
#include "operation/operation_play.h"

/* The same request from 32 sides at once, on a store with its threads. */

enum {
    SIDES = 32,
    ROUNDS = 8
};

struct side {
    pthread_t thread;
    struct arena arena;
    struct ids ids;
    struct ctx c;
    struct play *play;
    const char *key;
    pthread_barrier_t *start;
    enum err result;
    struct operation_answer answer;
};

static enum err effect_tx(struct ctx *c, void *arg)
{
    struct side *s = arg;
    struct operation_key key = play_key_of(c, s->key, 5);
    struct operation_answer before = { 0 };
    TRY(operation_begin(c, &key, &before));
    s->answer = before;
    if (before.replayed)
        return E_OK;
    TRY(db_exec(c, 1, "UPDATE play_order SET effects = effects + 1 WHERE n = 1", DB_NO_IN));
    s->answer = (struct operation_answer) { 201, S("{\"done\":true}"), false };
    return operation_finish(c, &key, 201, s->answer.body);
}

static void *once(void *arg)
{
    struct side *s = arg;
    pthread_barrier_wait(s->start);
    s->result = db_tx(&s->c, "test", effect_tx, s);
    return NULL;
}

static void *paying(void *arg)
{
    struct side *s = arg;
    struct operation_key key = play_key_of(&s->c, s->key, 5);
    pthread_barrier_wait(s->start);
    for (int tries = 0; tries < 10000; tries++) {
        struct operation_run run;
        struct play_work work = { .play = s->play, .amount = 5 };
        operation_run_start(&s->c, &run, &play_kind, &key, &work);
        s->result = operation_run_all(&s->c, &run);
        s->answer = run.answer;
        if (s->result != E_CONFLICT)
            break;
    }
    return NULL;
}

static void all_at_once(
    struct test *t, struct ctx *c, struct play *play, const char *key, void *(*run)(void *arg))
{
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, SIDES);
    for (size_t i = 0; i < SIDES; i++) {
        side[i] =
            (struct side) { .ids = ids_of_seed(i + 7), .play = play, .key = key, .start = &start };
        side[i].c = ctx_sibling(c, &side[i].arena);
        side[i].c.ids = &side[i].ids;
        side[i].c.faults = NULL;
        EXPECT_I64(pthread_create(&side[i].thread, NULL, run, &side[i]), 0);
    }
    int first = 0;
    for (size_t i = 0; i < SIDES; i++)
        pthread_join(side[i].thread, NULL);
    for (size_t i = 0; i < SIDES; i++) {
        t->c->err = side[i].c.err;
        EXPECT_I64(side[i].result, E_OK);
        EXPECT_I64(side[i].answer.status, side[0].answer.status);
        EXPECT_STR(side[i].answer.body, side[0].answer.body);
        first += side[i].answer.replayed ? 0 : 1;
    }
    EXPECT_I64(first, 1);
    for (size_t i = 0; i < SIDES; i++)
        arena_free(&side[i].arena);
    pthread_barrier_destroy(&start);
}

/* The test's own store, where that has threads; else one in a file. */
struct stage {
    struct ctx c;
    struct arena arena;
    struct str file;
};

static void stage_open(struct test *t, struct stage *s)
{
    *s = (struct stage) { .file = { NULL, 0 } };
    s->c = *t->c;
    if (db_is_pg(t->c))
        return;
    s->c = ctx_sibling(t->c, &s->arena);
    s->c.store = NULL;
    s->file = scratch_file(&s->c);
    scratch_open_with(&s->c, &(struct store_options) { .url = s->file });
}

static void stage_close(struct stage *s)
{
    if (s->file.n == 0)
        return;
    store_close(s->c.store);
    scratch_file_remove(&s->c, s->file);
    arena_free(&s->arena);
}

static enum err order_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(
        c, 1, "INSERT INTO play_order (n, amount, effects, state) VALUES (1, 5, 0, 'x')", DB_NO_IN);
}

TEST("R12 F45 32 identical requests at once have one effect and one answer")
{
    struct stage s;
    struct play play = { .decide = play_says };
    struct play_count count;
    stage_open(t, &s);
    EXPECT_OK(play_open(&s.c, &play));
    EXPECT_OK(db_tx(&s.c, "test", order_tx, NULL));
    for (int i = 0; i < ROUNDS; i++)
        all_at_once(t, &s.c, &play, str_fmt(t->c->arena, "k%d", i).p, once);
    EXPECT_OK(play_counts(&s.c, &count));
    EXPECT_I64(count.effects, ROUNDS);
    stage_close(&s);
}

TEST("R12 F45 32 identical requests with a call at once charge once")
{
    struct stage s;
    struct play *play = arena_new(t->c->arena, struct play);
    struct play_count count;
    stage_open(t, &s);
    play->decide = play_says;
    EXPECT_OK(play_open(&s.c, play));
    for (int i = 0; i < ROUNDS; i++) {
        play->answer[0] = i % 2 == 0 ? PLAY_CHARGES : PLAY_DECLINES;
        all_at_once(t, &s.c, play, str_fmt(t->c->arena, "k%d", i).p, paying);
        EXPECT_I64(play_charged(play, i + 1), 1);
    }
    EXPECT_OK(play_counts(&s.c, &count));
    EXPECT_I64(count.orders, ROUNDS);
    EXPECT_I64(count.effects, ROUNDS);
    stage_close(&s);
}

/* ---- and over a restart */

TEST("I10 an answer is replayed with the same bytes after a restart")
{
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(t->c, &arena);
    struct str file = scratch_file(&c);
    struct side before = { .key = "k" }, after = { .key = "k" };
    struct play play = { .decide = play_says };
    scratch_open_with(&c, &(struct store_options) { .url = file });
    EXPECT_OK(play_open(&c, &play));
    EXPECT_OK(db_tx(&c, "test", order_tx, NULL));
    EXPECT_OK(db_tx(&c, "test", effect_tx, &before));
    store_close(c.store);
    scratch_open_with(&c, &(struct store_options) { .url = file });
    EXPECT_OK(db_tx(&c, "test", effect_tx, &after));
    EXPECT(!before.answer.replayed && after.answer.replayed);
    EXPECT_I64(after.answer.status, before.answer.status);
    EXPECT_STR(after.answer.body, before.answer.body);
    store_close(c.store);
    scratch_file_remove(&c, file);
    arena_free(&arena);
}
