#ifndef DISPUTE_DISPUTE_DB_H
#define DISPUTE_DISPUTE_DB_H

#include "dispute/dispute.h"

enum err dispute_db_by_n(struct ctx *c, int64_t n, struct dispute *ret);
enum err dispute_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct dispute *ret);
enum err dispute_db_find(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct dispute *ret);
enum err dispute_db_insert(struct ctx *c, struct dispute *d);
/* Where version is as read, else E_CONFLICT. */
enum err dispute_db_update(struct ctx *c, const struct dispute *d);
/* Of an attempt, beside this one: is any open (no inquiry), and what was lost by them? */
enum err dispute_db_others(
    struct ctx *c, const struct dispute *d, bool *ret_open, int64_t *ret_lost_minor);
/* Open ones, oldest first, above after_n. */
enum err dispute_db_open(
    struct ctx *c, int64_t after_n, struct dispute *ret, size_t max, size_t *ret_n);

/* Was a page of this gateway ever opened? */
enum err dispute_db_sold(struct ctx *c, enum gateway_id gateway, bool *ret);

/* For verify: each payment with disputes beside their sums; then sums by gateway and currency. */
struct dispute_sum {
    int64_t attempt_n, amount_minor, refunded_minor, lost_minor;
    bool argued, captured, astray;
    int64_t lost, open;
};
enum err dispute_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct dispute_sum *s, void *arg), void *arg);
struct dispute_held {
    enum gateway_id gateway;
    enum currency cur;
    int64_t minor;
};
enum err dispute_db_held(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct dispute_held *h, void *arg), void *arg);

/* What disputes took out of a gateway's account by their rows, and what they cost; then the same of
 * their fees. */
struct dispute_moved {
    enum gateway_id gateway;
    enum currency cur;
    int64_t withdrawn, cost;
};
typedef enum err dispute_moved_each(struct ctx *c, const struct dispute_moved *m, void *arg);
enum err dispute_db_withdrawn(struct ctx *c, dispute_moved_each *each, void *arg);
enum err dispute_db_fees(struct ctx *c, dispute_moved_each *each, void *arg);

#endif
