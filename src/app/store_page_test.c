#include "app/visitor_fixture.h"

TEST("the store sells what can be sold, and carries the order so far")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/store?items=mug-usd:2");
    EXPECT(has(&v, "href=\"/p/mug?items=mug-usd%3A2\"") && has(&v, "Your order (2)"));
    EXPECT(!has(&v, "Basic") && !has(&v, "Pack"));
    open_page(&v, "/p/mug?items=mug-usd:2");
    EXPECT(has(&v, "name=\"price\" value=\"mug-usd\"") && has(&v, "Buy for $10.00"));
    open_page(&v, "/store?items=mug-usd:2&price=pen-usd&quantity=1");
    EXPECT_STR(header(v.r, "Location"), S("/store?items=mug-usd%3A2%2Cpen-usd%3A1"));
    open_page(&v, "/p/mug?quantity=3");
    EXPECT(has(&v, "Buy for $30.00") && has(&v, "itemprop=\"priceCurrency\" content=\"USD\""));
    open_page(&v, "/p/no-such-thing");
    EXPECT_I64(v.r->out.status, 404);
    open_page(&v, "/p/basic");
    EXPECT_I64(v.r->out.status, 404);
}

TEST("the store finds what is searched for, and says so when there is nothing")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/store?q=MUG");
    EXPECT(has(&v, ">Mug</a>") && !has(&v, ">Pen</a>") && has(&v, "value=\"MUG\""));
    open_page(&v, "/store?q=drone&items=mug-usd:1");
    EXPECT(has(&v, "Nothing for “drone”"));
    EXPECT(has(&v, "href=\"/store?items=mug-usd%3A1\">Clear search"));
    open_page(&v, "/store?q=%3Cscript%3E");
    EXPECT(has(&v, "&lt;script&gt;") && !has(&v, "<script>"));
    open_page(&v, "/store?kind=nonsense&order=nonsense&currency=NON&after=nonsense");
    EXPECT(has(&v, ">Mug</a>"));
}

TEST("the store is sorted by price, and shows one page at a time")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/store?order=cheapest");
    EXPECT(str_has(between(v.page, S("<h2><a href="), S("</h2>")), S("Gift")));
    open_page(&v, "/store?order=dearest");
    EXPECT(str_has(between(v.page, S("<h2><a href="), S("</h2>")), S("Mug")));
    open_page(&v, "/store?after=mug");
    EXPECT(!has(&v, ">Mug</a>") && has(&v, "Newest"));
}

TEST("another currency shows its prices, and takes the order so far along")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/store?currency=EUR");
    EXPECT(has(&v, "€9.00") && has(&v, "/p/mug?currency=EUR"));
    open_page(&v, "/store?currency=EUR&items=mug-usd:2");
    EXPECT(has(&v, "items=mug-eur%3A2") && !has(&v, "items=mug-usd%3A2&amp;currency=EUR"));
    /* A pen has no price in euros: an order with one stays in dollars. */
    open_page(&v, "/store?currency=EUR&items=mug-usd:2,pen-usd:1");
    EXPECT(!has(&v, "currency=EUR") && has(&v, "$10.00"));
    open_page(&v, "/p/pen?items=mug-eur:1");
    EXPECT(has(&v, "Your order is in EUR, and this is not sold in it."));
}
