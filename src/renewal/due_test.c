#include "renewal/renewal_fixture.h"

#include "base/clock.h"
#include "db/db.h"
#include "renewal/bill.h"

/* Where purser renews: a day at a time, from the first notice to the end of grace. */

static const int64_t day = DAY;

static struct str status(struct gate *g)
{
    return subscription_status_text(gate_see(g).s.status);
}

/* Business time goes to the next moment at which something falls due. */
static void next_day(struct gate *g)
{
    struct test *t = g->t;
    int64_t due = gate_due_ms(g);
    EXPECT(due > t->c->now_ms);
    t->c->now_ms = due;
    gate_due(g);
}

TEST("R100 before a period ends its successor is an order, and a mail that says where to pay it")
{
    struct gate *g = gate_open(t, true);
    gate_due(g);
    EXPECT_I64(gate_see(g).orders, 0);
    next_day(g);
    struct seen k = gate_see(g);
    EXPECT_I64(t->c->now_ms, k.s.period_end_ms - RENEWAL_LEAD_DAYS * day);
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(k.mails, 1);
    EXPECT_I64(k.last.total_minor, 999);
    EXPECT_I64(k.last.period_start_ms, k.s.period_end_ms);
    gate_due(g);
    gate_due(g);
    EXPECT_I64(gate_see(g).orders, 1);
    EXPECT_I64(gate_see(g).mails, 1);
}

TEST("R100 paid in time a period goes on where the last one ends, and not sooner")
{
    struct gate *g = gate_open(t, true);
    gate_due(g);
    next_day(g);
    struct seen before = gate_see(g);
    gate_pays(g, &before.last, 999);
    struct seen k = gate_see(g);
    EXPECT_I64(k.s.period_start_ms, before.s.period_end_ms);
    EXPECT_I64(k.s.period_end_ms, before.last.period_end_ms);
    EXPECT_STR(status(g), S("active"));
    EXPECT_I64(k.sales, 999);
    gate_due(g);
    EXPECT_I64(gate_see(g).orders, 1);
}

TEST("unpaid at the end it is past due, is reminded of, and is over when grace is")
{
    struct gate *g = gate_open(t, true);
    int64_t end = gate_see(g).s.period_end_ms;
    gate_due(g);
    next_day(g); /* the first notice */
    next_day(g); /* the end */
    EXPECT_I64(t->c->now_ms, end);
    EXPECT_STR(status(g), S("past_due"));
    EXPECT_I64(gate_facts(g, "SUBSCRIPTION_PAST_DUE"), 1);
    EXPECT_I64(gate_see(g).mails, 2);
    static const int64_t reminded[] = { 1, 3, 5 };
    for (size_t i = 0; i < ARRAY_LEN(reminded); i++) {
        next_day(g);
        EXPECT_I64(t->c->now_ms, end + reminded[i] * day);
        EXPECT_I64(gate_see(g).mails, 3 + (int64_t)i);
    }
    next_day(g);
    struct seen k = gate_see(g);
    EXPECT_I64(t->c->now_ms, end + 7 * day);
    EXPECT_STR(status(g), S("canceled"));
    EXPECT_STR(k.s.reason, S("unpaid"));
    EXPECT_STR(order_status_text(k.last.status), S("expired"));
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(gate_facts(g, "SUBSCRIPTION_CANCELED"), 1);
    gate_due(g);
    EXPECT_I64(gate_see(g).mails, 6);
}

TEST("who pays late at any step goes on from where the paid period ended")
{
    for (int step = 2; step <= 5; step++) {
        struct gate *g = gate_open(t, true);
        int64_t end = gate_see(g).s.period_end_ms;
        gate_due(g);
        for (int i = 0; i < step; i++)
            next_day(g);
        struct seen k = gate_see(g);
        EXPECT_STR(status(g), S("past_due"));
        gate_pays(g, &k.last, 999);
        gate_due(g);
        k = gate_see(g);
        EXPECT_STR(status(g), S("active"));
        EXPECT_I64(k.s.past_due_ms, 0);
        EXPECT_I64(k.s.period_start_ms, end);
        EXPECT_I64(k.orders, 1);
    }
}

TEST("a payment after the end begins nothing: what it paid for is given, and nothing more is asked")
{
    struct gate *g = gate_open(t, true);
    gate_due(g);
    for (int i = 0; i < 6; i++)
        next_day(g);
    struct seen k = gate_see(g);
    EXPECT_STR(status(g), S("canceled"));
    gate_pays(g, &k.last, 999);
    gate_due(g);
    k = gate_see(g);
    EXPECT_STR(status(g), S("canceled"));
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.sales, 999);
    EXPECT_I64(gate_facts(g, "SUBSCRIPTION_CREATED"), 0);
}

TEST("a month in which nothing ran here ends nobody's plan unasked")
{
    struct gate *g = gate_open(t, true);
    int64_t end = gate_see(g).s.period_end_ms;
    gate_due(g);
    t->c->now_ms = end + 40 * day;
    gate_due(g);
    EXPECT_STR(status(g), S("past_due"));
    EXPECT_I64(gate_see(g).orders, 1);
    for (int i = 0; i < 6; i++) {
        t->c->now_ms += day;
        gate_due(g);
    }
    EXPECT_STR(status(g), S("past_due"));
    t->c->now_ms += day;
    gate_due(g);
    EXPECT_STR(status(g), S("canceled"));
}

TEST("R11 the next period's money goes back before it begins: the one that runs is kept to its end")
{
    struct gate *g = gate_open(t, true);
    gate_due(g);
    next_day(g);
    struct seen k = gate_see(g);
    int64_t end = k.s.period_end_ms;
    gate_pays(g, &k.last, 999);
    gate_money(g, k.last.n, ORDER_REFUNDED);
    gate_due(g);
    EXPECT_STR(status(g), S("active"));
    next_day(g);
    EXPECT_I64(t->c->now_ms, end);
    EXPECT_STR(status(g), S("canceled"));
    EXPECT_I64(gate_see(g).orders, 1);
}

static int64_t at_noon(int64_t year, int month, int of_month)
{
    return ms_of_civil(
        (struct civil) { .year = year, .month = month, .day = of_month, .hour = 12 });
}

TEST("R100 ten years of months from the 28th to the 31st: each on its day, or the month's last")
{
    for (int of_month = 28; of_month <= 31; of_month++) {
        t->c->now_ms = at_noon(2023, 12, of_month);
        struct gate *g = gate_open(t, true);
        struct civil began = civil_of_ms(gate_see(g).s.anchor_ms);
        for (int i = 1; i <= 120; i++) {
            t->c->now_ms = gate_see(g).s.period_end_ms - day;
            gate_due(g);
            struct seen k = gate_see(g);
            gate_pays(g, &k.last, 999);
            struct civil end = civil_of_ms(gate_see(g).s.period_start_ms);
            int last = civil_days_in_month(end.year, end.month);
            int months = (int)(end.year - began.year) * 12 + end.month - began.month;
            EXPECT_I64(months, i);
            EXPECT_I64(end.day, of_month < last ? of_month : last);
            EXPECT_I64(end.hour, 12);
        }
        EXPECT_I64(gate_see(g).s.cycle, 0);
    }
}

/* A change by the year whose payment is on its way. */
static enum err change_being_paid(struct ctx *c, void *arg)
{
    struct gate *g = arg;
    struct subscription s;
    struct subscription_terms year;
    struct bill_sum sum = { .amount = { 9990, CUR_USD }, .total_minor = 9990 };
    struct bill b;
    TRY(subscription_by_n(c, g->subscription_n, &s));
    year = s.terms;
    year.price = S("basic-year");
    year.months = 12;
    year.amount = sum.amount;
    const struct bill_period period = { &year, c->now_ms,
        subscription_next_end_ms(&s, year.months) };
    TRY(bill_of_change(c, &s, &period, &sum, &b));
    TRY(bill_insert(c, &b));
    return order_become(c, &b.order, ORDER_PROCESSING);
}

TEST("R100 a change whose payment is on its way is waited for before the next period is asked for")
{
    struct gate *g = gate_open(t, true);
    gate_due(g);
    int64_t end = gate_see(g).s.period_end_ms;
    t->c->now_ms = end - RENEWAL_LEAD_DAYS * day;
    EXPECT_OK(db_tx(t->c, "change", change_being_paid, g));
    struct order change = gate_see(g).last;
    gate_due(g);
    EXPECT_I64(gate_see(g).orders, 1);
    EXPECT_I64(gate_due_ms(g), t->c->now_ms + day / 24);
    t->c->now_ms = end + 1;
    gate_due(g);
    EXPECT_STR(status(g), S("active"));
    gate_pays(g, &change, 9990);
    gate_due(g);
    struct seen k = gate_see(g);
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.s.terms.months, 12);
    EXPECT_STR(status(g), S("active"));
}
