#ifndef APP_REFUND_FIXTURE_H
#define APP_REFUND_FIXTURE_H

#include "app/people_fixture.h"
#include "app/stripe_shop.h"

/* What the tests of refunds share: something paid, something given back, and how it stands then. */

#define REFUND_KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

/* An order of 10.00 that was paid at Stripe; with these members of its basket. */
struct str refund_paid(struct stripe_shop *s);
struct str refund_paid_with(struct stripe_shop *s, const char *key, const char *members);
/* A POST as the key, and the status that it must have. */
struct str refund_ask(struct shop *s, const char *path, const char *key, struct str body, int want);
/* POST /api/admin/refunds of an order; members: "\"amount\":300", or nothing. */
struct str refund_give(
    struct shop *s, const char *key, struct str order, const char *members, int want);
struct str refund_member(struct shop *s, struct str answer, const char *path);
void refund_expect_status(struct shop *s, struct str id, enum order_status want);
/* Of the newest page's money so much is left there, and the books agree with it. */
void refund_expect_left(struct stripe_shop *s, int64_t want);

/* A shop that sells packs of 100 credits for 10.00; when_spent: "debt" or "refuse".  One of them,
 * bought by u-1; what u-1 has, and uses. */
struct stripe_shop *refund_pack_shop(struct test *t, const char *when_spent);
struct str refund_pack(struct stripe_shop *s, const char *key);
int64_t refund_balance(struct shop *s);
void refund_spend(struct shop *s, const char *key, int64_t amount);

#endif
