#ifndef RECONCILE_RECONCILE_H
#define RECONCILE_RECONCILE_H

#include "payment/payment.h"

/* Do we and the gateways believe the same?  Every attempt whose end nobody knows is asked about,
 * every payment of late, and every page of late that ended unpaid here; what a lost webhook would
 * have told is settled now, what contradicts goes to review, and what is paid here and not there is
 * an alert (DIFFERS) until both agree.  And every subscription that was
 * changed or billed of late, where the gateway renews; and every dispute that is open or began of
 * late.  In no transaction. */
enum {
    RECONCILE_MAX = 1000 /* questions of one run; and as many about disputes */
};
struct reconcile {
    int64_t since_ms; /* payments captured since then */
    int64_t most;     /* 0: RECONCILE_MAX */
    int64_t asked, agreed, healed, reviews, differ, unknown;
    bool differed;     /* its own: something differed before */
    int64_t disputes;  /* of those asked about */
    int64_t broken;    /* of those: ours do not fit together, which is logged */
    bool more;         /* there are others: run it again */
    struct buf *lines; /* one for each difference */
};
/* Standing, daily: the last 96 hours, and every subscription that purser renews is looked at. */
enum err reconcile_job(struct ctx *c, struct str subject);
/* BUSY where nothing can be asked: no server runs. */
enum err reconcile_run(struct ctx *c, struct reconcile *ret);

struct commands;
extern const struct commands reconcile_commands;

#endif
