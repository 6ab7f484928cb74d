#ifndef JOB_JOB_DB_H
#define JOB_JOB_DB_H

#include "job/job.h"

/* Between job's rules and its SQL. */

/* A job in the hands of one runner.  Everything that is written about it names the token: when the
 * lease ended and another runner claimed it, that changes no row. */
struct claim {
    int64_t n, token, tries, created_ms, first_due_ms;
    bool standing;
    struct str kind, subject;
};
enum err job_claim(struct ctx *c, bool standing, int64_t until_ms, int64_t max,
    enum err (*each)(struct ctx *c, const struct claim *claim, void *arg), void *arg);
/* The claim lasts longer. */
enum err job_extend(struct ctx *c, const struct claim *claim, int64_t until_ms);

enum err job_done(struct ctx *c, const struct claim *claim);
enum err job_done_standing(struct ctx *c, const struct claim *claim, int64_t next_ms);
enum err job_failed(struct ctx *c, const struct claim *claim, int64_t retry_ms, struct str error);
/* Not run: as if it had not been claimed. */
enum err job_release(struct ctx *c, const struct claim *claim);
/* *ret_parked false: it is somebody else's now, or was asked for once more. */
enum err job_park(struct ctx *c, const struct claim *claim, struct str error, bool *ret_parked);

enum err job_soonest(struct ctx *c, bool standing, int64_t *ret_ms); /* INT64_MAX: none */
enum err job_stand(struct ctx *c, struct str kind);
enum err job_end_leases(struct ctx *c);
enum err job_set_due(struct ctx *c, int64_t n);

#endif
