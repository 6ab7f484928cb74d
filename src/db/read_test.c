#include "base/metric.h"
#include "base/test.h"
#include "db/db.h"
#include "db/sqlite.h"

/* How long a statement may read. */

static enum err limit_of(struct ctx *c, void *arg)
{
    int64_t *ret_ms = arg;
    if (db_is_pg(c))
        return db_one(c,
            "SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'statement_timeout'",
            DB_NO_IN, DB_OUT(out_i64(ret_ms)));
    *ret_ms = ((const struct conn *)c->db)->limit_us / 1000;
    return E_OK;
}

/* In memory there is one connection, and nobody else who would wait: no limit. */
static int64_t unless_alone(struct test *t, int64_t ms)
{
    return !store_is_pg(t->c->store) && ((struct sqlite_store *)t->c->store)->memory ? 0 : ms;
}

TEST("a statement has a second, a report's ten, and one that reads whole tables ten minutes")
{
    int64_t ms = 0;
    EXPECT_OK(db_read(t->c, limit_of, &ms));
    EXPECT_I64(ms, unless_alone(t, 1000));
    EXPECT_OK(db_read_whole(t->c, limit_of, &ms));
    EXPECT_I64(ms, unless_alone(t, 600000));
    EXPECT_OK(db_read_long(t->c, limit_of, &ms));
    EXPECT_I64(ms, unless_alone(t, 10000));
    EXPECT_OK(db_read(t->c, limit_of, &ms));
    EXPECT_I64(ms, unless_alone(t, 1000));
}

/* ---- on PostgreSQL each wait is a way to the server and back */

static enum err ask_nothing(struct ctx *c, void *arg)
{
    (void)arg;
    return c->dead ? E_DEAD : E_OK;
}

struct asking {
    bool found;
    int64_t one;
};

static enum err ask_only(struct ctx *c, void *arg)
{
    struct asking *a = arg;
    return db_ask(c, &a->found, "SELECT CAST(1 AS BIGINT)", DB_NO_IN, DB_OUT(out_i64(&a->one)));
}

static enum err ask_and_find(struct ctx *c, void *arg)
{
    struct asking *a = arg;
    int64_t two = 0;
    TRY(ask_only(c, a));
    TRY(db_one(c, "SELECT CAST(2 AS BIGINT)", DB_NO_IN, DB_OUT(out_i64(&two))));
    TRY(db_wait(c));
    return two == 2 * a->one ? E_OK : fail(c, INTERNAL, "one is %lld", (long long)a->one);
}

static int64_t trips_of(struct test *t, enum err (*body)(struct ctx *c, void *arg))
{
    struct ctx *c = t->c;
    struct asking a = { .one = 0 };
    const int64_t before = metric_value(c, METRIC_store_trips_total);
    EXPECT_OK(db_read(c, body, &a));
    EXPECT(body == ask_nothing || (a.found && a.one == 1));
    return metric_value(c, METRIC_store_trips_total) - before;
}

TEST("a snapshot goes to the database once for all that it asks before it waits")
{
    const int64_t pg = store_is_pg(t->c->store) ? 1 : 0;
    EXPECT_I64(trips_of(t, ask_and_find), pg);
    EXPECT_I64(trips_of(t, ask_nothing), 0);
    EXPECT_I64(trips_of(t, ask_and_find), pg);
    EXPECT_I64(trips_of(t, ask_only), pg); /* for what would be filled when nobody is there */
    EXPECT_I64(trips_of(t, ask_nothing), 0);
    EXPECT_I64(trips_of(t, ask_and_find), pg);
}

#define OTHERS                                                                                     \
    " FROM pg_stat_activity WHERE application_name = 'purser' AND datname = current_database()"    \
    " AND pid <> pg_backend_pid()"

static enum err count_snapshots(struct ctx *c, void *arg)
{
    int64_t *ret = arg;
    return db_one(
        c, "SELECT COUNT(*)" OTHERS " AND xact_start IS NOT NULL", DB_NO_IN, DB_OUT(out_i64(ret)));
}

TEST("a snapshot ends at the server though nobody waits for it")
{
    struct ctx *c = t->c;
    int64_t left = 1;
    if (!store_is_pg(c->store))
        return;
    EXPECT_I64(trips_of(t, ask_and_find), 1);
    for (int i = 0; i < 1000 && left > 0; i++)
        EXPECT_OK(db_tx(c, "count", count_snapshots, &left));
    EXPECT_I64(left, 0);
}

static enum err end_others(struct ctx *c, void *arg)
{
    int64_t *ret = arg;
    return db_one(c,
        "SELECT COUNT(CASE WHEN pg_terminate_backend(pid) THEN 1 END)" OTHERS
        " AND query = 'COMMIT'",
        DB_NO_IN, DB_OUT(out_i64(ret)));
}

TEST("a connection that ended behind a snapshot is replaced by the next one")
{
    struct ctx *c = t->c;
    int64_t ended = 0;
    if (!store_is_pg(c->store))
        return;
    EXPECT_I64(trips_of(t, ask_and_find), 1);
    for (int i = 0; i < 1000 && ended == 0; i++)
        EXPECT_OK(db_tx(c, "end the readers", end_others, &ended));
    EXPECT(ended > 0);
    EXPECT(trips_of(t, ask_and_find) > 0);
}
