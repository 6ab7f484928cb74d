#ifndef APP_PRIVACY_FIXTURE_H
#define APP_PRIVACY_FIXTURE_H

#include "app/shop_fixture.h"
#include "privacy/privacy.h"
#include "subscription/subscription.h"

/* Somebody who leaves something in every table, in a shop with a catalogue for it. */
#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define MAIL "grace.hopper@example.com"
#define NAME "Grace Brewster Hopper"

struct shop *life_open(struct test *t);
struct shop_session *life_newest(struct shop *s);
/* An order under MAIL; its id. */
struct str life_buy(struct shop *s, const char *key, const char *members);
void life_pay(struct shop *s); /* the newest one */
void life_post(struct shop *s, const char *path, const char *key, const char *body);
void life_sign_in(struct shop *s, const char *sub);
void life_subscribe(struct shop *s, struct str order, enum subscription_status status);
void life_dispute(struct shop *s, struct str order); /* that is over, with what we said */
/* All of it, as the customer g-1, and somebody else, u-2. */
void life_live(struct shop *s);

/* The document about whom; guest: by mail. */
struct exporting {
    const char *whom;
    bool guest;
    struct somebody who;
    struct buf out;
};
enum err life_export_read(struct ctx *c, void *exporting);
struct str life_export(struct shop *s, const char *whom, bool guest);
size_t life_rows(struct str document, const char *path);

#endif
