#include "sandbox/stripe_fixture.h"

#define CUSTOMERS "POST /v1/customers"

static struct said with_key(struct fixture *f, const char *what, const char *form, const char *key)
{
    const struct net_header header = { S("Idempotency-Key"), str_of_c(key) };
    return vendor_ask_with(f, what, form, &header, 1);
}

TEST("Stripe's signature is the vendor's to the byte, one for each secret that holds")
{
    struct fixture f = { 0 };
    static const char *const env[] = {
        "STRIPE_WEBHOOK_SECRET=whsec_test_secret,whsec_another_secret", NULL
    };
    fixture_open(t, &f, env);
    struct hook d = { .body = S("{\"id\":\"evt_test_webhook\",\"object\":\"event\"}") };
    struct str headers = S("");
    t->c->wall_ms = INT64_C(1700000000000);
    EXPECT_OK(st_signs(t->c, &d, &headers));
    EXPECT(str_starts(headers,
        S("Stripe-Signature: t=1700000000,v1="
          "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990,v1=")));
    d.headers = S("whsec_test_secret");
    EXPECT_OK(st_signs(t->c, &d, &headers));
    EXPECT(str_starts(headers,
        S("Stripe-Signature: t=1700000000,v1="
          "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990,v0=")));
    fixture_close(&f);
}

TEST("Stripe refuses what it cannot read in its own shape, and does nothing")
{
    static const struct {
        const char *what, *form;
        int status;
        const char *code, *param;
    } cases[] = {
        { CUSTOMERS, "wat=1", 400, "parameter_unknown", "wat" },
        { CUSTOMERS, "invoice_settings[nope]=1", 400, "parameter_unknown",
            "invoice_settings[nope]" },
        { CUSTOMERS, "email=", 200, "", "" },
        { CUSTOMERS, "balance=abc", 400, "parameter_invalid_integer", "balance" },
        { CUSTOMERS, "tax_exempt=", 400, "parameter_invalid_empty", "tax_exempt" },
        { CUSTOMERS, "a[b=1", 400, "", "" },
        { CUSTOMERS, "email=%ff", 400, "", "" },
        { CUSTOMERS, "{\"email\":1}", 400, "parameter_unknown", "{\"email\":1}" },
        { "POST /v1/payment_intents", "currency=usd", 400, "parameter_missing", "amount" },
        { "POST /v1/payment_intents", "amount=10&currency=usd", 400, "amount_too_small", "amount" },
        { "POST /v1/payment_intents", "amount=1000&currency=xyz", 400, "", "currency" },
        { "GET /v1/customers/cus_x", "", 404, "resource_missing", "id" },
        { "GET /v1/customers?starting_after=cus_x", "", 400, "resource_missing", "starting_after" },
        { "GET /v1/customers?starting_after=a&ending_before=b", "", 400, "", "" },
        { "GET /v1/customers?limit=abc", "", 400, "parameter_invalid_integer", "limit" },
        { "GET /v1/customers?expand[]=email", "", 400, "", "expand" },
        { "GET /v1/nothing", "", 404, "", "" },
        { "DELETE /v1/customers", "", 404, "", "" },
        { "POST /v1/checkout/sessions", "mode=setup", 400, "", "mode" },
        { "POST /v1/checkout/sessions", "mode=payment&success_url=ftp://x", 400, "url_invalid",
            "success_url" },
        { "POST /v1/refunds", "charge=ch_x", 400, "resource_missing", "charge" },
    };
    struct fixture f = { 0 };
    vendor_open(t, &f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct said said = vendor_ask(&f, cases[i].what, cases[i].form);
        EXPECT_I64(said.status, cases[i].status);
        if (said.status == 200)
            continue;
        EXPECT_STR(tree_str(said.body, "error.type"), S("invalid_request_error"));
        EXPECT_STR(tree_str(said.body, "error.code"), str_of_c(cases[i].code));
        EXPECT_STR(tree_str(said.body, "error.param"), str_of_c(cases[i].param));
        EXPECT(tree_str(said.body, "error.message").n > 0);
    }
    EXPECT_STR(vendor_events(&f), S("customer.created"));
    fixture_close(&f);
}

TEST("Stripe wants its secret key and a version that it knows")
{
    struct fixture f = { 0 };
    static const char *const env[] = { "STRIPE_SECRET_KEY=sk_test_another_0123", NULL };
    fixture_open(t, &f, env);
    EXPECT_I64(vendor_ask(&f, "GET /v1/customers", "").status, 401);
    EXPECT_I64(vendor_ask(&f, "GET /v1/nothing", "").status, 401);
    fixture_close(&f);
    struct fixture g = { 0 };
    fixture_open(t, &g, NULL);
    const struct net_header old = { S("Stripe-Version"), S("2024-06-20") };
    const struct net_header none = { S("Stripe-Version"), S("2024-06-21") };
    EXPECT_I64(vendor_ask_with(&g, "GET /v1/customers", "", &old, 1).status, 200);
    EXPECT_I64(vendor_ask_with(&g, "GET /v1/customers", "", &none, 1).status, 400);
    fixture_close(&g);
}

TEST("Stripe answers the same key with the same answer, and another question with an error")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct said first = with_key(&f, CUSTOMERS, "name=Ada", "k1");
    struct said again = with_key(&f, CUSTOMERS, "name=Ada", "k1");
    EXPECT(tree_equal(first.body, again.body));
    struct said other = with_key(&f, CUSTOMERS, "name=Bob", "k1");
    EXPECT_I64(other.status, 400);
    EXPECT_STR(tree_str(other.body, "error.type"), S("idempotency_error"));
    other = with_key(&f, "POST /v1/products", "name=Ada", "k1");
    EXPECT_STR(tree_str(other.body, "error.type"), S("idempotency_error"));
    /* What was refused before it began may be asked again; a declined card stays declined. */
    EXPECT_I64(with_key(&f, CUSTOMERS, "balance=x", "k2").status, 400);
    EXPECT_I64(with_key(&f, CUSTOMERS, "balance=1", "k2").status, 200);
    static const char declined[] = "amount=1000&currency=usd&confirm=true"
                                   "&payment_method=pm_card_visa_chargeDeclined";
    first = with_key(&f, "POST /v1/payment_intents", declined, "k3");
    again = with_key(&f, "POST /v1/payment_intents", declined, "k3");
    EXPECT_I64(first.status, 402);
    EXPECT(tree_equal(first.body, again.body));
    EXPECT_STR(tree_str(first.body, "error.payment_intent.status"), S("requires_payment_method"));
    struct said kept = vendor_ask(&f, "GET /v1/payment_intents", "");
    EXPECT_I64((int64_t)tree_count(tree_at(kept.body, "data")), 1);
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"25h\"}"));
    again = with_key(&f, CUSTOMERS, "name=Ada", "k1");
    EXPECT(!tree_equal(first.body, again.body) && again.status == 200);
    fixture_close(&f);
}

TEST("a session at Stripe is declined, paid, given back in parts, and no further")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = vendor_session(&f);
    struct tree *paid = vendor_pays(&f, id, ",\"card\":\"4000 0000 0000 9995\"");
    EXPECT(tree_true(paid, "declined"));
    EXPECT_STR(tree_str(paid, "why"), S("Your card has insufficient funds."));
    paid = vendor_pays(&f, id, "");
    EXPECT_STR(tree_str(paid, "status"), S("complete"));
    EXPECT_STR(tree_str(paid, "redirect"),
        str_fmt(t->c->arena, "https://shop.example.com/ok?s=%.*s", SARG(id)));
    const char *get = str_c(t->c->arena,
        str_fmt(t->c->arena,
            "GET /v1/checkout/sessions/%.*s?expand[]=payment_intent.latest_charge"
            ".balance_transaction&expand[]=line_items",
            SARG(id)));
    struct tree *s = vendor_ask(&f, get, "").body;
    EXPECT_STR(tree_str(s, "payment_status"), S("paid"));
    EXPECT_STR(tree_str(s, "payment_intent.metadata.order"), S("ord_1"));
    EXPECT_I64(tree_i64(s, "line_items.data.0.amount_total"), 3998);
    EXPECT_I64(tree_i64(s, "payment_intent.latest_charge.balance_transaction.net"), 3998 - 146);
    struct str charge = tree_str(s, "payment_intent.latest_charge.id");
    struct said much = vendor_ask(&f, "POST /v1/refunds",
        str_c(t->c->arena, str_fmt(t->c->arena, "charge=%.*s&amount=3999", SARG(charge))));
    EXPECT_STR(tree_str(much.body, "error.message"),
        S("Refund amount ($39.99) is greater than unrefunded amount on charge ($39.98)"));
    static const int64_t parts[] = { 1000, 2998 };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *form = str_c(t->c->arena,
            str_fmt(t->c->arena, "charge=%.*s&amount=%lld", SARG(charge), (long long)parts[i]));
        EXPECT_STR(
            tree_str(vendor_ask(&f, "POST /v1/refunds", form).body, "status"), S("succeeded"));
    }
    const char *more = str_c(t->c->arena, str_fmt(t->c->arena, "charge=%.*s", SARG(charge)));
    struct said over = vendor_ask(&f, "POST /v1/refunds", more);
    EXPECT_STR(tree_str(over.body, "error.code"), S("charge_already_refunded"));
    EXPECT_STR(vendor_events(&f),
        S("product.created price.created payment_intent.created charge.failed "
          "payment_intent.payment_failed charge.succeeded payment_intent.succeeded "
          "charge.updated checkout.session.completed refund.created charge.refunded "
          "refund.created charge.refunded"));
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "captures.0.amount").raw, S("3998"));
    EXPECT_STR(json_at(state, "captures.0.refunded").raw, S("3998"));
    fixture_close(&f);
}

TEST("a test card of elevated risk pays, and Stripe says what it finds; a usual one is normal")
{
    static const struct {
        const char *card, *level;
    } cards[] = { { "4242 4242 4242 4242", "normal" }, { "4000 0000 0000 9235", "elevated" },
        { "4000 0000 0000 4954", "highest" } };
    struct fixture f = { 0 };
    vendor_open(t, &f);
    for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
        struct str id = vendor_session(&f);
        vendor_pays(
            &f, id, str_c(t->c->arena, str_fmt(t->c->arena, ",\"card\":\"%s\"", cards[i].card)));
        const char *get = str_c(t->c->arena,
            str_fmt(t->c->arena,
                "GET /v1/checkout/sessions/%.*s?expand[]=payment_intent.latest_charge", SARG(id)));
        struct tree *s = vendor_ask(&f, get, "").body;
        EXPECT_STR(tree_str(s, "payment_status"), S("paid"));
        EXPECT_STR(tree_str(s, "payment_intent.latest_charge.outcome.risk_level"),
            str_of_c(cards[i].level));
    }
    fixture_close(&f);
}

static int64_t count_of(struct fixture *f, const char *path)
{
    struct tree *data = tree_at(vendor_ask(f, path, "").body, "data");
    int64_t n = 0;
    must(data != NULL);
    tree_each (one, data)
        n++;
    return n;
}

TEST("a list at Stripe has what was made in the span that was asked for, and of events the types")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct tree *first = vendor_ask(&f, "POST /v1/customers", "email=a%40example.com").body;
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"1h\"}"));
    vendor_ask(&f, "POST /v1/customers", "email=b%40example.com");
    vendor_ask(&f, "POST /v1/products", "name=Tea");
    int64_t at = tree_i64(first, "created");
    static const struct {
        const char *asked;
        int64_t n;
    } cases[] = { { "customers?limit=9", 2 }, { "customers?created=%lld", 1 },
        { "customers?created[gt]=%lld", 1 }, { "customers?created[gte]=%lld", 2 },
        { "customers?created[lt]=%lld", 0 }, { "customers?created[lte]=%lld", 1 },
        { "events?created[gt]=%lld", 2 }, { "events?types[]=customer.created", 2 },
        { "events?types[]=product.*&types[]=charge.failed", 1 },
        { "events?types[]=charge.failed&types[]=product.created", 1 },
        { "events?created[lte]=%lld&types[]=product.created", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str head, tail;
        bool timed = str_cut(str_of_c(cases[i].asked), '%', &head, &tail);
        const char *path = str_c(t->c->arena,
            timed ? str_fmt(t->c->arena, "GET /v1/%.*s%lld%.*s", SARG(head), (long long)at,
                        SARG(str_from(tail, 3)))
                  : str_fmt(t->c->arena, "GET /v1/%.*s", SARG(head)));
        EXPECT_I64(count_of(&f, path), cases[i].n);
    }
    fixture_close(&f);
}

TEST("a session at Stripe that nobody pays expires after a day, by the movable clock")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = vendor_session(&f);
    const char *get =
        str_c(t->c->arena, str_fmt(t->c->arena, "GET /v1/checkout/sessions/%.*s", SARG(id)));
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"23h\"}"));
    EXPECT_STR(tree_str(vendor_ask(&f, get, "").body, "status"), S("open"));
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"1h\"}"));
    struct tree *s = vendor_ask(&f, get, "").body;
    EXPECT_STR(tree_str(s, "status"), S("expired"));
    EXPECT(tree_null(s, "url"));
    EXPECT(str_ends(vendor_events(&f), S(" checkout.session.expired")));
    fixture_close(&f);
}

TEST("what is certain a minute later completes a session unpaid, and then pays or fails it")
{
    static const struct {
        const char *outcome, *status, *last;
    } cases[] = { { "async_success", "paid", " checkout.session.async_payment_succeeded" },
        { "async_failure", "unpaid", " checkout.session.async_payment_failed" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct str id = vendor_session(&f);
        const char *get =
            str_c(t->c->arena, str_fmt(t->c->arena, "GET /v1/checkout/sessions/%.*s", SARG(id)));
        vendor_pays(&f, id,
            str_c(t->c->arena, str_fmt(t->c->arena, ",\"outcome\":\"%s\"", cases[i].outcome)));
        struct tree *s = vendor_ask(&f, get, "").body;
        EXPECT_STR(tree_str(s, "status"), S("complete"));
        EXPECT_STR(tree_str(s, "payment_status"), S("unpaid"));
        fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"2m\"}"));
        s = vendor_ask(&f, get, "").body;
        EXPECT_STR(tree_str(s, "payment_status"), str_of_c(cases[i].status));
        EXPECT(str_ends(vendor_events(&f), str_of_c(cases[i].last)));
        fixture_close(&f);
    }
}
