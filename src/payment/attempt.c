#include "payment/attempt_db.h"

#include "base/json.h"

#define TO(s) (1u << ATTEMPT_##s)
/* Whatever we thought of it, a try that the gateway says was paid is paid; and a captured one stays
 * so (refunds are figures of their own). */
#define PAYS TO(CAPTURED)
static const struct {
    struct str name;
    unsigned next;
} states[] = {
    [ATTEMPT_CREATED] = { S_INIT("created"),
        TO(OPEN) | TO(DECLINED) | TO(UNKNOWN) | TO(ABANDONED) | TO(EXPIRED) | TO(CANCELLED) |
            PAYS },
    [ATTEMPT_OPEN] = { S_INIT("open"),
        TO(PROCESSING) | TO(FAILED) | TO(ABANDONED) | TO(EXPIRED) | TO(CANCELLED) | PAYS },
    [ATTEMPT_PROCESSING] = { S_INIT("processing"),
        TO(FAILED) | TO(EXPIRED) | TO(ABANDONED) | PAYS },
    [ATTEMPT_CAPTURED] = { S_INIT("captured"), 0 },
    [ATTEMPT_DECLINED] = { S_INIT("declined"), PAYS },
    [ATTEMPT_FAILED] = { S_INIT("failed"), TO(PROCESSING) | PAYS },
    [ATTEMPT_UNKNOWN] = { S_INIT("unknown"),
        TO(OPEN) | TO(DECLINED) | TO(ABANDONED) | TO(EXPIRED) | TO(CANCELLED) | TO(FAILED) | PAYS },
    [ATTEMPT_ABANDONED] = { S_INIT("abandoned"), PAYS },
    [ATTEMPT_EXPIRED] = { S_INIT("expired"), PAYS },
    [ATTEMPT_CANCELLED] = { S_INIT("cancelled"), PAYS },
};
#undef PAYS
#undef TO
_Static_assert(ARRAY_LEN(states) == ATTEMPT_STATUS_COUNT, "every status has a row");

struct str attempt_status_text(enum attempt_status s)
{
    must(s < ATTEMPT_STATUS_COUNT);
    return states[s].name;
}

bool attempt_may_become(enum attempt_status from, enum attempt_status to)
{
    must(from < ATTEMPT_STATUS_COUNT && to < ATTEMPT_STATUS_COUNT);
    return (states[from].next & (1u << to)) != 0;
}

struct str attempt_id(struct arena *a, const struct attempt *k)
{
    return id_text(a, S("att"), k->id);
}

bool attempt_is_charge(const struct attempt *k)
{
    struct id id;
    return k->checkout_url.n == 0 && id_parse(S("att"), k->session_id, &id) && id_eq(id, k->id);
}

bool attempt_is_beside(const struct attempt *k)
{
    const struct gateway *g = gateway_by_id(k->gateway);
    return g != NULL && (g->can & GATEWAY_NUMBERS_TRIES) != 0 && k->session_id.n == 0 &&
        k->payment.n > 0;
}

enum err attempt_insert(struct ctx *c, struct attempt *k)
{
    must(k->order_n > 0 && k->amount.minor >= 0 && k->amount.cur != CUR_NONE);
    k->status = ATTEMPT_CREATED;
    k->version = 1;
    k->created_ms = c->now_ms;
    return attempt_db_insert(c, k);
}

enum err attempt_by_n(struct ctx *c, int64_t n, struct attempt *ret)
{
    return attempt_db_by_n(c, n, ret);
}

enum err attempt_get(struct ctx *c, struct id id, struct attempt *ret)
{
    bool found = false;
    TRY(attempt_db_by_id(c, id, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such payment");
}

/* A status may be stored again with other details; another one needs its arrow. */
enum err attempt_become(struct ctx *c, struct attempt *k, enum attempt_status to)
{
    if (to != k->status && !attempt_may_become(k->status, to))
        return fail(c, CONFLICT, "an attempt that is %.*s cannot become %.*s",
            SARG(attempt_status_text(k->status)), SARG(attempt_status_text(to)));
    TRY(attempt_db_update(c, k, to));
    k->status = to;
    k->version++;
    return E_OK;
}

static void method_json(struct json *j, const struct attempt *k)
{
    json_open(j, "method", '{');
    json_str(j, "type", k->method_type.n > 0 ? k->method_type : k->method);
    if (k->method_brand.n > 0)
        json_str(j, "brand", k->method_brand);
    if (k->method_last4.n > 0)
        json_str(j, "last4", k->method_last4);
    json_close(j, '}');
}

static void attempt_json(struct json *j, struct arena *a, const struct attempt *k)
{
    json_open(j, NULL, '{');
    json_str(j, "id", attempt_id(a, k));
    json_str(j, "gateway", gateway_name(k->gateway));
    json_str(j, "status", attempt_status_text(k->status));
    json_money(j, "amount", k->amount);
    json_str_or_null(j, "sessionId", k->session_id);
    json_str_or_null(j, "why", k->why);
    json_time(j, "createdAt", k->created_ms);
    json_time(j, "expiresAt", k->expires_ms);
    json_close(j, '}');
}

void payment_one_json(struct json *j, struct arena *a, const struct attempt *k)
{
    json_str(j, "id", id_text(a, S("pay"), k->id));
    json_str(j, "gateway", gateway_name(k->gateway));
    json_money(j, "amount", k->amount);
    json_money(j, "refunded", (struct money) { k->refunded_minor, k->amount.cur });
    json_bool(j, "disputed", k->argued);
    method_json(j, k);
    json_str(j, "confirmedBy", k->confirmed_by);
    json_time(j, "capturedAt", k->captured_ms);
}

void payment_json(struct json *j, struct arena *a, const struct attempt *k, size_t n)
{
    json_open(j, "attempts", '[');
    for (size_t i = 0; i < n; i++)
        attempt_json(j, a, &k[i]);
    json_close(j, ']');
    json_open(j, "payments", '[');
    for (size_t i = 0; i < n; i++)
        if (k[i].status == ATTEMPT_CAPTURED) {
            json_open(j, NULL, '{');
            payment_one_json(j, a, &k[i]);
            json_close(j, '}');
        }
    json_close(j, ']');
}

/* ---- in words */

struct str attempt_method_words(struct arena *a, const struct attempt *k)
{
    struct str brand = k->method_brand.n > 0 ? k->method_brand : S("card");
    if (k->method_last4.n > 0)
        return str_fmt(a, "%.*s ending %.*s", SARG(str_sentence(a, brand)), SARG(k->method_last4));
    return k->method_type.n > 0 ? k->method_type : k->method;
}

int64_t attempt_back(const struct attempt *k)
{
    return k->refunded_minor + k->lost_minor;
}

const struct attempt *attempt_paid(const struct attempt *k, size_t n)
{
    const struct attempt *paid = NULL;
    for (size_t i = 0; i < n; i++)
        if (k[i].status == ATTEMPT_CAPTURED && !k[i].extra)
            paid = &k[i];
    return paid;
}
