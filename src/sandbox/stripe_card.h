#ifndef SANDBOX_STRIPE_CARD_H
#define SANDBOX_STRIPE_CARD_H

#include "base/str.h"

/* The vendor's test cards: the only ones that are taken. */
enum card_does {
    CARD_PAYS,
    CARD_DECLINES,          /* also when it is attached */
    CARD_DECLINES_LATER,    /* attaches, and declines each charge */
    CARD_ASKS,              /* for authentication, always */
    CARD_ASKS_UNLESS_SAVED, /* … but not off-session once it was set up */
    CARD_ASKS_THEN_DECLINES,
    CARD_DISPUTES,     /* pays, and is disputed */
    CARD_INQUIRES,     /* pays, and there is an inquiry */
    CARD_REFUNDS_LATE, /* a refund is pending first */
    CARD_REFUND_FAILS  /* a refund succeeds, and fails later */
};
struct card {
    struct str number, token; /* token: "pm_card_visa" less "pm_card_"; empty: none */
    struct str brand, what;
    enum card_does does;
    struct str code, decline, param, advice, message; /* of what declines; dispute's reason */
};
extern const struct card stripe_cards[];
extern const size_t stripe_card_count;
const struct card *card_by_number(struct str digits); /* NULL: none of them */
/* "pm_card_visa", "tok_visa" */
const struct card *card_by_token(struct str token);

#endif
