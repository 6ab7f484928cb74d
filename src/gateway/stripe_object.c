#include "gateway/stripe.h"

#include "base/fault.h"
#include "gateway/exponent.h"

/* Checkout sessions, invoices, payment intents and charges, as answers and as what an event is
 * about. */

struct str stripe_id_at(struct ctx *c, struct json_value v, const char *path)
{
    struct json_value at = json_at(v, path);
    return at.kind == JSON_OBJECT ? json_text(c->arena, at, "id") : json_text(c->arena, v, path);
}

bool stripe_units(struct json_value units, enum currency cur, struct money *ret)
{
    struct exponent e;
    int64_t n = 0;
    return cur != CUR_NONE && json_to_i64(units, &n) && exponent_of(S("stripe"), cur, &e) &&
        exponent_in(n, cur, e, ret);
}

/* Stripe counts in its own minor units, and always says of which currency. */
bool stripe_money(struct ctx *c, struct json_value object, const char *path, struct money *ret)
{
    enum currency cur = CUR_NONE;
    return currency_parse(json_text(c->arena, object, "currency"), &cur) &&
        stripe_units(json_at(object, path), cur, ret);
}

int64_t stripe_ms_at(struct json_value v, const char *path)
{
    int64_t s = 0;
    return json_to_i64(json_at(v, path), &s) && s > 0 && s < INT64_MAX / 1000 ? s * 1000 : 0;
}

int64_t stripe_months(struct json_value price)
{
    enum {
        COUNT_MAX = 36
    };
    struct json_value recurring = json_at(price, "recurring");
    struct json_value interval = json_at(recurring, "interval");
    int64_t count = 0;
    if (recurring.kind != JSON_OBJECT)
        return 0;
    if (!json_to_i64(json_at(recurring, "interval_count"), &count) || count < 1 ||
        count > COUNT_MAX)
        return -1;
    return json_is(interval, "month") ? count : json_is(interval, "year") ? count * 12 : -1;
}

bool stripe_is_page(struct ctx *c, struct str url)
{
    return gateway_is_page(url, config_str(c->config, CFG_STRIPE_API_URL));
}

static void take_amount(struct ctx *c, struct json_value object, const char *path, struct notice *n)
{
    struct money m = { 0, CUR_NONE };
    n->has_amount = stripe_money(c, object, path, &m);
    n->amount_minor = m.minor;
    currency_parse(json_text(c->arena, object, "currency"), &n->currency);
}

struct str stripe_mark(struct ctx *c, struct json_value metadata, const char *name)
{
    struct str mark = json_text(c->arena, metadata, name);
    return str_is_visible(mark) && mark.n <= 64 ? mark : S("");
}

static void take_common(struct ctx *c, struct json_value object, struct notice *n)
{
    n->attempt = stripe_mark(c, json_at(object, "metadata"), "attemptId");
    n->has_mode = json_to_bool(json_at(object, "livemode"), &n->live);
}

static struct str safe_id(struct str id)
{
    return stripe_is_id(id) ? id : S("");
}

/* ---- how it was paid */

/* "payment_method_details": {"type": "card", "card": {"brand": …, "last4": …}}: each type has its
 * own object, and those of them that have a brand or last digits call them so. */
void stripe_method(struct ctx *c, struct json_value method, struct str ret[3])
{
    struct str type = json_text(c->arena, method, "type");
    struct json_value own = json_member(method, type);
    ret[0] = type;
    ret[1] = json_text(c->arena, own, "brand");
    ret[2] = json_text(c->arena, own, "last4");
}

static void take_method(struct ctx *c, struct json_value charge, struct notice *n)
{
    struct str how[3];
    stripe_method(c, json_at(charge, "payment_method_details"), how);
    n->method_type = how[0];
    n->method_brand = how[1];
    n->method_last4 = how[2];
    n->card = json_text(c->arena, charge, "payment_method_details.card.fingerprint");
    n->card_country = json_text(c->arena, charge, "payment_method_details.card.country");
    n->judged = json_text(c->arena, charge, "outcome.risk_level");
    n->judged_why = json_text(c->arena, charge, "outcome.reason");
}

/* ---- objects */

void stripe_charge(struct ctx *c, struct json_value charge, struct notice *n)
{
    bool paid = false, captured = false;
    int64_t back = 0;
    take_common(c, charge, n);
    take_method(c, charge, n);
    n->payment = safe_id(stripe_id_at(c, charge, "payment_intent"));
    json_to_bool(json_at(charge, "paid"), &paid);
    json_to_bool(json_at(charge, "captured"), &captured);
    json_to_bool(json_at(charge, "disputed"), &n->argued);
    json_to_i64(json_at(charge, "amount_refunded"), &back);
    bool succeeded = json_is(json_at(charge, "status"), "succeeded");
    n->kind = !succeeded || !paid || !captured ? NOTICE_NOTED
        : back > 0                             ? NOTICE_REFUNDED
                                               : NOTICE_PAID;
    struct money all = { 0, CUR_NONE };
    take_amount(c, charge, n->kind == NOTICE_REFUNDED ? "amount_refunded" : "amount", n);
    if (n->kind == NOTICE_REFUNDED && stripe_money(c, charge, "amount", &all))
        n->paid_minor = all.minor;
}

void stripe_look_further(struct ctx *c, struct json_value charge, struct notice *n)
{
    struct notice further = { .kind = NOTICE_NOTED };
    if (charge.kind != JSON_OBJECT || n->kind != NOTICE_PAID)
        return;
    stripe_charge(c, charge, &further);
    n->method_type = further.method_type;
    n->method_brand = further.method_brand;
    n->method_last4 = further.method_last4;
    n->card = further.card;
    n->card_country = further.card_country;
    n->judged = further.judged;
    n->judged_why = further.judged_why;
    n->argued = further.argued;
    if (further.kind != NOTICE_REFUNDED)
        return;
    n->kind = further.kind;
    n->has_amount = further.has_amount;
    n->amount_minor = further.amount_minor;
    n->paid_minor = further.paid_minor;
    n->currency = further.currency;
}

/* A page can be paid until it ends, so a payment that failed on it is no end. */
static enum notice_kind kind_of_payment(struct json_value status)
{
    static const struct {
        const char *word;
        enum notice_kind kind;
    } words[] = {
        { "succeeded", NOTICE_PAID },
        { "processing", NOTICE_PENDING },
        { "requires_capture", NOTICE_PENDING },
        { "requires_payment_method", NOTICE_NOTED },
        { "requires_confirmation", NOTICE_NOTED },
        { "requires_action", NOTICE_NOTED },
        { "canceled", NOTICE_NOTED },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(status, words[i].word))
            return words[i].kind;
    return NOTICE_STRANGE;
}

void stripe_payment(struct ctx *c, struct json_value payment, struct notice *n)
{
    take_common(c, payment, n);
    n->payment = safe_id(json_text(c->arena, payment, "id"));
    n->kind = kind_of_payment(json_at(payment, "status"));
    take_amount(c, payment, "amount_received", n);
    stripe_look_further(c, json_at(payment, "latest_charge"), n);
}

/* What was wrong with the last try; another one may be under way already. */
void stripe_declined(struct ctx *c, struct json_value payment, struct notice *n)
{
    struct json_value error = json_at(payment, "last_payment_error");
    struct str how[3], why = json_text(c->arena, error, "decline_code");
    stripe_payment(c, payment, n);
    n->kind = NOTICE_DECLINED;
    take_amount(c, payment, "amount", n);
    stripe_method(c, json_at(error, "payment_method"), how);
    n->method_type = how[0];
    n->method_brand = how[1];
    n->method_last4 = how[2];
    n->why = why.n > 0 ? why : json_text(c->arena, error, "code");
}

/* Complete is not paid: a bank's debit takes days to say so (R31). */
static enum notice_kind kind_of_complete(struct json_value session)
{
    struct json_value paid = json_at(session, "payment_status");
    struct json_value payment = json_at(session, "payment_intent.status");
    if (MUTANT(35))
        return NOTICE_PAID;
    if (json_is(paid, "paid") || json_is(paid, "no_payment_required"))
        return NOTICE_PAID;
    if (!json_is(paid, "unpaid"))
        return NOTICE_STRANGE;
    return json_is(payment, "requires_payment_method") || json_is(payment, "canceled")
        ? NOTICE_FAILED
        : NOTICE_PENDING;
}

void stripe_session(struct ctx *c, struct json_value session, struct notice *n)
{
    struct json_value status = json_at(session, "status");
    take_common(c, session, n);
    n->session_id = safe_id(json_text(c->arena, session, "id"));
    n->payment = safe_id(stripe_id_at(c, session, "payment_intent"));
    n->subscription = safe_id(stripe_id_at(c, session, "subscription"));
    n->payer = safe_id(stripe_id_at(c, session, "customer"));
    /* What a subscription's first period was paid by, its invoice knows. */
    if (n->payment.n == 0)
        n->payment = stripe_paid_by(c, json_at(session, "invoice"));
    n->kind = json_is(status, "open") ? NOTICE_OPENED
        : json_is(status, "expired")  ? NOTICE_EXPIRED
        : json_is(status, "complete") ? kind_of_complete(session)
                                      : NOTICE_STRANGE;
    take_amount(c, session, "amount_total", n);
    stripe_look_further(c, json_at(session, "payment_intent.latest_charge"), n);
}

/* ---- invoices */

/* Before basil the invoice named it; since, its payments do, and only when they are asked for. */
struct str stripe_paid_by(struct ctx *c, struct json_value invoice)
{
    struct str id = stripe_id_at(c, invoice, "payment_intent");
    for (struct json_iter it = json_iter(json_at(invoice, "payments.data")); json_next(&it);) {
        struct str one = stripe_id_at(c, it.value, "payment.payment_intent");
        if (one.n > 0 && (id.n == 0 || json_is(json_at(it.value, "status"), "paid")))
            id = one;
    }
    return safe_id(id);
}

struct str stripe_subscription_of(struct ctx *c, struct json_value invoice)
{
    struct str id = stripe_id_at(c, invoice, "parent.subscription_details.subscription");
    return safe_id(id.n > 0 ? id : stripe_id_at(c, invoice, "subscription"));
}

/* Its mark would be that of the attempt which began the subscription: another payment's. */
void stripe_invoice(struct ctx *c, struct json_value invoice, struct notice *n)
{
    struct json_value status = json_at(invoice, "status");
    n->has_mode = json_to_bool(json_at(invoice, "livemode"), &n->live);
    n->session_id = safe_id(json_text(c->arena, invoice, "id"));
    n->payment = stripe_paid_by(c, invoice);
    n->subscription = stripe_subscription_of(c, invoice);
    n->payer = safe_id(stripe_id_at(c, invoice, "customer"));
    n->kind = json_is(status, "paid")                                 ? NOTICE_PAID
        : json_is(status, "draft") || json_is(status, "open")         ? NOTICE_OPENED
        : json_is(status, "void") || json_is(status, "uncollectible") ? NOTICE_FAILED
                                                                      : NOTICE_STRANGE;
    take_amount(c, invoice, n->kind == NOTICE_PAID ? "amount_paid" : "amount_due", n);
}
