#include "app/app.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/json.h"
#include "sandbox/sandbox.h"

/* The simulated gateways of this process: beside the server, with one clock for both sides, or
 * alone. */

enum err app_plan_sandbox(
    struct ctx *c, struct app *a, const struct app_flags *flags, struct config_sources *sources)
{
    struct str at = flags->sandbox_listen.n > 0 ? flags->sandbox_listen : S("127.0.0.1:8081");
    struct server_listen *listen = &a->sandbox_at;
    if (config_listen(c, at, &listen->host, &listen->port) != E_OK)
        return fail_because(
            c, INVALID_REQUEST, "the sandbox's address %.*s: %.*s", SARG(at), SARG(c->err.message));
    if (listen->port == 0)
        return fail(c, INVALID_REQUEST, "the sandbox needs a port that is known beforehand, not 0");
    struct str url = str_fmt(&a->arena, "http://127.0.0.1:%d", listen->port);
    app_preset(a, sources, "STRIPE_API_URL", url);
    app_preset(a, sources, "PURSER_BRAND_NAME", S("Northwind")); /* mails and pages alike */
    app_preset(a, sources, "MONEYMOTION_API_URL", url);
    app_preset(
        a, sources, "MONEYMOTION_CHECKOUT_URL", str_fmt(&a->arena, "%.*s/checkout", SARG(url)));
    app_preset(a, sources, "FLUTTERWAVE_API_URL", str_fmt(&a->arena, "%.*s/v3", SARG(url)));
    app_preset(a, sources, "EVERSEND_API_URL", str_fmt(&a->arena, "%.*s/eversend/v1", SARG(url)));
    a->webhooks = flags->webhooks.n > 0 ? flags->webhooks : S("http://127.0.0.1:8080");
    return E_OK;
}

/* ---- purser's side of the clock */

static void hold(void *self, bool held)
{
    struct app *a = self;
    if (a->runners != NULL)
        runners_hold(a->runners, held);
}

static enum err next_due(void *self, int64_t *ret_ms)
{
    struct app *a = self;
    struct arena arena = { 0 };
    struct ctx c = app_ctx(a, &arena, S("clock"));
    enum err e = job_next_moment(&c, ret_ms);
    arena_free(&arena);
    return e;
}

static enum err run_due(void *self, int64_t *ret_ran)
{
    enum {
        CLAIM = 50
    };
    struct app *a = self;
    struct arena arena = { 0 };
    struct job_kinds kinds = app_jobs(a->store);
    enum err e = E_OK;
    int64_t ran = 1, all = 0;
    while (e == E_OK && ran > 0) {
        struct ctx c = app_ctx(a, &arena, S("clock"));
        c.actor = S("job");
        e = job_run_due(&c, &kinds, CLAIM, &ran);
        if (e != E_OK)
            log_failure(&c, "clock.failed");
        all += ran;
        arena_reset(&arena);
    }
    arena_free(&arena);
    *ret_ran = all;
    return e;
}

/* ---- beside the server */

enum err app_open_sandbox(struct ctx *c, struct app *a)
{
    struct sandbox_host *host = arena_new(&a->arena, struct sandbox_host);
    *host = (struct sandbox_host) { hold, next_due, run_due, a };
    struct sandbox_options options = {
        .state = sandbox_state(&a->arena, config_str(a->config, CFG_DATABASE)),
        .webhooks = str_fmt(&a->arena, "http://127.0.0.1:%d", server_port(a->server, 0)),
        .clock = &a->clock,
        .serves = true,
        .host = a->sandbox_at.host,
        .port = a->sandbox_at.port,
        .more = &caught_routes,
        .purser = host,
    };
    return sandbox_open(c, &options, &a->simulators);
}

void app_close_sandbox(struct app *a)
{
    if (a->simulators != NULL)
        sandbox_close(a->simulators);
    a->simulators = NULL;
}

/* ---- alone */

int app_sandbox(struct app *a)
{
    sigset_t set;
    int got = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    struct ctx c = app_ctx(a, &a->arena, S("sandbox"));
    struct sandbox_options options = {
        .state = sandbox_state(&a->arena, config_str(a->config, CFG_DATABASE)),
        .webhooks = a->webhooks,
        .connects = true,
        .clock = &a->clock,
        .serves = true,
        .host = a->sandbox_at.host,
        .port = a->sandbox_at.port,
    };
    enum err e = sandbox_open(&c, &options, &a->simulators);
    if (e != E_OK) {
        fprintf(stderr, "purser: %.*s\n", SARG(c.err.message));
        return e == E_INVALID ? 2 : 1;
    }
    printf("purser %s simulates gateways at http://127.0.0.1:%d, webhooks go to %.*s\n",
        PURSER_VERSION, sandbox_port(a->simulators), SARG(a->webhooks));
    fflush(stdout);
    while (sigwait(&set, &got) != 0)
        ;
    app_close_sandbox(a);
    return 0;
}

static enum err run_by_main(struct ctx *c, struct args *args, struct buf *out)
{
    (void)args;
    (void)out;
    return fail(c, INTERNAL, "sandbox is run by main");
}

/* ---- purser clock advance */

static enum err advance(struct ctx *c, struct args *args, struct buf *out)
{
    struct app *a = app_of(c);
    struct str text;
    struct duration by;
    struct sandbox_moved moved;
    TRY(args_word(c, args, 0, "DURATION", &text));
    if (!duration_parse(text, &by))
        return fail(
            c, INVALID_REQUEST, "%.*s is no duration: 30s, 15m, 2h, 31d, 1mo, 1y", SARG(text));
    if (a->simulators == NULL)
        return fail(c, CONFLICT, "only serve --sandbox has a clock that moves");
    TRY(sandbox_advance(c, a->simulators, by, &moved));
    if (args->json) {
        struct json j = JSON(out);
        json_open(&j, NULL, '{');
        json_time(&j, "from", moved.from_ms);
        json_time(&j, "to", moved.to_ms);
        json_i64(&j, "steps", moved.steps);
        json_i64(&j, "gatewayEvents", moved.gateway_events);
        json_i64(&j, "jobs", moved.jobs);
        json_close(&j, '}');
        buf_char(out, '\n');
        return E_OK;
    }
    buf_fmt(out, "it is %.*s: %lld jobs and %lld gateway events in %lld steps\n",
        SARG(time_words(c->arena, moved.to_ms)), (long long)moved.jobs,
        (long long)moved.gateway_events, (long long)moved.steps);
    return E_OK;
}

static const struct command table[] = {
    { "sandbox", "[--listen HOST:PORT] [--webhooks URL]",
        "listen= webhooks=", "the simulated gateways alone",
        "They listen on 127.0.0.1:8081 and send their webhooks to http://127.0.0.1:8080, signed with the preset keys.\n"
        "What they hold lies beside the database, in a file that ends in -sandbox.",
        COMMAND_ITSELF, 0, run_by_main },
    { "clock advance", "DURATION", "", "move the sandbox's clock on, doing what falls due",
        "30s, 15m, 2h, 31d, 1mo, 1y. Orders, jobs and the simulated gateways move together, step by step;\n"
        "tokens, sessions and signatures go by the real clock. Over HTTP: POST /_sandbox/clock.",
        COMMAND_READS, 0, advance },
};
const struct commands sandbox_commands = { table, ARRAY_LEN(table) };
