#include "access/token.h"

#include "base/json.h"
#include "setting/setting.h"

/* ---- the key, as others know it */

struct own_key {
    struct secret pem;
    struct str x, y; /* base64url */
    struct str id;   /* RFC 7638: the hash of what it is */
};

static enum err find_key(struct ctx *c, struct own_key *ret)
{
    struct own_key k;
    struct str x, y, pem;
    TRY(server_key_find(c, &k.pem));
    TRY(sign_key_public(c, k.pem, &x, &y, &pem));
    k.x = base64url_text(c->arena, x);
    k.y = base64url_text(c->arena, y);
    const struct sha256 hash = sha256(str_fmt(c->arena,
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}", SARG(k.x), SARG(k.y)));
    k.id = base64url_text(c->arena, (struct str) { (const char *)hash.b, sizeof hash.b });
    *ret = k;
    return E_OK;
}

enum err access_keys(struct ctx *c, struct str *ret_json)
{
    struct own_key k;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(find_key(c, &k));
    json_open(&j, NULL, '{');
    json_open(&j, "keys", '[');
    json_open(&j, NULL, '{');
    json_str(&j, "kty", S("EC"));
    json_str(&j, "crv", S("P-256"));
    json_str(&j, "x", k.x);
    json_str(&j, "y", k.y);
    json_str(&j, "use", S("sig"));
    json_str(&j, "alg", S("ES256"));
    json_str(&j, "kid", k.id);
    json_close(&j, '}');
    json_close(&j, ']');
    json_close(&j, '}');
    *ret_json = buf_str(&b);
    return E_OK;
}

/* ---- the token */

static struct str header_of(struct ctx *c, const struct own_key *k)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "alg", S("ES256"));
    json_str(&j, "typ", ACCESS_TOKEN_TYPE);
    json_str(&j, "kid", k->id);
    json_close(&j, '}');
    return buf_str(&b);
}

/* Seconds, at least one: the first plan that ends takes its token along. */
static enum err life_of(struct ctx *c, int64_t customer_n, int64_t ttl_s, int64_t *ret_s)
{
    const struct access_plan *plan = NULL;
    size_t n = 0;
    TRY(access_plans(c, customer_n, &plan, &n));
    for (size_t i = 0; i < n; i++) {
        const int64_t left_s = (plan[i].until_ms - c->now_ms) / 1000;
        if (left_s < ttl_s)
            ttl_s = left_s > 0 ? left_s : 1;
    }
    *ret_s = ttl_s;
    return E_OK;
}

struct claims {
    struct str issuer, sub;
    int64_t issued_s, expires_s;
    struct access access;
    struct access_union all;
};

static struct str claims_text(struct ctx *c, const struct claims *k)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "iss", k->issuer);
    json_str(&j, "sub", k->sub);
    json_i64(&j, "iat", k->issued_s);
    json_i64(&j, "exp", k->expires_s);
    json_str_or_null(&j, "plan", k->access.plan);
    json_raw(&j, "plans", k->all.plans);
    json_raw(&j, "features", k->all.features);
    json_raw(&j, "limits", k->all.limits);
    json_close(&j, '}');
    return buf_str(&b);
}

enum err access_token(struct ctx *c, int64_t customer_n, struct str issuer, struct str sub,
    int64_t ttl_s, struct access_token *ret)
{
    struct own_key key;
    struct claims k = { .issuer = issuer, .sub = sub, .issued_s = c->wall_ms / 1000 };
    struct str signature;
    int64_t life_s = 0;
    must(ttl_s > 0 && ttl_s <= ACCESS_TOKEN_MAX_S);
    TRY(find_key(c, &key));
    TRY(life_of(c, customer_n, ttl_s, &life_s));
    TRY(access_of(c, customer_n, &k.access));
    TRY(access_union(c, customer_n, &k.all));
    k.expires_s = k.issued_s + life_s;
    const struct str head = base64url_text(c->arena, header_of(c, &key));
    const struct str claims = base64url_text(c->arena, claims_text(c, &k));
    const struct str said = str_fmt(c->arena, "%.*s.%.*s", SARG(head), SARG(claims));
    TRY(sign_es256(c, key.pem, said, &signature));
    signature = base64url_text(c->arena, signature);
    ret->text = str_fmt(c->arena, "%.*s.%.*s", SARG(said), SARG(signature));
    ret->expires_ms = k.expires_s * 1000;
    return E_OK;
}
