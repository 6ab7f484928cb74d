#ifndef NET_PASS_H
#define NET_PASS_H

#include "base/crypto.h"

/* Tokens by which a gateway has let this process in, one of each, kept for as long as it holds:
 * never in the store, never in a log.  They hang in c->net, where the product's has them; a net
 * that has none keeps nothing.  Safe from any thread. */
struct passes;
struct passes *passes_open(void);
void passes_close(struct passes *passes);

enum {
    PASS_MAX = 4096 /* bytes of one; a longer one is not kept */
};
/* False: there is none that still holds (wall time). */
bool pass_get(struct ctx *c, struct str gateway, struct secret *ret);
void pass_keep(struct ctx *c, struct str gateway, struct secret pass, int64_t until_ms);
/* It was refused.  One that another thread has fetched meanwhile stays. */
void pass_drop(struct ctx *c, struct str gateway, struct secret pass);

#endif
