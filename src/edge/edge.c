#include "edge/edge.h"

#include "base/config.h"
#include "base/origin.h"
#include "base/rate.h"
#include "base/redact.h"
#include "base/security.h"
#include "base/slots.h"

#include <stdlib.h>

enum {
    TRIES = 16384,
    USER_AGENT_MAX = 300
};

static const struct str roles[] = {
    [ROLE_NONE] = S_INIT("none"),
    [ROLE_GUEST] = S_INIT("guest"),
    [ROLE_USER] = S_INIT("user"),
    [ROLE_VIEWER] = S_INIT("viewer"),
    [ROLE_SUPPORT] = S_INIT("support"),
    [ROLE_FINANCE] = S_INIT("finance"),
    [ROLE_OWNER] = S_INIT("owner"),
    [ROLE_READONLY] = S_INIT("readonly"),
    [ROLE_APP] = S_INIT("app"),
    [ROLE_ADMIN] = S_INIT("admin"),
    [ROLE_CONTROL] = S_INIT("control"),
};
_Static_assert(ARRAY_LEN(roles) == ROLE_COUNT, "every role has a name");

struct str role_text(enum role role)
{
    must(role >= 0 && role < ROLE_COUNT);
    return roles[role];
}

bool role_parse(struct str text, enum role *ret)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (str_eq(roles[i], text)) {
            *ret = (enum role)i;
            return true;
        }
    }
    return false;
}

bool role_is_console(enum role role)
{
    return role >= ROLE_VIEWER && role <= ROLE_OWNER;
}

bool role_is_key(enum role role)
{
    return role >= ROLE_READONLY && role <= ROLE_ADMIN;
}

enum err edge_open(struct ctx *c, const struct edge_options *options, struct edge **ret)
{
    struct edge edge = { .options = *options };
    TRY(proxies_parse(c, config_str(c->config, CFG_TRUSTED_PROXIES), &edge.proxies));
    TRY(token_door_read(c, &edge.door));
    edge.tries = slots_open(c, TRIES);
    struct edge *kept = calloc(1, sizeof *kept);
    must(kept != NULL);
    *kept = edge;
    *ret = kept;
    return E_OK;
}

void edge_close(struct edge *edge)
{
    if (edge == NULL)
        return;
    slots_close(edge->tries);
    token_door_close(&edge->door);
    free(edge);
}

/* What is stored and logged of it: text, of bounded length, without secrets, whatever came. */
static struct str clean(struct arena *a, struct str s)
{
    struct buf b = BUF(a);
    s = redact(a, str_part(s, 0, 2 * USER_AGENT_MAX));
    for (size_t at = 0; at < s.n;) {
        uint32_t point = 0;
        size_t n = utf8_at(s, at, &point);
        if (b.n + (n == 0 ? 1 : n) > USER_AGENT_MAX)
            break;
        if (n == 0 || point < 0x20 || point == 0x7f)
            buf_char(&b, '?');
        else
            buf_add(&b, str_part(s, at, n));
        at += n == 0 ? 1 : n;
    }
    return buf_str(&b);
}

/* Load balancers ask by address. */
static bool is_health(struct str path)
{
    return str_eq(path, S("/healthz")) || str_eq(path, S("/readyz")) || str_eq(path, S("/metrics"));
}

static bool has_own_rate(const struct req *r)
{
    return r->c->address.n == 0 || address_is_loopback(r->c->address) ||
        (r->route != NULL && (r->route->flags & ROUTE_WEBHOOK) != 0) ||
        str_starts(req_header(r, S("Authorization")), S("Bearer sk_"));
}

enum err edge_enter(struct req *r)
{
    struct ctx *c = r->c;
    must(c->edge != NULL);
    r->edge = arena_new(c->arena, struct edge_req);
    c->customer_n = CUSTOMER_NOBODY;
    if (r->control)
        return E_OK;
    r->https = r->https || str_starts(config_str(c->config, CFG_SITE_URL), S("https:"));
    c->address = proxy_client(&c->edge->proxies, r);
    c->user_agent = clean(c->arena, req_header(r, S("User-Agent")));
    if (!host_is_own(c, req_header(r, S("Host"))) && !is_health(r->path)) {
        security_note(c, SECURITY_ORIGIN_REFUSED, "a Host header that is not ours");
        return fail(c, MISDIRECTED,
            "This server does not answer to that host name. PURSER_SITE_URL says which it has.");
    }
    return has_own_rate(r) ? E_OK : rate_take(c, RATE_ADDRESS, address_group(c->arena, c->address));
}
