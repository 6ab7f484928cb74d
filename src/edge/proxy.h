#ifndef EDGE_PROXY_H
#define EDGE_PROXY_H

#include "web/web.h"

/* Who is at the other end (R44).  The socket's peer is believed; X-Forwarded-For only when the
 * peer is one of PURSER_TRUSTED_PROXIES, and then its rightmost hop that is not. */
enum {
    PROXIES_MAX = 64
};
struct address {
    unsigned char b[16]; /* IPv4 as ::ffff:a.b.c.d */
};
struct address_range {
    struct address base;
    int bits; /* of 128 */
};
struct proxies {
    struct address_range range[PROXIES_MAX];
    size_t n;
};

/* An address, or an address with a port as some proxies write it; false for anything else. */
bool address_parse(struct str s, struct address *ret);
struct str address_text(struct arena *a, struct address address);
/* What limits count by: an IPv4 address, or the /64 of an IPv6 one, which one customer has. */
struct str address_group(struct arena *a, struct str address_text);
bool address_is_loopback(struct str address_text);

/* "10.0.0.0/8, ::1": INVALID_REQUEST with a precise line. */
enum err proxies_parse(struct ctx *c, struct str list, struct proxies *ret);
bool proxies_have(const struct proxies *p, struct address address);
/* The client's address as text; empty when the peer is no internet address. */
struct str proxy_client(const struct proxies *p, const struct req *r);

#endif
