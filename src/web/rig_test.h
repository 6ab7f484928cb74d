#ifndef WEB_RIG_TEST_H
#define WEB_RIG_TEST_H

#include <stdatomic.h>

#include "base/id.h"
#include "base/test.h"
#include "web/server.h"

/* A server on a free port with a few routes of its own, and a client that is not polite. */
struct rig {
    struct rig **last; /* of the test: NULL once it is closed */
    struct server *s;
    struct ctx c;
    struct arena arena;
    struct ids ids;
    struct clock clock;
    struct router *router;
    struct server_options options;
    int port;
    atomic_int handled;   /* requests that reached a handler */
    atomic_int inside;    /* handlers that are running now */
    atomic_int most;      /* … at the same time, ever */
    atomic_bool held;     /* /hold does not answer before it is false */
    _Atomic int64_t news; /* what /wait and /stream tell */
    _Atomic int64_t commit_no;
    _Atomic(struct req *) later; /* /later hands its request over here */
};
/* options: what differs from the usual, or NULL. */
struct rig *rig_open(struct test *t, const struct server_options *options);
void rig_close(struct rig *rig);
/* A commit that changed what topic is about. */
void rig_commit(struct rig *rig, struct str topic);

int rig_connect(struct test *t, const struct rig *rig);
void rig_send(struct test *t, int fd, struct str bytes);
/* One answer with its body, by its Content-Length; fails the test after 10 s. */
struct str rig_answer(struct test *t, int fd);
/* Everything until the server closes; *ret_closed false: it had not after ms. */
struct str rig_rest(struct test *t, int fd, int ms, bool *ret_closed);
/* What comes until `until` is in it, or the connection ends, or 10 s are over. */
struct str rig_until(struct test *t, int fd, struct str until);
/* A whole exchange on a connection of its own: "GET /x", headers (each with CRLF), body. */
struct str rig_ask(
    struct test *t, const struct rig *rig, const char *line, const char *headers, struct str body);
int rig_status(struct str answer);
struct str rig_body(struct str answer);
int64_t rig_count(struct str text, struct str needle);

#endif
