#include "app/front_page.h"

#include "app/drawer_page.h"
#include "base/test.h"

static bool all_there(const char *path)
{
    return path != NULL;
}

static bool little_there(const char *path)
{
    return str_eq(str_of_c(path), S("/healthz"));
}

static const struct part_copy cards[] = {
    { S_INIT("Visa: pays"), S_INIT("4242 4242 4242 4242") },
};

static const struct front open_house = {
    .origin = S_INIT("http://127.0.0.1:8080"),
    .key = S_INIT("sk_test_demo"),
    .tools = S_INIT("http://127.0.0.1:8081"),
    .shop = true,
    .card = cards,
    .card_count = ARRAY_LEN(cards),
    .now_ms = INT64_C(1795141047412),
    .there = all_there,
};

static const struct site sandbox = { .name = S_INIT("purser"), .sandbox = true };

static void ask(struct test *t, const struct site *site, struct req *ret)
{
    static const struct routes none = { NULL, 0 };
    static const struct routes *const lists[] = { &none };
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    t->c->site = site;
    EXPECT_OK(req_from_bytes(t->c, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), router, ret));
}

TEST("the front page of the sandbox says what works and what does not")
{
    struct req r;
    ask(t, &sandbox, &r);
    front_write(&r, &open_house);
    struct str page = answer_body(&r);
    EXPECT(str_has(page, S("href=\"/store\"")));
    EXPECT(str_has(page, S("Not yet")));
    EXPECT(str_has(page, S("http://127.0.0.1:8080/api/checkout/create")));
    EXPECT(str_has(page, S("4242 4242 4242 4242")));
    EXPECT(str_has(page, S("href=\"/_sandbox\"")));
    EXPECT(str_has(page, S("href=\"/openapi.json\"")));
}

/* Addresses of assets change with their content; what stands in main does not. */
static struct str main_of(struct test *t, struct req *r)
{
    struct str page = answer_body(r);
    struct buf b = BUF(t->c->arena);
    size_t from = 0;
    while (from < page.n && !str_starts(str_from(page, from), S("<main")))
        from++;
    buf_add(&b, str_from(page, from));
    return buf_str(&b);
}

TEST("the front page and the drawer look as the golden files say")
{
    struct site live = { .name = S("Northwind") };
    struct drawer d = { .now_ms = open_house.now_ms,
        .card = cards,
        .cards = ARRAY_LEN(cards),
        .mails = S("http://127.0.0.1:8081/_sandbox/mail"),
        .trouble = { { S("moneymotion"), S("MoneyMotion"), S("hold"), true },
            { S("stripe"), S("Stripe"), S("normal"), false } },
        .troubles = 2,
        .event = { { S("The time to pay ran out."), S("/admin/explain/ord_1"),
            open_house.now_ms } },
        .events = 1 };
    struct req r;
    ask(t, &sandbox, &r);
    front_write(&r, &open_house);
    EXPECT_GOLDEN("page_front.html", main_of(t, &r));
    ask(t, &live, &r);
    front_write(&r, &open_house);
    EXPECT_GOLDEN("page_front_live.html", main_of(t, &r));
    ask(t, &sandbox, &r);
    drawer_write(&r, &d);
    EXPECT_GOLDEN("page_drawer.html", main_of(t, &r));
}

TEST("the front page names no address that is not there")
{
    struct req r;
    struct front front = open_house;
    ask(t, &sandbox, &r);
    front.there = little_there;
    front_write(&r, &front);
    struct str page = answer_body(&r);
    EXPECT(str_has(page, S("href=\"/healthz\"")));
    EXPECT(str_has(page, S("curl -i http://127.0.0.1:8080/healthz")));
    static const char *const absent[] = { "/readyz", "/metrics", "/openapi.json", "/login",
        "console", "sk_test_demo", "/docs", "href=\"/store" };
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        EXPECT(!str_has(page, str_of_c(absent[i])));
}

TEST("outside the sandbox the front page names the business, and nothing of what is behind it")
{
    struct site live = { .name = S("Northwind") };
    struct req r;
    ask(t, &live, &r);
    front_write(&r, &open_house);
    struct str page = answer_body(&r);
    EXPECT(str_has(page, S("<h1>Northwind</h1>")));
    EXPECT(!str_has(page, S("purser takes")));
    EXPECT(!str_has(page, S("/metrics")));
    EXPECT(!str_has(page, S("sk_test")));
    EXPECT(!str_has(page, S("4242")));
    EXPECT(str_has(page, S("href=\"/store\"")));
}

TEST("outside the sandbox the front page leads to what is sold, and to nothing else")
{
    struct site live = { .name = S_INIT("Northwind") };
    struct front front = open_house;
    struct req r;
    front.memberships = true;
    ask(t, &live, &r);
    front_write(&r, &front);
    EXPECT(str_has(answer_body(&r), S("<a class=\"btn\" href=\"/membership\">Become a member")));
    EXPECT(str_has(answer_body(&r), S("<a class=\"btn quiet\" href=\"/account\">")));
    EXPECT(!str_has(answer_body(&r), S("/store")) && !str_has(answer_body(&r), S("/pricing")));
    front.goods = front.plans = true;
    ask(t, &live, &r);
    front_write(&r, &front);
    EXPECT(str_has(answer_body(&r), S("<a class=\"btn\" href=\"/store\">")));
    EXPECT(str_has(answer_body(&r), S("<a class=\"btn quiet\" href=\"/pricing\">")));
}

TEST("before there is a catalogue nobody is led to a store")
{
    struct site live = { .name = S("Northwind") };
    struct front front = open_house;
    struct req r;
    front.shop = false;
    ask(t, &live, &r);
    front_write(&r, &front);
    EXPECT(str_has(answer_body(&r), S("This shop is being set up.")));
    EXPECT(!str_has(answer_body(&r), S("/store")));
}
