#ifndef CHECKOUT_CHECKOUT_PAGE_H
#define CHECKOUT_CHECKOUT_PAGE_H

#include "base/html.h"
#include "catalog/catalog.h"
#include "checkout/checkout.h"
#include "checkout/checkout_text.h"

/* What the buyer's pages share: the basket in the address, the bill, the confirm page's state. */

/* INVALID_REQUEST when it is none; an empty text is an empty basket. */
enum err basket_read(struct ctx *c, struct str list, struct checkout *k);
enum err basket_add(struct ctx *c, struct checkout *k, struct str price, int64_t quantity);
struct str basket_text(struct arena *a, const struct checkout *k);
int64_t basket_count(const struct checkout *k);
/* path with the basket, and with its code and country where they are known. */
struct str basket_url(struct arena *a, const char *path, const struct checkout *k);
/* ?items=, with ?price= and ?quantity= added to it: *ret_added, and the address should be said
 * anew, or going back would add it again. */
enum err basket_from_query(struct req *r, struct checkout *k, bool *ret_added);

/* ---- the store: what of it is looked at.  All of it travels in the address. */
enum shelf_kind {
    SHELF_ALL,
    SHELF_GOODS,
    SHELF_WORKS /* of sellers */
};
enum shelf_order {
    SHELF_AS_LISTED,
    SHELF_CHEAPEST,
    SHELF_DEAREST
};
struct shelf_view {
    struct checkout had; /* the order so far */
    struct str q, after; /* what is searched for; the product behind which the page begins */
    enum shelf_kind kind;
    enum shelf_order order;
    enum currency currency, home; /* in which prices are shown; the catalogue's own */
};
/* As the address says; *ret_added as of basket_from_query. */
enum err shelf_view_read(struct req *r, struct shelf_view *v, bool *ret_added);
/* Its currency: an order has one, so one that the order so far cannot have is not taken. */
void shelf_view_settle(const struct catalog *k, struct shelf_view *v);
/* The same items at their prices in this currency; false, and nothing changed, when one has none.
 */
bool shelf_basket_in(const struct catalog *k, enum currency cur, struct checkout *had);
struct str shelf_url(struct arena *a, const char *path, const struct shelf_view *v);
/* The same for a form that searches. */
void shelf_hidden(struct buf *b, const struct shelf_view *v);
/* The frame of the store's pages: "Store", and the order so far when there is one. */
struct page_head;
struct buf *shelf_open(struct req *r, const struct shelf_view *v, struct page_head *head);
/* The same frame where nothing is being put together. */
struct buf *buyer_open(struct req *r, struct page_head *head);
/* Every country, for a select; before them, unless it is empty, what no country is called. */
const struct part_option *country_options(struct arena *a, struct str none, size_t *ret_n);
/* The catalogue in force, or NULL before there is one. */
enum err shelf_catalog(struct ctx *c, const struct catalog **ret);
/* Goods and works are on the shelf; credits and plans have their own pages. */
bool shelf_has(const struct product *p);
/* Its price in this currency, or another one that it has; NULL: none at all. */
const struct price *shelf_price(const struct product *p, enum currency currency);
bool shelf_sells(struct ctx *c, const struct product *p, const struct price *price);

/* ---- packs of credits (pack_page.c): those that are for sale, as listed; and as cards, with such
 * a button at the popular one */
enum {
    PACKS_MAX = 12
};
size_t packs_find(const struct catalog *k, const struct product **ret, size_t max);
void packs_write(struct ctx *c, struct buf *b, const struct catalog *k, bool leads);

/* ---- plans: that of its prices; NULL: none such is for sale */
const struct price *plan_sold(const struct product *p, enum interval every, enum currency cur);
/* How many months a year's price saves, where that is a whole number; or empty. */
struct str plan_months_free(struct arena *a, struct money month, struct money year);
/* Beside a price: the same by the year, or what a month of the year comes to; or empty. */
struct str plan_other_way(struct arena *a, const struct product *p, const struct price *shown);
struct str plan_each(struct arena *a, const struct subscription_terms *t); /* "$5.00 a month" */
/* How one that somebody has goes on: "Renews on 20 December 2026". */
struct str plan_standing(struct arena *a, const struct subscription *s);
/* The way from what one has to this one, up or down. */
struct part_button;
struct part_button plan_way(struct arena *a, const struct product *p, const struct price *price,
    const struct subscription *has);
void plans_compare(struct buf *b, const struct product *const *plan, size_t n);
bool plans_have_credits(const struct product *const *plan, size_t n);
/* "stemSeparation" is read as "Stem separation". */
struct str camel_words(struct arena *a, struct str name);

/* Lines, discount, tax, total.  form: the quantities are fields of it, "q0", "q1", …; empty: they
 * are only said. */
struct bill_shown {
    const struct order *order;
    const struct order_line *line;
    size_t lines;
    struct str form;
    struct str total; /* "To pay today" */
};
void bill_write(struct buf *b, const struct bill_shown *bill);

/* ---- an order on its own pages */
struct shown {
    struct order order;
    struct order_line *line;
    size_t lines;
    struct attempt *attempt;
    size_t attempts;
    const struct attempt *last; /* NULL: none */
    struct refund *refund;      /* its money that goes back, oldest first */
    size_t refunds;
    struct str with, gateway; /* how it was paid; who takes the money */
    struct str query;         /* "order=…&t=…": what these pages are opened with */
    bool stranger;            /* has neither session nor link: sees number and status only */
    int64_t balance;          /* the reader's own credits; -1: they are not for this reader */
};
/* ?order= and ?t= of the request.  NOT_FOUND for an order that is not there. */
enum err shown_from_query(struct req *r, struct shown *ret);
enum err shown_load(struct req *r, const struct order *o, struct shown *ret);
struct str shown_sentence(struct arena *a, const struct shown *s);
/* The confirm page with what was in the order. */
struct str shown_basket_url(struct arena *a, const struct shown *s);
void shown_bill(struct buf *b, const struct shown *s);
/* Does its last page at the gateway still wait for the buyer?  Then that is where it leads. */
bool shown_is_open(const struct ctx *c, const struct shown *s);
struct str shown_go_url(struct arena *a, const struct shown *s);
/* The page on which this attempt's phone is asked. */
struct str phone_page_path(struct arena *a, const struct shown *s, const struct attempt *k);

/* ---- /checkout/confirm: what was asked, what is wrong with it, what it costs */
enum {
    CONFIRM_METHODS = 5
};
struct confirm {
    struct checkout k;
    bool sent;   /* the form was, not only the address opened */
    bool pays;   /* … by the button that pays */
    bool agreed; /* to the terms of the business, where it has any */
    struct str key;
    bool keep_key; /* what was begun under it goes on under it */

    /* What is wrong, empty where nothing is: beside the field and in the summary. */
    struct str email_error, country_error, method_error, coupon_error, terms_error;
    struct str note; /* above the form */
    bool note_bad;
    int status;

    /* What it costs; lines 0: nothing is left in it. */
    struct order order;
    struct order_line *line;
    size_t lines;
    bool has_tax;           /* some country has a rate: the buyer's is asked for */
    struct str known_email; /* a signed-in customer's */
    struct str code;        /* as typed, where it could not be applied */
    struct confirm_way {
        struct str method;
        struct payment_offer offer;
    } way[CONFIRM_METHODS];
    size_t ways;
};
/* The page; and what other pages with the same form are made of: the form's address, what must be
 * paid for, what is wrong. */
void confirm_write(struct req *r, const struct confirm *f);
void confirm_form(struct req *r, struct buf *b, const struct confirm *f, struct str action);
void confirm_order(struct req *r, struct buf *b, const struct confirm *f);
void confirm_note(struct buf *b, const struct confirm *f);
enum {
    CONFIRM_FIELDS = 5
};
struct part_field;
void confirm_wrong(const struct confirm *f, struct part_field *ret); /* CONFIRM_FIELDS of them */
/* Of a POST with such a form: into r->in, before its operation. */
enum err confirm_parse(struct req *r);
/* In a snapshot: what it comes to, and how it can be paid.  UNAUTHENTICATED for what belongs to an
 * account. */
enum err confirm_fill(struct req *r, struct confirm *f);
/* What such a form answers when it was not paid by: the page again, with everything kept, and with
 * why in c->err. */
enum err confirm_answer(struct req *r, void (*write)(struct req *r, struct confirm *f));
struct str confirm_key(struct ctx *c);

/* ---- /membership: the plans of this group are bought in steps of their own */
#define MEMBERSHIP S("membership")
/* Who pays for one sees which step it is; nothing for other orders. */
enum membership_step {
    MEMBERSHIP_CYCLE,
    MEMBERSHIP_METHOD,
    MEMBERSHIP_PAY,
    MEMBERSHIP_DONE,
    MEMBERSHIP_STEPS
};
void membership_progress(struct buf *b, const struct shown *s, enum membership_step here);
/* The plan's name where the order began a membership; else empty. */
struct str membership_name(struct arena *a, const struct shown *s);
/* Where one chooses again what was in it. */
struct str membership_url_of(struct arena *a, const struct shown *s);

#endif
