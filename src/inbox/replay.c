#include "inbox/inbox.h"

#include "alert/alert.h"
#include "db/db.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job.h"

/* One event once more, by a person; or what would become of it. */

enum {
    MINUTE_MS = 60 * 1000
};

static enum err reopen(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event e;
    TRY(event_db_by_n(c, w->event.n, &e));
    if (e.status == EVENT_PARKED)
        TRY(alert_over(c, ALERT_WEBHOOK_PARKED, event_id(c->arena, &e)));
    if (e.status != EVENT_RETRYING)
        e.status = EVENT_RECEIVED;
    e.again_ms = c->now_ms;
    TRY(event_db_update(c, &e));
    /* Should this run die, or the gateway be away: nobody else would think of it again. */
    return job_add(
        c, INBOX_CONFIRM, str_fmt(c->arena, "%lld", (long long)e.n), c->now_ms + MINUTE_MS);
}

static bool is_change(enum settled s)
{
    return s == SETTLED_NOW || s == SETTLED_REVIEW;
}

static struct str would(struct ctx *c, const struct event_work *w)
{
    struct str what = w->put_off ? S("nothing to do yet") : settled_text(w->settle.result);
    return str_fmt(c->arena, "%.*s%s%.*s%s", SARG(what), w->why.n > 0 ? ": " : "", SARG(w->why),
        w->unasked ? " (by the webhook alone: no server runs that could ask the gateway)" : "");
}

enum err inbox_replay(
    struct ctx *c, int64_t event_n, bool dry, struct str *ret_words, bool *ret_changes)
{
    struct event_work w = { .event = { .n = event_n }, .dry = dry };
    TRY(db_read(c, event_read, &w));
    if (w.event.body.n == 0)
        return fail(c, CONFLICT, "the body was deleted after its time; its hash remains");
    if (!dry)
        TRY(db_tx(c, "inbox replay", reopen, &w));
    TRY(event_process(c, &w));
    if (!dry)
        TRY(db_read(c, event_read, &w));
    *ret_words = dry ? would(c, &w) : w.event.outcome;
    *ret_changes = !w.put_off && is_change(w.settle.result);
    return E_OK;
}
