#include "app/refund_fixture.h"
#include "db/db.h"

/* A second payment of an order, which is held until a person decides: it is given back as any other
 * is, and its review is over. */

static const struct stripe_said complete = { "checkout.session.completed", SAID_SESSION, "complete",
    "paid", 0 };

/* Stripe opens a page and keeps answering with an error, so that another is opened; both are paid.
 */
struct twice {
    struct stripe_shop *s;
    struct str order, payment; /* of the one that is held */
};

static struct twice paid_twice(struct test *t, struct stripe_shop *s)
{
    struct twice k = { .s = s };
    s->shop->fault = "500_kept";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    for (int i = 0; i < 3; i++)
        shop_post(s->shop, "/api/checkout/create", REFUND_KEY "Idempotency-Key: twice\r\n",
            S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\",\"gateway\":\"stripe\"}"),
            NULL);
    EXPECT_I64((int64_t)s->pages, 2);
    for (size_t i = 2; i-- > 0;) {
        stripe_pays(&s->page[i]);
        EXPECT_I64(stripe_tell(s, &s->page[i], &complete), 200);
        shop_jobs(s->shop);
    }
    struct str list = shop_get(s->shop, "/api/admin/reviews", REFUND_KEY, NULL);
    k.order = refund_member(s->shop, list, "data.items.0.orderId");
    k.payment = str_fmt(t->c->arena, "pay_%.*s", SARG(str_from(s->page[0].attempt, 4)));
    refund_expect_status(s->shop, k.order, ORDER_REVIEW);
    EXPECT_I64(shop_balance(s->shop, LEDGER_UNEXPLAINED, CUR_USD), -1000);
    shop_verify(s->shop);
    return k;
}

static struct str give_held(const struct twice *k, const char *key, const char *more, int want)
{
    return refund_ask(k->s->shop, "/api/admin/refunds", key,
        str_fmt(k->s->shop->c->arena, "{\"paymentId\":\"%.*s\",\"reason\":\"paid twice\"%s}",
            SARG(k->payment), more),
        want);
}

static void expect_over(const struct twice *k)
{
    struct test *t = k->s->shop->t;
    struct shop *s = k->s->shop;
    refund_expect_status(s, k->order, ORDER_COMPLETED);
    EXPECT_I64(k->s->page[0].back, 1000);
    EXPECT_I64(k->s->page[1].back, 0);
    EXPECT_I64(shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), 0);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    EXPECT_I64(shop_facts(s, "PAYMENT_RETURNED"), 1);
    EXPECT_I64(shop_facts(s, "ORDER_REVIEW_RESOLVED"), 1);
    EXPECT_I64(shop_facts(s, "ORDER_REFUNDED"), 0);
    shop_verify(s);
}

TEST("R11 a held payment is given back whole, once, and its review is over")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    give_held(&k, "part", ",\"amount\":300", 409);
    struct str answer = give_held(&k, "all", "", 200);
    EXPECT_STR(refund_member(k.s->shop, answer, "data.status"), S("succeeded"));
    give_held(&k, "all", "", 200); /* the same answer again */
    give_held(&k, "more", "", 409);
    shop_jobs(k.s->shop);
    EXPECT_I64((int64_t)k.s->refunds, 1);
    EXPECT_I64(stripe_tell_refund(k.s, &k.s->refund[0], "refund.updated"), 200);
    shop_jobs(k.s->shop);
    expect_over(&k);
    /* The order's own goes back by itself, as before. */
    refund_give(k.s->shop, "own", k.order, "", 200);
    refund_expect_status(k.s->shop, k.order, ORDER_REFUNDED);
    shop_verify(k.s->shop);
}

static struct str resolve(const struct twice *k, const char *key, const char *choice, int want)
{
    struct arena *a = k->s->shop->c->arena;
    return refund_ask(k->s->shop,
        str_c(a, str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(k->order))), key,
        str_fmt(a, "{\"choice\":\"%s\",\"reason\":\"I looked\"}", choice), want);
}

TEST("R11 while a held payment is on its way back nobody decides its review otherwise")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    k.s->refund_status = "pending";
    give_held(&k, "all", "", 202);
    resolve(&k, "d1", "refunded", 409);
    resolve(&k, "d2", "dismiss", 409);
    give_held(&k, "again", "", 409);
    refund_expect_status(k.s->shop, k.order, ORDER_REVIEW);
    shop_verify(k.s->shop);
    k.s->refund[0].status = "succeeded";
    EXPECT_I64(stripe_tell_refund(k.s, &k.s->refund[0], "refund.updated"), 200);
    shop_jobs(k.s->shop);
    expect_over(&k);
}

TEST("R11 a held payment whose refund's answer was lost is asked about, and goes back once")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    k.s->shop->fault = "lose_after";
    k.s->shop->fault_call = "refund";
    k.s->shop->faults_left = 1;
    give_held(&k, "all", "", 202);
    shop_wait(k.s->shop, 60 * 1000);
    shop_jobs(k.s->shop);
    EXPECT_I64((int64_t)k.s->refunds, 1);
    expect_over(&k);
}

TEST("R11 a held payment that comes back to us after it went is to be decided again")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    give_held(&k, "all", "", 200);
    expect_over(&k);
    stripe_refund_fails(&k.s->refund[0]);
    EXPECT_I64(stripe_tell_refund(k.s, &k.s->refund[0], "refund.failed"), 200);
    shop_jobs(k.s->shop);
    refund_expect_status(k.s->shop, k.order, ORDER_REVIEW);
    EXPECT_I64(shop_balance(k.s->shop, LEDGER_UNEXPLAINED, CUR_USD), -1000);
    shop_verify(k.s->shop);
    resolve(&k, "d1", "refunded", 200);
    refund_expect_status(k.s->shop, k.order, ORDER_COMPLETED);
    shop_verify(k.s->shop);
}

/* Beside the second payment there is more to decide. */
static struct twice also_gone(struct test *t, struct stripe_shop *s)
{
    static const struct stripe_said gone = { "charge.refunded", SAID_CHARGE, "succeeded", "",
        1000 };
    struct twice k = paid_twice(t, s);
    stripe_gives_back(s, &s->page[1], 1000);
    EXPECT_I64(stripe_tell(s, &s->page[1], &gone), 200);
    shop_jobs(s->shop);
    return k;
}

TEST("R11 a review that is about more than the held payment is not over when that went back")
{
    struct twice k = also_gone(t, stripe_shop_open(t));
    give_held(&k, "all", "", 200);
    shop_jobs(k.s->shop);
    refund_expect_status(k.s->shop, k.order, ORDER_REVIEW);
    EXPECT_I64(shop_balance(k.s->shop, LEDGER_UNEXPLAINED, CUR_USD), 0);
    resolve(&k, "d1", "sale_refunded", 200);
    refund_expect_status(k.s->shop, k.order, ORDER_REFUNDED);
    EXPECT_I64(shop_balance(k.s->shop, LEDGER_GATEWAY, CUR_USD), 0);
    shop_verify(k.s->shop);
}

static enum err notes_of_own(struct ctx *c, void *arg)
{
    return db_one(c,
        "SELECT COUNT(*) FROM invoice i JOIN refund r ON r.n = i.refund_n"
        " JOIN attempt a ON a.n = r.attempt_n WHERE a.extra = 0",
        DB_NO_IN, DB_OUT(out_i64(arg)));
}

TEST("a credit note is about a refund of the order's own, not of what was held beside it")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    int64_t notes = 0;
    give_held(&k, "all", "", 200);
    shop_jobs(k.s->shop);
    refund_give(k.s->shop, "own", k.order, "\"amount\":300", 200);
    shop_jobs(k.s->shop);
    EXPECT_OK(db_read(t->c, notes_of_own, &notes));
    EXPECT_I64(notes, 1);
}

static char approval[] = "PURSER_REFUND_APPROVAL_ABOVE=500";

TEST("R11 a large held payment waits for a second person, and can be called off")
{
    struct twice k = paid_twice(t, stripe_shop_open_with(t, approval));
    struct str answer = give_held(&k, "all", "", 202);
    struct arena *a = t->c->arena;
    struct str id = refund_member(k.s->shop, answer, "data.id");
    EXPECT_I64((int64_t)k.s->refunds, 0);
    refund_ask(k.s->shop, str_c(a, str_fmt(a, "/api/admin/refunds/%.*s/cancel", SARG(id))), "off",
        S("{}"), 200);
    resolve(&k, "d1", "refunded", 200);
    refund_expect_status(k.s->shop, k.order, ORDER_COMPLETED);
    shop_verify(k.s->shop);
}

TEST("R59 the console gives a held payment back from its review")
{
    struct twice k = paid_twice(t, stripe_shop_open(t));
    struct shop *s = k.s->shop;
    struct arena *a = t->c->arena;
    struct person p = console_sign_in(s, ROLE_FINANCE);
    struct order o = shop_order(s, k.order);
    struct str number = order_number(a, &o);
    int status = 0;
    struct str page =
        shop_get(s, str_c(a, str_fmt(a, "/admin/reviews/%.*s", SARG(number))), p.cookie, &status);
    EXPECT_I64(status, 200);
    struct str path =
        str_fmt(a, "/admin/orders/%.*s/refund?payment=%.*s", SARG(number), SARG(k.payment));
    EXPECT(str_has(page, path));
    page = shop_get(s, str_c(a, path), p.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("goes back whole")));
    shop_form(s, str_c(a, str_fmt(a, "/admin/orders/%.*s/refund", SARG(number))), p.cookie,
        str_c(a,
            str_fmt(a,
                "csrf=%.*s&key=k1&payment=%.*s&what=all&already=0&currency=USD"
                "&reason=paid+twice&do=send",
                SARG(p.csrf), SARG(k.payment))),
        &status);
    EXPECT_I64(status, 303);
    expect_over(&k);
}
