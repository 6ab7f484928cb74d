#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "base/id.h"

/* The outbox.  A mail is written in the transaction of the deed that it tells of, and sent later by
 * one job, oldest first: at least once, each time with the same Message-ID.  A mail server that is
 * away delays mails and nothing else.  Without PURSER_SMTP_URL mails are kept and can be read. */
enum mail_state {
    MAIL_QUEUED,
    MAIL_SENT,
    MAIL_KEPT,    /* caught: there was no mail server */
    MAIL_REFUSED, /* nobody will ever take it as it is: an address, 5xx */
    MAIL_PARKED,  /* it was tried for a day */
};
struct str mail_state_text(enum mail_state state);

struct mail {
    struct str kind;    /* which one it is: "order_paid" */
    struct str about;   /* the thing: "ord_…", or empty */
    int64_t customer_n; /* whose it is, or 0 */
    struct str key;     /* queue it only once under this name, or empty: always */
    struct str to_address, to_name, subject;
    struct str text, html; /* made with mail/mail_part.h; html may be empty */
};
/* In a transaction.  Never fails for what is in the mail, so that no wrong address undoes a
 * payment: one that cannot be sent is stored as refused. */
enum err mail_queue(struct ctx *c, const struct mail *mail);

/* A mail as it is stored. */
struct mail_row {
    int64_t n;
    struct mail mail; /* text and html only from mail_get */
    enum mail_state state;
    int64_t version, tries;
    int64_t created_ms, since_ms; /* since: when sending began */
    int64_t due_ms, done_ms;      /* done 0: not yet */
    struct str message_id, last_error;
};
struct str mail_id(struct arena *a, const struct mail_row *row); /* "mail_…" */

/* In a snapshot or transaction: newest first. */
struct mail_filter {
    int64_t state_or_minus_1;
    struct str about; /* empty: any */
    int64_t after_n, limit;
};
enum err mail_list(struct ctx *c, const struct mail_filter *filter,
    enum err (*each)(struct ctx *c, const struct mail_row *row, void *arg), void *arg);
enum err mail_get(struct ctx *c, struct id id, struct mail_row *ret); /* NOT_FOUND */

/* In a transaction: a person has it sent (again), now and as a new message; a fact.  NOT_FOUND;
 * CONFLICT when there is no mail server. */
enum err mail_resend(struct ctx *c, struct id id);

/* ---- jobs, and routes */
enum err mail_send_job(struct ctx *c, struct str subject);   /* "mail_send", standing */
enum err mail_forget_job(struct ctx *c, struct str subject); /* "mail_forget", standing: 90 days */
enum err mail_alert_job(struct ctx *c, struct str subject);  /* ALERT_MAIL: an alert's number */
struct routes;
extern const struct routes mail_routes;

#endif
