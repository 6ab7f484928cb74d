#ifndef EDGE_AUTH_H
#define EDGE_AUTH_H

#include "base/security.h"
#include "edge/edge.h"

/* Who is asking, in a snapshot (db_read), after edge_enter and before parse:
 *
 *   Authorization: Bearer sk_…   an API key; cookies are not looked at
 *   Authorization: Bearer JWT    a user token; cookies are not looked at
 *   cookie                       a console user's or customer's session, or a guest's
 *   the control socket           whoever may open it
 *
 * Sets r->edge, r->role, r->caller, r->csrf, r->session, c->actor, c->customer_id, and
 * c->customer_n: 0 for those who see everybody's, CUSTOMER_NOBODY for all others.
 *
 * Credentials that came and do not hold are UNAUTHENTICATED, also where none are needed
 * (RATE_LIMITED when one address sends too many); an ended cookie session is nobody.  Webhook
 * routes carry no credentials of ours: nothing is looked at. */
enum err auth_identify(struct req *r);

/* May they: route->allow against the role, deny by default; then the CSRF rules of edge/csrf.h.
 * UNAUTHENTICATED when nobody asked, else FORBIDDEN. */
enum err auth_allow(struct req *r);

/* The bare rule, for the matrix and for pages that hide what a role may not open. */
bool auth_role_may(enum role role, unsigned allow);

/* must(): every route says who may call it.  At start. */
void auth_check_routes(const struct routes *const *lists, size_t n);

/* FORBIDDEN unless the session began within the last ten minutes, for what deserves a second look
 * (keys, refunds, exports: R55).  Secret keys and the control socket pass. */
enum err auth_recent(struct req *r);

/* Passes e on.  A credential that was refused (E_DENIED) is noted, why NULL: with the sentence of
 * the failure; an address that sends too many gets RATE_LIMITED instead.  Only failures count: who
 * comes with a good one is let in, whatever others of the same address do (R27). */
enum err auth_refused(struct req *r, enum security_kind kind, enum err e, const char *why);

/* After the answer: writes down that the key or session was used, at most once a minute, in a
 * transaction of its own that nobody waits for. */
void auth_touch(struct req *r);

#endif
