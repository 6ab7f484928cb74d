#include "gateway/eversend.h"

#include "base/clock.h"
#include "gateway/exponent.h"

/* Its transactions in our words.  Amounts are decimals of whole units, as texts in most answers and
 * as numbers in some, read digit by digit. */

enum {
    ID_MAX = 60
};

struct str eversend_reference(struct arena *a, struct str attempt)
{
    struct id id;
    if (!id_parse(S("att"), attempt, &id))
        return S("");
    return str_fmt(a, "att%.*s", SARG(str_from(attempt, S("att_").n)));
}

struct str eversend_attempt(struct arena *a, struct str reference)
{
    struct id id;
    if (!str_starts(reference, S("att")))
        return S("");
    struct str attempt = str_fmt(a, "att_%.*s", SARG(str_from(reference, S("att").n)));
    return id_parse(S("att"), attempt, &id) ? attempt : S("");
}

bool eversend_is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool ok = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
            (ch >= 'a' && ch <= 'z') || ch == '-' || ch == '_';
        if (!ok)
            return false;
    }
    return s.n > 0 && s.n <= ID_MAX;
}

struct str eversend_words(struct ctx *c, struct str said)
{
    enum {
        NUMBER_LEAST = 8
    };
    struct buf b = BUF(c->arena);
    size_t i = 0;
    while (i < said.n) {
        size_t end = i;
        while (end < said.n && said.p[end] >= '0' && said.p[end] <= '9')
            end++;
        const bool number = end - i >= NUMBER_LEAST;
        end = end > i ? end : i + 1;
        buf_add(&b, number ? S("[redacted]") : str_part(said, i, end - i));
        i = end;
    }
    return gateway_words(c, buf_str(&b));
}

enum notice_kind eversend_kind(struct arena *a, struct str status)
{
    static const struct {
        struct str word;
        enum notice_kind kind;
    } words[] = {
        { S_INIT("successful"), NOTICE_PAID },
        { S_INIT("success"), NOTICE_PAID },
        { S_INIT("completed"), NOTICE_PAID },
        { S_INIT("pending"), NOTICE_PENDING },
        { S_INIT("failed"), NOTICE_FAILED },
    };
    struct str said = str_lower(a, status);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eq(said, words[i].word))
            return words[i].kind;
    return NOTICE_STRANGE;
}

bool eversend_money(
    struct ctx *c, struct json_value object, const char *path, enum currency cur, int64_t *ret)
{
    struct exponent e;
    struct json_value at = json_at(object, path);
    struct str text = at.kind == JSON_NUMBER ? json_lexeme(at) : json_text(c->arena, object, path);
    return cur != CUR_NONE && exponent_of(S("eversend"), cur, &e) &&
        decimal_parse(text, e.digits, ret);
}

struct str eversend_decimal(struct ctx *c, struct money m)
{
    struct exponent e;
    int64_t units = 0;
    must(exponent_of(S("eversend"), m.cur, &e) && exponent_out(m, e, &units));
    return decimal_text(c->arena, units, e.digits);
}

static bool is_transaction(struct ctx *c, struct json_value v)
{
    return v.kind == JSON_OBJECT && json_text(c->arena, v, "transactionId").n > 0;
}

struct json_value eversend_transaction(struct ctx *c, struct json_value data)
{
    static const char *const places[] = { "transactions.0", "transaction" };
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (is_transaction(c, json_at(data, places[i])))
            return json_at(data, places[i]);
    return is_transaction(c, data) ? data : (struct json_value) { .kind = JSON_ABSENT };
}

/* What was collected and is marked as given back went back whole: it says no sum. */
static void read_back(struct json_value transaction, struct notice *n)
{
    bool back = false;
    if (!json_to_bool(json_at(transaction, "isRefunded"), &back) || !back || n->kind != NOTICE_PAID)
        return;
    n->kind = NOTICE_REFUNDED;
    n->paid_minor = n->amount_minor;
}

/* A payout moves money the other way, whatever its reference. */
void eversend_read(struct ctx *c, struct json_value transaction, struct notice *n)
{
    struct arena *a = c->arena;
    struct str type = json_text(a, transaction, "type"),
               id = json_text(a, transaction, "transactionId");
    struct str reference = json_text(a, transaction, "transactionRef");
    bool collects = type.n == 0 || str_eq(type, S("collection"));
    n->name = json_text(a, transaction, "status");
    n->kind = collects ? eversend_kind(a, n->name) : NOTICE_STRANGE;
    n->payment = eversend_is_id(id) ? id : S("");
    n->session_id = eversend_is_id(reference) ? reference : S("");
    n->attempt = eversend_attempt(a, n->session_id);
    n->method_type = S("mobile_money");
    n->why = eversend_words(c, json_text(a, transaction, "reason"));
    currency_parse(json_text(a, transaction, "currency"), &n->currency);
    n->has_amount = eversend_money(c, transaction, "amount", n->currency, &n->amount_minor);
    if (!time_parse_iso(json_text(a, transaction, "updatedAt"), &n->at_ms))
        n->at_ms = 0;
    read_back(transaction, n);
}
