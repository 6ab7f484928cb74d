#include "payment/payment.h"

#include "db/db.h"
#include "job/job.h"

/* A page that nobody shall pay on any more: its order was given up, or paid on another one.  Where
 * the gateway can end it, it does; money that was faster is believed as ever. */

struct ending {
    int64_t n;
    struct attempt attempt;
    struct order order;
};

static bool can_end(const struct attempt *a)
{
    const struct gateway *g = gateway_by_id(a->gateway);
    return g != NULL && g->end != NULL && a->session_id.n > 0 && a->status != ATTEMPT_CAPTURED &&
        a->status != ATTEMPT_DECLINED;
}

enum err payment_end_later(struct ctx *c, const struct attempt *k)
{
    if (!can_end(k))
        return E_OK;
    return job_add(c, PAYMENT_END, str_fmt(c->arena, "%lld", (long long)k->n), c->now_ms);
}

static enum err read_both(struct ctx *c, void *arg)
{
    struct ending *k = arg;
    TRY(attempt_by_n(c, k->n, &k->attempt));
    return order_by_n(c, k->attempt.order_n, &k->order);
}

static bool still_wanted(const struct ctx *c, const struct ending *k)
{
    bool waits = k->order.status == ORDER_PENDING || k->order.status == ORDER_PROCESSING ||
        k->order.status == ORDER_FAILED;
    return !waits && can_end(&k->attempt) && k->attempt.expires_ms > c->now_ms;
}

enum err payment_end(struct ctx *c, struct str attempt_n)
{
    struct ending k = { .n = 0 };
    struct settle s;
    enum outcome outcome = OUTCOME_NOT_SENT;
    if (!str_to_i64(attempt_n, &k.n))
        return fail(c, STORE_CORRUPT, "a job ends the page of \"%.*s\"", SARG(attempt_n));
    TRY(db_read(c, read_both, &k));
    if (!still_wanted(c, &k))
        return E_OK;
    const struct gateway *g = gateway_by_id(k.attempt.gateway);
    struct gateway_ask ask = {
        .attempt = attempt_id(c->arena, &k.attempt),
        .session_id = k.attempt.session_id,
        .page = k.attempt.checkout_url,
        .currency = k.attempt.amount.cur,
    };
    TRY(g->end(c, &ask, &outcome));
    if (outcome == OUTCOME_DONE)
        return E_OK;
    if (outcome == OUTCOME_DECLINED) /* it has ended already: how? */
        return payment_ask(c, k.n, &s);
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s did not say whether it ended a page", SARG(g->title));
}
