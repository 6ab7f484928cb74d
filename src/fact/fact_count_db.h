#ifndef FACT_FACT_COUNT_DB_H
#define FACT_FACT_COUNT_DB_H

#include "fact/fact_count.h"
#include "fact/fact_db.h"

enum err fact_counted(struct ctx *c, int64_t *ret_seq);             /* up to where, by seq */
enum err fact_set_counted(struct ctx *c, int64_t from, int64_t to); /* E_CONFLICT: it moved */
enum err fact_add_count(struct ctx *c, const struct fact_count *count);
/* One call for each fact; facts is 1. */
enum err fact_each_uncounted(struct ctx *c, int64_t after_seq, int64_t limit,
    enum err (*each)(struct ctx *c, int64_t seq, const struct fact_count *count, void *arg),
    void *arg);
enum err fact_closed_counts(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg);
enum err fact_open_counts(struct ctx *c, int64_t after_seq, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg);

#endif
