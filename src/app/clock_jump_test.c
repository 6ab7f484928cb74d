#include "app/shop_fixture.h"

#include <stdio.h>

/* F17: the machine's clock is wrong, then put right: by an hour, a day, a year, either way, between
 * any two steps of an order's life.  Nothing is done twice, nothing that was answered is taken
 * back, and once the clock is right everything comes to its end. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

enum {
    STEPS = 6
};
#define HOUR INT64_C(3600000)
static const int64_t jumps[] = { -24 * HOUR, -HOUR, HOUR, 25 * HOUR, 28 * 24 * HOUR };

struct life {
    struct shop *s;
    struct arena *a;
    const char *key;
    struct str created, order;
};

static struct str create(struct life *k)
{
    struct shop *s = k->s;
    struct test *t = s->t;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create",
        str_c(k->a, str_fmt(k->a, KEY "Idempotency-Key: %s\r\n", k->key)),
        str_fmt(k->a,
            "{\"items\":[{\"price\":\"pack-usd\"}],\"email\":\"%s@example.com\",\"customerId\":\"%s\","
            "\"again\":true}",
            k->key, k->key),
        &status);
    if (status != 200)
        printf("  %s %.*s\n", k->key, SARG(answer));
    EXPECT_I64(status, 200);
    return answer;
}

static struct shop_session *session(struct life *k)
{
    return &k->s->session[k->s->sessions - 1];
}

static void step(struct life *k, int n)
{
    struct shop *s = k->s;
    struct test *t = s->t;
    switch (n) {
    case 0:
        k->created = create(k);
        k->order = json_text(k->a, json_root(k->created), "data.orderId");
        return;
    case 1: /* the same key gets the same bytes (I10) */
        EXPECT_STR(create(k), k->created);
        return;
    case 2:
        session(k)->status = "completed";
        EXPECT_I64(shop_webhook(s, "complete", session(k), session(k)->total), 200);
        return;
    case 3:
        shop_jobs(s);
        return;
    case 4:
        EXPECT_I64(shop_webhook(s, "complete", session(k), session(k)->total), 200);
        shop_jobs(s);
        return;
    case 5:
        EXPECT_STR(create(k), k->created);
        return;
    default:
        never("an order's life has six steps");
    }
}

static void jump(struct shop *s, int64_t ms)
{
    s->c->now_ms += ms;
    s->c->wall_ms += ms;
}

static int64_t balance(struct life *k)
{
    int64_t n = -1;
    struct str answer =
        shop_get(k->s, str_c(k->a, str_fmt(k->a, "/api/credits?customerId=%s", k->key)), KEY, NULL);
    json_to_i64(json_at(json_root(answer), "data.balance"), &n);
    return n;
}

TEST(
    "R88 F17 a clock that jumps between any two steps of an order doubles nothing and loses nothing")
{
    struct shop *s = shop_open(t);
    int64_t lives = 0;
    for (size_t j = 0; j < ARRAY_LEN(jumps); j++)
        for (int at = 1; at <= STEPS; at++) {
            struct life k = { .s = s, .a = t->c->arena };
            k.key = str_c(k.a, str_fmt(k.a, "life-%zu-%d", j, at));
            for (int n = 0; n < STEPS; n++) {
                if (n == at)
                    jump(s, jumps[j]);
                step(&k, n);
            }
            /* Somebody puts it right; what was due meanwhile is done. */
            if (at < STEPS)
                jump(s, -jumps[j]);
            shop_wait(s, 2 * HOUR);
            lives++;
            EXPECT_STR(order_status_text(shop_order(s, k.order).status), S("completed"));
            EXPECT_I64(balance(&k), 10);
            EXPECT_I64(shop_facts(s, "ORDER_CREATED"), lives);
            EXPECT_I64(shop_facts(s, "PAYMENT_RECEIVED"), lives);
            EXPECT_I64(shop_facts(s, "CREDITS_GRANTED"), lives);
        }
    shop_verify(s);
}

TEST("R88 a clock that was a year ahead while an order waited: its late money is believed, once")
{
    struct shop *s = shop_open(t);
    struct life k = { .s = s, .a = t->c->arena, .key = "early" };
    step(&k, 0);
    shop_wait(s, 365 * 24 * HOUR);
    EXPECT_STR(order_status_text(shop_order(s, k.order).status), S("expired"));
    jump(s, -365 * 24 * HOUR);
    for (int n = 2; n < 5; n++)
        step(&k, n);
    shop_wait(s, 2 * HOUR);
    EXPECT_STR(order_status_text(shop_order(s, k.order).status), S("completed"));
    EXPECT_I64(balance(&k), 10);
    EXPECT_I64(shop_facts(s, "PAYMENT_RECEIVED"), 1);
    shop_verify(s);
}

TEST("R88 tokens and sessions go by the wall clock: ahead they end, put right they hold again")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    int status = 0;
    struct str jwt = shop_token(s, "ada", "ada@example.com", true);
    const char *bearer = str_c(a, str_fmt(a, "Authorization: Bearer %.*s\r\n", SARG(jwt)));
    shop_get(s, "/api/orders", bearer, &status);
    EXPECT_I64(status, 200);
    jump(s, HOUR);
    shop_get(s, "/api/orders", bearer, &status);
    EXPECT_I64(status, 401);
    /* A limit that was reckoned ahead counts as used up: for a second, not for an hour. */
    jump(s, -HOUR);
    shop_get(s, "/api/orders", bearer, &status);
    EXPECT(status == 200 || status == 429);
    jump(s, 1000);
    shop_get(s, "/api/orders", bearer, &status);
    EXPECT_I64(status, 200);
}
