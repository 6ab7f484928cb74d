#include "db/engine.h"

enum {
    PEOPLE,
    JOBS
};

void queue_init(struct queue *q)
{
    *q = (struct queue) { 0 };
    must(pthread_mutex_init(&q->lock, NULL) == 0);
    must(pthread_cond_init(&q->some, NULL) == 0);
}

void queue_free(struct queue *q)
{
    must(q->lane[PEOPLE].n == 0 && q->lane[JOBS].n == 0);
    pthread_cond_destroy(&q->some);
    pthread_mutex_destroy(&q->lock);
}

void queue_push(struct queue *q, struct tx *tx)
{
    struct lane *lane = &q->lane[tx->job ? JOBS : PEOPLE];
    tx->next_ = NULL;
    pthread_mutex_lock(&q->lock);
    must(!q->closed);
    if (lane->last == NULL)
        lane->first = tx;
    else
        lane->last->next_ = tx;
    lane->last = tx;
    lane->n++;
    pthread_cond_signal(&q->some);
    pthread_mutex_unlock(&q->lock);
}

/* The member behind `before` (NULL: the first) leaves the lane. */
static struct tx *take_behind(struct lane *lane, struct tx *before)
{
    struct tx **at = before == NULL ? &lane->first : &before->next_;
    struct tx *tx = *at;
    *at = tx->next_;
    if (lane->last == tx)
        lane->last = before;
    tx->next_ = NULL;
    lane->n--;
    return tx;
}

static size_t take_mixed(struct queue *q, struct tx **ret, size_t max)
{
    size_t n = 0, jobs = max / 4 > 0 ? max / 4 : 1;
    if (jobs > q->lane[JOBS].n)
        jobs = q->lane[JOBS].n;
    while (n < max - jobs && q->lane[PEOPLE].n > 0)
        ret[n++] = take_behind(&q->lane[PEOPLE], NULL);
    for (; jobs > 0; jobs--)
        ret[n++] = take_behind(&q->lane[JOBS], NULL);
    return n;
}

static struct lane *choose(struct queue *q)
{
    bool jobs_turn = q->turn++ % 4 == 3;
    bool jobs = q->lane[PEOPLE].n == 0 || (jobs_turn && q->lane[JOBS].n > 0);
    return &q->lane[jobs ? JOBS : PEOPLE];
}

static bool root_taken(struct tx *const *taken, size_t n, uint64_t root)
{
    for (size_t i = 0; i < n; i++)
        if (taken[i]->root == root)
            return true;
    return false;
}

/* Members that only look and then act may share a transaction when their roots differ: none waits
 * for a lock of another.  Looking on is bounded, so that a long queue costs no long walk. */
static size_t take_look_act(struct lane *lane, struct tx **ret, size_t max)
{
    ret[0] = take_behind(lane, NULL);
    if (ret[0]->look == NULL)
        return 1;
    size_t n = 1, seen = 0;
    struct tx *before = NULL;
    while (n < max && seen++ < 4 * max) {
        struct tx *tx = before == NULL ? lane->first : before->next_;
        if (tx == NULL)
            break;
        if (tx->look == NULL || root_taken(ret, n, tx->root))
            before = tx;
        else
            ret[n++] = take_behind(lane, before);
    }
    return n;
}

size_t queue_take(struct queue *q, struct tx **ret, size_t max, bool look_act)
{
    must(max > 0);
    pthread_mutex_lock(&q->lock);
    while (q->lane[PEOPLE].n == 0 && q->lane[JOBS].n == 0 && !q->closed)
        pthread_cond_wait(&q->some, &q->lock);
    size_t n = 0;
    if (!look_act)
        n = take_mixed(q, ret, max);
    else if (q->lane[PEOPLE].n > 0 || q->lane[JOBS].n > 0)
        n = take_look_act(choose(q), ret, max);
    pthread_mutex_unlock(&q->lock);
    return n;
}

size_t queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->lane[PEOPLE].n + q->lane[JOBS].n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->some);
    pthread_mutex_unlock(&q->lock);
}
