#include "app/stripe_shop.h"

/* What becomes of an order at Stripe after its page was opened: cancelled, disputed, lost. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static const struct stripe_said complete = { "checkout.session.completed", SAID_SESSION, "complete",
    "paid", 0 };
static const struct stripe_said charged = { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 };
static const struct stripe_said disputed = { "charge.dispute.created", SAID_DISPUTE,
    "needs_response", "", 0 };

static void expect_status(struct stripe_shop *s, struct str id, enum order_status want)
{
    struct test *t = s->shop->t;
    struct order o = shop_order(s->shop, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

/* ---- a page that nobody shall pay on */

static void cancel(struct stripe_shop *s, struct str id)
{
    struct test *t = s->shop->t;
    int status = 0;
    struct str path = str_fmt(s->shop->c->arena, "/api/orders/%.*s/cancel", SARG(id));
    shop_post(s->shop, str_c(s->shop->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
}

TEST("an order that is cancelled ends its page at Stripe, also when Stripe is away for a while")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    s->shop->fault = "lose";
    s->shop->fault_call = "expire";
    s->shop->faults_left = 2;
    cancel(s, id);
    shop_jobs(s->shop);
    EXPECT_STR(str_of_c(s->page[0].status), S("open"));
    for (int i = 0; i < 4; i++)
        shop_wait(s->shop, 10 * 1000);
    EXPECT_STR(str_of_c(s->page[0].status), S("expired"));
    static const struct stripe_said ended = { "checkout.session.expired", SAID_SESSION, "expired",
        "unpaid", 0 };
    EXPECT_I64(stripe_tell(s, &s->page[0], &ended), 200);
    expect_status(s, id, ORDER_CANCELLED);
}

TEST("a buyer who pays while the order is cancelled has paid, without a webhook too")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(&s->page[0]);
    cancel(s, id);
    shop_jobs(s->shop);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s->shop);
}

/* ---- disputes name a payment, not an order */

TEST("R99 a dispute finds its order by asking, also before the payment's own events")
{
    struct stripe_shop *s = stripe_shop_open(t);
    for (int early = 0; early < 2; early++) {
        struct str id =
            stripe_buy(s, early == 0 ? "k1" : "k2", "\"priceId\":\"mug-usd\",\"again\":true");
        struct stripe_page *p = stripe_newest(s);
        stripe_pays(p);
        if (early == 0)
            EXPECT_I64(stripe_tell(s, p, &complete), 200);
        p->disputed = true;
        EXPECT_I64(stripe_tell(s, p, &disputed), 200);
        shop_jobs(s->shop);
        expect_status(s, id, ORDER_DISPUTED);
        EXPECT_I64(stripe_tell(s, p, &complete), 200);
        shop_jobs(s->shop);
        expect_status(s, id, ORDER_DISPUTED);
    }
    /* Both were taken back by the bank, each with a fee. */
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), -3000);
    EXPECT_I64(shop_balance(s->shop, LEDGER_DISPUTED, CUR_USD), 2000);
    EXPECT_I64(shop_balance(s->shop, LEDGER_DISPUTE_COSTS, CUR_USD), 3000);
    shop_verify(s->shop);
}

TEST("a dispute about what others sold through this account ends as noted, without an alert")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct stripe_page *foreign = &s->page[s->pages++];
    *foreign = (struct stripe_page) { .id = "cs_test_9",
        .payment = "pi_9",
        .units = 500,
        .currency = "usd",
        .status = "complete",
        .paid = "paid",
        .intent = "succeeded",
        .disputed = true };
    EXPECT_I64(stripe_tell(s, foreign, &disputed), 200);
    EXPECT_I64(stripe_tell(s, foreign, &complete), 200);
    shop_jobs(s->shop);
    struct str list = shop_get(s->shop, "/api/admin/webhooks", KEY, NULL);
    struct json_value items = json_at(json_root(list), "data.items");
    EXPECT_STR(json_text(t->c->arena, items, "1.status"), S("ignored"));
    EXPECT_STR(json_text(t->c->arena, items, "1.outcome"),
        S("a payment of this account that is not ours"));
    EXPECT_STR(json_text(t->c->arena, items, "0.status"), S("ignored"));
    EXPECT_I64(shop_facts(s->shop, "ALERT_RAISED"), 0);
}

TEST("R24 a dispute is replayed, dry or not, by asking whose it is once more")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &disputed), 200);
    shop_jobs(s->shop); /* Stripe's own answer does not know of it yet */
    expect_status(s, id, ORDER_COMPLETED);
    stripe_newest(s)->disputed = true;
    struct str list = shop_get(s->shop, "/api/admin/webhooks", KEY, NULL);
    struct str event = json_text(t->c->arena, json_root(list), "data.items.0.id");
    struct str path = str_fmt(t->c->arena, "/api/admin/webhooks/%.*s/replay", SARG(event));
    struct str dry =
        shop_post(s->shop, str_c(t->c->arena, path), KEY, S("{\"dryRun\":true}"), NULL);
    EXPECT(str_has(dry, S("the gateway is asked how it stands")));
    expect_status(s, id, ORDER_COMPLETED);
    shop_post(s->shop, str_c(t->c->arena, path), KEY, S("{}"), NULL);
    expect_status(s, id, ORDER_DISPUTED);
}

TEST("a dispute waits for a Stripe that does not answer, and is settled when it does")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    stripe_newest(s)->disputed = true;
    s->shop->fault = "lose";
    s->shop->fault_call = "query";
    s->shop->faults_left = 1;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &disputed), 200);
    shop_jobs(s->shop);
    expect_status(s, id, ORDER_COMPLETED);
    shop_wait(s->shop, 10 * 1000);
    expect_status(s, id, ORDER_DISPUTED);
}

TEST("R11 parts that went back at Stripe are adopted, each once, whatever is told twice or late")
{
    static const struct stripe_said part = { "charge.refunded", SAID_CHARGE, "succeeded", "", 400 },
                                    more = { "charge.refunded", SAID_CHARGE, "succeeded", "", 700 },
                                    all = { "charge.refunded", SAID_CHARGE, "succeeded", "", 1000 };
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &more), 200);
    expect_status(s, id, ORDER_PARTIALLY_REFUNDED);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &part), 200);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 300);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &all), 200);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &more), 200);
    expect_status(s, id, ORDER_REFUNDED);
    EXPECT_I64(shop_facts(s->shop, "REFUND_SUCCEEDED"), 2);
    EXPECT_I64(shop_facts(s->shop, "ORDER_PARTIALLY_REFUNDED"), 1);
    EXPECT_I64(shop_facts(s->shop, "ORDER_REFUNDED"), 1);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 0);
    shop_verify(s->shop);
}

TEST("R24 a part that went back before anybody told of the payment is adopted with it")
{
    static const struct stripe_said part = { "charge.refunded", SAID_CHARGE, "succeeded", "", 400 };
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    stripe_newest(s)->back = 400;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &part), 200);
    expect_status(s, id, ORDER_PARTIALLY_REFUNDED);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    expect_status(s, id, ORDER_PARTIALLY_REFUNDED);
    EXPECT_I64(shop_facts(s->shop, "PAYMENT_RECEIVED"), 1);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 600);
    shop_verify(s->shop);
}

/* ---- what never came */

TEST("R29 F34 what Stripe told and nobody heard is read in its own list, and only that")
{
    static const struct stripe_said refunded = { "charge.refunded", SAID_CHARGE, "succeeded", "",
        1000 };
    struct stripe_shop *s = stripe_shop_open(t);
    struct str heard = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    struct str id[3];
    for (size_t i = 0; i < ARRAY_LEN(id); i++) {
        struct str key = str_fmt(t->c->arena, "lost%zu", i);
        id[i] = stripe_buy(s, str_c(t->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        stripe_pays(stripe_newest(s));
        stripe_event(s, stripe_newest(s), &complete);
        stripe_event(s, stripe_newest(s), &charged);
    }
    for (int i = 0; i < 8; i++)
        shop_wait(s->shop, 5 * 60 * 1000); /* by now nobody asks about them any more */
    s->page[2].disputed = true;
    stripe_event(s, &s->page[2], &disputed);
    s->page[3].back = 1000;
    stripe_event(s, &s->page[3], &refunded);
    for (int i = 0; i < 3; i++)
        shop_wait(s->shop, 10 * 60 * 1000);
    expect_status(s, heard, ORDER_COMPLETED);
    expect_status(s, id[0], ORDER_COMPLETED);
    expect_status(s, id[1], ORDER_DISPUTED);
    expect_status(s, id[2], ORDER_REFUNDED);
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_FETCHED"), 8);
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_RECEIVED"), 1);
    EXPECT_I64(shop_facts(s->shop, "ORDER_COMPLETED"), 4);
    /* One that comes after all was known. */
    EXPECT_I64(stripe_post(s, s->told[2]), 200);
    EXPECT_I64(shop_facts(s->shop, "STRIPE_WEBHOOK_RECEIVED"), 1);
    shop_verify(s->shop);
}

TEST("a Stripe that is away when its list is read is asked again, from where we were")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct stripe_page *p = stripe_newest(s);
    stripe_pays(p);
    EXPECT_I64(stripe_tell(s, p, &complete), 200);
    shop_wait(s->shop, 60 * 60 * 1000);
    p->disputed = true;
    stripe_event(s, p, &disputed);
    s->shop->fault = "lose";
    s->shop->fault_call = "query";
    s->shop->faults_left = 1000;
    for (int i = 0; i < 20; i++)
        shop_wait(s->shop, 10 * 60 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    s->shop->faults_left = 0;
    for (int i = 0; i < 8; i++)
        shop_wait(s->shop, 10 * 60 * 1000);
    expect_status(s, id, ORDER_DISPUTED);
}
