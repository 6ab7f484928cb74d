#ifndef EDGE_CSRF_H
#define EDGE_CSRF_H

#include "edge/edge.h"

/* Forms that somebody else's site sends (R51).  A request that changes something and is
 * authenticated by a cookie must come from our own pages (Sec-Fetch-Site, Origin) and carry the
 * session's token, in the form field `csrf` or the header X-CSRF-Token.  The token is an HMAC
 * under the cookie's own 32 bytes: who can make it has the session already, and no key of the
 * server needs to be kept or shared for it. */
struct str csrf_token(struct ctx *c, struct str cookie_secret);

/* E_OK, or FORBIDDEN.  Safe methods and callers without a cookie pass; a page's form without a
 * session (login) must come from our own origin, a ROUTE_SIGN_IN one from an allowed one. */
enum err csrf_check(struct req *r);

#endif
