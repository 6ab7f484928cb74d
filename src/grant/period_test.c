#include "base/clock.h"
#include "db/db.h"
#include "grant/plan_fixture.h"

/* What each period of a plan brings, and what stays of the one before. */

/* ---- going on */

TEST("R100 a renewal moves the period on its anchor's day and brings the allowance")
{
    static const char *const ends[] = { "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31" };
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct subscription s = plan_of(t, n, "ai");
        EXPECT_STR(str_part(time_iso(t->c->arena, s.period_end_ms), 0, 10), str_of_c(ends[i]));
        plan_spend(t, n, 500);
        plan_renew(t, n, "basic-month");
        EXPECT_I64(plan_see(t, n).account.balance, 550);
    }
}

TEST("R100 what is left is carried over up to the cap, the free credits included")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    EXPECT_I64(plan_see(t, n).plan, 550);
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000); /* 1050 */
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000);
    plan_spend(t, n, 700);
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 800);
}

static enum err give_bonus(struct ctx *c, void *arg)
{
    const struct credit_gift gift = {
        .source = S("grt_1"), .kind = CREDIT_BONUS, .amount = 5000, .description = S("thanks")
    };
    bool given = false;
    return credit_give(c, *(int64_t *)arg, &gift, &given);
}

TEST("bought and given credits are nobody's rollover, and stay when the plan is over")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    EXPECT_OK(db_tx(t->c, "bonus", give_bonus, &n));
    plan_renew(t, n, "basic-month");
    struct plan_seen k = plan_see(t, n);
    EXPECT_I64(k.plan, 1000);
    EXPECT_I64(k.account.balance, 6000);
}

TEST("R100 a year's months come by the job, each on the anchor's day and once")
{
    int64_t n = plan_customer(t), given = 550;
    plan_buy(t, n, "basic-year", NULL);
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_STR(str_part(time_iso(t->c->arena, s.period_end_ms), 0, 10), S("2027-01-31"));
    for (int64_t m = 1; m < 12; m++) {
        EXPECT_I64(plan_see(t, n).account.balance, given);
        plan_spend(t, n, given - 10);
        t->c->now_ms = subscription_month_ms(&s, m) - PLAN_DAY;
        plan_month(t, &s); /* too early for it */
        EXPECT_I64(plan_see(t, n).account.balance, 10);
        t->c->now_ms += PLAN_DAY;
        for (int i = 0; i < 3; i++)
            plan_month(t, &s);
        given = 510;
    }
    t->c->now_ms = s.period_end_ms + PLAN_DAY; /* and no thirteenth */
    plan_month(t, &s);
    EXPECT_I64(plan_see(t, n).account.balance, 510);
    plan_renew(t, n, "basic-year");
    EXPECT_I64(plan_see(t, n).account.balance, 1000);
}

TEST(
    "R100 months that a job slept through come one after the other, and no more than the cap stays")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-year", NULL);
    struct subscription s = plan_of(t, n, "ai");
    t->c->now_ms = subscription_month_ms(&s, 5);
    plan_month(t, &s);
    EXPECT_I64(plan_see(t, n).plan, 1000);
    EXPECT_I64(plan_see(t, n).account.renews_ms, subscription_month_ms(&s, 6));
}

TEST("the year that follows a month of trial brings its credits when it begins")
{
    int64_t n = plan_customer(t);
    t->c->now_ms += 29 * PLAN_DAY; /* 1 March: its trial is a month, less a day */
    plan_buy(t, n, "long-year", NULL);
    int64_t before = plan_see(t, n).account.balance;
    plan_spend(t, n, before);
    plan_renew(t, n, "long-year");
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_I64(plan_see(t, n).account.balance, 700);
    EXPECT_I64(s.anchor_ms, s.trial_end_ms);
    EXPECT_STR(str_part(time_iso(t->c->arena, s.period_end_ms), 0, 10), S("2027-03-31"));
}

static enum err move_tx(struct ctx *c, void *arg)
{
    const struct plan_deed *d = arg;
    struct subscription s;
    TRY(subscription_lock(c, d->subscription_n, &s));
    s.period_start_ms = d->start_ms;
    s.period_end_ms = d->end_ms;
    s.next_price = S("basic-month");
    return subscription_become(c, &s, SUBSCRIPTION_ACTIVE);
}

TEST("a period that the gateway began before its payment was accepted brings the same")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL);
    plan_spend(t, n, 1550);
    struct plan_deed d = plan_next(t, n, "basic-month");
    t->c->now_ms = d.start_ms + PLAN_DAY;
    EXPECT_OK(db_tx(t->c, "mirror", move_tx, &d));
    EXPECT_OK(db_tx(t->c, "accept", plan_buy_tx, &d));
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_I64(plan_see(t, n).account.balance, 500);
    EXPECT_STR(s.terms.price, S("basic-month"));
    EXPECT_STR(s.next_price, S(""));
    EXPECT_I64(s.anchor_ms, s.trial_end_ms);
}

/* ---- changing */

TEST("an upgrade raises the month that runs by the difference, and the next one is the new plan's")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 200);
    t->c->now_ms += 10 * PLAN_DAY;
    struct plan_deed d = plan_change(t, n, "pro-month", 0);
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_STR(s.terms.plan, S("pro"));
    EXPECT_I64(s.cycle, 0);
    EXPECT_I64(plan_see(t, n).plan, 550 - 200 + 1000);
    EXPECT_STR(plan_see(t, n).access.plan, S("pro"));
    plan_spend(t, n, 1350);
    plan_renew(t, n, "pro-month");
    EXPECT_I64(plan_see(t, n).plan, 1500);
    EXPECT(d.order.subscription_n == s.n);
}

TEST("an upgrade that begins anew is another cycle with another anchor")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 550);
    t->c->now_ms += 10 * PLAN_DAY;
    plan_change(t, n, "pro-month", t->c->now_ms);
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_I64(s.cycle, 1);
    EXPECT_I64(s.anchor_ms, t->c->now_ms);
    EXPECT_I64(plan_see(t, n).plan, 1500 - 321); /* 18 of 28 days of what was used */
}

TEST("credits that the price of another plan counted end with the change, and no others")
{
    int64_t n = plan_customer_of(t, "credits");
    plan_buy(t, n, "basic-month", NULL);
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000);
    plan_spend(
        t, n, 800); /* the month before, and all but 150 of this one; the free ones are last */
    t->c->now_ms += 10 * PLAN_DAY;
    plan_change(t, n, "pro-month", t->c->now_ms);
    EXPECT_I64(plan_see(t, n).plan, 50 + 1500);
}

TEST("what was planned for the period's end comes with its renewal, up or down")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_renew(t, n, "pro-month");
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_STR(s.terms.price, S("pro-month"));
    EXPECT_I64(plan_see(t, n).plan, 1600); /* 550 left, 1500 new, and so much stays */
    EXPECT_STR(plan_see(t, n).access.plan, S("pro"));
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
}

TEST("R10 who goes down and up again is not given the same month's credits once more")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_change(t, n, "pro-month", 0);
    for (int i = 0; i < 3; i++) {
        plan_spend(t, n, 300);
        plan_change(t, n, "basic-month", 0);
        plan_change(t, n, "pro-month", 0);
    }
    EXPECT_I64(plan_see(t, n).plan, 1550 - 3 * 300);
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000);
    plan_change(t, n, "pro-month", 0); /* another month, another difference */
    EXPECT_I64(plan_see(t, n).plan, 2000);
}
