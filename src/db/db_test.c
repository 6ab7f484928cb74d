#include "base/fault.h"
#include "base/test.h"
#include "db/db.h"

/* What both engines promise alike. */

static enum err make_table(struct ctx *c, void *arg)
{
    return c->store == arg ? E_OK : E_INTERNAL;
}

static enum err put(struct ctx *c, void *arg)
{
    const struct str *name = arg;
    return db_exec(c, 1, "INSERT INTO setting (name, value) VALUES ($1, $2)",
        DB_IN(in_str(*name), in_str(S("v"))));
}

struct got {
    struct str name, value;
    bool found;
};

static enum err get(struct ctx *c, void *arg)
{
    struct got *g = arg;
    return db_find(c, &g->found, "SELECT value FROM setting WHERE name = $1",
        DB_IN(in_str(g->name)), DB_OUT(out_str(&g->value)));
}

TEST("what a transaction wrote is there for the next snapshot")
{
    struct str name = S("a");
    struct got g = { .name = S("a") };
    EXPECT_OK(db_read(t->c, get, &g));
    EXPECT(!g.found);
    EXPECT_OK(db_tx(t->c, "put", put, &name));
    EXPECT_OK(db_read(t->c, get, &g));
    EXPECT(g.found);
    EXPECT_STR(g.value, S("v"));
    EXPECT_OK(db_tx(t->c, "nothing", make_table, t->c->store));
}

TEST("a second row under a unique key is a conflict and leaves nothing")
{
    struct str name = S("a");
    int64_t before = store_commit_no(t->c->store);
    EXPECT_OK(db_tx(t->c, "put", put, &name));
    EXPECT_FAIL(db_tx(t->c, "put", put, &name), CONFLICT);
    EXPECT_I64(store_commit_no(t->c->store), before + 1);
}

struct number {
    int64_t v;
};

static enum err add_one(struct ctx *c, void *arg)
{
    struct number *n = arg;
    bool mine = false;
    struct str name = S("");
    /* Unique first: what ran already is found, not repeated. */
    TRY(db_find(c, &mine,
        "INSERT INTO setting (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO NOTHING RETURNING name",
        DB_IN(in_str(S("token")), in_str(S("x"))), DB_OUT(out_str(&name))));
    if (mine)
        TRY(db_exec(c, 1, "INSERT INTO setting (name, value) VALUES ($1, $2)",
            DB_IN(in_str(S("effect")), in_str(S("once")))));
    n->v++;
    return E_OK;
}

TEST("R87 a commit whose answer is lost is run again and takes effect once")
{
    struct number runs = { 0 };
    struct got g = { .name = S("effect") };
    t->c->faults->only = "db.commit.answer";
    t->c->faults->countdown = 0;
    EXPECT_OK(db_tx(t->c, "add one", add_one, &runs));
    EXPECT_OK(db_read(t->c, get, &g));
    EXPECT_STR(g.value, S("once"));
    EXPECT_I64(runs.v, t->c->faults->fired ? 2 : 1);
}
