#include "renewal/till_fixture.h"

/* Whom nobody charges any more: his money went back, or his bank asks for it. */

/* The period is charged, and time goes on to the day on which its successor can be paid. */
static void to_successor(struct till *k)
{
    struct ctx *c = k->g->t->c;
    till_charge(k);
    gate_due(k->g);
    c->now_ms = gate_see(k->g).s.period_end_ms - RENEWAL_LEAD_DAYS * (int64_t)DAY;
}

TEST("R11 whose period went back whole is not charged again, and his plan is over")
{
    struct till *k = till_open(t);
    to_successor(k);
    t->c->now_ms -= DAY;
    gate_money(k->g, gate_see(k->g).last.n, ORDER_REFUNDED);
    EXPECT_I64(gate_due_ms(k->g), t->c->now_ms); /* nobody waits for the period's end */
    int64_t mails = gate_see(k->g).mails;
    gate_due(k->g);
    struct seen seen = gate_see(k->g);
    EXPECT_STR(subscription_status_text(seen.s.status), S("canceled"));
    EXPECT_STR(seen.s.reason, S("refunded"));
    EXPECT_I64(seen.mails, mails + 1); /* that it has ended */
    for (int day = 0; day < 6; day++) {
        t->c->now_ms += DAY;
        gate_due(k->g);
        till_charge(k);
    }
    EXPECT_I64(k->asked, 1);
    EXPECT_I64(gate_see(k->g).orders, 1);
    EXPECT_I64(gate_see(k->g).mails, mails + 1);
    till_close(k);
}

TEST("R11 money that goes back when its successor is due already stops the charge at once")
{
    struct till *k = till_open(t);
    to_successor(k);
    int64_t paid_n = gate_see(k->g).last.n;
    gate_due(k->g);
    EXPECT(gate_see(k->g).last.n != paid_n);
    t->c->now_ms = gate_see(k->g).s.period_end_ms;
    gate_money(k->g, paid_n, ORDER_REFUNDED);
    till_charge(k); /* before anybody looked */
    EXPECT_I64(k->asked, 1);
    gate_due(k->g);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("canceled"));
    EXPECT_STR(order_status_text(gate_see(k->g).last.status), S("expired"));
    till_close(k);
}

TEST("R11 whose bank asks for the period's money is asked to pay, and charged when it has not gone")
{
    struct till *k = till_open(t);
    to_successor(k);
    int64_t paid_n = gate_see(k->g).last.n;
    gate_money(k->g, paid_n, ORDER_DISPUTED);
    gate_due(k->g);
    t->c->now_ms = gate_see(k->g).s.period_end_ms;
    gate_due(k->g);
    till_charge(k);
    EXPECT_I64(k->asked, 1);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("past_due"));
    gate_money(k->g, paid_n, ORDER_COMPLETED);
    gate_due(k->g);
    till_charge(k);
    EXPECT_I64(k->asked, 2);
    EXPECT_STR(subscription_status_text(gate_see(k->g).s.status), S("active"));
    till_close(k);
}
