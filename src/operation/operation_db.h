#ifndef OPERATION_OPERATION_DB_H
#define OPERATION_OPERATION_DB_H

#include "operation/operation.h"

/* Between operation's rules and its SQL. */
struct operation_row {
    int64_t n, subject, token, version, lease_until_ms, status;
    bool done;
    uint64_t holder;
    struct str key, fingerprint, kind, body;
};
/* look: as it is.  lock: nobody else changes it until this transaction ends. */
enum err operation_look(
    struct ctx *c, const struct operation_key *key, bool *ret_found, struct operation_row *ret);
enum err operation_look_n(struct ctx *c, int64_t n, bool *ret_found, struct operation_row *ret);
enum err operation_lock(
    struct ctx *c, const struct operation_key *key, bool *ret_found, struct operation_row *ret);
enum err operation_lock_n(struct ctx *c, int64_t n, bool *ret_found, struct operation_row *ret);

/* A new row of this key; *ret_found false: another transaction made one first.  Sets row->n. */
enum err operation_insert(
    struct ctx *c, const struct operation_key *key, struct operation_row *row, bool *ret_found);
/* Each must change the row that it read, its token and version: else CONFLICT. */
enum err operation_take_over(
    struct ctx *c, const struct operation_row *row, uint64_t holder, int64_t lease_until_ms);
enum err operation_keep_open(
    struct ctx *c, const struct operation_row *row, int64_t lease_until_ms);
enum err operation_set_done(
    struct ctx *c, const struct operation_row *row, int status, struct str body);

/* The next above after_n: n, kind and done alone.  strayed: its key is not the one that it is found
 * under; resumes: a job goes on with it. */
struct operation_seen {
    struct operation_row row;
    bool strayed, resumes;
};
enum err operation_each_seen(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct operation_seen *seen, void *arg), void *arg);

/* Open ones with a lease, at most 100: ended, and their jobs' subjects told. */
enum err operation_each_leased(
    struct ctx *c, enum err (*each)(struct ctx *c, int64_t n, void *arg), void *arg);
enum err operation_end_lease(struct ctx *c, int64_t n);
/* Of the oldest 100 done ones, those from before: how many went. */
enum err operation_delete_before(struct ctx *c, int64_t before_ms, int64_t *ret_deleted);

#endif
