#include "app/shop_fixture.h"

#include "db/db.h"

/* When a call for a page brings none, and what was asked or came meanwhile: may another gateway be
 * tried (design.md 2, "Failover")?  What the newest order tried so far is made another gateway's
 * while its call is under way, so that MoneyMotion is the next one of the route. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

enum {
    ANOTHER = 99
};

static enum err tries_are_anothers_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE attempt SET gateway = $1 WHERE order_n = (SELECT MAX(n) FROM purchase)",
        DB_IN(in_i64(ANOTHER)));
}

static enum err tries_are_its_own_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS, "UPDATE attempt SET gateway = 1", DB_NO_IN);
}

/* Before the books are looked at, which know one gateway. */
static void verify(struct shop *s)
{
    struct test *t = s->t;
    EXPECT_OK(db_tx(s->c, "its own", tries_are_its_own_tx, NULL));
    shop_verify(s);
}

static void tries_are_anothers(struct shop *s, struct shop_session *k)
{
    struct test *t = s->t;
    (void)k;
    s->during = NULL;
    EXPECT_OK(db_tx(s->c, "another", tries_are_anothers_tx, NULL));
}

static void paid_meanwhile(struct shop *s, struct shop_session *k)
{
    struct test *t = s->t;
    s->during = NULL;
    k->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", k, k->total), 200);
    shop_jobs(s);
    tries_are_anothers(s, k);
}

static enum err newest_order(struct ctx *c, void *arg)
{
    struct order *o = arg;
    int64_t n = 0;
    TRY(db_one(c, "SELECT MAX(n) FROM purchase", DB_NO_IN, DB_OUT(out_i64(&n))));
    return order_by_n(c, n, o);
}

static struct order newest(struct shop *s)
{
    struct test *t = s->t;
    struct order o = { .n = 0 };
    EXPECT_OK(db_read(s->c, newest_order, &o));
    return o;
}

static void cancelled_meanwhile(struct shop *s, struct shop_session *k)
{
    struct test *t = s->t;
    int status = 0;
    struct order o = newest(s);
    s->during = NULL;
    struct str path =
        str_fmt(s->c->arena, "/api/orders/%.*s/cancel", SARG(order_id(s->c->arena, &o)));
    shop_post(s, str_c(s->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
    tries_are_anothers(s, k);
}

struct tries {
    int64_t order_n;
    struct attempt *k;
    size_t n;
};

static enum err look_tries(struct ctx *c, void *arg)
{
    struct tries *x = arg;
    return attempts_of(c, x->order_n, &x->k, &x->n);
}

static struct tries tries_of(struct shop *s, const struct order *o)
{
    struct test *t = s->t;
    struct tries x = { .order_n = o->n };
    EXPECT_OK(db_read(s->c, look_tries, &x));
    return x;
}

static int buy(struct shop *s, int i, const char *more)
{
    int status = 0;
    struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: k%d\r\n", i);
    shop_post(s, "/api/checkout/create", str_c(s->c->arena, headers),
        str_fmt(
            s->c->arena, "{\"email\":\"ada%d@example.com\",\"priceId\":\"mug-usd\"%s}", i, more),
        &status);
    return status;
}

static const char *const faults[] = { "refuse", "lose", "lose_after", "500", "garbage", "decline" };

static int buy_with(struct shop *s, size_t i, const char *more,
    void (*during)(struct shop *s, struct shop_session *k))
{
    s->fault = faults[i];
    s->fault_call = "create";
    s->faults_left = 1;
    s->during = during;
    s->c->now_ms += 61 * 1000; /* nobody buys the same twice in a minute */
    return buy(s, (int)s->sessions + 1, more);
}

TEST(
    "T7 a page that cannot be had is asked for at the next gateway, and the first try stays believed")
{
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        EXPECT_I64(buy_with(s, i, "", tries_are_anothers), 200);
        struct order o = newest(s);
        struct tries x = tries_of(s, &o);
        EXPECT_I64((int64_t)x.n, 2);
        bool declined = str_eq(str_of_c(faults[i]), S("decline"));
        EXPECT_STR(attempt_status_text(x.k[0].status), declined ? S("declined") : S("abandoned"));
        EXPECT_STR(attempt_status_text(x.k[1].status), S("open"));
    }
}

TEST("a gateway that the caller named is used alone, whatever its call brings")
{
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        EXPECT_I64(buy_with(s, i, ",\"gateway\":\"moneymotion\"", tries_are_anothers), 502);
        struct order o = newest(s);
        struct tries x = tries_of(s, &o);
        EXPECT_I64((int64_t)x.n, 1);
        bool declined = str_eq(str_of_c(faults[i]), S("decline"));
        EXPECT_STR(order_status_text(o.status), declined ? S("failed") : S("pending"));
    }
}

TEST("no other gateway is asked about an order that was paid during the call")
{
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        EXPECT_I64(buy_with(s, i, "", paid_meanwhile), 200);
        struct order o = newest(s);
        struct tries x = tries_of(s, &o);
        EXPECT_I64((int64_t)x.n, 1);
        EXPECT_STR(order_status_text(o.status), S("completed"));
        EXPECT_STR(attempt_status_text(x.k[0].status), S("captured"));
    }
    verify(s);
}

TEST("no other gateway is asked about an order that was cancelled during the call")
{
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        EXPECT_I64(buy_with(s, i, "", cancelled_meanwhile), 502);
        struct order o = newest(s);
        struct tries x = tries_of(s, &o);
        EXPECT_I64((int64_t)x.n, 1);
        EXPECT_STR(order_status_text(o.status), S("cancelled"));
    }
}

/* The page of an earlier try, whose answer was lost, is paid on while the next one is asked for. */
static void earlier_paid(struct shop *s, struct shop_session *k)
{
    paid_meanwhile(s, k - 1);
}

TEST("no other gateway is asked about an order that an earlier try of it has paid meanwhile")
{
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        s->fault = "lose_after";
        s->fault_call = "create";
        s->faults_left = 1;
        s->during = NULL;
        s->c->now_ms += 61 * 1000;
        int name = (int)s->sessions + 1;
        EXPECT_I64(buy(s, name, ""), 502);
        s->fault = faults[i];
        s->faults_left = 1;
        s->during = earlier_paid;
        EXPECT_I64(buy(s, name, ""), 200);
        struct order o = newest(s);
        struct tries x = tries_of(s, &o);
        EXPECT_I64((int64_t)x.n, 2);
        EXPECT_STR(order_status_text(o.status), S("completed"));
    }
    verify(s);
}

/* The same purchase under another key, which finds the attempt while its call is under way. */
static void asked_twice(struct shop *s, struct shop_session *k)
{
    struct test *t = s->t;
    (void)k;
    s->during = NULL;
    struct req *r = shop_ask(s, "POST", "/api/checkout/create",
        KEY "Content-Type: application/json\r\nIdempotency-Key: other\r\n",
        S("{\"email\":\"ada1@example.com\",\"priceId\":\"mug-usd\"}"));
    EXPECT_I64(r->out.status, 409);
    EXPECT(json_is(json_at(json_root(buf_str(&r->out.body)), "code"), "IDEMPOTENCY_IN_PROGRESS"));
}

TEST("another key with the same basket waits for the page that is being opened, and is given it")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->during = asked_twice;
    EXPECT_I64(buy(s, 1, ""), 200);
    struct order o = newest(s);
    struct tries x = tries_of(s, &o);
    EXPECT_I64((int64_t)x.n, 1);
    struct str body = shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: other\r\n",
        S("{\"email\":\"ada1@example.com\",\"priceId\":\"mug-usd\"}"), &status);
    EXPECT_I64(status, 200);
    struct str url = S("");
    EXPECT(json_to_str(s->c->arena, json_at(json_root(body), "data.checkoutUrl"), &url));
    EXPECT_STR(url, x.k[0].checkout_url);
    EXPECT_I64((int64_t)s->sessions, 1);
}

TEST(
    "R25 a page whose payment was told of before its opening was answered has its address all the same")
{
    struct shop *s = shop_open(t);
    s->during = paid_meanwhile;
    EXPECT_I64(buy(s, 1, ""), 200);
    struct order o = newest(s);
    struct tries x = tries_of(s, &o);
    EXPECT_I64((int64_t)x.n, 1);
    EXPECT(x.k[0].checkout_url.n > 0);
    EXPECT_STR(attempt_status_text(x.k[0].status), S("captured"));
}
