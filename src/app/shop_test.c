#include "app/shop_fixture.h"

/* A payment's whole way, through the program's own routes, jobs and store. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    struct order o = shop_order(s, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

TEST("a paid webhook completes the order in one commit, with ledger, fact and mail")
{
    struct shop *s = shop_open(t);
    struct str id =
        shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\",\"quantity\":2}],\"country\":\"DE\"");
    EXPECT_I64(newest(s)->total, 2380);
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 2380), 200);
    expect_status(s, id, ORDER_PENDING); /* a hint is asked about first */
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 2380);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), -2000);
    EXPECT_I64(shop_balance(s, LEDGER_TAX, CUR_USD), -380);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
    EXPECT_I64(shop_facts(s, "PAYMENT_RECEIVED"), 1);
    shop_verify(s);
}

TEST("R10 R21 a hundred copies of one webhook, and a replay, complete an order once")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    for (int i = 0; i < 100; i++) {
        EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
        if (i % 10 == 0)
            shop_jobs(s);
    }
    shop_wait(s, 3600 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    shop_verify(s);
}

TEST(
    "R6 a genuine webhook of another amount, or another currency, completes nothing and goes to review")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    newest(s)->total = 999;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 999), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    struct str other = shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    newest(s)->status = "completed";
    newest(s)->cur = CUR_EUR;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, other, ORDER_REVIEW);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 0);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), 0);
    shop_verify(s);
}

TEST("R6 a webhook whose amount differs from the gateway's own answer is not believed")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    shop_verify(s);
}

TEST("R6 a gateway that answers with another amount than its webhook said is not believed")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    newest(s)->total = 2;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
}

TEST("R18 a signature of another body, length or secret is 400, and nothing is stored")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str body =
        S("{\"checkoutSession\":{\"id\":\"x\"},\"event\":\"checkout_session:complete\"}");
    static const char *const bad[] = {
        "", "x-moneymotion-signature: \r\n", "x-moneymotion-signature: 0000\r\n",
        "x-moneymotion-signature: Y3hReHuzWTSKBwg1U6N0cLrKSSCmf2YaJu9USHpcZkQbIVSSH6eG49I2hnLSWfxNUA+0fd2EQgJW2XQgzw2iZA==\r\n",
        "x-moneymotion-signature: Y3hReHuzWTSKBwg1U6N0cLrKSSCmf2YaJu9USHpcZkQbIVSSH6eG49I2hnLSWfxNUA+0fd2EQgJW2XQgzw2iZ===\r\n"
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct str answer = shop_post(s, "/api/webhooks/moneymotion", bad[i], body, &status);
        EXPECT_I64(status, 400);
        EXPECT(json_is(json_at(json_root(answer), "code"), "BAD_SIGNATURE"));
    }
    EXPECT_I64(shop_facts(s, "MONEYMOTION_WEBHOOK_RECEIVED"), 0);
}

TEST("R25 a webhook that comes before its session is stored is kept, and applied when it is")
{
    struct shop *s = shop_open(t);
    struct shop_session early = { .id = "session-1", .attempt = S(""), .total = 1000 };
    EXPECT_I64(shop_webhook(s, "complete", &early, 1000), 200);
    shop_jobs(s);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_wait(s, 2000);
    shop_wait(s, 60 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

TEST("R29 an order whose webhook was lost is found by asking")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_wait(s, 61 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
}

TEST(
    "R20 when the gateway cannot be asked for a minute, its signed webhook of the exact amount is enough")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    s->fault = "500";
    s->fault_call = "query";
    s->faults_left = 1000;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    shop_wait(s, 30 * 1000);
    expect_status(s, id, ORDER_PENDING);
    for (int i = 0; i < 10; i++)
        shop_wait(s, 20 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
}

TEST(
    "F33 money that comes after the order expired completes it, and its coupon use was given back once")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    EXPECT_I64(newest(s)->total, 500);
    struct shop_session late = *newest(s);
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    expect_status(s, id, ORDER_EXPIRED);
    shop_wait(s, 3600 * 1000);
    struct str next = shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    expect_status(s, next, ORDER_PENDING);
    s->session[0].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &late, 500), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

TEST("R24 a refund that overtakes its payment ends as refunded, and both are in the ledger")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 1000), 200);
    shop_jobs(s);
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REFUNDED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 0);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 0);
    shop_verify(s);
}

TEST("a refund and a dispute made at the gateway are adopted, each once")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    newest(s)->status = "disputed";
    EXPECT_I64(shop_webhook(s, "disputed", newest(s), 1000), 200);
    EXPECT_I64(shop_webhook(s, "disputed", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_DISPUTED);
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REFUNDED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 0);
    EXPECT_I64(shop_facts(s, "ORDER_REFUNDED"), 1);
    shop_verify(s);
}

TEST(
    "F22 a create whose answer was lost opens another page, and a payment on either is believed once")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    const char *headers = KEY "Idempotency-Key: k1\r\n";
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}"), id;
    shop_post(s, "/api/checkout/create", headers, body, &status);
    EXPECT_I64(status, 502);
    struct str answer = shop_post(s, "/api/checkout/create", headers, body, &status);
    EXPECT_I64(status, 200);
    EXPECT(json_to_str(t->c->arena, json_at(json_root(answer), "data.orderId"), &id));
    EXPECT_I64((int64_t)s->sessions, 2);
    /* Somebody pays on the page that nobody knew of, and then on the other one too. */
    s->session[0].status = s->session[1].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &s->session[1], 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    shop_jobs(s);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
    shop_verify(s);
}

TEST("R12 the same key gives the same bytes, another body 422, and a definite refusal is kept")
{
    struct shop *s = shop_open(t);
    int status = 0;
    const char *headers = KEY "Idempotency-Key: k1\r\n";
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    struct str first = shop_post(s, "/api/checkout/create", headers, body, &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(shop_post(s, "/api/checkout/create", headers, body, &status), first);
    EXPECT_I64((int64_t)s->sessions, 1);
    shop_post(s, "/api/checkout/create", headers,
        S("{\"email\":\"ada@example.com\",\"priceId\":\"pen-usd\"}"), &status);
    EXPECT_I64(status, 422);
    s->fault = "decline";
    s->fault_call = "create";
    s->faults_left = 1;
    const char *other = KEY "Idempotency-Key: k2\r\n";
    struct str again = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-eur\"}");
    first = shop_post(s, "/api/checkout/create", other, again, &status);
    EXPECT_I64(status, 502);
    EXPECT(json_is(json_at(json_root(first), "code"), "GATEWAY_REJECTED"));
    EXPECT_STR(shop_post(s, "/api/checkout/create", other, again, &status), first);
    EXPECT_I64(status, 502);
}

TEST("R5 what a client says of prices is refused, in every spelling")
{
    struct shop *s = shop_open(t);
    static const char *const tampered[] = { "\"amount\":1", "\"price\":1", "\"total\":1",
        "\"discount\":5", "\"credits\":100", "\"items\":[{\"price\":\"mug-usd\",\"amount\":1}]",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":0}]",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":-1}]",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":1.5}]",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":10001}]",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":10000},{\"price\":\"mug-usd\",\"quantity\":10000},"
        "{\"price\":\"mug-usd\",\"quantity\":10000},{\"price\":\"mug-usd\",\"quantity\":10000},"
        "{\"price\":\"mug-usd\",\"quantity\":10000},{\"price\":\"mug-usd\",\"quantity\":10000},"
        "{\"price\":\"mug-usd\",\"quantity\":10000},{\"price\":\"mug-usd\",\"quantity\":10000},"
        "{\"price\":\"mug-usd\",\"quantity\":10000},{\"price\":\"mug-usd\",\"quantity\":10000}]",
        "\"items\":[{\"price\":\"mug-usd\"},{\"price\":\"mug-eur\"}]", "\"items\":[]",
        "\"priceId\":\"nothing\"", "\"currency\":\"ZZZ\",\"priceId\":\"mug-usd\"",
        "\"priceId\":\"mug-usd\",\"currency\":\"EUR\"" };
    for (size_t i = 0; i < ARRAY_LEN(tampered); i++) {
        int status = 0;
        struct str body =
            str_fmt(t->c->arena, "{%s%s}", i < 5 ? "\"priceId\":\"mug-usd\"," : "", tampered[i]);
        struct str answer = shop_post(s, "/api/checkout/quote", KEY, body, &status);
        EXPECT_I64(status, 400);
        EXPECT(json_is(json_at(json_root(answer), "code"), "INVALID_REQUEST"));
    }
}

TEST("what later work will grant is shown and not sold yet")
{
    struct shop *s = shop_open(t);
    static const char *const early[] = { "tape-usd", "pen-old" };
    shop_catalog(s,
        "{\"products\":[{\"id\":\"tape\",\"name\":\"Tape\",\"grants\":{\"access\":\"tape\"},"
        "\"prices\":[{\"id\":\"tape-usd\",\"amount\":700},"
        "{\"id\":\"pen-old\",\"amount\":5,\"active\":false}]}]}");
    for (size_t i = 0; i < ARRAY_LEN(early); i++) {
        int status = 0;
        struct str answer = shop_post(s, "/api/checkout/quote", KEY,
            str_fmt(t->c->arena, "{\"priceId\":\"%s\"}", early[i]), &status);
        EXPECT_I64(status, 422);
        EXPECT(json_is(json_at(json_root(answer), "code"), "PRICE_NOT_ACTIVE"));
    }
}

TEST("coupons say in words why they do not hold")
{
    static const struct {
        const char *code, *want, *words;
    } cases[] = {
        { "NOPE", "INVALID_COUPON", "there is no code NOPE" },
        { "gone", "COUPON_EXPIRED", "this code ended on 1 May 2026" },
        { "BIG", "INVALID_COUPON", "this code needs an order of $50.00; yours is $10.00" },
        { "PENS", "INVALID_COUPON", "this code is not for anything in your order" },
    };
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str words = S("");
        struct str answer = shop_post(s, "/api/checkout/quote", KEY,
            str_fmt(t->c->arena, "{\"priceId\":\"mug-usd\",\"coupon\":\"%s\"}", cases[i].code),
            NULL);
        EXPECT(json_is(json_at(json_root(answer), "code"), cases[i].want));
        EXPECT(json_to_str(t->c->arena, json_at(json_root(answer), "error"), &words));
        EXPECT_STR(words, str_of_c(cases[i].words));
    }
}

TEST(
    "R9 the last use of a coupon is had by one order, given back when it is cancelled, and by no more")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    struct str second =
        S("{\"email\":\"bob@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}");
    struct str answer =
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k2\r\n", second, &status);
    EXPECT_I64(status, 422);
    EXPECT(json_is(json_at(json_root(answer), "code"), "COUPON_EXHAUSTED"));
    struct str path = str_fmt(t->c->arena, "/api/orders/%.*s/cancel", SARG(id));
    shop_post(s, str_c(t->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
    shop_post(s, str_c(t->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k3\r\n", second, &status);
    EXPECT_I64(status, 200);
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k4\r\n",
        S("{\"email\":\"eve@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}"), &status);
    EXPECT_I64(status, 422);
}

TEST("an order that costs nothing is completed at once, without a gateway")
{
    struct shop *s = shop_open(t);
    struct str gift = shop_buy(s, "k1", "\"priceId\":\"gift-usd\"");
    struct str all =
        shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"ALL\",\"country\":\"DE\"");
    expect_status(s, gift, ORDER_COMPLETED);
    expect_status(s, all, ORDER_COMPLETED);
    EXPECT_I64(s->calls, 0);
    shop_verify(s);
}

TEST(
    "the same purchase within a minute is the first one, and once that is paid a 409 that names it")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str first = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT_STR(shop_buy(s, "k2", "\"priceId\":\"mug-usd\""), first);
    EXPECT_I64((int64_t)s->sessions, 1);
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    struct str answer =
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k3\r\n", body, &status);
    EXPECT_I64(status, 409);
    EXPECT(json_is(json_at(json_root(answer), "code"), "DUPLICATE_PURCHASE"));
    EXPECT(json_is(json_at(json_root(answer), "details.orderId"), str_c(t->c->arena, first)));
    EXPECT(!str_eq(shop_buy(s, "k4", "\"priceId\":\"mug-usd\",\"again\":true"), first));
    shop_wait(s, 61 * 1000);
    EXPECT(!str_eq(shop_buy(s, "k5", "\"priceId\":\"mug-usd\""), first));
}

TEST("R3 R4 totals add up at the gateway in five currencies, with coupon and tax, to the last unit")
{
    static const char *const prices[] = { "mug-usd", "mug-eur", "mug-jpy", "mug-ugx", "mug-kwd" };
    static const int64_t quantities[] = { 1, 3, 7, 99 };
    struct shop *s = shop_open(t);
    int n = 0;
    for (size_t p = 0; p < ARRAY_LEN(prices); p++)
        for (size_t q = 0; q < ARRAY_LEN(quantities); q++, n++) {
            struct str members =
                str_fmt(t->c->arena, "\"items\":[{\"price\":\"%s\",\"quantity\":%lld}]%s%s",
                    prices[p], (long long)quantities[q], q % 2 == 0 ? ",\"coupon\":\"TEN\"" : "",
                    q >= 2 ? ",\"country\":\"DE\"" : "");
            struct str key = str_fmt(t->c->arena, "k%d", n);
            struct str id = shop_buy(s, str_c(t->c->arena, key), str_c(t->c->arena, members));
            EXPECT_I64(newest(s)->total, shop_order(s, id).total_minor);
        }
}

TEST("R54 another customer's order is the same 404 as none")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"customerId\":\"ada\"");
    struct str path = str_fmt(t->c->arena, "/api/orders/%.*s", SARG(id));
    struct str seen = shop_get(s, str_c(t->c->arena, path), "", &status);
    EXPECT_I64(status, 404);
    struct str none = shop_get(s, "/api/orders/ord_00000000000000000000000000", "", &status);
    EXPECT_I64(status, 404);
    EXPECT_STR(json_at(json_root(seen), "error").raw, json_at(json_root(none), "error").raw);
    shop_get(s, str_c(t->c->arena, path), KEY, &status);
    EXPECT_I64(status, 200);
    struct str token;
    struct order o = shop_order(s, id);
    EXPECT_OK(order_token(t->c, &o, &token));
    shop_get(s, str_c(t->c->arena, str_fmt(t->c->arena, "%.*s?t=%.*s", SARG(path), SARG(token))),
        "", &status);
    EXPECT_I64(status, 200);
    shop_get(s,
        str_c(t->c->arena,
            str_fmt(t->c->arena, "%.*s?t=x%.*s", SARG(path), SARG(str_from(token, 1)))),
        "", &status);
    EXPECT_I64(status, 404);
}

TEST("the arrows between an order's states")
{
    struct buf b = BUF(t->c->arena);
    order_arrows(&b);
    EXPECT_GOLDEN("order_arrows.txt", buf_str(&b));
}
