#include "customer/customer.h"

#include "base/json.h"
#include "base/zone.h"
#include "web/list.h"

/* PUT and GET /api/customers/{customerId}, GET /api/customers?email=. */

enum {
    NAME_MAX_BYTES = 200,
    IMAGE_MAX = 2000,
    ZONE_MAX = 64,
    TAX_ID_MAX = 64,
    ADDRESS_LINES = 10,
    ADDRESS_LINE = 200
};

static bool by_key(const struct req *r)
{
    return !str_eq(r->role, S("user"));
}

/* A signed-in customer is its own; everybody else's is not there. */
static enum err check_own(struct req *r)
{
    if (by_key(r) || str_eq(r->params[0], r->c->customer_id))
        return E_OK;
    return fail(r->c, NOT_FOUND, "there is no such customer");
}

static enum err answer_customer(struct req *r, const struct customer *k)
{
    struct json j = answer_json(r, 200);
    customer_json(&j, "data", r->c->arena, k);
    answer_json_end(r, &j);
    return E_OK;
}

static enum err read_address(struct ctx *c, struct json_value v, struct str *ret)
{
    int64_t lines = 0;
    if (v.kind == JSON_ABSENT || v.kind == JSON_NULL)
        return E_OK;
    if (v.kind != JSON_ARRAY)
        return fail(c, INVALID_REQUEST, "address is a list of lines");
    for (struct json_iter it = json_iter(v); json_next(&it); lines++) {
        struct str line;
        if (lines == ADDRESS_LINES || !json_to_str(c->arena, it.value, &line) ||
            line.n > ADDRESS_LINE || !str_is_text(line))
            return fail(c, INVALID_REQUEST, "address has at most %d lines of %d characters",
                ADDRESS_LINES, ADDRESS_LINE);
    }
    *ret = v.raw;
    return E_OK;
}

static enum err check_texts(struct ctx *c, const struct customer *k)
{
    const struct {
        const char *name;
        struct str value;
    } texts[] = { { "name", k->name }, { "image", k->image }, { "timeZone", k->time_zone },
        { "taxId", k->tax_id } };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!str_is_text(texts[i].value))
            return fail(
                c, INVALID_REQUEST, "%s has characters that cannot be shown", texts[i].name);
    return E_OK;
}

static enum err check_zone(struct ctx *c, struct str name)
{
    const struct zone *zone = NULL;
    if (name.n == 0 || zone_find(c, name, &zone) == E_OK)
        return E_OK;
    return fail(c, INVALID_REQUEST, "timeZone: %.*s", SARG(c->err.message));
}

struct putting {
    struct customer said;
    unsigned clear;
};

static bool is_empty(struct json_value v)
{
    struct json_iter it = json_iter(v);
    return v.kind == JSON_NULL || (v.kind == JSON_STRING && v.raw.n == 2) ||
        (v.kind == JSON_ARRAY && !json_next(&it));
}

/* What is said to be nothing; what is not said at all stays. */
static unsigned cleared(struct json_value body)
{
    static const struct {
        const char *name;
        unsigned part;
    } parts[] = { { "email", CUSTOMER_EMAIL }, { "name", CUSTOMER_NAME },
        { "image", CUSTOMER_IMAGE }, { "country", CUSTOMER_COUNTRY },
        { "timeZone", CUSTOMER_TIME_ZONE }, { "address", CUSTOMER_ADDRESS },
        { "taxId", CUSTOMER_TAX_ID } };
    unsigned all = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (is_empty(json_at(body, parts[i].name)))
            all |= parts[i].part;
    return all;
}

static enum err parse(struct req *r)
{
    struct ctx *c = r->c;
    struct putting *in = r->in;
    struct customer *k = &in->said;
    struct json_value address = { .kind = JSON_ABSENT };
    const struct json_field fields[] = { j_str_opt("email", &k->email, 254),
        j_str_opt("name", &k->name, NAME_MAX_BYTES), j_str_opt("image", &k->image, IMAGE_MAX),
        j_str_opt("country", &k->country, 2), j_str_opt("timeZone", &k->time_zone, ZONE_MAX),
        j_value_opt("address", &address), j_str_opt("taxId", &k->tax_id, TAX_ID_MAX), j_end };
    TRY(check_own(r));
    TRY(json_read(c, r->body, fields));
    TRY(read_address(c, address, &k->address));
    TRY(check_texts(c, k));
    TRY(country_code(c, k->country, &k->country));
    TRY(check_zone(c, k->time_zone));
    if (k->email.n > 0)
        TRY(mail_address(c, k->email, &k->email));
    in->clear = cleared(json_root(r->body));
    if ((in->clear & CUSTOMER_ADDRESS) != 0)
        k->address = S("");
    /* Whose mail it is, a customer's own word does not prove: its token's does. */
    if ((k->email.n > 0 || (in->clear & CUSTOMER_EMAIL) != 0) && !by_key(r))
        return fail(c, FORBIDDEN, "a mail comes from the user token or from a secret key");
    k->external_id = r->params[0];
    return E_OK;
}

static enum err put(struct req *r)
{
    struct ctx *c = r->c;
    const struct putting *in = r->in;
    struct customer said = in->said, now;
    bool found = false;
    /* Ours, cus_…, names one that is there; the application's own makes one. */
    TRY(customer_find(c, said.external_id, &found, &now));
    if (!found && str_starts(said.external_id, S("cus_")))
        return fail(c, NOT_FOUND, "there is no such customer");
    if (found)
        said.external_id = now.external_id;
    TRY(customer_ensure(c, &said, &now));
    TRY(customer_clear(c, &now, in->clear));
    return answer_customer(r, &now);
}

static enum err get(struct req *r)
{
    struct customer k;
    bool found = false;
    TRY(check_own(r));
    TRY(customer_find(r->c, r->params[0], &found, &k));
    if (!found)
        return fail(r->c, NOT_FOUND, "there is no such customer");
    return answer_customer(r, &k);
}

/* One mail belongs to one customer: a list of one, or of none. */
static enum err by_email(struct req *r)
{
    struct ctx *c = r->c;
    struct str mail = S("");
    struct customer k;
    bool given = false, found = false;
    TRY(req_query(r, "email", &given, &mail));
    if (!given)
        return fail(c, INVALID_REQUEST, "say whose: ?email=");
    TRY(mail_address(c, mail, &mail));
    TRY(customer_by_email(c, mail, &found, &k));
    struct list l = { 0 };
    list_open(r, &l);
    if (found)
        customer_json(&l.j, NULL, c->arena, &k);
    list_close(r, &l);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/api/customers", SHAPE_READ, NULL, by_email, NULL, 0,
        ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_SUPPORT, 0, 0,
        "The customer of a mail: ?email=." },
    { "GET", "/api/customers/{customerId}", SHAPE_READ, NULL, get, NULL, 0,
        ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_SUPPORT | ALLOW_USER, 0, 0,
        "One customer, by the application's id or ours." },
    { "PUT", "/api/customers/{customerId}", SHAPE_WRITE, parse, put, NULL, sizeof(struct putting),
        ALLOW_APP | ALLOW_ADMIN | ALLOW_USER, 0, 0,
        "What is known of a customer; made when it is not there: `{email?, name?, image?, "
        "country?, timeZone?, address?, taxId?}`." },
};
const struct routes customer_routes = { table, ARRAY_LEN(table) };
