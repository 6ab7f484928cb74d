#ifndef EDGE_SESSION_H
#define EDGE_SESSION_H

#include "base/id.h"
#include "edge/edge.h"

/* Cookie sessions (R50): 32 random bytes in a cookie, their SHA-256 in the store.  A session is a
 * console user's (ends after 30 minutes of rest) or a customer's; both end after 12 hours, at
 * logout, and a console user's all end when the password changes. */
enum {
    SESSION_REST_MS = 30 * 60 * 1000,
    SESSION_LIFE_MS = 12 * 60 * 60 * 1000,
    SESSION_SECRET = 32
};
struct session {
    int64_t n;
    enum role role;  /* user, or the console user's role as it is now */
    int64_t admin_n; /* 0: a customer's */
    struct id admin_id;
    struct str admin_mail;
    struct str customer_id; /* empty: a console user's */
    int64_t created_ms, used_ms;
};

/* The 32 bytes of the cookie that came; empty when there is none, or it is none of ours.  With
 * https it is called "__Host-purser": a browser takes that name only with Secure, Path=/ and
 * without Domain, so no subdomain can plant it.  On http of a loopback address it is "purser". */
struct str session_cookie(const struct req *r);
/* The cookie with this secret says who asks: r->csrf goes with it, and the CSRF rules hold. */
void session_with_cookie(struct req *r, struct str secret);
/* Puts it on the answer, or takes it away. */
void session_answer(struct req *r, struct str secret);
void session_answer_end(struct req *r);

/* A visitor without a session gets a guest cookie, so that a form has a CSRF token and an
 * Idempotency-Key an owner; nothing is stored.  Pages with forms call guest_begin. */
struct str guest_cookie(const struct req *r);
struct str guest_name(
    struct ctx *c, struct str secret); /* "guest:…", tells nothing of the secret */
void guest_begin(struct req *r);

/* A new session's bytes; drawn before the transaction. */
struct str session_draw(struct ctx *c);

struct session_new {
    struct str secret;      /* of session_draw */
    struct str old_secret;  /* the cookie that came, or empty: that session ends */
    int64_t admin_n;        /* a console user, or 0 */
    struct str customer_id; /* a customer, or empty */
};
/* Inside transactions. */
enum err session_begin(struct ctx *c, const struct session_new *in);
enum err session_used(struct ctx *c, int64_t n);
enum err session_end(struct ctx *c, struct str secret);
enum err session_end_admin(struct ctx *c, int64_t admin_n);
/* What may come once (a link's token): *ret_first is false the second time. */
enum err session_take_once(struct ctx *c, struct sha256 id, int64_t until_ms, bool *ret_first);
/* In a snapshot: a session that has not ended. */
enum err session_find(struct ctx *c, struct str secret, bool *ret_found, struct session *ret);

/* The standing job that deletes what has ended; subject is not used. */
enum err session_forget(struct ctx *c, struct str subject);

extern const struct routes session_routes; /* GET and POST /session, POST /logout */

#endif
