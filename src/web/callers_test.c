#include "base/test.h"
#include "web/callers.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"

/* A gate that holds whoever runs until it is opened, and counts them. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int64_t inside, done, late;
};

static void gate_init(struct gate *g)
{
    *g = (struct gate) { .open = false };
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
}

static void pass(void *arg, bool late)
{
    struct gate *g = arg;
    pthread_mutex_lock(&g->lock);
    g->inside++;
    g->late += late;
    pthread_cond_broadcast(&g->changed);
    while (!g->open && !late)
        pthread_cond_wait(&g->changed, &g->lock);
    g->inside--;
    g->done++;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void wait_until(struct gate *g, int64_t *what, int64_t is)
{
    pthread_mutex_lock(&g->lock);
    while (*what != is)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

TEST("as many calls hang at once as there are callers, and all of them end")
{
    struct gate g;
    gate_init(&g);
    struct callers *cs = callers_open(&(struct callers_options) { .most = 40 });
    EXPECT_I64(callers_alive(cs), 0);
    for (int i = 0; i < 40; i++)
        EXPECT(callers_post(cs, pass, &g));
    wait_until(&g, &g.inside, 40);
    EXPECT_I64(callers_alive(cs), 40);
    gate_open(&g);
    callers_close(cs);
    EXPECT_I64(g.done, 40);
    EXPECT_I64(g.late, 0);
}

TEST("work that finds no caller in time is told so, and what it waited for is not disturbed")
{
    struct gate g, behind;
    gate_init(&g);
    gate_init(&behind);
    gate_open(&behind);
    struct callers *cs = callers_open(&(struct callers_options) { .most = 2, .wait_ms = 400 });
    EXPECT(callers_post(cs, pass, &g));
    EXPECT(callers_post(cs, pass, &g));
    wait_until(&g, &g.inside, 2);
    int64_t from = clock_mono_ms();
    for (int i = 0; i < 3; i++)
        EXPECT(callers_post(cs, pass, &behind));
    wait_until(&behind, &behind.late, 3);
    int64_t took = clock_mono_ms() - from;
    EXPECT(took >= 400 && took < 8000);
    EXPECT_I64(callers_alive(cs), 2);
    gate_open(&g);
    wait_until(&g, &g.done, 2);
    EXPECT(callers_post(cs, pass, &behind));
    wait_until(&behind, &behind.done, 4);
    EXPECT_I64(behind.late, 3);
    callers_close(cs);
}

TEST("a caller without work ends, and another is made when there is work again")
{
    struct gate g;
    gate_init(&g);
    gate_open(&g);
    struct callers *cs = callers_open(&(struct callers_options) { .most = 8, .idle_ms = 20 });
    for (int round = 1; round <= 2; round++) {
        EXPECT(callers_post(cs, pass, &g));
        wait_until(&g, &g.done, round);
        int64_t until = clock_mono_ms() + 5000;
        while (callers_alive(cs) > 0 && clock_mono_ms() < until)
            usleep(1000);
        EXPECT_I64(callers_alive(cs), 0);
    }
    callers_close(cs);
}

static void *post_many(void *arg)
{
    void **pair = arg;
    for (int i = 0; i < 500; i++)
        must(callers_post(pair[0], pass, pair[1]));
    return NULL;
}

TEST("nothing posted from several threads at once is lost")
{
    struct gate g;
    gate_init(&g);
    gate_open(&g);
    struct callers *cs =
        callers_open(&(struct callers_options) { .most = 16, .wait_ms = 60000, .idle_ms = 1 });
    pthread_t poster[4];
    void *pair[2] = { cs, &g };
    for (int i = 0; i < 4; i++)
        must(pthread_create(&poster[i], NULL, post_many, pair) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(poster[i], NULL);
    wait_until(&g, &g.done, 2000);
    EXPECT_I64(g.late, 0);
    EXPECT(callers_alive(cs) <= 16);
    callers_close(cs);
}
