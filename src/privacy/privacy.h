#ifndef PRIVACY_PRIVACY_H
#define PRIVACY_PRIVACY_H

#include "base/id.h"

/* What is kept about a person: written down whole, and forgotten.  privacy.def lists every table
 * and column, and what becomes of each. */

/* Whom it is about: a customer of the application, or a guest, who is a mail.  A guest's orders
 * under a customer's mail are the guest's until a sign-in has proved that they are one (contract of
 * order_attach), so neither is handed to, or forgotten with, the other. */
struct somebody {
    int64_t n; /* the customer; 0: a guest */
    struct id id;
    struct str external_id, email, name; /* of a guest only the mail */
    int64_t upto_n;                      /* a guest's orders up to this one */
};
/* In a snapshot or transaction.  whom: the application's id, cus_…, or a customer's mail.
 * NOT_FOUND. */
enum err person_find(struct ctx *c, struct str whom, struct somebody *ret);
enum err person_guest(struct ctx *c, struct str mail, struct somebody *ret);
/* Does a text quote the person's mail? */
bool person_is_quoted(const struct somebody *who, struct str text);

/* ---- writing down: one JSON document, from one snapshot.  CONFLICT when it is over
 * PRIVACY_EXPORT_MAX bytes. */
enum {
    PRIVACY_EXPORT_MAX = 24 * 1024 * 1024
};
enum err privacy_export(struct ctx *c, const struct somebody *who, struct buf *out);
/* In a transaction: that it was written down is on record, and why, where somebody said so. */
enum err privacy_exported(struct ctx *c, const struct somebody *who, struct str reason);
/* INVALID_REQUEST for a reason that names the person: records are for ever. */
enum err privacy_reason(struct ctx *c, const struct somebody *who, struct str reason);

/* ---- forgetting: an operation in steps, a hundred rows in a transaction, that goes on where it
 * was when the process dies.  The first transaction decides, and cuts the person off: who comes
 * again under the same id begins anew.  What tax law wants kept stays, under no name. */
struct erasure {
    int64_t n, version;
    struct somebody who;
    int64_t step, at_n, changed;
    int64_t asked_ms, done_ms; /* done 0: under way */
    struct str traces;         /* at its end: where some of it may still lie, in words; or empty */
};
struct erasure_ask {
    struct somebody who;
    bool force;        /* credits that are left, or owed, are given up */
    struct str reason; /* for the record, or empty */
};
/* In a transaction.  CONFLICT with a sentence: an order that is not at its end, a dispute, credits.
 * Asked again it answers the erasure that is under way, or was. */
enum err erasure_begin(struct ctx *c, const struct erasure_ask *ask, struct erasure *ret);
/* In a snapshot: one that is under way for whom this names, or was for this cus_…. */
enum err erasure_find(struct ctx *c, struct str whom, bool *ret_found, struct erasure *ret);
/* In no transaction: up to a hundred rows more; done_ms is set by the last.  CONFLICT when somebody
 * else is doing it: read it again. */
enum err erasure_step(struct ctx *c, struct erasure *e);
/* What is done now: "mails"; and how many such steps there are. */
struct str erasure_step_name(const struct erasure *e);
size_t erasure_steps(void);
/* To its end, on this thread; each tells of every step.  NULL: nobody asks. */
enum err erasure_run(struct ctx *c, struct erasure *e,
    enum err (*each)(struct ctx *c, const struct erasure *e, void *arg), void *arg);

/* The job: goes on with one, by its number, that nobody finished. */
#define PRIVACY_ERASE S("privacy_erase")
enum err privacy_erase_job(struct ctx *c, struct str n);

struct commands;
extern const struct commands privacy_commands;

#endif
