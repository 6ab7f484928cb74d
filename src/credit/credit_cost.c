#include "credit/credit.h"

#include "access/access.h"
#include "base/json.h"
#include "catalog/catalog.h"

/* What an operation costs: the catalogue's figure and its extras for the whole quantity, less the
 * plan's discount, rounded once. */

enum {
    AMOUNT_MAX = 1000000000,
    QUANTITY_MAX = 1000000,
    WHOLE_BPS = 10000
};

static struct json_value member(struct str object, struct str name)
{
    return json_member(json_root(object), name);
}

static enum err add_extras(
    struct ctx *c, const struct credit_use *use, struct json_value rule, int64_t *inout_each)
{
    if (use->extras.n == 0)
        return E_OK;
    for (struct json_iter it = json_iter(json_root(use->extras)); json_next(&it);) {
        struct str name = S("");
        int64_t more = 0;
        if (!json_to_str(c->arena, it.value, &name) ||
            !json_to_i64(json_member(json_at(rule, "extras"), name), &more))
            return fail(
                c, INVALID_REQUEST, "%.*s has no extra %.*s", SARG(use->operation), SARG(name));
        *inout_each += more;
    }
    return E_OK;
}

static int64_t discount_bps(const struct catalog *k, struct str plan)
{
    int64_t bps = 0;
    json_to_i64(json_at(member(k->operation_discounts, plan), "basisPoints"), &bps);
    return bps;
}

static enum err cost_of_operation(
    struct ctx *c, const struct catalog *k, const struct credit_use *use, struct credit_cost *ret)
{
    struct json_value rule = member(k->operation_rules, use->operation);
    int64_t each = 0, counts = 1;
    if (!json_to_i64(member(k->operations, use->operation), &each))
        return fail(c, INVALID_REQUEST, "there is no operation %.*s", SARG(use->operation));
    if (use->quantity < 1 || use->quantity > QUANTITY_MAX)
        return fail(c, INVALID_REQUEST, "quantity is 1 to %d", QUANTITY_MAX);
    json_to_i64(json_at(rule, "counts"), &counts);
    json_to_str(c->arena, json_at(rule, "feature"), &ret->feature);
    TRY(add_extras(c, use, rule, &each));
    int64_t pays = WHOLE_BPS - discount_bps(k, ret->plan);
    if (each > AMOUNT_MAX / use->quantity)
        return fail(c, INVALID_REQUEST, "that costs more than %d credits", AMOUNT_MAX);
    ret->amount = (each * use->quantity * pays + WHOLE_BPS / 2) / WHOLE_BPS;
    ret->counts = counts * use->quantity;
    return E_OK;
}

enum err credit_cost_in(struct ctx *c, const struct catalog *k, struct str plan,
    const struct credit_use *use, struct credit_cost *ret)
{
    struct credit_cost cost = { .amount = use->amount, .plan = plan, .feature = S("") };
    if ((use->amount != 0) == (use->operation.n > 0))
        return fail(c, INVALID_REQUEST, "say either amount or operation");
    if (use->operation.n > 0)
        TRY(cost_of_operation(c, k, use, &cost));
    else if (use->amount < 0 || use->amount > AMOUNT_MAX)
        return fail(c, INVALID_REQUEST, "amount is 1 to %d", AMOUNT_MAX);
    *ret = cost;
    return E_OK;
}

enum err credit_cost(
    struct ctx *c, int64_t customer_n, const struct credit_use *use, struct credit_cost *ret)
{
    const struct catalog *k = NULL;
    struct access access;
    TRY(catalog_now(c, &k));
    TRY(access_of(c, customer_n, &access));
    return credit_cost_in(c, k, access.plan, use, ret);
}
