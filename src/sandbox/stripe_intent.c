#include "sandbox/stripe_money.h"

/* The routes of payment intents and charges. */

struct thing st_intent(struct st *s, int64_t amount, struct str currency)
{
    struct thing t = st_new(s, "payment_intent");
    struct str secret = st_random(s, 25);
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "currency", currency);
    tree_set_str(
        s->a, t.body, "client_secret", str_fmt(s->a, "%.*s_secret_%.*s", SARG(t.id), SARG(secret)));
    tree_set_str(s->a, t.body, "_reference", t.id);
    return t;
}

/* What a merchant may say about an intent, here and in payment_intent_data of a session. */
enum err st_read_intent(struct st *s, struct tree *at, struct tree *body)
{
    int64_t fee = -1;
    struct str capture = tree_str(body, "capture_method"), future = S("");
    TRY(PARAM_TEXTS(s, at, body, "description", "receipt_email", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_group", "on_behalf_of"));
    TRY(param_metadata(s, at, body));
    TRY(param_word(s, at, "capture_method", "automatic|automatic_async|manual", &capture));
    TRY(param_word(s, at, "setup_future_usage", "off_session|on_session", &future));
    TRY(param_i64(s, at, "application_fee_amount", 0, AMOUNT_MAX, &fee));
    tree_set_str(s->a, body, "capture_method", capture);
    if (future.n > 0)
        tree_set_str(s->a, body, "setup_future_usage", future);
    if (fee >= 0)
        tree_set_i64(s->a, body, "application_fee_amount", fee);
    struct tree *transfer = param_group(s, at, "transfer_data");
    if (transfer != NULL) {
        struct str destination = S("");
        int64_t amount = 0;
        TRY(param_str(s, transfer, "destination", &destination));
        TRY(param_i64(s, transfer, "amount", 1, AMOUNT_MAX, &amount));
        tree_set_str(s->a, body, "transfer_data.destination", destination);
        if (amount > 0)
            tree_set_i64(s->a, body, "transfer_data.amount", amount);
    }
    if (fee >= 0 && transfer == NULL)
        return st_refuse(s, 400, "", S("application_fee_amount"),
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a "
            "direct payment (using an OAuth key or Stripe-Account header) or destination payment "
            "(using `transfer_data[destination]`).");
    param_skip(s, at, "shipping");
    return E_OK;
}

static enum err read_methods(struct st *s, struct thing *t)
{
    if (param_given(s, NULL, "payment_method_types") && version_from(s->version, FAMILY_ENDIVE))
        return st_refuse(s, 400, "payment_method_types_no_longer_supported",
            S("payment_method_types"), "payment_method_types is no longer supported.");
    struct tree *automatic = param_group(s, NULL, "automatic_payment_methods");
    if (automatic != NULL) {
        bool enabled = false;
        struct str redirects = S("always");
        TRY(param_bool(s, automatic, "enabled", &enabled));
        TRY(param_word(s, automatic, "allow_redirects", "always|never", &redirects));
        tree_set_str(s->a, t->body, "automatic_payment_methods.allow_redirects", redirects);
        tree_set_bool(s->a, t->body, "automatic_payment_methods.enabled", enabled);
    }
    param_skip(s, NULL, "payment_method_types");
    param_skip(s, NULL, "payment_method_options");
    param_skip(s, NULL, "use_stripe_sdk");
    param_skip(s, NULL, "mandate_data");
    param_skip(s, NULL, "confirmation_method");
    return E_OK;
}

static enum err read_customer(struct st *s, struct thing *t)
{
    struct str customer = S("");
    struct thing known;
    TRY(param_str(s, NULL, "customer", &customer));
    if (customer.n == 0)
        return E_OK;
    TRY(st_refer(s, "customer", customer, "customer", &known));
    tree_set_str(s->a, t->body, "customer", customer);
    return E_OK;
}

static enum err too_small(struct st *s, int64_t amount, struct str currency, const char *param)
{
    int64_t least = st_least(currency);
    if (amount >= least)
        return E_OK;
    return st_refuse(s, 400, "amount_too_small", str_of_c(param),
        "Amount must be at least %lld %.*s, in the smallest unit.", (long long)least,
        SARG(currency));
}

static enum err read_payment_method(struct st *s, struct thing *t, struct thing *ret)
{
    struct str id = S("");
    *ret = (struct thing) { 0 };
    TRY(param_str(s, NULL, "payment_method", &id));
    if (id.n == 0 && !tree_null(t->body, "payment_method"))
        return st_own(s, tree_str(t->body, "payment_method"), ret);
    if (id.n == 0)
        return E_OK;
    TRY(st_method(s, id, "payment_method", ret));
    tree_set_str(s->a, t->body, "payment_method", ret->id);
    if (str_eq(tree_str(t->body, "status"), S("requires_payment_method")))
        tree_set_str(s->a, t->body, "status", S("requires_confirmation"));
    return E_OK;
}

/* A decline answers 402 and leaves the intent; a question is no refusal. */
static enum err confirm(struct st *s, struct thing *t, struct thing *method)
{
    struct paying_by by = { 0 };
    bool unasked = false;
    enum went went;
    TRY(param_bool(s, NULL, "off_session", &by.off_session));
    TRY(param_str(s, NULL, "return_url", &by.return_url));
    TRY(param_bool(s, NULL, "error_on_requires_action", &unasked));
    if (method->body == NULL)
        return st_refuse(s, 400, "payment_intent_unexpected_state", S("payment_method"),
            "You cannot confirm this PaymentIntent because it's missing a payment method.");
    if (unasked)
        by.off_session = true;
    return st_confirm(s, t, method, &by, &went);
}

enum err v1_intent_create(struct st *s)
{
    int64_t amount = -1;
    struct str currency = S("");
    struct thing method;
    bool now = false;
    TRY(param_i64(s, NULL, "amount", 0, AMOUNT_MAX, &amount));
    TRY(param_currency(s, NULL, "currency", &currency));
    if (amount < 0)
        return param_missing(s, NULL, "amount");
    if (currency.n == 0)
        return param_missing(s, NULL, "currency");
    TRY(too_small(s, amount, currency, "amount"));
    struct thing t = st_intent(s, amount, currency);
    TRY(read_methods(s, &t));
    TRY(read_customer(s, &t));
    TRY(st_read_intent(s, NULL, t.body));
    TRY(read_payment_method(s, &t, &method));
    TRY(param_bool(s, NULL, "confirm", &now));
    TRY(st_add_and_tell(s, &t, "payment_intent.created"));
    if (now)
        TRY(confirm(s, &t, &method));
    param_skip(s, NULL, "off_session");
    s->answer = t.body;
    return E_OK;
}

enum err v1_intent_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "payment_intent", &t));
    param_skip(s, NULL, "client_secret");
    s->answer = t.body;
    return E_OK;
}

enum err v1_intent_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL } };
    return st_list(s, &(struct listing) { .kind = "payment_intent", filters, ARRAY_LEN(filters) });
}

/* In one of these states, or a refusal in Stripe's words. */
static enum err in_state(struct st *s, const struct thing *t, const char *states, const char *verb)
{
    struct str rest = str_of_c(states), one, status = tree_str(t->body, "status");
    for (bool more = true; more;) {
        more = str_cut(rest, '|', &one, &rest);
        if (str_eq(one, status))
            return E_OK;
    }
    TRY(st_refuse(s, 400, "payment_intent_unexpected_state", S(""),
        "You cannot %s this PaymentIntent because it has a status of %.*s. Only a PaymentIntent "
        "with one of the following statuses may be used this way: %s.",
        verb, SARG(status), states));
    return E_OK;
}

static enum err not_of_session(struct st *s, const struct thing *t, const char *verb)
{
    if (tree_null(t->body, "_session"))
        return E_OK;
    return st_refuse(s, 400, "", S(""),
        "You cannot %s this PaymentIntent because it was created by Checkout. You should instead "
        "expire the corresponding Checkout Session.",
        verb);
}

enum err v1_intent_update(struct st *s)
{
    struct thing t, method;
    TRY(st_need(s, "payment_intent", &t));
    int64_t amount = tree_i64(t.body, "amount");
    struct str currency = tree_str(t.body, "currency");
    TRY(param_i64(s, NULL, "amount", 0, AMOUNT_MAX, &amount));
    TRY(param_currency(s, NULL, "currency", &currency));
    if (amount != tree_i64(t.body, "amount") || !str_eq(currency, tree_str(t.body, "currency")))
        TRY(in_state(
            s, &t, "requires_payment_method|requires_confirmation|requires_action", "update"));
    TRY(too_small(s, amount, currency, "amount"));
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "currency", currency);
    TRY(read_methods(s, &t));
    TRY(read_customer(s, &t));
    TRY(st_read_intent(s, NULL, t.body));
    TRY(read_payment_method(s, &t, &method));
    s->answer = t.body;
    return st_save(s, &t);
}

enum err v1_intent_confirm(struct st *s)
{
    struct thing t, method;
    TRY(st_need(s, "payment_intent", &t));
    TRY(not_of_session(s, &t, "confirm"));
    TRY(in_state(
        s, &t, "requires_payment_method|requires_confirmation|requires_action", "confirm"));
    TRY(read_methods(s, &t));
    TRY(read_payment_method(s, &t, &method));
    TRY(confirm(s, &t, &method));
    s->answer = t.body;
    return E_OK;
}

enum err v1_intent_capture(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "payment_intent", &t));
    TRY(in_state(s, &t, "requires_capture", "capture"));
    int64_t most = tree_i64(t.body, "amount_capturable"), amount = most;
    TRY(param_i64(s, NULL, "amount_to_capture", 1, most, &amount));
    TRY(st_capture(s, &t, amount));
    s->answer = t.body;
    return E_OK;
}

enum err v1_intent_cancel(struct st *s)
{
    struct thing t;
    struct str reason = S("");
    TRY(st_need(s, "payment_intent", &t));
    TRY(not_of_session(s, &t, "cancel"));
    TRY(param_word(s, NULL, "cancellation_reason",
        "duplicate|fraudulent|requested_by_customer|abandoned", &reason));
    TRY(in_state(s, &t,
        "requires_payment_method|requires_capture|requires_confirmation|requires_action|"
        "processing",
        "cancel"));
    s->answer = t.body;
    return st_cancel_intent(s, &t, reason);
}

/* ---- charges */

enum err v1_charge_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "charge", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_charge_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "charge", &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "description", "receipt_email"));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "charge.updated");
}

enum err v1_charge_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL }, { "payment_intent", NULL },
        { "transfer_group", NULL } };
    return st_list(s, &(struct listing) { .kind = "charge", filters, ARRAY_LEN(filters) });
}
