#include "payment/argued.h"

#include "base/json.h"
#include "fact/fact.h"
#include "grant/grant.h"
#include "job/job.h"
#include "payment/back.h"

/* A payment that is argued about: what its order is meanwhile and afterwards, and what the buyer
 * has of it.  The money itself is the dispute's posting. */

/* How it was before. */
struct was {
    bool held;
    int64_t lost_minor;
};

static enum err order_fact(struct ctx *c, const struct order *o, const struct attempt *a,
    const char *kind, struct money amount, int64_t cause_n)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, o));
    json_str(&j, "attemptId", attempt_id(c->arena, a));
    json_str(&j, "gateway", gateway_name(a->gateway));
    json_money(&j, "amount", amount);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = str_of_c(kind),
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .cause_n = cause_n,
        .version = o->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

/* What a dispute took and gave back again after all leads through its own status. */
static enum err move(struct ctx *c, struct order *o, enum order_status to)
{
    if (o->status == to || o->status == ORDER_REVIEW)
        return order_note(c, o);
    if (!order_may_become(o->status, to) && order_may_become(o->status, ORDER_DISPUTED))
        TRY(order_become(c, o, ORDER_DISPUTED));
    return order_become(c, o, to);
}

/* What is lost went back to the buyer, whatever else becomes of the order. */
static enum err tell_lost(struct ctx *c, const struct order *o, const struct attempt *a,
    const struct was *was, int64_t cause_n)
{
    const bool whole = attempt_back(a) == a->amount.minor;
    const struct money part = { a->lost_minor - was->lost_minor, a->amount.cur };
    return order_fact(
        c, o, a, whole ? "ORDER_REFUNDED" : "ORDER_PARTIALLY_REFUNDED", part, cause_n);
}

static bool stands(const struct order *o, const struct attempt *a)
{
    return a->extra || o->completed_ms == 0 || o->status == ORDER_REVIEW ||
        o->status == payment_stands(o, a);
}

/* What follows for an order that this payment paid. */
static enum err follow(
    struct ctx *c, struct order *o, const struct attempt *a, const struct was *was, int64_t cause_n)
{
    enum order_status before = o->status;
    int64_t back = o->refunded_minor;
    TRY(back_of_order(c, o, a));
    TRY(move(c, o, payment_stands(o, a)));
    bool begins = o->status == ORDER_DISPUTED && before != ORDER_DISPUTED;
    bool lost = back < o->refunded_minor;
    if (begins && !was->held)
        TRY(order_fact(c, o, a, "ORDER_DISPUTED", a->amount, cause_n));
    if (lost)
        TRY(tell_lost(c, o, a, was, cause_n));
    if (begins)
        TRY(grant_hold(c, o));
    if (was->held && !a->argued)
        TRY(grant_release(c, o));
    return lost ? grant_take(c, o) : E_OK;
}

enum err payment_argue(
    struct ctx *c, struct order *o, struct attempt *a, const struct payment_argued *in)
{
    const struct was was = { a->argued, a->lost_minor };
    bool open = in->open && a->status == ATTEMPT_CAPTURED;
    must(in->lost_minor >= 0);
    if (a->refunded_minor + in->lost_minor > a->amount.minor)
        return fail(c, STORE_CORRUPT, "more of a payment was refunded and lost than was paid");
    bool same = was.held == open && a->lost_minor == in->lost_minor && (a->disputed || !open);
    if (same && stands(o, a))
        return E_OK;
    a->argued = open;
    a->disputed = a->disputed || open;
    a->lost_minor = in->lost_minor;
    TRY(attempt_become(c, a, a->status));
    return a->extra || o->completed_ms == 0 ? E_OK : follow(c, o, a, &was, in->cause_n);
}

enum err argued_ask(struct ctx *c, const struct attempt *a)
{
    return job_add(c, DISPUTE_ASK, str_fmt(c->arena, "%lld", (long long)a->n), c->now_ms);
}

enum err argued_note(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    if (!s->notice.argued || a->disputed || a->status != ATTEMPT_CAPTURED)
        return E_OK;
    a->disputed = true;
    TRY(attempt_become(c, a, a->status));
    return argued_ask(c, a);
}
