#include "app/shop_fixture.h"
#include "reconcile/reconcile.h"

#include <time.h>

#include "alert/alert.h"
#include "base/metric.h"
#include "db/db.h"

/* What goes wrong between us and the gateway, and is found again by itself. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    struct order o = shop_order(s, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

static void cancel(struct shop *s, struct str id)
{
    struct test *t = s->t;
    int status = 0;
    struct str path = str_fmt(s->c->arena, "/api/orders/%.*s/cancel", SARG(id));
    shop_post(s, str_c(s->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
}

TEST("R29 a page stays payable when its order is cancelled: a payment without a webhook is found")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    cancel(s, id);
    shop_wait(s, 61 * 1000);
    newest(s)->status = "completed";
    shop_wait(s, 5 * 60 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

/* What a day's reconciliation finds, about the payments of the last week. */
static struct reconcile reconciled(struct shop *s)
{
    struct test *t = s->t;
    struct reconcile k = { .since_ms = s->c->now_ms - INT64_C(7) * 24 * 3600 * 1000,
        .lines = arena_new(s->c->arena, struct buf) };
    *k.lines = BUF(s->c->arena);
    EXPECT_OK(reconcile_run(s->c, &k));
    return k;
}

TEST("R29 reconcile asks about pages that ended here too: one was paid while nobody could ask")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    cancel(s, id);
    newest(s)->status = "completed";
    s->fault = "lose";
    s->fault_call = "query";
    s->faults_left = 1000;
    for (int day = 0; day < 5; day++)
        shop_wait(s, 24 * 3600 * 1000);
    s->faults_left = 0;
    expect_status(s, id, ORDER_CANCELLED);
    EXPECT_I64(reconciled(s).healed, 1);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

static enum err count_alerts(struct ctx *c, void *arg)
{
    return alert_open_counts(c, arg);
}

static int64_t alerts_open(struct shop *s, enum alert_kind kind)
{
    struct test *t = s->t;
    int64_t open[ALERT_KIND_COUNT];
    EXPECT_OK(db_read(s->c, count_alerts, open));
    return open[kind];
}

TEST("R29 R93 a payment that its gateway does not know any more is an alert until it does")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), newest(s)->total);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(reconciled(s).differ, 0);
    newest(s)->status = "expired";
    for (int day = 0; day < 2; day++) {
        struct reconcile k = reconciled(s);
        EXPECT_I64(k.differ, 1);
        EXPECT(str_has(buf_str(k.lines), S("is paid here, and MoneyMotion says expired")));
        EXPECT_I64(alerts_open(s, ALERT_DIFFERS), 1);
        EXPECT_I64(shop_facts(s, "ALERT_RAISED"), 1);
    }
    EXPECT_I64(metric_value(s->c, METRIC_reconcile_differs_total), 2);
    expect_status(s, id, ORDER_COMPLETED);
    newest(s)->status = "completed";
    EXPECT_I64(reconciled(s).agreed, 1);
    EXPECT_I64(alerts_open(s, ALERT_DIFFERS), 0);
    shop_verify(s);
}

TEST("R29 after a declined card another one may pay: that is found without a webhook too")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "failed";
    shop_wait(s, 61 * 1000);
    expect_status(s, id, ORDER_FAILED);
    newest(s)->status = "completed";
    shop_wait(s, 5 * 60 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

/* Creates the answers of which are all lost, under one key. */
static struct str never_opened(struct shop *s, int tries, const char *key)
{
    struct test *t = s->t;
    int status = 0;
    struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: %s\r\n", key);
    s->fault = "lose";
    s->fault_call = "create";
    s->faults_left = 1000;
    for (int i = 0; i < tries; i++) {
        shop_post(s, "/api/checkout/create", str_c(s->c->arena, headers),
            S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}"),
            &status);
        EXPECT_I64(status, 502);
    }
    return S("ORD-2026-000001");
}

TEST("a gateway that loses every answer fills no order with tries, and the order ends in its time")
{
    struct shop *s = shop_open(t);
    struct str id = never_opened(s, 120, "k1");
    EXPECT(s->calls < 60);
    expect_status(s, id, ORDER_PENDING);
    int status = 0;
    shop_get(s, "/api/orders/ORD-2026-000001", KEY, &status);
    EXPECT_I64(status, 200);
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    expect_status(s, id, ORDER_EXPIRED);
    s->faults_left = 0;
    shop_wait(s, 61 * 1000);
    expect_status(s, shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\""),
        ORDER_PENDING); /* its coupon is free again */
}

TEST("no page is opened for an order that has ended meanwhile, and the same key says so for good")
{
    struct shop *s = shop_open(t);
    struct str id = never_opened(s, 1, "k1");
    cancel(s, id);
    s->faults_left = 0;
    int status = 0, again = 0;
    int64_t calls = s->calls;
    struct str body =
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}");
    struct str first =
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    EXPECT_STR(
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &again), first);
    EXPECT_I64(again, 502);
    EXPECT_I64(s->calls, calls);
    EXPECT(json_is(json_at(json_root(first), "error"), "cancelled by the buyer"));
    expect_status(s, id, ORDER_CANCELLED);
}

TEST("R9 an order that its gateway refused gives its coupon use back at once, and once")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "decline";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body =
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k3\r\n", body, &status);
    cancel(s, S("ORD-2026-000001"));
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k4\r\n",
        S("{\"email\":\"eve@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"}"), &status);
    EXPECT_I64(status, 422);
}

TEST("R25 a second tab opens a page of its own: what is paid on the first one is believed too")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: tab-1\r\n", body, &status);
    EXPECT_I64(status, 502);
    struct str id = shop_buy(s, "tab-2", "\"priceId\":\"mug-usd\"");
    EXPECT_I64(shop_facts(s, "ORDER_CREATED"), 1);
    EXPECT_I64((int64_t)s->sessions, 2);
    s->session[0].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}

TEST("R24 a second payment that went back before it was known to have come is booked in and out")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    s->session[1].status = "completed";
    shop_webhook(s, "complete", &s->session[1], 1000);
    shop_jobs(s);
    s->session[0].status = "refunded";
    shop_webhook(s, "refunded", &s->session[0], 1000);
    shop_jobs(s);
    shop_webhook(s, "complete", &s->session[0], 1000);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_facts(s, "PAYMENT_UNEXPLAINED"), 1);
    EXPECT_I64(shop_facts(s, "PAYMENT_RETURNED"), 1);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    EXPECT_I64(shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), 0);
    shop_verify(s);
}

TEST("R77 an answer that nobody can read is unknown: it neither ends an order nor completes it")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "garbage";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT_I64(shop_facts(s, "ORDER_CREATED"), 1);
    struct shop_session *session = &s->session[s->sessions - 1];
    session->status = "completed";
    s->fault_call = "query";
    s->faults_left = 1;
    EXPECT_I64(shop_webhook(s, "complete", session, 1000), 200);
    shop_jobs(s);
    EXPECT_I64(s->faults_left, 0);
    expect_status(s, id, ORDER_PENDING);
    shop_wait(s, 61 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    shop_verify(s);
}

TEST("R9 a coupon given back is used after all when the cancelled order is paid late")
{
    static const char *const codes[] = { "ONCE", "EACH" };
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        int status = 0;
        struct str members = str_fmt(
            s->c->arena, "\"priceId\":\"mug-usd\",\"coupon\":\"%s\",\"again\":true", codes[i]);
        struct str body =
            str_fmt(s->c->arena, "{\"email\":\"ada@example.com\",%.*s}", SARG(members));
        struct str id = shop_buy(s, codes[i], str_c(s->c->arena, members));
        cancel(s, id);
        newest(s)->status = "completed";
        shop_webhook(s, "complete", newest(s), newest(s)->total);
        shop_jobs(s);
        expect_status(s, id, ORDER_COMPLETED);
        struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: next-%s\r\n", codes[i]);
        shop_post(s, "/api/checkout/create", str_c(s->c->arena, headers), body, &status);
        EXPECT_I64(status, 422);
    }
    shop_verify(s);
}

/* ---- the buyer looks */

static const char *success_of(struct shop *s, struct str id)
{
    return str_c(s->c->arena, str_fmt(s->c->arena, "/payment/success?order=%.*s", SARG(id)));
}

/* Nobody waits for what a look brings about but these tests. */
static void look(struct shop *s, const char *path, const char *headers)
{
    struct timespec ms = { .tv_nsec = 1000000 };
    int64_t before = store_commit_no(s->c->store);
    struct req *r = shop_ask(s, "GET", path, headers, S(""));
    for (int i = 0; i < 1000 && r->after != NULL && store_commit_no(s->c->store) == before; i++)
        nanosleep(&ms, NULL);
    shop_jobs(s);
}

TEST("R29 R30 a lost webhook heals while the buyer looks, and looking alone changes nothing")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    look(s, success_of(s, id), "");
    expect_status(s, id, ORDER_PENDING);
    newest(s)->status = "completed";
    shop_wait(s, 5000);
    expect_status(s, id, ORDER_PENDING);
    look(s, success_of(s, id), "");
    expect_status(s, id, ORDER_COMPLETED);
    int64_t calls = s->calls;
    look(s, success_of(s, id), "");
    EXPECT_I64(s->calls, calls);
    shop_verify(s);
}

TEST("R29 whoever waits for an order over the API has its gateway asked too")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    const char *path = str_c(s->c->arena, str_fmt(s->c->arena, "/api/orders/%.*s", SARG(id)));
    look(s, path, KEY);
    expect_status(s, id, ORDER_PENDING);
    path = str_c(s->c->arena, str_fmt(s->c->arena, "/api/orders/%.*s?wait=20", SARG(id)));
    look(s, path, KEY);
    expect_status(s, id, ORDER_COMPLETED);
}

TEST("R47 T15 however often the buyer looks, the gateway is asked once in five seconds")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    int64_t calls = s->calls;
    for (int i = 0; i < 100; i++) {
        look(s, success_of(s, id), "");
        shop_wait(s, 20);
    }
    EXPECT_I64(s->calls, calls + 1);
    shop_wait(s, 3000);
    EXPECT_I64(s->calls, calls + 2); /* the look that came too soon, when it may be */
    for (int i = 0; i < 100; i++) {
        look(s, success_of(s, id), "");
        shop_wait(s, 500);
    }
    EXPECT(s->calls <= calls + 2 + 11);
}

TEST("R29 looking uses up no question of the schedule")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    for (int i = 0; i < 30; i++) {
        look(s, success_of(s, id), "");
        shop_wait(s, 6000);
    }
    newest(s)->status = "completed";
    shop_wait(s, 5 * 60 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
}

TEST("R29 an order that was given up is asked about when its buyer comes back from the gateway")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    cancel(s, id);
    newest(s)->status = "completed";
    look(s, success_of(s, id), "");
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}
