#ifndef FACT_FACT_COUNT_H
#define FACT_FACT_COUNT_H

#include "fact/fact.h"

/* How many facts of each kind there were in each hour: rows that a standing job closes, and what
 * was sealed since.  For figures on pages; nothing is decided by them. */
enum {
    FACT_HOUR_MS = 3600 * 1000,
    FACT_OPEN_MAX = 20000 /* facts that are counted on the spot */
};
struct fact_count {
    struct str kind;
    int64_t hour, facts;
};
/* In a snapshot: the hours from <= hour < to, in no order; a kind and hour may come twice.
 * *ret_behind: more than FACT_OPEN_MAX are not counted yet, the newest are missing. */
enum err fact_counts(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg,
    bool *ret_behind);

enum err fact_count_job(struct ctx *c, struct str subject); /* standing */

#endif
