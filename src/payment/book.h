#ifndef PAYMENT_BOOK_H
#define PAYMENT_BOOK_H

#include "ledger/ledger.h"
#include "payment/payment.h"

/* Private to payment: each posting of its, in one place.  In a transaction, under its fact.
 *
 * The tax is what the order says; what came beyond the price, or is missing from it, is ours. */

/* The attempt's amount is the order's payment.  held: it was unexplained until now. */
enum err book_sale(struct ctx *c, const struct order *o, const struct attempt *a, bool held,
    struct fact fact, int64_t *ret_n);
/* The order's payment went back, whole. */
enum err book_refund(struct ctx *c, const struct order *o, const struct attempt *a,
    struct fact fact, int64_t *ret_n);
/* Money came that belongs to no order. */
enum err book_unexplained(struct ctx *c, const struct attempt *a, struct fact fact, int64_t *ret_n);
/* … and left again. */
enum err book_returned(struct ctx *c, const struct attempt *a, struct fact fact);

#endif
