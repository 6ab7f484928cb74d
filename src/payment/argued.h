#ifndef PAYMENT_ARGUED_H
#define PAYMENT_ARGUED_H

#include "payment/payment.h"

/* Private to payment: that there is a dispute, for whom it concerns.  In a transaction. */

/* What there is about this payment, and what became of it, is asked soon. */
enum err argued_ask(struct ctx *c, const struct attempt *a);
/* After settling: the gateway said beside it that there was or is one.  Asked about once; the rest
 * is the dispute's. */
enum err argued_note(struct ctx *c, struct settle *s);

#endif
