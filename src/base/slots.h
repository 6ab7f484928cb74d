#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include "base/ctx.h"

/* A bounded table of small counters by name, for limits: whatever strangers send, it never grows.
 * Names are hashed with a seed of the process (R40), so nobody can aim at a place.  When a place
 * is full, the slot that matters least is given up: the one whose `until` is earliest.  Safe from
 * any thread. */
struct slots;
struct slot {
    int64_t until; /* in the user's unit; the order in which slots are given up */
    int64_t count;
};
struct slots *slots_open(
    struct ctx *c, size_t n); /* n slots of 24 bytes; a power of two, at least 8 */
void slots_close(struct slots *s);

/* Runs each(slot, arg) on the slot of (kind, name), zeroed if it is new, while nobody else does. */
void slots_use(struct slots *s, int64_t kind, struct str name,
    void (*each)(struct slot *slot, void *arg), void *arg);

#endif
