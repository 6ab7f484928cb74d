#ifndef RENEWAL_BILL_H
#define RENEWAL_BILL_H

#include "renewal/renewal.h"

/* Private to renewal: an order for a period or a change, from what was agreed to. */
struct bill {
    struct order order;
    struct order_line line[1];
};

/* What it becomes with another price of the catalogue in force: the plan as it is sold now; coupon,
 * country and tax as they were agreed to.  INVALID_REQUEST, PRICE_NOT_ACTIVE. */
enum err bill_terms(struct ctx *c, const struct subscription_terms *now, struct str price,
    struct subscription_terms *ret);
/* What holds from the next period on: what was planned for it, while that is sold; *ret_sold false:
 * it is not, and the terms stay. */
enum err bill_next_terms(
    struct ctx *c, const struct subscription *s, struct subscription_terms *ret, bool *ret_sold);
/* What the plan is called, as it was agreed to. */
struct str bill_name(struct arena *a, const struct subscription_terms *t);

/* Net of a coupon, with the tax that was agreed to. */
struct bill_sum {
    struct money amount;
    int64_t off_minor, tax_minor, total_minor;
};
enum err bill_reckon(struct ctx *c, const struct subscription_terms *t, int64_t amount_minor,
    int64_t off_minor, struct bill_sum *ret);
/* What a further period costs: with the coupon, while it lasts. */
enum err bill_sum_of_period(
    struct ctx *c, const struct subscription_terms *t, struct bill_sum *ret);

/* A further period under these terms. */
struct bill_period {
    const struct subscription_terms *terms;
    int64_t start_ms, end_ms;
};
enum err bill_of_period(
    struct ctx *c, const struct subscription *s, const struct bill_period *p, struct bill *ret);
/* What another plan costs now; sum.total_minor 0: nothing.  p->start_ms 0: the period that runs
 * goes on under other terms; else another begins. */
enum err bill_of_change(struct ctx *c, const struct subscription *s, const struct bill_period *p,
    const struct bill_sum *sum, struct bill *ret);
/* Less what an earlier change left at the gateway. */
void bill_take_off(struct bill *b, int64_t credit_minor);
/* And what an earlier change cost that was too little to be collected by itself, tax and all. */
void bill_add(struct bill *b, int64_t total_minor, int64_t tax_minor);
/* In a transaction: the order's row and its fact. */
enum err bill_insert(struct ctx *c, struct bill *b);

#endif
