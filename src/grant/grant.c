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
    return o->kind == ORDER_ONCE ? E_OK : grant_plan_refuses(c, o, how, ret_why);
}

enum err grant_give(struct ctx *c, const struct order *o, const struct grant_how *how)
{
    return o->kind == ORDER_ONCE ? give_credits(c, o) : grant_plan_give(c, o, how);
}

/* Credits out of reach, or back in it; and the plan whose period the order paid for. */
static enum err hold(struct ctx *c, const struct order *o, bool held)
{
    if (o->customer_n == 0 || (o->kind == ORDER_ONCE && o->credits == 0))
        return E_OK;
    TRY(credit_freeze(c, o->customer_n, o->n, held));
    return o->kind == ORDER_ONCE ? E_OK : grant_plan_hold(c, o);
}

/* What went back whole is renewed by nobody, nor is a plan that nobody has paid the difference to:
 * where purser renews, it is looked at now; a gateway has to be told. */
static enum err look_at_plan(struct ctx *c, const struct order *o)
{
    struct subscription s;
    struct grant_paid paid;
    struct subscription_terms before;
    bool changed = false;
    if (o->subscription_n == 0 || o->refunded_minor < o->total_minor)
        return E_OK;
    TRY(subscription_by_n(c, o->subscription_n, &s));
    if (!subscription_is_native(&s))
        return job_add(c, S("renewal_due"), str_fmt(c->arena, "%lld", (long long)s.n), c->now_ms);
    TRY(grant_paid(c, &s, &paid));
    TRY(grant_before(c, o, &s, &changed, &before));
    bool of_it = changed || (paid.back && paid.order_n == o->n);
    if (!of_it || s.status == SUBSCRIPTION_CANCELED)
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

/* What paid for an earlier period ends nothing, and what changed the plan in this one ends that. */
static enum err would_end(struct ctx *c, const struct order *o, struct grant_taking *k)
{
    struct subscription s;
    struct grant_paid paid;
    struct subscription_terms before;
    bool changed = false;
    if (o->kind == ORDER_ONCE || o->subscription_n == 0)
        return E_OK;
    TRY(subscription_by_n(c, o->subscription_n, &s));
    TRY(grant_paid(c, &s, &paid));
    TRY(grant_before(c, o, &s, &changed, &before));
    k->plan = paid.order_n == o->n && paid.given;
    k->before = changed ? subscription_plan_name(c->arena, &before) : S("");
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
    struct grant_taking taking = { .before = S("") };
    *ret = taking;
    if (o->customer_n == 0 || o->total_minor == 0)
        return E_OK;
    TRY(credit_would_take(c, &k));
    if (refunded_minor == o->total_minor)
        TRY(would_end(c, o, &taking));
    taking.credits = k.taken;
    taking.owed = k.owed;
    *ret = taking;
    return E_OK;
}
