#include "app/shop_fixture.h"

#include "db/crowd_fixture.h"
#include "db/db.h"

/* A gateway that numbers each try: two that took the money under one reference. */

enum {
    SIDES = 8
};

struct paying_page {
    struct shop *s;
    struct str id; /* the order's */
    struct attempt attempt;
    struct settle settle;
};

static enum err open_tx(struct ctx *c, void *arg)
{
    struct paying_page *k = arg;
    struct order o;
    TRY(order_get(c, k->id, &o));
    TRY(order_lock(c, o.n, &o));
    k->attempt = (struct attempt) {
        .order_n = o.n,
        .id = id_new(c),
        .gateway = GATEWAY_ID_flutterwave,
        .amount = { o.total_minor, o.currency },
        .method = S("card"),
        .expires_ms = o.expires_ms,
    };
    TRY(attempt_insert(c, &k->attempt));
    k->attempt.session_id = attempt_id(c->arena, &k->attempt);
    return attempt_become(c, &k->attempt, ATTEMPT_OPEN);
}

static struct paying_page *paying_open(struct test *t)
{
    struct paying_page *k = arena_new(t->c->arena, struct paying_page);
    k->s = shop_open(t);
    k->id = shop_buy(k->s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT_OK(db_tx(k->s->c, "open", open_tx, k));
    return k;
}

static struct notice said(
    const struct paying_page *k, enum notice_kind kind, const char *number, int64_t minor)
{
    return (struct notice) { .kind = kind,
        .session_id = kind == NOTICE_REFUNDED ? S("") : k->attempt.session_id,
        .attempt = attempt_id(k->s->t->c->arena, &k->attempt),
        .payment = str_of_c(number),
        .has_amount = true,
        .amount_minor = minor,
        .paid_minor = 1000,
        .currency = CUR_USD };
}

static enum settled tell(
    struct paying_page *k, enum notice_kind kind, const char *number, int64_t minor)
{
    struct test *t = k->s->t;
    k->settle = (struct settle) { .gateway = GATEWAY_ID_flutterwave,
        .notice = said(k, kind, number, minor),
        .confirmed_by = S("webhook+query") };
    EXPECT_OK(db_tx(k->s->c, "settle", settle_tx, &k->settle));
    return k->settle.result;
}

struct seen {
    int64_t order_n;
    struct attempt *a;
    size_t n;
};

static enum err see_tx(struct ctx *c, void *arg)
{
    struct seen *k = arg;
    return attempts_of(c, k->order_n, &k->a, &k->n);
}

static struct seen see(struct paying_page *k)
{
    struct test *t = k->s->t;
    struct seen seen = { .order_n = k->attempt.order_n };
    EXPECT_OK(db_read(k->s->c, see_tx, &seen));
    return seen;
}

static void expect_books(struct paying_page *k, int64_t gateway, int64_t unexplained)
{
    struct test *t = k->s->t;
    EXPECT_I64(shop_balance(k->s, LEDGER_GATEWAY, CUR_USD), gateway);
    EXPECT_I64(shop_balance(k->s, LEDGER_UNEXPLAINED, CUR_USD), unexplained);
    EXPECT_I64(shop_balance(k->s, LEDGER_SALES, CUR_USD), -(gateway + unexplained));
    shop_verify(k->s);
}

static void expect_status(struct paying_page *k, enum order_status want)
{
    struct test *t = k->s->t;
    EXPECT_STR(order_status_text(shop_order(k->s, k->id).status), order_status_text(want));
}

TEST("R6 F31 a second try on a page that took money too is booked, and a person decides about it")
{
    struct paying_page *k = paying_open(t);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_NOW);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_BEFORE);
    expect_books(k, 1000, 0);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000001", 1000), SETTLED_REVIEW);
    EXPECT(str_has(k->settle.why, S("910000001")));
    expect_status(k, ORDER_REVIEW);
    expect_books(k, 2000, -1000);
    for (int again = 0; again < 2; again++) {
        EXPECT_I64(tell(k, NOTICE_PAID, "910000001", 1000), SETTLED_BEFORE);
        EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_BEFORE);
    }
    struct seen seen = see(k);
    EXPECT_I64((int64_t)seen.n, 3); /* with MoneyMotion's page */
    EXPECT_STR(seen.a[1].payment, S("910000002"));
    EXPECT(!seen.a[1].extra && seen.a[2].extra);
    EXPECT_STR(seen.a[2].payment, S("910000001"));
    EXPECT_I64(tell(k, NOTICE_PAID, "910000003", 1000), SETTLED_REVIEW);
    expect_books(k, 3000, -2000);
}

TEST("what of two tries went back is taken off the one that it is about")
{
    struct paying_page *k = paying_open(t);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_NOW);
    EXPECT_I64(tell(k, NOTICE_REFUNDED, "910000001", 1000), SETTLED_NOW);
    expect_status(k, ORDER_COMPLETED);
    expect_books(k, 1000, 0);
    EXPECT_I64(tell(k, NOTICE_REFUNDED, "910000001", 1000), SETTLED_BEFORE);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000001", 1000), SETTLED_BEFORE);
    EXPECT_I64(tell(k, NOTICE_REFUNDED, "910000002", 400), SETTLED_NOW);
    expect_status(k, ORDER_PARTIALLY_REFUNDED);
    expect_books(k, 600, 0);
    struct seen seen = see(k);
    EXPECT_I64(seen.a[1].refunded_minor, 400);
    EXPECT_I64(seen.a[2].refunded_minor, 1000);
}

TEST("a second try of another amount waits for a person, and the first keeps its number")
{
    struct paying_page *k = paying_open(t);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_NOW);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000001", 700), SETTLED_REVIEW);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000001", 700), SETTLED_BEFORE);
    expect_status(k, ORDER_REVIEW);
    expect_books(k, 1000, 0);
    struct seen seen = see(k);
    EXPECT_STR(seen.a[1].payment, S("910000002"));
    EXPECT_I64(seen.a[2].came.minor, 700);
    EXPECT(attempt_has_money(&seen.a[2]));
}

struct side {
    struct crowd k; /* first */
    struct notice said;
};

static void tell_too(struct crowd *k)
{
    const struct side *side = (struct side *)k;
    do { /* as its job does */
        struct settle s = { .gateway = GATEWAY_ID_flutterwave,
            .notice = side->said,
            .confirmed_by = S("webhook+query") };
        err_clear(&k->c);
        k->result = db_tx(&k->c, "settle", settle_tx, &s);
    } while (k->result == E_BUSY);
}

TEST("I4 F31 eight that tell of a second try at the same moment book it once")
{
    struct paying_page *k = paying_open(t);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    EXPECT_I64(tell(k, NOTICE_PAID, "910000002", 1000), SETTLED_NOW);
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .k = { .act = tell_too },
            .said = said(k, NOTICE_PAID, "910000001", 1000) };
    crowd_run(t, side, sizeof *side, SIDES);
    expect_books(k, 2000, -1000);
    EXPECT_I64((int64_t)see(k).n, 3);
}
