#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

/* Memory for one piece of work: a request, a job run, a test.  Everything that the work builds
 * lives until the arena is reset; nothing in it is freed singly.  Memory is zeroed.  There is no
 * "out of memory": all that enters the process is bounded, so running out means a broken limit,
 * and the process aborts.  Under AddressSanitizer each allocation is its own block, so that an
 * overrun or a use after reset is seen. */
struct arena {
    struct arena_chunk *chunks;
    struct arena_defer *defers;
    size_t used; /* bytes handed out since the last reset */
};

void *arena_alloc(struct arena *a, size_t size);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_array((a), sizeof(type), (n)))
void *arena_alloc_array(struct arena *a, size_t size, size_t n);

/* The block at p, which was the last one allocated and is `from` bytes long, becomes `to` bytes
 * long where it stands if it can; else a new block with the old content.  For growing buffers. */
void *arena_grow(struct arena *a, void *p, size_t from, size_t to);

/* Call fn(arg) when the arena is reset, last registered first: for handles of foreign libraries
 * that must live as long as the work. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Runs the defers, keeps one chunk for the next piece of work.  arena_free keeps nothing. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
