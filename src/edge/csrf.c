#include "edge/csrf.h"

#include "base/crypto.h"
#include "base/origin.h"
#include "base/security.h"

struct str csrf_token(struct ctx *c, struct str cookie_secret)
{
    struct str raw;
    /* The one way to fail is a short key, and a cookie's secret is 32 bytes. */
    must(hmac_sign(c, HMAC_SHA256, secret_of(cookie_secret), S("csrf"), &raw) == E_OK);
    return base64url_text(c->arena, raw);
}

static bool is_safe(const struct req *r)
{
    return str_eq(r->method, S("GET")) || str_eq(r->method, S("HEAD")) ||
        str_eq(r->method, S("OPTIONS"));
}

static enum err refuse(struct req *r, const char *why, const char *sentence)
{
    security_note(r->c, SECURITY_CSRF_REFUSED, "%s", why);
    return fail(r->c, FORBIDDEN, "%s", sentence);
}

/* A page opened as http://127.0.0.1:8080 or http://localhost:8080 is our own too: the Host header
 * has passed the allow-list, and the browser writes it from the same address. */
static bool same_loopback(const struct req *r, struct str origin)
{
    struct str host = req_header(r, S("Host"));
    return host_is_loopback(r->c, host) && str_starts(origin, S("http://")) &&
        str_eq(str_from(origin, sizeof "http://" - 1), host);
}

/* Where the browser says that the request comes from.  A client that says nothing is no browser
 * of today; the token must do then. */
static enum err check_source(struct req *r, bool application_too)
{
    struct str site = req_header(r, S("Sec-Fetch-Site"));
    struct str origin = req_header(r, S("Origin"));
    bool own = origin_is_own(r->c, origin) || same_loopback(r, origin);
    bool listed = application_too && origin_is_listed(r->c, origin);
    if (site.n > 0 && !str_eq(site, S("same-origin")) && !str_eq(site, S("none")) && !listed)
        return refuse(r, "sent by another site", "This form was sent by another site.");
    if (origin.n > 0 && !own && !listed)
        return refuse(r, "sent by another origin", "This form was sent by another site.");
    return E_OK;
}

static enum err check_token(struct req *r)
{
    bool given = false;
    struct str token = req_header(r, S("X-CSRF-Token")), type = req_header(r, S("Content-Type"));
    if (token.n == 0 &&
        (str_starts(type, S("application/x-www-form-urlencoded")) ||
            str_starts(type, S("multipart/form-data;"))))
        TRY(req_form(r, "csrf", &given, &token));
    if (!bytes_equal_secret(token, csrf_token(r->c, r->edge->secret)))
        return refuse(r, token.n == 0 ? "no token" : "wrong token",
            "This page was open for a long time, or you have signed in anew since. "
            "Open it again and send it once more.");
    return E_OK;
}

enum err csrf_check(struct req *r)
{
    if (is_safe(r))
        return E_OK;
    if ((r->route->flags & ROUTE_SIGN_IN) != 0)
        return check_source(r, true);
    if (r->edge->by_cookie) {
        TRY(check_source(r, false));
        return check_token(r);
    }
    if ((r->route->flags & ROUTE_PAGE) != 0 && r->edge->role == ROLE_NONE)
        return check_source(r, false);
    return E_OK;
}
