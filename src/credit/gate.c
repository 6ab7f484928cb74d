#include "credit/gate.h"

#include "base/fault.h"
#include "base/json.h"
#include "credit/credit_book.h"

static const struct str reason_texts[GATE_REASON_COUNT] = {
    [GATE_OPEN] = S_INIT(""),
    [GATE_PLAN] = S_INIT("PLAN_REQUIRED"),
    [GATE_FEATURE] = S_INIT("FEATURE_NOT_IN_PLAN"),
    [GATE_CREDITS] = S_INIT("INSUFFICIENT_CREDITS"),
    [GATE_DAY] = S_INIT("DAILY_LIMIT_REACHED"),
};

struct str gate_reason_text(enum gate_reason reason)
{
    must(reason < GATE_REASON_COUNT);
    return reason_texts[reason];
}

/* ---- what is so */

struct asking {
    const struct gate_question *q;
    const struct catalog *k;
    const struct access_plan *plan; /* which the customer has */
    size_t plans;
    struct credit_account account;
    struct access access;
    struct credit_cost cost;
    struct credit_today today;
    bool has_plan, has_feature, has_rule; /* rule: the operation's feature */
};

/* One way to the database for all that does not depend on each other's answers. */
static enum err find_all(struct ctx *c, int64_t customer_n, struct asking *a)
{
    struct credit_seen *seen = arena_new(c->arena, struct credit_seen);
    TRY(catalog_ask(c));
    TRY(credit_db_ask(c, customer_n, seen));
    TRY(access_plans(c, customer_n, &a->plan, &a->plans));
    TRY(catalog_now(c, &a->k));
    a->access = access_sum(a->plan, a->plans);
    TRY(credit_see(c, customer_n, seen, &a->account));
    return credit_see_today(c, customer_n, seen, &a->today);
}

static enum err find_plan(struct ctx *c, struct asking *a)
{
    if (a->q->plan.n == 0)
        return E_OK;
    a->has_plan = false;
    for (size_t i = 0; i < a->plans && !a->has_plan; i++)
        a->has_plan = access_at_least(a->k, a->plan[i].plan, a->q->plan);
    const struct product *asked = catalog_product(a->k, a->q->plan);
    if (!a->has_plan && (asked == NULL || !asked->is_plan))
        return fail(c, INVALID_REQUEST, "there is no plan %.*s", SARG(a->q->plan));
    return E_OK;
}

static enum err find_feature(struct ctx *c, struct asking *a)
{
    bool known = false;
    if (a->q->feature.n == 0)
        return E_OK;
    a->has_feature = access_any_says(a->plan, a->plans, a->q->feature);
    for (size_t i = 0; i < a->k->product_count && !known; i++)
        known = access_knows(a->k->products[i].source, a->q->feature);
    if (!known && !a->has_feature)
        return fail(c, INVALID_REQUEST, "no plan knows a feature %.*s", SARG(a->q->feature));
    return E_OK;
}

static bool is_use(const struct credit_use *use)
{
    return use->amount != 0 || use->operation.n > 0;
}

static enum err find_cost(struct ctx *c, struct asking *a)
{
    if (!is_use(&a->q->use))
        return E_OK;
    TRY(credit_cost_in(c, a->k, a->access.plan, &a->q->use, &a->cost));
    if (a->cost.feature.n > 0)
        a->has_rule = access_any_says(a->plan, a->plans, a->cost.feature);
    return E_OK;
}

static bool day_allows(const struct asking *a, int64_t counts, int64_t limit)
{
    const bool lets_everything = MUTANT(19); /* whatever was used today */
    return lets_everything || counts == 0 || limit < 0 || a->today.used + counts <= limit;
}

static enum gate_reason reason_of(const struct asking *a)
{
    if (!a->has_plan)
        return GATE_PLAN;
    if (!a->has_feature || !a->has_rule)
        return GATE_FEATURE;
    if (a->cost.amount > a->account.balance)
        return GATE_CREDITS;
    return day_allows(a, a->cost.counts, a->access.day_limit) ? GATE_OPEN : GATE_DAY;
}

/* ---- what would be so with another plan: beside what is there, its features, its limit, its price
 * of the operation, and its allowance */

static bool plan_helps(const struct asking *a, const struct product *plan)
{
    return (a->has_plan || access_at_least(a->k, plan->id, a->q->plan)) &&
        (a->has_feature || access_says(plan->source, a->q->feature)) &&
        (a->has_rule || access_says(plan->source, a->cost.feature));
}

static enum err would_allow(struct ctx *c, const struct product *plan, void *arg, bool *ret)
{
    const struct asking *a = arg;
    struct credit_cost cost = { .amount = 0 };
    *ret = plan_helps(a, plan);
    if (!*ret || !is_use(&a->q->use))
        return E_OK;
    const int64_t limit = access_number(plan->source, "limits.generationsPerDay", -1);
    const int64_t allowance = access_number(plan->source, "credits.allowance", 0);
    TRY(credit_cost_in(c, a->k, plan->id, &a->q->use, &cost));
    *ret = cost.amount <= a->account.balance + allowance &&
        day_allows(a, cost.counts, limit > a->access.day_limit ? limit : a->access.day_limit);
    return E_OK;
}

enum err gate_ask(
    struct ctx *c, int64_t customer_n, const struct gate_question *question, struct gate *ret)
{
    struct asking a = { .q = question, .has_plan = true, .has_feature = true, .has_rule = true };
    struct gate g = { .reason = GATE_OPEN };
    if (question->plan.n == 0 && question->feature.n == 0 && !is_use(&question->use))
        return fail(c, INVALID_REQUEST, "say what for: plan, feature, operation or amount");
    TRY(find_all(c, customer_n, &a));
    TRY(find_plan(c, &a));
    TRY(find_feature(c, &a));
    TRY(find_cost(c, &a));
    g.reason = reason_of(&a);
    g.cost = a.cost.amount;
    g.balance = a.account.balance;
    g.used_today = a.today.used;
    g.resets_ms = a.today.ends_ms;
    g.day_limit = a.access.day_limit;
    if (g.reason != GATE_OPEN)
        TRY(access_upgrade(c, customer_n, would_allow, &a, &g.upgrade));
    *ret = g;
    return E_OK;
}

void gate_json(struct json *j, const struct gate *g)
{
    json_bool(j, "allowed", g->reason == GATE_OPEN);
    json_str_or_null(j, "reason", gate_reason_text(g->reason));
    json_i64(j, "cost", g->cost);
    json_i64(j, "balance", g->balance);
    json_i64(j, "usedToday", g->used_today);
    if (g->day_limit >= 0)
        json_i64(j, "dailyLimit", g->day_limit);
    json_time(j, "resetsAt", g->resets_ms);
    access_upgrade_json(j, &g->upgrade);
}
