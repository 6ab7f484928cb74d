#ifndef FAILURE_FAILURE_H
#define FAILURE_FAILURE_H

#include "base/id.h"
#include "base/mishap.h"

/* What went wrong, for a person to look at: one row for each place and code, with how often, since
 * when and to how many different customers.  A place is a route, a kind of job or a call outside:
 * there are as many rows as the program has places, however much fails.  No bodies and no
 * sentences: those are in the log, under the request's id.
 *
 * Every process counts for itself (base/mishap.h) and adds what it counted every few seconds. */
struct failure {
    int64_t n;
    enum mishap_kind kind;
    struct str place, code;
    int64_t count, first_ms, last_ms;
    int64_t customers; /* different ones; FAILURE_CUSTOMERS: at least so many */
    struct str request_id;
};
enum {
    FAILURE_CUSTOMERS = MISHAP_CUSTOMERS,
    FAILURE_DAYS = 90 /* that it is kept after it was last seen */
};
struct str failure_id(struct arena *a, const struct failure *f); /* "err_…" */
struct str failure_kind_text(enum mishap_kind kind);             /* "request", "job", … */

/* In a transaction. */
enum err failure_add(struct ctx *c, const struct mishap_group *group);
/* In no transaction: what this process has counted, unless it has just done so.  What cannot be
 * written is kept for the next time. */
enum err failure_write_down(struct ctx *c, bool now);

/* In a snapshot: last seen first; refused: those of callers, else those for a person.  after_n: the
 * last row that was shown, or 0. */
struct failure_filter {
    bool refused;
    int64_t after_n, limit;
};
enum err failure_list(struct ctx *c, const struct failure_filter *filter,
    enum err (*each)(struct ctx *c, const struct failure *f, void *arg), void *arg);
enum err failure_get(struct ctx *c, struct id id, struct failure *ret); /* NOT_FOUND */
/* Whom it met, by their numbers. */
enum err failure_customers(struct ctx *c, int64_t failure_n,
    enum err (*each)(struct ctx *c, int64_t customer_n, void *arg), void *arg);

enum err failure_forget(struct ctx *c, struct str subject); /* a standing job */

#endif
