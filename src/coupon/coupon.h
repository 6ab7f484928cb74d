#ifndef COUPON_COUPON_H
#define COUPON_COUPON_H

#include "base/id.h"
#include "base/money.h"

/* Discount codes, from the catalogue's file or made in the console.  A use is held when an order is
 * made, used when it is paid, freed once when it ends otherwise (R9): conditional updates on one
 * row, so that the last use of a coupon is had by one order. */
struct coupon {
    int64_t n, version, used;
    struct id id;
    struct str code;               /* as written; compared in upper case */
    int32_t bps;                   /* or … */
    struct money amount;           /* CUR_NONE: bps */
    int64_t max_uses;              /* 0: no limit, and no counter */
    int64_t per_customer;          /* 0: no limit */
    int64_t starts_ms, expires_ms; /* 0: open */
    int64_t min_subtotal_minor;
    struct str applies_to; /* a JSON list of product ids; empty list: all */
    enum coupon_duration {
        COUPON_ONCE,
        COUPON_FOREVER,
        COUPON_MONTHS
    } duration;
    int64_t months;
    bool active, from_file;
};

/* What a code is asked to discount. */
struct coupon_line {
    struct str product;
    int64_t amount_minor; /* before discount */
};
struct coupon_ask {
    struct str code;
    struct str buyer; /* who the limit per customer counts: coupon_buyer(); empty: nobody yet */
    enum currency currency;
    const struct coupon_line *line;
    size_t lines;
};
/* "cus:12", or "mail:ada@example.com" for a guest. */
struct str coupon_buyer(struct arena *a, int64_t customer_n, struct str email);

/* In a snapshot or transaction: the coupon, if it may be used for this now.  Unknown and paused
 * codes answer alike.  INVALID_COUPON, COUPON_EXPIRED, COUPON_EXHAUSTED with the sentence that the
 * buyer reads; nothing is held yet. */
enum err coupon_find(struct ctx *c, const struct coupon_ask *ask, struct coupon *ret);
/* What it takes off each line (ret_minor has ask->lines places): the parts add up to the discount
 * exactly, and no line goes below zero. */
enum err coupon_discount(
    struct ctx *c, const struct coupon *k, const struct coupon_ask *ask, int64_t *ret_minor);

/* In the order's transaction.  hold: COUPON_EXHAUSTED when the last use has just gone.  use and
 * free: once each; an order without a use, or one that ended already, changes nothing.  use after
 * free, when money came late, takes a use again as long as there is one. */
enum err coupon_hold(struct ctx *c, const struct coupon *k, struct str buyer, int64_t order_n);
enum err coupon_use(struct ctx *c, int64_t order_n);
enum err coupon_free(struct ctx *c, int64_t order_n);

/* ---- what people of the business do with codes; in a transaction, each with its fact */

/* A new one, in force: code and what it takes off are given, the rest may be zero.  INVALID_REQUEST
 * with a sentence; CONFLICT: there is such a code. */
enum err coupon_make(struct ctx *c, struct coupon *inout);
/* By "cpn_…" or its code: nobody can use it from now on, or everybody can again.  What the file
 * says comes into force again when it is applied. */
enum err coupon_switch(struct ctx *c, struct str id_or_code, bool active, struct coupon *ret);
/* In a snapshot, newest first, below after_n (0: from the newest). */
enum err coupon_list(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct coupon *k, void *arg), void *arg);
struct str coupon_id(struct arena *a, const struct coupon *k); /* "cpn_…" */
/* "10 %", "$5.00 USD" */
struct str coupon_off_words(struct arena *a, const struct coupon *k);
struct routes;
extern const struct routes coupon_routes;

/* I9 in a snapshot: a coupon, and each buyer of it, is counted as often as its uses say.  A line
 * into out for each that is not, CONFLICT when there is any. */
enum err coupon_verify(struct ctx *c, struct buf *out);

/* The job that brings the file's coupons into force: new and changed ones are stored, those that
 * left it are paused, the console's stay. */
enum err coupons_from_catalog(struct ctx *c, struct str subject);

#endif
