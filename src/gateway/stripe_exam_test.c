#include "gateway/stripe_fixture.h"

/* What doctor hears of Stripe. */

struct heard {
    struct test *t;
    struct buf words;
    int64_t good, bad;
};

static void hear(void *self, enum verdict verdict, struct str words)
{
    struct heard *h = self;
    h->good += verdict == VERDICT_GOOD;
    h->bad += verdict == VERDICT_BAD;
    buf_fmt(&h->words, "%s %.*s\n",
        verdict == VERDICT_GOOD       ? "good"
            : verdict == VERDICT_MIND ? "mind"
                                      : "bad",
        SARG(words));
}

static struct heard examine(struct test *t, const struct gateway_price *price, size_t prices)
{
    struct heard h = { .t = t, .words = BUF(t->c->arena) };
    struct gateway_exam in = { .price = price,
        .prices = prices,
        .site = S("https://pay.example.com"),
        .say = hear,
        .self = &h };
    EXPECT_OK(STRIPE->examine(t->c, &in));
    return h;
}

#define ENDPOINT(url, status, events, version)                                                     \
    "{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"we_1\",\"url\":\"" url            \
    "\",\"status\":\"" status "\",\"enabled_events\":[" events "],\"api_version\":" version "}]}"
#define OURS "https://pay.example.com/api/webhooks/stripe"

TEST("doctor: the endpoint is there, is on, and is told of all that orders need")
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        { ENDPOINT(OURS, "enabled", "\"*\"", "\"2026-08-26.dahlia\""),
            "good Stripe: the endpoint of our webhooks is told of all that we need\n" },
        { ENDPOINT("https://pay.example.com/api/stripe-webhook", "enabled", "\"*\"", "null"),
            "good Stripe: the endpoint of our webhooks is told of all that we need\n"
            "mind Stripe: its events come in the account's own version; ours is "
            "2026-08-26.dahlia: make the endpoint with that\n" },
        { ENDPOINT(OURS, "disabled", "\"*\"", "\"2026-08-26.dahlia\""),
            "bad Stripe: the endpoint of our webhooks is disabled; enable it\n" },
        { ENDPOINT(OURS, "enabled",
              "\"checkout.session.completed\",\"checkout.session.expired\","
              "\"checkout.session.async_payment_succeeded\","
              "\"checkout.session.async_payment_failed\",\"payment_intent.succeeded\","
              "\"charge.succeeded\",\"charge.dispute.created\",\"charge.dispute.updated\","
              "\"charge.dispute.closed\",\"charge.dispute.funds_withdrawn\","
              "\"customer.subscription.created\",\"customer.subscription.updated\","
              "\"customer.subscription.deleted\",\"invoice.paid\",\"invoice.payment_failed\","
              "\"invoice.payment_action_required\",\"invoice.voided\"",
              "\"2026-08-26.dahlia\""),
            "bad Stripe: the endpoint of our webhooks is not told of "
            "invoice.marked_uncollectible charge.refunded refund.failed "
            "charge.dispute.funds_reinstated\n" },
        { ENDPOINT("https://other.example.com/", "enabled", "\"*\"", "null"),
            "bad Stripe: no endpoint of the account leads to "
            "https://pay.example.com/api/webhooks/stripe; add one\n" },
        { "{\"object\":\"list\",\"data\":[]}",
            "bad Stripe: no endpoint of the account leads to "
            "https://pay.example.com/api/webhooks/stripe; add one\n" },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->body = rows[i].body;
        struct heard h = examine(t, NULL, 0);
        EXPECT_STR(buf_str(&h.words), str_of_c(rows[i].words));
    }
}

TEST("doctor: a key that Stripe refuses, and a Stripe that is away, are each said once")
{
    struct wire *w = wire_open(t);
    w->status = 401;
    w->body = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid API Key "
              "provided: sk_test_****7890\"}}";
    struct heard h = examine(t, NULL, 0);
    EXPECT_STR(buf_str(&h.words),
        S("bad Stripe: cannot be asked: Stripe answered 401: Invalid API Key provided: "
          "[redacted]****7890\n"));
    w->status = 0;
    h = examine(t, NULL, 0);
    EXPECT_STR(buf_str(&h.words), S("bad Stripe: cannot be asked: the connection broke\n"));
}

#define PRICE(active, amount, currency, recurring)                                                 \
    "{\"id\":\"price_1\",\"data\":[],\"active\":" active ",\"unit_amount\":" amount                \
    ",\"currency\":\"" currency "\",\"recurring\":" recurring "}"
#define MONTHLY "{\"interval\":\"month\",\"interval_count\":1}"
#define YEARLY "{\"interval\":\"year\",\"interval_count\":1}"

TEST("doctor: a price of Stripe's is active, and costs what the catalogue says, as often")
{
    static const struct {
        const char *body;
        int months;
        const char *fault; /* NULL: none */
    } rows[] = {
        { PRICE("true", "999", "usd", "null"), 0, NULL },
        { PRICE("true", "999", "usd", MONTHLY), 1, NULL },
        { PRICE("true", "999", "usd", YEARLY), 12, NULL },
        { PRICE("true", "999", "usd", "{\"interval\":\"month\",\"interval_count\":12}"), 12, NULL },
        { PRICE("false", "999", "usd", "null"), 0, "is not active there" },
        { PRICE("true", "998", "usd", "null"), 0,
            "is $9.98\u00a0USD there and $9.99\u00a0USD in the catalogue" },
        { PRICE("true", "999", "eur", "null"), 0,
            "is €9.99\u00a0EUR there and $9.99\u00a0USD in the catalogue" },
        { PRICE("true", "null", "usd", "null"), 0, "has no plain amount there" },
        { PRICE("true", "999", "usd", MONTHLY), 0, "is charged in another rhythm there" },
        { PRICE("true", "999", "usd", YEARLY), 1, "is charged in another rhythm there" },
        { PRICE("true", "999", "usd", "null"), 1, "is charged in another rhythm there" },
        { PRICE("true", "999", "usd", "{\"interval\":\"week\",\"interval_count\":1}"), 1,
            "is charged in another rhythm there" },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_price price = { S("mug-usd"), S("price_1"), { 999, CUR_USD },
            rows[i].months };
        w->body = rows[i].body;
        struct heard h = examine(t, &price, 1);
        if (rows[i].fault == NULL) {
            EXPECT(str_has(buf_str(&h.words), S("good Stripe: prices as in the catalogue: 1\n")));
            continue;
        }
        EXPECT(str_has(buf_str(&h.words),
            str_fmt(t->c->arena, "bad Stripe: the price mug-usd, price_1: %s\n", rows[i].fault)));
    }
    struct gateway_price unset = { S("mug-usd"), S("$STRIPE_PRICE_UNSET"), { 1, CUR_USD }, 0 };
    size_t asks = w->asks;
    examine(t, &unset, 1);
    EXPECT_I64((int64_t)(w->asks - asks), 1); /* its amount is said with each order */
}

#define PORTAL(card, plan)                                                                         \
    "{\"object\":\"list\",\"data\":[{\"id\":\"bpc_1\",\"active\":true,\"is_default\":true,"        \
    "\"features\":{\"payment_method_update\":{\"enabled\":" card                                   \
    "},\"subscription_update\":{\"enabled\":" plan "}}}]}"

TEST("doctor: who sells plans has a portal in which a card is changed and nothing else is sold")
{
    static const struct {
        int status;
        const char *body, *words;
    } rows[] = {
        { 200, PORTAL("true", "false"), "good Stripe: the customer portal is configured\n" },
        { 200, PORTAL("true", "true"),
            "mind Stripe: the customer portal lets customers change plans; turn it off, for purser "
            "does not know its prices\n" },
        { 200, PORTAL("false", "true"),
            "bad Stripe: the customer portal lets nobody change his card; turn it on\n" },
        { 200, "{\"object\":\"list\",\"data\":[]}",
            "bad Stripe: the customer portal has no configuration; save its settings in the "
            "Dashboard\n" },
        { 403, "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"No.\"}}",
            "mind Stripe: the portal's configuration cannot be read: Stripe answered 403: No.\n" },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct heard h = { .t = t, .words = BUF(t->c->arena) };
        struct gateway_exam in = {
            .plans = true, .site = S("https://pay.example.com"), .say = hear, .self = &h
        };
        wire_restart(w);
        wire_next(w, 200, ENDPOINT(OURS, "enabled", "\"*\"", "\"2026-08-26.dahlia\""));
        wire_next(w, rows[i].status, rows[i].body);
        EXPECT_OK(STRIPE->examine(t->c, &in));
        EXPECT(str_ends(buf_str(&h.words), str_of_c(rows[i].words)));
        EXPECT_I64((int64_t)w->asks, 2);
    }
}
