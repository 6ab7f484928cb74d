#ifndef CUSTOMER_BILLING_DB_H
#define CUSTOMER_BILLING_DB_H

#include "customer/billing.h"

enum err billing_db_find(struct ctx *c, int64_t customer_n, bool *ret_found, struct billing *ret);
enum err billing_db_insert(struct ctx *c, int64_t customer_n, const struct billing *b);
enum err billing_db_update(struct ctx *c, int64_t customer_n, const struct billing *b);

#endif
