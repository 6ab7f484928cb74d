#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/ctx.h"

/* Randomness.  Outside the simulator it is the kernel's (getrandom, result checked); inside, or
 * in a test, a splitmix64 stream from a seed.  One draw per statement: the order of draws is part
 * of what a seed replays. */
struct ids {
    bool seeded;
    uint64_t state;
};
struct ids ids_of_system(void);
struct ids ids_of_seed(uint64_t seed);
void random_bytes(struct ctx *c, void *ret, size_t n);
uint64_t random_u64(struct ctx *c);
int64_t random_below(struct ctx *c, int64_t bound); /* 0 … bound - 1, unbiased */

/* 128 bits: 48 of time in milliseconds, 80 of randomness.  Sorts by time.  Written for the
 * outside as a prefix and 26 characters of lower-case Crockford base 32: "ord_01hx…". */
struct id {
    unsigned char b[16];
};
struct id id_new(struct ctx *c);
bool id_eq(struct id a, struct id b);
bool id_is_zero(struct id id);
struct str id_text(struct arena *a, struct str prefix, struct id id); /* prefix without "_" */
/* False unless text is exactly prefix, "_" and 26 characters as id_text writes them. */
bool id_parse(struct str prefix, struct str text, struct id *ret);

/* The public name of a row that only operators and the application see (facts, jobs): its time and
 * its number.  Nothing is drawn, stored or indexed for it.  It can be guessed, so it never is what
 * lets somebody in. */
struct id id_of_row(int64_t at_ms, int64_t n);
bool id_is_row(struct id id, int64_t *ret_at_ms, int64_t *ret_n); /* false: not such an id */

#endif
