#include "web/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- limits */

static void fill(int *limit, int usual)
{
    if (*limit == 0)
        *limit = usual;
}

static void fill_ms(int64_t *limit, int64_t usual)
{
    if (*limit == 0)
        *limit = usual;
}

/* As many descriptors as the machine gives; a quarter of them stays for everything else. */
static int descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1 << 20)
        return 1 << 20;
    return (int)limit.rlim_cur;
}

static void set_limits(struct server_limits *l)
{
    fill(&l->connections, 16384);
    int most = descriptors() / 4 * 3;
    if (l->connections > most)
        l->connections = most;
    fill(&l->connections_address, 1024);
    fill(&l->queue, 1024);
    fill(&l->queue_webhook, 512);
    fill(&l->queue_long, 64);
    fill_ms(&l->queue_ms, 2000);
    fill(&l->parked, 10000);
    fill(&l->parked_caller, 20);
    fill_ms(&l->head_ms, 10000);
    fill_ms(&l->body_ms, 30000);
    fill_ms(&l->answer_ms, 30000);
    fill_ms(&l->idle_ms, 75000);
    fill_ms(&l->upload_ms, 3600000);
    fill_ms(&l->stop_ms, 25000);
    fill_ms(&l->comment_ms, 15000);
}

/* ---- the loop */

int64_t loop_now_ms(const struct server *s)
{
    return (int64_t)uv_now(&s->loop);
}

static void on_tick(uv_timer_t *timer);

void loop_tick(struct server *s)
{
    if (uv_is_active((uv_handle_t *)&s->tick))
        return;
    /* The time may have stood still while the loop slept. */
    uv_update_time(&s->loop);
    uv_timer_start(&s->tick, on_tick, WHEEL_TICK_MS, WHEEL_TICK_MS);
}

static void stop_begin(struct server *s)
{
    s->stop_begun = true;
    loop_tick(s);
    s->stop_by_ms = loop_now_ms(s) + s->limits.stop_ms;
    listen_stop(s);
    for (struct conn *k = s->conns, *next; k != NULL; k = next) {
        next = k->next;
        conn_stop(k);
    }
}

static void take_tls(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    struct tls *fresh = s->new_tls;
    s->new_tls = NULL;
    pthread_mutex_unlock(&s->lock);
    if (fresh == NULL)
        return;
    tls_free(s->tls);
    s->tls = fresh;
}

static void on_wake(uv_async_t *wake)
{
    struct server *s = wake->data;
    pthread_mutex_lock(&s->lock);
    struct serving *list = s->answered;
    s->answered = NULL;
    s->answered_last = &s->answered;
    pthread_mutex_unlock(&s->lock);
    for (struct serving *v = list, *next; v != NULL; v = next) {
        next = v->next;
        v->next = NULL;
        give_back(v);
    }
    take_tls(s);
    park_wake(s);
    if (atomic_load(&s->stopping) && !s->stop_begun)
        stop_begin(s);
}

/* What has to happen once a turn, however much happened in it. */
static void end_of_turn(struct server *s)
{
    s->handshakes = 0;
    take_flush(s);
    park_pump(s);
    take_flush(s);
    if (s->stop_begun && s->conns == NULL)
        uv_stop(&s->loop);
}

static void after_poll(uv_check_t *check)
{
    end_of_turn(check->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct server *s = timer->data;
    int64_t now = loop_now_ms(s);
    for (struct wheel_item *i = wheel_due(&s->wheel, now); i != NULL;
         i = wheel_due(&s->wheel, now)) {
        struct conn *k = (struct conn *)(void *)((char *)i - offsetof(struct conn, deadline));
        conn_late(k);
        conn_work(k);
    }
    listen_resume(s);
    /* Nobody is there, so nothing can be late. */
    if (s->conns == NULL && !s->stop_begun)
        uv_timer_stop(&s->tick);
    if (s->stop_begun && now >= s->stop_by_ms)
        for (struct conn *k = s->conns, *next; k != NULL; k = next) {
            next = k->next;
            conn_close(k);
        }
    end_of_turn(s);
}

static void close_rest(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void end_loop(struct server *s)
{
    uv_walk(&s->loop, close_rest, NULL);
    must(uv_run(&s->loop, UV_RUN_DEFAULT) == 0);
    must(uv_loop_close(&s->loop) == 0);
}

static void *loop_main(void *arg)
{
    struct server *s = arg;
    pthread_setname_np(pthread_self(), "loop");
    must(uv_run(&s->loop, UV_RUN_DEFAULT) >= 0);
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    pthread_mutex_unlock(&s->lock);
    end_loop(s);
    return NULL;
}

static bool init_loop(struct server *s)
{
    if (uv_loop_init(&s->loop) != 0)
        return false;
    if (uv_async_init(&s->loop, &s->wake, on_wake) != 0) {
        must(uv_loop_close(&s->loop) == 0);
        return false;
    }
    s->wake.data = s->tick.data = s->after_poll.data = s;
    uv_timer_init(&s->loop, &s->tick);
    uv_check_init(&s->loop, &s->after_poll);
    uv_check_start(&s->after_poll, after_poll);
    listen_start(s);
    return true;
}

static enum err start(struct ctx *c, struct server *s)
{
    s->readers = readers_open(&(struct readers_options) {
        .readers = s->o.readers > 0 ? s->o.readers : 2,
        .most = { s->limits.queue_webhook, s->limits.queue, s->limits.queue_long },
        .wait_ms = s->limits.queue_ms,
        .run = take_run,
    });
    if (s->readers == NULL)
        return fail(c, INTERNAL, "the machine has no threads left for the readers");
    if (!init_loop(s))
        return fail(c, INTERNAL, "the machine has no descriptors left for the event loop");
    if (pthread_create(&s->thread, NULL, loop_main, s) != 0) {
        end_loop(s);
        return fail(c, INTERNAL, "the machine has no thread left for the event loop");
    }
    s->running = true;
    return E_OK;
}

/* ---- from other threads */

static void wake(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended)
        uv_async_send(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

void web_answer(struct req *r)
{
    struct serving *v = r->server_;
    struct server *s = v->server;
    give_ready(v);
    v->next = NULL;
    pthread_mutex_lock(&s->lock);
    bool first = s->answered == NULL;
    *s->answered_last = v;
    s->answered_last = &v->next;
    /* Those behind the first are found by the same waking. */
    if (first && !s->ended)
        uv_async_send(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

void server_committed(struct server *s, int64_t commit_no, const uint64_t *topics, size_t n)
{
    if (n > 0 && park_committed(s->park, commit_no, topics, n))
        wake(s);
}

enum err server_reload_tls(struct ctx *c, struct server *s)
{
    struct tls *fresh = NULL;
    if (s->o.tls_cert.n == 0)
        return E_OK;
    TRY(tls_load(c, s->o.tls_cert, s->o.tls_key, &fresh));
    pthread_mutex_lock(&s->lock);
    tls_free(s->new_tls);
    s->new_tls = fresh;
    if (!s->ended)
        uv_async_send(&s->wake);
    pthread_mutex_unlock(&s->lock);
    return E_OK;
}

void server_stop(struct server *s)
{
    atomic_store(&s->stopping, true);
    wake(s);
}

bool server_stopping(const struct server *s)
{
    return atomic_load(&s->stopping);
}

int server_port(const struct server *s, size_t i)
{
    must(i < s->listener_count);
    return s->listener[i].port;
}

/* ---- from start to end */

static enum err open_all(struct ctx *c, struct server *s)
{
    if (s->o.tls_cert.n > 0)
        TRY(tls_load(c, s->o.tls_cert, s->o.tls_key, &s->tls));
    TRY(listen_open(c, s));
    return start(c, s);
}

static void keep_options(struct server *s, const struct server_options *options)
{
    struct arena *a = &s->arena;
    s->o = *options;
    s->limits = options->limits;
    set_limits(&s->limits);
    s->o.control = str_copy(a, options->control);
    s->o.tls_cert = str_copy(a, options->tls_cert);
    s->o.tls_key = str_copy(a, options->tls_key);
    s->o.uploads = str_copy(a, options->uploads.n > 0 ? options->uploads : S("/tmp"));
}

enum err server_open(struct ctx *c, const struct server_options *options, struct server **ret)
{
    must(options->router != NULL && options->clock != NULL && options->request != NULL);
    struct server *s = calloc(1, sizeof *s);
    must(s != NULL);
    keep_options(s, options);
    s->base = ctx_sibling(c, &s->arena);
    s->spare_fd = -1;
    s->outbox_last = &s->outbox;
    s->answered_last = &s->answered;
    s->woken_last = &s->woken_first;
    pthread_mutex_init(&s->lock, NULL);
    s->addresses = tally_new((size_t)s->limits.connections + 1, random_u64(c));
    s->park = park_new(c, &s->limits);
    /* A thread inherits what is blocked: signals are the main thread's business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    enum err e = open_all(c, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != E_OK) {
        server_close(s);
        return e;
    }
    *ret = s;
    return E_OK;
}

void server_join(struct server *s)
{
    if (!s->running)
        return;
    pthread_join(s->thread, NULL);
    s->running = false;
    readers_close(s->readers);
    s->readers = NULL;
}

void server_close(struct server *s)
{
    must(!s->running);
    for (struct serving *v = s->all, *next; v != NULL; v = next) {
        next = v->all_next;
        if (v->away)
            conn_release(v->conn);
        serving_clear(v);
        serving_free(v);
    }
    if (s->readers != NULL)
        readers_close(s->readers);
    listen_close(s);
    tls_free(s->tls);
    tls_free(s->new_tls);
    park_free(s->park);
    tally_free(s->addresses);
    pthread_mutex_destroy(&s->lock);
    arena_free(&s->arena);
    free(s);
}
