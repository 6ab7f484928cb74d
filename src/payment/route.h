#ifndef PAYMENT_ROUTE_H
#define PAYMENT_ROUTE_H

#include "payment/payment.h"

/* Which gateway is asked for a page, and why.  The catalogue lists them for a method; a rule's
 * weights share its orders out, each by its own id, so that the same order is always dealt alike;
 * one that has not answered lately comes behind those that do. */
struct route_choice {
    enum gateway_id gateway;
    struct str why; /* "card, by the general routing: stripe (switched off), moneymotion" */
};
/* In a transaction: the first of the route that is set up, on, takes this and was not tried for the
 * order.  asked: it alone.  Refusals as of payment_open_plan. */
enum err route_choose(struct ctx *c, const struct payment_open *p, struct str method,
    struct str asked, struct route_choice *ret);

#endif
