#include "edge/proxy.h"

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
    bool ok = address_parse_bare(host, &range.base);
    bool v4 = ok && address_is_v4(range.base);
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
