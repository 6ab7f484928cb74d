#ifndef CHECKOUT_CHECKOUT_H
#define CHECKOUT_CHECKOUT_H

#include "operation/operation.h"
#include "payment/payment.h"
#include "web/web.h"

/* Buying: quote, open, look, cancel.  The API's routes are in checkout_api.c and order_api.c, the
 * pages in checkout_page.c; both read what somebody wants into this, and go on with it. */
struct checkout {
    /* in: nothing here is a price (R5) */
    struct order_item item[ORDER_LINES];
    size_t items;
    struct str coupon, country, email, name, customer_id;
    struct str method, gateway; /* "card" unless said; empty: as the catalogue routes it */
    struct str success_url, cancel_url, metadata;
    enum currency currency;
    bool again;         /* buy it once more, although it was just bought */
    struct str terms;   /* pages: where the terms are that the person agreed to, or empty */
    int64_t seen_minor; /* pages: the total that the person saw; -1: not said */
    bool by_key;        /* a secret key names the customer; else the caller is it */
    struct id order_id; /* drawn before the transaction: one that runs again makes the same order */

    /* out */
    struct payment_open open; /* order, lines, attempt */
    bool ready;               /* there is nothing to call: it is open, paid or free already */
};

/* The members of create's body, and of the guides' short forms ({plan, interval}, {packageId},
 * {priceId}, {productId}).  No store. */
enum err checkout_read(struct req *r, struct checkout *ret);
/* The members of the guides' create-checkout-session: one thing, and who it is for. */
enum err checkout_read_guide(struct req *r, struct checkout *ret);
/* Checks what needs no store: mail, country, addresses to return to, rates; and BUSY when its disk
 * is nearly full. */
enum err checkout_check(struct req *r, struct checkout *k);

/* In a snapshot: what it costs. */
enum err checkout_price(
    struct ctx *c, struct checkout *k, struct order *ret, struct order_line **line, size_t *lines);

/* The operation behind POST /api/checkout/create and the page's button; work is struct checkout. */
extern const struct operation_kind checkout_operation;
/* The same, answered as the guides' pages expect it: with url beside the data. */
extern const struct operation_kind checkout_guide_operation;
/* The same, answered with where the form leads to: a page's Location. */
extern const struct operation_kind checkout_page_operation;

/* The job: a plan began (a subscription's n), and no other order of its group shall begin one. */
#define CHECKOUT_ALONE S("checkout_alone")
enum err checkout_alone(struct ctx *c, struct str subscription_n);

/* Behind the button of an order's own page: a renewal, or what a change of plan costs. */
struct order_pay {
    struct str order, token; /* in: its number; the link's token, or empty */
    struct payment_open open;
    bool ready;
};
extern const struct operation_kind order_pay_operation;
/* Where a form leads that opened a page at a gateway: to it, else to a place of the order. */
enum err checkout_leads_to(struct ctx *c, const struct payment_open *p, bool has_page,
    enum order_place otherwise, int *ret_status, struct buf *body);
bool order_can_be_paid(const struct ctx *c, const struct order *o);

/* An order for its reader: a key's or console's any, a customer's own, and for who holds the
 * link's token that one.  NOT_FOUND for all others. */
enum err checkout_order(struct req *r, struct str id_or_number, struct order *ret);
/* The customer's row behind the caller, into c->customer_n; nobody's stays nobody's.  In a
 * snapshot or transaction. */
enum err checkout_caller(struct ctx *c);
/* Its buyer looks: if nobody knows yet whether it was paid, the gateway is asked soon (R30: looking
 * changes nothing by itself). */
enum err checkout_looked(struct req *r, const struct order *o);
/* "Sticker sheet and 2 more" */
struct str checkout_words(struct arena *a, const struct order_line *line, size_t lines);
/* With lines, attempts and payments: what GET /api/orders/{id} answers. */
enum err checkout_order_json(
    struct ctx *c, struct json *j, const char *name, const struct order *o);
/* The same and its risk, for people of the business only: who tries stolen cards would learn. */
enum err checkout_order_risk_json(
    struct ctx *c, struct json *j, const char *name, const struct order *o);

extern const struct routes checkout_routes, order_routes;
extern const struct routes store_pages, product_pages, pricing_pages, membership_pages,
    checkout_pages, payment_pages, phone_pages, order_pages;

#endif
