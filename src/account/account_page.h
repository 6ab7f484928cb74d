#ifndef ACCOUNT_ACCOUNT_PAGE_H
#define ACCOUNT_ACCOUNT_PAGE_H

#include "account/account.h"
#include "checkout/checkout_page.h"

/* What the pages of an account share: their frame with its tabs. */
enum account_tab {
    ACCOUNT_OVERVIEW,
    ACCOUNT_USAGE, /* only where there are credits */
    ACCOUNT_ORDERS,
    ACCOUNT_PLAN, /* only where there are plans */
    ACCOUNT_TABS
};
enum err account_open(struct req *r, enum account_tab tab, struct buf **ret);
void account_close(struct req *r, struct buf *b);    /* with the way out */
void account_refusal(struct buf *b, struct str why); /* empty: nothing was refused */

struct part_rows;
/* A table of the customer's orders, newest first below after_n; or the words for none at all. */
struct account_orders {
    int64_t limit;
    int64_t shown, last_n;
    bool more;              /* than limit */
    struct part_rows *rows; /* while it is written */
};
enum err account_orders_write(
    struct ctx *c, struct buf *b, int64_t after_n, struct account_orders *l);

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
/* "Renews on 20 December 2026" */
struct str account_plan_words(struct arena *a, const struct subscription *s);

enum err overview_page(struct req *r);
/* plan_page.c */
enum err account_plan_page(struct req *r);    /* GET: also asks what another plan would cost */
enum err account_plan_parse(struct req *r);   /* the form's deed, into struct change */
enum err account_plan_refused(struct req *r); /* the page again, with why */
enum err account_portal_page(struct req *r);  /* to the gateway's page for payers */
/* cancel_page.c */
enum err account_cancel_page(struct req *r);
enum err account_cancel_parse(struct req *r);
enum err account_cancel_refused(struct req *r);
enum err usage_page(struct req *r);
enum err orders_page(struct req *r);

#endif
