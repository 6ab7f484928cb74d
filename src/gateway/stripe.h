#ifndef GATEWAY_STRIPE_H
#define GATEWAY_STRIPE_H

#include "base/json.h"
#include "gateway/gateway.h"

/* Private to the files of Stripe: stripe.c opens and asks, stripe_event.c is what it tells,
 * stripe_object.c reads its objects, stripe_exam.c is doctor's, stripe_wire.c is how all of them
 * speak, stripe_refund.c gives back.  Of what it renews by itself: stripe_plan.c is what must be
 * there before it can be bought, stripe_standing.c how it stands, stripe_change.c what somebody
 * wants otherwise, stripe_schedule.c from the next period on.
 * stripe_saved.c is what they pay with.  stripe_dispute.c is what banks argue about,
 * stripe_evidence.c what we say to it.
 *
 * Every request names the version in which it wants its answer.  Events come in the version that
 * their endpoint was made with, so every reader takes old and new shapes: a reference is an id or
 * the whole object, and what nobody knows is passed over. */
#define STRIPE_VERSION S("2026-08-26.dahlia")

/* Of the key that is configured, and so of every object that it can see. */
bool stripe_is_live(struct ctx *c);

/* ---- stripe_wire.c */

/* One member of a body: name=value, encoded, with '&' before it where it is due.  An empty value
 * asks Stripe to unset something, so nothing is written then. */
void stripe_put(struct buf *form, struct str name, struct str value);
void stripe_put_i64(struct buf *form, struct str name, int64_t value);
void stripe_put_unset(struct buf *form, struct str name);

struct stripe_answer {
    /* DONE: value is what it answered.  DECLINED: it said no, in its own words.  UNKNOWN also for
     * an answer that is not worded as Stripe words them, and for a key that was used for something
     * else: something may exist. */
    enum outcome outcome;
    struct json_value value;
    struct str refusal;
    struct net_reply reply;
};
struct stripe_call {
    const char *call;   /* "create", "query", "expire": for the log and the faults */
    struct str attempt; /* for the log */
    struct str host;    /* empty: where Stripe is */
    struct str path;    /* "/v1/checkout/sessions", with its query */
    struct str key;     /* POST: under which a repeat is the same call; empty: GET */
    struct str form;    /* POST */
    struct str type;    /* of the form; empty: application/x-www-form-urlencoded */
    bool deletes;       /* DELETE, which needs no key: what is gone is gone */
};
enum err stripe_ask(struct ctx *c, const struct stripe_call *in, struct stripe_answer *ret);
/* The code and the parameter of a refusal: "resource_missing", "customer"; NULL: any. */
bool stripe_refused(const struct stripe_answer *a, const char *code, const char *param);

/* What may stand in a path: an id of theirs. */
bool stripe_is_id(struct str s);

/* ---- stripe_object.c: its objects in our words.  Each fills what the object says and sets kind;
 * an expanded charge inside a session or payment intent says more. */
struct str stripe_id_at(struct ctx *c, struct json_value v, const char *path); /* or of an object */
/* An amount in its units with the object's currency, in ours. */
bool stripe_money(struct ctx *c, struct json_value object, const char *path, struct money *ret);
bool stripe_units(struct json_value units, enum currency cur, struct money *ret);
/* Months from one payment of a price to the next; 0: it is paid once; -1: anything else. */
int64_t stripe_months(struct json_value price);
int64_t stripe_ms_at(struct json_value v, const char *path); /* its seconds; 0: not said */
/* What the payer pays by, in our words: an object of type payment_method, or a charge's details. */
void stripe_method(struct ctx *c, struct json_value method, struct str ret[3]);
void stripe_session(struct ctx *c, struct json_value session, struct notice *n);
void stripe_declined(struct ctx *c, struct json_value payment, struct notice *n);
void stripe_payment(struct ctx *c, struct json_value payment_intent, struct notice *n);
void stripe_charge(struct ctx *c, struct json_value charge, struct notice *n);
void stripe_invoice(struct ctx *c, struct json_value invoice, struct notice *n);
/* A charge that was expanded knows how it was paid and what became of the money since. */
void stripe_look_further(struct ctx *c, struct json_value charge, struct notice *n);
struct str stripe_paid_by(struct ctx *c, struct json_value invoice); /* a payment intent's id */
struct str stripe_subscription_of(struct ctx *c, struct json_value invoice);
struct str stripe_mark(struct ctx *c, struct json_value metadata, const char *name);
/* Where somebody may be sent: over TLS, unless Stripe itself is asked without (the sandbox). */
bool stripe_is_page(struct ctx *c, struct str url);

/* ---- stripe_refund.c */
extern const struct gateway gateway_stripe;
bool stripe_back(struct ctx *c, struct json_value refund, struct gateway_back *ret);
void stripe_refund_notice(struct ctx *c, struct json_value refund, struct notice *n);
enum err stripe_give_back(struct ctx *c, const struct gateway_give *in, struct gateway_given *ret);
enum err stripe_given_back(struct ctx *c, const struct gateway_give *in, struct gateway_backs *ret);

/* ---- stripe_event.c, stripe_exam.c */
enum err stripe_verify(struct ctx *c, const struct gateway_webhook *in);
enum err stripe_translate(struct ctx *c, struct str body, struct notice *ret);
/* The i-th kind of event without which an order would not move; empty past the last. */
struct str stripe_needs(size_t i);
enum err stripe_told(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret);
enum err stripe_changed(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret);
enum err stripe_examine(struct ctx *c, const struct gateway_exam *in);
/* "$STRIPE_PRICE_MUG" is what the configuration says, and without a word there nothing. */
struct str stripe_price(struct ctx *c, struct str listed);
/* The least that it collects; 0: not known here. */
int64_t stripe_least(enum currency cur);

/* ---- stripe_plan.c: a coupon, a tax rate, a price, made at Stripe or found there again.  Nothing
 * of it moves money or opens anything, so what is not certain was NOT_SENT.  key: from which the
 * keys of these calls come; empty: from what is asked for. */
struct stripe_made {
    enum outcome outcome; /* DONE: id is set, or nothing is needed and it is empty */
    struct str id, refusal;
    struct net_reply reply;
    bool asked; /* it was only looked for: what refused is that question */
};
enum outcome stripe_settled(enum outcome o);
enum outcome stripe_found(const struct stripe_answer *a); /* of what a change asks for first */
struct stripe_off {
    struct str name; /* for people */
    struct money off;
    int64_t months; /* 0: once; -1: for ever */
};
enum err stripe_coupon(
    struct ctx *c, struct str key, const struct stripe_off *in, struct stripe_made *ret);
enum err stripe_tax(
    struct ctx *c, struct str key, const struct gateway_plan *plan, struct stripe_made *ret);
enum err stripe_plan_price(
    struct ctx *c, struct str key, const struct gateway_plan *plan, struct stripe_made *ret);
/* What a coupon's months are at Stripe.  False: it cannot be said there. */
bool stripe_off_months(const struct gateway_plan *plan, int64_t *ret);
/* The part of a session that is its own: mode, line, coupon, tax, trial.  DECLINED for what Stripe
 * cannot say. */
enum err stripe_plan_form(
    struct ctx *c, const struct gateway_open *in, struct buf *form, struct stripe_made *ret);
/* Would the session that was opened collect that, now and each period? */
bool stripe_plan_costs(struct ctx *c, struct json_value session, const struct gateway_plan *plan);

/* "recurring[interval]=year", and the count where it is not one. */
void stripe_put_rhythm(struct ctx *c, struct buf *form, const char *at, int64_t months);

/* ---- stripe_schedule.c: DONE also when nothing was to do */
struct stripe_later {
    struct json_value subscription;     /* as it stands */
    struct str key, price, tax, coupon; /* of the next period */
    int64_t months;
    bool trialing;
};
enum err stripe_schedule(struct ctx *c, const struct stripe_later *in, struct stripe_answer *ret);
enum err stripe_unschedule(
    struct ctx *c, struct json_value subscription, struct str key, struct stripe_answer *ret);

/* ---- stripe_standing.c, stripe_change.c */
enum err stripe_standing(struct ctx *c, struct str reference, struct gateway_standing *ret);
enum err stripe_try_change(
    struct ctx *c, const struct gateway_change *in, struct gateway_cost *ret);
enum err stripe_change(
    struct ctx *c, const struct gateway_change *in, struct gateway_standing *ret);
enum err stripe_portal(struct ctx *c, struct str payer, struct str return_url,
    enum outcome *ret_outcome, struct str *ret_url);

/* ---- stripe_saved.c */
enum err stripe_saved(struct ctx *c, struct str payer, struct gateway_methods *ret);
enum err stripe_forget(
    struct ctx *c, struct str method, enum outcome *ret_outcome, struct str *ret_refusal);

/* ---- stripe_dispute.c, stripe_evidence.c */
enum err stripe_disputes(
    struct ctx *c, const struct gateway_dispute_ask *in, struct gateway_disputes *ret);
enum err stripe_upload(
    struct ctx *c, const struct gateway_document *in, struct gateway_uploaded *ret);
enum err stripe_answer_dispute(
    struct ctx *c, const struct gateway_evidence *in, struct gateway_disputes *ret);

#endif
