#include "sandbox/stripe_billing.h"

/* The routes of invoices, their items, and what pays them. */

enum err v1_invoice_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL },
        { "subscription", "_subscription" }, { "status", NULL }, { "collection_method", NULL } };
    return st_list(s, &(struct listing) { .kind = "invoice", filters, ARRAY_LEN(filters) });
}

enum err v1_invoice_create(struct st *s)
{
    static const char *const ignored[] = { "auto_advance", "collection_method", "days_until_due",
        "footer", "custom_fields", "default_payment_method", "payment_settings", "automatic_tax" };
    struct thing customer, t;
    struct str id = S(""), currency = S("usd"), pending = S("exclude");
    TRY(param_str(s, NULL, "customer", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "customer");
    TRY(st_refer(s, "customer", id, "customer", &customer));
    TRY(param_currency(s, NULL, "currency", &currency));
    TRY(param_word(s, NULL, "pending_invoice_items_behavior", "exclude|include", &pending));
    t = st_invoice(s, customer.body, currency, "manual");
    TRY(PARAM_TEXTS(s, NULL, t.body, "description"));
    TRY(param_metadata(s, NULL, t.body));
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        param_skip(s, NULL, ignored[i]);
    if (str_eq(pending, S("include")))
        TRY(st_invoice_pending(s, &t, S(""), true));
    TRY(st_add_up(s, t.body, NULL));
    s->answer = t.body;
    return st_add_and_tell(s, &t, "invoice.created");
}

static enum err in_status(struct st *s, const struct thing *t, const char *status, const char *verb)
{
    if (str_eq(tree_str(t->body, "status"), str_of_c(status)))
        return E_OK;
    return st_refuse(s, 400, "", S(""), "This invoice is %.*s and cannot be %s.",
        SARG(tree_str(t->body, "status")), verb);
}

enum err v1_invoice_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "description"));
    TRY(param_metadata(s, NULL, t.body));
    param_skip(s, NULL, "auto_advance");
    s->answer = t.body;
    return st_save_and_tell(s, &t, "invoice.updated");
}

enum err v1_invoice_delete(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    TRY(in_status(s, &t, "draft", "deleted"));
    struct tree *last = tree_copy(s->a, t.body);
    TRY(st_delete(s, &t));
    return st_tell(s, "invoice.deleted", last, NULL);
}

/* What was added to a draft after it was made. */
static enum err add_items(struct st *s, struct thing *item, void *arg)
{
    struct thing *t = arg;
    tree_each (line, tree_at(t->body, "lines.data"))
        if (str_eq(tree_str(line, "parent.invoice_item_details.invoice_item"), item->id))
            return E_OK;
    st_invoice_push(s, t, st_pending_line(s, item->body));
    return st_add_up(s, t->body, NULL);
}

static enum err finalize(struct st *s, struct thing *t)
{
    TRY(st_each(s, "invoiceitem", S(""), t->id, add_items, t));
    return st_invoice_open(s, t);
}

enum err v1_invoice_finalize(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    TRY(in_status(s, &t, "draft", "finalized"));
    param_skip(s, NULL, "auto_advance");
    TRY(finalize(s, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_pay(struct st *s)
{
    struct thing t, method;
    struct str id = S("");
    bool outside = false, off_session = true;
    enum went went;
    TRY(st_need(s, "invoice", &t));
    TRY(param_str(s, NULL, "payment_method", &id));
    TRY(param_bool(s, NULL, "paid_out_of_band", &outside));
    TRY(param_bool(s, NULL, "off_session", &off_session));
    param_skip(s, NULL, "forgive");
    s->about = tree_str(t.body, "_subscription");
    if (str_eq(tree_str(t.body, "status"), S("draft")))
        TRY(finalize(s, &t));
    if (!str_eq(tree_str(t.body, "status"), S("uncollectible")))
        TRY(in_status(s, &t, "open", "paid"));
    if (id.n > 0)
        TRY(st_method(s, id, "payment_method", &method));
    if (outside) {
        tree_set_bool(s->a, t.body, "_out_of_band", true);
        TRY(st_invoice_paid(s, &t, NULL));
    } else {
        TRY(st_invoice_pay(s, &t, id.n > 0 ? &method : NULL,
            &(struct paying_by) { .off_session = off_session }, &went));
        if (went == WENT_DECLINED && s->refusal.status == 0)
            return st_refuse(s, 400, "", S(""), "There is no default payment method.");
    }
    TRY(st_own(s, t.id, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_void(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    if (!str_eq(tree_str(t.body, "status"), S("uncollectible")))
        TRY(in_status(s, &t, "open", "voided"));
    TRY(st_invoice_void(s, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_uncollectible(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    TRY(in_status(s, &t, "open", "marked uncollectible"));
    t.turn_ms = 0;
    tree_set_str(s->a, t.body, "status", S("uncollectible"));
    tree_set_i64(s->a, t.body, "status_transitions.marked_uncollectible_at", st_now(s));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "invoice.marked_uncollectible");
}

enum err v1_invoice_send(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    if (str_eq(tree_str(t.body, "status"), S("draft")))
        TRY(finalize(s, &t));
    s->answer = t.body;
    return st_tell(s, "invoice.sent", t.body, NULL);
}

enum err v1_invoice_lines(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice", &t));
    param_skip(s, NULL, "limit");
    s->answer = tree_at(t.body, "lines");
    return E_OK;
}

/* ---- items */

enum err v1_item_create(struct st *s)
{
    static const char *const ignored[] = { "discounts", "discountable", "tax_behavior", "tax_code",
        "period" };
    struct thing customer, t = st_new(s, "invoiceitem"), of;
    struct str id = S(""), currency = S(""), invoice = S(""), sub = S("");
    int64_t amount = 0, quantity = 1;
    struct tree *rates = NULL, *price = st_shape(s, "price");
    TRY(param_str(s, NULL, "customer", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "customer");
    TRY(st_refer(s, "customer", id, "customer", &customer));
    TRY(param_i64(s, NULL, "amount", -AMOUNT_MAX, AMOUNT_MAX, &amount));
    TRY(param_i64(s, NULL, "unit_amount", -AMOUNT_MAX, AMOUNT_MAX, &amount));
    TRY(param_i64(s, NULL, "quantity", 0, 999999, &quantity));
    TRY(param_currency(s, NULL, "currency", &currency));
    TRY(param_str(s, NULL, "invoice", &invoice));
    TRY(param_str(s, NULL, "subscription", &sub));
    if (invoice.n > 0)
        TRY(st_refer(s, "invoice", invoice, "invoice", &of));
    if (sub.n > 0)
        TRY(st_refer(s, "subscription", sub, "subscription", &of));
    TRY(st_rates(s, NULL, "tax_rates", &rates));
    TRY(PARAM_TEXTS(s, NULL, t.body, "description"));
    TRY(param_metadata(s, NULL, t.body));
    struct str priced = S("");
    TRY(param_str(s, NULL, "pricing.price", &priced));
    TRY(param_str(s, NULL, "price", &priced));
    if (priced.n > 0) {
        struct thing p;
        TRY(st_refer(s, "price", priced, "price", &p));
        price = p.body;
        currency = tree_str(price, "currency");
        amount = tree_i64(price, "unit_amount") * quantity;
    }
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        param_skip(s, NULL, ignored[i]);
    currency = currency.n > 0 ? currency : S("usd");
    tree_set_str(s->a, price, "currency", currency);
    tree_drop(t.body, "created");
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_i64(s->a, t.body, "quantity", quantity);
    tree_set_str(s->a, t.body, "currency", currency);
    tree_set_str(s->a, t.body, "customer", id);
    tree_set_i64(s->a, t.body, "date", st_now(s));
    tree_set_i64(s->a, t.body, "period.start", st_now(s));
    tree_set_i64(s->a, t.body, "period.end", st_now(s));
    tree_set_str_or_null(s->a, t.body, "invoice", invoice);
    tree_set_str(s->a, t.body, "_subscription", sub);
    tree_set(s->a, t.body, "_price", tree_copy(s->a, price));
    if (rates != NULL)
        tree_set(s->a, t.body, "tax_rates", rates);
    s->answer = t.body;
    return st_add_and_tell(s, &t, "invoiceitem.created");
}

enum err v1_item_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoiceitem", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_item_delete(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoiceitem", &t));
    if (!tree_null(t.body, "invoice"))
        return st_refuse(s, 400, "", S(""), "An item of an invoice cannot be deleted.");
    return st_delete(s, &t);
}

static bool pending(struct st *s, const struct tree *body)
{
    struct str asked = tree_str(s->params, "pending");
    return asked.n == 0 || str_eq(asked, S("true")) == tree_null(body, "invoice");
}

enum err v1_item_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL }, { "invoice", NULL } };
    param_skip(s, NULL, "pending");
    return st_list(s,
        &(struct listing) { .kind = "invoiceitem", filters, ARRAY_LEN(filters), .keeps = pending });
}

/* ---- what pays an invoice */

enum err v1_invoice_payment_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "invoice_payment", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_invoice_payment_list(struct st *s)
{
    static const struct filter filters[] = { { "invoice", NULL }, { "status", NULL },
        { "payment.type", NULL }, { "payment.payment_intent", NULL } };
    return st_list(s, &(struct listing) { .kind = "invoice_payment", filters, ARRAY_LEN(filters) });
}
