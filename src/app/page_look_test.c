#include "app/visitor_fixture.h"

/* Every page of the buyer in its main states, as golden files: the diff is what a reader sees. */

static struct site dressed(const struct visitor *v)
{
    struct site site = *v->shop->c->site;
    site.support = S("help@northwind.example");
    site.statement = S("NORTHWIND");
    site.terms = S("https://northwind.example/terms");
    site.refunds = S("https://northwind.example/refunds");
    return site;
}

#define AGREED ADA "&terms=yes"

TEST("the store and its products look as the golden files say")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/store");
    page_is(&v, "page_store.html");
    open_page(&v, "/store?items=mug-usd:2&order=dearest&currency=HUF");
    page_is(&v, "page_store_order.html");
    open_page(&v, "/store?q=drone");
    page_is(&v, "page_store_none.html");
    open_page(&v, "/p/mug");
    page_is(&v, "page_product.html");
    open_page(&v, "/p/pen?items=mug-eur:1");
    page_is(&v, "page_product_currency.html");
    shop_catalog(v.shop, "{}");
    open_page(&v, "/store");
    page_is(&v, "page_store_empty.html");
}

TEST("the confirm page looks as the golden files say, with errors and without")
{
    struct visitor v = visit(t, MANY);
    struct site site = dressed(&v);
    v.shop->c->site = &site;
    open_page(&v, MUG);
    page_is(&v, "page_confirm.html");
    confirm(&v, "items=mug-usd:2&q0=2&country=DE&method=card&email=ada@&coupon=GONE&do=pay");
    page_is(&v, "page_confirm_errors.html");
    open_page(&v, MUG "&coupon=TEN");
    v.seen = S("1000");
    confirm(&v, AGREED "&coupon=TEN&do=pay");
    page_is(&v, "page_confirm_total.html");
    open_page(&v, MUG "&coupon=ALL");
    page_is(&v, "page_confirm_free.html");
    open_page(&v, "/checkout/confirm");
    page_is(&v, "page_confirm_empty.html");
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, MUG);
    page_is(&v, "page_confirm_signed_in.html");
}

TEST("the ways back from the gateway look as the golden files say")
{
    struct visitor v = visit(t, MANY);
    struct site site = dressed(&v);
    v.shop->c->site = &site;
    open_page(&v, MUG "&coupon=TEN");
    confirm(&v, AGREED "&coupon=TEN&do=pay");
    struct str success = success_of(&v), path, query, order, token;
    str_cut(success, '?', &path, &query);
    str_cut(query, '&', &order, &token);
    page_is(&v, "page_go.html");
    open_at(&v, str_fmt(t->c->arena, "%.*s&wait=1&version=0", SARG(success)));
    page_is(&v, "page_waiting.html");
    open_at(&v, str_fmt(t->c->arena, "%.*s&wait=1&version=0&since=1", SARG(success)));
    page_is(&v, "page_waiting_long.html");
    open_at(&v, str_fmt(t->c->arena, "/payment/cancelled?%.*s", SARG(query)));
    page_is(&v, "page_cancelled.html");
    pay_newest(&v);
    open_at(&v, success);
    page_is(&v, "page_paid.html");
    open_at(&v, str_fmt(t->c->arena, "/order/ORD-2026-000001?%.*s", SARG(token)));
    page_is(&v, "page_order_paid.html");
    v.cookie = S("");
    open_at(&v, str_fmt(t->c->arena, "/payment/success?%.*s", SARG(order)));
    page_is(&v, "page_stranger.html");
}

TEST("an order that was given up looks as the golden files say")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    struct str go = header(v.r, "Location"), success = success_of(&v), path, query, order, token;
    str_cut(success, '?', &path, &query);
    str_cut(query, '&', &order, &token);
    const char *cancelled =
        str_c(t->c->arena, str_fmt(t->c->arena, "/payment/cancelled?%.*s", SARG(query)));
    open_page(&v, cancelled);
    send_form(&v, cancelled, "do=cancel");
    open_at(&v, success);
    page_is(&v, "page_over.html");
    open_at(&v, go);
    page_is(&v, "page_go_ended.html");
    open_at(&v, str_fmt(t->c->arena, "/order/ORD-2026-000001?%.*s", SARG(token)));
    page_is(&v, "page_order_over.html");
}

TEST("a customer's orders look as the golden files say")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/account/orders");
    EXPECT_STR(header(v.r, "Location"), S("/login?next=%2Faccount%2Forders"));
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/orders");
    page_is(&v, "page_account_empty.html");
    open_page(&v, "/checkout/confirm?items=mug-usd:2,pen-usd:1,gift-usd:1&country=DE");
    confirm(&v, "items=mug-usd:2,pen-usd:1,gift-usd:1&country=DE&method=card&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    pay_newest(&v);
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2&q0=2&country=DE&method=card&do=pay");
    open_page(&v, "/account/orders");
    page_is(&v, "page_account_orders.html");
    open_page(&v, "/account/orders?limit=1");
    EXPECT(has(&v, "ORD-2026-000002") && !has(&v, "ORD-2026-000001") && has(&v, "Older"));
    open_page(&v, "/order/ORD-2026-000001"); /* no link is needed */
    EXPECT(has(&v, "You paid "));
}

TEST("R53 a customer's list has nobody else's orders")
{
    struct visitor v = visit(t, MANY);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2&q0=2&country=DE&method=card&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    sign_in(&v, "u-2", "mallory@example.com");
    open_page(&v, "/account/orders");
    EXPECT(has(&v, "No orders yet") && !has(&v, "ORD-"));
    open_page(&v, "/order/ORD-2026-000001");
    EXPECT_I64(v.r->out.status, 404);
}
