#include "db/engine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* The store itself: which engine a URL means, what must be so before it is used, its end. */

enum {
    EXIT_STORE = 74 /* EX_IOERR */
};

/* R86: what is on the disk is unknown, so nobody may be answered and nothing may go on with this
 * connection.  The next start reads what is there. */
static _Noreturn void end_process(struct store *s, const char *why)
{
    fprintf(stderr, "purser: %s: %s; what is on the disk is unknown, so this process ends\n",
        s->engine->name, why);
    _exit(EXIT_STORE);
}

static void fatal(struct store *s, const char *why)
{
    end_process(s, why);
}

void store_init(struct store *s, struct ctx *c, const struct engine *engine,
    const struct store_options *options)
{
    s->engine = engine;
    s->options = *options;
    s->options.url = str_copy(&s->arena, options->url);
    if (options->schema != NULL)
        s->options.schema = str_c(&s->arena, str_of_c(options->schema));
    if (options->vfs != NULL)
        s->options.vfs = str_c(&s->arena, str_of_c(options->vfs));
    s->c = ctx_sibling(c, &s->arena);
    s->c.request_id = S("store");
    s->fatal = fatal;
    queue_init(&s->queue);
}

void store_free(struct store *s)
{
    queue_free(&s->queue);
    arena_free(&s->arena);
}

static const struct engine *engine_of(struct str url)
{
    if (str_starts(url, S("sqlite:")))
        return &engine_sqlite;
    if (str_starts(url, S("postgres://")) || str_starts(url, S("postgresql://")))
        return &engine_pg;
    return NULL;
}

static enum err check_schema(struct ctx *c, bool quiet)
{
    struct schema_state schema = { 0 };
    TRY(schema_read(c, &schema));
    if (schema.newer)
        return fail(c, INVALID_REQUEST,
            "the database has schema %d, this program knows %d: it needs a newer purser",
            schema.have, schema.want);
    if (schema.have < schema.want && !quiet)
        return fail(c, INVALID_REQUEST,
            "the database has schema %d, this program needs %d: run purser migrate", schema.have,
            schema.want);
    return E_OK;
}

enum err store_open(struct ctx *c, const struct store_options *options, struct store **ret)
{
    const struct engine *engine = engine_of(options->url);
    if (engine == NULL)
        return fail(c, INVALID_REQUEST,
            "the database is named by sqlite:FILE or postgres://…, not by that");
    struct store *s = NULL;
    TRY(engine->open(c, options, &s));
    struct ctx inside = ctx_sibling(c, c->arena);
    inside.store = s;
    enum err e = check_schema(&inside, options->quiet_schema);
    if (e != E_OK) {
        c->err = inside.err;
        store_close(s);
        return e;
    }
    *ret = s;
    return E_OK;
}

void store_close(struct store *s)
{
    s->engine->close(s);
}

void store_reboot(struct store *s)
{
    s->c.dead = false;
    if (s->engine->forget != NULL)
        s->engine->forget(s);
}

int64_t store_commit_no(const struct store *s)
{
    return atomic_load(&s->commit_no);
}

bool store_is_pg(const struct store *s)
{
    return s->engine->pg;
}

size_t store_waiting(const struct store *s)
{
    return queue_length((struct queue *)(uintptr_t)&s->queue);
}

bool store_scarce(struct store *s, int64_t *ret_free)
{
    *ret_free = s->engine->room == NULL ? INT64_MAX : s->engine->room(s);
    return *ret_free < s->options.reserve;
}

struct str store_describe(const struct store *s, struct arena *a)
{
    return s->engine->describe(s, a);
}

static enum err ping(struct ctx *c, void *arg)
{
    int64_t one = 0;
    TRY(db_one(c, "SELECT CAST(1 AS BIGINT)", DB_NO_IN, DB_OUT(out_i64(&one))));
    must(arg == NULL);
    return one == 1 ? E_OK : fail(c, STORE_CORRUPT, "1 is %lld", (long long)one);
}

enum err store_ping(struct ctx *c)
{
    if (atomic_load(&c->store->broken))
        return fail(c, INTERNAL, "the store has stopped writing");
    return db_read(c, ping, NULL);
}

enum err store_clock_offset(struct ctx *c, int64_t *ret_ms)
{
    int64_t theirs_ms = 0;
    *ret_ms = 0;
    if (!db_is_pg(c))
        return E_OK;
    int64_t before_ms = clock_mono_ms();
    TRY(db_one(c, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", DB_NO_IN,
        DB_OUT(out_i64(&theirs_ms))));
    int64_t took_ms = clock_mono_ms() - before_ms;
    /* Between question and answer it may have been read at any moment: only what is beyond counts.
     */
    static const struct clock real = { .offset_ms = 0 };
    int64_t ahead_ms = clock_wall_ms(&real) - theirs_ms;
    *ret_ms = ahead_ms >= 0 && ahead_ms <= took_ms ? 0
        : ahead_ms > 0                             ? ahead_ms - took_ms
                                                   : ahead_ms;
    return E_OK;
}

enum err store_check(struct ctx *c, struct buf *out)
{
    return c->store->engine->check(c, out);
}

enum err store_sweep(struct ctx *c, enum store_swept *ret)
{
    *ret = STORE_SWEPT_ELSEWHERE;
    return c->store->engine->sweep == NULL ? E_OK : c->store->engine->sweep(c, ret);
}
