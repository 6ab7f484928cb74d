#ifndef PAYMENT_BACK_H
#define PAYMENT_BACK_H

#include "payment/payment.h"

/* Money that goes back to who paid an order: a row for each refund, whether purser sent it,
 * somebody made it at the gateway, or a person did so by hand.
 *
 * What purser sends is reserved on the payment first, in the statement that looks what is left, so
 * that however many ask at once never more goes out than came in (R11, I3).  What is certain is
 * posted once, along its arrow: payment, order, ledger, what was handed out, facts and mail, in one
 * commit.  All of this runs in a transaction that has locked the order. */
enum refund_kind {
    REFUND_SENT,    /* by purser, at the gateway */
    REFUND_ADOPTED, /* made at the gateway by somebody else, who told us */
    REFUND_BY_HAND  /* where the gateway has no call for it */
};
enum refund_status {
    REFUND_PENDING, /* reserved; waits, is under way, or its answer was lost */
    REFUND_SUCCEEDED,
    REFUND_FAILED,  /* nothing went back, or it came back to us */
    REFUND_UNKNOWN, /* still reserved, and a person has to look */
    REFUND_STATUS_COUNT
};
struct str refund_status_text(enum refund_status s);
bool refund_status_parse(struct str s, enum refund_status *ret);

struct refund {
    int64_t n, version, order_n, attempt_n;
    struct id id; /* also the gateway's key, under which a repeat is the same refund */
    enum gateway_id gateway;
    enum refund_kind kind;
    enum refund_status status;
    bool approval; /* a second person is waited for */
    struct money amount;
    struct str reference;       /* the gateway's id of it; by hand: what the person wrote down */
    struct str reason, why;     /* why it was wanted; why it failed or is not known */
    struct str actor, approver; /* empty: somebody at the gateway; nobody */
    int64_t created_ms, sent_ms, done_ms;
    /* Not stored: who said that it is so, for the fact, and the fact behind it. */
    struct str confirmed_by, event;
    int64_t cause_n;
};
struct str refund_id(struct arena *a, const struct refund *r); /* "ref_…" */
struct json;
/* Its members: for who bought, and for people of the business. */
void refund_buyer_json(struct json *j, struct arena *a, const struct refund *r);
void refund_json(struct json *j, struct arena *a, const struct refund *r);

/* ---- looking, in a snapshot or transaction */
enum err refund_by_n(struct ctx *c, int64_t n, struct refund *ret);
enum err refund_get(struct ctx *c, struct str id, struct refund *ret); /* "ref_…"; NOT_FOUND */
/* Oldest first; 100 at most are looked at. */
enum err refunds_of(struct ctx *c, int64_t order_n, struct refund **ret, size_t *ret_n);
struct refund_filter {
    bool open;              /* PENDING or UNKNOWN only */
    int64_t after_n, limit; /* newest first, below after_n; 0: from the newest */
};
enum err refund_list(struct ctx *c, const struct refund_filter *filter,
    enum err (*each)(struct ctx *c, const struct refund *r, void *arg), void *arg);
/* What may still be given back of a payment. */
int64_t attempt_refundable(const struct attempt *a);

/* ---- doing */

/* A row, PENDING, with its amount reserved on the payment.  REFUND_EXCEEDS_PAYMENT, with what is
 * there in details.  *a follows.  One that is no order's (attempt.extra) goes back whole. */
enum err back_reserve(struct ctx *c, const struct order *o, struct attempt *a, struct refund *r);
/* That failure, for so much: said before anything is tried. */
enum err back_exceeds(struct ctx *c, const struct attempt *a, struct money asked);
/* Only the row: sent_ms, reference, why, approval, approver as they stand, and its status where
 * that stays reserved. */
enum err back_note(struct ctx *c, struct refund *r, enum refund_status to);
/* It is certain.  *o and *a follow. */
enum err back_succeeds(struct ctx *c, struct order *o, struct attempt *a, struct refund *r);
/* Nothing went back, and what was reserved is free; or, after it had succeeded, the money came back
 * to us: the books say so, and a person is told. */
enum err back_fails(
    struct ctx *c, struct order *o, struct attempt *a, struct refund *r, struct str why);
/* It was taken for failed, and the gateway shows that it was done after all. */
enum err back_revives(struct ctx *c, struct order *o, struct attempt *a, struct refund *r);
/* So much more went back than was known: a row that purser did not send, which has succeeded.  What
 * waits here to be sent and is not left any more is called off. */
enum err back_adopts(struct ctx *c, struct order *o, struct attempt *a, struct refund *r);
/* What a gateway says of one refund: ours by our mark, or another's by its id. */
enum err back_told(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_back *said, const struct refund *from);
/* Its whole list: each of it, and what only a sum has told us is found again in it. */
enum err back_told_all(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_backs *list, const struct refund *from);

/* … of a payment that is no order's: only what purser sent follows from it; a person looks at the
 * rest. */
enum err back_told_ours(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_backs *list, const struct refund *from);

/* What its payment says that went back of an order, or was lost, into o->refunded_minor. */
enum err back_of_order(struct ctx *c, struct order *o, const struct attempt *a);
/* Where an order stands whose payment this is, by what went back and what is argued about. */
enum order_status payment_stands(const struct order *o, const struct attempt *paid);

/* A job of a feature further right, by its name: the gateway is asked what went back of one attempt
 * (its n). */
#define REFUND_LOOK S("refund_look")
enum err back_ask_later(struct ctx *c, const struct attempt *a);

/* Invariants I3 and I9 in a snapshot: a line into out for each payment whose refunds do not add up,
 * in itself, with its order or with what was taken back; CONFLICT when there is any. */
enum err back_verify(struct ctx *c, struct buf *out);

#endif
