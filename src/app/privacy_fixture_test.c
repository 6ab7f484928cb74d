#include "app/privacy_fixture.h"

#include <stdio.h>

#include "access/access.h"
#include "customer/billing.h"
#include "dispute/dispute_db.h"
#include "dispute/evidence_db.h"
#include "failure/failure.h"
#include "payment/decline.h"
#include "payment/prompt_db.h"
#include "subscription/subscription.h"

/* ---- somebody in every table */

struct shop *life_open(struct test *t)
{
    struct shop *s = shop_open(t);
    shop_catalog(s,
        "{\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000}]},"
        "{\"id\":\"gift\",\"name\":\"Gift\",\"prices\":[{\"id\":\"gift-usd\",\"amount\":0}]},"
        "{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":10},"
        "\"prices\":[{\"id\":\"pack-usd\",\"amount\":100}]}],"
        "\"plans\":[{\"id\":\"free\",\"name\":\"Free\",\"limits\":{\"generationsPerDay\":50},\"prices\":[]}],"
        "\"operations\":{\"song\":3},"
        "\"coupons\":[{\"code\":\"EACH\",\"amount\":100,\"currency\":\"USD\",\"perCustomer\":1}],"
        "\"routing\":{\"card\":[\"moneymotion\"]}}");
    return s;
}

struct shop_session *life_newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

struct str life_buy(struct shop *s, const char *key, const char *members)
{
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\nUser-Agent: Flow-Matic/1\r\n", key)),
        str_fmt(a, "{\"email\":\"" MAIL "\",\"again\":true,%s}", members), &status);
    EXPECT_I64(status, 200);
    return json_text(a, json_root(answer), "data.orderId");
}

void life_pay(struct shop *s)
{
    struct test *t = s->t;
    life_newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", life_newest(s), life_newest(s)->total), 200);
    shop_jobs(s);
}

void life_post(struct shop *s, const char *path, const char *key, const char *body)
{
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    int status = 0;
    struct str answer = shop_post(
        s, path, str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)), str_of_c(body), &status);
    if (status != 200)
        printf("  %.*s\n", SARG(answer));
    EXPECT_I64(status, 200);
}

void life_sign_in(struct shop *s, const char *sub)
{
    struct test *t = s->t;
    struct str jwt = shop_token(s, sub, MAIL, true);
    struct req *r = shop_ask(s, "POST", "/session",
        "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://app.example.com\r\n",
        str_fmt(s->c->arena, "token=%.*s", SARG(jwt)));
    EXPECT_I64(r->out.status, 303);
}

static void use_credits(struct shop *s)
{
    life_post(s, "/api/admin/credits/grant", "g1",
        "{\"customerId\":\"g-1\",\"amount\":40,\"reason\":\"for " NAME "\",\"type\":\"bonus\"}");
    life_post(s, "/api/credits/spend", "s1",
        "{\"customerId\":\"g-1\",\"operation\":\"song\",\"description\":\"a song for " NAME "\","
        "\"reference\":\"song-1952\",\"labels\":{\"who\":\"" NAME "\"}}");
    life_post(s, "/api/credits/reserve", "r1",
        "{\"customerId\":\"g-1\",\"amount\":2,\"description\":\"" NAME "\",\"ttlSeconds\":60}");
}

struct subscribing {
    struct somebody who;
    struct str order;
    enum subscription_status status;
};

static enum err subscribe(struct ctx *c, void *arg)
{
    const struct subscribing *in = arg;
    struct order o;
    bool is_new = false;
    TRY(order_get(c, in->order, &o));
    struct subscription s = {
        .customer_n = in->who.n,
        .order_n = o.n,
        .status = SUBSCRIPTION_ACTIVE,
        .terms = { .plan = S("basic"),
            .group = S("default"),
            .price = S("basic-month"),
            .source = S("{}"),
            .months = 1,
            .amount = { 999, CUR_USD },
            .coupon = S(""),
            .country = S("US"),
            .tax_name = S("Tax") },
        .reference = S(""),
        .payer = S("cus_" MAIL),
        .reason = S(NAME " moves"),
        .feedback = S("says " NAME),
        .next_price = S(""),
        .anchor_ms = c->now_ms,
        .period_start_ms = c->now_ms,
        .period_end_ms = c->now_ms + 1000,
    };
    TRY(subscription_insert(c, &s, &is_new));
    s.ended_ms = in->status == SUBSCRIPTION_CANCELED ? c->now_ms : 0;
    TRY(subscription_become(c, &s, in->status));
    struct subscription_change k = {
        .subscription_n = s.n,
        .deed = SUBSCRIPTION_CANCEL,
        .price = S(""),
        .reason = S(NAME " moves"),
        .feedback = S("says " NAME),
        .why = S(""),
        .actor = S("user:" MAIL),
    };
    TRY(subscription_change_insert(c, &k));
    const struct access_plan plan = {
        .group = S("default"), .plan = S("basic"), .terms = S("{}"), .until_ms = c->now_ms + 1000
    };
    return access_set(c, in->who.n, &plan);
}

static enum err bill_to(struct ctx *c, void *arg)
{
    struct customer k;
    bool found = false;
    struct billing b = {
        .name = S(NAME),
        .line1 = S("1 Navy Yard"),
        .line2 = S("c/o " NAME),
        .city = S("Arlington"),
        .postcode = S("22201"),
        .country = S("US"),
        .tax_id = S("US-99"),
    };
    (void)arg;
    TRY(customer_find(c, S("g-1"), &found, &k));
    return billing_set(c, &k, &b, &b);
}

static enum err find(struct ctx *c, void *arg)
{
    struct subscribing *in = arg;
    return person_find(c, S("g-1"), &in->who);
}

void life_subscribe(struct shop *s, struct str order, enum subscription_status status)
{
    struct test *t = s->t;
    struct subscribing in = { .order = order, .status = status };
    EXPECT_OK(db_read(s->c, find, &in));
    EXPECT_OK(db_tx(s->c, "subscribe", subscribe, &in));
}

/* An order, and the first try to pay it. */
static enum err find_order(struct ctx *c, const struct str *id, struct order *o, struct attempt **a)
{
    size_t n = 0;
    TRY(order_get(c, *id, o));
    return attempts_of(c, o->n, a, &n);
}

static enum err dispute(struct ctx *c, void *arg)
{
    struct order o;
    struct attempt *a = NULL;
    TRY(find_order(c, arg, &o, &a));
    struct dispute d = {
        .id = id_new(c),
        .gateway = a->gateway,
        .reference = S("dp_1952"),
        .attempt_n = a->n,
        .order_n = o.n,
        .status = DISPUTE_WON,
        .word = S("won"),
        .reason = S("fraudulent"),
        .amount = a->amount,
        .fee = { 0, a->amount.cur },
        .opened_ms = c->now_ms,
        .closed_ms = c->now_ms,
        .created_ms = c->now_ms,
    };
    TRY(dispute_db_insert(c, &d));
    d.version = 1;
    d.evidence = S("{\"customerName\":\"" NAME "\"}");
    d.evidence_why = S("it is not said that " NAME " bought it");
    TRY(dispute_db_update(c, &d));
    struct dispute_file f = {
        .id = id_new(c),
        .dispute_n = d.n,
        .field = evidence_field_find(S("receipt")),
        .name = S(NAME ".png"),
        .type = S("image/png"),
        .body = S("\x89PNG " NAME),
    };
    return evidence_db_put_file(c, &f);
}

void life_dispute(struct shop *s, struct str order)
{
    struct test *t = s->t;
    EXPECT_OK(db_tx(s->c, "dispute", dispute, &order));
}

static enum err ask_phone(struct ctx *c, void *arg)
{
    struct order o;
    struct attempt *a = NULL;
    TRY(find_order(c, arg, &o, &a));
    struct prompt p = { .attempt_n = a->n,
        .country = S("UG"),
        .operator= S("MTN of " NAME),
        .phone = S("+256700000100"),
        .words = S(NAME " has no mobile money") };
    return prompt_db_put(c, &p);
}

static enum err decline(struct ctx *c, void *arg)
{
    struct order o;
    struct attempt *a = NULL;
    TRY(find_order(c, arg, &o, &a));
    const struct settle s = {
        .gateway = a->gateway,
        .notice = { .kind = NOTICE_DECLINED, .method_brand = S("visa"), .method_last4 = S("0002") },
        .attempt = *a,
        .order = o,
    };
    return decline_note(c, &s);
}

/* Something failed for them. */
static enum err meet_error(struct ctx *c, void *arg)
{
    struct customer them;
    bool found = false;
    (void)arg;
    TRY(customer_find(c, S("g-1"), &found, &them));
    must(found);
    mishap_note(c, MISHAP_REQUEST, S("GET /account"), CODE_INTERNAL);
    c->about_n = 0;
    return E_OK;
}

/* Orders as a guest, who then signs in, and as a customer; what others bought is around it. */
void life_live(struct shop *s)
{
    struct test *t = s->t;
    int status = 0;
    life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    life_pay(s);
    life_sign_in(s, "g-1");
    struct req *r =
        shop_ask(s, "PUT", "/api/customers/g-1", KEY "Content-Type: application/json\r\n",
            S("{\"name\":\"" NAME "\",\"country\":\"US\",\"timeZone\":\"America/New_York\","
              "\"image\":\"https://example.com/" MAIL ".png\",\"taxId\":\"US-99\","
              "\"address\":[\"" NAME "\",\"1 Navy Yard\"]}"));
    EXPECT_I64(r->out.status, 200);
    EXPECT_OK(db_tx(s->c, "bill to", bill_to, NULL));
    struct str order = life_buy(s, "k2",
        "\"customerId\":\"g-1\",\"items\":[{\"price\":\"pack-usd\",\"quantity\":5}],\"coupon\":\"EACH\","
        "\"metadata\":{\"for\":\"" NAME "\"},\"successUrl\":\"https://app.example.com/?m=" MAIL
        "\"");
    EXPECT_OK(db_tx(s->c, "decline", decline, &order));
    EXPECT_OK(db_tx(s->c, "phone", ask_phone, &order));
    life_pay(s);
    life_newest(s)->status = "refunded";
    shop_webhook(s, "refunded", life_newest(s), life_newest(s)->total);
    shop_jobs(s);
    use_credits(s);
    life_subscribe(s, order, SUBSCRIPTION_CANCELED);
    life_dispute(s, order);
    shop_buy(s, "other", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-2\"");
    life_pay(s);
    shop_get(s, "/api/credits?customerId=g-1", KEY, &status);
    EXPECT_OK(db_read(s->c, meet_error, NULL));
    EXPECT_OK(failure_write_down(s->c, true));
    shop_wait(s, 61 * 1000);
}

/* ---- written down */

enum err life_export_read(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    x->out = BUF(c->arena);
    TRY(x->guest ? person_guest(c, str_of_c(x->whom), &x->who)
                 : person_find(c, str_of_c(x->whom), &x->who));
    return privacy_export(c, &x->who, &x->out);
}

struct str life_export(struct shop *s, const char *whom, bool guest)
{
    struct test *t = s->t;
    struct exporting x = { .whom = whom, .guest = guest };
    EXPECT_OK(db_read_whole(s->c, life_export_read, &x));
    EXPECT_OK(json_check(s->c, buf_str(&x.out)));
    return buf_str(&x.out);
}

size_t life_rows(struct str document, const char *path)
{
    size_t n = 0;
    struct json_value list = json_at(json_root(document), path);
    for (struct json_iter it = json_iter(list); json_next(&it);)
        n++;
    return n;
}
