#ifndef GRANT_GRANT_H
#define GRANT_GRANT_H

#include "order/order.h"

/* What an order bought is handed out, and taken back when its money goes back: the one place that
 * knows credits, access and subscriptions together.  In the transaction of the settle. */

/* How it was paid, as far as that decides who renews it. */
struct grant_how {
    enum gateway_id gateway;
    struct str reference, payer; /* its own subscription and customer; empty: purser renews it */
};

/* Why what this order bought cannot be given, as a sentence for the person who decides about its
 * money; empty: it can.  Asked before the order is completed. */
enum err grant_refuses(
    struct ctx *c, const struct order *o, const struct grant_how *how, struct str *ret_why);
/* Once for an order: settle completes it once.  CONFLICT where grant_refuses has a reason. */
enum err grant_give(struct ctx *c, const struct order *o, const struct grant_how *how);
/* What refunded_minor of its total stands for, in all; calling it again takes nothing more.  A
 * period that went back whole ends the plan, too. */
enum err grant_take(struct ctx *c, const struct order *o);

/* Its payment is argued about: nobody uses what it bought until that is over.  Either again changes
 * nothing. */
enum err grant_hold(struct ctx *c, const struct order *o);
enum err grant_release(struct ctx *c, const struct order *o);

/* In a snapshot or transaction: what that would take if so much of the order were back in all. */
struct grant_taking {
    int64_t credits, owed; /* of the balance; and what was spent already */
    bool plan;             /* it brought the period that runs, and the plan would end */
    struct str before;     /* it brought a dearer plan inside it: the name of the one before it */
};
enum err grant_would_take(
    struct ctx *c, const struct order *o, int64_t refunded_minor, struct grant_taking *ret);

/* In a snapshot or transaction: what the plan was before this order changed it inside the period
 * that runs, and would be again without its money.  *ret_found false: it is no such order, or was
 * renewed or changed since. */
enum err grant_before(struct ctx *c, const struct order *o, const struct subscription *s,
    bool *ret_found, struct subscription_terms *ret);
/* In a snapshot or transaction: what became of the money of the period that was paid for last. */
struct grant_paid {
    int64_t order_n; /* that brought it; 0: it cannot be told */
    bool back;       /* all of it went back: the plan is over */
    bool argued;     /* a bank asks for it */
    bool given;      /* something of the plan is still to come */
};
enum err grant_paid(struct ctx *c, const struct subscription *s, struct grant_paid *ret);

/* What the customer has of a subscription: the plan at every gate, until when, and until when its
 * credits may be spent.  After every change of its row, in the same transaction. */
enum err grant_access(struct ctx *c, const struct subscription *s);
/* The credits of each month of the period that runs, up to now, each once; and the job that gives
 * the next one, where a period has more. */
enum err grant_period(struct ctx *c, const struct subscription *s);
/* Both. */
enum err grant_all(struct ctx *c, const struct subscription *s);

/* In a snapshot or transaction: what a plan with such an allowance gives more in the month that
 * runs.  What the month gave already is not given again: who goes down and up would have it twice.
 */
enum err grant_more(struct ctx *c, const struct subscription *s, int64_t allowance, int64_t *ret);

/* The price of another plan gave back what was left of this one's time: so much of the credits
 * that were paid with that time goes with it. */
struct grant_turn {
    int64_t at_ms;   /* the moment from which it was given back */
    int64_t down_to; /* what the plan gives that goes on in this month; 0: another period begins */
    int64_t ended;   /* out: of what is there … */
    int64_t owed;    /* … and of what was used: what is given next pays that */
};
/* In a snapshot or transaction: what a change would take. */
enum err grant_would_turn(struct ctx *c, const struct subscription *s, struct grant_turn *k);

/* The job: the months of one subscription (its n) that have begun. */
#define GRANT_MONTH S("grant_month")
enum err grant_month(struct ctx *c, struct str subscription_n);

#endif
