#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/ctx.h"

/* An amount is whole minor units and a currency, always together.  CUR_NONE is 0, so that zeroed
 * memory is not money.  currency.def lists the currencies and their digits (0, 2 or 3). */
enum currency {
    CUR_NONE,
#define CURRENCY(code, digits, symbol, name) CUR_##code,
#include "base/currency.def"
#undef CURRENCY
    CUR_COUNT
};
struct money {
    int64_t minor;
    enum currency cur;
};

bool currency_parse(struct str code, enum currency *ret); /* "USD", upper or lower case */
struct str currency_code(enum currency cur);
int currency_digits(enum currency cur);

/* False, and *ret untouched, when the result does not fit.  Both sides have the same currency:
 * must(), the caller has checked. */
MUST_USE bool money_add(struct money a, struct money b, struct money *ret);
MUST_USE bool money_sub(struct money a, struct money b, struct money *ret);
MUST_USE bool money_mul(struct money a, int64_t n, struct money *ret);
/* m × bps / 10 000, half away from zero. */
MUST_USE bool money_bps(struct money m, int32_t bps, struct money *ret);
/* m × part / whole, half away from zero; whole > 0. */
MUST_USE bool money_share(struct money m, int64_t part, int64_t whole, struct money *ret);
/* Splits m into n parts in the proportion of weights (all ≥ 0, not all 0) by largest remainder,
 * the first of equal ones first: the parts always add up to m. */
MUST_USE bool money_split(struct money m, const int64_t *weights, size_t n, int64_t *ret_minors);

/* Between a gateway's decimal spelling and minor units, without a float: "39.99" with 2 digits is
 * 3999.  digits is the gateway's own idea of the currency (gateway/exponent.h).  Parsing takes what
 * JSON calls a number ("39.9", "1e2"), and refuses a sign, digits that would be lost, and what
 * does not fit; "10.00" with 0 digits is 10. */
MUST_USE bool decimal_parse(struct str s, int digits, int64_t *ret_minor);
struct str decimal_text(struct arena *a, int64_t minor, int digits);

/* For people: "$25.69", "UGX 37,000", "−$2.40" (U+2212, no-break space).  With the code named
 * once: "$25.69 USD". */
struct str money_text(struct arena *a, struct money m);
struct str money_text_code(struct arena *a, struct money m);
struct str number_text(struct arena *a, int64_t n); /* 1,500 */

/* The most an order may come to, in minor units of any currency. */
#define MONEY_ORDER_MAX INT64_C(99999999)

#endif
