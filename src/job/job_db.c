#include "job/job_db.h"

#include "db/db.h"

/* While a job is leased, due_ms is the end of its lease, so that the one index of what is due also
 * finds what a dead runner left; and whoever wants it again meanwhile leaves a mark in again_ms. */

/* ---- asking for work */

static enum err add(
    struct ctx *c, struct str kind, struct str subject, int64_t due_ms, struct str topic)
{
    must(due_ms > 0);
    /* SQLite gives the number of a job that is gone to the next one: a token that began at nothing
     * would let who sleeps past his lease end that one. */
    int64_t token = random_below(c, INT64_C(1) << 48);
    if (due_ms <= c->now_ms)
        db_touch(c, topic);
    return db_exec(c, 1,
        "INSERT INTO job (kind, subject, standing, state, due_ms, again_ms, leased_until_ms,"
        "   token, tries, created_ms, first_due_ms, last_error)"
        " VALUES ($1, $2, 0, 0, $3, 0, 0, $5, 0, $4, $3, '')"
        " ON CONFLICT (subject, kind) DO UPDATE SET"
        "   state = 0,"
        "   due_ms = CASE WHEN job.state = 0 AND (job.leased_until_ms > 0"
        "       OR job.due_ms < excluded.due_ms) THEN job.due_ms ELSE excluded.due_ms END,"
        "   again_ms = CASE WHEN job.leased_until_ms = 0 THEN 0"
        "       WHEN job.again_ms > 0 AND job.again_ms < excluded.due_ms THEN job.again_ms"
        "       ELSE excluded.due_ms END,"
        "   tries = CASE WHEN job.state = 0 THEN job.tries ELSE 0 END,"
        "   first_due_ms = CASE WHEN job.state = 0 THEN job.first_due_ms"
        "       ELSE excluded.first_due_ms END",
        DB_IN(in_str(kind), in_str(subject), in_i64(due_ms), in_i64(c->now_ms), in_i64(token)));
}

enum err job_add(struct ctx *c, struct str kind, struct str subject, int64_t due_ms)
{
    return add(c, kind, subject, due_ms, JOB_TOPIC);
}

enum err job_add_gathered(struct ctx *c, struct str kind, struct str subject, int64_t due_ms)
{
    return add(c, kind, subject, due_ms, JOB_GATHER_TOPIC);
}

#define DUE_NOW                                                                                    \
    " due_ms = CASE WHEN leased_until_ms > 0 OR due_ms < $1 THEN due_ms ELSE $1 END,"              \
    " again_ms = CASE WHEN leased_until_ms > 0 THEN $1 ELSE 0 END"

/* One that is due already is left alone, and not locked: whoever sends mails or asks for a thing
 * that many wait for hurries the same job from many commits at once. */
enum err job_hurry(struct ctx *c, struct str kind, struct str subject)
{
    db_touch(c, JOB_TOPIC);
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET" DUE_NOW " WHERE subject = $2 AND kind = $3 AND state = 0"
        " AND CASE WHEN leased_until_ms > 0 THEN again_ms = 0 OR again_ms > $1"
        "   ELSE due_ms > $1 END",
        DB_IN(in_i64(c->now_ms), in_str(subject), in_str(kind)));
}

enum err job_set_due(struct ctx *c, int64_t n)
{
    db_touch(c, JOB_TOPIC);
    return db_exec(c, 1,
        "UPDATE job SET state = 0, tries = 0,"
        " first_due_ms = CASE WHEN state = 1 THEN $1 ELSE first_due_ms END," DUE_NOW
        " WHERE n = $2",
        DB_IN(in_i64(c->now_ms), in_i64(n)));
}

enum err job_drop(struct ctx *c, struct str kind, struct str subject)
{
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM job WHERE subject = $1 AND kind = $2",
        DB_IN(in_str(subject), in_str(kind)));
}

/* ---- claiming */

struct claims {
    struct claim claim;
    enum err (*each)(struct ctx *c, const struct claim *claim, void *arg);
    void *arg;
};

static enum err hand_claim(struct ctx *c, void *arg)
{
    struct claims *claims = arg;
    return claims->each(c, &claims->claim, claims->arg);
}

#define CLAIMED " RETURNING job.n, token, tries, created_ms, first_due_ms, standing, kind, subject"

enum err job_claim(struct ctx *c, bool standing, int64_t until_ms, int64_t max,
    enum err (*each)(struct ctx *c, const struct claim *claim, void *arg), void *arg)
{
    struct claims claims = { .each = each, .arg = arg };
    struct claim *k = &claims.claim;
    return db_each(c,
        DB_SQL(c,
            "UPDATE job SET token = token + 1, tries = tries + 1, leased_until_ms = $1,"
            " due_ms = $1 WHERE n IN (SELECT n FROM job WHERE state = 0 AND standing = $2"
            " AND due_ms <= $3 ORDER BY due_ms, n LIMIT $4)" CLAIMED,
            "WITH due AS (SELECT n FROM job WHERE state = 0 AND standing = $2 AND due_ms <= $3"
            " ORDER BY due_ms, n LIMIT $4 FOR UPDATE SKIP LOCKED)"
            " UPDATE job SET token = token + 1, tries = tries + 1, leased_until_ms = $1,"
            " due_ms = $1 FROM due WHERE job.n = due.n" CLAIMED),
        DB_IN(in_i64(until_ms), in_bool(standing), in_i64(c->now_ms), in_i64(max)),
        DB_OUT(out_i64(&k->n), out_i64(&k->token), out_i64(&k->tries), out_i64(&k->created_ms),
            out_i64(&k->first_due_ms), out_bool(&k->standing), out_str(&k->kind),
            out_str(&k->subject)),
        hand_claim, &claims);
}

enum err job_extend(struct ctx *c, const struct claim *k, int64_t until_ms)
{
    return db_exec(c, 1,
        "UPDATE job SET leased_until_ms = $1, due_ms = $1 WHERE n = $2 AND token = $3",
        DB_IN(in_i64(until_ms), in_i64(k->n), in_i64(k->token)));
}

/* ---- finishing */

/* Each of these ends the claim: run once more, after a COMMIT that nobody could say came through,
 * it finds another token and changes nothing. */
enum err job_done(struct ctx *c, const struct claim *k)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM job WHERE n = $1 AND token = $2 AND again_ms = 0",
        DB_IN(in_i64(k->n), in_i64(k->token))));
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET token = token + 1, leased_until_ms = 0, tries = 0, due_ms = again_ms,"
        " first_due_ms = again_ms, again_ms = 0, last_error = '' WHERE n = $1 AND token = $2",
        DB_IN(in_i64(k->n), in_i64(k->token)));
}

#define AGAIN_OR_AT " CASE WHEN again_ms > 0 AND again_ms < $1 THEN again_ms ELSE $1 END"

enum err job_done_standing(struct ctx *c, const struct claim *k, int64_t next_ms)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET token = token + 1, leased_until_ms = 0, tries = 0, due_ms =" AGAIN_OR_AT
        ", first_due_ms =" AGAIN_OR_AT ", again_ms = 0, last_error = ''"
        " WHERE n = $2 AND token = $3",
        DB_IN(in_i64(next_ms), in_i64(k->n), in_i64(k->token)));
}

enum err job_failed(struct ctx *c, const struct claim *k, int64_t retry_ms, struct str error)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET token = token + 1, leased_until_ms = 0, due_ms =" AGAIN_OR_AT
        ", again_ms = 0,"
        " last_error = $4 WHERE n = $2 AND token = $3",
        DB_IN(in_i64(retry_ms), in_i64(k->n), in_i64(k->token), in_str(error)));
}

enum err job_release(struct ctx *c, const struct claim *k)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET token = token + 1, leased_until_ms = 0, tries = tries - 1, due_ms = $1,"
        " again_ms = 0"
        " WHERE n = $2 AND token = $3",
        DB_IN(in_i64(c->now_ms), in_i64(k->n), in_i64(k->token)));
}

enum err job_park(struct ctx *c, const struct claim *k, struct str error, bool *ret_parked)
{
    int64_t n = 0;
    return db_find(c, ret_parked,
        "UPDATE job SET token = token + 1, state = 1, leased_until_ms = 0, due_ms = $1, last_error = $2"
        " WHERE n = $3 AND token = $4 AND again_ms = 0 RETURNING n",
        DB_IN(in_i64(c->now_ms), in_str(error), in_i64(k->n), in_i64(k->token)),
        DB_OUT(out_i64(&n)));
}

/* ---- at start, and between runs */

enum err job_soonest(struct ctx *c, bool standing, int64_t *ret_ms)
{
    int64_t soonest_ms = INT64_MAX;
    TRY(db_one(c, "SELECT MIN(due_ms) FROM job WHERE state = 0 AND standing = $1",
        DB_IN(in_bool(standing)), DB_OUT(out_i64_null(&soonest_ms))));
    *ret_ms = soonest_ms;
    return E_OK;
}

enum err job_stand(struct ctx *c, struct str kind)
{
    return db_exec(c, DB_ANY_ROWS,
        "INSERT INTO job (kind, subject, standing, state, due_ms, again_ms, leased_until_ms,"
        "   token, tries, created_ms, first_due_ms, last_error)"
        " VALUES ($1, '', 1, 0, $2, 0, 0, 0, 0, $2, $2, '') ON CONFLICT (subject, kind) DO NOTHING",
        DB_IN(in_str(kind), in_i64(c->now_ms)));
}

/* Also after a restore from PostgreSQL: no runner that is named here lives any more. */
enum err job_end_leases(struct ctx *c)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE job SET leased_until_ms = 0, due_ms = $1, again_ms = 0 WHERE leased_until_ms > 0",
        DB_IN(in_i64(c->now_ms)));
}

/* ---- looking */

struct jobs {
    struct job job;
    enum err (*each)(struct ctx *c, const struct job *job, void *arg);
    void *arg;
};

static enum err hand_job(struct ctx *c, void *arg)
{
    struct jobs *jobs = arg;
    return jobs->each(c, &jobs->job, jobs->arg);
}

#define COLUMNS "n, kind, subject, state, due_ms, created_ms, leased_until_ms, tries, last_error"
#define OUT_JOB(j)                                                                                 \
    DB_OUT(out_i64(&(j)->n), out_str(&(j)->kind), out_str(&(j)->subject), out_enum(&(j)->state),   \
        out_i64(&(j)->due_ms), out_i64(&(j)->created_ms), out_i64(&(j)->leased_until_ms),          \
        out_i64(&(j)->tries), out_str(&(j)->last_error))

enum err job_list(struct ctx *c, int64_t state, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct job *job, void *arg), void *arg)
{
    struct jobs jobs = { .each = each, .arg = arg };
    if (state == JOB_PARKED)
        return db_each(c,
            "SELECT " COLUMNS " FROM job WHERE n > $1 AND state = 1 ORDER BY n LIMIT $2",
            DB_IN(in_i64(after_n), in_i64(limit)), OUT_JOB(&jobs.job), hand_job, &jobs);
    return db_each(c,
        "SELECT " COLUMNS " FROM job WHERE n > $1 AND ($2 < 0 OR state = $2) ORDER BY n LIMIT $3",
        DB_IN(in_i64(after_n), in_i64(state), in_i64(limit)), OUT_JOB(&jobs.job), hand_job, &jobs);
}

enum err job_of_subject(struct ctx *c, struct str subject,
    enum err (*each)(struct ctx *c, const struct job *job, void *arg), void *arg)
{
    struct jobs jobs = { .each = each, .arg = arg };
    return db_each(c, "SELECT " COLUMNS " FROM job WHERE subject = $1 ORDER BY n",
        DB_IN(in_str(subject)), OUT_JOB(&jobs.job), hand_job, &jobs);
}

enum err job_get(struct ctx *c, struct id id, struct job *ret)
{
    struct job job = { 0 };
    int64_t created_ms = 0, n = 0;
    bool found = false;
    if (id_is_row(id, &created_ms, &n))
        TRY(db_find(c, &found, "SELECT " COLUMNS " FROM job WHERE n = $1 AND created_ms = $2",
            DB_IN(in_i64(n), in_i64(created_ms)), OUT_JOB(&job)));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such job; one that is done is gone");
    *ret = job;
    return E_OK;
}
