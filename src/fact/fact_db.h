#ifndef FACT_FACT_DB_H
#define FACT_FACT_DB_H

#include "fact/fact.h"

/* Between fact's rules and its SQL. */

/* Inside the transaction that seals it: wakes who waits for such facts. */
void fact_touch(struct ctx *c, const struct fact_row *row);

/* The end of the chain.  On SQLite it is what the store's memo holds; all zero: not read yet, or
 * no facts. */
struct fact_head {
    int64_t n;   /* the largest number given */
    int64_t seq; /* of the last sealed fact */
    unsigned char hash[32];
};
struct str fact_head_hash(const struct fact_head *head); /* a view */
enum err fact_head_read(struct ctx *c, struct fact_head *ret);

/* What client commits to (fact.c). */
struct sha256 fact_client_hash(struct str salt, struct str address, struct str user_agent);

/* With n, seq and hash, for SQLite; without, for PostgreSQL, which waits only if ret_n is there. */
enum err fact_insert_sealed(struct ctx *c, const struct fact_row *row);
enum err fact_insert(struct ctx *c, const struct fact_row *row, int64_t *ret_n);
/* PostgreSQL: with a number of its own sequence, asked for in a look. */
enum err fact_insert_drawn(struct ctx *c, const struct fact_row *row);
enum err fact_next_n(struct ctx *c, int64_t *ret_n);

/* Only one server seals: waits for the row that says so. */
enum err fact_sealing_lock(struct ctx *c);
struct fact_seal {
    int64_t n, seq;
    struct sha256 hash;
};
enum err fact_set_seals(struct ctx *c, const struct fact_seal *seal, size_t n);

typedef enum err fact_each(struct ctx *c, const struct fact_row *row, void *arg);
enum err fact_each_unsealed(struct ctx *c, int64_t limit, fact_each *each, void *arg);
/* Sealed ones, as the chain has them. */
enum err fact_each_sealed(
    struct ctx *c, int64_t after_seq, int64_t limit, fact_each *each, void *arg);
enum err fact_find_seq(struct ctx *c, int64_t seq, bool *ret_found, struct fact_row *ret);
/* The fact that was added before this number, and how many were. */
enum err fact_find_before(
    struct ctx *c, int64_t n, bool *ret_found, struct fact_row *ret, int64_t *ret_count);

#endif
