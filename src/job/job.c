#include "job/job.h"

#include "base/json.h"
#include "base/metric.h"
#include "db/db.h"
#include "fact/fact.h"
#include "failure/failure.h"
#include "job/job_db.h"
#include "job/job_run.h"

enum {
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    ERROR_MAX = 500
};

struct str job_id(struct arena *a, const struct job *job)
{
    return id_text(a, S("job"), id_of_row(job->created_ms, job->n));
}

struct str job_claim_id(struct arena *a, const struct claim *k)
{
    return id_text(a, S("job"), id_of_row(k->created_ms, k->n));
}

/* ---- what becomes of a run */

/* Doubling from the first pause up to an hour; a random half of it, so that what failed together
 * does not come back together.  Not before the other side said. */
static int64_t pause_ms(struct ctx *c, const struct job_kind *kind, const struct job_run *run)
{
    int64_t pause = kind->first_retry_ms > 0 ? kind->first_retry_ms : 5000;
    for (int64_t i = 1; i < run->claim.tries && pause < HOUR_MS; i++)
        pause *= 2;
    if (pause > HOUR_MS)
        pause = HOUR_MS;
    pause = pause / 2 + random_below(c, pause / 2 + 1);
    int64_t asked = run->retry_after_s * 1000;
    return pause < asked ? asked : pause;
}

static enum err raise(struct ctx *c, const char *what, const struct claim *k)
{
    if (str_eq(k->kind, JOB_ALERT))
        return E_OK;
    return job_add(c, JOB_ALERT,
        str_fmt(c->arena, "%s:%.*s", what, SARG(job_claim_id(c->arena, k))), c->now_ms);
}

static enum err park(struct ctx *c, const struct job_run *run, struct str error, bool *ret_parked)
{
    const struct claim *k = &run->claim;
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    TRY(job_park(c, k, error, ret_parked));
    if (!*ret_parked)
        return E_OK;
    metric_add(c, METRIC_jobs_parked_total, 1);
    json_open(&j, NULL, '{');
    json_str(&j, "kind", k->kind);
    json_str(&j, "about", k->subject);
    json_i64(&j, "tries", k->tries);
    json_str(&j, "code", code_info(run->code)->name);
    json_close(&j, '}');
    TRY(fact_add(c,
        &(struct fact) {
            .kind = S("JOB_PARKED"),
            .subject = job_claim_id(c->arena, k),
            .data = buf_str(&data),
        },
        NULL));
    return raise(c, "job_parked", k);
}

/* In the transaction that puts it off: so it is counted as often as that is true. */
static enum err count(struct ctx *c, const struct job_run *run)
{
    return failure_add(c,
        &(struct mishap_group) {
            .kind = MISHAP_JOB,
            .place = run->claim.kind,
            .code = run->code == CODE_NONE ? CODE_INTERNAL : run->code,
            .count = 1,
            .first_ms = c->now_ms,
            .last_ms = c->now_ms,
            .request_id = job_claim_id(c->arena, &run->claim),
        });
}

static enum err put_off(struct ctx *c, const struct job_kind *kind, const struct job_run *run)
{
    const struct claim *k = &run->claim;
    struct str error = str_clean(c->arena, run->error, ERROR_MAX); /* it may quote a stranger */
    int64_t failing_ms = c->now_ms - k->first_due_ms;
    bool parked = false;
    if (kind->park_after_ms > 0 && failing_ms >= kind->park_after_ms)
        TRY(park(c, run, error, &parked));
    if (parked)
        return count(c, run);
    TRY(job_failed(c, k, c->now_ms + pause_ms(c, kind, run), error));
    if (kind->park_after_ms > 0 || failing_ms < HOUR_MS)
        return E_OK;
    TRY(raise(c, "job_failing", k));
    return count(c, run);
}

enum err job_settle(struct ctx *c, const struct job_kind *kind, const struct job_run *run)
{
    if (!run->ran)
        return job_release(c, &run->claim);
    if (run->result != E_OK)
        return put_off(c, kind, run);
    if (run->claim.standing)
        return job_done_standing(c, &run->claim, c->now_ms + kind->every_ms);
    return job_done(c, &run->claim);
}

/* ---- at start, and by hand */

static enum err start_tx(struct ctx *c, void *arg)
{
    const struct job_kinds *kinds = arg;
    if (!db_is_pg(c))
        TRY(job_end_leases(c));
    for (size_t i = 0; i < kinds->n; i++)
        if (kinds->kind[i].every_ms > 0)
            TRY(job_stand(c, kinds->kind[i].name));
    return E_OK;
}

enum err job_start(struct ctx *c, const struct job_kinds *kinds)
{
    struct job_kinds copy = *kinds;
    return db_tx(c, "job.start", start_tx, &copy);
}

enum err job_wake(struct ctx *c, struct id id)
{
    struct job job = { 0 };
    TRY(job_get(c, id, &job));
    TRY(job_set_due(c, job.n));
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    json_open(&j, NULL, '{');
    json_str(&j, "kind", job.kind);
    json_str(&j, "about", job.subject);
    json_bool(&j, "wasParked", job.state == JOB_PARKED);
    json_close(&j, '}');
    return fact_add(c,
        &(struct fact) {
            .kind = S("JOB_HURRIED"),
            .subject = job_id(c->arena, &job),
            .data = buf_str(&data),
        },
        NULL);
}
