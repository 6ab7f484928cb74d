#include "base/clock.h"
#include "sandbox/stripe_billing.h"

/* The routes of subscriptions. */

enum {
    DAY_S = 24 * 60 * 60
};

/* ---- what may be said of one at any time */

static enum err read_cancel(struct st *s, struct thing *t)
{
    bool at_end = tree_true(t->body, "cancel_at_period_end");
    int64_t at = tree_i64(t->body, "cancel_at");
    bool given = param_given(s, NULL, "cancel_at_period_end");
    if (!tree_null(t->body, "schedule") && (given || param_given(s, NULL, "cancel_at")))
        return st_refuse(s, 400, "", S(""),
            "The subscription is managed by the subscription schedule `%.*s`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead.",
            SARG(tree_str(t->body, "schedule")));
    TRY(param_bool(s, NULL, "cancel_at_period_end", &at_end));
    if (param_unset(s, NULL, "cancel_at"))
        at = 0;
    else
        TRY(param_i64(s, NULL, "cancel_at", 1, INT64_MAX / 1000, &at));
    if (given)
        at = at_end ? tree_i64(t->body, "items.data.0.current_period_end") : 0;
    tree_set_bool(s->a, t->body, "cancel_at_period_end", given && at_end);
    if (!given && at > 0 && at == tree_i64(t->was != NULL ? t->was : t->body, "cancel_at"))
        tree_set_bool(s->a, t->body, "cancel_at_period_end", at_end);
    bool asked = at > 0;
    tree_set_null(s->a, t->body, "cancel_at");
    if (asked)
        tree_set_i64(s->a, t->body, "cancel_at", at);
    if (asked && tree_null(t->body, "canceled_at"))
        tree_set_i64(s->a, t->body, "canceled_at", st_now(s));
    if (!asked)
        tree_set_null(s->a, t->body, "canceled_at");
    tree_set_str_or_null(
        s->a, t->body, "cancellation_details.reason", asked ? S("cancellation_requested") : S(""));
    return E_OK;
}

static enum err read_why(struct st *s, struct thing *t)
{
    struct tree *details = param_group(s, NULL, "cancellation_details");
    struct str feedback = S("");
    if (details == NULL)
        return E_OK;
    TRY(PARAM_TEXTS(s, details, tree_at(t->body, "cancellation_details"), "comment"));
    if (param_unset(s, details, "feedback"))
        tree_set_null(s->a, t->body, "cancellation_details.feedback");
    TRY(param_word(s, details, "feedback",
        "customer_service|low_quality|missing_features|other|switched_service|too_complex|"
        "too_expensive|unused",
        &feedback));
    if (feedback.n > 0)
        tree_set_str(s->a, t->body, "cancellation_details.feedback", feedback);
    return E_OK;
}

static enum err read_common(struct st *s, struct thing *t)
{
    static const char *const ignored[] = { "application_fee_percent", "transfer_data",
        "on_behalf_of", "invoice_settings", "payment_settings", "off_session", "billing_mode",
        "pending_invoice_item_interval", "days_until_due" };
    struct str method = S(""), collection = S("charge_automatically");
    struct tree *rates = NULL;
    struct thing m;
    TRY(PARAM_UNKNOWN_HERE(
        s, NULL, "automatic_tax", "billing_thresholds", "add_invoice_items", "schedule"));
    TRY(param_metadata(s, NULL, t->body));
    TRY(PARAM_TEXTS(s, NULL, t->body, "description"));
    TRY(param_word(s, NULL, "collection_method", "charge_automatically", &collection));
    TRY(param_word(s, NULL, "trial_settings.end_behavior.missing_payment_method",
        "cancel|create_invoice|pause", &collection));
    if (param_given(s, NULL, "trial_settings"))
        tree_set_str(
            s->a, t->body, "trial_settings.end_behavior.missing_payment_method", collection);
    TRY(param_str(s, NULL, "default_payment_method", &method));
    if (method.n > 0) {
        TRY(st_method(s, method, "default_payment_method", &m));
        tree_set_str(s->a, t->body, "default_payment_method", m.id);
    }
    TRY(st_rates(s, NULL, "default_tax_rates", &rates));
    if (rates != NULL)
        tree_set(s->a, t->body, "default_tax_rates", rates);
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        param_skip(s, NULL, ignored[i]);
    return E_OK;
}

static enum err read_pause(struct st *s, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "pause_collection");
    struct str behavior = S("");
    if (param_unset(s, NULL, "pause_collection"))
        tree_set_null(s->a, t->body, "pause_collection");
    if (given == NULL)
        return E_OK;
    TRY(param_word(s, given, "behavior", "keep_as_draft|mark_uncollectible|void", &behavior));
    if (behavior.n == 0)
        return param_missing(s, given, "behavior");
    TRY(PARAM_UNKNOWN_HERE(s, given, "resumes_at"));
    tree_set_str(s->a, t->body, "pause_collection.behavior", behavior);
    tree_set_null(s->a, t->body, "pause_collection.resumes_at");
    return E_OK;
}

static enum err read_discounts(struct st *s, struct thing *t)
{
    struct discount d[DISCOUNTS_MAX];
    struct str coupon = S("");
    size_t n = 0;
    if (!version_from(s->version, FAMILY_BASIL))
        TRY(param_str(s, NULL, "coupon", &coupon));
    if (coupon.n == 0 && !param_given(s, NULL, "discounts"))
        return E_OK;
    TRY(st_discounts(s, NULL, d, &n));
    if (coupon.n > 0) {
        d[0] = (struct discount) { 0 };
        n = 1;
        TRY(st_refer(s, "coupon", coupon, "coupon", &d[0].coupon));
    }
    TRY(st_sub_discounts(s, t, d, n));
    for (size_t i = 0; i < n; i++)
        TRY(st_redeem(s, &d[i]));
    return E_OK;
}

/* ---- beginning */

static enum err read_items(struct st *s, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "items");
    if (given == NULL)
        return param_missing(s, NULL, "items");
    tree_each (one, given) {
        struct thing price;
        struct tree *rates = NULL;
        int64_t quantity = 1;
        one->seen = true;
        if (one->kind != JSON_OBJECT)
            return st_refuse(s, 400, "", form_name(s->a, one), "Invalid object");
        TRY(st_price(s, one, true, &price));
        if (tree_null(price.body, "recurring"))
            return st_refuse(s, 400, "", form_name(s->a, one),
                "The price specified is set to `type=one_time` but this field only accepts prices "
                "with `type=recurring`.");
        TRY(param_i64(s, one, "quantity", 0, 999999, &quantity));
        TRY(st_rates(s, one, "tax_rates", &rates));
        param_skip(s, one, "metadata");
        tree_push(tree_at(t->body, "items.data"), st_item(s, t, price.body, quantity, rates));
        if (!period_same(price.body, tree_at(t->body, "items.data.0.price")))
            return st_refuse(s, 400, "", S("items"),
                "All prices of a subscription must have the same interval here.");
    }
    return E_OK;
}

static enum err read_trial(struct st *s, int64_t *ret_end)
{
    int64_t days = 0, end = 0;
    struct str word = tree_str(s->params, "trial_end");
    TRY(param_i64(s, NULL, "trial_period_days", 0, 730, &days));
    if (str_eq(word, S("now")))
        param_skip(s, NULL, "trial_end");
    else
        TRY(param_i64(s, NULL, "trial_end", 1, INT64_MAX / 1000, &end));
    param_skip(s, NULL, "trial_from_plan");
    *ret_end = days > 0 ? st_now(s) + days * DAY_S : end;
    return E_OK;
}

static enum err first_invoice(
    struct st *s, struct thing *t, const struct thing *customer, struct thing *ret)
{
    struct tree *discounts = NULL;
    *ret = st_sub_invoice(s, t, customer->body, "subscription_create");
    TRY(st_invoice_pending(s, ret, t->id, true));
    TRY(st_sub_lines(s, t, ret));
    TRY(st_sub_discounts_now(s, t, &discounts));
    TRY(st_add_up(s, ret->body, discounts));
    st_sub_used(s, t, discounts);
    TRY(st_add_and_tell(s, ret, "invoice.created"));
    return st_invoice_open(s, ret);
}

/* Pays at once, or says that it is incomplete. */
static enum err first_payment(
    struct st *s, struct thing *t, const struct thing *customer, struct thing *invoice)
{
    struct str behavior = S("allow_incomplete");
    struct thing method;
    bool found = false;
    enum went went = WENT_DECLINED;
    TRY(param_word(s, NULL, "payment_behavior",
        "allow_incomplete|default_incomplete|error_if_incomplete", &behavior));
    bool due = tree_i64(invoice->body, "amount_due") > 0;
    TRY(st_method_for(s, t->body, customer->body, &found, &method));
    bool waits = due && str_eq(behavior, S("default_incomplete"));
    if (due && !found && !waits)
        return st_refuse(s, 400, "resource_missing", S(""),
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.");
    if (!waits)
        TRY(st_invoice_pay(s, invoice, found ? &method : NULL, &(struct paying_by) { 0 }, &went));
    if (s->refusal.status > 0 && str_eq(behavior, S("error_if_incomplete")))
        return E_INVALID; /* nothing of it is left */
    s->refusal = (struct refusal) { 0 };
    if (went != WENT_PAID)
        tree_set_str(s->a, t->body, "status", S("incomplete"));
    tree_set_str(s->a, t->body, "latest_invoice", invoice->id);
    st_sub_due(s, t);
    TRY(st_save(s, t));
    return st_tell(s, "customer.subscription.created", t->body, NULL);
}

enum err v1_subscription_create(struct st *s)
{
    struct thing customer, t, invoice;
    struct str id = S("");
    int64_t trial_end = 0;
    TRY(param_str(s, NULL, "customer", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "customer");
    TRY(st_refer(s, "customer", id, "customer", &customer));
    t = st_subscription(s, customer.body);
    s->about = t.id;
    tree_set_str(s->a, t.body, "status", S("active"));
    TRY(read_items(s, &t));
    TRY(read_common(s, &t));
    TRY(read_trial(s, &trial_end));
    param_skip(s, NULL, "proration_behavior");
    param_skip(s, NULL, "billing_cycle_anchor");
    st_sub_begin(s, &t, trial_end);
    TRY(read_cancel(s, &t));
    TRY(read_discounts(s, &t));
    TRY(first_invoice(s, &t, &customer, &invoice));
    st_sub_due(s, &t);
    TRY(st_add(s, &t));
    TRY(first_payment(s, &t, &customer, &invoice));
    s->answer = t.body;
    return E_OK;
}

/* ---- asking */

enum err v1_subscription_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "subscription", &t));
    s->answer = t.body;
    return E_OK;
}

static bool of_status(struct st *s, const struct tree *body)
{
    struct str asked = tree_str(s->params, "status"), status = tree_str(body, "status");
    struct str price = tree_str(s->params, "price");
    bool over = str_eq(status, S("canceled")) || str_eq(status, S("incomplete_expired"));
    bool bought = price.n == 0;
    tree_each (item, tree_at(body, "items.data"))
        bought = bought || str_eq(tree_str(item, "price.id"), price);
    if (!bought)
        return false;
    if (asked.n == 0)
        return !over;
    if (str_eq(asked, S("ended")))
        return over;
    return str_eq(asked, S("all")) || str_eq(asked, status);
}

enum err v1_subscription_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL }, { "collection_method", NULL } };
    param_skip(s, NULL, "status");
    param_skip(s, NULL, "price");
    return st_list(s,
        &(struct listing) {
            .kind = "subscription", filters, ARRAY_LEN(filters), .keeps = of_status });
}

enum err v1_subscription_items(struct st *s)
{
    struct thing t;
    struct str id = S("");
    TRY(param_str(s, NULL, "subscription", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "subscription");
    TRY(st_refer(s, "subscription", id, "subscription", &t));
    param_skip(s, NULL, "limit");
    s->answer = tree_at(t.body, "items");
    return E_OK;
}

/* ---- changing */

static enum err refuse_over(struct st *s)
{
    return st_refuse(s, 400, "", S(""),
        "A canceled subscription can only update its cancellation_details and metadata.");
}

/* What changes is pending, or on an invoice now. */
static enum err bill_change(struct st *s, struct thing *t, const struct change *c)
{
    struct thing customer, invoice;
    struct tree *discounts = NULL;
    struct str behavior = S("allow_incomplete");
    enum went went = WENT_PAID;
    tree_each (body, c->items) {
        struct thing item = { .id = tree_str(body, "id"),
            .kind = kind_find(S("invoiceitem")),
            .body = tree_copy(s->a, body) };
        TRY(st_add_and_tell(s, &item, "invoiceitem.created"));
    }
    TRY(param_word(s, NULL, "payment_behavior",
        "allow_incomplete|default_incomplete|error_if_incomplete", &behavior));
    if (!c->anchor_now && !(c->at_once && c->items->first != NULL))
        return E_OK;
    TRY(st_own(s, tree_str(t->body, "customer"), &customer));
    invoice = st_sub_invoice(s, t, customer.body, "subscription_update");
    TRY(st_invoice_pending(s, &invoice, t->id, true));
    if (c->anchor_now)
        TRY(st_sub_lines(s, t, &invoice));
    TRY(st_sub_discounts_now(s, t, &discounts));
    TRY(st_add_up(s, invoice.body, discounts));
    st_sub_used(s, t, discounts);
    tree_set_str(s->a, t->body, "latest_invoice", invoice.id);
    TRY(st_save(s, t));
    TRY(st_add_and_tell(s, &invoice, "invoice.created"));
    TRY(st_invoice_open(s, &invoice));
    TRY(st_invoice_pay(s, &invoice, NULL, &(struct paying_by) { 0 }, &went));
    if (s->refusal.status > 0 && str_eq(behavior, S("error_if_incomplete")))
        return E_INVALID;
    s->refusal = (struct refusal) { 0 };
    return E_OK;
}

enum err st_sub_update(struct st *s, struct thing *t)
{
    struct change c;
    struct tree *was = tree_copy(s->a, t->was);
    s->about = t->id;
    TRY(read_why(s, t));
    TRY(read_common(s, t));
    TRY(st_change(s, t, NULL, &c));
    TRY(read_cancel(s, t));
    TRY(read_discounts(s, t));
    TRY(read_pause(s, t));
    st_sub_due(s, t);
    TRY(st_save(s, t));
    if (c.moves)
        TRY(bill_change(s, t, &c));
    else
        param_skip(s, NULL, "payment_behavior"); /* nothing is to pay */
    TRY(st_own(s, t->id, t));
    s->answer = t->body;
    return tree_equal(was, t->body) ? E_OK
                                    : st_tell(s, "customer.subscription.updated", t->body, was);
}

enum err v1_subscription_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "subscription", &t));
    if (!st_sub_over(&t))
        return st_sub_update(s, &t);
    TRY(read_why(s, &t));
    TRY(param_metadata(s, NULL, t.body));
    if (params_end(s) != E_OK)
        return refuse_over(s);
    s->answer = t.body;
    return st_save(s, &t);
}

static enum err drop_pending(struct st *s, struct thing *item, void *arg)
{
    const struct thing *sub = arg;
    if (!tree_null(item->body, "invoice") ||
        !str_eq(tree_str(item->body, "_subscription"), sub->id))
        return E_OK;
    return st_delete(s, item);
}

/* Gives back what was not used, as a pending credit. */
static enum err credit_unused(struct st *s, struct thing *t)
{
    struct change c = { .at = st_now(s), .prorates = true, .items = tree_of(s->a, JSON_ARRAY) };
    st_prorate_end(s, t, &c);
    tree_each (body, c.items) {
        struct thing item = { .id = tree_str(body, "id"),
            .kind = kind_find(S("invoiceitem")),
            .body = tree_copy(s->a, body) };
        TRY(st_add_and_tell(s, &item, "invoiceitem.created"));
    }
    return E_OK;
}

enum err st_sub_final_invoice(struct st *s, const struct thing *t)
{
    struct thing customer, invoice;
    enum went went;
    TRY(st_own(s, tree_str(t->body, "customer"), &customer));
    invoice = st_sub_invoice(s, t, customer.body, "manual");
    TRY(st_invoice_pending(s, &invoice, t->id, true));
    TRY(st_add_up(s, invoice.body, NULL));
    if (tree_at(invoice.body, "lines.data")->first == NULL)
        return E_OK;
    TRY(st_add_and_tell(s, &invoice, "invoice.created"));
    TRY(st_invoice_open(s, &invoice));
    TRY(st_invoice_pay(s, &invoice, NULL, &(struct paying_by) { 0 }, &went));
    s->refusal = (struct refusal) { 0 };
    return E_OK;
}

enum err v1_subscription_cancel(struct st *s)
{
    struct thing t;
    bool invoice = false, prorate = false;
    TRY(st_need(s, "subscription", &t));
    s->about = t.id;
    TRY(param_bool(s, NULL, "invoice_now", &invoice));
    TRY(param_bool(s, NULL, "prorate", &prorate));
    TRY(read_why(s, &t));
    if (st_sub_over(&t))
        return st_no_such(s, 404, "subscription", t.id, S("id"));
    if (prorate)
        TRY(credit_unused(s, &t));
    if (invoice)
        TRY(st_sub_final_invoice(s, &t));
    else if (!prorate)
        TRY(st_each(s, "invoiceitem", tree_str(t.body, "customer"), S(""), drop_pending, &t));
    TRY(st_sub_cancel(s, &t, "cancellation_requested"));
    s->answer = t.body;
    return E_OK;
}

enum err v1_subscription_resume(struct st *s)
{
    struct thing t;
    struct change c = { .at = st_now(s), .anchor_now = true, .items = tree_of(s->a, JSON_ARRAY) };
    TRY(st_need(s, "subscription", &t));
    s->about = t.id;
    if (!str_eq(tree_str(t.body, "status"), S("paused")))
        return st_refuse(s, 400, "", S(""),
            "This subscription is not paused; only a paused one can be resumed.");
    param_skip(s, NULL, "billing_cycle_anchor");
    param_skip(s, NULL, "proration_behavior");
    tree_set_str(s->a, t.body, "status", S("active"));
    st_sub_begin(s, &t, 0);
    st_sub_due(s, &t);
    TRY(st_save_and_tell(s, &t, "customer.subscription.updated"));
    TRY(st_tell(s, "customer.subscription.resumed", t.body, NULL));
    TRY(bill_change(s, &t, &c));
    TRY(st_own(s, t.id, &t));
    s->answer = t.body;
    return E_OK;
}
