#ifndef GATEWAY_GATEWAY_PHONE_H
#define GATEWAY_GATEWAY_PHONE_H

#include "base/config.h"
#include "base/money.h"
#include "net/net.h"

/* Paying from a phone at a gateway that has no page of its own: ours asks for the number, and for
 * the code that was sent to it; then the phone is asked to pay.  Part of gateway.h. */

enum {
    PHONE_OPERATORS = 4
};
struct gateway_land {
    struct str code, name; /* "UG", "Uganda" */
    enum currency cur;
    struct str dial; /* "256" */
    int digits;      /* that follow it */
    /* Who moves money on phones there; the rest are empty.  The gateway finds out by itself: our
     * page asks so that it can say whose message to wait for. */
    struct str operators[PHONE_OPERATORS];
};

/* What it takes of the payer on top, and the bounds of a payment; 0: it did not say. */
struct gateway_fee {
    enum outcome outcome;
    int64_t fee_minor, least_minor, most_minor;
    struct str refusal;
    struct net_reply reply;
};

struct gateway_code {
    enum outcome outcome; /* DONE: a code is on its way; id goes with it into the prompt */
    struct str id, refusal;
    struct net_reply reply;
};

struct gateway_prompt {
    struct str attempt; /* our reference there is made of it, and of nothing else */
    struct money total;
    struct str phone, country; /* "+256700000000", "UG" */
    struct str code_id, code;  /* empty: none is needed */
    struct str name, mail;     /* of who buys, or empty */
    struct str return_url;
};
/* PENDING: the phone is asked.  DECLINED: it is not, and nothing will come of this.  NOT_SENT: it
 * was never asked to.  UNKNOWN: perhaps it is: ask, and send nothing under another reference. */
struct gateway_prompted {
    enum outcome outcome;
    bool wrong_code;    /* DECLINED: by the code */
    struct str payment; /* its id of it; empty: not said */
    struct str refusal;
    struct net_reply reply;
};

struct gateway_phone {
    const struct gateway_land *land;
    size_t lands;
    bool (*codes)(const struct config *config);        /* must a code prove the number? */
    int64_t (*window_ms)(const struct config *config); /* how long a phone is asked */
    /* An error of any of these means that it was never sent. */
    enum err (*fee)(struct ctx *c, struct money total, struct gateway_fee *ret);
    enum err (*send_code)(
        struct ctx *c, struct str attempt, struct str phone, struct gateway_code *ret);
    enum err (*prompt)(
        struct ctx *c, const struct gateway_prompt *in, struct gateway_prompted *ret);
};

#endif
