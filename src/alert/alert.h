#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include "base/id.h"

/* Something needs a person.  There is one open alert for each kind and subject, however often it is
 * raised; it stays open until what raised it is over, or a person closes it.
 *
 * The owner is told by mail (PURSER_OWNER_MAIL) and by POST (PURSER_ALERT_WEBHOOK): when it opens,
 * when there is more of it, when it is over; at most once an hour for one kind and subject. */
enum alert_kind {
#define ALERT(name, kind, meaning, remedy) ALERT_##name,
#include "alert/alert.def"
#undef ALERT
    ALERT_KIND_COUNT
};
struct alert_kind_info {
    struct str name;            /* "job_parked" */
    struct str meaning, remedy; /* sentences */
};
const struct alert_kind_info *alert_kind_info(enum alert_kind kind);

enum {
    ALERT_SUBJECT_MAX = 200,
    ALERT_SENTENCE_MAX = 500
};

/* In a transaction.  sentence says what happened to whom, in words that may leave the house: ids
 * and states, no names; longer ones are cut. */
enum err alert_raise(struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence);
/* The same of what is looked at again and again: where nothing has changed it is only known to go
 * on, and nobody is told again.  In a transaction of its own. */
enum err alert_goes_on(
    struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence);
/* It is over.  E_OK when none is open. */
enum err alert_over(struct ctx *c, enum alert_kind kind, struct str subject);
/* The same two in a transaction of their own. */
enum err alert_raise_now(
    struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence);
enum err alert_over_now(struct ctx *c, enum alert_kind kind, struct str subject);

/* All of a kind that nobody has raised again since then are over. */
enum err alert_over_since(struct ctx *c, enum alert_kind kind, int64_t since_ms);
/* How many are open of each kind; in a snapshot. */
enum err alert_open_counts(struct ctx *c, int64_t ret[ALERT_KIND_COUNT]);

struct alert {
    int64_t n;
    struct str kind, subject, sentence;
    const struct alert_kind_info *info; /* NULL: a kind of another version of this program */
    enum alert_state {
        ALERT_OPEN,
        ALERT_CLOSED
    } state;
    int64_t version, raised, first_ms, last_ms;
    int64_t closed_ms; /* 0: open */
    struct str closed_by;
    int64_t told_ms;     /* when the owner was told last of this kind and subject; 0: never */
    int64_t told_raised; /* how many of these he was told of */
    bool told_closed;
};
struct str alert_id(struct arena *a, const struct alert *alert); /* "alr_…" */

/* In a snapshot or transaction: newest first.  after_n 0: from the newest. */
enum err alert_list(struct ctx *c, int64_t state_or_minus_1, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct alert *alert, void *arg), void *arg);
enum err alert_get(struct ctx *c, struct id id, struct alert *ret); /* NOT_FOUND */
/* By its number, which is the subject of its jobs. */
enum err alert_find(struct ctx *c, int64_t n, struct alert *ret);
/* In a transaction: a person closes it, which is a fact.  NOT_FOUND; CONFLICT when it is closed. */
enum err alert_close(struct ctx *c, struct id id, struct str reason);

/* ---- jobs, and routes.  ALERT_MAIL is the mail feature's: alerts know no mail (to the right only
 * data goes).  Its subject is the alert's number. */
#define ALERT_MAIL S("alert_mail")
enum err alert_raise_job(struct ctx *c, struct str subject);   /* JOB_ALERT */
enum err alert_tell_job(struct ctx *c, struct str subject);    /* "alert_tell" */
enum err alert_webhook_job(struct ctx *c, struct str subject); /* "alert_webhook" */
/* Standing, on PostgreSQL: are facts sealed in time? */
enum err alert_facts_job(struct ctx *c, struct str subject);
/* Standing: is there room on the database's disk? */
enum err alert_disk_job(struct ctx *c, struct str subject); /* "alert_disk" */
struct routes;
extern const struct routes alert_routes;

#endif
