#include "app/shop_fixture.h"
#include "credit/credit.h"

/* What an order bought is handed out with its payment, and goes back with it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

/* A pack of ten credits for a customer of the application. */
static struct str buy_pack(struct shop *s, const char *key, const char *more)
{
    int status = 0;
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    struct str answer = shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"priceId\":\"pack-usd\",\"email\":\"ada@example.com\",%s}", more), &status);
    EXPECT_I64(status, 200);
    return json_text(a, json_root(answer), "data.orderId");
}

static int64_t number(struct shop *s, const char *path, const char *member)
{
    int64_t n = -1;
    struct str answer = shop_get(s, path, KEY, NULL);
    json_to_i64(json_at(json_root(answer), member), &n);
    return n;
}

TEST("R10 I5 a paid pack grants its credits once, whatever tells of it how often")
{
    struct shop *s = shop_open(t);
    struct str id = buy_pack(s, "k1", "\"customerId\":\"ada\"");
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 0);
    newest(s)->status = "completed";
    for (int i = 0; i < 20; i++) {
        EXPECT_I64(shop_webhook(s, "complete", newest(s), 100), 200);
        shop_jobs(s);
    }
    shop_wait(s, 3600 * 1000);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("completed"));
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 10);
    EXPECT_I64(shop_facts(s, "CREDITS_GRANTED"), 1);
    EXPECT_I64(number(s, str_c(t->c->arena, str_fmt(t->c->arena, "/api/orders/%.*s", SARG(id))),
                   "data.grants.0.amount"),
        10);
    shop_verify(s);
}

TEST("R11 a refund made at the gateway takes the credits back, as far as they are there")
{
    struct shop *s = shop_open(t);
    buy_pack(s, "k1", "\"customerId\":\"ada\"");
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 100), 200);
    shop_jobs(s);
    int status = 0;
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":4}"), &status);
    EXPECT_I64(status, 200);
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 100), 200);
    shop_jobs(s);
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 0);
    EXPECT_I64(shop_facts(s, "CREDITS_TAKEN_BACK"), 1);
    shop_verify(s);
}

TEST("credits are sold to those who have an account, not to a guest's mail")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n",
        S("{\"priceId\":\"pack-usd\",\"email\":\"ada@example.com\"}"), &status);
    EXPECT_I64(status, 400);
    EXPECT(str_has(answer, S("credits need an account")));
    EXPECT_I64((int64_t)s->sessions, 0);
}

TEST("R12 the same spend twice under one key takes once, and says the same")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str give = S("{\"customerId\":\"ada\",\"amount\":9,\"reason\":\"a gift\"}");
    shop_post(s, "/api/admin/credits/grant", KEY "Idempotency-Key: g1\r\n", give, &status);
    EXPECT_I64(status, 200);
    shop_post(s, "/api/admin/credits/grant", KEY "Idempotency-Key: g1\r\n", give, &status);
    EXPECT_I64(status, 200);
    struct str spend = S("{\"customerId\":\"ada\",\"amount\":3}");
    struct str first =
        shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n", spend, &status);
    struct str again =
        shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n", spend, &status);
    EXPECT_STR(first, again);
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 6);
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s2\r\n",
        S("{\"customerId\":\"ada\",\"amount\":7}"), &status);
    EXPECT_I64(status, 402);
    shop_verify(s);
}

TEST("I5 a person who accepts a payment grants what it bought")
{
    struct shop *s = shop_open(t);
    struct arena *a = s->c->arena;
    int status = 0;
    struct str id = buy_pack(s, "k1", "\"customerId\":\"ada\"");
    newest(s)->status = "completed";
    newest(s)->total = 90;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 90), 200);
    shop_jobs(s);
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 0);
    struct str order = shop_get(s, str_c(a, str_fmt(a, "/api/orders/%.*s", SARG(id))), KEY, NULL);
    struct str attempt = json_text(a, json_root(order), "data.attempts.0.id");
    const char *path = str_c(a, str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(id)));
    shop_post(s, path, KEY,
        str_fmt(a, "{\"choice\":\"accept\",\"attemptId\":\"%.*s\",\"reason\":\"agreed\"}",
            SARG(attempt)),
        &status);
    EXPECT_I64(status, 200);
    EXPECT_I64(number(s, "/api/credits?customerId=ada", "data.balance"), 10);
    shop_verify(s);
}
