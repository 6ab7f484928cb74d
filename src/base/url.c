#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int url_scheme_port(struct str scheme)
{
    static const struct {
        struct str scheme;
        int port;
    } ports[] = { { S_INIT("https"), 443 }, { S_INIT("http"), 80 }, { S_INIT("smtp"), 25 },
        { S_INIT("smtps"), 465 }, { S_INIT("postgres"), 5432 }, { S_INIT("postgresql"), 5432 } };
    for (size_t i = 0; i < ARRAY_LEN(ports); i++)
        if (str_eq(scheme, ports[i].scheme))
            return ports[i].port;
    return 0;
}

bool url_port_parse(struct str text, int *ret)
{
    uint64_t port = 0;
    if (text.n == 0 || text.n > 5 || text.p[0] == '0' || !str_to_u64(text, &port) || port > 65535)
        return false;
    *ret = (int)port;
    return true;
}

/* NULL, or what is wrong with the characters, wherever they stand. */
static const char *check_characters(struct str s)
{
    if (s.n > URL_MAX)
        return "it is longer than 2048 characters";
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c < 0x21 || c > 0x7e)
            return "it holds a space, a control character or a letter that is not ASCII";
        /* Braces may stand behind the host: gateways fill in {CHECKOUT_SESSION_ID}. */
        if (memchr("\\\"<>^`|", c, 7) != NULL)
            return "it holds a character that URLs write encoded";
        if (c != '%')
            continue;
        if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
            return "a percent sign in it encodes nothing";
        char high = s.p[i + 1], low = s.p[i + 2];
        bool control = high == '0' || high == '1' || (high == '7' && (low == 'f' || low == 'F'));
        if (control || (high == '5' && (low == 'c' || low == 'C')))
            return "it encodes a control character or a backslash";
    }
    return NULL;
}

static bool scheme_ok(struct str s)
{
    if (s.n == 0 || !is_alpha(s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '+' && s.p[i] != '-' &&
            s.p[i] != '.')
            return false;
    return true;
}

/* "12", "0x7f": a host that ends so is an address to many readers. */
static bool is_number(struct str label)
{
    size_t from = str_starts(label, S("0x")) ? 2 : 0;
    for (size_t i = from; i < label.n; i++)
        if (!(from == 2 ? is_hex(label.p[i]) : is_digit(label.p[i])))
            return false;
    return label.n > 0;
}

static bool is_ipv4(struct str host)
{
    struct str label = S(""), rest = host;
    for (int i = 0; i < 4; i++) {
        uint64_t v = 0;
        if (str_cut(rest, '.', &label, &rest) != (i < 3) || !str_to_u64(label, &v) || v > 255 ||
            label.n > 3 || (label.n > 1 && label.p[0] == '0'))
            return false;
    }
    return true;
}

/* A name in lower case: labels of letters, digits and inner dashes. */
static bool is_name(struct str host)
{
    struct str label = S(""), rest = host;
    if (host.n == 0 || host.n > 253)
        return false;
    for (bool more = true; more;) {
        more = str_cut(rest, '.', &label, &rest);
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_alpha(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
                return false;
    }
    return !is_number(label) || is_ipv4(host);
}

/* "[::1]" in its shortest spelling. */
static bool read_ipv6(struct arena *a, struct str host, struct str *ret)
{
    struct in6_addr addr;
    char text[INET6_ADDRSTRLEN];
    if (host.n < 4 || host.p[host.n - 1] != ']')
        return false;
    const char *inner = str_c(a, str_part(host, 1, host.n - 2));
    if (inet_pton(AF_INET6, inner, &addr) != 1)
        return false;
    must(inet_ntop(AF_INET6, &addr, text, sizeof text) != NULL);
    *ret = str_fmt(a, "[%s]", text);
    return true;
}

/* host, host:port; sets host and port. */
static const char *read_host(struct arena *a, struct str text, struct url *url)
{
    struct str host = text, port = S("");
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != ':' && text.p[at - 1] != ']')
        at--;
    bool given = at > 0 && text.p[at - 1] == ':';
    if (given) {
        host = str_part(text, 0, at - 1);
        port = str_from(text, at);
    }
    host = str_lower(a, host);
    if (str_starts(host, S("["))) {
        if (!read_ipv6(a, host, &host))
            return "its IPv6 address is none";
    } else if (!is_name(host)) {
        return "its host is neither a plain name nor an address in its usual spelling";
    }
    url->host = host;
    url->port = url_scheme_port(url->scheme);
    if (given && !url_port_parse(port, &url->port))
        return "its port is not a number from 1 to 65535";
    return NULL;
}

/* user, user:password */
static const char *read_user(struct str text, int allow, struct url *url)
{
    if ((allow & URL_WITH_USER) == 0)
        return "it names a user";
    str_cut(text, ':', &url->user, &url->password);
    if (url->user.n == 0 || str_has(url->password, S(":")) || str_has(text, S("@")))
        return "its user or password holds a character that URLs write encoded";
    return NULL;
}

static const char *read_url(struct arena *a, struct str text, int allow, struct url *url)
{
    struct str scheme = S(""), rest = S(""), before = S("");
    const char *why = check_characters(text);
    if (why != NULL)
        return why;
    if (!str_cut(text, ':', &scheme, &rest) || !scheme_ok(scheme) || !str_starts(rest, S("//")))
        return "it does not begin with https:// or the like";
    url->scheme = str_lower(a, scheme);
    str_cut(str_from(rest, 2), '#', &before, &url->fragment);
    str_cut(before, '?', &before, &url->query);
    size_t slash = 0;
    while (slash < before.n && before.p[slash] != '/')
        slash++;
    url->path = str_from(before, slash);
    struct str authority = str_part(before, 0, slash);
    size_t at = authority.n;
    while (at > 0 && authority.p[at - 1] != '@')
        at--;
    if (at > 0)
        why = read_user(str_part(authority, 0, at - 1), allow, url);
    return why != NULL ? why : read_host(a, str_from(authority, at), url);
}

bool url_parse(struct arena *a, struct str text, int allow, struct url *ret, const char **ret_why)
{
    struct url url = { .port = 0 };
    const char *why = read_url(a, text, allow, &url);
    if (why != NULL) {
        *ret_why = why;
        return false;
    }
    *ret = url;
    return true;
}

struct str url_origin(struct arena *a, const struct url *url)
{
    if (url->port == url_scheme_port(url->scheme))
        return str_fmt(a, "%.*s://%.*s", SARG(url->scheme), SARG(url->host));
    return str_fmt(a, "%.*s://%.*s:%d", SARG(url->scheme), SARG(url->host), url->port);
}

bool url_is_origin(const struct url *url)
{
    return url->user.n == 0 && url->password.n == 0 && url->query.n == 0 && url->fragment.n == 0 &&
        (url->path.n == 0 || str_eq(url->path, S("/")));
}

bool url_is_loopback(const struct url *url)
{
    return str_eq(url->host, S("localhost")) || str_eq(url->host, S("[::1]")) ||
        (str_starts(url->host, S("127.")) && is_ipv4(url->host));
}

/* ---- percent encoding */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

struct str url_decode(struct arena *a, struct str s, bool plus_is_space, bool *ret_ok)
{
    *ret_ok = true;
    bool plain = s.n == 0 || memchr(s.p, '%', s.n) == NULL;
    if (plain && !(plus_is_space && s.n > 0 && memchr(s.p, '+', s.n) != NULL))
        return s;
    char *p = arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                *ret_ok = false;
                return S("");
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        p[n++] = c;
    }
    return (struct str) { p, n };
}

struct str url_encode(struct arena *a, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    struct buf b = BUF(a);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            buf_char(&b, (char)c);
            continue;
        }
        buf_char(&b, '%');
        buf_char(&b, hex[c >> 4]);
        buf_char(&b, hex[c & 15]);
    }
    return buf_str(&b);
}
