#ifndef WEB_REQ_H
#define WEB_REQ_H

#include "web/head.h"

/* The private side of struct req, for those who make one from bytes. */

/* Fills method, target, path, query, headers from a head that was checked; everything else is as
 * req_clear left it.  False: the path is malformed (400) or tries to climb (404). */
bool req_of_head(struct req *r, const struct head *head, struct refusal *why);

/* How large a body this request may have. */
int64_t req_body_max(const struct req *r);

/* A refusal as the failure of c, for answer_error. */
enum err req_refused(struct ctx *c, const struct refusal *why);

#endif
