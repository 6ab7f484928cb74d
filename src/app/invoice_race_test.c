#include "app/shop_fixture.h"

#include <pthread.h>

#include "invoice/invoice.h"

/* Several servers give numbers at the same moment, and some of their transactions come to nothing.
 * On PostgreSQL on threads; on SQLite, whose writer is alone, one after the other. */

enum {
    SIDES = 4,
    ORDERS = 12
};

struct side {
    pthread_t thread;
    struct arena arena;
    struct ids ids;
    struct ctx c;
    size_t nth;
    const int64_t *order_n;
    pthread_barrier_t *start;
    enum err result;
};

struct issue {
    int64_t order_n;
    bool dies;
};

static enum err issue_tx(struct ctx *c, void *arg)
{
    const struct issue *in = arg;
    TRY(invoice_issue(c, in->order_n));
    return in->dies ? fail(c, CONFLICT, "the process died before its commit") : E_OK;
}

/* All the same orders, each side beginning elsewhere; a third of the tries is lost. */
static enum err issue_all(struct side *k)
{
    for (size_t i = 0; i < 2 * ORDERS; i++) {
        struct issue in = { k->order_n[(i + k->nth * 3) % ORDERS], (i + k->nth) % 3 == 0 };
        enum err e = db_tx(&k->c, "issue", issue_tx, &in);
        if (e != E_OK && !in.dies)
            return e;
        err_clear(&k->c);
    }
    return E_OK;
}

static void *on_thread(void *arg)
{
    struct side *k = arg;
    pthread_barrier_wait(k->start);
    k->result = issue_all(k);
    return NULL;
}

static void all_at_once(struct side *side)
{
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, SIDES);
    for (size_t i = 0; i < SIDES; i++) {
        side[i].start = &start;
        must(pthread_create(&side[i].thread, NULL, on_thread, &side[i]) == 0);
    }
    for (size_t i = 0; i < SIDES; i++)
        pthread_join(side[i].thread, NULL);
    pthread_barrier_destroy(&start);
}

static enum err count(struct ctx *c, void *arg)
{
    int64_t *n = arg;
    return db_one(c, "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM invoice", DB_NO_IN,
        DB_OUT(out_i64(&n[0]), out_i64(&n[1])));
}

static void buy_all(struct shop *s, int64_t *order_n)
{
    struct test *t = s->t;
    for (size_t i = 0; i < ORDERS; i++) {
        struct str key = str_fmt(s->c->arena, "k%zu", i);
        struct str id =
            shop_buy(s, str_c(s->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        struct shop_session *session = &s->session[s->sessions - 1];
        struct settle settle = {
            .gateway = GATEWAY_ID_moneymotion,
            .confirmed_by = S("query"),
            .notice = { .kind = NOTICE_PAID,
                .session_id = str_of_c(session->id),
                .has_amount = true,
                .amount_minor = session->total,
                .currency = session->cur },
        };
        EXPECT_OK(db_tx(s->c, "settle", settle_tx, &settle)); /* its jobs wait */
        order_n[i] = shop_order(s, id).n;
    }
}

TEST("R16 numbers given by several servers at once, some of which die, have neither gap nor double")
{
    struct shop *s = shop_open(t);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    int64_t order_n[ORDERS], n[2] = { 0 };
    buy_all(s, order_n);
    for (size_t i = 0; i < SIDES; i++) {
        side[i] = (struct side) { .ids = ids_of_seed(i + 7), .nth = i, .order_n = order_n };
        side[i].c = ctx_sibling(t->c, &side[i].arena);
        side[i].c.ids = &side[i].ids;
    }
    if (store_is_pg(t->c->store))
        all_at_once(side);
    for (size_t i = 0; i < SIDES; i++) {
        if (!store_is_pg(t->c->store))
            side[i].result = issue_all(&side[i]);
        EXPECT(side[i].result == E_OK);
        arena_free(&side[i].arena);
    }
    EXPECT_OK(db_read(t->c, count, n));
    EXPECT_I64(n[0], ORDERS);
    EXPECT_I64(n[1], ORDERS);
    shop_verify(s);
    shop_jobs(s); /* and the mails find them */
    EXPECT_I64(shop_facts(s, "INVOICE_ISSUED"), ORDERS);
    shop_verify(s);
}
