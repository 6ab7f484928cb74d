#include "alert/alert.h"

#include "alert/alert_db.h"
#include "base/config.h"
#include "base/json.h"
#include "base/metric.h"
#include "base/redact.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "net/net.h"

#define ALERT_WEBHOOK S("alert_webhook") /* the job, and what its failing is about */

/* ---- alerts that come as data, from features further left */

struct raising {
    struct str subject; /* "job_parked:job_…" */
};

/* One alert for all jobs of a kind: a hundred of them have one cause, and the list of jobs names
 * each.  A job that is gone by now needs nobody. */
static enum err raise_tx(struct ctx *c, void *arg)
{
    const struct raising *r = arg;
    struct str what, text;
    struct id id;
    struct job job;
    if (!str_cut(r->subject, ':', &what, &text) || !id_parse(S("job"), text, &id) ||
        (!str_eq(what, S("job_parked")) && !str_eq(what, S("job_failing"))))
        return fail(c, INTERNAL, "an alert about '%.*s', which is no job", SARG(r->subject));
    enum err e = job_get(c, id, &job);
    if (e == E_NOT_FOUND) {
        err_clear(c);
        return E_OK;
    }
    TRY(e);
    bool parked = str_eq(what, S("job_parked"));
    bool own = str_eq(job.kind, ALERT_WEBHOOK);
    return alert_raise(c,
        own          ? ALERT_ALERT_UNSENT
            : parked ? ALERT_JOB_PARKED
                     : ALERT_JOB_FAILING,
        job.kind,
        str_fmt(c->arena, "The job %.*s (%.*s, about %.*s) %s after %lld tries: %.*s", SARG(text),
            SARG(job.kind), SARG(job.subject.n > 0 ? job.subject : S("nothing in particular")),
            parked ? "was given up" : "still fails", (long long)job.tries, SARG(job.last_error)));
}

enum err alert_raise_job(struct ctx *c, struct str subject)
{
    struct raising r = { subject };
    return db_tx_job(c, "alert.raise", raise_tx, &r);
}

/* ---- facts without a seal: deeds that the audit trail and the application do not see yet */

struct unsealed {
    int64_t count, oldest_ms;
};

static enum err count_unsealed(struct ctx *c, void *arg)
{
    struct unsealed *u = arg;
    return fact_unsealed(c, &u->count, &u->oldest_ms);
}

enum err alert_facts_job(struct ctx *c, struct str subject)
{
    enum {
        PATIENCE_MS = 5000
    };
    struct unsealed u = { .count = 0 };
    (void)subject;
    TRY(db_read(c, count_unsealed, &u));
    int64_t waited_ms = c->now_ms - u.oldest_ms;
    if (u.count == 0 || waited_ms <= PATIENCE_MS)
        return alert_over_now(c, ALERT_FACTS_UNSEALED, S("chain"));
    return alert_raise_now(c, ALERT_FACTS_UNSEALED, S("chain"),
        str_fmt(c->arena, "%lld facts bear no seal, the oldest for %lld seconds.",
            (long long)u.count, (long long)(waited_ms / 1000)));
}

/* ---- room on the disk */

enum err alert_disk_job(struct ctx *c, struct str subject)
{
    int64_t left = 0;
    (void)subject;
    bool scarce = store_scarce(c->store, &left);
    if (left != INT64_MAX)
        metric_set(c, METRIC_store_disk_free_bytes, left);
    if (!scarce)
        return alert_over_now(c, ALERT_DISK, S("database"));
    return alert_raise_now(c, ALERT_DISK, S("database"),
        str_fmt(c->arena, "%lld MiB are left on the database's disk.",
            (long long)(left / 1024 / 1024)));
}

/* ---- telling the owner */

static enum err number_of(struct ctx *c, struct str subject, int64_t *ret)
{
    if (!str_to_i64(subject, ret))
        return fail(c, INTERNAL, "'%.*s' is not an alert's number", SARG(subject));
    return E_OK;
}

/* Is there something that he has not been told?  The end only of what he heard the beginning of,
 * and not when it has begun anew. */
static enum err has_news(struct ctx *c, const struct alert *a, bool *ret)
{
    struct alert newer;
    bool again = false;
    if (a->state == ALERT_CLOSED)
        TRY(alert_find_open(c, a->kind, a->subject, &again, &newer));
    *ret = a->state == ALERT_OPEN ? a->raised > a->told_raised
                                  : a->told_raised > 0 && !a->told_closed && !again;
    return E_OK;
}

static enum err tell_tx(struct ctx *c, void *arg)
{
    struct str subject = *(const struct str *)arg;
    struct alert a;
    int64_t n = 0;
    bool news = false;
    TRY(number_of(c, subject, &n));
    TRY(alert_find(c, n, &a));
    TRY(has_news(c, &a, &news));
    if (!news)
        return E_OK;
    a.told_ms = c->now_ms;
    a.told_raised = a.raised;
    a.told_closed = a.state == ALERT_CLOSED;
    TRY(alert_set_told(c, &a));
    if (c->config != NULL && config_has(c->config, CFG_OWNER_MAIL))
        TRY(job_add(c, ALERT_MAIL, subject, c->now_ms));
    if (c->config != NULL && config_has(c->config, CFG_ALERT_WEBHOOK))
        TRY(job_add(c, ALERT_WEBHOOK, subject, c->now_ms));
    return E_OK;
}

enum err alert_tell_job(struct ctx *c, struct str subject)
{
    return db_tx_job(c, "alert.tell", tell_tx, &subject);
}

struct found {
    int64_t n;
    struct alert alert;
};

static enum err find_tx(struct ctx *c, void *arg)
{
    struct found *f = arg;
    return alert_find(c, f->n, &f->alert);
}

/* "text" is what chat rooms show of a posted object. */
static struct str body_of(struct ctx *c, const struct alert *a)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    bool closed = a->state == ALERT_CLOSED;
    struct str sentence = redact(c->arena, a->sentence);
    json_open(&j, NULL, '{');
    json_str(&j, "type", closed ? S("alert.closed") : S("alert.raised"));
    json_str(&j, "id", alert_id(c->arena, a));
    json_str(&j, "text", closed ? str_fmt(c->arena, "Over: %.*s", SARG(sentence)) : sentence);
    json_str(&j, "kind", a->kind);
    json_str(&j, "subject", a->subject);
    if (a->info != NULL) {
        json_str(&j, "meaning", a->info->meaning);
        json_str(&j, "remedy", a->info->remedy);
    }
    json_i64(&j, "count", a->raised);
    json_time(&j, "firstAt", a->first_ms);
    json_time(&j, "lastAt", a->last_ms);
    json_time(&j, "closedAt", a->closed_ms);
    json_close(&j, '}');
    return buf_str(&b);
}

enum err alert_webhook_job(struct ctx *c, struct str subject)
{
    struct found f = { 0 };
    struct net_reply reply;
    TRY(number_of(c, subject, &f.n));
    TRY(db_read(c, find_tx, &f));
    if (c->config == NULL || !config_has(c->config, CFG_ALERT_WEBHOOK))
        return E_OK;
    struct net_request in = {
        .gateway = ALERT_WEBHOOK,
        .call = f.alert.state == ALERT_CLOSED ? S("closed") : S("raised"),
        .attempt = alert_id(c->arena, &f.alert),
        .method = S("POST"),
        .url = config_str(c->config, CFG_ALERT_WEBHOOK),
        .headers = { { S("Content-Type"), S("application/json") } },
        .header_count = 1,
        .body = body_of(c, &f.alert),
        .private_target = true,
    };
    TRY(net_call(c, &in, &reply));
    if (net_judge(&reply) == OUTCOME_DONE)
        return alert_over_now(c, ALERT_ALERT_UNSENT, ALERT_WEBHOOK);
    return fail_retry_after(c,
        fail(c, GATEWAY_UNAVAILABLE, "PURSER_ALERT_WEBHOOK did not take the alert: %s%.*s",
            reply.outcome == OUTCOME_DONE ? str_c(c->arena, str_fmt(c->arena, "%d", reply.status))
                                          : "",
            SARG(reply.why)),
        reply.retry_after_s);
}
