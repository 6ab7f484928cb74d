#ifndef ALERT_ALERT_DB_H
#define ALERT_ALERT_DB_H

#include "alert/alert.h"

/* Between alert's rules and its SQL. */

/* Counts the open one, or opens one that was told of at told_ms. */
struct alert_counted {
    int64_t n, raised, told_ms;
};
enum err alert_count(struct ctx *c, struct str kind, struct str subject, struct str sentence,
    int64_t told_ms, struct alert_counted *ret);
/* When the owner was last told of this kind and subject; 0: never. */
enum err alert_last_told(struct ctx *c, struct str kind, struct str subject, int64_t *ret_ms);

enum err alert_find_open(
    struct ctx *c, struct str kind, struct str subject, bool *ret_found, struct alert *ret);
/* The oldest open one of a kind that was last raised before then. */
enum err alert_find_quiet(
    struct ctx *c, struct str kind, int64_t before_ms, bool *ret_found, struct alert *ret);
enum err alert_set_last(struct ctx *c, const struct alert *alert);
enum err alert_set_closed(struct ctx *c, const struct alert *alert);
enum err alert_set_told(struct ctx *c, const struct alert *alert);

#endif
