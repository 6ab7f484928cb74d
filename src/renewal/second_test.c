#include "db/db.h"
#include "payment/back.h"
#include "renewal/bill.h"
#include "renewal/renewal_fixture.h"

/* Two tabs, two plans of one group, both paid. */

static int64_t calls;

static enum err nothing(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    (void)net;
    (void)c;
    (void)in;
    calls++;
    *ret = (struct net_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("no answer") };
    return E_OK;
}

struct tab {
    struct gate *g;
    int64_t order_n;
    bool free; /* a trial, or a code that takes all of it off */
    struct settle settle;
};

static enum err open_tab(struct ctx *c, struct tab *k, struct attempt *ret)
{
    struct subscription s;
    struct bill b;
    TRY(subscription_by_n(c, k->g->subscription_n, &s));
    const struct bill_period period = { &s.terms, s.period_start_ms, s.period_end_ms };
    TRY(bill_of_period(c, &s, &period, &b));
    b.order.kind = ORDER_START;
    b.order.subscription_n = b.order.period_start_ms = b.order.period_end_ms = 0;
    if (k->free)
        bill_take_off(&b, b.order.total_minor);
    TRY(bill_insert(c, &b));
    k->order_n = b.order.n;
    *ret = (struct attempt) {
        .order_n = b.order.n,
        .id = id_new(c),
        .gateway = GATEWAY_ID_stripe,
        .amount = { b.order.total_minor, b.order.currency },
        .method = S("card"),
    };
    return attempt_insert(c, ret);
}

static enum err pay(struct ctx *c, struct tab *k, const struct attempt *a, struct str reference)
{
    k->settle = (struct settle) {
        .gateway = GATEWAY_ID_stripe,
        .confirmed_by = S("query"),
        .notice = { .kind = NOTICE_PAID,
            .attempt = attempt_id(c->arena, a),
            .subscription = reference,
            .has_amount = true,
            .amount_minor = a->amount.minor,
            .currency = a->amount.cur },
    };
    return settle_tx(c, &k->settle);
}

static enum err pay_tab(struct ctx *c, void *arg)
{
    struct tab *k = arg;
    struct attempt a;
    TRY(open_tab(c, k, &a));
    return pay(c, k, &a, S("sub_2"));
}

static enum err give_back(struct ctx *c, void *arg)
{
    const struct tab *k = arg;
    const struct review_decision said = {
        .choice = REVIEW_REFUNDED, .attempt = S(""), .reason = S("two tabs")
    };
    struct order o;
    TRY(order_lock(c, k->order_n, &o));
    return payment_resolve(c, &o, &said);
}

TEST("a second plan of one group is nobody's until a person gives it back, which ends it there")
{
    struct gate *g = gate_open(t, false);
    struct tab k = { .g = g };
    struct str job = S("stripe sub_2");
    EXPECT_OK(db_tx(t->c, "pay", pay_tab, &k));
    EXPECT_I64(gate_see(g).completed, 0);
    EXPECT(!gate_waits(g, "renewal_second", job));
    EXPECT_OK(db_tx(t->c, "give back", give_back, &k));
    EXPECT(gate_waits(g, "renewal_second", job));
}

TEST("a second plan is asked to end until it has, and the one that is somebody's never is")
{
    struct gate *g = gate_open(t, false);
    g->net.call = nothing;
    calls = 0;
    EXPECT_FAIL(renewal_second(t->c, S("stripe sub_2")), GATEWAY_UNAVAILABLE);
    EXPECT_FAIL(renewal_second(t->c, S("stripe sub_2")), GATEWAY_UNAVAILABLE);
    EXPECT_I64(calls, 2);
    EXPECT_OK(renewal_second(t->c, S("stripe sub_1")));
    EXPECT_I64(calls, 2);
}

static enum err send_back(struct ctx *c, void *arg)
{
    const struct tab *k = arg;
    struct order o;
    struct attempt *a = NULL;
    size_t n = 0;
    TRY(order_lock(c, k->order_n, &o));
    TRY(attempts_of(c, o.n, &a, &n));
    struct refund r = { .id = id_new(c), .amount = a[0].amount, .reason = S("two tabs") };
    TRY(back_reserve(c, &o, &a[0], &r));
    return back_succeeds(c, &o, &a[0], &r);
}

TEST("a second plan whose payment is sent back from its review ends there, too")
{
    struct gate *g = gate_open(t, false);
    struct tab k = { .g = g };
    EXPECT_OK(db_tx(t->c, "pay", pay_tab, &k));
    EXPECT_OK(db_tx(t->c, "send back", send_back, &k));
    EXPECT(gate_waits(g, "renewal_second", S("stripe sub_2")));
    EXPECT_I64(gate_see(g).reviews, 0);
}

static enum err read_order(struct ctx *c, void *arg)
{
    struct tab *k = arg;
    return order_by_n(c, k->order_n, &k->settle.order);
}

static struct str stands(struct gate *g, struct tab *k)
{
    struct test *t = g->t;
    EXPECT_OK(db_read(t->c, read_order, k));
    return order_status_text(k->settle.order.status);
}

TEST("a second plan that cost nothing yet leaves its review, and ends there, too")
{
    struct gate *g = gate_open(t, false);
    struct tab k = { .g = g, .free = true };
    EXPECT_OK(db_tx(t->c, "pay", pay_tab, &k));
    EXPECT_STR(stands(g, &k), S("review"));
    EXPECT_OK(db_tx(t->c, "give back", give_back, &k));
    EXPECT(gate_waits(g, "renewal_second", S("stripe sub_2")));
    EXPECT_STR(stands(g, &k), S("cancelled"));
}

/* The answer about its first page was lost, and both were paid. */
static enum err pay_both_pages(struct ctx *c, void *arg)
{
    struct tab *k = arg;
    struct subscription s;
    struct attempt first;
    TRY(subscription_lock(c, k->g->subscription_n, &s));
    s.ended_ms = c->now_ms;
    TRY(subscription_become(c, &s, SUBSCRIPTION_CANCELED));
    TRY(open_tab(c, k, &first));
    struct attempt second = { .order_n = first.order_n,
        .id = id_new(c),
        .gateway = first.gateway,
        .amount = first.amount,
        .method = first.method };
    TRY(attempt_insert(c, &second));
    TRY(pay(c, k, &first, S("sub_2")));
    return pay(c, k, &second, S("sub_3"));
}

TEST("an order whose two pages began a plan each keeps one, and the other ends with its payment")
{
    struct gate *g = gate_open(t, false);
    struct tab k = { .g = g };
    EXPECT_OK(db_tx(t->c, "pay", pay_both_pages, &k));
    EXPECT_STR(stands(g, &k), S("review"));
    EXPECT_OK(db_tx(t->c, "give back", give_back, &k));
    EXPECT(gate_waits(g, "renewal_second", S("stripe sub_3")));
    EXPECT(!gate_waits(g, "renewal_second", S("stripe sub_2")));
    EXPECT_STR(stands(g, &k), S("completed"));
}
