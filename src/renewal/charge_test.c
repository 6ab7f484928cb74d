#include "renewal/till_fixture.h"

#include "base/fault.h"
#include "customer/customer.h"
#include "db/crowd_fixture.h"
#include "db/db.h"
#include "renewal/charge.h"
#include "renewal/method.h"

/* A period that is charged: once, whoever dies and whoever comes at the same time. */

enum {
    SIDES = 8
};

struct newest {
    int64_t order_n;
    struct attempt a;
    size_t count;
};

static enum err find_attempt(struct ctx *c, void *arg)
{
    struct newest *k = arg;
    struct attempt *a = NULL;
    TRY(attempts_of(c, k->order_n, &a, &k->count));
    if (k->count > 0)
        k->a = a[k->count - 1];
    return E_OK;
}

static struct newest newest(struct till *k)
{
    struct test *t = k->g->t;
    struct newest n = { .order_n = gate_see(k->g).last.n };
    EXPECT_OK(db_read(t->c, find_attempt, &n));
    return n;
}

/* Its questions, as their job asks them. */
static void poll(struct till *k)
{
    struct test *t = k->g->t;
    t->c->now_ms += 60 * 1000;
    EXPECT_OK(payment_poll(t->c, str_fmt(t->c->arena, "%lld", (long long)newest(k).a.n)));
}

static bool is_renewed(struct till *k)
{
    const struct seen seen = gate_see(k->g);
    return seen.completed == 1 && seen.s.period_start_ms == seen.last.period_start_ms;
}

TEST("R100 what is due is charged once, however often it is looked at, and goes on")
{
    struct till *k = till_open(t);
    till_charge(k);
    EXPECT(is_renewed(k) && k->takes == 1);
    till_charge(k);
    gate_due(k->g);
    till_charge(k);
    EXPECT_I64(k->asked, 1);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("active"));
    EXPECT_I64(gate_see(k->g).mails, 1); /* a receipt is the order's */
    till_close(k);
}

TEST("R15 a charge that nobody heard of is asked about, and never sent again")
{
    struct till *k = till_open(t);
    k->mood = TILL_IS_LOST_AFTER;
    till_charge(k);
    EXPECT_STR(attempt_status_text(newest(k).a.status), S("unknown"));
    till_charge(k);
    EXPECT_I64(k->asked, 1);
    poll(k);
    EXPECT(is_renewed(k) && k->takes == 1);
    till_close(k);
}

TEST("R15 a charge that never arrived is not sent again either: after a day whoever pays is asked")
{
    struct till *k = till_open(t);
    k->mood = TILL_IS_LOST;
    till_charge(k);
    poll(k);
    gate_due(k->g);
    EXPECT_I64(gate_see(k->g).mails, 1);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("active"));
    k->mood = TILL_TAKES;
    for (int day = 0; day < 4; day++) {
        t->c->now_ms += DAY;
        gate_due(k->g);
        till_charge(k);
    }
    EXPECT_I64(k->asked, 1);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("past_due"));
    EXPECT(gate_see(k->g).mails > 1);
    till_close(k);
}

static enum err find_first(struct ctx *c, void *arg)
{
    struct newest *k = arg;
    struct attempt *a = NULL;
    TRY(attempts_of(c, k->order_n, &a, &k->count));
    k->a = a[0];
    return E_OK;
}

/* Asked about so long after the rest; how the charge stands then. */
static struct str asked_later(struct till *k, const struct newest *charged, int64_t ms)
{
    struct test *t = k->g->t;
    struct newest now = { .order_n = charged->order_n };
    t->c->now_ms += ms;
    EXPECT_OK(payment_poll(t->c, str_fmt(t->c->arena, "%lld", (long long)charged->a.n)));
    EXPECT_OK(db_read(t->c, find_first, &now));
    return attempt_status_text(now.a.status);
}

TEST("R15 a charge that never arrived is over a day after its period was paid on a page")
{
    struct till *k = till_open(t);
    k->mood = TILL_IS_LOST;
    till_charge(k);
    const struct newest charged = newest(k);
    EXPECT_STR(asked_later(k, &charged, 2 * DAY), S("unknown")); /* nobody has paid */
    const struct order due = gate_see(k->g).last;
    gate_pays(k->g, &due, due.total_minor);
    EXPECT(is_renewed(k));
    EXPECT_STR(asked_later(k, &charged, 60 * 60 * 1000), S("unknown"));
    EXPECT_STR(asked_later(k, &charged, DAY), S("abandoned"));
    EXPECT_STR(asked_later(k, &charged, DAY), S("abandoned"));
    EXPECT(is_renewed(k));
    till_close(k);
}

TEST("R15 whoever dies while he charges has charged once at most, and it is found")
{
    static const char *const points[] = { "charge.load.after_commit", "charge.call.after" };
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        struct till *k = till_open(t);
        struct faults faults;
        struct ctx mortal = *t->c;
        faults_off(&faults);
        faults.crash_at = points[i];
        faults.crash_countdown = 0;
        mortal.faults = &faults;
        EXPECT(renewal_charge(&mortal, till_subject(k)) == E_DEAD);
        for (int again = 0; again < 3; again++)
            till_charge(k);
        EXPECT_I64(k->takes, (int64_t)i);
        poll(k);
        EXPECT(is_renewed(k) == (i == 1));
        EXPECT_I64((int64_t)newest(k).count, 1);
        till_close(k);
    }
}

TEST("a card that is refused is tried on later days, five times at most, and its buyer is told")
{
    struct till *k = till_open(t);
    k->mood = TILL_REFUSES;
    till_charge(k);
    EXPECT_STR(attempt_status_text(newest(k).a.status), S("declined"));
    till_charge(k);
    EXPECT_I64(k->asked, 1);
    gate_due(k->g);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("past_due"));
    EXPECT_I64(gate_see(k->g).mails, 2);
    for (int day = 0; day < 6; day++) {
        t->c->now_ms += DAY;
        gate_due(k->g);
        till_charge(k);
        till_charge(k);
    }
    EXPECT_I64(k->asked, 5);
    EXPECT_I64(k->takes, 0);
    till_close(k);
}

TEST("a key that its gateway refuses says nothing about a card: an hour later it is charged again")
{
    struct till *k = till_open(t);
    k->mood = TILL_KNOWS_NOBODY;
    till_charge(k);
    EXPECT_STR(attempt_status_text(newest(k).a.status), S("abandoned"));
    gate_due(k->g);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("active"));
    EXPECT_I64(gate_see(k->g).mails, 1);
    k->mood = TILL_TAKES;
    t->c->now_ms += 60 * 60 * 1000;
    gate_due(k->g);
    till_charge(k);
    EXPECT(is_renewed(k) && k->takes == 1);
    EXPECT_I64(gate_see(k->g).mails, 1);
    till_close(k);
}

TEST("a key that stays refused for a day asks whoever pays, and counts as no try of his card")
{
    struct till *k = till_open(t);
    k->mood = TILL_KNOWS_NOBODY;
    for (int hour = 0; hour < 25; hour++) {
        till_charge(k);
        gate_due(k->g);
        t->c->now_ms += 60 * 60 * 1000;
    }
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("past_due"));
    k->mood = TILL_REFUSES;
    const int64_t before = k->asked;
    for (int day = 0; day < 6; day++) {
        t->c->now_ms += DAY;
        till_charge(k);
    }
    EXPECT_I64(k->asked - before, 5);
    till_close(k);
}

struct mine {
    const struct till *till;
    struct customer who;
};

static enum err find_mine(struct ctx *c, void *arg)
{
    struct mine *k = arg;
    return customer_by_n(c, k->till->g->customer_n, &k->who);
}

static struct methods saved(struct till *k)
{
    struct test *t = k->g->t;
    struct mine mine = { .till = k };
    EXPECT_OK(db_read(t->c, find_mine, &mine));
    struct methods m = { .customer_id = id_text(t->c->arena, S("cus"), mine.who.id) };
    EXPECT_OK(methods_find(t->c, &m));
    if (m.n > 0)
        m.id = m.method[0].what.id;
    return m;
}

TEST("a card that was forgotten is charged no more: its buyer is asked to pay")
{
    struct till *k = till_open(t);
    struct methods m = saved(k);
    EXPECT(m.n == 1 && m.method[0].gateway == GATEWAY_ID_flutterwave && m.method[0].what.charged);
    EXPECT_OK(methods_forget(t->c, &m));
    EXPECT_I64((int64_t)gate_see(k->g).s.payer.n, 0);
    EXPECT_FAIL(methods_forget(t->c, &m), NOT_FOUND);
    till_charge(k);
    EXPECT_I64(k->asked, 0);
    gate_due(k->g);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("past_due"));
    EXPECT_I64(gate_see(k->g).mails, 2);
    EXPECT(saved(k).n == 0);
    till_close(k);
}

TEST("R15 a card is not forgotten while nobody knows what became of a charge of it")
{
    struct till *k = till_open(t);
    k->mood = TILL_IS_LOST_AFTER;
    till_charge(k);
    struct methods m = saved(k);
    EXPECT_FAIL(methods_forget(t->c, &m), CONFLICT);
    EXPECT(gate_see(k->g).s.payer.n > 0);
    gate_due(k->g);
    EXPECT_I64(gate_see(k->g).mails, 1); /* nobody is asked to pay beside it */
    poll(k);
    EXPECT(is_renewed(k) && k->takes == 1);
    EXPECT_OK(methods_forget(t->c, &m));
    EXPECT(saved(k).n == 0);
    till_close(k);
}

struct side {
    struct crowd k; /* first */
    struct till *till;
};

static void charge_too(struct crowd *k)
{
    const struct side *s = (struct side *)k;
    do { /* as its job does */
        err_clear(&k->c);
        k->result = renewal_charge(
            &k->c, str_fmt(k->c.arena, "%lld", (long long)s->till->g->subscription_n));
    } while (k->result == E_BUSY);
}

TEST("R15 F31 eight at the same moment charge a card once")
{
    struct till *k = till_open(t);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .k = { .act = charge_too }, .till = k };
    crowd_run(t, side, sizeof *side, SIDES);
    EXPECT(is_renewed(k));
    EXPECT_I64(k->asked, 1);
    EXPECT_I64((int64_t)newest(k).count, 1);
    till_close(k);
}
