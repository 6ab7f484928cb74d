#ifndef NET_TARGET_H
#define NET_TARGET_H

#include "base/str.h"

struct sockaddr;

/* Where a socket would go, decided by the address itself and not by how somebody spelled it (R34).
 */
enum target {
    TARGET_PUBLIC,   /* anybody's, on the internet */
    TARGET_LOOPBACK, /* this machine */
    TARGET_PRIVATE,  /* the operator's own networks: RFC 1918, CGNAT, ULA */
    TARGET_NEVER, /* link-local, cloud metadata, multicast, reserved, tunnels: no target of ours */
};
enum target target_of(const struct sockaddr *addr);
struct str target_text(struct arena *a, const struct sockaddr *addr); /* "192.0.2.1" */

#endif
