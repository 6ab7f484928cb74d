#ifndef ACCOUNT_ACCOUNT_PAGE_H
#define ACCOUNT_ACCOUNT_PAGE_H

#include "account/account.h"
#include "checkout/checkout_page.h"

/* What the pages of an account share: their frame with its tabs. */
enum account_tab {
    ACCOUNT_OVERVIEW,
    ACCOUNT_USAGE, /* only where there are credits */
    ACCOUNT_ORDERS,
    ACCOUNT_TABS
};
enum err account_open(struct req *r, enum account_tab tab, struct buf **ret);
void account_close(struct req *r, struct buf *b); /* with the way out */

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

enum err overview_page(struct req *r);
enum err usage_page(struct req *r);
enum err orders_page(struct req *r);

#endif
