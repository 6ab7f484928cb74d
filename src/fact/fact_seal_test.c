#include "base/test.h"
#include "db/engine.h"
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

/* ---- who waits for what is sealed */

struct heard {
    uint64_t topic[64];
    size_t n;
};

static void hear(void *self, int64_t commit_no, const uint64_t *topics, size_t n)
{
    struct heard *h = self;
    must(commit_no > 0);
    for (size_t i = 0; i < n && h->n < ARRAY_LEN(h->topic); i++)
        h->topic[h->n++] = topics[i];
}

static bool has_heard(const struct heard *h, struct str topic)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->topic[i] == str_hash(topic))
            return true;
    return false;
}

static enum err add_told(struct ctx *c, void *arg)
{
    (void)arg;
    const struct fact facts[] = {
        { .kind = S("ORDER_COMPLETED"), .subject = S("ord_1"), .customer_n = 7 },
        { .kind = S("CREDITS_USED"), .subject = S("crd_1"), .customer_n = 8 },
        { .kind = S("MAIL_RESENT"), .subject = S("mail_1"), .customer_n = 9 },
    };
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        TRY(fact_add(c, &facts[i], NULL));
    return E_OK;
}

TEST("whoever waits for an order's or a customer's facts is woken by their seal")
{
    struct heard *h = arena_new(t->c->arena, struct heard);
    struct store_options *options = &t->c->store->options;
    const struct store_options before = *options;
    int64_t sealed = 0;
    options->committed = hear;
    options->self = h;
    EXPECT_OK(db_tx(t->c, "test", add_told, NULL));
    const bool early = has_heard(h, fact_topic(t->c->arena, S("ord_1")));
    EXPECT_OK(fact_seal(t->c, &sealed));
    *options = before;
    EXPECT(early == !store_is_pg(t->c->store)); /* PostgreSQL seals later, and wakes then */
    EXPECT(has_heard(h, fact_topic(t->c->arena, S("ord_1"))));
    EXPECT(has_heard(h, fact_topic_of_customer(t->c->arena, 7)));
    EXPECT(has_heard(h, fact_topic_of_customer(t->c->arena, 8)));
    EXPECT(!has_heard(h, fact_topic_of_customer(t->c->arena, 9)));
    EXPECT(!has_heard(h, fact_topic(t->c->arena, S("crd_1"))));
}
