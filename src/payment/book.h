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
/* So much of the order's payment is back or lost in all, before and now: of the tax as much as of
 * the payment, rounded on these sums, so that many parts are together what the whole would be. Less
 * than before: a refund came back to us. */
struct book_back {
    int64_t before, after;
};
enum err book_back(struct ctx *c, const struct order *o, const struct attempt *a,
    const struct book_back *back, struct fact fact);
/* Money came that belongs to no order. */
enum err book_unexplained(struct ctx *c, const struct attempt *a, struct fact fact, int64_t *ret_n);
/* … and left again. */
enum err book_returned(struct ctx *c, const struct attempt *a, struct fact fact);

#endif
