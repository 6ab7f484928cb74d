#ifndef APP_PHONE_FIXTURE_H
#define APP_PHONE_FIXTURE_H

#include "app/visitor_fixture.h"
#include "base/clock.h"
#include "payment/prompt.h"
#include "sandbox/sandbox.h"

/* A shop that sells by mobile money, the simulated Eversend behind its net, and somebody with a
 * phone.  Webhooks come back through the shop's own router; they are sent when phone_wait runs. */
struct phone_shop {
    struct net net; /* first: the merchant, for whom the sandbox's webhooks are */
    struct visitor v;
    struct test *t;
    struct clock clock;
    struct sandbox *sb;
    struct config *config, *before;
    int64_t told; /* webhooks that came */
};
struct phone_shop *phone_shop_open(struct test *t); /* ends with the test */
struct phone_shop *phone_shop_open_with(struct test *t, const char *setting);
/* Orders a mug for UGX 37,000: the page that asks for the number is open. */
void phone_order(struct phone_shop *p);
/* Types a number; and the code that was sent to it.  The page that follows is open. */
void phone_number(struct phone_shop *p, const char *number);
void phone_code(struct phone_shop *p, const char *code);
/* Time passes on both sides, and what is due is done. */
void phone_wait(struct phone_shop *p, int64_t ms);
void phone_control(struct phone_shop *p, const char *path, const char *body);
/* The page again, as the browser looks. */
void phone_look(struct phone_shop *p);
struct order phone_newest_order(struct phone_shop *p);
struct attempt phone_newest(struct phone_shop *p);
/* How much Eversend has of the newest order, asked there and not with us. */
int64_t phone_there(struct phone_shop *p);

#endif
