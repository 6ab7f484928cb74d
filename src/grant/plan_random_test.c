#include "db/db.h"
#include "grant/plan_fixture.h"

/* Whatever happens to a plan in whatever order: credits add up (plan_see), and no more is carried
 * over than the plan allows. */

enum {
    LIVES = 12,
    STEPS = 40
};

struct luck {
    uint64_t state;
};

static int64_t draw(struct luck *l, int64_t below)
{
    l->state = l->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((l->state >> 33) % (uint64_t)below);
}

static int64_t cap_of(const struct subscription *s)
{
    return subscription_credits(&s->terms).cap;
}

static void use_some(struct test *t, int64_t n, struct luck *l)
{
    int64_t have = plan_see(t, n).account.balance;
    if (have > 0)
        plan_spend(t, n, 1 + draw(l, have));
}

/* An upgrade in the period may come to more than the cap; the next renewal ends that. */
static void one_renewal(struct test *t, int64_t n)
{
    struct subscription s = plan_of(t, n, "ai");
    plan_renew(t, n, str_c(t->c->arena, s.terms.price));
    s = plan_of(t, n, "ai");
    EXPECT(plan_see(t, n).plan <= cap_of(&s));
}

static void one_month(struct test *t, int64_t n, struct luck *l)
{
    struct subscription s = plan_of(t, n, "ai");
    int64_t before = plan_see(t, n).plan, later = t->c->now_ms + draw(l, 40) * PLAN_DAY;
    int64_t end = s.period_end_ms - PLAN_DAY;
    t->c->now_ms = later < end ? later : t->c->now_ms;
    plan_month(t, &s);
    plan_month(t, &s);
    int64_t after = plan_see(t, n).plan, cap = cap_of(&s);
    EXPECT(after <= (before > cap ? before : cap));
}

static void one_change(struct test *t, int64_t n, struct luck *l)
{
    static const char *const prices[] = { "basic-month", "basic-year", "pro-month" };
    struct subscription s = plan_of(t, n, "ai");
    int64_t before = plan_see(t, n).plan, was = subscription_credits(&s.terms).allowance;
    bool anew = draw(l, 2) == 0 && t->c->now_ms > s.period_start_ms + PLAN_DAY;
    plan_change(t, n, prices[draw(l, 3)], anew ? t->c->now_ms : 0);
    s = plan_of(t, n, "ai");
    int64_t more = subscription_credits(&s.terms).allowance - was;
    int64_t after = plan_see(t, n).plan;
    EXPECT(after <= (anew ? cap_of(&s) : before + (more > 0 ? more : 0)));
}

struct ending {
    int64_t n;
};

static enum err end_tx(struct ctx *c, void *arg)
{
    struct subscription s;
    TRY(subscription_lock(c, ((struct ending *)arg)->n, &s));
    s.ended_ms = c->now_ms;
    TRY(subscription_become(c, &s, SUBSCRIPTION_CANCELED));
    return grant_access(c, &s);
}

/* Cancelled, lived to its end, and bought anew. */
static void one_ending(struct test *t, int64_t n)
{
    struct subscription s = plan_of(t, n, "ai");
    int64_t before = plan_see(t, n).plan;
    EXPECT_OK(db_tx(t->c, "end", end_tx, &(struct ending) { s.n }));
    if (t->c->now_ms < s.period_end_ms) {
        EXPECT_I64(plan_see(t, n).plan, before);
        t->c->now_ms = s.period_end_ms;
    }
    EXPECT(plan_see(t, n).plan <= 50); /* the free ones */
    plan_buy(t, n, "basic-month", NULL);
}

static void live(struct test *t, int64_t n, struct luck *l)
{
    struct subscription s = plan_of(t, n, "ai");
    t->c->now_ms += draw(l, 3) * PLAN_DAY;
    switch (draw(l, 8)) {
    case 0:
        one_ending(t, n);
        break;
    case 1:
        one_change(t, n, l);
        break;
    case 2:
    case 3:
        one_renewal(t, n);
        break;
    case 4:
        if (s.terms.months == 12)
            one_month(t, n, l);
        break;
    default:
        use_some(t, n, l);
    }
}

TEST(
    "I9 R100 in every life of a plan balance is the sum of its lots, and no more than the cap stays")
{
    int64_t n = plan_customer(t);
    struct luck l = { 20260131 };
    plan_buy(t, n, "basic-year", NULL);
    for (int life = 0; life < LIVES; life++)
        for (int step = 0; step < STEPS; step++)
            live(t, n, &l);
}
