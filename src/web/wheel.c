#include "web/wheel.h"

#include <stddef.h>

#include "base/must.h"

static void put(struct wheel *w, struct wheel_item *item)
{
    struct wheel_item **at = &w->slot[item->due_tick % WHEEL_SLOTS];
    item->next = *at;
    item->at = at;
    if (item->next != NULL)
        item->next->at = &item->next;
    *at = item;
}

void wheel_set(struct wheel *w, struct wheel_item *item, int64_t due_ms)
{
    wheel_clear(item);
    must(due_ms >= 0);
    /* Rounded up: never early.  What is due already waits for the next tick. */
    item->due_tick = (due_ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
    if (item->due_tick < w->tick)
        item->due_tick = w->tick;
    put(w, item);
}

void wheel_clear(struct wheel_item *item)
{
    if (item->at == NULL)
        return;
    *item->at = item->next;
    if (item->next != NULL)
        item->next->at = item->at;
    item->at = NULL;
    item->next = NULL;
}

struct wheel_item *wheel_due(struct wheel *w, int64_t now_ms)
{
    int64_t now = now_ms / WHEEL_TICK_MS;
    /* After a pause longer than a turn, one turn sees every slot. */
    if (now - w->tick >= WHEEL_SLOTS)
        w->tick = now - WHEEL_SLOTS + 1;
    for (; w->tick <= now; w->tick++) {
        /* A slot also holds what is due a turn or more later. */
        for (struct wheel_item *i = w->slot[w->tick % WHEEL_SLOTS]; i != NULL; i = i->next)
            if (i->due_tick <= now) {
                wheel_clear(i);
                return i;
            }
    }
    return NULL;
}
