#include "sandbox/stripe_billing.h"

/* What becomes of an invoice: draft, open, paid; or void, or tried again. */

enum {
    DRAFT_MS = 60 * 60 * 1000, /* that a renewal stays a draft */
    RETRY_S = 2 * 24 * 60 * 60,
    TRIES_MAX = 8 /* two weeks of them */
};

struct thing st_invoice(
    struct st *s, const struct tree *customer, struct str currency, const char *reason)
{
    static const char *const same[] = { "customer_email", "customer_name", "customer_phone" };
    struct thing t = st_new(s, "invoice");
    tree_set_str(s->a, t.body, "customer", tree_str(customer, "id"));
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        tree_set_str_or_null(s->a, t.body, same[i], tree_str(customer, same[i] + S("customer_").n));
    tree_set_str(s->a, t.body, "currency", currency);
    tree_set_str(s->a, t.body, "billing_reason", str_of_c(reason));
    tree_set_i64(s->a, t.body, "period_start", st_now(s));
    tree_set_i64(s->a, t.body, "period_end", st_now(s));
    tree_set_str(s->a, t.body, "lines.url", str_fmt(s->a, "/v1/invoices/%.*s/lines", SARG(t.id)));
    return t;
}

void st_invoice_push(struct st *s, struct thing *invoice, struct tree *line)
{
    tree_set_str(s->a, line, "invoice", invoice->id);
    tree_push(tree_at(invoice->body, "lines.data"), line);
}

/* ---- pending items */

struct gathering {
    struct thing *invoice;
    struct str subscription;
    bool taken;
};

struct tree *st_pending_line(struct st *s, const struct tree *item)
{
    struct line line = {
        .price = tree_at(item, "_price"),
        .quantity = tree_i64(item, "quantity"),
        .amount = tree_i64(item, "amount"),
        .start = tree_i64(item, "period.start"),
        .end = tree_i64(item, "period.end"),
        .description = tree_str(item, "description"),
        .subscription = tree_str(item, "_subscription"),
        .item = tree_str(item, "_item"),
        .invoice_item = tree_str(item, "id"),
        .rates = tree_at(item, "tax_rates"),
        .proration = tree_true(item, "proration"),
    };
    return st_line(s, &line);
}

static enum err gather(struct st *s, struct thing *item, void *arg)
{
    const struct gathering *g = arg;
    struct str of = tree_str(item->body, "_subscription");
    if (!tree_null(item->body, "invoice") ||
        !str_eq(tree_str(item->body, "currency"), tree_str(g->invoice->body, "currency")) ||
        (of.n > 0 && !str_eq(of, g->subscription)))
        return E_OK;
    st_invoice_push(s, g->invoice, st_pending_line(s, item->body));
    if (!g->taken)
        return E_OK;
    tree_set_str(s->a, item->body, "invoice", g->invoice->id);
    return st_save(s, item);
}

enum err st_invoice_pending(
    struct st *s, struct thing *invoice, struct str subscription, bool taken)
{
    struct gathering g = { invoice, subscription, taken };
    return st_each(s, "invoiceitem", tree_str(invoice->body, "customer"), S(""), gather, &g);
}

/* ---- opening */

/* The customer's balance pays first, and takes what is too little to charge. */
static enum err use_balance(struct st *s, struct thing *invoice)
{
    struct thing customer;
    TRY(st_own(s, tree_str(invoice->body, "customer"), &customer));
    int64_t total = tree_i64(invoice->body, "total");
    bool paid_before = !tree_null(invoice->body, "_payment_intent"); /* by a session */
    int64_t before = paid_before ? 0 : tree_i64(customer.body, "balance"), due = total + before;
    int64_t after = due < 0 ? due : 0;
    bool trifle = due > 0 && due < st_least(tree_str(invoice->body, "currency"));
    if (total == 0 || trifle)
        after = trifle ? due : before;
    due = total == 0 || due < 0 || trifle ? 0 : due;
    tree_set_i64(s->a, invoice->body, "starting_balance", before);
    tree_set_i64(s->a, invoice->body, "ending_balance", after);
    tree_set_i64(s->a, invoice->body, "amount_due", due);
    tree_set_i64(s->a, invoice->body, "amount_remaining", due);
    int64_t number = tree_i64(customer.body, "next_invoice_sequence");
    tree_set_str(s->a, invoice->body, "number",
        str_fmt(s->a, "%.*s-%04lld", SARG(tree_str(customer.body, "invoice_prefix")),
            (long long)number));
    tree_set_i64(s->a, customer.body, "next_invoice_sequence", number + 1);
    if (!paid_before)
        tree_set_i64(s->a, customer.body, "balance", after);
    tree_set_str(s->a, customer.body, "currency", tree_str(invoice->body, "currency"));
    bool told = after != before || tree_null(customer.was, "currency");
    return told ? st_save_and_tell(s, &customer, "customer.updated") : st_save(s, &customer);
}

enum err st_payment_of(struct st *s, struct thing *invoice, const struct thing *intent)
{
    struct thing p = st_new(s, "invoice_payment");
    tree_set_i64(s->a, p.body, "amount_requested", tree_i64(intent->body, "amount"));
    tree_set_str(s->a, p.body, "currency", tree_str(invoice->body, "currency"));
    tree_set_str(s->a, p.body, "invoice", invoice->id);
    tree_set_str(s->a, p.body, "payment.payment_intent", intent->id);
    tree_set_str(s->a, invoice->body, "_payment_intent", intent->id);
    tree_set_str(s->a, invoice->body, "_payment", p.id);
    return st_add(s, &p);
}

static enum err intent_of(struct st *s, struct thing *invoice)
{
    struct thing intent =
        st_intent(s, tree_i64(invoice->body, "amount_due"), tree_str(invoice->body, "currency"));
    tree_set_str(s->a, intent.body, "customer", tree_str(invoice->body, "customer"));
    tree_set_str(s->a, intent.body, "_invoice", invoice->id);
    tree_set_str(s->a, intent.body, "description",
        str_eq(tree_str(invoice->body, "billing_reason"), S("subscription_create"))
            ? S("Subscription creation")
            : S("Subscription update"));
    TRY(st_add_and_tell(s, &intent, "payment_intent.created"));
    return st_payment_of(s, invoice, &intent);
}

enum err st_invoice_open(struct st *s, struct thing *t)
{
    TRY(use_balance(s, t));
    t->turn_ms = 0;
    tree_set_str(s->a, t->body, "status", S("open"));
    tree_set_i64(s->a, t->body, "status_transitions.finalized_at", st_now(s));
    tree_set_i64(s->a, t->body, "effective_at", st_now(s));
    tree_set_str(s->a, t->body, "hosted_invoice_url", st_url(s, "/i/", t->id));
    tree_set_str(
        s->a, t->body, "invoice_pdf", str_fmt(s->a, "%.*s/pdf", SARG(st_url(s, "/i/", t->id))));
    if (tree_i64(t->body, "amount_due") > 0 && tree_null(t->body, "_payment_intent"))
        TRY(intent_of(s, t));
    TRY(st_save(s, t));
    return st_tell(s, "invoice.finalized", t->body, NULL);
}

/* ---- paying */

enum err st_method_for(struct st *s, const struct tree *subscription, const struct tree *customer,
    bool *ret_found, struct thing *ret)
{
    struct str id = subscription != NULL ? tree_str(subscription, "default_payment_method") : S("");
    if (id.n == 0)
        id = tree_str(customer, "invoice_settings.default_payment_method");
    *ret_found = id.n > 0;
    return id.n > 0 ? st_own(s, id, ret) : E_OK;
}

static struct str subscription_of(const struct thing *invoice)
{
    return tree_str(invoice->body, "_subscription");
}

enum err st_invoice_paid(struct st *s, struct thing *t, const struct thing *intent)
{
    int64_t due = tree_i64(t->body, "amount_due");
    bool charged = intent != NULL;
    t->turn_ms = 0;
    tree_set_str(s->a, t->body, "status", S("paid"));
    tree_set_bool(s->a, t->body, "attempted", true);
    tree_set_bool(s->a, t->body, "auto_advance", false);
    tree_set_i64(s->a, t->body, "amount_paid", due);
    tree_set_i64(s->a, t->body, "amount_remaining", 0);
    tree_set_null(s->a, t->body, "next_payment_attempt");
    tree_set_i64(s->a, t->body, "status_transitions.paid_at", st_now(s));
    if (charged) {
        tree_set_i64(s->a, t->body, "attempt_count", tree_i64(t->body, "attempt_count") + 1);
        tree_set_str(s->a, t->body, "_charge", tree_str(intent->body, "latest_charge"));
    }
    TRY(st_save_and_tell(s, t, "invoice.updated"));
    TRY(st_tell(s, "invoice.paid", t->body, NULL));
    if (charged || due == 0)
        TRY(st_tell(s, "invoice.payment_succeeded", t->body, NULL));
    if (charged) {
        struct thing p;
        TRY(st_own(s, tree_str(t->body, "_payment"), &p));
        tree_set_str(s->a, p.body, "status", S("paid"));
        tree_set_i64(s->a, p.body, "amount_paid", due);
        tree_set_i64(s->a, p.body, "status_transitions.paid_at", st_now(s));
        TRY(st_save(s, &p));
        TRY(st_tell(s, "invoice_payment.paid", p.body, NULL));
    }
    return subscription_of(t).n > 0 ? st_sub_paid(s, subscription_of(t), t) : E_OK;
}

/* Tried again later, for as long as there are tries. */
static enum err unpaid(struct st *s, struct thing *t, const char *event)
{
    int64_t tries = tree_i64(t->body, "attempt_count") + 1;
    bool first = str_eq(tree_str(t->body, "billing_reason"), S("subscription_create"));
    bool last = tries >= TRIES_MAX || first || subscription_of(t).n == 0;
    tree_set_bool(s->a, t->body, "attempted", true);
    tree_set_i64(s->a, t->body, "attempt_count", tries);
    tree_set_null(s->a, t->body, "next_payment_attempt");
    t->turn_ms = 0;
    if (!last) {
        tree_set_i64(s->a, t->body, "next_payment_attempt", st_now(s) + RETRY_S);
        t->turn_ms = s->c->now_ms + RETRY_S * INT64_C(1000);
    }
    TRY(st_save_and_tell(s, t, "invoice.updated"));
    TRY(st_tell(s, event, t->body, NULL));
    return subscription_of(t).n > 0 ? st_sub_unpaid(s, subscription_of(t), t, last && !first)
                                    : E_OK;
}

enum err st_invoice_went(struct st *s, struct thing *intent, enum went went)
{
    struct thing t;
    TRY(st_own(s, tree_str(intent->body, "_invoice"), &t));
    switch (went) {
    case WENT_PAID:
        return st_invoice_paid(s, &t, intent);
    case WENT_DECLINED:
        return unpaid(s, &t, "invoice.payment_failed");
    case WENT_ASKS:
        return unpaid(s, &t, "invoice.payment_action_required");
    case WENT_WAITS:
    case WENT_CAPTURABLE:
        return E_OK;
    }
    never("a payment that went nowhere");
}

enum err st_invoice_pay(
    struct st *s, struct thing *t, struct thing *method, const struct paying_by *by, enum went *ret)
{
    struct thing intent, sub = { 0 }, customer, usual;
    bool found = method != NULL;
    if (tree_i64(t->body, "amount_due") == 0) {
        *ret = WENT_PAID;
        return st_invoice_paid(s, t, NULL);
    }
    TRY(st_own(s, tree_str(t->body, "customer"), &customer));
    if (subscription_of(t).n > 0)
        TRY(st_own(s, subscription_of(t), &sub));
    if (!found)
        TRY(st_method_for(s, sub.body, customer.body, &found, &usual));
    if (!found) {
        *ret = WENT_DECLINED;
        TRY(unpaid(s, t, "invoice.payment_failed"));
        return st_own(s, t->id, t);
    }
    TRY(st_own(s, tree_str(t->body, "_payment_intent"), &intent));
    TRY(st_confirm(s, &intent, method != NULL ? method : &usual, by, ret));
    TRY(st_invoice_went(s, &intent, *ret));
    return st_own(s, t->id, t);
}

enum err st_invoice_void(struct st *s, struct thing *t)
{
    struct thing intent;
    t->turn_ms = 0;
    tree_set_str(s->a, t->body, "status", S("void"));
    tree_set_bool(s->a, t->body, "auto_advance", false);
    tree_set_null(s->a, t->body, "next_payment_attempt");
    tree_set_i64(s->a, t->body, "status_transitions.voided_at", st_now(s));
    TRY(st_save_and_tell(s, t, "invoice.voided"));
    if (tree_null(t->body, "_payment_intent"))
        return E_OK;
    TRY(st_own(s, tree_str(t->body, "_payment_intent"), &intent));
    return st_cancel_intent(s, &intent, S("void_invoice"));
}

/* ---- by itself */

/* Some refusals are final: the try is counted and not made. */
static bool hopeless(struct st *s, const struct thing *invoice, struct thing *intent)
{
    static const struct str codes[] = { S_INIT("incorrect_number"), S_INIT("lost_card"),
        S_INIT("pickup_card"), S_INIT("stolen_card"), S_INIT("revocation_of_authorization"),
        S_INIT("revocation_of_all_authorizations"), S_INIT("authentication_required"),
        S_INIT("highest_risk_level"), S_INIT("transaction_not_allowed") };
    struct thing sub = { 0 }, customer, method;
    bool found = false;
    struct str code = tree_str(intent->body, "last_payment_error.decline_code");
    struct str used = tree_str(intent->body, "last_payment_error.payment_method.id");
    if (st_own(s, tree_str(invoice->body, "customer"), &customer) != E_OK ||
        (subscription_of(invoice).n > 0 && st_own(s, subscription_of(invoice), &sub) != E_OK) ||
        st_method_for(s, sub.body, customer.body, &found, &method) != E_OK)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (str_eq(code, codes[i]))
            return found && str_eq(used, method.id);
    return false;
}

enum err st_invoice_turns(struct st *s, struct thing *t)
{
    struct thing intent;
    enum went went;
    struct str status = tree_str(t->body, "status");
    s->about = subscription_of(t).n > 0 ? subscription_of(t) : t->id;
    if (str_eq(status, S("draft")))
        TRY(st_invoice_open(s, t));
    else if (!tree_null(t->body, "_payment_intent")) {
        TRY(st_own(s, tree_str(t->body, "_payment_intent"), &intent));
        if (hopeless(s, t, &intent))
            return unpaid(s, t, "invoice.payment_failed");
    }
    return st_invoice_pay(s, t, NULL, &(struct paying_by) { .off_session = true }, &went);
}

int64_t st_draft_until(const struct st *s)
{
    return s->c->now_ms + DRAFT_MS;
}
