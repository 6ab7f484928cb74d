#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "web/web.h"

/* The edge: who is asking, may they, how often.  This is what it remembers between requests, one
 * per process, reached through c->edge. */
struct edge;

/* People that a sandbox's /login offers; none outside it. */
struct demo_person {
    const char *name, *about; /* "Ada", "Creator plan" */
    const char *role;         /* owner, finance, support, viewer; user */
    const char *id;           /* the customer id of a user, else the admin's mail */
};
struct edge_options {
    bool sandbox; /* keys are sk_test_…, demo people may sign in */
    const struct demo_person *people;
    size_t people_count;
};
/* Reads proxies, token keys and origins from c->config: INVALID_REQUEST with one precise line when
 * any is in doubt.  c->rates and c->security are set and stay the caller's. */
enum err edge_open(struct ctx *c, const struct edge_options *options, struct edge **ret);
void edge_close(struct edge *edge);

/* What the edge knows of one request; r->edge. */
enum role {
    ROLE_NONE,    /* nobody, or an API call without credentials */
    ROLE_GUEST,   /* a visitor with a guest cookie: nobody yet, but the same one as before */
    ROLE_USER,    /* a customer: user token or cookie session */
    ROLE_VIEWER,  /* console sessions, each may what the one before may */
    ROLE_SUPPORT, /* … */
    ROLE_FINANCE, /* … */
    ROLE_OWNER,
    ROLE_READONLY, /* secret keys, likewise */
    ROLE_APP,
    ROLE_ADMIN,
    ROLE_CONTROL, /* the control socket: whoever owns the machine */
    ROLE_COUNT
};
struct str role_text(enum role role);
bool role_parse(struct str text, enum role *ret);

struct edge_req {
    enum role role;
    bool by_cookie;       /* a cookie session or a guest cookie says who: CSRF rules hold */
    struct str secret;    /* that cookie's 32 bytes, for the CSRF token */
    int64_t key_n;        /* the API key's row; 0: PURSER_SECRET_KEY or no key */
    int64_t session_n;    /* the cookie session's row */
    int64_t admin_n;      /* the console user's row */
    int64_t signed_in_ms; /* when the session began (wall time) */
    bool touch;           /* the row's time of last use is due to be written */
    /* Of a user token, for those who keep customers: */
    struct str email, name;
    bool email_verified;
};

/* The first thing that happens to a request, before it is matched: r->edge, the client's address,
 * its user agent, the Host allow-list (MISDIRECTED) and the general limit by address. */
enum err edge_enter(struct req *r);

/* CORS (R43) for /api of allowed origins, without cookies.  True: the request was a preflight and
 * has been answered.  Else the answer's headers, to be called once the answer stands. */
bool edge_preflight(struct req *r);
void edge_cors(struct req *r);

#endif
