#include "app/shop_fixture.h"

#include "base/json.h"
#include "checkout/checkout.h"
#include "db/crowd_fixture.h"
#include "db/db.h"
#include "risk/risk.h"

/* What follows from a risk: an order that is not sold, one whose payment is held, and the people
 * who let them pass. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

#define CATALOG(risk)                                                                              \
    "{\"products\":[{\"id\":\"pack\",\"name\":\"Pack\",\"prices\":[{\"id\":\"mug-usd\","           \
    "\"amount\":1000}]},{\"id\":\"free\",\"name\":\"Free\",\"prices\":[{\"id\":\"free-usd\","      \
    "\"amount\":0}]}],\"routing\":{\"card\":[\"moneymotion\"]},\"risk\":" risk "}"
/* The second order under one mail: 50 and 100. */
#define WEIGHTS                                                                                    \
    "\"weights\":{\"base\":0,\"first\":0,\"guest\":0,\"addressOrders\":0,\"mailOrders\":600}"
#define REVIEW "{" WEIGHTS ",\"review\":90}"
#define REFUSE "{" WEIGHTS ",\"review\":90,\"refuse\":100}"

struct bought {
    int status;
    struct str body, id;
};

static struct bought buy_as(struct shop *s, const char *key, const char *price, const char *mail)
{
    struct arena *a = s->c->arena;
    struct bought b = { .status = 0 };
    b.body = shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, "Idempotency-Key: %s\r\n", key)),
        str_fmt(a, "{\"email\":\"%s\",\"again\":true,\"items\":[{\"price\":\"%s\"}]}", mail, price),
        &b.status);
    b.id = json_text(a, json_root(b.body), b.status == 200 ? "data.orderId" : "details.orderId");
    return b;
}

static struct bought buy(struct shop *s, const char *key)
{
    return buy_as(s, key, "mug-usd", "a@x.example");
}

static struct shop *shop_with(struct test *t, const char *catalogue)
{
    struct shop *s = shop_open(t);
    shop_catalog(s, catalogue);
    return s;
}

static void pay_newest(struct shop *s)
{
    struct shop_session *k = &s->session[s->sessions - 1];
    k->status = "completed";
    shop_webhook(s, "complete", k, k->total);
    shop_jobs(s);
}

static struct str status_of(struct shop *s, struct str id)
{
    return order_status_text(shop_order(s, id).status);
}

static struct json_value risk_of_order(struct shop *s, struct str id)
{
    struct arena *a = s->c->arena;
    struct str path = str_fmt(a, "/api/admin/orders/%.*s", SARG(id));
    return json_at(json_root(shop_get(s, str_c(a, path), KEY, NULL)), "data.risk");
}

static int release(struct shop *s, struct str id)
{
    struct arena *a = s->c->arena;
    struct str path = str_fmt(a, "/api/admin/orders/%.*s/release", SARG(id));
    int status = 0;
    shop_post(s, str_c(a, path), KEY, S("{\"reason\":\"known to us\"}"), &status);
    return status;
}

static int resolve(struct shop *s, struct str id, const char *choice)
{
    struct arena *a = s->c->arena;
    int status = 0;
    struct str path = str_fmt(a, "/api/admin/reviews/%.*s/resolve", SARG(id));
    struct str order =
        shop_get(s, str_c(a, str_fmt(a, "/api/admin/orders/%.*s", SARG(id))), KEY, NULL);
    struct str attempt = json_text(a, json_root(order), "data.attempts.0.id");
    shop_post(s, str_c(a, path), KEY,
        str_fmt(a, "{\"choice\":\"%s\",\"attemptId\":\"%.*s\",\"reason\":\"looked at\"}", choice,
            SARG(attempt)),
        &status);
    return status;
}

TEST("what is refused is refused before a gateway is asked, by a code, and without saying why")
{
    struct shop *s = shop_with(t, CATALOG(REFUSE));
    EXPECT_I64(buy(s, "k1").status, 200);
    int64_t calls = s->calls;
    struct bought no = buy(s, "k2");
    EXPECT_I64(no.status, 403);
    EXPECT(json_is(json_at(json_root(no.body), "code"), "CHECKOUT_REFUSED"));
    EXPECT(json_is(
        json_at(json_root(no.body), "error"), "this order cannot be taken; nothing was charged"));
    EXPECT(!str_has(no.body, S("mail")) && !str_has(no.body, S("risk")));
    EXPECT_I64(s->calls, calls);
    EXPECT_STR(buy(s, "k2").body, no.body);
    EXPECT_STR(status_of(s, no.id), S("cancelled"));
    EXPECT(json_is(json_at(risk_of_order(s, no.id), "action"), "refuse"));
    EXPECT_STR(json_lexeme(json_at(risk_of_order(s, no.id), "score")), S("100"));
    EXPECT_I64(buy_as(s, "k3", "mug-usd", "b@x.example").status, 200);
    shop_verify(s);
}

TEST("whom a person lets pass may order again, and is not stopped for a week")
{
    struct shop *s = shop_with(t, CATALOG(REFUSE));
    struct bought first = buy(s, "k1"), no = buy(s, "k2");
    EXPECT_I64(release(s, first.id), 409);
    EXPECT_I64(release(s, no.id), 200);
    EXPECT_I64(release(s, no.id), 409);
    EXPECT_I64(shop_facts(s, "RISK_RELEASED"), 1);
    EXPECT(json_at(risk_of_order(s, no.id), "releasedAt").kind == JSON_STRING);
    EXPECT_I64(buy(s, "k2").status, 403); /* the same key, the same answer */
    struct bought again = buy(s, "k3");
    EXPECT_I64(again.status, 200);
    EXPECT(json_is(json_at(risk_of_order(s, again.id), "action"), "allow"));
    shop_wait(s, INT64_C(7) * 24 * 3600 * 1000 - 3600 * 1000);
    buy(s, "k4");
    EXPECT_I64(buy(s, "k5").status, 200);
    shop_wait(s, 2 * 3600 * 1000);
    EXPECT_I64(buy(s, "k6").status, 403);
}

TEST("a payment that is held for its risk completes its order when a person takes it")
{
    struct shop *s = shop_with(t, CATALOG(REVIEW));
    buy(s, "k1");
    struct bought held = buy(s, "k2");
    EXPECT_I64(held.status, 200);
    pay_newest(s);
    EXPECT_STR(status_of(s, held.id), S("review"));
    EXPECT_I64(-shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), 1000);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), 0);
    EXPECT_I64(release(s, held.id), 409);
    EXPECT_I64(resolve(s, held.id, "accept"), 200);
    EXPECT_STR(status_of(s, held.id), S("completed"));
    EXPECT_I64(-shop_balance(s, LEDGER_SALES, CUR_USD), 1000);
    EXPECT(json_is(json_at(risk_of_order(s, held.id), "verdict"), "good"));
    shop_verify(s);
}

static enum err judge_again(struct ctx *c, void *arg)
{
    struct order o;
    TRY(order_get(c, *(const struct str *)arg, &o));
    return risk_judge(c, &o, RISK_FRAUD);
}

TEST(
    "the first decision about a held order is what is learned from, not a later one about a refund")
{
    struct shop *s = shop_with(t, CATALOG(REVIEW));
    buy(s, "k1");
    struct bought held = buy(s, "k2");
    pay_newest(s);
    EXPECT_I64(resolve(s, held.id, "accept"), 200);
    EXPECT_OK(db_tx(s->c, "judge", judge_again, &held.id));
    EXPECT(json_is(json_at(risk_of_order(s, held.id), "verdict"), "good"));
}

TEST("who gives a payment back that was held for its risk says that it was a fraud")
{
    struct shop *s = shop_with(t, CATALOG(REVIEW));
    buy(s, "k1");
    struct bought held = buy(s, "k2");
    pay_newest(s);
    EXPECT_I64(resolve(s, held.id, "refunded"), 200);
    EXPECT_STR(status_of(s, held.id), S("cancelled"));
    EXPECT(json_is(json_at(risk_of_order(s, held.id), "verdict"), "fraud"));
    EXPECT_I64(shop_balance(s, LEDGER_UNEXPLAINED, CUR_USD), 0);
    shop_verify(s);
}

TEST("what is let pass before it is paid is not held, and what costs nothing never is")
{
    struct shop *s = shop_with(t, CATALOG(REVIEW));
    buy(s, "k1");
    struct bought held = buy(s, "k2");
    EXPECT_I64(release(s, held.id), 200);
    pay_newest(s);
    EXPECT_STR(status_of(s, held.id), S("completed"));
    buy_as(s, "k3", "mug-usd", "c@x.example");
    EXPECT_STR(status_of(s, buy_as(s, "k4", "free-usd", "c@x.example").id), S("completed"));
    shop_verify(s);
}

TEST("the weights and thresholds of the catalogue in force decide, and those of before do not")
{
    struct shop *s = shop_with(t, CATALOG(REFUSE));
    buy(s, "k1");
    EXPECT_I64(buy(s, "k2").status, 403);
    shop_catalog(s, CATALOG("{\"weights\":{\"base\":0,\"mailOrders\":-1},\"refuse\":100}"));
    struct bought passes = buy(s, "k3");
    EXPECT_I64(passes.status, 200);
    EXPECT(json_is(json_at(risk_of_order(s, passes.id), "action"), "allow"));
    shop_catalog(s, CATALOG(REFUSE));
    EXPECT_I64(buy(s, "k4").status, 403);
    shop_catalog(s, CATALOG("{}"));
    EXPECT_I64(buy(s, "k5").status, 200);
}

/* ---- several at once */

enum {
    SIDES = 6
};
struct side {
    struct crowd k; /* first */
    struct checkout checkout;
};

static enum err plan(struct ctx *c, void *arg)
{
    struct side *k = arg;
    struct checkout work = k->checkout;
    int64_t subject = 0;
    work.order_id = id_new(c);
    return checkout_operation.plan(c, &work, &subject);
}

static void act(struct crowd *self)
{
    self->c.now_ms += self->nth; /* not one basket twice */
    self->result = db_tx(&self->c, "checkout", plan, self);
}

static enum err count_values(struct ctx *c, void *arg)
{
    int64_t *seen = arg;
    for (int64_t n = 1; n <= SIDES; n++) {
        struct risk r;
        bool found = false;
        TRY(risk_of(c, n, &found, &r));
        must(found && r.value[RISK_MAIL_ORDERS] < SIDES);
        seen[r.value[RISK_MAIL_ORDERS]]++;
    }
    return E_OK;
}

TEST("orders of one buyer at the same moment count each other: none is counted twice or missed")
{
    struct shop *s = shop_with(t, CATALOG("{}"));
    struct side side[SIDES];
    int64_t seen[SIDES] = { 0 };
    for (int i = 0; i < SIDES; i++)
        side[i] = (struct side) {
            .k = { .act = act },
            .checkout = { .item = { { .price = S("mug-usd"), .quantity = i + 1 } },
                .items = 1,
                .email = S("a@x.example"),
                .method = S("card"),
                .seen_minor = -1,
                .again = true,
                .by_key = true },
        };
    crowd_run(t, side, sizeof *side, SIDES);
    EXPECT_OK(db_read(s->c, count_values, seen));
    for (int i = 0; i < SIDES; i++)
        EXPECT_I64(seen[i], 1);
}
