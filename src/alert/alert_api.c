#include "alert/alert.h"

#include "web/list.h"

static void write_alert(struct ctx *c, struct json *j, const char *name, const struct alert *a)
{
    json_open(j, name, '{');
    json_str(j, "id", alert_id(c->arena, a));
    json_str(j, "kind", a->kind);
    json_str(j, "subject", a->subject);
    json_str(j, "status", a->state == ALERT_OPEN ? S("open") : S("closed"));
    json_str(j, "sentence", a->sentence);
    json_str_or_null(j, "meaning", a->info != NULL ? a->info->meaning : S(""));
    json_str_or_null(j, "remedy", a->info != NULL ? a->info->remedy : S(""));
    json_i64(j, "count", a->raised);
    json_time(j, "firstAt", a->first_ms);
    json_time(j, "lastAt", a->last_ms);
    json_time(j, "toldAt", a->told_ms);
    json_time(j, "closedAt", a->closed_ms);
    json_str_or_null(j, "closedBy", a->closed_by);
    json_close(j, '}');
}

/* ---- GET /api/admin/alerts?status=open|closed */

static enum err list_one(struct ctx *c, const struct alert *alert, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, alert->n))
        return E_OK;
    write_alert(c, &l->j, NULL, alert);
    return E_OK;
}

static enum err status_asked(struct req *r, int64_t *ret)
{
    struct str status;
    bool given = false;
    TRY(req_query(r, "status", &given, &status));
    if (given && !str_eq(status, S("open")) && !str_eq(status, S("closed")))
        return fail(r->c, INVALID_REQUEST, "status is open or closed");
    *ret = !given ? -1 : str_eq(status, S("open")) ? ALERT_OPEN : ALERT_CLOSED;
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    int64_t status = -1;
    TRY(req_page(r, &l.page));
    TRY(status_asked(r, &status));
    list_open(r, &l);
    TRY(alert_list(r->c, status, l.page.after_n, list_want(&l), list_one, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err id_asked(struct req *r, struct id *ret)
{
    if (!id_parse(S("alr"), r->params[0], ret))
        return fail(r->c, NOT_FOUND, "there is no such alert");
    return E_OK;
}

static enum err answer_alert(struct req *r, struct id id)
{
    struct alert alert;
    TRY(alert_get(r->c, id, &alert));
    struct json j = answer_json(r, 200);
    write_alert(r->c, &j, "data", &alert);
    answer_json_end(r, &j);
    return E_OK;
}

static enum err get(struct req *r)
{
    struct id id;
    TRY(id_asked(r, &id));
    return answer_alert(r, id);
}

/* ---- POST /api/admin/alerts/{id}/close {reason?} */

struct closing {
    struct id id;
    struct str reason;
};

static enum err parse_close(struct req *r)
{
    struct closing *in = r->in;
    const struct json_field fields[] = { j_str_opt("reason", &in->reason, 500), j_end };
    TRY(id_asked(r, &in->id));
    return r->body.n == 0 ? E_OK : json_read(r->c, r->body, fields);
}

static enum err close_alert(struct req *r)
{
    const struct closing *in = r->in;
    TRY(alert_close(r->c, in->id, in->reason));
    return answer_alert(r, in->id);
}

static const struct route table[] = {
    { "GET", "/api/admin/alerts", SHAPE_READ, NULL, list, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, 0, 0,
        "What needs a person, newest first; `status` open or closed." },
    { "GET", "/api/admin/alerts/{id}", SHAPE_READ, NULL, get, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        0, 0, "One alert, and what to do about it." },
    { "POST", "/api/admin/alerts/{id}/close", SHAPE_WRITE, parse_close, close_alert, NULL,
        sizeof(struct closing), ALLOW_ADMIN | ALLOW_SUPPORT, 0, 0,
        "It has been seen to: `{reason?}`." },
};
const struct routes alert_routes = { table, ARRAY_LEN(table) };
