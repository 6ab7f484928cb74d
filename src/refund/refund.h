#ifndef REFUND_REFUND_H
#define REFUND_REFUND_H

#include "grant/grant.h"
#include "payment/back.h"
#include "payment/call.h"
#include "web/web.h"

/* Giving money back, as somebody of the business asks for it: whole or in part, several times,
 * until nothing is left of the payment.
 *
 * Reserved in one transaction, sent to the gateway under the refund's own id, recorded in another.
 * Who dies between is carried on by the operation's job; what the gateway did not answer is asked
 * about by a job of the refund, under the same id, until it is certain.  A refusal frees what was
 * reserved.  Above PURSER_REFUND_APPROVAL_ABOVE a second person agrees first; while the switch
 * `refunds` is off it waits. */
struct refunding {
    /* in: an order's id or number, or a payment's; or a refund that is agreed to */
    struct str order, payment, approves;
    struct id id;          /* drawn before the transaction: one that runs again is the same */
    int64_t amount_minor;  /* 0: all that is left */
    int64_t already_minor; /* what was back or on its way, as the caller saw it; -1: not said */
    struct str reason;     /* why, for whoever reads it later */
    bool by_hand;          /* it went back in the gateway's dashboard; reference says how */
    struct str reference;

    /* as it goes */
    struct order o;
    struct attempt a;
    struct refund r;
    bool ready; /* there is nothing to call for */
    bool looks; /* the gateway may know of it: it is looked for there first */
    struct gateway_given given;
    struct call call[2]; /* what the gateway was asked, to be kept */
    size_t calls;
};
enum {
    REFUND_TEXT_MAX = 500
};
/* refund_operation answers an API, refund_page_operation a form with where it leads. */
extern const struct operation_kind refund_operation, refund_page_operation;
/* In no transaction, as a command does it: under a key of its own. */
enum err refund_run(struct ctx *c, struct refunding *in);

/* In a snapshot: what would happen, for whoever is about to press the button.  CONFLICT,
 * REFUND_EXCEEDS_PAYMENT, REFUND_NOT_SUPPORTED with a sentence where it would be refused. */
struct refund_preview {
    struct order o;
    struct attempt a;
    struct money left, amount; /* what could go back, and what would */
    struct grant_taking taken;
    bool by_hand;  /* the gateway has no call for it */
    bool approval; /* a second person would be asked */
    bool held;     /* it would wait for the switch */
    bool whole_only;
};
enum err refund_look_at(struct ctx *c, const struct refunding *in, struct refund_preview *ret);

/* In a transaction: one that the gateway cannot know of yet is called off, and its amount is free.
 * CONFLICT when it is on its way. */
enum err refund_call_off(struct ctx *c, struct str id, struct refund *ret);

/* Members of a refund with its order and payment, as the API shows it.  In a snapshot. */
struct json;
enum err refund_members(struct ctx *c, struct json *j, const struct refund *r);

/* Jobs: one refund (its n) is sent, or asked about; all that wait (the switch is on again); what
 * went back of one payment (an attempt's n) is asked for, whoever made it. */
#define REFUND_SEND S("refund_send")
#define REFUND_DUE S("refund_due")
enum err refund_send_job(struct ctx *c, struct str refund_n);
enum err refund_due_job(struct ctx *c, struct str subject);
enum err refund_look_job(struct ctx *c, struct str attempt_n);

struct commands;
extern const struct routes refund_routes;
extern const struct commands refund_commands;

#endif
