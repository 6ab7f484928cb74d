#include "base/clock.h"
#include "sandbox/stripe_plan_fixture.h"

/* Other plans, ends and second thoughts at the simulated Stripe, as purser asks for them. */

static struct gateway_plan team(void)
{
    return (struct gateway_plan) { .name = S("Team"), .months = 1, .amount = { 2999, CUR_USD } };
}

static struct gateway_change change_of(
    struct fixture *f, struct str id, enum gateway_deed what, const struct gateway_plan *plan)
{
    return (struct gateway_change) {
        .reference = id,
        .key = S("chg_1"),
        .what = what,
        .plan = *plan,
        .at_ms = clock_now_ms(&f->clock),
    };
}

static void edit(struct fixture *f, struct str id, struct str form)
{
    struct test *t = f->t;
    struct str what = str_fmt(t->c->arena, "POST /v1/subscriptions/%.*s", SARG(id));
    struct said said = vendor_ask(f, str_c(t->c->arena, what), str_c(t->c->arena, form));
    EXPECT_I64(said.status, 200);
}

static void pays_by(struct fixture *f, struct str id, struct str method)
{
    edit(f, id, str_fmt(f->t->c->arena, "default_payment_method=%.*s", SARG(method)));
}

static struct gateway_cost tried(struct fixture *f, const struct gateway_change *in)
{
    struct test *t = f->t;
    struct gateway_cost cost = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->try_change(t->c, in, &cost));
    EXPECT_STR(cost.refusal, S(""));
    EXPECT_STR(outcome_text(cost.outcome), outcome_text(OUTCOME_DONE));
    return cost;
}

static struct gateway_standing changed(struct fixture *f, const struct gateway_change *in)
{
    struct test *t = f->t;
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->change(t->c, in, &s));
    return s;
}

TEST("what a change at Stripe costs is to the unit what was said when it was tried")
{
    static const struct {
        enum prorate prorate;
        int64_t allowed, months;
        bool taxed, down;
    } rows[] = {
        { PRORATE_TIME, 0, 1, false, false },
        { PRORATE_TIME, 0, 1, true, false },
        { PRORATE_TIME, 0, 12, false, false },
        { PRORATE_TIME, 0, 1, true, true },
        { PRORATE_NONE, 0, 1, true, false },
        { PRORATE_NONE, 0, 12, false, false },
        { PRORATE_NONE, 0, 12, true, false },
        { PRORATE_GIVEN, 777, 1, false, false },
        { PRORATE_GIVEN, 777, 1, true, false },
        { PRORATE_GIVEN, 99999, 1, true, false },
    };
    int64_t now = t->c->now_ms;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct gateway_plan from = rows[i].taxed ? plan_taxed() : plan_pro(), to = team();
        struct str id = plan_bought(&f, &from, rows[i].taxed ? 1785 : 1900);
        plan_advance(&f, "11d");
        to.months = rows[i].months;
        to.amount.minor = rows[i].down ? 600 : 2999;
        if (rows[i].taxed) {
            to.coupon = from.coupon;
            to.off_minor = 300;
            to.off_months = 2;
            to.tax_name = from.tax_name;
            to.tax_bps = from.tax_bps;
        }
        struct gateway_change in = change_of(&f, id, CHANGE_PLAN, &to);
        in.prorate = rows[i].prorate;
        in.allowed_minor = rows[i].allowed;
        struct gateway_cost cost = tried(&f, &in);
        int64_t end_ms = plan_stands(&f, id).end_ms;
        struct gateway_standing s = changed(&f, &in);
        EXPECT_STR(s.refusal, S(""));
        EXPECT(s.outcome == OUTCOME_DONE && s.status == STANDING_ACTIVE);
        EXPECT(s.amount.minor == to.amount.minor && s.months == rows[i].months);
        EXPECT_I64((int64_t)s.invoices, 2);
        EXPECT(s.invoice[0].reason == INVOICE_CHANGE && s.invoice[0].paid);
        EXPECT_I64(s.invoice[0].due.minor, cost.now.minor);
        EXPECT_I64(s.invoice[0].total.minor, cost.now.minor - cost.credit.minor);
        EXPECT((cost.credit.minor > 0) == rows[i].down);
        bool anew = rows[i].prorate != PRORATE_TIME || rows[i].months == 12;
        EXPECT(anew ? s.start_ms == in.at_ms : s.end_ms == end_ms);
        EXPECT_I64(s.end_ms, cost.next_ms);
        if (rows[i].months == 1) { /* and the next one is what was said of it */
            plan_advance(&f, "1mo");
            plan_advance(&f, "2h");
            s = plan_stands(&f, id);
            EXPECT_I64(s.invoice[0].total.minor, cost.next.minor);
            EXPECT_I64(s.invoice[0].due.minor,
                cost.next.minor > cost.credit.minor ? cost.next.minor - cost.credit.minor : 0);
        }
        fixture_close(&f);
        t->c->now_ms = now;
    }
}

TEST("R14 a change that is asked for twice is one change, and a declined card changes nothing")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan from = plan_pro(), to = team();
    struct str id = plan_bought(&f, &from, 1900);
    plan_advance(&f, "3d");
    struct gateway_change in = change_of(&f, id, CHANGE_PLAN, &to);
    struct gateway_standing before = plan_stands(&f, id);
    vendor_ask(&f, "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach",
        str_c(t->c->arena, str_fmt(t->c->arena, "customer=%.*s", SARG(before.payer))));
    struct said methods = vendor_ask(&f,
        str_c(t->c->arena,
            str_fmt(t->c->arena, "GET /v1/customers/%.*s/payment_methods", SARG(before.payer))),
        "");
    struct str good = S(""), bad = S("");
    tree_each (m, tree_at(methods.body, "data")) {
        bool is_good = str_eq(tree_str(m, "card.last4"), S("4242"));
        good = is_good ? tree_str(m, "id") : good;
        bad = is_good ? bad : tree_str(m, "id");
    }
    pays_by(&f, id, bad);
    struct gateway_standing s = changed(&f, &in);
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DECLINED));
    EXPECT(str_has(s.refusal, S("declined")));
    s = plan_stands(&f, id);
    EXPECT(s.amount.minor == 1900 && s.invoices == 1 && s.end_ms == before.end_ms);
    pays_by(&f, id, good);
    EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_DECLINED));
    in.key = S("chg_2"); /* who tries another card asks anew */
    EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_DONE));
    s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.amount.minor == 2999 && s.invoices == 2);
    fixture_close(&f);
    t->c->now_ms = now;
}

TEST("R15 whatever goes wrong on the way to a change, asked for again it is done once")
{
    static const struct {
        const char *fault, *call;
        enum outcome first;
    } rows[] = {
        { "timeout", "charge", OUTCOME_UNKNOWN },
        { "500", "charge", OUTCOME_UNKNOWN },
        { "500_after", "charge", OUTCOME_UNKNOWN },
        { "reset_after", "charge", OUTCOME_UNKNOWN },
        { "malformed", "charge", OUTCOME_UNKNOWN },
        { "refuse", "charge", OUTCOME_DECLINED },
        { "429", "charge", OUTCOME_NOT_SENT },
        { "timeout", "query", OUTCOME_NOT_SENT },
        { "500", "query", OUTCOME_NOT_SENT },
        { "refuse", "query", OUTCOME_NOT_SENT },
        { "500_after", "create", OUTCOME_NOT_SENT },
        { "timeout", "create", OUTCOME_NOT_SENT },
        { "reset_after", "create", OUTCOME_NOT_SENT },
        { "refuse", "create", OUTCOME_DECLINED },
    };
    int64_t now = t->c->now_ms;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct gateway_plan from = plan_pro(), to = team();
        to.coupon = S("BETTER");
        to.off_minor = 100;
        to.off_months = -1;
        struct str id = plan_bought(&f, &from, 1900);
        plan_advance(&f, "3d");
        struct gateway_change in = change_of(&f, id, CHANGE_PLAN, &to);
        in.prorate = PRORATE_NONE;
        fixture_control(&f, "/_sandbox/faults",
            str_fmt(t->c->arena,
                "{\"gateway\":\"stripe\",\"call\":\"%s\",\"fault\":\"%s\",\"times\":1}",
                rows[i].call, rows[i].fault));
        struct gateway_standing s = changed(&f, &in);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].first));
        EXPECT(s.refusal.n > 0);
        /* A 500 is kept under the key: the same answer again, until somebody looks. */
        bool kept = str_eq(str_of_c(rows[i].fault), S("500_after")) && i == 2;
        s = changed(&f, &in);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(kept ? OUTCOME_UNKNOWN : OUTCOME_DONE));
        s = plan_stands(&f, id);
        EXPECT(s.amount.minor == 2999 && s.invoices == 2 && s.invoice[0].due.minor == 2899);
        fixture_close(&f);
        t->c->now_ms = now;
    }
}

TEST("a change for the period's end changes nothing before it, whatever the length of the next")
{
    static const struct {
        int64_t months, trial_days, off_minor, then;
    } rows[] = {
        { 1, 0, 0, 2999 },
        { 12, 0, 0, 2999 },
        { 12, 0, 500, 2499 },
        { 1, 14, 0, 2999 },
        { 12, 14, 500, 2499 },
    };
    int64_t now = t->c->now_ms;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct gateway_plan from = plan_pro(), to = team();
        from.trial_days = rows[i].trial_days;
        to.months = rows[i].months;
        to.coupon = S("STAY");
        to.off_minor = rows[i].off_minor;
        to.off_months = rows[i].off_minor > 0 ? 1 : 0;
        struct str id = plan_bought(&f, &from, rows[i].trial_days > 0 ? 0 : 1900);
        plan_advance(&f, "3d");
        struct gateway_change in = change_of(&f, id, CHANGE_PLAN_AT_END, &to);
        struct gateway_cost cost = tried(&f, &in);
        EXPECT(cost.now.minor == 0 && cost.credit.minor == 0);
        EXPECT_I64(cost.next.minor, rows[i].then);
        struct gateway_standing before = plan_stands(&f, id);
        for (int twice = 0; twice < 2; twice++) {
            struct gateway_standing s = changed(&f, &in);
            EXPECT_STR(s.refusal, S(""));
            EXPECT(s.outcome == OUTCOME_DONE && s.status == before.status && s.invoices == 1);
            EXPECT(s.amount.minor == 1900 && s.months == 1 && s.end_ms == before.end_ms);
        }
        EXPECT_I64(before.end_ms, cost.next_ms);
        plan_advance(&f, rows[i].trial_days > 0 ? "12d" : "1mo");
        struct gateway_standing s = plan_stands(&f, id);
        EXPECT(s.status == STANDING_ACTIVE && s.invoice[0].paid && s.invoices == 2);
        EXPECT(s.invoice[0].reason == INVOICE_RENEWAL && s.start_ms == before.end_ms);
        EXPECT_I64(s.invoice[0].due.minor, rows[i].then);
        EXPECT(s.amount.minor == 2999 && s.months == rows[i].months);
        plan_advance(&f, rows[i].months == 12 ? "1y" : "1mo");
        plan_advance(&f, "2h");
        s = plan_stands(&f, id); /* and goes on by itself */
        EXPECT_I64(s.invoice[0].due.minor, 2999);
        EXPECT_I64((int64_t)s.invoices, 3);
        fixture_close(&f);
        t->c->now_ms = now;
    }
}

TEST("what is planned for the period's end is called off, replaced, and does not outlive a change")
{
    static const struct {
        enum gateway_deed then;
        int64_t next; /* is taken at the period's end; 0: it is over */
    } rows[] = { { CHANGE_STAY, 1900 }, { CHANGE_PLAN_AT_END, 999 }, { CHANGE_PLAN, 999 },
        { CHANGE_END_AT_END, 0 } };
    int64_t now = t->c->now_ms;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct gateway_plan from = plan_pro(), to = team(), basic = plan_pro();
        basic.name = S("Basic");
        basic.amount.minor = 999;
        struct str id = plan_bought(&f, &from, 1900);
        struct gateway_change in = change_of(&f, id, CHANGE_PLAN_AT_END, &to);
        EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_DONE));
        in = change_of(&f, id, rows[i].then, &basic);
        in.key = S("chg_2");
        for (int twice = 0; twice < 2; twice++) {
            struct gateway_standing s = changed(&f, &in);
            EXPECT_STR(s.refusal, S(""));
            EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        }
        plan_advance(&f, "1mo");
        plan_advance(&f, "2h");
        struct gateway_standing s = plan_stands(&f, id);
        EXPECT(s.status == (rows[i].next > 0 ? STANDING_ACTIVE : STANDING_CANCELED));
        if (rows[i].next > 0)
            EXPECT_I64(s.invoice[0].total.minor, rows[i].next);
        fixture_close(&f);
        t->c->now_ms = now;
    }
}

TEST("in a trial another plan costs nothing, and the trial goes on")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan from = plan_pro(), to = team();
    from.trial_days = 14;
    struct str id = plan_bought(&f, &from, 0);
    plan_advance(&f, "3d");
    struct gateway_change in = change_of(&f, id, CHANGE_PLAN, &to);
    in.prorate = PRORATE_NONE;
    struct gateway_cost cost = tried(&f, &in);
    int64_t end_ms = plan_stands(&f, id).trial_end_ms;
    EXPECT(cost.now.minor == 0 && cost.next.minor == 2999 && cost.next_ms == end_ms);
    struct gateway_standing s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.status == STANDING_TRIALING && s.end_ms == end_ms);
    plan_advance(&f, "12d");
    s = plan_stands(&f, id);
    EXPECT(s.status == STANDING_ACTIVE && s.invoice[0].due.minor == 2999 && s.invoice[0].paid);
    fixture_close(&f);
    t->c->now_ms = now;
}

TEST("a subscription at Stripe ends at the period's end or now, goes on after all, and ends once")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan from = plan_pro();
    struct str id = plan_bought(&f, &from, 1900);
    struct gateway_change in = change_of(&f, id, CHANGE_END_AT_END, &from);
    EXPECT_I64(tried(&f, &in).now.minor, 0);
    struct gateway_standing s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.status == STANDING_ACTIVE && s.cancel_at_ms == s.end_ms);
    in = change_of(&f, id, CHANGE_RESUME, &from);
    in.key = S("chg_2");
    s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.cancel_at_ms == 0);
    s = changed(&f, &in); /* it goes on already */
    EXPECT(s.outcome == OUTCOME_DONE && s.cancel_at_ms == 0);
    edit(&f, id, str_fmt(t->c->arena, "cancel_at=%lld", (long long)(s.end_ms / 1000 - 5)));
    EXPECT_I64(plan_stands(&f, id).cancel_at_ms, s.end_ms - 5000);
    in.key = S("chg_3");
    s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.cancel_at_ms == 0);
    fixture_control(&f, "/_sandbox/faults",
        S("{\"gateway\":\"stripe\",\"call\":\"create\",\"fault\":\"reset_after\",\"times\":1}"));
    in = change_of(&f, id, CHANGE_END, &from);
    EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_UNKNOWN));
    s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.status == STANDING_CANCELED && s.ended_ms > 0);
    in = change_of(&f, id, CHANGE_RESUME, &from);
    in.key = S("chg_4");
    EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_DECLINED));
    in = change_of(&f, S("sub_nobody"), CHANGE_END, &from);
    EXPECT_STR(outcome_text(changed(&f, &in).outcome), outcome_text(OUTCOME_DECLINED));
    fixture_close(&f);
    t->c->now_ms = now;
}

TEST("a renewal that is declined is past due, is mended by another card, or ends")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan from = plan_pro();
    struct str id = plan_bought(&f, &from, 1900), url = S("");
    enum outcome outcome = OUTCOME_NOT_SENT;
    struct gateway_standing s = plan_stands(&f, id);
    EXPECT_OK(STRIPE->portal(t->c, s.payer, S("https://shop.example.com/account"), &outcome, &url));
    EXPECT(outcome == OUTCOME_DONE && str_has(url, S("/p/session/bps_")));
    struct said bad = vendor_ask(&f, "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach",
        str_c(t->c->arena, str_fmt(t->c->arena, "customer=%.*s", SARG(s.payer))));
    pays_by(&f, id, tree_str(bad.body, "id"));
    plan_advance(&f, "1mo");
    plan_advance(&f, "2h");
    s = plan_stands(&f, id);
    EXPECT(s.status == STANDING_PAST_DUE && s.invoice[0].open && !s.invoice[0].paid);
    EXPECT(s.invoice[0].tries == 1 && s.invoice[0].next_try_ms > t->c->now_ms);
    EXPECT(s.invoice[0].page_url.n > 0 && s.invoice[0].method_last4.n == 4);
    vendor_ask(&f,
        str_c(
            t->c->arena, str_fmt(t->c->arena, "POST /v1/invoices/%.*s/pay", SARG(s.invoice[0].id))),
        "payment_method=pm_card_visa");
    s = plan_stands(&f, id);
    EXPECT(s.status == STANDING_ACTIVE && s.invoice[0].paid && s.invoice[0].next_try_ms == 0);
    plan_advance(&f, "1mo");
    plan_advance(&f, "15d");
    s = plan_stands(&f, id);
    EXPECT(s.status == STANDING_CANCELED && s.ended_ms > 0 && !s.invoice[0].paid);
    fixture_close(&f);
    t->c->now_ms = now;
}

TEST("what is left of a coupon reaches the next payment of a year, and ends in time")
{
    struct fixture f = { 0 };
    int64_t now = t->c->now_ms;
    vendor_open(t, &f);
    struct gateway_plan from = plan_pro(), same = plan_pro();
    from.months = same.months = 12;
    struct str id = plan_bought(&f, &from, 1900);
    plan_advance(&f, "9d");
    same.coupon = S("STAY");
    same.off_minor = 500;
    same.off_months = 2;
    struct gateway_change in = change_of(&f, id, CHANGE_PLAN, &same);
    struct gateway_standing s = changed(&f, &in);
    EXPECT(s.outcome == OUTCOME_DONE && s.invoices == 1 && s.months == 12);
    plan_advance(&f, "1y");
    EXPECT_I64(plan_stands(&f, id).invoice[0].due.minor, 1400);
    plan_advance(&f, "1y");
    EXPECT_I64(plan_stands(&f, id).invoice[0].due.minor, 1900);
    fixture_close(&f);
    t->c->now_ms = now;
}
