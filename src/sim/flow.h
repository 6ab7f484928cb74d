#ifndef SIM_FLOW_H
#define SIM_FLOW_H

#include "sim/life.h"

/* What somebody wants of purser or of a gateway: a file and a line in flows.c each. */
struct flow {
    struct str name;
    void (*begin)(struct life *l);          /* puts what will happen into the queue */
    void (*paid)(struct life *l, int page); /* somebody has just paid there; NULL: never mind */
    void (*calm)(struct life *l);           /* the trouble is over; NULL: nothing left to do */
    void (*end)(struct life *l);            /* when all is quiet: asks once more */
};
extern const struct flow *const flows[];
extern const size_t flow_count;

extern const struct flow flow_credits, flow_buyer, flow_dashboard, flow_console, flow_stranger;

#define KEY_HEADER "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

#endif
