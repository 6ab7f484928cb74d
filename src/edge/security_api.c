#include "edge/security_api.h"

#include "base/security.h"
#include "web/list.h"

/* GET /api/admin/security?kind=&limit=&after=: what attackers, or broken clients, tried lately on
 * this server, newest first.  The metrics security_*_total count all of it. */
static enum err list(struct req *r)
{
    struct ctx *c = r->c;
    struct str name = S("");
    struct list l = { 0 };
    bool given = false;
    enum security_kind kind = SECURITY_COUNT;
    TRY(req_query(r, "kind", &given, &name));
    if (given && !security_parse(name, &kind))
        return fail(c, INVALID_REQUEST, "kind is none of those that the list itself shows");
    TRY(req_page(r, &l.page));
    size_t want = (size_t)list_want(&l);
    struct security_event *event = arena_array(c->arena, struct security_event, want);
    size_t n = security_list(c, kind, l.page.after_n, event, want);
    list_open(r, &l);
    for (size_t i = 0; i < n && list_room(&l, event[i].n); i++) {
        json_open(&l.j, NULL, '{');
        json_time(&l.j, "at", event[i].at_ms);
        json_str(&l.j, "kind", security_name(event[i].kind));
        json_str(&l.j, "what", event[i].what);
        json_str(&l.j, "ipAddress", event[i].address);
        json_str(&l.j, "actor", event[i].actor);
        json_str(&l.j, "requestId", event[i].request_id);
        json_i64(&l.j, "notListedBefore", event[i].not_kept);
        json_close(&l.j, '}');
    }
    list_close(r, &l);
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
