#ifndef FACT_FACT_H
#define FACT_FACT_H

#include "base/crypto.h"
#include "base/id.h"

/* What happened: one append-only, sealed table, written in the commit of the deed (engine.md 8).
 * The audit trail, the application's events, outgoing webhooks, live streams and `explain` are
 * views of it.  data is a JSON object of ids, amounts and states; never names or mails.  The
 * client's address and user agent stand beside it, outside the seal, which holds only their salted
 * commitment: erasing a person leaves the chain whole. */
struct fact {
    struct str kind;    /* fact.def: must() */
    struct str subject; /* the thing: "ord_…" */
    int64_t customer_n; /* whose it is, or 0 */
    int64_t cause_n;    /* the fact behind it, or 0 */
    int64_t version;    /* the subject's own number, or 0 */
    struct str data;    /* JSON object, or empty for {}; at most FACT_DATA_MAX bytes */
    struct str ledger;  /* hash of the entries it posts: set by ledger_post, which calls fact_add */
    int64_t n;          /* drawn before by fact_draw, or 0 */
};
enum {
    FACT_DATA_MAX = 16 * 1024
};
/* In a look: the number that one fact will have, so that what names it need not wait for its
 * INSERT.  0 on SQLite, where nobody waits. */
enum err fact_draw(struct ctx *c, int64_t *ret_n);
/* Inside a transaction.  Actor, address, user agent and time come from c. */
enum err fact_add(struct ctx *c, const struct fact *fact, int64_t *ret_n);

/* A fact as it is stored. */
struct fact_row {
    int64_t n, seq; /* seq 0: not sealed yet */
    int64_t at_ms, customer_n, cause_n, version;
    struct str kind, actor, subject, data;
    struct str hash;                      /* 32 bytes; empty: not sealed yet */
    struct str ledger, client;            /* 32 bytes, or empty: none */
    struct str salt, address, user_agent; /* empty: none, or erased */
};
/* The first of a subject, sealed or not: who began it, and from where.  In a snapshot or
 * transaction. */
enum err fact_first_of(struct ctx *c, struct str subject, bool *ret_found, struct fact_row *ret);
/* The same of one kind. */
enum err fact_first_kind_of(
    struct ctx *c, struct str subject, struct str kind, bool *ret_found, struct fact_row *ret);
/* "aud_…": its name outside. */
struct str fact_id(struct arena *a, const struct fact_row *row);

/* What the views read: sealed facts only, in the order of seq, so that nothing overtakes and
 * nothing is missing.  In a snapshot. */
struct fact_filter {
    struct str subject, kind, actor; /* empty: any */
    int64_t after_seq, limit;        /* after_seq 0: from the beginning, or from the newest */
    bool newest_first;
    int64_t from_ms, to_ms; /* fact_search only: from <= at < to; to 0: open */
};
/* Kinds and most actors have no index, being written a hundred times for once that they are asked
 * for: of these, newest first, only FACT_LOOK facts are looked at.  *ret_below: where one has to go
 * on; 0: to the end, or all that was asked for was found. */
enum {
    FACT_LOOK = 50000
};
enum err fact_search(struct ctx *c, const struct fact_filter *filter,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg,
    int64_t *ret_below);
enum err fact_list(struct ctx *c, const struct fact_filter *filter,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg);
/* A customer's, by its index: after_seq, limit and newest_first count. */
enum err fact_list_of(struct ctx *c, int64_t customer_n, const struct fact_filter *filter,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg);
/* What streams wait for: touched when a fact of an order, of credits or of a subscription is
 * sealed, for its subject and for its customer. */
struct str fact_topic(struct arena *a, struct str subject);
struct str fact_topic_of_customer(struct arena *a, int64_t customer_n);
/* The application's feed: those whose kind is an event, oldest first.  Looks at no more than
 * FACT_FEED_LOOK facts; *ret_seq is where it stopped, *ret_more whether it stopped before the end.
 * In a snapshot. */
enum {
    FACT_FEED_LOOK = 2000
};
enum err fact_feed(struct ctx *c, int64_t after_seq, int64_t limit,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg,
    int64_t *ret_seq, bool *ret_more);
/* In a snapshot: where facts of this time begin in the chain, or an hour before, because the clocks
 * of several servers differ: found by halving, for a time needs no index of its own. */
struct fact_place {
    int64_t seq, n; /* of the first one; when all are older, behind the last */
};
enum err fact_place_of(struct ctx *c, int64_t ms, struct fact_place *ret);
/* The seq of the newest sealed fact, 0: there is none.  In a snapshot or transaction. */
enum err fact_head_seq(struct ctx *c, int64_t *ret);
/* One of the feed, as the application reads it: {id, type, createdAt, sequence, data}. */
struct json;
void fact_event_json(struct json *j, struct arena *a, const char *name, const struct fact_row *row);
/* The same id as that of the message which delivers it: "msg_…". */
struct str fact_message_id(struct arena *a, const struct fact_row *row);
/* NOT_FOUND; also before it is sealed. */
enum err fact_get(struct ctx *c, struct id id, struct fact_row *ret);

/* For the ledger: facts that posted entries, in the order of n. */
struct fact_posting {
    int64_t n;
    struct str ledger;
};
enum err fact_each_posting(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct fact_posting *posting, void *arg), void *arg);

struct fact_kind {
    struct str name, event, about;
};
/* NULL: no such kind. */
const struct fact_kind *fact_kind_find(struct str name);
/* The actions of the audit trail, printed from fact.def. */
void fact_actions(struct buf *out, bool json);

/* ---- the chain: hash = SHA-256(hash of the fact before, 32 zero bytes for the first; the fact
 * in its canonical spelling). */
void fact_canonical(struct buf *b, const struct fact_row *row);
struct sha256 fact_link_hash(struct str previous, struct str canonical); /* previous empty: none */
struct sha256 fact_hash(struct ctx *c, struct str previous, const struct fact_row *row);

enum {
    FACT_SEAL_MAX = 500 /* in one transaction */
};
/* Numbers and seals whatever is visible and unsealed, in the order of n, up to 500 at a time, in a
 * transaction of its own; one server at a time.  On PostgreSQL a standing job every 200 ms; on
 * SQLite sealing is part of fact_add, and this has work only after a restore from PostgreSQL. */
enum err fact_seal(struct ctx *c, int64_t *ret_sealed);
enum err fact_seal_all(struct ctx *c); /* until nothing is left */
/* How many are unsealed, and since when the oldest has been (now_ms when none).  Older than 5 s on
 * PostgreSQL: somebody should look.  In a snapshot. */
enum err fact_unsealed(struct ctx *c, int64_t *ret_count, int64_t *ret_oldest_ms);
/* Remembers the head of the chain where a cut of the table does not reach, and logs it, when it has
 * moved: a standing job every ten minutes.  In no transaction. */
enum err fact_note_head(struct ctx *c);
/* At start, in no transaction: seals what a restore left; STORE_CORRUPT when the last fact does not
 * bear its own seal. */
enum err fact_start(struct ctx *c);

/* The whole chain, in a snapshot: a line into out for each finding (altered, missing, inserted,
 * moved, cut short against the last head that was noted, unsealed); CONFLICT when there is any. */
enum err fact_verify(struct ctx *c, struct buf *out, int64_t *ret_checked);

/* An export: a line that says where it begins, one line for each sealed fact, the head last.  At
 * most 16 MiB; then the last line says "more":true, and the next export goes on after its seq. */
enum err fact_export(struct ctx *c, int64_t after_seq, struct buf *out);
/* The same findings over an export's text alone; in a snapshot (c->db) also whether this database
 * still holds the facts that it ends with. */
enum err fact_verify_export(struct ctx *c, struct str text, struct buf *out, int64_t *ret_checked);

/* ---- standing jobs, routes, commands */
enum err fact_seal_job(struct ctx *c, struct str subject);      /* every 200 ms, PostgreSQL */
enum err fact_note_head_job(struct ctx *c, struct str subject); /* every ten minutes */
struct routes;
struct commands;
extern const struct routes fact_routes;
extern const struct commands fact_commands;

#endif
