#ifndef SANDBOX_FLUTTERWAVE_H
#define SANDBOX_FLUTTERWAVE_H

#include "base/json.h"
#include "sandbox/simulator.h"

/* Private to the simulated Flutterwave, version 3.
 *
 *   flutterwave.c         paying, giving back, what is due: the rules
 *   flutterwave_db.c      the only SQL
 *   flutterwave_card.c    the vendor's test cards, and how each ends
 *   flutterwave_object.c  what its objects look like, answered and told
 *   flutterwave_hook.c    its webhooks, in each of three shapes, and both of their signatures
 *   flutterwave_api.c     /v3/…
 *   flutterwave_wire.c    how all of it is answered
 *   flutterwave_page.c    the hosted page
 *
 * A page is a row of struct hosted whose id is the merchant's tx_ref: it is open until somebody has
 * paid, whatever was tried before.  Each try is a payment with a number of its own. */
#define FW S("flutterwave")

enum {
    FW_PAYMENT_BASE = 910000000,
    FW_REFUND_BASE = 75000,
    FW_ACCOUNT = 73001,
    FW_WALLET = 74001,
    FW_PAYMENTS_MAX = 20 /* that a list shows */
};

struct fw_payment {
    int64_t n;
    struct str tx_ref, flw_ref, status, currency, type, response, card, phone;
    int64_t amount_minor, created_ms, turn_ms;
    struct str turn;
};
struct fw_refund {
    int64_t n, payment_n, amount_minor, created_ms;
    struct str comments;
};

/* ---- flutterwave_db.c */
enum err fw_link_add(struct ctx *c, struct str token, struct str tx_ref);
struct fw_link {
    struct str token, tx_ref;
    bool ended;
};
enum err fw_link_find(struct ctx *c, struct str token, bool *ret_found, struct fw_link *ret);
enum err fw_link_of(struct ctx *c, struct str tx_ref, struct fw_link *ret);
enum err fw_link_end(struct ctx *c, struct str token);
enum err fw_payment_add(struct ctx *c, struct fw_payment *p); /* sets n */
enum err fw_payment_save(struct ctx *c, const struct fw_payment *p);
enum err fw_payment_get(struct ctx *c, int64_t n, bool *ret_found, struct fw_payment *ret);
/* Newest first; empty: any.  At most FW_PAYMENTS_MAX. */
enum err fw_payments(
    struct ctx *c, struct str tx_ref, struct str status, struct fw_payment *ret, size_t *ret_n);
/* The oldest of a reference: which of several the real one shows is nowhere written, and this is
 * the answer that nobody should build on. */
enum err fw_payment_first(
    struct ctx *c, struct str tx_ref, bool *ret_found, struct fw_payment *ret);
enum err fw_payment_due(struct ctx *c, bool *ret_found, struct fw_payment *ret);
enum err fw_next_due(struct ctx *c, int64_t *ret_ms);
enum err fw_refund_add(struct ctx *c, struct fw_refund *f); /* sets n */
enum err fw_refund_get(struct ctx *c, int64_t n, bool *ret_found, struct fw_refund *ret);
enum err fw_refunds(struct ctx *c, int64_t payment_n, struct fw_refund *ret, size_t *ret_n);
enum err fw_empty(struct ctx *c);

/* ---- flutterwave_card.c */
struct fw_card {
    struct str number, brand, what;
    struct str auth;    /* "PIN", "VBVSECURECODE", "NOAUTH", … */
    struct str refusal; /* empty: it pays */
};
extern const struct fw_card fw_cards[];
extern const size_t fw_card_count;
const struct fw_card *fw_card_find(struct str number); /* NULL: none of the table */

/* ---- flutterwave.c */
struct fw_opening {
    struct json_value request;
    struct str tx_ref, token;
    struct money total;
    bool taken; /* ret: this tx_ref is another page's */
    enum fault fault;
};
enum err fw_open(struct ctx *c, struct fw_opening *in);
/* "card", "mobile_money", "bank": is it among the page's payment_options? */
bool fw_offers(struct arena *a, const struct hosted *s, const char *method);
/* As a person on the page.  by: one of the above, or empty: the first that is offered.  *ret_id is
 * the payment's number, 0: none came of it. */
struct fw_try {
    struct paying paying;
    struct str by;
};
enum err fw_pay(
    struct ctx *c, struct hosted *s, const struct fw_try *in, struct paid *ret, int64_t *ret_id);
/* Where the page sends its buyer then; empty: nowhere. */
/* A card that was paid with before, charged without its holder.  CONFLICT: no such token, or the
 * reference is taken. */
struct fw_charging {
    struct json_value request;
    struct str tx_ref, token, mail;
    struct money total;
    enum fault fault;
    struct fw_payment payment; /* ret */
};
enum err fw_charge(struct ctx *c, struct fw_charging *in);
struct str fw_return(struct arena *a, const struct hosted *s, struct str status, int64_t id);
struct str fw_return_after(struct arena *a, const struct hosted *s, const struct fw_try *in,
    const struct paid *paid, int64_t id);
enum err fw_give_back(
    struct ctx *c, struct hosted *s, struct fw_refund *refund); /* CONFLICT: not so much */
struct str fw_text(struct arena *a, const struct hosted *s, const char *path); /* of its request */
struct money fw_money(const struct hosted *s);
bool fw_key_ok(const struct req *r);

/* ---- flutterwave_object.c */
/* 39.90 is 39.9 as JavaScript writes it. */
struct str fw_number(struct arena *a, struct money m);
struct str fw_link_text(struct ctx *c, struct str token);
enum fw_shown {
    FW_ANSWERED, /* with meta, amount_settled and the card's token */
    FW_LISTED,   /* ids are texts */
    FW_TOLD
};
enum err fw_write_payment(
    struct ctx *c, struct json *j, const char *name, const struct fw_payment *p, enum fw_shown how);
void fw_write_refund(struct ctx *c, struct json *j, const char *name, const struct fw_refund *f,
    const struct fw_payment *p);
int64_t fw_customer(struct str email);
/* The same card of the same buyer has the same token. */
struct str fw_token(struct arena *a, struct str card, struct str email);
struct str fw_type_word(struct arena *a, const struct fw_payment *p); /* "CARD_TRANSACTION" */

/* ---- flutterwave_hook.c */
enum fw_shape {
    FW_NESTED,
    FW_FLAT,
    FW_V4,
    FW_SHAPE_COUNT
};
/* "nested", "flat", "v4": how what happens from now on is told. */
enum err fw_shape_set(struct ctx *c, struct str name);
enum err fw_tell_payment(struct ctx *c, const struct hosted *s, const struct fw_payment *p);
enum err fw_tell_refund(
    struct ctx *c, const struct hosted *s, const struct fw_payment *p, const struct fw_refund *f);
/* The body in a shape, and the headers that go with it by FLUTTERWAVE_WEBHOOK_AUTH. */
enum err fw_hook_payment(struct ctx *c, const struct hosted *s, const struct fw_payment *p,
    enum fw_shape shape, struct str *ret);
enum err fw_hook_headers(struct ctx *c, struct str body, enum fw_shape shape, struct str *ret);

/* ---- flutterwave_wire.c */
void fw_answer(struct req *r, int status, const struct buf *b);
enum err fw_refuse(struct req *r, int status, struct str message);
struct json fw_begin(struct buf *b, struct str message);
/* True: this fault is the answer. */
bool fw_faulty(struct req *r, enum fault fault);
/* Who asks, and with what body (NULL: none is read); false, and the answer is there. */
bool fw_admitted(struct req *r, struct json_value *ret_body);
/* A decimal as number or text, above 0. */
bool fw_amount(
    struct arena *a, struct json_value v, const char *path, enum currency cur, int64_t *ret);

extern const struct routes flutterwave_routes;
extern const struct site flutterwave_site;
enum err fw_page(struct req *r);
enum err fw_page_act(struct req *r);
bool fw_stray(struct req *r);

#endif
