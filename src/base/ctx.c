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
        .mishaps = c->mishaps,
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

enum err ctx_pieces(struct ctx *c, int64_t most,
    enum err (*piece)(struct ctx *c, void *arg, bool *ret_more), void *arg)
{
    struct arena arena = { 0 };
    enum err e = E_OK;
    bool more = true;
    for (int64_t i = 0; e == E_OK && more && i < most; i++) {
        struct ctx own = ctx_sibling(c, &arena);
        own.db = c->db;
        own.actor = c->actor;
        more = false;
        e = piece(&own, arg, &more);
        if (e != E_OK || own.dead)
            ctx_keep_error(c, &own);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return e;
}
