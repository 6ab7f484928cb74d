#ifndef CREDIT_CREDIT_H
#define CREDIT_CREDIT_H

#include "base/id.h"
#include "base/zone.h"
#include "web/web.h"

/* Credits: what a customer holds, in lots that came and end together.  What gates a decision is
 * the account's row, which every change locks first: nobody spends what is not there, however many
 * try at once (R8, I9).  Every change is one history row and one transaction of the ledger, so
 * that what was given, used, expired and taken back sums to zero (I2).
 *
 * All of this runs inside a transaction, except where it says a snapshot. */

/* Where a lot came from; also the order in which lots are drawn, within it the earliest end first,
 * then the oldest. */
enum credit_kind {
    CREDIT_PLAN,
    CREDIT_BONUS,
    CREDIT_ADJUSTMENT,
    CREDIT_PURCHASE,
    CREDIT_KIND_COUNT
};

enum credit_change {
    CREDIT_ALLOCATION,
    CREDIT_BOUGHT,
    CREDIT_USAGE,
    CREDIT_REFUND,
    CREDIT_BONUS_GIVEN,
    CREDIT_EXPIRY,
    CREDIT_CLAWBACK,
    CREDIT_ADJUSTED,
    CREDIT_CHANGE_COUNT
};
struct str credit_change_text(enum credit_change change); /* "usage" */
bool credit_change_parse(struct str text, enum credit_change *ret);

struct credit_account {
    int64_t customer_n, balance, reserved, debt;
    int64_t month_ms, renews_ms; /* credit_month_runs; 0: nothing, never */
    struct str customer_id;      /* the application's */
    struct str time_zone;        /* where the customer lives; empty: where the business is */
    const struct zone *zone;     /* the same, once it was asked for (credit_day.c) */
};
/* The account, locked until the transaction ends; made, with what every customer is given once,
 * when it is not there.  What has ended is expired first, so that balance is what may be spent. */
enum err credit_open(struct ctx *c, int64_t customer_n, struct credit_account *ret);
/* In a snapshot: what may be spent; of a customer without an account, what will be there. */
enum err credit_look(struct ctx *c, int64_t customer_n, struct credit_account *ret);

/* ---- giving and taking back */
struct credit_gift {
    struct str source; /* given once to this customer under this name */
    enum credit_kind kind;
    int64_t amount;
    int64_t order_n;        /* what paid for it; or 0 */
    int64_t subscription_n; /* whose plan gave it; or 0 */
    int64_t ends_ms;        /* 0: never */
    struct str description;
};
/* *ret_given false: that source was given before, and nothing changed.  A debt is paid first. */
enum err credit_give(
    struct ctx *c, int64_t customer_n, const struct credit_gift *gift, bool *ret_given);
/* The money for an order went back: of each lot that it paid for, part of whole is taken back in
 * all, rounded half away from zero on the running total.  What is spent already becomes a debt;
 * what ended before is gone once, and owed by nobody. */
enum err credit_take_back(
    struct ctx *c, int64_t customer_n, int64_t order_n, int64_t part, int64_t whole);

/* The payment of an order is argued about, or not any more: what is left of its lots is out of
 * reach, counted with what is reserved, or within reach again.  Either again changes nothing; what
 * ended meanwhile ends when it is within reach. */
enum err credit_freeze(struct ctx *c, int64_t customer_n, int64_t order_n, bool frozen);

/* In a snapshot or transaction: what that would take of the balance, and what would be owed. */
struct credit_taking {
    int64_t customer_n, order_n, part, whole;
    int64_t taken, owed; /* out */
};
enum err credit_would_take(struct ctx *c, struct credit_taking *taking);

/* All that is left ends now, whatever its own end was: the customer is forgotten. */
enum err credit_forfeit(struct ctx *c, int64_t customer_n);

/* ---- what a plan gives, month by month: of an account that was opened in this transaction */

/* The allowance of one month, once under its source.  Afterwards the credits of plans come to at
 * most cap: what is over it is taken from what ends first, through history and ledger. */
struct credit_month {
    struct str source; /* "sub_…/0/3": its cycle, and the month in it */
    int64_t subscription_n, order_n, allowance, cap;
    int64_t ends_ms;
    struct str description;
};
enum err credit_renew(struct ctx *c, struct credit_account *account,
    const struct credit_month *month, bool *ret_given);
/* All that this subscription gave ends then, sooner or later than before. */
enum err credit_lots_end(
    struct ctx *c, struct credit_account *account, int64_t subscription_n, int64_t ends_ms);
/* At most so many of what it gave since then, and nobody used, end now: something else was had for
 * them. */
struct credit_unused {
    int64_t customer_n, subscription_n, since_ms, most;
    struct str why;
};
enum err credit_end_unused(struct ctx *c, const struct credit_unused *unused);
/* In a snapshot or transaction: how many that would be. */
enum err credit_count_unused(struct ctx *c, const struct credit_unused *unused, int64_t *ret);
/* What a subscription gave as one month, and beside it for orders in it. */
struct credit_month_of {
    int64_t subscription_n;
    struct str source; /* the month's name */
    int64_t begins_ms, ends_ms;
};
/* In a snapshot or transaction: how much that was, less what was taken back. */
enum err credit_given(struct ctx *c, const struct credit_month_of *month, int64_t *ret);
/* From a moment on the price of a month was given back: of what was given in it, from so many
 * credits down to so many, each lot goes in the share of its own time that was left.  What of that
 * is spent already becomes a debt. */
struct credit_month_back {
    int64_t customer_n;
    struct credit_month_of month;
    int64_t at_ms, from, down_to;
    struct str why;
    int64_t ended, owed; /* out */
};
enum err credit_month_back(struct ctx *c, struct credit_month_back *k);
/* In a snapshot or transaction: how many that would be. */
enum err credit_month_would_back(struct ctx *c, struct credit_month_back *k);
/* From when its use is counted, in whole days, and when the next allowance comes; 0: none does. */
enum err credit_month_runs(
    struct ctx *c, struct credit_account *account, int64_t month_ms, int64_t renews_ms);

/* ---- using */

/* What is asked for: an amount, or an operation of the catalogue, whose cost it is. */
struct credit_use {
    int64_t amount;       /* > 0, or … */
    struct str operation; /* … a name of the catalogue */
    int64_t quantity;     /* of the operation; 1 unless said */
    struct str extras;    /* a JSON list of names of the operation's extras, or empty */
    struct str labels;    /* a JSON object of texts, or empty */
    struct str description, reference;
};
/* INVALID_REQUEST for what no catalogue has.  In a snapshot or transaction. */
struct credit_cost {
    int64_t amount;
    int64_t counts; /* of the day's limit */
    struct str plan, feature;
};
enum err credit_cost(
    struct ctx *c, int64_t customer_n, const struct credit_use *use, struct credit_cost *ret);
/* What it costs whoever has this plan. */
struct catalog;
enum err credit_cost_in(struct ctx *c, const struct catalog *k, struct str plan,
    const struct credit_use *use, struct credit_cost *ret);

struct credit_done {
    struct id id; /* of the history row, "crd_…", or of the reservation, "res_…" */
    int64_t amount, balance;
};
/* INSUFFICIENT_CREDITS and DAILY_LIMIT_REACHED, with what is there in details, change nothing. */
enum err credit_spend(struct ctx *c, int64_t customer_n, const struct credit_use *use, struct id id,
    struct credit_done *ret);
/* The same, held until it is settled, released, or ttl is over. */
enum err credit_reserve(struct ctx *c, int64_t customer_n, const struct credit_use *use,
    int64_t ttl_ms, struct id id, struct credit_done *ret);
/* amount 0: all of it; less gives the rest back to the lots it came from.  CONFLICT when it is
 * over; settling what was settled with the same amount says so again. */
enum err credit_settle(struct ctx *c, int64_t customer_n, struct id reservation, int64_t amount,
    struct id id, struct credit_done *ret);
enum err credit_release(
    struct ctx *c, int64_t customer_n, struct id reservation, struct credit_done *ret);
/* A use goes back to the lots it came from, once: named by its id, else the newest of this
 * reference that was not given back yet. */
enum err credit_refund(struct ctx *c, int64_t customer_n, bool by_id, struct id use,
    struct str reference, struct str reason, struct id id, struct credit_done *ret);

/* ---- looking, in a snapshot */
struct credit_lot {
    int64_t n, given, unused, taken, order_n, subscription_n, ends_ms, created_ms; /* 0: never */
    struct str source;
    enum credit_kind kind;
};
struct str credit_kind_text(enum credit_kind kind);
enum err credit_lots(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct credit_lot *lot, void *arg), void *arg);

struct credit_move {
    int64_t n, customer_n, amount, balance_after, quantity, created_ms;
    int64_t date; /* of a use: its day, where its customer lived; of what is given back the use's */
    int64_t counted, counted_ms; /* of a use: so much of the limit of the day of that moment */
    struct id id;
    enum credit_change change;
    struct str description, reference, operation, labels;
    bool undone;
};
struct credit_filter {
    int64_t customer_n, from_ms, until_ms; /* until 0: no end */
    int64_t change_or_minus_1, after_n, limit;
};
/* ?type= of a request: *ret_text as asked, or empty; -1: any.  INVALID_REQUEST. */
enum err credit_type_asked(struct req *r, struct str *ret_text, int64_t *ret_change_or_minus_1);
/* ?period=2026-11: a month where the customer lives; absent: *inout stays.  INVALID_REQUEST. */
enum err credit_period_asked(struct req *r, const struct zone *zone, struct credit_filter *inout);
/* Newest first. */
enum err credit_history(struct ctx *c, const struct credit_filter *filter,
    enum err (*each)(struct ctx *c, const struct credit_move *move, void *arg), void *arg);
/* The balance at a moment; 0 before there was any. */
enum err credit_balance_at(struct ctx *c, int64_t customer_n, int64_t ms, int64_t *ret);

/* ---- days (credit_day.c), in a snapshot or transaction */

/* Where a customer's days begin: its own zone, else the business's. */
enum err credit_zone(struct ctx *c, int64_t customer_n, const struct zone **ret);
/* A day of the plan's limit: from midnight to midnight where the customer lives.  One that has
 * begun to be used keeps its end, and where the zone was changed meanwhile the next one begins
 * there and has at least 23 hours: nobody gains a second allowance by moving. */
struct credit_today {
    int64_t begins_ms, ends_ms, used;
    bool told; /* that it is nearly used */
};
enum err credit_today(struct ctx *c, int64_t customer_n, struct credit_today *ret);

/* Invariants I2 and I9 in a snapshot: a line into out for each account that does not add up with
 * its lots, its reservations and the ledger; CONFLICT when there is any. */
enum err credit_verify(struct ctx *c, struct buf *out);

enum err credit_open_job(struct ctx *c, struct str customer_n); /* what a new customer is given */
enum err credit_end_job(struct ctx *c, struct str subject);     /* standing: lots, reservations */
/* Tells a customer by mail that a balance fell below so many percent, on this date: the body of a
 * transaction. */
enum err credit_low_job(struct ctx *c, struct str subject);
struct str credit_low_subject(struct arena *a, int64_t customer_n, int64_t percent, int64_t date);
#define CREDIT_OPEN S("credit_open")
#define CREDIT_LOW S("credit_low")
extern const struct routes credit_routes, credit_look_routes;

#endif
