#include "edge/cors.h"

#include "base/origin.h"
#include "base/security.h"

static bool offered(const struct req *r)
{
    return str_starts(r->path, S("/api/")) && !str_starts(r->path, S("/api/admin/")) &&
        !str_starts(r->path, S("/api/webhooks/"));
}

bool cors_preflight(struct req *r)
{
    struct str origin = req_header(r, S("Origin"));
    if (!str_eq(r->method, S("OPTIONS")) || origin.n == 0 ||
        !req_has_header(r, S("Access-Control-Request-Method")))
        return false;
    if (!offered(r) || !origin_is_listed(r->c, origin)) {
        security_note(r->c, SECURITY_ORIGIN_REFUSED, "a script of an origin outside the list");
        answer_error(r, fail(r->c, FORBIDDEN, "This origin is not in PURSER_ALLOWED_ORIGINS."));
        answer_header(r, S("Vary"), S("Origin"));
        return true;
    }
    answer_none(r, 204);
    answer_header(r, S("Access-Control-Allow-Origin"), origin);
    answer_header(r, S("Access-Control-Allow-Methods"), S("GET, POST, PUT, DELETE"));
    answer_header(r, S("Access-Control-Allow-Headers"),
        S("Authorization, Content-Type, Idempotency-Key, Last-Event-ID"));
    answer_header(r, S("Access-Control-Max-Age"), S("600"));
    answer_header(r, S("Vary"), S("Origin"));
    return true;
}

void cors_answer(struct req *r)
{
    if (!offered(r))
        return;
    struct str origin = req_header(r, S("Origin"));
    answer_header(r, S("Vary"), S("Origin"));
    if (origin.n == 0 || !origin_is_listed(r->c, origin))
        return;
    answer_header(r, S("Access-Control-Allow-Origin"), origin);
    answer_header(
        r, S("Access-Control-Expose-Headers"), S("Request-Id, Retry-After, Idempotent-Replayed"));
}
