#include "web/loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/metric.h"

enum {
    BUCKETS = 8192,
    WAIT_MAX_MS = 30000,
    RECHECK_MS = 1000,
};

/* One place in one topic's list. */
struct place {
    struct place *next, **at;
    struct conn *conn;
};

/* All that is kept of a request that waits: what it takes to run it again from the top. */
struct parked {
    struct req_wait wait;
    int64_t last_event;
    uint64_t caller;
    bool listed, stream;
    struct place place[REQ_TOPICS];
    size_t n;
    char bytes[];
};

struct park {
    /* Topics by hash; two in one bucket only wake each other for nothing. */
    pthread_mutex_t lock;
    int64_t last[BUCKETS];  /* the highest commit that touched it */
    int waiting[BUCKETS];   /* how many are listed there */
    bool is_woken[BUCKETS]; /* in woken[] */
    uint16_t woken[BUCKETS];
    size_t woken_count;

    /* The loop's own. */
    struct place *bucket[BUCKETS];
    int count, most, most_caller;
    int64_t bytes;
    struct tally *callers;
};

static size_t bucket_of(uint64_t topic)
{
    return (size_t)(topic ^ (topic >> 32)) % BUCKETS;
}

struct park *park_new(struct ctx *c, const struct server_limits *limits)
{
    struct park *p = calloc(1, sizeof *p);
    must(p != NULL);
    pthread_mutex_init(&p->lock, NULL);
    p->most = limits->parked;
    p->most_caller = limits->parked_caller;
    p->callers = tally_new((size_t)limits->parked, random_u64(c));
    return p;
}

void park_free(struct park *p)
{
    pthread_mutex_destroy(&p->lock);
    tally_free(p->callers);
    free(p);
}

/* ---- commits */

bool park_committed(struct park *p, int64_t commit_no, const uint64_t *topics, size_t n)
{
    bool anybody = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < n; i++) {
        size_t b = bucket_of(topics[i]);
        if (p->last[b] < commit_no)
            p->last[b] = commit_no;
        if (p->waiting[b] == 0 || p->is_woken[b])
            continue;
        p->is_woken[b] = true;
        p->woken[p->woken_count++] = (uint16_t)b;
        anybody = true;
    }
    pthread_mutex_unlock(&p->lock);
    return anybody;
}

/* Lists the request, unless a commit that it did not see has touched one of its topics: between
 * its snapshot and this moment there is no gap. */
static bool list(struct park *p, struct parked *w, struct conn *k)
{
    bool news = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < w->wait.topic_count; i++)
        news = news || p->last[bucket_of(w->wait.topics[i])] > w->wait.commit_no;
    for (size_t i = 0; i < w->wait.topic_count && !news; i++)
        p->waiting[bucket_of(w->wait.topics[i])]++;
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < w->wait.topic_count && !news; i++) {
        struct place *place = &w->place[i];
        *place = (struct place) { .next = p->bucket[bucket_of(w->wait.topics[i])], .conn = k };
        place->at = &p->bucket[bucket_of(w->wait.topics[i])];
        if (place->next != NULL)
            place->next->at = &place->next;
        *place->at = place;
    }
    w->listed = !news;
    return !news;
}

static void unlist(struct park *p, struct parked *w)
{
    if (!w->listed)
        return;
    w->listed = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < w->wait.topic_count; i++)
        p->waiting[bucket_of(w->wait.topics[i])]--;
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < w->wait.topic_count; i++) {
        *w->place[i].at = w->place[i].next;
        if (w->place[i].next != NULL)
            w->place[i].next->at = w->place[i].at;
    }
}

/* ---- into the table and out of it */

static void forget(struct server *s, struct conn *k)
{
    struct park *p = s->park;
    struct parked *w = k->parked;
    unlist(p, w);
    tally_drop(p->callers, w->caller);
    p->count--;
    p->bytes -= (int64_t)w->n;
    metrics_set(s->base.metrics, METRIC_requests_parked, p->count);
    free(w);
    k->parked = NULL;
}

static struct parked *keep(struct conn *k)
{
    struct server *s = k->server;
    struct park *p = s->park;
    struct serving *v = k->serving;
    struct req *r = &v->req;
    must(v->next_at == v->head.n);
    struct parked *w = malloc(sizeof *w + v->in_n);
    must(w != NULL);
    *w = (struct parked) {
        .wait = r->wait,
        .last_event = r->last_event_,
        .caller = str_hash(r->caller.n > 0 ? r->caller : r->peer),
        .stream = k->streaming,
        .n = v->in_n,
    };
    memcpy(w->bytes, v->in, v->in_n);
    p->count++;
    p->bytes += (int64_t)w->n;
    bool many = tally_add(p->callers, w->caller) > p->most_caller || p->count > p->most ||
        p->bytes > (int64_t)p->most * PARKED_BYTES;
    /* What may not wait is asked for its present state. */
    w->wait.last = many || s->stop_begun;
    metrics_set(s->base.metrics, METRIC_requests_parked, p->count);
    return w;
}

static int64_t runs_again_in(const struct server *s, const struct parked *w, int64_t now)
{
    int64_t in = w->stream ? s->limits.comment_ms : w->wait.until_mono_ms - now;
    if (s->o.others_write && in > RECHECK_MS)
        in = RECHECK_MS;
    return in > 0 ? in : 1;
}

void park_conn(struct conn *k)
{
    struct server *s = k->server;
    struct serving *v = k->serving;
    int64_t now = loop_now_ms(s);
    bool more = v->req.wait.more && k->streaming;
    struct parked *w = keep(k);
    k->parked = w;
    serving_give(v);
    k->serving = NULL;
    if (w->wait.until_mono_ms <= 0 || w->wait.until_mono_ms > now + WAIT_MAX_MS)
        w->wait.until_mono_ms = now + WAIT_MAX_MS;
    k->state = CONN_PARKED;
    conn_poll(k, UV_READABLE);
    if (w->wait.last || more || !list(s->park, w, k))
        park_rerun(k, w->wait.last);
    else
        conn_deadline(k, runs_again_in(s, w, now));
}

void park_rerun(struct conn *k, bool last)
{
    struct server *s = k->server;
    struct parked *w = k->parked;
    unlist(s->park, w);
    if (!w->stream && loop_now_ms(s) >= w->wait.until_mono_ms)
        last = true;
    w->wait.last = w->wait.last || last;
    k->state = CONN_WOKEN;
    conn_deadline(k, 0);
    k->woken_next = NULL;
    k->woken_at = s->woken_last;
    *s->woken_last = k;
    s->woken_last = &k->woken_next;
}

static void woken_leave(struct server *s, struct conn *k)
{
    *k->woken_at = k->woken_next;
    if (k->woken_next != NULL)
        k->woken_next->woken_at = k->woken_at;
    else
        s->woken_last = k->woken_at;
}

void park_drop(struct conn *k, enum conn_state was)
{
    if (was == CONN_WOKEN)
        woken_leave(k->server, k);
    if (k->parked != NULL)
        forget(k->server, k);
}

void park_wake(struct server *s)
{
    struct park *p = s->park;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        bool any = p->woken_count > 0;
        size_t b = any ? p->woken[--p->woken_count] : 0;
        if (any)
            p->is_woken[b] = false;
        pthread_mutex_unlock(&p->lock);
        if (!any)
            return;
        while (p->bucket[b] != NULL)
            park_rerun(p->bucket[b]->conn, false);
    }
}

void park_pump(struct server *s)
{
    if (s->woken_first == NULL)
        return;
    size_t most = (size_t)s->limits.queue / 2 + 1, waiting = readers_waiting(s->readers);
    for (; s->woken_first != NULL && waiting < most; waiting++) {
        struct conn *k = s->woken_first;
        struct parked *w = k->parked;
        must(w != NULL);
        woken_leave(s, k);
        take_again(k, (struct str) { w->bytes, w->n }, &w->wait, w->last_event);
        forget(s, k);
    }
}
