#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "edge/proxy.h"
#include "edge/token.h"

/* The edge: who is asking, may they, how often. */

/* People that a sandbox's /login offers; none outside it. */
struct demo_person {
    const char *name, *about; /* "Ada", "Creator plan" */
    const char *role;         /* owner, finance, support, viewer; user */
    const char *id;           /* a user's customer id, a console user's mail */
};
struct edge_options {
    bool sandbox; /* keys are sk_test_…, demo people may sign in */
    const struct demo_person *people;
    size_t people_count;
};

/* What the edge remembers between requests, one per process, reached through c->edge.  Never
 * changed after edge_open, but for the two at the end. */
struct slots;
struct edge {
    struct edge_options options;
    struct proxies proxies;
    struct token_door door;
    struct slots *tries; /* edge/throttle.h */
    _Atomic int hashing; /* passwords being hashed right now */
};
/* Reads proxies, token keys and origins from c->config: INVALID_REQUEST with one precise line when
 * any is in doubt. */
enum err edge_open(struct ctx *c, const struct edge_options *options, struct edge **ret);
void edge_close(struct edge *edge);

enum role {
    ROLE_NONE,  /* nobody, or an API call without credentials */
    ROLE_GUEST, /* a visitor with a guest cookie: nobody yet, but the same one as before */
    ROLE_USER,  /* a customer: user token or cookie session */
    /* Console sessions; each may what the one before may. */
    ROLE_VIEWER,
    ROLE_SUPPORT,
    ROLE_FINANCE,
    ROLE_OWNER,
    /* Secret keys, likewise. */
    ROLE_READONLY,
    ROLE_APP,
    ROLE_ADMIN,
    ROLE_CONTROL, /* the control socket: whoever owns the machine */
    ROLE_COUNT
};
struct str role_text(enum role role);
bool role_parse(struct str text, enum role *ret);
bool role_is_console(enum role role);
bool role_is_key(enum role role);

/* What the edge knows of one request; r->edge. */
struct edge_req {
    enum role role;
    bool by_cookie;       /* a session's or guest's cookie says who: the CSRF rules hold */
    struct str secret;    /* that cookie's 32 bytes, for the CSRF token */
    bool new_guest;       /* the cookie is on this answer, it did not come with the request */
    int64_t key_n;        /* the API key's row; 0: PURSER_SECRET_KEY or no key */
    int64_t session_n;    /* the cookie session's row */
    int64_t admin_n;      /* the console user's row */
    int64_t signed_in_ms; /* when the session began (wall time) */
    bool touch;           /* the row's time of last use is due to be written */
};

/* The first thing that happens to a request once it is matched (r->route may be NULL): r->edge,
 * the client's address, its user agent, the Host allow-list (MISDIRECTED; health checks may use
 * any name), and the general limit by address, which webhooks, secret keys and loopback do not
 * have. */
enum err edge_enter(struct req *r);

#endif
