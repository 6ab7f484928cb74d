#ifndef RISK_RISK_DB_H
#define RISK_RISK_DB_H

#include "risk/risk.h"

/* Between the rules and the SQL.  Each count looks at the newest RISK_LOOK rows that its index
 * finds. */
enum {
    RISK_LOOK = 100
};
struct risk_history {
    int64_t orders;        /* since then, paid or not */
    int64_t paid, paid_ms; /* how many were; the newest */
    int64_t largest;       /* of those in this currency */
};
/* What a customer bought. */
enum err risk_db_history(
    struct ctx *c, const struct order *o, int64_t since_ms, struct risk_history *ret);
struct risk_around {
    struct str origin, guest;                 /* hashes, or empty */
    int64_t hour_ms, day_ms;                  /* since then */
    int64_t paid_ms;                          /* the buyer's newest payment that was good */
    int64_t mail, from_there, declined_there; /* out */
    int64_t declined, cards;
};
/* What was ordered and declined around it. */
enum err risk_db_around(struct ctx *c, const struct order *o, struct risk_around *k);
enum err risk_db_declined(struct ctx *c, const struct order *o, struct risk_around *k);

/* reasons: as stored. */
enum err risk_db_insert(struct ctx *c, const struct risk *r, struct str reasons);
/* Other buyers among the newest payments with this card. */
enum err risk_db_sharers(struct ctx *c, struct str card, int64_t order_n, int64_t *ret);
enum err risk_db_update(struct ctx *c, const struct risk *r, struct str reasons);
enum err risk_db_find(
    struct ctx *c, int64_t order_n, bool *ret_found, struct risk *ret, struct str *ret_reasons);
/* The newest time that an order of this buyer was let pass by a person; 0: never. */
enum err risk_db_released(struct ctx *c, const struct order *o, int64_t *ret_ms);
enum err risk_db_release(struct ctx *c, int64_t order_n);
enum err risk_db_judge(struct ctx *c, int64_t order_n, enum risk_verdict verdict);
enum err risk_db_forget(struct ctx *c, int64_t before_ms, bool *ret_more);

#endif
