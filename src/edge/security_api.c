#include "edge/security_api.h"

#include "base/security.h"

/* GET /api/admin/security?kind=&limit=&after=: what attackers, or broken clients, tried lately on
 * this server, newest first.  The metrics security_*_total count all of it. */
static enum err list(struct req *r)
{
    struct ctx *c = r->c;
    struct str name = S("");
    struct page page;
    bool given = false;
    enum security_kind kind = SECURITY_COUNT;
    TRY(req_query(r, "kind", &given, &name));
    if (given && !security_parse(name, &kind))
        return fail(c, INVALID_REQUEST, "kind is none of those that the list itself shows");
    TRY(req_page(r, &page));
    size_t want = (size_t)page.limit + 1;
    struct security_event *event = arena_array(c->arena, struct security_event, want);
    size_t n = security_list(c, kind, page.after_n, event, want);
    bool more = n == want;
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    for (size_t i = 0; i < n - (more ? 1 : 0); i++) {
        json_open(&j, NULL, '{');
        json_time(&j, "at", event[i].at_ms);
        json_str(&j, "kind", security_name(event[i].kind));
        json_str(&j, "what", event[i].what);
        json_str(&j, "ipAddress", event[i].address);
        json_str(&j, "actor", event[i].actor);
        json_str(&j, "requestId", event[i].request_id);
        json_i64(&j, "notListedBefore", event[i].not_kept);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_bool(&j, "hasMore", more);
    json_str_or_null(&j, "next", more ? page_cursor(c->arena, event[n - 2].n) : S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/admin/security",
        .shape = SHAPE_READ,
        .run = list,
        .allow = ALLOW_ADMIN | ALLOW_SUPPORT,
        .about = "Refused keys, tokens, signatures, logins and forms, newest first: ?kind=.",
    },
};
const struct routes security_routes = { table, ARRAY_LEN(table) };
