#ifndef CREDIT_CREDIT_DB_H
#define CREDIT_CREDIT_DB_H

#include "credit/credit.h"

/* The tables of credits.  All in a transaction, after the account is locked, but for what only
 * looks. */

/* FOR UPDATE; *ret_found false: there is none. */
enum err credit_db_lock(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct credit_account *ret);
/* The account as it stands; there after the next wait.  over: unused in lots that have ended, and
 * that nobody has taken away yet. */
struct credit_seen {
    bool found;
    struct credit_account account;
    int64_t over;
    struct credit_today last; /* day of which anything was used; ends_ms 0: none */
};
enum err credit_db_ask(struct ctx *c, int64_t customer_n, struct credit_seen *ret);
enum err credit_db_open(struct ctx *c, int64_t customer_n); /* E_OK when it is there */
/* Adds to balance and reserved where neither falls below zero; else *ret_ok is false. */
enum err credit_db_change(
    struct ctx *c, int64_t customer_n, int64_t balance, int64_t reserved, bool *ret_ok);
enum err credit_db_owe(struct ctx *c, int64_t customer_n, int64_t more);

/* *ret_n 0: this source was given before. */
enum err credit_db_lot(
    struct ctx *c, int64_t customer_n, const struct credit_gift *gift, int64_t *ret_n);
/* In the order in which they are drawn: all that have something left. */
enum err credit_db_open_lots(
    struct ctx *c, int64_t customer_n, struct credit_lot *ret, size_t max, size_t *ret_n);
/* Those that an order paid for and that were not taken back wholly, above after_n. */
enum err credit_db_lots_of_order(struct ctx *c, int64_t customer_n, int64_t order_n,
    int64_t after_n, struct credit_lot *ret, size_t max, size_t *ret_n);
/* Of plans, those that have something left: what ends first, first, behind that one (n 0: all). */
enum err credit_db_plan_lots(struct ctx *c, int64_t customer_n, const struct credit_lot *behind,
    struct credit_lot *ret, size_t max, size_t *ret_n);
/* Newest first, those that were not taken back wholly, below that one. */
enum err credit_db_lots_of_month(struct ctx *c, const struct credit_month_of *month,
    int64_t below_n, struct credit_lot *ret, size_t max, size_t *ret_n);
enum err credit_db_plan_left(struct ctx *c, int64_t customer_n, int64_t *ret);
enum err credit_db_lots_end(struct ctx *c, int64_t subscription_n, int64_t ends_ms);
enum err credit_db_month(struct ctx *c, int64_t customer_n, int64_t month_ms, int64_t renews_ms);
enum err credit_db_ended_lots(
    struct ctx *c, int64_t customer_n, struct credit_lot *ret, size_t max, size_t *ret_n);
enum err credit_db_end_lots(struct ctx *c, int64_t customer_n);          /* all of them, now */
enum err credit_db_draw(struct ctx *c, int64_t lot_n, int64_t amount);   /* from what is left */
enum err credit_db_undraw(struct ctx *c, int64_t lot_n, int64_t amount); /* back into it */
/* It ended: gone, and not to be taken back again. */
enum err credit_db_end(struct ctx *c, int64_t lot_n, int64_t amount);
/* due is noted as taken back; got of it was still there. */
enum err credit_db_take(struct ctx *c, int64_t lot_n, int64_t due, int64_t got);

/* What is left in the lots of an order, or frozen in them; and from the one to the other. */
enum err credit_db_left_of_order(
    struct ctx *c, int64_t customer_n, int64_t order_n, bool frozen, int64_t *ret);
enum err credit_db_freeze(struct ctx *c, int64_t customer_n, int64_t order_n);
enum err credit_db_thaw(struct ctx *c, int64_t customer_n, int64_t order_n);
/* What came back into lots that are frozen; and out of reach with the rest of them. */
enum err credit_db_came_back(struct ctx *c, int64_t customer_n, int64_t *ret);
enum err credit_db_freeze_back(struct ctx *c, int64_t customer_n);

/* What a use or a reservation drew. */
struct credit_draw {
    int64_t lot_n, amount;
};
enum err credit_db_put_draw(struct ctx *c, struct id holder, const struct credit_draw *draw);
enum err credit_db_draws(struct ctx *c, struct id holder, struct credit_draw **ret, size_t *ret_n);
/* A reservation's draws become a use's; amount 0 drops one. */
enum err credit_db_move_draw(
    struct ctx *c, struct id from, struct id to, const struct credit_draw *draw);

enum err credit_db_add_move(struct ctx *c, const struct credit_move *move);
enum err credit_db_move(
    struct ctx *c, int64_t customer_n, struct id id, bool *ret_found, struct credit_move *ret);
/* The newest use of this reference that was not given back. */
enum err credit_db_move_of(struct ctx *c, int64_t customer_n, struct str reference, bool *ret_found,
    struct credit_move *ret);
enum err credit_db_undo(struct ctx *c, int64_t move_n);

struct credit_held {
    int64_t n, customer_n, amount, quantity, counted, ends_ms, created_ms;
    int64_t state; /* 0 held, 1 settled, 2 released */
    struct id id;
    struct str description, reference, operation, labels;
};
enum err credit_db_hold(struct ctx *c, const struct credit_held *held);
enum err credit_db_held(
    struct ctx *c, int64_t customer_n, struct id id, bool *ret_found, struct credit_held *ret);
enum err credit_db_end_hold(struct ctx *c, int64_t n, int64_t state, int64_t amount);

/* ---- credit_day_db.c */
enum err credit_db_last_day(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct credit_today *ret);
struct credit_counting {
    int64_t count, limit;
};
/* So many more on this day where the limit allows it; *ret_used: how many there are then. */
enum err credit_db_count_day(struct ctx *c, int64_t customer_n, const struct credit_today *day,
    const struct credit_counting *counting, bool *ret_ok, int64_t *ret_used);
/* On the day of that moment. */
enum err credit_db_uncount_day(struct ctx *c, int64_t customer_n, int64_t at_ms, int64_t count);
enum err credit_db_tell_day(struct ctx *c, int64_t customer_n, const struct credit_today *day);

/* Each account beside the sums of what it stands for, in a snapshot. */
struct credit_sum {
    struct credit_account account;
    int64_t unused, held;
    int64_t added, used; /* of what a job has added up: by its days, by its moves */
    int64_t moved;       /* by its whole history */
    int64_t owed;        /* at least: taken from lots, and gone from no balance */
};
enum err credit_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct credit_sum *sum, void *arg), void *arg);

/* The history in the order of n, above after_n: n, id, customer_n, amount, balance_after. */
enum err credit_db_each_move(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct credit_move *move, void *arg), void *arg);
/* Each lot above after_n beside the change that gave it. */
struct credit_gave {
    int64_t n, given, moved;
    struct str customer_id, source;
};
enum err credit_db_each_gift(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct credit_gave *gave, void *arg), void *arg);

/* Customers for whom something has ended, in a snapshot. */
enum err credit_db_ended(struct ctx *c, int64_t *ret_customer, size_t max, size_t *ret_n);
enum err credit_db_ended_holds(
    struct ctx *c, struct id *ret_id, int64_t *ret_customer, size_t max, size_t *ret_n);

#endif
