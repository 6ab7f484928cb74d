#ifndef GATEWAY_EVERSEND_FIXTURE_H
#define GATEWAY_EVERSEND_FIXTURE_H

#include "gateway/flutterwave_fixture.h"

/* Eversend alone: the same wire, with its keys, and bodies as it has sent them. */
#define EVERSEND gateway_by_id(GATEWAY_ID_eversend)
#define EV_SECRET "evs_whsec_test_0123456789"
#define EV_ATTEMPT "att_01hqzzzzzzzzzzzzzzzzzzzzz0"
#define EV_REFERENCE "att01hqzzzzzzzzzzzzzzzzzzzzz0"

struct wire *eversend_wire(struct test *t);
/* With settings over those: "EVERSEND_OTP=whitelisted", NULL. */
struct wire *eversend_wire_with(struct test *t, const char *setting, const char *other);

/* EV-RQ-…, EV-RS-…, EV-WH-…: byte for byte. */
struct eversend_fixture {
    const char *name, *body, *signature, *sha256_signature, *sha256;
};
extern const struct eversend_fixture eversend_fixtures[];
extern const size_t eversend_fixture_count;
struct str eversend_fixture(const char *name);
/* A fixture as if its reference were ours; and as the wire's next answer. */
const char *eversend_ours(struct test *t, const char *name);
void eversend_next(struct wire *w, int status, const char *name);

/* A webhook with this header; NULL: not sent. */
struct gateway_webhook eversend_webhook(struct str body, const char *signature);

#endif
