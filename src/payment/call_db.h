#ifndef PAYMENT_CALL_DB_H
#define PAYMENT_CALL_DB_H

#include "payment/call.h"

enum err call_db_insert(struct ctx *c, const struct call *call);
/* Up to a hundred that are older; *ret_more: there may be others. */
enum err call_db_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more);

#endif
