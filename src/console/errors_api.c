#include "console/console.h"
#include "customer/customer.h"
#include "failure/failure.h"
#include "web/list.h"

/* What failed, for programs. */

static void write_failure(struct ctx *c, struct json *j, const struct failure *f)
{
    json_str(j, "id", failure_id(c->arena, f));
    json_str(j, "kind", failure_kind_text(f->kind));
    json_str(j, "place", f->place);
    json_str(j, "code", f->code);
    json_i64(j, "count", f->count);
    json_i64(j, "customers", f->customers);
    json_time(j, "firstAt", f->first_ms);
    json_time(j, "lastAt", f->last_ms);
    json_str(j, "lastRequestId", f->request_id);
}

static enum err one(struct ctx *c, const struct failure *f, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, f->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    write_failure(c, &l->j, f);
    json_close(&l->j, '}');
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    struct str kind = S("");
    bool given = false;
    TRY(req_query(r, "show", &given, &kind));
    if (given && !str_eq(kind, S("refused")))
        return fail(r->c, INVALID_REQUEST, "show is refused, or is left out");
    TRY(req_page(r, &l.page));
    list_open(r, &l);
    TRY(failure_list(
        r->c, &(struct failure_filter) { given, l.page.after_n, list_want(&l) }, one, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err one_customer(struct ctx *c, int64_t customer_n, void *arg)
{
    struct json *j = arg;
    struct customer k;
    TRY(customer_by_n(c, customer_n, &k));
    json_str(j, NULL, k.external_id);
    return E_OK;
}

static enum err get(struct req *r)
{
    struct failure f;
    struct id id;
    if (!id_parse(S("err"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such group of errors");
    TRY(failure_get(r->c, id, &f));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    write_failure(r->c, &j, &f);
    json_open(&j, "customerIds", '[');
    TRY(failure_customers(r->c, f.n, one_customer, &j));
    json_close(&j, ']');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/api/admin/errors", SHAPE_READ, NULL, list, NULL, 0, LOOKS, 0, 0,
        "What failed, by place and code, last seen first; `show=refused` what callers were "
        "refused." },
    { "GET", "/api/admin/errors/{id}", SHAPE_READ, NULL, get, NULL, 0, LOOKS, 0, 0,
        "One kind of error, and which customers it met: the first hundred." },
};
const struct routes console_errors_api_routes = { table, ARRAY_LEN(table) };
