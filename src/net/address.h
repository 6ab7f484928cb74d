#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/str.h"

struct sockaddr;

/* Where a socket would go, decided by the address itself and not by how somebody spelled it (R34).
 */
enum address {
    ADDRESS_PUBLIC,   /* anybody's, on the internet */
    ADDRESS_LOOPBACK, /* this machine */
    ADDRESS_PRIVATE,  /* the operator's own networks: RFC 1918, CGNAT, ULA */
    ADDRESS_NEVER, /* link-local, cloud metadata, multicast, reserved, tunnels: no target of ours */
};
enum address address_of(const struct sockaddr *addr);
struct str address_text(struct arena *a, const struct sockaddr *addr); /* "192.0.2.1" */

#endif
