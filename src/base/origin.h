#ifndef BASE_ORIGIN_H
#define BASE_ORIGIN_H

#include "base/ctx.h"

/* Which sites are ours and which are the application's (R45, R67): PURSER_SITE_URL and
 * PURSER_ALLOWED_ORIGINS, compared whole: scheme, host and port. */

/* origin as a browser writes it in its header. */
bool origin_is_own(const struct ctx *c, struct str origin);
bool origin_is_listed(const struct ctx *c, struct str origin); /* the application's, or our own */

/* A Host header that this server answers to: the public site's, or a loopback name with any port.
 */
bool host_is_own(const struct ctx *c, struct str host);
bool host_is_loopback(const struct ctx *c, struct str host);

/* Success, cancel and return URLs: INVALID_REQUEST unless text is an absolute URL on a listed
 * origin that every reader reads alike (base/url.h).  field names it in the sentence. */
enum err origin_allowed(struct ctx *c, const char *field, struct str text);

/* `next`: a path on this site ("/account?tab=usage"), never what a browser takes for a host. */
bool path_is_local(struct arena *a, struct str path);

#endif
