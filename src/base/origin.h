#ifndef BASE_ORIGIN_H
#define BASE_ORIGIN_H

#include "base/ctx.h"

/* Which sites are ours and which are the application's (R67): PURSER_SITE_URL and
 * PURSER_ALLOWED_ORIGINS, compared whole: scheme, host and port.  An origin is written
 * "https://host" or "https://host:port", as browsers write it. */

bool origin_is_own(const struct ctx *c, struct str origin);
bool origin_is_listed(const struct ctx *c, struct str origin); /* of the application, or our own */

/* Success, cancel and return URLs: INVALID_REQUEST unless url is absolute, http or https as its
 * origin is listed, without user, password, backslash, control character or anything else that
 * two readers could read in two ways.  field names it in the sentence. */
enum err origin_allowed(struct ctx *c, const char *field, struct str url);

/* `next`: a path on this site ("/account?tab=usage"), never something that a browser takes for
 * another host. */
bool path_is_local(struct str path);

#endif
