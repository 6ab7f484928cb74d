#ifndef GATEWAY_FLUTTERWAVE_FIXTURE_H
#define GATEWAY_FLUTTERWAVE_FIXTURE_H

#include "gateway/stripe_fixture.h"

/* Flutterwave alone: the same wire, with its keys, and bodies as it has sent them. */
#define FLUTTERWAVE gateway_by_id(GATEWAY_ID_flutterwave)
#define FW_HASH "flw_secret_hash_test_01"
#define FW_ATTEMPT "att_01hqzzzzzzzzzzzzzzzzzzzzz0"

struct wire *flutterwave_wire(struct test *t);
/* With settings over those: "FLUTTERWAVE_AMOUNT_AS=number", NULL. */
struct wire *flutterwave_wire_with(struct test *t, const char *setting, const char *other);
/* An order of 39.99 USD. */
struct gateway_open flutterwave_order(void);

/* FW-RS-…, FW-WH-…: byte for byte. */
struct flutterwave_fixture {
    const char *name, *body, *signature, *sha256;
};
extern const struct flutterwave_fixture flutterwave_fixtures[];
extern const size_t flutterwave_fixture_count;
struct str flutterwave_fixture(const char *name);
/* The body with what stands for `from`, everywhere. */
struct str flutterwave_replaced(struct test *t, struct str text, const char *from, const char *to);

/* A fixture as if its reference were ours. */
const char *flutterwave_ours(struct test *t, const char *name);

/* A webhook with these headers; NULL: not sent. */
struct gateway_webhook flutterwave_webhook(
    struct wire *w, struct str body, const char *hash, const char *signature);

#endif
