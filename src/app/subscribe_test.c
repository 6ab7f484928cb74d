#include "app/shop_fixture.h"

#include "mail/mail.h"
#include "subscription/subscription.h"

/* Buying a plan, from the question to what the customer has of it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":50,\"every\":\"once\"}},"
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"b1\",\"amount\":999},"
    "{\"id\":\"b12\",\"interval\":\"year\",\"amount\":9990}]},"
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\",\"trialDays\":14,"
    "\"credits\":{\"allowance\":1500},\"prices\":[{\"id\":\"p1\",\"amount\":1999}]},"
    "{\"id\":\"lone\",\"group\":\"club\",\"name\":\"Lone\","
    "\"prices\":[{\"id\":\"l1\",\"amount\":300}],\"routing\":{\"card\":[\"flutterwave\"]}}],"
    "\"products\":[{\"id\":\"mug\",\"name\":\"Mug\","
    "\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000}]}],"
    "\"coupons\":[{\"code\":\"ALL\",\"basisPoints\":10000}],"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900,\"name\":\"VAT\"}]},"
    "\"routing\":{\"card\":[\"moneymotion\"]}}";

static struct shop *begin(struct test *t)
{
    struct shop *s = shop_open(t);
    shop_catalog(s, catalogue);
    return s;
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static struct str create(struct shop *s, const char *key, const char *members, int *ret_status)
{
    struct arena *a = s->c->arena;
    return shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"email\":\"ada@example.com\",%s}", members), ret_status);
}

static struct str begun(struct shop *s, const char *key, const char *members)
{
    struct test *t = s->t;
    int status = 0;
    struct str answer = create(s, key, members, &status);
    EXPECT_I64(status, 200);
    return json_text(s->c->arena, json_root(answer), "data.orderId");
}

static void paid(struct shop *s, struct shop_session *k)
{
    struct test *t = s->t;
    k->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", k, k->total), 200);
    shop_jobs(s);
}

static struct str credits(struct shop *s, const char *member)
{
    struct str answer = shop_get(s, "/api/credits?customerId=ada", KEY, NULL);
    return json_at(json_root(answer), str_c(s->c->arena, str_fmt(s->c->arena, "data.%s", member)))
        .raw;
}

TEST("a plan is bought by its name and interval, by its price, or as the one item")
{
    static const char *const ways[] = { "\"plan\":\"basic\",\"interval\":\"year\"",
        "\"priceId\":\"b12\"", "\"items\":[{\"price\":\"b12\",\"quantity\":1}]" };
    struct shop *s = begin(t);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        int status = 0;
        struct str answer = shop_post(s, "/api/checkout/quote", KEY,
            str_fmt(t->c->arena, "{%s,\"country\":\"DE\"}", ways[i]), &status);
        EXPECT_I64(status, 200);
        EXPECT(str_has(answer, S("\"total\":{\"amount\":11888,\"currency\":\"USD\"}")));
        EXPECT(str_has(answer, S("\"interval\":\"year\"")));
        EXPECT(str_has(answer, S("\"description\":\"$99.90 a year\"")));
    }
    struct str id = begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    EXPECT_I64(newest(s)->total, 999);
    paid(s, newest(s));
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("completed"));
    struct str order = shop_get(
        s, str_c(t->c->arena, str_fmt(t->c->arena, "/api/orders/%.*s", SARG(id))), KEY, NULL);
    EXPECT_STR(json_text(t->c->arena, json_root(order), "data.grants.0.plan"), S("basic"));
    EXPECT_STR(credits(s, "plan"), S("\"basic\""));
    EXPECT_STR(credits(s, "balance"), S("550"));
    EXPECT_STR(credits(s, "allowance"), S("500"));
    EXPECT(str_starts(credits(s, "renewsAt"), S("\"20")));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_CREATED"), 1);
    shop_verify(s);
}

TEST("a plan is alone in its order, and belongs to somebody with an account")
{
    static const char *const wrong[] = {
        "\"customerId\":\"ada\",\"items\":[{\"price\":\"b1\"},{\"price\":\"mug-usd\"}]",
        "\"customerId\":\"ada\",\"items\":[{\"price\":\"mug-usd\"},{\"price\":\"b1\"}]",
        "\"customerId\":\"ada\",\"items\":[{\"price\":\"b1\",\"quantity\":2}]",
        "\"customerId\":\"ada\",\"plan\":\"mug\"",
        "\"customerId\":\"ada\",\"plan\":\"basic\",\"interval\":\"week\"",
        "\"priceId\":\"b1\"",
    };
    struct shop *s = begin(t);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        int status = 0;
        struct str answer = create(s, "k1", wrong[i], &status);
        EXPECT_I64(status, 400);
        EXPECT(str_has(answer, S("INVALID_REQUEST")));
    }
    EXPECT_I64((int64_t)s->sessions, 0);
}

TEST("who has a plan is told how to change it, and no second one is begun")
{
    struct shop *s = begin(t);
    int status = 0;
    begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    paid(s, newest(s));
    struct str answer = create(s, "k2", "\"customerId\":\"ada\",\"plan\":\"pro\"", &status);
    EXPECT_I64(status, 409);
    EXPECT(str_has(answer, S("\"code\":\"ALREADY_SUBSCRIBED\"")));
    EXPECT(str_has(answer, S("you have Basic already")));
    EXPECT(str_has(answer, S("\"plan\":\"basic\"")));
    EXPECT(str_has(answer, S("\"status\":\"active\"")));
    EXPECT(str_has(answer, S("POST /api/subscription/change")));
    EXPECT_I64((int64_t)s->sessions, 1);
}

TEST("of two pages for plans of one group the first ends when the second opens")
{
    struct shop *s = begin(t);
    struct str first = begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    struct str same = begun(s, "k2", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    EXPECT_STR(first, same);
    struct str second =
        begun(s, "k3", "\"customerId\":\"ada\",\"plan\":\"basic\",\"interval\":\"year\"");
    EXPECT_STR(order_status_text(shop_order(s, first).status), S("cancelled"));
    EXPECT_STR(order_status_text(shop_order(s, second).status), S("pending"));
    /* Somebody pays on both all the same: the first is believed, the second decided about. */
    paid(s, &s->session[0]);
    EXPECT_STR(order_status_text(shop_order(s, second).status), S("cancelled"));
    paid(s, newest(s));
    struct order o = shop_order(s, second);
    EXPECT_STR(order_status_text(o.status), S("review"));
    EXPECT(str_has(o.reason, S("has the plan Basic already")));
    EXPECT_STR(credits(s, "balance"), S("550"));
    EXPECT_I64(shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), -9990);
    shop_verify(s);
}

TEST("a second plan that was paid for cannot be accepted while the first one lives")
{
    struct shop *s = begin(t);
    struct arena *a = s->c->arena;
    int status = 0;
    begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    struct str second =
        begun(s, "k2", "\"customerId\":\"ada\",\"plan\":\"basic\",\"interval\":\"year\"");
    paid(s, &s->session[0]);
    paid(s, newest(s));
    const char *path = str_c(a, str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(second)));
    struct str order =
        shop_get(s, str_c(a, str_fmt(a, "/api/orders/%.*s", SARG(second))), KEY, NULL);
    struct str attempt = json_text(a, json_root(order), "data.attempts.0.id");
    struct str answer = shop_post(s, path, KEY,
        str_fmt(a, "{\"choice\":\"accept\",\"attemptId\":\"%.*s\",\"reason\":\"why not\"}",
            SARG(attempt)),
        &status);
    EXPECT_I64(status, 409);
    EXPECT(str_has(answer, S("has the plan Basic already")));
    shop_post(s, path, KEY, S("{\"choice\":\"refunded\",\"reason\":\"given back\"}"), &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(order_status_text(shop_order(s, second).status), S("cancelled"));
    shop_verify(s);
}

TEST("a trial where purser renews begins at once, without a page")
{
    struct shop *s = begin(t);
    struct str id = begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"pro\"");
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("completed"));
    EXPECT_I64((int64_t)s->sessions, 0);
    EXPECT_STR(credits(s, "plan"), S("\"pro\""));
    EXPECT_STR(credits(s, "balance"), S("1550"));
    shop_verify(s);
}

TEST("a first period that a code pays for begins the plan at once, and the next one costs")
{
    struct shop *s = begin(t);
    begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\",\"coupon\":\"ALL\"");
    shop_jobs(s);
    EXPECT_I64((int64_t)s->sessions, 0);
    EXPECT_STR(credits(s, "plan"), S("\"basic\""));
    EXPECT(str_has(shop_fact_data(s, "SUBSCRIPTION_CREATED"), S("\"status\":\"active\"")));
}

TEST("a plan whose gateways are not there yet is refused with the sentence that says so")
{
    struct shop *s = begin(t);
    int status = 0;
    struct str answer = create(s, "k1", "\"customerId\":\"ada\",\"plan\":\"lone\"", &status);
    EXPECT_I64(status, 502);
    EXPECT(str_has(answer, S("no gateway that takes this payment is set up or reachable")));
}

TEST("R10 64 webhooks and replays of one payment begin one plan with one month's credits")
{
    struct shop *s = begin(t);
    struct str id = begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    for (int i = 0; i < 64; i++)
        paid(s, newest(s));
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("completed"));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_CREATED"), 1);
    EXPECT_STR(credits(s, "balance"), S("550"));
    shop_verify(s);
}

TEST("a plan whose payment went back at the gateway is gone, with its credits")
{
    struct shop *s = begin(t);
    begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"basic\"");
    paid(s, newest(s));
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 999), 200);
    shop_jobs(s);
    EXPECT_STR(credits(s, "plan"), S("\"free\""));
    EXPECT_STR(credits(s, "balance"), S("50"));
    shop_verify(s);
}

TEST("the page on which a plan is bought asks who it is for, and says what it costs from then on")
{
    struct shop *s = begin(t);
    int status = 0;
    struct req *r = shop_ask(s, "GET", "/checkout/confirm?items=p1:1", "", S(""));
    EXPECT_I64(r->out.status, 303); /* to sign in, and back */
    const char *bearer = str_c(t->c->arena,
        str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n",
            SARG(shop_token(s, "ada", "ada@example.com", true))));
    struct str page = shop_get(s, "/checkout/confirm?items=p1:1", bearer, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("14 days free, then $19.99 a month")));
    EXPECT(str_has(page, S("Start free")));
    EXPECT(!str_has(page, S("name=\"q0\"")) && !str_has(page, S("takes it out")));
    page = shop_get(s, "/checkout/confirm?items=b12:1", bearer, &status);
    EXPECT(str_has(page, S("$99.90 a year")));
    EXPECT(str_has(page, S("Subscribe and pay $99.90")));
}

static enum err one_mail(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct buf *out = arg;
    struct mail_row whole;
    struct id id;
    must(id_parse(S("mail"), mail_id(c->arena, row), &id));
    TRY(mail_get(c, id, &whole));
    buf_fmt(out, "%.*s\n%.*s", SARG(whole.mail.subject), SARG(whole.mail.text));
    return E_OK;
}

static enum err mails_tx(struct ctx *c, void *arg)
{
    const struct mail_filter all = { .state_or_minus_1 = -1, .limit = 20 };
    return mail_list(c, &all, one_mail, arg);
}

TEST("the mail that a plan begins with says what it costs from then on, and where to end it")
{
    struct shop *s = begin(t);
    struct buf out = BUF(t->c->arena);
    begun(s, "k1", "\"customerId\":\"ada\",\"plan\":\"pro\"");
    shop_jobs(s);
    EXPECT_OK(db_read(t->c, mails_tx, &out));
    EXPECT(str_has(buf_str(&out), S("Pro is active")));
    EXPECT(str_has(buf_str(&out), S("14 days free, then $19.99 a month")));
    EXPECT(str_has(buf_str(&out), S("Nothing is paid today.")));
    EXPECT(str_has(buf_str(&out), S("https://pay.example.com/account")));
}

/* ---- the guides' names */

static struct str guide(struct shop *s, const char *headers, const char *body, int *ret_status)
{
    return shop_post(s, "/api/stripe/create-checkout-session", headers, str_of_c(body), ret_status);
}

TEST("a guide's create-checkout-session sells a plan and says where to send the buyer")
{
    struct shop *s = begin(t);
    int status = 0;
    const char *body = "{\"priceId\":\"b1\",\"userId\":\"ada\",\"userEmail\":\"ada@example.com\"}";
    struct str answer = guide(s, KEY, body, &status), again = guide(s, KEY, body, &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(answer, again); /* pressed twice */
    EXPECT_I64((int64_t)s->sessions, 1);
    struct json_value v = json_root(answer);
    EXPECT(json_is(json_at(v, "sessionId"), newest(s)->id));
    EXPECT(json_text(t->c->arena, v, "url").n > 0);
    EXPECT_STR(json_text(t->c->arena, v, "url"), json_text(t->c->arena, v, "data.checkoutUrl"));
    EXPECT_STR(json_text(t->c->arena, v, "checkoutUrl"), json_text(t->c->arena, v, "url"));
    paid(s, newest(s));
    EXPECT_STR(credits(s, "plan"), S("\"basic\""));
    shop_verify(s);
}

TEST("a guide's userId is the signed-in customer and nobody else")
{
    struct shop *s = begin(t);
    int status = 0;
    const char *bearer = str_c(t->c->arena,
        str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n",
            SARG(shop_token(s, "ada", "ada@example.com", true))));
    guide(s, bearer, "{\"priceId\":\"b1\",\"userId\":\"eve\"}", &status);
    EXPECT_I64(status, 403);
    guide(
        s, "", "{\"priceId\":\"b1\",\"userId\":\"ada\",\"userEmail\":\"a@example.com\"}", &status);
    EXPECT_I64(status, 403);
    guide(s, bearer, "{\"priceId\":\"b1\",\"productId\":\"mug\"}", &status);
    EXPECT_I64(status, 400);
    guide(s, bearer, "{\"priceId\":\"b1\",\"userId\":\"ada\"}", &status);
    EXPECT_I64(status, 200);
    EXPECT_I64((int64_t)s->sessions, 1);
}

TEST("the same pack is bought again a minute later, and a trial leads to our own page")
{
    struct shop *s = begin(t);
    int status = 0;
    const char *body =
        "{\"productId\":\"mug\",\"userId\":\"ada\",\"userEmail\":\"ada@example.com\"}";
    guide(s, KEY, body, &status);
    paid(s, newest(s));
    shop_wait(s, 61000);
    t->c->wall_ms += 61000;
    guide(s, KEY, body, &status);
    EXPECT_I64(status, 200);
    EXPECT_I64((int64_t)s->sessions, 2);
    struct str answer = guide(s, KEY, "{\"priceId\":\"p1\",\"userId\":\"ada\"}", &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(answer, S("\"url\":\"https://pay.example.com/payment/success?order=ord_")));
}
