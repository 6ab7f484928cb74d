#include "app/shop_fixture.h"
#include "base/crypto.h"
#include "customer/customer.h"

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct str text_at(struct shop *s, struct str answer, const char *path)
{
    return json_text(s->c->arena, json_root(answer), path);
}

static struct str put(struct shop *s, const char *id, const char *body, int *ret_status)
{
    struct arena *a = s->c->arena;
    struct req *r = shop_ask(s, "PUT", str_c(a, str_fmt(a, "/api/customers/%s", id)),
        KEY "Content-Type: application/json\r\n", str_of_c(body));
    *ret_status = r->out.status;
    return buf_str(&r->out.body);
}

TEST("a customer is made by the first PUT, changed by the next, found by both ids and its mail")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str made = put(s, "u-1",
        "{\"email\":\" Ada@Example.com\",\"name\":\"Ada\",\"country\":\"de\",\"address\":[\"1 Quay\"]}",
        &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(text_at(s, made, "data.email"), S("ada@example.com"));
    EXPECT_STR(text_at(s, made, "data.country"), S("DE"));
    EXPECT_STR(text_at(s, made, "data.address.0"), S("1 Quay"));
    struct str id = text_at(s, made, "data.id");
    put(s, str_c(t->c->arena, id), "{\"name\":\"Ada Lovelace\"}", &status);
    EXPECT_I64(status, 200);
    struct str found = shop_get(s, "/api/customers/u-1", KEY, &status);
    EXPECT_STR(text_at(s, found, "data.name"), S("Ada Lovelace"));
    EXPECT_STR(text_at(s, found, "data.id"), id);
    found = shop_get(s, "/api/customers?email=ADA@example.com", KEY, &status);
    EXPECT_STR(text_at(s, found, "data.items.0.customerId"), S("u-1"));
    found = shop_get(s, "/api/customers?email=bob@example.com", KEY, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(found, S("\"items\":[]")));
}

TEST("a mail belongs to one customer, and what makes no sense is refused by name")
{
    struct shop *s = shop_open(t);
    int status = 0;
    put(s, "u-1", "{\"email\":\"ada@example.com\"}", &status);
    put(s, "u-2", "{\"email\":\"ada@example.com\"}", &status);
    EXPECT_I64(status, 409);
    static const char *const wrong[] = { "{\"email\":\"ada\"}", "{\"country\":\"Germany\"}",
        "{\"address\":\"1 Quay\"}", "{\"address\":[1]}", "{\"colour\":\"red\"}", "[]" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        put(s, "u-3", wrong[i], &status);
        EXPECT_I64(status, 400);
    }
    put(s, "cus_00000000000000000000000000", "{}", &status);
    EXPECT_I64(status, 404);
    shop_get(s, "/api/customers/u-3", KEY, &status);
    EXPECT_I64(status, 404);
    shop_get(s, "/api/customers/u-1", "", &status);
    EXPECT_I64(status, 401);
}

static int64_t orders_after_sign_in(
    struct shop *s, const char *sub, const char *mail, bool verified)
{
    struct arena *a = s->c->arena;
    struct test *t = s->t;
    int status = 0;
    struct str jwt = shop_token(s, sub, mail, verified);
    struct req *r = shop_ask(s, "POST", "/session",
        "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://app.example.com\r\n",
        str_fmt(a, "token=%.*s", SARG(jwt)));
    EXPECT_I64(r->out.status, 303);
    struct str bearer = str_fmt(a, "Authorization: Bearer %.*s\r\n", SARG(jwt));
    struct str list = shop_get(s, "/api/orders", str_c(a, bearer), &status);
    EXPECT_I64(status, 200);
    int64_t n = 0;
    for (struct json_iter it = json_iter(json_at(json_root(list), "data.items")); json_next(&it);)
        n++;
    return n;
}

TEST("R53 a guest's orders become theirs who signs in with that mail proved, and nobody else's")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct req *r = shop_ask(s, "POST", "/api/checkout/create",
        "Content-Type: application/json\r\nIdempotency-Key: g1\r\n",
        S("{\"priceId\":\"mug-usd\",\"email\":\"Grace@example.com\"}"));
    EXPECT_I64(r->out.status, 200);
    EXPECT_I64(orders_after_sign_in(s, "u-8", "grace@example.com", false), 0);
    EXPECT_I64(orders_after_sign_in(s, "u-7", "GRACE@example.com", true), 1);
    /* The mail is u-7's now: another who says the same signs in, and gets nothing. */
    EXPECT_I64(orders_after_sign_in(s, "u-9", "grace@example.com", true), 0);
    EXPECT_I64(orders_after_sign_in(s, "u-7", "grace@example.com", true), 1);
    struct str own = str_fmt(
        a, "Authorization: Bearer %.*s\r\n", SARG(shop_token(s, "u-7", "grace@example.com", true)));
    int status = 0;
    shop_get(s, "/api/customers/u-7", str_c(a, own), &status);
    EXPECT_I64(status, 200);
    shop_get(s, "/api/customers/u-8", str_c(a, own), &status);
    EXPECT_I64(status, 404);
}

TEST("a member of a customer that is null or empty is cleared, and one that is not said stays")
{
    struct shop *s = shop_open(t);
    const char *key = "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
                      "Content-Type: application/json\r\n";
    struct req *r = shop_ask(s, "PUT", "/api/customers/u-5", key,
        S("{\"email\":\"five@example.com\",\"name\":\"Five\",\"country\":\"DE\",\"taxId\":\"DE1\","
          "\"timeZone\":\"Europe/Berlin\",\"image\":\"https://x.example/5\",\"address\":[\"1 Quay\"]}"));
    EXPECT_I64(r->out.status, 200);
    r = shop_ask(s, "PUT", "/api/customers/u-5", key,
        S("{\"email\":null,\"name\":\"\",\"country\":null,\"address\":[],\"image\":null}"));
    EXPECT_I64(r->out.status, 200);
    struct json_value k = json_at(json_root(buf_str(&r->out.body)), "data");
    EXPECT(json_at(k, "email").kind == JSON_NULL && json_at(k, "name").kind == JSON_NULL);
    EXPECT(json_at(k, "country").kind == JSON_NULL && json_at(k, "image").kind == JSON_NULL);
    EXPECT_STR(json_at(k, "address").raw, S("[]"));
    EXPECT(json_is(json_at(k, "taxId"), "DE1") && json_is(json_at(k, "timeZone"), "Europe/Berlin"));
    /* The mail is free again. */
    r = shop_ask(s, "PUT", "/api/customers/u-6", key, S("{\"email\":\"five@example.com\"}"));
    EXPECT_I64(r->out.status, 200);
}

static enum err is_proved(struct ctx *c, void *arg)
{
    struct customer k;
    bool found = false;
    TRY(customer_find(c, S("u-7"), &found, &k));
    *(bool *)arg = k.email_verified;
    return E_OK;
}

TEST("a mail that a key says over a proved one is not proved")
{
    struct shop *s = shop_open(t);
    bool proved = false;
    int status = 0;
    EXPECT_I64(orders_after_sign_in(s, "u-7", "grace@example.com", true), 0);
    EXPECT_OK(db_read(s->c, is_proved, &proved));
    EXPECT(proved);
    put(s, "u-7", "{\"email\":\"other@example.com\"}", &status);
    EXPECT_I64(status, 200);
    EXPECT_OK(db_read(s->c, is_proved, &proved));
    EXPECT(!proved);
    EXPECT_I64(orders_after_sign_in(s, "u-7", "grace@example.com", true), 0);
    EXPECT_OK(db_read(s->c, is_proved, &proved));
    EXPECT(proved);
}

TEST("a customer's own word clears no mail")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct str own = str_fmt(a, "Authorization: Bearer %.*s\r\nContent-Type: application/json\r\n",
        SARG(shop_token(s, "u-7", "grace@example.com", true)));
    struct req *r = shop_ask(s, "PUT", "/api/customers/u-7", str_c(a, own), S("{\"email\":null}"));
    EXPECT_I64(r->out.status, 403);
    r = shop_ask(s, "PUT", "/api/customers/u-7", str_c(a, own), S("{\"name\":\"Grace\"}"));
    EXPECT_I64(r->out.status, 200);
    r = shop_ask(s, "PUT", "/api/customers/u-7", str_c(a, own), S("{\"name\":null}"));
    EXPECT_I64(r->out.status, 200);
    EXPECT(json_at(json_root(buf_str(&r->out.body)), "data.name").kind == JSON_NULL);
}
