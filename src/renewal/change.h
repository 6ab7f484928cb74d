#ifndef RENEWAL_CHANGE_H
#define RENEWAL_CHANGE_H

#include "renewal/cost.h"

/* What a person asks for: another plan, an end, to go on after all.  One operation: the request is
 * a row (subscription_change), the gateway is asked under its id, and its answer is mirrored.
 * Where purser renews there is nothing to ask; a change that costs something opens a page for an
 * order of its own, and happens when that is paid. */
struct change {
    /* in */
    enum subscription_deed deed;
    int64_t subscription_n; /* known already; or: */
    struct str customer_id; /* as a key names it; empty: the caller's own */
    struct str group, plan, interval;
    enum {
        WHEN_UNSAID,
        WHEN_NOW,
        WHEN_AT_END
    } when;
    struct str reason, feedback;
    struct str accept; /* CANCEL: the offer's code: it goes on with that */
    int64_t at_ms;     /* of the preview that the person saw: it costs what that said; 0: now */
    struct str back;   /* CHANGE: to this price, whose successor's money went back: costs nothing */

    /* as it goes */
    struct subscription_change row;
    struct subscription s;
    struct cost cost;
    struct payment_open open; /* a page for what it costs; order.n 0: none */
    bool ready;               /* there is nothing to call for */
    bool again;               /* it is done: only how it stands is asked */
    struct gateway_standing at;
};
/* renewal_operation; renewal_page_operation is answered with the page that a form leads to: a
 * Location. */

/* In a snapshot or transaction: the subscription that is meant.  NOT_FOUND with a sentence. */
enum err change_find(struct ctx *c, const struct change *k, struct subscription *ret);
enum err change_find_of(
    struct ctx *c, const struct change *k, int64_t customer_n, struct subscription *ret);
/* Which price is meant, and when, where that is not said.  INVALID_REQUEST, CONFLICT. */
enum err change_judge(
    struct ctx *c, const struct change *k, const struct subscription *s, struct cost_ask *ret);
/* What the catalogue offers to who gives this reason; code empty: nothing. */
struct change_offer {
    struct str code;
    int64_t off_minor, off_months; /* as in the terms */
};
enum err change_offer(
    struct ctx *c, const struct subscription *s, struct str reason, struct change_offer *ret);
/* In no transaction: what another plan would cost; the gateway is asked where it renews.  Changes
 * nothing. */
struct change_preview {
    struct change *change; /* in; its cost is out */
    struct cost_ask ask;
    bool asks; /* then there, which the gateway has said, is what it costs */
    struct gateway_cost there;
    struct gateway_change in_;
};
enum err change_preview(struct ctx *c, struct change_preview *p);
/* In no transaction: the address of a page on which the customer mends how they pay. */
struct change_portal {
    struct change change; /* whose */
    struct str return_url;
    struct subscription s_;
    bool found_;
};
enum err change_portal(struct ctx *c, struct change_portal *p, struct str *ret_url);
/* In no transaction: it ends now, at the gateway and here, because of what this reason says: asked
 * for once for each moment since when it holds. */
#define CHANGE_UNPAID S("unpaid")     /* not paid for in the days of grace */
#define CHANGE_REFUNDED S("refunded") /* the money of its period went back */
enum err change_end(struct ctx *c, const struct subscription *s, struct str reason, int64_t since);

/* In no transaction: the plan that it was, from now on; its successor's money went back. */
enum err change_back(struct ctx *c, const struct subscription *s, struct str price, int64_t since);

/* In the transaction that plans it, both locked: what is asked for where purser renews.  open: the
 * order for the next period, n 0 where there is none. */
enum err change_do_managed(struct ctx *c, struct change *k, struct order *open);
/* The row as it stands in *s, and what follows. */
enum err change_store(struct ctx *c, const struct subscription *was, struct subscription *s,
    enum subscription_status to);

/* The answer to an API, and to a form. */
enum err change_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body);
enum err change_page_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body);

struct json;
/* Members of GET /api/subscription/status; s NULL: the customer has none. */
enum err change_status_json(
    struct ctx *c, struct json *j, int64_t customer_n, const struct subscription *s);

#endif
