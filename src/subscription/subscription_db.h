#ifndef SUBSCRIPTION_SUBSCRIPTION_DB_H
#define SUBSCRIPTION_SUBSCRIPTION_DB_H

#include "subscription/subscription.h"

enum err subscription_db_insert(struct ctx *c, struct subscription *s, bool *ret_new);
/* Where status and version are as in *s. */
enum err subscription_db_update(
    struct ctx *c, const struct subscription *s, enum subscription_status to);
enum err subscription_db_by_id(
    struct ctx *c, struct id id, bool *ret_found, struct subscription *ret);
enum err subscription_db_change_insert(struct ctx *c, struct subscription_change *k);

/* In the transaction that stored *s: a row when it is worth something else than before. */
enum err subscription_note_worth(struct ctx *c, const struct subscription *s);
enum err subscription_db_move(struct ctx *c, const struct subscription_move *move);
enum err subscription_db_newest_move(
    struct ctx *c, int64_t subscription_n, bool *ret_found, struct subscription_move *ret);
/* Did the customer pay for one, and leave it? */
enum err subscription_db_had_left(struct ctx *c, int64_t customer_n, bool *ret);
/* All of them with the worth of their newest row, 0 where there is none; then rows that do not go
 * on where the one before them ended. */
enum err subscription_db_each_worth(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct subscription *s, int64_t minor, void *arg),
    void *arg);
enum err subscription_db_each_gap(
    struct ctx *c, enum err (*each)(struct ctx *c, int64_t subscription_n, void *arg), void *arg);

#endif
