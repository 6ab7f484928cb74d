#ifndef JOB_JOB_RUN_H
#define JOB_JOB_RUN_H

#include "job/job.h"
#include "job/job_db.h"

/* Between claiming, running and settling. */
struct job_run {
    struct claim claim;
    bool ran;
    enum err result;
    enum code code; /* of its failure */
    struct str error;
    int64_t retry_after_s;
};
/* Never fails but by a simulated death: what became of it is in *run. */
enum err job_run_one(struct ctx *c, const struct job_kinds *kinds, struct job_run *run);
/* In one transaction, tried again while the store is busy. */
enum err job_finish(
    struct ctx *c, const struct job_kinds *kinds, const struct job_run *run, size_t n);
struct str job_claim_id(struct arena *a, const struct claim *claim);
/* In the finishing transaction: what becomes of it. */
enum err job_settle(struct ctx *c, const struct job_kind *kind, const struct job_run *run);

#endif
