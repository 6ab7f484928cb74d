#include "fact/fact_count.h"

#include "base/test.h"
#include "db/db.h"

static enum err add_tx(struct ctx *c, void *arg)
{
    struct fact fact = { .kind = *(struct str *)arg, .subject = S("key_1") };
    return fact_add(c, &fact, NULL);
}

static void add(struct test *t, struct str kind)
{
    int64_t sealed = 0;
    EXPECT_OK(db_tx(t->c, "test", add_tx, &kind));
    if (store_is_pg(t->c->store))
        EXPECT_OK(fact_seal(t->c, &sealed));
}

struct counted {
    struct str kind;
    int64_t from, to, facts;
    bool behind;
};

static enum err take(struct ctx *c, const struct fact_count *count, void *arg)
{
    struct counted *k = arg;
    if (str_eq(count->kind, k->kind))
        k->facts += count->facts;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_tx(struct ctx *c, void *arg)
{
    struct counted *k = arg;
    return fact_counts(c, k->from, k->to, take, k, &k->behind);
}

static int64_t count(struct test *t, struct str kind, int64_t from, int64_t to)
{
    struct counted k = { .kind = kind, .from = from, .to = to };
    EXPECT_OK(db_read(t->c, read_tx, &k));
    EXPECT(!k.behind);
    return k.facts;
}

TEST("facts are counted by kind and hour, closed or not, each once")
{
    int64_t hour = t->c->now_ms / FACT_HOUR_MS;
    add(t, S("KEY_CREATED"));
    add(t, S("KEY_REVOKED"));
    add(t, S("KEY_CREATED"));
    for (int i = 0; i < 3; i++) {
        t->c->now_ms += FACT_HOUR_MS;
        add(t, S("KEY_CREATED"));
        EXPECT_I64(count(t, S("KEY_CREATED"), hour, hour + 1), 2);
        EXPECT_I64(count(t, S("KEY_REVOKED"), hour, hour + 1), 1);
        EXPECT_I64(count(t, S("KEY_CREATED"), hour, hour + 10), 3 + i);
        EXPECT_I64(count(t, S("KEY_CREATED"), hour + 1, hour + 2), 1);
        EXPECT_OK(fact_count_job(t->c, S("")));
    }
}

TEST("facts of more hours than a transaction may change are counted in several")
{
    int64_t hour = t->c->now_ms / FACT_HOUR_MS;
    for (int i = 0; i < 200; i++) {
        add(t, S("KEY_CREATED"));
        t->c->now_ms += FACT_HOUR_MS;
    }
    EXPECT_OK(fact_count_job(t->c, S("")));
    EXPECT_I64(count(t, S("KEY_CREATED"), hour, hour + 200), 200);
    EXPECT_I64(count(t, S("KEY_CREATED"), hour + 50, hour + 60), 10);
}
