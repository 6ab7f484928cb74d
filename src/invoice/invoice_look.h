#ifndef INVOICE_INVOICE_LOOK_H
#define INVOICE_INVOICE_LOOK_H

#include "base/ctx.h"

/* Private to invoice: how far the job that goes behind the facts has come. */

/* May something be to issue after a fact of this kind? */
bool invoice_follows(struct str fact_kind);
/* In a snapshot or transaction: the seq up to which it has looked. */
enum err invoice_looked(struct ctx *c, int64_t *ret_seq);

#endif
