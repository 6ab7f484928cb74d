#ifndef CUSTOMER_CUSTOMER_DB_H
#define CUSTOMER_CUSTOMER_DB_H

#include "customer/customer.h"

enum err customer_db_by_external(
    struct ctx *c, struct str external_id, bool *ret_found, struct customer *ret);
enum err customer_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct customer *ret);
enum err customer_db_by_email(
    struct ctx *c, struct str email, bool *ret_found, struct customer *ret);
enum err customer_db_by_n(struct ctx *c, int64_t n, struct customer *ret);
enum err customer_db_insert(struct ctx *c, struct customer *k);
enum err customer_db_forget(struct ctx *c, int64_t n, struct str external_id);
enum err customer_db_update(struct ctx *c, const struct customer *k);

#endif
