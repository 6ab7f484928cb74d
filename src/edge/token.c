#include "edge/token.h"

#include "base/config.h"
#include "base/id.h"
#include "base/json.h"

/* Reading a token never says what was in it: it is a credential, and the log keeps sentences. */

struct token_door token_door_now(const struct ctx *c, const struct token_door *door)
{
    struct token_door now = *door;
    now.secrets = 0;
    while (now.secrets < TOKEN_SECRETS &&
        config_secret(c->config, CFG_JWT_SECRET, now.secrets, &now.secret[now.secrets]))
        now.secrets++;
    return now;
}

enum err token_door_read(struct ctx *c, struct token_door *ret)
{
    struct token_door door = {
        .alg = config_has(c->config, CFG_JWT_SECRET) ? TOKEN_HS256 : TOKEN_OFF,
        .issuer = config_str(c->config, CFG_JWT_ISSUER),
        .audience = config_str(c->config, CFG_JWT_AUDIENCE),
    };
    if (config_has(c->config, CFG_JWT_PUBLIC_KEY)) {
        TRY(public_key_open(c, config_str(c->config, CFG_JWT_PUBLIC_KEY), &door.key));
        door.alg = public_key_alg(door.key) == SIGN_RS256 ? TOKEN_RS256 : TOKEN_ES256;
    }
    *ret = door;
    return E_OK;
}

void token_door_close(struct token_door *door)
{
    if (door->key != NULL)
        public_key_close(door->key);
    door->key = NULL;
}

#define refuse(c, why) fail((c), UNAUTHENTICATED, "The user token was refused: " why ".")

struct parts {
    struct str header, claims, signature; /* decoded */
    struct str signed_text;
};

static enum err split(struct ctx *c, struct str token, struct parts *ret)
{
    struct str header, claims, signature, rest;
    if (token.n > TOKEN_MAX)
        return refuse(c, "it is longer than 8 KiB");
    if (!str_cut(token, '.', &header, &rest) || !str_cut(rest, '.', &claims, &signature))
        return refuse(c, "it has fewer than three parts");
    struct parts p = { .signed_text = str_part(token, 0, header.n + 1 + claims.n) };
    /* Also refuses a fourth part: '.' is no base64url. */
    if (header.n == 0 || claims.n == 0 || signature.n == 0 ||
        !base64url_parse(c->arena, header, &p.header) ||
        !base64url_parse(c->arena, claims, &p.claims) ||
        !base64url_parse(c->arena, signature, &p.signature))
        return refuse(c, "a part is not base64url without padding");
    *ret = p;
    return E_OK;
}

static struct str alg_name(const struct token_door *door)
{
    switch (door->alg) {
    case TOKEN_OFF:
        break;
    case TOKEN_HS256:
        return S("HS256");
    case TOKEN_RS256:
        return S("RS256");
    case TOKEN_ES256:
        return S("ES256");
    }
    return S("");
}

/* The header has nothing to decide.  kid, jwk, jku, x5u and the like are not read: no key is ever
 * found through a token. */
static enum err check_header(struct ctx *c, const struct token_door *door, struct str text)
{
    if (json_check(c, text) != E_OK || json_root(text).kind != JSON_OBJECT)
        return refuse(c, "its header is no JSON object");
    struct json_value header = json_root(text);
    struct str alg = { 0 }, typ = S("JWT");
    if (!json_to_str(c->arena, json_member(header, S("alg")), &alg) || !str_eq(alg, alg_name(door)))
        return refuse(c, "its algorithm is not the configured one");
    struct json_value typ_value = json_member(header, S("typ"));
    if (typ_value.kind != JSON_ABSENT &&
        (!json_to_str(c->arena, typ_value, &typ) ||
            !(str_eq_nocase(typ, S("JWT")) || str_eq_nocase(typ, S("at+jwt")))))
        return refuse(c, "its type is not JWT");
    if (json_member(header, S("crit")).kind != JSON_ABSENT)
        return refuse(c, "it demands an extension that is not understood");
    return E_OK;
}

static enum err check_signature(
    struct ctx *c, const struct token_door *door, const struct parts *parts)
{
    bool ok = false;
    if (door->alg == TOKEN_HS256) {
        for (size_t i = 0; i < door->secrets; i++) {
            struct str want;
            TRY(hmac_sign(c, HMAC_SHA256, door->secret[i], parts->signed_text, &want));
            ok = bytes_equal_secret(want, parts->signature) || ok;
        }
    } else {
        ok = public_key_checks(door->key, parts->signed_text, parts->signature);
    }
    return ok ? E_OK : refuse(c, "its signature is wrong");
}

/* A time in whole seconds; 0 when absent.  Far beyond any calendar is no time. */
static bool read_time(struct json_value claims, struct str name, bool *ret_given, int64_t *ret_s)
{
    struct json_value v = json_member(claims, name);
    int64_t s = 0;
    *ret_given = v.kind != JSON_ABSENT;
    if (*ret_given && (!json_to_i64(v, &s) || s <= 0 || s > INT64_C(253402300799)))
        return false;
    *ret_s = s;
    return true;
}

static enum err check_times(struct ctx *c, struct json_value claims, struct token_claims *ret)
{
    int64_t exp = 0, nbf = 0, iat = 0, now = c->wall_ms / 1000;
    bool has_exp = false, has_nbf = false, has_iat = false;
    if (!read_time(claims, S("exp"), &has_exp, &exp) ||
        !read_time(claims, S("nbf"), &has_nbf, &nbf) ||
        !read_time(claims, S("iat"), &has_iat, &iat))
        return refuse(c, "exp, nbf or iat is not a time in whole seconds");
    if (!has_exp)
        return refuse(c, "it has no exp");
    if (now >= exp + TOKEN_SKEW_S)
        return refuse(c, "it has expired");
    if (has_nbf && now < nbf - TOKEN_SKEW_S)
        return refuse(c, "it is not valid yet");
    if (has_iat && now < iat - TOKEN_SKEW_S)
        return refuse(c, "it was issued in the future");
    ret->expires_ms = exp * 1000;
    ret->issued_ms = iat * 1000;
    return E_OK;
}

/* aud is one text or a list of texts (RFC 7519). */
static bool audience_has(struct ctx *c, struct json_value aud, struct str wanted)
{
    struct str one;
    if (json_to_str(c->arena, aud, &one))
        return str_eq(one, wanted);
    if (aud.kind != JSON_ARRAY)
        return false;
    bool has = false;
    for (struct json_iter it = json_iter(aud); json_next(&it);) {
        if (!json_to_str(c->arena, it.value, &one))
            return false;
        has = has || str_eq(one, wanted);
    }
    return has;
}

/* An optional text: absent and null leave *ret empty. */
static bool read_text(
    struct ctx *c, struct json_value claims, struct str name, size_t max, struct str *ret)
{
    struct json_value v = json_member(claims, name);
    struct str s = S("");
    if (v.kind != JSON_ABSENT && v.kind != JSON_NULL &&
        (!json_to_str(c->arena, v, &s) || s.n > max || !str_is_text(s)))
        return false;
    *ret = s;
    return true;
}

static bool one_line(struct str s)
{
    return !str_has(s, S("\n")) && !str_has(s, S("\r")) && !str_has(s, S("\t"));
}

static enum err check_person(struct ctx *c, const struct token_door *door, struct json_value claims,
    struct token_claims *ret)
{
    struct str iss = { 0 };
    struct id ours;
    if (door->issuer.n > 0 &&
        (!json_to_str(c->arena, json_member(claims, S("iss")), &iss) || !str_eq(iss, door->issuer)))
        return refuse(c, "iss is not PURSER_JWT_ISSUER");
    if (door->audience.n > 0 && !audience_has(c, json_member(claims, S("aud")), door->audience))
        return refuse(c, "aud does not name PURSER_JWT_AUDIENCE");
    if (!json_to_str(c->arena, json_member(claims, S("sub")), &ret->sub) || ret->sub.n == 0 ||
        ret->sub.n > 128 || !str_is_text(ret->sub) || !one_line(ret->sub))
        return refuse(c, "sub is not 1 to 128 printable characters");
    /* "cus_…" is purser's own name of a customer: a token is about the application's. */
    if (id_parse(S("cus"), ret->sub, &ours))
        return refuse(c, "sub is written like one of purser's own ids");
    if (!read_text(c, claims, S("email"), 254, &ret->email) || !one_line(ret->email) ||
        !read_text(c, claims, S("name"), 200, &ret->name) || !one_line(ret->name))
        return refuse(c, "email or name is not a text of acceptable length");
    struct json_value verified = json_member(claims, S("email_verified"));
    if (verified.kind != JSON_ABSENT && verified.kind != JSON_NULL &&
        !json_to_bool(verified, &ret->email_verified))
        return refuse(c, "email_verified is neither true nor false");
    return E_OK;
}

enum err token_verify(
    struct ctx *c, const struct token_door *door, struct str token, struct token_claims *ret)
{
    if (door->alg == TOKEN_OFF)
        return refuse(c, "this server is not configured to take any");
    struct parts parts;
    TRY(split(c, token, &parts));
    TRY(check_header(c, door, parts.header));
    TRY(check_signature(c, door, &parts));
    if (json_check(c, parts.claims) != E_OK || json_root(parts.claims).kind != JSON_OBJECT)
        return refuse(c, "its claims are no JSON object");
    struct json_value claims = json_root(parts.claims);
    struct token_claims t = { .id = sha256(parts.signed_text) };
    TRY(check_times(c, claims, &t));
    TRY(check_person(c, door, claims, &t));
    *ret = t;
    return E_OK;
}

enum err token_verify_link(
    struct ctx *c, const struct token_door *door, struct str token, struct token_claims *ret)
{
    struct token_claims t;
    TRY(token_verify(c, door, token, &t));
    if (t.issued_ms == 0)
        return refuse(c, "a link's token needs iat");
    if (c->wall_ms >= t.issued_ms + TOKEN_LINK_S * INT64_C(1000))
        return refuse(c, "it was issued more than five minutes ago");
    *ret = t;
    return E_OK;
}
