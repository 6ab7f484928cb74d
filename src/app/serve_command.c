#include "app/app.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alert/alert.h"
#include "base/embed.h"
#include "coupon/coupon.h"
#include "edge/auth.h"
#include "edge/edge.h"
#include "edge/proxy.h"
#include "fact/fact.h"
#include "gateway/gateway.h"
#include "sandbox/sandbox.h"
#include "web/callers.h"
#include "web/page.h"
#include "web/server.h"

/* The server's life: everything is opened in the order in which it is needed, and closed in the
 * other one.  The main thread waits for signals; all work is done by others. */

enum {
    LISTEN_MAX = 8,
    READERS_PG = 4, /* who waits for PostgreSQL takes no processor from the others */
    STOP_CALLS_MS = 24000
};

/* ---- what the store tells, on its own threads */

static void committed(void *self, int64_t commit_no, const uint64_t *topics, size_t n)
{
    struct app *a = self;
    struct server *server = atomic_load(&a->serving);
    if (server == NULL)
        return;
    server_committed(server, commit_no, topics, n);
    uint64_t now = str_hash(JOB_TOPIC), gather = str_hash(JOB_GATHER_TOPIC);
    bool some = false;
    for (size_t i = 0; i < n; i++) {
        if (topics[i] == now) {
            runners_wake(a->runners);
            return;
        }
        some = some || topics[i] == gather;
    }
    if (some)
        runners_gather(a->runners);
}

/* A concern of the store becomes an alert.  The store's own thread cannot wait for a transaction,
 * so one is posted that frees itself. */
struct concern {
    struct arena arena;
    struct ctx c;
    struct tx tx;
    struct str what, about;
};

static enum err raise_concern(struct ctx *c, void *arg)
{
    struct concern *k = arg;
    return alert_raise(c, ALERT_STORE, k->what, k->about);
}

static void concern_done(struct tx *tx)
{
    struct concern *k = tx->owner;
    arena_free(&k->arena);
    free(k);
}

static void concerned(void *self, const char *what, struct str about)
{
    struct app *a = self;
    if (atomic_load(&a->serving) == NULL)
        return;
    struct concern *k = calloc(1, sizeof *k);
    must(k != NULL);
    k->c = app_ctx(a, &k->arena, S("store"));
    k->what = str_copy(&k->arena, str_of_c(what));
    k->about = str_copy(&k->arena, about);
    k->tx = (struct tx) {
        .name = "concern",
        .act = raise_concern,
        .arg = k,
        .c = &k->c,
        .job = true,
        .done = concern_done,
        .owner = k,
    };
    store_post(&k->c, &k->tx);
}

/* ---- opening */

static enum err read_schema(struct ctx *c, struct app *a, struct schema_state *ret)
{
    struct app_store quiet = { .quiet_schema = true };
    TRY(app_open_store(c, a, &quiet));
    c->store = a->store;
    enum err e = schema_read(c, ret);
    /* An empty database is made ready at once; one with data is migrated by its owner, who makes a
     * backup first.  The sandbox has nothing to lose. */
    struct buf said = BUF(c->arena);
    if (e == E_OK && ret->have < ret->want && (ret->have == 0 || a->sandbox))
        e = schema_migrate(c, &said);
    store_close(a->store);
    a->store = c->store = NULL;
    return e;
}

static enum err open_store(struct ctx *c, struct app *a)
{
    struct app_store how = { .threads = true, .committed = committed, .concern = concerned };
    enum err e = app_open_store(c, a, &how);
    if (e == E_INVALID) {
        struct schema_state state;
        struct errinfo first = c->err;
        if (read_schema(c, a, &state) != E_OK) {
            c->err = first;
            return e;
        }
        e = app_open_store(c, a, &how);
    }
    return e;
}

static void handle(void *self, struct req *r)
{
    struct app *a = self;
    dispatch_request(&a->dispatch, r);
}

static bool own_proxy(void *self, struct str peer)
{
    struct app *a = self;
    struct address address;
    return address_parse(peer, &address) && proxies_have(&a->edge->proxies, address);
}

static int inherited_sockets(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t who = 0, n = 0;
    if (pid == NULL || fds == NULL || !str_to_i64(str_of_c(pid), &who) || who != getpid() ||
        !str_to_i64(str_of_c(fds), &n) || n < 0 || n > LISTEN_MAX)
        return 0;
    return (int)n;
}

static enum err read_listen(struct ctx *c, struct app *a, struct server_listen *ret, size_t *ret_n)
{
    struct str item;
    size_t n = 0;
    for (size_t i = 0; config_item(a->config, CFG_LISTEN, i, &item); i++) {
        if (n == LISTEN_MAX)
            return fail(c, INVALID_REQUEST, "at most %d addresses to listen on", LISTEN_MAX);
        TRY(config_listen(c, item, &ret[n].host, &ret[n].port));
        n++;
    }
    *ret_n = n;
    return E_OK;
}

static enum err open_server(struct ctx *c, struct app *a)
{
    struct server_listen listen[LISTEN_MAX];
    size_t listen_count = 0;
    TRY(read_listen(c, a, listen, &listen_count));
    size_t routes = app_route_count - (a->sandbox ? 0 : app_sandbox_route_count);
    auth_check_routes(app_routes, routes);
    a->router = router_new(app_routes, routes);
    a->callers =
        callers_open(&(struct callers_options) { .most = config_i64(a->config, CFG_CALLERS) });
    a->dispatch = (struct dispatch) { .answer = web_answer, .callers = a->callers };
    struct server_options options = {
        .listen = listen,
        .listen_count = listen_count,
        .inherited = inherited_sockets(),
        .readers = store_is_pg(a->store) ? READERS_PG : 0,
        .control = control_path(&a->arena, config_str(a->config, CFG_DATABASE)),
        .tls_cert = config_str(a->config, CFG_TLS_CERT),
        .tls_key = config_str(a->config, CFG_TLS_KEY),
        .https = str_starts(config_str(a->config, CFG_SITE_URL), S("https:")),
        .others_write = store_is_pg(a->store),
        .router = a->router,
        .clock = &a->clock,
        .request = handle,
        .proxy = own_proxy,
        .error_page = page_error,
        .self = a,
    };
    return server_open(c, &options, &a->server);
}

struct first_catalog {
    struct str text;
    bool sandbox, changed, other;
};

/* The first start on an empty database applies the file; a later one only says that it differs.
 * The sandbox applies it each time, its own demo where none is named. */
static enum err first_catalog_tx(struct ctx *c, void *arg)
{
    struct first_catalog *f = arg;
    const struct catalog *now = NULL;
    struct catalog file;
    enum err e = catalog_now(c, &now);
    if (e != E_OK && e != E_NOT_FOUND)
        return e;
    err_clear(c);
    if (e == E_NOT_FOUND || f->sandbox)
        return catalog_apply(c, f->text, &f->changed);
    TRY(catalog_parse(c, c->arena, f->text, &file));
    f->other = !str_eq(file.text, now->text);
    return E_OK;
}

static enum err apply_catalog(struct ctx *c, struct app *a)
{
    struct first_catalog f = { .sandbox = a->sandbox };
    struct str path = config_str(a->config, CFG_CATALOG);
    const struct embedded *demo = embedded_find(S("demo/catalog.json"));
    if (path.n > 0)
        TRY(catalog_read_file(c, path, &f.text));
    else if (a->sandbox && demo != NULL)
        f.text = demo->data;
    else
        return E_OK;
    TRY(db_tx(c, "catalog", first_catalog_tx, &f));
    if (f.changed) /* its job would do it too, a moment after the first buyer */
        TRY(coupons_from_catalog(c, S("")));
    if (f.other)
        log_warn(c, "catalog.differs",
            L("what", S("the file differs from what is in force; purser catalog diff says how")));
    return E_OK;
}

static enum err know_zone(struct ctx *c, void *arg)
{
    return catalog_zone(c, arg);
}

/* Before anybody is let in: what is for sale, and that no call of an earlier life is still alive.
 */
static enum err make_ready(struct ctx *c, struct app *a)
{
    struct job_kinds kinds = app_jobs(a->store);
    const struct zone *zone = NULL;
    TRY(apply_catalog(c, a));
    TRY(db_read(c, know_zone, &zone));
    TRY(operation_end_leases(c));
    return job_start(c, &kinds);
}

/* On the thread of a call, in no transaction. */
static void breaker(void *self, struct ctx *c, struct str gateway, bool open)
{
    (void)self;
    struct ctx inside = ctx_sibling(c, c->arena);
    if (open)
        alert_raise_now(&inside, ALERT_GATEWAY_AWAY, gateway,
            str_fmt(c->arena, "%.*s does not answer", SARG(gateway)));
    else
        alert_over_now(&inside, ALERT_GATEWAY_AWAY, gateway);
}

void app_open_net(struct app *a)
{
    struct str enabled[GATEWAY_COUNT];
    size_t n = 0;
    for (int id = GATEWAY_NONE + 1; id < GATEWAY_COUNT; id++)
        if (gateway_by_id((enum gateway_id)id)->enabled(a->config))
            enabled[n++] = gateway_name((enum gateway_id)id);
    struct net_options net = {
        .calls = config_i64(a->config, CFG_CALLERS),
        .gateways = enabled,
        .gateway_count = n,
        .breaker = breaker,
        .self = a,
    };
    a->net = net_open(&net);
}

static enum err open_all(struct ctx *c, struct app *a)
{
    app_open_net(a);
    c->net = a->net;
    TRY(open_store(c, a));
    c->store = a->store;
    TRY(fact_start(c));
    TRY(app_open_edge(c, a));
    c->edge = a->edge;
    TRY(make_ready(c, a));
    TRY(open_server(c, a));
    if (a->sandbox)
        TRY(app_open_sandbox(c, a));
    a->runners = runners_start(a);
    atomic_store(&a->serving, a->server); /* from here on /readyz says yes */
    return E_OK;
}

/* ---- running and stopping */

static void say_where(struct app *a)
{
    int port = server_port(a->server, 0);
    printf("purser %s serves http://127.0.0.1:%d%s\n", PURSER_VERSION, port,
        a->sandbox ? " (sandbox: no real money moves here)" : "");
    if (a->sandbox)
        printf("\n  open   http://127.0.0.1:%d/\n"
               "  read   http://127.0.0.1:%d/docs, what a program can ask\n"
               "  see    http://127.0.0.1:%d/_sandbox/state, what the simulated gateways hold\n\n",
            port, port, sandbox_port(a->simulators));
    fflush(stdout);
}

static void *second_signal(void *arg)
{
    const sigset_t *set = arg;
    int signal = 0;
    do
        sigwait(set, &signal);
    while (signal == SIGHUP);
    _exit(1);
}

static void reload(struct app *a)
{
    struct arena arena = { 0 };
    struct ctx c = app_ctx(a, &arena, S("reload"));
    enum err e = config_reload(&c, a->config);
    if (e == E_OK)
        e = server_reload_tls(&c, a->server);
    if (e != E_OK)
        log_failure(&c, "reload.failed");
    else
        log_info(&c, "reload", L("what", S("secrets and certificate")));
    arena_free(&arena);
}

/* In the other order; also what a start that failed had opened: nobody may be served on what
 * app_close frees. */
static void stop(struct app *a)
{
    if (a->server != NULL)
        server_stop(a->server);
    net_end_by(a->net, clock_mono_ms() + STOP_CALLS_MS);
    if (a->runners != NULL)
        runners_stop(a->runners);
    if (a->server != NULL)
        server_join(a->server);
    if (a->callers != NULL)
        callers_close(a->callers);
    app_close_sandbox(a);
    if (atomic_exchange(&a->serving, NULL) != NULL)
        app_seal_rest(a, S("stop"));
    if (a->store != NULL)
        store_close(a->store);
    a->store = NULL;
    if (a->server != NULL)
        server_close(a->server);
    a->server = NULL;
    router_free(a->router);
}

static void wait_for_end(struct app *a, const sigset_t *set)
{
    for (;;) {
        int signal = 0;
        if (sigwait(set, &signal) != 0)
            continue;
        if (signal != SIGHUP)
            return;
        reload(a);
    }
}

int app_serve(struct app *a)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaddset(&set, signals[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread is made: all inherit it */
    signal(SIGPIPE, SIG_IGN);

    struct ctx c = app_ctx(a, &a->arena, S("start"));
    enum err e = open_all(&c, a);
    if (e != E_OK) {
        fprintf(stderr, "purser: %.*s\n", SARG(c.err.message));
        stop(a);
        return e == E_INVALID ? 2 : 1;
    }
    say_where(a);
    log_info(&c, "start", L("version", S(PURSER_VERSION)),
        L("store", store_describe(a->store, c.arena)));
    wait_for_end(a, &set);
    pthread_t impatient;
    if (pthread_create(&impatient, NULL, second_signal, &set) == 0)
        pthread_detach(impatient);
    stop(a);
    return 0;
}

static enum err run_by_main(struct ctx *c, struct args *args, struct buf *out)
{
    (void)args;
    (void)out;
    return fail(c, INTERNAL, "serve is run by main");
}

static const struct command table[] = {
    { "serve", "[--sandbox] [--listen HOST:PORT] [--sandbox-listen HOST:PORT]",
        "sandbox listen= sandbox-listen=", "the server",
        "With --sandbox all keys are preset, every gateway is simulated (on 127.0.0.1:8081), demo people can sign in at /login, and no real money moves.\n"
        "SIGTERM ends it within 30 seconds, answering what runs; SIGHUP reads secret files and the certificate again.",
        COMMAND_ITSELF, 0, run_by_main },
};
const struct commands serve_commands = { table, ARRAY_LEN(table) };
