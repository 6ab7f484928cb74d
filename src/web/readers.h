#ifndef WEB_READERS_H
#define WEB_READERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where requests wait for a reader.  Gateways have a lane of their own that nothing else fills
 * (R47); reports have one too, and hold at most all readers but one. */
enum lane {
    LANE_WEBHOOK,
    LANE_ORDINARY,
    LANE_LONG,
    LANE_COUNT
};
struct serving;
struct readers;
struct readers_options {
    int readers;
    int most[LANE_COUNT];
    int64_t wait_ms;
    /* On a reader; late: it waited so long that nobody needs the answer any more. */
    void (*run)(struct serving *v, bool late);
};
struct readers *readers_open(const struct readers_options *options); /* NULL: no threads */

/* Takes a list over, in order; *ret_refused are those whose lane was full. */
void readers_push(struct readers *rs, struct serving *list, struct serving **ret_refused);
size_t readers_waiting(struct readers *rs);
/* The readers end what they run; what waits is left.  Then frees. */
void readers_close(struct readers *rs);

#endif
