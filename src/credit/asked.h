#ifndef CREDIT_ASKED_H
#define CREDIT_ASKED_H

#include "credit/credit.h"

/* What requests say of a use of credits, for the routes that take one. */
enum {
    ASKED_TEXT_MAX = 200,
    ASKED_TTL_S = 600 /* of a reservation that does not say */
};

struct json_value;
/* extras: a list of names, labels: an object of short texts, or neither; both as they stand in the
 * body.  The rest of *inout was read already.  INVALID_REQUEST. */
enum err asked_check(struct ctx *c, const struct json_value *extras,
    const struct json_value *labels, int64_t ttl_s, struct credit_use *inout);

#endif
