#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "base/id.h"

/* Something to finish later, written in the commit that made it necessary.  A job is
 * `enum err job_x(ctx, subject)`, in no transaction, safe to run twice.  E_OK deletes it; a failure
 * moves it by backoff with jitter (never before c->err.retry_after_s) and, after its limit of time,
 * parks it for a person: nothing is stuck in silence.
 *
 * Claimed and finished up to a hundred at a time; a lease and a fencing token make sure that a
 * runner that was asleep past its lease changes nothing (R17).  On SQLite a start ends all leases.
 */

/* One row of the program's table (app/job.def). */
struct job_kind {
    struct str name; /* stored */
    enum err (*run)(struct ctx *c, struct str subject);
    int64_t every_ms; /* > 0: a standing job with one row, run again this long after its end */
    int64_t first_retry_ms; /* backoff begins here (default 5 s) and doubles, capped at an hour */
    int64_t park_after_ms;  /* give up and alert this long after its first due time; 0: never, but
                             * an alert is raised after an hour of failing */
    int64_t lease_ms;       /* longer than a run can take; default 60 s */
    enum job_way {
        JOB_ALONE, /* opens its own transactions */
        JOB_BODY,  /* is the body of one: several that are due share a commit */
        JOB_CALLS, /* asks the outside, and waits for it */
    } way;
};
struct job_kinds {
    const struct job_kind *kind;
    size_t n;
};

/* Inside a transaction.  The same (kind, subject) is one row: adding it again moves it to the
 * earlier time.  A parked one is woken.  One that is running right now runs once more. */
enum err job_add(struct ctx *c, struct str kind, struct str subject, int64_t due_ms);
/* The same, for what nobody waits for (a mail): it is looked at within a moment, with others. */
enum err job_add_gathered(struct ctx *c, struct str kind, struct str subject, int64_t due_ms);
/* If such a job waits, it is due now.  One that is running right now runs once more. */
enum err job_hurry(struct ctx *c, struct str kind, struct str subject);
/* If such a job waits, it is gone. */
enum err job_drop(struct ctx *c, struct str kind, struct str subject);

/* Claims up to max (at most 100) due jobs, standing ones first, runs them one by one, finishes them
 * together; after 10 s the rest is given back.  *ret_ran says how many; 0: nothing is due.  In no
 * transaction.  The runner's threads live in app/; the simulator and tests call it.  A commit that
 * made a job due touches JOB_TOPIC, or JOB_GATHER_TOPIC when that can wait for a moment. */
enum err job_run_due(struct ctx *c, const struct job_kinds *kinds, int64_t max, int64_t *ret_ran);
/* The same, but those that wait for the outside are handed over, so that one gateway's second is
 * not everybody's: away->take copies what it is given, runs each with job_run_one where it may
 * wait, and ends with job_finish; before that none of them is run again. */
struct job_run;
struct job_away {
    void (*take)(void *self, const struct job_run *run, size_t n);
    void *self;
};
enum err job_run_due_away(struct ctx *c, const struct job_kinds *kinds, int64_t max,
    const struct job_away *away, int64_t *ret_ran);
#define JOB_TOPIC S("jobs")
#define JOB_GATHER_TOPIC S("jobs, together")
/* When the next one is due; INT64_MAX: none.  In a snapshot, or opens one. */
enum err job_next_due(struct ctx *c, int64_t *ret_ms);
/* The same without standing ones, which look again and again anyhow: the steps of the sandbox's
 * clock. */
enum err job_next_moment(struct ctx *c, int64_t *ret_ms);
/* At start, in no transaction: rows for the standing jobs, leases ended (SQLite). */
enum err job_start(struct ctx *c, const struct job_kinds *kinds);

/* To the right only data goes: a job that is parked, or has failed for an hour, adds the job
 * "alert_raise" with the subject "job_parked:job_…" or "job_failing:job_…".  Parking is also the
 * fact JOB_PARKED. */
#define JOB_ALERT S("alert_raise")

/* For console, API and explain; in a snapshot. */
struct job {
    int64_t n;
    struct str kind, subject;
    enum job_state {
        JOB_WAITING,
        JOB_PARKED
    } state;
    int64_t due_ms, created_ms, leased_until_ms, tries;
    struct str last_error;
};
struct str job_id(struct arena *a, const struct job *job); /* "job_…" */
enum err job_list(struct ctx *c, int64_t state_or_minus_1, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct job *job, void *arg), void *arg);
/* What is still to be done about a thing: "ord_…". */
enum err job_of_subject(struct ctx *c, struct str subject,
    enum err (*each)(struct ctx *c, const struct job *job, void *arg), void *arg);
enum err job_get(struct ctx *c, struct id id, struct job *ret);
/* In a transaction: a parked or waiting one is due now, says the actor; NOT_FOUND. */
enum err job_wake(struct ctx *c, struct id id);

struct routes;
extern const struct routes job_routes;

#endif
