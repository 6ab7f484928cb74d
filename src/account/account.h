#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "base/ctx.h"

/* What customers see of themselves: plan, credits, orders.  Pages only; what is asked for on them
 * is done by the feature it is about. */

/* In no transaction: what is written once the gateway was asked is written in one snapshot. */
enum err account_in_snapshot(struct ctx *c, enum err (*write)(struct ctx *c, void *arg), void *arg);

struct routes;
extern const struct routes account_pages;

#endif
