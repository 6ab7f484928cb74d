#include "base/address.h"

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

bool address_is_v4(struct address a)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(a.b, mapped, sizeof mapped) == 0;
}

bool address_parse_bare(struct str s, struct address *ret)
{
    return str_has(s, S(".")) && !str_has(s, S(":")) ? parse_v4(s, ret) : parse_v6(s, ret);
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
    bool v4 = address_is_v4(address);
    must(inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address.b + 12 : address.b, text, sizeof text) !=
        NULL);
    return str_copy(a, str_of_c(text));
}

struct str address_group(struct arena *a, struct str text)
{
    struct address address;
    if (!address_parse(text, &address) || address_is_v4(address))
        return text;
    memset(address.b + 8, 0, 8);
    return address_text(a, address);
}

bool address_is_loopback(struct str text)
{
    struct address a;
    static const unsigned char v6[16] = { [15] = 1 };
    return address_parse(text, &a) &&
        (address_is_v4(a) ? a.b[12] == 127 : memcmp(a.b, v6, sizeof v6) == 0);
}
