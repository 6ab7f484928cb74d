#include "base/config.h"
#include "db/db.h"
#include "inbox/inbox_db.h"

/* Raw bodies go after their days; the hash stays. */

enum {
    DAY_MS = 24 * 3600 * 1000
};

struct forget {
    int64_t before_ms, changed;
};

static enum err forget_some(struct ctx *c, void *arg)
{
    struct forget *f = arg;
    return event_db_forget(c, f->before_ms, &f->changed);
}

enum err inbox_forget(struct ctx *c, struct str subject)
{
    (void)subject;
    struct forget f = { c->now_ms - config_i64(c->config, CFG_RAW_WEBHOOK_DAYS) * DAY_MS, 0 };
    do
        TRY(db_tx_job(c, "inbox forget", forget_some, &f));
    while (f.changed == 100);
    return E_OK;
}
