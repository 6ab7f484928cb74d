#include "gateway/stripe.h"

/* How a subscription stands: the newest object and its last invoices, never an event's copy. */

enum {
    INVOICES = 12,
    ROUNDS = 3 /* until nothing moved while we asked */
};

/* ---- invoices */

static enum invoice_reason reason_of(struct json_value reason)
{
    static const struct {
        const char *word;
        enum invoice_reason reason;
    } words[] = {
        { "subscription_create", INVOICE_START },
        { "subscription_cycle", INVOICE_RENEWAL },
        { "subscription_update", INVOICE_CHANGE },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(reason, words[i].word))
            return words[i].reason;
    return INVOICE_OTHER;
}

/* {"amount": …} of each, in the invoice's currency. */
static bool sum(struct json_value list, enum currency cur, struct money *ret)
{
    struct money total = { 0, cur }, one = { 0, cur };
    for (struct json_iter it = json_iter(list); json_next(&it);)
        if (!stripe_units(json_at(it.value, "amount"), cur, &one) || !money_add(total, one, &total))
            return false;
    *ret = total;
    return true;
}

static bool take_sums(struct ctx *c, struct json_value invoice, struct gateway_invoice *v)
{
    enum currency cur = CUR_NONE;
    struct json_value taxes = json_at(invoice, "total_taxes");
    if (taxes.kind != JSON_ARRAY)
        taxes = json_at(invoice, "total_tax_amounts");
    return currency_parse(json_text(c->arena, invoice, "currency"), &cur) &&
        stripe_units(json_at(invoice, "subtotal"), cur, &v->subtotal) &&
        stripe_units(json_at(invoice, "total"), cur, &v->total) &&
        stripe_units(json_at(invoice, "amount_due"), cur, &v->due) && sum(taxes, cur, &v->tax) &&
        sum(json_at(invoice, "total_discount_amounts"), cur, &v->discount);
}

static bool is_proration(struct json_value line)
{
    static const char *const paths[] = { "parent.subscription_item_details.proration",
        "parent.invoice_item_details.proration", "proration" };
    bool is = false;
    for (size_t i = 0; i < ARRAY_LEN(paths) && !is; i++)
        json_to_bool(json_at(line, paths[i]), &is);
    return is;
}

/* The service period stands in the lines; the invoice's own is the time in which it was gathered.
 * A whole period says more than what is left of one. */
static void take_period(struct json_value invoice, struct gateway_invoice *v)
{
    bool whole = false;
    for (struct json_iter it = json_iter(json_at(invoice, "lines.data")); json_next(&it);) {
        int64_t start_ms = stripe_ms_at(it.value, "period.start");
        int64_t end_ms = stripe_ms_at(it.value, "period.end");
        bool better = !is_proration(it.value) && end_ms > start_ms;
        if ((better && !whole) || (better == whole && end_ms > v->end_ms)) {
            v->start_ms = start_ms;
            v->end_ms = end_ms;
        }
        whole = whole || better;
    }
}

/* False: it holds what cannot be read. */
static bool take_invoice(struct ctx *c, struct json_value invoice, struct gateway_invoice *v)
{
    struct str page = json_text(c->arena, invoice, "hosted_invoice_url");
    struct str pdf = json_text(c->arena, invoice, "invoice_pdf");
    struct json_value status = json_at(invoice, "status");
    *v = (struct gateway_invoice) {
        .id = json_text(c->arena, invoice, "id"),
        .payment = stripe_paid_by(c, invoice),
        .number = str_clean(c->arena, json_text(c->arena, invoice, "number"), 100),
        .page_url = stripe_is_page(c, page) ? page : S(""),
        .pdf_url = stripe_is_page(c, pdf) ? pdf : S(""),
        .reason = reason_of(json_at(invoice, "billing_reason")),
        .paid = json_is(status, "paid"),
        .open = json_is(status, "open"),
        .created_ms = stripe_ms_at(invoice, "created"),
        .next_try_ms = stripe_ms_at(invoice, "next_payment_attempt"),
    };
    json_to_i64(json_at(invoice, "attempt_count"), &v->tries);
    take_period(invoice, v);
    return stripe_is_id(v->id) && take_sums(c, invoice, v);
}

/* By what it is charged: its own, else the customer's. */
static void take_method(struct ctx *c, struct json_value sub, struct gateway_invoice *newest)
{
    struct str how[3];
    struct json_value method = json_at(sub, "default_payment_method");
    if (method.kind != JSON_OBJECT)
        method = json_at(sub, "customer.invoice_settings.default_payment_method");
    stripe_method(c, method, how);
    newest->method_type = how[0];
    newest->method_brand = how[1];
    newest->method_last4 = how[2];
}

static bool take_invoices(
    struct ctx *c, struct json_value sub, struct json_value list, struct gateway_standing *ret)
{
    struct gateway_invoice *v = arena_array(c->arena, struct gateway_invoice, INVOICES);
    size_t n = 0;
    for (struct json_iter it = json_iter(list); n < INVOICES && json_next(&it); n++)
        if (!take_invoice(c, it.value, &v[n]))
            return false;
    take_method(c, sub, &v[0]);
    ret->invoice = v;
    ret->invoices = n;
    return list.kind == JSON_ARRAY;
}

/* ---- the subscription */

/* Who began with a payment that never came, has none; who is paused, has nothing to pay by. */
static enum standing_status status_of(struct json_value status)
{
    static const struct {
        const char *word;
        enum standing_status status;
    } words[] = {
        { "trialing", STANDING_TRIALING },
        { "active", STANDING_ACTIVE },
        { "past_due", STANDING_PAST_DUE },
        { "paused", STANDING_PAST_DUE },
        { "unpaid", STANDING_UNPAID },
        { "incomplete", STANDING_INCOMPLETE },
        { "incomplete_expired", STANDING_CANCELED },
        { "canceled", STANDING_CANCELED },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(status, words[i].word))
            return words[i].status;
    return STANDING_STRANGE;
}

/* Since basil each item has a period of its own: the one that ends first is the one that is over
 * first. */
static void take_times(struct json_value sub, struct gateway_standing *s)
{
    bool at_end = false;
    s->start_ms = stripe_ms_at(sub, "current_period_start");
    s->end_ms = stripe_ms_at(sub, "current_period_end");
    for (struct json_iter it = json_iter(json_at(sub, "items.data")); json_next(&it);) {
        int64_t end_ms = stripe_ms_at(it.value, "current_period_end");
        if (end_ms > 0 && (s->end_ms == 0 || end_ms < s->end_ms)) {
            s->start_ms = stripe_ms_at(it.value, "current_period_start");
            s->end_ms = end_ms;
        }
    }
    s->trial_end_ms = stripe_ms_at(sub, "trial_end");
    s->cancel_at_ms = stripe_ms_at(sub, "cancel_at");
    if (s->cancel_at_ms == 0 && json_to_bool(json_at(sub, "cancel_at_period_end"), &at_end) &&
        at_end)
        s->cancel_at_ms = s->end_ms;
    s->ended_ms = stripe_ms_at(sub, "ended_at");
    if (s->ended_ms == 0 && s->status == STANDING_CANCELED)
        s->ended_ms = stripe_ms_at(sub, "canceled_at");
}

/* A price without a plain amount (tiers, usage) has none here. */
static void take_price(struct ctx *c, struct json_value sub, struct gateway_standing *s)
{
    struct json_value price = json_at(sub, "items.data.0.price");
    int64_t quantity = 1, months = stripe_months(price);
    struct money each = { 0, CUR_NONE };
    json_to_i64(json_at(sub, "items.data.0.quantity"), &quantity);
    s->listed = json_text(c->arena, price, "id");
    s->months = months > 0 ? months : 0;
    if (!stripe_money(c, price, "unit_amount", &each) || !money_mul(each, quantity, &s->amount))
        s->amount = (struct money) { 0, CUR_NONE };
}

static void strange(struct gateway_standing *s, struct str why)
{
    s->outcome = OUTCOME_UNKNOWN;
    s->refusal = why;
}

static void take(
    struct ctx *c, struct json_value sub, struct json_value invoices, struct gateway_standing *s)
{
    s->payer = stripe_id_at(c, sub, "customer");
    s->name = json_text(c->arena, sub, "status");
    s->status = status_of(json_at(sub, "status"));
    s->order = stripe_mark(c, json_at(sub, "metadata"), "orderId");
    s->attempt = stripe_mark(c, json_at(sub, "metadata"), "attemptId");
    take_times(sub, s);
    take_price(c, sub, s);
    if (!str_eq(json_text(c->arena, sub, "id"), s->reference))
        strange(s, S("Stripe answered about something else"));
    else if (!take_invoices(c, sub, invoices, s) && s->order.n > 0)
        strange(s, S("an invoice of this subscription cannot be read"));
    else if (s->status == STANDING_CANCELED && s->ended_ms == 0)
        strange(s, S("Stripe says that it is over, and not since when"));
}

static enum err get(
    struct ctx *c, struct str path, struct stripe_answer *a, struct gateway_standing *s)
{
    struct stripe_call call = { .call = "query", .path = path };
    TRY(stripe_ask(c, &call, a));
    s->outcome = a->outcome;
    s->refusal = a->refusal;
    s->reply = a->reply;
    /* A key that is refused says nothing about what it asked for. */
    if (a->outcome == OUTCOME_DECLINED && a->reply.status != 404)
        s->outcome = OUTCOME_UNKNOWN;
    return E_OK;
}

/* Something was charged between the two answers: the first one is from before it, and would say
 * that what was paid for is still the old plan. */
static bool is_torn(struct ctx *c, struct json_value sub, const struct gateway_standing *s)
{
    struct str latest = stripe_id_at(c, sub, "latest_invoice");
    bool charged = false;
    for (size_t i = 0; i < s->invoices; i++) {
        if (str_eq(s->invoice[i].id, latest))
            return charged;
        charged = charged || s->invoice[i].reason != INVOICE_OTHER;
    }
    return false;
}

/* The invoices after it, so that what it says is paid is among them. */
static enum err ask_both(struct ctx *c, struct gateway_standing *s, bool *ret_torn)
{
    struct stripe_answer sub, list;
    *ret_torn = false;
    TRY(get(c,
        str_fmt(c->arena,
            "/v1/subscriptions/%.*s?expand%%5B%%5D=default_payment_method"
            "&expand%%5B%%5D=customer.invoice_settings.default_payment_method",
            SARG(s->reference)),
        &sub, s));
    if (s->outcome != OUTCOME_DONE)
        return E_OK;
    TRY(get(c,
        str_fmt(c->arena, "/v1/invoices?subscription=%.*s&limit=%d&expand%%5B%%5D=data.payments",
            SARG(s->reference), INVOICES),
        &list, s));
    if (s->outcome == OUTCOME_DECLINED)
        s->outcome = OUTCOME_UNKNOWN;
    if (s->outcome != OUTCOME_DONE)
        return E_OK;
    take(c, sub.value, json_at(list.value, "data"), s);
    *ret_torn = s->outcome == OUTCOME_DONE && is_torn(c, sub.value, s);
    return E_OK;
}

enum err stripe_standing(struct ctx *c, struct str reference, struct gateway_standing *ret)
{
    const struct gateway_standing nothing = { .outcome = OUTCOME_NOT_SENT, .reference = reference };
    struct gateway_standing s = nothing;
    bool torn = true;
    if (!stripe_is_id(reference)) { /* only a webhook could have brought it */
        strange(&s, S("Stripe cannot be asked about a subscription of this name"));
        *ret = s;
        return E_OK;
    }
    for (int i = 0; torn && i < ROUNDS; i++) {
        s = nothing;
        TRY(ask_both(c, &s, &torn));
    }
    *ret = s;
    return E_OK;
}
