#include "base/log.h"
#include "db/db.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "setting/setting.h"

/* What a gateway told and nobody heard: where it keeps a list, the list is read, and what never
 * came is taken as if it had (R29).  Open payments are asked about anyhow; a dispute or a refund of
 * a payment that is over is only ever told. */

enum {
    MINUTE_MS = 60 * 1000,
    GRACE_MS = 2 * MINUTE_MS,   /* a webhook may still be on its way */
    OVERLAP_MS = 5 * MINUTE_MS, /* an event may be listed later than it is dated */
    WINDOW_MS = 60 * MINUTE_MS, /* twice as much after one that had little in it */
    WINDOW_MOST_MS = 24 * 60 * MINUTE_MS,
    PAGES_MAX = 200 /* of one run; the next goes on */
};

struct fetch {
    enum gateway_id id;
    const struct gateway *gateway;
    struct str name; /* of the setting that remembers how far we are */
    int64_t until_ms;
    int64_t pages, missed, window_ms;
    struct arrival arrival;
};

static enum err read_until(struct ctx *c, void *arg)
{
    struct fetch *f = arg;
    struct str value = { 0 };
    bool found = false;
    TRY(setting_find(c, f->name, &found, &value));
    if (found && !str_to_i64(value, &f->until_ms))
        return fail(c, STORE_CORRUPT, "the setting %.*s is no time", SARG(f->name));
    return E_OK;
}

static enum err write_until(struct ctx *c, void *arg)
{
    struct fetch *f = arg;
    return setting_put(c, f->name, str_fmt(c->arena, "%lld", (long long)f->until_ms));
}

static enum err look(struct ctx *c, void *arg)
{
    struct fetch *f = arg;
    bool known = false;
    TRY(event_db_known(c, f->id, f->arrival.key, &known));
    f->missed += !known;
    f->arrival.gateway = known ? GATEWAY_NONE : f->id;
    return E_OK;
}

static enum err take(struct ctx *c, void *arg)
{
    struct fetch *f = arg;
    TRY(arrival_look(c, &f->arrival));
    TRY(db_wait(c));
    return arrival_take(c, &f->arrival, "FETCHED", true);
}

static enum err take_one(struct ctx *c, struct fetch *f, struct str body)
{
    /* One that cannot be read is a person's business when it comes as a webhook. */
    if (arrival_read(c, f->id, body, &f->arrival) != E_OK) {
        err_clear(c);
        return E_OK;
    }
    f->arrival.confirmed_by = S("query");
    TRY(db_read(c, look, f));
    return f->arrival.gateway == GATEWAY_NONE ? E_OK : db_tx_job(c, "inbox fetch", take, f);
}

static enum err read_window(struct ctx *c, struct fetch *f, int64_t to_ms)
{
    struct gateway_since since = { .from_ms = f->until_ms - OVERLAP_MS, .to_ms = to_ms };
    struct gateway_told told = { .outcome = OUTCOME_NOT_SENT };
    int64_t before = f->pages;
    do {
        TRY(f->gateway->told(c, &since, &told));
        if (told.outcome != OUTCOME_DONE)
            return fail(c, GATEWAY_UNAVAILABLE, "%.*s did not say what it had told: %.*s",
                SARG(f->gateway->title), SARG(told.refusal));
        for (size_t i = 0; i < told.count; i++)
            TRY(take_one(c, f, told.body[i]));
        since.after = told.after;
        f->pages++;
    } while (told.after.n > 0);
    f->window_ms = f->pages > before + 1    ? WINDOW_MS
        : 2 * f->window_ms < WINDOW_MOST_MS ? 2 * f->window_ms
                                            : WINDOW_MOST_MS;
    return E_OK;
}

static enum err fetch(struct ctx *c, struct fetch *f)
{
    int64_t end_ms = c->now_ms - GRACE_MS;
    f->name = str_fmt(c->arena, "told_until:%.*s", SARG(f->gateway->name));
    TRY(db_read(c, read_until, f));
    if (f->until_ms == 0) /* nothing of before concerns us */
        f->until_ms = end_ms;
    f->window_ms = WINDOW_MS;
    while (f->until_ms < end_ms && f->pages < PAGES_MAX) {
        int64_t to_ms = f->until_ms + f->window_ms < end_ms ? f->until_ms + f->window_ms : end_ms;
        TRY(read_window(c, f, to_ms));
        f->until_ms = to_ms;
        TRY(db_tx_job(c, "inbox fetched", write_until, f));
    }
    if (f->missed > 0)
        log_warn(c, "webhook.missed", L("gateway", f->gateway->name), L_I64("count", f->missed),
            L("what", S("events that never came were taken from the gateway's own list")));
    return f->pages == 0 ? db_tx_job(c, "inbox fetched", write_until, f) : E_OK;
}

enum err inbox_fetch(struct ctx *c, struct str subject)
{
    enum err first = E_OK;
    (void)subject;
    for (int i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++) {
        struct fetch f = { .id = (enum gateway_id)i, .gateway = gateway_by_id((enum gateway_id)i) };
        if (f.gateway->told == NULL || !f.gateway->enabled(c->config))
            continue;
        enum err e = fetch(c, &f); /* one that is away keeps nobody else */
        first = first == E_OK ? e : first;
    }
    return first;
}
