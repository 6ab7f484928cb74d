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
        .catalogs = c->catalogs,
        .zones = c->zones,
        .config = c->config,
        .app = c->app,
        .sandbox = c->sandbox,
        .site = c->site,
        .now_ms = c->now_ms,
        .wall_ms = c->wall_ms,
        .request_id = c->request_id,
    };
}

void ctx_keep_error(struct ctx *c, const struct ctx *sibling)
{
    c->dead = c->dead || sibling->dead;
    c->err = sibling->err;
    c->err.message = str_copy(c->arena, sibling->err.message);
    c->err.details = str_copy(c->arena, sibling->err.details);
    c->err.cause = NULL;
}
