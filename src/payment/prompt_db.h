#ifndef PAYMENT_PROMPT_DB_H
#define PAYMENT_PROMPT_DB_H

#include "payment/prompt.h"

enum err prompt_db_of(struct ctx *c, int64_t attempt_n, struct prompt *ret);
/* The first, or guarded by its version; raises it. */
enum err prompt_db_put(struct ctx *c, struct prompt *p);

#endif
