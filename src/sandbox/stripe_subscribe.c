#include "base/clock.h"
#include "sandbox/stripe_billing.h"

/* Sessions in subscription mode.  The first payment comes first: one that fails leaves no
 * subscription behind. */

/* A trial of so many days, or until then; 0: none. */
static enum err read_trial(struct st *s, struct tree *at, int64_t *ret)
{
    enum {
        DAY_S = 24 * 60 * 60,
        LEAST_S = 48 * 60 * 60
    };
    int64_t days = 0, end = 0;
    TRY(param_i64(s, at, "trial_period_days", 1, 730, &days));
    TRY(param_i64(s, at, "trial_end", 1, INT64_MAX / 1000, &end));
    if (days > 0 && end > 0)
        return st_refuse(s, 400, "", S("subscription_data"),
            "You may only specify one of these parameters: trial_period_days, trial_end.");
    if (end > 0 && end < st_now(s) + LEAST_S)
        return st_refuse(s, 400, "", S("subscription_data[trial_end]"),
            "The `trial_end` date has to be at least 2 days in the future.");
    *ret = days > 0 ? st_now(s) + days * DAY_S : end;
    return E_OK;
}

enum err st_read_subscription_data(
    struct st *s, struct thing *session, struct tree **ret_rates, bool *ret_trial)
{
    static const char *const ignored[] = { "application_fee_percent", "transfer_data",
        "on_behalf_of", "invoice_settings", "billing_mode", "proration_behavior", "description",
        "billing_cycle_anchor" };
    struct tree *data = tree_of(s->a, JSON_OBJECT);
    struct tree *given = param_group(s, NULL, "subscription_data"), *rates = NULL;
    struct str missing = S("create_invoice");
    int64_t trial_end = 0;
    tree_set(s->a, data, "metadata", tree_of(s->a, JSON_OBJECT));
    *ret_rates = NULL;
    if (given != NULL) {
        TRY(param_metadata(s, given, data));
        TRY(read_trial(s, given, &trial_end));
        TRY(param_word(s, given, "trial_settings.end_behavior.missing_payment_method",
            "cancel|create_invoice|pause", &missing));
        TRY(st_rates(s, given, "default_tax_rates", &rates));
        *ret_rates = param_group(s, given, "default_tax_rates");
        for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
            param_skip(s, given, ignored[i]);
    }
    tree_set_i64(s->a, data, "trial_end", trial_end);
    tree_set_str(s->a, data, "missing", missing);
    tree_set(s->a, data, "rates", rates != NULL ? rates : tree_of(s->a, JSON_ARRAY));
    tree_set(s->a, session->body, "_subscription_data", data);
    *ret_trial = trial_end > 0;
    return E_OK;
}

/* ---- paying */

static enum err save_method(struct st *s, const struct thing *session, struct thing *method)
{
    struct thing customer;
    TRY(st_attach(s, method, tree_str(session->body, "customer")));
    if (s->refusal.status > 0)
        return E_OK;
    TRY(st_own(s, tree_str(session->body, "customer"), &customer));
    if (!tree_null(customer.body, "invoice_settings.default_payment_method"))
        return E_OK;
    tree_set_str(s->a, customer.body, "invoice_settings.default_payment_method", method->id);
    return st_save_and_tell(s, &customer, "customer.updated");
}

static void set_items(struct st *s, struct thing *sub, const struct thing *session)
{
    tree_each (line, tree_at(session->body, "_lines"))
        if (!tree_null(line, "price.recurring"))
            tree_push(tree_at(sub->body, "items.data"),
                st_item(s, sub, tree_at(line, "price"), tree_i64(line, "quantity"),
                    tree_at(line, "_tax_rates")));
}

/* What is bought once besides goes on the first invoice. */
static void add_once(
    struct st *s, const struct thing *session, const struct thing *sub, struct thing *invoice)
{
    int64_t now = st_now(s);
    tree_each (line, tree_at(session->body, "_lines")) {
        const struct tree *price = tree_at(line, "price");
        int64_t quantity = tree_i64(line, "quantity");
        if (!tree_null(price, "recurring"))
            continue;
        struct line once = { .price = price,
            .quantity = quantity,
            .amount = tree_i64(price, "unit_amount") * quantity,
            .start = now,
            .end = now,
            .description = tree_str(line, "description"),
            .subscription = sub->id,
            .invoice_item = st_fresh(s, "ii_1", 23),
            .rates = tree_at(line, "_tax_rates") };
        st_invoice_push(s, invoice, st_line(s, &once));
    }
}

/* The coupon as it was when the session was opened; it may be gone by now. */
static struct discount discount_of(const struct thing *session)
{
    struct tree *coupon = tree_at(session->body, "_coupon");
    struct discount d = {
        .promotion_code = tree_str(session->body, "discounts.0.promotion_code"),
    };
    if (coupon != NULL)
        d.coupon = (struct thing) { .id = tree_str(coupon, "id"), .body = coupon };
    return d;
}

static enum err first_invoice(struct st *s, const struct thing *session, struct thing *sub,
    const struct thing *intent, struct thing *ret)
{
    struct thing customer;
    struct tree *discounts = NULL;
    TRY(st_own(s, tree_str(sub->body, "customer"), &customer));
    struct thing t = st_sub_invoice(s, sub, customer.body, "subscription_create");
    struct str id = tree_str(session->body, "_invoice");
    t.id = id;
    tree_set_str(s->a, t.body, "id", id);
    tree_set_str(s->a, t.body, "lines.url", str_fmt(s->a, "/v1/invoices/%.*s/lines", SARG(id)));
    TRY(st_sub_lines(s, sub, &t));
    add_once(s, session, sub, &t);
    TRY(st_sub_discounts_now(s, sub, &discounts));
    TRY(st_add_up(s, t.body, discounts));
    st_sub_used(s, sub, discounts);
    TRY(st_add_and_tell(s, &t, "invoice.created"));
    if (intent != NULL)
        TRY(st_payment_of(s, &t, intent));
    TRY(st_invoice_open(s, &t));
    *ret = t;
    return E_OK;
}

/* The first payment was made, or none was due: the subscription begins. */
enum err st_subscribed(struct st *s, struct thing *session, const struct thing *intent)
{
    struct thing customer, invoice;
    struct discount discount = discount_of(session);
    const struct tree *data = tree_at(session->body, "_subscription_data");
    struct str method = intent != NULL ? tree_str(intent->body, "payment_method")
                                       : tree_str(session->body, "_method");
    TRY(st_own(s, tree_str(session->body, "customer"), &customer));
    struct thing sub = st_subscription(s, customer.body);
    tree_set_str(s->a, sub.body, "status", S("active"));
    tree_set(s->a, sub.body, "metadata", tree_copy(s->a, tree_at(data, "metadata")));
    tree_set(s->a, sub.body, "default_tax_rates", tree_copy(s->a, tree_at(data, "rates")));
    tree_set_str(s->a, sub.body, "trial_settings.end_behavior.missing_payment_method",
        tree_str(data, "missing"));
    tree_set_str_or_null(s->a, sub.body, "default_payment_method", method);
    set_items(s, &sub, session);
    st_sub_begin(s, &sub, tree_i64(data, "trial_end"));
    TRY(st_sub_discounts(s, &sub, &discount, 1));
    TRY(first_invoice(s, session, &sub, intent, &invoice));
    tree_set_str(s->a, sub.body, "latest_invoice", invoice.id);
    st_sub_due(s, &sub);
    TRY(st_add(s, &sub));
    TRY(st_invoice_paid(s, &invoice, intent));
    TRY(st_tell(s, "customer.subscription.created", sub.body, NULL));
    tree_set_str(s->a, session->body, "subscription", sub.id);
    tree_set_str(s->a, session->body, "invoice", invoice.id);
    return E_OK;
}

static enum err pay_first(
    struct st *s, struct thing *session, struct thing *method, bool passes, enum went *ret)
{
    int64_t total = tree_i64(session->body, "amount_total");
    struct thing intent = st_intent(s, total, tree_str(session->body, "currency"));
    tree_set_str(s->a, intent.body, "_session", session->id);
    tree_set_str(s->a, intent.body, "_reference", session->id);
    tree_set_str(s->a, intent.body, "_invoice", tree_str(session->body, "_invoice"));
    tree_set_str(s->a, intent.body, "customer", tree_str(session->body, "customer"));
    tree_set_str(s->a, intent.body, "description", S("Subscription creation"));
    tree_set_str(s->a, intent.body, "setup_future_usage", S("off_session"));
    tree_set_str(s->a, session->body, "_intent_id", intent.id);
    TRY(st_add_and_tell(s, &intent, "payment_intent.created"));
    TRY(st_save(s, session));
    struct paying_by by = {
        .authenticated = passes,
        .return_url = tree_str(session->body, "success_url"),
    };
    TRY(st_confirm(s, &intent, method, &by, ret));
    return st_went(s, &intent, *ret);
}

enum err st_subscribe(
    struct st *s, struct thing *session, const struct session_paying *in, enum went *ret)
{
    struct thing method;
    bool due = tree_i64(session->body, "amount_total") > 0;
    bool asked = due || str_eq(tree_str(session->body, "payment_method_collection"), S("always"));
    if (in->later)
        return fail(s->c, CONFLICT, "a subscription is paid by card here");
    TRY(st_customer_for(s, session, in, true));
    if (tree_null(session->body, "_invoice"))
        tree_set_str(s->a, session->body, "_invoice", st_id(s, kind_find(S("invoice"))));
    if (asked) {
        TRY(st_method_of_payer(s, session, in, &method));
        TRY(save_method(s, session, &method));
        tree_set_str(s->a, session->body, "_method", method.id);
    }
    if (s->refusal.status > 0) {
        *ret = WENT_DECLINED;
        return st_save(s, session);
    }
    if (due)
        return pay_first(s, session, &method, in->passes, ret);
    *ret = WENT_PAID;
    TRY(st_subscribed(s, session, NULL));
    return st_session_completes(s, session, "no_payment_required");
}
