#ifndef OPERATION_OPERATION_PLAY_H
#define OPERATION_OPERATION_PLAY_H

#include "base/id.h"
#include "base/test.h"
#include "net/net.h"
#include "operation/operation.h"

/* A play for the tests: an order that one of two gateways is asked to charge.  What the gateways
 * have done is theirs and survives every crash of ours: they are the oracle.
 *
 * The play's own record step has no guard whatsoever: it counts an effect each time it runs.  That
 * there is never more than one is operation's promise alone. */

enum {
    PLAY_KEYS = 4096,
    PLAY_GATEWAYS = 2
};
enum play_answer {
    PLAY_CHARGES,
    PLAY_DECLINES,
    PLAY_LOSES_ANSWER,  /* it charged, and nobody hears of it */
    PLAY_LOSES_REQUEST, /* it never knew, and nobody can tell */
    PLAY_UNREACHABLE,   /* nothing was sent, for sure */
    PLAY_ANSWERS
};
/* What the world knows of one idempotency key, which is an attempt's number. */
struct play_key {
    int64_t order_n, amount;
    int gateway, calls, effects;
    bool declined; /* for good: a gateway remembers its answers */
};
struct play {
    struct play_key key[PLAY_KEYS];
    /* What the gateway does when it is asked next. */
    enum play_answer (*decide)(struct play *play, int gateway);
    enum play_answer answer[PLAY_GATEWAYS]; /* of play_says */
    bool call_fails;                        /* the call cannot even be built */
    void (*during_call)(struct play *play);
    void *self;
};

struct play_work {
    struct play *play;
    int64_t amount; /* from the request */
    int64_t attempt_n, order_n;
    int gateway;
    bool perhaps_sent;
    enum outcome outcome;
};

/* The tables, empty; and the play that load can find. */
enum err play_open(struct ctx *c, struct play *play);
void play_close(void);
extern const struct operation_kind play_kind;
extern const struct operation_kinds play_kinds;
enum err play_resume(struct ctx *c, struct str subject); /* a job's run */

/* decide: always play->answer[gateway]. */
enum play_answer play_says(struct play *play, int gateway);

struct play_count {
    int64_t orders, attempts;
    int64_t effects;      /* recorded by us, in all */
    int64_t most_effects; /* of any one order */
    int64_t open;         /* operations */
};
enum err play_counts(struct ctx *c, struct play_count *ret);
int64_t play_charged(const struct play *play, int64_t order_n); /* at the gateways */
int64_t play_keys_used(const struct play *play, int64_t order_n);
struct operation_key play_key_of(struct ctx *c, const char *idempotency_key, int64_t amount);

#endif
