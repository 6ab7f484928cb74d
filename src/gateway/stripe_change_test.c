#include "gateway/stripe_fixture.h"

/* What somebody wants otherwise: each request, and what becomes of each answer. */

#define SUB(status, more)                                                                          \
    "{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":\"" status "\",\"customer\":"        \
    "\"cus_1\",\"ended_at\":1790000000,\"items\":{\"object\":\"list\",\"data\":[{\"id\":\"si_1\"," \
    "\"current_period_start\":1790000000,\"current_period_end\":1792592000,\"quantity\":1,"        \
    "\"price\":{\"id\":\"price_1\",\"currency\":\"usd\",\"unit_amount\":1900,\"recurring\":"       \
    "{\"interval\":\"month\",\"interval_count\":1}}}]},\"metadata\":{\"orderId\":\"ord_1\"}" more  \
    "}"
#define NONE "{\"object\":\"list\",\"data\":[],\"has_more\":false}"
#define PRICE(amount)                                                                              \
    "{\"id\":\"price_2\",\"currency\":\"usd\",\"unit_amount\":" amount                             \
    ",\"recurring\":{\"interval\":\"month\",\"interval_count\":1}}"
#define PREVIEW(total, due, balance)                                                               \
    "{\"id\":\"upcoming_in_1\",\"currency\":\"usd\",\"total\":" total ",\"amount_due\":" due       \
    ",\"starting_balance\":" balance "}"
#define NO "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"message\":\"No.\"}}"

static struct gateway_change to_team(enum gateway_deed what)
{
    return (struct gateway_change) {
        .reference = S("sub_1"),
        .key = S("chg_1"),
        .what = what,
        .plan = { .name = S("Team"), .months = 1, .amount = { 2999, CUR_USD } },
        .at_ms = INT64_C(1790500000777),
    };
}

static struct gateway_standing change(struct wire *w, const struct gateway_change *in)
{
    struct test *t = w->t;
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->change(t->c, in, &s));
    return s;
}

static struct gateway_cost try_it(struct wire *w, const struct gateway_change *in)
{
    struct test *t = w->t;
    struct gateway_cost cost = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->try_change(t->c, in, &cost));
    return cost;
}

#define LOOKUP "purser-e8004da5426243a0e0e9bda8bb49e564"

TEST("a change is asked for at the price of that plan, and tried out in the same words")
{
    struct wire *w = wire_open(t);
    struct gateway_change in = to_team(CHANGE_PLAN);
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, NONE);
    wire_next(w, 200, PRICE("2999"));
    wire_next(w, 200, PREVIEW("733", "733", "0"));
    struct gateway_cost cost = try_it(w, &in);
    EXPECT_STR(outcome_text(cost.outcome), outcome_text(OUTCOME_DONE));
    EXPECT(cost.now.minor == 733 && cost.credit.minor == 0 && cost.next.minor == 2999);
    EXPECT_I64(cost.next_ms, INT64_C(1792592000000));
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/subscriptions/sub_1"));
    EXPECT_STR(wire_asked(w, 1), S("GET /v1/prices?active=true&limit=1&lookup_keys[]=" LOOKUP));
    EXPECT_STR(wire_asked(w, 2),
        S("POST /v1/prices currency=usd&unit_amount=2999&recurring[interval]=month"
          "&product_data[name]=Team&lookup_key=" LOOKUP "&transfer_lookup_key=true"));
    EXPECT_STR(wire_header(w, 2, "Idempotency-Key"), S("chg_1-" LOOKUP));
    EXPECT_STR(wire_asked(w, 3),
        S("POST /v1/invoices/create_preview subscription=sub_1"
          "&subscription_details[items][0][id]=si_1&subscription_details[items][0][price]=price_2"
          "&subscription_details[default_tax_rates]="
          "&subscription_details[proration_behavior]=always_invoice"
          "&subscription_details[proration_date]=1790500000&discounts="));
    wire_restart(w);
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, "{\"object\":\"list\",\"data\":[" PRICE("2999") "]}");
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, NONE);
    EXPECT_STR(outcome_text(change(w, &in).outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(wire_asked(w, 2),
        S("POST /v1/subscriptions/sub_1 items[0][id]=si_1&items[0][price]=price_2"
          "&default_tax_rates=&proration_behavior=always_invoice&proration_date=1790500000"
          "&discounts=&payment_behavior=error_if_incomplete"));
    EXPECT_STR(wire_header(w, 2, "Idempotency-Key"), S("chg_1"));
    EXPECT_I64((int64_t)w->asks, 5);
}

TEST("a whole new period, less what is given for the old, with coupon and tax")
{
    struct wire *w = wire_open(t);
    struct gateway_change in = to_team(CHANGE_PLAN);
    in.prorate = PRORATE_GIVEN;
    in.allowed_minor = 777;
    in.plan.listed = S("price_2");
    in.plan.coupon = S("C");
    in.plan.off_minor = 100;
    in.plan.off_months = -1;
    in.plan.tax_name = S("VAT");
    in.plan.tax_bps = 1900;
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, PRICE("2999"));
    wire_next(w, 200,
        "{\"id\":\"purser-c\",\"amount_off\":100,\"currency\":\"usd\",\"duration\":\"forever\"}");
    wire_next(w, 404, NO);
    wire_next(w, 200, "{\"id\":\"purser-u\"}");
    wire_next(w, 200,
        "{\"object\":\"list\",\"data\":[{\"id\":\"txr_1\",\"display_name\":\"VAT\",\"inclusive\":"
        "false,\"percentage\":19,\"metadata\":{\"purser\":\"tax\"}}]}");
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, SUB("active", ""));
    wire_next(w, 200, NONE);
    EXPECT_STR(outcome_text(change(w, &in).outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(wire_asked(w, 1), S("GET /v1/prices/price_2"));
    EXPECT(str_has(w->asked[4].body, S("&name=Unused%20time&amount_off=777&currency=usd")));
    EXPECT(str_ends(w->asked[4].body, S("&duration=once")));
    EXPECT_STR(wire_asked(w, 6),
        S("POST /v1/subscriptions/sub_1 items[0][id]=si_1&items[0][price]=price_2"
          "&default_tax_rates[0]=txr_1&proration_behavior=none&billing_cycle_anchor=now"
          "&discounts[0][coupon]=purser-c&discounts[1][coupon]=purser-u"
          "&payment_behavior=error_if_incomplete"));
}

TEST("an end, a second thought: each in one request, and what was planned is called off first")
{
    static const struct {
        enum gateway_deed what;
        const char *sub;
        const char *asked[2];
    } rows[] = {
        { CHANGE_END_AT_END, SUB("active", ""),
            { "POST /v1/subscriptions/sub_1 cancel_at_period_end=true" } },
        { CHANGE_END_AT_END, SUB("active", ",\"schedule\":\"sub_sched_1\""),
            { "POST /v1/subscription_schedules/sub_sched_1/release ",
                "POST /v1/subscriptions/sub_1 cancel_at_period_end=true" } },
        { CHANGE_STAY, SUB("active", ",\"schedule\":{\"id\":\"sub_sched_1\"}"),
            { "POST /v1/subscription_schedules/sub_sched_1/release " } },
        { CHANGE_STAY, SUB("active", ",\"schedule\":null"), { NULL } },
        { CHANGE_RESUME, SUB("active", ",\"cancel_at_period_end\":true,\"cancel_at\":1792592000"),
            { "POST /v1/subscriptions/sub_1 cancel_at_period_end=false" } },
        { CHANGE_RESUME, SUB("active", ",\"cancel_at_period_end\":false,\"cancel_at\":1792592000"),
            { "POST /v1/subscriptions/sub_1 cancel_at=" } },
        { CHANGE_END, NULL, { "DELETE /v1/subscriptions/sub_1 " } },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_change in = to_team(rows[i].what);
        size_t deeds = 0, before = rows[i].sub != NULL;
        wire_restart(w);
        if (rows[i].sub != NULL)
            wire_next(w, 200, rows[i].sub);
        for (; deeds < 2 && rows[i].asked[deeds] != NULL; deeds++)
            wire_next(w, 200, SUB("active", ""));
        wire_next(w, 200, SUB("active", ""));
        wire_next(w, 200, NONE);
        EXPECT_STR(outcome_text(change(w, &in).outcome), outcome_text(OUTCOME_DONE));
        for (size_t k = 0; k < deeds; k++)
            EXPECT_STR(str_fmt(t->c->arena, "%.*s%s", SARG(wire_asked(w, before + k)),
                           w->asked[before + k].body.n > 0 ? "" : " "),
                str_of_c(rows[i].asked[k]));
        EXPECT_I64((int64_t)w->asks, (int64_t)(before + deeds + 2));
    }
}

#define SCHEDULE                                                                                   \
    "{\"id\":\"sub_sched_1\",\"current_phase\":{\"start_date\":1790000000,\"end_date\":1792592000}}"

TEST("a plan for the period's end is a schedule of what runs and what comes")
{
    static const char *const subs[] = { SUB("active",
                                            ",\"discounts\":[\"di_1\"],"
                                            "\"default_tax_rates\":[{\"id\":\"txr_1\"}]"),
        SUB("trialing", ",\"schedule\":\"sub_sched_1\"") };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
        struct gateway_change in = to_team(CHANGE_PLAN_AT_END);
        in.plan.listed = S("price_2");
        wire_restart(w);
        wire_next(w, 200, subs[i]);
        wire_next(w, 200, PRICE("2999"));
        wire_next(w, 200, SCHEDULE);
        wire_next(w, 200, SCHEDULE);
        wire_next(w, 200, subs[i]);
        wire_next(w, 200, NONE);
        EXPECT_STR(outcome_text(change(w, &in).outcome), outcome_text(OUTCOME_DONE));
        EXPECT_STR(wire_asked(w, 2),
            i == 0 ? S("POST /v1/subscription_schedules from_subscription=sub_1")
                   : S("GET /v1/subscription_schedules/sub_sched_1"));
        EXPECT_STR(wire_header(w, 2, "Idempotency-Key"), i == 0 ? S("chg_1-schedule") : S(""));
        EXPECT_STR(wire_header(w, 3, "Idempotency-Key"), S("chg_1"));
        EXPECT_STR(wire_asked(w, 3),
            str_fmt(t->c->arena,
                "POST /v1/subscription_schedules/sub_sched_1 end_behavior=release"
                "&proration_behavior=none&phases[0][start_date]=1790000000"
                "&phases[0][end_date]=1792592000&phases[0][items][0][price]=price_1"
                "&phases[0][items][0][quantity]=1&phases[0][proration_behavior]=none%s"
                "&phases[1][items][0][price]=price_2&phases[1][items][0][quantity]=1"
                "&phases[1][duration][interval]=month&phases[1][proration_behavior]=none"
                "&phases[1][discounts]=&phases[1][default_tax_rates]=",
                i == 0 ? "&phases[0][discounts][0][discount]=di_1"
                         "&phases[0][default_tax_rates][0]=txr_1"
                       : "&phases[0][trial]=true&phases[0][discounts]="
                         "&phases[0][default_tax_rates]="));
    }
}

TEST("R15 a change is not certain until it is seen, and what comes before it changes nothing")
{
    static const struct {
        enum gateway_deed what;
        struct {
            int status;
            const char *body;
        } said[5];
        enum outcome outcome;
        int64_t asks;
    } rows[] = {
        { CHANGE_PLAN, { { 0, "" } }, OUTCOME_NOT_SENT, 1 },
        { CHANGE_PLAN, { { 404, NO } }, OUTCOME_DECLINED, 1 },
        { CHANGE_PLAN, { { 403, NO } }, OUTCOME_NOT_SENT, 1 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 401, NO } }, OUTCOME_NOT_SENT, 2 },
        { CHANGE_PLAN, { { 200, SUB("canceled", "") } }, OUTCOME_DECLINED, 1 },
        { CHANGE_PLAN, { { 200, "{\"id\":\"sub_2\"}" } }, OUTCOME_DECLINED, 1 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 500, "" } }, OUTCOME_NOT_SENT, 2 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 200, PRICE("2998") } }, OUTCOME_DECLINED,
            2 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 402, NO } },
            OUTCOME_DECLINED, 3 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 429, NO } },
            OUTCOME_NOT_SENT, 3 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 500, NO } },
            OUTCOME_UNKNOWN, 3 },
        { CHANGE_PLAN, { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 0, "" } },
            OUTCOME_UNKNOWN, 3 },
        { CHANGE_PLAN,
            { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 200, "{}" }, { 429, NO } },
            OUTCOME_UNKNOWN, 4 },
        { CHANGE_PLAN,
            { { 200, SUB("active", "") }, { 200, PRICE("2999") }, { 200, "{}" },
                { 200, SUB("active", "") }, { 0, "" } },
            OUTCOME_UNKNOWN, 5 },
        { CHANGE_END, { { 0, "" } }, OUTCOME_UNKNOWN, 1 },
        { CHANGE_END, { { 403, NO } }, OUTCOME_DECLINED, 1 },
        { CHANGE_END, { { 404, NO }, { 200, SUB("canceled", "") }, { 200, NONE } }, OUTCOME_DONE,
            3 },
        { CHANGE_END, { { 404, NO }, { 200, SUB("active", "") }, { 200, NONE } }, OUTCOME_DECLINED,
            3 },
        { CHANGE_END, { { 404, NO }, { 404, NO } }, OUTCOME_DECLINED, 2 },
        { CHANGE_END, { { 404, NO }, { 500, NO } }, OUTCOME_UNKNOWN, 2 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_change in = to_team(rows[i].what);
        in.plan.listed = S("price_2");
        wire_restart(w);
        for (int64_t k = 0; k < rows[i].asks; k++)
            wire_next(w, rows[i].said[k].status, rows[i].said[k].body);
        struct gateway_standing s = change(w, &in);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT_I64((int64_t)w->asks, rows[i].asks);
        EXPECT((s.refusal.n > 0) == (s.outcome != OUTCOME_DONE));
    }
}

TEST("what a preview says is taken now, comes off the next, or is too little to be taken")
{
    static const struct {
        const char *preview;
        int64_t now, credit;
        enum outcome outcome;
    } rows[] = {
        { PREVIEW("733", "733", "0"), 733, 0, OUTCOME_DONE },
        { PREVIEW("733", "633", "-100"), 633, 0, OUTCOME_DONE },
        { PREVIEW("733", "0", "-1000"), 0, 267, OUTCOME_DONE },
        { PREVIEW("-500", "0", "0"), 0, 500, OUTCOME_DONE },
        { PREVIEW("30", "30", "0"), 0, -30, OUTCOME_DONE },
        { PREVIEW("30", "0", "0"), 0, -30, OUTCOME_DONE },
        { PREVIEW("30", "80", "50"), 80, 0, OUTCOME_DONE },
        { PREVIEW("null", "80", "50"), 0, 0, OUTCOME_UNKNOWN },
        { "{}", 0, 0, OUTCOME_UNKNOWN },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_change in = to_team(CHANGE_PLAN);
        in.key = S(""); /* nobody has decided yet */
        in.plan.listed = S("price_2");
        wire_restart(w);
        wire_next(w, 200, SUB("active", ""));
        wire_next(w, 200, PRICE("2999"));
        wire_next(w, 200, rows[i].preview);
        struct gateway_cost cost = try_it(w, &in);
        EXPECT_STR(outcome_text(cost.outcome), outcome_text(rows[i].outcome));
        if (cost.outcome == OUTCOME_DONE) {
            EXPECT_I64(cost.now.minor, rows[i].now);
            EXPECT_I64(cost.credit.minor, rows[i].credit);
        }
    }
}

TEST("the portal is a page for one payer, and nothing that is no page")
{
    struct wire *w = wire_open(t);
    enum outcome outcome = OUTCOME_NOT_SENT;
    struct str url = S("");
    w->body = "{\"id\":\"bps_1\",\"url\":\"https://billing.stripe.com/p/session/test_1\"}";
    EXPECT_OK(STRIPE->portal(t->c, S("cus_1"), S("https://pay.example.com/a"), &outcome, &url));
    EXPECT(outcome == OUTCOME_DONE);
    EXPECT_STR(url, S("https://billing.stripe.com/p/session/test_1"));
    EXPECT_STR(wire_asked(w, 0),
        S("POST /v1/billing_portal/sessions customer=cus_1"
          "&return_url=https%3A%2F%2Fpay.example.com%2Fa"));
    url = S("");
    w->body = "{\"id\":\"bps_1\",\"url\":\"javascript:alert(1)\"}";
    EXPECT_OK(STRIPE->portal(t->c, S("cus_1"), S("https://pay.example.com/a"), &outcome, &url));
    EXPECT(outcome == OUTCOME_UNKNOWN && url.n == 0);
    w->status = 400;
    w->body = NO;
    EXPECT_OK(STRIPE->portal(t->c, S("cus_1"), S("https://pay.example.com/a"), &outcome, &url));
    EXPECT(outcome == OUTCOME_DECLINED && url.n == 0);
    size_t asks = w->asks;
    EXPECT_OK(STRIPE->portal(t->c, S(""), S("https://pay.example.com/a"), &outcome, &url));
    EXPECT(outcome == OUTCOME_DECLINED && w->asks == asks);
}
