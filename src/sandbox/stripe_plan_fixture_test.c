#include "sandbox/stripe_plan_fixture.h"

#include "base/clock.h"

struct gateway_plan plan_pro(void)
{
    return (struct gateway_plan) { .name = S("Pro"), .months = 1, .amount = { 1900, CUR_USD } };
}

struct gateway_plan plan_taxed(void)
{
    struct gateway_plan plan = plan_pro();
    plan.coupon = S("WELCOME");
    plan.off_minor = 400;
    plan.off_months = 2;
    plan.tax_name = S("VAT");
    plan.tax_bps = 1900;
    return plan;
}

struct gateway_session plan_page(
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

struct notice plan_says(struct fixture *f, struct str session)
{
    struct test *t = f->t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask ask = { .session_id = session, .currency = CUR_USD };
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    return s.notice;
}

struct str plan_bought(struct fixture *f, const struct gateway_plan *plan, int64_t total)
{
    struct test *t = f->t;
    struct gateway_session s = plan_page(f, plan, total, "att_1");
    EXPECT_STR(s.refusal, S(""));
    vendor_pays(f, s.session_id, "");
    struct notice n = plan_says(f, s.session_id);
    EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_PAID));
    EXPECT(n.has_amount && n.amount_minor == total && n.subscription.n > 0 && n.payer.n > 0);
    EXPECT((n.payment.n > 0) == (total > 0));
    return n.subscription;
}

struct gateway_standing plan_stands(struct fixture *f, struct str id)
{
    struct test *t = f->t;
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->standing(t->c, id, &s));
    EXPECT_STR(s.refusal, S(""));
    EXPECT_STR(s.attempt, S("att_1"));
    EXPECT_STR(s.order, S("ord_1"));
    return s;
}

void plan_advance(struct fixture *f, const char *by)
{
    fixture_control(f, "/_sandbox/clock", str_fmt(f->t->c->arena, "{\"advance\":\"%s\"}", by));
    f->t->c->now_ms = clock_now_ms(&f->clock);
}
