#include "app/people_fixture.h"

#include "db/db.h"
#include "edge/admin.h"
#include "fact/fact.h"

/* The console's pages, opened and used by people of each role. */

static struct str post(
    struct shop *s, const struct person *p, const char *path, const char *fields, int *ret_status)
{
    struct str body = str_fmt(s->c->arena, "csrf=%.*s%s", SARG(p->csrf), fields);
    return shop_form(s, path, p->cookie, str_c(s->c->arena, body), ret_status);
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

/* One order that is paid and one in review. */
static struct str busy_shop(struct shop *s)
{
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    struct str id = shop_buy(s, "k2", "\"priceId\":\"pen-usd\"");
    newest(s)->status = "completed";
    newest(s)->total = 400;
    shop_webhook(s, "complete", newest(s), 400);
    shop_jobs(s);
    return id;
}

static void seal_facts(struct shop *s)
{
    struct test *t = s->t;
    int64_t sealed = 0;
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
}

static const char *const open_pages[] = { "/admin", "/admin/orders", "/admin/orders?status=review",
    "/admin/orders/ORD-2026-000001", "/admin/orders/ORD-2026-000002", "/admin/search?q=nothing",
    "/admin/explain/ORD-2026-000001", "/admin/reviews", "/admin/reviews/ORD-2026-000002",
    "/admin/reviews/ORD-2026-000001", "/admin/webhooks", "/admin/webhooks?period=today",
    "/admin/webhooks?gateway=moneymotion&status=parked", "/admin/orders?period=last-month",
    "/admin/orders?total=3.33+USD", "/admin/orders?from=2026-11-01&to=2026-11-30",
    "/admin/payments", "/admin/payments?period=week", "/admin/ledger", "/admin/ledger?period=today",
    "/admin/customers", "/admin/mails", "/admin/jobs", "/admin/alerts",
    "/admin/alerts?status=closed" };

TEST("R53 who only looks may open the pages, and finds no button that does something")
{
    struct shop *s = shop_open(t);
    busy_shop(s);
    seal_facts(s);
    struct person vera = console_sign_in(s, ROLE_VIEWER);
    for (size_t i = 0; i < ARRAY_LEN(open_pages); i++) {
        int status = 0;
        struct str page = shop_get(s, open_pages[i], vera.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(!str_has(page, S("class=\"stack\" method=\"post\"")));
        EXPECT(str_has(page, S("viewer@example.com, viewer")));
        EXPECT(!str_has(page, S("/admin/keys")));
        EXPECT(!str_has(page, S("/admin/audit")));
    }
}

TEST("R53 no deed of the console is open to who only looks; the refusal says who may")
{
    struct shop *s = shop_open(t);
    struct str id = busy_shop(s);
    struct person vera = console_sign_in(s, ROLE_VIEWER);
    int deeds = 0;
    for (size_t l = 0; l < app_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++) {
            const struct route *r = &app_routes[l]->route[i];
            int status = 0;
            if (str_eq(str_of_c(r->method), S("GET")) ||
                !str_starts(str_of_c(r->path), S("/admin")))
                continue;
            struct str answer = post(s, &vera, r->path, "&key=k&reason=x&choice=accept", &status);
            EXPECT_I64(status, 403);
            EXPECT(str_has(answer, S(" may.")));
            deeds++;
        }
    EXPECT(deeds >= 10);
    EXPECT(shop_order(s, id).status == ORDER_REVIEW);
    static const char *const closed[] = { "/admin/audit", "/admin/security", "/admin/keys",
        "/admin/webhooks/replay", "/admin/csv/audit", "/admin/csv/mails", "/admin/csv/customers" };
    for (size_t i = 0; i < ARRAY_LEN(closed); i++) {
        int status = 0;
        shop_get(s, closed[i], vera.cookie, &status);
        EXPECT_I64(status, 403);
    }
}

TEST("R51 a deed without the session's token is refused, also to an owner")
{
    struct shop *s = shop_open(t);
    struct str id = busy_shop(s);
    struct person root = console_sign_in(s, ROLE_OWNER);
    int status = 0;
    shop_form(s, "/admin/reviews/ORD-2026-000002", root.cookie,
        "key=k&choice=accept&reason=because", &status);
    EXPECT_I64(status, 403);
    EXPECT(shop_order(s, id).status == ORDER_REVIEW);
}

TEST("a review is decided on its page: twice pressed is once done, and too late says so")
{
    struct shop *s = shop_open(t);
    struct str id = busy_shop(s);
    struct person finn = console_sign_in(s, ROLE_FINANCE), sam = console_sign_in(s, ROLE_SUPPORT);
    const char *path = "/admin/reviews/ORD-2026-000002";
    const char *yes = str_c(t->c->arena,
        str_fmt(t->c->arena, "&key=k1&choice=accept%%3A%.*s&reason=agreed+on+the+phone",
            SARG(newest(s)->attempt)));
    int status = 0;
    struct str page = shop_get(s, path, finn.cookie, &status);
    EXPECT(str_has(page, S("$3.33")) && str_has(page, S("$4.00")));
    EXPECT(str_has(page, S("Differs")));
    post(s, &sam, path, yes, &status);
    EXPECT_I64(status, 403);
    EXPECT(shop_order(s, id).status == ORDER_REVIEW);
    for (int i = 0; i < 2; i++) {
        post(s, &finn, path, yes, &status);
        EXPECT_I64(status, 303);
    }
    EXPECT(shop_order(s, id).status == ORDER_COMPLETED);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), -1400);
    EXPECT_I64(shop_facts(s, "ORDER_REVIEW_RESOLVED"), 1);
    post(s, &finn, path, "&key=k2&choice=dismiss&reason=late", &status);
    EXPECT_I64(status, 409);
    page = shop_get(s, path, finn.cookie, &status);
    EXPECT(str_has(page, S("This review is over")));
    shop_verify(s);
}

TEST("a decision without choice or reason comes back with what was typed, and changes nothing")
{
    struct shop *s = shop_open(t);
    struct str id = busy_shop(s);
    struct person finn = console_sign_in(s, ROLE_FINANCE);
    int status = 0;
    struct str page = post(
        s, &finn, "/admin/reviews/ORD-2026-000002", "&key=k1&choice=dismiss&reason=+", &status);
    EXPECT_I64(status, 422);
    EXPECT(str_has(page, S("There is a problem")));
    EXPECT(str_has(page, S("value=\"dismiss\" checked")));
    page = post(s, &finn, "/admin/reviews/ORD-2026-000002", "&key=k2&reason=my+reason", &status);
    EXPECT_I64(status, 422);
    EXPECT(str_has(page, S("my reason</textarea>")));
    EXPECT(shop_order(s, id).status == ORDER_REVIEW);
}

TEST("support asks the gateway, cancels what is unpaid, and sees a dry run of a webhook")
{
    struct shop *s = shop_open(t);
    struct person sam = console_sign_in(s, ROLE_SUPPORT);
    struct str lost = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    struct str open = shop_buy(s, "k2", "\"priceId\":\"pen-usd\"");
    int status = 0;
    post(s, &sam, "/admin/orders/ORD-2026-000001/ask", "", &status);
    EXPECT_I64(status, 303);
    EXPECT(shop_order(s, lost).status == ORDER_COMPLETED);
    post(s, &sam, "/admin/orders/ORD-2026-000002/cancel", "", &status);
    EXPECT_I64(status, 303);
    EXPECT(shop_order(s, open).status == ORDER_CANCELLED);
    post(s, &sam, "/admin/orders/ORD-2026-000001/cancel", "", &status);
    EXPECT_I64(status, 409);
    shop_webhook(s, "complete", &s->session[0], 1000);
    struct str page = post(s, &sam, "/admin/webhooks/replay", "&from=&to=&status=&do=dry", &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("Replay 1 webhook")));
    page = post(s, &sam, "/admin/webhooks/replay", "&from=soon&to=&status=&do=dry", &status);
    EXPECT_I64(status, 422);
    EXPECT(str_has(page, S("Enter days like 2026-11-20")));
    shop_verify(s);
}

TEST("R45 what a stranger wrote into a webhook or a mail address stays text on the console")
{
    struct shop *s = shop_open(t);
    struct person root = console_sign_in(s, ROLE_OWNER);
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"name\":\"<script>alert(1)</script>\"");
    s->session[0].attempt = S("<script>alert(2)</script>");
    shop_webhook(s, "<img src=x>", &s->session[0], 1000);
    shop_jobs(s);
    seal_facts(s);
    struct str list = shop_get(
        s, "/api/admin/webhooks", "Authorization: Bearer sk_configured_0123456789abcdef\r\n", NULL);
    struct str id = S("");
    EXPECT(json_to_str(t->c->arena, json_at(json_root(list), "data.items.0.id"), &id));
    const char *pages[] = { "/admin/webhooks", "/admin/orders", "/admin/orders/ORD-2026-000001",
        "/admin/audit", "/admin",
        str_c(t->c->arena, str_fmt(t->c->arena, "/admin/webhooks/%.*s", SARG(id))),
        "/admin/search?q=%3Cscript%3Ealert(3)%3C/script%3E" };
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        int status = 0;
        struct str page = shop_get(s, pages[i], root.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(!str_has(page, S("<script>alert")));
        EXPECT(!str_has(page, S("<img src=x>")));
    }
}

TEST("R52 a new key is shown once, by the page that made it")
{
    struct shop *s = shop_open(t);
    struct person root = console_sign_in(s, ROLE_OWNER);
    int status = 0;
    struct str page = post(s, &root, "/admin/keys", "&name=shop&role=app", &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("sk_live_")));
    page = shop_get(s, "/admin/keys", root.cookie, &status);
    EXPECT_I64(status, 200);
    struct str rest = page, line;
    bool whole = false;
    while (str_cut(rest, '<', &line, &rest))
        whole = whole || (str_has(line, S("sk_live_")) && line.n > 40);
    EXPECT(!whole);
    EXPECT(str_has(page, S("sk_live_")));
}
