#include "app/app.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* The threads that run jobs.  They sleep until the next job is due, a commit wakes them, or five
 * seconds have passed: another server on the same PostgreSQL may have left work. */

enum {
    RUNNERS = 2,
    CLAIM = 50,
    LOOK_MS = 5000,
    STALL_MS = 1000
};

struct runners {
    struct app *app;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t wakes; /* how often somebody said that there is work */
    bool stop;
    bool held;   /* somebody else runs what is due */
    int running; /* batches */
    pthread_t thread[RUNNERS];
};

static bool stopping(struct runners *r, int64_t *ret_wakes)
{
    pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    *ret_wakes = r->wakes;
    pthread_mutex_unlock(&r->lock);
    return stop;
}

/* Until ms have passed, or somebody woke us since `seen`. */
static void rest(struct runners *r, int64_t ms, int64_t seen)
{
    int64_t until = clock_mono_ms() + ms;
    struct timespec at = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
    pthread_mutex_lock(&r->lock);
    while (!r->stop && r->wakes == seen && clock_mono_ms() < until)
        pthread_cond_timedwait(&r->changed, &r->lock, &at);
    pthread_mutex_unlock(&r->lock);
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
    if (--r->running == 0 && r->held)
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void runners_hold(struct runners *r, bool held)
{
    pthread_mutex_lock(&r->lock);
    r->held = held;
    pthread_cond_broadcast(&r->changed);
    while (held && r->running > 0 && !r->stop)
        pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

static void *run(void *arg)
{
    struct runners *r = arg;
    struct arena arena = { 0 };
    struct job_kinds kinds = app_jobs(r->app->store);
    pthread_setname_np(pthread_self(), "jobs");
    for (int64_t seen = 0; !stopping(r, &seen);) {
        begin(r);
        struct ctx c = app_ctx(r->app, &arena, S("jobs"));
        c.actor = S("job");
        int64_t ran = 0, ms = 0;
        if (job_run_due(&c, &kinds, CLAIM, &ran) != E_OK) {
            log_failure(&c, "jobs.failed");
            ms = STALL_MS;
        } else if (ran == 0) {
            clock_read(&c, &r->app->clock);
            ms = rest_ms(&c);
        }
        arena_reset(&arena);
        end(r);
        if (ms > 0)
            rest(r, ms, seen);
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
    must(pthread_cond_init(&r->changed, &attr) == 0);
    pthread_condattr_destroy(&attr);
    for (size_t i = 0; i < RUNNERS; i++)
        must(pthread_create(&r->thread[i], NULL, run, r) == 0);
    return r;
}

void runners_wake(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    r->wakes++;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void runners_stop(struct runners *r)
{
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < RUNNERS; i++)
        pthread_join(r->thread[i], NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
