#ifndef GRANT_GRANT_H
#define GRANT_GRANT_H

#include "order/order.h"

/* What an order bought is handed out, and taken back when its money goes back: the one place that
 * knows credits, access and what comes after them together.  In the transaction of the settle. */

/* Once for an order, however often it is called. */
enum err grant_give(struct ctx *c, const struct order *o);
/* What refunded_minor of its total stands for, in all; calling it again takes nothing more. */
enum err grant_take(struct ctx *c, const struct order *o);

#endif
