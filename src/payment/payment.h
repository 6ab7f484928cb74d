#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "gateway/gateway.h"
#include "operation/operation.h"
#include "order/order.h"

/* One try to collect an order at one gateway, and the payment that may come of it: one row, whose
 * att_… and pay_… share their bits. */
enum attempt_status {
    ATTEMPT_CREATED, /* written before the gateway is called */
    ATTEMPT_OPEN,    /* a session waits for the buyer */
    ATTEMPT_PROCESSING,
    ATTEMPT_CAPTURED,
    ATTEMPT_DECLINED, /* the gateway did not want it; nothing exists there */
    ATTEMPT_FAILED,
    ATTEMPT_UNKNOWN,   /* the call's answer was lost */
    ATTEMPT_ABANDONED, /* another was tried instead; still believed when it pays */
    ATTEMPT_EXPIRED,
    ATTEMPT_CANCELLED,
    ATTEMPT_STATUS_COUNT
};
struct str attempt_status_text(enum attempt_status s);
bool attempt_may_become(enum attempt_status from, enum attempt_status to);

struct attempt {
    int64_t n, version, order_n;
    struct id id;
    enum gateway_id gateway;
    enum attempt_status status;
    struct money amount;
    struct str method;                   /* asked for: "card" */
    bool named;                          /* its gateway too: it is used alone */
    struct str route;                    /* why this gateway, for people (payment/route.h) */
    struct str session_id, checkout_url; /* empty: none yet */
    struct str subscription, payment;    /* the gateway's ids of both, once it said them */
    struct str method_type, method_brand, method_last4; /* how it was paid, when it was */
    struct str judged, judged_why, card, card_country;  /* judged.h */
    struct str why;                                     /* the last refusal or doubt, for people */
    struct str confirmed_by; /* "webhook", "query", "webhook+query", "none": nothing to pay */
    int64_t created_ms, expires_ms, captured_ms;
    int64_t refunded_minor, reserved_minor; /* went back; refunds under way (payment/back.h) */
    int64_t prompted_ms;                    /* a phone was asked (payment/prompt.h); 0: none */
    int64_t asked_ms, asks;                 /* reconciliation: the last question, and how many */
    bool disputed;                          /* there ever was a dispute about it */
    /* A dispute is open and holds it: nothing of it can be given back meanwhile.  lost_minor: what
     * lost ones took of it for good, beside refunded_minor; together at most the amount. */
    bool argued;
    int64_t lost_minor;
    bool extra; /* captured, but the order was not completed by it */
    /* What the gateway says came, where that contradicts; CUR_NONE: nothing does; zero: it came,
     * and nobody says how much.  A person who accepts it makes it the amount. */
    struct money came;
};
struct str attempt_id(struct arena *a, const struct attempt *k);
/* How it was or will be paid: "Visa ending 4242", "crypto"; empty: nobody said. */
struct str attempt_method_words(struct arena *a, const struct attempt *k);
/* What of it is not ours any more: given back, or taken by a dispute that was lost. */
int64_t attempt_back(const struct attempt *k);
/* It has no page: what somebody paid with before was charged again (renewal).  Its reference there
 * is its own id, and it is never sent twice. */
bool attempt_is_charge(const struct attempt *k);
/* It came beside another try on the same page, which bears our reference: its gateway knows this
 * one by its number alone. */
bool attempt_is_beside(const struct attempt *k);
/* In a transaction: the gateway's own page about what an attempt paid.  In a snapshot: that of an
 * order; empty: there is none. */
enum err attempt_told_page(struct ctx *c, int64_t attempt_n, struct str url);
enum err attempt_page(struct ctx *c, int64_t order_n, struct str *ret);
/* The one that paid the order; NULL: none. */
const struct attempt *attempt_paid(const struct attempt *k, size_t n);

enum err attempt_insert(struct ctx *c, struct attempt *k); /* in a transaction: n, id, version */
enum err attempt_by_n(struct ctx *c, int64_t n, struct attempt *ret);
enum err attempt_get(struct ctx *c, struct id id, struct attempt *ret); /* NOT_FOUND */
enum err attempts_of(struct ctx *c, int64_t order_n, struct attempt **ret, size_t *ret_n);
/* Whose attempt a notice is about, without locking it: in a snapshot. */
enum err attempt_of_notice(struct ctx *c, enum gateway_id gateway, const struct notice *notice,
    bool *ret_found, struct attempt *ret);
/* In a snapshot, newest first, below after_n (0: from the newest). */
struct attempt_filter {
    bool waiting;     /* those that nobody knows the end of */
    bool ended;       /* or those of a page that ended unpaid here, opened since then */
    int64_t since_ms; /* or else captured since then; 0: any */
    int64_t begun_from_ms, begun_to_ms; /* … of tries begun from <= t < to; to 0: open */
    int64_t after_n, limit;
};
enum err attempt_list(struct ctx *c, const struct attempt_filter *filter,
    enum err (*each)(struct ctx *c, const struct attempt *k, void *arg), void *arg);
/* One payment's members, as in the order's "payments". */
void payment_one_json(struct json *j, struct arena *a, const struct attempt *k);
/* The row's arrow, in a transaction: stores *k with the new status where status and version are as
 * read, else E_CONFLICT. */
enum err attempt_become(struct ctx *c, struct attempt *k, enum attempt_status to);
/* "attempts": […] and "payments": […] of an order. */
void payment_json(struct json *j, struct arena *a, const struct attempt *k, size_t n);

/* ---- settle: the one road on which money becomes an order.  Webhook, confirmation, the return
 * page's poll, the reconciler and a person's replay all end here, and calling it a hundred times is
 * calling it once.  Amount, currency, account, mode and reference must equal what is stored, else
 * the order goes to review with an alert, and nothing is handed out (R6). */
struct settle {
    /* in */
    enum gateway_id gateway;
    struct notice notice;    /* what is believed */
    struct str confirmed_by; /* "webhook", "query", "webhook+query" */
    struct str event;        /* evt_… behind it, or empty */
    struct str doubt;        /* two witnesses contradict each other in this: a person decides */
    /* out */
    enum settled {
        SETTLED_NOW,     /* this call changed something */
        SETTLED_BEFORE,  /* it was so already */
        SETTLED_NOTHING, /* nothing follows from it */
        SETTLED_REVIEW,  /* it contradicts what is stored: a person decides */
        SETTLED_NOBODY,  /* no attempt has this reference (yet): keep it and try again (R25) */
    } result;
    struct str why; /* one sentence for log, inbox and console */
    /* between look and act */
    bool found;
    int64_t fact_n; /* of PAYMENT_RECEIVED, drawn; 0: not yet */
    struct attempt attempt;
    struct order order;
};
enum err settle_look(struct ctx *c, void *settle); /* only reads */
enum err settle_act(struct ctx *c, void *settle);  /* decides and posts */
enum err settle_tx(struct ctx *c, void *settle);   /* both: the body of a db_tx */
struct str settled_text(enum settled s);

/* A total of zero is settled at once, through the same door, with gateway none; in the transaction
 * that made the order. */
enum err settle_free_order(struct ctx *c, int64_t order_n);

/* ---- opening a session: the steps of POST /api/checkout/create */
struct payment_open {
    struct order order;
    struct order_line *line;
    size_t lines;
    struct attempt attempt;
    struct str payer;               /* the customer at the attempt's gateway, where it renews */
    struct str user;                /* of a plan: the application's name of its customer */
    struct gateway_session session; /* what the call brought */
};
/* In the order's transaction: an attempt at the first gateway of the route that is on, takes the
 * amount and has not been tried for this order.  GATEWAY_UNAVAILABLE or INVALID_REQUEST with a
 * sentence when there is none.  asked: a gateway that the caller named is used alone.  An order of
 * zero is settled on the spot, unless it begins a plan at a gateway that renews it and wants to
 * know with what: then the attempt is captured already. */
enum err payment_open_plan(
    struct ctx *c, struct payment_open *p, struct str method, struct str asked);
/* What a gateway must be able to collect of this order: its total, or, where a plan begins with
 * nothing, that of a period. */
enum err payment_collected(struct ctx *c, const struct order *o, const struct order_line *line,
    size_t lines, struct money *ret);
/* In a snapshot: may this order be paid in this way?  Offered where a gateway for it is set up;
 * then ret->gateway is who would be asked first, or GATEWAY_NONE with a sentence that says why not.
 */
struct payment_offer {
    bool offered;
    enum gateway_id gateway;
    struct str why;
};
enum err payment_offered(struct ctx *c, const struct order *o, const struct order_line *line,
    size_t lines, struct str method, struct payment_offer *ret);
/* In a transaction: an order and its newest attempt, for who takes over. */
enum err payment_open_load(struct ctx *c, int64_t order_n, struct payment_open *p);
/* In a snapshot: would the same key bring the page that an answer was lost about?  Not where the
 * gateway has no keys, nor where it keeps answering this one with an error: Stripe stores those of
 * its own too. */
enum err payment_key_answers(struct ctx *c, const struct attempt *k, bool *ret);
/* In a transaction: another attempt at the same gateway in place of p's, whose page nobody knows;
 * GATEWAY_UNAVAILABLE when that has not helped often enough. */
enum err payment_open_again(struct ctx *c, struct payment_open *p);
enum err payment_open_call(struct ctx *c, struct payment_open *p); /* no transaction */
enum payment_opened {
    PAYMENT_OPENED,   /* or nothing to open any more: the order is paid */
    PAYMENT_TRY_NEXT, /* the next gateway's attempt is in p */
    PAYMENT_REFUSED,  /* refused definitely, or the order has ended: it failed, or stays so */
    PAYMENT_NOT_NOW,  /* nothing left to try and nothing certain */
};
enum err payment_open_record(struct ctx *c, struct payment_open *p, enum payment_opened *ret);
/* What the operation does next whose record it is. */
static inline enum operation_next payment_opened_next(enum payment_opened opened)
{
    return opened == PAYMENT_NOT_NOW ? OPERATION_STUCK
        : opened == PAYMENT_TRY_NEXT ? OPERATION_AGAIN
                                     : OPERATION_DONE;
}

/* ---- asking the gateway: for confirmation, reconciliation, return page, console.  In no
 * transaction; asks, then settles what was answered. */
enum err payment_ask(struct ctx *c, int64_t attempt_n, struct settle *ret);

/* A buyer looks, and nobody knows yet whether he paid: the questions that would be asked later are
 * asked now, each at most once in a few seconds however often he looks.  In a snapshot: would any
 * be asked sooner?  In a transaction, about an order's n: they are due. */
enum err payment_waited_for(struct ctx *c, const struct order *o, bool *ret_sooner);
enum err payment_hurry(struct ctx *c, struct str order_n);

/* Jobs.  payment_poll asks about one attempt (its n) at 1, 5, 15, 60 minutes, 6 and 24 hours after
 * it was opened (R29), more often while a phone is asked, and when its buyer looks.  orders_expire
 * ends orders whose time to pay is over.
 */
#define PAYMENT_POLL S("payment_poll")
enum err payment_poll(struct ctx *c, struct str attempt_n);
/* payment_end ends the page of an attempt (its n) whose order nobody has to pay any more, where the
 * gateway can; payment_end_later, in a transaction, adds it. */
#define PAYMENT_END S("payment_end")
enum err payment_end(struct ctx *c, struct str attempt_n);
enum err payment_end_later(struct ctx *c, const struct attempt *k);
enum err orders_expire(struct ctx *c, struct str subject);

/* What disputes mean for a payment and its order, in a transaction that has locked the order. While
 * one is open the order is disputed and what it bought is held; when none is, it goes on as its
 * figures say, and what was taken for good is taken from the buyer too.  An order in review keeps
 * its place.  Calling it again with the same changes nothing. */
struct payment_argued {
    bool open;          /* a dispute is open, and no mere inquiry */
    int64_t lost_minor; /* what lost ones took of the payment, in all */
    int64_t cause_n;    /* the fact behind it, or 0 */
};
enum err payment_argue(
    struct ctx *c, struct order *o, struct attempt *a, const struct payment_argued *in);
/* The job, of the feature dispute, that asks about the disputes of an attempt (its n). */
#define DISPUTE_ASK S("dispute_ask")
/* The tax in so much of a payment as is back or lost in all, rounded on the sum. */
enum err payment_tax_in(
    struct ctx *c, const struct order *o, const struct attempt *a, int64_t back, int64_t *ret);

/* In a transaction: the order ends unpaid (expired or cancelled), its coupon use is freed, its
 * attempts stay believed.  CONFLICT when it is not waiting any more. */
enum err payment_give_up(struct ctx *c, struct order *o, enum order_status to, struct str why);

/* A person's decision about an order in review, in a transaction.  What it means for the money:
 *
 *   ACCEPT         the payment of the attempt that is named, on which money was seen, becomes the
 *                  sale: a held one as it is, one that contradicted with what really came; the
 *                  difference to the price is the seller's, the tax stays what the order says.  The
 *                  order is completed, as if settle had done it.
 *   REFUNDED       what came on top or did not match went back; the order stays what it was before,
 *                  or is cancelled.
 *   SALE_REFUNDED  the payment that completed the order went back: as if settle had been told.
 *   DISMISS        nothing came that would have to be explained: without a posting.
 *
 * CONFLICT with a sentence when the review is over already, when ACCEPT names an attempt without
 * money, one in another currency or an order that is paid, when there is nothing that could have
 * gone back, when DISMISS would leave money unexplained. */
enum review_choice {
    REVIEW_ACCEPT,
    REVIEW_DISMISS,
    REVIEW_REFUNDED,
    REVIEW_SALE_REFUNDED,
    REVIEW_CHOICE_COUNT
};
struct str review_choice_text(enum review_choice choice); /* "accept", … "sale_refunded" */
bool review_choice_parse(struct str s, enum review_choice *ret);
struct review_decision {
    enum review_choice choice;
    struct str attempt; /* ACCEPT: "att_…" */
    struct str reason;
};
enum err payment_resolve(struct ctx *c, struct order *o, const struct review_decision *said);
/* In a transaction: a held payment went back by a refund.  When it was the last that was to decide,
 * its order leaves the review, as by REFUNDED.  And one that came back is to be decided again. */
enum err payment_returned(struct ctx *c, struct order *o);
enum err payment_review(
    struct ctx *c, struct order *o, const struct attempt *a, struct str why, int64_t cause_n);
/* What it began at a gateway that renews is nobody's here: it ends there when the payment goes
 * back. */
bool attempt_began_second(const struct order *o, const struct attempt *a);
/* Captured, and neither a sale nor given back: it stands in the ledger as unexplained. */
bool attempt_is_held(const struct attempt *k);
/* Held, or said to be paid in a way that contradicts: what ACCEPT may name. */
bool attempt_has_money(const struct attempt *k);

#endif
