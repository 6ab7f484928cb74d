#ifndef APP_PLAN_SHOP_H
#define APP_PLAN_SHOP_H

#include "app/shop_fixture.h"
#include "mail/mail.h"

/* The same shop with plans, and a customer ada, at a gateway that renews nothing. */
#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

struct shop *plan_shop(struct test *t);
struct shop *plan_shop_with(struct test *t, const char *more); /* members of the catalogue */
struct shop_session *plan_hosted(struct shop *s);              /* the newest at the gateway */
/* Somebody pays on it, and the gateway says so. */
void plan_pay(struct shop *s);
/* ada buys: members of the checkout's body. */
void plan_begin(struct shop *s, const char *members);
/* What stands in an answer's data, as JSON. */
struct str plan_member(struct shop *s, struct str answer, const char *path);
struct str plan_status(struct shop *s, const char *path); /* of GET /api/subscription/status */
/* POST /api/subscription/{deed} for ada; the answer, whose status is as wanted. */
struct str plan_ask(
    struct shop *s, const char *deed, const char *key, const char *members, int want);

/* The newest order and the newest mail of a kind. */
struct plan_seen {
    const char *kind;
    struct order order;
    int64_t n, mails;
    struct mail_row mail;
};
struct plan_seen plan_order(struct shop *s);
/* The order's own page, and its button twice: as a browser without a session does. */
void plan_press_pay(struct shop *s, const struct order *o);

#endif
