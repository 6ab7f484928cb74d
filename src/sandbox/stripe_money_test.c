#include "sandbox/stripe_fixture.h"
#include "sandbox/stripe_money.h"

static const char *fmt(struct test *t, const char *head, struct str id, const char *tail)
{
    return str_c(t->c->arena, str_fmt(t->c->arena, "%s%.*s%s", head, SARG(id), tail));
}

static struct tree *emit(struct fixture *f, const char *event, struct str id, const char *more)
{
    struct test *t = f->t;
    return tree_parse(t->c->arena,
        fixture_control(f, "/_sandbox/emit",
            str_fmt(t->c->arena, "{\"gateway\":\"stripe\",\"event\":\"%s\",\"id\":\"%.*s\"%s}",
                event, SARG(id), more))
            .raw);
}

static struct tree *intent(struct fixture *f, const char *method, const char *more)
{
    struct test *t = f->t;
    struct said said = vendor_ask(f, "POST /v1/payment_intents",
        str_c(t->c->arena,
            str_fmt(t->c->arena, "amount=1000&currency=usd&confirm=true&payment_method=%s%s",
                method, more)));
    EXPECT_I64(said.status, 200);
    return said.body;
}

static struct tree *charge_of(struct fixture *f, const struct tree *of)
{
    struct test *t = f->t;
    return vendor_ask(f, fmt(t, "GET /v1/charges/", tree_str(of, "latest_charge"), ""), "").body;
}

TEST("what happens at Stripe is told: parts given back, a dispute won and one lost")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = vendor_session(&f);
    vendor_pays(&f, id, "");
    EXPECT_I64(tree_i64(emit(&f, "partially_refunded", id, ",\"amount\":1000"), "refunded"), 1000);
    emit(&f, "disputed", id, "");
    struct said disputes = vendor_ask(&f, "GET /v1/disputes", "");
    EXPECT_I64(tree_i64(disputes.body, "data.0.amount"), 2998);
    EXPECT_I64(tree_i64(disputes.body, "data.0.balance_transactions.0.net"), -2998 - 1500);
    emit(&f, "dispute_won", id, "");
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT(json_is(json_at(state, "sessions.0.status"), "completed"));
    struct str lost = tree_str(intent(&f, "pm_card_createDispute", ""), "id");
    emit(&f, "dispute_lost", lost, "");
    state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT(json_is(json_at(state, "sessions.0.status"), "refunded"));
    EXPECT_STR(json_at(state, "captures.1.refunded").raw, S("1000"));
    struct said refused =
        vendor_ask(&f, "POST /v1/refunds", fmt(t, "payment_intent=", lost, "&amount=1"));
    EXPECT_STR(tree_str(refused.body, "error.code"), S("charge_disputed"));
    EXPECT(str_ends(vendor_events(&f),
        S("charge.dispute.created charge.updated charge.dispute.funds_withdrawn "
          "charge.dispute.closed")));
    fixture_close(&f);
}

TEST("a dispute that is answered is decided by what the answer says")
{
    static const struct {
        const char *words, *status;
        int64_t moved;
    } cases[] = { { "winning_evidence", "won", 2 }, { "losing_evidence", "lost", 1 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct str id = tree_str(charge_of(&f, intent(&f, "pm_card_createDispute", "")), "dispute");
        const char *form = str_c(t->c->arena,
            str_fmt(t->c->arena, "submit=true&evidence[uncategorized_text]=%s", cases[i].words));
        struct said said = vendor_ask(&f, fmt(t, "POST /v1/disputes/", id, ""), form);
        EXPECT_STR(tree_str(said.body, "status"), S("under_review"));
        fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"2m\"}"));
        said = vendor_ask(&f, fmt(t, "GET /v1/disputes/", id, ""), "");
        EXPECT_STR(tree_str(said.body, "status"), str_of_c(cases[i].status));
        EXPECT_I64((int64_t)tree_count(tree_at(said.body, "balance_transactions")), cases[i].moved);
        said = vendor_ask(&f, fmt(t, "POST /v1/disputes/", id, "/close"), "");
        EXPECT_I64(said.status, 400);
        fixture_close(&f);
    }
}

TEST("a refund may be pending first, or fail after it had succeeded")
{
    static const struct {
        const char *card, *first, *then;
        int64_t left;
    } cases[] = { { "pm_card_pendingRefund", "pending", "succeeded", 400 },
        { "pm_card_refundFail", "succeeded", "failed", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct tree *paid = intent(&f, cases[i].card, "");
        struct said refund = vendor_ask(
            &f, "POST /v1/refunds", fmt(t, "amount=400&payment_intent=", tree_str(paid, "id"), ""));
        EXPECT_STR(tree_str(refund.body, "status"), str_of_c(cases[i].first));
        EXPECT_I64(tree_i64(charge_of(&f, paid), "amount_refunded"), 400);
        fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"2m\"}"));
        refund = vendor_ask(&f, fmt(t, "GET /v1/refunds/", tree_str(refund.body, "id"), ""), "");
        EXPECT_STR(tree_str(refund.body, "status"), str_of_c(cases[i].then));
        EXPECT_I64(tree_i64(charge_of(&f, paid), "amount_refunded"), cases[i].left);
        fixture_close(&f);
    }
}

TEST("an intent is captured by hand up to its amount, and then it is paid")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct tree *held = intent(&f, "pm_card_visa", "&capture_method=manual");
    struct str id = tree_str(held, "id");
    EXPECT_STR(tree_str(held, "status"), S("requires_capture"));
    EXPECT_STR(json_at(fixture_control(&f, "/_sandbox/state", S("")), "captures").raw, S("[]"));
    const char *capture = fmt(t, "POST /v1/payment_intents/", id, "/capture");
    EXPECT_I64(vendor_ask(&f, capture, "amount_to_capture=1001").status, 400);
    struct said paid = vendor_ask(&f, capture, "amount_to_capture=600");
    EXPECT_STR(tree_str(paid.body, "status"), S("succeeded"));
    EXPECT_I64(tree_i64(paid.body, "amount_received"), 600);
    struct said over = vendor_ask(&f, fmt(t, "POST /v1/payment_intents/", id, "/cancel"), "");
    EXPECT_STR(tree_str(over.body, "error.code"), S("payment_intent_unexpected_state"));
    fixture_close(&f);
}

TEST("a fixed discount is split over the lines, the remainder last; taxes come on top or are in")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    vendor_ask(&f, "POST /v1/coupons", "id=FIVE&amount_off=500&currency=usd&max_redemptions=1");
    struct said on =
        vendor_ask(&f, "POST /v1/tax_rates", "display_name=A&percentage=10&inclusive=false");
    struct said in =
        vendor_ask(&f, "POST /v1/tax_rates", "display_name=B&percentage=19.0&inclusive=true");
    const char *form = str_c(t->c->arena,
        str_fmt(t->c->arena,
            "mode=payment&success_url=https://x.test/&discounts[0][coupon]=FIVE"
            "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=1000"
            "&line_items[0][price_data][product_data][name]=A&line_items[0][tax_rates][]=%.*s"
            "&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=2000"
            "&line_items[1][price_data][product_data][name]=B&line_items[1][tax_rates][]=%.*s"
            "&expand[]=line_items",
            SARG(tree_str(on.body, "id")), SARG(tree_str(in.body, "id"))));
    struct said said = vendor_ask(&f, "POST /v1/checkout/sessions", form);
    EXPECT_I64(said.status, 200);
    EXPECT_I64(tree_i64(said.body, "line_items.data.0.amount_discount"), 166);
    EXPECT_I64(tree_i64(said.body, "line_items.data.1.amount_discount"), 334);
    EXPECT_I64(tree_i64(said.body, "line_items.data.0.amount_tax"), 83);
    EXPECT_I64(tree_i64(said.body, "line_items.data.1.amount_tax"), 266);
    EXPECT_I64(tree_i64(said.body, "amount_total"), 3000 - 500 + 83);
    vendor_pays(&f, tree_str(said.body, "id"), "");
    EXPECT_STR(tree_str(vendor_ask(&f, "POST /v1/checkout/sessions", form).body, "error.code"),
        S("coupon_expired"));
    fixture_close(&f);
}

TEST("numbers of per cent are read exactly, and nothing else is one")
{
    static const struct {
        const char *text;
        int64_t is; /* -1: none */
    } cases[] = { { "0", 0 }, { "12.5", 125000 }, { "100", 1000000 }, { "0.0001", 1 },
        { "100.0001", -1 }, { "101", -1 }, { "-1", -1 }, { "1.00001", -1 }, { "a", -1 },
        { "1.x", -1 }, { "", -1 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t percent = -1;
        EXPECT(percent_parse(str_of_c(cases[i].text), &percent) == (cases[i].is >= 0));
        EXPECT_I64(percent, cases[i].is);
    }
    EXPECT_I64(percent_of(5, 125000), 1);
    EXPECT_I64(percent_of(1999, 100000), 200);
}

TEST("webhooks of Stripe are held, doubled and dropped like those of any gateway")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    fixture_control(&f, "/_sandbox/webhooks", S("{\"mode\":\"hold\",\"gateway\":\"stripe\"}"));
    vendor_pays(&f, vendor_session(&f), "");
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "webhookCounts.held").raw, S("7"));
    fixture_control(&f, "/_sandbox/webhooks", S("{\"mode\":\"duplicate\",\"gateway\":\"stripe\"}"));
    vendor_ask(&f, "POST /v1/customers", "");
    state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "webhookCounts.waiting").raw, S("2"));
    fixture_control(&f, "/_sandbox/webhooks", S("{\"mode\":\"drop\",\"gateway\":\"stripe\"}"));
    vendor_ask(&f, "POST /v1/customers", "");
    state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "webhookCounts.dropped").raw, S("1"));
    fixture_control(&f, "/_sandbox/reset", S("{}"));
    vendor_ask(&f, "POST /v1/customers", "");
    EXPECT_STR(vendor_events(&f), S("customer.created"));
    fixture_close(&f);
}
