#include "app/shop_fixture.h"
#include "db/crowd_fixture.h"

/* Payment, its copy, the end of its page and the end of its order's time, at the same moment; where
 * they come one after the other, in every order. */

enum {
    SIDES = 4,
    ROUNDS = 24 /* as many as there are orders of four */
};

struct side {
    struct crowd crowd;
    enum notice_kind kind; /* NOTICE_STRANGE: the job that ends orders */
    const struct shop_session *session;
};

static void act(struct crowd *self)
{
    const struct side *k = (const struct side *)self;
    self->c.now_ms += INT64_C(25) * 3600 * 1000;
    if (k->kind == NOTICE_STRANGE) {
        self->result = orders_expire(&self->c, S(""));
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
    self->result = db_tx(&self->c, "settle", settle_tx, &settle);
}

/* The nth order of the four. */
static void put_in_order(struct side *side, int nth, const struct shop_session *session)
{
    static const enum notice_kind kinds[SIDES] = { NOTICE_PAID, NOTICE_PAID, NOTICE_EXPIRED,
        NOTICE_STRANGE };
    bool done[SIDES] = { false };
    for (int left = SIDES; left > 0; left--) {
        int pick = nth % left, i = 0;
        nth /= left;
        for (; done[i] || pick > 0; i++)
            pick -= !done[i];
        done[i] = true;
        side[SIDES - left] =
            (struct side) { .crowd.act = act, .kind = kinds[i], .session = session };
    }
}

TEST("F33 payment, copy, end of the page and end of the order at once: paid once, nothing lost")
{
    struct shop *s = shop_open(t);
    for (int round = 0; round < ROUNDS; round++) {
        struct side side[SIDES];
        struct str key = str_fmt(t->c->arena, "k%d", round);
        struct str id = shop_buy(s, str_c(t->c->arena, key),
            "\"priceId\":\"mug-usd\",\"coupon\":\"TEN\",\"again\":true");
        put_in_order(side, round, &s->session[s->sessions - 1]);
        crowd_run(t, side, sizeof side[0], SIDES);
        struct order o = shop_order(s, id);
        EXPECT_STR(order_status_text(o.status), S("completed"));
        EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 900 * (round + 1));
    }
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), ROUNDS);
    shop_verify(s);
}
