#ifndef WEB_WHEEL_H
#define WEB_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/* Deadlines: setting, moving and clearing one costs a few pointers, however many there are.  A
 * deadline is met at the next tick of 100 ms after it. */
enum {
    WHEEL_TICK_MS = 100,
    WHEEL_SLOTS = 1024,
};
struct wheel_item {
    struct wheel_item *next, **at; /* at: the pointer that points here; NULL: not set */
    int64_t due_tick;
};
struct wheel {
    struct wheel_item *slot[WHEEL_SLOTS];
    int64_t tick; /* everything due before it has been met */
};
void wheel_set(struct wheel *w, struct wheel_item *item, int64_t due_ms);
void wheel_clear(struct wheel_item *item);
/* The next item that is due, cleared, or NULL.  Call until NULL; items may be set between calls. */
struct wheel_item *wheel_due(struct wheel *w, int64_t now_ms);

#endif
