#include "gateway/flutterwave.h"

/* What Flutterwave tells.  Nothing of it is proof: the older header is a password that covers no
 * byte of the body, the newer one covers it but no time, so an old one holds for ever. */

/* ---- who says so */

static enum err bad_signature(struct ctx *c)
{
    return fail(c, BAD_SIGNATURE, "the signature does not hold");
}

struct proofs {
    struct str hash, signature; /* as sent, without white space around */
    bool has_hash, has_signature;
};

/* Each header is there once, or not at all. */
static bool read_header(
    const struct gateway_webhook *in, struct str name, bool *ret_has, struct str *ret)
{
    int times = in->header_count(in->self, name);
    *ret_has = times > 0;
    *ret = times > 0 ? str_trim(in->header(in->self, name)) : S("");
    return times <= 1;
}

static bool wants(struct ctx *c, const char *mode)
{
    return str_eq(config_str(c->config, CFG_FLUTTERWAVE_WEBHOOK_AUTH), str_of_c(mode));
}

/* Whatever the mode, a header that is there must hold. */
static bool suffices(struct ctx *c, const struct proofs *p)
{
    if (wants(c, "verif-hash"))
        return p->has_hash;
    if (wants(c, "hmac"))
        return p->has_signature;
    return p->has_hash || p->has_signature;
}

static enum err holds_by(
    struct ctx *c, const struct proofs *p, struct str body, struct secret key, bool *ret)
{
    struct str ours, given;
    bool plain =
        config_i64(c->config, CFG_FLUTTERWAVE_SIG_PLAIN) != 0 && secret_is(key, p->signature);
    TRY(hmac_sign(c, HMAC_SHA256, key, body, &ours));
    bool signs = p->signature.n == 44 && base64_parse(c->arena, p->signature, &given) &&
        bytes_equal_secret(ours, given);
    bool hash = secret_is(key, p->hash);
    *ret = (!p->has_hash || hash) && (!p->has_signature || signs || plain);
    return E_OK;
}

/* Where both headers came, one secret has made both. */
enum err flutterwave_verify(struct ctx *c, const struct gateway_webhook *in)
{
    struct proofs p;
    struct secret key;
    bool any = false;
    if (!read_header(in, S("verif-hash"), &p.has_hash, &p.hash) ||
        !read_header(in, S("flutterwave-signature"), &p.has_signature, &p.signature) ||
        !suffices(c, &p))
        return bad_signature(c);
    for (size_t i = 0; config_secret(c->config, CFG_FLUTTERWAVE_SECRET_HASH, i, &key); i++) {
        bool ok = false;
        TRY(holds_by(c, &p, in->body, key, &ok));
        any = ok || any;
    }
    return any ? E_OK : bad_signature(c);
}

/* ---- what it says, in each of the shapes that it has had */

/* {"event":"charge.completed","data":{…}}: failures too, so only the status inside counts. */
static void read_nested(struct ctx *c, struct json_value v, struct notice *n)
{
    struct json_value data = json_at(v, "data");
    n->name = json_text(c->arena, v, "event");
    if (str_starts(n->name, S("charge.")))
        flutterwave_payment(c, data, n);
    else if (str_starts(n->name, S("transfer.")) || str_starts(n->name, S("subscription.")) ||
        str_starts(n->name, S("bvn.")) || str_starts(n->name, S("singlebillpayment.")))
        n->kind = NOTICE_NOTED;
}

/* Version 4: {"webhook_id":…,"type":"charge.completed","data":{"reference":…}}, whose charges have
 * names that version 3 cannot be asked about; our reference it can. */
static void read_v4(struct ctx *c, struct json_value v, struct notice *n)
{
    struct json_value data = json_at(v, "data");
    struct str reference = json_text(c->arena, data, "reference");
    n->name = json_text(c->arena, v, "type");
    n->event_id = json_text(c->arena, v, "webhook_id");
    if (!str_starts(n->name, S("charge.")))
        return;
    n->kind = flutterwave_kind(json_text(c->arena, data, "status"));
    n->session_id = n->attempt = reference.n <= 128 ? reference : S("");
    n->method_type = flutterwave_method(c, json_text(c->arena, data, "payment_method.type"));
    n->method_brand = str_lower(c->arena, json_text(c->arena, data, "payment_method.card.network"));
    n->method_last4 = json_text(c->arena, data, "payment_method.card.last4");
    flutterwave_amount(c, data, n);
}

/* {"txRef":…,"status":…,"event.type":"CARD_TRANSACTION"}: as version 2 told it. */
static void read_flat(struct ctx *c, struct json_value v, struct notice *n)
{
    struct str tx_ref = json_text(c->arena, v, "txRef"), type = S("");
    json_to_str(c->arena, json_member(v, S("event.type")), &type);
    n->name = type.n > 0 ? type : S("charge");
    n->kind = flutterwave_kind(json_text(c->arena, v, "status"));
    n->session_id = n->attempt = tx_ref.n <= 128 ? tx_ref : S("");
    n->payment = flutterwave_number(c, v, "id");
    n->method_type = type.n > 0 ? flutterwave_method(c, type) : S("");
    n->method_last4 = json_text(c->arena, v, "entity.card_last4");
    flutterwave_amount(c, v, n);
}

/* {"AmountRefunded":…,"TransactionId":…}: whose it is, only its number says. */
static void read_refund(struct ctx *c, struct json_value v, struct notice *n)
{
    struct json_value amount = json_at(v, "AmountRefunded");
    struct str text =
        amount.kind == JSON_NUMBER ? json_lexeme(amount) : json_text(c->arena, v, "AmountRefunded");
    static const enum notice_kind kinds[] = {
        [BACK_PENDING] = NOTICE_NOTED, /* who waits for it asks */
        [BACK_DONE] = NOTICE_REFUNDED,
        [BACK_FAILED] = NOTICE_REFUND,
    };
    n->name = S("refund");
    n->kind = kinds[flutterwave_refund_status(c, v)];
    n->back.id = flutterwave_number(c, v, "id");
    n->payment = flutterwave_number(c, v, "TransactionId");
    n->in_units = true;
    n->has_amount = decimal_parse(text, FLUTTERWAVE_UNIT_DIGITS, &n->amount_minor);
}

static void read(struct ctx *c, struct json_value v, struct notice *n)
{
    bool has_data = json_at(v, "data").kind == JSON_OBJECT;
    bool has_event = json_at(v, "event").kind == JSON_STRING;
    if (json_at(v, "webhook_id").kind == JSON_STRING ||
        (has_data && !has_event && json_at(v, "type").kind == JSON_STRING)) {
        read_v4(c, v, n);
    } else if (has_event && has_data) {
        read_nested(c, v, n);
    } else if (json_at(v, "AmountRefunded").kind != JSON_ABSENT) {
        read_refund(c, v, n);
    } else if (json_at(v, "transfer").kind == JSON_OBJECT) {
        n->name = S("transfer");
        n->kind = NOTICE_NOTED;
    } else if (json_at(v, "txRef").kind == JSON_STRING) {
        read_flat(c, v, n);
    }
}

/* An account may collect for others than us: what does not bear a reference of ours is theirs. */
static bool is_others(const struct notice *n)
{
    return n->attempt.n > 0 && !flutterwave_is_ours(n->attempt);
}

enum err flutterwave_translate(struct ctx *c, struct str body, struct notice *ret)
{
    struct notice n = { .kind = NOTICE_STRANGE, .name = S("?") };
    TRY(json_check(c, body));
    if (json_root(body).kind != JSON_OBJECT)
        return fail(c, INVALID_REQUEST, "an event is a JSON object");
    read(c, json_root(body), &n);
    bool nobody = n.attempt.n == 0 && n.payment.n == 0;
    if (n.name.n == 0 || (nobody && n.kind != NOTICE_STRANGE && n.kind != NOTICE_NOTED))
        return fail(c, INVALID_REQUEST, "the event names no payment");
    if (is_others(&n))
        n.kind = NOTICE_NOTED;
    *ret = n;
    return E_OK;
}
