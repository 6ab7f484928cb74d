#include "app/shop_fixture.h"

#include "alert/alert.h"
#include "db/db.h"
#include "reconcile/reconcile.h"

/* Ways out of a review, with the figures that they leave in the books. */

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

struct resolving {
    struct str id;
    struct review_decision said;
};

static enum err resolve_tx(struct ctx *c, void *arg)
{
    struct resolving *k = arg;
    struct order o;
    TRY(order_get(c, k->id, &o));
    TRY(order_lock(c, o.n, &o));
    return payment_resolve(c, &o, &k->said);
}

static enum err resolve_as(
    struct shop *s, struct str id, enum review_choice choice, struct str attempt)
{
    struct resolving k = { id, { choice, attempt, S("I looked at the gateway") } };
    return db_tx(s->c, "resolve", resolve_tx, &k);
}

/* ACCEPT means the newest page. */
static enum err resolve(struct shop *s, struct str id, enum review_choice choice)
{
    return resolve_as(s, id, choice, choice == REVIEW_ACCEPT ? newest(s)->attempt : S(""));
}

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    struct order o = shop_order(s, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

static void expect_books(
    struct shop *s, int64_t gateway, int64_t sales, int64_t tax, int64_t unexplained)
{
    struct test *t = s->t;
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), gateway);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), sales);
    EXPECT_I64(shop_balance(s, LEDGER_TAX, CUR_USD), tax);
    EXPECT_I64(shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), unexplained);
    shop_verify(s);
}

struct looking {
    struct ctx *c;
    int64_t n;
};

static enum err count_alert(struct ctx *c, const struct alert *alert, void *arg)
{
    (void)c;
    struct looking *k = arg;
    k->n += str_eq(alert->kind, S("review"));
    return E_OK;
}

static enum err look_alerts(struct ctx *c, void *arg)
{
    return alert_list(c, ALERT_OPEN, 0, 100, count_alert, arg);
}

static int64_t open_reviews(struct shop *s)
{
    struct test *t = s->t;
    struct looking k = { .n = 0 };
    EXPECT_OK(db_read(s->c, look_alerts, &k));
    return k.n;
}

#define MUG_DE "\"items\":[{\"price\":\"mug-usd\",\"quantity\":1}],\"country\":\"DE\""

/* An order of 11.90 (tax 1.90) for which the gateway took 15.00. */
static struct str paid_too_much(struct shop *s)
{
    struct str id = shop_buy(s, "k1", MUG_DE);
    newest(s)->status = "completed";
    newest(s)->total = 1500;
    shop_webhook(s, "complete", newest(s), 1500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    return id;
}

/* An order that was paid, and then paid again on its first page. */
static struct str paid_twice(struct shop *s)
{
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    const char *headers =
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: k1\r\n";
    shop_post(s, "/api/checkout/create", headers, body, NULL);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    for (size_t i = s->sessions; i-- > 0;) {
        s->session[i].status = "completed";
        shop_webhook(s, "complete", &s->session[i], 1000);
        shop_jobs(s);
    }
    return id;
}

TEST(
    "a person accepts what came: the order is completed, and the difference is ours, not the tax's")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    expect_books(s, 0, 0, 0, 0);
    EXPECT_I64(open_reviews(s), 1);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    expect_status(s, id, ORDER_COMPLETED);
    expect_books(s, 1500, -1310, -190, 0);
    EXPECT_I64(open_reviews(s), 0);
    EXPECT_I64(shop_facts(s, "ORDER_REVIEW_RESOLVED"), 1);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
}

TEST("what was accepted is known afterwards: the same webhook, a poll and a refund agree with it")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    shop_webhook(s, "complete", newest(s), 1500);
    shop_wait(s, 3600 * 1000);
    expect_status(s, id, ORDER_COMPLETED);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 1500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REFUNDED);
    expect_books(s, 0, 0, 0, 0);
}

TEST("a review is decided once; a reason is asked for")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    EXPECT_FAIL(resolve(s, id, REVIEW_DISMISS), CONFLICT);
    expect_books(s, 1500, -1310, -190, 0);
}

TEST("nothing to do cancels an order that was never paid, and no poll brings the review back")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    EXPECT_OK(resolve(s, id, REVIEW_DISMISS));
    shop_wait(s, INT64_C(48) * 3600 * 1000);
    expect_status(s, id, ORDER_CANCELLED);
    EXPECT_I64(open_reviews(s), 0);
    expect_books(s, 0, 0, 0, 0);
}

TEST("money in another currency is no order's payment; it can only be given back")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    newest(s)->cur = CUR_EUR;
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    EXPECT_OK(resolve(s, id, REVIEW_REFUNDED));
    expect_status(s, id, ORDER_CANCELLED);
    expect_books(s, 0, 0, 0, 0);
}

TEST("an order paid twice keeps one payment; the other is held until it was given back")
{
    struct shop *s = shop_open(t);
    struct str id = paid_twice(s);
    expect_status(s, id, ORDER_REVIEW);
    expect_books(s, 2000, -1000, 0, -1000);
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    EXPECT_FAIL(resolve(s, id, REVIEW_DISMISS), CONFLICT);
    expect_books(s, 2000, -1000, 0, -1000);
    EXPECT_OK(resolve(s, id, REVIEW_REFUNDED));
    expect_status(s, id, ORDER_COMPLETED);
    expect_books(s, 1000, -1000, 0, 0);
    EXPECT_I64(shop_facts(s, "PAYMENT_RETURNED"), 1);
    EXPECT_I64(open_reviews(s), 0);
}

TEST("a payment that came while its order was in review can still become the order's")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    newest(s)->total = 1190;
    shop_webhook(s, "complete", newest(s), 1190);
    shop_jobs(s);
    expect_books(s, 1190, 0, 0, -1190);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    expect_status(s, id, ORDER_COMPLETED);
    expect_books(s, 1190, -1000, -190, 0);
}

/* A webhook that says so, and a gateway that goes on to say another thing for a minute. */
static void only_the_webhook_says(struct shop *s, const char *event)
{
    shop_webhook(s, event, newest(s), newest(s)->total);
    shop_jobs(s);
    for (int i = 0; i < 4; i++)
        shop_wait(s, 30 * 1000);
}

static struct str paid(struct shop *s)
{
    struct str id = shop_buy(s, "k1", MUG_DE);
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1190);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    return id;
}

TEST("a refund that the gateway does not own up to can be booked by who knows that it happened")
{
    struct shop *s = shop_open(t);
    struct str id = paid(s);
    only_the_webhook_says(s, "refunded");
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_STR(
        shop_order(s, id).reason, S("its webhook says refunded, and the gateway itself says paid"));
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    EXPECT_FAIL(resolve(s, id, REVIEW_REFUNDED), CONFLICT);
    expect_books(s, 1190, -1000, -190, 0);
    EXPECT_OK(resolve(s, id, REVIEW_SALE_REFUNDED));
    expect_status(s, id, ORDER_REFUNDED);
    expect_books(s, 0, 0, 0, 0);
    EXPECT_I64(shop_facts(s, "ORDER_REFUNDED"), 1);
    EXPECT_I64(open_reviews(s), 0);
    /* The gateway comes round to it. */
    newest(s)->status = "refunded";
    only_the_webhook_says(s, "refunded");
    expect_status(s, id, ORDER_REFUNDED);
    expect_books(s, 0, 0, 0, 0);
}

TEST("an order of which nothing was paid cannot be refunded in its review")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    EXPECT_FAIL(resolve(s, id, REVIEW_SALE_REFUNDED), CONFLICT);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    expect_books(s, 1500, -1310, -190, 0);
}

TEST("a try without money cannot be accepted, whatever is noted about it")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", MUG_DE);
    newest(s)->status = "failed";
    shop_webhook(s, "expired", newest(s), 1190);
    shop_wait(s, 61 * 1000);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    expect_status(s, id, ORDER_REVIEW);
    expect_books(s, 0, 0, 0, 0);
    EXPECT_OK(resolve(s, id, REVIEW_DISMISS));
    expect_status(s, id, ORDER_CANCELLED);
}

TEST("who accepts says which payment, and it is one of this order")
{
    struct shop *s = shop_open(t);
    struct str other = shop_buy(s, "k0", "\"priceId\":\"pen-usd\""), id = paid_too_much(s);
    (void)other;
    EXPECT_FAIL(resolve_as(s, id, REVIEW_ACCEPT, S("")), INVALID_REQUEST);
    EXPECT_FAIL(resolve_as(s, id, REVIEW_ACCEPT, s->session[0].attempt), CONFLICT);
    EXPECT_FAIL(resolve_as(s, id, REVIEW_ACCEPT, S("att_nonsense")), CONFLICT);
    expect_books(s, 0, 0, 0, 0);
    EXPECT_OK(resolve_as(s, id, REVIEW_ACCEPT, newest(s)->attempt));
    expect_books(s, 1500, -1310, -190, 0);
}

TEST("what only a webhook says was paid can be accepted with the sum that it names")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", MUG_DE);
    only_the_webhook_says(s, "complete");
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_STR(
        shop_order(s, id).reason, S("its webhook says paid, and the gateway itself says opened"));
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    expect_status(s, id, ORDER_COMPLETED);
    expect_books(s, 1190, -1000, -190, 0);
}

/* ---- what a review says of itself */

static struct str reconciled(struct shop *s, struct reconcile *ret)
{
    struct test *t = s->t;
    struct buf *lines = arena_new(s->c->arena, struct buf);
    *lines = BUF(s->c->arena);
    *ret = (struct reconcile) { .lines = lines };
    EXPECT_OK(reconcile_run(s->c, ret));
    return buf_str(lines);
}

TEST("a review that something is added to says both, and the story has both")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    newest(s)->total = 1190;
    shop_webhook(s, "complete", newest(s), 1190);
    shop_jobs(s);
    struct str reason = shop_order(s, id).reason;
    EXPECT(str_starts(reason, S("paid $15.00")));
    EXPECT(str_ends(reason, S("; then: a payment came while the order was in review")));
    EXPECT_I64(shop_facts(s, "ORDER_REVIEW"), 2);
    EXPECT_I64(open_reviews(s), 1);
}

TEST("reconcile counts what waits for a decision as that: not as agreed, and not as found anew")
{
    struct shop *s = shop_open(t);
    struct reconcile k;
    struct str id = paid_too_much(s);
    struct str said = reconciled(s, &k);
    EXPECT_I64(k.asked, 1);
    EXPECT_I64(k.agreed, 0);
    EXPECT_I64(k.reviews, 1);
    EXPECT(str_has(said, S("waits for a decision: paid $15.00")));
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    said = reconciled(s, &k);
    EXPECT_I64(k.agreed, 1);
    EXPECT_I64(k.reviews, 0);
    EXPECT_I64((int64_t)said.n, 0);
}

TEST("reconcile knows the second payment of an order that is in review already")
{
    struct shop *s = shop_open(t);
    struct reconcile k;
    struct str id = paid_twice(s);
    struct str said = reconciled(s, &k);
    EXPECT_I64(k.asked, 2);
    EXPECT_I64(k.agreed, 1);
    EXPECT_I64(k.reviews, 1);
    EXPECT(!str_has(said, S("contradicts")));
    EXPECT_OK(resolve(s, id, REVIEW_REFUNDED));
    (void)reconciled(s, &k);
    EXPECT_I64(k.agreed, 2);
    EXPECT_I64(k.reviews, 0);
}

TEST("a disputed order whose review is over is disputed again")
{
    struct shop *s = shop_open(t);
    struct str id = paid(s);
    newest(s)->status = "disputed";
    shop_webhook(s, "disputed", newest(s), 1190);
    shop_jobs(s);
    expect_status(s, id, ORDER_DISPUTED);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_OK(resolve(s, id, REVIEW_DISMISS));
    expect_status(s, id, ORDER_DISPUTED);
    expect_books(s, 1190, -1000, -190, 0);
}

TEST("a dispute leads out of no review")
{
    struct shop *s = shop_open(t);
    struct str id = paid(s);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    newest(s)->status = "disputed";
    shop_webhook(s, "disputed", newest(s), 1190);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_OK(resolve(s, id, REVIEW_DISMISS));
    expect_status(s, id, ORDER_DISPUTED);
}

TEST("what came can be accepted though it is disputed since, and not when it went back")
{
    struct shop *s = shop_open(t);
    struct str id = paid_too_much(s);
    newest(s)->status = "disputed";
    shop_webhook(s, "disputed", newest(s), 1500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_OK(resolve(s, id, REVIEW_ACCEPT));
    expect_books(s, 1500, -1310, -190, 0);
    s->c->now_ms += 61 * 1000;
    id = shop_buy(s, "k2", MUG_DE);
    newest(s)->status = "completed";
    newest(s)->total = 1500;
    shop_webhook(s, "complete", newest(s), 1500);
    shop_jobs(s);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 1500);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
    EXPECT_FAIL(resolve(s, id, REVIEW_ACCEPT), CONFLICT);
    EXPECT_OK(resolve(s, id, REVIEW_REFUNDED));
    expect_status(s, id, ORDER_CANCELLED);
    expect_books(s, 1500, -1310, -190, 0);
}
