#ifndef INBOX_INBOX_DB_H
#define INBOX_INBOX_DB_H

#include "inbox/inbox.h"

/* *ret_new is false when it was delivered before: then its row counts one delivery more. */
enum err event_db_take(struct ctx *c, struct event *e, struct str key, bool *ret_new);
enum err event_db_known(struct ctx *c, enum gateway_id gateway, struct str key, bool *ret);
/* The same question in a look, answered at the wait. */
enum err event_db_ask(struct ctx *c, enum gateway_id gateway, struct str key, bool *ret);
/* One that is not known, with all that came of it. */
enum err event_db_insert(struct ctx *c, const struct event *e, struct str key);
enum err event_db_by_n(struct ctx *c, int64_t n, struct event *ret);
/* Stores status, outcome, order_n, tries, applied_ms where version is as read. */
enum err event_db_update(struct ctx *c, struct event *e);
/* n of those that wait for a reference, oldest first, at most 100. */
enum err event_db_waiting(struct ctx *c, struct str reference, int64_t *ret_n, size_t *ret_count);
enum err event_db_forget(struct ctx *c, int64_t before_ms, int64_t *ret_changed);

#endif
