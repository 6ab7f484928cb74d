#include "db/db.h"
#include "renewal/change.h"

/* What is only asked for: what a change would cost, and the gateway's page for payers. */

static enum err reckon(struct ctx *c, void *arg)
{
    struct change_preview *p = arg;
    struct change *k = p->change;
    TRY(change_find(c, k, &k->s));
    TRY(change_judge(c, k, &k->s, &p->ask));
    TRY(cost_reckon(c, &k->s, &p->ask, &k->cost));
    p->asks = subscription_is_native(&k->s);
    if (!p->asks)
        return E_OK;
    p->in_ = (struct gateway_change) {
        .reference = k->s.reference,
        .payer = k->s.payer,
        .what = p->ask.at_end ? CHANGE_PLAN_AT_END : CHANGE_PLAN,
        .plan = cost_gateway_plan(c, &k->cost.to),
        .allowed_minor = k->cost.allowed_minor,
        .at_ms = p->ask.at_ms,
    };
    p->in_.prorate = (enum prorate)k->cost.prorate;
    return E_OK;
}

static enum err ask_gateway(struct ctx *c, struct change_preview *p)
{
    const struct gateway *g = gateway_by_id(p->change->s.gateway);
    if (g->try_change == NULL)
        return fail(c, CONFLICT, "%.*s cannot say yet what a change costs", SARG(g->title));
    TRY(g->try_change(c, &p->in_, &p->there));
    if (p->there.outcome == OUTCOME_DONE)
        return E_OK;
    if (p->there.outcome == OUTCOME_DECLINED)
        return fail(c, GATEWAY_REJECTED, "%.*s", SARG(p->there.refusal));
    return fail(
        c, GATEWAY_UNAVAILABLE, "%.*s could not be asked what a change costs", SARG(g->title));
}

enum err change_preview(struct ctx *c, struct change_preview *p)
{
    TRY(db_read(c, reckon, p));
    if (p->asks)
        return ask_gateway(c, p);
    return p->change->cost.over_minor > 0
        ? fail(c, CONFLICT,
              "what is paid for is worth more than the new plan: change at the period's end "
              "(period_end)")
        : E_OK;
}

/* ---- the gateway's own page */

static enum err find_portal(struct ctx *c, void *arg)
{
    struct change_portal *p = arg;
    enum err e = change_find(c, &p->change, &p->s_);
    p->found_ = e == E_OK;
    if (e != E_NOT_FOUND && e != E_INVALID)
        return e;
    err_clear(c); /* then it is the account page */
    return E_OK;
}

static enum err portal_url(struct ctx *c, struct change_portal *p, struct str *ret)
{
    struct str account = config_site_url(c, S("/account"));
    enum outcome outcome = OUTCOME_NOT_SENT;
    const struct gateway *g = p->found_ ? gateway_by_id(p->s_.gateway) : NULL;
    *ret = account;
    if (g == NULL || g->portal == NULL || !subscription_is_native(&p->s_) || p->s_.payer.n == 0)
        return E_OK;
    TRY(g->portal(c, p->s_.payer, p->return_url.n > 0 ? p->return_url : account, &outcome, ret));
    if (outcome == OUTCOME_DONE)
        return E_OK;
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s did not open its page for payers", SARG(g->title));
}

enum err change_portal(struct ctx *c, struct change_portal *p, struct str *ret_url)
{
    TRY(db_read(c, find_portal, p));
    return portal_url(c, p, ret_url);
}
