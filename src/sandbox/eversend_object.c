#include "sandbox/eversend.h"

#include "base/clock.h"

/* What its transactions look like, member by member in the order that was seen. */

static int digits_of(const struct evs_transaction *t)
{
    enum currency cur = CUR_NONE;
    must(currency_parse(t->currency, &cur));
    return currency_digits(cur);
}

struct str evs_decimal(struct arena *a, const struct evs_transaction *t, int64_t minor)
{
    return decimal_text(a, minor, digits_of(t));
}

/* A rate that nobody may rely on. */
int64_t evs_fee(int64_t minor)
{
    enum {
        BPS = 150,
        WHOLE = 10000
    };
    return minor / WHOLE * BPS + minor % WHOLE * BPS / WHOLE;
}

struct str evs_seconds(struct arena *a, int64_t ms)
{
    return str_fmt(a, "%.*sZ", SARG(str_part(time_iso(a, ms), 0, S("2026-11-20T11:00:00").n)));
}

/* Its wallet, which had a thousand to begin with; always with two digits. */
static struct str wallet_text(struct arena *a, const struct evs_transaction *t, int64_t minor)
{
    enum {
        OPENING = 1000
    };
    int digits = digits_of(t);
    struct str text = decimal_text(a, minor + (digits == 0 ? OPENING : OPENING * 100), digits);
    return digits == 0 ? str_fmt(a, "%.*s.00", SARG(text)) : text;
}

static void nulls(struct json *j, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        json_raw(j, names[i], S("null"));
}

enum err evs_write(struct ctx *c, struct json *j, const char *name, const struct evs_transaction *t)
{
    static const char *const before[] = { "sourceCurrency", "destinationCurrency",
        "destinationAmount", "sourceCountry" };
    static const char *const after[] = { "user", "beneficiary" };
    struct arena *a = c->arena;
    int64_t had = 0;
    TRY(evs_sum_before(c, t, &had));
    bool paid = str_eq(t->status, S("successful"));
    json_open(j, name, '{');
    json_i64(j, "id", EVS_ID_BASE + t->n);
    json_str(j, "transactionId", t->id);
    json_str(j, "transactionRef", t->ref);
    json_str(j, "type", S("collection"));
    json_str(j, "currency", t->currency);
    json_str(j, "amount", evs_decimal(a, t, t->amount_minor));
    json_str(j, "fees", evs_decimal(a, t, evs_fee(t->amount_minor)));
    json_str(j, "balanceBefore", wallet_text(a, t, had));
    json_str(j, "balanceAfter", wallet_text(a, t, had + (paid ? t->amount_minor : 0)));
    nulls(j, before, ARRAY_LEN(before));
    json_str(j, "destinationCountry", t->country);
    json_i64(j, "accountId", EVS_ACCOUNT);
    json_raw(j, "userId", S("null"));
    json_raw(j, "beneficiaryId", S("null"));
    json_raw(j, "customer", t->customer);
    json_raw(j, "meta", S("null"));
    json_str_or_null(j, "reason", t->reason);
    json_bool(j, "isRefunded", t->refunded);
    json_str(j, "status", t->status);
    json_time(j, "createdAt", t->created_ms);
    json_time(j, "updatedAt", t->updated_ms);
    nulls(j, after, ARRAY_LEN(after));
    json_close(j, '}');
    return E_OK;
}

void evs_write_accepted(struct json *j, struct arena *a, const struct evs_transaction *t)
{
    json_open(j, "data", '{');
    json_str(j, "transactionId", t->id);
    json_str(j, "transactionRef", t->ref);
    json_str(j, "type", S("collection"));
    json_str(j, "currency", t->currency);
    json_str(j, "amount", evs_decimal(a, t, t->amount_minor));
    json_raw(j, "customer", t->customer);
    json_raw(j, "balanceBefore", S("null"));
    json_raw(j, "balanceAfter", S("null"));
    json_str(j, "status", S("pending"));
    json_time(j, "createdAt", t->created_ms);
    json_time(j, "updatedAt", t->created_ms + 1);
    json_close(j, '}');
}
