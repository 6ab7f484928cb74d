#include "app/people_fixture.h"

#include "customer/customer.h"
#include "db/db.h"
#include "failure/failure.h"
#include "privacy/privacy.h"

/* Errors by place and code, from the request that fails to the row that a person reads. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct seen {
    struct buf *b;
    bool refused;
    int64_t n;
};

static enum err see(struct ctx *c, const struct failure *f, void *arg)
{
    struct seen *k = arg;
    (void)c;
    buf_fmt(k->b, "%.*s | %.*s | %.*s | %lld times, %lld customers\n",
        SARG(failure_kind_text(f->kind)), SARG(f->place), SARG(f->code), (long long)f->count,
        (long long)f->customers);
    k->n = f->n;
    return E_OK;
}

static enum err list(struct ctx *c, void *arg)
{
    const struct seen *k = arg;
    return failure_list(c, &(struct failure_filter) { k->refused, 0, 100 }, see, arg);
}

/* A line for each, last seen first; business time moves between them, so the order is certain. */
static struct str listed(struct test *t, bool refused)
{
    struct buf b = BUF(t->c->arena);
    struct seen k = { .b = &b, .refused = refused };
    EXPECT_OK(failure_write_down(t->c, true));
    EXPECT_OK(db_read(t->c, list, &k));
    return buf_str(&b);
}

static int create(struct shop *s, const char *key, const char *customer)
{
    struct arena *a = s->c->arena;
    int status = 0;
    shop_post(s, "/api/checkout/create", str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"email\":\"x%s@example.com\",\"priceId\":\"mug-usd\",\"again\":true%s%s%s}",
            customer, customer[0] != '\0' ? ",\"customerId\":\"" : "", customer,
            customer[0] != '\0' ? "\"" : ""),
        &status);
    return status;
}

/* Of two customers, three times, and of a guest. */
static void gateway_fails(struct shop *s)
{
    static const char *const customers[] = { "u-1", "u-2", "u-1", "" };
    struct test *t = s->t;
    s->fault = "refuse";
    s->fault_call = "create";
    s->faults_left = ARRAY_LEN(customers);
    for (size_t i = 0; i < ARRAY_LEN(customers); i++)
        EXPECT_I64(
            create(s, str_c(s->c->arena, str_fmt(s->c->arena, "k%zu", i)), customers[i]), 502);
}

#define FAILED                                                                                     \
    "request | POST /api/checkout/create | GATEWAY_UNAVAILABLE | 4 times, 2 customers\n"           \
    "call | moneymotion create | GATEWAY_UNAVAILABLE | 4 times, 2 customers\n"

#define FORGED "webhook | POST /api/webhooks/{gateway} | BAD_SIGNATURE | 1 times, 0 customers\n"

TEST("errors are counted by place and code: how often, and how many different customers they met")
{
    struct shop *s = shop_open(t);
    int status = 0;
    gateway_fails(s);
    EXPECT_STR(listed(t, false), S(FAILED));
    EXPECT_STR(listed(t, true), S(""));
    t->c->now_ms += 1000;
    shop_get(s, "/api/orders/ord_of@example.com", KEY, &status);
    EXPECT_I64(status, 404);
    t->c->now_ms += 1000;
    shop_get(s, "/nothing/ada@example.com", KEY, &status);
    shop_get(s, "/nothing/else", KEY, &status);
    shop_post(s, "/api/webhooks/moneymotion", "X-Signature: 00\r\n", S("{}"), &status);
    EXPECT_I64(status, 400);
    EXPECT_STR(listed(t, true),
        S("refused | an address that is none | NOT_FOUND | 2 times, 0 customers\n"
          "refused | GET /api/orders/{id} | NOT_FOUND | 1 times, 0 customers\n"));
    EXPECT_STR(listed(t, false), S(FORGED FAILED));
}

TEST("a failing request writes nothing itself, and what cannot be written down is not lost")
{
    struct shop *s = shop_open(t);
    struct buf b = BUF(t->c->arena);
    struct seen k = { .b = &b };
    gateway_fails(s);
    EXPECT_OK(db_read(t->c, list, &k));
    EXPECT_I64((int64_t)b.n, 0);
    t->c->dead = true;
    EXPECT(failure_write_down(t->c, true) == E_DEAD);
    t->c->dead = false;
    EXPECT_STR(listed(t, false), S(FAILED));
    EXPECT_STR(listed(t, false), S(FAILED));
}

TEST("two servers on one database add up, and tell their customers apart together")
{
    struct shop *s = shop_open(t);
    struct mishaps *first = t->c->mishaps, *second = mishap_open();
    gateway_fails(s);
    t->c->mishaps = second;
    s->faults_left = 2;
    EXPECT_I64(create(s, "m1", "u-2"), 502);
    EXPECT_I64(create(s, "m2", "u-3"), 502);
    EXPECT_OK(failure_write_down(t->c, true));
    t->c->mishaps = first;
    /* The second's rows came first. */
    EXPECT_STR(listed(t, false),
        S("request | POST /api/checkout/create | GATEWAY_UNAVAILABLE | 6 times, 3 customers\n"
          "call | moneymotion create | GATEWAY_UNAVAILABLE | 6 times, 3 customers\n"));
    mishap_close(second);
}

TEST("however much fails, errors are so many rows with so many customers, and one for the rest")
{
    struct ctx *c = t->c;
    c->mishaps = mishap_open();
    for (int64_t i = 1; i <= 150; i++) {
        c->about_n = i;
        mishap_note(c, MISHAP_REQUEST, S("GET /here"), CODE_INTERNAL);
        c->about_n = i + 1000;
        if (i <= 20)
            mishap_note(c, MISHAP_REQUEST, S("GET /there"), CODE_INTERNAL);
    }
    EXPECT_OK(failure_write_down(c, true));
    c->about_n = 999;
    mishap_note(c, MISHAP_REQUEST, S("GET /here"), CODE_INTERNAL);
    mishap_note(c, MISHAP_REQUEST, S("GET /there"), CODE_INTERNAL);
    EXPECT_STR(listed(t, false),
        S("request | GET /there | INTERNAL | 21 times, 21 customers\n"
          "request | GET /here | INTERNAL | 151 times, 100 customers\n"));
    for (int i = 0; i < MISHAP_GROUPS + 3; i++)
        mishap_note(c, MISHAP_JOB, str_fmt(c->arena, "job %d", i), CODE_BUSY);
    EXPECT_I64(metric_value(c, METRIC_failures_ungrouped_total), 3);
    mishap_close(c->mishaps);
    c->mishaps = NULL;
}

TEST("an error that nobody has seen for ninety days is forgotten, one that came again is not")
{
    struct shop *s = shop_open(t);
    gateway_fails(s);
    EXPECT_STR(listed(t, false), S(FAILED));
    t->c->now_ms += 60 * DAY_MS;
    s->faults_left = 1;
    s->fault = "decline";
    EXPECT_I64(create(s, "m1", "u-1"), 502);
    EXPECT_I64(create(s, "m1", "u-1"), 502); /* the kept answer once more */
    EXPECT_OK(failure_write_down(t->c, true));
    t->c->now_ms += 31 * DAY_MS;
    EXPECT_OK(failure_forget(t->c, S("")));
    EXPECT_STR(listed(t, false),
        S("request | POST /api/checkout/create | GATEWAY_REJECTED | 1 times, 1 customers\n"
          "call | moneymotion create | GATEWAY_REJECTED | 1 times, 1 customers\n"));
    t->c->now_ms += 60 * DAY_MS;
    EXPECT_OK(failure_forget(t->c, S("")));
    EXPECT_STR(listed(t, false), S(""));
}

static enum err erase_tx(struct ctx *c, void *arg)
{
    struct erasure_ask ask = { .force = true, .reason = S("") };
    struct erasure e;
    TRY(person_find(c, S("u-1"), &ask.who));
    TRY(erasure_begin(c, &ask, &e));
    *(struct erasure *)arg = e;
    return E_OK;
}

TEST("API, file and pages of errors say the same, link to whom they met, and forget them")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct person vera = console_sign_in(s, ROLE_VIEWER);
    struct erasure e;
    int status = 0;
    gateway_fails(s);
    EXPECT_OK(failure_write_down(t->c, true));
    struct json_value all = json_root(shop_get(s, "/api/admin/errors", KEY, &status));
    EXPECT_I64(status, 200);
    EXPECT_STR(json_text(a, all, "data.items.0.place"), S("POST /api/checkout/create"));
    struct str path = json_text(a, all, "data.items.0.id");
    struct str one =
        shop_get(s, str_c(a, str_fmt(a, "/api/admin/errors/%.*s", SARG(path))), KEY, &status);
    EXPECT_STR(json_text(a, json_root(one), "data.customerIds.1"), S("u-2"));
    struct str page = shop_get(s, "/admin/errors", vera.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, str_fmt(a, "/admin/errors/%.*s\">POST /api/checkout/create", SARG(path))));
    page =
        shop_get(s, str_c(a, str_fmt(a, "/admin/errors/%.*s", SARG(path))), vera.cookie, &status);
    EXPECT(str_has(page, S(">u-1</a>")) && str_has(page, S(">u-2</a>")));
    page = shop_get(s, "/admin/csv/errors", vera.cookie, &status);
    EXPECT(str_has(page, S(",request,POST /api/checkout/create,GATEWAY_UNAVAILABLE,4,2,")));
    shop_get(s, "/admin/errors?show=all", vera.cookie, &status);
    EXPECT_I64(status, 400);
    shop_wait(s, 40 * DAY_MS);
    EXPECT_OK(db_tx(t->c, "erase", erase_tx, &e));
    EXPECT_OK(erasure_run(t->c, &e, NULL, NULL));
    one = shop_get(s, str_c(a, str_fmt(a, "/api/admin/errors/%.*s", SARG(path))), KEY, &status);
    EXPECT_STR(json_text(a, json_root(one), "data.customerIds.0"), S("u-2"));
    EXPECT(str_has(one, S("\"count\":4,\"customers\":1,")));
}
