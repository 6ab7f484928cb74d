#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "inbox/inbox.h"
#include "payment/payment.h"

/* Running the shop: what people of the business look at and do.  Rules that pages, API and commands
 * share; it owns no table. */

/* ---- what needs a person; in a snapshot */
enum {
    CONSOLE_LIST = 5
};
struct console_counts {
    int64_t reviews, refunds, disputes, parked_events, stuck_jobs, alerts, bad_mails;
};
/* What waits, and since when; times are 0 where nothing does. */
struct console_backlog {
    int64_t events, oldest_event_ms;    /* webhooks not applied */
    int64_t unknown, oldest_unknown_ms; /* payments whose outcome is not known */
    int64_t mails, oldest_mail_ms;
    int64_t jobs, oldest_job_ms; /* due, standing ones not counted */
    int64_t unsealed;
};
enum err console_backlog(struct ctx *c, struct console_backlog *ret);
enum err console_counts(struct ctx *c, struct console_counts *ret);

/* ---- search: whatever an id or number names, a gateway's session, whose mail it is, orders of
 * this total.  In a snapshot. */
enum {
    CONSOLE_HITS = 4
};
struct console_found {
    struct console_hit {
        struct str href, words;
    } hit[CONSOLE_HITS];
    size_t n;
};
enum err console_search(struct ctx *c, struct str words, struct console_found *ret);

/* "25.69 EUR", "EUR 25.69", "$25.69" or "25.69": without a code in the catalogue's currency.
 * INVALID_REQUEST when it is no amount.  In a snapshot. */
enum err console_amount(struct ctx *c, struct str text, struct money *ret);

/* One snapshot for a page that is made after a deed. */
enum err console_read(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg);
/* The same with more time for each statement: for files. */
enum err console_read_long(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg);

/* ---- deeds; each in transactions of its own, so in none */

/* A range of webhooks once more, oldest first.  dry: only says what would follow. */
enum {
    CONSOLE_RANGE = 1000 /* what is left is counted so far */
};
struct console_range {
    struct event_filter filter; /* in: limit, after_n and oldest are its own; to_ms 0: until now */
    bool dry;
    int64_t after_n;       /* in: only what is behind it; out: the last one that was reached */
    int64_t until_mono_ms; /* in: begin no other after this; 0: all of them */
    int64_t left;          /* out: not reached by then; CONSOLE_RANGE or more: at least so many */
    int64_t all, changed, same, failed; /* added to: those that were reached */
    int64_t begun;                      /* its own */
    struct buf *lines;                  /* one for each that changes something or fails; or NULL */
};
enum err console_replay_range(struct ctx *c, struct console_range *range);
/* One of them; ret_changes: did, or would, something follow from it? */
enum err console_replay(
    struct ctx *c, struct id event, bool dry, struct str *ret_words, bool *ret_changes);
/* The gateways of an order, about each attempt that has a session: a sentence. */
enum err console_ask(struct ctx *c, struct str order, struct str *ret_words);

/* ---- deeds inside a transaction */
enum err console_resolve(
    struct ctx *c, struct str order, const struct review_decision *said, struct order *ret);
/* An order that its risk holds, or refused, may pass. */
enum err console_release(struct ctx *c, struct str order, struct str reason, struct order *ret);
enum err console_cancel(struct ctx *c, struct str order, struct order *ret);
/* The receipt of a paid order once more: its newest mail.  NOT_FOUND when none was sent. */
enum err console_resend(struct ctx *c, struct str order);

struct routes;
struct commands;
extern const struct routes console_api_routes, console_overview_routes, console_orders_routes,
    console_story_routes, console_risk_routes, console_disputes_routes, console_coupons_routes,
    console_dispute_routes, console_refund_routes, console_refunds_routes, console_reviews_routes,
    console_webhooks_routes, console_webhook_routes, console_payments_routes,
    console_customers_routes, console_credits_routes, console_ledger_routes, console_replay_routes,
    console_errors_routes, console_errors_api_routes, console_mails_routes, console_work_routes,
    console_records_routes;
extern const struct commands console_commands;

#endif
