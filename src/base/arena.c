#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXACT 1
#endif
#endif
#ifndef EXACT
#define EXACT 0
#endif

/* The first chunk holds an ordinary request whole. */
enum {
    CHUNK_SIZE = EXACT ? 0 : 8 * 1024,
    ALIGN = 16
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used;
    _Alignas(ALIGN) unsigned char data[];
};

struct arena_defer {
    struct arena_defer *next;
    void (*fn)(void *);
    void *arg;
};

static struct arena_chunk *chunk_add(struct arena *a, size_t at_least)
{
    /* Each chunk doubles, so that a large piece of work costs few mallocs. */
    size_t size = CHUNK_SIZE;
    if (a->chunks != NULL && !EXACT && size < a->chunks->size * 2)
        size = a->chunks->size * 2;
    if (size > (size_t)1 << 20)
        size = (size_t)1 << 20;
    if (size < at_least)
        size = at_least;
    must(size < SIZE_MAX / 2);
    struct arena_chunk *k = malloc(sizeof *k + size);
    must(k != NULL);
    *k = (struct arena_chunk) { .next = a->chunks, .size = size };
    a->chunks = k;
    return k;
}

static size_t rounded(size_t size)
{
    must(size < SIZE_MAX / 4);
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t n = EXACT ? size : rounded(size);
    struct arena_chunk *k = a->chunks;
    if (EXACT || k == NULL || k->size - k->used < n)
        k = chunk_add(a, n);
    void *p = k->data + k->used;
    k->used += n;
    a->used += n;
    memset(p, 0, size);
    return p;
}

void *arena_alloc_array(struct arena *a, size_t size, size_t n)
{
    must(n == 0 || size < SIZE_MAX / 4 / n);
    return arena_alloc(a, size * n);
}

void *arena_grow(struct arena *a, void *p, size_t from, size_t to)
{
    must(to >= from);
    struct arena_chunk *k = a->chunks;
    if (!EXACT && k != NULL && p != NULL) {
        size_t old = rounded(from), want = rounded(to);
        bool last = (unsigned char *)p + old == k->data + k->used;
        if (last && k->size - k->used >= want - old) {
            k->used += want - old;
            a->used += want - old;
            memset((unsigned char *)p + from, 0, to - from);
            return p;
        }
    }
    must(p != NULL || from == 0);
    void *q = arena_alloc(a, to);
    if (from > 0)
        memcpy(q, p, from);
    return q;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct arena_defer *d = arena_new(a, struct arena_defer);
    *d = (struct arena_defer) { a->defers, fn, arg };
    a->defers = d;
}

static void run_defers(struct arena *a)
{
    struct arena_defer *d = a->defers;
    a->defers = NULL;
    for (; d != NULL; d = d->next)
        d->fn(d->arg);
}

void arena_reset(struct arena *a)
{
    run_defers(a);
    struct arena_chunk *keep = NULL;
    for (struct arena_chunk *k = a->chunks, *next; k != NULL; k = next) {
        next = k->next;
        if (!EXACT && keep == NULL && k->size <= (size_t)64 * 1024) {
            keep = k;
            keep->next = NULL;
            keep->used = 0;
        } else {
            free(k);
        }
    }
    a->chunks = keep;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    arena_reset(a);
    free(a->chunks);
    a->chunks = NULL;
}
