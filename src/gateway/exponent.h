#ifndef GATEWAY_EXPONENT_H
#define GATEWAY_EXPONENT_H

#include "base/money.h"

/* What one gateway means by an amount of one currency.  Our minor units are those of ISO 4217;
 * a gateway's own may have more digits or fewer (exponent.def), and both ways the conversion is
 * exact or refused. */
enum {
    EXPONENT_REFUSED = -1
};
struct exponent {
    int digits;   /* of the gateway's minor unit; also those of its decimal spelling */
    int64_t step; /* amounts sent must be multiples of this, in that unit */
};

/* False: this currency is not taken through this gateway. */
MUST_USE bool exponent_of(struct str gateway, enum currency cur, struct exponent *ret);

/* False: the amount cannot be said in the gateway's units, or does not fit. */
MUST_USE bool exponent_out(struct money m, struct exponent e, int64_t *ret_units);
/* False: the amount has digits that the currency does not have, or does not fit. */
MUST_USE bool exponent_in(
    int64_t units, enum currency cur, struct exponent e, struct money *ret_money);

#endif
