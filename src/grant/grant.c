#include "grant/grant.h"

#include "credit/credit.h"
#include "grant/grant_plan.h"
#include "job/job.h"

/* What a person holds of an order: credits that were bought, or a plan (grant_plan.c). */

static enum err give_credits(struct ctx *c, const struct order *o)
{
    bool given = false;
    if (o->credits == 0)
        return E_OK;
    must(o->customer_n > 0); /* nobody sells credits to a guest */
    const struct credit_gift gift = {
        .source = order_id(c->arena, o),
        .kind = CREDIT_PURCHASE,
        .amount = o->credits,
        .order_n = o->n,
        .description = str_fmt(c->arena, "Order %.*s", SARG(order_number(c->arena, o))),
    };
    return credit_give(c, o->customer_n, &gift, &given);
}

enum err grant_refuses(
    struct ctx *c, const struct order *o, const struct grant_how *how, struct str *ret_why)
{
    *ret_why = S("");
    return o->kind == ORDER_ONCE ? E_OK : grant_plan_refuses(c, o->n, how, ret_why);
}

enum err grant_give(struct ctx *c, const struct order *o, const struct grant_how *how)
{
    return o->kind == ORDER_ONCE ? give_credits(c, o) : grant_plan_give(c, o->n, how);
}

/* Credits out of reach, or back in it; and the plan whose period the order paid for. */
static enum err hold(struct ctx *c, const struct order *o, bool held)
{
    if (o->customer_n == 0 || (o->kind == ORDER_ONCE && o->credits == 0))
        return E_OK;
    TRY(credit_freeze(c, o->customer_n, o->n, held));
    return o->kind == ORDER_ONCE ? E_OK : grant_plan_hold(c, o);
}

/* What went back whole is renewed by nobody: where purser renews, it is looked at now; a gateway
 * has to be told. */
static enum err look_at_plan(struct ctx *c, const struct order *o)
{
    struct subscription s;
    struct grant_paid paid;
    if (o->subscription_n == 0 || o->refunded_minor < o->total_minor)
        return E_OK;
    TRY(subscription_by_n(c, o->subscription_n, &s));
    if (!subscription_is_native(&s))
        return job_add(c, S("renewal_due"), str_fmt(c->arena, "%lld", (long long)s.n), c->now_ms);
    TRY(grant_paid(c, &s, &paid));
    if (!paid.back || paid.order_n != o->n || s.status == SUBSCRIPTION_CANCELED)
        return E_OK;
    return job_add(c, S("renewal_refunded"),
        str_fmt(c->arena, "%lld %lld", (long long)s.n, (long long)o->n), c->now_ms);
}

static enum err take_plan(struct ctx *c, const struct order *o)
{
    TRY(grant_plan_take(c, o));
    return look_at_plan(c, o);
}

/* What is held is taken as if it were not; the rest of it stays so while the order is disputed. */
enum err grant_take(struct ctx *c, const struct order *o)
{
    bool held = o->status == ORDER_DISPUTED;
    if (o->refunded_minor == 0)
        return E_OK;
    if (o->kind == ORDER_ONCE && o->credits == 0)
        return E_OK;
    if (o->customer_n > 0)
        TRY(credit_freeze(c, o->customer_n, o->n, false));
    TRY(o->kind != ORDER_ONCE
            ? take_plan(c, o)
            : credit_take_back(c, o->customer_n, o->n, o->refunded_minor, o->total_minor));
    return held ? credit_freeze(c, o->customer_n, o->n, true) : E_OK;
}

enum err grant_hold(struct ctx *c, const struct order *o)
{
    return hold(c, o, true);
}

enum err grant_release(struct ctx *c, const struct order *o)
{
    return hold(c, o, false);
}

/* What paid for an earlier period, or changed something in this one, ends nothing. */
static enum err would_end(struct ctx *c, const struct order *o, bool *ret)
{
    struct subscription s;
    struct grant_paid paid;
    *ret = false;
    if (o->kind == ORDER_ONCE || o->subscription_n == 0)
        return E_OK;
    TRY(subscription_by_n(c, o->subscription_n, &s));
    TRY(grant_paid(c, &s, &paid));
    *ret = paid.order_n == o->n && paid.given;
    return E_OK;
}

enum err grant_would_take(
    struct ctx *c, const struct order *o, int64_t refunded_minor, struct grant_taking *ret)
{
    struct credit_taking k = {
        .customer_n = o->customer_n,
        .order_n = o->n,
        .part = refunded_minor,
        .whole = o->total_minor,
    };
    bool plan = false;
    *ret = (struct grant_taking) { .credits = 0 };
    if (o->customer_n == 0 || o->total_minor == 0)
        return E_OK;
    TRY(credit_would_take(c, &k));
    if (refunded_minor == o->total_minor)
        TRY(would_end(c, o, &plan));
    *ret = (struct grant_taking) { .credits = k.taken, .owed = k.owed, .plan = plan };
    return E_OK;
}
