#include "sandbox/stripe_plan_fixture.h"

/* A subscription's life at the simulated Stripe, as purser sees it. */

TEST("a plan bought at Stripe with coupon and tax costs what was said, and is the same when asked "
     "for again")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct gateway_plan plan = plan_taxed();
    struct gateway_session first = plan_page(&f, &plan, 1785, "att_1");
    struct gateway_session again = plan_page(&f, &plan, 1785, "att_1");
    EXPECT_STR(first.refusal, S(""));
    EXPECT_STR(again.session_id, first.session_id);
    struct gateway_session other = plan_page(&f, &plan, 1785, "att_2");
    EXPECT(other.outcome == OUTCOME_DONE && !str_eq(other.session_id, first.session_id));
    struct said coupons = vendor_ask(&f, "GET /v1/coupons", "");
    struct said rates = vendor_ask(&f, "GET /v1/tax_rates", "");
    EXPECT_I64((int64_t)tree_count(tree_at(coupons.body, "data")), 1);
    EXPECT_I64((int64_t)tree_count(tree_at(rates.body, "data")), 1);
    struct gateway_session wrong = plan_page(&f, &plan, 1786, "att_3");
    EXPECT_STR(outcome_text(wrong.outcome), outcome_text(OUTCOME_DECLINED));
    fixture_close(&f);
}

TEST(
    "R15 whatever goes wrong on the way to a page, asked for again it is one page, coupon and rate")
{
    static const struct {
        const char *fault, *call;
        int64_t times;
        enum outcome first, then;
    } rows[] = {
        { "timeout", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "reset_after", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "malformed", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "429", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "500", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "500_after", "create", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "refuse", "create", 1, OUTCOME_DECLINED, OUTCOME_DONE },
        { "timeout", "query", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "500", "query", 1, OUTCOME_NOT_SENT, OUTCOME_DONE },
        { "reset_after", "query", 2, OUTCOME_NOT_SENT, OUTCOME_NOT_SENT },
        { "refuse", "query", 1, OUTCOME_DECLINED, OUTCOME_DONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct gateway_plan plan = plan_taxed();
        fixture_control(&f, "/_sandbox/faults",
            str_fmt(t->c->arena,
                "{\"gateway\":\"stripe\",\"call\":\"%s\",\"fault\":\"%s\",\"times\":%lld}",
                rows[i].call, rows[i].fault, (long long)rows[i].times));
        struct gateway_session s = plan_page(&f, &plan, 1785, "att_1");
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].first));
        EXPECT(s.refusal.n > 0 && s.session_id.n == 0);
        s = plan_page(&f, &plan, 1785, "att_1");
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].then));
        s = plan_page(&f, &plan, 1785, "att_1");
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        static const char *const lists[] = { "GET /v1/checkout/sessions", "GET /v1/coupons",
            "GET /v1/tax_rates", "GET /v1/prices" };
        for (size_t k = 0; k < ARRAY_LEN(lists); k++)
            EXPECT_I64((int64_t)tree_count(tree_at(vendor_ask(&f, lists[k], "").body, "data")), 1);
        fixture_close(&f);
    }
}

TEST("a subscription at Stripe renews: each invoice says what it took, and the coupon ends in time")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan plan = plan_taxed();
    struct str id = plan_bought(&f, &plan, 1785);
    struct gateway_standing s = plan_stands(&f, id);
    EXPECT(s.status == STANDING_ACTIVE && s.months == 1 && s.amount.minor == 1900);
    EXPECT_I64((int64_t)s.invoices, 1);
    EXPECT(s.invoice[0].reason == INVOICE_START && s.invoice[0].paid);
    EXPECT(s.invoice[0].subtotal.minor == 1900 && s.invoice[0].discount.minor == 400);
    EXPECT(s.invoice[0].tax.minor == 285 && s.invoice[0].due.minor == 1785);
    EXPECT_STR(s.invoice[0].method_brand, S("visa"));
    EXPECT_STR(s.invoice[0].method_last4, S("4242"));
    EXPECT(s.invoice[0].payment.n > 0 && s.invoice[0].start_ms == s.start_ms);
    plan_advance(&f, "1mo");
    s = plan_stands(&f, id);
    EXPECT(s.invoice[0].reason == INVOICE_RENEWAL && !s.invoice[0].paid && !s.invoice[0].open);
    plan_advance(&f, "2h");
    int64_t end_ms = s.end_ms;
    s = plan_stands(&f, id);
    EXPECT(s.invoice[0].paid && s.invoice[0].due.minor == 1785 && s.invoice[0].tries == 1);
    EXPECT(s.invoice[0].end_ms == end_ms && s.end_ms == end_ms);
    plan_advance(&f, "1mo");
    plan_advance(&f, "2h");
    s = plan_stands(&f, id);
    EXPECT(s.invoice[0].paid && s.invoice[0].due.minor == 2261 && s.invoice[0].discount.minor == 0);
    EXPECT_I64((int64_t)s.invoices, 3);
    EXPECT(!str_eq(s.invoice[0].payment, s.invoice[1].payment));
    struct notice n = plan_says(&f, s.invoice[0].id);
    EXPECT(n.kind == NOTICE_PAID && n.amount_minor == 2261 && n.attempt.n == 0);
    EXPECT_STR(n.payment, s.invoice[0].payment);
    fixture_control(&f, "/_sandbox/emit",
        str_fmt(t->c->arena, "{\"gateway\":\"stripe\",\"id\":\"%.*s\",\"event\":\"refunded\"}",
            SARG(s.invoice[0].id)));
    EXPECT(plan_says(&f, s.invoice[0].id).kind == NOTICE_REFUNDED);
    t->c->now_ms = now;
    fixture_close(&f);
}

TEST("a trial and a gift at Stripe cost nothing now, leave a card, and then the plan's price")
{
    static const struct {
        int64_t trial_days, off_minor, off_months, then;
    } rows[] = {
        { 14, 0, 0, 1900 },
        { 14, 500, 0, 1400 },
        { 0, 1900, 0, 1900 },
        { 0, 1900, -1, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        int64_t now = t->c->now_ms;
        vendor_open(t, &f);
        struct gateway_plan plan = plan_pro();
        plan.trial_days = rows[i].trial_days;
        plan.coupon = S("GIFT");
        plan.off_minor = rows[i].off_minor;
        plan.off_months = rows[i].off_months;
        struct str id = plan_bought(&f, &plan, 0);
        struct gateway_standing s = plan_stands(&f, id);
        EXPECT(s.status == (rows[i].trial_days > 0 ? STANDING_TRIALING : STANDING_ACTIVE));
        EXPECT((s.trial_end_ms > 0) == (rows[i].trial_days > 0));
        EXPECT(s.invoice[0].reason == INVOICE_START && s.invoice[0].due.minor == 0);
        plan_advance(&f, rows[i].trial_days > 0 ? "14d" : "1mo");
        plan_advance(&f, "2h");
        s = plan_stands(&f, id);
        EXPECT(s.status == STANDING_ACTIVE && s.invoice[0].reason == INVOICE_RENEWAL);
        EXPECT(s.invoice[0].paid);
        EXPECT_I64(s.invoice[0].due.minor, rows[i].then);
        plan_advance(&f, "1mo");
        plan_advance(&f, "2h");
        s = plan_stands(&f, id);
        EXPECT_I64(s.invoice[0].due.minor, rows[i].off_months < 0 ? 0 : 1900);
        t->c->now_ms = now;
        fixture_close(&f);
    }
}
