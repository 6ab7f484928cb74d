#include "app/shop_fixture.h"

#include <pthread.h>

#include "db/db.h"

/* Payment, its copy, the end of its page and the end of its order's time, at the same moment.  On
 * PostgreSQL on threads; on SQLite, whose writer is alone, in every order. */

enum {
    SIDES = 4,
    ROUNDS = 24 /* as many as there are orders of four */
};

struct side {
    pthread_t thread;
    struct arena arena;
    struct ids ids;
    struct ctx c;
    enum notice_kind kind; /* NOTICE_STRANGE: the job that ends orders */
    const struct shop_session *session;
    pthread_barrier_t *start;
    enum err result;
};

static void act(struct side *k)
{
    if (k->kind == NOTICE_STRANGE) {
        k->result = orders_expire(&k->c, S(""));
        return;
    }
    struct settle settle = {
        .gateway = GATEWAY_ID_moneymotion,
        .confirmed_by = S("query"),
        .notice = { .kind = k->kind,
            .session_id = str_of_c(k->session->id),
            .has_amount = true,
            .amount_minor = k->session->total,
            .currency = k->session->cur },
    };
    k->result = db_tx(&k->c, "settle", settle_tx, &settle);
}

static void *on_thread(void *arg)
{
    struct side *k = arg;
    pthread_barrier_wait(k->start);
    act(k);
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

/* The nth order of four things. */
static void one_by_one(struct side *side, int nth)
{
    bool done[SIDES] = { false };
    for (int left = SIDES; left > 0; left--) {
        int pick = nth % left, i = 0;
        nth /= left;
        for (; done[i] || pick > 0; i++)
            pick -= !done[i];
        done[i] = true;
        act(&side[i]);
    }
}

TEST("F33 payment, copy, end of the page and end of the order at once: paid once, nothing lost")
{
    static const enum notice_kind kinds[SIDES] = { NOTICE_PAID, NOTICE_PAID, NOTICE_EXPIRED,
        NOTICE_STRANGE };
    struct shop *s = shop_open(t);
    for (int round = 0; round < ROUNDS; round++) {
        struct side *side = arena_array(t->c->arena, struct side, SIDES);
        struct str key = str_fmt(t->c->arena, "k%d", round);
        struct str id = shop_buy(s, str_c(t->c->arena, key),
            "\"priceId\":\"mug-usd\",\"coupon\":\"TEN\",\"again\":true");
        for (size_t i = 0; i < SIDES; i++) {
            side[i] = (struct side) { .ids = ids_of_seed((uint64_t)round * SIDES + i + 7),
                .kind = kinds[i],
                .session = &s->session[s->sessions - 1] };
            side[i].c = ctx_sibling(t->c, &side[i].arena);
            side[i].c.ids = &side[i].ids;
            side[i].c.now_ms += INT64_C(25) * 3600 * 1000;
        }
        if (store_is_pg(t->c->store))
            all_at_once(side);
        else
            one_by_one(side, round);
        for (size_t i = 0; i < SIDES; i++) {
            EXPECT(side[i].result == E_OK);
            arena_free(&side[i].arena);
        }
        struct order o = shop_order(s, id);
        EXPECT_STR(order_status_text(o.status), S("completed"));
        EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 900 * (round + 1));
    }
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), ROUNDS);
    shop_verify(s);
}
