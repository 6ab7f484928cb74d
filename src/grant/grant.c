#include "grant/grant.h"

#include "credit/credit.h"

enum err grant_give(struct ctx *c, const struct order *o)
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

enum err grant_take(struct ctx *c, const struct order *o)
{
    if (o->credits == 0 || o->refunded_minor == 0)
        return E_OK;
    return credit_take_back(c, o->customer_n, o->n, o->refunded_minor, o->total_minor);
}
