#ifndef BASE_MISHAP_H
#define BASE_MISHAP_H

#include "base/ctx.h"

/* What fails, counted in memory by kind, place and code: noting takes a lock and touches no store,
 * so nothing that fails waits for it, or fails once more.  failure/failure.h takes what gathered
 * every few seconds and writes it down; a process that is killed loses those seconds. */
enum mishap_kind {
    MISHAP_REQUEST, /* answered with 5xx */
    MISHAP_WEBHOOK, /* a webhook that was not taken */
    MISHAP_CALL,    /* a call to a gateway, or to the application, that brought nothing */
    MISHAP_JOB,     /* set aside, or failing for an hour */
    MISHAP_REFUSED, /* answered with 4xx: the caller's matter, so nobody is told who it was */
    MISHAP_KIND_COUNT
};
enum {
    MISHAP_GROUPS = 128,    /* between two takes; what is more is counted by a metric only */
    MISHAP_CUSTOMERS = 100, /* of a group: more are not told apart */
    MISHAP_PLACE_MAX = 119
};
struct mishap_group {
    enum mishap_kind kind;
    enum code code;
    struct str place; /* "POST /api/checkout": the program's words, never what a stranger wrote */
    int64_t count, first_ms, last_ms;
    struct str request_id;   /* of the last: finds it in the log */
    const int64_t *customer; /* different ones */
    size_t customers;
};

struct mishaps;
struct mishaps *mishap_open(void);
void mishap_close(struct mishaps *t);

/* Once more, now, to the customer whom c is about if it is about one.  c->mishaps NULL: nobody
 * counts. */
void mishap_note(struct ctx *c, enum mishap_kind kind, struct str place, enum code code);
/* What gathered, in c's arena, and begins anew; 0 while the last take was under two seconds ago,
 * unless it has to be now. */
size_t mishap_take(struct ctx *c, bool now, const struct mishap_group **ret);
/* It could not be written down: it is counted with what has come since. */
void mishap_give_back(struct ctx *c, const struct mishap_group *group);

#endif
