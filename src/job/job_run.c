#include "job/job_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/db.h"

enum {
    CLAIM_MAX = 100,
    BATCH_MS = 10 * 1000,
    LEASE_MS = 60 * 1000,
    FINISH_TRIES = 5,
    TOGETHER_MAX = 16 /* a few milliseconds of the writer */
};

struct batch {
    const struct job_kinds *kinds;
    int64_t max;
    struct job_run *run;
    size_t n, ran;
};

struct together {
    const struct job_kind *kind;
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

/* Standing jobs first: a heap of other work must not hold up the sealing of facts.  What takes
 * longer than most has a longer lease, and none of the others has it too: theirs would lie for as
 * long where a server died. */
static enum err claim_tx(struct ctx *c, void *arg)
{
    struct batch *b = arg;
    /* One that begins at all begins within BATCH_MS. */
    int64_t until_ms = c->now_ms + LEASE_MS + BATCH_MS;
    b->n = 0;
    TRY(job_claim(c, true, until_ms, b->max, take, b));
    int64_t left = b->max - (int64_t)b->n;
    if (left > 0)
        TRY(job_claim(c, false, until_ms, left, take, b));
    for (size_t i = 0; i < b->n; i++) {
        int64_t more_ms = kind_of(b->kinds, b->run[i].claim.kind)->lease_ms - LEASE_MS;
        if (more_ms > 0)
            TRY(job_extend(c, &b->run[i].claim, until_ms + more_ms));
    }
    return E_OK;
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

static enum err body_tx(struct ctx *c, void *arg)
{
    const struct together *g = arg;
    for (size_t i = 0; i < g->n; i++)
        TRY(g->kind->run(c, g->run[i].claim.subject));
    return E_OK;
}

static enum err run_kind(struct ctx *c, const struct job_kind *kind, struct job_run *run)
{
    struct together alone = { kind, run, 1 };
    if (kind->way == JOB_BODY)
        return db_tx_job(c, "job", body_tx, &alone);
    return kind->run(c, run->claim.subject);
}

static struct ctx place_of(struct ctx *c, struct arena *arena, const struct claim *k)
{
    struct ctx own = ctx_sibling(c, arena);
    own.request_id = job_claim_id(arena, k);
    own.actor = str_fmt(arena, "job:%.*s", SARG(k->kind));
    return own;
}

enum err job_run_one(struct ctx *c, const struct job_kinds *kinds, struct job_run *run)
{
    const struct claim *k = &run->claim;
    struct arena arena = { 0 };
    struct ctx own = place_of(c, &arena, k);
    int64_t start_us = clock_mono_us();
    run->result = run_kind(&own, kind_of(kinds, k->kind), run);
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

/* Several bodies of a kind in one transaction.  *ret_done is false, and nothing happened, when one
 * of them failed: then each is run alone. */
static enum err run_together(struct ctx *c, const struct together *g, bool *ret_done)
{
    struct arena arena = { 0 };
    struct ctx own = place_of(c, &arena, &g->run[0].claim);
    int64_t start_us = clock_mono_us();
    *ret_done = db_tx_job(&own, "jobs", body_tx, (void *)(uintptr_t)g) == E_OK;
    int64_t us = (clock_mono_us() - start_us) / (int64_t)g->n;
    for (size_t i = 0; *ret_done && i < g->n; i++) {
        g->run[i].ran = true;
        g->run[i].result = E_OK;
        report(&own, &g->run[i], us);
    }
    c->dead = own.dead;
    arena_free(&arena);
    return c->dead ? E_DEAD : E_OK;
}

/* How many from here on are bodies of one kind. */
static size_t count_together(const struct batch *b, size_t from, const struct job_kind *kind)
{
    size_t n = 1;
    if (kind->way == JOB_BODY)
        while (n < TOGETHER_MAX && from + n < b->n &&
            str_eq(b->run[from + n].claim.kind, b->run[from].claim.kind))
            n++;
    return n;
}

static enum err run_here(struct ctx *c, struct batch *b)
{
    int64_t stop_ms = clock_mono_ms() + BATCH_MS;
    for (size_t at = 0, n; at < b->n && clock_mono_ms() < stop_ms; at += n) {
        const struct job_kind *kind = kind_of(b->kinds, b->run[at].claim.kind);
        struct together g = { kind, &b->run[at], count_together(b, at, kind) };
        bool done = false;
        n = g.n;
        if (n > 1)
            TRY(run_together(c, &g, &done));
        for (size_t i = 0; i < n && !done; i++)
            TRY(job_run_one(c, b->kinds, &g.run[i]));
        b->ran += n;
    }
    return E_OK;
}

/* ---- finishing */

struct finishing {
    const struct job_kinds *kinds;
    const struct job_run *run;
    size_t n;
};

static enum err finish_tx(struct ctx *c, void *arg)
{
    const struct finishing *f = arg;
    for (size_t i = 0; i < f->n; i++)
        TRY(job_settle(c, kind_of(f->kinds, f->run[i].claim.kind), &f->run[i]));
    return E_OK;
}

/* Unfinished, all of them would run once more when the lease ends: harmless, but not for a store
 * that was only busy. */
enum err job_finish(
    struct ctx *c, const struct job_kinds *kinds, const struct job_run *run, size_t n)
{
    struct finishing f = { kinds, run, n };
    enum err e = n == 0 ? E_OK : E_BUSY;
    for (int i = 0; e == E_BUSY && i < FINISH_TRIES; i++)
        e = db_tx_job(c, "job.finish", finish_tx, &f);
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

/* Those that would make the others wait leave the batch, which stays in its order. */
static void hand_over(struct ctx *c, struct batch *b, const struct job_away *away)
{
    struct job_run *calls = arena_array(c->arena, struct job_run, CLAIM_MAX);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < b->n; i++)
        if (kind_of(b->kinds, b->run[i].claim.kind)->way == JOB_CALLS)
            calls[n++] = b->run[i];
        else
            b->run[kept++] = b->run[i];
    b->n = kept;
    b->ran = n;
    if (n > 0)
        away->take(away->self, calls, n);
}

enum err job_run_due_away(struct ctx *c, const struct job_kinds *kinds, int64_t max,
    const struct job_away *away, int64_t *ret_ran)
{
    struct batch b = {
        .kinds = kinds,
        .max = max < CLAIM_MAX ? max : CLAIM_MAX,
        .run = arena_array(c->arena, struct job_run, CLAIM_MAX),
    };
    int64_t soonest_ms = INT64_MAX;
    TRY(job_next_due(c, &soonest_ms));
    if (soonest_ms <= c->now_ms)
        TRY(db_tx_job(c, "job.claim", claim_tx, &b));
    if (away != NULL)
        hand_over(c, &b, away);
    TRY(run_here(c, &b));
    TRY(job_finish(c, kinds, b.run, b.n));
    *ret_ran = (int64_t)b.ran;
    return E_OK;
}

enum err job_run_due(struct ctx *c, const struct job_kinds *kinds, int64_t max, int64_t *ret_ran)
{
    return job_run_due_away(c, kinds, max, NULL, ret_ran);
}
