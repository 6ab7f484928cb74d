#include "sandbox/stripe_billing.h"

/* Lines of invoices, and what they add up to. */

struct tree *st_plan(struct st *s, const struct tree *price)
{
    static const char *const same[] = { "id", "active", "created", "currency", "nickname",
        "product", "metadata" };
    struct tree *plan = st_shape(s, "plan");
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        tree_set(s->a, plan, same[i], tree_copy(s->a, tree_at(price, same[i])));
    tree_set_i64(s->a, plan, "amount", tree_i64(price, "unit_amount"));
    tree_set_str(s->a, plan, "amount_decimal", tree_str(price, "unit_amount_decimal"));
    tree_set_str(s->a, plan, "interval", tree_str(price, "recurring.interval"));
    tree_set_i64(s->a, plan, "interval_count", tree_i64(price, "recurring.interval_count"));
    return plan;
}

struct str st_name(struct st *s, const struct tree *price)
{
    (void)s;
    return tree_str(price, "_name");
}

/* "1 × Pro (at $19.00 / month)" */
struct str st_line_words(struct st *s, const struct tree *price, int64_t quantity)
{
    int64_t unit = tree_i64(price, "unit_amount");
    struct str name = st_name(s, price), interval = tree_str(price, "recurring.interval");
    struct str currency = tree_str(price, "currency");
    bool dollar = str_eq(currency, S("usd"));
    struct str amount = dollar
        ? str_fmt(s->a, "$%lld.%02lld", (long long)(unit / 100), (long long)(unit % 100))
        : str_fmt(s->a, "%lld %.*s", (long long)unit, SARG(currency));
    if (interval.n == 0)
        return name;
    return str_fmt(s->a, "%lld × %.*s (at %.*s / %.*s)", (long long)quantity, SARG(name),
        SARG(amount), SARG(interval));
}

struct tree *st_line(struct st *s, const struct line *in)
{
    struct tree *t = st_shape(s, "line_item"), *details = tree_of(s->a, JSON_OBJECT);
    bool of_item = in->item.n == 0;
    tree_set_str(s->a, t, "id", st_fresh(s, "il_1", 23));
    tree_set_i64(s->a, t, "amount", in->amount);
    tree_set_i64(s->a, t, "subtotal", in->amount);
    tree_set_str(s->a, t, "currency", tree_str(in->price, "currency"));
    tree_set_str_or_null(s->a, t, "description", in->description);
    tree_set_bool(s->a, t, "discountable", !in->proration);
    tree_set_i64(s->a, t, "period.start", in->start);
    tree_set_i64(s->a, t, "period.end", in->end);
    tree_set_i64(s->a, t, "quantity", in->quantity);
    tree_set_str(s->a, t, "quantity_decimal", str_fmt(s->a, "%lld", (long long)in->quantity));
    tree_set_str_or_null(s->a, t, "subscription", in->subscription);
    tree_set_str_or_null(s->a, details, "invoice_item", in->invoice_item);
    tree_set_bool(s->a, details, "proration", in->proration);
    tree_set_null(s->a, details, "proration_details.credited_items");
    tree_set_str_or_null(s->a, details, "subscription", in->subscription);
    if (!of_item)
        tree_set_str_or_null(s->a, details, "subscription_item", in->item);
    tree_set_null(s->a, t, "parent");
    tree_set_null(s->a, t, "parent.invoice_item_details");
    tree_set_null(s->a, t, "parent.subscription_item_details");
    tree_set(s->a, t, of_item ? "parent.invoice_item_details" : "parent.subscription_item_details",
        details);
    tree_set_str(s->a, t, "parent.type",
        of_item ? S("invoice_item_details") : S("subscription_item_details"));
    tree_set_null(s->a, t, "pricing");
    tree_set_str(s->a, t, "pricing.price_details.price", tree_str(in->price, "id"));
    tree_set_str(s->a, t, "pricing.price_details.product", tree_str(in->price, "product"));
    tree_set_str(s->a, t, "pricing.type", S("price_details"));
    tree_set_str(
        s->a, t, "pricing.unit_amount_decimal", tree_str(in->price, "unit_amount_decimal"));
    tree_set(s->a, t, "_price", tree_copy(s->a, in->price));
    if (!tree_null(in->price, "recurring"))
        tree_set(s->a, t, "_plan", st_plan(s, in->price));
    tree_set(s->a, t, "_rates",
        in->rates != NULL ? tree_copy(s->a, in->rates) : tree_of(s->a, JSON_ARRAY));
    return t;
}

enum err st_rates(struct st *s, struct tree *at, const char *path, struct tree **ret)
{
    struct tree *given = param_group(s, at, path);
    if (param_unset(s, at, path)) {
        *ret = tree_of(s->a, JSON_ARRAY);
        return E_OK;
    }
    *ret = NULL;
    if (given == NULL)
        return E_OK;
    *ret = tree_of(s->a, JSON_ARRAY);
    tree_each (one, given) {
        struct thing rate;
        one->seen = true;
        TRY(st_refer(s, "tax_rate", one->text, path, &rate));
        tree_push(*ret, rate.body);
    }
    return E_OK;
}

/* ---- adding up */

enum {
    WHOLE = 1000000 /* a hundred per cent, percent_parse */
};

struct sums {
    int64_t subtotal, off, added, inside;
};

static void tax_line(struct st *s, struct tree *invoice, struct tree *line, struct sums *x)
{
    struct tree *taxes = tree_of(s->a, JSON_ARRAY);
    int64_t base = tree_i64(line, "amount") - tree_i64(line, "_off");
    tree_each (rate, tree_at(line, "_rates")) {
        int64_t percent = 0;
        bool inside = tree_true(rate, "inclusive");
        must(percent_parse(tree_at(rate, "percentage")->text, &percent));
        int64_t net = part_of(2 * base * WHOLE + WHOLE + percent, 1, 2 * (WHOLE + percent));
        int64_t tax = inside ? base - net : part_of(2 * base * percent + WHOLE, 1, 2 * WHOLE);
        struct tree *t = tree_of(s->a, JSON_OBJECT);
        tree_set_i64(s->a, t, "amount", tax);
        tree_set_str(s->a, t, "tax_behavior", inside ? S("inclusive") : S("exclusive"));
        tree_set_str(s->a, t, "tax_rate_details.tax_rate", tree_str(rate, "id"));
        tree_set_str(s->a, t, "taxability_reason", S("standard_rated"));
        tree_set_i64(s->a, t, "taxable_amount", inside ? net : base);
        tree_set_str(s->a, t, "type", S("tax_rate_details"));
        tree_push(taxes, t);
        tree_push(tree_at(invoice, "total_taxes"), tree_copy(s->a, t));
        x->added += inside ? 0 : tax;
        x->inside += inside ? tax : 0;
    }
    tree_set(s->a, line, "taxes", taxes);
}

/* What an earlier discount left. */
static enum err take_off(
    struct st *s, struct tree *invoice, const struct tree *discount, struct sums *x)
{
    enum {
        LINES = 200
    };
    struct tree *lines = tree_at(invoice, "lines.data"), *on[LINES], *whole;
    int64_t amount[LINES], off[LINES], sum = 0;
    size_t n = 0;
    tree_each (line, lines) {
        int64_t left = tree_i64(line, "amount") - tree_i64(line, "_off");
        if (!tree_true(line, "discountable") || left <= 0 || n == LINES)
            continue;
        on[n] = line;
        amount[n++] = left;
    }
    TRY(st_take_off(
        s, tree_at(discount, "_coupon"), tree_str(invoice, "currency"), amount, n, off));
    for (size_t i = 0; i < n; i++) {
        struct tree *t = tree_of(s->a, JSON_OBJECT);
        tree_set_i64(s->a, t, "amount", off[i]);
        tree_set_str(s->a, t, "discount", tree_str(discount, "id"));
        tree_push(tree_at(on[i], "discount_amounts"), t);
        tree_set_i64(s->a, on[i], "_off", tree_i64(on[i], "_off") + off[i]);
        sum += off[i];
    }
    x->off += sum;
    whole = tree_of(s->a, JSON_OBJECT);
    tree_set_i64(s->a, whole, "amount", sum);
    tree_set_str(s->a, whole, "discount", tree_str(discount, "id"));
    tree_push(tree_at(invoice, "total_discount_amounts"), whole);
    tree_push(tree_at(invoice, "discounts"), tree_of_str(s->a, tree_str(discount, "id")));
    return E_OK;
}

enum err st_add_up(struct st *s, struct tree *invoice, const struct tree *discounts)
{
    struct sums x = { 0 };
    tree_set(s->a, invoice, "total_taxes", tree_of(s->a, JSON_ARRAY));
    tree_set(s->a, invoice, "total_discount_amounts", tree_of(s->a, JSON_ARRAY));
    tree_set(s->a, invoice, "discounts", tree_of(s->a, JSON_ARRAY));
    tree_each (line, tree_at(invoice, "lines.data")) {
        x.subtotal += tree_i64(line, "amount");
        tree_set_i64(s->a, line, "_off", 0);
        tree_set(s->a, line, "discount_amounts", tree_of(s->a, JSON_ARRAY));
    }
    for (const struct tree *d = discounts != NULL ? discounts->first : NULL; d != NULL; d = d->next)
        TRY(take_off(s, invoice, d, &x));
    tree_each (line, tree_at(invoice, "lines.data"))
        tax_line(s, invoice, line, &x);
    int64_t total = x.subtotal - x.off + x.added;
    tree_set_i64(s->a, invoice, "subtotal", x.subtotal);
    tree_set_i64(s->a, invoice, "subtotal_excluding_tax", x.subtotal - x.inside);
    tree_set_i64(s->a, invoice, "total", total);
    tree_set_i64(s->a, invoice, "total_excluding_tax", total - x.added - x.inside);
    tree_set_i64(s->a, invoice, "amount_due", total > 0 ? total : 0);
    tree_set_i64(s->a, invoice, "amount_remaining", total > 0 ? total : 0);
    tree_set_i64(
        s->a, invoice, "lines.total_count", (int64_t)tree_count(tree_at(invoice, "lines.data")));
    return E_OK;
}
