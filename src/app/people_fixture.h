#ifndef APP_PEOPLE_FIXTURE_H
#define APP_PEOPLE_FIXTURE_H

#include "app/shop_fixture.h"
#include "edge/admin.h"

/* Those who come to the console of a shop in a test. */

struct person {
    enum role role;
    struct str secret, csrf;
    const char *cookie; /* header lines */
};
/* Somebody of the business, signed in to the console: finance@example.com. */
struct person console_sign_in(struct shop *s, enum role role);

#endif
