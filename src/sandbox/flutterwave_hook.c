#include "base/config.h"
#include "sandbox/flutterwave.h"

/* Its webhooks: as version 3 sends them, flat as version 2 did and its sandbox still does, and as
 * version 4 will.  POST /_sandbox/webhooks chooses the shape. */

static void write_flat_customer(struct ctx *c, struct json *j, const struct hosted *s)
{
    struct str email = fw_text(c->arena, s, "customer.email");
    json_open(j, "customer", '{');
    json_i64(j, "id", fw_customer(email));
    json_str_or_null(j, "phone", fw_text(c->arena, s, "customer.phonenumber"));
    json_str(j, "fullName", fw_text(c->arena, s, "customer.name"));
    json_raw(j, "customertoken", S("null"));
    json_str(j, "email", email);
    json_time(j, "createdAt", s->created_ms);
    json_time(j, "updatedAt", s->created_ms);
    json_raw(j, "deletedAt", S("null"));
    json_i64(j, "AccountId", FW_ACCOUNT);
    json_close(j, '}');
}

static void write_flat(
    struct ctx *c, struct json *j, const struct hosted *s, const struct fw_payment *p)
{
    struct arena *a = c->arena;
    struct money sum = { p->amount_minor, CUR_NONE };
    must(currency_parse(p->currency, &sum.cur));
    json_open(j, NULL, '{');
    json_i64(j, "id", FW_PAYMENT_BASE + p->n);
    json_str(j, "txRef", p->tx_ref);
    json_str(j, "flwRef", p->flw_ref);
    json_str(
        j, "orderRef", str_fmt(a, "URF_%lld_%07lld", (long long)p->created_ms, (long long)p->n));
    json_raw(j, "paymentPlan", S("null"));
    json_raw(j, "paymentPage", S("null"));
    json_time(j, "createdAt", p->created_ms);
    json_raw(j, "amount", fw_number(a, sum));
    json_raw(j, "charged_amount", fw_number(a, sum));
    json_str(j, "status", p->status);
    json_str(j, "IP", S("192.0.2.10"));
    json_str(j, "currency", p->currency);
    json_raw(j, "appfee", S("0"));
    json_i64(j, "merchantfee", 0);
    json_i64(j, "merchantbearsfee", 1);
    json_str(j, "charge_type", S("normal"));
    write_flat_customer(c, j, s);
    json_open(j, "entity", '{');
    if (p->card.n > 0) {
        json_str(j, "card6", str_part(p->card, 0, 6));
        json_str(j, "card_last4", str_from(p->card, p->card.n - 4));
        json_str(j, "card_country_iso", S("NG"));
        json_time(j, "createdAt", s->created_ms);
    } else {
        json_str(j, "account_number", S("0690000031"));
    }
    json_close(j, '}');
    json_str(j, "event.type", fw_type_word(a, p));
    json_close(j, '}');
}

static void write_v4_method(struct json *j, struct arena *a, const struct fw_payment *p)
{
    const struct fw_card *card = fw_card_find(p->card);
    json_open(j, "payment_method", '{');
    json_str(j, "type", card != NULL ? S("card") : S("mobile_money"));
    if (card != NULL) {
        json_open(j, "card", '{');
        json_str(j, "first6", str_part(p->card, 0, 6));
        json_str(j, "last4", str_from(p->card, p->card.n - 4));
        json_str(j, "network", str_lower(a, card->brand));
        json_close(j, '}');
    }
    json_str(j, "id", str_fmt(a, "pmd_sim%010lld", (long long)p->n));
    json_close(j, '}');
}

static void write_v4(
    struct ctx *c, struct json *j, const struct hosted *s, const struct fw_payment *p)
{
    struct arena *a = c->arena;
    struct money sum = { p->amount_minor, CUR_NONE };
    must(currency_parse(p->currency, &sum.cur));
    bool paid = str_eq(p->status, S("successful"));
    json_open(j, NULL, '{');
    json_str(j, "webhook_id",
        str_fmt(a, "wbk_sim%lld%.*s", (long long)p->n, SARG(str_part(p->status, 0, 1))));
    json_i64(j, "timestamp", c->now_ms);
    json_str(j, "type", S("charge.completed"));
    json_open(j, "data", '{');
    json_str(j, "id", str_fmt(a, "chg_sim%010lld", (long long)p->n));
    json_raw(j, "amount", fw_number(a, sum));
    json_str(j, "currency", p->currency);
    json_open(j, "customer", '{');
    json_str(j, "email", fw_text(a, s, "customer.email"));
    json_close(j, '}');
    write_v4_method(j, a, p);
    json_str(j, "reference", p->tx_ref);
    json_str(j, "status", paid ? S("succeeded") : p->status);
    json_time(j, "created_datetime", p->created_ms);
    json_close(j, '}');
    json_close(j, '}');
}

enum err fw_hook_payment(struct ctx *c, const struct hosted *s, const struct fw_payment *p,
    enum fw_shape shape, struct str *ret)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    if (shape == FW_FLAT) {
        write_flat(c, &j, s, p);
    } else if (shape == FW_V4) {
        write_v4(c, &j, s, p);
    } else {
        json_open(&j, NULL, '{');
        json_str(&j, "event", S("charge.completed"));
        TRY(fw_write_payment(c, &j, "data", p, FW_TOLD));
        json_str(&j, "event.type", fw_type_word(c->arena, p));
        json_close(&j, '}');
    }
    *ret = buf_str(&b);
    return E_OK;
}

/* Signed both ways, unless the merchant takes one only; version 4 knows no password. */
enum err fw_hook_headers(struct ctx *c, struct str body, enum fw_shape shape, struct str *ret)
{
    struct str mode = config_str(c->config, CFG_FLUTTERWAVE_WEBHOOK_AUTH), mac;
    struct secret secret;
    struct buf b = BUF(c->arena);
    if (!config_secret(c->config, CFG_FLUTTERWAVE_SECRET_HASH, 0, &secret))
        return fail(c, INVALID_REQUEST, "FLUTTERWAVE_SECRET_HASH signs webhooks and is not set");
    TRY(hmac_sign(c, HMAC_SHA256, secret, body, &mac));
    if (shape != FW_V4 && !str_eq(mode, S("hmac")))
        buf_fmt(&b, "verif-hash: %.*s\n", SARG(secret_reveal(secret)));
    if (shape == FW_V4 || !str_eq(mode, S("verif-hash")))
        buf_fmt(&b, "flutterwave-signature: %.*s\n", SARG(base64_text(c->arena, mac)));
    buf_add(&b, S("Content-Type: application/json\n"));
    *ret = buf_str(&b);
    return E_OK;
}

static enum err send(
    struct ctx *c, const struct hosted *s, struct str event, struct str body, enum fw_shape shape)
{
    struct hook d = { .gateway = FW,
        .about = s->id,
        .event = event,
        .path = simulator_flutterwave.webhook_path,
        .body = body };
    TRY(fw_hook_headers(c, body, shape, &d.headers));
    return hook_add(c, &d);
}

enum err fw_shape_set(struct ctx *c, struct str name)
{
    static const struct str names[] = {
        [FW_NESTED] = S_INIT("nested"),
        [FW_FLAT] = S_INIT("flat"),
        [FW_V4] = S_INIT("v4"),
    };
    _Static_assert(ARRAY_LEN(names) == FW_SHAPE_COUNT, "every shape has its name");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(names[i], name))
            return model_setting_set(c, S("shape:flutterwave"), (int64_t)i);
    return fail(c, INVALID_REQUEST, "shape is nested, flat or v4");
}

static enum err shape_now(struct ctx *c, enum fw_shape *ret)
{
    int64_t shape = FW_NESTED;
    TRY(model_setting_get(c, S("shape:flutterwave"), &shape));
    must(shape >= 0 && shape < FW_SHAPE_COUNT);
    *ret = (enum fw_shape)shape;
    return E_OK;
}

enum err fw_tell_payment(struct ctx *c, const struct hosted *s, const struct fw_payment *p)
{
    enum fw_shape shape;
    struct str body;
    TRY(shape_now(c, &shape));
    TRY(fw_hook_payment(c, s, p, shape, &body));
    return send(c, s, S("charge.completed"), body, shape);
}

enum err fw_tell_refund(
    struct ctx *c, const struct hosted *s, const struct fw_payment *p, const struct fw_refund *f)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    struct money sum = { f->amount_minor, CUR_NONE };
    must(currency_parse(p->currency, &sum.cur));
    json_open(&j, NULL, '{');
    json_i64(&j, "id", FW_REFUND_BASE + f->n);
    json_raw(&j, "AmountRefunded", fw_number(c->arena, sum));
    json_str(&j, "status", S("completed"));
    json_str(&j, "FlwRef", p->flw_ref);
    json_str(&j, "destination", S("payment_source"));
    json_str(&j, "comments", f->comments);
    json_str(&j, "settlement_id", S("NEW"));
    json_str(&j, "meta", S("{\"source\":\"availablebalance\"}"));
    json_time(&j, "createdAt", f->created_ms);
    json_time(&j, "updatedAt", f->created_ms);
    json_raw(&j, "deletedAt", S("null"));
    json_i64(&j, "walletId", FW_WALLET);
    json_i64(&j, "AccountId", FW_ACCOUNT);
    json_i64(&j, "TransactionId", FW_PAYMENT_BASE + p->n);
    json_close(&j, '}');
    return send(c, s, S("refund"), buf_str(&b), FW_NESTED);
}
