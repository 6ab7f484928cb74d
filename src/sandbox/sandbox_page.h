#ifndef SANDBOX_SANDBOX_PAGE_H
#define SANDBOX_SANDBOX_PAGE_H

#include "sandbox/simulator.h"
#include "web/page.h"

/* What the hosted pages of all simulated gateways have in common. */

/* The frame in the gateway's name, and the line that says that it only stands in. */
struct buf *sandbox_page_begin(
    struct req *r, const struct simulator *of, const struct page_head *head);
void sandbox_page_problem(struct buf *b, struct str problem); /* nothing when it is empty */
/* A form that ends in a redirect to there must be allowed to: browsers ask this of the form. */
void sandbox_page_leaves(struct req *r, const struct str *to, size_t n);
void sandbox_page_waits(struct buf *b);                 /* for what is paid and not certain yet */
void sandbox_page_back(struct buf *b, struct str href); /* the way back to the shop */
/* A button named "act"; the filled one pays. */
void sandbox_page_button(struct buf *b, struct str act, struct str words, enum button_kind kind);

#endif
