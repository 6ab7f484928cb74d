#include "access/access.h"

#include "access/access_db.h"
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

/* Each plan of a customer: as it was agreed to, or as the catalogue has it. */
struct walk {
    int64_t customer_n;
    void (*plan)(struct walk *w, struct json_value plan, bool paid);
    struct access access;
    struct str feature;
    bool has;
    struct arena *arena;
};

static enum err paid_plan(struct ctx *c, struct str terms, void *arg)
{
    struct walk *w = arg;
    w->plan(w, json_root(terms), true);
    return c->dead ? E_DEAD : E_OK;
}

static enum err walk(struct ctx *c, struct walk *w)
{
    const struct catalog *k = NULL;
    w->arena = c->arena;
    must(w->customer_n >= 0); /* 0: somebody new */
    TRY(catalog_now(c, &k));
    TRY(access_db_each(c, w->customer_n, paid_plan, w));
    for (size_t i = 0; i < k->product_count; i++)
        if (is_free(&k->products[i]))
            w->plan(w, json_root(k->products[i].source), false);
    return E_OK;
}

/* ---- limits and credits */

static void add_plan(struct walk *w, struct json_value plan, bool paid)
{
    struct access *a = &w->access;
    int64_t allowance = number(plan, "credits.allowance", 0);
    int64_t limit = number(plan, "limits.generationsPerDay", -1);
    bool first = a->plan.n == 0;
    if (first || (paid && allowance > a->allowance))
        a->plan = json_text(w->arena, plan, "id");
    if (!paid && json_is(json_at(plan, "credits.every"), "once"))
        a->given_once += allowance;
    if (allowance > a->allowance)
        a->allowance = allowance;
    if (limit > a->day_limit)
        a->day_limit = limit;
}

enum err access_of(struct ctx *c, int64_t customer_n, struct access *ret)
{
    struct walk w = {
        .customer_n = customer_n,
        .plan = add_plan,
        .access = { .plan = S(""), .day_limit = -1 },
    };
    TRY(walk(c, &w));
    *ret = w.access;
    return E_OK;
}

/* ---- features */

static void look_for(struct walk *w, struct json_value plan, bool paid)
{
    bool says = false;
    (void)paid;
    if (json_to_bool(json_member(json_at(plan, "features"), w->feature), &says))
        w->has = w->has || says;
}

enum err access_has(struct ctx *c, int64_t customer_n, struct str feature, bool *ret)
{
    struct walk w = { .customer_n = customer_n, .plan = look_for, .feature = feature };
    TRY(walk(c, &w));
    *ret = w.has;
    return E_OK;
}

enum err access_set(struct ctx *c, int64_t customer_n, const struct access_plan *plan)
{
    must(customer_n > 0 && plan->terms.n > 0);
    return access_db_set(c, customer_n, plan);
}
