#include "account/account.h"

#include "db/db.h"

enum err account_in_snapshot(struct ctx *c, enum err (*write)(struct ctx *c, void *arg), void *arg)
{
    return db_read(c, write, arg);
}
