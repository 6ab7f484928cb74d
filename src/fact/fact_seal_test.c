#include "base/test.h"
#include "db/db.h"
#include "fact/fact_db.h"

static enum err add_some(struct ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++)
        TRY(fact_add(c, &(struct fact) { .kind = S("BENCH_WRITTEN"), .subject = S("x") }, NULL));
    return E_OK;
}

struct unsealed {
    int64_t count, oldest_ms;
};

static enum err count(struct ctx *c, void *arg)
{
    struct unsealed *u = arg;
    return fact_unsealed(c, &u->count, &u->oldest_ms);
}

TEST("one run of the sealing job leaves no fact without a seal, however many came")
{
    struct unsealed u = { .count = -1 };
    for (int i = 0; i < 12; i++)
        EXPECT_OK(db_tx(t->c, "test", add_some, NULL));
    size_t used = t->c->arena->used;
    EXPECT_OK(fact_seal_job(t->c, S("")));
    EXPECT(t->c->arena->used - used < 4096); /* who starts after a long absence seals millions */
    EXPECT_OK(db_read(t->c, count, &u));
    EXPECT_I64(u.count, 0);
}
