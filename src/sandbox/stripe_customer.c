#include "sandbox/stripe_billing.h"

/* Customers and their payment methods. */

enum err st_customer(struct st *s, struct thing *ret)
{
    *ret = st_new(s, "customer");
    struct str prefix = str_upper(s->a, st_random(s, 8));
    tree_set_str(s->a, ret->body, "invoice_prefix", prefix);
    return E_OK;
}

static enum err read_address(struct st *s, struct tree *at, struct tree *into, const char *name)
{
    static const char *const names[] = { "city", "country", "line1", "line2", "postal_code",
        "state" };
    struct tree *given = param_group(s, at, name);
    if (param_unset(s, at, name))
        tree_set_null(s->a, into, name);
    if (given == NULL)
        return E_OK;
    struct tree *address = tree_of(s->a, JSON_OBJECT);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        tree_set_null(s->a, address, names[i]);
    TRY(param_texts(s, given, address, names, ARRAY_LEN(names)));
    tree_set(s->a, into, name, address);
    return E_OK;
}

static enum err use_method(struct st *s, struct thing *customer, const char *path, bool attach)
{
    struct str id = S("");
    struct thing method;
    TRY(param_str(s, NULL, path, &id));
    if (id.n == 0)
        return E_OK;
    TRY(st_method(s, id, "payment_method", &method));
    if (attach && !str_eq(tree_str(method.body, "customer"), customer->id)) {
        TRY(st_attach(s, &method, customer->id));
        if (s->refusal.status > 0)
            return E_INVALID;
    }
    tree_set_str(s->a, customer->body, "invoice_settings.default_payment_method", method.id);
    return E_OK;
}

static enum err read_customer(struct st *s, struct thing *t)
{
    TRY(PARAM_TEXTS(s, NULL, t->body, "email", "name", "description", "phone"));
    TRY(read_address(s, NULL, t->body, "address"));
    TRY(param_metadata(s, NULL, t->body));
    struct str exempt = tree_str(t->body, "tax_exempt");
    TRY(param_word(s, NULL, "tax_exempt", "exempt|none|reverse", &exempt));
    tree_set_str(s->a, t->body, "tax_exempt", exempt);
    int64_t balance = tree_i64(t->body, "balance");
    TRY(param_i64(s, NULL, "balance", INT32_MIN, INT32_MAX, &balance));
    tree_set_i64(s->a, t->body, "balance", balance);
    param_skip(s, NULL, "shipping");
    param_skip(s, NULL, "preferred_locales");
    param_skip(s, NULL, "tax");
    param_skip(s, NULL, "invoice_settings.custom_fields");
    param_skip(s, NULL, "invoice_settings.footer");
    return E_OK;
}

enum err v1_customer_create(struct st *s)
{
    struct thing t;
    TRY(st_customer(s, &t));
    TRY(read_customer(s, &t));
    TRY(st_add(s, &t));
    TRY(use_method(s, &t, "payment_method", true));
    TRY(use_method(s, &t, "invoice_settings.default_payment_method", false));
    TRY(st_save(s, &t));
    s->answer = t.body;
    return st_tell(s, "customer.created", t.body, NULL);
}

/* A deleted one is still known by name. */
enum err v1_customer_get(struct st *s)
{
    struct thing t;
    bool found = false;
    TRY(st_find(s, s->r->params[0], &found, &t));
    if (!found || !str_eq(str_of_c(t.kind->name), S("customer")))
        return st_no_such(s, 404, "customer", s->r->params[0], S("id"));
    s->answer = t.body;
    return E_OK;
}

enum err v1_customer_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "customer", &t));
    TRY(read_customer(s, &t));
    TRY(use_method(s, &t, "payment_method", true));
    TRY(use_method(s, &t, "invoice_settings.default_payment_method", false));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "customer.updated");
}

static enum err end_subscription(struct st *s, struct thing *t, void *arg)
{
    (void)arg;
    return st_sub_over(t) ? E_OK : st_sub_cancel(s, t, "cancellation_requested");
}

/* Its subscriptions end with it. */
enum err v1_customer_delete(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "customer", &t));
    TRY(st_each(s, "subscription", t.id, S(""), end_subscription, NULL));
    struct tree *last = tree_copy(s->a, t.body);
    TRY(st_delete(s, &t));
    return st_tell(s, "customer.deleted", last, NULL);
}

enum err v1_customer_list(struct st *s)
{
    static const struct filter filters[] = { { "email", NULL } };
    return st_list(s, &(struct listing) { .kind = "customer", filters, ARRAY_LEN(filters) });
}

enum err v1_customer_methods(struct st *s)
{
    static const struct filter filters[] = { { "type", NULL } };
    struct thing t;
    TRY(st_need(s, "customer", &t));
    return st_list(s,
        &(struct listing) {
            .kind = "payment_method",
            filters,
            ARRAY_LEN(filters),
            .customer = t.id,
            .url = str_fmt(s->a, "/v1/customers/%.*s/payment_methods", SARG(t.id)),
        });
}

/* ---- payment methods */

struct thing st_method_of(struct st *s, const struct card *card)
{
    struct thing t = st_new(s, "payment_method");
    tree_set_str(s->a, t.body, "_card", card->number);
    tree_set_str(s->a, t.body, "card.brand", card->brand);
    tree_set_str(s->a, t.body, "card.display_brand", card->brand);
    tree_set_str(s->a, t.body, "card.last4", str_from(card->number, card->number.n - 4));
    tree_set_str(s->a, t.body, "card.networks.available.0", card->brand);
    struct sha256 print = sha256(card->number);
    tree_set_str(s->a, t.body, "card.fingerprint",
        str_part(base64url_text(s->a, (struct str) { (const char *)print.b, 32 }), 0, 16));
    return t;
}

/* A token of the vendor's test table makes a new one each time. */
enum err st_method(struct st *s, struct str id, const char *param, struct thing *ret)
{
    const struct card *card = card_by_token(id);
    if (card == NULL)
        return st_refer(s, "payment_method", id, param, ret);
    *ret = st_method_of(s, card);
    return st_add(s, ret);
}

const struct card *st_card(const struct thing *method)
{
    const struct card *card = card_by_number(tree_str(method->body, "_card"));
    must(card != NULL);
    return card;
}

enum err st_attach(struct st *s, struct thing *method, struct str customer)
{
    const struct card *card = st_card(method);
    if (card->does == CARD_DECLINES) {
        st_decline(s, card, NULL, method, S(""));
        return E_OK;
    }
    if (tree_str(method->body, "customer").n > 0 &&
        !str_eq(tree_str(method->body, "customer"), customer))
        return st_refuse(s, 400, "", S(""),
            "The payment method you provided has already been attached to a customer.");
    tree_set_str(s->a, method->body, "customer", customer);
    TRY(st_save(s, method));
    return st_tell(s, "payment_method.attached", method->body, NULL);
}

static enum err read_billing(struct st *s, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "billing_details");
    if (given == NULL)
        return E_OK;
    struct tree *details = tree_at(t->body, "billing_details");
    TRY(PARAM_TEXTS(s, given, details, "email", "name", "phone"));
    return read_address(s, given, details, "address");
}

enum err v1_method_create(struct st *s)
{
    struct str type = S(""), token = S(""), number = S("");
    TRY(param_str(s, NULL, "type", &type));
    if (type.n == 0)
        return param_missing(s, NULL, "type");
    if (!str_eq(type, S("card")))
        return st_refuse(
            s, 400, "", S("type"), "The simulated Stripe knows payment methods of type card only.");
    TRY(param_str(s, NULL, "card.token", &token));
    TRY(param_str(s, NULL, "card.number", &number));
    if (number.n > 0)
        return st_refuse(s, 402, "", S(""),
            "Sending credit card numbers directly to the Stripe API is generally unsafe. To "
            "continue processing use one of the test tokens or payment methods, like tok_visa.");
    const struct card *card = card_by_token(token);
    if (card == NULL)
        return st_no_such(s, 400, "token", token, S("card[token]"));
    struct thing t = st_method_of(s, card);
    TRY(read_billing(s, &t));
    TRY(param_metadata(s, NULL, t.body));
    param_skip(s, NULL, "allow_redisplay");
    s->answer = t.body;
    return st_add(s, &t);
}

enum err v1_method_get(struct st *s)
{
    struct thing t;
    const struct card *card = card_by_token(s->r->params[0]);
    if (card == NULL) {
        TRY(st_need(s, "payment_method", &t));
    } else {
        t = st_method_of(s, card);
        TRY(st_add(s, &t));
    }
    s->answer = t.body;
    return E_OK;
}

enum err v1_method_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "payment_method", &t));
    TRY(read_billing(s, &t));
    TRY(param_metadata(s, NULL, t.body));
    param_skip(s, NULL, "allow_redisplay");
    s->answer = t.body;
    return st_save_and_tell(s, &t, "payment_method.updated");
}

enum err v1_method_attach(struct st *s)
{
    struct thing method, customer;
    struct str id = S("");
    TRY(v1_method_get(s));
    TRY(st_own(s, tree_str(s->answer, "id"), &method));
    TRY(param_str(s, NULL, "customer", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "customer");
    TRY(st_refer(s, "customer", id, "customer", &customer));
    TRY(st_attach(s, &method, customer.id));
    s->answer = method.body;
    return E_OK;
}

enum err v1_method_detach(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "payment_method", &t));
    if (tree_null(t.body, "customer"))
        return st_refuse(s, 400, "", S(""),
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.");
    tree_set_null(s->a, t.body, "customer");
    s->answer = t.body;
    return st_save_and_tell(s, &t, "payment_method.detached");
}

enum err v1_method_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL }, { "type", NULL } };
    return st_list(s, &(struct listing) { .kind = "payment_method", filters, ARRAY_LEN(filters) });
}
