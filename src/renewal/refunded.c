#include "db/db.h"
#include "grant/grant.h"
#include "renewal/change.h"

/* The money of a period went back whole: nobody renews what nobody paid for.  Where purser renews
 * it is over at once (due.c); a gateway is told to end it, now and without counting anything, again
 * and again until it says that it has.  The money of a dearer plan inside a period is that plan's
 * end: the one before it goes on. */

enum {
    DAY_MS = 24 * 3600 * 1000
};

struct gone {
    struct subscription s;
    struct order o;
    struct subscription_terms before; /* the change that it paid for */
    bool changed;
};

static enum err read_one(struct ctx *c, void *arg)
{
    struct gone *g = arg;
    TRY(subscription_by_n(c, g->s.n, &g->s));
    TRY(order_by_n(c, g->o.n, &g->o));
    return grant_before(c, &g->o, &g->s, &g->changed, &g->before);
}

enum err renewal_refunded(struct ctx *c, struct str subject)
{
    struct gone g = { .changed = false };
    struct str which, order;
    if (!str_cut(subject, ' ', &which, &order) || !str_to_i64(which, &g.s.n) ||
        !str_to_i64(order, &g.o.n))
        return fail(
            c, STORE_CORRUPT, "a job ends the refunded subscription \"%.*s\"", SARG(subject));
    TRY(db_read(c, read_one, &g));
    /* What the gateway refused today is asked for again tomorrow. */
    int64_t since = g.o.n * 1000000 + c->now_ms / DAY_MS;
    if (g.s.status == SUBSCRIPTION_CANCELED)
        return E_OK;
    if (g.o.kind != ORDER_CHANGE || g.o.period_start_ms > 0)
        return change_end(c, &g.s, CHANGE_REFUNDED, since);
    return g.changed ? change_back(c, &g.s, g.before.price, since) : E_OK;
}
