#ifndef SIM_VENDOR_H
#define SIM_VENDOR_H

#include "base/crypto.h"
#include "base/config.h"
#include "net/net.h"

/* What the simulator has to know of one gateway's wire, read with its own eyes.  A new gateway is a
 * file and a line in vendors.c. */
struct opened {
    struct str session, order, attempt, currency, success_url;
    int64_t units;
};
enum forgery {
    FORGE_UNSIGNED, /* without a signature */
    FORGE_ALTERED,  /* a byte of the body is another one */
    FORGE_OTHER_KEY,
    FORGE_KINDS,                  /* those above are refused */
    FORGE_STRANGER = FORGE_KINDS, /* signed, about a session of nobody's */
    FORGE_AMOUNT,                 /* signed, and another amount than the one agreed */
};
struct vendor {
    struct str name;
    struct str settings; /* its settings begin with: "MONEYMOTION_" */
    struct str url_part; /* of the addresses where it sends its webhooks */
    /* What this call opened, if it did. */
    bool (*opened)(struct ctx *c, const struct net_request *in, const struct net_reply *reply,
        struct opened *ret);
    bool webhooks_name_currency;
    bool finds_by_reference; /* can be asked about a page of which only our reference is known */
    bool keeps_keys;         /* asked twice under one key it opens one page */
    struct str announcement; /* the event that says no more than that a page exists */
    bool (*wanted)(struct str event); /* is its endpoint sent such events?  NULL: all */
    /* Which session a webhook is about, and what it says. */
    bool (*about)(struct ctx *c, struct str body, struct str *ret_session, struct str *ret_event);
    /* Another webhook like this one; c->config has the keys.  False: not of this one. */
    bool (*forge)(struct ctx *c, enum forgery how, struct str body, struct str *ret_body,
        struct net_header *ret_header);
    /* The header that signs this body now; NULL: its signature is the same at any time. */
    bool (*sign)(struct ctx *c, struct str body, struct net_header *ret);
    /* How much this call asks it to give back; false: it is no such call.  NULL: it has none. */
    bool (*gives_back)(struct ctx *c, const struct net_request *in, int64_t *ret_units);
    /* The digits of its minor unit; -1: it takes no such currency. */
    int (*digits)(struct str currency);
};
extern const struct vendor *const vendors[];
extern const size_t vendor_count;
const struct vendor *vendor_named(struct str name); /* NULL: none of them */
const struct vendor *vendor_of_url(struct str url);

extern const struct vendor vendor_moneymotion, vendor_stripe;

#endif
