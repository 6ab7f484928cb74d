#ifndef PAYMENT_ATTEMPT_DB_H
#define PAYMENT_ATTEMPT_DB_H

#include "payment/payment.h"

enum err attempt_db_insert(struct ctx *c, struct attempt *k);
enum err attempt_db_by_n(struct ctx *c, int64_t n, struct attempt *ret);
enum err attempt_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct attempt *ret);
enum err attempt_db_update(struct ctx *c, const struct attempt *k, enum attempt_status to);
/* settle's one look: the attempt of this session, or else of this id, with its order. */
enum err attempt_db_look(struct ctx *c, struct settle *s);
enum err attempt_db_asked(struct ctx *c, int64_t n);

#endif
