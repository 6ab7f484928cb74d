#include "app/people_fixture.h"
#include "app/stripe_shop.h"

#include "db/db.h"
#include "failure/failure.h"

/* What the console's pages say in their main states, and which status lets whom do what. */

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

/* One order that is paid, by a customer, one that waits and one in review. */
static void busy(struct shop *s)
{
    shop_buy(s, "k1",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":2}],\"country\":\"DE\","
        "\"customerId\":\"u-1\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), newest(s)->total);
    shop_jobs(s);
    shop_buy(s, "k2", "\"priceId\":\"pen-usd\"");
    newest(s)->status = "completed";
    newest(s)->total = 400;
    shop_webhook(s, "complete", newest(s), 400);
    shop_jobs(s);
    shop_buy(s, "k3", "\"priceId\":\"mug-usd\",\"again\":true");
}

static bool is_id_char(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z');
}

/* Without what another run draws anew: ids, tokens. */
static struct str as_ever(struct test *t, struct str text)
{
    struct buf b = BUF(t->c->arena);
    for (size_t i = 0; i < text.n; i++) {
        size_t n = 0;
        buf_char(&b, text.p[i]);
        if (str_ends(buf_str(&b), S("name=\"csrf\" value=\""))) {
            while (text.p[i + 1] != '"')
                i++;
            buf_add(&b, S("…"));
            continue;
        }
        while (text.p[i] == '_' && i + 1 + n < text.n && is_id_char(text.p[i + 1 + n]))
            n++;
        if (n == 26) {
            buf_add(&b, S("…"));
            i += n;
        }
    }
    return buf_str(&b);
}

static struct str main_of(struct str page)
{
    struct str begin = S("<main id=\"main\""), end = S("</main>");
    size_t i = 0;
    while (i < page.n && !str_starts(str_from(page, i), begin))
        i++;
    size_t n = 0;
    while (i + n < page.n && !str_starts(str_from(page, i + n), end))
        n++;
    return str_part(page, i, n);
}

static void page_is(struct shop *s, const struct person *p, const char *path, const char *golden)
{
    struct test *t = s->t;
    int status = 0;
    struct str page = shop_get(s, path, p->cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT_GOLDEN(golden, as_ever(t, str_fmt(t->c->arena, "%.*s\n", SARG(main_of(page)))));
}

static void seal_facts(struct shop *s)
{
    struct test *t = s->t;
    int64_t sealed = 0;
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
}

TEST("the console of a busy shop is what the golden files say")
{
    struct shop *s = shop_open(t);
    busy(s);
    seal_facts(s);
    struct person root = console_sign_in(s, ROLE_OWNER);
    page_is(s, &root, "/admin", "console_overview.html");
    page_is(s, &root, "/admin/orders", "console_orders.html");
    page_is(s, &root, "/admin/orders?status=failed&total=3.33+USD&period=today",
        "console_orders_none.html");
    page_is(s, &root, "/admin/orders/ORD-2026-000001", "console_story.html");
    page_is(s, &root, "/admin/reviews/ORD-2026-000002", "console_review.html");
    page_is(s, &root, "/admin/payments", "console_payments.html");
    page_is(s, &root, "/admin/ledger?period=today", "console_ledger.html");
    page_is(s, &root, "/admin/customers/u-1", "console_customer.html");
    page_is(s, &root, "/admin/webhooks", "console_webhooks.html");
}

TEST("the console of a new shop is what the golden files say")
{
    struct shop *s = shop_open(t);
    struct person root = console_sign_in(s, ROLE_OWNER);
    page_is(s, &root, "/admin", "console_overview_new.html");
    page_is(s, &root, "/admin/ledger", "console_ledger_new.html");
}

TEST("the console of errors is what the golden files say")
{
    struct shop *s = shop_open(t);
    struct person vera = console_sign_in(s, ROLE_VIEWER);
    struct arena *a = t->c->arena;
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\",\"customerId\":\"u-1\"");
    s->fault = "refuse";
    s->fault_call = "create";
    s->faults_left = 1;
    shop_post(s, "/api/checkout/create",
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: k2\r\n",
        S("{\"priceId\":\"mug-usd\",\"customerId\":\"u-1\",\"again\":true}"), NULL);
    EXPECT_OK(failure_write_down(t->c, true));
    page_is(s, &vera, "/admin/errors", "console_errors.html");
    page_is(s, &vera, "/admin/errors?show=refused", "console_errors_none.html");
    struct str list = shop_get(
        s, "/api/admin/errors", "Authorization: Bearer sk_configured_0123456789abcdef\r\n", NULL);
    struct str id = json_text(a, json_root(list), "data.items.0.id");
    page_is(s, &vera, str_c(a, str_fmt(a, "/admin/errors/%.*s", SARG(id))), "console_error.html");
}

/* ---- which status lets whom do what */

struct standing {
    enum order_status status;
};

static enum err put_status(struct ctx *c, void *arg)
{
    const struct standing *k = arg;
    bool paid = k->status == ORDER_COMPLETED || k->status == ORDER_PARTIALLY_REFUNDED ||
        k->status == ORDER_REFUNDED || k->status == ORDER_DISPUTED;
    return db_exec(c, 1, "UPDATE purchase SET status = $1, completed_ms = $2 WHERE n = 1",
        DB_IN(in_i64((int64_t)k->status), in_i64(paid ? c->now_ms : 0)));
}

/* The words of what may be pressed, between the head of the page and its story. */
static void say_deeds(struct buf *b, struct str page)
{
    struct str rest = main_of(page), head, tail;
    str_cut(rest, '\n', &head, &rest);
    for (size_t i = 0; i + 1 < rest.n && !str_starts(str_from(rest, i), S("class=\"split")); i++) {
        struct str here = str_from(rest, i);
        bool button = str_starts(here, S("class=\"btn"));
        if (!button && !str_starts(here, S("Cannot be")))
            continue;
        if (button)
            str_cut(here, '>', &head, &here);
        str_cut(here, '<', &head, &tail);
        buf_fmt(b, " | %.*s", SARG(head));
    }
    buf_char(b, '\n');
}

TEST("which status lets whom do what stands in one table")
{
    static const enum role roles[] = { ROLE_VIEWER, ROLE_SUPPORT, ROLE_FINANCE, ROLE_OWNER };
    struct shop *s = shop_open(t);
    struct buf b = BUF(t->c->arena);
    struct person who[ARRAY_LEN(roles)];
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        who[i] = console_sign_in(s, roles[i]);
    for (int status = 0; status < ORDER_STATUS_COUNT; status++) {
        struct standing k = { (enum order_status)status };
        EXPECT_OK(db_tx(s->c, "test", put_status, &k));
        buf_fmt(&b, "%.*s\n", SARG(order_status_text(k.status)));
        for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
            int answer = 0;
            struct str page = shop_get(s, "/admin/orders/ORD-2026-000001", who[i].cookie, &answer);
            EXPECT_I64(answer, 200);
            buf_fmt(&b, "    %-8.*s", SARG(role_text(roles[i])));
            say_deeds(&b, page);
        }
    }
    EXPECT_GOLDEN("console_deeds.txt", buf_str(&b));
}

/* ---- a dispute */

#define FORM "Content-Type: multipart/form-data; boundary=XyZ\r\n"
#define FIELD(name) "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\""

/* What the page's form sends, with a document in it. */
static int say(struct shop *s, const struct person *p, const char *path, const char *send)
{
    struct arena *a = s->c->arena;
    struct buf b = BUF(a);
    buf_fmt(&b, FIELD("csrf") "\r\n\r\n%.*s\r\n", SARG(p->csrf));
    buf_fmt(&b, FIELD("uncategorizedText") "\r\n\r\nShe wrote\r\n<b>thanks</b>\r\n");
    buf_fmt(&b, FIELD("receipt") "; filename=\"a.png\"\r\nContent-Type: text/html\r\n\r\n");
    buf_fmt(&b, "\x89PNG\r\n\x1a\n\r\n");
    buf_fmt(&b, FIELD("refundPolicy") "; filename=\"\"\r\n\r\n\r\n");
    buf_fmt(&b, FIELD("send") "\r\n\r\n%s\r\n--XyZ--\r\n", send);
    struct str headers = str_fmt(a, "%s" FORM, p->cookie);
    return shop_ask(s, "POST", path, str_c(a, headers), buf_str(&b))->out.status;
}

static struct str dispute_path(struct shop *s)
{
    struct str list = shop_get(
        s, "/api/admin/disputes", "Authorization: Bearer sk_configured_0123456789abcdef\r\n", NULL);
    return str_fmt(s->c->arena, "/admin/disputes/%.*s",
        SARG(json_text(s->c->arena, json_root(list), "data.items.0.id")));
}

TEST("the console of a dispute: list, form, what is kept and sent, as the golden files say")
{
    static const struct stripe_said opened = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    struct stripe_shop *stripe = stripe_shop_open(t);
    struct shop *s = stripe->shop;
    stripe_buy(stripe, "k1", "\"priceId\":\"mug-usd\"");
    stripe_pays(stripe_newest(stripe));
    stripe_newest(stripe)->disputed = true;
    stripe_newest(stripe)->due_s = s->c->now_ms / 1000 + 9 * 24 * 3600;
    EXPECT_I64(stripe_tell(stripe, stripe_newest(stripe), &opened), 200);
    shop_jobs(s);
    seal_facts(s);
    struct person finn = console_sign_in(s, ROLE_FINANCE), vera = console_sign_in(s, ROLE_VIEWER);
    const char *path = str_c(t->c->arena, dispute_path(s));
    page_is(s, &finn, "/admin/disputes", "console_disputes.html");
    page_is(s, &finn, path, "console_dispute.html");
    EXPECT_I64(say(s, &vera, path, "no"), 403);
    EXPECT_I64(say(s, &finn, path, "no"), 303);
    EXPECT_I64((int64_t)stripe->said, 0);
    struct str page = shop_get(s, path, finn.cookie, NULL);
    EXPECT(str_has(page, S("She wrote\r\n&lt;b&gt;thanks&lt;/b&gt;</textarea>")));
    size_t at = 0;
    struct str begin = S("<a href=\"/admin/disputes/"), href, rest;
    while (
        !str_starts(str_from(page, at), begin) || !str_has(str_part(page, at, 100), S("/files/")))
        at++;
    str_cut(str_from(page, at + S("<a href=\"").n), '"', &href, &rest);
    struct req *r = shop_ask(s, "GET", str_c(t->c->arena, href), vera.cookie, S(""));
    EXPECT_I64(r->out.status, 200);
    EXPECT_STR(answer_body(r), S("\x89PNG\r\n\x1a\n"));
    EXPECT_STR(r->out.content_type, S("image/png"));
    bool attached = false;
    for (size_t i = 0; i < r->out.header_count; i++)
        attached =
            attached || str_has(r->out.headers[i].value, S("attachment; filename=\"receipt.png\""));
    EXPECT(attached);
    EXPECT_I64(say(s, &finn, path, "yes"), 303);
    shop_jobs(s);
    EXPECT_I64((int64_t)stripe->said, 2);
    page_is(s, &finn, path, "console_dispute_sent.html");
    EXPECT_I64(say(s, &finn, path, "yes"), 409);
}
