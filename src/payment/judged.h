#ifndef PAYMENT_JUDGED_H
#define PAYMENT_JUDGED_H

#include "payment/payment.h"

/* What a gateway says of a payment beside that it was made: how it was paid, with which card, and
 * how risky it finds it.  Private to settle. */

/* Onto the attempt that it is about, which is stored after it. */
enum err judged_take(struct ctx *c, struct attempt *a, const struct notice *k);
/* In settle's transaction: what that means for the order's risk.  o->risk says afterwards whether a
 * person has to look. */
enum err judged_weigh(struct ctx *c, struct order *o, const struct attempt *a);
extern const struct str judged_look_first;
/* The same, of a payment that is captured already, and is stored. */
enum err judged_late(struct ctx *c, struct settle *s);

#endif
