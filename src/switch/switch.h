#ifndef SWITCH_SWITCH_H
#define SWITCH_SWITCH_H

#include "base/ctx.h"

/* Flows that a person can hold back, in an incident or over a migration, and let run again: what
 * was held is done then.  Off is a row in the store, so that it holds for every server on the
 * database and over restarts.  Money on its way is never held: webhooks, questions and settling
 * have no switch. */
enum switch_name {
#define SWITCH(id, name, job, about) SWITCH_##id,
#include "switch/switch.def"
#undef SWITCH
    SWITCH_COUNT
};

/* In a snapshot or transaction. */
enum err switch_is_off(struct ctx *c, enum switch_name which, bool *ret);
enum err switch_gateway_is_off(struct ctx *c, struct str gateway, bool *ret);

/* One switch as it stands. */
struct switch_row {
    struct str name, about;
    bool off;
    struct str reason, actor; /* while it is off */
    int64_t since_ms;
};
/* All of them, in the order of the table, gateways last.  In a snapshot. */
enum err switch_list(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct switch_row *row, void *arg), void *arg);

/* In a transaction: turns one, and writes down who and why.  NOT_FOUND: no such switch;
 * INVALID_REQUEST: no reason.  Turning it to where it stands changes nothing but the reason. */
enum err switch_turn(struct ctx *c, struct str name, bool on, struct str reason);

struct commands;
extern const struct commands switch_commands;

#endif
