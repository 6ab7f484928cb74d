#ifndef SANDBOX_STRIPE_MONEY_H
#define SANDBOX_STRIPE_MONEY_H

#include "base/crypto.h"
#include "sandbox/stripe.h"
#include "sandbox/stripe_card.h"

/* Private to the simulated Stripe: what one kind of object needs of another. */

/* ---- stripe_customer.c */
enum err st_customer(struct st *s, struct thing *ret); /* new, not stored yet */
struct thing st_method_of(struct st *s, const struct card *card);
enum err st_method(struct st *s, struct str id, const char *param, struct thing *ret);
const struct card *st_card(const struct thing *method);
/* A card that cannot be attached is a refusal with E_OK. */
enum err st_attach(struct st *s, struct thing *method, struct str customer);

/* ---- stripe_catalog.c */
enum {
    AMOUNT_MAX = 99999999
};
/* From price, price_data[…] below at; one that is inline is made. */
enum err st_price(struct st *s, struct tree *at, bool recurring, struct thing *ret);
/* "12.5" as 125000 ten thousandths of a per cent; false: no such number. */
bool percent_parse(struct str text, int64_t *ret);
int64_t percent_of(int64_t amount, int64_t percent); /* rounded, half up */
/* discounts[…][coupon | promotion_code] below at; coupon.body NULL: none. */
struct discount {
    struct thing coupon;
    struct str promotion_code;
};
enum {
    DISCOUNTS_MAX = 20
};
enum err st_discounts(struct st *s, struct tree *at, struct discount *ret, size_t *ret_n);
enum err st_discount(struct st *s, struct tree *at, struct discount *ret); /* one at most */
/* What the coupon takes off each of n amounts. */
enum err st_take_off(struct st *s, const struct tree *coupon, struct str currency,
    const int64_t *amount, size_t n, int64_t *ret_off);
enum err st_redeem(struct st *s, const struct discount *d);

/* ---- stripe_charge.c: what becomes of a payment intent */
enum went {
    WENT_PAID,
    WENT_DECLINED,
    WENT_ASKS,      /* for authentication */
    WENT_WAITS,     /* certain later */
    WENT_CAPTURABLE /* authorized, to be captured */
};
struct paying_by {
    bool off_session;
    bool authenticated; /* the challenge was passed */
    bool later;         /* by something that is certain in a minute */
    bool later_fails;
    struct str return_url;
};
/* Confirms with method; the intent is saved, its events told. */
enum err st_confirm(struct st *s, struct thing *intent, struct thing *method,
    const struct paying_by *by, enum went *ret);
/* A challenge that was passed or failed; what was certain a minute later. */
enum err st_challenged(struct st *s, struct thing *intent, bool passed, enum went *ret);
enum err st_processed(struct st *s, struct thing *intent, enum went *ret);
/* The refusal of a declined card: 402, leaving traces. */
void st_decline(struct st *s, const struct card *card, const struct thing *intent,
    const struct thing *method, struct str charge);
enum err st_capture(struct st *s, struct thing *intent, int64_t amount);
enum err st_cancel_intent(struct st *s, struct thing *intent, struct str reason);

/* ---- stripe_refund.c, stripe_dispute.c */
/* amount 0: all that is left. */
struct refunding {
    int64_t amount;
    struct str reason;
    struct tree *metadata; /* or NULL */
};
enum err st_refund(
    struct st *s, struct thing *charge, const struct refunding *in, struct thing *ret);
enum err st_refund_turns(struct st *s, struct thing *refund);
enum err st_charge_refunded(struct st *s, struct thing *charge, int64_t more, const char *event);
enum err st_dispute(struct st *s, struct thing *charge, struct str reason, bool inquiry);
enum err st_dispute_turns(struct st *s, struct thing *dispute);
enum err st_dispute_ends(struct st *s, struct thing *dispute, bool won);

/* ---- stripe_balance.c */
struct movement {
    const char *type, *category;
    int64_t amount, fee;
    struct str currency, source;
};
enum err st_move(struct st *s, const struct movement *m, struct thing *ret);
int64_t st_fee(int64_t amount); /* of a charge */
/* The row of struct hosted that the control routes show: a session, or a charge without one. */
enum err st_hosted(struct st *s, struct str name, int64_t amount, struct str currency);
enum err st_captured(struct st *s, struct str name, int64_t amount, struct str currency);
enum err st_hosted_becomes(
    struct st *s, struct str name, enum hosted_state state, int64_t refunded);

/* ---- stripe_intent.c */
struct thing st_intent(struct st *s, int64_t amount, struct str currency); /* not stored yet */
enum err st_read_intent(struct st *s, struct tree *at, struct tree *body);

/* ---- stripe_session.c, stripe_pay.c */
struct session_paying {
    const struct card *card; /* or method, an id */
    struct str method, name, email;
    bool passes; /* a challenge, without being asked */
    bool later, later_fails;
};
enum err st_session_open(struct st *s, struct str id, struct thing *ret); /* CONFLICT when over */
enum err st_session_pay(
    struct st *s, struct thing *session, const struct session_paying *in, enum went *ret);
enum err st_session_completes(struct st *s, struct thing *session, const char *status);
/* Makes the customer where one is wanted; a stored payment method of the payer. */
enum err st_customer_for(
    struct st *s, struct thing *session, const struct session_paying *in, bool always);
enum err st_method_of_payer(
    struct st *s, const struct thing *session, const struct session_paying *in, struct thing *ret);
enum err st_session_expires(struct st *s, struct thing *session);
/* What an intent's end means for the session it belongs to. */
enum err st_went(struct st *s, struct thing *intent, enum went went);
struct str st_session_intent(const struct thing *session);
/* The bank has asked, and this is the answer; *ret_to is where the buyer goes. */
enum err st_challenge_answered(
    struct st *s, struct thing *intent, bool passed, enum went *ret, struct str *ret_to);
struct str st_leads_to(struct st *s, const struct thing *session, bool success);
enum err st_card_typed(struct st *s, struct str typed, const struct card **ret);
struct str st_url(struct st *s, const char *path, struct str id); /* of one of our pages */
int64_t st_least(struct str currency);                            /* that can be charged */

/* ---- stripe_subscribe.c, stripe_subscription.c */
enum err st_read_subscription_data(
    struct st *s, struct thing *session, struct tree **ret_rates, bool *ret_trial);
enum err st_subscribe(
    struct st *s, struct thing *session, const struct session_paying *in, enum went *ret);
enum err st_subscribed(struct st *s, struct thing *session, const struct thing *intent);
enum err st_emit_cancelled(struct st *s, struct str id);

/* ---- stripe_turn.c: for the rest of the house */
bool stripe_owns(struct str id);
enum err stripe_pay(struct ctx *c, struct str id, const struct paying *in, struct dealt *ret);
enum err stripe_emit(
    struct ctx *c, struct str id, enum happening happening, int64_t amount, struct dealt *ret);
enum err stripe_turn(struct ctx *c, int64_t *ret_n);

extern const struct site stripe_site;
extern const struct routes stripe_page_routes;

#endif
