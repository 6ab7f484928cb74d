#ifndef RENEWAL_INVOICE_H
#define RENEWAL_INVOICE_H

#include "renewal/renewal.h"

/* Private to renewal: what a gateway that renews has collected. */

/* In a transaction with the subscription locked: an invoice that was paid and is not known yet
 * becomes an order, and is settled; *ret_order says so.  One that is known learns what paid it. */
enum err invoice_take(struct ctx *c, const struct gateway_standing *at,
    const struct subscription *s, const struct gateway_invoice *in, bool *ret_order);

/* Does it cost there what was agreed to?  And else: which price of the catalogue is that? */
bool standing_agrees(const struct subscription *s, const struct gateway_standing *at);
enum err standing_price(struct ctx *c, const struct subscription *s,
    const struct gateway_standing *at, bool *ret_found, struct str *ret);

#endif
