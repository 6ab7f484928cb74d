#include "db/engine.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing by the literal's address; never more than half full, nothing is ever removed:
 * a program has a few hundred statements. */

static size_t spread(const char *sql, size_t cap)
{
    uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h >> 32) & (cap - 1);
}

static struct cached *find(struct cached *slot, size_t cap, const char *sql)
{
    size_t i = spread(sql, cap);
    while (slot[i].sql != NULL && slot[i].sql != sql)
        i = (i + 1) & (cap - 1);
    return &slot[i];
}

static void grow(struct cache *k)
{
    size_t cap = k->cap == 0 ? 256 : k->cap * 2;
    struct cached *slot = calloc(cap, sizeof *slot);
    must(slot != NULL);
    for (size_t i = 0; i < k->cap; i++)
        if (k->slot[i].sql != NULL)
            *find(slot, cap, k->slot[i].sql) = k->slot[i];
    free(k->slot);
    k->slot = slot;
    k->cap = cap;
}

struct cached *cache_slot(struct cache *k, const char *sql)
{
    if (k->n * 2 >= k->cap)
        grow(k);
    struct cached *s = find(k->slot, k->cap, sql);
    if (s->sql != NULL) {
        must(strcmp(s->text, sql) == 0);
        return s;
    }
    *s = (struct cached) { .sql = sql, .text = strdup(sql) };
    must(s->text != NULL);
    k->n++;
    return s;
}

void cache_free(struct cache *k, void (*drop)(void *value))
{
    for (size_t i = 0; i < k->cap; i++) {
        if (k->slot[i].sql == NULL)
            continue;
        if (k->slot[i].value != NULL)
            drop(k->slot[i].value);
        free(k->slot[i].text);
    }
    free(k->slot);
    *k = (struct cache) { 0 };
}
