#include "base/slots.h"

#include "base/crypto.h"
#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A name belongs to one set of eight cells, chosen by its seeded hash; the whole hash is kept as
 * its identity.  Sets share a few locks. */
enum {
    WAYS = 8,
    LOCKS = 64
};
struct cell {
    uint64_t name; /* 0: free */
    struct slot slot;
};
struct slots {
    unsigned char seed[16];
    size_t sets;
    pthread_mutex_t lock[LOCKS];
    struct cell cell[];
};

struct slots *slots_open(struct ctx *c, size_t n)
{
    must(n >= WAYS && (n & (n - 1)) == 0);
    struct slots *s = calloc(1, sizeof *s + n * sizeof s->cell[0]);
    must(s != NULL);
    random_bytes(c, s->seed, sizeof s->seed);
    s->sets = n / WAYS;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&s->lock[i], NULL);
    return s;
}

void slots_close(struct slots *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&s->lock[i]);
    free(s);
}

static uint64_t name_hash(const struct slots *s, int64_t kind, struct str name)
{
    const struct str parts[] = {
        { (const char *)s->seed, sizeof s->seed },
        { (const char *)&kind, sizeof kind },
        name,
    };
    struct sha256 full = sha256_of(parts, ARRAY_LEN(parts));
    uint64_t hash = 0;
    memcpy(&hash, full.b, sizeof hash);
    return hash == 0 ? 1 : hash;
}

/* The name's own cell, else a free one, else that of the one that matters least. */
static struct cell *cell_of(struct cell *set, uint64_t name)
{
    struct cell *least = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].name == name)
            return &set[i];
        if (set[i].name == 0 || (least->name != 0 && set[i].slot.until < least->slot.until))
            least = &set[i];
    }
    *least = (struct cell) { .name = name };
    return least;
}

void slots_use(struct slots *s, int64_t kind, struct str name,
    void (*each)(struct slot *slot, void *arg), void *arg)
{
    uint64_t hash = name_hash(s, kind, name);
    size_t set = (size_t)(hash >> 32) & (s->sets - 1);
    pthread_mutex_t *lock = &s->lock[set % LOCKS];
    pthread_mutex_lock(lock);
    each(&cell_of(&s->cell[set * WAYS], hash)->slot, arg);
    pthread_mutex_unlock(lock);
}
