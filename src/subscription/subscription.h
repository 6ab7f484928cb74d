#ifndef SUBSCRIPTION_SUBSCRIPTION_H
#define SUBSCRIPTION_SUBSCRIPTION_H

#include "base/id.h"
#include "base/money.h"
#include "gateway/gateway.h"

/* The promise of further periods: its state and its arrows, and nothing of what follows from them.
 * What a period brings is src/grant's business, who pays for it src/renewal's.
 *
 * native: the gateway renews it, and the row mirrors what the gateway says.  managed: purser opens
 * an order for each period.  Both are the same row, and give the same things. */
enum subscription_status {
    SUBSCRIPTION_TRIALING,
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_PAST_DUE,
    SUBSCRIPTION_INCOMPLETE, /* its first payment is on its way */
    SUBSCRIPTION_CANCELED,   /* over: what was paid for is still given to its end */
    SUBSCRIPTION_STATUS_COUNT
};
struct str subscription_status_text(enum subscription_status s);
bool subscription_status_parse(struct str s, enum subscription_status *ret);
bool subscription_may_become(enum subscription_status from, enum subscription_status to);
void subscription_arrows(struct buf *out); /* the whole table, for people and golden files */

/* What was agreed to, frozen: with the order's line first, then with the subscription. */
struct subscription_terms {
    struct str plan, group, price; /* ids of the catalogue */
    struct str source;             /* the plan as the catalogue had it: JSON */
    int64_t months;                /* of a period: 1, 12 */
    struct money amount;           /* of a period, before coupon and tax */
    int64_t trial_days;
    struct str coupon;  /* its code, or empty */
    int64_t off_minor;  /* what it takes off a period … */
    int64_t off_months; /* … of so many months from the beginning, 0: of the first period, -1: of
                           all */
    struct str country, tax_name;
    int64_t tax_bps;
    bool tax_inclusive;
};
struct json;
void subscription_terms_json(struct json *j, const char *name, const struct subscription_terms *t);
/* Reads what was written: the object's text.  STORE_CORRUPT. */
enum err subscription_terms_read(struct ctx *c, struct str text, struct subscription_terms *ret);
struct str subscription_plan_name(struct arena *a, const struct subscription_terms *t);
/* For people, all of what is agreed to: "14 days free, then $9.99 a month", "$8.99 for the first
 * month, then $9.99 a month". */
struct str subscription_terms_words(struct arena *a, const struct subscription_terms *t);
/* What the plan gives of credits, as it was agreed to. */
struct subscription_credits {
    int64_t allowance; /* 0: none */
    int64_t cap;       /* the most that a plan's credits come to after a renewal */
    int64_t every;     /* so many months: 1, 12; 0: once */
};
struct subscription_credits subscription_credits(const struct subscription_terms *t);

struct subscription {
    int64_t n, version;
    struct id id;
    int64_t customer_n, order_n;
    enum subscription_status status;
    struct subscription_terms terms; /* off_months: that are left; trial_days: not kept */
    enum gateway_id gateway;
    struct str reference, payer; /* empty: managed; not known */
    /* period: the newest one that was paid for, or the trial. */
    int64_t cycle, anchor_ms, period_start_ms, period_end_ms, trial_end_ms;
    int64_t cancel_at_ms, ended_ms;
    struct str reason, feedback, next_price;
    int64_t past_due_ms, asked_ms, created_ms;
    bool unpaid; /* past due, and its gateway tries no more: what was not paid for is not given */
};
struct str subscription_id(struct arena *a, const struct subscription *s); /* sub_… */
bool subscription_is_native(const struct subscription *s);
/* What the coupon takes off the next period. */
int64_t subscription_off_minor(const struct subscription *s);

/* ---- its months: month m begins m months after the anchor, on the anchor's day or the month's
 * last */
int64_t subscription_month_ms(const struct subscription *s, int64_t m);
/* The month in which a moment lies; a second or two before its beginning are the gateway's. */
int64_t subscription_month_at(const struct subscription *s, int64_t ms);
/* The month whose beginning is nearest; false: none is within a day. */
bool subscription_month_near(const struct subscription *s, int64_t ms, int64_t *ret_m);
/* Where a period of so many months after this one ends: the 31st is the 28th in February, and the
 * 31st again in March.  What follows a trial counts from its end. */
int64_t subscription_next_end_ms(const struct subscription *s, int64_t months);

/* ---- the row, in a transaction */

/* n, id, version, created_ms are set here.  *ret_new false: the customer has one of this group, and
 * nothing was written. */
enum err subscription_insert(struct ctx *c, struct subscription *s, bool *ret_new);
/* The same row, locked until the transaction ends. */
enum err subscription_lock(struct ctx *c, int64_t n, struct subscription *ret);
/* The row's arrow: stores *s whole with the new status where status and version are as read, else
 * E_CONFLICT; wakes who waits for the customer's subscriptions.  The fact is the caller's. */
enum err subscription_become(struct ctx *c, struct subscription *s, enum subscription_status to);
/* "SUBSCRIPTION_RENEWED", with what the application is told of it. */
enum err subscription_fact(struct ctx *c, const struct subscription *s, struct str kind);

/* ---- looking, in a snapshot or transaction */
enum err subscription_by_n(struct ctx *c, int64_t n, struct subscription *ret);
/* sub_….  NOT_FOUND also for somebody else's: c->customer_n, when set, is bound. */
enum err subscription_get(struct ctx *c, struct str id, struct subscription *ret);
/* The one of this group that is alive. */
enum err subscription_of(
    struct ctx *c, int64_t customer_n, struct str group, bool *ret_found, struct subscription *ret);
enum err subscription_by_reference(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct subscription *ret);
/* The one that this order began. */
enum err subscription_of_order(
    struct ctx *c, int64_t order_n, bool *ret_found, struct subscription *ret);
enum err subscription_had_trial(struct ctx *c, int64_t customer_n, bool *ret);
/* Of this group, alive or not: the one that says what the customer has. */
enum err subscription_is_newest(struct ctx *c, const struct subscription *s, bool *ret);
/* The gateway's own customer, as it last said; empty: it was never told of this one. */
enum err subscription_payer(
    struct ctx *c, int64_t customer_n, enum gateway_id gateway, struct str *ret);
/* How many are alive on a plan. */
enum err subscription_count(struct ctx *c, struct str plan, int64_t *ret);
struct subscription_filter {
    int64_t customer_n; /* 0: anyone's */
    struct str plan;    /* of those that are alive; empty: any */
    int64_t after_n, limit;
};
/* Newest first. */
enum err subscription_list(struct ctx *c, const struct subscription_filter *filter,
    enum err (*each)(struct ctx *c, const struct subscription *s, void *arg), void *arg);

/* ---- what it is worth: its price by the month, less what a coupon takes off the next period,
 * without tax; 0 where nothing is paid for (a trial, an end).  Past due still counts: it is owed.
 */
int64_t subscription_worth(const struct subscription *s);
/* A row each time that this changes, for reports: their sum is the recurring revenue of a day. */
enum subscription_move_kind {
    SUBSCRIPTION_MOVE_TRIAL, /* one began */
    SUBSCRIPTION_MOVE_NEW,
    SUBSCRIPTION_MOVE_RETURNED, /* new, of a customer who had left one before */
    SUBSCRIPTION_MOVE_EXPANSION,
    SUBSCRIPTION_MOVE_CONTRACTION,
    SUBSCRIPTION_MOVE_CHURNED,
    SUBSCRIPTION_MOVE_OTHER_PLAN, /* worth the same */
    SUBSCRIPTION_MOVE_TRIAL_ENDED /* and nothing was ever paid */
};
struct subscription_move {
    int64_t n, subscription_n, customer_n;
    enum subscription_move_kind kind;
    bool after_trial; /* what follows a trial: it was paid, or it was not */
    struct str from_plan, to_plan;
    enum currency cur;
    int64_t was_minor, is_minor, at_ms;
};
/* In a snapshot, oldest first: of from_ms <= at < to_ms. */
enum err subscription_moves(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct subscription_move *move, void *arg), void *arg);
/* … and what all that were before then come to: for each plan and currency how many are paid for,
 * and what they are worth. */
struct subscription_worths {
    struct str plan;
    enum currency cur;
    int64_t subscribers, minor;
};
enum err subscription_worths(struct ctx *c, int64_t before_ms,
    enum err (*each)(struct ctx *c, const struct subscription_worths *sum, void *arg), void *arg);

/* In a snapshot: the newest row of each is what it is worth, and each row goes on where the one
 * before it ended: a line into out for each finding, CONFLICT when there is any. */
enum err subscription_verify(struct ctx *c, struct buf *out);

/* ---- what somebody asked for */
enum subscription_deed {
    SUBSCRIPTION_CHANGE,
    SUBSCRIPTION_CANCEL,
    SUBSCRIPTION_RESUME,
    SUBSCRIPTION_UNSCHEDULE, /* a change at the period's end is called off */
};
struct subscription_change {
    int64_t n, version, subscription_n;
    struct id id;
    enum subscription_deed deed;
    enum {
        SUBSCRIPTION_ASKED,
        SUBSCRIPTION_DONE,
        SUBSCRIPTION_REFUSED,
        SUBSCRIPTION_UNKNOWN
    } status;
    struct str price, reason, feedback, why, actor;
    struct str coupon; /* of an offer that was taken: it stays, with that */
    bool at_end;
    int64_t at_ms, created_ms;
    int prorate; /* CHANGE now: what is said to the gateway, as in gateway_change */
    int64_t allowed_minor;
    int64_t order_n;         /* for what it costs, where purser collects that; 0: none */
    int64_t allowed_credits; /* that were counted in its price, and have not been used yet */
};
enum err subscription_change_insert(struct ctx *c, struct subscription_change *k);
enum err subscription_change_by_n(struct ctx *c, int64_t n, struct subscription_change *ret);
/* The one that an order is for. */
enum err subscription_change_of_order(
    struct ctx *c, int64_t order_n, bool *ret_found, struct subscription_change *ret);
/* The newest change to another plan, now or with the next period, that was not refused. */
enum err subscription_change_newest(
    struct ctx *c, int64_t subscription_n, bool *ret_found, struct subscription_change *ret);
/* Was anything asked for after it, and not refused? */
enum err subscription_change_later(
    struct ctx *c, const struct subscription_change *than, bool *ret);
/* Is one that a gateway was asked for since then not certain yet? */
enum err subscription_change_open(
    struct ctx *c, int64_t subscription_n, int64_t since_ms, bool *ret);
/* Stores status and why where version is as read. */
enum err subscription_change_update(struct ctx *c, struct subscription_change *k);

#endif
