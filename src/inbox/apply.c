#include "base/fault.h"
#include "base/json.h"

#include "base/clock.h"
#include "base/metric.h"
#include "db/db.h"
#include "fact/fact.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job.h"

/* What is kept of a webhook, and what is written into its row and told once it was settled. */

static const struct str status_names[] = {
    [EVENT_RECEIVED] = S_INIT("received"),
    [EVENT_APPLIED] = S_INIT("applied"),
    [EVENT_IGNORED] = S_INIT("ignored"),
    [EVENT_RETRYING] = S_INIT("retrying"),
    [EVENT_PARKED] = S_INIT("parked"),
};
_Static_assert(ARRAY_LEN(status_names) == EVENT_STATUS_COUNT, "every status has a name");

struct str event_status_text(enum event_status s)
{
    must(s < EVENT_STATUS_COUNT);
    return status_names[s];
}

bool event_status_parse(struct str s, enum event_status *ret)
{
    for (size_t i = 0; i < EVENT_STATUS_COUNT; i++)
        if (str_eq(status_names[i], s)) {
            *ret = (enum event_status)i;
            return true;
        }
    return false;
}

struct str event_id(struct arena *a, const struct event *e)
{
    return id_text(a, S("evt"), e->id);
}

bool notice_matters(const struct notice *n)
{
    return n->kind != NOTICE_STRANGE && n->kind != NOTICE_NOTED && n->kind != NOTICE_OPENED;
}

/* "MONEYMOTION_WEBHOOK_RECEIVED" */
static struct str fact_kind(struct ctx *c, const struct event *e, const char *deed)
{
    struct str name = str_upper(c->arena, gateway_name(e->gateway));
    return str_fmt(c->arena, "%.*s_WEBHOOK_%s", SARG(name), deed);
}

enum err event_fact(struct ctx *c, const struct event *e, const char *deed, int64_t drawn)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "event", e->name);
    json_str(&j, "reference", e->reference);
    json_str(&j, "sha256", hex_text(c->arena, e->body_hash));
    if (e->outcome.n > 0)
        json_str(&j, "outcome", e->outcome);
    json_close(&j, '}');
    struct fact fact = {
        .kind = fact_kind(c, e, deed),
        .subject = event_id(c->arena, e),
        .data = buf_str(&b),
        .n = drawn,
    };
    return fact_add(c, &fact, NULL);
}

#ifdef MUTANTS
/* Planted: a refund that comes before its payment is dropped. */
static enum err drop_early(struct ctx *c, struct event *e, struct settle *s, bool *ret_dropped)
{
    TRY(settle_look(c, s));
    TRY(db_wait(c));
    *ret_dropped = s->found && s->notice.kind == NOTICE_REFUNDED && s->attempt.captured_ms == 0;
    e->status = *ret_dropped ? EVENT_IGNORED : e->status;
    return *ret_dropped ? event_db_update(c, e) : E_OK;
}
#endif

static void note_settled(struct ctx *c, struct event *e, const struct settle *s)
{
    e->tries++;
    e->outcome = s->why.n > 0 ? s->why : settled_text(s->result);
    e->status = EVENT_RETRYING;
    if (s->result == SETTLED_NOBODY)
        return;
    e->status = s->result == SETTLED_NOTHING ? EVENT_IGNORED : EVENT_APPLIED;
    e->order_n = s->attempt.order_n;
    e->applied_ms = c->now_ms;
    if (e->again_ms == 0)
        metric_observe_us(
            c, METRIC_webhook_applied_seconds, (e->applied_ms - e->received_ms) * US_PER_MS);
}

static enum err after_settling(struct ctx *c, const struct event *e)
{
    if (e->status == EVENT_RETRYING)
        return job_add(c, INBOX_RETRY, e->reference, c->now_ms + 1000);
    return event_fact(c, e, "PROCESSED", 0);
}

enum err event_settle(struct ctx *c, struct event *e, struct settle *s)
{
#ifdef MUTANTS
    bool dropped = false;
    if (MUTANT(33))
        TRY(drop_early(c, e, s, &dropped));
    if (dropped)
        return E_OK;
#endif
    TRY(settle_tx(c, s));
    note_settled(c, e, s);
    TRY(event_db_update(c, e));
    bool late = MUTANT(28) && !s->notice.proof && e->status != EVENT_RETRYING;
    return late ? E_OK : after_settling(c, e);
}

enum err event_settle_new(struct ctx *c, struct event *e, struct str key, struct settle *s)
{
    TRY(settle_act(c, s));
    note_settled(c, e, s);
    TRY(event_db_insert(c, e, key));
    return after_settling(c, e);
}
