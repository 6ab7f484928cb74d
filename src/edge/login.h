#ifndef EDGE_LOGIN_H
#define EDGE_LOGIN_H

#include "edge/admin.h"

/* Signing in to the console: POST /login {mail, password, code?, next?}; with a link of
 * `admin create`, POST /login/password {token, password}; in the sandbox POST /login/demo {who}.
 * Passwords are hashed on a caller, outside any transaction, also for mails of nobody: a stranger
 * learns neither from the answer nor from its time who is a console user. */

struct login {
    struct str mail, password, code; /* as they were given */
};
/* The user whose mail, password and code these are.  UNAUTHENTICATED, the same for every reason;
 * RATE_LIMITED (edge/throttle.h); BUSY.  Opens db_read itself. */
struct login_ok {
    struct admin admin;
    int64_t step;            /* of the code, or 0 */
    struct str new_password; /* the same one hashed by today's rules, or empty */
};
enum err login_check(struct ctx *c, const struct login *in, struct login_ok *ret);

extern const struct routes login_routes;

#endif
