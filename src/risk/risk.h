#ifndef RISK_RISK_H
#define RISK_RISK_H

#include "catalog/catalog.h"
#include "order/order.h"

/* How likely a checkout is a fraud: a sum of a few counts with the catalogue's weights, passed
 * through the logistic, in whole numbers (docs/risk.md).  It is reckoned once, in the transaction
 * that makes the order, and kept with what it was reckoned from. */
struct risk {
    int64_t order_n, at_ms;
    int64_t score;          /* in a hundred */
    enum order_risk action; /* what followed then */
    int64_t value[RISK_FEATURES], points[RISK_FEATURES];
    struct str origin;   /* from where: risk_mark of the address, or empty */
    int64_t released_ms; /* a person let it pass since; 0: nobody did */
    enum risk_verdict {
        RISK_NO_VERDICT,
        RISK_GOOD, /* a person looked, and took it */
        RISK_FRAUD /* a person looked, and did not */
    } verdict;
};

/* ---- the arithmetic, without a store */

/* 100 / (1 + e^(-points / 100)), rounded. */
int64_t risk_score(int64_t points);
/* Weighs value: points, score, action. */
void risk_weigh(const struct catalog_risk *k, struct risk *r);

/* ---- what is known of an order that is about to be made */

/* In its transaction, before order_insert: looks, weighs, and writes what follows into o->risk.
 * by_key: an application orders for somebody, and its address is nobody's. */
enum err risk_look(struct ctx *c, struct order *o, bool by_key, struct risk *ret);
/* After order_insert. */
enum err risk_keep(struct ctx *c, const struct order *o, struct risk *r);

/* In a transaction that holds the order: what its gateway says of the payment is weighed with what
 * was known before.  Where that reaches a threshold, o->risk is REVIEW from now on: it is paid, so
 * nothing can be refused any more. */
struct risk_paid {
    struct str card, country; /* risk_mark of the card; of whose bank it is; or empty */
    int64_t gateway_risk;     /* 1 elevated, 2 highest */
};
enum err risk_paid(struct ctx *c, struct order *o, const struct risk_paid *in);
/* In a transaction that holds the order: a person lets it pass.  What waits to be paid is not held
 * any more; what was not sold may be ordered again, by the same buyer within a week.  CONFLICT
 * where its risk holds nothing, or its payment waits in review. */
enum err risk_release(struct ctx *c, struct order *o, struct str reason);
/* In a transaction: what a person decided first about an order that its risk had held; of others
 * nothing. */
enum err risk_judge(struct ctx *c, const struct order *o, enum risk_verdict verdict);

/* In a snapshot or transaction; not found: none was reckoned, as for a renewal. */
enum err risk_of(struct ctx *c, int64_t order_n, bool *ret_found, struct risk *ret);
/* value and points, from what is stored. */
enum err risk_read_reasons(struct ctx *c, struct str reasons, struct risk *r);
/* "other orders from this address within an hour" */
struct str risk_feature_words(enum risk_feature f);
struct str risk_action_text(enum order_risk action); /* "allow", "review", "refuse" */
/* For people: "allowed", "held for a person when it is paid", "not sold". */
struct str risk_action_words(enum order_risk action);
/* "risk": {score, action, reasons, …}, or null. */
struct json;
void risk_json(struct json *j, const struct risk *r);
/* "declines 3 (+240), first 1 (+50)": what raised and lowered it, the heaviest first. */
struct str risk_reasons(struct arena *a, const struct risk *r);

/* What can be compared, and not read: a keyed hash; empty stays empty. */
enum err risk_mark(struct ctx *c, const char *kind, struct str what, struct str *ret);
/* Of an address as limits count it: who has one of IPv6 has as many as he likes. */
enum err risk_mark_address(struct ctx *c, struct str address, struct str *ret);

/* Standing: from where an order was made is forgotten after a day. */
enum err risk_forget(struct ctx *c, struct str subject);

#endif
