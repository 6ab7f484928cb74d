#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/str.h"

/* Addresses of the internet. */
struct address {
    unsigned char b[16]; /* IPv4 as ::ffff:a.b.c.d */
};

/* An address, or an address with a port as some proxies write it; false for anything else. */
bool address_parse(struct str s, struct address *ret);
bool address_parse_bare(struct str s, struct address *ret); /* without a port */
struct str address_text(struct arena *a, struct address address);
/* What limits count by: an IPv4 address, or the /64 of an IPv6 one, which one customer has. */
struct str address_group(struct arena *a, struct str address_text);
bool address_is_v4(struct address address);
bool address_is_loopback(struct str address_text);

#endif
