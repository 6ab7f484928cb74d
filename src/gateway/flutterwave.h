#ifndef GATEWAY_FLUTTERWAVE_H
#define GATEWAY_FLUTTERWAVE_H

#include "base/json.h"
#include "gateway/gateway.h"

/* Private to the files of Flutterwave: flutterwave.c opens pages and asks, flutterwave_event.c is
 * what it tells, flutterwave_object.c reads its payments, flutterwave_refund.c gives back,
 * flutterwave_charge.c charges a card again, flutterwave_wire.c is how all of them speak,
 * flutterwave_exam.c is what doctor hears.
 *
 * It knows a payment by two names: its own number, which exists once somebody has tried to pay, and
 * tx_ref, which is ours: the attempt's id, and what we call its session.  On one page a buyer may
 * try several times, so one tx_ref may have several numbers, and only one of them has paid. */

extern const struct gateway gateway_flutterwave;

/* ---- flutterwave_wire.c */

struct flutterwave_answer {
    /* DONE: data is what it answered.  DECLINED: it said no, in its own envelope. */
    enum outcome outcome;
    struct json_value data;
    bool bad_key; /* it does not know us: that says nothing about what was asked */
    struct str refusal;
    struct net_reply reply;
};
struct flutterwave_call {
    const char *call;   /* "create", "query", "expire": for the log and the faults */
    struct str attempt; /* for the log */
    struct str path;    /* "/payments", with its query */
    struct str body;    /* POST; empty: GET */
};
enum err flutterwave_ask(
    struct ctx *c, const struct flutterwave_call *in, struct flutterwave_answer *ret);

/* ---- flutterwave_object.c */

/* What it may call a payment: digits. */
bool flutterwave_is_number(struct str s);
/* What we may have called one: an attempt's id. */
bool flutterwave_is_ours(struct str tx_ref);
/* An id: a number in most answers, a text of digits in its lists. */
struct str flutterwave_number(struct ctx *c, struct json_value v, const char *path);
/* A decimal, as number or as text, in our minor units. */
bool flutterwave_money(
    struct ctx *c, struct json_value object, const char *path, enum currency cur, int64_t *ret);
/* Its word for how a payment stands, v3's and v4's. */
enum notice_kind flutterwave_kind(struct str status);
/* Its word for how something was paid, in ours: "mobilemoneygh" is "mobile_money". */
struct str flutterwave_method(struct ctx *c, struct str payment_type);
/* Amount and currency as they stand in an object, told and answered alike. */
void flutterwave_amount(struct ctx *c, struct json_value object, struct notice *n);
/* A payment as it is answered, and as it is told: {"id":…,"tx_ref":…,"status":…} */
void flutterwave_payment(struct ctx *c, struct json_value payment, struct notice *n);
/* What goes back of a payment is told without its currency, so in millionths of a whole one. */
#define FLUTTERWAVE_UNIT_DIGITS 6
bool flutterwave_amount_in(struct ctx *c, int64_t units, enum currency cur, struct money *ret);

/* ---- flutterwave_charge.c */
/* What can be charged again, as its notice says it: a card's token, and the mail it is bound to. */
struct str flutterwave_payer(struct ctx *c, struct json_value payment);
bool flutterwave_charges(const struct config *config);
enum err flutterwave_charge(
    struct ctx *c, const struct gateway_charge *in, struct gateway_state *ret);

/* ---- flutterwave_refund.c */
/* How a refund stands, as it is answered and as it is told. */
enum gateway_back_status flutterwave_refund_status(struct ctx *c, struct json_value refund);
/* What went back of a payment that was asked about because the gateway told so: into its notice. */
enum err flutterwave_ask_back(
    struct ctx *c, const struct gateway_ask *in, struct gateway_state *inout);
enum err flutterwave_give_back(
    struct ctx *c, const struct gateway_give *in, struct gateway_given *ret);
enum err flutterwave_given_back(
    struct ctx *c, const struct gateway_give *in, struct gateway_backs *ret);

/* ---- flutterwave_event.c, flutterwave_exam.c */
enum err flutterwave_verify(struct ctx *c, const struct gateway_webhook *in);
enum err flutterwave_translate(struct ctx *c, struct str body, struct notice *ret);
enum err flutterwave_examine(struct ctx *c, const struct gateway_exam *in);

#endif
