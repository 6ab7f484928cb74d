#include "app/privacy_fixture.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/fault.h"

/* Forgetting, while statements fail and while others do the same. */

static enum err begin(struct ctx *c, void *arg)
{
    struct erasure *e = arg, made;
    struct erasure_ask ask = { .force = true, .reason = S("") };
    TRY(person_find(c, S("g-1"), &ask.who));
    TRY(erasure_begin(c, &ask, &made));
    *e = made;
    return E_OK;
}

static enum err find(struct ctx *c, void *arg)
{
    struct erasure *e = arg;
    bool found = false;
    TRY(erasure_find(c, S("g-1"), &found, e));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no erasure under way");
}

static void expect_forgotten(struct shop *s, int64_t times)
{
    struct test *t = s->t;
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASURE_BEGUN"), times);
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASED"), times);
    struct exporting x = { .whom = "g-1" };
    EXPECT_FAIL(db_read(t->c, life_export_read, &x), NOT_FOUND);
    shop_verify(s);
}

static void buy_as_customer(struct shop *s, int64_t n)
{
    struct arena *a = s->c->arena;
    life_buy(s, str_c(a, str_fmt(a, "k%lld", (long long)n)),
        "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
    life_pay(s);
}

TEST("R81 forgetting survives the failure of each statement and commit in turn")
{
    struct shop *s = life_open(t);
    bool fired = true;
    for (int64_t k = 0; fired; k += 3) {
        struct faults faults;
        struct erasure e = { .n = 0 };
        buy_as_customer(s, k);
        faults_off(&faults);
        faults.countdown = k;
        t->c->faults = &faults;
        enum err err = db_tx(t->c, "erase", begin, &e);
        if (err == E_OK)
            err = erasure_run(t->c, &e, NULL, NULL);
        fired = faults.fired;
        t->c->faults = NULL;
        EXPECT(fired || err == E_OK);
        /* Who was told of a failure asks again; what had begun goes on where it was. */
        if (err != E_OK && db_read(t->c, find, &e) != E_OK &&
            db_tx(t->c, "erase", begin, &e) != E_OK)
            e.n = 0; /* nobody is left to find under that name: the job ends it */
        if (err != E_OK && e.n > 0)
            EXPECT_OK(erasure_run(t->c, &e, NULL, NULL));
        shop_wait(s, 61 * 1000);
        expect_forgotten(s, k / 3 + 1);
    }
}

struct runner {
    struct ctx c;
    struct arena arena;
    struct erasure e;
    enum err result;
};

static void *run(void *arg)
{
    struct runner *r = arg;
    r->result = erasure_run(&r->c, &r->e, NULL, NULL);
    return NULL;
}

TEST("R81 four at once forget somebody once, and none of them fails")
{
    enum {
        RUNNERS = 4
    };
    struct shop *s = life_open(t);
    struct runner runner[RUNNERS];
    pthread_t thread[RUNNERS];
    struct erasure e;
    const bool threads = getenv("TEST_DB") != NULL || getenv("TEST_STORE") != NULL;
    for (int64_t i = 0; i < 3; i++)
        buy_as_customer(s, i);
    EXPECT_OK(db_tx(t->c, "erase", begin, &e));
    for (int i = 0; i < RUNNERS; i++) {
        runner[i] = (struct runner) { .e = e };
        runner[i].c = ctx_sibling(t->c, &runner[i].arena);
        /* In memory there is one connection: there they take turns. */
        if (threads)
            pthread_create(&thread[i], NULL, run, &runner[i]);
        else
            run(&runner[i]);
    }
    for (int i = 0; i < RUNNERS; i++) {
        if (threads)
            pthread_join(thread[i], NULL);
        EXPECT_I64((int64_t)runner[i].result, E_OK);
        EXPECT(runner[i].e.done_ms > 0);
        arena_free(&runner[i].arena);
    }
    expect_forgotten(s, 1);
}
