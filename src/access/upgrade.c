#include "access/upgrade.h"

#include "base/json.h"

static size_t place_of(const struct catalog *k, struct str plan)
{
    for (size_t i = 0; i < k->product_count; i++)
        if (k->products[i].is_plan && str_eq(k->products[i].id, plan))
            return i;
    return k->product_count;
}

bool access_at_least(const struct catalog *k, struct str plan, struct str wanted)
{
    const size_t has = place_of(k, plan), asks = place_of(k, wanted);
    if (has == k->product_count || asks == k->product_count)
        return str_eq(plan, wanted); /* no longer for sale: it is what it was */
    return has >= asks && str_eq(k->products[has].group, k->products[asks].group);
}

/* ---- what may be offered */

struct looking {
    const struct catalog *k;
    const struct access_plan *held;
    size_t held_count;
    enum err (*fits)(struct ctx *c, const struct product *plan, void *arg, bool *ret);
    void *arg;
};

static bool has_group(const struct looking *l, struct str group)
{
    for (size_t i = 0; i < l->held_count; i++)
        if (str_eq(l->held[i].group, group))
            return true;
    return false;
}

/* Less than what somebody has is no way up. */
static bool is_above(const struct looking *l, struct str plan)
{
    for (size_t i = 0; i < l->held_count; i++)
        if (access_at_least(l->k, l->held[i].plan, plan))
            return false;
    return true;
}

static enum err may_help(struct ctx *c, const struct looking *l, size_t i, bool own, bool *ret)
{
    const struct product *plan = &l->k->products[i];
    *ret = false;
    if (!plan->is_plan || !plan->active || has_group(l, plan->group) != own ||
        !is_above(l, plan->id))
        return E_OK;
    return l->fits(c, plan, l->arg, ret);
}

/* ---- at which price */

struct way {
    enum currency cur;
    enum interval interval;
};

static struct way way_of(const struct looking *l)
{
    for (size_t i = 0; i < l->held_count; i++) {
        const struct product *plan = NULL;
        const struct price *price = catalog_price(l->k, l->held[i].price, &plan);
        if (l->held[i].price.n > 0 && price != NULL)
            return (struct way) { price->amount.cur, price->interval };
    }
    return (struct way) { l->k->currency, INTERVAL_MONTH };
}

static const struct price *price_by(const struct product *plan, struct way way)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct price *p = &plan->prices[i];
        if (p->active && p->amount.cur == way.cur && p->interval == way.interval)
            return p;
    }
    return NULL;
}

static enum interval other(enum interval interval)
{
    return interval == INTERVAL_YEAR ? INTERVAL_MONTH : INTERVAL_YEAR;
}

static struct access_upgrade cheapest(const struct looking *l, const bool *helps, struct way way)
{
    struct access_upgrade best = { NULL, NULL };
    for (size_t i = 0; i < l->k->product_count; i++) {
        const struct price *p = helps[i] ? price_by(&l->k->products[i], way) : NULL;
        if (p != NULL && (best.price == NULL || p->amount.minor < best.price->amount.minor))
            best = (struct access_upgrade) { &l->k->products[i], p };
    }
    return best;
}

enum err access_upgrade(struct ctx *c, int64_t customer_n,
    enum err (*fits)(struct ctx *c, const struct product *plan, void *arg, bool *ret), void *arg,
    struct access_upgrade *ret)
{
    struct looking l = { .fits = fits, .arg = arg };
    struct access_upgrade best = { NULL, NULL };
    TRY(catalog_now(c, &l.k));
    TRY(access_plans(c, customer_n, &l.held, &l.held_count));
    const struct way first = way_of(&l);
    /* Prices are compared in one currency and by one interval: a year is not dearer than a month.
     */
    const struct way ways[] = { first, { first.cur, other(first.interval) },
        { l.k->currency, first.interval }, { l.k->currency, other(first.interval) } };
    bool *helps = arena_array(c->arena, bool, l.k->product_count);
    for (int own = 1; own >= 0 && best.plan == NULL; own--) {
        for (size_t i = 0; i < l.k->product_count; i++)
            TRY(may_help(c, &l, i, own == 1, &helps[i]));
        for (size_t w = 0; w < ARRAY_LEN(ways) && best.plan == NULL; w++)
            best = cheapest(&l, helps, ways[w]);
    }
    *ret = best;
    return E_OK;
}

static enum err has_feature(struct ctx *c, const struct product *plan, void *arg, bool *ret)
{
    (void)c;
    *ret = access_says(plan->source, *(const struct str *)arg);
    return E_OK;
}

enum err access_upgrade_for(
    struct ctx *c, int64_t customer_n, struct str feature, struct access_upgrade *ret)
{
    return access_upgrade(c, customer_n, has_feature, &feature, ret);
}

void access_upgrade_json(struct json *j, const struct access_upgrade *upgrade)
{
    if (upgrade->plan == NULL)
        return;
    json_open(j, "upgradeTo", '{');
    json_str(j, "plan", upgrade->plan->id);
    price_json(j, "price", upgrade->price);
    json_close(j, '}');
}
