#include "app/shop_fixture.h"

#include "coupon/coupon.h"
#include "db/db.h"

/* A coupon's uses, whatever becomes of the orders, and coupons by the hundred. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static int eve_tries(struct shop *s, const char *coupon)
{
    int status = 0;
    struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: eve%zu\r\n", s->sessions);
    struct str body = str_fmt(s->c->arena,
        "{\"email\":\"eve@example.com\",\"priceId\":\"mug-usd\",\"coupon\":\"%s\"}", coupon);
    shop_post(s, "/api/checkout/create", str_c(s->c->arena, headers), body, &status);
    return status;
}

TEST(
    "R9 R24 a refund that overtakes its payment leaves the coupon used, as one that comes after it")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 500);
    shop_jobs(s);
    EXPECT(shop_order(s, id).status == ORDER_REFUNDED);
    EXPECT_I64(eve_tries(s, "ONCE"), 422);
    shop_webhook(s, "complete", newest(s), 500);
    shop_jobs(s);
    EXPECT(shop_order(s, id).status == ORDER_REFUNDED);
    EXPECT_I64(eve_tries(s, "ONCE"), 422);
    shop_verify(s);
}

TEST("R9 a refund reported of an order that had expired takes its coupon's use, when there is one")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"coupon\":\"ONCE\"");
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    EXPECT(shop_order(s, id).status == ORDER_EXPIRED);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), 500);
    shop_jobs(s);
    EXPECT(shop_order(s, id).status == ORDER_REFUNDED);
    EXPECT_I64(eve_tries(s, "ONCE"), 422);
}

/* ---- by the hundred */

enum {
    MANY = 250
};

static struct str catalogue_of(struct ctx *c, int from, int to)
{
    struct buf b = BUF(c->arena);
    buf_fmt(&b,
        "{\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\","
        "\"amount\":1000}]}],\"coupons\":[");
    for (int i = from; i < to; i++)
        buf_fmt(&b, "%s{\"code\":\"c-%d\",\"basisPoints\":1000}", i > from ? "," : "", i);
    buf_fmt(&b, "],\"routing\":{\"card\":[\"moneymotion\"]}}");
    return buf_str(&b);
}

static enum err apply_tx(struct ctx *c, void *arg)
{
    bool changed = false;
    return catalog_apply(c, *(struct str *)arg, &changed);
}

static void apply(struct shop *s, int from, int to)
{
    struct test *t = s->t;
    struct str text = catalogue_of(s->c, from, to);
    EXPECT_OK(db_tx(s->c, "catalogue", apply_tx, &text));
    int64_t before = store_commit_no(s->c->store);
    EXPECT_OK(coupons_from_catalog(s->c, S("")));
    /* Not in one piece: everybody waits for a body that is long. */
    EXPECT(store_commit_no(s->c->store) - before > MANY / 100);
}

struct sums {
    int64_t active, all;
};

static enum err count(struct ctx *c, void *arg)
{
    struct sums *n = arg;
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(active), 0) AS BIGINT), COUNT(*) FROM coupon WHERE code LIKE $1",
        DB_IN(in_str(S("C-%"))), DB_OUT(out_i64(&n->active), out_i64(&n->all)));
}

static struct sums coupons(struct shop *s)
{
    struct test *t = s->t;
    struct sums n = { 0, 0 };
    EXPECT_OK(db_read(s->c, count, &n));
    return n;
}

TEST("hundreds of coupons come into force and leave it in pieces, and none is forgotten")
{
    struct shop *s = shop_open(t);
    apply(s, 0, MANY);
    struct sums n = coupons(s);
    EXPECT_I64(n.active, MANY);
    apply(s, 130, 130 + MANY);
    n = coupons(s);
    EXPECT_I64(n.active, MANY);
    EXPECT_I64(n.all, 130 + MANY);
    EXPECT_I64(eve_tries(s, "c-0"), 422);
    EXPECT_I64(eve_tries(s, "c-129"), 422);
    EXPECT_I64(eve_tries(s, "C-130"), 200);
}
