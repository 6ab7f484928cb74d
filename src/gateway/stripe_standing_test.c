#include "gateway/stripe_fixture.h"

#include <string.h>

/* How a subscription stands, in the shapes of every version, and the events that are about one. */

/* The objects of the two shapes differ in where they say these things. */
#define ITEM(period)                                                                               \
    "\"items\":{\"object\":\"list\",\"data\":[{\"id\":\"si_VJbItEm0000001\",\"object\":"           \
    "\"subscription_item\"," period "\"price\":{\"id\":\"price_1SAaZ0\",\"object\":\"price\","     \
    "\"active\":true,\"currency\":\"usd\",\"recurring\":{\"interval\":\"month\","                  \
    "\"interval_count\":1,\"meter\":null,\"usage_type\":\"licensed\"},\"type\":\"recurring\","     \
    "\"unit_amount\":1900,\"unit_amount_decimal\":\"1900\"},\"quantity\":1,\"subscription\":"      \
    "\"sub_1SAbX0\",\"tax_rates\":[]}],\"has_more\":false}"
#define PERIOD(start, end) "\"current_period_start\":" start ",\"current_period_end\":" end ","
#define SUB(top, item, status, more)                                                               \
    "{\"id\":\"sub_1SAbX0\",\"object\":\"subscription\",\"billing_cycle_anchor\":1787508000," top  \
    "\"cancel_at\":null,\"cancel_at_period_end\":false,\"canceled_at\":null,\"created\":"          \
    "1787508000,\"currency\":\"usd\",\"customer\":\"cus_VJa7pQ2mXn5cTs\","                         \
    "\"default_payment_method\":null,\"discounts\":[],\"ended_at\":null," ITEM(                    \
        item) ",\"latest_invoice\":\"in_1SAbY0\",\"livemode\":false,\"metadata\":{\"attemptId\":"  \
              "\"att_01hqattempt\",\"orderId\":\"ord_01hqorder\"},\"start_date\":1787508000,"      \
              "\"status\":\"" status "\",\"trial_end\":null" more "}"
#define LINE(amount, period, proration)                                                            \
    "{\"id\":\"il_1\",\"object\":\"line_item\",\"amount\":" amount ",\"currency\":\"usd\","        \
    "\"period\":{" period "}," proration "}"
#define SPAN(from, to) "\"end\":" to ",\"start\":" from
#define NEW_PRORATION(yes)                                                                         \
    "\"parent\":{\"invoice_item_details\":null,\"subscription_item_details\":{\"proration\":" yes  \
    ",\"subscription\":\"sub_1SAbX0\"},\"type\":\"subscription_item_details\"}"
#define INVOICE(id, status, reason, more, lines)                                                   \
    "{\"id\":\"" id "\",\"object\":\"invoice\",\"amount_due\":2261,\"amount_paid\":2261,"          \
    "\"attempt_count\":1,\"billing_reason\":\"" reason "\",\"created\":1790100000,"                \
    "\"currency\":\"usd\",\"customer\":\"cus_VJa7pQ2mXn5cTs\",\"hosted_invoice_url\":"             \
    "\"https://invoice.stripe.com/i/acct_1/test_1\",\"invoice_pdf\":"                              \
    "\"https://pay.stripe.com/invoice/acct_1/test_1/pdf\",\"livemode\":false,\"metadata\":{},"     \
    "\"number\":\"A1B2C3D4-0002\",\"period_end\":1790100000,\"period_start\":1787508000,"          \
    "\"status\":\"" status "\",\"subtotal\":2000,\"total\":2261,\"total_discount_amounts\":"       \
    "[{\"amount\":100,\"discount\":\"di_1\"}]," more                                               \
    ",\"lines\":{\"object\":\"list\",\"data\":[" lines "]}}"
#define NEW_INVOICE(id, status, reason, lines)                                                     \
    INVOICE(id, status, reason,                                                                    \
        "\"next_payment_attempt\":null,\"total_taxes\":[{\"amount\":361,\"tax_behavior\":"         \
        "\"exclusive\"}],\"parent\":{\"quote_details\":null,\"subscription_details\":"             \
        "{\"metadata\":{\"attemptId\":\"att_01hqattempt\"},\"subscription\":\"sub_1SAbX0\"},"      \
        "\"type\":\"subscription_details\"},\"payments\":{\"object\":\"list\",\"data\":["          \
        "{\"id\":\"inpay_0\",\"status\":\"canceled\",\"payment\":{\"payment_intent\":"             \
        "\"pi_old\",\"type\":\"payment_intent\"}},{\"id\":\"inpay_1\",\"status\":\"paid\","        \
        "\"payment\":{\"payment_intent\":\"pi_3SAbY2\",\"type\":\"payment_intent\"}}]}",           \
        lines)
#define OLD_INVOICE(id, status, reason, lines)                                                     \
    INVOICE(id, status, reason,                                                                    \
        "\"next_payment_attempt\":null,\"paid\":true,\"tax\":361,\"total_tax_amounts\":"           \
        "[{\"amount\":361,\"inclusive\":false}],\"subscription\":\"sub_1SAbX0\","                  \
        "\"subscription_details\":{\"metadata\":{\"attemptId\":\"att_01hqattempt\"}},"             \
        "\"payment_intent\":\"pi_3SAbY2\",\"charge\":\"ch_3SAbY2\"",                               \
        lines)
#define LIST(items) "{\"object\":\"list\",\"data\":[" items "],\"has_more\":false}"
#define NEW_SUB(status, more) SUB("", PERIOD("1790100000", "1792692000"), status, more)
#define OLD_SUB(status, more) SUB(PERIOD("1790100000", "1792692000"), "", status, more)
#define WHOLE SPAN("1790100000", "1792692000")

static struct gateway_standing standing(struct wire *w, const char *sub, const char *invoices)
{
    struct test *t = w->t;
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    wire_restart(w);
    wire_next(w, 200, sub);
    wire_next(w, 200, invoices);
    EXPECT_OK(STRIPE->standing(t->c, S("sub_1SAbX0"), &s));
    return s;
}

TEST("how a subscription stands is asked for with its invoices, and read in old and new shapes")
{
    static const struct {
        const char *sub, *invoices;
    } rows[] = {
        { NEW_SUB("active", ""),
            LIST(NEW_INVOICE("in_2", "paid", "subscription_cycle",
                LINE("2000", WHOLE, NEW_PRORATION("false")))) },
        { OLD_SUB("active", ",\"discount\":null"),
            LIST(OLD_INVOICE("in_2", "paid", "subscription_cycle",
                LINE("2000", WHOLE, "\"proration\":false,\"type\":\"subscription\""))) },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_standing s = standing(w, rows[i].sub, rows[i].invoices);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        EXPECT(s.status == STANDING_ACTIVE && s.months == 1 && s.cancel_at_ms == 0);
        EXPECT(s.ended_ms == 0 && s.trial_end_ms == 0);
        EXPECT_STR(s.name, S("active"));
        EXPECT_STR(s.reference, S("sub_1SAbX0"));
        EXPECT_STR(s.payer, S("cus_VJa7pQ2mXn5cTs"));
        EXPECT_STR(s.order, S("ord_01hqorder"));
        EXPECT_STR(s.attempt, S("att_01hqattempt"));
        EXPECT_STR(s.listed, S("price_1SAaZ0"));
        EXPECT(s.amount.minor == 1900 && s.amount.cur == CUR_USD);
        EXPECT_I64(s.start_ms, INT64_C(1790100000000));
        EXPECT_I64(s.end_ms, INT64_C(1792692000000));
        EXPECT_I64((int64_t)s.invoices, 1);
        const struct gateway_invoice *v = &s.invoice[0];
        EXPECT(v->reason == INVOICE_RENEWAL && v->paid && !v->open && v->tries == 1);
        EXPECT_STR(v->id, S("in_2"));
        EXPECT_STR(v->payment, S("pi_3SAbY2"));
        EXPECT_STR(v->number, S("A1B2C3D4-0002"));
        EXPECT_STR(v->page_url, S("https://invoice.stripe.com/i/acct_1/test_1"));
        EXPECT(v->subtotal.minor == 2000 && v->discount.minor == 100 && v->tax.minor == 361);
        EXPECT(v->total.minor == 2261 && v->due.minor == 2261 && v->due.cur == CUR_USD);
        EXPECT_I64(v->start_ms, INT64_C(1790100000000)); /* not the time of gathering */
        EXPECT_I64(v->end_ms, INT64_C(1792692000000));
        EXPECT(v->next_try_ms == 0 && v->method_type.n == 0);
        EXPECT_I64((int64_t)w->asks, 2);
        EXPECT_STR(wire_asked(w, 0),
            S("GET /v1/subscriptions/sub_1SAbX0?expand[]=default_payment_method"
              "&expand[]=customer.invoice_settings.default_payment_method"));
        EXPECT_STR(wire_asked(w, 1),
            S("GET /v1/invoices?subscription=sub_1SAbX0&limit=12&expand[]=data.payments"));
    }
}

/* The same, after another invoice. */
static const char *after(struct test *t, const char *sub)
{
    const char *latest = strstr(sub, "in_1SAbY0");
    must(latest != NULL);
    struct str before = { sub, (size_t)(latest - sub) };
    return str_c(t->c->arena, str_fmt(t->c->arena, "%.*sin_2%s", SARG(before), latest + 4));
}

TEST("a change between the answer about a subscription and that about its invoices is seen whole")
{
    struct wire *w = wire_open(t);
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    const char *invoices = LIST(NEW_INVOICE("in_2SAbY0", "paid", "subscription_update",
        LINE("2000", WHOLE, NEW_PRORATION("false"))) "," NEW_INVOICE("in_1SAbY0", "paid",
        "subscription_create", LINE("2000", WHOLE, NEW_PRORATION("false"))));
    wire_next(w, 200, NEW_SUB("past_due", ""));
    wire_next(w, 200, invoices);
    wire_next(w, 200, after(t, NEW_SUB("active", "")));
    wire_next(w, 200, invoices);
    EXPECT_OK(STRIPE->standing(t->c, S("sub_1SAbX0"), &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(s.name, S("active"));
    EXPECT_I64((int64_t)s.invoices, 2);
}

TEST("R31 Stripe's words for a subscription's state, and one that nobody knows")
{
    static const struct {
        const char *sub;
        int status;
    } rows[] = {
        { NEW_SUB("trialing", ""), STANDING_TRIALING },
        { NEW_SUB("active", ""), STANDING_ACTIVE },
        { NEW_SUB("past_due", ""), STANDING_PAST_DUE },
        { NEW_SUB("paused", ""), STANDING_PAST_DUE },
        { NEW_SUB("unpaid", ""), STANDING_UNPAID },
        { NEW_SUB("incomplete", ""), STANDING_INCOMPLETE },
        { NEW_SUB("resting", ""), STANDING_STRANGE },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_standing s = standing(w, rows[i].sub, LIST(""));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        EXPECT_I64((int64_t)s.status, rows[i].status);
    }
    static const char *const over[] = { "canceled", "incomplete_expired" };
    for (size_t i = 0; i < ARRAY_LEN(over); i++) {
        struct str sub = str_fmt(t->c->arena,
            "{\"id\":\"sub_1SAbX0\",\"status\":\"%s\",\"ended_at\":1790100100}", over[i]);
        struct gateway_standing s = standing(w, str_c(t->c->arena, sub), LIST(""));
        EXPECT(s.outcome == OUTCOME_DONE && s.status == STANDING_CANCELED);
        EXPECT_I64(s.ended_ms, INT64_C(1790100100000));
    }
    struct gateway_standing s =
        standing(w, "{\"id\":\"sub_1SAbX0\",\"status\":\"canceled\"}", LIST(""));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_UNKNOWN));
}

TEST("an end that is planned is seen in either way of saying it, and the first period ends first")
{
    static const struct {
        const char *sub;
        int64_t cancel_s, end_s, trial_s;
    } rows[] = {
        { "{\"id\":\"sub_1SAbX0\",\"cancel_at\":1790000000,\"cancel_at_period_end\":false,"
          "\"current_period_end\":1792692000}",
            1790000000, 1792692000, 0 },
        { "{\"id\":\"sub_1SAbX0\",\"cancel_at\":null,\"cancel_at_period_end\":true,"
          "\"current_period_end\":1792692000}",
            1792692000, 1792692000, 0 },
        { "{\"id\":\"sub_1SAbX0\",\"trial_end\":1791000000,\"items\":{\"data\":["
          "{\"current_period_start\":1,\"current_period_end\":1792692000},"
          "{\"current_period_start\":2,\"current_period_end\":1791000000}]}}",
            0, 1791000000, 1791000000 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_standing s = standing(w, rows[i].sub, LIST(""));
        EXPECT_I64(s.cancel_at_ms, rows[i].cancel_s * 1000);
        EXPECT_I64(s.end_ms, rows[i].end_s * 1000);
        EXPECT_I64(s.trial_end_ms, rows[i].trial_s * 1000);
    }
}

TEST("an invoice says why it was made, for which time, and whether it is paid, open or neither")
{
    static const struct {
        const char *invoice;
        int reason;
        bool paid, open;
        int64_t start_s, end_s;
    } rows[] = {
        { NEW_INVOICE(
              "in_2", "paid", "subscription_create", LINE("1900", WHOLE, NEW_PRORATION("false"))),
            INVOICE_START, true, false, 1790100000, 1792692000 },
        { NEW_INVOICE("in_2", "open", "subscription_cycle",
              LINE("-1000", SPAN("1789000000", "1799999999"), NEW_PRORATION("true")) "," LINE(
                  "1900", WHOLE, NEW_PRORATION("false"))),
            INVOICE_RENEWAL, false, true, 1790100000, 1792692000 },
        { NEW_INVOICE("in_2", "draft", "subscription_update",
              LINE("-1000", SPAN("1790500000", "1792692000"), NEW_PRORATION("true")) "," LINE(
                  "1900", SPAN("1790500000", "1792692000"), NEW_PRORATION("true"))),
            INVOICE_CHANGE, false, false, 1790500000, 1792692000 },
        { OLD_INVOICE("in_2", "void", "subscription_threshold", ""), INVOICE_OTHER, false, false, 0,
            0 },
        { OLD_INVOICE("in_2", "uncollectible", "manual", ""), INVOICE_OTHER, false, false, 0, 0 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str list = str_fmt(t->c->arena, LIST("%s"), rows[i].invoice);
        struct gateway_standing s = standing(w, NEW_SUB("active", ""), str_c(t->c->arena, list));
        EXPECT_I64((int64_t)s.invoices, 1);
        EXPECT_I64((int64_t)s.invoice[0].reason, rows[i].reason);
        EXPECT(s.invoice[0].paid == rows[i].paid && s.invoice[0].open == rows[i].open);
        EXPECT_I64(s.invoice[0].start_ms, rows[i].start_s * 1000);
        EXPECT_I64(s.invoice[0].end_ms, rows[i].end_s * 1000);
    }
}

TEST("R15 what is no answer about this subscription is none, and only not found says not there")
{
#define SAID(type) "{\"error\":{\"type\":\"" type "\",\"message\":\"No.\"}}"
    static const struct {
        int first, second;
        const char *sub, *invoices;
        enum outcome outcome;
        int64_t asks;
    } rows[] = {
        { 404, 200, SAID("invalid_request_error"), "", OUTCOME_DECLINED, 1 },
        { 401, 200, SAID("invalid_request_error"), "", OUTCOME_UNKNOWN, 1 },
        { 429, 200, SAID("invalid_request_error"), "", OUTCOME_NOT_SENT, 1 },
        { 500, 200, SAID("api_error"), "", OUTCOME_UNKNOWN, 1 },
        { 0, 200, "", "", OUTCOME_UNKNOWN, 1 },
        { 200, 404, NEW_SUB("active", ""), SAID("invalid_request_error"), OUTCOME_UNKNOWN, 2 },
        { 200, 429, NEW_SUB("active", ""), SAID("invalid_request_error"), OUTCOME_NOT_SENT, 2 },
        { 200, 500, NEW_SUB("active", ""), "", OUTCOME_UNKNOWN, 2 },
        { 200, 0, NEW_SUB("active", ""), "", OUTCOME_UNKNOWN, 2 },
        { 200, 200, NEW_SUB("active", ""), "{}", OUTCOME_UNKNOWN, 2 },
        { 200, 200, NEW_SUB("active", ""), LIST("{\"id\":\"in_1\"}"), OUTCOME_UNKNOWN, 2 },
        { 200, 200, "{\"id\":\"sub_other\",\"status\":\"active\"}", LIST(""), OUTCOME_UNKNOWN, 2 },
        /* Somebody else's, counted in what we cannot count: not ours to read. */
        { 200, 200, "{\"id\":\"sub_1SAbX0\",\"status\":\"active\"}", LIST("{\"id\":\"in_1\"}"),
            OUTCOME_DONE, 2 },
    };
#undef SAID
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_standing s = { .outcome = OUTCOME_DONE };
        wire_restart(w);
        wire_next(w, rows[i].first, rows[i].sub);
        wire_next(w, rows[i].second, rows[i].invoices);
        EXPECT_OK(STRIPE->standing(t->c, S("sub_1SAbX0"), &s));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT_I64((int64_t)w->asks, rows[i].asks);
        EXPECT((s.refusal.n > 0) == (s.outcome != OUTCOME_DONE));
    }
    static const char *const names[] = { "", "sub_1/../../v1/charges", "sub?1" };
    wire_restart(w);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct gateway_standing s = { .outcome = OUTCOME_DONE };
        EXPECT_OK(STRIPE->standing(t->c, str_of_c(names[i]), &s));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_UNKNOWN));
    }
    EXPECT_I64((int64_t)w->asks, 0);
}

/* ---- events */

#define EVENT(type, object)                                                                        \
    "{\"id\":\"evt_1SAb\",\"object\":\"event\",\"created\":1790099520,\"data\":{"                  \
    "\"object\":" object "},\"livemode\":false,\"type\":\"" type "\"}"

TEST("R31 an event about a subscription or its invoice names it, and proves nothing")
{
    static const struct {
        const char *body;
        enum notice_kind kind;
        const char *subscription, *attempt;
    } rows[] = {
        { EVENT("customer.subscription.updated", NEW_SUB("active", "")), NOTICE_SUBSCRIPTION,
            "sub_1SAbX0", "att_01hqattempt" },
        { EVENT("customer.subscription.created", OLD_SUB("active", "")), NOTICE_SUBSCRIPTION,
            "sub_1SAbX0", "att_01hqattempt" },
        { EVENT("customer.subscription.deleted", "{\"id\":\"sub_9\",\"metadata\":{}}"),
            NOTICE_SUBSCRIPTION, "sub_9", "" },
        { EVENT("invoice.paid", NEW_INVOICE("in_2", "paid", "subscription_cycle", "")),
            NOTICE_SUBSCRIPTION, "sub_1SAbX0", "att_01hqattempt" },
        { EVENT("invoice.paid", OLD_INVOICE("in_2", "paid", "subscription_cycle", "")),
            NOTICE_SUBSCRIPTION, "sub_1SAbX0", "att_01hqattempt" },
        { EVENT("invoice.payment_failed",
              "{\"id\":\"in_3\",\"parent\":{\"type\":\"subscription_details\","
              "\"subscription_details\":{\"subscription\":{\"id\":\"sub_9\"},\"metadata\":null}}}"),
            NOTICE_SUBSCRIPTION, "sub_9", "" },
        { EVENT("invoice.paid", "{\"id\":\"in_3\",\"parent\":null,\"metadata\":{}}"), NOTICE_NOTED,
            "", "" },
        { EVENT("invoice.upcoming", OLD_INVOICE("in_2", "draft", "upcoming", "")), NOTICE_NOTED, "",
            "" },
        { EVENT("invoice_payment.paid", "{\"id\":\"inpay_1\",\"invoice\":\"in_2\"}"), NOTICE_NOTED,
            "", "" },
        { EVENT("customer.subscription.updated", "{\"id\":\"sub 9\"}"), NOTICE_NOTED, "", "" },
        { EVENT("payout.paid", "{\"id\":\"po_1\"}"), NOTICE_NOTED, "", "" },
    };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        EXPECT_OK(STRIPE->translate(t->c, str_of_c(rows[i].body), &n));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].kind));
        EXPECT_STR(n.subscription, str_of_c(rows[i].subscription));
        EXPECT_STR(n.attempt, str_of_c(rows[i].attempt));
        EXPECT(!n.proof && !n.has_amount && n.session_id.n == 0);
    }
}

#define SESSION(paid, amount)                                                                      \
    "{\"id\":\"cs_test_a1B2\",\"object\":\"checkout.session\",\"mode\":\"subscription\","          \
    "\"status\":\"complete\",\"payment_status\":\"" paid "\",\"amount_total\":" amount             \
    ",\"currency\":\"usd\",\"livemode\":false,\"metadata\":{\"attemptId\":\"att_01hqattempt\"},"   \
    "\"payment_intent\":null,\"subscription\":\"sub_1SAbX0\",\"invoice\":\"in_1\",\"customer\":"   \
    "\"cus_VJa7pQ2mXn5cTs\"}"

TEST("R31 a session that began a subscription proves its first payment, also when it was nothing")
{
    static const struct {
        const char *body;
        enum notice_kind kind;
        int64_t amount;
    } rows[] = {
        { EVENT("checkout.session.completed", SESSION("paid", "1900")), NOTICE_PAID, 1900 },
        { EVENT("checkout.session.completed", SESSION("no_payment_required", "0")), NOTICE_PAID,
            0 },
        { EVENT("checkout.session.completed", SESSION("unpaid", "1900")), NOTICE_PENDING, 1900 },
        { EVENT("checkout.session.async_payment_succeeded", SESSION("paid", "1900")), NOTICE_PAID,
            1900 },
        { EVENT("checkout.session.async_payment_failed", SESSION("unpaid", "1900")), NOTICE_FAILED,
            1900 },
    };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        EXPECT_OK(STRIPE->translate(t->c, str_of_c(rows[i].body), &n));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].kind));
        EXPECT(n.proof && n.has_amount && n.amount_minor == rows[i].amount);
        EXPECT_STR(n.subscription, S("sub_1SAbX0"));
        EXPECT_STR(n.payer, S("cus_VJa7pQ2mXn5cTs"));
        EXPECT_STR(n.attempt, S("att_01hqattempt"));
    }
}

#define CHARGE(more)                                                                               \
    "{\"id\":\"ch_3SAbY2\",\"status\":\"succeeded\",\"paid\":true,\"captured\":true,"              \
    "\"amount\":2261,\"currency\":\"usd\",\"livemode\":false,\"metadata\":{},"                     \
    "\"payment_intent\":\"pi_3SAbY2\",\"payment_method_details\":{\"type\":\"card\","              \
    "\"card\":{\"brand\":\"visa\",\"last4\":\"4242\"}}," more "}"
#define PLAIN "\"disputed\":false,\"amount_refunded\":0"
#define BACK "\"disputed\":false,\"amount_refunded\":2261"
#define ARGUED "\"disputed\":true,\"amount_refunded\":0"

TEST("what goes back of a renewal names its payment, and is a hint")
{
    struct notice n = { .kind = NOTICE_STRANGE };
    wire_open(t);
    EXPECT_OK(STRIPE->translate(t->c, S(EVENT("charge.refunded", CHARGE(BACK))), &n));
    EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_REFUNDED));
    EXPECT_STR(n.payment, S("pi_3SAbY2"));
    EXPECT(!n.proof && n.attempt.n == 0 && n.amount_minor == 2261);
    EXPECT_OK(STRIPE->translate(t->c, S(EVENT("charge.succeeded", CHARGE(PLAIN))), &n));
    EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_NOTED));
}

TEST("a renewal is asked about by its invoice, and a first period by its session: both look at the "
     "charge")
{
    static const struct {
        const char *about, *object, *charge;
        enum notice_kind kind;
        int64_t amount;
    } rows[] = {
        { "in_2", NEW_INVOICE("in_2", "paid", "subscription_cycle", ""), CHARGE(PLAIN), NOTICE_PAID,
            2261 },
        { "in_2", OLD_INVOICE("in_2", "paid", "subscription_cycle", ""), CHARGE(BACK),
            NOTICE_REFUNDED, 2261 },
        { "in_2", NEW_INVOICE("in_2", "paid", "subscription_cycle", ""), CHARGE(ARGUED),
            NOTICE_PAID, 2261 },
        { "in_2", NEW_INVOICE("in_2", "open", "subscription_cycle", ""), NULL, NOTICE_OPENED,
            2261 },
        { "in_2", NEW_INVOICE("in_2", "void", "subscription_cycle", ""), NULL, NOTICE_FAILED,
            2261 },
        { "cs_test_a1B2", SESSION("paid", "1900"), NULL, NOTICE_PAID, 1900 },
        { "cs_test_a1B2",
            "{\"id\":\"cs_test_a1B2\",\"status\":\"complete\",\"payment_status\":\"paid\","
            "\"amount_total\":2261,\"currency\":\"usd\",\"livemode\":false,\"subscription\":"
            "\"sub_1SAbX0\",\"invoice\":" NEW_INVOICE(
                "in_1", "paid", "subscription_create", "") "}",
            CHARGE(BACK), NOTICE_REFUNDED, 2261 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_ask ask = { .attempt = S("att_1"), .session_id = str_of_c(rows[i].about) };
        struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
        struct str intent =
            str_fmt(t->c->arena, "{\"id\":\"pi_3SAbY2\",\"latest_charge\":%s}", rows[i].charge);
        wire_restart(w);
        wire_next(w, 200, rows[i].object);
        if (rows[i].charge != NULL)
            wire_next(w, 200, str_c(t->c->arena, intent));
        EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        EXPECT_STR(notice_text(s.notice.kind), notice_text(rows[i].kind));
        EXPECT_I64(s.notice.amount_minor, rows[i].amount);
        EXPECT(s.notice.argued == (i == 2));
        EXPECT_I64((int64_t)w->asks, rows[i].charge != NULL ? 2 : 1);
        EXPECT_STR(s.notice.session_id, str_of_c(rows[i].about));
        EXPECT_STR(s.notice.subscription, S("sub_1SAbX0"));
        if (rows[i].charge != NULL)
            EXPECT_STR(
                wire_asked(w, 1), S("GET /v1/payment_intents/pi_3SAbY2?expand[]=latest_charge"));
    }
    EXPECT(str_has(wire_asked(w, 0), S("&expand[]=invoice.payments")));
    /* Without its charge nobody knows what became of the money since. */
    struct gateway_ask ask = { .session_id = S("in_2") };
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    wire_restart(w);
    wire_next(w, 200, NEW_INVOICE("in_2", "paid", "subscription_cycle", ""));
    wire_next(w, 0, "");
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_UNKNOWN));
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/invoices/in_2?expand[]=payments"));
}

TEST("R29 what changed since is read in pieces, each subscription once in a piece")
{
    struct wire *w = wire_open(t);
    struct gateway_since since = { .from_ms = 1790000000500, .to_ms = 1790003600000 };
    struct gateway_told told = { .outcome = OUTCOME_NOT_SENT };
    w->body =
        "{\"object\":\"list\",\"has_more\":true,\"data\":["
        "{\"id\":\"evt_3\",\"type\":\"invoice.paid\",\"data\":{\"object\":{\"id\":\"in_1\","
        "\"parent\":{\"subscription_details\":{\"subscription\":\"sub_1\"}}}}},"
        "{\"id\":\"evt_2\",\"type\":\"customer.subscription.updated\",\"data\":{\"object\":"
        "{\"id\":\"sub_1\"}}},"
        "{\"id\":\"evt_1\",\"type\":\"customer.subscription.deleted\",\"data\":{\"object\":"
        "{\"id\":\"sub_2\"}}},"
        "{\"id\":\"evt_0\",\"type\":\"invoice.paid\",\"data\":{\"object\":{\"id\":\"in_0\"}}}]"
        "}";
    EXPECT_OK(STRIPE->changed(t->c, &since, &told));
    EXPECT_STR(outcome_text(told.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_I64((int64_t)told.count, 2);
    EXPECT_STR(told.body[0], S("sub_1"));
    EXPECT_STR(told.body[1], S("sub_2"));
    EXPECT_STR(told.after, S("evt_0"));
    EXPECT_STR(wire_asked(w, 0),
        S("GET /v1/events?limit=50&created[gte]=1790000000&created[lte]=1790003600"
          "&types[]=customer.subscription.created&types[]=customer.subscription.updated"
          "&types[]=customer.subscription.deleted&types[]=invoice.paid"
          "&types[]=invoice.payment_failed&types[]=invoice.payment_action_required"
          "&types[]=invoice.voided&types[]=invoice.marked_uncollectible"));
    since.after = told.after;
    w->status = 500;
    EXPECT_OK(STRIPE->changed(t->c, &since, &told));
    EXPECT_STR(outcome_text(told.outcome), outcome_text(OUTCOME_UNKNOWN));
    EXPECT(told.count == 0 && str_ends(wire_asked(w, 1), S("&starting_after=evt_0")));
}
