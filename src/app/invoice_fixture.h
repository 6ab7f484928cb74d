#ifndef APP_INVOICE_FIXTURE_H
#define APP_INVOICE_FIXTURE_H

#include "app/shop_fixture.h"
#include "invoice/invoice.h"

/* A shop that sells things with tax, and what was issued of its orders. */
#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define ONLY_CARD "\"routing\":{\"card\":[\"moneymotion\"]}"

struct issued {
    struct str order;
    struct invoice *v;
    size_t n;
    struct invoice_content *k;
};

struct issued issued_of(struct shop *s, struct str order);
struct shop *issuing_shop(struct test *t);
/* Bought and paid by ada@example.com, or more of the members; its jobs wait. */
struct str issuing_buy(struct shop *s, const char *key, const char *members);
struct shop_session *issuing_newest(struct shop *s);
/* The newest payment goes back at the gateway, whole, and jobs run. */
void issuing_refund(struct shop *s);

#endif
