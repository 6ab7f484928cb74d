#ifndef APP_SHOP_FIXTURE_H
#define APP_SHOP_FIXTURE_H

#include "app/app.h"
#include "base/test.h"
#include "base/rate.h"
#include "base/security.h"
#include "inbox/inbox.h"
#include "ledger/ledger_hour.h"
#include "payment/payment.h"

/* A shop in a test: a catalogue, MoneyMotion behind c->net as a few lines of memory that never
 * forgets, requests that go through the program's own router and dispatcher, and jobs run by hand.
 * What the gateway holds is the oracle: it alone knows who paid. */
enum {
    SHOP_SESSIONS = 1024,
    SHOP_CALL_MS = 212 /* what each answer took */
};
struct shop_session {
    char id[32];
    struct str attempt; /* our reference, as metadata said */
    int64_t total;
    enum currency cur;
    const char *says;   /* what it calls the currency; NULL: by its code */
    const char *status; /* "pending", "completed", "refunded", … */
};
struct shop {
    struct test *t;
    struct ctx *c;
    struct net net;
    struct dispatch dispatch;
    struct router *router;
    struct shop_session session[SHOP_SESSIONS];
    size_t sessions;
    /* What the next calls of a kind do: "create", "query"; NULL: answer. */
    const char *fault; /* "refuse", "lose", "lose_after", "500", "decline", "garbage" */
    const char *fault_call;
    int faults_left;
    /* While a create is under way: the session is there, its answer is not. */
    void (*during)(struct shop *s, struct shop_session *session);
    int64_t calls;
    /* What Stripe answers, where a test has it: app/stripe_shop.h. */
    struct net_reply (*stripe)(
        void *self, struct ctx *c, const struct net_request *in, const char *fault);
    void *stripe_self;
};
struct shop *shop_open(struct test *t); /* ends with the test */
/* With one more setting: "NAME=value". */
struct shop *shop_open_with(struct test *t, char *setting);
/* Puts another catalogue in force. */
void shop_catalog(struct shop *s, const char *text);

/* A request through router and dispatcher, with its answer. */
struct req *shop_ask(
    struct shop *s, const char *method, const char *path, const char *headers, struct str body);
/* POST with a JSON body; headers end in \r\n each.  The answer's body; *ret_status may be NULL. */
struct str shop_post(
    struct shop *s, const char *path, const char *headers, struct str body, int *ret_status);
/* The same with a form, as a page sends it. */
struct str shop_form(
    struct shop *s, const char *path, const char *headers, const char *body, int *ret_status);
struct str shop_get(struct shop *s, const char *path, const char *headers, int *ret_status);
/* A token of the application, good for five minutes. */
struct str shop_token(struct shop *s, const char *sub, const char *mail, bool verified);
/* Opens a checkout for ada@example.com under this key; the order's id. */
struct str shop_buy(struct shop *s, const char *key, const char *members);
/* A webhook of MoneyMotion as it sends and signs it; the status of our answer. */
int shop_webhook(
    struct shop *s, const char *event, const struct shop_session *session, int64_t total);
/* Runs due jobs until nothing is due; business time stands still. */
void shop_jobs(struct shop *s);
/* Moves business time. */
void shop_wait(struct shop *s, int64_t ms);

struct order shop_order(struct shop *s, struct str id);
int64_t shop_facts(struct shop *s, const char *kind);        /* how many of a kind */
struct str shop_fact_data(struct shop *s, const char *kind); /* of the newest one */
/* Sum of an account over all owners. */
int64_t shop_balance(struct shop *s, enum ledger_account account, enum currency cur);
/* The ledger adds up, the chain is whole. */
void shop_verify(struct shop *s);

#endif
