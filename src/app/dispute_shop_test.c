#include <stdio.h>

#include "app/plan_shop.h"
#include "app/refund_fixture.h"
#include "app/stripe_shop.h"
#include "db/db.h"
#include "dispute/dispute.h"
#include "reconcile/reconcile.h"

/* Disputes from outside: what events, gateways, people and time make of them. */

#define DAY INT64_C(86400000)

static const struct stripe_said opened = { "charge.dispute.created", SAID_DISPUTE, "needs_response",
    "", 0 };
static const struct stripe_said closed = { "charge.dispute.closed", SAID_DISPUTE, "won", "", 0 };

/* The bank does that, and Stripe says so. */
static void argue(struct stripe_shop *s, const char *status, const struct stripe_said *said)
{
    struct test *t = s->shop->t;
    struct stripe_page *p = stripe_newest(s);
    p->disputed = true;
    p->argued = status;
    EXPECT_I64(stripe_tell(s, p, said), 200);
    shop_jobs(s->shop);
}

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    EXPECT_STR(order_status_text(shop_order(s, id).status), order_status_text(want));
}

/* A member of the newest dispute, by the API. */
static struct str newest(struct shop *s, const char *member)
{
    struct arena *a = s->c->arena;
    struct str list = shop_get(s, "/api/admin/disputes", KEY, NULL);
    return json_text(a, json_root(list), str_c(a, str_fmt(a, "data.items.0.%s", member)));
}

static struct str path_of(struct shop *s, const char *rest)
{
    return str_fmt(s->c->arena, "/api/admin/disputes/%.*s%s", SARG(newest(s, "id")), rest);
}

/* ---- what the buyer has of it */

static struct str credits(struct shop *s)
{
    struct arena *a = s->c->arena;
    struct json_value v =
        json_at(json_root(shop_get(s, "/api/credits?customerId=ada", KEY, NULL)), "data");
    return str_fmt(
        a, "%.*s and %.*s", SARG(json_at(v, "balance").raw), SARG(json_at(v, "reserved").raw));
}

TEST("R99 bought credits are held while a bank argues, there again when won, gone when lost")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct shop *shop = s->shop;
    refund_paid_with(
        s, "k1", "\"items\":[{\"price\":\"pack-usd\",\"quantity\":10}],\"customerId\":\"ada\"");
    EXPECT_STR(credits(shop), S("100 and 0"));
    shop_post(shop, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":30}"), NULL);
    argue(s, "needs_response", &opened);
    EXPECT_STR(credits(shop), S("0 and 70"));
    shop_verify(shop);
    argue(s, "won", &closed);
    EXPECT_STR(credits(shop), S("70 and 0"));
    shop_verify(shop);
    refund_paid_with(s, "k2",
        "\"items\":[{\"price\":\"pack-usd\",\"quantity\":10}],\"customerId\":\"ada\",\"again\":true");
    EXPECT_STR(credits(shop), S("170 and 0"));
    argue(s, "needs_response", &opened);
    EXPECT_STR(credits(shop), S("70 and 100"));
    argue(s, "lost", &closed);
    EXPECT_STR(credits(shop), S("70 and 0"));
    shop_verify(shop);
}

TEST("R99 a plan is held while a bank argues about its period, and goes on when that is won")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"pro\"");
    plan_pay(s);
    EXPECT(str_has(shop_get(s, "/api/access?customerId=ada", KEY, NULL), S("\"pro\"")));
    EXPECT_STR(credits(s), S("1550 and 0"));
    plan_hosted(s)->status = "disputed";
    EXPECT_I64(shop_webhook(s, "disputed", plan_hosted(s), plan_hosted(s)->total), 200);
    shop_jobs(s);
    EXPECT(!str_has(shop_get(s, "/api/access?customerId=ada", KEY, NULL), S("\"pro\"")));
    EXPECT_STR(credits(s), S("50 and 1500"));
    EXPECT_STR(newest(s, "status"), S("open"));
    plan_hosted(s)->status = "completed"; /* only its status says so */
    shop_wait(s, 25 * 3600 * 1000);
    EXPECT_STR(newest(s, "status"), S("won"));
    EXPECT(str_has(shop_get(s, "/api/access?customerId=ada", KEY, NULL), S("\"pro\"")));
    EXPECT_STR(credits(s), S("1550 and 0"));
    shop_verify(s);
}

/* ---- a gateway without names for disputes */

TEST("R99 what MoneyMotion gives back after a dispute is lost, and counted once")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    plan_pay(s);
    plan_hosted(s)->status = "disputed";
    for (int i = 0; i < 2; i++)
        EXPECT_I64(shop_webhook(s, "disputed", plan_hosted(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_DISPUTED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    plan_hosted(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", plan_hosted(s), 1000), 200);
    shop_jobs(s);
    shop_wait(s, 25 * 3600 * 1000);
    expect_status(s, id, ORDER_REFUNDED);
    EXPECT_STR(newest(s, "status"), S("lost"));
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 0);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), 0);
    EXPECT_I64(shop_facts(s, "DISPUTE_OPENED"), 1);
    EXPECT_I64(shop_facts(s, "DISPUTE_LOST"), 1);
    shop_verify(s);
}

/* ---- beside refunds */

static void expect_lost(struct shop *s, const char *minor)
{
    struct test *t = s->t;
    EXPECT(str_has(shop_get(s, "/api/admin/disputes", KEY, NULL),
        str_fmt(s->c->arena, "\"lost\":{\"amount\":%s,", minor)));
}

TEST("R99 I3 a refund that fails after its payment was lost is lost with it")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    s->refund_status = "pending";
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    stripe_newest(s)->argued_units = 1000;
    argue(s, "lost", &closed);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), -1500);
    expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    shop_verify(s->shop);
    stripe_refund_fails(&s->refund[0]);
    EXPECT_I64(stripe_tell_refund(s, &s->refund[0], "refund.failed"), 200);
    shop_jobs(s->shop);
    expect_status(s->shop, id, ORDER_REFUNDED);
    expect_lost(s->shop, "1000");
    EXPECT_I64(shop_balance(s->shop, LEDGER_SALES, CUR_USD), 0);
    shop_verify(s->shop);
}

TEST("R99 I3 what went back unheard of a payment without our mark is no loss")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_newest(s)->attempt = S("");
    stripe_gives_back(s, stripe_newest(s), 400);
    stripe_newest(s)->argued_units = 1000;
    argue(s, "lost", &closed);
    expect_status(s->shop, id, ORDER_REFUNDED);
    expect_lost(s->shop, "600");
    shop_verify(s->shop);
}

/* ---- nobody told us */

TEST("R29 R99 a dispute heals without any event, long after its payment")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    shop_wait(s->shop, 30 * DAY);
    stripe_newest(s)->disputed = true;
    shop_wait(s->shop, DAY + DAY / 24);
    expect_status(s->shop, id, ORDER_DISPUTED);
    stripe_newest(s)->argued = "lost";
    shop_wait(s->shop, DAY + DAY / 24);
    expect_status(s->shop, id, ORDER_REFUNDED);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), -1500);
    EXPECT_I64(shop_facts(s->shop, "DISPUTE_LOST"), 1);
    shop_verify(s->shop);
}

/* A payment with MoneyMotion; what its page is there. */
static struct shop_session *paid_there(struct shop *s, const char *key)
{
    shop_buy(s, key, "\"priceId\":\"mug-usd\",\"again\":true");
    plan_pay(s);
    return plan_hosted(s);
}

static struct shop_session *argued_there(struct shop *s, const char *key)
{
    struct test *t = s->t;
    struct shop_session *page = paid_there(s, key);
    page->status = "disputed";
    EXPECT_I64(shop_webhook(s, "disputed", page, page->total), 200);
    shop_jobs(s);
    EXPECT_STR(newest(s, "status"), S("open"));
    return page;
}

static struct reconcile reconciled(struct shop *s, int64_t most)
{
    struct test *t = s->t;
    struct reconcile k = { .since_ms = s->c->now_ms - 4 * DAY,
        .most = most,
        .lines = arena_new(s->c->arena, struct buf) };
    *k.lines = BUF(s->c->arena);
    EXPECT_OK(reconcile_run(s->c, &k));
    return k;
}

TEST("R29 R99 however many payments there are, every dispute is asked about")
{
    struct shop *s = shop_open(t);
    struct shop_session *page = argued_there(s, "k1");
    paid_there(s, "k2");
    paid_there(s, "k3");
    page->status = "completed"; /* only its status says so */
    struct reconcile k = reconciled(s, 1);
    EXPECT_STR(newest(s, "status"), S("won"));
    EXPECT_I64(k.disputes, 1);
    EXPECT_I64(k.asked, 2); /* and of the three payments the newest */
    EXPECT(k.more);
    shop_verify(s);
}

/* Two rows that each name the other one's payment. */
static enum err confuse(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 2, "UPDATE dispute SET attempt_n = 3 - attempt_n WHERE n < 3", DB_NO_IN);
}

TEST("R29 R99 a dispute that is broken here keeps nobody from asking about the others")
{
    struct shop *s = shop_open(t);
    argued_there(s, "k1");
    argued_there(s, "k2");
    argued_there(s, "k3")->status = "completed";
    EXPECT_OK(db_tx(t->c, "confuse", confuse, NULL));
    struct reconcile k = reconciled(s, 0);
    EXPECT_STR(newest(s, "status"), S("won"));
    EXPECT_I64(k.broken, 2);
    EXPECT(str_has(buf_str(k.lines), S("about two payments")));
}

TEST("an inquiry is told and leaves the order alone")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    argue(s, "warning_needs_response", &opened);
    expect_status(s->shop, id, ORDER_COMPLETED);
    EXPECT_STR(newest(s->shop, "status"), S("warning"));
    argue(s, "warning_closed", &closed);
    EXPECT_STR(newest(s->shop, "status"), S("won"));
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 1000);
    EXPECT_I64(shop_facts(s->shop, "ORDER_DISPUTED"), 0);
}

/* ---- before its time is over */

static int64_t times(struct str in, struct str what)
{
    int64_t n = 0;
    for (size_t i = 0; i + what.n <= in.n; i++)
        n += str_eq(str_part(in, i, what.n), what);
    return n;
}

TEST("the owner is reminded once, three days before the time to answer ends")
{
    struct stripe_shop *s = stripe_shop_open(t);
    refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    stripe_newest(s)->due_s = s->shop->c->now_ms / 1000 + 9 * DAY / 1000;
    argue(s, "needs_response", &opened);
    EXPECT_I64(shop_facts(s->shop, "DISPUTE_REMINDED"), 0);
    struct str mails = shop_get(s->shop, "/api/admin/mails?limit=50", KEY, NULL);
    EXPECT(str_has(mails, S("Order ORD-2026-000001 is disputed")));
    EXPECT(!str_has(mails, S("Answer the dispute")));
    for (int day = 0; day < 8; day++) {
        shop_wait(s->shop, DAY);
        EXPECT_I64(stripe_tell(s, stripe_newest(s), &opened), 200);
        shop_jobs(s->shop);
        EXPECT_I64(shop_facts(s->shop, "DISPUTE_REMINDED"), day >= 5);
    }
    mails = shop_get(s->shop, "/api/admin/mails?limit=50", KEY, NULL);
    EXPECT_I64(times(mails, S("\"subject\":\"Answer the dispute about order")), 1);
    EXPECT_I64(shop_facts(s->shop, "DISPUTE_OPENED"), 1);
}

/* ---- what we say */

static struct str say(struct shop *s, const char *body, int *ret_status)
{
    return shop_post(
        s, str_c(s->c->arena, path_of(s, "/evidence")), KEY, str_of_c(body), ret_status);
}

#define PNG "iVBORw0KGgoAAAANSUhEUg=="

TEST("evidence is kept, sent once under one key, also when its answer is lost")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct shop *shop = s->shop;
    int status = 0;
    refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    argue(s, "needs_response", &opened);
    say(shop, "{\"send\":true}", &status);
    EXPECT_I64(status, 400); /* there is nothing to send */
    say(shop,
        "{\"texts\":{\"customerName\":\"Ada & Co\",\"uncategorizedText\":\"draft\"},"
        "\"files\":[{\"field\":\"receipt\",\"name\":\"r\\\"\\n.png\",\"content\":\"" PNG "\"}]}",
        &status);
    EXPECT_I64(status, 200);
    EXPECT_I64((int64_t)s->said, 0);
    shop->fault = "lose_after";
    shop->fault_call = "create";
    shop->faults_left = 1;
    struct str answer =
        say(shop, "{\"texts\":{\"uncategorizedText\":null},\"send\":true}", &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(json_text(t->c->arena, json_root(answer), "data.evidence.status"), S("sending"));
    say(shop, "{\"texts\":{\"customerName\":\"Eve\"}}", &status);
    EXPECT_I64(status, 409);
    for (int i = 0; i < 6; i++)
        shop_wait(shop, 10 * 1000);
    EXPECT_I64((int64_t)s->said, 2);
    EXPECT_STR(s->say[0].url, S("https://files.stripe.com/v1/files"));
    EXPECT_I64(s->say[0].times, 2); /* the lost answer was asked for again */
    EXPECT(str_has(
        s->say[0].body, S("filename=\"r__.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG")));
    EXPECT_STR(s->say[1].body,
        S("evidence[customer_name]=Ada%20%26%20Co&evidence[receipt]=file_0&submit=true"));
    EXPECT(str_ends(s->say[1].key, S("-1")));
    EXPECT_STR(newest(shop, "evidenceStatus"), S("sent"));
    EXPECT_STR(newest(shop, "status"), S("under_review"));
    say(shop, "{\"send\":true}", &status);
    EXPECT_I64(status, 409);
    EXPECT_I64(shop_facts(shop, "DISPUTE_ANSWERED"), 1);
}

TEST("evidence that no bank takes is refused where it is said, and Stripe's refusal is shown")
{
    static const char *const wrong[] = { "{\"texts\":{\"shoeSize\":\"44\"}}",
        "{\"texts\":{\"receipt\":\"a text\"}}", "{\"texts\":{\"customerName\":44}}",
        "{\"files\":[{\"field\":\"customerName\",\"name\":\"a\",\"content\":\"" PNG "\"}]}",
        "{\"files\":[{\"field\":\"receipt\",\"name\":\"a.html\",\"content\":\"PGh0bWw+\"}]}",
        "{\"files\":[{\"field\":\"receipt\",\"name\":\"a\",\"content\":\"!!\"}]}",
        "{\"files\":[{\"field\":\"receipt\",\"name\":\"a\",\"content\":\"\"}]}",
        "{\"remove\":[\"nothing\"]}", "{\"more\":1}" };
    struct stripe_shop *s = stripe_shop_open(t);
    struct shop *shop = s->shop;
    int status = 0;
    refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
    argue(s, "needs_response", &opened);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        say(shop, wrong[i], &status);
        EXPECT_I64(status, 400);
    }
    shop->fault = "decline";
    shop->fault_call = "create";
    shop->faults_left = 1;
    say(shop, "{\"texts\":{\"customerName\":\"Ada\"},\"send\":true}", &status);
    EXPECT_I64(status, 200);
    shop_jobs(shop);
    EXPECT_STR(newest(shop, "evidenceStatus"), S("refused"));
    say(shop, "{\"send\":true}", &status); /* mended, and under another key */
    EXPECT_I64(status, 200);
    shop_jobs(shop);
    EXPECT_STR(newest(shop, "evidenceStatus"), S("sent"));
    EXPECT(str_ends(s->say[0].key, S("-2")));
}

TEST("a gateway that takes no evidence says so")
{
    struct shop *s = shop_open(t);
    int status = 0;
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    plan_pay(s);
    plan_hosted(s)->status = "disputed";
    EXPECT_I64(shop_webhook(s, "disputed", plan_hosted(s), 1000), 200);
    shop_jobs(s);
    struct str answer = say(s, "{\"texts\":{\"customerName\":\"Ada\"}}", &status);
    EXPECT_I64(status, 409);
    EXPECT(str_has(answer, S("MoneyMotion takes no evidence from programs")));
}
