#ifndef EDGE_KEY_H
#define EDGE_KEY_H

#include "base/id.h"
#include "edge/edge.h"

/* API keys (R52): "sk_live_" or "sk_test_" and 64 hex digits, shown once, stored as SHA-256.  A
 * key of the other kind of instance is refused even if its row is there. */
enum {
    KEY_NAME_MAX = 100
};
struct key {
    int64_t n;
    struct id id;
    enum role role;                          /* readonly, app, admin */
    struct str name, shown;                  /* shown: its first characters, to recognise it by */
    int64_t created_ms;                      /* wall time, as all of these */
    int64_t expires_ms, used_ms, revoked_ms; /* 0: never */
};

/* A new key's text; drawn before the transaction that stores it. */
struct str key_draw(struct ctx *c);
bool key_looks_right(struct str text, bool sandbox);
/* A role, name and end as people give them, or INVALID_REQUEST; sets id, role, name, expires_ms. */
enum err key_check(
    struct ctx *c, struct str role, struct str name, int64_t expires_ms, struct key *ret);

/* Inside transactions, with their facts. */
enum err key_create(struct ctx *c, const struct key *key, struct str text);
enum err key_revoke(struct ctx *c, struct id id); /* NOT_FOUND; a second time changes nothing */

/* Rows; inside transactions. */
enum err key_insert(struct ctx *c, const struct key *key, struct str text);
enum err key_end(struct ctx *c, struct id id, bool *ret_was_live);
enum err key_used(struct ctx *c, int64_t n);

/* In snapshots: the live key of this text; all keys after after_n, oldest first. */
enum err key_find(struct ctx *c, struct str text, bool *ret_found, struct key *ret);
enum err key_list(struct ctx *c, int64_t after_n, int64_t limit, struct key *row,
    enum err (*each)(struct ctx *c, void *arg), void *arg); /* *row is filled before each */

/* Its members, without its text, into an open object. */
void key_write(struct json *j, struct arena *a, const struct key *key);

extern const struct routes key_routes;     /* /api/admin/keys */
extern const struct routes key_pages;      /* /admin/keys */
extern const struct commands key_commands; /* key create, list, revoke */

#endif
