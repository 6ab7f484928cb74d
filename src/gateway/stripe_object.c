#include "gateway/stripe.h"

#include "base/fault.h"
#include "gateway/exponent.h"

/* Checkout sessions, payment intents and charges, as answers and as what an event is about. */

struct str stripe_id_at(struct ctx *c, struct json_value v, const char *path)
{
    struct json_value at = json_at(v, path);
    return at.kind == JSON_OBJECT ? json_text(c->arena, at, "id") : json_text(c->arena, v, path);
}

/* Stripe counts in its own minor units, and always says of which currency. */
bool stripe_money(struct ctx *c, struct json_value object, const char *path, struct money *ret)
{
    struct exponent e;
    enum currency cur = CUR_NONE;
    int64_t units = 0;
    return currency_parse(json_text(c->arena, object, "currency"), &cur) &&
        json_to_i64(json_at(object, path), &units) && exponent_of(S("stripe"), cur, &e) &&
        exponent_in(units, cur, e, ret);
}

static void take_amount(struct ctx *c, struct json_value object, const char *path, struct notice *n)
{
    struct money m = { 0, CUR_NONE };
    n->has_amount = stripe_money(c, object, path, &m);
    n->amount_minor = m.minor;
    currency_parse(json_text(c->arena, object, "currency"), &n->currency);
}

static void take_common(struct ctx *c, struct json_value object, struct notice *n)
{
    struct str attempt = json_text(c->arena, object, "metadata.attemptId");
    n->attempt = str_is_visible(attempt) && attempt.n <= 64 ? attempt : S("");
    n->has_mode = json_to_bool(json_at(object, "livemode"), &n->live);
}

static struct str safe_id(struct str id)
{
    return stripe_is_id(id) ? id : S("");
}

/* ---- how it was paid */

/* "payment_method_details": {"type": "card", "card": {"brand": …, "last4": …}}: each type has its
 * own object, and those of them that have a brand or last digits call them so. */
static void take_method(struct ctx *c, struct json_value charge, struct notice *n)
{
    struct json_value details = json_at(charge, "payment_method_details");
    struct str type = json_text(c->arena, details, "type");
    struct json_value own = json_member(details, type);
    n->method_type = type;
    n->method_brand = json_text(c->arena, own, "brand");
    n->method_last4 = json_text(c->arena, own, "last4");
}

/* ---- objects */

void stripe_charge(struct ctx *c, struct json_value charge, struct notice *n)
{
    bool paid = false, captured = false, disputed = false;
    int64_t back = 0;
    take_common(c, charge, n);
    take_method(c, charge, n);
    n->payment = safe_id(stripe_id_at(c, charge, "payment_intent"));
    json_to_bool(json_at(charge, "paid"), &paid);
    json_to_bool(json_at(charge, "captured"), &captured);
    json_to_bool(json_at(charge, "disputed"), &disputed);
    json_to_i64(json_at(charge, "amount_refunded"), &back);
    bool succeeded = json_is(json_at(charge, "status"), "succeeded");
    n->kind = !succeeded || !paid || !captured ? NOTICE_NOTED
        : disputed                             ? NOTICE_DISPUTED
        : back > 0                             ? NOTICE_REFUNDED
                                               : NOTICE_PAID;
    take_amount(c, charge, n->kind == NOTICE_REFUNDED ? "amount_refunded" : "amount", n);
}

/* A charge that was expanded knows how it was paid and what became of the money since. */
static void look_further(struct ctx *c, struct json_value charge, struct notice *n)
{
    struct notice further = { .kind = NOTICE_NOTED };
    if (charge.kind != JSON_OBJECT || n->kind != NOTICE_PAID)
        return;
    stripe_charge(c, charge, &further);
    n->method_type = further.method_type;
    n->method_brand = further.method_brand;
    n->method_last4 = further.method_last4;
    if (further.kind != NOTICE_REFUNDED && further.kind != NOTICE_DISPUTED)
        return;
    n->kind = further.kind;
    n->has_amount = further.has_amount;
    n->amount_minor = further.amount_minor;
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
    look_further(c, json_at(payment, "latest_charge"), n);
}

/* Complete is not paid: a bank's debit takes days to say so (R31). */
static enum notice_kind kind_of_complete(struct json_value session)
{
    struct json_value paid = json_at(session, "payment_status");
    struct json_value payment = json_at(session, "payment_intent.status");
    if (MUTANT(14))
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
    n->kind = json_is(status, "open") ? NOTICE_OPENED
        : json_is(status, "expired")  ? NOTICE_EXPIRED
        : json_is(status, "complete") ? kind_of_complete(session)
                                      : NOTICE_STRANGE;
    take_amount(c, session, "amount_total", n);
    look_further(c, json_at(session, "payment_intent.latest_charge"), n);
}
