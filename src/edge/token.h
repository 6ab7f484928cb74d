#ifndef EDGE_TOKEN_H
#define EDGE_TOKEN_H

#include "base/crypto.h"

/* User tokens: JWTs of the application (R53).  The algorithm follows from what is configured, the
 * token's header only has to agree; keys are never taken, named or fetched by the token. */
enum {
    TOKEN_MAX = 8192,
    TOKEN_SKEW_S = 60,
    TOKEN_LINK_S = 300,
    TOKEN_SECRETS = 4
};
struct token_door {
    enum {
        TOKEN_OFF, /* nothing is configured: every token is refused */
        TOKEN_HS256,
        TOKEN_RS256,
        TOKEN_ES256
    } alg;
    struct secret secret[TOKEN_SECRETS]; /* HS256: any of them, while they are rotated */
    size_t secrets;
    struct public_key *key;      /* RS256, ES256: held, the door's own */
    struct str issuer, audience; /* compared when not empty */
};
/* From PURSER_JWT_…, which the configuration has checked: a secret or a public key, never both. */
enum err token_door_read(struct ctx *c, struct token_door *ret);
/* The same door with the secrets as they are now: they may have been rotated since. */
struct token_door token_door_now(const struct ctx *c, const struct token_door *door);
void token_door_close(struct token_door *door);

struct token_claims {
    struct str sub; /* 1 … 128 printable characters */
    struct str email, name;
    bool email_verified;
    int64_t expires_ms, issued_ms; /* issued: 0 when not said */
    struct sha256 id;              /* of what was signed: names this token for once-only use */
};
/* UNAUTHENTICATED with a sentence that says which rule it broke, but nothing of its content. */
enum err token_verify(
    struct ctx *c, const struct token_door *door, struct str token, struct token_claims *ret);
/* A token in a link: issued at most five minutes ago.  That it comes once is session.h's. */
enum err token_verify_link(
    struct ctx *c, const struct token_door *door, struct str token, struct token_claims *ret);

#endif
