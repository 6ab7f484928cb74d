#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include "access/access.h"

/* What a customer may do, as a signed token (a JWT, ES256), for addresses of the application that
 * are guarded without asking us each time.  It says what is true now and lives for minutes: a plan
 * that ends is gone with the last token that names it.
 *
 * Its typ is its own, so that it is never taken for a token that signs somebody in; times in it are
 * security time, which the sandbox's clock does not move. */
enum {
    ACCESS_TOKEN_MAX_S = 300
};
#define ACCESS_TOKEN_TYPE S("purser-access+jwt")

struct access_token {
    struct str text;
    int64_t expires_ms;
};
/* In a snapshot.  issuer: our origin; sub: the application's id.  It ends when the first plan does.
 */
enum err access_token(struct ctx *c, int64_t customer_n, struct str issuer, struct str sub,
    int64_t ttl_s, struct access_token *ret);

/* {"keys":[…]}: what such tokens are checked against. */
enum err access_keys(struct ctx *c, struct str *ret_json);

#endif
