#include "gateway/stripe_fixture.h"

/* Opening a page for a plan: what is asked first, what then, and what becomes of each answer. */

#define RENEWS(amount, interval)                                                                   \
    "\"line_items\":{\"object\":\"list\",\"data\":[{\"id\":\"li_1\",\"quantity\":1,\"price\":"     \
    "{\"id\":\"price_1\",\"currency\":\"usd\",\"unit_amount\":" amount                             \
    ",\"recurring\":{\"interval\":\"" interval "\",\"interval_count\":1}}}]}"
#define OPENED(total, lines)                                                                       \
    "{\"id\":\"cs_test_a1B2\",\"object\":\"checkout.session\",\"url\":"                            \
    "\"https://checkout.stripe.com/c/pay/cs_test_a1B2\",\"status\":\"open\","                      \
    "\"amount_total\":" total                                                                      \
    ",\"currency\":\"usd\",\"expires_at\":1790185800,\"livemode\":false," lines "}"
#define GONE                                                                                       \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\","                \
    "\"message\":\"No such coupon\"}}"
#define NONE "{\"object\":\"list\",\"data\":[],\"has_more\":false}"
#define RATE                                                                                       \
    "{\"id\":\"txr_1\",\"object\":\"tax_rate\",\"display_name\":\"VAT\",\"inclusive\":false,"      \
    "\"percentage\":19.0,\"metadata\":{\"purser\":\"tax\"}}"
#define MARKS                                                                                      \
    "&client_reference_id=ord_01hqorder&metadata[attemptId]=att_01hqattempt"                       \
    "&metadata[orderId]=ord_01hqorder&metadata[orderNumber]=ORD-2026-000007"                       \
    "&subscription_data[metadata][attemptId]=att_01hqattempt"                                      \
    "&subscription_data[metadata][orderId]=ord_01hqorder"                                          \
    "&subscription_data[metadata][orderNumber]=ORD-2026-000007"
#define REST                                                                                       \
    MARKS "&success_url=https%3A%2F%2Fpay.example.com%2Fpayment%2Fsuccess%3Forder%3D"              \
          "ord_01hqorder%26t%3DT&cancel_url=https%3A%2F%2Fpay.example.com%2Fpayment%2Fcancelled"   \
          "%3Forder%3Dord_01hqorder%26t%3DT&expires_at=1790185800"
#define CREATE                                                                                     \
    "POST /v1/checkout/sessions mode=subscription&line_items[0][price]=price_1"                    \
    "&line_items[0][quantity]=1"

static struct gateway_plan pro(void)
{
    return (struct gateway_plan) {
        .name = S("Pro & co"),
        .description = S("Everything"),
        .months = 1,
        .amount = { 1900, CUR_USD },
        .listed = S("price_1"),
    };
}

static struct gateway_session open_plan(
    struct wire *w, const struct gateway_plan *plan, int64_t total)
{
    struct test *t = w->t;
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open in = wire_order();
    in.total.minor = total;
    in.plan = plan;
    EXPECT_OK(STRIPE->open(t->c, &in, &s));
    return s;
}

TEST("a page for a plan says price and rhythm, and carries our mark into the subscription")
{
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    w->body = OPENED("1900", RENEWS("1900", "month"));
    struct gateway_session s = open_plan(w, &plan, 1900);
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(s.session_id, S("cs_test_a1B2"));
    EXPECT_I64(s.expires_ms, INT64_C(1790185800000));
    EXPECT_I64((int64_t)w->asks, 1);
    EXPECT_STR(wire_header(w, 0, "Idempotency-Key"), S("att_01hqattempt"));
    EXPECT_STR(wire_asked(w, 0),
        S(CREATE "&payment_method_collection=always&expand[0]=line_items"
                 "&customer_email=ada%2Bx%40example.com" REST));
}

TEST(
    "a plan's page and subscription say at Stripe whose they are: the application's user, his mail")
{
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open in = wire_order();
    w->body = OPENED("1900", RENEWS("1900", "month"));
    in.total.minor = 1900;
    in.plan = &plan;
    in.user = S("user 7&x");
    EXPECT_OK(STRIPE->open(t->c, &in, &s));
    struct str asked = wire_asked(w, 0);
    EXPECT(
        str_has(asked, S("&metadata[userId]=user%207%26x&metadata[email]=ada%2Bx%40example.com")));
    EXPECT(str_has(asked,
        S("&subscription_data[metadata][userId]=user%207%26x"
          "&subscription_data[metadata][email]=ada%2Bx%40example.com")));
}

TEST("a plan by the year, at a price that the configuration names, for a payer that Stripe knows, "
     "after a trial")
{
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    plan.months = 12;
    plan.listed = S("$STRIPE_PRICE_MUG");
    plan.payer = S("cus_1");
    plan.trial_days = 14;
    w->body = OPENED("0", RENEWS("1900", "year"));
    EXPECT_STR(outcome_text(open_plan(w, &plan, 0).outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(wire_asked(w, 0),
        S("POST /v1/checkout/sessions mode=subscription&line_items[0][price]=price_mug"
          "&line_items[0][quantity]=1&subscription_data[trial_period_days]=14"
          "&payment_method_collection=always&expand[0]=line_items&customer=cus_1" REST));
}

#define FOUND                                                                                      \
    "{\"object\":\"list\",\"data\":[{\"id\":\"price_1\",\"currency\":\"usd\","                     \
    "\"unit_amount\":1900,\"recurring\":{\"interval\":\"year\",\"interval_count\":1}}]}"
#define LOOKUP "purser-fe996fb6e054dbba64aaa2bc5a1ca020"

TEST("a plan without a price of Stripe's gets one, once, and the next buyer finds it")
{
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    plan.months = 12;
    plan.listed = S("$STRIPE_PRICE_UNSET");
    wire_next(w, 200, NONE);
    wire_next(w, 200, "{\"id\":\"price_1\"}");
    w->body = OPENED("1900", RENEWS("1900", "year"));
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/prices?active=true&limit=1&lookup_keys[]=" LOOKUP));
    EXPECT_STR(wire_asked(w, 1),
        S("POST /v1/prices currency=usd&unit_amount=1900&recurring[interval]=year"
          "&product_data[name]=Pro%20%26%20co&lookup_key=" LOOKUP "&transfer_lookup_key=true"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("att_01hqattempt-" LOOKUP));
    EXPECT(str_starts(wire_asked(w, 2), S(CREATE)));
    wire_restart(w);
    wire_next(w, 200, FOUND);
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_DONE));
    EXPECT(w->asks == 2 && str_starts(wire_asked(w, 1), S(CREATE)));
    static const int statuses[] = { 0, 500, 429 };
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        wire_restart(w);
        wire_next(w, statuses[i], "{}");
        EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_NOT_SENT));
        wire_restart(w);
        wire_next(w, 200, NONE);
        wire_next(w, statuses[i], "{}");
        EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_NOT_SENT));
    }
}

TEST("a coupon and a tax are made first, each under a name and a key of its own, and found again")
{
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    plan.coupon = S("WELCOME");
    plan.off_minor = 400;
    plan.off_months = 3;
    plan.tax_name = S("VAT");
    plan.tax_bps = 1900;
    wire_next(w, 404, GONE);
    wire_next(w, 200, "{\"id\":\"purser-c\",\"object\":\"coupon\"}");
    wire_next(w, 200, NONE);
    wire_next(w, 200, RATE);
    w->body = OPENED("1785", RENEWS("1900", "month"));
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1785).outcome), outcome_text(OUTCOME_DONE));
#define COUPON "purser-d72e343c46dc2ff8281dd8b159373b23"
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/coupons/" COUPON));
    EXPECT_STR(wire_asked(w, 1),
        S("POST /v1/coupons id=" COUPON "&name=WELCOME&amount_off=400&currency=usd"
          "&duration=repeating&duration_in_months=3"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("att_01hqattempt-" COUPON));
    EXPECT_STR(wire_asked(w, 2), S("GET /v1/tax_rates?active=true&inclusive=false&limit=100"));
    EXPECT_STR(wire_asked(w, 3),
        S("POST /v1/tax_rates display_name=VAT&percentage=19.00&inclusive=false"
          "&metadata[purser]=tax"));
    EXPECT(str_starts(wire_header(w, 3, "Idempotency-Key"), S("att_01hqattempt-purser-")));
    EXPECT_STR(wire_asked(w, 4),
        S(CREATE "&discounts[0][coupon]=purser-c"
                 "&subscription_data[default_tax_rates][0]=txr_1"
                 "&payment_method_collection=always&expand[0]=line_items"
                 "&customer_email=ada%2Bx%40example.com" REST));
    EXPECT_STR(wire_header(w, 4, "Idempotency-Key"), S("att_01hqattempt"));
    /* Again: the same names, and what is there is not made a second time. */
    wire_restart(w);
    wire_next(w, 200,
        "{\"id\":\"purser-c\",\"amount_off\":400,\"currency\":\"usd\",\"duration\":\"repeating\","
        "\"duration_in_months\":3,\"valid\":true}");
    wire_next(w, 200, "{\"object\":\"list\",\"has_more\":true,\"data\":[{\"id\":\"txr_9\"}]}");
    wire_next(w, 200, "{\"object\":\"list\",\"has_more\":false,\"data\":[" RATE "]}");
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1785).outcome), outcome_text(OUTCOME_DONE));
    EXPECT(str_ends(wire_asked(w, 2), S("&limit=100&starting_after=txr_9")));
    EXPECT_I64((int64_t)w->asks, 4);
    EXPECT(str_has(w->asked[3].body, S("&discounts[0][coupon]=purser-c&")));
    EXPECT(str_has(w->asked[3].body, S("[default_tax_rates][0]=txr_1&")));
}

TEST("how long a coupon lasts is said in months that reach what it is meant for, or not at all")
{
    static const struct {
        int64_t months, trial_days, off_months;
        const char *said; /* NULL: refused */
    } rows[] = {
        { 1, 0, 0, "duration=once" },
        { 1, 0, -1, "duration=forever" },
        { 1, 0, 6, "duration=repeating&duration_in_months=6" },
        { 1, 14, 6, "duration=repeating&duration_in_months=6" },
        { 1, 45, 3, "duration=repeating&duration_in_months=4" },
        { 12, 14, 3, "duration=repeating&duration_in_months=1" },
        { 12, 14, 13, "duration=repeating&duration_in_months=13" },
        { 1, 14, -1, "duration=forever" },
        { 1, 7, 0, "duration=repeating&duration_in_months=1" },
        { 1, 27, 0, "duration=repeating&duration_in_months=1" },
        { 1, 28, 0, NULL },
        { 1, 30, 0, NULL },
        { 1, 31, 0, "duration=repeating&duration_in_months=2" },
        { 12, 30, 0, "duration=repeating&duration_in_months=2" },
        { 12, 365, 0, "duration=repeating&duration_in_months=13" },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_plan plan = pro();
        plan.months = rows[i].months;
        plan.trial_days = rows[i].trial_days;
        plan.coupon = S("C");
        plan.off_minor = 100;
        plan.off_months = rows[i].off_months;
        wire_restart(w);
        w->status = 500;
        if (rows[i].said != NULL) {
            wire_next(w, 404, GONE);
            open_plan(w, &plan, 0);
            EXPECT(str_ends(w->asked[1].body, str_of_c(rows[i].said)));
            continue;
        }
        struct gateway_session s = open_plan(w, &plan, 0);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DECLINED));
        EXPECT(str_has(s.refusal, S("after a trial of")));
        EXPECT_I64((int64_t)w->asks, 0);
    }
}

TEST("R15 what comes before the page opens nothing: its lost answer is as if nothing was sent")
{
#define SAID "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"No.\"}}"
#define COUPON_IS(amount)                                                                          \
    "{\"id\":\"purser-c\",\"amount_off\":" amount ",\"currency\":\"usd\",\"duration\":\"once\"}"
#define EXISTS                                                                                     \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_already_exists\"}}"
    static const struct {
        struct {
            int status;
            const char *body;
        } said[4];
        enum outcome outcome;
        int64_t asks;
    } rows[] = {
        { { { 0, "" } }, OUTCOME_NOT_SENT, 1 },
        { { { 500, "" } }, OUTCOME_NOT_SENT, 1 },
        { { { 429, SAID } }, OUTCOME_NOT_SENT, 1 },
        { { { 200, "{}" } }, OUTCOME_NOT_SENT, 1 },
        { { { 403, SAID } }, OUTCOME_DECLINED, 1 },
        { { { 200, COUPON_IS("399") } }, OUTCOME_DECLINED, 1 },
        { { { 404, GONE }, { 0, "" } }, OUTCOME_NOT_SENT, 2 },
        { { { 404, GONE }, { 500, "" } }, OUTCOME_NOT_SENT, 2 },
        { { { 404, GONE }, { 409, SAID } }, OUTCOME_NOT_SENT, 2 },
        { { { 404, GONE }, { 429, SAID } }, OUTCOME_NOT_SENT, 2 },
        { { { 404, GONE }, { 200, "{}" } }, OUTCOME_NOT_SENT, 2 },
        { { { 404, GONE }, { 400, SAID } }, OUTCOME_DECLINED, 2 },
        { { { 404, GONE }, { 400, EXISTS }, { 0, "" } }, OUTCOME_NOT_SENT, 3 },
        { { { 404, GONE }, { 400, EXISTS }, { 200, COUPON_IS("399") } }, OUTCOME_DECLINED, 3 },
        { { { 200, COUPON_IS("400") }, { 0, "" } }, OUTCOME_NOT_SENT, 2 },
        { { { 200, COUPON_IS("400") }, { 500, "" } }, OUTCOME_NOT_SENT, 2 },
        { { { 200, COUPON_IS("400") }, { 403, SAID } }, OUTCOME_DECLINED, 2 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 0, "" } }, OUTCOME_NOT_SENT, 3 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 400, SAID } }, OUTCOME_DECLINED, 3 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 200, RATE }, { 0, "" } }, OUTCOME_UNKNOWN,
            4 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 200, RATE }, { 500, "" } }, OUTCOME_UNKNOWN,
            4 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 200, RATE }, { 429, SAID } },
            OUTCOME_NOT_SENT, 4 },
        { { { 200, COUPON_IS("400") }, { 200, NONE }, { 200, RATE }, { 402, SAID } },
            OUTCOME_DECLINED, 4 },
    };
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    plan.coupon = S("WELCOME");
    plan.off_minor = 400;
    plan.tax_name = S("VAT");
    plan.tax_bps = 1900;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        for (int64_t k = 0; k < rows[i].asks; k++)
            wire_next(w, rows[i].said[k].status, rows[i].said[k].body);
        struct gateway_session s = open_plan(w, &plan, 1785);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT(s.refusal.n > 0 && s.session_id.n == 0);
        EXPECT_I64((int64_t)w->asks, rows[i].asks);
    }
}

TEST("R5 a page that would collect another amount, now or later, is ended")
{
    static const struct {
        const char *body;
        int64_t trial_days;
        const char *why;
    } rows[] = {
        { OPENED("1899", RENEWS("1900", "month")), 0,
            "Stripe would collect $18.99\u00a0USD for an order of $19.00\u00a0USD" },
#define LATER "Stripe would collect another amount for each period than the plan costs"
        { OPENED("1900", RENEWS("1901", "month")), 0, LATER },
        { OPENED("0", RENEWS("2900", "month")), 14, LATER },
        { OPENED("0", RENEWS("1900", "year")), 14, LATER },
        { OPENED("1900", "\"line_items\":null"), 0, LATER },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_plan plan = pro();
        plan.trial_days = rows[i].trial_days;
        wire_restart(w);
        w->body = rows[i].body;
        struct gateway_session s = open_plan(w, &plan, rows[i].trial_days > 0 ? 0 : 1900);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DECLINED));
        EXPECT_STR(s.refusal, str_of_c(rows[i].why));
        EXPECT_STR(wire_asked(w, 1), S("POST /v1/checkout/sessions/cs_test_a1B2/expire"));
    }
}

TEST("R14 a payer who was deleted at Stripe comes as somebody new, under a key of its own")
{
#define MISSING(param)                                                                             \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\",\"param\":"      \
    "\"" param "\",\"message\":\"No such customer: 'cus_1'\"}}"
    struct wire *w = wire_open(t);
    struct gateway_plan plan = pro();
    plan.payer = S("cus_1");
    wire_next(w, 400, MISSING("customer"));
    w->body = OPENED("1900", RENEWS("1900", "month"));
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_DONE));
    EXPECT(str_has(w->asked[0].body, S("&customer=cus_1&")));
    EXPECT(str_has(w->asked[1].body, S("&customer_email=ada%2Bx%40example.com&")));
    EXPECT_STR(wire_header(w, 0, "Idempotency-Key"), S("att_01hqattempt"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("att_01hqattempt-anew"));
    wire_restart(w);
    wire_next(w, 400, MISSING("line_items[0][price]"));
    EXPECT_STR(outcome_text(open_plan(w, &plan, 1900).outcome), outcome_text(OUTCOME_DECLINED));
    EXPECT_I64((int64_t)w->asks, 1);
}

TEST("nothing at all is collected only where a plan begins with it")
{
    struct wire *w = wire_open(t);
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open in = wire_order();
    in.total.minor = 0;
    EXPECT_OK(STRIPE->accepts(t->c, (struct money) { 0, CUR_USD }));
    EXPECT(STRIPE->accepts(t->c, (struct money) { 0, CUR_LYD }) == E_INVALID);
    EXPECT_FAIL(STRIPE->open(t->c, &in, &s), INVALID_REQUEST);
    struct gateway_plan cheap = pro();
    cheap.amount.minor = 49;
    in.plan = &cheap;
    EXPECT_FAIL(STRIPE->open(t->c, &in, &s), INVALID_REQUEST);
    EXPECT_I64((int64_t)w->asks, 0);
}
