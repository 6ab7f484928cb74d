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
