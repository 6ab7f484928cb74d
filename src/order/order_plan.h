#ifndef ORDER_ORDER_PLAN_H
#define ORDER_ORDER_PLAN_H

#include "catalog/catalog.h"
#include "order/order.h"

/* What an order for a plan agrees to.  For order_price.c. */

/* The catalogue's price of a plan at an interval, in a currency.  PRICE_NOT_ACTIVE names what is
 * missing. */
enum err plan_price(struct ctx *c, const struct product *plan, enum interval interval,
    enum currency cur, const struct price **ret);
/* One plan, alone: the terms before coupon and tax, with the trial that this customer has left. */
enum err plan_terms(struct ctx *c, const struct order_ask *ask, const struct product *plan,
    const struct price *price, struct subscription_terms *ret);
/* The order's one line, once coupon and tax are known: what was agreed to, frozen and in words. */
void plan_freeze(
    struct arena *a, const struct order *o, struct subscription_terms *t, struct order_line *line);

#endif
