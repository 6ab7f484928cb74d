#include "app/shop_fixture.h"

#include "db/db.h"
#include "edge/admin.h"
#include "edge/csrf.h"
#include "edge/key.h"
#include "edge/session.h"
#include "fact/fact.h"

/* What one buyer may do to himself, to others and to the shop. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    struct order o = shop_order(s, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

TEST("the same items with another coupon or country within a minute cost what they cost now")
{
    struct shop *s = shop_open(t);
    struct str plain = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct str less = shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"TEN\"");
    EXPECT_I64(newest(s)->total, 900);
    EXPECT_I64(shop_order(s, less).total_minor, 900);
    struct str taxed = shop_buy(s, "k3", "\"priceId\":\"mug-usd\",\"country\":\"DE\"");
    EXPECT_I64(newest(s)->total, 1190);
    EXPECT(!str_eq(plain, less) && !str_eq(less, taxed));
    EXPECT_STR(shop_buy(s, "k4", "\"priceId\":\"mug-usd\",\"country\":\"DE\""), taxed);
}

TEST("R54 two strangers who take the same gift are not each other")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str body = S("{\"priceId\":\"gift-usd\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 200);
    struct str answer =
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k2\r\n", body, &status);
    EXPECT_I64(status, 200);
    EXPECT(json_is(json_at(json_root(answer), "data.orderNumber"), "ORD-2026-000002"));
}

TEST("R9 a coupon with a limit for each customer asks who it is")
{
    struct shop *s = shop_open(t);
    int status = 0;
    struct str body = S("{\"priceId\":\"mug-usd\",\"coupon\":\"MINE\"}");
    struct str answer =
        shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 422);
    EXPECT(json_is(json_at(json_root(answer), "code"), "INVALID_COUPON"));
    expect_status(
        s, shop_buy(s, "k2", "\"priceId\":\"mug-usd\",\"coupon\":\"MINE\""), ORDER_COMPLETED);
}

struct making {
    struct key key;
    struct str text;
};

static enum err make_key_tx(struct ctx *c, void *arg)
{
    struct making *k = arg;
    return key_create(c, &k->key, k->text);
}

TEST("R52 a key that may only read makes and cancels no order")
{
    struct shop *s = shop_open(t);
    struct making k = { .text = key_draw(s->c) };
    int status = 0;
    EXPECT_OK(key_check(s->c, S("readonly"), S("reports"), 0, &k.key));
    EXPECT_OK(db_tx(s->c, "key", make_key_tx, &k));
    const char *headers = str_c(s->c->arena,
        str_fmt(
            s->c->arena, "Authorization: Bearer %.*s\r\nIdempotency-Key: k9\r\n", SARG(k.text)));
    shop_get(s, "/api/orders", headers, &status);
    EXPECT_I64(status, 200);
    shop_post(s, "/api/checkout/quote", headers, S("{\"priceId\":\"mug-usd\"}"), &status);
    EXPECT_I64(status, 200);
    shop_post(s, "/api/checkout/create", headers,
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}"), &status);
    EXPECT_I64(status, 403);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct str path = str_fmt(s->c->arena, "/api/orders/%.*s/cancel", SARG(id));
    shop_post(s, str_c(s->c->arena, path), headers, S(""), &status);
    EXPECT_I64(status, 403);
    expect_status(s, id, ORDER_PENDING);
}

TEST("R3 forints are compared in what the gateway counts, when somebody has said how it counts")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_HUF_EXPONENT=0" });
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-huf\"");
    EXPECT_I64(newest(s)->total, 1000);
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_COMPLETED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_HUF), 100000);
    struct str other = shop_buy(s, "k2", "\"priceId\":\"mug-huf\",\"again\":true");
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 100000), 200);
    shop_jobs(s);
    expect_status(s, other, ORDER_REVIEW);
    shop_verify(s);
}

TEST("R3 two things of ten and a half forints are one line of twenty-one")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_HUF_EXPONENT=0" });
    shop_buy(s, "k1", "\"items\":[{\"price\":\"pen-huf\",\"quantity\":2}]");
    EXPECT_I64(newest(s)->total, 21);
}

TEST("R6 a currency that nobody knows is not ours")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    newest(s)->says = "XQQ";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    shop_jobs(s);
    expect_status(s, id, ORDER_REVIEW);
}

TEST("R23 an event without a session, or with an id that cannot be asked about, harms nothing")
{
    struct shop *s = shop_open(t);
    int status = 0;
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}");
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n", body, &status);
    EXPECT_I64(status, 502);
    struct shop_session odd = { .id = "a/b?c=1 d", .attempt = s->session[0].attempt };
    EXPECT_I64(shop_webhook(s, "complete", &odd, 1000), 200);
    shop_jobs(s);
    for (int i = 0; i < 10; i++)
        shop_wait(s, 20 * 1000);
    expect_status(s, S("ORD-2026-000001"), ORDER_COMPLETED);
    struct shop_session none = { .id = "", .attempt = S("") };
    EXPECT_I64(shop_webhook(s, "thawed", &none, 0), 200);
    EXPECT_I64(shop_webhook(s, "complete", &none, 1000), 400);
    struct str words;
    bool changes = true;
    EXPECT_OK(inbox_replay(s->c, 2, false, &words, &changes));
    EXPECT_STR(words, S("unknown to purser"));
    EXPECT(!changes);
    shop_verify(s);
}

struct listed {
    struct buf headers;
};

static enum err list_one(struct ctx *c, const struct event *e, void *arg)
{
    struct listed *l = arg;
    (void)c;
    buf_add(&l->headers, e->headers);
    return E_OK;
}

static enum err list_events(struct ctx *c, void *arg)
{
    struct event_filter all = { .status = -1, .limit = 10 };
    return event_list(c, &all, list_one, arg);
}

TEST("R65 whatever header carries the signature, only its hash is kept")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_SIG_HEADERS=x-mm-sig" });
    struct str raw, body = S("{\"event\":\"thawed\"}");
    int status = 0;
    EXPECT_OK(
        hmac_sign(s->c, HMAC_SHA512, secret_of(S("mm_whsec_test_0123456789abcdef")), body, &raw));
    struct str text = base64_text(s->c->arena, raw);
    struct str headers =
        str_fmt(s->c->arena, "x-mm-sig: %.*s\r\nX-Forward-Auth-Token: t0ken\r\n", SARG(text));
    shop_post(s, "/api/webhooks/moneymotion", str_c(s->c->arena, headers), body, &status);
    EXPECT_I64(status, 200);
    struct listed l = { BUF(s->c->arena) };
    EXPECT_OK(db_read(s->c, list_events, &l));
    EXPECT(str_has(buf_str(&l.headers), S("x-mm-sig")));
    EXPECT(!str_has(buf_str(&l.headers), text));
    EXPECT(!str_has(buf_str(&l.headers), S("t0ken")));
}

static enum err find_words(struct ctx *c, const struct fact_row *row, void *arg)
{
    bool *found = arg;
    *found = *found || str_has(row->data, S("Invalid API key"));
    return c->dead ? E_DEAD : E_OK;
}

static enum err find_in_facts(struct ctx *c, void *arg)
{
    struct fact_filter all = { .limit = 1000 };
    return fact_list(c, &all, find_words, arg);
}

TEST("a gateway's own words, which may quote the buyer, are no part of what is kept for ever")
{
    struct shop *s = shop_open(t);
    bool found = false;
    s->fault = "decline";
    s->fault_call = "create";
    s->faults_left = 1;
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k1\r\n",
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}"), NULL);
    EXPECT_I64(shop_facts(s, "CHECKOUT_SESSION_FAILED"), 1);
    EXPECT_OK(db_read(s->c, find_in_facts, &found));
    EXPECT(!found);
}

static enum err sign_in_tx(struct ctx *c, void *arg)
{
    const struct str *secret = arg;
    struct session_new session = { .secret = *secret };
    TRY(admin_insert(c, id_new(c), S("vera@example.com"), ROLE_VIEWER, &session.admin_n));
    return session_begin(c, &session);
}

TEST("R53 who only looks sees every order and cancels none")
{
    struct shop *s = shop_open(t);
    struct arena *a = s->c->arena;
    struct str secret = session_draw(s->c), id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    int status = 0;
    EXPECT_OK(db_tx(s->c, "sign in", sign_in_tx, &secret));
    const char *headers = str_c(a,
        str_fmt(a,
            "Cookie: __Host-purser=%.*s\r\nOrigin: https://pay.example.com\r\n"
            "X-CSRF-Token: %.*s\r\n",
            SARG(base64url_text(a, secret)), SARG(csrf_token(s->c, secret))));
    struct str path = str_fmt(a, "/api/orders/%.*s", SARG(id));
    shop_get(s, str_c(a, path), headers, &status);
    EXPECT_I64(status, 200);
    path = str_fmt(a, "%.*s/cancel", SARG(path));
    struct str answer = shop_post(s, str_c(a, path), headers, S(""), &status);
    EXPECT_I64(status, 403);
    EXPECT(str_has(answer, S("a viewer looks")));
    expect_status(s, id, ORDER_PENDING);
}
