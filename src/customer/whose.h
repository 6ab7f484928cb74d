#ifndef CUSTOMER_WHOSE_H
#define CUSTOMER_WHOSE_H

#include "web/web.h"

/* About whom a request of the API is: a user token is its own customer and nobody else, a secret
 * key says customerId, which is the application's id or ours. */

bool whose_is_user(const struct req *r);
/* A key, or somebody of the business: may look at everybody's. */
bool whose_sees_all(const struct req *r);

/* What a body says, without the store: INVALID_REQUEST where a key does not say whom, or badly;
 * NOT_FOUND for a user who names somebody else. */
enum err whose_named(struct req *r, struct str customer_id);
/* ?customerId=, with the same rules. */
enum err whose_query(struct req *r, struct str *ret_customer_id);

/* In a snapshot or transaction, once it is checked: *ret_n 0: nothing is known of them yet, and
 * they are as everybody is at first.  NOT_FOUND for a cus_… that is nobody's. */
enum err whose_find(struct req *r, struct str customer_id, int64_t *ret_n);
/* ?customerId= of somebody who is known; of a user also 0. */
enum err whose_known(struct req *r, int64_t *ret_n);
/* In a transaction: made when a key or a token names it for the first time. */
enum err whose_make(struct req *r, struct str customer_id, int64_t *ret_n);

#endif
