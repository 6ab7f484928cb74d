#include "base/json.h"
#include "customer/whose.h"
#include "renewal/method.h"
#include "web/web.h"

/* GET and DELETE /api/billing/methods: what is saved, as far as its owner recognises it. */

static enum err parse(struct req *r)
{
    struct methods *k = r->in;
    return whose_query(r, &k->customer_id);
}

static enum err parse_one(struct req *r)
{
    struct methods *k = r->in;
    bool given = false;
    TRY(parse(r));
    TRY(req_query(r, "id", &given, &k->id));
    return k->id.n > 0 && k->id.n <= METHOD_ID
        ? E_OK
        : fail(r->c, INVALID_REQUEST, "id says which payment method");
}

static void write_one(struct json *j, struct arena *a, const struct method *m)
{
    const struct gateway_method *what = &m->what;
    struct str expires = what->expires_year > 0
        ? str_fmt(a, "%04d-%02d", what->expires_year, what->expires_month)
        : S("");
    json_open(j, NULL, '{');
    json_str(j, "id", what->id);
    json_str(j, "gateway", gateway_name(m->gateway));
    json_str(j, "type", what->type);
    json_str_or_null(j, "brand", what->brand);
    json_str_or_null(j, "last4", what->last4);
    json_str_or_null(j, "expires", expires);
    json_bool(j, "default", what->charged);
    json_close(j, '}');
}

static enum err list(struct req *r)
{
    struct methods *k = r->in;
    TRY(methods_find(r->c, k));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    for (size_t i = 0; i < k->n; i++)
        write_one(&j, r->c->arena, &k->method[i]);
    json_close(&j, ']');
    json_bool(&j, "hasMore", false);
    json_str_or_null(&j, "next", S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err forget(struct req *r)
{
    struct methods *k = r->in;
    TRY(methods_forget(r->c, k));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "id", k->id);
    json_bool(&j, "removed", true);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/api/billing/methods", SHAPE_CALL, parse, list, NULL, sizeof(struct methods),
        ALLOW_READONLY | ALLOW_USER, 0, 0,
        "What a customer has saved to pay plans with; asks the gateways that keep it." },
    { "DELETE", "/api/billing/methods", SHAPE_CALL, parse_one, forget, NULL, sizeof(struct methods),
        ALLOW_APP | ALLOW_USER, 0, 0,
        "Forget one: ?id=. Where purser renews, further periods are asked for by mail then." },
};
const struct routes method_routes = { table, ARRAY_LEN(table) };
