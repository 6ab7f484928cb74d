#include "base/origin.h"

#include "base/config.h"
#include "base/security.h"
#include "base/url.h"

/* The reader refuses what two programs could read in two ways, and writes an origin in one
 * spelling, as the configuration and browsers do: so origins are compared as texts. */
static bool read_web_url(struct arena *a, struct str text, struct url *ret)
{
    const char *why;
    return url_parse(a, text, 0, ret, &why) &&
        (str_eq(ret->scheme, S("https")) || str_eq(ret->scheme, S("http")));
}

bool origin_is_own(const struct ctx *c, struct str origin)
{
    return c->config != NULL && origin.n > 0 && str_eq(origin, config_str(c->config, CFG_SITE_URL));
}

bool origin_is_listed(const struct ctx *c, struct str origin)
{
    struct str one;
    for (size_t i = 0; c->config != NULL && config_item(c->config, CFG_ALLOWED_ORIGINS, i, &one);
         i++)
        if (str_eq(origin, one))
            return true;
    return origin_is_own(c, origin);
}

/* A Host header is the part of a URL between "//" and "/". */
static bool read_host(struct arena *a, struct str host, struct url *ret)
{
    return host.n > 0 && host.n < 300 && !str_has(host, S("/")) && !str_has(host, S("?")) &&
        !str_has(host, S("#")) && read_web_url(a, str_fmt(a, "https://%.*s", SARG(host)), ret);
}

bool host_is_loopback(const struct ctx *c, struct str host)
{
    struct url url;
    return read_host(c->arena, host, &url) && url_is_loopback(&url);
}

bool host_is_own(const struct ctx *c, struct str host)
{
    struct url given, site;
    if (!read_host(c->arena, host, &given))
        return false;
    if (url_is_loopback(&given))
        return true;
    /* A site that is not loopback is https, so both ports are what https makes of them. */
    return c->config != NULL &&
        read_web_url(c->arena, config_str(c->config, CFG_SITE_URL), &site) &&
        str_eq(given.host, site.host) && given.port == site.port;
}

enum err origin_allowed(struct ctx *c, const char *field, struct str text)
{
    struct url url;
    if (read_web_url(c->arena, text, &url) && origin_is_listed(c, url_origin(c->arena, &url)))
        return E_OK;
    security_note(c, SECURITY_ORIGIN_REFUSED, "%s leads to no allowed origin", field);
    return fail(c, INVALID_REQUEST,
        "%s must be a URL on PURSER_SITE_URL or one of PURSER_ALLOWED_ORIGINS", field);
}

bool path_is_local(struct arena *a, struct str path)
{
    struct url url;
    return path.n > 0 && path.p[0] == '/' && !str_starts(path, S("//")) &&
        read_web_url(a, str_fmt(a, "https://here.invalid%.*s", SARG(path)), &url);
}
