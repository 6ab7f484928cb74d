#include "base/clock.h"
#include "base/fault.h"
#include "db/db.h"
#include "grant/plan_fixture.h"

/* How a plan begins and ends: its row, its access, and that it comes once. */

/* ---- the beginning */

TEST("a plan that was paid for is there: its row, its access, its credits, its month")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_STR(subscription_status_text(s.status), S("active"));
    EXPECT_I64(s.period_start_ms, t->c->now_ms);
    EXPECT_STR(time_iso(t->c->arena, s.period_end_ms), S("2026-02-28T00:00:00.000Z"));
    struct plan_seen k = plan_see(t, n);
    EXPECT_STR(k.access.plan, S("basic"));
    EXPECT_I64(k.account.balance, 550);
    EXPECT_I64(k.account.month_ms, s.period_start_ms);
    EXPECT_I64(k.account.renews_ms, s.period_end_ms);
}

TEST("a second plan of a group is refused with a sentence, and one of another group is not")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct plan_deed second = plan_buy(t, n, "pro-month", NULL);
    EXPECT(str_has(second.why, S("has the plan Basic already")));
    EXPECT_STR(plan_of(t, n, "ai").terms.plan, S("basic"));
    EXPECT_I64(plan_see(t, n).account.balance, 550);
    EXPECT_I64((int64_t)plan_buy(t, n, "fan-month", NULL).why.n, 0);
    EXPECT_STR(plan_of(t, n, "club").terms.plan, S("fan"));
}

TEST("a trial costs nothing, gives the plan, and is had once")
{
    int64_t n = plan_customer(t);
    struct plan_deed d = plan_buy(t, n, "pro-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_I64(d.order.total_minor, 0);
    EXPECT(str_has(d.order.lines, S("14 days free, then $19.99 a month")));
    EXPECT_STR(subscription_status_text(s.status), S("trialing"));
    EXPECT_I64(s.trial_end_ms, t->c->now_ms + 14 * PLAN_DAY);
    EXPECT_I64(plan_see(t, n).account.balance, 1550);
    struct order_line *line = NULL;
    size_t lines = 0;
    struct plan_deed again = { .customer_n = n, .price = "pro-month" };
    EXPECT_OK(db_tx(t->c, "buy", plan_buy_tx, &again));
    EXPECT_OK(order_lines(t->c, &again.order, &line, &lines));
    EXPECT_STR(line[0].description, S("$19.99 a month"));
    EXPECT_I64(again.order.total_minor, 1999);
    plan_renew(t, n, "pro-month"); /* the first period that is paid */
    s = plan_of(t, n, "ai");
    EXPECT_STR(subscription_status_text(s.status), S("active"));
    EXPECT_I64(s.cycle, 1);
    EXPECT_I64(s.anchor_ms, s.trial_end_ms);
    EXPECT_I64(plan_see(t, n).plan, 1600); /* 1550 left and 1500 new are more than carries over */
}

static int64_t opens(struct test *t, int64_t n, const char *price)
{
    struct plan_deed d = { .customer_n = n, .price = price };
    EXPECT_OK(db_tx(t->c, "open", plan_open_tx, &d));
    return d.order.total_minor;
}

TEST("a trial is had once by each person, also on two pages that are open at once")
{
    int64_t n = plan_customer(t);
    EXPECT_I64(opens(t, n, "pro-month"), 0);
    EXPECT_I64(opens(t, n, "guest-month"), 400); /* another group: both could begin */
    EXPECT_I64(opens(t, n, "pro-month"), 0);     /* the same group: in place of the first */
}

static enum err refuses_tx(struct ctx *c, void *arg)
{
    struct plan_deed *d = arg;
    const struct grant_how how = { .gateway = GATEWAY_NONE };
    return grant_refuses(c, &d->order, &how, &d->why);
}

static enum err end_tx(struct ctx *c, void *arg)
{
    struct subscription s;
    TRY(subscription_lock(c, ((const struct subscription *)arg)->n, &s));
    s.ended_ms = c->now_ms;
    return subscription_become(c, &s, SUBSCRIPTION_CANCELED);
}

TEST("a page for a trial that was opened before another trial began begins no second one")
{
    int64_t n = plan_customer(t);
    struct plan_deed first = { .customer_n = n, .price = "guest-month" };
    EXPECT_OK(db_tx(t->c, "open", plan_open_tx, &first));
    plan_buy(t, n, "basic-month", NULL);
    EXPECT_OK(db_tx(t->c, "ask", refuses_tx, &first));
    EXPECT_STR(first.why, S(""));
    plan_buy(t, n, "guest-month", NULL);
    struct subscription s = plan_of(t, n, "hall");
    EXPECT_OK(db_tx(t->c, "end", end_tx, &s));
    EXPECT_OK(db_tx(t->c, "ask", refuses_tx, &first));
    EXPECT_STR(
        first.why, S("the customer has had a trial already, and this would be a second one"));
}

TEST("a coupon is counted in months, and what it takes off is agreed to with the plan")
{
    int64_t n = plan_customer(t);
    struct plan_deed d = plan_buy(t, n, "basic-month", "THREE");
    EXPECT_I64(d.order.total_minor, 899);
    EXPECT(str_has(d.order.lines, S("$8.99 a month for the first 3, then $9.99 a month")));
    struct subscription s = plan_of(t, n, "ai");
    for (int64_t left = 2; left >= 0; left--) {
        EXPECT_I64(s.terms.off_months, left);
        EXPECT_I64(subscription_off_minor(&s), left > 0 ? 100 : 0);
        plan_renew(t, n, "basic-month");
        s = plan_of(t, n, "ai");
    }
}

TEST("a coupon for the first period waits for the trial's end")
{
    int64_t n = plan_customer(t);
    struct plan_deed d = plan_buy(t, n, "pro-month", "HALF");
    struct subscription s = plan_of(t, n, "ai");
    EXPECT_I64(d.order.total_minor, 0);
    EXPECT(str_has(d.order.lines, S("14 days free, then $9.99 for the first month, then $19.99")));
    EXPECT_I64(subscription_off_minor(&s), 1000);
    plan_renew(t, n, "pro-month");
    s = plan_of(t, n, "ai");
    EXPECT_I64(subscription_off_minor(&s), 0);
}

/* ---- ending */

struct move {
    int64_t n;
    enum subscription_status to;
    int64_t cancel_ms;
    bool unpaid;
};

static enum err move_tx(struct ctx *c, void *arg)
{
    const struct move *m = arg;
    struct subscription s;
    TRY(subscription_lock(c, m->n, &s));
    s.cancel_at_ms = m->cancel_ms;
    s.unpaid = m->unpaid;
    s.ended_ms = m->to == SUBSCRIPTION_CANCELED ? c->now_ms : 0;
    TRY(subscription_become(c, &s, m->to));
    return grant_access(c, &s);
}

static void move(struct test *t, const struct subscription *s, struct move m)
{
    m.n = s->n;
    EXPECT_OK(db_tx(t->c, "move", move_tx, &m));
}

TEST("however a plan ends, its credits and its access stay to the end of what was paid for")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    t->c->now_ms += 5 * PLAN_DAY;
    move(t, &s, (struct move) { .to = SUBSCRIPTION_CANCELED });
    t->c->now_ms = s.period_end_ms - 1;
    EXPECT_I64(plan_see(t, n).plan, 550);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    EXPECT_I64(plan_see(t, n).account.renews_ms, 0);
    t->c->now_ms = s.period_end_ms;
    EXPECT_I64(plan_see(t, n).plan, 50); /* the free ones never end */
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
}

TEST("a plan that goes on is kept for the days of grace, and one that was cancelled is not")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    move(t, &s, (struct move) { .to = SUBSCRIPTION_PAST_DUE });
    t->c->now_ms = s.period_end_ms + 7 * PLAN_DAY - 1;
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    EXPECT_I64(plan_see(t, n).plan, 550);
    move(t, &s, (struct move) { .to = SUBSCRIPTION_PAST_DUE, .cancel_ms = s.period_end_ms });
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
    EXPECT_I64(plan_see(t, n).plan, 50);
}

TEST("a plan that its gateway collects no more has no days of grace, until it is paid after all")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    move(t, &s, (struct move) { .to = SUBSCRIPTION_PAST_DUE, .unpaid = true });
    t->c->now_ms = s.period_end_ms - 1;
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    t->c->now_ms = s.period_end_ms + PLAN_DAY;
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
    EXPECT_I64(plan_see(t, n).plan, 50);
    move(t, &s, (struct move) { .to = SUBSCRIPTION_ACTIVE });
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
}

TEST("money that comes for a plan that is over still brings the period that it paid for")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    struct plan_deed d = plan_next(t, n, "basic-month");
    t->c->now_ms = s.period_end_ms + 8 * PLAN_DAY;
    move(t, &s, (struct move) { .to = SUBSCRIPTION_CANCELED });
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
    EXPECT_OK(db_tx(t->c, "late", plan_buy_tx, &d));
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    EXPECT_I64(plan_see(t, n).plan, 550);
    t->c->now_ms = d.end_ms;
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
}

TEST("R11 a period whose money went back takes its credits with it, and the plan")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 100);
    struct plan_deed d = plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 950);
    d.back_minor = d.order.total_minor;
    plan_back(t, &d);
    struct plan_seen k = plan_see(t, n);
    EXPECT_I64(k.plan, 50); /* the free ones: what was left of the first month is over, too */
    EXPECT_I64(k.account.debt, 0);
    EXPECT_STR(k.access.plan, S("free"));
}

/* Somebody buys a month, and the year some time later. */
static void begin_twice(struct test *t, int64_t n, int64_t later_ms, struct plan_deed *ret_month,
    struct plan_deed *ret_year)
{
    *ret_month = plan_buy(t, n, "basic-month", NULL);
    t->c->now_ms += later_ms;
    *ret_year = plan_change(t, n, "basic-year", t->c->now_ms);
}

static void year_goes_back(struct test *t, int64_t later_ms)
{
    int64_t n = plan_customer(t);
    struct plan_deed month, year;
    begin_twice(t, n, later_ms, &month, &year);
    EXPECT(plan_see(t, n).plan >= 550); /* and what was earned of the month */
    year.back_minor = year.order.total_minor;
    plan_back(t, &year);
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
}

static void month_goes_back(struct test *t, int64_t later_ms)
{
    int64_t n = plan_customer(t);
    struct plan_deed month, year;
    begin_twice(t, n, later_ms, &month, &year);
    month.back_minor = month.order.total_minor;
    plan_back(t, &month);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    EXPECT_I64(plan_see(t, n).plan, 550);
}

enum {
    HOURS_MS = PLAN_DAY / 5,
    MINUTES_MS = PLAN_DAY / 180
};

TEST("R11 a period whose money went back is over, though another one began on its day")
{
    year_goes_back(t, HOURS_MS);
}

TEST("R11 a period whose money went back is over, though another one began minutes before it")
{
    year_goes_back(t, MINUTES_MS);
}

TEST("R11 a period goes on when the money of another one of its first day goes back")
{
    month_goes_back(t, HOURS_MS);
}

TEST("R11 a period goes on when the money of the one whose place it took within minutes goes back")
{
    month_goes_back(t, MINUTES_MS);
}

TEST("R11 a part of a period's money takes that part of its credits, and leaves the plan")
{
    int64_t n = plan_customer(t);
    struct plan_deed d = plan_buy(t, n, "basic-year", NULL);
    struct subscription s = plan_of(t, n, "ai");
    d.back_minor = 999; /* a tenth */
    plan_back(t, &d);
    EXPECT_I64(plan_see(t, n).plan, 500);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    plan_spend(t, n, 500);
    t->c->now_ms = subscription_month_ms(&s, 1);
    plan_month(t, &s); /* and of each month that comes */
    EXPECT_I64(plan_see(t, n).plan, 450);
}

TEST("a period that is paid before it begins brings its credits when it begins")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    struct plan_deed d = plan_next(t, n, "basic-month");
    t->c->now_ms = s.period_end_ms - 3 * PLAN_DAY;
    EXPECT_OK(db_tx(t->c, "early", plan_buy_tx, &d));
    EXPECT_I64(plan_see(t, n).plan, 550);
    EXPECT_I64(plan_see(t, n).account.renews_ms, d.start_ms);
    plan_spend(t, n, 500);
    t->c->now_ms = d.start_ms;
    plan_month(t, &s);
    EXPECT_I64(plan_see(t, n).plan, 550);
    EXPECT_I64(plan_see(t, n).account.month_ms, d.start_ms);
}

TEST("a dearer plan for a period that was paid early brings its credits when that begins, and once")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL); /* its trial is had once */
    plan_spend(t, n, 1550);
    plan_renew(t, n, "basic-month");
    struct subscription s = plan_of(t, n, "ai");
    struct plan_deed d = plan_next(t, n, "basic-month");
    t->c->now_ms = s.period_end_ms - 3 * PLAN_DAY;
    EXPECT_OK(db_tx(t->c, "early", plan_buy_tx, &d));
    plan_change(t, n, "pro-month", 0);
    EXPECT_I64(plan_see(t, n).plan, 500);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    plan_spend(t, n, 500);
    t->c->now_ms = d.start_ms;
    plan_month(t, &s);
    EXPECT_I64(plan_see(t, n).plan, 1500);
    EXPECT_STR(plan_see(t, n).access.plan, S("pro"));
}

TEST("R11 money that goes back before its period begins leaves the one that runs")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    struct subscription s = plan_of(t, n, "ai");
    struct plan_deed d = plan_next(t, n, "basic-month");
    t->c->now_ms = s.period_end_ms - 3 * PLAN_DAY;
    EXPECT_OK(db_tx(t->c, "early", plan_buy_tx, &d));
    d.back_minor = d.order.total_minor;
    plan_back(t, &d);
    EXPECT_I64(plan_see(t, n).plan, 550);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    t->c->now_ms = d.start_ms;
    plan_month(t, &s);
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
    EXPECT_I64(plan_see(t, n).plan, 50);
}

struct foretold {
    int64_t order_n;
    struct grant_taking taking;
};

static enum err foretell(struct ctx *c, void *arg)
{
    struct foretold *f = arg;
    struct order o;
    TRY(order_by_n(c, f->order_n, &o));
    return grant_would_take(c, &o, o.total_minor, &f->taking);
}

/* What is said before all of its money goes back: does the plan end? */
static bool would_end(struct test *t, const struct plan_deed *d)
{
    struct foretold f = { .order_n = d->order.n };
    EXPECT_OK(db_read(t->c, foretell, &f));
    return f.taking.plan;
}

TEST("R11 the money of a change inside a period takes its credits, and the plan is the one before")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL); /* its trial is had once */
    plan_spend(t, n, 1550);
    struct plan_deed month = plan_renew(t, n, "basic-month");
    struct plan_deed more = plan_change(t, n, "pro-month", 0);
    EXPECT_I64(plan_see(t, n).plan, 1500);
    EXPECT(!would_end(t, &more));
    more.back_minor = more.order.total_minor;
    plan_back(t, &more);
    EXPECT_I64(plan_see(t, n).plan, 500);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
    EXPECT_STR(plan_of(t, n, "ai").terms.price, S("basic-month"));
    EXPECT(would_end(t, &month));
    month.back_minor = month.order.total_minor;
    plan_back(t, &month);
    EXPECT_STR(plan_see(t, n).access.plan, S("free"));
}

TEST("R11 two upgrades whose money goes back, the last one first, leave the plan before both")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL); /* its trial is had once */
    plan_renew(t, n, "basic-month");
    t->c->now_ms += PLAN_DAY;
    struct plan_deed more = plan_change(t, n, "pro-month", 0);
    t->c->now_ms += PLAN_DAY;
    struct plan_deed most = plan_change(t, n, "max-month", 0);
    most.back_minor = most.order.total_minor;
    plan_back(t, &most);
    EXPECT_STR(plan_see(t, n).access.plan, S("pro"));
    more.back_minor = more.order.total_minor;
    plan_back(t, &more);
    EXPECT_STR(plan_see(t, n).access.plan, S("basic"));
}

TEST("R11 the money of a period that is over, or has a successor, ends no plan and does not say so")
{
    int64_t n = plan_customer(t);
    struct plan_deed first = plan_buy(t, n, "basic-month", NULL);
    struct plan_deed second = plan_renew(t, n, "basic-month");
    EXPECT(!would_end(t, &first));
    EXPECT(would_end(t, &second));
    t->c->now_ms = second.end_ms + 8 * PLAN_DAY;
    EXPECT(!would_end(t, &second));
}

TEST(
    "a period that is paid survives the failure of each step in turn: all of it is there, or nothing")
{
    int64_t n = plan_customer(t);
    bool fired = true;
    plan_buy(t, n, "basic-month", NULL);
    for (int64_t k = 0; fired; k++) {
        struct plan_deed d = plan_next(t, n, "basic-month");
        struct faults faults;
        t->c->now_ms = d.start_ms;
        plan_spend(t, n, plan_see(t, n).account.balance);
        faults_off(&faults);
        faults.countdown = k;
        t->c->faults = &faults;
        enum err e = db_tx(t->c, "renew", plan_buy_tx, &d);
        fired = faults.fired;
        t->c->faults = NULL;
        EXPECT(fired || e == E_OK);
        struct subscription s = plan_of(t, n, "ai");
        if (s.period_end_ms != d.end_ms) {
            EXPECT_I64(plan_see(t, n).account.balance, 0);
            EXPECT_OK(db_tx(t->c, "renew again", plan_buy_tx, &d));
        }
        EXPECT_I64(plan_see(t, n).account.balance, 500);
    }
}
