#include "sandbox/stripe.h"

/* Objects are kept in the newest shape; here they become what older versions of the API show. */

static const struct str versions[] = {
    S_INIT("2020-08-27"),
    S_INIT("2022-08-01"),
    S_INIT("2022-11-15"),
    S_INIT("2023-08-16"),
    S_INIT("2023-10-16"),
    S_INIT("2024-04-10"),
    S_INIT("2024-06-20"),
    S_INIT("2024-09-30.acacia"),
    S_INIT("2024-10-28.acacia"),
    S_INIT("2024-11-20.acacia"),
    S_INIT("2024-12-18.acacia"),
    S_INIT("2025-01-27.acacia"),
    S_INIT("2025-02-24.acacia"),
    S_INIT("2025-03-31.basil"),
    S_INIT("2025-04-30.basil"),
    S_INIT("2025-05-28.basil"),
    S_INIT("2025-06-30.basil"),
    S_INIT("2025-07-30.basil"),
    S_INIT("2025-08-27.basil"),
    S_INIT("2025-09-30.clover"),
    S_INIT("2025-10-29.clover"),
    S_INIT("2025-11-17.clover"),
    S_INIT("2025-12-15.clover"),
    S_INIT("2026-01-28.clover"),
    S_INIT("2026-02-25.clover"),
    S_INIT("2026-03-25.dahlia"),
    S_INIT("2026-04-22.dahlia"),
    S_INIT("2026-05-27.dahlia"),
    S_INIT("2026-06-24.dahlia"),
    S_INIT("2026-07-29.dahlia"),
    S_INIT("2026-08-26.dahlia"), /* the account's own: [OWN] */
    S_INIT("2026-09-30.endive"),
    S_INIT("2026-10-28.endive"),
};
enum {
    OWN = 30
};

bool version_parse(struct str text, int *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (str_eq(text, versions[i])) {
            *ret = (int)i;
            return true;
        }
    return false;
}

struct str version_text(int version)
{
    return versions[version == VERSION_OWN ? OWN : version];
}

bool version_from(int version, enum family family)
{
    static const char *const first[] = {
        [FAMILY_BASIL] = "2025-03-31",
        [FAMILY_CLOVER] = "2025-09-30",
        [FAMILY_DAHLIA] = "2026-03-25",
        [FAMILY_ENDIVE] = "2026-09-30",
    };
    return str_cmp(version_text(version), str_of_c(first[family])) >= 0;
}

/* ---- what basil moved */

static void move(struct arena *a, struct tree *t, const char *from, const char *to)
{
    struct tree *v = tree_at(t, from);
    tree_set(a, t, to, v != NULL ? tree_copy(a, v) : tree_of(a, JSON_NULL));
}

static void drop(struct tree *t, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tree_drop(t, names[i]);
}
#define DROP(t, ...)                                                                               \
    drop((t), (const char *const[]) { __VA_ARGS__ },                                               \
        ARRAY_LEN(((const char *const[]) { __VA_ARGS__ })))

/* {amount, tax_behavior, tax_rate_details} as {amount, inclusive, tax_rate}; the sum. */
static int64_t old_taxes(struct arena *a, struct tree *t, const char *from, const char *to)
{
    struct tree *list = tree_of(a, JSON_ARRAY), *taxes = tree_at(t, from);
    int64_t sum = 0;
    for (struct tree *tax = taxes != NULL ? taxes->first : NULL; tax != NULL; tax = tax->next) {
        struct tree *old = tree_of(a, JSON_OBJECT);
        tree_set_i64(a, old, "amount", tree_i64(tax, "amount"));
        tree_set_bool(a, old, "inclusive", str_eq(tree_str(tax, "tax_behavior"), S("inclusive")));
        tree_set_str(a, old, "tax_rate", tree_str(tax, "tax_rate_details.tax_rate"));
        tree_set(a, old, "taxability_reason", tree_of_str(a, S("standard_rated")));
        tree_set_i64(a, old, "taxable_amount", tree_i64(tax, "taxable_amount"));
        tree_push(list, old);
        sum += tree_i64(tax, "amount");
    }
    tree_set(a, t, to, list);
    return sum;
}

static void old_line(struct arena *a, struct tree *t)
{
    bool of_sub = str_eq(tree_str(t, "parent.type"), S("subscription_item_details"));
    bool plan = of_sub && tree_null(t, "parent.subscription_item_details.invoice_item");
    const char *details =
        of_sub ? "parent.subscription_item_details" : "parent.invoice_item_details";
    struct tree *parent = tree_at(t, details);
    tree_set_str(a, t, "type", plan ? S("subscription") : S("invoiceitem"));
    tree_set_bool(a, t, "proration", parent != NULL && tree_true(parent, "proration"));
    if (parent != NULL) {
        move(a, t, str_c(a, str_fmt(a, "%s.proration_details", details)), "proration_details");
        move(a, t, str_c(a, str_fmt(a, "%s.subscription", details)), "subscription");
        if (!tree_null(parent, "subscription_item"))
            move(a, t, str_c(a, str_fmt(a, "%s.subscription_item", details)), "subscription_item");
        if (!tree_null(parent, "invoice_item"))
            move(a, t, str_c(a, str_fmt(a, "%s.invoice_item", details)), "invoice_item");
    }
    move(a, t, "_price", "price");
    move(a, t, "_plan", "plan");
    move(a, t, "amount", "amount_excluding_tax");
    move(a, t, "pricing.unit_amount_decimal", "unit_amount_excluding_tax");
    old_taxes(a, t, "taxes", "tax_amounts");
    tree_set(a, t, "tax_rates", tree_of(a, JSON_ARRAY));
    DROP(t, "parent", "pricing", "taxes", "pretax_credit_amounts", "quantity_decimal", "subtotal");
}

static void old_invoice(struct arena *a, struct tree *t)
{
    move(a, t, "parent.subscription_details.subscription", "subscription");
    tree_set_null(a, t, "subscription_details");
    if (tree_at(t, "parent.subscription_details.metadata") != NULL)
        move(a, t, "parent.subscription_details.metadata", "subscription_details.metadata");
    move(a, t, "_payment_intent", "payment_intent");
    move(a, t, "_charge", "charge");
    tree_set_bool(a, t, "paid", str_eq(tree_str(t, "status"), S("paid")));
    tree_set_bool(a, t, "paid_out_of_band", tree_true(t, "_out_of_band"));
    int64_t tax = old_taxes(a, t, "total_taxes", "total_tax_amounts");
    bool taxed = tree_at(t, "total_tax_amounts")->first != NULL;
    tree_set_null(a, t, "tax");
    if (taxed)
        tree_set_i64(a, t, "tax", tax);
    tree_set_null(a, t, "discount");
    tree_set_null(a, t, "application_fee_amount");
    tree_set_null(a, t, "transfer_data");
    tree_set_null(a, t, "quote");
    DROP(t, "parent", "total_taxes", "amount_overpaid", "customer_account");
}

static void old_invoice_item(struct arena *a, struct tree *t)
{
    move(a, t, "parent.subscription_details.subscription", "subscription");
    move(a, t, "_price", "price");
    move(a, t, "_plan", "plan");
    DROP(t, "parent", "pricing", "quantity_decimal", "customer_account");
}

static void old_subscription(struct arena *a, struct tree *t)
{
    move(a, t, "items.data.0.current_period_start", "current_period_start");
    move(a, t, "items.data.0.current_period_end", "current_period_end");
    tree_set_null(a, t, "discount");
    DROP(t, "billing_mode", "billing_schedules", "customer_account", "managed_payments");
}

static void before_basil(struct arena *a, struct tree *t, struct str kind)
{
    if (str_eq(kind, S("invoice")))
        old_invoice(a, t);
    else if (str_eq(kind, S("line_item")))
        old_line(a, t);
    else if (str_eq(kind, S("invoiceitem")))
        old_invoice_item(a, t);
    else if (str_eq(kind, S("subscription")))
        old_subscription(a, t);
    else if (str_eq(kind, S("subscription_item")))
        DROP(t, "current_period_start", "current_period_end", "current_trial");
    else if (str_eq(kind, S("charge")) || str_eq(kind, S("payment_intent")))
        move(a, t, "_invoice", "invoice");
    else if (str_eq(kind, S("checkout.session")))
        move(a, t, "collected_information.shipping_details", "shipping_details");
}

static void before_clover(struct arena *a, struct tree *t, struct str kind)
{
    if (str_eq(kind, S("discount"))) {
        move(a, t, "_coupon", "coupon");
        tree_drop(t, "source");
    } else if (str_eq(kind, S("promotion_code"))) {
        move(a, t, "_coupon", "coupon");
        tree_drop(t, "promotion");
    }
}

static void before_dahlia(struct arena *a, struct tree *t, struct str kind)
{
    if (!str_eq(kind, S("checkout.session")))
        return;
    struct str mode = tree_str(t, "ui_mode");
    tree_set_str(a, t, "ui_mode",
        str_eq(mode, S("hosted_page"))         ? S("hosted")
            : str_eq(mode, S("embedded_page")) ? S("embedded")
                                               : S("custom"));
}

void st_render(struct st *s, struct tree *t, int version)
{
    struct str kind = tree_str(t, "object");
    if (str_eq(kind, S("event"))) /* its shape is the one it was born with */
        version = VERSION_OWN;
    if (kind.n > 0 && !tree_true(t, "deleted")) {
        if (!version_from(version, FAMILY_BASIL))
            before_basil(s->a, t, kind);
        if (!version_from(version, FAMILY_CLOVER))
            before_clover(s->a, t, kind);
        if (!version_from(version, FAMILY_DAHLIA))
            before_dahlia(s->a, t, kind);
    }
    tree_each (inner, t) {
        if (t->kind == JSON_OBJECT && inner->name.n > 0 && inner->name.p[0] == '_')
            tree_cut(inner);
        else
            st_render(s, inner, version);
    }
}
