#include "grant/grant_verify.h"

enum {
    CHUNK = 500
};

struct checking {
    struct buf *out;
    int64_t found, last_n;
    bool more;
};

static enum err check(struct ctx *c, const struct granted *g, void *arg)
{
    struct checking *k = arg;
    const struct subscription *s = &g->s;
    struct str id = subscription_id(c->arena, s);
    k->last_n = s->n;
    k->more = true;
    /* What was paid for early begins later: until then it is the plan that runs. */
    bool begun = s->period_start_ms <= c->now_ms;
    if (begun && !str_eq(g->has, s->terms.plan) && ++k->found)
        buf_fmt(k->out, "%.*s is of the plan %.*s, and its customer has %.*s\n", SARG(id),
            SARG(s->terms.plan), SARG(g->has.n > 0 ? g->has : S("none")));
    else if (s->status == SUBSCRIPTION_CANCELED && g->until_ms > s->period_end_ms && ++k->found)
        buf_fmt(k->out, "%.*s is over, and its customer has %.*s for longer than was paid for\n",
            SARG(id), SARG(g->has));
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(grant_db_each(c, k->last_n, CHUNK, check, k));
    *ret_more = k->more;
    return E_OK;
}

enum err grant_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { .out = out };
    TRY(ctx_pieces(c, INT64_MAX, check_chunk, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "plans are not what was paid for");
}
