#ifndef PAYMENT_DECLINE_DB_H
#define PAYMENT_DECLINE_DB_H

#include "payment/decline.h"

/* Between decline's rules and its SQL. */
struct decline {
    int64_t at_ms, attempt_n, order_n, customer_n;
    struct str origin, guest; /* hashes; empty: not known, or nobody's */
    struct str card;          /* "visa 4242"; empty: not said */
};
enum err decline_db_insert(struct ctx *c, const struct decline *k);
enum err decline_db_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more);

#endif
