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

/* Base, net and web stand below the store and never see one. */
static bool needs_store(const struct test *t)
{
    static const char *const without[] = { "src/base/", "src/net/", "src/web/" };
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        if (str_starts(str_of_c(t->file), str_of_c(without[i])))
            return false;
    return true;
}

static void setup(struct test *t, void *arg)
{
    struct world *w = arg;
    *w = (struct world) {
        .ids = ids_of_seed(1),
        .secret = secret_of(S("32 bytes that are no secret at all")),
    };
    faults_off(&w->faults);
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
    if (needs_store(t))
        scratch_open(t->c, &w->scratch);
}

static void teardown(struct test *t, void *arg)
{
    struct world *w = arg;
    if (needs_store(t))
        scratch_close(t->c, &w->scratch);
    arena_free(&w->arena); /* ends what the test left running, which may still count */
    metrics_free(t->c->metrics);
}

int main(int argc, char **argv)
{
    if (argc == 3 && str_eq(str_of_c(argv[1]), S("--store-child")))
        return scratch_child(argv[2]);
    struct world w;
    return test_run_all(&(struct test_world) { setup, teardown, &w }, argc - 1, argv + 1);
}
