#include "access/token.h"
#include "access/upgrade.h"
#include "base/json.h"
#include "customer/customer.h"
#include "customer/whose.h"
#include "web/site.h"

/* What a customer's plans allow, for applications that show or guard something.  Somebody of whom
 * nothing is known yet has what everybody has. */

static enum err asked(struct req *r, int64_t *ret_n)
{
    struct str customer_id = S("");
    TRY(whose_query(r, &customer_id));
    return whose_find(r, customer_id, ret_n);
}

static enum err show(struct req *r)
{
    struct access access;
    struct access_union all;
    int64_t n = 0;
    TRY(asked(r, &n));
    TRY(access_of(r->c, n, &access));
    TRY(access_union(r->c, n, &all));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str_or_null(&j, "plan", access.plan);
    json_raw(&j, "plans", all.plans);
    json_raw(&j, "features", all.features);
    json_raw(&j, "limits", all.limits);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err feature(struct req *r)
{
    struct ctx *c = r->c;
    struct access_union all;
    struct access_upgrade upgrade = { NULL, NULL };
    bool has = false;
    int64_t n = 0;
    TRY(asked(r, &n));
    TRY(access_union(c, n, &all));
    if (!json_to_bool(json_member(json_root(all.features), r->params[0]), &has))
        return fail(c, NOT_FOUND, "no plan knows a feature %.*s", SARG(r->params[0]));
    if (!has)
        TRY(access_upgrade_for(c, n, r->params[0], &upgrade));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_bool(&j, "allowed", has);
    json_str_or_null(&j, "reason", has ? S("") : code_info(CODE_FEATURE_NOT_IN_PLAN)->name);
    access_upgrade_json(&j, &upgrade);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- tokens */

/* The application's own id, however it was named. */
static enum err sub_of(struct req *r, struct str named, int64_t n, struct str *ret)
{
    struct customer k;
    *ret = whose_is_user(r) ? r->c->customer_id : named;
    if (n == 0)
        return E_OK;
    TRY(customer_by_n(r->c, n, &k));
    *ret = k.external_id;
    return E_OK;
}

static enum err token(struct req *r)
{
    struct ctx *c = r->c;
    struct str customer_id = S(""), sub = S("");
    struct access_token made;
    int64_t n = 0, ttl_s = ACCESS_TOKEN_MAX_S;
    const struct json_field fields[] = { j_str_opt("customerId", &customer_id, 128),
        j_i64_opt("ttlSeconds", &ttl_s), j_end };
    TRY(json_read(c, r->body.n > 0 ? r->body : S("{}"), fields));
    TRY(whose_named(r, customer_id));
    if (ttl_s < 1 || ttl_s > ACCESS_TOKEN_MAX_S)
        return fail(c, INVALID_REQUEST, "ttlSeconds is 1 to %d", ACCESS_TOKEN_MAX_S);
    TRY(whose_find(r, customer_id, &n));
    TRY(sub_of(r, customer_id, n, &sub));
    TRY(access_token(c, n, site_of(c)->origin, sub, ttl_s, &made));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "token", made.text);
    json_time(&j, "expiresAt", made.expires_ms);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err keys(struct req *r)
{
    struct str text;
    TRY(access_keys(r->c, &text));
    answer_header(r, S("Cache-Control"), S("public, max-age=300"));
    answer_text(r, 200, S("application/json"), text);
    return E_OK;
}

enum {
    READERS = ALLOW_USER | ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN
};

static const struct route table[] = {
    { "GET", "/api/access", SHAPE_READ, NULL, show, NULL, 0, READERS, 0, 0,
        "A customer's plans, and what they give together: features and limits." },
    { "GET", "/api/access/{feature}", SHAPE_READ, NULL, feature, NULL, 0, READERS, 0, 0,
        "Does a customer's plan have this feature, and if not, which would?" },
    { "POST", "/api/access/token", SHAPE_READ, NULL, token, NULL, 0, READERS, 0, 0,
        "A signed token of at most five minutes that names plan, features and limits." },
    { "GET", "/.well-known/jwks.json", SHAPE_READ, NULL, keys, NULL, 0, ALLOW_ANYONE, 0, 0,
        "The public key that these tokens are checked against." },
};
const struct routes access_routes = { table, ARRAY_LEN(table) };
