#include "edge/auth.h"

#include "base/config.h"
#include "base/rate.h"
#include "base/security.h"
#include "db/db.h"
#include "edge/csrf.h"
#include "edge/key.h"
#include "edge/session.h"

#include <stdlib.h>

enum {
    RECENT_MS = 10 * 60 * 1000,
    TOUCH_MS = 60 * 1000,
    SECRET_KEYS = 4
};

bool auth_role_may(enum role role, unsigned allow)
{
    static const unsigned keys[] = { ALLOW_READONLY, ALLOW_APP, ALLOW_ADMIN };
    static const unsigned console[] = { ALLOW_VIEWER, ALLOW_SUPPORT, ALLOW_FINANCE, ALLOW_ADMIN };
    unsigned mine = ALLOW_ANYONE;
    /* Each may what the one before may: the bits up to its own. */
    for (size_t i = 0; role_is_key(role) && i < ARRAY_LEN(keys); i++)
        mine |= (int)i <= (int)role - (int)ROLE_READONLY ? keys[i] : 0;
    for (size_t i = 0; role_is_console(role) && i < ARRAY_LEN(console); i++)
        mine |= (int)i <= (int)role - (int)ROLE_VIEWER ? console[i] : 0;
    if (role == ROLE_USER)
        mine |= ALLOW_USER;
    if (role == ROLE_CONTROL)
        mine |= ALLOW_CONTROL;
    return (allow & mine) != 0;
}

void auth_check_routes(const struct routes *const *lists, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i]->n; k++) {
            const struct route *route = &lists[i]->route[k];
            must(route->allow != 0);
            /* Without the store nobody can be looked up: open to all, or to the control socket. */
            must(route->shape != SHAPE_PLAIN ||
                (route->allow & ~(unsigned)(ALLOW_ANYONE | ALLOW_CONTROL)) == 0);
        }
}

static void become(struct req *r, enum role role, struct str caller, struct str actor)
{
    r->edge->role = role;
    r->role = role_text(role);
    r->caller = r->rated = caller;
    r->c->actor = actor;
    /* Keys and the console see everybody's; who is nobody yet, nobody's. */
    bool sees_all = role_is_key(role) || role_is_console(role) || role == ROLE_CONTROL;
    r->c->customer_n = sees_all ? 0 : CUSTOMER_NOBODY;
}

static void become_nobody(struct req *r)
{
    struct arena *a = r->c->arena;
    struct str who = str_fmt(a, "addr:%.*s", SARG(address_group(a, r->c->address)));
    become(r, ROLE_NONE, who, S("anonymous"));
}

enum err auth_refused(struct req *r, enum security_kind kind, enum err e, const char *why)
{
    struct ctx *c = r->c;
    if (e != E_DENIED)
        return e;
    struct errinfo kept = c->err;
    security_note(c, kind, "%s", why == NULL ? str_c(c->arena, kept.message) : why);
    TRY(rate_take(c, RATE_BAD_CREDENTIAL, address_group(c->arena, c->address)));
    c->err = kept;
    return e;
}

static enum err refused_key(struct req *r, const char *why)
{
    return auth_refused(
        r, SECURITY_KEY_REFUSED, fail(r->c, UNAUTHENTICATED, "This API key is not valid."), why);
}

/* PURSER_SECRET_KEY: an admin key that is never stored. */
static bool is_configured_key(struct ctx *c, struct str text)
{
    bool same = false;
    struct secret key;
    for (size_t i = 0; i < SECRET_KEYS && config_secret(c->config, CFG_SECRET_KEY, i, &key); i++)
        same = secret_is(key, text) || same;
    return same;
}

static enum err by_key(struct req *r, struct str text)
{
    struct ctx *c = r->c;
    if (is_configured_key(c, text)) {
        become(r, ROLE_ADMIN, S("key:0"), S("key:configured"));
        return E_OK;
    }
    if (!key_looks_right(text, c->edge->options.sandbox))
        return refused_key(r, "not written like a key of this instance");
    bool found = false;
    struct key key;
    TRY(key_find(c, text, &found, &key));
    if (!found)
        return refused_key(r, "no such key, or it was revoked or has expired");
    r->edge->key_n = key.n;
    r->edge->touch = c->wall_ms - key.used_ms >= TOUCH_MS;
    become(r, key.role, str_fmt(c->arena, "key:%lld", (long long)key.n),
        str_fmt(c->arena, "key:%.*s", SARG(id_text(c->arena, S("key"), key.id))));
    return E_OK;
}

static void become_customer(struct req *r, struct str customer_id)
{
    struct str who = str_fmt(r->c->arena, "user:%.*s", SARG(customer_id));
    become(r, ROLE_USER, who, who);
    r->c->customer_id = customer_id;
}

static enum err by_token(struct req *r, struct str text)
{
    struct ctx *c = r->c;
    const struct token_door door = token_door_now(c, &c->edge->door);
    struct token_claims claims;
    TRY(auth_refused(r, SECURITY_TOKEN_REFUSED, token_verify(c, &door, text, &claims), NULL));
    become_customer(r, claims.sub);
    c->customer_email = claims.email;
    c->customer_name = claims.name;
    c->customer_email_verified = claims.email_verified;
    return E_OK;
}

static enum err by_header(struct req *r, struct str value)
{
    struct str scheme, text;
    if (!str_cut(value, ' ', &scheme, &text) || !str_eq_nocase(scheme, S("Bearer")) ||
        text.n == 0 || !str_is_visible(text))
        return auth_refused(r, SECURITY_KEY_REFUSED,
            fail(r->c, UNAUTHENTICATED,
                "The Authorization header must be \"Bearer\", one space, and a key or a token."),
            "an Authorization header that is no Bearer");
    return str_starts(text, S("sk_")) ? by_key(r, text) : by_token(r, text);
}

/* ---- cookies */
static enum err by_cookie(struct req *r)
{
    struct ctx *c = r->c;
    struct str secret = session_cookie(r);
    struct session s;
    bool found = false;
    if (secret.n > 0)
        TRY(session_find(c, secret, &found, &s));
    if (!found) {
        secret = guest_cookie(r);
        become_nobody(r);
        if (secret.n > 0) {
            struct str address = r->rated;
            session_with_cookie(r, secret);
            become(r, ROLE_GUEST, guest_name(c, secret), S("guest"));
            r->rated = address_is_loopback(c->address) ? r->caller : address;
        }
        return E_OK;
    }
    session_with_cookie(r, secret);
    r->edge->session_n = s.n;
    r->edge->admin_n = s.admin_n;
    r->edge->signed_in_ms = s.created_ms;
    r->edge->touch = c->wall_ms - s.used_ms >= TOUCH_MS;
    r->session = str_fmt(c->arena, "%lld", (long long)s.n);
    if (s.admin_n == 0) {
        become_customer(r, s.customer_id);
        return E_OK;
    }
    struct str who = str_fmt(c->arena, "admin:%.*s", SARG(id_text(c->arena, S("adm"), s.admin_id)));
    become(r, s.role, who, who);
    r->person = s.admin_mail;
    return E_OK;
}

enum err auth_identify(struct req *r)
{
    become_nobody(r);
    if (r->control) {
        become(r, ROLE_CONTROL, S("control"), S("control"));
        return E_OK;
    }
    if (r->route != NULL && (r->route->flags & ROUTE_WEBHOOK) != 0)
        return E_OK;
    /* That it comes once is the head check's. */
    if (req_has_header(r, S("Authorization")))
        return by_header(r, req_header(r, S("Authorization")));
    if (r->route != NULL && (r->route->flags & ROUTE_SIGN_IN) != 0)
        return E_OK;
    return by_cookie(r);
}

/* Who of the console may, for the one who may not. */
static const char *who_may(unsigned allow)
{
    if (auth_role_may(ROLE_SUPPORT, allow))
        return "; support, finance and owner may";
    if (auth_role_may(ROLE_FINANCE, allow))
        return "; finance and owner may";
    return auth_role_may(ROLE_OWNER, allow) ? "; an owner may" : "";
}

enum err auth_allow(struct req *r)
{
    struct ctx *c = r->c;
    enum role role = r->edge->role;
    must(r->route != NULL);
    if (!auth_role_may(role, r->route->allow)) {
        if (role == ROLE_NONE || role == ROLE_GUEST)
            return fail(c, UNAUTHENTICATED, "Sign in, or send a key or a token, to do this.");
        return fail(c, FORBIDDEN, "Your role (%.*s) may not do this%s.", SARG(role_text(role)),
            role_is_console(role) ? who_may(r->route->allow) : "");
    }
    /* "Anyone" may buy and cancel; a key that was made for reading may not. */
    bool writes = r->route->shape == SHAPE_WRITE || r->route->shape == SHAPE_CALL;
    if (role == ROLE_READONLY && writes && (r->route->allow & ALLOW_READONLY) == 0)
        return fail(c, FORBIDDEN, "This key may only read.");
    if ((r->route->flags & ROUTE_RECENT) != 0)
        TRY(auth_recent(r));
    return csrf_check(r);
}

enum err auth_recent(struct req *r)
{
    if (!role_is_console(r->edge->role) || r->c->wall_ms - r->edge->signed_in_ms <= RECENT_MS)
        return E_OK;
    return fail(
        r->c, FORBIDDEN, "You signed in more than ten minutes ago. Sign in again to do this.");
}

/* ---- last use.  Whatever becomes of it: the next request of the same key or session tries again.
 */

static enum err touch_key(struct ctx *c, struct str about)
{
    int64_t n = 0;
    must(str_to_i64(about, &n));
    return key_used(c, n);
}

static enum err touch_session(struct ctx *c, struct str about)
{
    int64_t n = 0;
    must(str_to_i64(about, &n));
    return session_used(c, n);
}

void auth_touch(struct req *r)
{
    if (r->edge == NULL || !r->edge->touch)
        return;
    r->edge->touch = false;
    bool session = r->edge->session_n != 0;
    int64_t n = session ? r->edge->session_n : r->edge->key_n;
    db_later(r->c, "touch", session ? touch_session : touch_key,
        str_fmt(r->c->arena, "%lld", (long long)n));
}
