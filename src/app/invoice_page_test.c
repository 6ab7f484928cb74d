#include "app/visitor_fixture.h"

#include "invoice/invoice.h"

/* Invoices as their customers see them. */

static const char shop[] =
    "{\"business\":{\"name\":\"Northwind\",\"address\":[\"1 Quay\"],\"country\":\"DE\"},"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"name\":\"VAT\",\"basisPoints\":1900}]},"
    "\"products\":[{\"id\":\"mug\",\"name\":\"Mug <b>\","
    "\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000}]}],"
    "\"routing\":{\"card\":[\"moneymotion\"]}}";

static void buy_signed_in(struct visitor *v)
{
    shop_catalog(v->shop, shop);
    sign_in(v, "u-1", "grace@example.com");
    open_page(v, MUG);
    confirm(v, "items=mug-usd:2&q0=2&country=DE&method=card&do=pay");
    pay_newest(v);
}

TEST("invoices are listed for their customer, newest first, each with its page and its PDF")
{
    struct visitor v = visit(t, MANY);
    buy_signed_in(&v);
    open_page(&v, "/account/invoices");
    page_is(&v, "page_account_invoices.html");
    open_page(&v, "/account/invoices/INV-2026-000001");
    EXPECT_I64(v.r->out.status, 200);
    page_is(&v, "page_account_invoice.html");
    EXPECT(has(&v, "Mug &lt;b&gt;") && !has(&v, "Mug <b>"));
    open_page(&v, "/account/invoices/INV-2026-000001.pdf");
    EXPECT_I64(v.r->out.status, 200);
    EXPECT_STR(v.r->out.content_type, S("application/pdf"));
    open_page(&v, "/account/billing");
    EXPECT(has(&v, "/account/invoices/INV-2026-000001"));
    EXPECT(has(&v, "<a href=\"/account/invoices\">All invoices</a>"));
}

TEST("R54 who has no invoice sees none, and nobody sees another's page")
{
    struct visitor v = visit(t, MANY);
    buy_signed_in(&v);
    sign_in(&v, "u-2", "bob@example.com");
    open_page(&v, "/account/invoices");
    EXPECT(has(&v, "No invoices yet"));
    open_page(&v, "/account/invoices/INV-2026-000001");
    EXPECT_I64(v.r->out.status, 404);
    open_page(&v, "/account/invoices/INV-2026-000001.pdf");
    EXPECT_I64(v.r->out.status, 404);
}

TEST("the order's page leads to its invoice, also for a guest")
{
    struct visitor v = visit(t, MANY);
    struct arena *a = t->c->arena;
    shop_catalog(v.shop, shop);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    struct str to = success_of(&v);
    pay_newest(&v);
    open_at(&v, to);
    struct str link = between(v.page, S("href=\"/order/"), S("\""));
    open_at(&v, str_fmt(a, "/order/%.*s", SARG(link)));
    struct str pdf = between(v.page, S("href=\"/account/invoices/"), S("\""));
    EXPECT(pdf.n > 0);
    open_at(&v, str_fmt(a, "/account/invoices/%.*s", SARG(pdf)));
    EXPECT_I64(v.r->out.status, 200);
    EXPECT_STR(v.r->out.content_type, S("application/pdf"));
}
