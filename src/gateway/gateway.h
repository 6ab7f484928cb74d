#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "base/config.h"
#include "base/id.h"
#include "base/money.h"
#include "gateway/gateway_dispute.h"
#include "gateway/gateway_phone.h"
#include "gateway/gateway_plan.h"
#include "net/net.h"

/* A payment gateway is its files and one line in all.def.  It knows ctx, JSON and net; it does not
 * know the store, routes or tables: it turns our questions into its wire and its webhooks into
 * neutral notices, and the features decide what follows.  What it is asked about subscriptions is
 * in gateway_plan.h, about disputes in gateway_dispute.h, of phones in gateway_phone.h. */

/* ---- what it is asked for */

struct gateway_line {
    struct str name, description;
    int64_t unit_minor, quantity; /* unit price after discount; the lines add up to the total */
    struct str listed; /* the catalogue's stripePrice, where the unit price is the catalogue's */
};

/* Open a hosted session: moves no money until the buyer acts on its URL. */
struct gateway_open {
    struct str attempt; /* "att_…": the gateway's idempotency key and our reference there */
    struct str order;   /* "ord_…" */
    struct str order_number, description;
    struct money total;
    const struct gateway_line *lines;
    size_t line_count;
    struct str method; /* how the buyer chose to pay: "card", "mobile_money" */
    struct str buyer_mail, buyer_name;
    struct str user; /* of a plan: who the application says it is for */
    struct str success_url, cancel_url;
    struct str page_url;             /* our own page for phones, where it has none */
    int64_t expires_ms;              /* ours; a gateway's may be earlier */
    const struct gateway_plan *plan; /* NULL: paid once */
};
struct gateway_session {
    enum outcome outcome; /* DONE: session_id and checkout_url are set */
    struct str session_id, checkout_url;
    int64_t expires_ms; /* 0: the gateway did not say */
    struct str refusal; /* DECLINED, UNKNOWN, NOT_SENT: one sentence for log and console */
    struct net_reply reply;
};

/* ---- what it tells */

/* What happened there, in our words.  A status that we do not know is NOTICE_STRANGE: kept, never
 * taken for paid or for failed. */
enum notice_kind {
    NOTICE_STRANGE,
    NOTICE_OPENED,  /* it exists, nobody has paid */
    NOTICE_PENDING, /* somebody has acted; it is not certain yet */
    NOTICE_PAID,
    NOTICE_FAILED,
    NOTICE_EXPIRED,
    NOTICE_REFUNDED,
    NOTICE_DISPUTED,
    NOTICE_NOTED,        /* we know what it means: nothing follows from it */
    NOTICE_SUBSCRIPTION, /* something about a subscription: the gateway is asked how it stands */
    NOTICE_DISPUTE,      /* something about a dispute that it has a name for: the same */
    NOTICE_DECLINED,     /* a card was declined on a page on which another may follow */
    NOTICE_REFUND,       /* one refund and how it stands; REFUNDED is what is back of a payment */
    NOTICE_KIND_COUNT
};
struct str notice_text(enum notice_kind kind);
/* How far along a payment is, in words that nobody takes back by himself. */
int notice_progress(enum notice_kind kind);

/* One refund, as a gateway has it. */
struct gateway_back {
    struct str id;   /* its own */
    struct str mark; /* ours, echoed: "ref_…"; empty: somebody else made it */
    struct money amount;
    enum gateway_back_status {
        BACK_PENDING, /* accepted; not certain yet */
        BACK_DONE,
        BACK_FAILED /* refused later, called off: the money is with us */
    } status;
    struct str why; /* FAILED: its word for it */
};

struct notice {
    enum notice_kind kind;
    struct str name;       /* the gateway's own word: "checkout_session:complete" */
    struct str event_id;   /* the gateway's id of the event; empty: it has none */
    struct str session_id; /* its id of the session; empty: not said */
    struct str payment;    /* its id of the payment, where that is another; empty: not said */
    struct str attempt;    /* our reference, echoed; empty: not said */
    struct str subscription, payer; /* its ids of what goes on, and of who pays; empty: not said.
                                       Where purser renews: what can be charged again */
    struct str dispute;             /* NOTICE_DISPUTE: its id */
    bool argued; /* beside its kind: there was or is a dispute, which the gateway has a name for */
    bool has_amount;
    bool in_units;        /* the amount is in the gateway's units: gateway_amount makes it ours */
    int64_t amount_minor; /* in our minor units; REFUNDED: all that is back by now */
    int64_t paid_minor;   /* REFUNDED: of so much; 0: not said */
    struct gateway_back back; /* REFUND */
    struct str why;           /* DECLINED, FAILED: its word for it, or empty */
    enum currency currency;   /* CUR_NONE: not said */
    bool live;                /* mode; meaningful when has_mode */
    bool has_mode;
    /* Never more than this of how it was paid. */
    struct str method_type, method_brand, method_last4;
    struct str card, card_country; /* its name for the card; the two letters of whose bank it is */
    struct str judged,
        judged_why; /* how risky it finds it: "elevated"; and why, in its own words */
    int64_t at_ms;  /* when it happened there; 0: not said */
    /* Proof: keyed MAC over the body, a signed time, and amount, currency, mode and reference all
     * present: applied in the commit that stores it.  Else a hint: the gateway is asked first. */
    bool proof;
};

/* What does the gateway say of this session now?  Or, without its id: of this payment. */
struct gateway_ask {
    struct str attempt, session_id;
    struct str payment;     /* as in a notice; of which the gateway told, when it told */
    struct str page;        /* where its buyer pays, to end it */
    enum currency currency; /* the one that we opened it in */
    enum notice_kind told;  /* what it told, or may have; where nothing, STRANGE */
    struct str back;        /* REFUND: its id of which */
};

/* The answer to a question: the state as a notice, when the outcome is DONE. */
struct gateway_state {
    enum outcome outcome; /* DONE: notice holds; DECLINED: it says there is no such session */
    struct notice notice;
    struct str refusal;
    struct net_reply reply;
};

/* A webhook as it arrived. */
struct gateway_webhook {
    struct str body;                                         /* raw bytes */
    struct str (*header)(const void *self, struct str name); /* empty: absent */
    int (*header_count)(const void *self, struct str name);  /* how often it was sent */
    const void *self;
};

/* ---- what it has told, also when nobody heard it */

struct gateway_since {
    int64_t from_ms, to_ms;
    struct str after; /* where the last piece ended; empty: the first piece */
};
struct gateway_told {
    enum outcome outcome;   /* DONE: the rest holds */
    const struct str *body; /* each as a webhook's body, for translate */
    size_t count;
    struct str after; /* there is more; empty: that was all */
    struct str refusal;
};

/* ---- charging again what somebody paid with, where purser renews */

struct gateway_charge {
    struct str attempt; /* our reference there: ask finds it by this */
    struct str description;
    struct money total;
    struct str payer;         /* as its notice said when he paid */
    struct str name, country; /* or empty */
};

/* ---- what a payer has saved at the gateway to be charged again */
struct gateway_method {
    struct str id, type, brand, last4; /* never more than this; the last two may be empty */
    int expires_year, expires_month;   /* 0: not said */
    bool charged;                      /* something that goes on is charged to it */
};
struct gateway_methods {
    enum outcome outcome; /* DONE: the rest holds; DECLINED: it says there is no such payer */
    const struct gateway_method *method;
    size_t count;
};

/* ---- giving back (GATEWAY_CAN_REFUND) */

struct gateway_give {
    struct str key;                        /* "ref_…": a repeat under it is the same refund */
    struct str attempt, order, session_id; /* of the payment */
    struct str payment;                    /* the gateway's id of it; empty: it was not told */
    struct money amount;
};
struct gateway_given {
    /* DONE: it has one, back says how that stands.  DECLINED: there is none, and will be none.
     * UNKNOWN: perhaps; the same key again is the same refund. */
    enum outcome outcome;
    struct gateway_back back;
    struct str refusal;
    struct net_reply reply;
};
struct gateway_backs {
    enum outcome outcome; /* DONE: all refunds of the payment, in any order */
    const struct gateway_back *back;
    size_t count;
    struct str refusal;
    struct net_reply reply;
};

/* ---- what doctor asks: is everything at the gateway as we need it? */

struct gateway_price {
    struct str id;     /* ours */
    struct str listed; /* as the catalogue writes it */
    struct money amount;
    int months; /* from one payment to the next; 0: once */
};
enum verdict {
    VERDICT_GOOD,
    VERDICT_MIND, /* works, and somebody should know */
    VERDICT_BAD
};
struct gateway_exam {
    const struct gateway_price *price; /* those with a price at the gateway */
    size_t prices;
    bool plans;      /* something is sold that goes on */
    struct str site; /* our public origin */
    void (*say)(void *self, enum verdict verdict, struct str words);
    void *self;
};

enum {
    GATEWAY_CAN_REFUND = 1, /* by API, whole */
    GATEWAY_CAN_PARTIAL_REFUND = 2,
    GATEWAY_CAN_KEYS = 4,       /* repeats of a call under one key are one call */
    GATEWAY_CAN_FIND = 8,       /* asks by our reference, without its session id */
    GATEWAY_CAN_SUBSCRIBE = 16, /* renews by itself */
    GATEWAY_HINTS_SETTLE = 32,  /* after a minute without an answer its signed webhook is enough */
    GATEWAY_NUMBERS_TRIES = 64, /* a payment's id is that of one try; a session may have several */
};

struct gateway {
    struct str name;  /* "moneymotion": routes, catalogue, tables */
    struct str title; /* "MoneyMotion": for people */
    unsigned can;
    const char *const *methods;           /* "card", "crypto", …; ends with NULL */
    int64_t session_least_ms, session_ms; /* how long its sessions live at least, at most */
    /* Has it the keys it needs?  Without: off, and says so where it is asked for. */
    bool (*enabled)(const struct config *config);
    /* Does it take this currency and amount?  INVALID_REQUEST with a sentence that names the
     * minimum or what is missing. */
    enum err (*accepts)(struct ctx *c, struct money total);
    /* Can this currency be paid by this method?  INVALID_REQUEST with a sentence.  NULL: its page
     * itself offers whatever there is. */
    enum err (*takes)(struct ctx *c, struct str method, enum currency cur);
    /* An error means that it was never sent. */
    enum err (*open)(struct ctx *c, const struct gateway_open *in, struct gateway_session *ret);
    enum err (*ask)(struct ctx *c, const struct gateway_ask *in, struct gateway_state *ret);
    /* May what somebody paid with be charged again, as its owner set it?  NULL: never. */
    bool (*charges)(const struct config *config);
    /* Takes it from a payer who is not there.  DONE: the notice says how it stands, also that it
     * failed.  DECLINED: nothing was taken under this reference, and nothing will be.  UNKNOWN:
     * perhaps: ask.  Never twice under one reference: nobody promises that it would be one. */
    enum err (*charge)(struct ctx *c, const struct gateway_charge *in, struct gateway_state *ret);
    /* Ends a page that nobody shall pay on any more: DONE, or DECLINED when it had ended before,
     * paid or not.  NULL: its pages end in their time only. */
    enum err (*end)(struct ctx *c, const struct gateway_ask *in, enum outcome *ret);
    /* Over the raw bytes, before any parsing.  BAD_SIGNATURE without detail, for any anomaly. */
    enum err (*verify)(struct ctx *c, const struct gateway_webhook *in);
    /* A body that was verified, when it came or long ago, in our words.  INVALID_REQUEST when it is
     * no event. */
    enum err (*translate)(struct ctx *c, struct str body, struct notice *ret);
    /* Gives money back, and says what went back of a payment; NULL: its dashboard does
     * (CAN_REFUND). An error means that it was never sent. */
    enum err (*give_back)(struct ctx *c, const struct gateway_give *in, struct gateway_given *ret);
    enum err (*given_back)(struct ctx *c, const struct gateway_give *in, struct gateway_backs *ret);
    /* A piece of its own list of what it told; NULL: it keeps none. */
    enum err (*told)(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret);
    /* Asks the gateway and says what it found; NULL: there is nothing to ask. */
    enum err (*examine)(struct ctx *c, const struct gateway_exam *in);
    /* Where it renews by itself; NULL in all others.  An error means that it was never sent. */
    enum err (*standing)(struct ctx *c, struct str reference, struct gateway_standing *ret);
    enum err (*try_change)(
        struct ctx *c, const struct gateway_change *in, struct gateway_cost *ret);
    /* DONE: ret is how it stands after it.  DECLINED, NOT_SENT: nothing changed, and refusal says
     * why.  UNKNOWN: perhaps; the same key again is the same change. */
    enum err (*change)(
        struct ctx *c, const struct gateway_change *in, struct gateway_standing *ret);
    /* A page of the gateway on which the payer mends how he pays: its address in *ret_url. */
    enum err (*portal)(struct ctx *c, struct str payer, struct str return_url,
        enum outcome *ret_outcome, struct str *ret_url);
    /* What this payer has saved there; NULL: it keeps nothing for us. */
    enum err (*saved)(struct ctx *c, struct str payer, struct gateway_methods *ret);
    /* One of these is forgotten.  DECLINED, NOT_SENT: it is there still. */
    enum err (*forget)(
        struct ctx *c, struct str method, enum outcome *ret_outcome, struct str *ret_refusal);
    /* Ids of subscriptions that were changed or billed in this time, for who was not told; after:
     * as in struct gateway_told. */
    enum err (*changed)(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret);
    /* NULL: it has no names for disputes. */
    enum err (*disputes)(
        struct ctx *c, const struct gateway_dispute_ask *in, struct gateway_disputes *ret);
    /* Sends what we have to say, for good.  NULL: it takes nothing by its API. */
    enum err (*answer)(
        struct ctx *c, const struct gateway_evidence *in, struct gateway_disputes *ret);
    enum err (*upload)(
        struct ctx *c, const struct gateway_document *in, struct gateway_uploaded *ret);
    /* Its units of this currency into ours; NULL: its notices are in ours. */
    bool (*amount_in)(struct ctx *c, int64_t units, enum currency cur, struct money *ret);
    const struct gateway_phone *phone; /* how a phone is asked to pay; NULL: on its own pages */
};

/* all.def, as numbers and as a table.  The numbers are stored: append, never reorder. */
enum gateway_id {
    GATEWAY_NONE, /* nothing to collect: a total of zero */
#define GATEWAY(name) GATEWAY_ID_##name,
#include "gateway/all.def"
#undef GATEWAY
    GATEWAY_COUNT
};
const struct gateway *gateway_by_id(enum gateway_id id); /* NULL for GATEWAY_NONE */
enum gateway_id gateway_by_name(struct str name);        /* GATEWAY_NONE: unknown */
struct str gateway_name(enum gateway_id id);             /* "none" for GATEWAY_NONE */
/* A notice that does not say its currency counts in that of the session that we opened: into our
 * minor units, once; an amount that does not fit is as good as none. */
void gateway_amount(struct ctx *c, enum gateway_id id, enum currency cur, struct notice *n);

/* takes and accepts, in one question. */
enum err gateway_accepts(
    struct ctx *c, const struct gateway *g, struct str method, struct money total);
/* Where somebody may be sent: over TLS, unless the gateway itself is asked without (the sandbox).
 */
bool gateway_is_page(struct str url, struct str api_url);

/* A total spread over lines so that Σ unit × quantity is exactly the total: discounts folded into
 * unit prices, what does not divide as a line of quantity 1, tax as a line of its own. */
struct gateway_priced {
    struct str name, description;
    int64_t quantity, amount_minor; /* of the whole line, after discount */
    struct str listed;              /* where nothing was taken off */
};
enum err gateway_lines(struct ctx *c, const struct gateway_priced *lines, size_t n,
    struct str tax_name, int64_t tax_minor, struct gateway_line **ret, size_t *ret_n);
/* A gateway's own words as they may be shown and kept: cut, and without what looks like a secret or
 * a card number (R65). */
struct str gateway_words(struct ctx *c, struct str said);
/* The whole total as one line, where a gateway can say the total and not its pieces: two things of
 * ten and a half forints are twenty-one whole ones. */
void gateway_one_line(struct ctx *c, struct gateway_open *in);

#endif
