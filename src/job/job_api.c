#include "job/job.h"

#include "web/list.h"

static void write_job(struct json *j, struct ctx *c, const struct job *job)
{
    bool runs = job->leased_until_ms > c->now_ms;
    json_str(j, "id", job_id(c->arena, job));
    json_str(j, "kind", job->kind);
    json_str_or_null(j, "subject", job->subject);
    json_str(j, "status",
        job->state == JOB_PARKED ? S("parked")
            : runs               ? S("running")
                                 : S("waiting"));
    json_time(j, "createdAt", job->created_ms);
    json_time(j, "dueAt", job->state == JOB_PARKED || runs ? 0 : job->due_ms);
    json_i64(j, "tries", job->tries);
    json_str_or_null(j, "lastError", job->last_error);
}

static enum err list_one(struct ctx *c, const struct job *job, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, job->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    write_job(&l->j, c, job);
    json_close(&l->j, '}');
    return E_OK;
}

static enum err read_state(struct req *r, int64_t *ret)
{
    struct str state = { 0 };
    bool given = false;
    TRY(req_query(r, "state", &given, &state));
    if (!given)
        *ret = -1;
    else if (str_eq(state, S("waiting")))
        *ret = JOB_WAITING;
    else if (str_eq(state, S("parked")))
        *ret = JOB_PARKED;
    else
        return fail(r->c, INVALID_REQUEST, "state is waiting or parked");
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    int64_t state = 0;
    TRY(req_page(r, &l.page));
    TRY(read_state(r, &state));
    list_open(r, &l);
    TRY(job_list(r->c, state, l.page.after_n, list_want(&l), list_one, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err run(struct req *r)
{
    struct job job;
    struct id id;
    if (!id_parse(S("job"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such job; one that is done is gone");
    TRY(job_wake(r->c, id));
    TRY(job_get(r->c, id, &job));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    write_job(&j, r->c, &job);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/admin/jobs",
        .shape = SHAPE_READ,
        .run = list,
        .allow = ALLOW_ADMIN | ALLOW_VIEWER,
        .about = "Work that is waiting or was set aside for a person; `state` waiting or parked.",
    },
    {
        .method = "POST",
        .path = "/api/admin/jobs/{id}/run",
        .shape = SHAPE_WRITE,
        .run = run,
        .allow = ALLOW_ADMIN | ALLOW_SUPPORT,
        .about = "Do it now: a waiting or parked job is due at once.",
    },
};
const struct routes job_routes = { table, ARRAY_LEN(table) };
