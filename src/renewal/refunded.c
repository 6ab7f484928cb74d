#include "db/db.h"
#include "renewal/change.h"

/* The money of a period went back whole: nobody renews what nobody paid for.  Where purser renews
 * it is over at once (due.c); a gateway is told to end it, now and without counting anything, again
 * and again until it says that it has. */

enum {
    DAY_MS = 24 * 3600 * 1000
};

static enum err read_one(struct ctx *c, void *arg)
{
    struct subscription *s = arg;
    return subscription_by_n(c, s->n, s);
}

enum err renewal_refunded(struct ctx *c, struct str subject)
{
    struct subscription s = { .n = 0 };
    struct str which, order;
    int64_t order_n = 0;
    if (!str_cut(subject, ' ', &which, &order) || !str_to_i64(which, &s.n) ||
        !str_to_i64(order, &order_n))
        return fail(
            c, STORE_CORRUPT, "a job ends the refunded subscription \"%.*s\"", SARG(subject));
    TRY(db_read(c, read_one, &s));
    /* What the gateway refused today is asked for again tomorrow. */
    return s.status == SUBSCRIPTION_CANCELED
        ? E_OK
        : change_end(c, &s, CHANGE_REFUNDED, order_n * 1000000 + c->now_ms / DAY_MS);
}
