#include "app/stripe_shop.h"

#include "base/json.h"
#include "db/db.h"
#include "risk/risk.h"

/* What a gateway says of a payment, before its order is completed or after. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define CATALOG(review)                                                                            \
    "{\"products\":[{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":100},"              \
    "\"prices\":[{\"id\":\"pack-usd\",\"amount\":1000}]}],\"tax\":{\"rates\":[{\"country\":"       \
    "\"DE\",\"basisPoints\":0}]},\"routing\":{\"card\":[\"stripe\"]},\"risk\":{\"weights\":{"      \
    "\"base\":0,\"first\":0,\"newAccount\":0,\"customerOrders\":0,\"mailOrders\":0,"               \
    "\"addressOrders\":0,\"guest\":0,\"cardCountry\":300,\"gatewayRisk\":300,\"sharedCard\":300}," \
    "\"review\":" review "}}"

static const struct stripe_said charged = { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 };
static const struct stripe_said completed = { "checkout.session.completed", SAID_SESSION,
    "complete", "paid", 0 };

static struct stripe_shop *shop_with(struct test *t, const char *catalogue)
{
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, catalogue);
    return s;
}

static struct str buy(struct stripe_shop *s, const char *key, const char *who)
{
    struct test *t = s->shop->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str answer = shop_post(s->shop, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)),
        str_fmt(a,
            "{\"items\":[{\"price\":\"pack-usd\"}],\"country\":\"DE\",\"again\":true,"
            "\"customerId\":\"%s\",\"email\":\"%s@x.example\"}",
            who, who),
        &status);
    EXPECT_I64(status, 200);
    stripe_pays(stripe_newest(s));
    return json_text(a, json_root(answer), "data.orderId");
}

static void tell(struct stripe_shop *s, const struct stripe_said *said)
{
    struct test *t = s->shop->t;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), said), 200);
    shop_jobs(s->shop);
}

static struct str status_of(struct stripe_shop *s, struct str id)
{
    return order_status_text(shop_order(s->shop, id).status);
}

static struct json_value admin_order(struct stripe_shop *s, struct str id)
{
    struct arena *a = s->shop->c->arena;
    struct str path = str_fmt(a, "/api/admin/orders/%.*s", SARG(id));
    return json_at(json_root(shop_get(s->shop, str_c(a, path), KEY, NULL)), "data");
}

static struct str credits(struct stripe_shop *s, const char *who)
{
    struct arena *a = s->shop->c->arena;
    struct str path = str_fmt(a, "/api/credits?customerId=%s", who);
    return json_at(json_root(shop_get(s->shop, str_c(a, path), KEY, NULL)), "data.balance").raw;
}

static void resolve(struct stripe_shop *s, struct str id, const char *choice)
{
    struct test *t = s->shop->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str path = str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(id));
    struct str attempt = json_text(a, admin_order(s, id), "attempts.0.id");
    shop_post(s->shop, str_c(a, path), KEY,
        str_fmt(a, "{\"choice\":\"%s\",\"attemptId\":\"%.*s\",\"reason\":\"looked at\"}", choice,
            SARG(attempt)),
        &status);
    EXPECT_I64(status, 200);
}

TEST("what Stripe finds of a payment is kept with it, shown to the business, and weighed")
{
    struct stripe_shop *s = shop_with(t, CATALOG("0"));
    struct str id = buy(s, "k1", "ada");
    stripe_newest(s)->judged = "elevated";
    stripe_newest(s)->bank = "FR";
    tell(s, &charged);
    EXPECT_STR(status_of(s, id), S("completed"));
    struct json_value risk = json_at(admin_order(s, id), "risk");
    EXPECT_STR(json_lexeme(json_at(risk, "score")), S("100")); /* 300 and 300 */
    EXPECT(json_is(json_at(risk, "action"), "allow"));
    EXPECT(str_has(json_at(risk, "reasons").raw,
        S("{\"feature\":\"gatewayRisk\",\"value\":1,\"points\":300}")));
    struct str payments = shop_get(s->shop, "/api/admin/payments", KEY, NULL);
    EXPECT(json_is(json_at(json_root(payments), "data.items.0.judged"), "elevated"));
    struct str own = shop_get(s->shop, "/api/orders?customerId=ada", KEY, NULL);
    EXPECT(!str_has(own, S("elevated")));
    tell(s, &completed);
    shop_verify(s->shop);
}

TEST("a payment that its gateway finds risky is held before anything of it is handed out")
{
    struct stripe_shop *s = shop_with(t, CATALOG("90"));
    struct str id = buy(s, "k1", "ada");
    stripe_newest(s)->judged = "elevated";
    tell(s, &charged);
    EXPECT_STR(status_of(s, id), S("review"));
    EXPECT_STR(credits(s, "ada"), S("0"));
    EXPECT_I64(-shop_balance(s->shop, LEDGER_UNEXPLAINED, CUR_USD), 1000);
    tell(s, &completed);
    EXPECT_STR(status_of(s, id), S("review"));
    resolve(s, id, "accept");
    EXPECT_STR(credits(s, "ada"), S("100"));
    EXPECT(json_is(json_at(admin_order(s, id), "risk.verdict"), "good"));
    struct str normal = buy(s, "k2", "bob");
    stripe_newest(s)->judged = "normal";
    stripe_newest(s)->bank = "DE";
    tell(s, &charged);
    EXPECT_STR(status_of(s, normal), S("completed"));
    shop_verify(s->shop);
}

TEST("what it finds after the order was completed holds what was handed out until somebody looked")
{
    struct stripe_shop *s = shop_with(t, CATALOG("90"));
    struct str id = buy(s, "k1", "ada");
    stripe_newest(s)->judged = "highest";
    tell(s, &completed);
    EXPECT_STR(status_of(s, id), S("completed"));
    EXPECT_STR(credits(s, "ada"), S("100"));
    tell(s, &charged);
    tell(s, &charged);
    EXPECT_STR(status_of(s, id), S("review"));
    EXPECT_STR(credits(s, "ada"), S("0"));
    shop_verify(s->shop);
    resolve(s, id, "dismiss");
    EXPECT_STR(status_of(s, id), S("completed"));
    EXPECT_STR(credits(s, "ada"), S("100"));
    tell(s, &charged);
    EXPECT_STR(status_of(s, id), S("completed"));
    struct str other = buy(s, "k2", "bob");
    stripe_newest(s)->judged = "highest";
    tell(s, &completed);
    tell(s, &charged);
    resolve(s, other, "sale_refunded");
    EXPECT_STR(status_of(s, other), S("refunded"));
    EXPECT_STR(credits(s, "bob"), S("0"));
    EXPECT(json_is(json_at(admin_order(s, other), "risk.verdict"), "fraud"));
    shop_verify(s->shop);
}

/* Stripe opened a page and kept answering with an error, so that there is another: both are paid.
 */
static struct str buy_twice(struct stripe_shop *s)
{
    struct test *t = s->shop->t;
    struct str answer = S("");
    s->shop->fault = "500_kept";
    s->shop->fault_call = "create";
    s->shop->faults_left = 1;
    for (int i = 0; i < 3; i++)
        answer = shop_post(s->shop, "/api/checkout/create", KEY "Idempotency-Key: twice\r\n",
            S("{\"items\":[{\"price\":\"pack-usd\"}],\"country\":\"DE\",\"customerId\":\"ada\","
              "\"email\":\"ada@x.example\"}"),
            NULL);
    EXPECT_I64((int64_t)s->pages, 2);
    stripe_pays(&s->page[0]);
    stripe_pays(&s->page[1]);
    return json_text(t->c->arena, json_root(answer), "data.orderId");
}

static void give_back(struct stripe_shop *s, const char *attempt)
{
    struct test *t = s->shop->t;
    int status = 0;
    shop_post(s->shop, "/api/admin/refunds", KEY "Idempotency-Key: back\r\n",
        str_fmt(t->c->arena, "{\"paymentId\":\"pay_%s\",\"reason\":\"looked at\"}", attempt + 4),
        &status);
    EXPECT_I64(status, 200);
    shop_jobs(s->shop);
}

TEST("what a score holds is looked at by a person, also when a second payment went back meanwhile")
{
    struct stripe_shop *s = shop_with(t, CATALOG("90"));
    struct str id = buy_twice(s);
    stripe_newest(s)->judged = "highest";
    tell(s, &completed);
    tell(s, &charged);
    EXPECT_STR(credits(s, "ada"), S("0"));
    EXPECT_I64(stripe_tell(s, &s->page[0], &completed), 200);
    shop_jobs(s->shop);
    give_back(s, str_c(t->c->arena, s->page[0].attempt));
    EXPECT_STR(status_of(s, id), S("review"));
    EXPECT_STR(credits(s, "ada"), S("0"));
    resolve(s, id, "dismiss");
    EXPECT_STR(status_of(s, id), S("completed"));
    EXPECT_STR(credits(s, "ada"), S("100"));
    shop_verify(s->shop);
}

TEST("a payment that a score held and that is given back from its review is learned as a fraud")
{
    struct stripe_shop *s = shop_with(t, CATALOG("90"));
    struct str id = buy(s, "k1", "ada");
    stripe_newest(s)->judged = "elevated";
    tell(s, &charged);
    give_back(s, str_c(t->c->arena, stripe_newest(s)->attempt));
    EXPECT_STR(status_of(s, id), S("cancelled"));
    EXPECT(json_is(json_at(admin_order(s, id), "risk.verdict"), "fraud"));
    shop_verify(s->shop);
}

static enum err read_card(struct ctx *c, void *arg)
{
    return db_one(
        c, "SELECT card FROM attempt ORDER BY n DESC LIMIT 1", DB_NO_IN, DB_OUT(out_str(arg)));
}

TEST("a card that others paid with is told from its buyer's own, and is kept as a hash")
{
    struct stripe_shop *s = shop_with(t, CATALOG("90"));
    for (int i = 0; i < 2; i++) {
        struct str own = buy(s, i == 0 ? "k1" : "k2", "ada");
        stripe_newest(s)->card = "Xt5EWLLDS7FJjR1c";
        tell(s, &charged);
        EXPECT_STR(status_of(s, own), S("completed"));
    }
    struct str id = buy(s, "k3", "bob");
    stripe_newest(s)->card = "Xt5EWLLDS7FJjR1c";
    tell(s, &charged);
    EXPECT_STR(status_of(s, id), S("review"));
    EXPECT(str_has(json_at(admin_order(s, id), "risk.reasons").raw,
        S("{\"feature\":\"sharedCard\",\"value\":1,\"points\":300}")));
    struct str card = S("");
    EXPECT_OK(db_read(t->c, read_card, &card));
    EXPECT_I64((int64_t)card.n, 16);
    EXPECT(!str_has(card, S("Xt5E")));
}
