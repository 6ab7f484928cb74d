#include "app/app.h"
#include "failure/failure.h"
#include "job/job_run.h"
#include "web/callers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* The threads that run jobs.  They sleep until the next job is due, a commit wakes them, or five
 * seconds have passed: another server on the same PostgreSQL may have left work.
 *
 * Every look that finds something is two commits, claiming and finishing, and at one payment after
 * the other those would be most of all commits.  So only what somebody waits for is looked at
 * at once, by one of the threads; what nobody waits for (mails, claims that are over) gathers for a
 * moment, and is done together.
 *
 * Jobs that ask a gateway are carried by callers, each its own, so that a payment is confirmed, and
 * a mail leaves, while other answers are waited for. */

enum {
    RUNNERS = 2,
    CLAIM = 50,
    AWAY_MAX = 256, /* with callers */
    FINISH = 100,   /* together, in one transaction */
    LOOK_MS = 5000,
    GATHER_MS = 200, /* what nobody waits for */
    RETURN_MS = 20,  /* what is back from callers: with it, more may go */
    STALL_MS = 1000
};

struct runners {
    struct app *app;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* for runners that rest */
    pthread_cond_t changed; /* for who waits until something has ended */
    bool wake;              /* somebody waits for what is due: one runner is to look */
    int64_t gather_ms;      /* when one is to look at what else has come; 0: nothing has */
    bool stop;
    bool held;   /* somebody else runs what is due */
    int running; /* batches */
    int away;    /* jobs with callers, until they are finished */
    struct away *back;
    pthread_t thread[RUNNERS];
};

static bool stopping(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    return stop;
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return b_ms == 0 || (a_ms != 0 && a_ms < b_ms) ? a_ms : b_ms;
}

/* With the lock.  Whoever looks now looks for all that was asked for until now. */
static bool taken_up(struct runners *r, int64_t now_ms)
{
    bool up = r->wake || (r->gather_ms != 0 && r->gather_ms <= now_ms);
    if (up) {
        r->wake = false;
        r->gather_ms = 0;
    }
    return up;
}

/* Until ms have passed, or there is reason to look. */
static void rest(struct runners *r, int64_t ms)
{
    int64_t until_ms = clock_mono_ms() + ms;
    pthread_mutex_lock(&r->lock);
    for (int64_t now_ms; !r->stop && !taken_up(r, now_ms = clock_mono_ms()) && now_ms < until_ms;) {
        int64_t at_ms = sooner(until_ms, r->gather_ms);
        struct timespec at = { .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };
        pthread_cond_timedwait(&r->work, &r->lock, &at);
    }
    pthread_mutex_unlock(&r->lock);
}

/* With the lock. */
static void gather(struct runners *r, int64_t within_ms)
{
    int64_t at_ms = clock_mono_ms() + within_ms, before_ms = r->gather_ms;
    r->gather_ms = sooner(at_ms, before_ms);
    if (r->gather_ms != before_ms)
        pthread_cond_broadcast(&r->work);
}

static enum err due(struct ctx *c, void *arg)
{
    return job_next_due(c, arg);
}

/* How long to sleep when nothing was due. */
static int64_t rest_ms(struct ctx *c)
{
    int64_t next = INT64_MAX;
    if (db_read(c, due, &next) != E_OK)
        return STALL_MS;
    int64_t left = next == INT64_MAX ? LOOK_MS : next - c->now_ms;
    return left < 0 ? 0 : left > LOOK_MS ? LOOK_MS : left;
}

/* While the runners are held nobody begins. */
static void begin(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->held && !r->stop)
        pthread_cond_wait(&r->changed, &r->lock);
    r->running++;
    pthread_mutex_unlock(&r->lock);
}

static void end(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    if (--r->running == 0)
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* ---- jobs that wait for the outside */

/* What was claimed together and is with callers: in its own arena. */
struct away {
    struct runners *r;
    struct away *next;
    struct arena arena;
    _Atomic size_t left;
    size_t n;
    struct away_one {
        struct away *all;
        struct arena arena;
        struct job_run run;
    } * one;
};

/* On a caller; late: none was free for it, so it has not run, and is given back. */
static void carry(void *arg, bool late)
{
    struct away_one *one = arg;
    struct away *all = one->all;
    struct runners *r = all->r;
    struct job_kinds kinds = app_jobs(r->app->store);
    struct ctx c = app_ctx(r->app, &one->arena, S("jobs"));
    c.actor = S("job");
    if (!late)
        must(job_run_one(&c, &kinds, &one->run) == E_OK);
    if (atomic_fetch_sub(&all->left, 1) > 1)
        return;
    pthread_mutex_lock(&r->lock);
    all->next = r->back;
    r->back = all;
    gather(r, r->away > AWAY_MAX / 2 ? 0 : RETURN_MS);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void finish_some(struct runners *r, const struct job_run *some, size_t n)
{
    struct job_kinds kinds = app_jobs(r->app->store);
    struct arena arena = { 0 };
    struct ctx c = app_ctx(r->app, &arena, S("jobs"));
    c.actor = S("job");
    if (job_finish(&c, &kinds, some, n) != E_OK)
        log_failure(&c, "jobs.failed");
    arena_free(&arena);
}

static void forget(struct away *all)
{
    for (size_t i = 0; i < all->n; i++)
        arena_free(&all->one[i].arena);
    struct arena last = all->arena;
    arena_free(&last);
}

/* Returns how many they were. */
static int finish(struct runners *r, struct away *back)
{
    struct job_run *some = arena_array(&back->arena, struct job_run, FINISH);
    size_t n = 0;
    int all = 0;
    for (struct away *k = back; k != NULL; k = k->next)
        for (size_t i = 0; i < k->n; i++, all++) {
            some[n++] = k->one[i].run;
            if (n == FINISH) {
                finish_some(r, some, n);
                n = 0;
            }
        }
    finish_some(r, some, n);
    for (struct away *k = back, *next; k != NULL; k = next) {
        next = k->next;
        forget(k);
    }
    return all;
}

/* Those that are back from callers, and then until there is room for more. */
static void finish_back(struct runners *r, int room)
{
    pthread_mutex_lock(&r->lock);
    while (r->back != NULL || (r->away > AWAY_MAX - room && !r->stop)) {
        struct away *back = r->back;
        if (back == NULL) {
            pthread_cond_wait(&r->changed, &r->lock);
            continue;
        }
        r->back = NULL;
        pthread_mutex_unlock(&r->lock);
        int n = finish(r, back);
        pthread_mutex_lock(&r->lock);
        r->away -= n;
        pthread_cond_broadcast(&r->changed);
    }
    r->away += room;
    pthread_mutex_unlock(&r->lock);
}

static void take_away(void *self, const struct job_run *run, size_t n)
{
    struct runners *r = self;
    struct arena arena = { 0 };
    struct away *all = arena_new(&arena, struct away);
    finish_back(r, (int)n);
    all->r = r;
    all->n = n;
    all->one = arena_array(&arena, struct away_one, n);
    atomic_store(&all->left, n);
    for (size_t i = 0; i < n; i++) {
        all->one[i] = (struct away_one) { .all = all, .run = run[i] };
        all->one[i].run.claim.kind = str_copy(&arena, run[i].claim.kind);
        all->one[i].run.claim.subject = str_copy(&arena, run[i].claim.subject);
    }
    struct away_one *one = all->one;
    all->arena = arena; /* from here on it is finish's */
    for (size_t i = 0; i < n; i++)
        if (!callers_post(r->app->callers, carry, &one[i]))
            carry(&one[i], true);
}

/* With the lock: until nothing runs and nothing is away, whoever has to finish it. */
static void wait_for_all(struct runners *r)
{
    while (r->running > 0 || r->away > 0) {
        if (r->back == NULL) {
            pthread_cond_wait(&r->changed, &r->lock);
            continue;
        }
        pthread_mutex_unlock(&r->lock);
        finish_back(r, 0);
        pthread_mutex_lock(&r->lock);
    }
}

void runners_hold(struct runners *r, bool held)
{
    pthread_mutex_lock(&r->lock);
    r->held = held;
    pthread_cond_broadcast(&r->changed);
    if (held)
        wait_for_all(r);
    pthread_mutex_unlock(&r->lock);
}

/* ---- the threads */

/* Looks once.  Returns how long to rest: not at all after a look that filled its claim. */
static int64_t look(struct runners *r, struct arena *arena)
{
    struct job_away away = { take_away, r };
    struct job_kinds kinds = app_jobs(r->app->store);
    struct ctx c = app_ctx(r->app, arena, S("jobs"));
    int64_t ran = 0;
    c.actor = S("job");
    finish_back(r, 0);
    if (job_run_due_away(&c, &kinds, CLAIM, &away, &ran) != E_OK) {
        log_failure(&c, "jobs.failed");
        return STALL_MS;
    }
    if (failure_write_down(&c, false) != E_OK)
        log_failure(&c, "failures.unwritten");
    if (ran >= CLAIM)
        return 0;
    clock_read(&c, &r->app->clock);
    int64_t ms = rest_ms(&c);
    /* What has come due since then has woken somebody, or may gather. */
    return ms > 0 ? ms : GATHER_MS;
}

static void *run(void *arg)
{
    struct runners *r = arg;
    struct arena arena = { 0 };
    pthread_setname_np(pthread_self(), "jobs");
    while (!stopping(r)) {
        begin(r);
        int64_t ms = look(r, &arena);
        arena_reset(&arena);
        end(r);
        if (ms > 0)
            rest(r, ms);
    }
    arena_free(&arena);
    return NULL;
}

struct runners *runners_start(struct app *a)
{
    struct runners *r = calloc(1, sizeof *r);
    must(r != NULL);
    r->app = a;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    must(pthread_mutex_init(&r->lock, NULL) == 0);
    must(pthread_cond_init(&r->work, &attr) == 0);
    must(pthread_cond_init(&r->changed, &attr) == 0);
    pthread_condattr_destroy(&attr);
    for (size_t i = 0; i < RUNNERS; i++)
        must(pthread_create(&r->thread[i], NULL, run, r) == 0);
    return r;
}

void runners_wake(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    r->wake = true;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
}

void runners_gather(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    gather(r, GATHER_MS);
    pthread_mutex_unlock(&r->lock);
}

void runners_stop(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->work);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < RUNNERS; i++)
        pthread_join(r->thread[i], NULL);
    /* Callers still live: what they carry is finished here. */
    pthread_mutex_lock(&r->lock);
    wait_for_all(r);
    pthread_mutex_unlock(&r->lock);
    pthread_cond_destroy(&r->work);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
