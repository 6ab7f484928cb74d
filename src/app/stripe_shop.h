#ifndef APP_STRIPE_SHOP_H
#define APP_STRIPE_SHOP_H

#include "app/shop_fixture.h"

/* The same shop with Stripe behind it: pages in memory, idempotency keys that it keeps, and the
 * events that we let it tell.  What a page holds is the oracle. */
enum {
    STRIPE_PAGES = 8192,
    STRIPE_SAID = 16,
    STRIPE_TOLD = 256,
    STRIPE_REFUNDS = 128
};
struct stripe_page {
    char id[32], payment[32];
    struct str attempt, key, form; /* of the call that opened it */
    int64_t units;
    char currency[4];
    /* How it stands there. */
    const char *status, *paid, *intent; /* "open", "unpaid", "requires_payment_method" */
    int64_t back;
    bool disputed;
    const char *argued;               /* the dispute's own word; NULL: "needs_response" */
    int64_t argued_units;             /* that it is about; 0: all that is left */
    int64_t due_s;                    /* until when evidence is taken */
    const char *card, *bank, *judged; /* fingerprint, its country, risk level; NULL: not said */
    bool broken;                      /* it answers this key with a 500, for ever */
};
struct stripe_refund {
    char id[32];
    struct stripe_page *page;
    struct str key, refund, attempt; /* of ours: the key, and the marks */
    int64_t units;
    const char *status; /* "succeeded", "pending", "failed" */
};
struct stripe_shop {
    struct shop *shop;
    struct stripe_refund refund[STRIPE_REFUNDS];
    size_t refunds, refund_calls;
    const char *refund_status; /* of the next ones; NULL: "succeeded" */
    /* While a refund is under way: it is there, its answer is not. */
    void (*during)(struct stripe_shop *s, struct stripe_refund *refund);
    struct stripe_page *page;
    size_t pages;
    struct str told[STRIPE_TOLD]; /* its list of events, oldest first */
    int64_t told_ms[STRIPE_TOLD];
    int64_t events;
    struct stripe_say {
        struct str key, url, body;
        int times;
    } say[STRIPE_SAID]; /* of disputes: documents and evidence, by their keys */
    size_t said;
};
struct stripe_shop *stripe_shop_open(struct test *t);
struct stripe_shop *stripe_shop_open_with(struct test *t, char *setting);
/* An order opened at Stripe; its page is the newest. */
struct str stripe_buy(struct stripe_shop *s, const char *key, const char *members);
struct stripe_page *stripe_newest(struct stripe_shop *s);
/* Somebody pays by card there; nobody is told. */
void stripe_pays(struct stripe_page *p);
/* A card is declined on the newest page, and we are told: 4000 + n. */
void stripe_declines(struct stripe_shop *s, int n);

/* Somebody gives so much back in the Dashboard; nobody is told. */
struct stripe_refund *stripe_gives_back(
    struct stripe_shop *s, struct stripe_page *p, int64_t units);
/* One that stood as done comes back. */
void stripe_refund_fails(struct stripe_refund *refund);
/* An event about this refund, as it stands: "refund.created". */
int stripe_tell_refund(struct stripe_shop *s, const struct stripe_refund *refund, const char *type);

/* What an event says: of which object, and how that stood then. */
struct stripe_said {
    const char *type;
    enum {
        SAID_SESSION,
        SAID_INTENT,
        SAID_CHARGE,
        SAID_DISPUTE
    } object;
    const char *status, *paid; /* the object's own word; of a session also payment_status */
    int64_t back;              /* of a charge: amount_refunded */
};
struct str stripe_event(
    struct stripe_shop *s, const struct stripe_page *p, const struct stripe_said *said);
/* Signs and posts a body; the status of our answer. */
int stripe_post(struct stripe_shop *s, struct str body);
int stripe_post_at(struct stripe_shop *s, const char *path, struct str body);
int stripe_tell(struct stripe_shop *s, const struct stripe_page *p, const struct stripe_said *said);

/* Of many orders in which events can come, only every n-th: their order is the program's business,
 * not the engine's, and a commit on PostgreSQL is a hundred times as dear; nor do sanitizers, which
 * take ten times as long, find more in the thousandth than in the hundredth. */
static inline int64_t stripe_sample(struct test *t)
{
#ifdef SANITIZED
    (void)t;
    return 37;
#else
    return store_is_pg(t->c->store) ? 37 : 1;
#endif
}

#endif
