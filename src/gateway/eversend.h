#ifndef GATEWAY_EVERSEND_H
#define GATEWAY_EVERSEND_H

#include "base/json.h"
#include "gateway/gateway.h"

/* Private to the files of Eversend: eversend.c opens, prompts and asks, eversend_object.c reads its
 * transactions, eversend_event.c is what it tells, eversend_wire.c how all of them speak,
 * eversend_exam.c what doctor hears.
 *
 * It has no page: our own asks for the number.  It knows a collection by two names: its own id,
 * which it gives when a phone is asked, and transactionRef, which is ours: the attempt's id without
 * its "_", for it takes letters and digits only.  One attempt is one collection, so that whatever
 * becomes of a call, there is one name to ask about, and nothing is sent under another. */

extern const struct gateway gateway_eversend;

/* ---- eversend_wire.c */

struct eversend_answer {
    /* DONE: data is what it answered.  DECLINED: it said no, in its own envelope. */
    enum outcome outcome;
    struct json_value data;
    bool bad_key;              /* it does not know us: that says nothing about what was asked */
    bool missing;              /* it has no such thing */
    struct str words, refusal; /* its own words; a sentence around them */
    struct net_reply reply;
};
struct eversend_call {
    const char *call;   /* "create", "query", "code", "fee": for the log and the faults */
    struct str attempt; /* for the log */
    struct str path;    /* "/collections/momo", with its query */
    struct str body;    /* POST; empty: GET */
};
/* With a token, which is fetched where there is none, and once more where it was refused. */
enum err eversend_ask(struct ctx *c, const struct eversend_call *in, struct eversend_answer *ret);

/* ---- eversend_object.c */

/* "att_01h…" as its transactionRef, and back; empty: it is none of ours. */
struct str eversend_reference(struct arena *a, struct str attempt);
struct str eversend_attempt(struct arena *a, struct str reference);
/* Its words, for people: without numbers of phones, which it likes to repeat. */
struct str eversend_words(struct ctx *c, struct str said);
/* What it may call a transaction. */
bool eversend_is_id(struct str s);
/* Its word for how one stands, in whatever case. */
enum notice_kind eversend_kind(struct arena *a, struct str status);
/* A decimal, as number or as text, in our minor units. */
bool eversend_money(
    struct ctx *c, struct json_value object, const char *path, enum currency cur, int64_t *ret);
struct str eversend_decimal(struct ctx *c, struct money m);
/* The transaction in an answer, in each of the shapes that were seen; absent: none is in it. */
struct json_value eversend_transaction(struct ctx *c, struct json_value data);
void eversend_read(struct ctx *c, struct json_value transaction, struct notice *n);

/* ---- eversend_event.c, eversend_exam.c */
enum err eversend_verify(struct ctx *c, const struct gateway_webhook *in);
enum err eversend_translate(struct ctx *c, struct str body, struct notice *ret);
enum err eversend_examine(struct ctx *c, const struct gateway_exam *in);

#endif
