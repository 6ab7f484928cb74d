#include "app/visitor_fixture.h"

/* The buyer's pages through the program's own routes, as a browser without script uses them. */

/* ---- the form */

TEST("R5 the confirm page shows what the catalogue says, with code and tax, and asks for the rest")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG "&coupon=TEN");
    EXPECT_I64(v.r->out.status, 200);
    static const char *const said[] = { "$20.00", "Discount (TEN)", "\xe2\x88\x92$2.00",
        "VAT 19%, Germany", "$3.42", "Pay $21.42", "value=\"2142\"", "name=\"email\"",
        "On the next page, at MoneyMotion." };
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        EXPECT(has(&v, said[i]));
    EXPECT(v.cookie.n > 0 && v.csrf.n > 0 && v.key.n > 0);
    EXPECT(!has(&v, "Mobile money")); /* no gateway for it is set up */
}

TEST("R80 the page asks for no card, and a body that carries one is refused and not repeated")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    EXPECT(!has(&v, "cc-number") && !has(&v, "name=\"card"));
    int status = 0;
    struct str answer = shop_post(v.shop, "/api/checkout/create",
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: k1\r\n",
        S("{\"priceId\":\"mug-usd\",\"card\":{\"number\":\"4242424242424242\"}}"), &status);
    EXPECT_I64(status, 400);
    EXPECT(!str_has(answer, S("4242")) && v.shop->sessions == 0);
}

TEST("R80 a card number typed into a field is refused in words, and nothing is ordered")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&name=4242+4242+4242+4242&do=pay");
    EXPECT_I64(v.r->out.status, 422);
    EXPECT(has(&v, "holds a card number; those are typed at the payment provider"));
    EXPECT_I64(shop_facts(v.shop, "ORDER_CREATED"), 0);
}

TEST("what is missing is said beside its field and above, and everything typed is kept")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2&q0=3&country=DE&method=crypto&email=ada@&coupon=ten&do=pay");
    EXPECT_I64(v.r->out.status, 422);
    EXPECT(has(&v, "<title>Error: "));
    EXPECT(has(&v, "<a href=\"#email\">Enter an email address, like ada@example.com</a>"));
    EXPECT(has(&v, "value=\"ada@\""));
    EXPECT(has(&v, "value=\"crypto\" checked"));
    EXPECT(has(&v, "value=\"DE\" selected"));
    EXPECT(has(&v, "value=\"mug-usd:3\""));
    EXPECT(has(&v, "Discount (TEN)"));
    EXPECT_I64(shop_facts(v.shop, "ORDER_CREATED"), 0);
}

TEST(
    "where a business has terms they are agreed to before anything is ordered, and it is on record")
{
    struct visitor v = visit(t, MANY);
    struct site site = *v.shop->c->site;
    site.terms = S("https://northwind.example/terms?v=2");
    v.shop->c->site = &site;
    open_page(&v, MUG);
    EXPECT(has(&v, "name=\"terms\" value=\"yes\" required>"));
    EXPECT(has(&v, "href=\"https://northwind.example/terms?v=2\""));
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 422);
    EXPECT(has(&v, "<a href=\"#terms\">Tick the box to agree to the terms</a>"));
    EXPECT_I64(shop_facts(v.shop, "ORDER_CREATED"), 0);
    confirm(&v, ADA "&terms=yes&do=update");
    EXPECT(has(&v, "name=\"terms\" value=\"yes\" checked"));
    confirm(&v, ADA "&terms=yes&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    struct str data = shop_fact_data(v.shop, "ORDER_CREATED");
    EXPECT(str_has(data, S("\"agreedTo\":\"https://northwind.example/terms?v=2\"")));
}

TEST("the button that updates shows the new total and orders nothing")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2,pen-usd:1&q0=1&q1=0&country=US&do=update");
    EXPECT_I64(v.r->out.status, 200);
    EXPECT(has(&v, "Pay $10.00"));
    EXPECT(has(&v, "value=\"mug-usd:1\""));
    confirm(&v, "items=mug-usd:1&q0=0&do=update");
    EXPECT(has(&v, "Your order is empty"));
    EXPECT_I64(shop_facts(v.shop, "ORDER_CREATED"), 0);
    EXPECT_I64(v.shop->calls, 0);
}

TEST("a code that does not fit says why, and the total stands without it")
{
    static const struct {
        const char *code, *sentence;
    } codes[] = { { "NOPE", "There is no code NOPE" }, { "GONE", "This code ended on 1 May 2026" },
        { "BIG", "This code needs an order of $50.00; yours is $20.00" },
        { "PENS", "This code is not for anything in your order" } };
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        confirm(&v,
            str_c(t->c->arena, str_fmt(t->c->arena, ADA "&do=update&coupon=%s", codes[i].code)));
        EXPECT_I64(v.r->out.status, 422);
        EXPECT(has(&v, codes[i].sentence));
        EXPECT(has(&v, "<details open>"));
        EXPECT(has(&v, "Pay $23.80"));
    }
    confirm(&v, ADA "&do=drop&coupon=TEN");
    EXPECT_I64(v.r->out.status, 200);
    EXPECT(!has(&v, "Discount ("));
}

TEST("R98 codes are not for guessing: wrong ones run out, right ones do not")
{
    struct visitor v = visit(t, (char[]) { "PURSER_COUPON_TRIES_PER_MINUTE=3" });
    open_page(&v, MUG);
    for (int i = 0; i < 10; i++) {
        confirm(&v, ADA "&do=update&coupon=TEN");
        EXPECT(has(&v, "Discount (TEN)"));
    }
    for (int i = 0; i < 3; i++)
        confirm(&v, ADA "&do=update&coupon=GUESS");
    confirm(&v, ADA "&do=update&coupon=TEN");
    EXPECT(has(&v, "Too many tries. Try again in "));
    EXPECT(!has(&v, "Discount (TEN)"));
    /* Another guest's cookie is free to have, another address is not. */
    v.cookie = S("");
    open_page(&v, MUG);
    confirm(&v, ADA "&do=update&coupon=TEN");
    EXPECT(has(&v, "Too many tries. Try again in "));
}

/* ---- paying */

TEST("paying leads to our own page, which leads to the gateway's; twice is once")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    struct str go = header(v.r, "Location");
    EXPECT(str_starts(go, S("/checkout/go/att_")) && str_has(go, S("?t=")));
    confirm(&v, ADA "&do=pay");
    EXPECT_STR(header(v.r, "Location"), go);
    EXPECT_STR(header(v.r, "Idempotent-Replayed"), S("true"));
    EXPECT_I64((int64_t)v.shop->sessions, 1);
    EXPECT_I64(v.shop->session[0].total, 2380);
    open_at(&v, go);
    EXPECT_I64(v.r->out.status, 200);
    EXPECT(has(&v, "http-equiv=\"refresh\" content=\"0;url=https://"));
    EXPECT(has(&v, "session-1\""));
    EXPECT(has(&v, "$23.80\xc2\xa0USD"));
}

TEST("R53 the hand-off and the order belong to who holds their link")
{
    struct visitor v = visit(t, MANY);
    struct str go, rest;
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    str_cut(header(v.r, "Location"), '?', &go, &rest);
    open_at(&v, go);
    EXPECT_I64(v.r->out.status, 404);
    open_at(&v, str_fmt(t->c->arena, "%.*s?t=AAAAAAAAAAAAAAAAAAAAAAAA", SARG(go)));
    EXPECT_I64(v.r->out.status, 404);
    open_page(&v, "/order/ORD-2026-000001");
    EXPECT_I64(v.r->out.status, 404);
}

TEST("another total than the one that was seen is shown, not charged")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    v.seen = S("2000");
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 409);
    EXPECT(has(&v, "The total is now $23.80\xc2\xa0USD; it was $20.00."));
    EXPECT_I64(v.shop->calls, 0);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 303);
}

TEST("a form that was changed after it was sent asks again under another key")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    confirm(&v, "items=mug-usd:2&q0=5&country=DE&method=card&email=ada@example.com&do=pay");
    EXPECT_I64(v.r->out.status, 422);
    EXPECT(has(&v, "You changed the order after this page was opened."));
    EXPECT(has(&v, "Pay $59.50"));
    confirm(&v, "items=mug-usd:5&q0=5&country=DE&method=card&email=ada@example.com&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    EXPECT_I64((int64_t)v.shop->sessions, 2);
}

TEST("R51 a form without its token comes back whole, and orders nothing")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    v.csrf = S("forged");
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 403);
    EXPECT(has(&v, "This page was open for a long time."));
    EXPECT(has(&v, "value=\"ada@example.com\""));
    EXPECT_I64(v.shop->calls, 0);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 303);
}

TEST("two tabs within a minute lead to one order, also with a code that each has once")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG "&coupon=EACH");
    struct visitor other = v;
    open_page(&other, MUG "&coupon=EACH");
    EXPECT(!str_eq(v.key, other.key));
    confirm(&v, ADA "&coupon=EACH&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    confirm(&other, ADA "&coupon=EACH&do=pay");
    EXPECT_STR(header(other.r, "Location"), header(v.r, "Location"));
    EXPECT_I64((int64_t)v.shop->sessions, 1);
}

TEST("what was just paid is asked about before it is bought again")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    pay_newest(&v);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 409);
    EXPECT(has(&v, "You have just ordered this: ORD-2026-000001 is paid."));
    EXPECT(has(&v, "Buy it again for $23.80"));
    confirm(&v, ADA "&again=yes&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    EXPECT_I64((int64_t)v.shop->sessions, 2);
}

TEST("a gateway that is away is said, and the same key goes on where it stopped")
{
    struct visitor v = visit(t, MANY);
    v.shop->fault = "lose";
    v.shop->fault_call = "create";
    v.shop->faults_left = 1;
    open_page(&v, MUG);
    struct str key = v.key;
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 502);
    EXPECT(has(&v, "MoneyMotion does not answer right now."));
    EXPECT_STR(v.key, key);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    EXPECT_I64(shop_facts(v.shop, "ORDER_CREATED"), 1);
}

TEST("too many checkouts are refused with the form kept and a time to come back")
{
    struct visitor v = visit(t, (char[]) { "PURSER_CHECKOUTS_PER_MINUTE=1" });
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    EXPECT_I64(v.r->out.status, 429);
    EXPECT(header(v.r, "Retry-After").n > 0);
    EXPECT(has(&v, "Too many tries. Try again in "));
    EXPECT(has(&v, "value=\"ada@example.com\""));
    /* Nor for another mail with another cookie. */
    v.cookie = S("");
    open_page(&v, MUG);
    confirm(&v, "items=mug-usd:2&country=DE&method=card&email=eve@example.com&do=pay");
    EXPECT_I64(v.r->out.status, 429);
}

TEST("a total of zero needs no method and is done at once")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG "&coupon=ALL");
    EXPECT(has(&v, "Get it for $0.00"));
    EXPECT(!has(&v, "name=\"method\""));
    confirm(&v, "items=mug-usd:2&q0=2&country=DE&email=ada@example.com&coupon=ALL&do=pay");
    EXPECT_I64(v.r->out.status, 303);
    EXPECT(str_starts(header(v.r, "Location"), S("/payment/success?order=ord_")));
    open_at(&v, header(v.r, "Location"));
    EXPECT(has(&v, "Paid. Thank you."));
    EXPECT_I64(v.shop->calls, 0);
}

TEST("what is not for sale is taken out and said, and an address that is none is refused")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, "/checkout/confirm?items=mug-usd:1,pen-old:1,nothing:4");
    EXPECT_I64(v.r->out.status, 200);
    EXPECT(has(&v, "We took it out of your order."));
    EXPECT(has(&v, "value=\"mug-usd:1\""));
    open_page(&v, "/checkout/confirm?items=mug-usd:-1");
    EXPECT_I64(v.r->out.status, 400);
    open_page(&v, "/checkout/confirm?items=mug-usd:99999999999999999999");
    EXPECT_I64(v.r->out.status, 400);
    open_page(&v, "/checkout/confirm?price=mug-usd&quantity=2&items=mug-usd:1");
    EXPECT_STR(header(v.r, "Location"), S("/checkout/confirm?items=mug-usd%3A3"));
}

/* ---- coming back */

TEST("R30 coming back, the page says what is known: nothing until settle has said so")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    struct str success = success_of(&v);
    v.shop->session[0].status = "completed"; /* there; nobody has told us */
    open_at(&v, str_fmt(t->c->arena, "%.*s&wait=1&version=0", SARG(success)));
    EXPECT(has(&v, "Waiting for MoneyMotion&#39;s confirmation"));
    EXPECT(has(&v, "data-live=\"/payment/success?"));
    EXPECT(!has(&v, "Paid") && !has(&v, "receipt"));
    EXPECT_I64(shop_facts(v.shop, "ORDER_COMPLETED"), 0);
    pay_newest(&v);
    open_at(&v, success);
    EXPECT(has(&v, "<title>Paid – ORD-2026-000001 – Northwind</title>"));
    EXPECT(has(&v, "Visa ending 4242, by MoneyMotion"));
    EXPECT(!has(&v, "data-live"));
    struct str order, rest;
    str_cut(success, '&', &order, &rest);
    v.cookie = S("");
    open_at(&v, order); /* without the link: number and status only */
    EXPECT(has(&v, "ORD-2026-000001") && !has(&v, "ada@example.com") && !has(&v, "23.80"));
    EXPECT(has(&v, "href=\"/login?next=%2Forder%2FORD-2026-000001\""));
}

TEST("who comes back without paying can pay, change the order with its code, or cancel it")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG "&coupon=EACH");
    confirm(&v, ADA "&coupon=EACH&do=pay");
    struct str success = success_of(&v), query, path;
    str_cut(success, '?', &path, &query);
    const char *cancelled =
        str_c(t->c->arena, str_fmt(t->c->arena, "/payment/cancelled?%.*s", SARG(query)));
    open_page(&v, cancelled);
    EXPECT(has(&v, "You came back without paying"));
    EXPECT(has(&v, "href=\"/checkout/go/att_"));
    send_form(&v, cancelled, "do=change");
    EXPECT_STR(
        header(v.r, "Location"), S("/checkout/confirm?items=mug-usd%3A2&coupon=EACH&country=DE"));
    open_at(&v, header(v.r, "Location"));
    EXPECT(has(&v, "Discount (EACH)")); /* the first order gave it back */
    open_page(&v, cancelled);
    EXPECT_STR(header(v.r, "Location"), success);
    open_at(&v, success);
    EXPECT(has(&v, "This order is cancelled") && has(&v, "Order again"));
}

TEST("an order's page tells its short story to who holds the link")
{
    struct visitor v = visit(t, MANY);
    open_page(&v, MUG);
    confirm(&v, ADA "&do=pay");
    struct str go = header(v.r, "Location"), token;
    struct str path;
    str_cut(go, '?', &path, &token);
    pay_newest(&v);
    open_at(&v, str_fmt(t->c->arena, "/order/ORD-2026-000001?%.*s", SARG(token)));
    EXPECT_I64(v.r->out.status, 200);
    static const char *const said[] = { "You paid $23.80 on ", "with Visa ending 4242.",
        "You placed the order", "A payment page was opened at MoneyMotion",
        "Your payment arrived" };
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        EXPECT(has(&v, said[i]));
    open_at(&v, go);
    EXPECT_I64(v.r->out.status, 303);
}
