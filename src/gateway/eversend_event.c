#include "gateway/eversend.h"

/* What Eversend tells.  Its header covers the body but no time, and the shape of the body is
 * written down nowhere: whatever it says is a hint, and the transaction is asked for. */

/* ---- who says so */

enum {
    FRESH_MS = 5 * 60 * 1000,
    SECONDS_BELOW = 2000000000 /* a larger time is in milliseconds */
};

static enum err bad_signature(struct ctx *c)
{
    return fail(c, BAD_SIGNATURE, "the signature does not hold");
}

static bool wants(struct ctx *c, const char *alg)
{
    return str_eq(config_str(c->config, CFG_EVERSEND_SIG_ALG), str_of_c(alg));
}

/* The bytes that were signed with, whatever they are spelled in; false: it is no such text. */
static bool decoded(struct ctx *c, struct str text, struct str *ret)
{
    return wants(c, "hmac-sha512-base64") ? base64_parse(c->arena, text, ret)
                                          : hex_parse(c->arena, text, ret);
}

static enum err holds_by(
    struct ctx *c, struct str given, struct str body, struct secret key, bool *ret)
{
    struct str ours;
    enum hmac alg = wants(c, "hmac-sha256-hex") ? HMAC_SHA256 : HMAC_SHA512;
    TRY(hmac_sign(c, alg, key, body, &ours));
    *ret = bytes_equal_secret(ours, given);
    return E_OK;
}

/* As the vendor's own example computes it: anybody can. */
static bool is_unkeyed(struct ctx *c, struct str text, struct str body)
{
    struct str given;
    return config_i64(c->config, CFG_EVERSEND_ALLOW_UNKEYED_SHA512) != 0 &&
        hex_parse(c->arena, text, &given) && bytes_equal_secret(sha512(c->arena, body), given);
}

/* Where it says when it was sent, it was sent just now. */
static bool is_fresh(struct ctx *c, struct str body)
{
    int64_t at = 0;
    if (json_check(c, body) != E_OK) {
        err_clear(c);
        return true; /* translate says what is wrong with it */
    }
    if (!json_to_i64(json_at(json_root(body), "timestamp"), &at) || at <= 0)
        return true;
    int64_t at_ms = at < SECONDS_BELOW ? at * 1000 : at;
    return at_ms >= c->wall_ms - FRESH_MS && at_ms <= c->wall_ms + FRESH_MS;
}

enum err eversend_verify(struct ctx *c, const struct gateway_webhook *in)
{
    struct str name = S("X-Eversend-Signature"), given;
    struct str prefix = config_str(c->config, CFG_EVERSEND_SIG_PREFIX);
    struct secret key;
    bool any = false;
    if (in->header_count(in->self, name) != 1)
        return bad_signature(c);
    struct str text = str_trim(in->header(in->self, name));
    if (!str_starts(text, prefix))
        return bad_signature(c);
    text = str_from(text, prefix.n);
    bool readable = decoded(c, text, &given);
    for (size_t i = 0; readable && config_secret(c->config, CFG_EVERSEND_WEBHOOK_SECRET, i, &key);
         i++) {
        bool ok = false;
        TRY(holds_by(c, given, in->body, key, &ok));
        any = ok || any;
    }
    any = any || is_unkeyed(c, text, in->body);
    return any && is_fresh(c, in->body) ? E_OK : bad_signature(c);
}

/* ---- what it says, in each of the shapes that were seen */

static struct str first_of(struct ctx *c, struct json_value v, const char *const *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str text = json_text(c->arena, v, places[i]);
        if (eversend_is_id(text))
            return text;
    }
    return S("");
}

static struct str name_of(struct ctx *c, struct json_value v)
{
    struct str key, name = S("");
    for (size_t i = 0; name.n == 0 && config_item(c->config, CFG_EVERSEND_EVENT_KEYS, i, &key); i++)
        json_to_str(c->arena, json_member(v, key), &name);
    return name.n > 0 && name.n <= 100 ? name : S("transaction");
}

/* Only what nobody could have made up says more than "look": a body that needs no key may have been
 * written by anybody, and contradicting it is no contradiction. */
static void read_state(struct ctx *c, struct json_value object, struct notice *n)
{
    n->kind = eversend_kind(c->arena, json_text(c->arena, object, "status"));
    if (n->kind == NOTICE_STRANGE ||
        config_i64(c->config, CFG_EVERSEND_ALLOW_UNKEYED_SHA512) != 0) {
        n->kind = NOTICE_PENDING;
        return;
    }
    currency_parse(json_text(c->arena, object, "currency"), &n->currency);
    n->has_amount = eversend_money(c, object, "amount", n->currency, &n->amount_minor);
}

/* A payout of ours, or what another way into the account has brought: nobody waits for it. */
static bool is_others(struct ctx *c, struct json_value object, const struct notice *n)
{
    struct str type = json_text(c->arena, object, "type");
    return (n->session_id.n > 0 && n->attempt.n == 0) ||
        (type.n > 0 && json_at(object, "transactionId").kind == JSON_STRING &&
            !str_eq(type, S("collection")) && n->attempt.n == 0);
}

enum err eversend_translate(struct ctx *c, struct str body, struct notice *ret)
{
    static const char *const ids[] = { "data.transactionId", "transactionId", "data.id" };
    static const char *const references[] = { "data.transactionRef", "transactionRef",
        "data.reference", "reference" };
    struct notice n = { .kind = NOTICE_STRANGE };
    TRY(json_check(c, body));
    struct json_value v = json_root(body);
    if (v.kind != JSON_OBJECT)
        return fail(c, INVALID_REQUEST, "an event is a JSON object");
    struct json_value object = json_at(v, "data").kind == JSON_OBJECT ? json_at(v, "data") : v;
    n.name = name_of(c, v);
    n.payment = first_of(c, v, ids, ARRAY_LEN(ids));
    n.session_id = first_of(c, v, references, ARRAY_LEN(references));
    n.attempt = eversend_attempt(c->arena, n.session_id);
    if (n.payment.n > 0 || n.session_id.n > 0)
        read_state(c, object, &n);
    if (is_others(c, object, &n))
        n.kind = NOTICE_NOTED;
    *ret = n;
    return E_OK;
}
