#ifndef RENEWAL_RENEWAL_DB_H
#define RENEWAL_RENEWAL_DB_H

#include "renewal/renewal.h"

/* n of the newest order for the period that begins then: one that can be paid still, or about which
 * a person decides. */
enum err renewal_db_open_order(
    struct ctx *c, int64_t subscription_n, int64_t start_ms, bool *ret_found, int64_t *ret_n);
/* n of the newest order for another plan that can be paid still. */
enum err renewal_db_open_change(
    struct ctx *c, int64_t subscription_n, bool *ret_found, int64_t *ret_n);
/* With the subscription locked: is the order that was locked before it (0: none) still that one?
 * BUSY: from the top. */
enum err renewal_db_check_open(struct ctx *c, const struct subscription *s, int64_t order_n);
/* When somebody was first asked to pay for that period; 0: nobody was. */
enum err renewal_db_asked(struct ctx *c, int64_t subscription_n, int64_t start_ms, int64_t *ret_ms);
/* n of those that purser renews and that are alive, above after_n, at most 100. */
enum err renewal_db_managed(struct ctx *c, int64_t after_n, int64_t *ret_n, size_t *ret_count);
/* What the order that paid for the period that began then took off, and what went back of its price
 * since, without tax; 0: nothing is known of it. */
struct period_less {
    int64_t off_minor, back_minor;
};
enum err renewal_db_discount(
    struct ctx *c, int64_t subscription_n, int64_t start_ms, struct period_less *ret);

#endif
