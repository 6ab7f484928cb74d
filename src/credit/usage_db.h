#ifndef CREDIT_USAGE_DB_H
#define CREDIT_USAGE_DB_H

#include "credit/usage.h"

/* ---- what the job has still to add up */

/* Customers who have moves behind `from` and up to `to` that are not in their sums. */
enum err usage_db_waiting(
    struct ctx *c, int64_t from, int64_t to, int64_t *ret_customer, size_t max, size_t *ret_n);
enum err usage_db_newest(struct ctx *c, int64_t *ret_n); /* of all moves; 0: none */
enum err usage_db_mark(struct ctx *c, int64_t *ret_n);
enum err usage_db_set_mark(struct ctx *c, int64_t from, int64_t to);

/* The customer's own mark; lock: until the transaction ends nobody moves its credits. */
enum err usage_db_summed(struct ctx *c, int64_t customer_n, bool lock, int64_t *ret_n);
enum err usage_db_set_summed(struct ctx *c, int64_t customer_n, int64_t from, int64_t to);

struct usage_move {
    int64_t n, date, credits, quantity, created_ms; /* date -1: of no day; credits as they moved */
    enum credit_change change;
    struct str operation, labels;
};
/* Of one move; usage.c. */
enum err usage_move_labels(struct ctx *c, const struct usage_move *move,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg);
enum err usage_db_moves(struct ctx *c, int64_t customer_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct usage_move *move, void *arg), void *arg);
/* Only uses and what was given back of them, for readers. */
enum err usage_db_open_moves(struct ctx *c, int64_t customer_n, int64_t after_n,
    enum err (*each)(struct ctx *c, const struct usage_move *move, void *arg), void *arg);

/* ---- the sums */
enum err usage_db_add_day(struct ctx *c, int64_t customer_n, const struct usage_row *row);
enum err usage_db_add_total(struct ctx *c, const struct usage_total *total);
/* *ret_found false: there is no such row yet, and nothing was added. */
enum err usage_db_add_label(struct ctx *c, int64_t customer_n, int64_t month,
    const struct usage_label *label, bool *ret_found);
enum err usage_db_new_label(
    struct ctx *c, int64_t customer_n, int64_t month, const struct usage_label *label);
enum err usage_db_count_labels(struct ctx *c, int64_t customer_n, int64_t month, int64_t *ret);

enum err usage_db_days(struct ctx *c, const struct usage_span *span,
    enum err (*each)(struct ctx *c, const struct usage_row *row, void *arg), void *arg);
enum err usage_db_labels(struct ctx *c, int64_t customer_n, int64_t month,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg);

#endif
