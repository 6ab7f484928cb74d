#ifndef WEB_TALLY_H
#define WEB_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* How often each of many keys is there now: connections of an address, waiting requests of a
 * caller.  Bounded by what is counted, so it is made once and never grows.  Keys come from
 * strangers and are mixed with a seed (R40). */
struct tally;
struct tally *tally_new(size_t most, uint64_t seed); /* most: the sum of all counts */
void tally_free(struct tally *t);
int64_t tally_add(struct tally *t, uint64_t key); /* the count with it */
void tally_drop(struct tally *t, uint64_t key);   /* must() it was added */

#endif
