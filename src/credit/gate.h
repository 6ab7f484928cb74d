#ifndef CREDIT_GATE_H
#define CREDIT_GATE_H

#include "access/upgrade.h"
#include "credit/credit.h"

/* May a customer do this?  One answer for the gate that an application asks and for the refusal of
 * a use, so that both say the same. */

/* Everything that is asked has to be so; what is empty is not asked. */
struct gate_question {
    struct str feature;    /* a name that some plan knows */
    struct str plan;       /* this plan, or one above it in its group */
    struct credit_use use; /* an operation or an amount: what it costs is there, today still allows
                            * it, and the feature that it needs is in the plan */
};

/* In the order in which they are looked at. */
enum gate_reason {
    GATE_OPEN,
    GATE_PLAN,
    GATE_FEATURE,
    GATE_CREDITS,
    GATE_DAY,
    GATE_REASON_COUNT
};
struct str gate_reason_text(
    enum gate_reason reason); /* as the code of a refusal, where it has one */

struct gate {
    enum gate_reason reason;
    int64_t cost, balance, used_today;
    int64_t day_limit; /* -1: none */
    int64_t resets_ms; /* when the day's count begins again */
    struct access_upgrade upgrade;
};
/* In a snapshot or transaction; customer_n 0 is somebody new.  INVALID_REQUEST for what no
 * catalogue has.  Whoever uses credits by this answer has opened the account first (credit_open),
 * so that it still holds. */
enum err gate_ask(
    struct ctx *c, int64_t customer_n, const struct gate_question *question, struct gate *ret);

struct json;
/* Into an open object: allowed, reason, cost, balance and so on. */
void gate_json(struct json *j, const struct gate *gate);

extern const struct routes gate_routes; /* POST /api/access/check */

#endif
