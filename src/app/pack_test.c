#include "app/visitor_fixture.h"

#include "app/stripe_shop.h"
#include "base/json.h"
#include "credit/credit.h"

/* A pack of credits, from its button to the receipt, and what may go another way between. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct str said(struct shop *s, const char *path, const char *member)
{
    return json_text(s->c->arena, json_root(shop_get(s, path, KEY, NULL)), member);
}

static int64_t count(struct shop *s, const char *path, const char *member)
{
    int64_t n = -1;
    json_to_i64(json_at(json_root(shop_get(s, path, KEY, NULL)), member), &n);
    return n;
}

static int64_t balance(struct shop *s)
{
    return count(s, "/api/credits?customerId=u-1", "data.balance");
}

/* ---- its page, and the one after it */

#define PACK "/checkout/confirm?items=pack-usd:3"
#define FORM_OF_PACK "items=pack-usd:3&q0=3&method=card&do=pay"

static struct str buy_three(struct visitor *v)
{
    open_page(v, PACK);
    confirm(v, FORM_OF_PACK);
    return success_of(v);
}

TEST("who buys credits reads how many they have now; a link alone tells what was bought")
{
    struct visitor v = visit(t, MANY);
    sign_in(&v, "u-1", "grace@example.com");
    struct str success = buy_three(&v), bare, token;
    open_at(&v, str_fmt(t->c->arena, "%.*s&wait=1&version=0", SARG(success)));
    EXPECT(!has(&v, "credits"));
    pay_newest(&v);
    open_at(&v, success);
    page_is(&v, "page_paid_credits.html");
    EXPECT(has(&v, "Paid. You have <span data-balance>30</span> credits."));
    open_at(&v, success); /* again: nothing more */
    EXPECT_I64(balance(v.shop), 30);
    v.cookie = S("");
    open_at(&v, success);
    EXPECT(has(&v, "Paid. 30 credits were added.") && !has(&v, "data-balance"));
    EXPECT(has(&v, "30 added"));
    /* Another customer who was sent the link. */
    sign_in(&v, "u-2", "mallory@example.com");
    open_at(&v, success);
    EXPECT(!has(&v, "data-balance"));
    str_cut(success, '&', &bare, &token);
    open_at(&v, bare);
    EXPECT(has(&v, "sign in") && !has(&v, "credits"));
}

TEST("a session that a guide's address names is exchanged for the order's own address")
{
    static const char *const paths[] = { "/payment-success", "/payment/success", "/dashboard" };
    struct visitor v = visit(t, MANY);
    sign_in(&v, "u-1", "grace@example.com");
    buy_three(&v);
    pay_newest(&v);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        open_at(&v, str_fmt(t->c->arena, "%s?session_id=session-1", paths[i]));
        struct str to = header(v.r, "Location");
        EXPECT_I64(v.r->out.status, 303);
        EXPECT(str_starts(to, S("/payment/success?order=ord_")) && !str_has(to, S("session")));
        open_at(&v, to);
        EXPECT(has(&v, "You have <span data-balance>30</span> credits."));
        open_at(&v, str_fmt(t->c->arena, "%s?session_id=session-2", paths[i]));
        EXPECT_I64(v.r->out.status, 404);
    }
    open_page(&v, "/dashboard");
    EXPECT_STR(header(v.r, "Location"), S("/account"));
}

TEST("credits are bought where one sees what is left, and what was paid has a page")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop,
        "{\"products\":[{\"id\":\"small\",\"name\":\"100 credits\",\"grants\":{\"credits\":100},"
        "\"prices\":[{\"id\":\"small-usd\",\"amount\":999}]},"
        "{\"id\":\"pack\",\"name\":\"2,000 credits\",\"popular\":true,"
        "\"grants\":{\"credits\":2000},\"prices\":[{\"id\":\"pack-usd\",\"amount\":3000}]},"
        "{\"id\":\"old\",\"name\":\"Old\",\"active\":false,\"grants\":{\"credits\":5},"
        "\"prices\":[{\"id\":\"old-usd\",\"amount\":5}]}],"
        "\"routing\":{\"card\":[\"moneymotion\"]}}");
    open_page(&v, "/account/credits");
    EXPECT_STR(header(v.r, "Location"), S("/login?next=%2Faccount%2Fcredits"));
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/credits");
    page_is(&v, "page_account_credits.html");
    EXPECT(has(&v, "about $0.10 a credit") && has(&v, "about $0.15 for 10 credits"));
    EXPECT(has(&v, "items=pack-usd%3A1") && !has(&v, "Old"));
    open_page(&v, "/account/payments");
    EXPECT(has(&v, "No payments yet"));
    open_page(&v, "/checkout/confirm?items=pack-usd:1");
    confirm(&v, "items=pack-usd:1&q0=1&method=card&do=pay");
    open_page(&v, "/account/payments"); /* not paid: an order, and no payment */
    EXPECT(has(&v, "No payments yet"));
    pay_newest(&v);
    open_page(&v, "/account/payments");
    page_is(&v, "page_account_payments.html");
    EXPECT(has(&v, "2,000 credits<br>") && !has(&v, "credits were added"));
    open_page(&v, "/account/credits");
    EXPECT(has(&v, "data-balance>2,000<"));
    shop_catalog(v.shop, "{}");
    open_page(&v, "/account");
    EXPECT(!has(&v, "/account/usage"));
}

TEST("the catalogue names each pack, what it costs and what a hundred of its credits do")
{
    struct shop *s = shop_open(t);
    shop_catalog(s,
        "{\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"m\",\"amount\":5}]},"
        "{\"id\":\"pack\",\"name\":\"500 credits\",\"popular\":true,"
        "\"grants\":{\"credits\":500},\"prices\":[{\"id\":\"pack-usd\",\"amount\":3999}]}]}");
    EXPECT_STR(said(s, "/api/catalog", "data.packs.0.price.id"), S("pack-usd"));
    EXPECT_I64(count(s, "/api/catalog", "data.packs.0.credits"), 500);
    EXPECT_I64(count(s, "/api/catalog", "data.packs.0.price.amount"), 3999);
    EXPECT_I64(count(s, "/api/catalog", "data.packs.0.perHundred.amount"), 800);
    bool popular = false;
    struct str catalog = shop_get(s, "/api/catalog", "", NULL);
    EXPECT(json_to_bool(json_at(json_root(catalog), "data.packs.0.popular"), &popular) && popular);
    EXPECT_STR(said(s, "/api/catalog", "data.packs.1.id"), S(""));
}

/* ---- the history, and the mail */

TEST("the history of payments says what was paid, with the credits, to whom it belongs alone")
{
    struct visitor v = visit(t, MANY);
    struct shop *s = v.shop;
    sign_in(&v, "u-1", "grace@example.com");
    buy_three(&v);
    EXPECT_STR(said(s, "/api/payments/history?customerId=u-1", "data.items.0.orderId"), S(""));
    pay_newest(&v);
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2&q0=2&country=DE&method=card&do=pay");
    const char *path = "/api/payments/history?customerId=u-1";
    EXPECT_STR(said(s, path, "data.items.0.orderNumber"), S("ORD-2026-000001"));
    EXPECT_STR(said(s, path, "data.items.0.status"), S("completed"));
    EXPECT_STR(said(s, path, "data.items.0.description"), S("Pack"));
    EXPECT_STR(said(s, path, "data.items.0.method"), S("card"));
    EXPECT_I64(count(s, path, "data.items.0.credits"), 30);
    EXPECT_I64(count(s, path, "data.items.0.amount.amount"), 300);
    EXPECT_I64(count(s, path, "data.items.0.refunded.amount"), 0);
    EXPECT_STR(said(s, path, "data.items.1.orderId"), S("")); /* the mugs are not paid */
    pay_newest(&v);
    EXPECT_STR(said(s, path, "data.items.0.orderNumber"), S("ORD-2026-000002"));
    EXPECT_I64(count(s, path, "data.items.0.credits"), -1);
    EXPECT_STR(said(s, "/api/payments/history", "data.items.1.orderNumber"), S("ORD-2026-000001"));
    EXPECT_STR(said(s, "/api/payments/history?status=pending", "data.items.0.orderId"), S(""));
    struct str other = shop_token(s, "u-2", "mallory@example.com", true);
    struct str theirs = shop_get(s, "/api/payments/history",
        str_c(t->c->arena, str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n", SARG(other))),
        NULL);
    EXPECT(!str_has(theirs, S("ord_")));
}

/* The text of the one mail with this subject; empty: there is none, or there are several. */
static struct str mail_of(struct shop *s, const char *subject)
{
    struct arena *a = s->c->arena;
    struct str list = shop_get(s, "/api/admin/mails?limit=100", KEY, NULL), id = S("");
    int n = 0;
    for (struct json_iter it = json_iter(json_at(json_root(list), "data.items")); json_next(&it);)
        if (json_is(json_at(it.value, "subject"), subject) && n++ == 0)
            id = json_text(a, it.value, "id");
    return n != 1 ? S("")
                  : said(s, str_c(a, str_fmt(a, "/api/admin/mails/%.*s", SARG(id))), "data.text");
}

TEST("the receipt says which transaction it was, and how many credits there are now")
{
    struct visitor v = visit(t, MANY);
    sign_in(&v, "u-1", "grace@example.com");
    buy_three(&v);
    pay_newest(&v);
    struct str mail = mail_of(v.shop, "Your order ORD-2026-000001 is paid");
    struct str payment = said(v.shop, "/api/orders/ORD-2026-000001", "data.payments.0.id");
    EXPECT(str_starts(payment, S("pay_")) && str_has(mail, payment));
    EXPECT(str_has(mail, S("Credits added")) && str_has(mail, S("Credits you have")));
}

/* ---- what takes a bank days */

static const struct stripe_said unpaid = { "checkout.session.completed", SAID_SESSION, "complete",
    "unpaid", 0 };
static const struct stripe_said came = { "checkout.session.async_payment_succeeded", SAID_SESSION,
    "complete", "paid", 0 };
static const struct stripe_said failed = { "checkout.session.async_payment_failed", SAID_SESSION,
    "complete", "unpaid", 0 };

static struct str buy_slowly(struct stripe_shop *s, const char *key)
{
    struct test *t = s->shop->t;
    struct str id =
        stripe_buy(s, key, "\"priceId\":\"pack-usd\",\"customerId\":\"u-1\",\"again\":true");
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &unpaid), 200);
    stripe_newest(s)->status = "complete";
    stripe_newest(s)->paid = "unpaid";
    stripe_newest(s)->intent = "processing";
    return id;
}

TEST("R31 credits that are paid for from a bank account wait for the money, however long")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = buy_slowly(s, "k1");
    for (int day = 0; day < 19; day++) {
        shop_wait(s->shop, DAY_MS);
        EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("processing"));
    }
    EXPECT_I64(balance(s->shop), 0);
    for (int i = 0; i < 3; i++)
        EXPECT_I64(stripe_tell(s, stripe_newest(s), &came), 200);
    shop_jobs(s->shop);
    EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("completed"));
    EXPECT_I64(balance(s->shop), 10);
    /* Nobody tells: it is asked about. */
    struct str lost = buy_slowly(s, "k2");
    shop_wait(s->shop, 4 * DAY_MS);
    stripe_pays(stripe_newest(s));
    shop_wait(s->shop, 2 * DAY_MS);
    EXPECT_STR(order_status_text(shop_order(s->shop, lost).status), S("completed"));
    EXPECT_I64(balance(s->shop), 20);
    shop_verify(s->shop);
}

TEST("R31 a payment that fails days later brings nothing, is told of once, and can be made anew")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = buy_slowly(s, "k1");
    shop_wait(s->shop, 3 * DAY_MS);
    for (int i = 0; i < 2; i++)
        EXPECT_I64(stripe_tell(s, stripe_newest(s), &failed), 200);
    shop_jobs(s->shop);
    EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("failed"));
    struct str mail = mail_of(s->shop, "Your payment of $1.00 did not go through");
    EXPECT(str_has(mail, S("nothing was charged")) && str_has(mail, S("Try again")));
    EXPECT_STR(
        said(s->shop, "/api/payments/history?customerId=u-1", "data.items.0.status"), S("failed"));
    EXPECT_I64(balance(s->shop), 0);
    shop_wait(s->shop, 2 * DAY_MS); /* nobody did */
    EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("expired"));
    shop_verify(s->shop);
}

TEST("what is on its way for a month and never arrives is over")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = buy_slowly(s, "k1");
    shop_wait(s->shop, 31 * DAY_MS);
    EXPECT_STR(order_status_text(shop_order(s->shop, id).status), S("expired"));
    EXPECT_I64(shop_facts(s->shop, "ORDER_EXPIRED"), 1);
    struct str other = buy_slowly(s, "k2"); /* and one whose page says so itself */
    stripe_newest(s)->status = "expired";
    shop_wait(s->shop, 2 * DAY_MS);
    EXPECT_STR(order_status_text(shop_order(s->shop, other).status), S("expired"));
    shop_verify(s->shop);
}
