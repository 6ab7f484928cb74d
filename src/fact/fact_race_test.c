#include <pthread.h>

#include "base/test.h"
#include "db/db.h"
#include "db/scratch.h"
#include "fact/fact.h"

/* Facts from several sides while several servers seal: the chain has no gap and no fork. */

enum {
    WRITERS = 4,
    SEALERS = 3,
    FACTS = 50
};

struct side {
    pthread_t thread;
    struct arena arena;
    struct ids ids;
    struct ctx c;
    enum err result;
};

static enum err add_tx(struct ctx *c, void *arg)
{
    (void)arg;
    struct fact fact = { .kind = S("KEY_CREATED"), .subject = S("key_1") };
    TRY(fact_add(c, &fact, NULL));
    return fact_add(c, &fact, NULL);
}

static void *add(void *arg)
{
    struct side *s = arg;
    for (int i = 0; s->result == E_OK && i < FACTS; i++)
        s->result = db_tx(&s->c, "test", add_tx, NULL);
    return NULL;
}

static void *seal_some(void *arg)
{
    struct side *s = arg;
    int64_t sealed = 0;
    for (int i = 0; s->result == E_OK && i < 20; i++)
        s->result = fact_seal(&s->c, &sealed);
    return NULL;
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct buf out = BUF(c->arena);
    enum err e = fact_verify(c, &out, arg);
    return e == E_OK ? e : fail_because(c, CONFLICT, "%.*s", SARG(buf_str(&out)));
}

static void race(struct test *t, struct ctx *c)
{
    struct side *s = arena_array(t->c->arena, struct side, WRITERS + SEALERS);
    int64_t sealed = 1, checked = 0;
    for (size_t i = 0; i < WRITERS + SEALERS; i++) {
        s[i].ids = ids_of_seed(i);
        s[i].c = ctx_sibling(c, &s[i].arena);
        s[i].c.ids = &s[i].ids;
        s[i].c.faults = NULL;
        EXPECT_I64(pthread_create(&s[i].thread, NULL, i < WRITERS ? add : seal_some, &s[i]), 0);
    }
    for (size_t i = 0; i < WRITERS + SEALERS; i++) {
        pthread_join(s[i].thread, NULL);
        EXPECT_I64(s[i].result, E_OK);
    }
    while (sealed > 0)
        EXPECT_OK(fact_seal(c, &sealed));
    EXPECT_OK(db_read_long(c, verify_tx, &checked));
    EXPECT_I64(checked, 2 * WRITERS * FACTS);
    for (size_t i = 0; i < WRITERS + SEALERS; i++)
        arena_free(&s[i].arena);
}

TEST("R75 F16 facts from several sides, sealed by several servers, are one chain")
{
    if (db_is_pg(t->c)) {
        race(t, t->c);
        return;
    }
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(t->c, &arena);
    struct str file = scratch_file(&c);
    scratch_open_with(&c, &(struct store_options) { .url = file });
    race(t, &c);
    store_close(c.store);
    scratch_file_remove(&c, file);
    arena_free(&arena);
}
