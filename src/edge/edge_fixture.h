#ifndef EDGE_EDGE_FIXTURE_H
#define EDGE_EDGE_FIXTURE_H

#include "base/test.h"
#include "edge/edge.h"

/* For tests of the edge: a server's memory from lines of configuration, and requests that take the
 * way of a request, from bytes to answer, without threads. */

#define SITE "https://pay.example.com"
#define ORIGIN "Origin: https://pay.example.com\r\n"
#define SECRET_KEY "sk_configured_0123456789abcdef"
#define JWT_SECRET "jwt-secret-of-the-application-0123456789"

/* Sets config, rates, security and edge of t->c; all of it ends with the test.  Lines are added to
 * the usual ones; NULL: none. */
void edge_fixture(struct test *t, const struct edge_options *options, const char *line);

/* "POST /login", extra header lines, a form or JSON body (its content type by its first letter).
 * Host and Content-Length are added. */
struct req *edge_request(struct test *t, const struct routes *const *lists, size_t lists_n,
    const char *line, const char *headers, const char *body);
/* Enter, identify, allow, parse, run: the first failure, or E_OK and r->out. */
enum err edge_serve(struct test *t, struct req *r);

/* The value of the cookie that the answer sets, "" when it sets none. */
struct str edge_cookie_set(struct req *r, struct str name);

/* A token of the application for sub, issued now, good for five minutes. */
struct str edge_token(struct test *t, const char *sub);

#endif
