#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "base/ctx.h"

/* What customers see of themselves: plan, credits, orders.  Pages only; what is asked for on them
 * is done by the feature it is about. */

struct routes;
extern const struct routes account_pages;

#endif
