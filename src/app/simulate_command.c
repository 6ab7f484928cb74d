#include <stdio.h>
#include <unistd.h>

#include "app/app.h"
#include "base/json.h"
#include "sim/sim.h"

/* purser simulate: the simulator over this program's own tables. */

static struct job_kinds jobs_of(const struct store *store)
{
    return app_jobs(store);
}

/* "crash,lost": those; all; none. */
static enum err read_faults(struct ctx *c, struct str list, struct sim_options *o)
{
    struct str word;
    o->swarm = false;
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        o->on[f] = str_eq(list, S("all"));
    if (str_eq(list, S("all")) || str_eq(list, S("none")))
        return E_OK;
    while (list.n > 0) {
        bool known = false;
        str_cut(list, ',', &word, &list);
        for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
            if (str_eq(sim_fault_word(f).name, str_trim(word)))
                o->on[f] = known = true;
        if (!known)
            return fail(c, INVALID_REQUEST,
                "--faults is all, none or a list of names; --help has them, and \"%.*s\" is none",
                SARG(word));
    }
    return E_OK;
}

static enum err read_number(
    struct ctx *c, struct args *args, const char *name, int64_t max, int64_t *inout)
{
    struct str text;
    if (!args_flag(args, name, &text))
        return E_OK;
    if (!str_to_i64(text, inout) || *inout < 0 || *inout > max)
        return fail(
            c, INVALID_REQUEST, "--%s is a whole number from 0 to %lld", name, (long long)max);
    return E_OK;
}

static enum err read_options(struct ctx *c, struct args *args, struct sim_options *o)
{
    int64_t seed = 1, minutes = 0;
    struct str faults, path = config_str(c->config, CFG_CATALOG);
    o->orders = 1000;
    o->swarm = true;
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        o->on[f] = true;
    TRY(read_number(c, args, "seed", INT64_MAX / 8, &seed));
    TRY(read_number(c, args, "orders", INT64_C(1000000000000), &o->orders));
    TRY(read_number(c, args, "minutes", 60 * 24 * 365, &minutes));
    o->seed = (uint64_t)seed;
    o->for_ms = minutes * 60 * 1000;
    if (o->for_ms > 0 && !args_flag(args, "orders", NULL))
        o->orders = 0;
    if (args_flag(args, "faults", &faults))
        TRY(read_faults(c, faults, o));
    return path.n > 0 ? catalog_read_file(c, path, &o->catalog) : E_OK;
}

/* ---- while it runs, for who watches */

struct watch {
    int64_t last_ms;
};

static bool watch(void *self, const struct sim_result *r)
{
    struct watch *w = self;
    if (r->took_ms - w->last_ms < 1000)
        return true;
    w->last_ms = r->took_ms;
    fprintf(stderr, "\r%lld lives, %lld orders, %lld crashes, %lld orders a second ",
        (long long)r->seeds, (long long)r->orders, (long long)r->crashes,
        (long long)(r->orders * 1000 / (r->took_ms + 1)));
    return true;
}

/* ---- what is said */

static void print_tables(const struct sim_result *r, struct buf *out)
{
    buf_fmt(out, "\ninvariants\n");
    for (enum sim_invariant i = 0; i < SIM_INVARIANTS; i++)
        buf_fmt(out, "  %-4.*s %9lld %s  %.*s\n", SARG(sim_invariant_word(i).name),
            (long long)r->checked[i], r->broken[i] > 0 ? "BROKEN" : "hold  ",
            SARG(sim_invariant_word(i).what));
    buf_fmt(out, "\nsituations, and in how many lives\n");
    for (enum sim_sometimes s = 0; s < SIM_SOMETIMES; s++)
        buf_fmt(out, "  %9lld  %.*s\n", (long long)r->met[s], SARG(sim_sometimes_word(s).what));
    buf_fmt(out, "\nfaults, and in how many lives they could happen\n");
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        buf_fmt(out, "  %9lld  %-10.*s %.*s\n", (long long)r->with[f], SARG(sim_fault_word(f).name),
            SARG(sim_fault_word(f).what));
}

static void print(const struct sim_options *o, const struct sim_result *r, struct buf *out)
{
    print_tables(r, out);
    buf_fmt(out,
        "\nseeds %llu to %llu: %lld orders, %lld payments, %lld calls, %lld webhooks, %lld crashes, "
        "%lld steps\n%lld orders a second; trace hash %016llx\n",
        (unsigned long long)o->seed, (unsigned long long)o->seed + (uint64_t)r->seeds - 1,
        (long long)r->orders, (long long)r->captures, (long long)r->calls, (long long)r->webhooks,
        (long long)r->crashes, (long long)r->steps,
        (long long)(r->orders * 1000 / (r->took_ms + 1)), (unsigned long long)r->trace);
    if (!r->first.is)
        return;
    buf_fmt(out, "\nseed %llu broke %.*s: %.*s\n%.*s", (unsigned long long)r->first.seed,
        SARG(sim_invariant_word(r->first.invariant).name), SARG(r->first.sentence),
        SARG(r->first.story));
}

static void print_json(const struct sim_options *o, const struct sim_result *r, struct buf *out)
{
    struct json j = JSON(out);
    struct arena *a = out->arena;
    json_open(&j, NULL, '{');
    json_i64(&j, "seed", (int64_t)o->seed);
    json_i64(&j, "seeds", r->seeds);
    json_i64(&j, "orders", r->orders);
    json_i64(&j, "payments", r->captures);
    json_i64(&j, "calls", r->calls);
    json_i64(&j, "webhooks", r->webhooks);
    json_i64(&j, "crashes", r->crashes);
    json_i64(&j, "steps", r->steps);
    json_i64(&j, "ordersPerSecond", r->orders * 1000 / (r->took_ms + 1));
    json_i64(&j, "violations", r->violations);
    json_open(&j, "invariants", '{');
    for (enum sim_invariant i = 0; i < SIM_INVARIANTS; i++) {
        json_open(&j, str_c(a, sim_invariant_word(i).name), '{');
        json_i64(&j, "checked", r->checked[i]);
        json_i64(&j, "broken", r->broken[i]);
        json_close(&j, '}');
    }
    json_close(&j, '}');
    json_open(&j, "situations", '{');
    for (enum sim_sometimes s = 0; s < SIM_SOMETIMES; s++)
        json_i64(&j, str_c(a, sim_sometimes_word(s).name), r->met[s]);
    json_close(&j, '}');
    json_open(&j, "faults", '{');
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        json_i64(&j, str_c(a, sim_fault_word(f).name), r->with[f]);
    json_close(&j, '}');
    if (r->first.is) {
        json_open(&j, "violation", '{');
        json_i64(&j, "seed", (int64_t)r->first.seed);
        json_str(&j, "invariant", sim_invariant_word(r->first.invariant).name);
        json_str(&j, "what", r->first.sentence);
        json_str(&j, "story", r->first.story);
        json_close(&j, '}');
    }
    json_str(&j, "traceHash", str_fmt(a, "%016llx", (unsigned long long)r->trace));
    json_close(&j, '}');
    buf_char(out, '\n');
}

static enum err check_situations(
    struct ctx *c, const struct sim_options *o, const struct sim_result *r)
{
    for (enum sim_sometimes s = 0; s < SIM_SOMETIMES; s++)
        if (sim_should_have_met_all(o, r) && r->met[s] == 0)
            return fail(c, CONFLICT, "nothing was violated, but it never happened that %.*s",
                SARG(sim_sometimes_word(s).what));
    return E_OK;
}

static enum err simulate(struct ctx *c, struct args *args, struct buf *out)
{
    struct sim_options o = { .routes = app_routes,
        .route_count = app_route_count - app_sandbox_route_count,
        .jobs = jobs_of };
    struct sim_result r;
    struct watch w = { 0 };
    struct ctx own = ctx_sibling(c, c->arena);
    own.app = NULL;
    own.log = NULL;
    TRY(read_options(c, args, &o));
    bool watched = isatty(STDERR_FILENO);
    if (watched) {
        o.progress = watch;
        o.self = &w;
    }
    enum err e = sim_run(&own, &o, &r);
    if (watched && w.last_ms > 0)
        fprintf(stderr, "\n");
    if (e != E_OK) {
        ctx_keep_error(c, &own);
        return e;
    }
    if (args->json)
        print_json(&o, &r, out);
    else
        print(&o, &r, out);
    if (r.first.is)
        return fail(c, CONFLICT,
            "seed %llu again, and nothing else: purser simulate --seed %llu --orders 1",
            (unsigned long long)r.first.seed, (unsigned long long)r.first.seed);
    return check_situations(c, &o, &r);
}

static const struct command table[] = {
    {
        .name = "simulate",
        .usage = "[--seed N] [--orders N] [--minutes N] [--faults LIST|all|none]",
        .flags = "seed= orders= minutes= faults=",
        .about = "try to break it: simulated gateways, buyers and crashes over your catalogue",
        .more =
            "Lives of a shop, each drawn from a seed: the program's own routes and jobs, simulated\n"
            "gateways, faults and crashes.  Prints what was checked and the trace hash; a seed that\n"
            "breaks something is told as a story, and replays exactly.\n"
            "--seed is the first one (1), --orders how many orders at least (1000), --minutes how\n"
            "long.  Without --faults each seed draws its own mix.  Names: crash store unsure refuse\n"
            "lost broken lies drop late twice forged dashboard haste tardy decisions sleep unasked\n"
            "mail.  Nothing here touches a database or a real gateway.\n",
        .where = COMMAND_BARE,
        .run = simulate,
    },
};
const struct commands simulate_commands = { table, ARRAY_LEN(table) };
