#include "base/clock.h"
#include "gateway/gateway.h"
#include "sandbox/stripe_fixture.h"

/* purser's side of Stripe against the simulated one: a subscription's life, asked about as purser
 * asks. */

#define STRIPE gateway_by_id(GATEWAY_ID_stripe)

static struct gateway_plan pro(void)
{
    return (struct gateway_plan) { .name = S("Pro"), .months = 1, .amount = { 1900, CUR_USD } };
}

static struct gateway_plan taxed(void)
{
    struct gateway_plan plan = pro();
    plan.coupon = S("WELCOME");
    plan.off_minor = 400;
    plan.off_months = 2;
    plan.tax_name = S("VAT");
    plan.tax_bps = 1900;
    return plan;
}

static struct gateway_session open_page(
    struct fixture *f, const struct gateway_plan *plan, int64_t total, const char *attempt)
{
    struct test *t = f->t;
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open in = {
        .attempt = str_of_c(attempt),
        .order = S("ord_1"),
        .order_number = S("ORD-2026-000001"),
        .total = { total, plan->amount.cur },
        .buyer_mail = S("ada@example.com"),
        .success_url = S("https://shop.example.com/ok"),
        .cancel_url = S("https://shop.example.com/cart"),
        .expires_ms = clock_now_ms(&f->clock) + INT64_C(20) * 3600 * 1000,
        .plan = plan,
    };
    EXPECT_OK(STRIPE->open(t->c, &in, &s));
    return s;
}

static struct notice page_says(struct fixture *f, struct str session)
{
    struct test *t = f->t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask ask = { .session_id = session, .currency = CUR_USD };
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    return s.notice;
}

/* Bought and paid: the subscription's id. */
static struct str bought(struct fixture *f, const struct gateway_plan *plan, int64_t total)
{
    struct test *t = f->t;
    struct gateway_session s = open_page(f, plan, total, "att_1");
    EXPECT_STR(s.refusal, S(""));
    vendor_pays(f, s.session_id, "");
    struct notice n = page_says(f, s.session_id);
    EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_PAID));
    EXPECT(n.has_amount && n.amount_minor == total && n.subscription.n > 0 && n.payer.n > 0);
    EXPECT((n.payment.n > 0) == (total > 0));
    return n.subscription;
}

static struct gateway_standing stands(struct fixture *f, struct str id)
{
    struct test *t = f->t;
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->standing(t->c, id, &s));
    EXPECT_STR(s.refusal, S(""));
    EXPECT_STR(s.attempt, S("att_1"));
    EXPECT_STR(s.order, S("ord_1"));
    return s;
}

static void advance(struct fixture *f, const char *by)
{
    fixture_control(f, "/_sandbox/clock", str_fmt(f->t->c->arena, "{\"advance\":\"%s\"}", by));
    f->t->c->now_ms = clock_now_ms(&f->clock);
}

TEST("a plan bought at Stripe with coupon and tax costs what was said, and is the same when asked "
     "for again")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct gateway_plan plan = taxed();
    struct gateway_session first = open_page(&f, &plan, 1785, "att_1");
    struct gateway_session again = open_page(&f, &plan, 1785, "att_1");
    EXPECT_STR(first.refusal, S(""));
    EXPECT_STR(again.session_id, first.session_id);
    struct gateway_session other = open_page(&f, &plan, 1785, "att_2");
    EXPECT(other.outcome == OUTCOME_DONE && !str_eq(other.session_id, first.session_id));
    struct said coupons = vendor_ask(&f, "GET /v1/coupons", "");
    struct said rates = vendor_ask(&f, "GET /v1/tax_rates", "");
    EXPECT_I64((int64_t)tree_count(tree_at(coupons.body, "data")), 1);
    EXPECT_I64((int64_t)tree_count(tree_at(rates.body, "data")), 1);
    struct gateway_session wrong = open_page(&f, &plan, 1786, "att_3");
    EXPECT_STR(outcome_text(wrong.outcome), outcome_text(OUTCOME_DECLINED));
    fixture_close(&f);
}

TEST("a subscription at Stripe renews: each invoice says what it took, and the coupon ends in time")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan plan = taxed();
    struct str id = bought(&f, &plan, 1785);
    struct gateway_standing s = stands(&f, id);
    EXPECT(s.status == STANDING_ACTIVE && s.months == 1 && s.amount.minor == 1900);
    EXPECT_I64((int64_t)s.invoices, 1);
    EXPECT(s.invoice[0].reason == INVOICE_START && s.invoice[0].paid);
    EXPECT(s.invoice[0].subtotal.minor == 1900 && s.invoice[0].discount.minor == 400);
    EXPECT(s.invoice[0].tax.minor == 285 && s.invoice[0].due.minor == 1785);
    EXPECT_STR(s.invoice[0].method_brand, S("visa"));
    EXPECT_STR(s.invoice[0].method_last4, S("4242"));
    EXPECT(s.invoice[0].payment.n > 0 && s.invoice[0].start_ms == s.start_ms);
    advance(&f, "1mo");
    s = stands(&f, id);
    EXPECT(s.invoice[0].reason == INVOICE_RENEWAL && !s.invoice[0].paid && !s.invoice[0].open);
    advance(&f, "2h");
    int64_t end_ms = s.end_ms;
    s = stands(&f, id);
    EXPECT(s.invoice[0].paid && s.invoice[0].due.minor == 1785 && s.invoice[0].tries == 1);
    EXPECT(s.invoice[0].end_ms == end_ms && s.end_ms == end_ms);
    advance(&f, "1mo");
    advance(&f, "2h");
    s = stands(&f, id);
    EXPECT(s.invoice[0].paid && s.invoice[0].due.minor == 2261 && s.invoice[0].discount.minor == 0);
    EXPECT_I64((int64_t)s.invoices, 3);
    EXPECT(!str_eq(s.invoice[0].payment, s.invoice[1].payment));
    struct notice n = page_says(&f, s.invoice[0].id);
    EXPECT(n.kind == NOTICE_PAID && n.amount_minor == 2261 && n.attempt.n == 0);
    EXPECT_STR(n.payment, s.invoice[0].payment);
    fixture_control(&f, "/_sandbox/emit",
        str_fmt(t->c->arena, "{\"gateway\":\"stripe\",\"id\":\"%.*s\",\"event\":\"refunded\"}",
            SARG(s.invoice[0].id)));
    EXPECT(page_says(&f, s.invoice[0].id).kind == NOTICE_REFUNDED);
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
        struct gateway_plan plan = pro();
        plan.trial_days = rows[i].trial_days;
        plan.coupon = S("GIFT");
        plan.off_minor = rows[i].off_minor;
        plan.off_months = rows[i].off_months;
        struct str id = bought(&f, &plan, 0);
        struct gateway_standing s = stands(&f, id);
        EXPECT(s.status == (rows[i].trial_days > 0 ? STANDING_TRIALING : STANDING_ACTIVE));
        EXPECT((s.trial_end_ms > 0) == (rows[i].trial_days > 0));
        EXPECT(s.invoice[0].reason == INVOICE_START && s.invoice[0].due.minor == 0);
        advance(&f, rows[i].trial_days > 0 ? "14d" : "1mo");
        advance(&f, "2h");
        s = stands(&f, id);
        EXPECT(s.status == STANDING_ACTIVE && s.invoice[0].reason == INVOICE_RENEWAL);
        EXPECT(s.invoice[0].paid);
        EXPECT_I64(s.invoice[0].due.minor, rows[i].then);
        advance(&f, "1mo");
        advance(&f, "2h");
        s = stands(&f, id);
        EXPECT_I64(s.invoice[0].due.minor, rows[i].off_months < 0 ? 0 : 1900);
        t->c->now_ms = now;
        fixture_close(&f);
    }
}
