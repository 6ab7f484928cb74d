#include "app/refund_fixture.h"

#include <string.h>

#include "alert/alert.h"
#include "db/db.h"
#include "refund/refund_go.h"

/* Money that goes back: asked for here, and made at Stripe. */

/* ---- asking */

TEST("R11 a refund is sent once under its own id, and all that follows stands in one commit")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    struct str first = refund_give(s->shop, "r1", id, "", 200);
    EXPECT_STR(refund_member(s->shop, first, "data.status"), S("succeeded"));
    EXPECT_STR(refund_member(s->shop, first, "data.reference"), S("re_1"));
    EXPECT_STR(s->refund[0].key, refund_member(s->shop, first, "data.id"));
    EXPECT_STR(s->refund[0].refund, s->refund[0].key);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    refund_expect_left(s, 0);
    EXPECT_I64(shop_facts(s->shop, "REFUND_REQUESTED"), 1);
    EXPECT_I64(shop_facts(s->shop, "REFUND_SUCCEEDED"), 1);
    EXPECT_I64(shop_facts(s->shop, "ORDER_REFUNDED"), 1);
    EXPECT_STR(refund_give(s->shop, "r1", id, "", 200), first);
    EXPECT_I64((int64_t)s->refund_calls, 1);
    refund_give(s->shop, "r1", id, "\"amount\":5", 422);
    refund_give(s->shop, "r2", id, "", 409);
    shop_jobs(s->shop);
    struct str mails = shop_get(s->shop, "/api/admin/mails", REFUND_KEY, NULL);
    EXPECT(str_has(mails, S("$10.00 is on its way back to you")));
}

TEST("R11 parts add up to the payment and no further, and who looked before says what he saw")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s), answer;
    refund_give(s->shop, "r1", id, "\"amount\":300,\"alreadyRefunded\":0", 200);
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    refund_expect_left(s, 700);
    answer = refund_give(s->shop, "r2", id, "\"amount\":300,\"alreadyRefunded\":0", 409);
    EXPECT_STR(refund_member(s->shop, answer, "code"), S("CONFLICT"));
    answer = refund_give(s->shop, "r3", id, "\"amount\":701", 409);
    EXPECT_STR(refund_member(s->shop, answer, "code"), S("REFUND_EXCEEDS_PAYMENT"));
    EXPECT(str_has(answer, S("\"left\":{\"amount\":700,")));
    refund_give(s->shop, "r4", id, "\"amount\":200,\"alreadyRefunded\":300", 200);
    refund_give(s->shop, "r5", id, "\"alreadyRefunded\":500", 200);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    refund_expect_left(s, 0);
    EXPECT_I64((int64_t)s->refunds, 3);
    EXPECT_I64(shop_facts(s->shop, "ORDER_PARTIALLY_REFUNDED"), 2);
    answer = shop_get(s->shop,
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/orders/%.*s", SARG(id))), REFUND_KEY, NULL);
    EXPECT(str_has(answer, S("\"refunds\":[{\"id\":\"ref_")));
    struct order o = shop_order(s->shop, id);
    struct str path;
    EXPECT_OK(order_path(t->c, &o, ORDER_PLACE_ITSELF, &path));
    answer = shop_get(s->shop, str_c(t->c->arena, path), "", NULL);
    EXPECT(str_has(answer, S("$3.00 went back to you")) && str_has(answer, S("$5.00 went back")));
}

TEST("a refund says why, of what was paid, and nothing else")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str open = stripe_buy(s, "k0", "\"priceId\":\"mug-usd\"");
    refund_give(s->shop, "r1", open, "", 409);
    refund_give(s->shop, "r2", S("ord_nobody"), "", 404);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\",\"again\":true");
    refund_give(s->shop, "r3", id, "\"amount\":0", 400);
    refund_give(s->shop, "r4", id, "\"amount\":-5", 400);
    refund_give(s->shop, "r5", id, "\"reference\":\"x\"", 400);
    refund_give(s->shop, "r6", id, "\"byHand\":true,\"reference\":\"x\"", 409);
    refund_ask(s->shop, "/api/admin/refunds", "r7",
        str_fmt(t->c->arena, "{\"orderId\":\"%.*s\",\"reason\":\" \"}", SARG(id)), 400);
    struct str payment = shop_get(s->shop, "/api/admin/payments", REFUND_KEY, NULL);
    struct str pay = str_part(payment, 0, payment.n), head;
    str_cut(payment, '_', &head, &pay);
    refund_ask(s->shop, "/api/admin/refunds", "r8",
        str_fmt(t->c->arena, "{\"paymentId\":\"pay_%.*s\",\"reason\":\"r\"}",
            SARG(str_part(pay, 0, 26))),
        200);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
}

/* ---- what Stripe does to it */

TEST("R15 whatever becomes of the answer, the refund is made once and found out about")
{
    static const struct {
        const char *fault;
        int64_t made; /* before anybody asks again */
    } rows[] = { { "lose", 0 }, { "lose_after", 1 }, { "500", 0 }, { "garbage", 0 },
        { "refuse", 0 } };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const int64_t before = (int64_t)s->refunds;
        struct str key = str_fmt(t->c->arena, "k%zu", i);
        struct str id =
            refund_paid_with(s, str_c(t->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        s->shop->fault = rows[i].fault;
        s->shop->fault_call = "refund";
        s->shop->faults_left = 1;
        key = str_fmt(t->c->arena, "r%zu", i);
        struct str answer =
            refund_give(s->shop, str_c(t->c->arena, key), id, "\"amount\":400", 202);
        EXPECT_STR(refund_member(s->shop, answer, "data.status"), S("pending"));
        EXPECT_I64((int64_t)s->refunds - before, rows[i].made);
        refund_expect_status(s->shop, id, ORDER_COMPLETED);
        key = str_fmt(t->c->arena, "x%zu", i);
        answer = refund_give(s->shop, str_c(t->c->arena, key), id, "\"amount\":601", 409);
        EXPECT(str_has(answer, S("\"pending\":{\"amount\":400,")));
        shop_wait(s->shop, 61 * 1000);
        refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
        EXPECT_I64((int64_t)s->refunds - before, 1);
        EXPECT_I64(stripe_newest(s)->back, 400);
        shop_verify(s->shop);
    }
}

TEST("a refund that Stripe refuses is no refund: what was reserved can go back another time")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->shop->fault = "decline";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    struct str answer = refund_give(s->shop, "r1", id, "", 502);
    EXPECT_STR(refund_member(s->shop, answer, "code"), S("GATEWAY_REJECTED"));
    EXPECT_STR(refund_give(s->shop, "r1", id, "", 502), answer); /* kept */
    refund_expect_left(s, 1000);
    EXPECT_I64(shop_facts(s->shop, "REFUND_FAILED"), 1);
    refund_give(s->shop, "r2", id, "", 200);
    refund_expect_left(s, 0);
}

static void tell_early(struct stripe_shop *s, struct stripe_refund *r)
{
    const struct stripe_said sum = { "charge.refunded", SAID_CHARGE, "succeeded", "",
        r->page->back };
    s->during = NULL;
    stripe_tell(s, r->page, &sum);
    stripe_tell_refund(s, r, "refund.created");
}

TEST("R24 our own refund's events and its answer are one refund, in whatever order they come")
{
    static const char *const faults[] = { "", "lose_after" };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < 8; i++) {
        const size_t before = s->refunds;
        struct str key = str_fmt(t->c->arena, "k%zu", i);
        struct str id =
            refund_paid_with(s, str_c(t->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        s->shop->fault = faults[i % 2];
        s->shop->fault_call = "refund";
        s->shop->faults_left = (int)(i % 2);
        s->during = (i & 2) != 0 ? tell_early : NULL;
        key = str_fmt(t->c->arena, "r%zu", i);
        refund_give(
            s->shop, str_c(t->c->arena, key), id, "\"amount\":400", i == 1 || i == 5 ? 202 : 200);
        const struct stripe_said sum = { "charge.refunded", SAID_CHARGE, "succeeded", "", 400 };
        if ((i & 4) != 0)
            EXPECT_I64(stripe_tell(s, stripe_newest(s), &sum), 200);
        EXPECT_I64(stripe_tell_refund(s, &s->refund[before], "refund.updated"), 200);
        if ((i & 4) == 0)
            EXPECT_I64(stripe_tell(s, stripe_newest(s), &sum), 200);
        shop_wait(s->shop, 61 * 1000);
        refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
        EXPECT_I64(shop_order(s->shop, id).refunded_minor, 400);
        EXPECT_I64((int64_t)(s->refunds - before), 1);
        shop_verify(s->shop);
    }
}

TEST("R11 F48 a refund in the Dashboard while ours is under way: both are known, each once")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->shop->fault = "lose";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    struct stripe_refund *theirs = stripe_gives_back(s, stripe_newest(s), 300);
    const struct stripe_said sum = { "charge.refunded", SAID_CHARGE, "succeeded", "", 300 };
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &sum), 200);
    EXPECT_I64(stripe_tell_refund(s, theirs, "refund.created"), 200);
    shop_wait(s->shop, 61 * 1000);
    EXPECT_I64((int64_t)s->refunds, 2);
    EXPECT_I64(shop_order(s->shop, id).refunded_minor, 700);
    EXPECT_I64(shop_facts(s->shop, "REFUND_SUCCEEDED"), 2);
    refund_expect_left(s, 300);
    stripe_gives_back(s, stripe_newest(s), 300);
    s->shop->faults_left = 0;
    refund_give(s->shop, "r2", id, "", 502); /* Stripe has nothing left */
    shop_wait(s->shop, 61 * 1000);
    const struct stripe_said all = { "charge.refunded", SAID_CHARGE, "succeeded", "", 1000 };
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &all), 200);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    refund_expect_left(s, 0);
}

TEST("R11 two refunds that first were one sum get their names, and one that fails is the right one")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    struct stripe_refund *first = stripe_gives_back(s, stripe_newest(s), 400);
    const struct stripe_said sum = { "charge.refunded", SAID_CHARGE, "succeeded", "", 400 };
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &sum), 200);
    struct stripe_refund *second = stripe_gives_back(s, stripe_newest(s), 100);
    EXPECT_I64(stripe_tell_refund(s, second, "refund.created"), 200);
    shop_jobs(s->shop);
    refund_expect_left(s, 500);
    EXPECT_I64(shop_facts(s->shop, "REFUND_SUCCEEDED"), 2);
    stripe_refund_fails(first);
    EXPECT_I64(stripe_tell_refund(s, first, "refund.failed"), 200);
    shop_jobs(s->shop);
    EXPECT_I64(shop_order(s->shop, id).refunded_minor, 100);
    refund_expect_left(s, 900);
    EXPECT_I64(stripe_tell_refund(s, first, "refund.failed"), 200);
    shop_jobs(s->shop);
    refund_expect_left(s, 900);
}

TEST(
    "R11 a refund that failed before anybody heard of it takes nothing from one of the same amount")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    const struct stripe_said sum = { "charge.refunded", SAID_CHARGE, "succeeded", "", 400 };
    struct stripe_refund *failed = stripe_gives_back(s, stripe_newest(s), 400);
    stripe_refund_fails(failed);
    stripe_gives_back(s, stripe_newest(s), 400);
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &sum), 200);
    EXPECT_I64(stripe_tell_refund(s, failed, "refund.failed"), 200);
    shop_jobs(s->shop);
    EXPECT_I64(shop_order(s->shop, id).refunded_minor, 400);
    EXPECT_I64(shop_facts(s->shop, "REFUND_REVERSED"), 0);
    refund_expect_left(s, 600);
}

struct looking {
    int64_t n;
};

static enum err count_alert(struct ctx *c, const struct alert *alert, void *arg)
{
    struct looking *k = arg;
    (void)c;
    k->n += str_eq(alert->kind, S("refund"));
    return E_OK;
}

static enum err look_alerts(struct ctx *c, void *arg)
{
    return alert_list(c, ALERT_OPEN, 0, 100, count_alert, arg);
}

static int64_t open_alerts(struct shop *s)
{
    struct test *t = s->t;
    struct looking k = { .n = 0 };
    shop_jobs(s);
    EXPECT_OK(db_read(s->c, look_alerts, &k));
    return k.n;
}

TEST("a refund that fails days after it was done is taken back in the books, and somebody is told")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    refund_give(s->shop, "r1", id, "", 200);
    stripe_refund_fails(&s->refund[0]);
    EXPECT_I64(stripe_tell_refund(s, &s->refund[0], "refund.failed"), 200);
    refund_expect_status(s->shop, id, ORDER_COMPLETED);
    refund_expect_left(s, 1000);
    EXPECT_I64(open_alerts(s->shop), 1);
    EXPECT_I64(shop_facts(s->shop, "REFUND_REVERSED"), 1);
    s->refund[0].status = "succeeded"; /* an event from before, told late */
    EXPECT_I64(stripe_tell_refund(s, &s->refund[0], "refund.updated"), 200);
    s->refund[0].status = "failed";
    shop_jobs(s->shop);
    refund_expect_left(s, 1000);
    refund_give(s->shop, "r2", id, "", 200);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    refund_expect_left(s, 0);
}

TEST(
    "R14 R15 a refund that nobody can be asked about for a day is a person's, and is asked about still")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->shop->fault = "lose_after";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    s->shop->fault = "lose";
    s->shop->fault_call = "query";
    s->shop->faults_left = 100000;
    for (int i = 0; i < 30; i++)
        shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64(open_alerts(s->shop), 1);
    struct str open = shop_get(s->shop, "/api/admin/refunds?state=open", REFUND_KEY, NULL);
    EXPECT(str_has(open, S("\"status\":\"unknown\"")));
    s->shop->faults_left = 0;
    for (int i = 0; i < 7; i++)
        shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64((int64_t)s->refund_calls, 1);
    refund_expect_left(s, 600);
}

TEST("R14 a refund that never arrives is sent while its key is remembered, and then is none")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->shop->fault = "refuse";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 100000;
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    for (int i = 0; i < 24; i++)
        shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64(shop_facts(s->shop, "REFUND_FAILED"), 1);
    s->shop->faults_left = 0;
    shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64((int64_t)s->refunds, 0);
    refund_expect_left(s, 1000);
    refund_give(s->shop, "r2", id, "", 200);
}

static enum err load_unlooked(struct ctx *c, void *arg)
{
    struct refunding *k = arg;
    return refund_go_load(c, 1, false, k);
}

TEST("R11 whoever slept while the same refund was refused to another run sends nothing any more")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    struct refunding sleeper = { .ready = false };
    s->shop->fault = "lose";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    EXPECT_OK(db_tx(t->c, "sleeper", load_unlooked, &sleeper));
    s->shop->fault = "decline";
    s->shop->faults_left = 1;
    shop_wait(s->shop, 61 * 1000);
    EXPECT_I64(shop_facts(s->shop, "REFUND_FAILED"), 1);
    refund_expect_left(s, 1000);
    EXPECT_OK(refund_go_call(t->c, &sleeper));
    EXPECT_I64((int64_t)s->refunds, 0);
    refund_give(s->shop, "r2", id, "", 200);
    refund_expect_left(s, 0);
}

TEST("a part that its gateway cannot count is refused, and nothing is reserved for it")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid_with(s, "k1", "\"priceId\":\"mug-kwd\"");
    struct str answer = refund_give(s->shop, "r1", id, "\"amount\":1005", 409);
    EXPECT_STR(refund_member(s->shop, answer, "code"), S("REFUND_NOT_SUPPORTED"));
    EXPECT(str_has(answer,
        S("KWD\xc2\xa0"
          "1.005")));
    refund_give(s->shop, "r2", id, "\"amount\":1010", 200);
    refund_give(s->shop, "r3", id, "", 200);
    EXPECT_I64((int64_t)s->refunds, 2);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    shop_verify(s->shop);
}

TEST("a refund that Stripe makes later is pending until it says so")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->refund_status = "pending";
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    shop_wait(s->shop, 61 * 1000);
    refund_expect_status(s->shop, id, ORDER_COMPLETED);
    s->refund[0].status = "succeeded";
    shop_wait(s->shop, 61 * 1000);
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    refund_expect_left(s, 600);
    EXPECT_I64((int64_t)s->refund_calls, 1);
}
