#ifndef SANDBOX_STRIPE_BILLING_H
#define SANDBOX_STRIPE_BILLING_H

#include "sandbox/stripe_money.h"

/* Private to the simulated Stripe: subscriptions and their invoices.
 *
 *   stripe_period.c        when a period begins and ends
 *   stripe_line.c          lines, taxes, discounts, totals
 *   stripe_invoice.c       what becomes of an invoice;  stripe_invoice_api.c  its routes
 *   stripe_change.c        what a change of plan costs
 *   stripe_subscription.c  what becomes of a subscription;  stripe_subscription_api.c  its routes
 *   stripe_schedule.c      what a subscription becomes when a period ends
 *   stripe_subscribe.c     sessions in subscription mode
 *   stripe_portal.c        the billing portal */

/* ---- stripe_period.c: all in seconds */
/* The n-th beginning after the anchor, by the price's interval. */
int64_t period_at(int64_t anchor, const struct tree *price, int64_t n);
bool period_same(const struct tree *price, const struct tree *other); /* same interval and count */
struct str date_words(struct arena *a, int64_t at_s);                 /* 05 Nov 2026 */
/* part / whole of an amount, towards minus infinity. */
int64_t part_of(int64_t amount, int64_t part, int64_t whole);

/* ---- stripe_line.c */
struct line {
    const struct tree *price;
    int64_t quantity, amount, start, end;
    struct str description, subscription, item, invoice_item;
    const struct tree *rates; /* tax rates, or NULL */
    bool proration;
};
struct tree *st_line(struct st *s, const struct line *in);
struct tree *st_plan(struct st *s, const struct tree *price);
struct str st_line_words(struct st *s, const struct tree *price, int64_t quantity);
struct str st_name(struct st *s, const struct tree *price); /* of its product */
/* Tax rates by their ids below at; *ret an array of objects, NULL when none is given. */
enum err st_rates(struct st *s, struct tree *at, const char *path, struct tree **ret);
/* Sets all sums of an invoice from its lines and these discounts; NULL: none. */
enum err st_add_up(struct st *s, struct tree *invoice, const struct tree *discounts);

/* ---- stripe_invoice.c */
struct thing st_invoice(struct st *s, const struct tree *customer, struct str currency,
    const char *reason); /* a draft, not stored yet */
void st_invoice_push(struct st *s, struct thing *invoice, struct tree *line);
struct tree *st_pending_line(struct st *s, const struct tree *item); /* of an invoiceitem */
/* What the customer's pending items are, as lines; those of the subscription only when it is
 * named.  taken: they belong to this invoice now. */
enum err st_invoice_pending(
    struct st *s, struct thing *invoice, struct str subscription, bool taken);
enum err st_invoice_open(struct st *s, struct thing *invoice); /* draft to open; told */
/* The row that leads from the one to the other. */
enum err st_payment_of(struct st *s, struct thing *invoice, const struct thing *intent);
int64_t st_draft_until(const struct st *s); /* that a renewal stays a draft */
/* Charges what is due; already open.  method NULL: the one that would be taken. */
enum err st_invoice_pay(struct st *s, struct thing *invoice, struct thing *method,
    const struct paying_by *by, enum went *ret);
/* It was paid by this intent (body NULL: by nothing, or outside). */
enum err st_invoice_paid(struct st *s, struct thing *invoice, const struct thing *intent);
enum err st_invoice_went(struct st *s, struct thing *intent, enum went went);
enum err st_invoice_void(struct st *s, struct thing *invoice);
enum err st_invoice_turns(struct st *s, struct thing *invoice);
/* The subscription's method, or the customer's; false: there is none. */
enum err st_method_for(struct st *s, const struct tree *subscription, const struct tree *customer,
    bool *ret_found, struct thing *ret);

/* ---- stripe_subscription.c */
struct tree *st_item(struct st *s, const struct thing *subscription, const struct tree *price,
    int64_t quantity, const struct tree *rates);
struct thing st_subscription(struct st *s, const struct tree *customer); /* not stored yet */
/* A trial that ends then, or the first period from now; items are in it. */
void st_sub_advance(struct st *s, struct thing *sub); /* to the next period */
void st_sub_begin(struct st *s, struct thing *sub, int64_t trial_end);
/* The lines of the period that runs, and what is pending, on an invoice. */
enum err st_sub_lines(struct st *s, const struct thing *sub, struct thing *invoice);
struct thing st_discount_of(struct st *s, const struct thing *sub, const struct discount *d);
/* These in the place of those that it had. */
enum err st_sub_discounts(struct st *s, struct thing *sub, const struct discount *d, size_t n);
/* Of an invoice that is made now: the discounts that hold, an array. */
enum err st_sub_discounts_now(struct st *s, const struct thing *sub, struct tree **ret);
/* What is for once was on that invoice. */
void st_sub_used(struct st *s, struct thing *sub, const struct tree *discounts);
struct thing st_sub_invoice(
    struct st *s, const struct thing *sub, const struct tree *customer, const char *reason);
void st_sub_due(struct st *s, struct thing *sub); /* when it changes by itself next */
enum err st_sub_paid(struct st *s, struct str sub, const struct thing *invoice);
enum err st_sub_unpaid(struct st *s, struct str sub, const struct thing *invoice, bool last);
enum err st_sub_cancel(struct st *s, struct thing *sub, const char *reason);
enum err st_sub_turns(struct st *s, struct thing *sub);
/* What is pending when it ends is charged. */
enum err st_sub_final_invoice(struct st *s, const struct thing *sub);
/* Changes it as the parameters of s say; told. */
enum err st_sub_update(struct st *s, struct thing *sub);
bool st_sub_over(const struct thing *sub);

/* ---- stripe_schedule.c */
enum err st_schedule_turns(struct st *s, struct thing *sub); /* its period ends; not stored yet */
enum err st_schedule_ends(struct st *s, struct thing *sub);

/* ---- stripe_change.c: other items, at a moment */
struct change {
    int64_t at;             /* the proration date */
    bool prorates, at_once; /* proration_behavior */
    bool anchor_now;        /* the cycle begins anew: what is paid is a whole new period */
    bool moves;             /* anything */
    struct tree *items;     /* what it costs and gives back: bodies of invoiceitems */
};
/* Reads items[…], proration_behavior, proration_date, billing_cycle_anchor, trial_end below at, and
 * changes sub in memory. */
enum err st_change(struct st *s, struct thing *sub, struct tree *at, struct change *ret);
/* It ends: what was not used comes back, in change->items. */
void st_prorate_end(struct st *s, const struct thing *sub, struct change *change);

#endif
