#include "edge/key.h"

#include "fact/fact.h"

enum {
    SECRET = 32,
    PREFIX = sizeof "sk_live_" - 1,
    TEXT = PREFIX + 2 * SECRET
};

static struct str prefix(bool sandbox)
{
    return sandbox ? S("sk_test_") : S("sk_live_");
}

struct str key_draw(struct ctx *c)
{
    /* A command beside no server makes keys for a live one. */
    bool sandbox = c->edge != NULL && c->edge->options.sandbox;
    char bytes[SECRET];
    random_bytes(c, bytes, sizeof bytes);
    struct str text = str_fmt(c->arena, "%.*s%.*s", SARG(prefix(sandbox)),
        SARG(hex_text(c->arena, (struct str) { bytes, sizeof bytes })));
    cleanse(bytes, sizeof bytes);
    return text;
}

bool key_looks_right(struct str text, bool sandbox)
{
    if (text.n != TEXT || !str_starts(text, prefix(sandbox)))
        return false;
    for (size_t i = PREFIX; i < text.n; i++)
        if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f')))
            return false;
    return true;
}

enum err key_check(
    struct ctx *c, struct str role, struct str name, int64_t expires_ms, struct key *ret)
{
    struct key key = { .name = name, .expires_ms = expires_ms };
    if (!role_parse(role, &key.role) || !role_is_key(key.role))
        return fail(c, INVALID_REQUEST, "role must be admin, app or readonly");
    if (name.n > KEY_NAME_MAX || !str_is_text(name) || str_has(name, S("\n")))
        return fail(c, INVALID_REQUEST, "name must be one line of at most %d bytes", KEY_NAME_MAX);
    if (expires_ms != 0 && expires_ms <= c->wall_ms)
        return fail(c, INVALID_REQUEST, "expiresAt is over already");
    key.id = id_new(c);
    *ret = key;
    return E_OK;
}

static enum err note(struct ctx *c, struct str kind, struct id id, struct str data)
{
    int64_t n = 0;
    return fact_add(c,
        &(struct fact) { .kind = kind, .subject = id_text(c->arena, S("key"), id), .data = data },
        &n);
}

enum err key_create(struct ctx *c, const struct key *key, struct str text)
{
    TRY(key_insert(c, key, text));
    return note(c, S("KEY_CREATED"), key->id,
        str_fmt(c->arena, "{\"role\":\"%.*s\"}", SARG(role_text(key->role))));
}

enum err key_revoke(struct ctx *c, struct id id)
{
    bool was_live = false;
    TRY(key_end(c, id, &was_live));
    return was_live ? note(c, S("KEY_REVOKED"), id, S("")) : E_OK;
}
