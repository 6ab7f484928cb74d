#ifndef COUPON_COUPON_DB_H
#define COUPON_COUPON_DB_H

#include "coupon/coupon.h"

enum err coupon_db_by_code(struct ctx *c, struct str folded, bool *ret_found, struct coupon *ret);
enum err coupon_db_uses_of(struct ctx *c, int64_t coupon_n, struct str buyer, int64_t *ret);
enum err coupon_db_put(struct ctx *c, const struct coupon *k, struct str folded);
/* The file's coupons in force above after_n, in the order of n, into *row. */
enum err coupon_db_each_of_file(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, void *arg), struct coupon *row, void *arg);
/* *ret_new false: there is such a code.  Sets n. */
enum err coupon_db_insert(struct ctx *c, struct coupon *k, struct str folded, bool *ret_new);
enum err coupon_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct coupon *ret);
enum err coupon_db_switch(struct ctx *c, const struct coupon *k, bool active);
enum err coupon_db_pause(struct ctx *c, int64_t n);

/* *ret_ok is false when the limit is reached. */
enum err coupon_db_count(struct ctx *c, int64_t coupon_n, bool *ret_ok);
enum err coupon_db_uncount(struct ctx *c, int64_t coupon_n);
enum err coupon_db_count_buyer(
    struct ctx *c, int64_t coupon_n, struct str buyer, int64_t limit, bool *ret_ok);
enum err coupon_db_uncount_buyer(struct ctx *c, int64_t coupon_n, struct str buyer);

enum use_state {
    USE_HELD,
    USE_USED,
    USE_FREED
};
struct coupon_use_row {
    int64_t coupon_n;
    struct str buyer; /* whose limit it took from; empty: nobody's */
    bool counted;     /* did it take from the coupon's own limit? */
};
enum err coupon_db_use_insert(struct ctx *c, int64_t order_n, const struct coupon_use_row *row);
/* *ret_moved is false when it was not in `from` (any more). */
enum err coupon_db_use_move(struct ctx *c, int64_t order_n, enum use_state from, enum use_state to,
    bool *ret_moved, struct coupon_use_row *ret);
enum err coupon_db_use_beyond(struct ctx *c, int64_t order_n); /* the limit: it is not counted */

/* How often each above after_n is counted, and used; then the buyers of one who are counted
 * otherwise. */
struct coupon_count {
    int64_t n;
    struct str code;
    bool of_buyer;
    int64_t counted, uses;
};
enum err coupon_db_counts(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct coupon_count *n, void *arg), void *arg);
enum err coupon_db_buyer_counts(struct ctx *c, const struct coupon_count *of,
    enum err (*each)(struct ctx *c, const struct coupon_count *n, void *arg), void *arg);

#endif
