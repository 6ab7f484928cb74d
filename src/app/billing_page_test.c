#include "app/visitor_fixture.h"

#include "customer/billing.h"
#include "db/db.h"

/* /account/billing, and the file of /account/usage. */

#define SHOP                                                                                       \
    "{\"products\":[{\"id\":\"pack\",\"name\":\"Ten credits\",\"grants\":{\"credits\":10},"        \
    "\"prices\":[{\"id\":\"pack-usd\",\"amount\":100}]}],\"operations\":{\"song\":4},"             \
    "\"routing\":{\"card\":[\"moneymotion\"]}}"

struct stored {
    struct billing now;
    int64_t facts;
};

static enum err read_stored(struct ctx *c, void *arg)
{
    struct stored *k = arg;
    struct customer who;
    bool found = false;
    TRY(customer_find(c, S("u-1"), &found, &who));
    if (found)
        TRY(billing_of(c, &who, &k->now));
    return db_one(c, "SELECT COUNT(*) FROM fact WHERE kind = 'BILLING_CHANGED'", DB_NO_IN,
        DB_OUT(out_i64(&k->facts)));
}

static struct stored stored(struct visitor *v)
{
    struct test *t = v->t;
    struct stored k = { .facts = 0 };
    EXPECT_OK(db_read(t->c, read_stored, &k));
    return k;
}

TEST("whom invoices name is a form that keeps what was typed, and says kindly what looks odd")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, SHOP);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/billing");
    page_is(&v, "page_account_billing_new.html");
    send_form(&v, "/account/billing",
        "version=0&name=Hopper+%3Cb%3E&line1=1+Quay&line2=&postcode=10115&city=Berlin&country=DE"
        "&taxId=de12345678");
    EXPECT_I64(v.r->out.status, 303);
    EXPECT_STR(header(v.r, "Location"), S("/account/billing?done=saved"));
    EXPECT_STR(stored(&v).now.name, S("Hopper <b>"));
    EXPECT_STR(stored(&v).now.tax_id, S("de12345678"));
    open_page(&v, "/account/billing?done=saved");
    page_is(&v, "page_account_billing.html");
    EXPECT(has(&v, "of Germany looks like DE123456789: is") && !has(&v, "Hopper <b>"));
    EXPECT_I64(stored(&v).facts, 1);
}

TEST("what cannot be printed stands beside its field, with everything that was typed")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, SHOP);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/billing");
    send_form(&v, "/account/billing",
        "version=0&name=Grace%00&line1=kept&country=QQQ&postcode=123456789012345678901234");
    EXPECT_I64(v.r->out.status, 400);
    open_page(&v, "/account/billing");
    send_form(&v, "/account/billing",
        "version=0&name=Grace%0AHopper&line1=kept&country=Q1&postcode=123456789012345678901234");
    EXPECT_I64(v.r->out.status, 422);
    page_is(&v, "page_account_billing_errors.html");
    EXPECT(has(&v, "value=\"kept\""));
    EXPECT_I64(stored(&v).facts, 0);
}

TEST("an address that was changed in another window is not overwritten unseen")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, SHOP);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/billing");
    send_form(&v, "/account/billing", "version=0&name=First");
    send_form(&v, "/account/billing", "version=0&name=First"); /* clicked twice */
    EXPECT_I64(v.r->out.status, 303);
    send_form(&v, "/account/billing", "version=0&name=Other");
    EXPECT_I64(v.r->out.status, 409);
    EXPECT(has(&v, "value=\"Other\"") && has(&v, "changed meanwhile"));
    EXPECT_STR(stored(&v).now.name, S("First"));
    send_form(&v, "/account/billing", "version=1&name=Second");
    EXPECT_I64(v.r->out.status, 303);
    open_page(&v, "/account/billing");
    send_form(&v, "/account/billing", "version=1&name=Third");
    EXPECT_I64(v.r->out.status, 409);
    EXPECT(has(&v, "value=\"Third\"") && has(&v, "changed meanwhile"));
    EXPECT_STR(stored(&v).now.name, S("Second"));
    send_form(&v, "/account/billing", "version=2&name=Third");
    EXPECT_STR(stored(&v).now.name, S("Third"));
}

TEST("billing is nobody's but the signed-in customer's, and its form wants their token")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, SHOP);
    open_page(&v, "/account/billing");
    EXPECT_STR(header(v.r, "Location"), S("/login?next=%2Faccount%2Fbilling"));
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/billing");
    v.csrf = S("stolen");
    send_form(&v, "/account/billing", "version=0&name=Mallory");
    EXPECT_I64(v.r->out.status, 403);
    EXPECT_I64(stored(&v).facts, 0);
}

#define SECRET "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

TEST("an application reads and writes whom invoices name, for a customer that it names")
{
    struct shop *s = shop_open(t);
    int status = 0;
    shop_get(s, "/api/billing?customerId=u-9", SECRET, &status);
    EXPECT_I64(status, 404);
    struct str body =
        S("{\"customerId\":\"u-1\",\"name\":\" Hopper \",\"address\":{\"line1\":\"1 Quay\","
          "\"city\":\"Berlin\"},\"country\":\"de\",\"taxId\":\"DE1\"}");
    struct req *r =
        shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n", body);
    EXPECT_I64(r->out.status, 200);
    EXPECT(str_has(answer_body(r), S("\"name\":\"Hopper\",\"address\":{\"line1\":\"1 Quay\"")));
    struct str got = shop_get(s, "/api/billing?customerId=u-1", SECRET, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(got, S("\"country\":\"DE\",\"taxId\":\"DE1\",\"version\":1")));
    r = shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n",
        S("{\"customerId\":\"u-1\",\"country\":\"Germany\"}"));
    EXPECT_I64(r->out.status, 400);
    r = shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n",
        S("{\"customerId\":\"u-1\",\"address\":{\"street\":\"x\"}}"));
    EXPECT_I64(r->out.status, 400);
    r = shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n",
        S("{\"customerId\":\"u-1\",\"name\":\"Late\",\"version\":7}"));
    EXPECT_I64(r->out.status, 409);
    r = shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n",
        S("{\"customerId\":\"u-1\",\"name\":\"Late\",\"version\":0}"));
    EXPECT_I64(r->out.status, 409);
    r = shop_ask(s, "PUT", "/api/billing", SECRET "Content-Type: application/json\r\n",
        S("{\"customerId\":\"u-1\",\"name\":\"Whatever it was\"}"));
    EXPECT_I64(r->out.status, 200);
}

TEST("with a user token billing is that customer's own")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    const char *mine = str_c(a,
        str_fmt(a, "Authorization: Bearer %.*s\r\nContent-Type: application/json\r\n",
            SARG(shop_token(s, "u-1", "ada@example.com", true))));
    struct req *r =
        shop_ask(s, "PUT", "/api/billing", mine, S("{\"customerId\":\"u-2\",\"name\":\"x\"}"));
    EXPECT_I64(r->out.status, 404);
    r = shop_ask(s, "PUT", "/api/billing", mine, S("{\"name\":\"Ada\"}"));
    EXPECT_I64(r->out.status, 200);
    EXPECT(str_has(shop_get(s, "/api/billing", mine, NULL), S("\"name\":\"Ada\"")));
}

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: s1\r\n"

TEST("every change of one's credits can be taken along as a file, all or one type or one month")
{
    struct visitor v = visit(t, MANY);
    shop_catalog(v.shop, SHOP);
    sign_in(&v, "u-1", "grace@example.com");
    open_page(&v, "/account/usage/csv");
    EXPECT_STR(v.page,
        S("createdAt,type,amount,balanceAfter,operation,quantity,description,reference,id\r\n"));
    open_page(&v, "/checkout/confirm?items=pack-usd:1");
    confirm(&v, "items=pack-usd:1&q0=1&method=card&do=pay");
    pay_newest(&v);
    shop_post(v.shop, "/api/credits/spend", KEY,
        S("{\"customerId\":\"u-1\",\"operation\":\"song\",\"description\":\"=1+1\"}"), NULL);
    open_page(&v, "/account/usage");
    EXPECT(has(&v, "href=\"/account/usage/csv?\"") || has(&v, "href=\"/account/usage/csv\""));
    open_page(&v, "/account/usage/csv");
    EXPECT(has(&v, ",usage,-4,6,song,1,'=1+1,") && has(&v, ",purchase,10,10,"));
    EXPECT_STR(v.r->out.content_type, S("text/csv; charset=utf-8"));
    open_page(&v, "/account/usage/csv?type=purchase");
    EXPECT(!has(&v, ",usage,") && has(&v, ",purchase,10,10,"));
    open_page(&v, "/account/usage/csv?period=2020-01");
    EXPECT(!has(&v, ",purchase,"));
    open_page(&v, "/account/usage/csv?period=soon");
    EXPECT_I64(v.r->out.status, 400);
    sign_in(&v, "u-2", "other@example.com");
    open_page(&v, "/account/usage/csv");
    EXPECT(!has(&v, ",purchase,"));
}
