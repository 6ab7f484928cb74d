#include "job/job_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/db.h"

enum {
    CLAIM_MAX = 100,
    BATCH_MS = 10 * 1000,
    LEASE_MS = 60 * 1000,
    FINISH_TRIES = 5
};

struct batch {
    const struct job_kinds *kinds;
    int64_t until_ms; /* the end of the lease */
    int64_t max;
    struct job_run *run;
    size_t n;
};

static enum err unknown_kind(struct ctx *c, struct str subject)
{
    return fail(c, INTERNAL, "this program has no job of that kind (for %.*s)", SARG(subject));
}

static const struct job_kind unknown = { .run = unknown_kind, .first_retry_ms = 60 * 1000 };

static const struct job_kind *kind_of(const struct job_kinds *kinds, struct str name)
{
    for (size_t i = 0; i < kinds->n; i++)
        if (str_eq(kinds->kind[i].name, name))
            return &kinds->kind[i];
    return &unknown;
}

/* ---- claiming */

static enum err take(struct ctx *c, const struct claim *claim, void *arg)
{
    (void)c;
    struct batch *b = arg;
    must(b->n < CLAIM_MAX);
    /* The engines return the rows in any order; a seed replays only one. */
    size_t at = b->n++;
    for (; at > 0 && b->run[at - 1].claim.n > claim->n; at--)
        b->run[at] = b->run[at - 1];
    b->run[at] = (struct job_run) { .claim = *claim };
    return E_OK;
}

/* Standing jobs first: a heap of other work must not hold up the sealing of facts. */
static enum err claim_tx(struct ctx *c, void *arg)
{
    struct batch *b = arg;
    b->n = 0;
    TRY(job_claim(c, true, b->until_ms, b->max, take, b));
    int64_t left = b->max - (int64_t)b->n;
    return left == 0 ? E_OK : job_claim(c, false, b->until_ms, left, take, b);
}

/* All that are claimed together share one lease, which the last of them must not outlive. */
static int64_t lease_ms(const struct job_kinds *kinds)
{
    int64_t longest = LEASE_MS;
    for (size_t i = 0; i < kinds->n; i++)
        if (kinds->kind[i].lease_ms > longest)
            longest = kinds->kind[i].lease_ms;
    return longest + BATCH_MS;
}

/* ---- running */

static void report(struct ctx *c, const struct job_run *run, int64_t us)
{
    const struct claim *k = &run->claim;
    metric_add(c, METRIC_jobs_run_total, 1);
    metric_observe_us(c, METRIC_job_seconds, us);
    if (run->result == E_OK) {
        /* Standing ones run all day long: only those who ask hear of it. */
        log_line(c, k->standing ? LOG_DEBUG : LOG_INFO, "job",
            LOG_FIELDS(L("kind", k->kind), L("about", k->subject), L_I64("ms", us / 1000)));
        return;
    }
    metric_add(c, METRIC_jobs_failed_total, 1);
    log_warn(c, "job.failed", L("kind", k->kind), L("about", k->subject), L_I64("tries", k->tries),
        L_I64("ms", us / 1000), L("error", err_chain(c)));
}

static enum err run_one(struct ctx *c, const struct job_kinds *kinds, struct job_run *run)
{
    const struct claim *k = &run->claim;
    struct arena arena = { 0 };
    struct ctx own = ctx_sibling(c, &arena);
    own.request_id = job_claim_id(&arena, k);
    own.actor = str_fmt(&arena, "job:%.*s", SARG(k->kind));
    int64_t start_us = clock_mono_us();
    run->result = kind_of(kinds, k->kind)->run(&own, k->subject);
    must(own.db == NULL);
    run->ran = true;
    run->code = own.err.code;
    run->retry_after_s = own.err.retry_after_s;
    if (run->result != E_OK && run->result != E_DEAD)
        run->error = str_copy(c->arena,
            str_fmt(
                &arena, "%.*s: %.*s", SARG(code_info(own.err.code)->name), SARG(own.err.message)));
    if (!own.dead)
        report(&own, run, clock_mono_us() - start_us);
    c->dead = own.dead;
    arena_free(&arena);
    return c->dead ? E_DEAD : E_OK;
}

/* ---- finishing */

static enum err finish_tx(struct ctx *c, void *arg)
{
    struct batch *b = arg;
    for (size_t i = 0; i < b->n; i++)
        TRY(job_settle(c, kind_of(b->kinds, b->run[i].claim.kind), &b->run[i]));
    return E_OK;
}

/* Unfinished, all of them would run once more when the lease ends: harmless, but not for a store
 * that was only busy. */
static enum err finish(struct ctx *c, struct batch *b)
{
    enum err e = E_BUSY;
    for (int i = 0; e == E_BUSY && i < FINISH_TRIES; i++)
        e = db_tx_job(c, "job.finish", finish_tx, b);
    return e;
}

static enum err next_moment(struct ctx *c, void *arg)
{
    return job_soonest(c, false, arg);
}

static enum err next_due(struct ctx *c, void *arg)
{
    int64_t *soonest_ms = arg, standing_ms = INT64_MAX;
    TRY(job_soonest(c, true, &standing_ms));
    TRY(job_soonest(c, false, soonest_ms));
    if (standing_ms < *soonest_ms)
        *soonest_ms = standing_ms;
    return E_OK;
}

enum err job_next_due(struct ctx *c, int64_t *ret_ms)
{
    return c->db != NULL ? next_due(c, ret_ms) : db_read(c, next_due, ret_ms);
}

enum err job_next_moment(struct ctx *c, int64_t *ret_ms)
{
    return c->db != NULL ? next_moment(c, ret_ms) : db_read(c, next_moment, ret_ms);
}

enum err job_run_due(struct ctx *c, const struct job_kinds *kinds, int64_t max, int64_t *ret_ran)
{
    struct batch b = {
        .kinds = kinds,
        .until_ms = c->now_ms + lease_ms(kinds),
        .max = max < CLAIM_MAX ? max : CLAIM_MAX,
        .run = arena_array(c->arena, struct job_run, CLAIM_MAX),
    };
    int64_t soonest_ms = INT64_MAX, ran = 0;
    TRY(job_next_due(c, &soonest_ms));
    if (soonest_ms <= c->now_ms)
        TRY(db_tx_job(c, "job.claim", claim_tx, &b));
    int64_t stop_ms = clock_mono_ms() + BATCH_MS;
    for (size_t i = 0; i < b.n && clock_mono_ms() < stop_ms; i++, ran++)
        TRY(run_one(c, kinds, &b.run[i]));
    if (b.n > 0)
        TRY(finish(c, &b));
    *ret_ran = ran;
    return E_OK;
}
