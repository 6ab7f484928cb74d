#ifndef PRIVACY_PRIVACY_FIND_H
#define PRIVACY_PRIVACY_FIND_H

#include "privacy/privacy_db.h"

/* How rows that are still to be forgotten are found, a hundred at most. */
struct erasure_rows {
    int64_t n;
    struct str text;
    const struct somebody *quoted; /* only those whose text quotes this one; NULL: all */
    struct erasure_found *found;
};

/* db_each's: one row more.  erasure_took: what an index led to, behind at_n and in order. */
enum err erasure_take(struct ctx *c, void *rows);
enum err erasure_took(struct erasure_found *ret);

/* What no index leads to, a window of numbers after the other, each in memory of its own: $1 < n <=
 * $2, $3 the customer. */
struct erasure_window {
    int64_t from_n, to_n;
    const struct erasure *e;
};
#define IN_WINDOW(w) in_i64((w)->from_n), in_i64((w)->to_n)
struct erasure_scanning {
    enum err (*look)(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k);
    int64_t window, last_n;
};

enum err erasure_scan(struct ctx *c, const struct erasure *e, const struct erasure_scanning *s,
    int64_t from_n, struct erasure_found *ret);

/* What is about an order by its name: an order is left behind only when nothing of it is found. */
enum err erasure_of_orders(struct ctx *c, const struct erasure *e,
    enum err (*look)(struct ctx *c, struct str order, struct erasure_rows *k),
    struct erasure_found *ret);

/* Which errors they met: a step of its own. */
enum err erasure_find_errors(struct ctx *c, const struct erasure *e, struct erasure_found *ret);
enum err erasure_forget_error(struct ctx *c, const struct erasure *e, int64_t failure_n);

#endif
