#include "renewal/renewal_fixture.h"

#include "db/crowd_fixture.h"
#include "db/db.h"
#include "renewal/change.h"

/* Whoever asks, pays, cancels and looks at one subscription at the same moment: one renewal, one
 * state, in every order. */

enum {
    SIDES = 10,
    EACH = 10, /* together a hundred */
    ROUNDS = 24
};

struct side {
    struct crowd k; /* first */
    struct gate *g;
    struct order order;
};

static void mirror_often(struct crowd *k)
{
    const struct gate *g = ((struct side *)k)->g;
    for (int i = 0; i < EACH && k->result == E_OK; i++) {
        struct renewal_mirror m = {
            .gateway = GATEWAY_ID_stripe, .reference = S("sub_1"), .ask = &g->gateway
        };
        do { /* as its job does */
            err_clear(&k->c);
            k->result = renewal_mirror(&k->c, &m);
        } while (k->result == E_BUSY);
    }
}

TEST("R100 F31 a hundred mirrors of one subscription at once make each invoice one renewal")
{
    struct gate *g = gate_open(t, false);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    for (int i = 0; i < 4; i++)
        gate_renews(g);
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .k = { .act = mirror_often }, .g = g };
    crowd_run(t, side, sizeof *side, SIDES);
    struct seen k = gate_see(g);
    EXPECT_I64(k.orders, 4);
    EXPECT_I64(k.completed, 4);
    EXPECT_I64(k.sales, 4 * 999);
    EXPECT_I64(k.s.period_end_ms, g->at.end_ms);
    EXPECT_I64(gate_facts(g, "SUBSCRIPTION_RENEWED"), 4);
}

/* ---- where purser renews */

static void look(struct crowd *k)
{
    const struct gate *g = ((struct side *)k)->g;
    k->result = renewal_due(&k->c, str_fmt(k->c.arena, "%lld", (long long)g->subscription_n));
}

struct paying {
    struct order order;
    struct attempt attempt;
};

static enum err pay_tx(struct ctx *c, void *arg)
{
    struct paying *p = arg;
    struct settle s = {
        .gateway = GATEWAY_ID_moneymotion,
        .confirmed_by = S("query"),
        .notice = { .kind = NOTICE_PAID,
            .attempt = attempt_id(c->arena, &p->attempt),
            .has_amount = true,
            .amount_minor = p->order.total_minor,
            .currency = p->order.currency },
    };
    return settle_tx(c, &s);
}

static enum err open_tx(struct ctx *c, void *arg)
{
    struct paying *p = arg;
    p->attempt = (struct attempt) { .order_n = p->order.n,
        .id = id_new(c),
        .gateway = GATEWAY_ID_moneymotion,
        .amount = { p->order.total_minor, p->order.currency },
        .method = S("card") };
    return attempt_insert(c, &p->attempt);
}

static void pay(struct crowd *k)
{
    struct paying p = { .order = ((struct side *)k)->order };
    k->result = db_tx(&k->c, "open", open_tx, &p);
    if (k->result == E_OK)
        k->result = db_tx(&k->c, "pay", pay_tx, &p);
}

static void cancel(struct crowd *k)
{
    int64_t n = ((struct side *)k)->g->subscription_n;
    struct change change = { .deed = SUBSCRIPTION_CANCEL, .subscription_n = n };
    struct operation_key key;
    struct operation_run op;
    k->result =
        operation_key_own(&k->c, str_fmt(k->c.arena, "race:%lld:%d", (long long)n, k->nth), &key);
    if (k->result != E_OK)
        return;
    operation_run_start(&k->c, &op, &renewal_operation, &key, &change);
    k->result = operation_run_all(&k->c, &op);
}

/* Paid, cancelled with its period, looked at: in whichever order, the money is one renewal or one
 * order that was given up and paid after all, and the plan ends with what was paid for. */
static void round_of(struct test *t, int nth)
{
    static void (*const acts[])(struct crowd * k) = { look, pay, cancel, look };
    struct gate *g = gate_open(t, true);
    struct side *side = arena_array(t->c->arena, struct side, ARRAY_LEN(acts));
    t->c->now_ms = gate_see(g).s.period_end_ms - DAY;
    gate_due(g);
    struct order order = gate_see(g).last;
    EXPECT(order.n > 0);
    bool done[ARRAY_LEN(acts)] = { false };
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        int left = (int)(ARRAY_LEN(acts) - i), pick = nth % left, at = 0;
        nth /= left;
        for (; done[at] || pick > 0; at++)
            pick -= !done[at];
        done[at] = true;
        side[i] = (struct side) { .k = { .act = acts[at] }, .g = g, .order = order };
    }
    crowd_run(t, side, sizeof *side, ARRAY_LEN(acts));
    struct seen k = gate_see(g);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.s.period_end_ms, order.period_end_ms);
    EXPECT(k.s.cancel_at_ms > 0);
    t->c->now_ms = k.s.period_end_ms;
    gate_due(g);
    EXPECT_STR(subscription_status_text(gate_see(g).s.status), S("canceled"));
    EXPECT_I64(gate_see(g).completed, 1);
}

TEST("R100 a renewal paid, a plan cancelled and its day come at once: one period, and then its end")
{
    for (int i = 0; i < ROUNDS; i++)
        round_of(t, i);
}

TEST("R100 a hundred looks at the end of a period make one order for the next")
{
    struct gate *g = gate_open(t, true);
    t->c->now_ms = gate_see(g).s.period_end_ms;
    for (int round = 0; round < EACH; round++) {
        struct side *side = arena_array(t->c->arena, struct side, SIDES);
        for (size_t i = 0; i < SIDES; i++)
            side[i] = (struct side) { .k = { .act = look }, .g = g };
        crowd_run(t, side, sizeof *side, SIDES);
    }
    EXPECT_I64(gate_see(g).orders, 1);
    EXPECT_I64(gate_facts(g, "SUBSCRIPTION_PAST_DUE"), 1);
}
