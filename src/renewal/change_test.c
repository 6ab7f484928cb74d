#include "base/clock.h"
#include "db/db.h"
#include "renewal/change.h"
#include "renewal/renewal_fixture.h"

/* What a person asks for, and a gateway that answers nothing. */

static int64_t calls;

static enum err nothing(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    (void)net;
    (void)c;
    (void)in;
    calls++;
    *ret = (struct net_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("no answer") };
    return E_OK;
}

static enum err ask(struct gate *g, const char *key, const struct change *in)
{
    struct test *t = g->t;
    struct ctx *c = t->c;
    struct change k = *in;
    struct operation_key own;
    struct operation_run run;
    k.subscription_n = g->subscription_n;
    EXPECT_OK(operation_key_own(c, str_of_c(key), &own));
    operation_run_start(c, &run, &renewal_operation, &own, &k);
    return operation_run_all(c, &run);
}

TEST("R15 what a gateway left uncertain is asked for once more, and nothing else beside it")
{
    struct gate *g = gate_open(t, false);
    const struct change year = { .deed = SUBSCRIPTION_CHANGE, .interval = S("year") };
    const struct change end = { .deed = SUBSCRIPTION_CANCEL };
    g->net.call = nothing;
    calls = 0;
    EXPECT_I64(ask(g, "first", &year), E_UPSTREAM);
    EXPECT_I64(calls, 1);
    EXPECT_I64(ask(g, "second", &year), E_CONFLICT);
    EXPECT_I64(ask(g, "third", &end), E_CONFLICT);
    EXPECT_I64(calls, 1);
    EXPECT_I64(ask(g, "first", &year), E_UPSTREAM);
    EXPECT_I64(calls, 2);
    t->c->now_ms += 2 * (int64_t)DAY; /* nobody goes on with it any more */
    EXPECT_I64(ask(g, "third", &end), E_UPSTREAM);
}

TEST("what was not paid in its days and is paid before the gateway could be told goes on")
{
    struct gate *g = gate_open(t, false);
    g->net.call = nothing;
    t->c->actor = S("job:renewal_due");
    g->at.status = STANDING_PAST_DUE;
    gate_mirror(g);
    struct subscription s = gate_see(g).s;
    EXPECT_I64(change_end(t->c, &s, CHANGE_UNPAID, s.past_due_ms), E_UPSTREAM);
    g->at.status = STANDING_ACTIVE;
    gate_renews(g);
    gate_mirror(g);
    calls = 0;
    EXPECT_I64(change_end(t->c, &s, CHANGE_UNPAID, s.past_due_ms),
        E_UPSTREAM); /* the same one, gone on with */
    EXPECT_I64(calls, 0);
    s.past_due_ms++;
    EXPECT_I64(change_end(t->c, &s, CHANGE_UNPAID, s.past_due_ms), E_CONFLICT);
    EXPECT_I64(calls, 0);
    EXPECT_STR(subscription_status_text(gate_see(g).s.status), S("active"));
}

static const struct change to_year = {
    .deed = SUBSCRIPTION_CHANGE, .interval = S_INIT("year"), .when = WHEN_NOW
};

TEST("R14 a change whose answer was lost is not asked for again once it is seen")
{
    struct gate *g = gate_open(t, false);
    g->net.call = nothing;
    EXPECT_I64(ask(g, "lost", &to_year), E_UPSTREAM);
    g->at.amount.minor = 9990;
    g->at.months = 12;
    gate_invoice(g, 9990)->reason = INVOICE_CHANGE;
    gate_mirror(g);
    EXPECT_I64(gate_see(g).s.terms.months, 12);
    calls = 0;
    EXPECT_OK(ask(g, "lost", &to_year));
    EXPECT_I64(calls, 1); /* how it stands */
}

TEST("R14 nor under a key that the gateway has forgotten")
{
    struct gate *g = gate_open(t, false);
    g->net.call = nothing;
    EXPECT_I64(ask(g, "lost", &to_year), E_UPSTREAM);
    t->c->now_ms += DAY;
    calls = 0;
    EXPECT_OK(ask(g, "lost", &to_year));
    EXPECT_I64(calls, 0);
    EXPECT_I64(gate_see(g).s.terms.months, 1);
}

TEST("R14 what was asked for before something else is not done when a person revives it")
{
    struct gate *g = gate_open(t, false);
    const struct change end = { .deed = SUBSCRIPTION_CANCEL };
    const struct change stay = { .deed = SUBSCRIPTION_CHANGE, .interval = S("year") };
    g->net.call = nothing;
    EXPECT_I64(ask(g, "earlier", &end), E_UPSTREAM);
    t->c->now_ms += 2 * (int64_t)DAY;
    EXPECT_I64(ask(g, "later", &stay), E_UPSTREAM);
    calls = 0;
    EXPECT_OK(ask(g, "earlier", &end));
    EXPECT_I64(calls, 0);
    EXPECT_I64(ask(g, "later", &stay), E_UPSTREAM);
    EXPECT_I64(calls, 1);
}

/* A further period was paid for, and its money went back whole. */
static void renews_and_goes_back(struct gate *g)
{
    gate_renews(g);
    gate_mirror(g);
    gate_money(g, gate_see(g).last.n, ORDER_REFUNDED);
}

static struct str refunded_job(struct gate *g)
{
    return str_fmt(
        g->t->c->arena, "%lld %lld", (long long)g->subscription_n, (long long)gate_see(g).last.n);
}

TEST("R11 a gateway is told to end what was given back until it is certain, and then no more")
{
    struct gate *g = gate_open(t, false);
    renews_and_goes_back(g);
    struct str job = refunded_job(g);
    EXPECT(gate_waits(g, "renewal_refunded", job));
    g->net.call = nothing;
    calls = 0;
    EXPECT_I64(renewal_refunded(t->c, job), E_UPSTREAM);
    EXPECT_I64(renewal_refunded(t->c, job), E_UPSTREAM);
    EXPECT_I64(calls, 2);
    t->c->now_ms += 2 * (int64_t)DAY; /* its operation was given up by then, and there is another */
    EXPECT_I64(renewal_refunded(t->c, job), E_UPSTREAM);
    EXPECT_I64(calls, 3);
    g->at.status = STANDING_CANCELED;
    gate_mirror(g);
    EXPECT_OK(renewal_refunded(t->c, job));
    EXPECT_I64(calls, 3);
}

TEST("R11 a period that the gateway collects before it could be told to end waits for a person")
{
    struct gate *g = gate_open(t, false);
    renews_and_goes_back(g);
    gate_renews(g);
    gate_mirror(g);
    EXPECT_I64(gate_see(g).reviews, 1);
    EXPECT_I64(gate_see(g).completed, 0); /* the one before went back */
}

TEST("R11 a gateway is told nothing when what went back is not of the period that runs")
{
    struct gate *g = gate_open(t, false);
    gate_renews(g);
    gate_mirror(g);
    int64_t first = gate_see(g).last.n;
    gate_renews(g);
    gate_mirror(g);
    gate_money(g, first, ORDER_REFUNDED);
    EXPECT(!gate_waits(g, "renewal_refunded",
        str_fmt(t->c->arena, "%lld %lld", (long long)g->subscription_n, (long long)first)));
}

static enum err call_off(struct ctx *c, void *arg)
{
    struct subscription s;
    TRY(subscription_lock(c, ((struct gate *)arg)->subscription_n, &s));
    s.next_price = S("");
    return subscription_become(c, &s, s.status);
}

/* The year is planned, begins at the gateway, and is called off before anybody here heard of it. */
static void year_begins_unheard(struct gate *g)
{
    struct test *t = g->t;
    const struct change planned = {
        .deed = SUBSCRIPTION_CHANGE, .interval = S("year"), .when = WHEN_AT_END
    };
    g->net.call = nothing;
    EXPECT_I64(ask(g, "planned", &planned), E_UPSTREAM);
    EXPECT_STR(gate_see(g).s.next_price, S("basic-year"));
    EXPECT_OK(db_tx(t->c, "call off", call_off, g));
    t->c->now_ms = g->at.end_ms + DAY;
    g->at.amount.minor = 9990;
    g->at.months = 12;
    g->at.start_ms = g->at.end_ms;
    EXPECT(time_add_months(g->at.start_ms, 12, &g->at.end_ms));
}

TEST("the payment of a planned year that was called off too late is the year's")
{
    struct gate *g = gate_open(t, false);
    year_begins_unheard(g);
    gate_invoice(g, 9990);
    g->at.cancel_at_ms = g->at.end_ms;
    for (int i = 0; i < 3; i++)
        gate_mirror(g);
    struct seen k = gate_see(g);
    EXPECT_I64(k.reviews, 0);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.sales, 9990);
    EXPECT_I64(k.s.terms.months, 12);
    EXPECT_I64(k.s.period_end_ms, g->at.end_ms);
    EXPECT_I64(k.s.cancel_at_ms, g->at.end_ms);
}

TEST("R6 a payment that is neither the plan's nor the planned one's still waits for a person")
{
    struct gate *g = gate_open(t, false);
    year_begins_unheard(g);
    gate_invoice(g, 9991);
    gate_mirror(g);
    EXPECT_I64(gate_see(g).reviews, 1);
    EXPECT_I64(gate_see(g).sales, 0);
}

TEST("R6 what was planned after a period began does not explain its payment")
{
    struct gate *g = gate_open(t, false);
    int64_t begins_ms = g->at.end_ms;
    t->c->now_ms += 2 * (int64_t)DAY;
    year_begins_unheard(g);
    struct gateway_invoice *in = gate_invoice(g, 9990);
    in->start_ms = begins_ms - 40 * (int64_t)DAY; /* before it was asked for */
    gate_mirror(g);
    EXPECT_I64(gate_see(g).reviews, 1);
}
