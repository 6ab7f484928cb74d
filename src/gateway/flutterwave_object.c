#include "gateway/flutterwave.h"

#include "base/clock.h"
#include "gateway/exponent.h"

/* Its payments in our words.  Amounts are decimals of whole units, read digit by digit. */

bool flutterwave_is_number(struct str s)
{
    uint64_t number = 0;
    return s.n <= 18 && str_to_u64(s, &number) && number > 0;
}

bool flutterwave_is_ours(struct str tx_ref)
{
    struct id id;
    return id_parse(S("att"), tx_ref, &id);
}

struct str flutterwave_number(struct ctx *c, struct json_value v, const char *path)
{
    struct json_value at = json_at(v, path);
    struct str number = at.kind == JSON_NUMBER ? json_lexeme(at) : json_text(c->arena, v, path);
    return flutterwave_is_number(number) ? number : S("");
}

static struct str decimal_of(struct ctx *c, struct json_value object, const char *path)
{
    struct json_value at = json_at(object, path);
    return at.kind == JSON_NUMBER ? json_lexeme(at) : json_text(c->arena, object, path);
}

bool flutterwave_money(
    struct ctx *c, struct json_value object, const char *path, enum currency cur, int64_t *ret)
{
    struct exponent e;
    return cur != CUR_NONE && exponent_of(S("flutterwave"), cur, &e) &&
        decimal_parse(decimal_of(c, object, path), e.digits, ret);
}

enum notice_kind flutterwave_kind(struct str status)
{
    static const struct {
        struct str word;
        enum notice_kind kind;
    } words[] = {
        { S_INIT("successful"), NOTICE_PAID },
        { S_INIT("succeeded"), NOTICE_PAID },
        { S_INIT("pending"), NOTICE_PENDING },
        { S_INIT("success-pending-validation"), NOTICE_PENDING },
        { S_INIT("failed"), NOTICE_FAILED },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eq(status, words[i].word))
            return words[i].kind;
    return NOTICE_STRANGE;
}

struct str flutterwave_method(struct ctx *c, struct str payment_type)
{
    static const struct {
        struct str begins, method;
    } words[] = {
        { S_INIT("card"), S_INIT("card") },
        { S_INIT("mobile"), S_INIT("mobile_money") },
        { S_INIT("mpesa"), S_INIT("mobile_money") },
        { S_INIT("momo"), S_INIT("mobile_money") },
        { S_INIT("bank"), S_INIT("bank") },
        { S_INIT("account"), S_INIT("bank") },
        { S_INIT("ussd"), S_INIT("bank") },
        { S_INIT("applepay"), S_INIT("apple_pay") },
        { S_INIT("googlepay"), S_INIT("google_pay") },
    };
    struct str said = str_lower(c->arena, payment_type);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_starts(said, words[i].begins))
            return words[i].method;
    return said;
}

/* In a currency that nobody knows here no amount is ours. */
void flutterwave_amount(struct ctx *c, struct json_value object, struct notice *n)
{
    currency_parse(json_text(c->arena, object, "currency"), &n->currency);
    n->has_amount = flutterwave_money(c, object, "amount", n->currency, &n->amount_minor);
}

void flutterwave_payment(struct ctx *c, struct json_value payment, struct notice *n)
{
    struct str tx_ref = json_text(c->arena, payment, "tx_ref");
    struct str type = json_text(c->arena, payment, "payment_type");
    n->kind = flutterwave_kind(json_text(c->arena, payment, "status"));
    n->session_id = n->attempt = tx_ref.n <= 128 ? tx_ref : S("");
    n->payment = flutterwave_number(c, payment, "id");
    n->method_type = type.n > 0 ? flutterwave_method(c, type) : S("");
    n->method_brand = str_lower(c->arena, json_text(c->arena, payment, "card.type"));
    n->method_last4 = json_text(c->arena, payment, "card.last_4digits");
    if (!time_parse_iso(json_text(c->arena, payment, "created_at"), &n->at_ms))
        n->at_ms = 0;
    n->payer = flutterwave_payer(c, payment);
    flutterwave_amount(c, payment, n);
}

bool flutterwave_amount_in(struct ctx *c, int64_t units, enum currency cur, struct money *ret)
{
    const struct exponent e = { FLUTTERWAVE_UNIT_DIGITS, 1 };
    (void)c;
    return cur != CUR_NONE && exponent_in(units, cur, e, ret);
}
