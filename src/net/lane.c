#include "net/lane.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 256,
    NAME_MAX_BYTES = 64,
    OPEN_AT = LANE_REMEMBERED / 2
};

struct lane {
    char name[NAME_MAX_BYTES]; /* cut, where longer */
    size_t name_length;
    int64_t in_flight, kept;
    uint32_t silent; /* one bit per remembered call, the newest lowest: it had no answer */
    bool broken;
    int64_t probed_ms;
    int64_t used_ms;
};

struct lanes {
    pthread_mutex_t lock;
    int64_t most;
    int64_t shared; /* places that are kept for nobody */
    int64_t shared_used;
    struct lane lane[LANES]; /* enabled gateways first; those are never given up */
    size_t enabled, used;
};

struct lanes *lanes_open(int64_t most, const struct str *enabled, size_t enabled_count)
{
    struct lanes *l = calloc(1, sizeof *l);
    must(l != NULL && most > 0 && enabled_count < LANES / 2);
    must(pthread_mutex_init(&l->lock, NULL) == 0);
    int64_t kept = LANE_KEPT;
    int64_t fair = enabled_count == 0 ? 0 : most / (2 * (int64_t)enabled_count);
    if (kept > fair)
        kept = fair;
    l->most = most;
    l->shared = most - kept * (int64_t)enabled_count;
    for (size_t i = 0; i < enabled_count; i++) {
        struct lane *lane = &l->lane[i];
        must(enabled[i].n > 0 && enabled[i].n <= NAME_MAX_BYTES);
        memcpy(lane->name, enabled[i].p, enabled[i].n);
        lane->name_length = enabled[i].n;
        lane->kept = kept;
    }
    l->enabled = l->used = enabled_count;
    return l;
}

void lanes_close(struct lanes *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct lane *find(struct lanes *l, struct str name)
{
    for (size_t i = 0; i < l->used; i++)
        if (str_eq((struct str) { l->lane[i].name, l->lane[i].name_length }, name))
            return &l->lane[i];
    return NULL;
}

/* A new name takes a new lane, or that of the name which has been quiet longest; NULL when all are
 * in use. */
static struct lane *find_or_make(struct lanes *l, struct str name)
{
    name = str_part(name, 0, NAME_MAX_BYTES);
    struct lane *lane = find(l, name);
    if (lane != NULL)
        return lane;
    if (l->used < LANES)
        lane = &l->lane[l->used++];
    else
        for (size_t i = l->enabled; i < LANES; i++)
            if (l->lane[i].in_flight == 0 && (lane == NULL || l->lane[i].used_ms < lane->used_ms))
                lane = &l->lane[i];
    if (lane == NULL)
        return NULL;
    *lane = (struct lane) { .name_length = name.n };
    memcpy(lane->name, name.p, name.n);
    return lane;
}

static enum lane_entry enter(struct lanes *l, struct lane *lane, int64_t mono_ms)
{
    if (lane->broken && mono_ms < lane->probed_ms + LANE_PROBE_MS)
        return LANE_BROKEN;
    if (lane->in_flight >= lane->kept) {
        if (l->shared_used >= l->shared)
            return LANE_FULL;
        l->shared_used++;
    }
    lane->in_flight++;
    lane->probed_ms = mono_ms;
    lane->used_ms = mono_ms;
    return LANE_MAY;
}

enum lane_entry lane_enter(struct lanes *l, struct str name, int64_t mono_ms)
{
    pthread_mutex_lock(&l->lock);
    struct lane *lane = find_or_make(l, name);
    enum lane_entry e = lane == NULL ? LANE_FULL : enter(l, lane, mono_ms);
    pthread_mutex_unlock(&l->lock);
    return e;
}

static bool judge(struct lane *lane, enum lane_result result)
{
    bool was = lane->broken;
    switch (result) {
    case LANE_ANSWERED:
        lane->silent <<= 1;
        if (was)
            lane->silent = 0;
        lane->broken = false;
        break;
    case LANE_SILENT:
        lane->silent = lane->silent << 1 | 1;
        lane->silent &= (1U << LANE_REMEMBERED) - 1;
        lane->broken = was || __builtin_popcount(lane->silent) >= OPEN_AT;
        break;
    case LANE_NO_VERDICT:
        break;
    }
    return lane->broken != was;
}

bool lane_leave(struct lanes *l, struct str name, enum lane_result result, int64_t mono_ms)
{
    pthread_mutex_lock(&l->lock);
    struct lane *lane = find(l, str_part(name, 0, NAME_MAX_BYTES));
    must(lane != NULL && lane->in_flight > 0);
    if (lane->in_flight > lane->kept)
        l->shared_used--;
    lane->in_flight--;
    lane->used_ms = mono_ms;
    bool changed = judge(lane, result) && lane < &l->lane[l->enabled];
    pthread_mutex_unlock(&l->lock);
    return changed;
}

bool lane_broken(struct lanes *l, struct str name)
{
    pthread_mutex_lock(&l->lock);
    struct lane *lane = find(l, str_part(name, 0, NAME_MAX_BYTES));
    bool broken = lane != NULL && lane->broken;
    pthread_mutex_unlock(&l->lock);
    return broken;
}
