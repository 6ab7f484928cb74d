#include "base/arena.h"
#include "base/crypto.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/metric.h"
#include "base/test.h"
#include "db/scratch.h"

#include <stdlib.h>

/* The world of a C test: seeded ids, a fixed clock, an empty migrated store from floor 1 up. */
struct world {
    struct arena arena;
    struct ctx ctx;
    struct ids ids;
    struct faults faults;
    struct scratch scratch;
    struct secret secret;
};

/* What stands below the store, or brings a place of its own, is given none. */
static bool needs_store(const char *file)
{
    static const char *const without[] = { "src/base/", "src/net/", "src/web/", "src/gateway/",
        "src/sandbox/", "src/db/sqlite_fault_test.c", "src/db/kill_test.c", "src/app/power_test.c",
        "src/app/memory_test.c", "src/app/disk_test.c", "src/app/simulate_test.c" };
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        if (str_starts(str_of_c(file), str_of_c(without[i])))
            return false;
    return true;
}

/* They say the same whatever the store of the run is: that in memory runs them. */
static bool left_out(const char *file)
{
    return scratch_is_other() && !needs_store(file);
}

static void setup(struct test *t, void *arg)
{
    struct world *w = arg;
    *w = (struct world) {
        .ids = ids_of_seed(1),
        .secret = secret_of(S("32 bytes that are no secret at all")),
    };
    faults_off(&w->faults);
    w->faults.cheap_passwords = needs_store(t->file); /* what they cost is shown without one */
    w->ctx = (struct ctx) {
        .arena = &w->arena,
        .ids = &w->ids,
        .faults = &w->faults,
        .metrics = metrics_new(),
        .secret = &w->secret,
        .now_ms = INT64_C(1795140000000), /* 2026-11-20T02:00:00Z */
        .wall_ms = INT64_C(1795140000000),
        .request_id = S("test"),
        .actor = S("test"),
    };
    t->c = &w->ctx;
    if (needs_store(t->file))
        scratch_open(t->c, &w->scratch);
}

static void teardown(struct test *t, void *arg)
{
    struct world *w = arg;
    if (needs_store(t->file))
        scratch_close(t->c, &w->scratch);
    arena_free(&w->arena); /* ends what the test left running, which may still count */
    metrics_free(t->c->metrics);
}

int main(int argc, char **argv)
{
    if (argc == 3 && str_eq(str_of_c(argv[1]), S("--store-child")))
        return scratch_child(argv[2]);
    struct world w;
    return test_run_all(&(struct test_world) { setup, teardown, left_out, &w }, argc - 1, argv + 1);
}
