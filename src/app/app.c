#include "app/app.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rate.h"
#include "base/security.h"
#include "edge/edge.h"
#include "fact/fact.h"
#include "failure/failure.h"
#include "setting/setting.h"

struct app *app_of(const struct ctx *c)
{
    must(c->app != NULL);
    return c->app;
}

struct ctx app_ctx(struct app *a, struct arena *arena, struct str request_id)
{
    struct ctx c = {
        .arena = arena,
        .store = a->store,
        .net = a->net,
        .ids = &a->ids,
        .log = a->log,
        .metrics = a->metrics,
        .faults = a->faults.kill_process ? &a->faults : NULL,
        .rates = a->rates,
        .security = a->security,
        .mishaps = a->mishaps,
        .edge = a->edge,
        .secret = a->secret.bytes_.n > 0 ? &a->secret : NULL,
        .catalogs = a->catalogs,
        .zones = a->zones,
        .config = a->config,
        .site = a->site,
        .app = a,
        .request_id = request_id,
    };
    clock_read(&c, &a->clock);
    return c;
}

/* PURSER_CRASH_AT=name:count kills the process at the count-th passing of a named point: how the
 * crash tests find the places that the simulator has. */
static enum err arm_crash(struct ctx *c, struct app *a, struct str spec)
{
    struct str name, count;
    int64_t n = 0;
    faults_off(&a->faults);
    if (spec.n == 0)
        return E_OK;
    if (!str_cut(spec, ':', &name, &count) || !str_to_i64(count, &n) || n < 1)
        return fail(c, INVALID_REQUEST, "PURSER_CRASH_AT is name:count, count from 1");
    a->faults.kill_process = true;
    a->faults.crash_at = str_c(&a->arena, name);
    a->faults.crash_countdown = n - 1;
    return E_OK;
}

static struct str env_value(char **env, const char *name)
{
    size_t n = str_of_c(name).n;
    for (; *env != NULL; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
            return str_of_c(*env + n + 1);
    return S("");
}

/* "NAME=value", in memory that lives as long as the process. */
static char *env_line(struct arena *arena, const char *name, struct str value)
{
    struct buf b = BUF(arena);
    buf_fmt(&b, "%s=%.*s", name, SARG(value));
    *buf_room(&b, 1) = 0;
    return b.p;
}

static bool line_sets(const char *line, const char *name)
{
    size_t n = str_of_c(name).n;
    return strncmp(line, name, n) == 0 && line[n] == '=';
}

/* The environment with what the command line says put over it, so that both are checked the same
 * way, and without what only tests say. */
static char **with_flags(struct arena *arena, char **env, const struct app_flags *flags)
{
    const struct {
        const char *name;
        struct str value;
    } over[] = {
        { "PURSER_DATABASE", flags->database },
        { "PURSER_CATALOG", flags->catalog },
        { "PURSER_LISTEN", flags->listen },
    };
    size_t n = 0, kept = 0;
    while (env[n] != NULL)
        n++;
    char **all = arena_array(arena, char *, n + ARRAY_LEN(over) + 1);
    for (size_t i = 0; i < n; i++) {
        bool drop = line_sets(env[i], "PURSER_CRASH_AT") || line_sets(env[i], "PURSER_MUTANT");
        for (size_t k = 0; k < ARRAY_LEN(over); k++)
            drop = drop || (over[k].value.n > 0 && line_sets(env[i], over[k].name));
        if (!drop)
            all[kept++] = env[i];
    }
    for (size_t k = 0; k < ARRAY_LEN(over); k++)
        if (over[k].value.n > 0)
            all[kept++] = env_line(arena, over[k].name, over[k].value);
    return all;
}

/* Without a public address ours is where we listen, as long as that is this machine: pages, links
 * and return addresses all name it. */
static bool own_address(struct ctx *c, struct app *a, struct str *ret)
{
    struct str listen, host;
    int port = 0;
    if (config_has(a->config, CFG_SITE_URL) || !config_item(a->config, CFG_LISTEN, 0, &listen) ||
        config_listen(c, listen, &host, &port) != E_OK || port == 0)
        return false;
    *ret = str_fmt(&a->arena, "http://127.0.0.1:%d", port);
    return true;
}

void app_preset(struct app *a, struct config_sources *sources, const char *name, struct str value)
{
    struct config_preset *preset =
        arena_array(&a->arena, struct config_preset, sources->preset_count + 1);
    for (size_t i = 0; i < sources->preset_count; i++)
        preset[i] = sources->presets[i];
    preset[sources->preset_count] = (struct config_preset) { name, str_c(&a->arena, value) };
    sources->presets = preset;
    sources->preset_count++;
}

static enum err load_config(
    struct ctx *c, struct app *a, struct config_sources *sources, struct buf *notices)
{
    struct str address;
    TRY(config_load(c, sources, notices, &a->config));
    if (!own_address(c, a, &address))
        return E_OK;
    app_preset(a, sources, "PURSER_SITE_URL", address);
    config_free(a->config);
    a->config = NULL;
    notices->n = 0;
    return config_load(c, sources, notices, &a->config);
}

enum err app_configure(struct ctx *c, struct app *a, const struct app_flags *flags, char **env,
    bool serves, bool sandbox, struct buf *notices)
{
    TRY(arm_crash(c, a, env_value(env, "PURSER_CRASH_AT")));
    struct config_sources sources = {
        .env = with_flags(&a->arena, env, flags),
        .env_file = flags->env.n > 0 ? str_c(&a->arena, flags->env) : NULL,
        .presets = sandbox ? config_sandbox_presets : NULL,
        .preset_count = sandbox ? config_sandbox_preset_count : 0,
    };
    if (sandbox && serves)
        TRY(app_plan_sandbox(c, a, flags, &sources));
    TRY(load_config(c, a, &sources, notices));
    config_cleanse_env(env);
    a->sandbox = sandbox;
    a->metrics = metrics_new();
    enum log_level level = LOG_INFO;
    must(log_level_parse(config_str(a->config, CFG_LOG), &level));
    if (!serves && level == LOG_INFO)
        level = LOG_WARN; /* a command says what it has to say itself */
    a->log = log_open(STDERR_FILENO, level, a->metrics);
    a->catalogs = catalogs_open();
    a->zones = zones_open(NULL);
    return E_OK;
}

enum err app_open_store(struct ctx *c, struct app *a, const struct app_store *how)
{
    struct store_options options = {
        .url = config_str(a->config, CFG_DATABASE),
        .readers = 4,
        .pool = (int)config_i64(a->config, CFG_PG_POOL),
        .inline_pump = !how->threads,
        .quiet_schema = how->quiet_schema,
        .reserve = config_i64(a->config, CFG_DISK_RESERVE_MB) * 1024 * 1024,
        .committed = how->committed,
        .concern = how->concern,
        .self = a,
    };
    return store_open(c, &options, &a->store);
}

void app_seal_rest(struct app *a, struct str place)
{
    struct arena arena = { 0 };
    struct ctx c = app_ctx(a, &arena, place);
    if (fact_seal_all(&c) != E_OK)
        log_failure(&c, "facts.unsealed");
    if (failure_write_down(&c, true) != E_OK)
        log_failure(&c, "failures.unwritten");
    arena_free(&arena);
}

/* Who may sign in without a password: only in the sandbox, one of each role. */
static const struct demo_person people[] = {
    { "Ada", "a customer", "user", "demo-ada" },
    { "Root", "owns the business", "owner", "root@example.com" },
    { "Finn", "looks after the money", "finance", "finn@example.com" },
    { "Sam", "answers the buyers", "support", "sam@example.com" },
    { "Vera", "only looks", "viewer", "vera@example.com" },
};

enum err app_open_edge(struct ctx *c, struct app *a)
{
    struct edge_options options = { .sandbox = a->sandbox };
    if (a->sandbox) {
        options.people = people;
        options.people_count = ARRAY_LEN(people);
    }
    TRY(server_secret(c, &a->secret));
    TRY(server_key_make(c));
    TRY(app_read_site(c, a));
    a->rates = rates_open(c);
    a->security = security_open();
    a->mishaps = mishap_open();
    c->secret = &a->secret;
    c->site = a->site;
    c->rates = a->rates;
    c->security = a->security;
    c->mishaps = a->mishaps;
    return edge_open(c, &options, &a->edge);
}

void app_close(struct app *a)
{
    if (a->edge != NULL)
        edge_close(a->edge);
    if (a->security != NULL)
        security_close(a->security);
    mishap_close(a->mishaps);
    if (a->rates != NULL)
        rates_close(a->rates);
    if (a->store != NULL)
        store_close(a->store);
    if (a->net != NULL)
        net_close(a->net);
    if (a->config != NULL)
        config_free(a->config);
    if (a->log != NULL)
        log_close(a->log);
    if (a->catalogs != NULL)
        catalogs_close(a->catalogs);
    if (a->zones != NULL)
        zones_close(a->zones);
    metrics_free(a->metrics);
    arena_free(&a->arena);
}
