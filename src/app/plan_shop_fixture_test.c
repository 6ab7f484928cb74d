#include "app/plan_shop.h"

#include <stdio.h>
#include <string.h>

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":50,\"every\":\"once\"}},"
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"b1\",\"amount\":999},"
    "{\"id\":\"b12\",\"interval\":\"year\",\"amount\":9990}]},"
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\",\"credits\":{\"allowance\":1500},"
    "\"prices\":[{\"id\":\"p1\",\"amount\":1999}]},"
    "{\"id\":\"try\",\"group\":\"club\",\"name\":\"Club\",\"trialDays\":14,"
    "\"prices\":[{\"id\":\"t1\",\"amount\":500}]}],"
    "\"coupons\":[{\"code\":\"THREE\",\"basisPoints\":5000,\"duration\":\"months\",\"months\":3},"
    "{\"code\":\"STAY\",\"amount\":300,\"currency\":\"USD\",\"duration\":\"months\",\"months\":2}],"
    "\"retention\":[{\"reasons\":[\"price\"],\"coupon\":\"STAY\"}],"
    "%s"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900,\"name\":\"VAT\"}]},"
    "\"routing\":{\"card\":[\"moneymotion\"]}}";

struct shop *plan_shop_with(struct test *t, const char *more)
{
    struct shop *s = shop_open(t);
    struct str text = str_fmt(t->c->arena, catalogue, more);
    shop_catalog(s, str_c(t->c->arena, text));
    return s;
}

struct shop *plan_shop(struct test *t)
{
    return plan_shop_with(t, "");
}

struct shop_session *plan_hosted(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

void plan_pay(struct shop *s)
{
    struct test *t = s->t;
    plan_hosted(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", plan_hosted(s), plan_hosted(s)->total), 200);
    shop_jobs(s);
}

void plan_begin(struct shop *s, const char *members)
{
    struct test *t = s->t;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: first\r\n",
        str_fmt(t->c->arena, "{\"customerId\":\"ada\",\"email\":\"ada@example.com\",%s}", members),
        &status);
    if (status != 200)
        printf("  %.*s\n", SARG(answer));
    EXPECT_I64(status, 200);
    shop_jobs(s);
}

struct str plan_member(struct shop *s, struct str answer, const char *path)
{
    struct arena *a = s->c->arena;
    return json_at(json_root(answer), str_c(a, str_fmt(a, "data.%s", path))).raw;
}

struct str plan_status(struct shop *s, const char *path)
{
    return plan_member(s, shop_get(s, "/api/subscription/status?customerId=ada", KEY, NULL), path);
}

struct str plan_ask(
    struct shop *s, const char *deed, const char *key, const char *members, int want)
{
    struct test *t = s->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str answer = shop_post(s, str_c(a, str_fmt(a, "/api/subscription/%s", deed)),
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"customerId\":\"ada\"%s%s}", *members != 0 ? "," : "", members), &status);
    if (status != want)
        printf("  %.*s\n", SARG(answer));
    EXPECT_I64(status, want);
    return answer;
}

/* ---- orders and mails */

static enum err take_order(struct ctx *c, const struct order *o, void *arg)
{
    struct plan_seen *k = arg;
    if (k->n++ == 0)
        k->order = *o;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_mail(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct plan_seen *k = arg;
    if (str_eq(row->mail.kind, str_of_c(k->kind)) && k->mails++ == 0)
        k->mail = *row;
    return c->dead ? E_DEAD : E_OK;
}

static enum err look(struct ctx *c, void *arg)
{
    struct plan_seen *k = arg;
    const struct order_filter all = { .status = -1, .limit = 100 };
    const struct mail_filter mails = { .state_or_minus_1 = -1, .limit = 100 };
    k->n = k->mails = 0;
    TRY(order_list(c, &all, take_order, k));
    return mail_list(c, &mails, take_mail, k);
}

struct plan_seen plan_order(struct shop *s)
{
    struct test *t = s->t;
    struct plan_seen k = { .kind = "subscription" };
    EXPECT_OK(db_read(s->c, look, &k));
    return k;
}

static enum err read_path(struct ctx *c, void *arg)
{
    struct plan_seen *k = arg;
    struct str path;
    TRY(order_path(c, &k->order, ORDER_PLACE_ITSELF, &path));
    k->mail.mail.subject = path;
    return E_OK;
}

/* The page that the mail leads to, and its button: as a browser without a session does. */
void plan_press_pay(struct shop *s, const struct order *o)
{
    struct test *t = s->t;
    struct arena *a = t->c->arena;
    struct plan_seen k = { .order = *o };
    EXPECT_OK(db_read(s->c, read_path, &k));
    struct str path = k.mail.mail.subject, before, after;
    struct req *page = shop_ask(s, "GET", str_c(a, path), "", S(""));
    EXPECT_I64(page->out.status, 200);
    struct str html = answer_body(page), csrf = S(""), key = S(""), rest;
    EXPECT(str_has(html, S("/pay?")));
    struct str cookie = S("");
    for (size_t i = 0; i < page->out.header_count; i++)
        if (str_eq_nocase(page->out.headers[i].name, S("Set-Cookie")))
            str_cut(page->out.headers[i].value, ';', &cookie, &rest);
    const char *at = strstr(str_c(a, html), "name=\"csrf\" value=\"");
    EXPECT(at != NULL);
    str_cut(str_of_c(at + sizeof "name=\"csrf\" value=\"" - 1), '"', &csrf, &rest);
    at = strstr(str_c(a, html), "name=\"key\" value=\"");
    EXPECT(at != NULL);
    str_cut(str_of_c(at + sizeof "name=\"key\" value=\"" - 1), '"', &key, &rest);
    str_cut(path, '?', &before, &after);
    int status = 0;
    struct str form = str_fmt(a, "csrf=%.*s&key=%.*s", SARG(csrf), SARG(key));
    struct str headers =
        str_fmt(a, "Cookie: %.*s\r\nOrigin: https://pay.example.com\r\n", SARG(cookie));
    for (int i = 0; i < 2; i++) { /* a double click is one page */
        struct str answer =
            shop_form(s, str_c(a, str_fmt(a, "%.*s/pay?%.*s", SARG(before), SARG(after))),
                str_c(a, headers), str_c(a, form), &status);
        if (status != 303)
            printf("  %.*s\n", SARG(answer));
        EXPECT_I64(status, 303);
    }
}
