#ifndef PAYMENT_SETTLE_H
#define PAYMENT_SETTLE_H

#include "fact/fact.h"
#include "payment/payment.h"

/* Private to the files of settle: settle.c is money that comes, settle_back.c money that goes back.
 * In its transaction, after settle_look. */

enum err settle_result(struct settle *s, enum settled result, struct str why);
/* Where the notice is about another try than the one that was captured: s->attempt becomes that
 * one's, which is made when it was not known.  settle_try.c. */
enum err settle_pick(struct ctx *c, struct settle *s);
/* R6: is it of another payment than the one we opened?  And: is it of another amount? */
bool settle_is_another(struct ctx *c, const struct settle *s, struct str *ret_why);
bool settle_differs(struct ctx *c, const struct settle *s, struct str *ret_why);
/* The doubt there is; else "a refund was reported, and …". */
struct str settle_reported(
    struct ctx *c, const struct settle *s, const char *what, struct str differs);
struct fact settle_fact(struct ctx *c, const struct settle *s, struct str kind);
/* The attempt holds the money; extra: and is not the order's payment. */
enum err settle_captures(struct ctx *c, struct settle *s, bool extra);
/* s->why says what a person decides about: cause_n is the fact behind it, or 0. */
enum err settle_review(struct ctx *c, struct settle *s, int64_t cause_n);
/* s->why says what contradicts: a person decides. */
enum err settle_contradicts(struct ctx *c, struct settle *s);
enum err settle_paid(struct ctx *c, struct settle *s);

/* So much is back of a payment in all; and: how one refund stands. */
enum err settle_refunded(struct ctx *c, struct settle *s);
enum err settle_refund(struct ctx *c, struct settle *s);

#endif
