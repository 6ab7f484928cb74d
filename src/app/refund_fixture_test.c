#include "app/refund_fixture.h"

static const struct stripe_said complete = { "checkout.session.completed", SAID_SESSION, "complete",
    "paid", 0 };

/* An order of 10.00 that was paid at Stripe. */
struct str refund_paid_with(struct stripe_shop *s, const char *key, const char *members)
{
    struct test *t = s->shop->t;
    struct str id = stripe_buy(s, key, members);
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    shop_jobs(s->shop);
    return id;
}

struct str refund_paid(struct stripe_shop *s)
{
    return refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\"");
}

struct str refund_ask(struct shop *s, const char *path, const char *key, struct str body, int want)
{
    struct test *t = s->t;
    int status = 0;
    struct str answer = shop_post(s, path,
        str_c(s->c->arena, str_fmt(s->c->arena, REFUND_KEY "Idempotency-Key: %s\r\n", key)), body,
        &status);
    EXPECT_I64(status, want);
    if (status != want)
        EXPECT_STR(answer, S(""));
    return answer;
}

/* members: `"amount":300`, or nothing. */
struct str refund_give(
    struct shop *s, const char *key, struct str order, const char *members, int want)
{
    return refund_ask(s, "/api/admin/refunds", key,
        str_fmt(s->c->arena, "{\"orderId\":\"%.*s\",\"reason\":\"asked for it\"%s%s}", SARG(order),
            *members != 0 ? "," : "", members),
        want);
}

struct str refund_member(struct shop *s, struct str answer, const char *path)
{
    must(json_check(s->c, answer) == E_OK);
    return json_text(s->c->arena, json_root(answer), path);
}

void refund_expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    EXPECT_STR(order_status_text(shop_order(s, id).status), order_status_text(want));
}

/* What is left at the gateway, and the books agree with it. */
void refund_expect_left(struct stripe_shop *s, int64_t want)
{
    struct test *t = s->shop->t;
    const struct stripe_page *p = stripe_newest(s);
    EXPECT_I64(p->units - p->back, want);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), want);
    shop_verify(s->shop);
}

/* ---- packs */

static const char packs[] =
    "{\"products\":[{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":100},\"prices\":"
    "[{\"id\":\"pack-usd\",\"amount\":1000}]}],\"tax\":{\"rates\":[{\"country\":\"DE\","
    "\"basisPoints\":1900}]},\"clawback\":{\"whenSpent\":\"%s\"},"
    "\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]}}";

struct stripe_shop *refund_pack_shop(struct test *t, const char *when_spent)
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct buf b = BUF(t->c->arena);
    struct str head, tail;
    str_cut(str_of_c(packs), '%', &head, &tail);
    buf_fmt(&b, "%.*s%s%.*s", SARG(head), when_spent, SARG(str_from(tail, 1)));
    shop_catalog(s->shop, str_c(t->c->arena, buf_str(&b)));
    return s;
}

struct str refund_pack(struct stripe_shop *s, const char *key)
{
    return refund_paid_with(
        s, key, "\"priceId\":\"pack-usd\",\"customerId\":\"u-1\",\"again\":true");
}

int64_t refund_balance(struct shop *s)
{
    int64_t n = -1;
    struct str answer = shop_get(s, "/api/credits?customerId=u-1", REFUND_KEY, NULL);
    must(json_check(s->c, answer) == E_OK);
    must(json_to_i64(json_at(json_root(answer), "data.balance"), &n));
    return n;
}

void refund_spend(struct shop *s, const char *key, int64_t amount)
{
    refund_ask(s, "/api/credits/spend", key,
        str_fmt(s->c->arena, "{\"customerId\":\"u-1\",\"amount\":%lld}", (long long)amount), 200);
}
