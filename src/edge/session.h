#ifndef EDGE_SESSION_H
#define EDGE_SESSION_H

#include "base/crypto.h"
#include "base/id.h"
#include "edge/edge.h"

/* Cookie sessions (R50): 32 random bytes in a cookie, their SHA-256 in the store.  A session is a
 * console user's (ends after 30 minutes of rest) or a customer's; both end after 12 hours, at
 * logout, and when the console user's password changes. */
enum {
    SESSION_REST_MS = 30 * 60 * 1000,
    SESSION_LIFE_MS = 12 * 60 * 60 * 1000
};
struct session {
    int64_t n;
    enum role role;  /* user, or the console user's role as it is now */
    int64_t admin_n; /* 0: a customer's */
    struct id admin_id;
    struct str customer_id; /* empty: a console user's */
    int64_t created_ms, used_ms;
};

/* The cookie: "__Host-purser", or "purser" on http of a loopback address. */
struct str session_cookie(const struct req *r, struct str name_suffix, struct str *ret_secret);

/* A new session's 32 bytes; drawn before the transaction. */
struct str session_draw(struct ctx *c);
/* In a transaction: the old cookie's session ends, a new one begins (no fixation). */
struct session_new {
    struct str secret;     /* of session_draw */
    struct str old_secret; /* the cookie that came, or empty */
    int64_t admin_n;       /* or … */
    struct str customer_id;
};
enum err session_begin(struct ctx *c, const struct session_new *in);
enum err session_find(struct ctx *c, struct str secret, bool *ret_found, struct session *ret);
enum err session_used(struct ctx *c, int64_t n);
enum err session_end(struct ctx *c, struct str secret);
enum err session_end_admin(struct ctx *c, int64_t admin_n); /* all of this console user's */
/* A link's token comes once: UNAUTHENTICATED the second time. */
enum err session_take_token(struct ctx *c, struct sha256 id, int64_t expires_ms);
/* The standing job that deletes what has ended; *subject* is not used. */
enum err session_forget(struct ctx *c, struct str subject);

/* Puts the cookie on the answer. */
void session_answer(struct req *r, struct str secret);
void session_answer_end(struct req *r);

/* A visitor who has no session gets a guest cookie, so that forms have a CSRF token and an
 * Idempotency-Key has an owner; nothing is stored.  Pages with forms call it. */
void guest_begin(struct req *r);

extern const struct routes session_routes; /* POST and GET /session, POST /logout */

#endif
