#include "sandbox/stripe_billing.h"

/* A change of plan in the middle of a period: what was not used comes back, what remains of the
 * new is charged, each by the second and rounded by itself. */

struct swap {
    struct st *s;
    const struct thing *sub;
    struct change *change;
    int64_t start, end; /* of the period that runs */
};

static const struct tree *item_by_id(const struct tree *items, struct str id)
{
    tree_each (item, items)
        if (str_eq(tree_str(item, "id"), id))
            return item;
    return NULL;
}

static struct tree *proration(const struct swap *x, const struct tree *item, int64_t sign)
{
    struct st *s = x->s;
    const struct tree *price = tree_at(item, "price");
    struct thing t = st_new(s, "invoiceitem");
    int64_t quantity = tree_i64(item, "quantity");
    int64_t whole = sign * quantity * tree_i64(price, "unit_amount");
    int64_t amount = part_of(whole, x->end - x->change->at, x->end - x->start);
    const struct tree *own = tree_at(item, "tax_rates");
    struct str name = st_name(s, price);
    struct str many = quantity > 1 ? str_fmt(s->a, "%lld × ", (long long)quantity) : S("");
    tree_drop(t.body, "created");
    tree_set_i64(s->a, t.body, "date", st_now(s));
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "currency", tree_str(price, "currency"));
    tree_set_str(s->a, t.body, "customer", tree_str(x->sub->body, "customer"));
    tree_set_bool(s->a, t.body, "proration", true);
    tree_set_bool(s->a, t.body, "discountable", false);
    tree_set_i64(s->a, t.body, "quantity", quantity);
    tree_set_str(s->a, t.body, "quantity_decimal", str_fmt(s->a, "%lld", (long long)quantity));
    tree_set_i64(s->a, t.body, "period.start", x->change->at);
    tree_set_i64(s->a, t.body, "period.end", x->end);
    tree_set_str(s->a, t.body, "description",
        str_fmt(s->a,
            sign < 0 ? "Unused time on %.*s%.*s after %.*s"
                     : "Remaining time on %.*s%.*s after %.*s",
            SARG(many), SARG(name), SARG(date_words(s->a, x->change->at))));
    tree_set_null(s->a, t.body, "parent");
    tree_set_str(s->a, t.body, "parent.subscription_details.subscription", x->sub->id);
    tree_set_str(
        s->a, t.body, "parent.subscription_details.subscription_item", tree_str(item, "id"));
    tree_set_str(s->a, t.body, "parent.type", S("subscription_details"));
    tree_set_null(s->a, t.body, "pricing");
    tree_set_str(s->a, t.body, "pricing.price_details.price", tree_str(price, "id"));
    tree_set_str(s->a, t.body, "pricing.price_details.product", tree_str(price, "product"));
    tree_set_str(s->a, t.body, "pricing.type", S("price_details"));
    tree_set_str(
        s->a, t.body, "pricing.unit_amount_decimal", tree_str(price, "unit_amount_decimal"));
    tree_set(s->a, t.body, "tax_rates",
        tree_copy(s->a, tree_count(own) > 0 ? own : tree_at(x->sub->body, "default_tax_rates")));
    tree_set_str(s->a, t.body, "_subscription", x->sub->id);
    tree_set_str(s->a, t.body, "_item", tree_str(item, "id"));
    tree_set(s->a, t.body, "_price", tree_copy(s->a, price));
    return t.body;
}

static bool same(const struct tree *item, const struct tree *other)
{
    return other != NULL && str_eq(tree_str(item, "price.id"), tree_str(other, "price.id")) &&
        tree_i64(item, "quantity") == tree_i64(other, "quantity");
}

/* What is paid for a whole new period, is not charged for the rest of the old one. */
static void prorate(const struct swap *x, const struct tree *before, const struct tree *after)
{
    tree_each (item, before)
        if (!same(item, item_by_id(after, tree_str(item, "id"))) || x->change->anchor_now)
            tree_push(x->change->items, proration(x, item, -1));
    if (x->change->anchor_now)
        return;
    tree_each (item, after)
        if (!same(item, item_by_id(before, tree_str(item, "id"))))
            tree_push(x->change->items, proration(x, item, 1));
}

void st_prorate_end(struct st *s, const struct thing *sub, struct change *change)
{
    const struct tree *items = tree_at(sub->body, "items.data");
    struct swap x = { s, sub, change, tree_i64(items, "0.current_period_start"),
        tree_i64(items, "0.current_period_end") };
    change->anchor_now = true;
    if (!str_eq(tree_str(sub->body, "status"), S("trialing")))
        prorate(&x, items, items);
}

/* ---- reading */

static enum err change_item(struct st *s, struct thing *sub, struct tree *at)
{
    struct tree *items = tree_at(sub->body, "items.data"), *rates = NULL, *item = NULL;
    struct str id = S("");
    bool gone = false;
    int64_t quantity = 1;
    struct thing price = { 0 };
    TRY(param_str(s, at, "id", &id));
    TRY(param_bool(s, at, "deleted", &gone));
    param_skip(s, at, "clear_usage");
    param_skip(s, at, "metadata");
    item = id.n > 0 ? (struct tree *)(uintptr_t)item_by_id(items, id) : NULL;
    if (id.n > 0 && item == NULL)
        return st_no_such(s, 400, "subscription_item", id, form_name(s->a, at));
    if (gone && item != NULL) {
        tree_cut(item);
        return E_OK;
    }
    if (param_given(s, at, "price") || param_given(s, at, "price_data") || item == NULL) {
        TRY(st_price(s, at, true, &price));
        if (tree_null(price.body, "recurring"))
            return st_refuse(s, 400, "", form_name(s->a, at),
                "The price specified is set to `type=one_time` but this field only accepts prices "
                "with `type=recurring`.");
    } else {
        quantity = tree_i64(item, "quantity");
    }
    TRY(param_i64(s, at, "quantity", 0, 999999, &quantity));
    TRY(st_rates(s, at, "tax_rates", &rates));
    if (item == NULL) {
        tree_push(items, st_item(s, sub, price.body, quantity, rates));
        return E_OK;
    }
    if (price.body != NULL) {
        tree_set(s->a, item, "price", tree_copy(s->a, price.body));
        tree_set(s->a, item, "plan", st_plan(s, price.body));
    }
    tree_set_i64(s->a, item, "quantity", quantity);
    if (rates != NULL)
        tree_set(s->a, item, "tax_rates", rates);
    return E_OK;
}

static enum err read_when(struct st *s, struct tree *at, struct change *c)
{
    struct str behavior = S("create_prorations"), anchor = S("unchanged"), trial = S("");
    struct tree *newer = tree_at(at != NULL ? at : s->params, "billing_cycle_anchor");
    bool group = newer != NULL && newer->kind == JSON_OBJECT;
    TRY(param_word(
        s, at, "proration_behavior", "always_invoice|create_prorations|none", &behavior));
    TRY(param_i64(s, at, "proration_date", 1, INT64_MAX / 1000, &c->at));
    TRY(param_word(s, at, group ? "billing_cycle_anchor.type" : "billing_cycle_anchor",
        "now|unchanged", &anchor));
    TRY(param_word(s, at, "trial_end", "now", &trial));
    c->prorates = !str_eq(behavior, S("none"));
    c->at_once = str_eq(behavior, S("always_invoice"));
    c->anchor_now = str_eq(anchor, S("now")) || trial.n > 0;
    return E_OK;
}

enum err st_change(struct st *s, struct thing *sub, struct tree *at, struct change *ret)
{
    struct tree *items = tree_at(sub->body, "items.data");
    struct tree *before = tree_copy(s->a, items), *given = param_group(s, at, "items");
    bool trial = str_eq(tree_str(sub->body, "status"), S("trialing"));
    struct swap x = { s, sub, ret, tree_i64(before, "0.current_period_start"),
        tree_i64(before, "0.current_period_end") };
    *ret = (struct change) { .at = st_now(s), .items = tree_of(s->a, JSON_ARRAY) };
    TRY(read_when(s, at, ret));
    for (struct tree *one = given != NULL ? given->first : NULL; one != NULL; one = one->next) {
        one->seen = true;
        if (one->kind != JSON_OBJECT)
            return st_refuse(s, 400, "", form_name(s->a, one), "Invalid object");
        TRY(change_item(s, sub, one));
    }
    if (tree_count(items) == 0)
        return st_refuse(
            s, 400, "", S("items"), "A subscription must have at least one active plan.");
    tree_each (item, items)
        if (!period_same(tree_at(item, "price"), tree_at(items, "0.price")))
            return st_refuse(s, 400, "", S("items"),
                "All prices of a subscription must have the same interval here.");
    if (ret->at < x.start || ret->at > x.end)
        return st_refuse(s, 400, "", S("proration_date"),
            "Cannot specify a proration date outside of the current period.");
    if (!period_same(tree_at(before, "0.price"), tree_at(items, "0.price")))
        ret->anchor_now = !trial;
    ret->moves = ret->anchor_now || !tree_equal(before, items);
    if (ret->prorates && ret->moves && !trial)
        prorate(&x, before, items);
    if (ret->anchor_now) {
        tree_set_str(
            s->a, sub->body, "status", trial ? S("active") : tree_str(sub->body, "status"));
        if (trial)
            tree_set_i64(s->a, sub->body, "trial_end", st_now(s));
        st_sub_begin(s, sub, 0);
    }
    return E_OK;
}
