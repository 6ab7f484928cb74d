#ifndef FAILURE_FAILURE_DB_H
#define FAILURE_FAILURE_DB_H

#include "failure/failure.h"

enum err failure_by_n(struct ctx *c, int64_t n, struct failure *ret); /* NOT_FOUND */
/* One that nobody has seen since then, with whom it met. */
enum err failure_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more);

#endif
