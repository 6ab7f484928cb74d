#ifndef RENEWAL_CHARGE_H
#define RENEWAL_CHARGE_H

#include "renewal/renewal.h"

/* Private to renewal: a period that purser collects by itself.  A charge is an attempt without a
 * page; it is written down before the gateway is called, under a reference that is used once, and
 * one of which nobody knows what became is asked about and never sent again. */
enum charge_standing {
    CHARGE_NONE,      /* it is asked for: there is nothing to charge, or nobody may */
    CHARGE_READY,     /* it will be, or is about to be */
    CHARGE_UNDER_WAY, /* sent, or paid in another way right now */
    CHARGE_REFUSED    /* it did not go, or nobody knows: whoever pays is asked, too */
};
/* In a transaction: of the order for the period that comes. */
enum err charge_stands(struct ctx *c, const struct subscription *s, const struct order *open,
    enum charge_standing *ret);
/* In a transaction: soon, if it still stands so then. */
enum err charge_later(struct ctx *c, const struct subscription *s);

#endif
