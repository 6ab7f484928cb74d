#include "app/shop_fixture.h"

#include "checkout/checkout.h"
#include "credit/credit.h"
#include "db/crowd_fixture.h"
#include "db/db.h"
#include "grant/grant.h"
#include "subscription/subscription.h"

/* One plan, one month's credits, whoever says at the same moment that it was paid, that its month
 * has begun, or that another one is wanted. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define DAY INT64_C(86400000)

enum {
    SIDES = 8,
    EACH = 8 /* together 64 */
};

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\","
    "\"credits\":{\"allowance\":500},\"prices\":[{\"id\":\"b1\",\"amount\":999},"
    "{\"id\":\"b12\",\"interval\":\"year\",\"amount\":9990}]},"
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\",\"prices\":[{\"id\":\"p1\",\"amount\":1999}]}],"
    "\"routing\":{\"card\":[\"moneymotion\"]}}";

struct side {
    struct crowd k; /* first */
    const struct shop_session *session;
    int64_t subscription_n;
    struct checkout checkout;
};

static struct str credits(struct shop *s, const char *member)
{
    struct str answer = shop_get(s, "/api/credits?customerId=ada", KEY, NULL);
    return json_at(json_root(answer), member).raw;
}

/* ---- the same payment, and the same month */

static enum err settle_once(struct side *k)
{
    struct settle settle = {
        .gateway = GATEWAY_ID_moneymotion,
        .confirmed_by = S("query"),
        .notice = { .kind = NOTICE_PAID,
            .session_id = str_of_c(k->session->id),
            .has_amount = true,
            .amount_minor = k->session->total,
            .currency = k->session->cur },
    };
    return db_tx(&k->k.c, "settle", settle_tx, &settle);
}

static void settle_all(struct crowd *self)
{
    struct side *k = (struct side *)self;
    for (int i = 0; i < EACH && self->result == E_OK; i++)
        self->result = settle_once(k);
}

static void settle_and_give(struct crowd *self)
{
    struct side *k = (struct side *)self;
    struct ctx *c = &self->c;
    for (int i = 0; i < EACH && self->result == E_OK; i++)
        self->result = (i + self->nth) % 4 == 0
            ? settle_once(k)
            : grant_month(c, str_fmt(c->arena, "%lld", (long long)k->subscription_n));
}

static enum err find_ada(struct ctx *c, void *arg)
{
    bool found = false;
    struct subscription s;
    TRY(subscription_of(c, 1, S("ai"), &found, &s));
    *(int64_t *)arg = found ? s.n : 0;
    return E_OK;
}

TEST(
    "R10 R100 64 copies of a payment and of a month's job at once bring one plan and one month each")
{
    struct shop *s = shop_open(t);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    int64_t n = 0;
    shop_catalog(s, catalogue);
    struct str id =
        shop_buy(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\",\"interval\":\"year\"");
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .k = { .act = settle_all }, .session = &s->session[0] };
    crowd_run(t, side, sizeof *side, SIDES);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("completed"));
    EXPECT_STR(credits(s, "data.balance"), S("500"));
    EXPECT_OK(db_read(t->c, find_ada, &n));
    shop_wait(s, 20 * DAY);
    t->c->now_ms += 15 * DAY; /* the job of its own has not run yet */
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) {
            .k = { .act = settle_and_give }, .session = &s->session[0], .subscription_n = n
        };
    crowd_run(t, side, sizeof *side, SIDES);
    shop_jobs(s);
    EXPECT_STR(credits(s, "data.balance"), S("1000"));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_CREATED"), 1);
    EXPECT_I64(shop_facts(s, "CREDITS_GRANTED"), 2);
    shop_verify(s);
}

/* ---- two plans at once */

/* The gateway of the test has one thread. */
struct queue {
    struct net net;
    struct net *behind;
    pthread_mutex_t one;
};

static enum err call_alone(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct queue *q = (struct queue *)((char *)net - offsetof(struct queue, net));
    pthread_mutex_lock(&q->one);
    enum err e = q->behind->call(q->behind, c, in, ret);
    pthread_mutex_unlock(&q->one);
    return e;
}

static void check_out(struct crowd *self)
{
    struct side *k = (struct side *)self;
    struct ctx *c = &self->c;
    struct operation_run run;
    struct operation_key key;
    self->result = operation_key_own(
        c, str_fmt(c->arena, "race %lld %d", (long long)c->now_ms, self->nth), &key);
    if (self->result != E_OK)
        return;
    k->checkout.order_id = id_new(c);
    operation_run_start(c, &run, &checkout_operation, &key, &k->checkout);
    self->result = operation_run_all(c, &run);
}

static struct side wants(const char *price)
{
    return (struct side) {
        .k = { .act = check_out },
        .checkout = {
            .item = { { .price = str_of_c(price), .quantity = 1 } },
            .items = 1,
            .customer_id = S("ada"),
            .email = S("ada@example.com"),
            .method = S("card"),
            .seen_minor = -1,
            .by_key = true,
        },
    };
}

static enum err end_it(struct ctx *c, void *arg)
{
    struct subscription s;
    TRY(subscription_lock(c, *(int64_t *)arg, &s));
    s.ended_ms = c->now_ms;
    TRY(subscription_become(c, &s, SUBSCRIPTION_CANCELED));
    return grant_access(c, &s);
}

static struct shop_session *pay(struct shop *s, size_t i)
{
    struct test *t = s->t;
    struct shop_session *k = &s->session[i];
    k->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", k, k->total), 200);
    shop_jobs(s);
    return k;
}

TEST(
    "two plans of one group that are wanted and paid for at once are one plan, and one for a person")
{
    static const char *const prices[] = { "b1", "p1", "b12" };
    struct shop *s = shop_open(t);
    struct queue q = { .net = { .call = call_alone }, .behind = t->c->net };
    pthread_mutex_init(&q.one, NULL);
    shop_catalog(s, catalogue);
    for (int64_t round = 1; round <= 8; round++) {
        struct side *side = arena_array(t->c->arena, struct side, 2);
        size_t before = s->sessions;
        int64_t n = 0;
        side[0] = wants(prices[round % 3]);
        side[1] = wants(prices[(round + 1) % 3]);
        t->c->net = &q.net;
        crowd_run(t, side, sizeof *side, 2);
        t->c->net = q.behind;
        EXPECT_I64((int64_t)(s->sessions - before), 2);
        shop_jobs(s);
        for (size_t i = before; i < s->sessions; i++)
            pay(s, i);
        EXPECT_I64(shop_facts(s, "SUBSCRIPTION_CREATED"), round);
        EXPECT_I64(shop_facts(s, "ORDER_REVIEW"), round);
        EXPECT_OK(db_read(t->c, find_ada, &n));
        EXPECT(n > 0);
        EXPECT_OK(db_tx(t->c, "end", end_it, &n));
        t->c->now_ms += DAY;
    }
    shop_verify(s);
    pthread_mutex_destroy(&q.one);
}
