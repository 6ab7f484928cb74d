#include "base/fault.h"
#include "base/test.h"
#include "db/db.h"

/* What follows a COMMIT of which nobody knows what became. */

struct again {
    int runs;
    int64_t numbered; /* of the last run */
};

static enum err find_all_done(struct ctx *c, void *arg)
{
    struct again *a = arg;
    a->runs++;
    if (!db_is_pg(c))
        return E_OK;
    return db_one(c,
        "SELECT CAST(CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN 0 ELSE 1 END"
        " AS BIGINT)",
        DB_NO_IN, DB_OUT(out_i64(&a->numbered)));
}

TEST("R87 a body that runs again and finds all done waits for the standby before it is told")
{
    struct again a = { 0 };
    EXPECT_OK(db_tx(t->c, "once", find_all_done, &a));
    EXPECT(a.runs == 1 && a.numbered == 0);
    t->c->faults->only = "db.commit.answer";
    t->c->faults->countdown = 0;
    EXPECT_OK(db_tx(t->c, "again", find_all_done, &a));
    bool pg = store_is_pg(t->c->store);
    EXPECT(a.runs == (pg ? 3 : 2) && a.numbered == pg);
    EXPECT_OK(db_tx(t->c, "later", find_all_done, &a));
    EXPECT_I64(a.numbered, 0);
}
