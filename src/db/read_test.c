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
