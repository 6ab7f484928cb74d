#include "edge/key.h"

#include "base/clock.h"
#include "edge/auth.h"
#include "web/list.h"

void key_write(struct json *j, struct arena *a, const struct key *key)
{
    json_str(j, "id", id_text(a, S("key"), key->id));
    json_str(j, "name", key->name);
    json_str(j, "role", role_text(key->role));
    json_str(j, "shown", key->shown);
    json_time(j, "createdAt", key->created_ms);
    json_time(j, "expiresAt", key->expires_ms);
    json_time(j, "lastUsedAt", key->used_ms);
    json_time(j, "revokedAt", key->revoked_ms);
}

struct listing {
    struct list list;
    struct key key;
};

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    struct json *j = &l->list.j;
    if (!list_room(&l->list, l->key.n))
        return E_OK;
    json_open(j, NULL, '{');
    key_write(j, c->arena, &l->key);
    json_close(j, '}');
    return E_OK;
}

static enum err list(struct req *r)
{
    struct listing l = { 0 };
    TRY(req_page(r, &l.list.page));
    list_open(r, &l.list);
    TRY(key_list(r->c, l.list.page.after_n, list_want(&l.list), &l.key, list_one, &l));
    list_close(r, &l.list);
    return E_OK;
}

struct create {
    struct key key;
    struct str text;
};

static enum err create_parse(struct req *r)
{
    struct ctx *c = r->c;
    struct create *in = r->in;
    struct str role = { 0 }, name = S(""), expires = { 0 };
    const struct json_field fields[] = {
        j_str("role", &role, 20),
        j_str_opt("name", &name, KEY_NAME_MAX),
        j_str_opt("expiresAt", &expires, 40),
        j_end,
    };
    TRY(auth_recent(r));
    TRY(json_read(c, r->body, fields));
    int64_t expires_ms = 0;
    if (expires.n > 0 && !time_parse_iso(expires, &expires_ms))
        return fail(c, INVALID_REQUEST, "expiresAt is no time such as 2027-01-31T00:00:00Z");
    TRY(key_check(c, role, name, expires_ms, &in->key));
    in->text = key_draw(c);
    return E_OK;
}

static enum err create(struct req *r)
{
    struct create *in = r->in;
    TRY(key_create(r->c, &in->key, in->text));
    in->key.created_ms = r->c->wall_ms;
    in->key.shown = str_part(in->text, 0, 12);
    struct json j = answer_json(r, 201);
    json_open(&j, "data", '{');
    key_write(&j, r->c->arena, &in->key);
    json_str(&j, "key", in->text);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err revoke(struct req *r)
{
    struct id id;
    if (!id_parse(S("key"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "There is no such API key.");
    TRY(key_revoke(r->c, id));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "id", r->params[0]);
    json_bool(&j, "revoked", true);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err revoke_parse(struct req *r)
{
    return auth_recent(r);
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/admin/keys",
        .shape = SHAPE_READ,
        .run = list,
        .allow = ALLOW_ADMIN,
        .about = "API keys: name, role, last use; never their text.",
    },
    {
        .method = "POST",
        .path = "/api/admin/keys",
        .shape = SHAPE_WRITE,
        .parse = create_parse,
        .run = create,
        .in_size = sizeof(struct create),
        .allow = ALLOW_ADMIN,
        .about = "A new API key {role, name?, expiresAt?}; its text is shown this once.",
    },
    {
        .method = "DELETE",
        .path = "/api/admin/keys/{id}",
        .shape = SHAPE_WRITE,
        .parse = revoke_parse,
        .run = revoke,
        .allow = ALLOW_ADMIN,
        .about = "Revoke an API key, at once.",
    },
};
const struct routes key_routes = { table, ARRAY_LEN(table) };
