#ifndef APP_VISITOR_FIXTURE_H
#define APP_VISITOR_FIXTURE_H

#include "app/shop_fixture.h"

/* A browser without script in a test: its cookie, and what the last page's form holds. */
struct visitor {
    struct shop *shop;
    struct test *t;
    struct str cookie, csrf, key, seen;
    struct req *r;
    struct str page;
};
/* A shop with one more setting, "NAME=value", and somebody who visits it. */
struct visitor visit(struct test *t, char *setting);
void open_page(struct visitor *v, const char *path);
void open_at(struct visitor *v, struct str path);
/* The form as the last page held it, with these fields: "a=b&c=d". */
void send_form(struct visitor *v, const char *path, const char *fields);
void confirm(struct visitor *v, const char *fields); /* to /checkout/confirm */

bool has(const struct visitor *v, const char *text);
struct str header(const struct req *r, const char *name);
/* What stands between two texts, or nothing. */
struct str between(struct str page, struct str from, struct str to);

/* Signs in as the application does; the cookie stays. */
void sign_in(struct visitor *v, const char *sub, const char *mail);
/* What stands in main, with the title before it and without what is drawn anew each time (ids,
 * tokens, addresses of assets) or long (countries). */
void page_is(struct visitor *v, const char *golden);

/* The gateway has the newest session's money, and says so; jobs are run. */
void pay_newest(struct visitor *v);
/* Opens the hand-off that the last answer led to; where its gateway sends the buyer back to. */
struct str success_of(struct visitor *v);

#define MUG "/checkout/confirm?items=mug-usd:2&country=DE"
#define ADA "items=mug-usd:2&q0=2&country=DE&method=card&email=ada@example.com"
#define MANY                                                                                       \
    (char[])                                                                                       \
    {                                                                                              \
        "PURSER_CHECKOUTS_PER_MINUTE=1000"                                                         \
    }

#endif
