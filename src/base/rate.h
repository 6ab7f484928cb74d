#ifndef BASE_RATE_H
#define BASE_RATE_H

#include "base/ctx.h"

/* Rate limits (R27, R98): token buckets by name in a bounded table, in whole microseconds.  The
 * limits are named in rate.def; who is limited is a text: "user:42", an address, a mail. */
enum rate {
#define RATE(id, count, seconds, burst, what) RATE_##id,
#include "base/rate.def"
#undef RATE
    RATE_COUNT
};
struct rates;
struct rates *rates_open(struct ctx *c); /* limits from c->config, or their defaults without one */
void rates_close(struct rates *r);

/* Takes one, or RATE_LIMITED with Retry-After; a refusal costs nothing and is noted as a security
 * event.  Without c->rates everything is allowed. */
enum err rate_take(struct ctx *c, enum rate which, struct str who);
/* The bare question, noted nowhere. */
bool rate_try(struct ctx *c, enum rate which, struct str who, int64_t *ret_wait_s);
/* One that was taken is put back: it was used for nothing that is limited (a right password). */
void rate_give(struct ctx *c, enum rate which, struct str who);

#endif
