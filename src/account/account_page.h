#ifndef ACCOUNT_ACCOUNT_PAGE_H
#define ACCOUNT_ACCOUNT_PAGE_H

#include "access/access.h"
#include "account/account.h"
#include "checkout/checkout_page.h"
#include "credit/credit.h"

/* What the pages of an account share: their frame with its tabs. */
enum account_tab {
    ACCOUNT_OVERVIEW,
    ACCOUNT_CREDITS, /* these two only where there are credits */
    ACCOUNT_USAGE,
    ACCOUNT_ORDERS,
    ACCOUNT_PAYMENTS,
    ACCOUNT_BILLING,
    ACCOUNT_PLAN, /* only where there are plans */
    ACCOUNT_TABS
};
enum err account_open(struct req *r, enum account_tab tab, struct buf **ret);
/* The same for a form, which may have come back with errors. */
enum err account_open_form(struct req *r, enum account_tab tab, bool errors, struct buf **ret);
void account_close(struct req *r, struct buf *b);                   /* with the way out */
void account_refusal(struct buf *b, struct str why);                /* empty: nothing was refused */
struct str account_why(struct arena *a, const struct errinfo *why); /* for a person */

/* A table of the customer's orders, or of those among them that money has to do with, newest first
 * below after_n; or the words for none at all. */
struct account_orders {
    bool payments;
    int64_t limit;
    int64_t shown, last_n;
    bool more; /* than limit */
};
enum err account_orders_write(
    struct ctx *c, struct buf *b, int64_t after_n, struct account_orders *l);

/* A table of the customer's invoices, newest first below after_n; or the words for none at all. */
struct account_invoices {
    int64_t limit;
    int64_t shown, last_n;
    bool more; /* than limit */
};
enum err account_invoices_write(
    struct ctx *c, struct buf *b, int64_t after_n, struct account_invoices *l);

/* The plans of the signed-in customer that are not over. */
enum {
    ACCOUNT_PLANS_MAX = 8
};
struct account_plans {
    struct subscription s[ACCOUNT_PLANS_MAX];
    size_t n;
};
enum err account_plans(struct ctx *c, struct account_plans *ret);
struct str account_plan_name(struct ctx *c, struct str plan);

/* What one has right now. */
struct account_now {
    struct credit_account credits;
    struct access access;
    struct credit_today today;
    struct str plan; /* the name of the highest one, also of one that nobody pays for */
    struct account_plans mine;
    bool has_credits; /* there is anything to say about them */
};
enum err account_look(struct ctx *c, struct account_now *ret);
void account_credits_tile(struct buf *b, const struct account_now *o, struct str href);
void account_today_tile(struct buf *b, const struct account_now *o);
/* Where the credits came from, or nothing. */
enum err account_lots(struct ctx *c, struct buf *b);

/* Is how it is paid kept at a gateway that has a page to change it?  A button that leads there. */
bool account_has_portal(const struct subscription *s);
void account_portal_form(struct req *r, struct buf *b, const struct subscription *s);

enum err overview_page(struct req *r);
enum err credits_page(struct req *r);
enum err payments_page(struct req *r);
/* plan_page.c */
enum err account_plan_page(struct req *r);    /* GET: also asks what another plan would cost */
enum err account_plan_parse(struct req *r);   /* the form's deed, into struct change */
enum err account_plan_refused(struct req *r); /* the page again, with why */
enum err account_portal_page(struct req *r);  /* to the gateway's page for payers */
/* cancel_page.c */
enum err account_cancel_page(struct req *r);
enum err account_cancel_parse(struct req *r);
enum err account_cancel_refused(struct req *r);
/* billing_page.c */
enum err account_billing_page(struct req *r);
enum err account_billing_save(struct req *r);
enum err account_forget_method(struct req *r);
/* invoices_page.c */
enum err account_invoices_page(struct req *r);
enum err account_invoice_page(struct req *r);
enum err usage_page(struct req *r);
enum err account_usage_csv(struct req *r);
enum err orders_page(struct req *r);

#endif
