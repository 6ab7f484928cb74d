#ifndef SANDBOX_MODEL_H
#define SANDBOX_MODEL_H

#include "base/money.h"
#include "db/db.h"

/* Private to sandbox/: what the gateways hold (model.c has the rules, model_db.c the SQL).  All of
 * it inside sandbox_tx. */

/* ---- sessions */

enum hosted_state {
    HOSTED_OPEN,
    HOSTED_PAID,
    HOSTED_EXPIRED,
    HOSTED_REFUNDED,
    HOSTED_DISPUTED,
    HOSTED_STATE_COUNT
};
struct str hosted_state_text(enum hosted_state state);

struct hosted {
    int64_t n;
    struct str gateway, id;
    enum hosted_state state;
    int64_t version;
    int64_t amount_minor;
    struct str currency;
    bool captured;
    int64_t refunded_minor;
    int64_t created_ms;
    int64_t turn_ms; /* when it changes by itself; 0: never */
    enum hosted_state turn;
    struct str request, own; /* JSON: the merchant's, the gateway's */
    struct str payer, method, brand, last4;
};
enum err hosted_add(struct ctx *c, struct hosted *s); /* sets n, version */
enum err hosted_find(struct ctx *c, struct str id, bool *ret_found, struct hosted *ret);
enum err hosted_get(struct ctx *c, struct str gateway, struct str id, struct hosted *ret);
/* Guarded by version, which it raises. */
enum err hosted_save(struct ctx *c, struct hosted *s);

/* What can happen to a session, at every gateway alike. */
enum happening {
    HAPPENED_OPENED,
    HAPPENED_PAID,
    HAPPENED_EXPIRED,
    HAPPENED_CANCELLED,
    HAPPENED_REFUNDED,
    HAPPENED_PARTLY_REFUNDED,
    HAPPENED_DISPUTED,
    HAPPENED_DISPUTE_WON,
    HAPPENED_DISPUTE_LOST,
    HAPPENED_COUNT
};
struct str happening_text(enum happening h);
bool happening_parse(struct str text, enum happening *ret); /* names of POST /_sandbox/emit */

/* Changes, saves and tells the merchant.  amount: of a part given back, else 0.  CONFLICT with a
 * sentence when it cannot happen now; INVALID_REQUEST when this gateway has no such thing. */
enum err hosted_happens(
    struct ctx *c, struct hosted *s, enum happening happening, int64_t amount_minor);

/* What a person does on the hosted page. */
enum act {
    ACT_CARD, /* the card decides */
    ACT_SUCCESS,
    ACT_DECLINE,
    ACT_CANCEL,
    ACT_EXPIRE,
    ACT_CRYPTO,
    ACT_ASYNC_SUCCESS, /* paid by something that is certain a minute later */
    ACT_ASYNC_FAILURE, /* … or never */
    ACT_COUNT
};
bool act_parse(struct str text, enum act *ret);
struct paying {
    enum act act;
    struct str card;  /* digits, spaces allowed; empty: one that pays */
    struct str phone; /* who pays from a phone; empty: nobody */
    struct str payer; /* "Ada Example", or empty */
};
/* What the control routes say about it. */
struct dealt {
    struct str session, gateway, status;
    bool declined;
    struct str why, redirect;
    int64_t refunded;
};
struct paid {
    bool declined;
    struct str why;          /* of a refused card */
    enum happening happened; /* HAPPENED_OPENED: nothing that ends it */
};
/* CONFLICT when the session is over; INVALID_REQUEST for a card that is no test card. */
enum err hosted_pay(struct ctx *c, struct hosted *s, const struct paying *in, struct paid *ret);

/* ---- test cards: the only numbers that are taken */
struct test_card {
    struct str number, brand, what;
    struct str refusal; /* empty: it pays */
};
extern const struct test_card test_cards[];
extern const size_t test_card_count;
struct str card_digits(struct arena *a, struct str text);  /* as it may be typed: in fours */
const struct test_card *test_card_find(struct str number); /* NULL: none of them */

/* ---- webhooks */

enum hook_state {
    HOOK_WAITING,
    HOOK_DONE,
    HOOK_GIVEN_UP,
    HOOK_HELD,
    HOOK_DROPPED,
    HOOK_STATE_COUNT
};
enum mode {
    MODE_NORMAL,
    MODE_DUPLICATE, /* each is sent twice at the same time */
    MODE_REORDER,   /* each waits for the next of its session, which overtakes it; or 2 s */
    MODE_DROP,
    MODE_HOLD, /* until release */
    MODE_COUNT
};
struct str mode_text(enum mode mode);
struct hook {
    int64_t n;
    struct str gateway;
    struct str about; /* the session, or whatever else overtakes nothing but itself */
    struct str event;
    struct str path;    /* "/api/webhooks/moneymotion", or a whole URL */
    struct str headers; /* "name: value" a line; or what the gateway's signs() needs */
    struct str body;
    enum hook_state state;
    int64_t tries, due_ms, created_ms, status;
};
enum err hook_add(struct ctx *c, struct hook *d); /* by the gateway's mode */
/* At most max that are due, taken until a minute from now, or given back by hook_end. */
enum {
    HOOKS_MAX = 64
};
enum err hook_take(struct ctx *c, int64_t max, struct hook *ret, size_t *ret_n);
/* status: the merchant's answer, 0: none.  Tries again after 1, 2, 4, 8, 16 retry_ms. */
enum err hook_end(struct ctx *c, const struct hook *d, int64_t status, int64_t retry_ms);
/* Nobody is sending: those that were taken when the process died are due again. */
enum err hook_give_back(struct ctx *c);
enum err hook_release(struct ctx *c, struct str gateway, int64_t *ret_n); /* empty: all */

/* ---- faults */

enum fault {
    FAULT_NONE,
    FAULT_REFUSE,      /* a definite no, in the gateway's words */
    FAULT_TIMEOUT,     /* nothing is done and nothing is answered */
    FAULT_RESET_AFTER, /* it is done, and the connection breaks */
    FAULT_500,
    FAULT_500_AFTER, /* it is done, and the answer is 500 */
    FAULT_429,
    FAULT_MALFORMED, /* it is done, and the answer is cut in two */
    FAULT_SLOW,      /* it is done, and answered 3 s later */
    FAULT_WRONG_AMOUNT,
    FAULT_WRONG_CURRENCY,
    FAULT_COUNT
};
bool fault_parse(struct str text, enum fault *ret);
struct str fault_text(enum fault fault);
bool fault_prevents(enum fault fault); /* nothing is to be done */
enum err fault_set(
    struct ctx *c, struct str gateway, struct str call, enum fault fault, int64_t times);
/* The one that this call meets; counts it down. */
enum err fault_take(struct ctx *c, struct str gateway, const char *call, enum fault *ret);

/* ---- settings and lists */

enum err model_setting_get(struct ctx *c, struct str name, int64_t *inout);
enum err model_setting_set(struct ctx *c, struct str name, int64_t value);
enum err mode_get(struct ctx *c, struct str gateway, enum mode *ret);
enum err mode_set(struct ctx *c, struct str gateway, enum mode mode);

enum err model_next_due(struct ctx *c, int64_t *ret_ms); /* INT64_MAX: nothing */
/* Sessions whose time has come, at most 100. */
enum err model_turn(struct ctx *c, int64_t *ret_n);
enum err model_reset(struct ctx *c);

enum err hosted_each(struct ctx *c, bool captured, int64_t after_n, int64_t limit,
    struct hosted *into, enum err (*each)(struct ctx *c, void *arg), void *arg);
enum err hook_each(struct ctx *c, int64_t limit, struct hook *into,
    enum err (*each)(struct ctx *c, void *arg), void *arg); /* newest first */
struct fault_row {
    struct str gateway, call;
    enum fault fault;
    int64_t times;
};
enum err fault_each(
    struct ctx *c, struct fault_row *into, enum err (*each)(struct ctx *c, void *arg), void *arg);
struct total {
    struct str gateway, currency;
    int64_t count, captured_minor, refunded_minor;
};
enum err total_each(
    struct ctx *c, struct total *into, enum err (*each)(struct ctx *c, void *arg), void *arg);
enum err hook_count(struct ctx *c, int64_t ret[HOOK_STATE_COUNT]);

#endif
