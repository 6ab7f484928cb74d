#include "app/stripe_shop.h"

#include <string.h>

/* A payment's whole way through Stripe, and what goes wrong on it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static const struct stripe_said complete = { "checkout.session.completed", SAID_SESSION, "complete",
    "paid", 0 };
static const struct stripe_said complete_unpaid = { "checkout.session.completed", SAID_SESSION,
    "complete", "unpaid", 0 };
static const struct stripe_said charged = { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 };

static void expect_status(struct stripe_shop *s, struct str id, enum order_status want)
{
    struct test *t = s->shop->t;
    struct order o = shop_order(s->shop, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

/* A path of the API, of an order and of its first payment. */
static struct str about(struct stripe_shop *s, struct str id, const char *path)
{
    struct str url = str_fmt(s->shop->c->arena, "/api/orders/%.*s", SARG(id));
    struct str answer = shop_get(s->shop, str_c(s->shop->c->arena, url), KEY, NULL);
    return json_text(s->shop->c->arena, json_at(json_root(answer), "data"), path);
}

TEST("a proof completes the order in the commit that stores it, and is answered then")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(
        s, "k1", "\"items\":[{\"price\":\"mug-usd\",\"quantity\":2}],\"country\":\"DE\"");
    EXPECT_I64(stripe_newest(s)->units, 2380);
    stripe_pays(stripe_newest(s));
    int64_t calls = s->shop->calls;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(s->shop->calls, calls); /* nobody had to be asked */
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 2380);
    EXPECT_I64(shop_balance(s->shop, LEDGER_SALES, CUR_USD), -2000);
    EXPECT_I64(shop_balance(s->shop, LEDGER_TAX, CUR_USD), -380);
    EXPECT_I64(shop_facts(s->shop, "ORDER_COMPLETED"), 1);
    shop_verify(s->shop);
}

TEST("R10 R21 a hundred copies of one event, and each event of the payment, complete it once")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    struct str body = stripe_event(s, stripe_newest(s), &complete);
    for (int i = 0; i < 100; i++)
        EXPECT_I64(stripe_post(s, body), 200);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200); /* the same under another id */
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &charged), 200);
    shop_wait(s->shop, 3600 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_RECEIVED"), 3);
    EXPECT_I64(shop_facts(s->shop, "ORDER_COMPLETED"), 1);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 1000);
    shop_verify(s->shop);
}

TEST("an event is the same one at each of the addresses that guides give it")
{
    static const char *const paths[] = { "/api/stripe/webhooks", "/api/stripe-webhook",
        "/api/webhooks/stripe" };
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    struct str body = stripe_event(s, stripe_newest(s), &complete);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        EXPECT_I64(stripe_post_at(s, paths[i], body), 200);
        expect_status(s, id, ORDER_COMPLETED);
    }
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_RECEIVED"), 1);
}

TEST("how it was paid is learned from whichever notice says it first")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    EXPECT_STR(about(s, id, "payments.0.method.type"), S("card")); /* what was asked for */
    EXPECT_STR(about(s, id, "payments.0.method.last4"), S(""));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &charged), 200);
    EXPECT_STR(about(s, id, "payments.0.method.brand"), S("visa"));
    EXPECT_STR(about(s, id, "payments.0.method.last4"), S("4242"));
    struct str other = stripe_buy(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    shop_wait(s->shop, 61 * 1000); /* no second event: the poll asks */
    EXPECT_STR(about(s, other, "payments.0.method.last4"), S("4242"));
    EXPECT_I64(shop_facts(s->shop, "ORDER_COMPLETED"), 2);
    shop_verify(s->shop);
}

TEST("R31 complete without paid hands out nothing until the money is there")
{
    static const struct stripe_said paid = { "checkout.session.async_payment_succeeded",
        SAID_SESSION, "complete", "paid", 0 };
    static const struct stripe_said failed = { "checkout.session.async_payment_failed",
        SAID_SESSION, "complete", "unpaid", 0 };
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete_unpaid), 200);
    expect_status(s, id, ORDER_PROCESSING);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 0);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &paid), 200);
    expect_status(s, id, ORDER_COMPLETED);
    struct str other = stripe_buy(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete_unpaid), 200);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &failed), 200);
    expect_status(s, other, ORDER_FAILED);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 1000);
    shop_verify(s->shop);
}

TEST("R6 F36 an event of another amount or currency goes to review, one of another mode is refused")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct stripe_page told = *stripe_newest(s);
    told.units = 999;
    EXPECT_I64(stripe_tell(s, &told, &complete), 200);
    expect_status(s, id, ORDER_REVIEW);
    struct str other = stripe_buy(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    told = *stripe_newest(s);
    memcpy(told.currency, "eur", 4);
    EXPECT_I64(stripe_tell(s, &told, &complete), 200);
    expect_status(s, other, ORDER_REVIEW);
    struct str third = stripe_buy(s, "k3", "\"priceId\":\"mug-usd\",\"again\":true");
    struct str body = stripe_event(s, stripe_newest(s), &complete);
    struct str live = str_fmt(t->c->arena, "{\"livemode\":true,%.*s",
        SARG(str_from(body, S("{\"id\":\"evt_3\",\"object\":\"event\",").n)));
    EXPECT_I64(stripe_post(s, live), 400);
    expect_status(s, third, ORDER_PENDING);
    EXPECT_I64(shop_balance(s->shop, LEDGER_SALES, CUR_USD), 0);
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_RECEIVED"), 2);
    shop_verify(s->shop);
}

TEST("R26 an event of Stripe moves no attempt of another gateway, whatever it is marked with")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = shop_buy(s->shop, "k1", "\"priceId\":\"mug-usd\"");
    struct stripe_page forged = { .id = "cs_test_x",
        .payment = "pi_x",
        .attempt = s->shop->session[0].attempt,
        .units = 1000,
        .currency = "usd",
        .intent = "succeeded" };
    EXPECT_I64(stripe_tell(s, &forged, &complete), 200);
    EXPECT_I64(stripe_tell(s, &forged, &charged), 200);
    shop_jobs(s->shop);
    expect_status(s, id, ORDER_PENDING);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 0);
}

TEST("F35 an event that is faster than the answer that it follows completes the order all the same")
{
    struct stripe_shop *s = stripe_shop_open(t);
    int status = 0;
    s->shop->fault = "lose_after";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    struct str body =
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"gateway\":\"stripe\"}");
    shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    expect_status(s, S("ORD-2026-000001"), ORDER_COMPLETED);
    struct str answer =
        shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(json_text(t->c->arena, json_root(answer), "data.sessionId"), S("cs_test_1"));
    EXPECT_I64((int64_t)s->pages, 1);
    shop_verify(s->shop);
}

TEST("R14 R15 a lost answer is asked for again under the same key, and is the same page")
{
    static const char *const faults[] = { "lose", "lose_after", "500", "garbage" };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        int status = 0;
        size_t pages = s->pages;
        s->shop->fault = faults[i];
        s->shop->fault_call = "create";
        s->shop->faults_left = 2;
        struct str headers = str_fmt(t->c->arena, KEY "Idempotency-Key: %s\r\n", faults[i]);
        struct str body = str_fmt(t->c->arena,
            "{\"email\":\"%s@example.com\",\"priceId\":\"mug-usd\",\"gateway\":\"stripe\"}",
            faults[i]);
        for (int k = 0; k < 3; k++) {
            shop_post(s->shop, "/api/checkout/create", str_c(t->c->arena, headers), body, &status);
            EXPECT_I64(status, k < 2 ? 502 : 200);
            t->c->now_ms += 1000; /* the time of a try is no part of it */
            t->c->wall_ms += 1000;
        }
        EXPECT_I64((int64_t)(s->pages - pages), 1);
    }
    EXPECT_I64(shop_facts(s->shop, "ORDER_CREATED"), 4);
}

TEST("R15 a key that Stripe answers with one error for ever is given up for another page")
{
    struct stripe_shop *s = stripe_shop_open(t);
    int status = 0;
    s->shop->fault = "500_kept";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    struct str body =
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"gateway\":\"stripe\"}");
    for (int i = 0; i < 3; i++) {
        shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
        EXPECT_I64(status, i < 2 ? 502 : 200);
    }
    EXPECT_I64((int64_t)s->pages, 2);
    EXPECT(!str_eq(s->page[0].key, s->page[1].key));
    stripe_pays(&s->page[1]);
    EXPECT_I64(stripe_tell(s, &s->page[1], &complete), 200);
    expect_status(s, S("ORD-2026-000001"), ORDER_COMPLETED);
    /* Nobody was ever sent to the first page; money that came on it all the same is not lost. */
    stripe_pays(&s->page[0]);
    EXPECT_I64(stripe_tell(s, &s->page[0], &complete), 200);
    expect_status(s, S("ORD-2026-000001"), ORDER_REVIEW);
    EXPECT_I64(shop_balance(s->shop, LEDGER_UNEXPLAINED, CUR_USD), -1000);
    shop_verify(s->shop);
}

TEST("a refusal in Stripe's words ends the order, and a new key may try again")
{
    struct stripe_shop *s = stripe_shop_open(t);
    int status = 0;
    s->shop->fault = "decline";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    struct str body =
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"gateway\":\"stripe\"}");
    struct str answer =
        shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    EXPECT(json_is(
        json_at(json_root(answer), "error"), "Stripe answered 402, card_declined: No such thing."));
    expect_status(s, S("ORD-2026-000001"), ORDER_FAILED);
    shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: k2\r\n", body, &status);
    EXPECT_I64(status, 200);
}

TEST("F34 lost events heal: paid, delayed, failed and expired pages are asked about")
{
    static const struct {
        const char *status, *paid, *intent;
        enum order_status end;
    } rows[] = {
        { "complete", "paid", "succeeded", ORDER_COMPLETED },
        { "complete", "unpaid", "processing", ORDER_PROCESSING },
        { "complete", "unpaid", "requires_payment_method", ORDER_FAILED },
        { "expired", "unpaid", "requires_payment_method", ORDER_EXPIRED },
        { "open", "unpaid", "requires_payment_method", ORDER_PENDING },
    };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str key = str_fmt(t->c->arena, "k%zu", i);
        struct str id =
            stripe_buy(s, str_c(t->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        stripe_newest(s)->status = rows[i].status;
        stripe_newest(s)->paid = rows[i].paid;
        stripe_newest(s)->intent = rows[i].intent;
        shop_wait(s->shop, 61 * 1000);
        expect_status(s, id, rows[i].end);
    }
    shop_verify(s->shop);
}

/* ---- which of the two */

static struct str create(struct stripe_shop *s, const char *key, const char *members, int *status)
{
    struct str headers = str_fmt(s->shop->c->arena, KEY "Idempotency-Key: %s\r\n", key);
    return shop_post(s->shop, "/api/checkout/create", str_c(s->shop->c->arena, headers),
        str_fmt(s->shop->c->arena, "{\"email\":\"ada@example.com\",\"again\":true,%s}", members),
        status);
}

TEST("a gateway that is named is used alone; else the catalogue's first that takes the sum is")
{
    static const char catalogue[] =
        "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":["
        "{\"id\":\"pen-usd\",\"amount\":333},{\"id\":\"pen-cheap\",\"amount\":30},"
        "{\"id\":\"pen-lyd\",\"amount\":3330,\"currency\":\"LYD\"}]}],"
        "\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]}}";
    static const struct {
        const char *members;
        int status;
        const char *gateway;
    } rows[] = {
        { "\"priceId\":\"pen-usd\"", 200, "stripe" },
        { "\"priceId\":\"pen-cheap\"", 200, "moneymotion" },
        { "\"priceId\":\"pen-lyd\"", 200, "moneymotion" },
        { "\"priceId\":\"pen-usd\",\"gateway\":\"moneymotion\"", 200, "moneymotion" },
        { "\"priceId\":\"pen-cheap\",\"gateway\":\"stripe\"", 400, "" },
        { "\"priceId\":\"pen-lyd\",\"gateway\":\"stripe\"", 400, "" },
        { "\"priceId\":\"pen-usd\",\"gateway\":\"paypal\"", 400, "" },
    };
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, catalogue);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int status = 0;
        struct str key = str_fmt(t->c->arena, "k%zu", i);
        struct str answer = create(s, str_c(t->c->arena, key), rows[i].members, &status);
        EXPECT_I64(status, rows[i].status);
        EXPECT_STR(
            json_text(t->c->arena, json_root(answer), "data.gateway"), str_of_c(rows[i].gateway));
        shop_post(s->shop, "/api/checkout/quote", "", str_fmt(t->c->arena, "{%s}", rows[i].members),
            &status);
        EXPECT_I64(
            status, i + 1 < ARRAY_LEN(rows) ? rows[i].status : 200); /* priced all the same */
    }
    int status = 0;
    struct str why = create(s, "k9", "\"priceId\":\"pen-cheap\",\"gateway\":\"stripe\"", &status);
    EXPECT(json_is(json_at(json_root(why), "error"), "Stripe takes no less than $0.50\u00a0USD"));
}

TEST("R14 a price of Stripe's is named as it was when the order was made")
{
    static const char listed[] =
        "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":[{\"id\":\"pen-usd\","
        "\"amount\":500,\"stripePrice\":\"price_pen\"}]}],\"coupons\":[{\"code\":\"TEN\","
        "\"basisPoints\":1000}],\"routing\":{\"card\":[\"stripe\"]}}";
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, listed);
    int status = 0;
    s->shop->fault = "lose";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    create(s, "k1", "\"priceId\":\"pen-usd\"", &status);
    EXPECT_I64(status, 502);
    shop_catalog(s->shop, "{\"products\":[],\"routing\":{}}");
    create(s, "k1", "\"priceId\":\"pen-usd\"", &status);
    EXPECT(str_has(stripe_newest(s)->form, S("[price]=price_pen&")));
    shop_catalog(s->shop, listed);
    create(s, "k2", "\"priceId\":\"pen-usd\",\"coupon\":\"TEN\"", &status);
    EXPECT_I64(status, 200);
    EXPECT(!str_has(stripe_newest(s)->form, S("price_pen")));
    EXPECT_I64(stripe_newest(s)->units, 450);
    struct str quote = shop_post(s->shop, "/api/checkout/quote", "",
        S("{\"items\":[{\"price\":\"pen-usd\",\"quantity\":1}]}"), &status);
    EXPECT(status == 200 && !str_has(quote, S("price_pen")));
}
