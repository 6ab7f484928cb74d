#include "access/access.h"

#include "base/json.h"
#include "catalog/catalog.h"

static int64_t number(struct json_value v, const char *path, int64_t otherwise)
{
    int64_t n = otherwise;
    json_to_i64(json_at(v, path), &n);
    return n;
}

/* A plan without a price is everybody's. */
static bool is_free(const struct product *p)
{
    return p->is_plan && p->active && p->price_count == 0;
}

static void add_plan(const struct product *plan, struct access *a)
{
    struct json_value v = json_root(plan->source);
    int64_t allowance = number(v, "credits.allowance", 0);
    int64_t limit = number(v, "limits.generationsPerDay", -1);
    if (a->plan.n == 0)
        a->plan = plan->id;
    if (json_is(json_at(v, "credits.every"), "once"))
        a->given_once += allowance;
    if (allowance > a->allowance)
        a->allowance = allowance;
    if (limit > a->day_limit)
        a->day_limit = limit;
}

enum err access_of(struct ctx *c, int64_t customer_n, struct access *ret)
{
    const struct catalog *k = NULL;
    struct access a = { .plan = S(""), .day_limit = -1 };
    must(customer_n >= 0); /* 0: somebody new */
    TRY(catalog_now(c, &k));
    for (size_t i = 0; i < k->product_count; i++)
        if (is_free(&k->products[i]))
            add_plan(&k->products[i], &a);
    *ret = a;
    return E_OK;
}

enum err access_has(struct ctx *c, int64_t customer_n, struct str feature, bool *ret)
{
    const struct catalog *k = NULL;
    bool has = false, says = false;
    must(customer_n >= 0); /* 0: somebody new */
    TRY(catalog_now(c, &k));
    for (size_t i = 0; i < k->product_count && !has; i++) {
        struct json_value features = json_at(json_root(k->products[i].source), "features");
        if (is_free(&k->products[i]) && json_to_bool(json_member(features, feature), &says))
            has = says;
    }
    *ret = has;
    return E_OK;
}
