#include "db/db.h"
#include "job/job.h"
#include "operation/operation_db.h"

/* What goes on by itself: the job of an open operation, the start, and forgetting. */

enum {
    SECOND_MS = 1000,
    LOOK_AGAIN_MS = 30 * SECOND_MS
};
#define KEPT_MS (INT64_C(30) * 24 * 3600 * SECOND_MS)

/* ---- going on with what lies open */

struct open {
    int64_t n;
    bool found;
    struct operation_row row;
};

static enum err read_open(struct ctx *c, void *arg)
{
    struct open *open = arg;
    return operation_look_n(c, open->n, &open->found, &open->row);
}

static enum err look_again(struct ctx *c, void *arg)
{
    return job_add(c, OPERATION_RESUME, *(struct str *)arg, c->now_ms + LOOK_AGAIN_MS);
}

static const struct operation_kind *kind_of(const struct operation_kinds *kinds, struct str name)
{
    for (size_t i = 0; i < kinds->n; i++)
        if (str_eq(kinds->kind[i]->name, name))
            return kinds->kind[i];
    return NULL;
}

enum err operation_resume(struct ctx *c, const struct operation_kinds *kinds, struct str subject)
{
    struct open open = { .found = false };
    struct operation_run run;
    if (!str_to_i64(subject, &open.n))
        return fail(c, INTERNAL, "%.*s is no operation's number", SARG(subject));
    TRY(db_read(c, read_open, &open));
    if (!open.found || open.row.done)
        return E_OK;
    const struct operation_kind *kind = kind_of(kinds, open.row.kind);
    if (kind == NULL)
        return fail(c, INTERNAL, "this program has no operation %.*s", SARG(open.row.kind));
    operation_run_start(c, &run, kind, NULL, arena_alloc(c->arena, kind->work_size));
    run.resume_n = open.n;
    enum err e = operation_run_all(c, &run);
    if (e == E_CONFLICT && c->err.code == CODE_IDEMPOTENCY_IN_PROGRESS) {
        /* Somebody is at it, and may yet die: that is no failure of this job. */
        err_clear(c);
        return db_tx_job(c, "operation.look_again", look_again, &subject);
    }
    return e;
}

/* ---- at start */

struct ending {
    int64_t n[100];
    size_t count;
};

static enum err collect(struct ctx *c, int64_t n, void *arg)
{
    struct ending *e = arg;
    (void)c;
    must(e->count < ARRAY_LEN(e->n));
    e->n[e->count++] = n;
    return E_OK;
}

static enum err end_leases_tx(struct ctx *c, void *arg)
{
    struct ending e = { .count = 0 };
    TRY(operation_each_leased(c, collect, &e));
    for (size_t i = 0; i < e.count; i++) {
        TRY(operation_end_lease(c, e.n[i]));
        TRY(job_hurry(c, OPERATION_RESUME, str_fmt(c->arena, "%lld", (long long)e.n[i])));
    }
    *(bool *)arg = e.count == ARRAY_LEN(e.n);
    return E_OK;
}

enum err operation_end_leases(struct ctx *c)
{
    if (store_is_pg(c->store))
        return E_OK;
    for (bool more = true; more;)
        TRY(db_tx(c, "operation.end_leases", end_leases_tx, &more));
    return E_OK;
}

/* ---- forgetting (R83) */

static enum err forget_tx(struct ctx *c, void *arg)
{
    return operation_delete_before(c, c->now_ms - KEPT_MS, arg);
}

enum err operation_forget(struct ctx *c, bool *ret_more)
{
    int64_t deleted = 0;
    TRY(db_tx_job(c, "operation.forget", forget_tx, &deleted));
    *ret_more = deleted == 100;
    return E_OK;
}

/* ---- verifying */

enum {
    CHUNK = 500
};

struct checking {
    struct buf *out;
    int64_t found, last_n;
    bool more;
};

static enum err check(struct ctx *c, const struct operation_seen *seen, void *arg)
{
    struct checking *k = arg;
    const struct operation_row *row = &seen->row;
    k->last_n = row->n;
    k->more = true;
    if (seen->strayed && ++k->found)
        buf_fmt(k->out, "operation %lld (%.*s): its key is not the one that it is found under\n",
            (long long)row->n, SARG(row->kind));
    if (!row->done && !seen->resumes && ++k->found)
        buf_fmt(k->out, "operation %lld (%.*s): it is open, and no job goes on with it\n",
            (long long)row->n, SARG(row->kind));
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(operation_each_seen(c, k->last_n, CHUNK, check, k));
    *ret_more = k->more;
    return E_OK;
}

enum err operation_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { .out = out };
    TRY(ctx_pieces(c, INT64_MAX, check_chunk, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "operations are not as they were left");
}
