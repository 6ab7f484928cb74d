#include "base/json.h"
#include "customer/billing.h"
#include "customer/whose.h"

/* GET and PUT /api/billing: whom a customer's invoices name. */

static enum err answer(struct req *r, const struct billing *k)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "name", k->name);
    json_open(&j, "address", '{');
    json_str(&j, "line1", k->line1);
    json_str(&j, "line2", k->line2);
    json_str(&j, "postcode", k->postcode);
    json_str(&j, "city", k->city);
    json_close(&j, '}');
    json_str_or_null(&j, "country", k->country);
    json_str_or_null(&j, "taxId", k->tax_id);
    json_i64(&j, "version", k->version);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err get(struct req *r)
{
    struct customer k = customer_of_token(r->c);
    struct billing billing;
    int64_t n = 0;
    TRY(whose_known(r, &n));
    if (n > 0)
        TRY(customer_by_n(r->c, n, &k));
    TRY(billing_of(r->c, &k, &billing));
    return answer(r, &billing);
}

struct putting {
    struct str customer_id;
    struct billing said;
};

static enum err parse(struct req *r)
{
    struct ctx *c = r->c;
    struct putting *in = r->in;
    struct billing *k = &in->said;
    struct json_value address = { .kind = JSON_ABSENT };
    const struct json_field fields[] = { j_str_opt("customerId", &in->customer_id, 128),
        j_str_opt("name", &k->name, BILLING_NAME), j_value_opt("address", &address),
        j_str_opt("country", &k->country, 2), j_str_opt("taxId", &k->tax_id, BILLING_TAX_ID),
        j_i64_opt("version", &k->version), j_end };
    const struct json_field lines[] = { j_str_opt("line1", &k->line1, BILLING_LINE),
        j_str_opt("line2", &k->line2, BILLING_LINE),
        j_str_opt("postcode", &k->postcode, BILLING_POSTCODE),
        j_str_opt("city", &k->city, BILLING_CITY), j_end };
    k->version = BILLING_UNSEEN;
    TRY(json_read(c, r->body, fields));
    if (address.kind != JSON_ABSENT && address.kind != JSON_NULL)
        TRY(json_read_value(c, address, lines));
    TRY(whose_named(r, in->customer_id));
    return billing_check(c, k);
}

static enum err put(struct req *r)
{
    const struct putting *in = r->in;
    struct customer k;
    struct billing now;
    int64_t n = 0;
    TRY(whose_make(r, in->customer_id, &n));
    TRY(customer_by_n(r->c, n, &k));
    TRY(billing_set(r->c, &k, &in->said, &now));
    return answer(r, &now);
}

static const struct route table[] = {
    { "GET", "/api/billing", SHAPE_READ, NULL, get, NULL, 0,
        ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_SUPPORT | ALLOW_USER, 0, 0,
        "Whom a customer's invoices name." },
    { "PUT", "/api/billing", SHAPE_WRITE, parse, put, NULL, sizeof(struct putting),
        ALLOW_APP | ALLOW_ADMIN | ALLOW_USER, 0, 16 * 1024,
        "Whom further invoices name, all of it: `{name?, address?, country?, taxId?, version?}`. With "
        "the version that was read it is refused when another was stored since." },
};
const struct routes billing_routes = { table, ARRAY_LEN(table) };
