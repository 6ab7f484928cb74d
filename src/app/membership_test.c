#include "app/phone_fixture.h"

/* /membership as a browser without script sees it, step by step. */

static const char catalogue[] =
    "{\"plans\":["
    "{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\"},"
    "{\"id\":\"ally\",\"group\":\"membership\",\"name\":\"Ally\",\"highlights\":[\"A letter\"],"
    "\"prices\":[{\"id\":\"ally-m\",\"amount\":500},"
    "{\"id\":\"ally-y\",\"interval\":\"year\",\"amount\":5000},"
    "{\"id\":\"ally-ugx\",\"amount\":18000,\"currency\":\"UGX\"}]},"
    "{\"id\":\"patron\",\"group\":\"membership\",\"name\":\"Patron\",\"popular\":true,"
    "\"highlights\":[\"All of Ally\",\"A print\"],"
    "\"prices\":[{\"id\":\"patron-m\",\"amount\":2000},"
    "{\"id\":\"patron-y\",\"interval\":\"year\",\"amount\":19900}]}],"
    "\"routing\":{\"card\":[\"moneymotion\"],\"bank\":[\"moneymotion\"]}}";

static struct visitor members(struct test *t)
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, catalogue);
    return v;
}

#define METHOD "/membership?tier=ally&every=year"
#define PAY "items=ally-y:1&method=card&do=pay"

static void begin(struct visitor *v)
{
    struct test *t = v->t;
    open_page(v, METHOD);
    send_form(v, "/membership", PAY);
    EXPECT_I64(v->r->out.status, 303);
}

TEST("the steps to a membership look as the golden files say")
{
    struct visitor v = members(t);
    open_page(&v, "/membership");
    page_is(&v, "page_membership.html");
    open_page(&v, "/membership?tier=patron");
    page_is(&v, "page_membership_cycle.html");
    open_page(&v, METHOD);
    EXPECT_STR(
        header(v.r, "Location"), S("/login?next=%2Fmembership%3Ftier%3Dally%26every%3Dyear"));
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, METHOD);
    page_is(&v, "page_membership_method.html");
    begin(&v);
    struct str success = success_of(&v);
    page_is(&v, "page_membership_go.html");
    open_page(&v, "/membership");
    page_is(&v, "page_membership_begun.html");
    open_page(&v, "/membership?anew=yes");
    EXPECT(!has(&v, "You started"));
    pay_newest(&v);
    open_at(&v, success);
    EXPECT(has(&v, "<h1>Welcome, Ally</h1>") && has(&v, "Step 4 of 4"));
    open_page(&v, "/membership");
    page_is(&v, "page_membership_member.html");
    EXPECT(has(&v, "/account/plan?to=patron&amp;every=year"));
}

TEST("a membership that failed is tried again with the same choices, another way first")
{
    struct visitor v = members(t);
    struct str failed, query;
    sign_in(&v, "u-1", "grace@example.com");
    v.shop->fault = "decline", v.shop->fault_call = "create", v.shop->faults_left = 1;
    begin(&v);
    failed = header(v.r, "Location");
    EXPECT(str_cut(failed, '?', &failed, &query));
    open_at(&v, str_fmt(t->c->arena, "/payment/success?%.*s", SARG(query)));
    EXPECT(has(&v, "href=\"/membership?tier=ally&amp;every=year&amp;currency=USD\">Try again"));
    open_page(&v, "/membership");
    EXPECT(has(&v, "Not paid") && has(&v, "You started Ally, by the year"));
    open_page(&v, METHOD);
    page_is(&v, "page_membership_again.html");
    begin(&v);
    pay_newest(&v);
    open_page(&v, "/membership");
    EXPECT(has(&v, "You are a member"));
    EXPECT_I64(shop_facts(v.shop, "SUBSCRIPTION_CREATED"), 1);
}

TEST("what a membership's form is refused for stands on the same step")
{
    struct visitor v = members(t);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, METHOD);
    v.seen = S("4000");
    send_form(&v, "/membership", PAY);
    EXPECT_I64(v.r->out.status, 409);
    EXPECT(has(&v, "Step 2 of 4") && has(&v, "; it was $40.00. Check it and press Pay again."));
    v.shop->fault = "refuse", v.shop->fault_call = "create", v.shop->faults_left = 8;
    send_form(&v, "/membership", PAY);
    EXPECT_I64(v.r->out.status, 502);
    EXPECT(has(&v, "Step 2 of 4") && has(&v, "MoneyMotion does not answer right now"));
    v.shop->faults_left = 0;
    send_form(&v, "/membership", PAY);
    EXPECT_I64(v.r->out.status, 303);
    /* Who changes the total asks for it anew, and nobody is charged by that. */
    open_page(&v, METHOD);
    send_form(&v, "/membership", "items=ally-y:1&method=bank&do=update");
    EXPECT(v.r->out.status == 200 && has(&v, "Subscribe and pay $50.00"));
    EXPECT_I64((int64_t)v.shop->sessions, 1);
}

TEST("a choice that is not there leads to where it is made, in money that is taken")
{
    static const struct {
        const char *path, *says;
    } rows[] = {
        { "/membership?tier=gone&every=year", "Become a member" },
        { "/membership?tier=free", "Become a member" },
        { "/membership?tier=ally&every=week", "How often would you like to pay?" },
        { "/membership?tier=ally&every=year&currency=UGX", "How often would you like to pay?" },
        { "/membership?tier=ally&currency=UGX",
            "Monthly UGX\xC2\xA0"
            "18,000" },
        { "/membership?tier=ally&currency=NGN", "Monthly $5.00" },
        { "/membership?currency=UGX", "Not for sale now" }, /* Patron has no such price */
        { "/membership?group=ai", "Become a member" },
    };
    struct visitor v = members(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        open_page(&v, rows[i].path);
        EXPECT_I64(v.r->out.status, 200);
        EXPECT(has(&v, rows[i].says));
    }
    shop_catalog(v.shop, "{}");
    open_page(&v, "/membership");
    EXPECT(v.r->out.status == 200 && has(&v, "There are no memberships yet"));
}

static enum err on_its_way(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1, "UPDATE purchase SET status = 1", DB_NO_IN);
}

TEST("R53 a membership that was begun is found by whose it is, and cannot be paid twice")
{
    struct visitor v = members(t);
    sign_in(&v, "u-1", "grace@example.com");
    begin(&v);
    sign_in(&v, "u-2", "mallory@example.com");
    open_page(&v, "/membership");
    EXPECT(!has(&v, "You started") && has(&v, "Choose Patron"));
    v.cookie = S("");
    open_page(&v, "/membership");
    EXPECT(!has(&v, "You started"));
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/membership");
    EXPECT(has(&v, "You started Ally, by the year") && has(&v, "/checkout/go/att_"));
    EXPECT_OK(db_tx(v.shop->c, "on its way", on_its_way, NULL));
    open_page(&v, METHOD);
    EXPECT(has(&v, "Your payment for Ally is on its way") && !has(&v, "do=pay"));
    EXPECT(!has(&v, "value=\"pay\""));
}

TEST("a membership is paid by phone, is welcomed, and each page says which of its steps it is")
{
    struct phone_shop *p = phone_shop_open(t);
    struct visitor *v = &p->v;
    shop_catalog(v->shop,
        "{\"currency\":\"UGX\",\"plans\":[{\"id\":\"ally\",\"group\":\"membership\",\"name\":\"Ally\","
        "\"prices\":[{\"id\":\"ally-m\",\"amount\":18000,\"currency\":\"UGX\"}]}],"
        "\"routing\":{\"mobile_money\":[\"eversend\"]}}");
    t->c->config = p->before; /* whose secret the application's tokens are signed with */
    sign_in(v, "u-1", "grace@example.com");
    t->c->config = p->config;
    open_page(v, "/membership?tier=ally&every=month&country=UG");
    EXPECT(has(v,
        "Subscribe and pay UGX\xC2\xA0"
        "18,000"));
    EXPECT(has(v, "Nothing is taken by itself"));
    send_form(v, "/membership", "items=ally-m:1&country=UG&method=mobile_money&do=pay");
    EXPECT_I64(v->r->out.status, 303);
    phone_look(p);
    EXPECT(has(v, "Which number pays?") && has(v, "Step 3 of 4") && !has(v, "Step 1 of 3"));
    phone_number(p, "0700+000+100");
    phone_code(p, "123+456");
    EXPECT(has(v, "Approve the payment on your phone") && has(v, "Step 3 of 4"));
    struct attempt a = phone_newest(p);
    open_page(v, "/membership"); /* another tab, meanwhile */
    EXPECT(has(v, "Your payment for Ally is on its way") && !has(v, "Choose Ally"));
    phone_control(p, "/_sandbox/pay",
        str_c(t->c->arena, str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(a.session_id))));
    phone_wait(p, 0);
    phone_look(p);
    EXPECT(has(v, "<h1>Welcome, Ally</h1>") && has(v, "Step 4 of 4"));
    EXPECT_I64(phone_there(p), 18000);
    shop_verify(v->shop);
}

TEST("a membership that is sold in no price any more, or not in this money, is none to choose")
{
    static const char *const pages[] = { "/membership", "/membership?tier=ally",
        "/membership?tier=ally&every=year", "/membership?tier=ally&currency=UGX" };
    static const char *const catalogues[] = {
        "{\"plans\":[{\"id\":\"ally\",\"group\":\"membership\",\"name\":\"Ally\","
        "\"prices\":[{\"id\":\"ally-m\",\"amount\":500,\"active\":false}]}]}",
        "{\"plans\":[{\"id\":\"ally\",\"group\":\"membership\",\"name\":\"Ally\","
        "\"prices\":[{\"id\":\"ally-m\",\"amount\":500}]},"
        "{\"id\":\"patron\",\"group\":\"membership\",\"name\":\"Patron\","
        "\"prices\":[{\"id\":\"patron-ugx\",\"amount\":500,\"currency\":\"UGX\"}]}]}",
    };
    struct visitor v = visit(t, MANY);
    for (size_t i = 0; i < ARRAY_LEN(catalogues); i++) {
        shop_catalog(v.shop, catalogues[i]);
        for (size_t k = 0; k < ARRAY_LEN(pages); k++) {
            bool sold = i == 1 && (k == 1 || k == 2); /* Ally, in dollars, by the month */
            open_page(&v, pages[k]);
            EXPECT_I64(v.r->out.status, 200);
            EXPECT(has(&v, "Become a member") == !sold);
            EXPECT(has(&v, "Monthly $5.00") == sold);
        }
    }
}
