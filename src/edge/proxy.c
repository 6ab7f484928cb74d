#include "edge/proxy.h"

#include <arpa/inet.h>
#include <string.h>

static bool parse_v6(struct str s, struct address *ret)
{
    char text[INET6_ADDRSTRLEN] = { 0 };
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    return str_of_c(text).n == s.n && inet_pton(AF_INET6, text, ret->b) == 1;
}

static bool parse_v4(struct str s, struct address *ret)
{
    char text[INET_ADDRSTRLEN] = { 0 };
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    *ret = (struct address) { { [10] = 0xff, [11] = 0xff } };
    return str_of_c(text).n == s.n && inet_pton(AF_INET, text, ret->b + 12) == 1;
}

static bool is_v4(struct address a)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(a.b, mapped, sizeof mapped) == 0;
}

static bool is_port(struct str s)
{
    uint64_t port = 0;
    return s.n <= 5 && str_to_u64(s, &port) && port > 0 && port < 65536;
}

bool address_parse(struct str s, struct address *ret)
{
    struct address a = { { 0 } };
    struct str head, tail;
    bool ok = false;
    if (s.n > 0 && s.p[0] == '[') {
        ok = str_cut(str_from(s, 1), ']', &head, &tail) && parse_v6(head, &a) &&
            (tail.n == 0 || (tail.p[0] == ':' && is_port(str_from(tail, 1))));
    } else if (str_has(s, S("."))) {
        /* a.b.c.d, a.b.c.d:port, or ::ffff:a.b.c.d */
        if (str_cut(s, ':', &head, &tail) && head.n > 0 && !str_has(tail, S(":")))
            ok = parse_v4(head, &a) && is_port(tail);
        else
            ok = parse_v4(s, &a) || parse_v6(s, &a);
    } else {
        ok = parse_v6(s, &a);
    }
    if (ok)
        *ret = a;
    return ok;
}

struct str address_text(struct arena *a, struct address address)
{
    char text[INET6_ADDRSTRLEN];
    bool v4 = is_v4(address);
    must(inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address.b + 12 : address.b, text, sizeof text) !=
        NULL);
    return str_copy(a, str_of_c(text));
}

struct str address_group(struct arena *a, struct str text)
{
    struct address address;
    if (!address_parse(text, &address) || is_v4(address))
        return text;
    memset(address.b + 8, 0, 8);
    return address_text(a, address);
}

bool address_is_loopback(struct str text)
{
    struct address a;
    static const unsigned char v6[16] = { [15] = 1 };
    return address_parse(text, &a) && (is_v4(a) ? a.b[12] == 127 : memcmp(a.b, v6, sizeof v6) == 0);
}

static bool in_range(const struct address_range *range, struct address a)
{
    for (int bit = 0; bit < range->bits; bit += 8) {
        int left = range->bits - bit;
        unsigned mask = left >= 8 ? 0xffu : 0xffu << (8 - left) & 0xffu;
        if (((unsigned)(a.b[bit / 8] ^ range->base.b[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

bool proxies_have(const struct proxies *p, struct address address)
{
    for (size_t i = 0; i < p->n; i++)
        if (in_range(&p->range[i], address))
            return true;
    return false;
}

static enum err parse_one(struct ctx *c, struct str item, struct address_range *ret)
{
    struct str host, bits;
    bool has_bits = str_cut(item, '/', &host, &bits);
    struct address_range range = { .bits = 128 };
    bool ok = str_has(host, S(".")) && !str_has(host, S(":")) ? parse_v4(host, &range.base)
                                                              : parse_v6(host, &range.base);
    bool v4 = ok && is_v4(range.base);
    int64_t n = v4 ? 32 : 128;
    if (ok && has_bits)
        ok = str_to_i64(bits, &n) && n >= 0 && n <= (v4 ? 32 : 128);
    if (!ok)
        return fail(c, INVALID_REQUEST,
            "PURSER_TRUSTED_PROXIES: \"%.*s\" is no address or range such as 10.0.0.0/8 or ::1",
            SARG(item));
    range.bits = (int)n + (v4 ? 96 : 0);
    /* Believing everybody is never meant: a stranger then writes his own address. */
    if (n == 0)
        return fail(c, INVALID_REQUEST,
            "PURSER_TRUSTED_PROXIES: \"%.*s\" is everybody; name the proxies", SARG(item));
    *ret = range;
    return E_OK;
}

enum err proxies_parse(struct ctx *c, struct str list, struct proxies *ret)
{
    struct proxies p = { .n = 0 };
    struct str item, rest = list;
    while (rest.n > 0) {
        str_cut(rest, ',', &item, &rest);
        item = str_trim(item);
        if (item.n == 0)
            continue;
        if (p.n == PROXIES_MAX)
            return fail(
                c, INVALID_REQUEST, "PURSER_TRUSTED_PROXIES: more than %d ranges", PROXIES_MAX);
        TRY(parse_one(c, item, &p.range[p.n]));
        p.n++;
    }
    *ret = p;
    return E_OK;
}

/* The last element of a comma-separated list; *list keeps what is before it. */
static struct str last_hop(struct str *list)
{
    size_t at = list->n;
    while (at > 0 && list->p[at - 1] != ',')
        at--;
    struct str hop = str_trim(str_from(*list, at));
    *list = str_part(*list, 0, at == 0 ? 0 : at - 1);
    return hop;
}

struct str proxy_client(const struct proxies *p, const struct req *r)
{
    struct address client;
    if (!address_parse(r->peer, &client))
        return S("");
    struct str list = req_header_all(r, S("X-Forwarded-For"));
    while (list.n > 0) {
        struct address hop;
        /* What stands left of a hop that is not ours, or is no address, anybody may have
         * written. */
        if (!proxies_have(p, client) || !address_parse(last_hop(&list), &hop))
            break;
        client = hop;
    }
    return address_text(r->c->arena, client);
}
