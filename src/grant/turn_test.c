#include "base/clock.h"
#include "catalog/catalog_fixture.h"
#include "customer/customer.h"
#include "db/db.h"
#include "grant/plan_fixture.h"

/* What a price gives back of a plan's time takes the credits of that time with it: whoever changes
 * to and fro is never given more than what they kept paying for. */

/* ---- by hand */

static void changes(struct test *t, int64_t n, const char *price)
{
    struct subscription s = plan_of(t, n, "ai");
    bool year = str_has(str_of_c(price), S("year"));
    plan_change(t, n, price, year != (s.terms.months == 12) ? t->c->now_ms : 0);
}

/* So far into the month that runs. */
static void wait_share(struct test *t, int64_t n, int64_t part, int64_t whole)
{
    struct subscription s = plan_of(t, n, "ai");
    int64_t from = subscription_month_ms(&s, 0), end = subscription_month_ms(&s, 1);
    t->c->now_ms = from + (end - from) * part / whole;
}

TEST("R10 a month, a year, a month, a year at one moment bring one month's credits")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    for (int i = 0; i < 4; i++) {
        changes(t, n, i % 2 == 0 ? "basic-year" : "basic-month");
        EXPECT_I64(plan_see(t, n).plan, 550);
    }
}

TEST("R10 nor do they when each month's credits are used before the next change")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 550);
    for (int i = 0; i < 4; i++) {
        changes(t, n, i % 2 == 0 ? "basic-year" : "basic-month");
        struct plan_seen k = plan_see(t, n);
        EXPECT_I64(k.account.balance, 0);
        EXPECT_I64(k.account.debt, 0);
    }
}

TEST("a change of interval in the middle of a month takes the half of it that the price gave back")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 400);
    wait_share(t, n, 1, 2);
    changes(t, n, "basic-year"); /* of 100 left 100 end, and 150 that were used come off the new */
    EXPECT_I64(plan_see(t, n).plan, 50 + 500 - 150);
    EXPECT_I64(plan_see(t, n).account.debt, 0);
}

TEST(
    "a year that is given back in its fourth month takes what is left of that month, not of others")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-year", NULL);
    struct subscription s = plan_of(t, n, "ai");
    plan_spend(t, n, 500);
    t->c->now_ms = subscription_month_ms(&s, 3);
    plan_month(t, &s);
    EXPECT_I64(plan_see(t, n).plan, 1000); /* carried over up to the cap */
    changes(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1000);
    EXPECT_I64(plan_see(t, n).account.debt, 0);
}

TEST("credits that were used and given back with the price are owed, and paid by the next months")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL); /* its trial is had once */
    plan_renew(t, n, "pro-month");
    plan_spend(t, n, 1600);
    changes(t, n, "basic-month"); /* 1000 of 1500 were given back with the rest of the month */
    struct plan_seen k = plan_see(t, n);
    EXPECT_I64(k.account.balance, 0);
    EXPECT_I64(k.account.debt, 1000);
    plan_renew(t, n, "basic-month");
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).account.debt, 0);
    EXPECT_I64(plan_see(t, n).account.balance, 0);
    plan_renew(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).account.balance, 500);
}

TEST("R10 up and down within an hour at the month's end keeps no credits that were given back")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "basic-month", NULL);
    wait_share(t, n, 9, 10);
    for (int i = 0; i < 3; i++) {
        changes(t, n, "pro-month");
        EXPECT_I64(plan_see(t, n).plan, 1550);
        changes(t, n, "basic-month");
        EXPECT_I64(plan_see(t, n).plan, 550);
    }
}

TEST("a trial has no price that could be given back: what it brought stays")
{
    int64_t n = plan_customer(t);
    plan_buy(t, n, "pro-month", NULL);
    changes(t, n, "basic-month");
    EXPECT_I64(plan_see(t, n).plan, 1550);
    EXPECT_I64(plan_see(t, n).account.debt, 0);
}

TEST("without an allowance nothing is given back, and nothing ends")
{
    int64_t n = plan_customer_of(t, "none");
    plan_buy(t, n, "basic-month", NULL);
    plan_spend(t, n, 50);
    plan_change(t, n, "basic-year", t->c->now_ms);
    EXPECT_I64(plan_see(t, n).plan, 1000);
    EXPECT_I64(plan_see(t, n).account.debt, 0);
}

TEST("R11 the money of a month whose credits were given back takes only what is left of them")
{
    int64_t n = plan_customer(t);
    struct plan_deed month = plan_buy(t, n, "basic-month", NULL);
    wait_share(t, n, 1, 2);
    changes(t, n, "basic-year");
    EXPECT_I64(plan_see(t, n).plan, 50 + 250 + 500);
    month.back_minor = month.order.total_minor;
    plan_back(t, &month);
    EXPECT_I64(plan_see(t, n).plan, 50 + 500);
    EXPECT_I64(plan_see(t, n).account.debt, 0);
}

/* ---- by chance */

enum {
    LIVES = 5,
    STEPS = 24,
    LAYERS = 256,
    MICRO = 1000000
};

/* Nothing is too much to be carried over, so that all that was given can be counted. */
static const char shelf[] =
    "{\"plans\":["
    "{\"id\":\"low\",\"group\":\"ai\",\"name\":\"Low\","
    "\"credits\":{\"allowance\":100,\"rolloverCap\":10000000},\"prices\":["
    "{\"id\":\"low-month\",\"amount\":100},{\"id\":\"low-year\",\"interval\":\"year\","
    "\"amount\":1000}]},"
    "{\"id\":\"mid\",\"group\":\"ai\",\"name\":\"Mid\","
    "\"credits\":{\"allowance\":500,\"rolloverCap\":10000000},\"prices\":["
    "{\"id\":\"mid-month\",\"amount\":500},{\"id\":\"mid-year\",\"interval\":\"year\","
    "\"amount\":5000}]},"
    "{\"id\":\"top\",\"group\":\"ai\",\"name\":\"Top\","
    "\"credits\":{\"allowance\":1500,\"rolloverCap\":10000000},\"prices\":["
    "{\"id\":\"top-month\",\"amount\":1500},{\"id\":\"top-year\",\"interval\":\"year\","
    "\"amount\":15000}]}]}";
static const char *const prices[] = { "low-month", "mid-month", "top-month", "low-year", "mid-year",
    "top-year" };
static const int64_t allowances[] = { 100, 500, 1500 };

/* What somebody may have been given, told once more from the beginning: each part of a month's
 * credits was paid for from some moment to the month's end, and its share of that time is earned.
 */
struct model {
    struct test *t;
    uint64_t luck;
    int64_t n, used, earned; /* earned: in millionths */
    int64_t from_ms, end_ms; /* of the month that runs */
    int64_t month;           /* of the period, of a year */
    size_t price, layers, rounded;
    struct layer {
        int64_t micro, from_ms;
    } layer[LAYERS];
};

static int64_t draw(struct model *m, int64_t below)
{
    m->luck = m->luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((m->luck >> 33) % (uint64_t)below);
}

static int64_t allowance(size_t price)
{
    return allowances[price % 3] * MICRO;
}

static int64_t above(const struct model *m)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m->layers; i++)
        sum += m->layer[i].micro;
    return sum;
}

static void add(struct model *m, int64_t micro)
{
    must(m->layers < LAYERS);
    m->layer[m->layers++] = (struct layer) { micro, m->t->c->now_ms };
}

/* What lies between these heights is given back in the share of its time that is left. */
static void give_back(struct model *m, int64_t top, int64_t down_to)
{
    int64_t earned = above(m) > top ? above(m) - top : 0, now_ms = m->t->c->now_ms;
    int64_t goes = above(m) - earned > down_to ? above(m) - earned - down_to : 0;
    for (size_t i = m->layers; i-- > 0;) {
        struct layer *l = &m->layer[i];
        int64_t stays = l->micro < earned ? l->micro : earned;
        int64_t part = l->micro - stays < goes ? l->micro - stays : goes;
        earned -= stays;
        goes -= part;
        l->micro -= part / (m->end_ms - l->from_ms) * (m->end_ms - now_ms) +
            part % (m->end_ms - l->from_ms) * (m->end_ms - now_ms) / (m->end_ms - l->from_ms);
        m->rounded++;
    }
}

static void month_begins(struct model *m)
{
    struct test *t = m->t;
    struct subscription s = plan_of(t, m->n, "ai");
    m->earned += above(m);
    m->layers = 0;
    m->from_ms = t->c->now_ms;
    m->end_ms = subscription_month_ms(&s, subscription_month_at(&s, t->c->now_ms) + 1);
    m->end_ms = m->end_ms < s.period_end_ms ? m->end_ms : s.period_end_ms;
    add(m, allowance(m->price));
}

static void another_plan(struct model *m)
{
    struct test *t = m->t;
    size_t to = (size_t)draw(m, 6);
    bool anew = to / 3 != m->price / 3;
    if (to == m->price)
        return;
    plan_change(t, m->n, prices[to], anew ? t->c->now_ms : 0);
    if (anew || to < m->price)
        give_back(m, allowance(m->price), anew ? 0 : allowance(to));
    int64_t more = allowance(to) - above(m), was = allowance(m->price);
    more = to > m->price && above(m) < was ? allowance(to) - was : more;
    m->price = to;
    if (anew)
        month_begins(m);
    else if (more > 0)
        add(m, more);
}

static void next_month(struct model *m)
{
    struct test *t = m->t;
    struct subscription s = plan_of(t, m->n, "ai");
    t->c->now_ms = m->end_ms;
    if (m->end_ms < s.period_end_ms)
        plan_month(t, &s);
    else
        plan_renew(t, m->n, prices[m->price]);
    month_begins(m);
}

static void use_some(struct model *m)
{
    struct test *t = m->t;
    int64_t have = plan_see(t, m->n).account.balance, some = have > 0 ? 1 + draw(m, have) : 0;
    if (some > 0)
        plan_spend(t, m->n, some);
    m->used += some;
}

static void live(struct model *m)
{
    struct test *t = m->t;
    switch (draw(m, 8)) {
    case 0:
        next_month(m);
        break;
    case 1:
    case 2:
        t->c->now_ms += draw(m, m->end_ms - t->c->now_ms);
        break;
    case 3:
    case 4:
        use_some(m);
        break;
    default:
        another_plan(m);
    }
    struct plan_seen k = plan_see(t, m->n);
    int64_t given = k.account.balance + m->used - k.account.debt;
    int64_t may = m->earned + above(m), slip = (int64_t)m->rounded * MICRO / 2 + MICRO;
    EXPECT(given * MICRO <= may + slip);
    EXPECT(given * MICRO >= may - slip);
}

static enum err make_customer(struct ctx *c, void *arg)
{
    struct customer who = { .external_id = id_text(c->arena, S("ada"), id_new(c)) }, k;
    TRY(customer_ensure(c, &who, &k));
    *(int64_t *)arg = k.n;
    return E_OK;
}

TEST(
    "R10 R100 however often a plan is changed, its credits are what was kept of each month's price")
{
    catalog_in_force(t, str_of_c(shelf));
    for (int life = 0; life < LIVES; life++) {
        struct model m = { .t = t, .luck = (uint64_t)life * 7919 + 20260131, .price = 1 };
        t->c->now_ms = 1769817600000; /* 31 January 2026 */
        EXPECT_OK(db_tx(t->c, "customer", make_customer, &m.n));
        plan_buy(t, m.n, prices[m.price], NULL);
        month_begins(&m);
        for (int step = 0; step < STEPS; step++)
            live(&m);
    }
}
