#ifndef DISPUTE_APPLY_H
#define DISPUTE_APPLY_H

#include "dispute/dispute.h"

/* Private to the feature: what the gateway said of one dispute, written down. */
struct dispute_apply {
    const struct gateway_dispute *at;
    enum gateway_id gateway;
    int64_t attempt_n;
    struct id id;    /* of the row, if it is new: drawn before */
    bool known;      /* there was a row when the gateway was asked … */
    int64_t version; /* … of this version */
    int64_t asked_ms;
    /* out */
    bool again; /* it moved meanwhile: the answer may be older */
    bool moved;
    struct dispute row;
};
enum err dispute_apply_tx(struct ctx *c, void *dispute_apply); /* in a transaction */

#define DISPUTE_MAIL S("dispute_mail")

#endif
