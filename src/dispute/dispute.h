#ifndef DISPUTE_DISPUTE_H
#define DISPUTE_DISPUTE_H

#include "payment/payment.h"

/* A buyer's bank argues about a payment: it takes the money first and hears both sides later.
 *
 * A row for each, as its gateway says that it stands.  Events say only that something changed: the
 * gateway is asked, and the whole answer is written down in one commit with ledger, payment, order
 * and what the buyer holds of it (docs/disputes.md).  So neither order nor repetition nor loss
 * of events matters, and an answer to an earlier question never stands over one to a later. */
enum dispute_status {
    DISPUTE_WARNING,      /* the bank asks; nothing was taken, and nothing is held */
    DISPUTE_OPEN,         /* evidence is waited for */
    DISPUTE_UNDER_REVIEW, /* the bank decides */
    DISPUTE_WON,          /* or over without a loss */
    DISPUTE_LOST,
    DISPUTE_STATUS_COUNT
};
struct str dispute_status_text(enum dispute_status s); /* "under_review" */
bool dispute_status_parse(struct str s, enum dispute_status *ret);
bool dispute_is_over(enum dispute_status s);

struct dispute {
    int64_t n, version, attempt_n, order_n;
    struct id id;
    enum gateway_id gateway;
    struct str reference; /* its id there; the session's, where there is none */
    enum dispute_status status;
    struct str word, reason; /* the gateway's */
    struct money amount;
    /* What the gateway took and has not put back; of that, once it is lost, the payment's part. */
    int64_t withdrawn_minor, lost_minor;
    struct money fee;
    int64_t due_ms, reminded_ms, opened_ms, closed_ms, asked_ms, created_ms;
    struct str evidence; /* a JSON object of texts */
    enum evidence_state {
        EVIDENCE_DRAFT, /* ours; or nothing yet */
        EVIDENCE_SENDING,
        EVIDENCE_SENT,
        EVIDENCE_REFUSED /* why says what the gateway said */
    } evidence_state;
    struct str evidence_why;
    int64_t sent_ms, sendings;
};
struct str dispute_id(struct arena *a, const struct dispute *d); /* "dsp_…" */
struct str evidence_state_text(enum evidence_state s);           /* "sending" */
/* "fraudulent" in a sentence; a word that is not known is shown as it is. */
struct str dispute_reason_words(struct arena *a, const struct dispute *d);

/* In a snapshot or transaction. */
enum err dispute_get(struct ctx *c, struct id id, struct dispute *ret); /* NOT_FOUND */
enum err dispute_by_n(struct ctx *c, int64_t n, struct dispute *ret);
struct dispute_filter {
    int status;             /* -1: any */
    bool open;              /* only those that are not over */
    int64_t order_n;        /* 0: any */
    int64_t after_n, limit; /* newest first: below after_n; 0: from the newest */
};
enum err dispute_list(struct ctx *c, const struct dispute_filter *filter,
    enum err (*each)(struct ctx *c, const struct dispute *d, void *arg), void *arg);

/* ---- asking the gateway; in no transaction */
struct dispute_mirror {
    enum gateway_id gateway; /* in */
    struct str reference;
    enum dispute_mirrored {
        DISPUTE_MIRRORED,
        DISPUTE_NOT_KNOWN, /* no payment of ours has its money, yet */
        DISPUTE_NOT_OURS,  /* … and bears no mark of ours */
        DISPUTE_NOT_THERE  /* the gateway knows no such dispute, yet */
    } result;
    bool moved;
    int64_t order_n;
    struct str why; /* for people */
};
/* How one that the gateway has a name for stands there.  GATEWAY_UNAVAILABLE when it cannot be
 * asked. */
enum err dispute_mirror(struct ctx *c, struct dispute_mirror *m);
/* The job DISPUTE_ASK: those of one attempt (its n). */
enum err dispute_ask(struct ctx *c, struct str attempt_n);
/* The job: the mail of "opened:dsp_…" or "reminder:dsp_…", to the owner, once each. */
enum err dispute_letter(struct ctx *c, struct str subject);
/* The job, three days before the deadline: the owner is reminded of a dispute (its n) that nobody
 * has answered yet, once for each deadline. */
enum err dispute_remind(struct ctx *c, struct str dispute_n);
/* All that are open, and all that began since then; for reconciliation.  each hears of every one,
 * and what hindered the question, if anything did. */
struct dispute_look {
    int64_t since_ms, asked, most;
    void (*each)(struct ctx *c, const struct dispute_mirror *m, enum err e, void *arg);
    void *arg;
};
enum err dispute_look_at_all(struct ctx *c, struct dispute_look *look);

/* Invariant I3 in a snapshot: what gateways took, what was lost, and what is held stand in the
 * payments and in the ledger, each once.  CONFLICT when something does not. */
enum err dispute_verify(struct ctx *c, struct buf *out);

struct routes;
extern const struct routes dispute_routes;

#endif
