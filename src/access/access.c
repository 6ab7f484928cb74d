#include "access/access.h"

#include "access/access_db.h"
#include "base/json.h"
#include "catalog/catalog.h"

/* ---- what one plan says */

int64_t access_number(struct str plan, const char *path, int64_t otherwise)
{
    int64_t n = otherwise;
    json_to_i64(json_at(json_root(plan), path), &n);
    return n;
}

static struct json_value feature_of(struct str plan, struct str feature)
{
    return json_member(json_at(json_root(plan), "features"), feature);
}

bool access_says(struct str plan, struct str feature)
{
    bool says = false;
    json_to_bool(feature_of(plan, feature), &says);
    return says;
}

bool access_knows(struct str plan, struct str feature)
{
    return feature_of(plan, feature).kind != JSON_ABSENT;
}

/* ---- which there are */

struct held {
    struct access_plan *plan;
    size_t n, room;
};

static enum err add(struct ctx *c, const struct access_plan *plan, void *arg)
{
    struct held *h = arg;
    if (h->n == h->room) {
        struct access_plan *more = arena_array(c->arena, struct access_plan, h->room * 2 + 8);
        for (size_t i = 0; i < h->n; i++)
            more[i] = h->plan[i];
        h->plan = more;
        h->room = h->room * 2 + 8;
    }
    h->plan[h->n++] = *plan;
    return c->dead ? E_DEAD : E_OK;
}

/* A plan without a price is everybody's. */
static bool is_free(const struct product *p)
{
    return p->is_plan && p->active && p->price_count == 0;
}

enum err access_plans(
    struct ctx *c, int64_t customer_n, const struct access_plan **ret, size_t *ret_n)
{
    const struct catalog *k = NULL;
    struct held h = { NULL, 0, 0 };
    must(customer_n >= 0);
    TRY(catalog_ask(c));
    TRY(access_db_each(c, customer_n, add, &h));
    TRY(catalog_now(c, &k));
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        const struct access_plan free = {
            .group = p->group,
            .plan = p->id,
            .terms = p->source,
            .price = S(""),
            .until_ms = ACCESS_FOREVER,
            .is_free = true,
        };
        if (is_free(p))
            TRY(add(c, &free, &h));
    }
    *ret = h.plan;
    *ret_n = h.n;
    return E_OK;
}

/* ---- all of them together */

static void add_plan(const struct access_plan *plan, struct access *a)
{
    const int64_t allowance = access_number(plan->terms, "credits.allowance", 0);
    const int64_t limit = access_number(plan->terms, "limits.generationsPerDay", -1);
    if (a->plan.n == 0 || (!plan->is_free && allowance > a->allowance))
        a->plan = plan->plan;
    if (plan->is_free && json_is(json_at(json_root(plan->terms), "credits.every"), "once"))
        a->given_once += allowance;
    if (allowance > a->allowance)
        a->allowance = allowance;
    if (limit > a->day_limit)
        a->day_limit = limit;
}

struct access access_sum(const struct access_plan *plan, size_t n)
{
    struct access a = { .plan = S(""), .day_limit = -1 };
    for (size_t i = 0; i < n; i++)
        add_plan(&plan[i], &a);
    return a;
}

bool access_any_says(const struct access_plan *plan, size_t n, struct str feature)
{
    for (size_t i = 0; i < n; i++)
        if (access_says(plan[i].terms, feature))
            return true;
    return false;
}

enum err access_of(struct ctx *c, int64_t customer_n, struct access *ret)
{
    const struct access_plan *plan = NULL;
    size_t n = 0;
    TRY(access_plans(c, customer_n, &plan, &n));
    *ret = access_sum(plan, n);
    return E_OK;
}

enum err access_has(struct ctx *c, int64_t customer_n, struct str feature, bool *ret)
{
    const struct access_plan *plan = NULL;
    size_t n = 0;
    TRY(access_plans(c, customer_n, &plan, &n));
    *ret = access_any_says(plan, n, feature);
    return E_OK;
}

enum err access_set(struct ctx *c, int64_t customer_n, const struct access_plan *plan)
{
    must(customer_n > 0 && plan->terms.n > 0);
    return access_db_set(c, customer_n, plan);
}
