#include "base/ctx.h"

struct ctx ctx_sibling(const struct ctx *c, struct arena *arena)
{
    return (struct ctx) {
        .arena = arena,
        .store = c->store,
        .net = c->net,
        .ids = c->ids,
        .log = c->log,
        .metrics = c->metrics,
        .faults = c->faults,
        .rates = c->rates,
        .security = c->security,
        .edge = c->edge,
        .secret = c->secret,
        .config = c->config,
        .app = c->app,
        .site = c->site,
        .now_ms = c->now_ms,
        .wall_ms = c->wall_ms,
        .request_id = c->request_id,
    };
}
