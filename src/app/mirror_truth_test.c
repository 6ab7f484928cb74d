#include "app/stripe_shop.h"

#include <stdio.h>
#include <string.h>

#include "customer/customer.h"
#include "db/db.h"
#include "renewal/renewal.h"

/* A period's six events in each of their 720 orders, while the subscription goes on at Stripe: none
 * of them is believed, and so their order is nobody's business (R24, R100). */

enum {
    SIX = 6
};

/* How it stands at Stripe after each of the six: Stripe's time goes on, whichever event came. */
static const struct {
    const char *status, *invoice; /* of the new period's; NULL: there is none yet */
    bool cancels;
} truth[SIX + 1] = {
    { "active", NULL, false },
    { "active", "draft", false },
    { "active", "open", false },
    { "past_due", "open", false },
    { "active", "paid", false },
    { "active", "paid", true },
    { "active", "paid", false },
};

static const char *const told[SIX] = { "customer.subscription.updated", "invoice.finalized",
    "invoice.payment_failed", "invoice.paid", "invoice.payment_succeeded",
    "customer.subscription.updated" };

struct life {
    struct stripe_shop *stripe;
    struct shop *shop;
    char sub[40];
    int stage;
    int64_t start_s, mid_s, end_s, events, customer_n, subscription_n, lives, renewed;
    size_t order[SIX], n;
    unsigned came;
    int64_t each, seen;
};

/* ---- what Stripe answers */

static struct net_reply answered(struct ctx *c, struct buf *b)
{
    (void)c;
    return (struct net_reply) { .outcome = OUTCOME_DONE, .status = 200, .body = buf_str(b) };
}

static void subscription_json(struct buf *b, const struct life *k)
{
    bool renewed = k->stage > 0;
    buf_fmt(b,
        "{\"id\":\"%s\",\"object\":\"subscription\",\"billing_cycle_anchor\":%lld,\"cancel_at\":",
        k->sub, (long long)k->start_s);
    if (truth[k->stage].cancels)
        buf_fmt(b, "%lld", (long long)k->end_s);
    else
        buf_add(b, S("null"));
    buf_fmt(b,
        ",\"cancel_at_period_end\":%s,\"canceled_at\":null,\"created\":%lld,\"currency\":\"usd\","
        "\"customer\":\"cus_1\",\"default_payment_method\":null,\"discounts\":[],\"ended_at\":null,"
        "\"items\":{\"object\":\"list\",\"data\":[{\"id\":\"si_1\",\"current_period_start\":%lld,"
        "\"current_period_end\":%lld,\"price\":{\"id\":\"price_1\",\"currency\":\"usd\","
        "\"recurring\":{\"interval\":\"month\",\"interval_count\":1},\"unit_amount\":999},"
        "\"quantity\":1}],\"has_more\":false},\"livemode\":false,\"metadata\":{\"attemptId\":"
        "\"att_1\",\"orderId\":\"ord_1\"},\"start_date\":%lld,\"status\":\"%s\",\"trial_end\":null}",
        truth[k->stage].cancels ? "true" : "false", (long long)k->start_s,
        (long long)(renewed ? k->mid_s : k->start_s), (long long)(renewed ? k->end_s : k->mid_s),
        (long long)k->start_s, truth[k->stage].status);
}

static void invoices_json(struct buf *b, const struct life *k)
{
    const char *status = truth[k->stage].invoice;
    bool paid = status != NULL && strcmp(status, "paid") == 0;
    buf_add(b, S("{\"object\":\"list\",\"data\":["));
    if (status != NULL)
        buf_fmt(b,
            "{\"id\":\"in_%s\",\"object\":\"invoice\",\"amount_due\":999,\"amount_paid\":%d,"
            "\"attempt_count\":%d,\"billing_reason\":\"subscription_cycle\",\"created\":%lld,"
            "\"currency\":\"usd\",\"customer\":\"cus_1\",\"hosted_invoice_url\":"
            "\"https://invoice.stripe.com/i/1\",\"livemode\":false,\"next_payment_attempt\":null,"
            "\"number\":\"A-2\",\"status\":\"%s\",\"subtotal\":999,\"total\":999,"
            "\"total_discount_amounts\":[],\"total_taxes\":[],\"parent\":{\"subscription_details\":"
            "{\"subscription\":\"%s\"},\"type\":\"subscription_details\"},\"payments\":{\"data\":["
            "{\"status\":\"paid\",\"payment\":{\"payment_intent\":\"pi_%s\",\"type\":"
            "\"payment_intent\"}}]},\"lines\":{\"data\":[{\"amount\":999,\"currency\":\"usd\","
            "\"period\":{\"start\":%lld,\"end\":%lld},\"parent\":{\"subscription_item_details\":"
            "{\"proration\":false}}}]}}",
            k->sub, paid ? 999 : 0, k->stage > 2 ? 1 : 0, (long long)k->mid_s, status, k->sub,
            k->sub, (long long)k->mid_s, (long long)k->end_s);
    buf_add(b, S("],\"has_more\":false}"));
}

static struct net_reply answer(
    void *self, struct ctx *c, const struct net_request *in, const char *fault)
{
    struct life *k = self;
    struct buf b = BUF(c->arena);
    must(*fault == 0);
    if (str_has(in->url, S("/v1/invoices")))
        invoices_json(&b, k);
    else
        subscription_json(&b, k);
    return answered(c, &b);
}

/* ---- a subscription as its first order began it */

static enum err subscribe(struct ctx *c, void *arg)
{
    struct life *k = arg;
    struct str name = str_fmt(c->arena, "ada-%lld", (long long)k->lives);
    const struct customer said = { .external_id = name,
        .email = str_fmt(c->arena, "%.*s@example.com", SARG(name)) };
    const struct catalog *catalog = NULL;
    struct customer ada;
    struct order o = { .id = id_new(c),
        .currency = CUR_USD,
        .subtotal_minor = 999,
        .total_minor = 999,
        .tax_name = S("Tax"),
        .basket = name,
        .expires_ms = c->now_ms };
    const struct order_line line = { .product = S("basic"),
        .price = S("basic-month"),
        .name = S("Basic"),
        .quantity = 1,
        .unit_minor = 999,
        .amount_minor = 999,
        .total_minor = 999 };
    bool is_new = false;
    TRY(customer_ensure(c, &said, &ada));
    TRY(catalog_now(c, &catalog));
    const struct product *plan = catalog_product(catalog, S("basic"));
    o.customer_n = ada.n;
    TRY(order_insert(c, &o, &line, 1));
    struct subscription s = { .customer_n = ada.n,
        .order_n = o.n,
        .status = SUBSCRIPTION_ACTIVE,
        .terms = { .plan = plan->id,
            .group = plan->group,
            .price = S("basic-month"),
            .source = plan->source,
            .months = 1,
            .amount = { 999, CUR_USD },
            .tax_name = S("Tax") },
        .gateway = GATEWAY_ID_stripe,
        .reference = str_of_c(k->sub),
        .anchor_ms = k->start_s * 1000,
        .period_start_ms = k->start_s * 1000,
        .period_end_ms = k->mid_s * 1000 };
    TRY(subscription_insert(c, &s, &is_new));
    k->subscription_n = s.n;
    return E_OK;
}

/* ---- its events */

static void tell(struct life *k, size_t which)
{
    struct test *t = k->shop->t;
    struct arena *a = t->c->arena;
    bool is_invoice = str_starts(str_of_c(told[which]), S("invoice"));
    struct str object = is_invoice
        ? str_fmt(a,
              "{\"id\":\"in_%s\",\"object\":\"invoice\",\"livemode\":false,\"parent\":{\"type\":"
              "\"subscription_details\",\"subscription_details\":{\"subscription\":\"%s\","
              "\"metadata\":{\"attemptId\":\"att_1\"}}}}",
              k->sub, k->sub)
        : str_fmt(a,
              "{\"id\":\"%s\",\"object\":\"subscription\",\"livemode\":false,\"status\":\"active\","
              "\"metadata\":{\"attemptId\":\"att_1\"}}",
              k->sub);
    struct str body = str_fmt(a,
        "{\"id\":\"evt_%s_%zu\",\"object\":\"event\",\"type\":\"%s\",\"created\":%lld,"
        "\"livemode\":false,\"data\":{\"object\":%.*s}}",
        k->sub, which, told[which], (long long)(t->c->now_ms / 1000), SARG(object));
    EXPECT_I64(stripe_post(k->stripe, body), 200);
    k->events++;
}

static enum err look(struct ctx *c, void *arg)
{
    struct subscription *s = arg;
    return subscription_by_n(c, s->n, s);
}

/* The events in this order; after each Stripe stands a step further on. */
static void deliver(struct life *k)
{
    struct test *t = k->shop->t;
    snprintf(k->sub, sizeof k->sub, "sub_life%lld", (long long)++k->lives);
    k->stage = 0;
    EXPECT_OK(db_tx(t->c, "subscribe", subscribe, k));
    for (size_t i = 0; i < SIX; i++) {
        k->stage = (int)i + 1;
        tell(k, k->order[i]);
        shop_jobs(k->shop);
    }
    struct subscription s = { .n = k->subscription_n };
    EXPECT_OK(db_read(t->c, look, &s));
    k->renewed += 999;
    bool ends = s.status == SUBSCRIPTION_ACTIVE && s.period_end_ms == k->end_s * 1000 &&
        s.cancel_at_ms == 0 && s.past_due_ms == 0;
    if (ends && shop_balance(k->shop, LEDGER_GATEWAY, CUR_USD) == k->renewed)
        return;
    for (size_t i = 0; i < SIX; i++)
        printf("  %s\n", told[k->order[i]]);
    EXPECT_STR(subscription_status_text(s.status), S("active"));
    EXPECT_I64(s.period_end_ms, k->end_s * 1000);
    EXPECT_I64(s.cancel_at_ms, 0);
    EXPECT_I64(shop_balance(k->shop, LEDGER_GATEWAY, CUR_USD), k->renewed);
}

/* Depth is at most six. */
static void every_order(struct life *k)
{
    if (k->n == SIX && k->seen++ % k->each == 0)
        deliver(k);
    for (size_t i = 0; i < SIX && k->n < SIX; i++) {
        if ((k->came & (1u << i)) != 0)
            continue;
        k->order[k->n++] = i;
        k->came |= 1u << i;
        every_order(k);
        k->came &= ~(1u << i);
        k->n--;
    }
}

static struct life *begin(struct test *t)
{
    struct life *k = arena_new(t->c->arena, struct life);
    struct stripe_shop *s = stripe_shop_open(t);
    int64_t now_s = t->c->now_ms / 1000;
    *k = (struct life) { .stripe = s,
        .shop = s->shop,
        .start_s = now_s,
        .mid_s = now_s + 30 * 86400,
        .end_s = now_s + 60 * 86400,
        .each = stripe_sample(t) };
    s->shop->stripe = answer;
    s->shop->stripe_self = k;
    return k;
}

TEST("R24 R100 six events of a period in each of 720 orders end in one state, renewed once")
{
    struct life *k = begin(t);
    every_order(k);
    EXPECT_I64(k->seen, 720);
    EXPECT_I64(shop_balance(k->shop, LEDGER_SALES, CUR_USD), -999 * k->lives);
    shop_verify(k->shop);
}

TEST("R24 F31 F34 any of a period's six events alone, lost or doubled: the end is the same")
{
    struct life *k = begin(t);
    for (unsigned came = 1; came < 1u << SIX; came++) {
        snprintf(k->sub, sizeof k->sub, "sub_part%lld", (long long)++k->lives);
        k->stage = 0;
        EXPECT_OK(db_tx(t->c, "subscribe", subscribe, k));
        k->stage = SIX; /* all has happened before the first word of it comes */
        for (size_t i = 0; i < SIX; i++)
            for (int copy = 0; copy < 2 && (came & (1u << i)) != 0; copy++)
                tell(k, i);
        shop_jobs(k->shop);
        struct subscription s = { .n = k->subscription_n };
        EXPECT_OK(db_read(t->c, look, &s));
        EXPECT_I64(s.period_end_ms, k->end_s * 1000);
        EXPECT_I64(shop_facts(k->shop, "SUBSCRIPTION_RENEWED"), k->lives);
    }
    shop_verify(k->shop);
}
