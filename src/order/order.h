#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include "base/id.h"
#include "base/money.h"
#include "coupon/coupon.h"
#include "subscription/subscription.h"

/* What a buyer agreed to: an immutable, priced snapshot, and where it stands. */
enum order_status {
    ORDER_PENDING,
    ORDER_PROCESSING,
    ORDER_COMPLETED,
    ORDER_FAILED,
    ORDER_EXPIRED,
    ORDER_CANCELLED,
    ORDER_PARTIALLY_REFUNDED,
    ORDER_REFUNDED,
    ORDER_DISPUTED,
    ORDER_REVIEW,
    ORDER_STATUS_COUNT
};
struct str order_status_text(enum order_status s);
bool order_status_parse(struct str s, enum order_status *ret);
bool order_may_become(enum order_status from, enum order_status to); /* the table of arrows */
bool order_is_final(enum order_status s); /* nothing more is expected to happen by itself */
void order_arrows(struct buf *out);       /* the whole table, for people and golden files */

/* What it is to a subscription. */
enum order_kind {
    ORDER_ONCE,
    ORDER_START,   /* its first period, or its trial */
    ORDER_RENEWAL, /* a further period */
    ORDER_CHANGE   /* what another plan in the middle of one costs */
};

/* What its risk means for it (risk/risk.h): a person lets it pass by making it ALLOW. */
enum order_risk {
    ORDER_RISK_ALLOW,
    ORDER_RISK_REVIEW, /* its payment is held for a person */
    ORDER_RISK_REFUSE  /* it is not sold */
};

enum {
    ORDER_LINES = 50,
    ORDER_QUANTITY = 10000
};
struct order_line {
    struct str product, price, name, description; /* ids and words as they were then */
    int64_t quantity;
    int64_t unit_minor, amount_minor;  /* as in the catalogue: amount = unit × quantity */
    int64_t discount_minor, tax_minor; /* of the whole line */
    int64_t total_minor;               /* what is paid for it: tax included */
    int64_t credits;                   /* what all of it grants */
    struct str access;
    struct str stripe_price; /* as the catalogue wrote it, or empty; not for the outside */
    struct str plan;         /* subscription_terms_json, or empty; not for the outside */
};

struct order {
    int64_t n, version;
    struct id id;
    enum order_status status;
    int64_t customer_n; /* 0: a guest's */
    struct str email, name, country;
    enum currency currency;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor; /* frozen */
    int64_t refunded_minor;
    bool tax_inclusive;
    int64_t tax_bps;
    struct str tax_name; /* "VAT" */
    struct str coupon;   /* its code as written, or empty */
    struct str lines;    /* the frozen JSON list; order_lines reads it */
    int64_t credits;     /* what all of it grants, once it is paid */
    struct str metadata; /* the caller's JSON object, or empty */
    struct str success_url, cancel_url;
    struct str basket; /* SHA-256 of buyer and items: finds the same purchase made twice */
    int64_t created_ms, expires_ms, completed_ms;
    enum order_kind kind;
    enum order_risk risk;
    int64_t subscription_n;                 /* 0: none, or none yet */
    int64_t period_start_ms, period_end_ms; /* that it pays for; 0: it is not known before */
    struct str reason; /* why it is in review, failed or cancelled: a sentence */
};

/* ORD-2026-000123: the year it was made and the row's number.  For people; unique, rising. */
struct str order_number(struct arena *a, const struct order *o);
struct str order_id(struct arena *a, const struct order *o); /* ord_… */
struct str order_topic(struct arena *a, const struct order *o);
/* The secret in links to this order alone: an HMAC under the database's own secret, so nothing is
 * stored and every retry writes the same. */
enum err order_token(struct ctx *c, const struct order *o, struct str *ret);
bool order_token_holds(struct ctx *c, const struct order *o, struct str token);
/* "VAT 19%": what its tax is called everywhere, at the gateway and in mails too. */
struct str order_tax_words(struct arena *a, const struct order *o);
/* Its own pages, as paths of this site with the token: for who has no session. */
enum order_place {
    ORDER_PLACE_ITSELF,
    ORDER_PLACE_SUCCESS,  /* where a gateway sends the buyer back to … */
    ORDER_PLACE_CANCELLED /* … and where it sends who did not pay */
};
enum err order_path(struct ctx *c, const struct order *o, enum order_place place, struct str *ret);

/* ---- pricing: what the items cost, from the catalogue in force (R5).  In a snapshot or
 * transaction.  Fills all that is frozen on the order, and its lines. */
struct order_item {
    struct str price;   /* a price's id; or … */
    struct str product; /* … a product's, whose price in the order's currency is taken; or … */
    struct str plan;    /* … a plan's: that by the month, or … */
    bool yearly;        /* … by the year */
    int64_t quantity;
};
struct order_ask {
    const struct order_item *item;
    size_t items;
    struct str coupon, country;
    enum currency currency; /* CUR_NONE: the items' own */
    int64_t customer_n;
    struct str email;
};
/* INVALID_REQUEST, PRICE_NOT_ACTIVE, INVALID_COUPON, COUPON_EXPIRED, COUPON_EXHAUSTED with the
 * sentence that the buyer reads.  ret_coupon has n == 0 when there is none. */
enum err order_price(struct ctx *c, const struct order_ask *ask, struct order *ret,
    struct order_line **ret_line, size_t *ret_lines, struct coupon *ret_coupon);
/* PRICE_NOT_ACTIVE with a sentence, for what is shown and not sold. */
struct product;
struct price;
enum err order_for_sale(struct ctx *c, const struct product *p, const struct price *price);
struct json;
/* The members of a quote and of an order that say what it costs. */
void order_price_json(
    struct json *j, const struct order *o, const struct order_line *line, size_t n);

/* ---- the row */

/* In a transaction: n, id, status, version, created_ms are set here; the fact ORDER_CREATED. */
enum err order_insert(struct ctx *c, struct order *o, const struct order_line *line, size_t n);
enum err order_by_n(struct ctx *c, int64_t n, struct order *ret);
/* The same, and no other transaction changes it until this one ends. */
enum err order_lock(struct ctx *c, int64_t n, struct order *ret);
/* By ord_… or number.  NOT_FOUND also for somebody else's: c->customer_n, when set, is bound. */
enum err order_get(struct ctx *c, struct str id_or_number, struct order *ret);
enum err order_lines(
    struct ctx *c, const struct order *o, struct order_line **ret_line, size_t *ret_n);

/* The row's arrow, in a transaction: changes status (and reason, completed_ms, refunded_minor as
 * they stand in *o) where status and version are as read, else E_CONFLICT; wakes who waits for the
 * order.  The fact is the caller's: it knows what happened. */
enum err order_become(struct ctx *c, struct order *o, enum order_status to);

/* In the transaction that begins it: whose period the order paid for. */
enum err order_belongs(struct ctx *c, struct order *o);
/* The first order that a subscription was paid with whose period began between these two. */
enum err order_of_period(struct ctx *c, int64_t subscription_n, int64_t from_ms, int64_t to_ms,
    bool *ret_found, struct order *ret);

/* The newest one that was completed before it and said what the subscription is: a change inside a
 * period whose money went back says nothing any more. */
enum err order_before(struct ctx *c, const struct order *o, bool *ret_found, struct order *ret);
/* Was another order of this subscription completed after this one was made? */
enum err order_overtaken(struct ctx *c, const struct order *o, bool *ret);

/* In a transaction: only the reason, as it stands in *o; where it stands stays. */
enum err order_note(struct ctx *c, struct order *o);

/* In a transaction: its risk holds it from now on; or a person lets it pass. */
enum err order_hold(struct ctx *c, struct order *o);
enum err order_let_pass(struct ctx *c, struct order *o);

/* In a transaction: how long it is waited for is another time from now on. */
enum err order_wait(struct ctx *c, struct order *o, int64_t until_ms);

/* The newest order of this basket made since then. */
enum err order_same_basket(
    struct ctx *c, struct str basket, int64_t since_ms, bool *ret_found, struct order *ret);

/* n of a customer's orders that would begin a plan and may still be paid, oldest first. */
enum err order_open_starts(
    struct ctx *c, int64_t customer_n, int64_t *ret_n, size_t max, size_t *ret_count);

/* In a transaction: what a guest bought under this mail becomes the customer's, who has proved that
 * the mail is theirs. */
enum err order_attach(struct ctx *c, int64_t customer_n, struct str email);

enum {
    ORDER_LOOK = 50000 /* orders that a search by total looks at, no index being worth its price */
};
struct order_filter {
    int64_t customer_n;     /* 0: anyone's */
    int status;             /* -1: any */
    struct str email;       /* exact, folded; empty: any */
    struct money total;     /* exactly that; CUR_NONE: any */
    bool paid;              /* only those that are paid, or that somebody tried to pay */
    int64_t from_ms, to_ms; /* created from <= t < to; to 0: open */
    int64_t after_n, limit; /* newest first: below after_n; 0: from the newest */
};
/* In a snapshot, newest first.  With a total only ORDER_LOOK orders are looked at; *ret_below is
 * then where one has to go on, 0 when there is nothing older. */
enum err order_search(struct ctx *c, const struct order_filter *filter,
    enum err (*each)(struct ctx *c, const struct order *o, void *arg), void *arg,
    int64_t *ret_below);
enum err order_list(struct ctx *c, const struct order_filter *filter,
    enum err (*each)(struct ctx *c, const struct order *o, void *arg), void *arg);
/* What a customer bought, by currency: the newest ORDER_SUMMED orders that were paid. */
enum {
    ORDER_SUMMED = 10000
};
struct order_sum {
    enum currency currency;
    int64_t orders, total_minor, refunded_minor;
};
enum err order_sums(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct order_sum *sum, void *arg), void *arg);
/* n of up to 100 orders whose time to pay was over before now. */
enum err order_overdue(struct ctx *c, int64_t *ret_n, size_t max, size_t *ret_count);

/* The members of an order that are its own; the caller adds attempts, payments, refunds. */
void order_json(struct json *j, struct arena *a, const struct order *o,
    const struct order_line *line, size_t n);

#endif
