#include "db/engine.h"

#include "base/fault.h"
#include "base/metric.h"

/* The verbs.  Fault places: "db.begin" (a snapshot or a batch cannot be opened: BUSY), "db.step" (a
 * statement fails: INTERNAL, undone), "db.commit" (the COMMIT is refused: BUSY, undone),
 * "file.sync" (a copy cannot be made to last).  Crash points: "member.before", "member.after",
 * "commit.before", "commit.after", "answer.before". */

static enum err may_go_on(struct ctx *c, const char *sql)
{
    must(c->db != NULL);
    if (c->dead)
        return E_DEAD;
    if (c->db->lost)
        return fail_because(c, INTERNAL, "a statement after a failure: %s", sql);
    if (fault(c, "db.step"))
        return fail(c, INTERNAL, "a statement failed on purpose: %s", sql);
    return E_OK;
}

static enum err enter(struct ctx *c, const char *sql)
{
    TRY(may_go_on(c, sql));
    if (c->db->store->heard != NULL)
        c->db->store->heard(c->db->store, sql);
    if (c->db->writes)
        metric_add(c, METRIC_store_statements_total, 1);
    return E_OK;
}

/* A missing row harms nothing; anything else that a verb answers has cost the transaction. */
static enum err leave(struct ctx *c, enum err e)
{
    if (e != E_OK && e != E_NOT_FOUND)
        c->db->lost = true;
    return e;
}

static enum err read_row(
    struct ctx *c, bool *ret_found, const char *sql, struct db_stmt *st, struct db_outs outs)
{
    const struct engine *engine = c->db->store->engine;
    bool found = false, more = false;
    TRY(engine->row(c, st, &found));
    if (found) {
        TRY(db_fill(c, sql, outs, st));
        TRY(engine->row(c, st, &more));
    }
    if (more)
        return fail(c, STORE_CORRUPT, "more than one row: %s", sql);
    *ret_found = found;
    return E_OK;
}

static enum err find(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs)
{
    TRY(enter(c, sql));
    const struct engine *engine = c->db->store->engine;
    struct db_stmt *st = NULL;
    TRY(engine->start(c, sql, in, outs.n, &st));
    enum err e = read_row(c, ret_found, sql, st, outs);
    engine->finish(c, st);
    return e;
}

enum err db_find(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs)
{
    return leave(c, find(c, ret_found, sql, in, outs));
}

enum err db_one(struct ctx *c, const char *sql, struct db_ins in, struct db_outs outs)
{
    bool found = false;
    TRY(db_find(c, &found, sql, in, outs));
    return found ? E_OK : fail(c, NOT_FOUND, "no row: %s", sql);
}

static enum err next_row(
    struct ctx *c, struct db_stmt *st, const char *sql, struct db_outs outs, bool *ret_row)
{
    TRY(c->db->store->engine->row(c, st, ret_row));
    return *ret_row ? db_fill(c, sql, outs, st) : E_OK;
}

static enum err each_row(struct ctx *c, struct db_stmt *st, const char *sql, struct db_outs outs,
    enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    for (;;) {
        bool row = false;
        TRY(leave(c, next_row(c, st, sql, outs, &row)));
        if (!row)
            return E_OK;
        TRY(each(c, arg));
        if (c->db->lost) /* each() went on after a failure */
            return may_go_on(c, sql);
    }
}

enum err db_each(struct ctx *c, const char *sql, struct db_ins in, struct db_outs outs,
    enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    TRY(leave(c, enter(c, sql)));
    const struct engine *engine = c->db->store->engine;
    struct db_stmt *st = NULL;
    TRY(leave(c, engine->start(c, sql, in, outs.n, &st)));
    enum err e = each_row(c, st, sql, outs, each, arg);
    engine->finish(c, st);
    return e;
}

static enum err exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in)
{
    TRY(enter(c, sql));
    must(c->db->writes && rows >= DB_ANY_ROWS);
    return c->db->store->engine->exec(c, rows, sql, in);
}

enum err db_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in)
{
    return leave(c, exec(c, rows, sql, in));
}

static enum err ask(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs)
{
    if (c->db->store->engine->ask == NULL)
        return find(c, ret_found, sql, in, outs);
    TRY(enter(c, sql));
    return c->db->store->engine->ask(c, ret_found, sql, in, outs);
}

enum err db_ask(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs)
{
    must(c->db != NULL);
    return leave(c, ask(c, ret_found, sql, in, outs));
}

enum err db_wait(struct ctx *c)
{
    TRY(leave(c, may_go_on(c, "wait")));
    const struct engine *engine = c->db->store->engine;
    return engine->wait == NULL ? E_OK : leave(c, engine->wait(c));
}

enum err db_alone(struct ctx *c, struct str name)
{
    must(c->db != NULL && c->db->writes);
    const struct engine *engine = c->db->store->engine;
    TRY(leave(c, enter(c, "alone")));
    return engine->alone == NULL ? E_OK : leave(c, engine->alone(c, (int64_t)str_hash(name)));
}

bool db_is_pg(const struct ctx *c)
{
    must(c->store != NULL);
    return c->store->engine->pg;
}

void *db_memo(struct ctx *c)
{
    must(c->db != NULL && c->db->writes);
    const struct engine *engine = c->db->store->engine;
    return engine->memo == NULL ? NULL : engine->memo(c->db);
}

/* FNV-1a.  A collision only wakes somebody too often. */
void db_touch(struct ctx *c, struct str topic)
{
    must(c->db != NULL && c->db->writes && c->db->tx != NULL);
    struct tx *tx = c->db->tx;
    uint64_t hash = str_hash(topic);
    for (size_t i = 0; i < tx->topics_; i++)
        if (tx->topic_[i] == hash)
            return;
    enum {
        ROOM = 8
    };
    if (tx->topics_ % ROOM == 0)
        tx->topic_ = arena_grow(
            c->arena, tx->topic_, tx->topics_ * sizeof hash, (tx->topics_ + ROOM) * sizeof hash);
    tx->topic_[tx->topics_++] = hash;
}
