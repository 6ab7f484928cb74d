#include "job/job.h"

#include "web/web.h"

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

struct listing {
    struct json *j;
    int64_t limit, shown, last_n;
    bool more;
};

static enum err list_one(struct ctx *c, const struct job *job, void *arg)
{
    struct listing *l = arg;
    l->more = l->shown == l->limit;
    if (l->more)
        return E_OK;
    l->shown++;
    l->last_n = job->n;
    json_open(l->j, NULL, '{');
    write_job(l->j, c, job);
    json_close(l->j, '}');
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
    struct page page;
    int64_t state = 0;
    TRY(req_page(r, &page));
    TRY(read_state(r, &state));
    struct json j = answer_json(r, 200);
    struct listing l = { .j = &j, .limit = page.limit };
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    TRY(job_list(r->c, state, page.after_n, page.limit + 1, list_one, &l));
    json_close(&j, ']');
    json_bool(&j, "hasMore", l.more);
    json_str_or_null(&j, "next", l.more ? page_cursor(r->c->arena, l.last_n) : S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
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
