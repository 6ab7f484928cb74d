#include "gateway/stripe.h"

/* What a customer has saved at Stripe to be charged again: shown as far as one recognises it, and
 * forgotten. */

enum {
    SAVED_MAX = 100,
    WORD_MAX = 40
};

static enum err get(
    struct ctx *c, struct str path, struct stripe_answer *a, struct gateway_methods *ret)
{
    struct stripe_call call = { .call = "query", .path = path };
    TRY(stripe_ask(c, &call, a));
    ret->outcome = a->outcome;
    if (a->outcome == OUTCOME_DECLINED && a->reply.status != 404) /* a key that is refused */
        ret->outcome = OUTCOME_UNKNOWN;
    if (a->outcome == OUTCOME_DONE && json_at(a->value, "data").kind != JSON_ARRAY)
        ret->outcome = OUTCOME_UNKNOWN;
    return E_OK;
}

/* Never more than the last four, whatever it says. */
static struct gateway_method method_of(struct ctx *c, struct json_value v)
{
    struct str how[3];
    int64_t year = 0, month = 0;
    stripe_method(c, v, how);
    struct json_value own = json_member(v, how[0]);
    json_to_i64(json_at(own, "exp_year"), &year);
    json_to_i64(json_at(own, "exp_month"), &month);
    bool dated = year >= 2000 && year <= 9999 && month >= 1 && month <= 12;
    return (struct gateway_method) {
        .id = json_text(c->arena, v, "id"),
        .type = str_clean(c->arena, how[0], WORD_MAX),
        .brand = str_clean(c->arena, how[1], WORD_MAX),
        .last4 = how[2].n <= 4 ? str_clean(c->arena, how[2], 4) : S(""),
        .expires_year = dated ? (int)year : 0,
        .expires_month = dated ? (int)month : 0,
    };
}

/* By what a subscription is charged: its own, else the customer's. */
static void mark_default(struct ctx *c, struct json_value sub, struct gateway_method *m, size_t n)
{
    struct str id = stripe_id_at(c, sub, "default_payment_method");
    if (id.n == 0)
        id = stripe_id_at(c, sub, "customer.invoice_settings.default_payment_method");
    for (size_t i = 0; i < n; i++)
        m[i].charged = m[i].charged || str_eq(m[i].id, id);
}

enum err stripe_saved(struct ctx *c, struct str payer, struct gateway_methods *ret)
{
    struct stripe_answer list, subs;
    struct gateway_method *m = arena_array(c->arena, struct gateway_method, SAVED_MAX);
    size_t n = 0;
    *ret = (struct gateway_methods) { .outcome = OUTCOME_DECLINED };
    if (!stripe_is_id(payer))
        return E_OK;
    TRY(get(c,
        str_fmt(c->arena, "/v1/customers/%.*s/payment_methods?limit=%d", SARG(payer), SAVED_MAX),
        &list, ret));
    if (ret->outcome != OUTCOME_DONE)
        return E_OK;
    TRY(get(c,
        str_fmt(c->arena, "/v1/subscriptions?customer=%.*s&limit=%d&expand%%5B%%5D=data.customer",
            SARG(payer), SAVED_MAX),
        &subs, ret));
    if (ret->outcome != OUTCOME_DONE)
        return E_OK;
    for (struct json_iter it = json_iter(json_at(list.value, "data"));
         n < SAVED_MAX && json_next(&it);) {
        m[n] = method_of(c, it.value);
        n += stripe_is_id(m[n].id);
    }
    for (struct json_iter it = json_iter(json_at(subs.value, "data")); json_next(&it);)
        mark_default(c, it.value, m, n);
    ret->method = m;
    ret->count = n;
    return E_OK;
}

enum err stripe_forget(
    struct ctx *c, struct str method, enum outcome *ret_outcome, struct str *ret_refusal)
{
    struct stripe_answer a;
    *ret_outcome = OUTCOME_DECLINED;
    *ret_refusal = S("there is no such payment method");
    if (!stripe_is_id(method))
        return E_OK;
    struct stripe_call call = {
        .call = "create",
        .path = str_fmt(c->arena, "/v1/payment_methods/%.*s/detach", SARG(method)),
        .key = str_fmt(c->arena, "detach-%.*s-%lld", SARG(method), (long long)c->now_ms),
    };
    TRY(stripe_ask(c, &call, &a));
    *ret_outcome = a.outcome;
    *ret_refusal = a.refusal;
    return E_OK;
}
