#ifndef ACCESS_ACCESS_DB_H
#define ACCESS_ACCESS_DB_H

#include "access/access.h"

/* Each plan that is paid for now, by group. */
enum err access_db_each(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct access_plan *plan, void *arg), void *arg);
enum err access_db_set(struct ctx *c, int64_t customer_n, const struct access_plan *p);

#endif
