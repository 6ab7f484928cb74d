#include "app/people_fixture.h"

/* Codes that people make, use and pause, by API and in the console. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct str post(struct shop *s, const char *path, struct str body, int want)
{
    struct test *t = s->t;
    int status = 0;
    struct str answer = shop_post(s, path, KEY, body, &status);
    EXPECT_I64(status, want);
    return answer;
}

static int quote(struct shop *s, const char *code)
{
    int status = 0;
    shop_post(s, "/api/checkout/quote", KEY,
        str_fmt(s->c->arena,
            "{\"items\":[{\"price\":\"mug-usd\",\"quantity\":1}],\"coupon\":\"%s\"}", code),
        &status);
    return status;
}

TEST("R59 a code is made, used, paused and brought back by the API, each on record")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct str made = post(s, "/api/admin/coupons",
        S("{\"code\":\"Spring\",\"basisPoints\":1250,\"maxUses\":1,"
          "\"expires\":\"2030-01-01T00:00:00Z\"}"),
        200);
    struct str id = json_text(a, json_root(made), "data.id");
    EXPECT(str_starts(id, S("cpn_")));
    post(s, "/api/admin/coupons", S("{\"code\":\"SPRING\",\"basisPoints\":1}"), 409);
    EXPECT_I64(quote(s, "spring"), 200);
    const char *pause = str_c(a, str_fmt(a, "/api/admin/coupons/%.*s/pause", SARG(id)));
    for (int i = 0; i < 2; i++)
        post(s, pause, S("{}"), 200);
    EXPECT_I64(quote(s, "spring"), 422);
    post(s, "/api/admin/coupons/spring/resume", S("{}"), 200);
    shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"SPRING\"");
    EXPECT_I64(quote(s, "spring"), 422); /* its one use is held */
    struct str list = shop_get(s, "/api/admin/coupons", KEY, NULL);
    EXPECT(str_has(list,
        S("\"code\":\"Spring\",\"basisPoints\":1250,\"maxUses\":1,"
          "\"perCustomer\":0,\"used\":1,")));
    EXPECT_I64(shop_facts(s, "COUPON_CREATED"), 1);
    EXPECT_I64(shop_facts(s, "COUPON_PAUSED"), 1);
    EXPECT_I64(shop_facts(s, "COUPON_RESUMED"), 1);
    shop_verify(s);
}

TEST("a code that means nothing is refused with a sentence")
{
    static const char *const bodies[] = {
        "{\"code\":\"A\"}",
        "{\"code\":\"A B\",\"basisPoints\":100}",
        "{\"code\":\"\",\"basisPoints\":100}",
        "{\"code\":\"A\",\"basisPoints\":10001}",
        "{\"code\":\"A\",\"basisPoints\":-1}",
        "{\"code\":\"A\",\"amount\":500}",
        "{\"code\":\"A\",\"amount\":500,\"currency\":\"USD\",\"basisPoints\":5}",
        "{\"code\":\"A\",\"basisPoints\":5,\"maxUses\":-1}",
        "{\"code\":\"A\",\"basisPoints\":5,\"expires\":\"2001-01-01\"}",
        "{\"code\":\"A\",\"basisPoints\":5,\"expires\":\"soon\"}",
        "{\"code\":\"A\",\"basisPoints\":5,\"duration\":\"months\"}",
        "{\"code\":\"A\",\"basisPoints\":5,\"appliesTo\":[1]}",
    };
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        post(s, "/api/admin/coupons", str_of_c(bodies[i]), 400);
    post(s, "/api/admin/coupons/nothing/pause", S("{}"), 404);
    EXPECT_I64(shop_facts(s, "COUPON_CREATED"), 0);
}

static struct str press(
    struct shop *s, const struct person *p, const char *path, const char *fields, int want)
{
    struct test *t = s->t;
    int status = 0;
    struct str body = str_fmt(s->c->arena, "csrf=%.*s%s", SARG(p->csrf), fields);
    struct str page = shop_form(s, path, p->cookie, str_c(s->c->arena, body), &status);
    EXPECT_I64(status, want);
    return page;
}

TEST("R59 finance makes and pauses codes in the console; a form that is wrong keeps what was typed")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct person finance = console_sign_in(s, ROLE_FINANCE),
                  viewer = console_sign_in(s, ROLE_VIEWER);
    struct str page = press(s, &finance, "/admin/coupons",
        "&code=FIVER&percent=12.x&amount=&uses=3&per_customer=&expires=&currency=USD", 422);
    EXPECT(str_has(page, S("at most 100")) && str_has(page, S("value=\"FIVER\"")));
    press(s, &finance, "/admin/coupons",
        "&code=FIVER&percent=&amount=5.00&uses=3&per_customer=1&expires=2030-01-31&currency=USD",
        303);
    page = press(s, &finance, "/admin/coupons", "&code=fiver&percent=5&currency=USD", 422);
    EXPECT(str_has(page, S("There is a code fiver already")));
    page = shop_get(s, "/admin/coupons", finance.cookie, NULL);
    EXPECT(str_has(page, S("FIVER")) && str_has(page, S("$5.00")) && str_has(page, S("0 of 3")));
    EXPECT(str_has(page, S("31 January 2030")));
    struct str list = shop_get(s, "/api/admin/coupons?limit=1", KEY, NULL);
    struct str id = json_text(a, json_root(list), "data.items.0.id");
    const char *pause = str_c(a, str_fmt(a, "/admin/coupons/%.*s/pause", SARG(id)));
    press(s, &viewer, pause, "", 403);
    press(s, &finance, pause, "", 303);
    page = shop_get(s, "/admin/coupons", viewer.cookie, NULL);
    EXPECT(str_has(page, S("Paused")) && !str_has(page, S("/resume")));
    EXPECT_I64(quote(s, "FIVER"), 422);
}
