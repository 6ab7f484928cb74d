#include "base/crypto.h"
#include "base/json.h"
#include "outgoing/outgoing.h"
#include "web/list.h"

/* Endpoints of the application: made, listed, tested, changed. */

enum {
    SECRET_BYTES = 32,
    TEXT_MAX = 200
};

static void write_members(struct json *j, struct arena *a, const struct endpoint *e)
{
    json_str(j, "id", endpoint_id(a, e));
    json_str(j, "url", e->url);
    json_str(j, "description", e->description);
    json_raw(j, "types", e->types.n > 0 ? e->types : S("[]"));
    json_str(j, "status", e->state == ENDPOINT_ACTIVE ? S("active") : S("off"));
    json_str_or_null(j, "why", e->why);
    json_i64(j, "sequence", e->cursor_seq);
    json_i64(j, "tries", e->tries);
    json_time(j, "nextTryAt", e->next_ms);
    json_time(j, "createdAt", e->created_ms);
}

static enum err answer_endpoint(struct req *r, int status, const struct endpoint *e, bool secret)
{
    struct json j = answer_json(r, status);
    json_open(&j, "data", '{');
    write_members(&j, r->c->arena, e);
    if (secret) /* this once */
        json_str(&j, "secret", endpoint_secret_text(r->c->arena, e->secret));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err one(struct ctx *c, const struct endpoint *e, void *arg)
{
    struct list *l = arg;
    json_open(&l->j, NULL, '{');
    write_members(&l->j, c->arena, e);
    json_close(&l->j, '}');
    return E_OK;
}

/* There are at most fifty: all of them. */
static enum err list(struct req *r)
{
    struct list l = { 0 };
    list_open(r, &l);
    TRY(endpoint_list(r->c, one, &l));
    list_close(r, &l);
    return E_OK;
}

static struct str new_secret(struct ctx *c)
{
    char *bytes = arena_alloc(c->arena, SECRET_BYTES);
    random_bytes(c, bytes, SECRET_BYTES);
    return (struct str) { bytes, SECRET_BYTES };
}

static enum err parse_add(struct req *r)
{
    struct ctx *c = r->c;
    struct endpoint *e = r->in;
    struct json_value types = { .kind = JSON_ABSENT };
    const struct json_field fields[] = { j_str("url", &e->url, OUTGOING_URL_MAX),
        j_value_opt("types", &types), j_str_opt("description", &e->description, TEXT_MAX), j_end };
    TRY(json_read(c, r->body, fields));
    if (types.kind == JSON_ARRAY && json_at(types, "0").kind != JSON_ABSENT)
        e->types = types.raw;
    else if (types.kind != JSON_ABSENT && types.kind != JSON_NULL && types.kind != JSON_ARRAY)
        return fail(c, INVALID_REQUEST, "types is a list of events");
    TRY(endpoint_check(c, e));
    e->id = id_new(c);
    e->secret = new_secret(c);
    return E_OK;
}

static enum err add(struct req *r)
{
    struct endpoint e = *(struct endpoint *)r->in;
    TRY(endpoint_add(r->c, &e));
    return answer_endpoint(r, 201, &e, true);
}

/* ---- one of them */

struct asked {
    struct id id;
    int64_t from;
    struct str secret;
};

static enum err take_id(struct req *r, struct id *ret)
{
    if (id_parse(S("whe"), r->params[0], ret))
        return E_OK;
    return fail(r->c, NOT_FOUND, "there is no such endpoint");
}

static enum err parse_id(struct req *r)
{
    struct asked *in = r->in;
    in->secret = new_secret(r->c);
    return take_id(r, &in->id);
}

static enum err parse_resume(struct req *r)
{
    struct asked *in = r->in;
    in->from = -1;
    const struct json_field fields[] = { j_i64_opt("from", &in->from), j_end };
    TRY(take_id(r, &in->id));
    return r->body.n > 0 ? json_read(r->c, r->body, fields) : E_OK;
}

static enum err remove_one(struct req *r)
{
    const struct asked *in = r->in;
    TRY(endpoint_remove(r->c, in->id));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "id", r->params[0]);
    json_bool(&j, "removed", true);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err rotate(struct req *r)
{
    const struct asked *in = r->in;
    struct endpoint e;
    TRY(endpoint_rotate(r->c, in->id, in->secret, &e));
    return answer_endpoint(r, 200, &e, true);
}

static enum err resume(struct req *r)
{
    const struct asked *in = r->in;
    struct endpoint e;
    TRY(endpoint_resume(r->c, in->id, in->from, &e));
    return answer_endpoint(r, 200, &e, false);
}

/* ---- tries */

static void write_delivery(struct json *j, const char *name, const struct delivery *d)
{
    json_open(j, name, '{');
    json_str(j, "messageId", d->message);
    json_str(j, "type", d->type);
    json_i64(j, "sequence", d->seq);
    json_i64(j, "try", d->try);
    json_bool(j, "ok", d->ok);
    if (d->status > 0)
        json_i64(j, "status", d->status);
    else
        json_raw(j, "status", S("null"));
    json_i64(j, "tookMs", d->took_ms);
    json_str_or_null(j, "why", d->why);
    json_time(j, "at", d->at_ms);
    json_close(j, '}');
}

/* On a caller: it waits for the endpoint. */
static enum err test(struct req *r)
{
    const struct asked *in = r->in;
    struct delivery d;
    TRY(endpoint_test(r->c, in->id, &d));
    struct json j = answer_json(r, 200);
    write_delivery(&j, "data", &d);
    answer_json_end(r, &j);
    return E_OK;
}

static enum err one_delivery(struct ctx *c, const struct delivery *d, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, d->n))
        return E_OK;
    write_delivery(&l->j, NULL, d);
    return c->dead ? E_DEAD : E_OK;
}

static enum err deliveries(struct req *r)
{
    struct list l = { 0 };
    struct id id;
    struct endpoint e;
    TRY(req_page(r, &l.page));
    TRY(take_id(r, &id));
    TRY(endpoint_get(r->c, id, &e));
    list_open(r, &l);
    TRY(delivery_list(r->c, e.n, l.page.after_n, list_want(&l), one_delivery, &l));
    list_close(r, &l);
    return E_OK;
}

enum {
    READERS = ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN,
};

static const struct route table[] = {
    { "GET", "/api/webhook-endpoints", SHAPE_READ, NULL, list, NULL, 0, READERS, 0, 0,
        "Where the application is told what happens." },
    { "POST", "/api/webhook-endpoints", SHAPE_WRITE, parse_add, add, NULL, sizeof(struct endpoint),
        ALLOW_ADMIN, 0, 0, "Tell another address; its secret is shown this once." },
    { "DELETE", "/api/webhook-endpoints/{id}", SHAPE_WRITE, parse_id, remove_one, NULL,
        sizeof(struct asked), ALLOW_ADMIN, 0, 0, "Tell an address no more." },
    { "POST", "/api/webhook-endpoints/{id}/rotate", SHAPE_WRITE, parse_id, rotate, NULL,
        sizeof(struct asked), ALLOW_ADMIN, 0, 0,
        "A new secret; the old one signs beside it for a day." },
    { "POST", "/api/webhook-endpoints/{id}/resume", SHAPE_WRITE, parse_resume, resume, NULL,
        sizeof(struct asked), ALLOW_ADMIN, 0, 0,
        "Try again now; `from` says behind which sequence everything is told once more." },
    { "POST", "/api/webhook-endpoints/{id}/test", SHAPE_CALL, parse_id, test, NULL,
        sizeof(struct asked), ALLOW_ADMIN, 0, 0, "Send a test message, and say what came back." },
    { "GET", "/api/webhook-endpoints/{id}/deliveries", SHAPE_READ, NULL, deliveries, NULL, 0,
        READERS, 0, 0, "Each try of the last thirty days, newest first." },
};
const struct routes outgoing_routes = { table, ARRAY_LEN(table) };
