#include "app/people_fixture.h"

/* Credits in the console. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static void post(struct shop *s, const char *path, const char *key, const char *body)
{
    struct test *t = s->t;
    int status = 0;
    struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: %s\r\n", key);
    shop_post(s, path, str_c(s->c->arena, headers), str_of_c(body), &status);
    EXPECT_I64(status, 200);
}

TEST("the console shows a customer's credits and each change of them, and gives them as a file")
{
    struct shop *s = shop_open(t);
    int status = 0;
    post(s, "/api/admin/credits/grant", "g1",
        "{\"customerId\":\"u-1\",\"amount\":90,\"reason\":\"=1+1\"}");
    post(s, "/api/credits/spend", "s1",
        "{\"customerId\":\"u-1\",\"amount\":30,\"reference\":\"<b>song</b>\"}");
    struct person viewer = console_sign_in(s, ROLE_VIEWER);
    struct person support = console_sign_in(s, ROLE_SUPPORT);
    struct str page = shop_get(s, "/admin/customers/u-1", viewer.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("/credits\"")));
    page = shop_get(s, "/admin/customers/u-1/credits", viewer.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("&lt;b&gt;song&lt;/b&gt;")) && str_has(page, S("bonus")));
    EXPECT(!str_has(page, S("/admin/csv/credits")));
    page = shop_get(s, "/admin/customers/u-1/credits?type=bonus", support.cookie, &status);
    EXPECT(!str_has(page, S("song")) && str_has(page, S("/admin/csv/credits?customer=cus_")));
    shop_get(s, "/admin/customers/u-1/credits?type=gift", viewer.cookie, &status);
    EXPECT_I64(status, 400);
    shop_get(s, "/admin/customers/nobody/credits", viewer.cookie, &status);
    EXPECT_I64(status, 404);
    shop_get(s, "/admin/csv/credits?customer=u-1", viewer.cookie, &status);
    EXPECT_I64(status, 403);
}

TEST("R62 a history of credits as a file holds no formula")
{
    struct shop *s = shop_open(t);
    int status = 0;
    post(s, "/api/admin/credits/grant", "g1",
        "{\"customerId\":\"u-1\",\"amount\":90,\"reason\":\"=1+1\"}");
    struct req *r = shop_ask(
        s, "GET", "/api/credits/history?customerId=u-1", KEY "Accept: text/csv\r\n", S(""));
    EXPECT_I64(r->out.status, 200);
    EXPECT(str_has(answer_body(r), S("bonus,90,90,'=1+1")));
    struct person support = console_sign_in(s, ROLE_SUPPORT);
    r = shop_ask(s, "GET", "/admin/csv/credits?customer=u-1", support.cookie, S(""));
    status = r->out.status;
    EXPECT_I64(status, 200);
    EXPECT(str_has(answer_body(r), S(",bonus,90,90,'=1+1")));
}
