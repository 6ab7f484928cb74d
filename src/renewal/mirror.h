#ifndef RENEWAL_MIRROR_H
#define RENEWAL_MIRROR_H

#include "renewal/renewal.h"

/* Private to renewal.  In a transaction, with the row locked as *s: an answer that the gateway has
 * given to a question that was asked after the row was written. */
enum err mirror_take(
    struct ctx *c, const struct subscription *s, const struct gateway_standing *at);

#endif
