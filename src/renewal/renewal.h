#ifndef RENEWAL_RENEWAL_H
#define RENEWAL_RENEWAL_H

#include "operation/operation.h"
#include "payment/payment.h"
#include "subscription/subscription.h"

/* How subscriptions go on: who is asked to pay for a further period, and what is believed of it.
 *
 * Where the gateway renews, it is asked how a subscription stands, and the row mirrors the answer
 * (mirror.c).  Where purser renews, an order is made before a period ends and its page is mailed
 * (due.c).  Either way a period is paid by an order (bill.c) that is settled like any other, and
 * what it brings is src/grant's business.  What a person asks for is change.c. */

/* ---- the mirror: one question, one transaction.  Order, repetition and loss of a gateway's events
 * cannot matter, because none of them is applied: they only say that it is time to ask. */
struct renewal_mirror {
    /* in */
    enum gateway_id gateway;
    struct str reference;      /* the gateway's subscription */
    const struct gateway *ask; /* NULL: the gateway itself */
    /* out */
    enum {
        RENEWAL_MIRRORED,
        RENEWAL_NOT_OURS, /* somebody else's of the same account, or nobody's */
        RENEWAL_NOT_YET   /* ours, and what begins it is not complete yet */
    } result;
    bool moved;       /* it stands otherwise here than before */
    struct str why;   /* one sentence for log, inbox and console */
    int64_t asked_ms; /* what was said before it is in the row now */
    int64_t order_n;  /* that began it; 0: not known */
};
/* In no transaction.  GATEWAY_UNAVAILABLE: it could not be asked; nothing has changed. */
enum err renewal_mirror(struct ctx *c, struct renewal_mirror *m);
/* In a snapshot: is there any of this gateway's? */
enum err renewal_any(struct ctx *c, enum gateway_id gateway, bool *ret);
/* In a transaction: once, soon, however often it is said. */
enum err renewal_later(struct ctx *c, enum gateway_id gateway, struct str reference);
#define RENEWAL_MIRROR S("renewal_mirror")
enum err renewal_mirror_job(struct ctx *c, struct str subject); /* "stripe sub_…" */

/* ---- what falls due by itself: renewal orders, reminders, the end of grace, a cancellation's day.
 * A job for each subscription, at its next moment. */
enum {
    RENEWAL_LEAD_DAYS = 3 /* before a period ends its successor can be paid */
};
#define RENEWAL_DUE S("renewal_due")
enum err renewal_due(struct ctx *c, struct str subscription_n);
/* One that is due is charged to what its payer paid with, where his gateway can. */
#define RENEWAL_CHARGE S("renewal_charge")
enum err renewal_charge(struct ctx *c, struct str subscription_n);
/* What a gateway renews ends there, because the money of its period went back, or is the plan that
 * it was, because the money of a change did: "sub_n order_n".  It does not rest before that is
 * certain. */
#define RENEWAL_REFUNDED S("renewal_refunded")
enum err renewal_refunded(struct ctx *c, struct str subject);
/* One that began nothing here ends at its gateway: somebody gave its payment back.  "stripe sub_…"
 */
#define RENEWAL_SECOND S("renewal_second")
enum err renewal_second(struct ctx *c, struct str subject);
/* In no transaction: every subscription that purser renews is looked at. */
enum err renewal_look_at_all(struct ctx *c);
/* In a transaction: looked at now. */
enum err renewal_look(struct ctx *c, const struct subscription *s);

extern const struct operation_kind renewal_operation, renewal_page_operation; /* of change.h */
struct routes;
extern const struct routes renewal_routes, method_routes;

#endif
