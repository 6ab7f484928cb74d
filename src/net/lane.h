#ifndef NET_LANE_H
#define NET_LANE_H

#include "base/str.h"

/* What one gateway may take of us: its share of the calls in flight, and its breaker.
 *
 * Share: every enabled gateway keeps 64 calls that no other may take (less when there are few in
 * all); beyond those it competes for the rest.  So one that hangs leaves room for the others.
 *
 * Breaker: half of the last 20 calls without an answer opens it; while it is open one call every
 * 5 s goes through as a probe, and the first answer closes it.  An answer is an answer, 500 too.
 *
 * Names that are not enabled gateways (an endpoint of outgoing webhooks: "webhook:whe_…") get a
 * lane of their own without a share kept for them.  Safe from any thread; the monotonic time is
 * passed in. */
struct lanes;

enum {
    LANE_KEPT = 64,       /* calls kept for each enabled gateway */
    LANE_REMEMBERED = 20, /* calls that the breaker looks back at */
    LANE_PROBE_MS = 5000
};

enum lane_entry {
    LANE_MAY,    /* call, then lane_leave */
    LANE_FULL,   /* beyond its share */
    LANE_BROKEN, /* the breaker is open */
};
enum lane_result {
    LANE_ANSWERED,
    LANE_SILENT,
    LANE_NO_VERDICT, /* cut short by us: says nothing about the gateway */
};

/* most: calls in flight in all. */
struct lanes *lanes_open(int64_t most, const struct str *enabled, size_t enabled_count);
void lanes_close(struct lanes *lanes);

enum lane_entry lane_enter(struct lanes *lanes, struct str name, int64_t mono_ms);
/* True when this result opened or closed the breaker of an enabled gateway: somebody may want to
 * know. */
bool lane_leave(struct lanes *lanes, struct str name, enum lane_result result, int64_t mono_ms);

bool lane_broken(struct lanes *lanes, struct str name);

#endif
