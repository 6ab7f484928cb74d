#ifndef PAYMENT_PROMPT_H
#define PAYMENT_PROMPT_H

#include "payment/payment.h"

/* A phone that is asked to pay, where the gateway has no page of its own: our page asks for the
 * number, the gateway sends it a code, the code lets the phone be asked, its owner approves there.
 *
 * One attempt asks once, under one reference: from before the call on it is written down that the
 * phone may have been asked, and whoever comes later asks what became of it and sends nothing. Only
 * the gateway's definite no, or its own list in which there is nothing a minute later, lets the
 * same attempt ask again.  Who declined on the phone gets another attempt.
 *
 * Crash points: prompt.load.after_commit, prompt.call.after. */
enum prompt_state {
    PROMPT_NUMBER, /* a number is asked for */
    PROMPT_CODE,   /* a code was sent to it */
    PROMPT_ASKING, /* the phone may have been asked: nobody knows */
    PROMPT_ASKED
};
/* What went wrong with the last step, for its page. */
enum prompt_trouble {
    TROUBLE_NONE,
    TROUBLE_WRONG_CODE,
    TROUBLE_CODE_OVER,  /* too old, or tried too often: a new one is needed */
    TROUBLE_TOO_MANY,   /* codes were sent: not before codes_ms + PROMPT_CODES_MS */
    TROUBLE_TOO_SOON,   /* the last one was sent just now */
    TROUBLE_TOO_LITTLE, /* this gateway does not collect so little, … */
    TROUBLE_TOO_MUCH,   /* … or so much */
    TROUBLE_REFUSED,    /* it did not want to: its words say why */
    TROUBLE_AWAY,       /* it could not be asked: nothing was sent */
    TROUBLE_LOST        /* it never got to know of it */
};
enum {
    PROMPT_TRIES = 3, /* of one code */
    PROMPT_CODES = 3, /* in … */
    PROMPT_CODES_MS = 10 * 60 * 1000,
    PROMPT_CODE_MS = 10 * 60 * 1000, /* so long one is taken */
    PROMPT_RESEND_MS = 30 * 1000
};
struct prompt {
    int64_t attempt_n, version; /* version 0: there is none yet */
    enum prompt_state state;
    struct str country, operator, phone;
    int64_t fee_minor;
    struct str code_id;
    int64_t codes, wrong, codes_ms, code_ms, ends_ms;
    enum prompt_trouble trouble;
    struct str words;
};
/* Does this attempt ask a phone? */
bool attempt_by_phone(const struct attempt *a);
/* Its page, where it does; else empty. */
enum err prompt_page_url(
    struct ctx *c, const struct order *o, const struct attempt *a, struct str *ret);
/* In a snapshot. */
enum err prompt_of(struct ctx *c, int64_t attempt_n, struct prompt *ret);

/* The number as it is typed, in whatever spelling is usual there: "+256700000000".  False: it is no
 * number of this land. */
bool prompt_phone(
    struct arena *a, const struct gateway_land *land, struct str typed, struct str *ret);

/* In no transaction; what went wrong is in the row.  They do nothing where the attempt is past this
 * step.  number: sends a code, or asks the phone at once where none is needed; again: to the same
 * number.  code: asks the phone. */
struct prompt_number {
    int64_t attempt_n;
    struct str country, operator, phone; /* phone as prompt_phone has it; empty: again */
};
enum err prompt_number(struct ctx *c, const struct prompt_number *in);
enum err prompt_code(struct ctx *c, int64_t attempt_n, struct str code);
/* Back to the number, as long as no phone was asked. */
enum err prompt_change(struct ctx *c, int64_t attempt_n);

/* In the transaction that settles: the gateway's list has nothing under this attempt's reference.
 * A minute after the call that means that it never arrived. */
enum err prompt_not_there(struct ctx *c, struct attempt *a, bool *ret_changed);

/* Asked every 5 seconds for a minute, every 30 for ten more; then as any other. */
int64_t prompt_question_ms(const struct ctx *c, const struct attempt *a);

#endif
