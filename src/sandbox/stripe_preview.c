#include "sandbox/stripe_billing.h"

/* What the next invoice would be: the same arithmetic as the real one, and nothing is kept. */

struct asking {
    struct thing customer, sub;
    struct change change;
    struct tree *details; /* what would change, or NULL: nothing */
    bool ends, ends_now;
};

static enum err read_who(struct st *s, struct asking *k)
{
    struct str customer = S(""), sub = S("");
    TRY(param_str(s, NULL, "customer", &customer));
    TRY(param_str(s, NULL, "subscription", &sub));
    if (sub.n > 0) {
        TRY(st_refer(s, "subscription", sub, "subscription", &k->sub));
        if (st_sub_over(&k->sub))
            return st_refuse(s, 404, "invoice_upcoming_none", S(""),
                "No upcoming invoices for subscription: %.*s", SARG(sub));
        customer = tree_str(k->sub.body, "customer");
    }
    if (customer.n == 0)
        return param_missing(s, NULL, "customer");
    return st_refer(s, "customer", customer, "customer", &k->customer);
}

/* One that does not exist yet. */
static enum err imagine(struct st *s, struct asking *k)
{
    struct tree *given = k->details != NULL ? param_group(s, k->details, "items") : NULL;
    if (given == NULL)
        return param_missing(s, NULL, "subscription");
    k->sub = st_subscription(s, k->customer.body);
    tree_set_str(s->a, k->sub.body, "status", S("active"));
    tree_each (one, given) {
        struct thing price;
        struct tree *rates = NULL;
        int64_t quantity = 1;
        one->seen = true;
        TRY(st_price(s, one, true, &price));
        TRY(param_i64(s, one, "quantity", 0, 999999, &quantity));
        TRY(st_rates(s, one, "tax_rates", &rates));
        tree_push(
            tree_at(k->sub.body, "items.data"), st_item(s, &k->sub, price.body, quantity, rates));
    }
    st_sub_begin(s, &k->sub, 0);
    k->change.anchor_now = true;
    return E_OK;
}

static enum err read_change(struct st *s, struct asking *k)
{
    bool at_end = tree_true(k->sub.body, "cancel_at_period_end");
    if (k->details == NULL) {
        k->ends = at_end;
        return E_OK;
    }
    struct tree *rates = NULL;
    TRY(st_rates(s, k->details, "default_tax_rates", &rates));
    if (rates != NULL)
        tree_set(s->a, k->sub.body, "default_tax_rates", rates);
    TRY(st_change(s, &k->sub, k->details, &k->change));
    TRY(param_bool(s, k->details, "cancel_at_period_end", &at_end));
    TRY(param_bool(s, k->details, "cancel_now", &k->ends_now));
    k->ends = at_end || k->ends_now;
    if (k->ends_now && k->change.prorates)
        st_prorate_end(s, &k->sub, &k->change);
    return E_OK;
}

static enum err write_lines(struct st *s, struct asking *k, struct thing *invoice)
{
    bool now = k->change.anchor_now || k->change.at_once || k->ends_now;
    TRY(st_invoice_pending(s, invoice, k->sub.id, false));
    for (struct tree *i = k->change.items->first; i != NULL; i = i->next)
        st_invoice_push(s, invoice, st_pending_line(s, i));
    if (k->ends || (now && !k->change.anchor_now))
        return E_OK;
    if (!k->change.anchor_now) {
        if (str_eq(tree_str(k->sub.body, "status"), S("trialing")))
            tree_set_str(s->a, k->sub.body, "status", S("active"));
        st_sub_advance(s, &k->sub);
    }
    return st_sub_lines(s, &k->sub, invoice);
}

/* Those that are asked for, in the place of the subscription's. */
static enum err discounts_of(struct st *s, const struct thing *sub, struct tree **ret)
{
    struct discount d[DISCOUNTS_MAX];
    size_t n = 0;
    if (!param_given(s, NULL, "discounts"))
        return st_sub_discounts_now(s, sub, ret);
    TRY(st_discounts(s, NULL, d, &n));
    *ret = tree_of(s->a, JSON_ARRAY);
    for (size_t i = 0; i < n; i++)
        if (d[i].coupon.body != NULL)
            tree_push(*ret, st_discount_of(s, sub, &d[i]).body);
    return E_OK;
}

static enum err preview(struct st *s, struct asking *k)
{
    struct thing t;
    struct tree *discounts = NULL;
    s->dry = true;
    k->change.items = tree_of(s->a, JSON_ARRAY);
    TRY(read_who(s, k));
    if (k->sub.body == NULL)
        TRY(imagine(s, k));
    else
        TRY(read_change(s, k));
    t = st_sub_invoice(s, &k->sub, k->customer.body, "upcoming");
    t.id = str_fmt(s->a, "upcoming_%.*s", SARG(t.id));
    tree_set_str(s->a, t.body, "id", t.id);
    TRY(write_lines(s, k, &t));
    TRY(discounts_of(s, &k->sub, &discounts));
    TRY(st_add_up(s, t.body, discounts));
    int64_t balance = tree_i64(k->customer.body, "balance");
    int64_t due = tree_i64(t.body, "total") + balance;
    tree_set_i64(s->a, t.body, "starting_balance", balance);
    tree_set_i64(s->a, t.body, "ending_balance", due < 0 ? due : 0);
    tree_set_i64(s->a, t.body, "amount_due", due > 0 ? due : 0);
    tree_set_i64(s->a, t.body, "amount_remaining", due > 0 ? due : 0);
    tree_set_i64(s->a, t.body, "next_payment_attempt",
        k->change.anchor_now || k->change.at_once
            ? st_now(s)
            : tree_i64(k->sub.body, "items.data.0.current_period_start") + 3600);
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_preview(struct st *s)
{
    struct asking k = { .details = param_group(s, NULL, "subscription_details") };
    struct str mode = S("next");
    TRY(param_word(s, NULL, "preview_mode", "next", &mode));
    return preview(s, &k);
}

/* How it was asked before basil: subscription_items, subscription_proration_date, … */
enum err v1_invoice_upcoming(struct st *s)
{
    struct asking k = { 0 };
    struct tree *details = tree_of(s->a, JSON_OBJECT);
    if (version_from(s->version, FAMILY_BASIL))
        return st_refuse(
            s, 404, "", S(""), "Unrecognized request URL (GET: /v1/invoices/upcoming).");
    tree_each (one, s->params) {
        struct str prefix = S("subscription_");
        if (!str_starts(one->name, prefix))
            continue;
        tree_put(details, str_from(one->name, prefix.n), tree_copy(s->a, one));
        param_skip(s, NULL, str_c(s->a, one->name));
    }
    k.details = details->first != NULL ? details : NULL;
    return preview(s, &k);
}
