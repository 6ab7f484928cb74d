#include "app/app.h"

#include <stdatomic.h>

#include "alert/alert.h"
#include "console/console.h"
#include "outgoing/outgoing.h"
#include "web/server.h"

/* Is it alive, may it get traffic, what has it counted. */

static enum err health(struct req *r)
{
    answer_text(r, 200, S("text/plain"), S("ok\n"));
    return E_OK;
}

/* The route's own snapshot has shown that the store answers. */
static enum err ready(struct req *r)
{
    struct app *a = app_of(r->c);
    struct server *server = atomic_load(&a->serving);
    if (server == NULL)
        return fail_retry_after(r->c, fail(r->c, BUSY, "the server is starting"), 1);
    if (server_stopping(server))
        return fail_retry_after(r->c, fail(r->c, BUSY, "the server is stopping"), 1);
    int64_t ahead_ms = 0;
    TRY(store_clock_offset(r->c, &ahead_ms));
    if (ahead_ms > STORE_CLOCK_MAX_MS || ahead_ms < -STORE_CLOCK_MAX_MS)
        return fail_retry_after(
            r->c, fail(r->c, BUSY, "the clock is not the database's: let NTP set both"), 30);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_bool(&j, "ready", true);
    json_str(&j, "store", store_describe(a->store, r->c->arena));
    json_i64(&j, "waiting", (int64_t)store_waiting(a->store));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static void set_age(struct ctx *c, enum metric m, int64_t since_ms)
{
    int64_t age_ms = since_ms > 0 ? c->now_ms - since_ms : 0;
    metric_set(c, m, age_ms > 0 ? age_ms / 1000 : 0);
}

/* What nobody counts as it happens is looked up when somebody asks. */
static enum err set_gauges(struct ctx *c)
{
    struct console_backlog waits;
    struct console_counts needs;
    int64_t behind = 0, oldest_ms = 0, ahead_ms = 0;
    TRY(console_backlog(c, &waits));
    TRY(console_counts(c, &needs));
    metric_set(c, METRIC_webhooks_waiting, waits.events);
    set_age(c, METRIC_webhooks_oldest_seconds, waits.oldest_event_ms);
    metric_set(c, METRIC_payments_unknown, waits.unknown);
    set_age(c, METRIC_payments_unknown_oldest_seconds, waits.oldest_unknown_ms);
    metric_set(c, METRIC_mails_waiting, waits.mails);
    set_age(c, METRIC_mails_oldest_seconds, waits.oldest_mail_ms);
    metric_set(c, METRIC_jobs_due, waits.jobs);
    set_age(c, METRIC_jobs_due_oldest_seconds, waits.oldest_job_ms);
    TRY(outgoing_backlog(c, &behind, &oldest_ms));
    TRY(store_clock_offset(c, &ahead_ms));
    metric_set(c, METRIC_outgoing_behind, behind);
    set_age(c, METRIC_outgoing_oldest_seconds, oldest_ms);
    metric_set(c, METRIC_store_clock_offset_ms, ahead_ms);
    metric_set(c, METRIC_jobs_parked, needs.stuck_jobs);
    metric_set(c, METRIC_facts_unsealed, waits.unsealed);
    metric_set(c, METRIC_alerts_open, needs.alerts);
    metric_set(c, METRIC_reviews_open, needs.reviews);
    return E_OK;
}

/* Each kind by its name, so that a rule can be written for one of them. */
static enum err print_alerts(struct ctx *c, struct buf *b)
{
    int64_t open[ALERT_KIND_COUNT];
    TRY(alert_open_counts(c, open));
    buf_fmt(b, "# HELP purser_alert_open open alerts by kind\n# TYPE purser_alert_open gauge\n");
    for (size_t i = 0; i < ALERT_KIND_COUNT; i++)
        buf_fmt(b, "purser_alert_open{kind=\"%.*s\"} %lld\n",
            SARG(alert_kind_info((enum alert_kind)i)->name), (long long)open[i]);
    return E_OK;
}

static enum err metrics(struct req *r)
{
    TRY(set_gauges(r->c));
    struct buf b = BUF(r->c->arena);
    metrics_print(r->c, &b);
    TRY(print_alerts(r->c, &b));
    answer_text(r, 200, S("text/plain; version=0.0.4"), buf_str(&b));
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/healthz", SHAPE_PLAIN, NULL, health, NULL, 0, ALLOW_ANYONE, 0, 0,
        "The process answers." },
    { "GET", "/readyz", SHAPE_READ, NULL, ready, NULL, 0, ALLOW_ANYONE, 0, 0,
        "It may get traffic: the store answers, it has started and is not stopping." },
    { "GET", "/metrics", SHAPE_READ, NULL, metrics, NULL, 0,
        ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_VIEWER, 0, 0,
        "Counters and histograms as Prometheus text." },
};
const struct routes health_routes = { table, ARRAY_LEN(table) };
