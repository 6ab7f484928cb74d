#ifndef EDGE_THROTTLE_H
#define EDGE_THROTTLE_H

#include "edge/edge.h"

/* Guessing passwords (R49).  Each failure lengthens the wait of the same account from the same
 * place, up to five minutes; nothing is ever locked for good, and the owner is let in from a place
 * where the password was right before, whatever strangers try elsewhere.  Per process, in bounded
 * memory. */

/* May this be tried now?  LOGIN_THROTTLED is noted, and RATE_LIMITED says when to come back.
 * account: the mail as it was given, also of nobody.  known: the password was right from this
 * address before. */
enum err throttle_ask(struct ctx *c, struct str account, bool known);
void throttle_failed(struct ctx *c, struct str account);
void throttle_passed(struct ctx *c, struct str account, bool known);

#endif
