#include "base/config.h"
#include "sandbox/eversend.h"

/* Its webhooks, whose shape is written down nowhere: in each that was seen.  POST
 * /_sandbox/webhooks chooses. */

static void write_nested(struct ctx *c, struct json *j, const struct evs_transaction *t,
    struct str status, enum evs_shape shape)
{
    bool paid = str_eq(status, S("successful"));
    struct str deed = paid ? S("success") : status;
    bool typed = shape == EVS_TYPED;
    json_str(j, typed ? "type" : "eventType",
        str_fmt(c->arena, "%s.%.*s", typed ? "collection" : "transaction", SARG(deed)));
    json_open(j, "data", '{');
    json_str(j, "transactionId", t->id);
    json_str(j, "transactionRef", t->ref);
    json_str(j, "type", S("collection"));
    json_str(j, "currency", t->currency);
    json_str(j, "amount", evs_decimal(c->arena, t, t->amount_minor));
    json_str(j, "status", status);
    json_time(j, "createdAt", t->created_ms);
    json_time(j, "updatedAt", t->updated_ms);
    json_close(j, '}');
}

struct str evs_hook_body(
    struct ctx *c, const struct evs_transaction *t, struct str status, enum evs_shape shape)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    if (shape == EVS_FLAT) {
        json_str(&j, "reference", t->ref);
        json_str(&j, "status", str_eq(status, S("successful")) ? S("completed") : status);
        json_raw(&j, "amount", evs_decimal(c->arena, t, t->amount_minor));
        json_str(&j, "phoneNumber", t->phone);
        json_i64(&j, "timestamp", c->wall_ms);
    } else {
        write_nested(c, &j, t, status, shape);
    }
    json_close(&j, '}');
    return buf_str(&b);
}

enum err evs_hook_signature(struct ctx *c, struct str body, enum evs_shape shape, struct str *ret)
{
    struct str alg = config_str(c->config, CFG_EVERSEND_SIG_ALG), mac;
    struct secret secret;
    if (!config_secret(c->config, CFG_EVERSEND_WEBHOOK_SECRET, 0, &secret))
        return fail(c, INVALID_REQUEST, "EVERSEND_WEBHOOK_SECRET signs webhooks and is not set");
    TRY(hmac_sign(
        c, str_eq(alg, S("hmac-sha256-hex")) ? HMAC_SHA256 : HMAC_SHA512, secret, body, &mac));
    struct str text = shape == EVS_FORGED      ? hex_text(c->arena, sha512(c->arena, body))
        : str_eq(alg, S("hmac-sha512-base64")) ? base64_text(c->arena, mac)
                                               : hex_text(c->arena, mac);
    *ret = str_fmt(
        c->arena, "%.*s%.*s", SARG(config_str(c->config, CFG_EVERSEND_SIG_PREFIX)), SARG(text));
    return E_OK;
}

enum err evs_shape_set(struct ctx *c, struct str name)
{
    static const struct str names[] = {
        [EVS_NESTED] = S_INIT("nested"),
        [EVS_TYPED] = S_INIT("typed"),
        [EVS_FLAT] = S_INIT("flat"),
        [EVS_FORGED] = S_INIT("forged"),
    };
    _Static_assert(ARRAY_LEN(names) == EVS_SHAPE_COUNT, "every shape has its name");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(names[i], name))
            return model_setting_set(c, S("shape:eversend"), (int64_t)i);
    return fail(c, INVALID_REQUEST, "shape of Eversend is nested, typed, flat or forged");
}

enum err evs_tell(struct ctx *c, const struct evs_transaction *t)
{
    int64_t shape = EVS_NESTED;
    struct str signature;
    if (str_ends(t->phone, S(EVS_SILENT)))
        return E_OK;
    TRY(model_setting_get(c, S("shape:eversend"), &shape));
    must(shape >= 0 && shape < EVS_SHAPE_COUNT);
    bool lies = str_ends(t->phone, S(EVS_LIES));
    struct hook d = { .gateway = EVS,
        .about = t->ref,
        .event = S("transaction"),
        .path = simulator_eversend.webhook_path,
        .body = evs_hook_body(c, t, lies ? S("successful") : t->status, (enum evs_shape)shape) };
    TRY(evs_hook_signature(c, d.body, (enum evs_shape)shape, &signature));
    d.headers = str_fmt(
        c->arena, "X-Eversend-Signature: %.*s\nContent-Type: application/json\n", SARG(signature));
    return hook_add(c, &d);
}
