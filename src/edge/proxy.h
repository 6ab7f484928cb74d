#ifndef EDGE_PROXY_H
#define EDGE_PROXY_H

#include "base/address.h"
#include "web/web.h"

/* Who is at the other end (R44).  The socket's peer is believed; X-Forwarded-For only when the
 * peer is one of PURSER_TRUSTED_PROXIES, and then its rightmost hop that is not. */
enum {
    PROXIES_MAX = 64
};
struct address_range {
    struct address base;
    int bits; /* of 128 */
};
struct proxies {
    struct address_range range[PROXIES_MAX];
    size_t n;
};

/* "10.0.0.0/8, ::1": INVALID_REQUEST with a precise line. */
enum err proxies_parse(struct ctx *c, struct str list, struct proxies *ret);
bool proxies_have(const struct proxies *p, struct address address);
/* The client's address as text; empty when the peer is no internet address. */
struct str proxy_client(const struct proxies *p, const struct req *r);

#endif
