#include <stdio.h>

#include "app/app.h"
#include "base/test.h"
#include "sim/sim.h"

/* The simulator over the program's own tables: a range of seeds in which nothing is found, and that
 * a seed is always the same life.  That it sees planted defects is shown by tools/simulate.sh, and
 * by the tests of a build that has them. */

enum {
#ifdef SANITIZED
    ORDERS = 220, /* among their lives is one of subscribers */
    AGAIN = 1
#else
    ORDERS = 500,
    AGAIN = 3
#endif
};

static struct job_kinds jobs_of(const struct store *store)
{
    return app_jobs(store);
}

static struct sim_options options_of(int64_t orders)
{
    struct sim_options o = {
        .routes = app_routes,
        .route_count = app_route_count - app_sandbox_route_count,
        .jobs = jobs_of,
        .seed = 1,
        .orders = orders,
        .swarm = true,
    };
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        o.on[f] = true;
    return o;
}

static struct sim_result run(struct test *t, const struct sim_options *o)
{
    struct sim_result r;
    struct ctx c = ctx_sibling(t->c, t->c->arena);
    EXPECT_OK(sim_run(&c, o, &r));
    if (r.first.is)
        printf("  seed %llu, %.*s: %.*s\n%.*s", (unsigned long long)r.first.seed,
            SARG(sim_invariant_word(r.first.invariant).name), SARG(r.first.sentence),
            SARG(r.first.story));
    return r;
}

TEST("I1 to I16 hold in simulated lives of the shop, whatever goes wrong in them")
{
    struct sim_options o = options_of(ORDERS);
    struct sim_result r = run(t, &o);
    EXPECT_I64(r.violations, 0);
    EXPECT(r.orders >= ORDERS && r.crashes > 0 && r.captures > 0);
    for (enum sim_invariant i = 0; i < SIM_INVARIANTS; i++)
        EXPECT(r.checked[i] > 0);
}

TEST("a seed lives the same life twice, and another seed another one")
{
    struct sim_options o = options_of(1);
    for (uint64_t seed = 1; seed <= AGAIN; seed++) {
        o.seed = seed;
        uint64_t first = run(t, &o).trace;
        EXPECT(first == run(t, &o).trace);
        o.seed = seed + 1;
        EXPECT(first != run(t, &o).trace);
    }
}

TEST("without faults every order is sold, and each payment is one sale")
{
    struct sim_options o = options_of(60);
    o.swarm = false;
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++)
        o.on[f] = false;
    struct sim_result r = run(t, &o);
    EXPECT_I64(r.violations, 0);
    EXPECT_I64(r.crashes, 0);
    EXPECT_I64(r.met[SIM_MET_REVIEW], 0);
}

TEST("the demo's catalogue can be simulated, and one from which nothing can be bought cannot")
{
    struct sim_options o = options_of(40);
    struct sim_result r;
    EXPECT_OK(catalog_read_file(t->c, S("demo/catalog.json"), &o.catalog));
    EXPECT_I64(run(t, &o).violations, 0);
    o.catalog = S("{\"products\":[]}");
    struct ctx c = ctx_sibling(t->c, t->c->arena);
    EXPECT(sim_run(&c, &o, &r) == E_INVALID);
}
