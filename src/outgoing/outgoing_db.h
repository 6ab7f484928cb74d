#ifndef OUTGOING_OUTGOING_DB_H
#define OUTGOING_OUTGOING_DB_H

#include "outgoing/outgoing.h"

enum err endpoint_db_insert(struct ctx *c, struct endpoint *e);
enum err endpoint_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct endpoint *ret);
enum err endpoint_db_by_n(struct ctx *c, int64_t n, bool *ret_found, struct endpoint *ret);
/* All that may change of it; E_CONFLICT when it is not as it was read. */
enum err endpoint_db_update(struct ctx *c, struct endpoint *e);
enum err endpoint_db_count(struct ctx *c, int64_t *ret);
/* Active ones that may be tried now and have facts behind their cursor. */
enum err endpoint_db_due(
    struct ctx *c, int64_t head_seq, int64_t *ret_n, size_t max, size_t *ret_count);
enum err delivery_db_insert(struct ctx *c, const struct delivery *d);
enum err delivery_db_forget(struct ctx *c, int64_t before_ms, int64_t most, int64_t *ret_gone);

#endif
