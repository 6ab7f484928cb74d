#ifndef RENEWAL_STATE_H
#define RENEWAL_STATE_H

#include "renewal/renewal.h"

/* Private to renewal: what follows when a subscription stands otherwise than before. */

struct state_change {
    struct subscription was; /* as it stood before this transaction touched it */
    /* As this transaction has handed it out already: what has not changed since is not handed out
     * again.  NULL: it has not. */
    const struct subscription *given;
    /* Where the payer mends what failed: a gateway's page, or the order's own; empty: nothing
     * failed that he was not told of. */
    struct str mend_url, failed; /* failed: once under this name: "in_…:2" */
    struct money due;
};
/* In a transaction: stores *s with its new status, and writes what is different: facts, access,
 * mails, and when it is looked at next. */
enum err state_store(struct ctx *c, const struct state_change *change, struct subscription *s,
    enum subscription_status to);
/* When something falls due by itself: 0: nothing does. */
enum err state_next_ms(struct ctx *c, const struct subscription *s, int64_t *ret);

/* In a transaction: a change that waits for its payment is given up, because what it was reckoned
 * from is no longer so. */
enum err state_end_change(struct ctx *c, const struct subscription *s, struct str why);

/* The catalogue's dunning. */
struct dunning {
    int64_t grace_ms;
    int64_t retry_ms[16]; /* after the period's end, rising */
    size_t retries;
};
enum err dunning_now(struct ctx *c, struct dunning *ret);

/* In a transaction: what the customer is told, each once. */
enum err tell_failed(
    struct ctx *c, const struct subscription *s, const struct state_change *change);
enum err tell_ends(struct ctx *c, const struct subscription *s);
enum err tell_ended(struct ctx *c, const struct subscription *s);
enum err tell_changes(
    struct ctx *c, const struct subscription *s, const struct subscription_terms *next);
enum err tell_to_pay(
    struct ctx *c, const struct subscription *s, const struct order *o, struct str key, bool late);
enum err tell_to_be_charged(
    struct ctx *c, const struct subscription *s, const struct order *o, struct str key);
enum err tell_trial_ends(struct ctx *c, const struct subscription *s);

#endif
