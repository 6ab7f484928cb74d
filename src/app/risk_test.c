#include "app/stripe_shop.h"

#include "base/json.h"
#include "db/db.h"
#include "risk/risk.h"

/* What is known of a checkout when it is made, and what follows from it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (60 * MINUTE_MS)

struct reading {
    struct str order;
    struct risk risk;
    bool found;
};

static enum err read_risk(struct ctx *c, void *arg)
{
    struct reading *k = arg;
    struct order o;
    TRY(order_get(c, k->order, &o));
    return risk_of(c, o.n, &k->found, &k->risk);
}

static struct risk risk_at(struct shop *s, struct str order)
{
    struct test *t = s->t;
    struct reading k = { .order = order };
    EXPECT_OK(db_read(s->c, read_risk, &k));
    EXPECT(k.found);
    return k.risk;
}

/* From 203.0.113.7, of somebody whose headers these are. */
static struct str buy_some(
    struct shop *s, const char *who, const char *key, int quantity, const char *members)
{
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, "%sIdempotency-Key: %s\r\n", who, key)),
        str_fmt(a, "{\"items\":[{\"price\":\"mug-usd\",\"quantity\":%d}],\"again\":true%s}",
            quantity, members),
        &status);
    EXPECT_I64(status, 200);
    return json_text(a, json_root(answer), "data.orderId");
}

static struct str buy(struct shop *s, const char *who, const char *key, const char *members)
{
    return buy_some(s, who, key, 1, members);
}

static const char *ada(struct shop *s)
{
    return str_c(s->c->arena,
        str_fmt(s->c->arena, "Authorization: Bearer %.*s\r\n",
            SARG(shop_token(s, "u-1", "ada@example.com", true))));
}

TEST("what was ordered before, under this mail and from this address, is counted for its time")
{
    struct shop *s = shop_open(t);
    struct risk first = risk_at(s, buy(s, "", "k1", ",\"email\":\"a@x.example\""));
    EXPECT_STR(risk_reasons(t->c->arena, &first), S("base 1 (-400), first 1 (+50), guest 1 (+40)"));
    EXPECT_I64(first.score, 4);
    EXPECT(first.origin.n == 16);
    buy(s, "", "k2", ",\"email\":\"b@x.example\"");
    struct risk third = risk_at(s, buy(s, "", "k3", ",\"email\":\"a@x.example\""));
    EXPECT_I64(third.value[RISK_MAIL_ORDERS], 1);
    EXPECT_I64(third.value[RISK_ADDRESS_ORDERS], 2);
    EXPECT_I64(third.points[RISK_ADDRESS_ORDERS], 50);
    shop_wait(s, HOUR_MS + 1);
    struct risk later = risk_at(s, buy(s, "", "k4", ",\"email\":\"a@x.example\""));
    EXPECT_I64(later.value[RISK_MAIL_ORDERS], 2);
    EXPECT_I64(later.value[RISK_ADDRESS_ORDERS], 0);
    shop_wait(s, 24 * HOUR_MS + 1);
    struct risk next = risk_at(s, buy(s, "", "k5", ",\"email\":\"a@x.example\""));
    EXPECT_I64(next.value[RISK_MAIL_ORDERS], 0);
}

TEST("an application that orders for somebody has an address, and it is nobody's")
{
    struct shop *s = shop_open(t);
    for (int i = 0; i < 3; i++) {
        struct risk r = risk_at(s,
            buy(s, KEY, str_c(t->c->arena, str_fmt(t->c->arena, "k%d", i)),
                ",\"customerId\":\"u-1\",\"email\":\"a@x.example\""));
        EXPECT(r.origin.n == 0);
        EXPECT_I64(r.value[RISK_ADDRESS_ORDERS], 0);
        EXPECT_I64(r.value[RISK_CUSTOMER_ORDERS], i);
    }
}

static struct str mark_of(struct shop *s, const char *address)
{
    struct test *t = s->t;
    struct str mark;
    EXPECT_OK(risk_mark_address(s->c, str_of_c(address), &mark));
    return mark;
}

TEST("an address is counted as limits count it")
{
    struct shop *s = shop_open(t);
    struct str one = mark_of(s, "2001:db8:1:2::1");
    EXPECT(one.n == 16);
    EXPECT_STR(mark_of(s, "2001:db8:1:2:ffff::9"), one);
    EXPECT(!str_eq(mark_of(s, "2001:db8:1:3::1"), one));
    EXPECT(!str_eq(mark_of(s, "203.0.113.7"), mark_of(s, "203.0.113.8")));
    EXPECT_I64((int64_t)mark_of(s, "").n, 0);
}

TEST("from where an order was made is forgotten after a day, its score and reasons are kept")
{
    struct shop *s = shop_open(t);
    struct str id = buy(s, "", "k1", ",\"email\":\"a@x.example\"");
    shop_wait(s, 23 * HOUR_MS);
    EXPECT(risk_at(s, id).origin.n == 16);
    shop_wait(s, 2 * HOUR_MS);
    struct risk r = risk_at(s, id);
    EXPECT(r.origin.n == 0);
    EXPECT_I64(r.score, 4);
    EXPECT_I64(r.value[RISK_GUEST], 1);
}

TEST("a customer's own history counts: what was paid, how old the account is, how large the order")
{
    struct shop *s = shop_open(t);
    struct risk first = risk_at(s, buy(s, ada(s), "k1", ""));
    EXPECT_I64(first.value[RISK_FIRST], 1);
    EXPECT_I64(first.value[RISK_NEW_ACCOUNT], 3);
    EXPECT_I64(first.value[RISK_GUEST], 0);
    s->session[0].status = "completed";
    shop_webhook(s, "complete", &s->session[0], s->session[0].total);
    shop_jobs(s);
    shop_wait(s, 2 * HOUR_MS);
    struct risk second = risk_at(s, buy(s, ada(s), "k2", ""));
    EXPECT_I64(second.value[RISK_FIRST], 0);
    EXPECT_I64(second.value[RISK_NEW_ACCOUNT], 2);
    EXPECT_I64(second.value[RISK_AMOUNT], 0);
    shop_wait(s, 31 * 24 * HOUR_MS);
    shop_ask(s, "PUT", "/api/customers/u-1", KEY "Content-Type: application/json\r\n",
        S("{\"country\":\"US\"}"));
    struct risk large = risk_at(s, buy_some(s, ada(s), "k3", 4, ",\"country\":\"FR\""));
    EXPECT_I64(large.value[RISK_NEW_ACCOUNT], 0);
    EXPECT_I64(large.value[RISK_AMOUNT], 3);
    EXPECT_I64(large.value[RISK_COUNTRY], 1);
}

TEST("declined cards count until one works, and their address with them")
{
    struct stripe_shop *s = stripe_shop_open(t);
    buy(s->shop, ada(s->shop), "k1", ",\"gateway\":\"stripe\"");
    stripe_declines(s, 1);
    stripe_declines(s, 2);
    stripe_declines(s, 2);
    struct risk r = risk_at(s->shop, buy(s->shop, ada(s->shop), "k2", ",\"gateway\":\"stripe\""));
    EXPECT_I64(r.value[RISK_DECLINES], 3);
    EXPECT_I64(r.value[RISK_CARDS], 2);
    EXPECT_I64(r.value[RISK_ADDRESS_DECLINES], 3);
    struct risk other = risk_at(
        s->shop, buy(s->shop, "", "k3", ",\"email\":\"b@x.example\",\"gateway\":\"stripe\""));
    EXPECT_I64(other.value[RISK_DECLINES], 0);
    EXPECT_I64(other.value[RISK_ADDRESS_DECLINES], 3);
    stripe_declines(s, 3);
    struct risk guest = risk_at(s->shop, buy(s->shop, "", "k4", ",\"email\":\"b@x.example\""));
    EXPECT_I64(guest.value[RISK_DECLINES] + guest.value[RISK_CARDS], 2);
    shop_wait(s->shop, 24 * HOUR_MS + 1);
    struct risk later = risk_at(s->shop, buy(s->shop, ada(s->shop), "k5", ""));
    EXPECT_I64(later.value[RISK_DECLINES] + later.value[RISK_ADDRESS_DECLINES], 0);
}

TEST("people of the business read a risk with its reasons, its buyer and other keys do not")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct str id = buy(s, ada(s), "k1", "");
    const char *admin = str_c(a, str_fmt(a, "/api/admin/orders/%.*s", SARG(id)));
    const char *own = str_c(a, str_fmt(a, "/api/orders/%.*s", SARG(id)));
    struct json_value risk = json_at(json_root(shop_get(s, admin, KEY, NULL)), "data.risk");
    EXPECT(json_is(json_at(risk, "action"), "allow"));
    EXPECT_STR(json_lexeme(json_at(risk, "score")), S("9"));
    EXPECT(json_is(json_at(risk, "reasons.1.feature"), "first"));
    EXPECT(!str_has(shop_get(s, own, ada(s), NULL), S("risk")));
    EXPECT(!str_has(shop_get(s, own, KEY, NULL), S("risk")));
    EXPECT(!str_has(shop_get(s, "/api/orders", ada(s), NULL), S("risk")));
    EXPECT(!str_has(shop_fact_data(s, "ORDER_CREATED"), S("risk")));
}
