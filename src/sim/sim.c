#include <stdlib.h>

#include "base/json.h"
#include "sim/life.h"
#include "sim/vendor.h"
#include "web/web.h"

/* Many lives, one after the other; the first violation ends it, and is lived once more for its
 * story. */

/* A gateway whose wire nobody here can read is not set up. */
static size_t usable_presets(struct config_preset *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < config_sandbox_preset_count; i++) {
        struct str name = str_of_c(config_sandbox_presets[i].name);
        bool usable = str_starts(name, S("PURSER_"));
        for (size_t k = 0; k < vendor_count; k++)
            usable = usable || str_starts(name, vendors[k]->settings);
        if (usable)
            ret[n++] = config_sandbox_presets[i];
    }
    return n;
}

static enum err load_configs(struct sim *sim)
{
    struct config_preset *presets =
        arena_array(sim->c->arena, struct config_preset, config_sandbox_preset_count);
    size_t preset_count = usable_presets(presets);
    static const char *const confirm[] = { "webhook+get", "webhook", "get" };
    static const char *const dialect[] = { "trpc", "effect" };
    struct ctx *c = sim->c;
    for (size_t i = 0; i < CONFIGS; i++) {
        struct buf notices = BUF(c->arena);
        const char *lines[] = { "PURSER_SITE_URL=https://pay.example.com",
            "PURSER_SECRET_KEY=sk_configured_0123456789abcdef",
            "PURSER_OWNER_MAIL=owner@example.com", "PURSER_SMTP_URL=smtp://127.0.0.1:25",
            "PURSER_MAIL_FROM=shop@example.com", "PURSER_RAW_WEBHOOK_DAYS=3650",
            "STRIPE_API_URL=http://127.0.0.1:8081",
            str_c(c->arena, str_fmt(c->arena, "MONEYMOTION_CONFIRM=%s", confirm[i / 2])),
            str_c(c->arena, str_fmt(c->arena, "MONEYMOTION_DIALECT=%s", dialect[i % 2])), NULL };
        char *env[ARRAY_LEN(lines)];
        for (size_t k = 0; k < ARRAY_LEN(lines); k++)
            env[k] =
                (char *)(uintptr_t)lines[k]; /* read only, whatever an environment's type says */
        struct config_sources sources = {
            .env = env,
            .env_file = "",
            .presets = presets,
            .preset_count = preset_count,
        };
        TRY(config_load(c, &sources, &notices, &sim->config[i]));
    }
    return E_OK;
}

/* Migrating takes longer than many a life. */
static enum err open_patterns(struct sim *sim)
{
    const struct store_options store = {
        .url = S("sqlite::memory:"), .inline_pump = true, .quiet_schema = true
    };
    sim->ids = ids_of_seed(0);
    sim->clock = (struct clock) { .fixed = true };
    struct ctx c = {
        .arena = sim->c->arena,
        .ids = &sim->ids,
        .config = sim->config[0],
        .request_id = S("pattern"),
    };
    const struct sandbox_options sandbox = {
        .state = S("sqlite::memory:"),
        .webhooks = S("https://pay.example.com"),
        .clock = &sim->clock,
        .net = &sim->nobody,
    };
    struct buf said = BUF(sim->c->arena);
    enum err e = sandbox_open(&c, &sandbox, &sim->sandbox);
    if (e == E_OK)
        e = store_open(&c, &store, &sim->store);
    c.store = sim->store;
    if (e == E_OK)
        e = schema_migrate(&c, &said);
    if (e != E_OK)
        ctx_keep_error(sim->c, &c);
    return e;
}

static enum err begin(struct ctx *c, const struct sim_options *o, struct sim *sim)
{
    *sim = (struct sim) { .c = c, .options = o };
    struct str catalog = o->catalog.n > 0 ? o->catalog : str_of_c(shelf_own);
    TRY(shelf_read(c, catalog, &sim->shelf));
    sim->router = router_new(o->routes, o->route_count);
    TRY(load_configs(sim));
    return open_patterns(sim);
}

static void end(struct sim *sim)
{
    if (sim->store != NULL)
        store_close(sim->store);
    if (sim->sandbox != NULL)
        sandbox_close(sim->sandbox);
    for (size_t i = 0; i < CONFIGS; i++)
        if (sim->config[i] != NULL)
            config_free(sim->config[i]);
    if (sim->router != NULL)
        router_free(sim->router);
}

static void add(struct sim_result *all, const struct sim_result *one)
{
    all->seeds += one->seeds;
    all->orders += one->orders;
    all->steps += one->steps;
    all->crashes += one->crashes;
    all->calls += one->calls;
    all->webhooks += one->webhooks;
    all->captures += one->captures;
    all->violations += one->violations;
    for (size_t i = 0; i < SIM_INVARIANTS; i++) {
        all->checked[i] += one->checked[i];
        all->broken[i] += one->broken[i];
    }
    for (size_t i = 0; i < SIM_SOMETIMES; i++)
        all->met[i] += one->met[i];
    for (size_t i = 0; i < SIM_FAULTS; i++)
        all->with[i] += one->with[i];
    all->trace = (all->trace ^ one->trace) * UINT64_C(1099511628211);
}

static enum err run_one(struct sim *sim, uint64_t seed, struct sim_result *all)
{
    struct life *l = calloc(1, sizeof *l);
    must(l != NULL);
    enum err e = life_run(sim, seed, false, l);
    struct sim_result one = l->sum;
    life_free(l);
    if (e == E_OK && one.violations > 0) {
        e = life_run(sim, seed, true, l);
        must(l->sum.trace == one.trace); /* a seed replays */
        one.first = l->sum.first;
        one.first.sentence = str_copy(sim->c->arena, one.first.sentence);
        one.first.story = story_of(l, sim->c->arena, l->violated_order);
        life_free(l);
    }
    free(l);
    if (e == E_OK)
        add(all, &one);
    if (e == E_OK && one.violations > 0)
        all->first = one.first;
    return e;
}

enum err sim_run(struct ctx *c, const struct sim_options *o, struct sim_result *ret)
{
    struct sim sim;
    struct sim_result all = { .seeds = 0 };
    int64_t begun_ms = clock_mono_ms();
    enum err e = begin(c, o, &sim);
    bool more = e == E_OK;
    for (uint64_t seed = o->seed; more && e == E_OK; seed++) {
        e = run_one(&sim, seed, &all);
        all.took_ms = clock_mono_ms() - begun_ms;
        more = all.violations == 0 && (all.orders < o->orders || all.took_ms < o->for_ms);
        more = more && (o->progress == NULL || o->progress(o->self, &all));
    }
    end(&sim);
    *ret = all;
    return e;
}

bool sim_should_have_met_all(const struct sim_options *o, const struct sim_result *r)
{
    enum {
        ENOUGH = 200
    };
    return o->swarm && o->catalog.n == 0 && r->seeds >= ENOUGH && r->violations == 0;
}
