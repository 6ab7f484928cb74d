#ifndef ORDER_ORDER_DB_H
#define ORDER_ORDER_DB_H

#include "order/order.h"

enum err order_db_insert(struct ctx *c, struct order *o); /* sets n and id */
enum err order_db_by_n(struct ctx *c, int64_t n, bool lock, struct order *ret);
enum err order_db_find_n(struct ctx *c, int64_t n, bool *ret_found, struct order *ret);
enum err order_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct order *ret);
/* Where status and version are as in *o. */
enum err order_db_update(struct ctx *c, const struct order *o, enum order_status to);
/* subscription_n and the period. */
enum err order_db_belongs(struct ctx *c, const struct order *o);

#endif
