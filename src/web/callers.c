#include "web/callers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"

enum {
/* What a caller's thread may use.  A call with its whole TLS handshake takes 15 KiB (names are
 * looked up on threads of libcurl's own); net/tls_test.c measures it and fails at half of this.
 * Sanitizers need a multiple. */
#ifdef SANITIZED
    STACK_BYTES = 2048 * 1024,
#else
    STACK_BYTES = 128 * 1024,
#endif
    WAIT_MS = 2000,
    IDLE_MS = 30000,
    AGAIN_MS = 100 /* after the machine refused a thread */
};

struct work {
    struct work *next;
    void (*run)(void *arg, bool late);
    void *arg;
    int64_t posted_ms;
};

struct caller {
    struct caller *next;
    struct callers *callers;
    pthread_t thread;
};

/* The keeper is one more thread, which does what nobody else has time for: it makes callers, tells
 * those who waited too long, and joins callers that have ended. */
struct callers {
    int64_t most, wait_ms, idle_ms;
    pthread_mutex_t lock;
    pthread_cond_t for_callers, for_keeper;
    pthread_t keeper;

    struct work *first, **last; /* waiting, oldest first */
    int64_t waiting;
    struct work *spare;

    int64_t alive, idle; /* idle: free to take work, those just made included */
    struct caller *ended;
    int64_t refused_ms; /* when the machine last refused a thread; 0: never */
    bool closing;
};

static struct timespec monotonic(int64_t ms)
{
    return (struct timespec) { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
}

static struct work *take(struct callers *cs)
{
    struct work *w = cs->first;
    cs->first = w->next;
    if (cs->first == NULL)
        cs->last = &cs->first;
    cs->waiting--;
    return w;
}

static void run_first(struct callers *cs, bool late)
{
    struct work *w = take(cs);
    struct work todo = *w;
    w->next = cs->spare;
    cs->spare = w;
    pthread_mutex_unlock(&cs->lock);
    todo.run(todo.arg, late);
    pthread_mutex_lock(&cs->lock);
}

/* Until there is work, or the time to end has come. */
static bool wait_for_work(struct callers *cs)
{
    struct timespec until = monotonic(clock_mono_ms() + cs->idle_ms);
    int e = 0;
    while (cs->first == NULL && !cs->closing && e == 0)
        e = pthread_cond_timedwait(&cs->for_callers, &cs->lock, &until);
    return cs->first != NULL && !cs->closing;
}

static void *caller_main(void *arg)
{
    struct caller *self = arg;
    struct callers *cs = self->callers;
    pthread_setname_np(pthread_self(), "caller");
    pthread_mutex_lock(&cs->lock);
    while (wait_for_work(cs)) {
        cs->idle--;
        run_first(cs, false);
        cs->idle++;
    }
    cs->idle--;
    cs->alive--;
    self->next = cs->ended;
    cs->ended = self;
    pthread_cond_signal(&cs->for_keeper);
    pthread_mutex_unlock(&cs->lock);
    return NULL;
}

/* A small stack, and all signals left to the threads that want them. */
static bool start_thread(pthread_t *ret, void *(*main)(void *), void *arg)
{
    pthread_attr_t attr;
    must(pthread_attr_init(&attr) == 0);
    must(pthread_attr_setstacksize(&attr, STACK_BYTES) == 0);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int e = pthread_create(ret, &attr, main, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return e == 0;
}

/* Counted before it exists, so that nobody makes another for the same work. */
static void make_caller(struct callers *cs)
{
    cs->alive++;
    cs->idle++;
    pthread_mutex_unlock(&cs->lock);
    struct caller *caller = calloc(1, sizeof *caller);
    must(caller != NULL);
    caller->callers = cs;
    bool ok = start_thread(&caller->thread, caller_main, caller);
    if (!ok)
        free(caller);
    pthread_mutex_lock(&cs->lock);
    cs->refused_ms = ok ? 0 : clock_mono_ms();
    if (!ok) {
        cs->alive--;
        cs->idle--;
    }
}

static void join_ended(struct callers *cs)
{
    struct caller *list = cs->ended;
    cs->ended = NULL;
    pthread_mutex_unlock(&cs->lock);
    while (list != NULL) {
        struct caller *next = list->next;
        pthread_join(list->thread, NULL);
        free(list);
        list = next;
    }
    pthread_mutex_lock(&cs->lock);
}

/* Nothing can be done before then: the oldest is late, or a thread may be asked for again. */
static void keeper_wait(struct callers *cs)
{
    if (cs->first == NULL) {
        pthread_cond_wait(&cs->for_keeper, &cs->lock);
        return;
    }
    int64_t until = cs->first->posted_ms + cs->wait_ms;
    if (cs->refused_ms != 0 && cs->refused_ms + AGAIN_MS < until)
        until = cs->refused_ms + AGAIN_MS;
    struct timespec at = monotonic(until);
    pthread_cond_timedwait(&cs->for_keeper, &cs->lock, &at);
}

static void *keeper_main(void *arg)
{
    struct callers *cs = arg;
    pthread_mutex_lock(&cs->lock);
    while (!cs->closing || cs->alive > 0 || cs->first != NULL || cs->ended != NULL) {
        int64_t now = clock_mono_ms();
        bool may_make = !cs->closing && cs->waiting > cs->idle && cs->alive < cs->most &&
            (cs->refused_ms == 0 || now >= cs->refused_ms + AGAIN_MS);
        if (cs->ended != NULL)
            join_ended(cs);
        else if (may_make)
            make_caller(cs);
        else if (cs->first != NULL && (cs->closing || now >= cs->first->posted_ms + cs->wait_ms))
            run_first(cs, true);
        else
            keeper_wait(cs);
    }
    pthread_mutex_unlock(&cs->lock);
    return NULL;
}

struct callers *callers_open(const struct callers_options *options)
{
    struct callers *cs = calloc(1, sizeof *cs);
    must(cs != NULL && options->most > 0);
    cs->most = options->most;
    cs->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
    cs->idle_ms = options->idle_ms > 0 ? options->idle_ms : IDLE_MS;
    cs->last = &cs->first;
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_mutex_init(&cs->lock, NULL) == 0);
    must(pthread_cond_init(&cs->for_callers, &attr) == 0);
    must(pthread_cond_init(&cs->for_keeper, &attr) == 0);
    pthread_condattr_destroy(&attr);
    must(start_thread(&cs->keeper, keeper_main, cs));
    return cs;
}

bool callers_post(struct callers *cs, void (*run)(void *arg, bool late), void *arg)
{
    pthread_mutex_lock(&cs->lock);
    if (cs->closing) {
        pthread_mutex_unlock(&cs->lock);
        return false;
    }
    struct work *w = cs->spare;
    if (w != NULL)
        cs->spare = w->next;
    else
        w = malloc(sizeof *w);
    must(w != NULL);
    *w = (struct work) { .run = run, .arg = arg, .posted_ms = clock_mono_ms() };
    *cs->last = w;
    cs->last = &w->next;
    cs->waiting++;
    pthread_cond_signal(cs->idle >= cs->waiting ? &cs->for_callers : &cs->for_keeper);
    pthread_mutex_unlock(&cs->lock);
    return true;
}

int64_t callers_alive(struct callers *cs)
{
    pthread_mutex_lock(&cs->lock);
    int64_t n = cs->alive;
    pthread_mutex_unlock(&cs->lock);
    return n;
}

void callers_close(struct callers *cs)
{
    pthread_mutex_lock(&cs->lock);
    cs->closing = true;
    pthread_cond_broadcast(&cs->for_callers);
    pthread_cond_signal(&cs->for_keeper);
    pthread_mutex_unlock(&cs->lock);
    pthread_join(cs->keeper, NULL);
    while (cs->spare != NULL) {
        struct work *next = cs->spare->next;
        free(cs->spare);
        cs->spare = next;
    }
    pthread_cond_destroy(&cs->for_keeper);
    pthread_cond_destroy(&cs->for_callers);
    pthread_mutex_destroy(&cs->lock);
    free(cs);
}
