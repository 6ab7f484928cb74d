#include "alert/alert.h"
#include "base/clock.h"
#include "base/json.h"
#include "dispute/apply.h"
#include "dispute/dispute_db.h"
#include "fact/fact.h"
#include "job/job.h"

/* What falls due by itself: the end of the time to answer. */

enum {
    REMIND_MS = 3 * 24 * 3600 * 1000
};

static enum err remind(struct ctx *c, struct dispute *d)
{
    struct str id = dispute_id(c->arena, d);
    struct order o;
    TRY(order_by_n(c, d->order_n, &o));
    d->reminded_ms = c->now_ms;
    TRY(dispute_db_update(c, d));
    const struct fact fact = {
        .kind = S("DISPUTE_REMINDED"),
        .subject = id,
        .customer_n = o.customer_n,
        .version = d->version + 1,
    };
    TRY(fact_add(c, &fact, NULL));
    TRY(job_add_gathered(c, DISPUTE_MAIL,
        str_fmt(c->arena, "reminder:%.*s:%lld", SARG(id), (long long)(d->due_ms / 1000)),
        c->now_ms));
    return alert_raise(c, ALERT_DISPUTE, id,
        str_fmt(c->arena,
            "nobody has answered the dispute about the order %.*s; it can be until %.*s",
            SARG(order_number(c->arena, &o)), SARG(time_words(c->arena, d->due_ms))));
}

enum err dispute_remind(struct ctx *c, struct str dispute_n)
{
    struct dispute d;
    int64_t n = 0;
    if (!str_to_i64(dispute_n, &n))
        return fail(c, STORE_CORRUPT, "a job reminds of the dispute \"%.*s\"", SARG(dispute_n));
    TRY(dispute_by_n(c, n, &d));
    bool answered = d.evidence_state == EVIDENCE_SENT || d.evidence_state == EVIDENCE_SENDING;
    bool waits = d.status == DISPUTE_OPEN || d.status == DISPUTE_WARNING;
    if (!waits || answered || d.due_ms <= c->now_ms)
        return E_OK;
    if (d.due_ms - REMIND_MS > c->now_ms) /* the deadline moved */
        return job_add(c, S("dispute_remind"), dispute_n, d.due_ms - REMIND_MS);
    return d.reminded_ms >= d.due_ms - REMIND_MS ? E_OK : remind(c, &d);
}
