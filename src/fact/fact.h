#ifndef FACT_FACT_H
#define FACT_FACT_H

#include "base/id.h"

/* What happened: one append-only, sealed table, written in the commit of the deed (engine.md 8).
 * The audit trail, the application's events, outgoing webhooks, live streams and `explain` are
 * views of it.  data is a JSON object of ids, amounts and states; never names or mails.  The
 * client's address and user agent stand beside it, outside the hash, which holds only their salted
 * commitment: erasing a person leaves the chain whole. */
struct fact {
    struct str kind; /* PAYMENT_RECEIVED, ORDER_CREATED, … : fact.def, which says whether it is an
                      * audit action, an event for the application ("order.completed"), or both */
    struct str subject; /* the thing: "ord_…" */
    int64_t customer_n; /* whose it is, or 0 */
    int64_t cause_n;    /* the fact behind it, or 0 */
    int64_t version;    /* the subject's own number, or 0 */
    struct str data;    /* JSON object, or empty for {} */
};
/* Inside a transaction.  Actor, address, user agent and time come from c. */
enum err fact_add(struct ctx *c, const struct fact *fact, int64_t *ret_n);

/* A fact as the views read it: sealed ones only, in the order of seq. */
struct fact_row {
    int64_t n, seq;
    struct id id;
    int64_t at_ms, customer_n, cause_n, version;
    struct str kind, actor, subject, data, address, user_agent;
    struct sha256_bytes {
        unsigned char b[32];
    } hash;
};
struct fact_filter {
    struct str subject, kind, actor; /* empty: any */
    int64_t after_seq, limit;
    bool newest_first;
};
enum err fact_list(struct ctx *c, const struct fact_filter *filter,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg);

/* PostgreSQL: numbers and seals whatever is visible and unsealed, in the order of n, up to 500 at a
 * time; a leased job calls it every 200 ms.  On SQLite sealing is part of fact_add. */
enum err fact_seal(struct ctx *c, int64_t *ret_sealed);

/* The chain from its beginning: lines into out for each finding (altered, missing, inserted,
 * reordered, cut short against the last known head, unsealed); CONFLICT when there is any. */
enum err fact_verify(struct ctx *c, struct buf *out, int64_t *ret_checked);
/* The same over an export file's bytes. */
enum err fact_verify_export(struct ctx *c, struct str export_text, struct buf *out);
/* One JSON line per sealed fact, the head last. */
enum err fact_export(struct ctx *c, struct buf *out);

/* The actions of the audit trail, printed from fact.def. */
void fact_actions(struct buf *out);

#endif
