#include "base/config_value.h"

#include "base/url.h"

#include <arpa/inet.h>
#include <string.h>

static enum err read_url(struct config_reader *r, struct str text, struct url *ret)
{
    const char *why = NULL;
    if (!url_parse(r->c->arena, text, 0, ret, &why))
        return config_wrong_fmt(r, "is no URL that can be used: %s", why);
    if (!str_eq(ret->scheme, S("https")) && !str_eq(ret->scheme, S("http")))
        return config_wrong(r, "must begin with https://");
    if (str_eq(ret->scheme, S("http")) && !url_is_loopback(ret))
        return config_wrong(r, "must be https; http is for this machine only");
    return E_OK;
}

enum err config_read_base_url(struct config_reader *r)
{
    struct url url;
    TRY(read_url(r, r->text, &url));
    if (str_has(r->text, S("?")) || str_has(r->text, S("#")))
        return config_wrong(r, "is the beginning of other URLs: it has no ? and no #");
    while (str_ends(url.path, S("/")))
        url.path.n--;
    return config_keep(
        r, str_fmt(r->c->arena, "%.*s%.*s", SARG(url_origin(r->c->arena, &url)), SARG(url.path)));
}

enum err config_read_link(struct config_reader *r)
{
    struct url url;
    TRY(read_url(r, r->text, &url));
    return config_keep(r, r->text);
}

enum err config_origin(struct config_reader *r, struct str text, struct str *ret)
{
    struct url url;
    TRY(read_url(r, text, &url));
    if (!url_is_origin(&url))
        return config_wrong(
            r, "must be an origin such as https://shop.example.com: nothing behind it");
    *ret = url_origin(r->a, &url);
    return E_OK;
}

static bool is_mail(struct str s)
{
    struct str local, host;
    struct url url;
    const char *why = NULL;
    struct arena scratch = { .chunks = NULL };
    if (!str_is_visible(s) || s.n > 254 || !str_cut(s, '@', &local, &host) || local.n == 0 ||
        local.n > 64)
        return false;
    for (size_t i = 0; i < local.n; i++)
        if (memchr("\"(),:;<>@[\\]", local.p[i], 12) != NULL)
            return false;
    bool dots = local.p[0] == '.' || local.p[local.n - 1] == '.' || str_has(local, S(".."));
    /* The host is one as URLs have it, without a port. */
    bool ok = !dots && !str_has(host, S(":")) && !str_has(host, S("/")) && !str_has(host, S("?")) &&
        !str_has(host, S("#")) &&
        url_parse(&scratch, str_fmt(&scratch, "https://%.*s", SARG(host)), 0, &url, &why);
    arena_free(&scratch);
    return ok;
}

enum err config_read_mail(struct config_reader *r)
{
    return is_mail(r->text) ? config_keep(r, r->text)
                            : config_wrong(r, "must be a mail address such as ada@example.com");
}

enum err config_read_smtp(struct config_reader *r)
{
    struct url url;
    const char *why = NULL;
    if (!url_parse(r->c->arena, r->text, URL_WITH_USER, &url, &why))
        return config_wrong(r, str_c(r->c->arena, str_fmt(r->c->arena, "this is no URL: %s", why)));
    if (!str_eq(url.scheme, S("smtp")) && !str_eq(url.scheme, S("smtps")))
        return config_wrong(r, "must begin with smtp:// or smtps://");
    if (url.path.n > 1 || url.query.n > 0 || url.fragment.n > 0)
        return config_wrong(r, "has something behind host and port");
    return config_keep(r, r->text);
}

enum err config_read_database(struct config_reader *r)
{
    if (!str_is_text(r->text) || str_has(r->text, S("\n")))
        return config_wrong(r, "must be one line of text");
    bool sqlite = str_starts(r->text, S("sqlite:")) && r->text.n > S("sqlite:").n;
    bool pg = str_starts(r->text, S("postgres://")) || str_starts(r->text, S("postgresql://"));
    if (!sqlite && !pg)
        return config_wrong(r, "must be sqlite:FILE or postgres://user:password@host/database");
    return config_keep(r, r->text);
}

enum err config_listen(struct ctx *c, struct str text, struct str *ret_host, int *ret_port)
{
    size_t at = text.n;
    int port = 0;
    while (at > 0 && text.p[at - 1] != ':')
        at--;
    if (at == 0)
        return fail(c, INVALID_REQUEST, "must be HOST:PORT, such as 127.0.0.1:8080");
    struct str host = str_part(text, 0, at - 1), number = str_from(text, at);
    if (!str_eq(number, S("0")) && !url_port_parse(number, &port))
        return fail(c, INVALID_REQUEST, "has no port from 0 to 65535");
    struct in6_addr any;
    const char *plain = str_c(c->arena, host);
    bool v6 = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']' &&
        inet_pton(AF_INET6, str_c(c->arena, str_part(host, 1, host.n - 2)), &any) == 1;
    bool all = str_eq(host, S("*"));
    if (!v6 && !all && !str_eq(host, S("localhost")) && inet_pton(AF_INET, plain, &any) != 1)
        return fail(c, INVALID_REQUEST,
            "has no address to listen on: 127.0.0.1, 0.0.0.0, [::1], localhost, or * for all");
    *ret_host = v6 ? str_part(host, 1, host.n - 2) : all ? S("") : host;
    *ret_port = port;
    return E_OK;
}

enum err config_network(struct config_reader *r, struct str text)
{
    struct in6_addr any;
    struct str host, bits;
    uint64_t n = 0;
    bool range = str_cut(text, '/', &host, &bits);
    bool v4 = inet_pton(AF_INET, str_c(r->c->arena, host), &any) == 1;
    bool v6 = !v4 && inet_pton(AF_INET6, str_c(r->c->arena, host), &any) == 1;
    if (!v4 && !v6)
        return config_wrong(
            r, "must be addresses such as 10.0.0.7, or networks such as 10.0.0.0/8");
    if (range && (!str_to_u64(bits, &n) || n > (v4 ? 32 : 128)))
        return config_wrong_fmt(r, "has a network of other than 0 to %d bits", v4 ? 32 : 128);
    return E_OK;
}

enum err config_read_origin(struct config_reader *r)
{
    struct str origin = S("");
    TRY(config_origin(r, r->text, &origin));
    return config_keep(r, origin);
}

enum err config_read_contact(struct config_reader *r)
{
    if (str_has(r->text, S("://")))
        return config_read_link(r);
    return is_mail(r->text) ? config_keep(r, r->text)
                            : config_wrong(r, "must be a mail address or an https page");
}
