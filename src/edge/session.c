#include "edge/session.h"

#include "edge/csrf.h"

static struct str cookie_bytes(const struct req *r, struct str name)
{
    struct str raw;
    if (!base64url_parse(r->c->arena, req_cookie(r, name), &raw) || raw.n != SESSION_SECRET)
        return S("");
    return raw;
}

struct str session_cookie(const struct req *r)
{
    return cookie_bytes(r, S("purser"));
}

struct str guest_cookie(const struct req *r)
{
    return cookie_bytes(r, S("purser-guest"));
}

static void answer_bytes_cookie(struct req *r, struct str name, struct str secret)
{
    answer_cookie(r, name, base64url_text(r->c->arena, secret), SESSION_LIFE_MS / 1000);
}

void session_answer(struct req *r, struct str secret)
{
    answer_bytes_cookie(r, S("purser"), secret);
}

void session_answer_end(struct req *r)
{
    answer_cookie(r, S("purser"), S(""), 0);
}

struct str session_draw(struct ctx *c)
{
    char *bytes = arena_alloc(c->arena, SESSION_SECRET);
    random_bytes(c, bytes, SESSION_SECRET);
    return (struct str) { bytes, SESSION_SECRET };
}

struct str guest_name(struct ctx *c, struct str secret)
{
    struct sha256 hash = sha256(secret);
    return str_fmt(c->arena, "guest:%.*s",
        SARG(hex_text(c->arena, (struct str) { (const char *)hash.b, 16 })));
}

void session_with_cookie(struct req *r, struct str secret)
{
    r->edge->by_cookie = true;
    r->edge->secret = secret;
    r->csrf = csrf_token(r->c, secret);
}

void guest_begin(struct req *r)
{
    if (r->edge->by_cookie && !r->edge->new_guest)
        return;
    /* Once more when the handler runs again: its first answer was forgotten, the secret was not. */
    if (!r->edge->new_guest)
        session_with_cookie(r, session_draw(r->c));
    r->edge->new_guest = true;
    answer_bytes_cookie(r, S("purser-guest"), r->edge->secret);
}
