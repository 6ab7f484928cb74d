#include "app/plan_shop.h"
#include "app/visitor_fixture.h"

#include "access/access.h"
#include "db/db.h"

/* /pricing and /account in their main states. */

#define PLANS                                                                                      \
    "\"plans\":["                                                                                  \
    "{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\",\"highlights\":[\"50 credits\"],"         \
    "\"credits\":{\"allowance\":50,\"every\":\"once\"},\"limits\":{\"generationsPerDay\":5}},"     \
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"trialDays\":14,"                      \
    "\"credits\":{\"allowance\":500},\"features\":{\"stemSeparation\":false,\"apiAccess\":true},"  \
    "\"limits\":{\"generationsPerDay\":50},\"prices\":["                                           \
    "{\"id\":\"basic-m\",\"amount\":999},{\"id\":\"basic-y\",\"interval\":\"year\","               \
    "\"amount\":9990}]},"                                                                          \
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro <b>\",\"popular\":true,"                      \
    "\"credits\":{\"allowance\":1500},\"features\":{\"stemSeparation\":true,\"apiAccess\":true},"  \
    "\"prices\":[{\"id\":\"pro-m\",\"amount\":1999},{\"id\":\"pro-y\",\"interval\":\"year\","      \
    "\"amount\":19990}]},"                                                                         \
    "{\"id\":\"old\",\"group\":\"ai\",\"name\":\"Old\",\"active\":false}]"
#define PACKS                                                                                      \
    "\"products\":[{\"id\":\"pack\",\"name\":\"Ten credits\",\"grants\":{\"credits\":10},"         \
    "\"prices\":[{\"id\":\"pack-usd\",\"amount\":100}]},"                                          \
    "{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000}]}]"
#define ROUTING "\"routing\":{\"card\":[\"moneymotion\"]}"

TEST("the plans stand beside each other as the golden files say, by the month and by the year")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, "{" PLANS "," PACKS "," ROUTING "}");
    open_page(&v, "/pricing");
    page_is(&v, "page_pricing.html");
    EXPECT(has(&v, "/login?next=%2Faccount"));
    EXPECT(has(&v, "Pro &lt;b&gt;") && !has(&v, "Pro <b>") && !has(&v, "Old"));
    open_page(&v, "/pricing?every=year");
    page_is(&v, "page_pricing_year.html");
    EXPECT(has(&v, "$99.90") && has(&v, "That is $8.33 a month."));
}

TEST("who is signed in sees what is theirs, and nobody is asked to start free twice")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, "{" PLANS "," PACKS "," ROUTING "}");
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/pricing");
    EXPECT(has(&v, "Your plan") && has(&v, "Manage") && !has(&v, "Start free"));
}

TEST("packs without plans, and a catalogue without either, have words of their own")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, "{" PACKS "," ROUTING "}");
    open_page(&v, "/pricing");
    EXPECT(has(&v, "Credits, when you need them") && has(&v, "about $0.10 a credit"));
    EXPECT(has(&v, "/checkout/confirm?items=pack-usd%3A1"));
    EXPECT(!has(&v, "Compare all plans") && !has(&v, "Mug"));
    shop_catalog(v.shop, "{}");
    open_page(&v, "/pricing?every=fortnight&group=%3Cscript%3E");
    EXPECT(has(&v, "Nothing is for sale here yet"));
}

/* A subscription as a payment would have begun it. */
static enum err subscribe(struct ctx *c, void *arg)
{
    struct subscription *s = arg;
    bool is_new = false;
    struct order o;
    TRY(order_by_n(c, 1, &o));
    s->customer_n = o.customer_n;
    s->order_n = o.n;
    TRY(subscription_insert(c, s, &is_new));
    must(is_new);
    const struct access_plan plan = { .group = s->terms.group,
        .plan = s->terms.plan,
        .terms = s->terms.source,
        .until_ms = ACCESS_FOREVER };
    return access_set(c, o.customer_n, &plan);
}

TEST("an account shows what is there, what it is of, and what one must know first")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, "{" PLANS "," PACKS "," ROUTING "}");
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account");
    page_is(&v, "page_account_new.html");
    open_page(&v, "/checkout/confirm?items=pack-usd:3");
    confirm(&v, "items=pack-usd:3&q0=3&method=card&do=pay");
    pay_newest(&v);
    struct subscription s = {
        .status = SUBSCRIPTION_ACTIVE,
        .terms = { .plan = S("basic"),
            .group = S("ai"),
            .price = S("basic-m"),
            .source = S("{\"id\":\"basic\",\"credits\":{\"allowance\":500},"
                        "\"limits\":{\"generationsPerDay\":50}}"),
            .months = 1,
            .amount = { 999, CUR_USD },
            .coupon = S(""),
            .country = S(""),
            .tax_name = S("") },
        .payer = S(""),
        .reason = S(""),
        .feedback = S(""),
        .next_price = S(""),
        .period_start_ms = t->c->now_ms,
        .period_end_ms = t->c->now_ms + INT64_C(30) * 24 * 3600 * 1000,
    };
    EXPECT_OK(db_tx(t->c, "subscribe", subscribe, &s));
    open_page(&v, "/account");
    page_is(&v, "page_account.html");
    open_page(&v, "/pricing");
    EXPECT(has(&v, "Your plan"));
}

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static void use(struct visitor *v, const char *key, const char *body)
{
    struct test *t = v->shop->t;
    int status = 0;
    struct str headers = str_fmt(t->c->arena, KEY "Idempotency-Key: %s\r\n", key);
    shop_post(v->shop, "/api/credits/spend", str_c(t->c->arena, headers), str_of_c(body), &status);
    EXPECT_I64(status, 200);
}

TEST("what was used in a month is a page: by day, by operation, each change, and advice")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(
        v.shop, "{" PLANS "," PACKS "," ROUTING ",\"operations\":{\"song\":10,\"stems\":15}}");
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/usage");
    page_is(&v, "page_account_usage_new.html");
    use(&v, "s1", "{\"customerId\":\"u-1\",\"operation\":\"song\"}");
    use(&v, "s2", "{\"customerId\":\"u-1\",\"operation\":\"stems\"}");
    use(&v, "s3", "{\"customerId\":\"u-1\",\"amount\":18,\"description\":\"<i>one</i>\"}");
    open_page(&v, "/account/usage");
    page_is(&v, "page_account_usage.html");
    EXPECT(
        has(&v, "7 of your first 50 credits are left. Basic has 500 a month for $9.99 a month."));
    open_page(&v, "/account/usage?type=usage&limit=2");
    EXPECT(has(&v, "/account/usage?type=usage&amp;after=") && !has(&v, "Given with the plan</td>"));
    open_page(&v, "/account/usage?period=2020-02");
    EXPECT(has(&v, "Nothing was used in February 2020.") && has(&v, "Left when it ended"));
    open_page(&v, "/account/usage?period=9999-12");
    EXPECT_I64(v.r->out.status, 200);
    open_page(&v, "/account/usage?period=1970-01");
    EXPECT_I64(v.r->out.status, 200);
    open_page(&v, "/account/usage?period=soon");
    EXPECT_I64(v.r->out.status, 400);
    open_page(&v, "/account/usage?type=gift");
    EXPECT_I64(v.r->out.status, 400);
}

TEST("where there are no credits nothing is said of them")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, "{\"products\":[]}");
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account");
    EXPECT(!has(&v, "/account/usage"));
}

TEST("another plan says beside its price which credits come, end, and are owed")
{
    struct visitor v = visit(t, MANY);
    int status = 0;
    shop_catalog(v.shop, "{" PLANS "," ROUTING "}");
    sign_in(&v, "ada", "ada@example.com");
    plan_begin(v.shop, "\"plan\":\"pro\"");
    plan_pay(v.shop);
    shop_post(v.shop, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":600}"), &status);
    EXPECT_I64(status, 200);
    open_page(&v, "/account/plan?to=pro&every=year&when=now");
    EXPECT(has(&v, "You get 900 credits at once."));
    EXPECT(has(&v, "900 of the credits that you have left end"));
    EXPECT(!has(&v, "come off the next ones"));
}
