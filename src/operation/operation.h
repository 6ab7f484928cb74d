#ifndef OPERATION_OPERATION_H
#define OPERATION_OPERATION_H

#include "base/crypto.h"

/* Operations: idempotency, also over plan → call → record (engine.md 4).  One row is both the
 * record of an answer and the memory of an unfinished call.
 *
 * Who asks twice with one key gets one effect and the same bytes; who dies in the middle is
 * carried on by the client's retry or by the job `operation_resume`, with the same attempt. */

struct operation_key {
    struct sha256 mac;         /* under the server's secret: a stored key tells nothing */
    struct sha256 fingerprint; /* of path and canonical body; zero for purser's own work */
};
/* A caller's key.  Needs c->secret, no store.  A body that is JSON counts by what it says, not by
 * how it is spelled. */
enum err operation_key_make(struct ctx *c, struct str caller, struct str method, struct str route,
    struct str idempotency_key, struct str path, struct str body, struct operation_key *ret);
/* The key of work that purser starts itself: "renew:SUB:PERIOD". */
enum err operation_key_own(struct ctx *c, struct str text, struct operation_key *ret);

struct operation_answer {
    int status; /* 0: not answered */
    struct str body;
    bool replayed;
};

/* ---- a route with one transaction.  Both are called inside it: begin first, finish last.
 * begin: E_OK and replayed set → answer it and do nothing; IDEMPOTENCY_MISMATCH (422);
 * IDEMPOTENCY_IN_PROGRESS (409, Retry-After 1) while a call of the same key runs elsewhere.
 * finish: E_BUSY when another transaction was first (PostgreSQL): undone, run again.  What failed
 * is not kept: it has no finish, and is undone. */
enum err operation_begin(
    struct ctx *c, const struct operation_key *key, struct operation_answer *ret);
enum err operation_finish(
    struct ctx *c, const struct operation_key *key, int status, struct str body);

/* ---- a route with a call */
enum operation_next {
    OPERATION_DONE,  /* the answer is certain: kept */
    OPERATION_AGAIN, /* another gateway may be tried: record has inserted the next attempt */
    OPERATION_STUCK, /* nothing left to try and nothing certain: 502, not kept, stays open */
};
/* Bodies of transactions run more than once: each run finds work as the step before left it. */
struct operation_kind {
    struct str name; /* stored; unique */
    size_t work_size;
    /* In the transaction.  work was filled from the request.  Writes what the call is about and
     * says what it is: *ret_subject finds it again.  A failure here leaves nothing. */
    enum err (*plan)(struct ctx *c, void *work, int64_t *ret_subject);
    /* In a transaction: work, which is zero, from the stored rows of subject: for those who take
     * over, and before the next attempt.  perhaps_sent: another run may have called with this
     * attempt already; that this one's call is not sent then proves nothing (R15). */
    enum err (*load)(struct ctx *c, int64_t subject, bool perhaps_sent, void *work);
    /* Whose callers the call uses: "stripe".  Asked after plan or load. */
    struct str (*gateway)(const void *work);
    /* No transaction: the only step that blocks.  The outcome goes into work.  An error means it
     * was never sent: the operation stays open, and the same key may go on at once.  All calls of
     * a run share 25 s (c->calls_until_ms), less than the lease. */
    enum err (*call)(struct ctx *c, void *work);
    /* In the transaction: the outcome of work's attempt. */
    enum err (*record)(struct ctx *c, void *work, int64_t subject, enum operation_next *ret_next);
    /* In the same transaction, when DONE: status and body from stored rows only, so that request,
     * retry and job write the same bytes. */
    enum err (*answer)(struct ctx *c, int64_t subject, int *ret_status, struct buf *body);
};

/* One run of one operation, a step at a time; the server drives it with threads, the simulator
 * and tests inline:
 *
 *   operation_run_start; then until END: PLAN → transaction with operation_plan_tx,
 *   CALL → operation_call, RECORD → transaction with operation_record_tx
 *
 * A failing step ends the run; what it says is the answer, and nothing of it is kept. */
enum operation_step {
    OPERATION_PLAN,
    OPERATION_CALL,
    OPERATION_RECORD,
    OPERATION_END, /* answer holds what to send, or, with status 0, failure what to say */
};
struct operation_run {
    const struct operation_kind *kind;
    struct operation_key key;
    void *work;
    uint64_t holder; /* drawn by operation_run_start, before the first transaction */
    enum operation_step step;
    int64_t n, token, version, subject; /* of the row, once planned */
    struct operation_answer answer;
    struct errinfo failure;

    int64_t resume_n;    /* > 0: the job's run; the row is found by this */
    void *before_;       /* work, and the row's version, as the last finished step left them: */
    int64_t version_;    /* a body that runs again must not see what its first run wrote here */
    struct errinfo call; /* the call was never sent */
    bool effect_is_recorded_; /* by mutant 2 alone */
};
/* work: kind->work_size bytes. */
void operation_run_start(struct ctx *c, struct operation_run *run,
    const struct operation_kind *kind, const struct operation_key *key, void *work);
enum err operation_plan_tx(struct ctx *c, void *run);
enum err operation_call(struct ctx *c, struct operation_run *run);
enum err operation_record_tx(struct ctx *c, void *run);
/* At the end of the run: E_OK with run->answer, else c->err says run->failure. */
enum err operation_result(struct ctx *c, const struct operation_run *run);
/* All of it, with db_tx, on this thread: jobs, commands, tests. */
enum err operation_run_all(struct ctx *c, struct operation_run *run);

/* The job: goes on with what lies open past its lease.  kinds: the program's table; subject: the
 * row's n. */
struct operation_kinds {
    const struct operation_kind *const *kind;
    size_t n;
};
enum err operation_resume(struct ctx *c, const struct operation_kinds *kinds, struct str subject);
#define OPERATION_RESUME S("operation_resume")

/* In a snapshot: each is found under its own key, and somebody goes on with each that is open.  A
 * line into out for each finding, CONFLICT when there is any. */
enum err operation_verify(struct ctx *c, struct buf *out);

/* At start, in no transaction.  On SQLite the process is alone: no lease is alive, and what lies
 * open goes on at once. */
enum err operation_end_leases(struct ctx *c);
/* In no transaction: deletes done operations older than 30 days, 100 at a time; *ret_more: there
 * are more. */
enum err operation_forget(struct ctx *c, bool *ret_more);

#endif
