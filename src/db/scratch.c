#include "db/scratch.h"

#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "db/migrate.h"

static void explain(struct ctx *c)
{
    fprintf(stderr, "no store for this test: %.*s\n", SARG(err_chain(c)));
    must(c->store != NULL);
}

void scratch_open_with(struct ctx *c, const struct store_options *options)
{
    struct store_options quiet = *options;
    quiet.quiet_schema = true;
    struct buf said = BUF(c->arena);
    if (store_open(c, &quiet, &c->store) != E_OK)
        explain(c);
    if (schema_migrate(c, &said) != E_OK) {
        c->store = NULL;
        explain(c);
    }
}

struct str scratch_file(struct ctx *c)
{
    /* A fresh folder, not a fresh name: the WAL, the lock and the copies lie beside the file.  In
     * memory when the machine has such a place: no test here cuts the power. */
    const char *place = getenv("TMPDIR");
    if (place == NULL)
        place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char folder[200];
    must(snprintf(folder, sizeof folder, "%s/purser-test-XXXXXX", place) < (int)sizeof folder);
    must(mkdtemp(folder) != NULL);
    return str_fmt(c->arena, "sqlite:%s/db", folder);
}

void scratch_file_remove(struct ctx *c, struct str url)
{
    struct str path = str_from(url, S("sqlite:").n);
    static const char *const beside[] = { "", "-wal", "-shm", "-lock", "-ctl" };
    for (size_t i = 0; i < ARRAY_LEN(beside); i++)
        unlink(str_fmt(c->arena, "%.*s%s", SARG(path), beside[i]).p);
    must(path.n > 3);
    rmdir(str_c(c->arena, str_part(path, 0, path.n - 3)));
}

static enum err tables_tx(struct ctx *c, void *arg)
{
    const struct engine *engine = c->store->engine;
    return engine->script(c, schema_script(c->arena, *(struct str *)arg, engine->pg));
}

void scratch_tables(struct ctx *c, const char *script)
{
    struct str text = str_of_c(script);
    if (db_tx(c, "tables", tables_tx, &text) != E_OK) {
        c->store = NULL;
        explain(c);
    }
}

bool scratch_is_other(void)
{
    return getenv("TEST_STORE") != NULL || getenv("TEST_DB") != NULL;
}

void scratch_open(struct ctx *c, struct scratch *ret)
{
    const char *kind = getenv("TEST_STORE"), *pg = getenv("TEST_DB");
    struct scratch s = { .url = S("sqlite::memory:") };
    bool file = kind != NULL && str_eq(str_of_c(kind), S("file"));
    if (pg != NULL) {
        s.server = str_of_c(pg);
        if (scratch_pg_create(c, s.server, &s.url) != E_OK)
            explain(c);
    } else if (file) {
        s.url = scratch_file(c);
    }
    scratch_open_with(
        c, &(struct store_options) { .url = s.url, .pool = 8, .inline_pump = !file && pg == NULL });
    s.store = c->store;
    s.url = str_copy(&s.arena, s.url);
    *ret = s;
}

void scratch_close(struct ctx *c, struct scratch *s)
{
    /* A test that failed inside a transaction left it by longjmp: its store cannot be closed. */
    if (c->db != NULL)
        return;
    store_close(s->store);
    c->store = NULL;
    if (s->server.n > 0 && scratch_pg_drop(c, s->server, s->url) != E_OK)
        fprintf(stderr, "a test database stays: %.*s\n", SARG(err_chain(c)));
    if (str_starts(s->url, S("sqlite:/")))
        scratch_file_remove(c, s->url);
    arena_free(&s->arena);
}
