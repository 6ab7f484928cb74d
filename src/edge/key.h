#ifndef EDGE_KEY_H
#define EDGE_KEY_H

#include "base/crypto.h"
#include "base/id.h"
#include "edge/edge.h"

/* API keys (R52): "sk_live_" or "sk_test_" and 64 hex digits, shown once, stored as SHA-256.  A
 * key of the other kind of instance is refused even if its row is there. */
struct key {
    int64_t n;
    struct id id;
    enum role role;         /* admin, app, readonly */
    struct str name, shown; /* shown: its first characters, to recognise it */
    int64_t created_ms, expires_ms, used_ms, revoked_ms; /* wall time; 0: never */
};

/* A new key's text; drawn before the transaction that stores it. */
struct str key_draw(struct ctx *c, bool sandbox);
bool key_looks_right(struct str text, bool sandbox);

/* Inside transactions. */
enum err key_insert(struct ctx *c, struct key *key, struct str text); /* sets n, created_ms */
enum err key_revoke(struct ctx *c, struct id id); /* NOT_FOUND; again is no error */
enum err key_used(struct ctx *c, int64_t n);
/* In a snapshot: the live key of this text. */
enum err key_find(struct ctx *c, struct str text, bool *ret_found, struct key *ret);
enum err key_list(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, void *arg), struct key *row, void *arg);

extern const struct routes key_routes;

#endif
