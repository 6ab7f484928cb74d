#include "app/stripe_shop.h"

#include "alert/alert.h"
#include "app/watch.h"
#include "base/json.h"
#include "base/metric.h"
#include "db/db.h"
#include "inbox/inbox.h"
#include "subscription/subscription.h"

/* What only shows when many payments are looked at together: each pattern is made, told of, and
 * over when it is. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define MINUTE_MS (INT64_C(60) * 1000)

struct opened {
    const char *kind;
    struct str subject, sentence;
    int64_t n;
};

static enum err take_open(struct ctx *c, const struct alert *a, void *arg)
{
    struct opened *k = arg;
    if (str_eq(a->kind, str_of_c(k->kind))) {
        k->n++;
        k->subject = str_copy(c->arena, a->subject);
        k->sentence = str_copy(c->arena, a->sentence);
    }
    return E_OK;
}

static enum err read_open(struct ctx *c, void *arg)
{
    return alert_list(c, ALERT_OPEN, 0, 100, take_open, arg);
}

static struct opened open_of(struct test *t, const char *kind)
{
    struct opened k = { .kind = kind, .subject = S(""), .sentence = S("") };
    EXPECT_OK(db_read(t->c, read_open, &k));
    return k;
}

/* The next look of the standing job. */
static void look(struct shop *s)
{
    shop_wait(s, MINUTE_MS + 1000);
}

static int64_t mails_with(struct shop *s, const char *words)
{
    int64_t n = 0;
    struct str list = shop_get(s, "/api/admin/mails?limit=100", KEY, NULL);
    for (struct json_iter it = json_iter(json_at(json_root(list), "data.items")); json_next(&it);)
        n += str_has(json_text(s->c->arena, it.value, "subject"), str_of_c(words));
    return n;
}

/* ---- cards that are declined */

static struct str buy_as_guest(struct stripe_shop *s, const char *key, const char *mail)
{
    struct test *t = s->shop->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str answer = shop_post(s->shop, "/api/checkout/create",
        str_c(a, str_fmt(a, "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"email\":\"%s\",\"gateway\":\"stripe\",\"items\":[{\"price\":\"mug-usd\"}]}",
            mail),
        &status);
    EXPECT_I64(status, 200);
    return json_text(a, json_root(answer), "data.orderId");
}

TEST("R93 ten cards declined from one address are an alert, told of once, and over when it ends")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = buy_as_guest(s, "k1", "ada@example.com");
    for (int i = 0; i < 9; i++)
        stripe_declines(s, 0);
    look(s->shop);
    EXPECT_I64(open_of(t, "card_testing").n, 0);
    EXPECT_I64(shop_facts(s->shop, "PAYMENT_DECLINED"), 9);
    EXPECT(str_has(shop_fact_data(s->shop, "PAYMENT_DECLINED"), S("insufficient_funds")));
    EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("pending"));
    stripe_declines(s, 0);
    look(s->shop);
    look(s->shop);
    struct opened found = open_of(t, "card_testing");
    EXPECT_I64(found.n, 1);
    EXPECT_STR(found.sentence,
        S("10 cards were declined from one address within 10 minutes; the newest order is "
          "ORD-2026-000001."));
    EXPECT(!str_has(found.subject, S("203.0.113.7")));
    EXPECT_I64(mails_with(s->shop, "card_testing") + mails_with(s->shop, "Many cards"), 1);
    EXPECT(str_has(shop_get(s->shop, "/metrics", KEY, NULL),
        S("purser_alert_open{kind=\"card_testing\"} 1\n")));
    EXPECT_I64(metric_value(t->c, METRIC_payments_declined_total), 10);
    shop_wait(s->shop, 11 * MINUTE_MS);
    EXPECT_I64(open_of(t, "card_testing").n, 0);
    shop_wait(s->shop, 61 * MINUTE_MS); /* told at most once an hour */
    EXPECT_I64(mails_with(s->shop, "Over"), 1);
    shop_verify(s->shop);
}

TEST("an application that orders for all its customers is no address of any of them")
{
    struct stripe_shop *s = stripe_shop_open(t);
    stripe_buy(s, "k1", "\"priceId\":\"mug-usd\",\"customerId\":\"u-1\"");
    for (int i = 0; i < 12; i++)
        stripe_declines(s, 0);
    look(s->shop);
    EXPECT_I64(open_of(t, "card_testing").n, 0);
    EXPECT_I64(open_of(t, "velocity").n, 0); /* it is one card */
}

TEST("R93 five cards of one buyer within ten minutes are an alert, also when one of them works")
{
    struct stripe_shop *s = stripe_shop_open(t);
    static const struct stripe_said charged = { "charge.succeeded", SAID_CHARGE, "succeeded", "",
        0 };
    stripe_buy(s, "k1", "\"priceId\":\"mug-usd\",\"customerId\":\"u-1\"");
    for (int i = 0; i < 4; i++)
        stripe_declines(s, i);
    look(s->shop);
    EXPECT_I64(open_of(t, "velocity").n, 0);
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &charged), 200);
    look(s->shop);
    EXPECT_I64(open_of(t, "velocity").n, 1);
    EXPECT(str_starts(open_of(t, "velocity").subject, S("cards of cus_")));
    EXPECT(str_has(open_of(t, "velocity").sentence, S("used 5 different cards")));
    shop_wait(s->shop, 11 * MINUTE_MS);
    EXPECT_I64(open_of(t, "velocity").n, 0);
    /* A guest is known by the mail. */
    buy_as_guest(s, "k2", "eve@example.com");
    for (int i = 0; i < 5; i++)
        stripe_declines(s, i);
    look(s->shop);
    EXPECT(str_starts(open_of(t, "velocity").subject, S("cards of a guest ")));
    EXPECT(!str_has(open_of(t, "velocity").subject, S("eve")));
}

TEST("R93 five mails of one customer within ten minutes are an alert")
{
    struct shop *s = shop_open(t);
    for (int i = 0; i < 5; i++) {
        int status = 0;
        struct str key = str_fmt(t->c->arena, KEY "Idempotency-Key: k%d\r\n", i);
        EXPECT_I64(open_of(t, "velocity").n, 0);
        shop_post(s, "/api/checkout/create", str_c(t->c->arena, key),
            str_fmt(t->c->arena,
                "{\"email\":\"ada%d@example.com\",\"priceId\":\"mug-usd\",\"again\":true,"
                "\"customerId\":\"u-1\"}",
                i),
            &status);
        EXPECT_I64(status, 200);
        look(s);
    }
    EXPECT_I64(open_of(t, "velocity").n, 1);
    EXPECT(str_starts(open_of(t, "velocity").subject, S("mails of cus_")));
    shop_wait(s, 11 * MINUTE_MS);
    EXPECT_I64(open_of(t, "velocity").n, 0);
}

static enum err count_declines(struct ctx *c, void *n)
{
    return db_one(c, "SELECT COUNT(*) FROM decline", DB_NO_IN, DB_OUT(out_i64(n)));
}

TEST("what was declined is forgotten after a day")
{
    struct stripe_shop *s = stripe_shop_open(t);
    int64_t left = -1;
    stripe_buy(s, "k1", "\"priceId\":\"mug-usd\",\"customerId\":\"u-1\"");
    stripe_declines(s, 0);
    EXPECT_OK(db_read(t->c, count_declines, &left));
    EXPECT_I64(left, 1);
    shop_wait(s->shop, 26 * 60 * MINUTE_MS);
    EXPECT_OK(db_read(t->c, count_declines, &left));
    EXPECT_I64(left, 0);
}

/* ---- how payments go */

/* Of one that failed nobody tells: it is asked about a minute later. */
static void pay_one(struct shop *s, int i, bool fails)
{
    struct test *t = s->t;
    shop_buy(s, str_c(t->c->arena, str_fmt(t->c->arena, "pay-%d", i)),
        "\"priceId\":\"mug-usd\",\"again\":true");
    struct shop_session *k = &s->session[s->sessions - 1];
    k->status = fails ? "failed" : "completed";
    if (!fails)
        EXPECT_I64(shop_webhook(s, "complete", k, 1000), 200);
    shop_jobs(s);
}

TEST("R93 more failing payments than the share that is set are an alert, from twenty on")
{
    struct shop *s = shop_open(t);
    for (int i = 0; i < 19; i++)
        pay_one(s, i, i % 9 == 0);
    look(s);
    look(s);
    EXPECT_I64(open_of(t, "payments_failing").n, 0);
    EXPECT_I64(metric_value(t->c, METRIC_payments_tried), 19);
    EXPECT_I64(metric_value(t->c, METRIC_payments_tried_failed), 3);
    pay_one(s, 19, false);
    look(s);
    EXPECT_STR(open_of(t, "payments_failing").subject, S("moneymotion"));
    EXPECT_STR(open_of(t, "payments_failing").sentence,
        S("3 of 20 payments at MoneyMotion within 15 minutes failed: 15 %."));
    for (int i = 20; i < 60; i++)
        pay_one(s, i, false);
    look(s); /* 3 of 60 are not more than 5 % */
    EXPECT_I64(open_of(t, "payments_failing").n, 0);
}

/* Charges as they are written down before the gateway is called: unknown until it answers. */
static enum err begin_charges(struct ctx *c, void *arg)
{
    const struct order *o = arg;
    for (int i = 0; i < 20; i++) {
        struct attempt a = {
            .order_n = o->n,
            .id = id_new(c),
            .gateway = GATEWAY_ID_moneymotion,
            .amount = { o->total_minor, o->currency },
            .method = S("card"),
            .expires_ms = o->expires_ms,
        };
        TRY(attempt_insert(c, &a));
        TRY(attempt_become(c, &a, ATTEMPT_UNKNOWN));
    }
    return E_OK;
}

TEST("R93 charges that are under way have not failed, those of which nothing was heard have")
{
    struct shop *s = shop_open(t);
    struct order o = shop_order(s, shop_buy(s, "k1", "\"priceId\":\"mug-usd\""));
    look(s);
    EXPECT_OK(db_tx(t->c, "charges", begin_charges, &o));
    t->c->now_ms += 5000;
    EXPECT_OK(payments_job(t->c, S("")));
    EXPECT_I64(open_of(t, "payments_failing").n, 0);
    EXPECT_I64(metric_value(t->c, METRIC_payments_tried), 0);
    t->c->now_ms += 3 * MINUTE_MS;
    EXPECT_OK(payments_job(t->c, S("")));
    EXPECT_I64(open_of(t, "payments_failing").n, 1);
    EXPECT_I64(metric_value(t->c, METRIC_payments_tried_failed), 20);
}

/* ---- webhooks, and money of no order */

TEST("R93 webhooks that cannot be applied are an alert until they are")
{
    struct stripe_shop *stripe = stripe_shop_open(t);
    struct shop *s = stripe->shop;
    static const struct stripe_said said = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    stripe_buy(stripe, "k1", "\"priceId\":\"mug-usd\"");
    s->fault = "lose";
    s->fault_call = "query";
    s->faults_left = 100000;
    EXPECT_I64(stripe_tell(stripe, stripe_newest(stripe), &said), 200);
    shop_wait(s, 10 * MINUTE_MS);
    EXPECT_I64(open_of(t, "webhooks_late").n, 0);
    for (int i = 0; i < 7; i++)
        look(s);
    EXPECT_STR(open_of(t, "webhooks_late").subject, S("stripe"));
    EXPECT_I64(metric_value(t->c, METRIC_webhooks_late), 1);
    s->faults_left = 0;
    for (int i = 0; i < 120 && open_of(t, "webhooks_late").n > 0; i++)
        look(s);
    EXPECT_I64(open_of(t, "webhooks_late").n, 0);
    EXPECT_I64(metric_value(t->c, METRIC_webhooks_late), 0);
}

/* Somebody pays for a plan there. */
static enum err subscribe(struct ctx *c, void *arg)
{
    const struct order *o = arg;
    bool is_new = false;
    struct subscription s = { .customer_n = o->customer_n,
        .order_n = o->n,
        .status = SUBSCRIPTION_ACTIVE,
        .terms = { .plan = S("basic"), .price = S("basic-month"), .months = 1 },
        .gateway = GATEWAY_ID_stripe,
        .reference = S("sub_1") };
    s.terms.amount = (struct money) { 999, CUR_USD };
    s.anchor_ms = s.period_start_ms = c->now_ms;
    s.period_end_ms = c->now_ms + INT64_C(30) * 24 * 60 * MINUTE_MS;
    return subscription_insert(c, &s, &is_new);
}

TEST("R93 what may be about a renewal is waited for, and is not late")
{
    struct stripe_shop *stripe = stripe_shop_open(t);
    struct shop *s = stripe->shop;
    static const struct stripe_said said = { "charge.refunded", SAID_CHARGE, "succeeded", "", 500 };
    struct order o = shop_order(s,
        stripe_buy(stripe, "k1",
            "\"priceId\":\"mug-usd\","
            "\"customerId\":\"u-1\""));
    EXPECT_OK(db_tx(t->c, "subscribe", subscribe, &o));
    struct stripe_page *foreign = &stripe->page[stripe->pages++];
    *foreign = (struct stripe_page) { .id = "cs_test_9",
        .payment = "pi_9",
        .units = 500,
        .currency = "usd",
        .status = "complete",
        .paid = "paid",
        .intent = "succeeded" };
    EXPECT_I64(stripe_tell(stripe, foreign, &said), 200);
    for (int i = 0; i < 30; i++) {
        look(s);
        EXPECT_I64(open_of(t, "webhooks_late").n, 0);
    }
    struct str waits = shop_get(s, "/api/admin/webhooks?status=retrying", KEY, NULL);
    EXPECT(str_has(waits, EVENT_MAY_BE_RENEWAL));
}

TEST("R18 R93 signatures that do not hold are an alert of their own, once there are many")
{
    struct shop *s = shop_open(t);
    int status = 0;
    for (int i = 0; i < 20; i++) {
        EXPECT_I64(open_of(t, "signatures").n, 0);
        shop_post(s, "/api/webhooks/stripe", "Stripe-Signature: t=1,v1=00\r\n", S("{}"), &status);
        EXPECT_I64(status, 400);
    }
    for (int i = 0; i < 1000 && open_of(t, "signatures").n == 0; i++)
        shop_jobs(s); /* nobody waits for what tells of it */
    EXPECT_STR(open_of(t, "signatures").subject, S("stripe"));
    look(s);
    EXPECT_I64(open_of(t, "signatures").n, 1);
    shop_wait(s, 17 * MINUTE_MS);
    EXPECT_I64(open_of(t, "signatures").n, 0);
}

/* A payment of the right sum after one of another: which of them is right, a person says. */
static struct str pay_twice(struct shop *s)
{
    struct test *t = s->t;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct shop_session *k = &s->session[0];
    k->status = "completed";
    k->total = 900;
    EXPECT_I64(shop_webhook(s, "complete", k, 900), 200);
    shop_jobs(s);
    k->total = 1000;
    EXPECT_I64(shop_webhook(s, "complete", k, 1000), 200);
    shop_jobs(s);
    return id;
}

static void accept_it(struct shop *s, struct str id)
{
    struct test *t = s->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str order = shop_get(s, str_c(a, str_fmt(a, "/api/orders/%.*s", SARG(id))), KEY, NULL);
    shop_post(s, str_c(a, str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(id))), KEY,
        str_fmt(a, "{\"choice\":\"accept\",\"attemptId\":\"%.*s\",\"reason\":\"it is here\"}",
            SARG(json_text(a, json_root(order), "data.attempts.0.id"))),
        &status);
    EXPECT_I64(status, 200);
}

TEST("R93 money that belongs to no order is an alert until a person has decided")
{
    struct shop *s = shop_open(t);
    struct str id = pay_twice(s);
    look(s);
    EXPECT(str_starts(open_of(t, "unexplained").sentence, S("$10.00")));
    EXPECT_STR(open_of(t, "unexplained").subject, S("USD"));
    EXPECT_I64(metric_value(t->c, METRIC_money_unexplained), 1);
    accept_it(s, id);
    look(s);
    EXPECT_I64(open_of(t, "unexplained").n, 0);
    EXPECT_I64(open_of(t, "review").n, 0);
    shop_verify(s);
}

/* As if so many facts had come since the books were closed that the newest are left out. */
static enum err fall_behind(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1, "UPDATE setting SET value = $1 WHERE name = 'ledger.closed'",
        DB_IN(in_str(str_fmt(c->arena, "%d", -2 * LEDGER_OPEN_MAX))));
}

static enum err forget_hours(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM ledger_hour", DB_NO_IN);
}

TEST("R93 money of no order is not over because the newest facts are not added up yet")
{
    struct shop *s = shop_open(t);
    pay_twice(s);
    look(s);
    EXPECT_OK(db_tx(t->c, "hours", forget_hours, NULL));
    EXPECT_OK(db_tx(t->c, "behind", fall_behind, NULL));
    t->c->now_ms += MINUTE_MS;
    EXPECT_OK(payments_job(t->c, S("")));
    EXPECT_I64(open_of(t, "unexplained").n, 1);
    EXPECT_I64(metric_value(t->c, METRIC_money_unexplained), 1);
    look(s);
    EXPECT_I64(open_of(t, "unexplained").n, 1);
    shop_verify(s);
}

TEST("R93 and is not said of money about which a person decided in those facts")
{
    struct shop *s = shop_open(t);
    struct str id = pay_twice(s);
    EXPECT_OK(ledger_close_job(t->c, S("")));
    accept_it(s, id);
    EXPECT_OK(alert_over_now(t->c, ALERT_UNEXPLAINED, S("USD")));
    EXPECT_OK(db_tx(t->c, "behind", fall_behind, NULL));
    t->c->now_ms += MINUTE_MS;
    EXPECT_OK(payments_job(t->c, S("")));
    EXPECT_I64(open_of(t, "unexplained").n, 0);
}
