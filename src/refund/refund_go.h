#ifndef REFUND_REFUND_GO_H
#define REFUND_REFUND_GO_H

#include "refund/refund.h"

/* Private to refund: sending one that is reserved, as the operation and the job do it. */

/* In a transaction: the rows, and whether there is anything to call for.  perhaps_sent: somebody
 * may have called before. */
enum err refund_go_load(struct ctx *c, int64_t refund_n, bool perhaps_sent, struct refunding *k);
enum err refund_go_call(struct ctx *c, struct refunding *k);   /* no transaction */
enum err refund_go_record(struct ctx *c, struct refunding *k); /* in one: what came of it */
/* In a transaction: the job that asks again, sooner while it is new. */
enum err refund_go_later(struct ctx *c, const struct refund *r);

#endif
