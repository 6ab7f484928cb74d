#ifndef CUSTOMER_BILLING_H
#define CUSTOMER_BILLING_H

#include "customer/customer.h"

/* To whom a customer's invoices are made out: what was said on purpose, by form or API, and no
 * token's name overwrites.  An invoice freezes it when it is issued. */
struct billing {
    int64_t version; /* 0: nobody said anything; the rest is then what is known of the customer */
    struct str name, line1, line2, city, postcode;
    struct str country; /* two letters, or empty */
    struct str tax_id;
};
enum {
    BILLING_NAME = 200,
    BILLING_LINE = 200,
    BILLING_CITY = 100,
    BILLING_POSTCODE = 20,
    BILLING_TAX_ID = 64,
    BILLING_UNSEEN = -1 /* a version: whatever is stored, nobody looked at it */
};

/* In a snapshot or transaction. */
enum err billing_of(struct ctx *c, const struct customer *k, struct billing *ret);
/* Trims what somebody typed, the country in capitals.  INVALID_REQUEST names the field. */
enum err billing_check(struct ctx *c, struct billing *said);
/* In a transaction: all of it is put in place of what is stored, empty ones too; the fact
 * BILLING_CHANGED, unless nothing differs.  said->version is the one that was shown, also 0:
 * CONFLICT when another has been stored since.  What billing_check let through. */
enum err billing_set(
    struct ctx *c, const struct customer *k, const struct billing *said, struct billing *ret);
/* In a transaction, when a customer is forgotten. */
enum err billing_forget(struct ctx *c, int64_t customer_n);

/* As it stands on paper: street, "10115 Berlin", the country's name; without empty lines.  Returns
 * how many. */
enum {
    BILLING_LINES = 4
};
size_t billing_lines(struct arena *a, const struct billing *b, struct str ret[BILLING_LINES]);

extern const struct routes billing_routes; /* GET and PUT /api/billing */

#endif
