#include "web/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "web/loop.h"

enum {
    READERS_MAX = 16
};

struct queue {
    struct serving *first, **last;
    size_t n;
};

struct readers {
    struct readers_options o;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct queue queue[LANE_COUNT];
    int idle, on_reports;
    bool turn; /* between ordinary requests and reports */
    bool closing;
    int count;
    pthread_t thread[READERS_MAX];
};

static struct serving *pop(struct queue *q)
{
    struct serving *v = q->first;
    q->first = v->next;
    if (q->first == NULL)
        q->last = &q->first;
    q->n--;
    v->next = NULL;
    return v;
}

/* Gateways first.  One reader is never lent to reports; beyond that they take turns with the
 * rest, so that neither starves. */
static struct serving *pick(struct readers *rs)
{
    struct queue *ordinary = &rs->queue[LANE_ORDINARY], *reports = &rs->queue[LANE_LONG];
    if (rs->queue[LANE_WEBHOOK].n > 0)
        return pop(&rs->queue[LANE_WEBHOOK]);
    bool may_report = reports->n > 0 && (rs->on_reports + 1 < rs->count || rs->count == 1);
    if (ordinary->n > 0 && !(may_report && rs->turn)) {
        rs->turn = true;
        return pop(ordinary);
    }
    if (!may_report)
        return NULL;
    rs->turn = false;
    return pop(reports);
}

static void *reader_main(void *arg)
{
    struct readers *rs = arg;
    pthread_setname_np(pthread_self(), "reader");
    pthread_mutex_lock(&rs->lock);
    for (;;) {
        struct serving *v = rs->closing ? NULL : pick(rs);
        if (v == NULL && rs->closing)
            break;
        if (v == NULL) {
            rs->idle++;
            pthread_cond_wait(&rs->more, &rs->lock);
            rs->idle--;
            continue;
        }
        bool report = v->lane == LANE_LONG;
        rs->on_reports += report ? 1 : 0;
        pthread_mutex_unlock(&rs->lock);
        rs->o.run(v, clock_mono_ms() - v->queued_ms > rs->o.wait_ms);
        pthread_mutex_lock(&rs->lock);
        rs->on_reports -= report ? 1 : 0;
    }
    pthread_mutex_unlock(&rs->lock);
    return NULL;
}

struct readers *readers_open(const struct readers_options *options)
{
    must(options->readers > 0 && options->readers <= READERS_MAX);
    struct readers *rs = calloc(1, sizeof *rs);
    must(rs != NULL);
    rs->o = *options;
    rs->count = options->readers;
    for (size_t i = 0; i < LANE_COUNT; i++)
        rs->queue[i].last = &rs->queue[i].first;
    pthread_mutex_init(&rs->lock, NULL);
    pthread_cond_init(&rs->more, NULL);
    for (int i = 0; i < options->readers; i++) {
        if (pthread_create(&rs->thread[i], NULL, reader_main, rs) == 0)
            continue;
        rs->count = i;
        readers_close(rs);
        return NULL;
    }
    return rs;
}

void readers_push(struct readers *rs, struct serving *list, struct serving **ret_refused)
{
    int pushed = 0;
    *ret_refused = NULL;
    pthread_mutex_lock(&rs->lock);
    for (struct serving *v = list, *next; v != NULL; v = next) {
        next = v->next;
        struct queue *q = &rs->queue[v->lane];
        if (q->n >= (size_t)rs->o.most[v->lane] && !v->again) {
            v->next = *ret_refused;
            *ret_refused = v;
            continue;
        }
        v->next = NULL;
        *q->last = v;
        q->last = &v->next;
        q->n++;
        pushed++;
    }
    int wake = pushed < rs->idle ? pushed : rs->idle;
    pthread_mutex_unlock(&rs->lock);
    while (wake-- > 0)
        pthread_cond_signal(&rs->more);
}

size_t readers_waiting(struct readers *rs)
{
    pthread_mutex_lock(&rs->lock);
    size_t n = 0;
    for (size_t i = 0; i < LANE_COUNT; i++)
        n += rs->queue[i].n;
    pthread_mutex_unlock(&rs->lock);
    return n;
}

void readers_close(struct readers *rs)
{
    pthread_mutex_lock(&rs->lock);
    rs->closing = true;
    pthread_cond_broadcast(&rs->more);
    pthread_mutex_unlock(&rs->lock);
    for (int i = 0; i < rs->count; i++)
        pthread_join(rs->thread[i], NULL);
    pthread_cond_destroy(&rs->more);
    pthread_mutex_destroy(&rs->lock);
    free(rs);
}
