#include "db/db.h"
#include "privacy/privacy.h"
#include "privacy/privacy_db.h"

/* Who asked for it does it; this goes on when that process has died. */

struct found {
    int64_t n;
    struct erasure e;
};

static enum err find(struct ctx *c, void *arg)
{
    struct found *f = arg;
    return erasure_db_by_n(c, f->n, &f->e);
}

enum err privacy_erase_job(struct ctx *c, struct str n)
{
    struct found f = { .n = 0 };
    if (!str_to_i64(n, &f.n))
        return fail(c, INTERNAL, "'%.*s' is not the number of an erasure", SARG(n));
    TRY(db_read(c, find, &f));
    return erasure_run(c, &f.e, NULL, NULL);
}
