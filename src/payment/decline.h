#ifndef PAYMENT_DECLINE_H
#define PAYMENT_DECLINE_H

#include "payment/payment.h"

/* Cards that were declined, kept for a day: which, whose, and from where, the latter under a keyed
 * hash, so that a pattern is seen and nobody can be found by it.  Who tries stolen cards does so
 * many times in a few minutes. */
enum {
    DECLINE_PATTERNS = 20, /* the most that are told of at once */
    DECLINE_LOOK = 10000,  /* the newest tries and orders that are looked at */
    /* A charge is unknown from before its call on: longer than any call takes, and the first asking
     * after it. */
    TRIED_DOUBT_MS = 2 * 60 * 1000
};

/* In the transaction that settles: NOTICE_DECLINED of an attempt, with its fact. */
enum err decline_note(struct ctx *c, const struct settle *s);

/* What was seen since then, in a snapshot: those with at least so many, in a fixed order. */
struct decline_pattern {
    struct str who;  /* a hash of the address or the guest; of customers the row's number */
    int64_t count;   /* declines; different cards; different mails */
    int64_t order_n; /* the newest order among them */
};
struct decline_since {
    int64_t since_ms, least;
};
typedef enum err decline_each(struct ctx *c, const struct decline_pattern *pattern, void *arg);
/* Declines from one address. */
enum err decline_addresses(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg);
/* Different cards of one guest, that were declined; of one customer, also those that paid. */
enum err decline_guests(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg);
enum err decline_cards(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg);
/* Different mails under which one customer ordered. */
enum err decline_mails(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg);

/* How tries that were begun since then went, of those that have an answer: paid, or it failed, was
 * refused, has been unknown for longer than TRIED_DOUBT_MS, or all that came of it is a declined
 * card. */
struct tried {
    enum gateway_id gateway;
    int64_t paid, failed;
};
enum err tried_since(struct ctx *c, int64_t since_ms,
    enum err (*each)(struct ctx *c, const struct tried *tried, void *arg), void *arg);

/* Standing: those of more than a day ago are gone. */
enum err decline_forget(struct ctx *c, struct str subject);

#endif
