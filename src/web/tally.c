#include "web/tally.h"

#include <stdlib.h>

#include "base/must.h"

/* Open addressing, half full at most; a freed place is filled again by those behind it, so that a
 * search may stop at the first free one. */
struct place {
    uint64_t key;
    int64_t count; /* 0: free */
};
struct tally {
    uint64_t seed;
    size_t mask;
    struct place place[];
};

struct tally *tally_new(size_t most, uint64_t seed)
{
    size_t n = 64;
    while (n < most * 2)
        n *= 2;
    struct tally *t = calloc(1, sizeof *t + n * sizeof t->place[0]);
    must(t != NULL);
    t->seed = seed;
    t->mask = n - 1;
    return t;
}

void tally_free(struct tally *t)
{
    free(t);
}

static size_t home(const struct tally *t, uint64_t key)
{
    uint64_t h = key ^ t->seed;
    h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(h ^ (h >> 32)) & t->mask;
}

static size_t find(const struct tally *t, uint64_t key)
{
    size_t i = home(t, key);
    while (t->place[i].count != 0 && t->place[i].key != key)
        i = (i + 1) & t->mask;
    return i;
}

int64_t tally_add(struct tally *t, uint64_t key)
{
    struct place *p = &t->place[find(t, key)];
    p->key = key;
    return ++p->count;
}

void tally_drop(struct tally *t, uint64_t key)
{
    size_t hole = find(t, key);
    must(t->place[hole].count > 0);
    if (--t->place[hole].count > 0)
        return;
    for (size_t i = (hole + 1) & t->mask; t->place[i].count != 0; i = (i + 1) & t->mask) {
        /* Whoever would be found from the hole on may move into it. */
        size_t from_home = (i - home(t, t->place[i].key)) & t->mask;
        if (from_home < ((i - hole) & t->mask))
            continue;
        t->place[hole] = t->place[i];
        t->place[i].count = 0;
        hole = i;
    }
}
