#include "base/test.h"
#include "db/db.h"
#include "job/job_db.h"

/* What ends a claim, written down twice: the COMMIT came through, and nobody could say so. */

enum {
    HOUR = 3600 * 1000
};

struct ending {
    struct claim claim;
    int kind;
    int64_t due_ms;
};

static enum err take_claim(struct ctx *c, const struct claim *claim, void *arg)
{
    struct ending *e = arg;
    e->claim = *claim;
    e->claim.kind = str_copy(c->arena, claim->kind);
    return E_OK;
}

static enum err asked_tx(struct ctx *c, void *due_ms)
{
    return job_add(c, S("test_work"), S("again"), *(int64_t *)due_ms);
}

static enum err claim_tx(struct ctx *c, void *arg)
{
    return job_claim(c, false, c->now_ms + HOUR, 1, take_claim, arg);
}

static enum err ending_tx(struct ctx *c, void *arg)
{
    struct ending *e = arg;
    bool parked = false;
    switch (e->kind) {
    case 0:
        return job_done(c, &e->claim);
    case 1:
        return job_failed(c, &e->claim, c->now_ms + HOUR, S("away"));
    case 2:
        return job_release(c, &e->claim);
    }
    return job_park(c, &e->claim, S("away"), &parked);
}

static enum err state_tx(struct ctx *c, void *arg)
{
    struct ending *e = arg;
    return db_one(c, "SELECT COALESCE(MIN(due_ms), 0) FROM job WHERE standing = 0", DB_NO_IN,
        DB_OUT(out_i64(&e->due_ms)));
}

TEST("R87 a job that was asked for again is still there when its end is written down twice")
{
    for (int kind = 0; kind < 4; kind++) {
        struct ending e = { .kind = kind };
        t->c->now_ms += 24 * (int64_t)HOUR;
        EXPECT_OK(db_tx(t->c, "test", asked_tx, &(int64_t) { t->c->now_ms }));
        EXPECT_OK(db_tx(t->c, "test", claim_tx, &e));
        EXPECT_STR(e.claim.kind, S("test_work"));
        EXPECT_OK(db_tx(t->c, "test", asked_tx, &(int64_t) { t->c->now_ms + 5000 }));
        EXPECT_OK(db_tx(t->c, "test", ending_tx, &e));
        EXPECT_OK(db_read(t->c, state_tx, &e));
        int64_t due_ms = e.due_ms;
        EXPECT(due_ms > 0);
        EXPECT_OK(db_tx(t->c, "test", ending_tx, &e));
        EXPECT_OK(db_read(t->c, state_tx, &e));
        EXPECT_I64(e.due_ms, due_ms);
    }
}

/* On SQLite the number of a job that is gone is given to the next one. */
TEST("R17 who slept past his lease does not end another job that has the same number by now")
{
    struct ending asleep = { .kind = 0 }, awake = { .kind = 0 }, other = { .kind = 0 };
    EXPECT_OK(db_tx(t->c, "test", asked_tx, &(int64_t) { t->c->now_ms }));
    EXPECT_OK(db_tx(t->c, "test", claim_tx, &asleep));
    t->c->now_ms += 2 * (int64_t)HOUR;
    EXPECT_OK(db_tx(t->c, "test", claim_tx, &awake));
    EXPECT_OK(db_tx(t->c, "test", ending_tx, &awake));
    for (int i = 0; i < 2; i++) {
        EXPECT_OK(db_tx(t->c, "test", asked_tx, &(int64_t) { t->c->now_ms }));
        EXPECT_OK(db_tx(t->c, "test", claim_tx, &other));
        EXPECT_OK(db_tx(t->c, "test", ending_tx, &asleep));
        EXPECT_OK(db_read(t->c, state_tx, &other));
        EXPECT(other.due_ms > 0);
    }
}
