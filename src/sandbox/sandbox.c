#include "sandbox/simulator.h"

#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "web/asset.h"

/* Opening, closing, and the thread that looks after what is due. */

struct str sandbox_state(struct arena *a, struct str database_url)
{
    if (str_eq(database_url, S("sqlite::memory:")))
        return database_url;
    if (str_starts(database_url, S("sqlite:")))
        return str_fmt(a, "%.*s-sandbox", SARG(database_url));
    return S("sqlite:purser-sandbox.db");
}

struct ctx sandbox_ctx(struct sandbox *sb, struct arena *arena)
{
    struct ctx c = ctx_sibling(&sb->c, arena);
    clock_read(&c, sb->options.clock);
    return c;
}

enum err sandbox_tx(
    struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct sandbox *sb = c->sandbox;
    must(sb != NULL && c->store == sb->store);
    pthread_mutex_lock(&sb->model);
    enum err e = db_tx(c, name, body, arg);
    pthread_mutex_unlock(&sb->model);
    return e;
}

/* ---- waiting */

void sandbox_wake(struct sandbox *sb)
{
    pthread_mutex_lock(&sb->lock);
    sb->woken = true;
    pthread_cond_broadcast(&sb->news);
    pthread_mutex_unlock(&sb->lock);
}

/* With the lock held. */
static void wait_until(struct sandbox *sb, int64_t mono_ms)
{
    struct timespec at = { .tv_sec = mono_ms / 1000, .tv_nsec = mono_ms % 1000 * 1000000 };
    pthread_cond_timedwait(&sb->news, &sb->lock, &at);
}

void sandbox_pause(struct sandbox *sb, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;
    pthread_mutex_lock(&sb->lock);
    while (!sb->stopping && clock_mono_ms() < until)
        wait_until(sb, until);
    pthread_mutex_unlock(&sb->lock);
}

/* ---- the keeper */

static enum err next_due(struct ctx *c, void *arg)
{
    return simulators_next_due(c, arg);
}

static enum err turn(struct ctx *c, void *arg)
{
    return simulators_turn(c, arg);
}

/* Sessions, then webhooks; *ret_wait_ms is how long nothing else is due. */
static enum err keep(struct ctx *c, int64_t *ret_wait_ms)
{
    int64_t turned = 0, sent = 0, due = INT64_MAX;
    TRY(sandbox_tx(c, "sandbox.turn", turn, &turned));
    TRY(hooks_run(c, false, &sent));
    TRY(sandbox_tx(c, "sandbox.next", next_due, &due));
    int64_t wait = due == INT64_MAX ? 1000 : due - c->now_ms;
    *ret_wait_ms = wait < 0 ? 0 : wait > 1000 ? 1000 : wait;
    return E_OK;
}

static void *keeper(void *arg)
{
    enum {
        SENDING_MAX = 64 /* and a batch more: less than there are callers */
    };
    struct sandbox *sb = arg;
    struct arena arena = { 0 };
    pthread_mutex_lock(&sb->lock);
    while (!sb->stopping) {
        int64_t wait_ms = 1000;
        sb->woken = false;
        if (!sb->moving && sb->sending < SENDING_MAX) {
            sb->sending++; /* what it is about to take is on its way already */
            pthread_mutex_unlock(&sb->lock);
            struct ctx c = sandbox_ctx(sb, &arena);
            if (keep(&c, &wait_ms) != E_OK)
                log_failure(&c, "sandbox.failed");
            arena_reset(&arena);
            pthread_mutex_lock(&sb->lock);
            if (--sb->sending == 0)
                pthread_cond_broadcast(&sb->news);
        }
        int64_t until = clock_mono_ms() + wait_ms;
        while (!sb->stopping && !sb->woken && clock_mono_ms() < until)
            wait_until(sb, until);
    }
    pthread_mutex_unlock(&sb->lock);
    arena_free(&arena);
    return NULL;
}

/* ---- opening */

struct opening {
    int64_t offset_ms;
};

static enum err read_state(struct ctx *c, void *arg)
{
    struct opening *o = arg;
    TRY(hook_give_back(c));
    return model_setting_get(c, S("clock_offset_ms"), &o->offset_ms);
}

static enum err open_state(struct ctx *c, struct sandbox *sb)
{
    struct store_options options = {
        .url = sb->options.state,
        .readers = 1,
        .inline_pump = true,
        .quiet_schema = true,
        .schema = "src/sandbox/schema/",
        .unsynced = true,
        .like = sb->options.like != NULL ? sb->options.like->store : NULL,
    };
    TRY(store_open(c, &options, &sb->store));
    c->store = sb->store;
    struct buf said = BUF(c->arena);
    TRY(schema_migrate(c, &said));
    struct opening o = { 0 };
    TRY(sandbox_tx(c, "sandbox.open", read_state, &o));
    if (o.offset_ms > 0)
        sb->options.clock->offset_ms = o.offset_ms;
    return E_OK;
}

enum {
    LISTS_MAX = 16
};

static void open_router(struct sandbox *sb)
{
    const struct routes *lists[LISTS_MAX] = { &control_sandbox_routes, &state_sandbox_routes,
        &asset_routes, &site_routes };
    size_t n = 4;
    for (size_t i = 0; i < simulator_count; i++) {
        lists[n++] = simulators[i]->routes;
        for (size_t k = 0; simulators[i]->pages != NULL && simulators[i]->pages[k] != NULL; k++)
            lists[n++] = simulators[i]->pages[k];
    }
    if (sb->options.more != NULL)
        lists[n++] = sb->options.more;
    must(n <= LISTS_MAX);
    sb->router = router_new(lists, n);
}

static enum err open_server(struct ctx *c, struct sandbox *sb)
{
    struct server_listen listen = { sb->options.host, sb->options.port };
    struct server_options options = {
        .listen = &listen,
        .listen_count = 1,
        .router = sb->router,
        .clock = sb->options.clock,
        .request = sandbox_request,
        .self = sb,
    };
    return server_open(c, &options, &sb->server);
}

static enum err start(struct ctx *c, struct sandbox *sb)
{
    enum {
        CALLS = 256 /* requests that hang, and webhooks on their way */
    };
    TRY(open_state(c, sb));
    open_router(sb);
    if (sb->options.net == NULL) {
        sb->own_net = net_open(&(struct net_options) { .calls = CALLS });
        sb->options.net = sb->own_net;
    }
    c->net = sb->options.net;
    sb->c = *c;
    sb->c.arena = &sb->arena;
    if (!sb->options.serves)
        return E_OK;
    sb->callers = callers_open(&(struct callers_options) { .most = CALLS });
    TRY(open_server(c, sb));
    if (pthread_create(&sb->keeper, NULL, keeper, sb) != 0)
        return fail(c, INTERNAL, "the machine has no thread left for the sandbox");
    sb->keeps = true;
    return E_OK;
}

static enum err call(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret);

/* One grey for all that is simulated: their pages share the addresses of style and logo. */
static const struct site simulated = {
    .name = S_INIT("Simulated gateways"),
    .color = S_INIT(SIMULATED_COLOR),
    .sandbox = true,
};

enum err sandbox_open(struct ctx *c, const struct sandbox_options *options, struct sandbox **ret)
{
    struct sandbox *sb = calloc(1, sizeof *sb);
    must(sb != NULL && options->clock != NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    must(pthread_mutex_init(&sb->model, NULL) == 0 && pthread_mutex_init(&sb->lock, NULL) == 0);
    must(pthread_cond_init(&sb->news, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    sb->options = *options;
    sb->options.state = str_copy(&sb->arena, options->state);
    sb->options.webhooks = str_copy(&sb->arena, options->webhooks);
    sb->host_store = c->store;
    sb->as_net = (struct net) { .call = call };
    struct ctx inside = ctx_sibling(c, &sb->arena);
    inside.faults = NULL; /* purser's, not ours */
    inside.metrics = NULL;
    inside.sandbox = sb;
    inside.site = &simulated;
    enum err e = start(&inside, sb);
    if (e != E_OK) {
        ctx_keep_error(c, &inside);
        sandbox_close(sb);
        return e;
    }
    *ret = sb;
    return E_OK;
}

void sandbox_close(struct sandbox *sb)
{
    pthread_mutex_lock(&sb->lock);
    sb->stopping = true;
    pthread_cond_broadcast(&sb->news);
    pthread_mutex_unlock(&sb->lock);
    if (sb->server != NULL)
        server_stop(sb->server);
    if (sb->keeps)
        pthread_join(sb->keeper, NULL);
    if (sb->server != NULL)
        server_join(sb->server);
    if (sb->own_net != NULL)
        net_end_by(sb->own_net, clock_mono_ms());
    if (sb->callers != NULL)
        callers_close(sb->callers);
    if (sb->server != NULL)
        server_close(sb->server);
    if (sb->own_net != NULL)
        net_close(sb->own_net);
    if (sb->router != NULL)
        router_free(sb->router);
    if (sb->store != NULL)
        store_close(sb->store);
    pthread_cond_destroy(&sb->news);
    pthread_mutex_destroy(&sb->lock);
    pthread_mutex_destroy(&sb->model);
    arena_free(&sb->arena);
    free(sb);
}

int sandbox_port(const struct sandbox *sb)
{
    return server_port(sb->server, 0);
}

/* ---- driven from outside */

static struct ctx enter(struct ctx *c, struct sandbox *sb)
{
    struct ctx inside = sandbox_ctx(sb, c->arena);
    inside.request_id = c->request_id;
    return inside;
}

enum err sandbox_run_due(struct ctx *c, struct sandbox *sb, int64_t *ret_ran)
{
    struct ctx inside = enter(c, sb);
    int64_t turned = 0, sent = 0;
    enum err e = sandbox_tx(&inside, "sandbox.turn", turn, &turned);
    if (e == E_OK)
        e = hooks_run(&inside, true, &sent);
    if (e != E_OK) {
        ctx_keep_error(c, &inside);
        return e;
    }
    *ret_ran = turned + sent;
    return E_OK;
}

enum err sandbox_next_due(struct ctx *c, struct sandbox *sb, int64_t *ret_ms)
{
    struct ctx inside = enter(c, sb);
    int64_t due = INT64_MAX;
    enum err e = sandbox_tx(&inside, "sandbox.next", next_due, &due);
    if (e != E_OK) {
        ctx_keep_error(c, &inside);
        return e;
    }
    *ret_ms = due;
    return E_OK;
}

/* ---- the net without a wire */

struct net *sandbox_net(struct sandbox *sb)
{
    return &sb->as_net;
}

static struct str bytes_of(struct ctx *c, const struct net_request *in)
{
    struct str scheme, rest, host, path;
    struct buf b = BUF(c->arena);
    str_cut(in->url, ':', &scheme, &rest);
    rest = str_from(rest, 2);
    bool has_path = str_cut(rest, '/', &host, &path);
    buf_fmt(&b, "%.*s /%.*s HTTP/1.1\r\nHost: %.*s\r\n", SARG(in->method),
        SARG(has_path ? path : S("")), SARG(host));
    for (size_t i = 0; i < in->header_count; i++)
        buf_fmt(&b, "%.*s: %.*s\r\n", SARG(in->headers[i].name), SARG(in->headers[i].value));
    if (in->body.n > 0 || !str_eq(in->method, S("GET")))
        buf_fmt(&b, "Content-Length: %zu\r\n", in->body.n);
    buf_add(&b, S("\r\n"));
    buf_add(&b, in->body);
    return buf_str(&b);
}

static struct sandbox *sandbox_of_net(struct net *net)
{
    return (struct sandbox *)(void *)((char *)net - offsetof(struct sandbox, as_net));
}

static enum err call(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct sandbox *sb = sandbox_of_net(net);
    struct ctx inside = enter(c, sb);
    struct req *r = arena_new(c->arena, struct req);
    bool silent = false;
    enum err e = req_from_bytes(&inside, bytes_of(&inside, in), sb->router, r);
    if (e == E_OK)
        sandbox_answer(&inside, r, &silent);
    else
        answer_error(r, e);
    *ret = (struct net_reply) {
        .outcome = silent ? OUTCOME_UNKNOWN : OUTCOME_DONE,
        .status = silent ? 0 : r->out.status,
        .body = silent ? S("") : answer_body(r),
        .content_type = r->out.content_type,
        .why = silent ? S("the simulated connection broke") : S(""),
    };
    return E_OK;
}
