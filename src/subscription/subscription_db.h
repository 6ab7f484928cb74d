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

#endif
