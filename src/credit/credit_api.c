#include "base/clock.h"
#include "base/json.h"
#include "credit/asked.h"
#include "credit/credit.h"
#include "customer/customer.h"
#include "customer/whose.h"

/* Credits, for the application and for its users: using them. */

/* ---- what is asked for */

struct asked {
    struct str customer_id;
    struct credit_use use;
    int64_t ttl_s, amount;
    struct id id, of; /* drawn before the transaction: one that runs again makes the same */
    bool has_of;
    struct str reference, reason;
};

static enum err parse_use(struct req *r)
{
    struct ctx *c = r->c;
    struct asked *in = r->in;
    struct credit_use *use = &in->use;
    struct json_value extras = { .kind = JSON_ABSENT }, labels = { .kind = JSON_ABSENT };
    use->quantity = 1;
    in->ttl_s = ASKED_TTL_S;
    const struct json_field fields[] = { j_str_opt("customerId", &in->customer_id, 128),
        j_i64_opt("amount", &use->amount), j_str_opt("operation", &use->operation, 64),
        j_i64_opt("quantity", &use->quantity), j_value_opt("extras", &extras),
        j_value_opt("labels", &labels), j_str_opt("description", &use->description, ASKED_TEXT_MAX),
        j_str_opt("reference", &use->reference, ASKED_TEXT_MAX),
        j_i64_opt("ttlSeconds", &in->ttl_s), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, in->customer_id));
    TRY(asked_check(c, &extras, &labels, in->ttl_s, use));
    in->id = id_new(c);
    return E_OK;
}

static enum err answer_done(
    struct req *r, const char *name, const char *prefix, const struct credit_done *done)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, name, id_text(r->c->arena, str_of_c(prefix), done->id));
    json_i64(&j, "amount", done->amount);
    json_i64(&j, "balance", done->balance);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err spend(struct req *r)
{
    const struct asked *in = r->in;
    struct credit_done done;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_spend(r->c, n, &in->use, in->id, &done));
    return answer_done(r, "transactionId", "crd", &done);
}

static enum err reserve(struct req *r)
{
    const struct asked *in = r->in;
    struct credit_done done;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_reserve(r->c, n, &in->use, in->ttl_s * 1000, in->id, &done));
    return answer_done(r, "reservationId", "res", &done);
}

/* ---- what was held */

static enum err parse_held(struct req *r)
{
    struct ctx *c = r->c;
    struct asked *in = r->in;
    struct str id = S("");
    const struct json_field fields[] = { j_str_opt("customerId", &in->customer_id, 128),
        j_str("reservationId", &id, 40), j_i64_opt("amount", &in->amount), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, in->customer_id));
    if (!id_parse(S("res"), id, &in->of))
        return fail(c, NOT_FOUND, "there is no such reservation");
    if (in->amount < 0)
        return fail(c, INVALID_REQUEST, "amount is not negative");
    in->id = id_new(c);
    return E_OK;
}

static enum err settle(struct req *r)
{
    const struct asked *in = r->in;
    struct credit_done done;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_settle(r->c, n, in->of, in->amount, in->id, &done));
    return answer_done(r, "transactionId", "crd", &done);
}

static enum err release(struct req *r)
{
    const struct asked *in = r->in;
    struct credit_done done;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_release(r->c, n, in->of, &done));
    return answer_done(r, "reservationId", "res", &done);
}

/* ---- giving back, and giving */

static enum err parse_refund(struct req *r)
{
    struct ctx *c = r->c;
    struct asked *in = r->in;
    struct str id = S("");
    const struct json_field fields[] = { j_str_opt("customerId", &in->customer_id, 128),
        j_str_opt("transactionId", &id, 40), j_str_opt("reference", &in->reference, ASKED_TEXT_MAX),
        j_str("reason", &in->reason, ASKED_TEXT_MAX), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, in->customer_id));
    if ((id.n > 0) == (in->reference.n > 0))
        return fail(c, INVALID_REQUEST, "say either transactionId or reference");
    in->has_of = id.n > 0;
    if (in->has_of && !id_parse(S("crd"), id, &in->of))
        return fail(c, NOT_FOUND, "there is no such use");
    if (!str_is_text(in->reason))
        return fail(c, INVALID_REQUEST, "reason is text that can be shown");
    in->id = id_new(c);
    return E_OK;
}

static enum err refund(struct req *r)
{
    const struct asked *in = r->in;
    struct credit_done done;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_refund(r->c, n, in->has_of, in->of, in->reference, in->reason, in->id, &done));
    return answer_done(r, "transactionId", "crd", &done);
}

struct grant {
    struct str customer_id;
    struct credit_gift gift;
};

static enum err parse_grant(struct req *r)
{
    struct ctx *c = r->c;
    struct grant *in = r->in;
    struct str type = S("bonus"), expires = S("");
    const struct json_field fields[] = { j_str("customerId", &in->customer_id, 128),
        j_i64("amount", &in->gift.amount), j_str("reason", &in->gift.description, ASKED_TEXT_MAX),
        j_str_opt("type", &type, 20), j_str_opt("expires", &expires, 40), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(customer_external_id(c, in->customer_id));
    if (in->gift.amount < 1 || in->gift.amount > 1000000000)
        return fail(c, INVALID_REQUEST, "amount is 1 to 1,000,000,000");
    if (!str_eq(type, S("bonus")) && !str_eq(type, S("adjustment")))
        return fail(c, INVALID_REQUEST, "type is bonus or adjustment");
    if (str_trim(in->gift.description).n == 0 || !str_is_text(in->gift.description))
        return fail(c, INVALID_REQUEST, "reason says what for");
    if (expires.n > 0 &&
        (!time_parse_iso(expires, &in->gift.ends_ms) || in->gift.ends_ms <= c->now_ms))
        return fail(c, INVALID_REQUEST, "expires is a time to come, such as 2027-01-31T00:00:00Z");
    in->gift.kind = str_eq(type, S("bonus")) ? CREDIT_BONUS : CREDIT_ADJUSTMENT;
    in->gift.source = id_text(c->arena, S("grt"), id_new(c));
    return E_OK;
}

static enum err grant(struct req *r)
{
    const struct grant *in = r->in;
    struct credit_account account;
    int64_t n = 0;
    bool given = false;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_give(r->c, n, &in->gift, &given));
    TRY(credit_open(r->c, n, &account));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "grantId", in->gift.source);
    json_i64(&j, "amount", in->gift.amount);
    json_i64(&j, "balance", account.balance);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    /* Users spend their own; what gives credits back is the application's word. */
    WRITERS = ALLOW_USER | ALLOW_APP | ALLOW_ADMIN,
    KEYS = ALLOW_APP | ALLOW_ADMIN
};

static const struct route table[] = {
    { "POST", "/api/credits/spend", SHAPE_WRITE, parse_use, spend, NULL, sizeof(struct asked),
        WRITERS, ROUTE_MONEY, 0, "Use credits, by amount or operation." },
    { "POST", "/api/credits/reserve", SHAPE_WRITE, parse_use, reserve, NULL, sizeof(struct asked),
        KEYS, ROUTE_MONEY, 0, "Hold credits for work that may fail." },
    { "POST", "/api/credits/settle", SHAPE_WRITE, parse_held, settle, NULL, sizeof(struct asked),
        KEYS, ROUTE_MONEY, 0, "Use what was held, or less of it." },
    { "POST", "/api/credits/release", SHAPE_WRITE, parse_held, release, NULL, sizeof(struct asked),
        KEYS, ROUTE_MONEY, 0, "Give back what was held." },
    { "POST", "/api/credits/refund", SHAPE_WRITE, parse_refund, refund, NULL, sizeof(struct asked),
        KEYS, ROUTE_MONEY, 0, "Give a use back, once, to the lots that it came from." },
    { "POST", "/api/admin/credits/grant", SHAPE_WRITE, parse_grant, grant, NULL,
        sizeof(struct grant), ALLOW_ADMIN | ALLOW_FINANCE, ROUTE_MONEY, 0,
        "Give a customer credits, with a reason." },
};
const struct routes credit_routes = { table, ARRAY_LEN(table) };
