#include "gateway/stripe.h"

/* What Stripe tells: is it Stripe, and what does it mean? */

enum {
    TOLERANCE_S = 300,
    SIGNATURES_MAX = 16,
    HEX_OF_SHA256 = 64,
    PIECE = 50 /* a hundred might be more than an answer may hold */
};

static enum err bad_signature(struct ctx *c)
{
    return fail(c, BAD_SIGNATURE, "the signature does not hold");
}

/* ---- "t=1700000000,v1=5257…,v1=…,v0=…": one v1 for each secret that is active there */

struct signed_by {
    struct str time; /* as written: it is part of what is signed */
    struct str v1[SIGNATURES_MAX];
    size_t count;
};

static enum err read_header(struct ctx *c, struct str header, struct signed_by *ret)
{
    struct signed_by s = { .count = 0 };
    for (bool more = header.n > 0; more;) {
        struct str item, name, value;
        more = str_cut(header, ',', &item, &header);
        if (!str_cut(item, '=', &name, &value))
            continue;
        if (str_eq(name, S("t"))) {
            if (s.time.n > 0)
                return bad_signature(c);
            s.time = value;
        }
        if (!str_eq(name, S("v1")))
            continue;
        if (value.n != HEX_OF_SHA256 || s.count == SIGNATURES_MAX)
            return bad_signature(c);
        s.v1[s.count++] = value;
    }
    *ret = s;
    return E_OK;
}

/* Security time, both ways: a signature from the future was not made by who keeps a clock. */
static bool is_recent(struct ctx *c, struct str time)
{
    int64_t s = 0, now = c->wall_ms / 1000;
    for (size_t i = 0; i < time.n; i++)
        if (time.p[i] < '0' || time.p[i] > '9')
            return false;
    return time.n <= 12 && str_to_i64(time, &s) && s >= now - TOLERANCE_S && s <= now + TOLERANCE_S;
}

enum err stripe_verify(struct ctx *c, const struct gateway_webhook *in)
{
    struct str name = S("stripe-signature"), raw;
    struct signed_by s = { .count = 0 };
    struct secret key;
    struct buf said = BUF(c->arena);
    bool ok = false;
    if (in->header_count(in->self, name) != 1)
        return bad_signature(c);
    TRY(read_header(c, in->header(in->self, name), &s));
    if (s.count == 0 || !is_recent(c, s.time))
        return bad_signature(c);
    buf_add(&said, s.time);
    buf_char(&said, '.');
    buf_add(&said, in->body);
    for (size_t i = 0; config_secret(c->config, CFG_STRIPE_WEBHOOK_SECRET, i, &key); i++) {
        TRY(hmac_sign(c, HMAC_SHA256, key, buf_str(&said), &raw));
        for (size_t k = 0; k < s.count; k++)
            ok = bytes_equal_secret(hex_text(c->arena, raw), s.v1[k]) || ok;
    }
    return ok ? E_OK : bad_signature(c);
}

/* ---- events */

/* The money that is argued about is named, the order is not: whose it is, and whether it is still
 * so, says the payment.  An inquiry (warning_…) moves no money. */
static void dispute(struct ctx *c, struct json_value object, struct notice *n)
{
    static const char *const argued[] = { "needs_response", "under_review", "lost" };
    struct str payment = stripe_id_at(c, object, "payment_intent");
    n->kind = NOTICE_NOTED;
    if (!stripe_is_id(payment))
        return;
    n->payment = payment;
    for (size_t i = 0; i < ARRAY_LEN(argued); i++)
        if (json_is(json_at(object, "status"), argued[i]))
            n->kind = NOTICE_DISPUTED;
}

/* The charge as it was when this happened, which names what is back so far. */
static void refunded(struct ctx *c, struct json_value object, struct notice *n)
{
    stripe_charge(c, object, n);
    if (n->kind == NOTICE_PAID || n->kind == NOTICE_DISPUTED)
        n->kind = NOTICE_NOTED;
}

static void async_failed(struct ctx *c, struct json_value object, struct notice *n)
{
    stripe_session(c, object, n);
    n->kind = NOTICE_FAILED;
}

static void expired(struct ctx *c, struct json_value object, struct notice *n)
{
    stripe_session(c, object, n);
    n->kind = NOTICE_EXPIRED;
}

static void aside(struct ctx *c, struct json_value object, struct notice *n)
{
    (void)c;
    (void)object;
    n->kind = NOTICE_NOTED;
}

/* A failed charge or payment is one try on a page on which another may follow. */
static const struct {
    const char *type;
    void (*read)(struct ctx *c, struct json_value object, struct notice *n);
} types[] = {
    { "checkout.session.completed", stripe_session },
    { "checkout.session.async_payment_succeeded", stripe_session },
    { "checkout.session.async_payment_failed", async_failed },
    { "checkout.session.expired", expired },
    { "payment_intent.succeeded", stripe_payment },
    { "payment_intent.payment_failed", aside },
    { "payment_intent.canceled", aside },
    { "payment_intent.processing", aside },
    { "payment_intent.requires_action", aside },
    { "charge.succeeded", stripe_charge },
    { "charge.failed", aside },
    { "charge.updated", aside },
    { "charge.refunded", refunded },
    { "refund.created", aside },
    { "refund.updated", aside },
    { "refund.failed", aside },
    { "charge.dispute.created", dispute },
    { "charge.dispute.updated", dispute },
    { "charge.dispute.closed", dispute },
    { "charge.dispute.funds_withdrawn", dispute },
    { "charge.dispute.funds_reinstated", aside },
};

struct str stripe_needs(size_t i)
{
    for (size_t k = 0; k < ARRAY_LEN(types); k++)
        if (types[k].read != aside && i-- == 0)
            return str_of_c(types[k].type);
    return S("");
}

static void read_object(
    struct ctx *c, struct json_value type, struct json_value object, struct notice *n)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (json_is(type, types[i].type)) {
            types[i].read(c, object, n);
            /* Others may be paid through the same account; what is ours carries our mark. */
            if (n->attempt.n == 0 && n->kind != NOTICE_DISPUTED)
                n->kind = NOTICE_NOTED;
            return;
        }
}

/* Test events do not reach a live shop, nor a connected account's the shop's own endpoint. */
static enum err check_origin(struct ctx *c, struct json_value event)
{
    bool live = false;
    if (!json_to_bool(json_at(event, "livemode"), &live) || live != stripe_is_live(c))
        return fail(c, INVALID_REQUEST, "the event is of another mode than the key");
    if (json_text(c->arena, event, "account").n > 0)
        return fail(c, INVALID_REQUEST, "the event is of a connected account");
    return E_OK;
}

enum err stripe_translate(struct ctx *c, struct str body, struct notice *ret)
{
    TRY(json_check(c, body));
    struct json_value event = json_root(body);
    struct notice n = {
        .kind = NOTICE_STRANGE,
        .name = json_text(c->arena, event, "type"),
        .event_id = json_text(c->arena, event, "id"),
    };
    if (!json_is(json_at(event, "object"), "event") || n.name.n == 0 || !stripe_is_id(n.event_id))
        return fail(c, INVALID_REQUEST, "the body is no event of Stripe's first API");
    TRY(check_origin(c, event));
    read_object(c, json_at(event, "type"), json_at(event, "data.object"), &n);
    if (json_to_i64(json_at(event, "created"), &n.at_ms) && n.at_ms < INT64_MAX / 1000)
        n.at_ms *= 1000;
    n.proof = n.attempt.n > 0 && n.has_amount && n.currency != CUR_NONE && n.has_mode &&
        n.live == stripe_is_live(c);
    *ret = n;
    return E_OK;
}

/* ---- its list of events */

static struct str list_path(struct ctx *c, const struct gateway_since *in)
{
    struct buf b = BUF(c->arena);
    buf_fmt(&b, "/v1/events?limit=%d&created%%5Bgte%%5D=%lld&created%%5Blte%%5D=%lld", PIECE,
        (long long)(in->from_ms / 1000), (long long)(in->to_ms / 1000));
    for (size_t i = 0; stripe_needs(i).n > 0; i++)
        buf_fmt(&b, "&types%%5B%%5D=%.*s", SARG(stripe_needs(i)));
    if (in->after.n > 0)
        buf_fmt(&b, "&starting_after=%.*s", SARG(in->after));
    return buf_str(&b);
}

enum err stripe_told(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret)
{
    struct stripe_answer a;
    struct stripe_call call = { .call = "query", .path = list_path(c, in) };
    struct gateway_told told = { .outcome = OUTCOME_UNKNOWN };
    TRY(stripe_ask(c, &call, &a));
    struct str *body = arena_array(c->arena, struct str, PIECE);
    struct json_value data = json_at(a.value, "data");
    struct str last = S("");
    for (struct json_iter it = json_iter(data); told.count < PIECE && json_next(&it);) {
        body[told.count++] = it.value.raw;
        last = json_text(c->arena, it.value, "id");
    }
    bool more = false;
    told.outcome =
        a.outcome == OUTCOME_DONE && data.kind != JSON_ARRAY ? OUTCOME_UNKNOWN : a.outcome;
    told.refusal = a.refusal;
    told.body = body;
    if (json_to_bool(json_at(a.value, "has_more"), &more) && more && stripe_is_id(last) &&
        !str_eq(last, in->after))
        told.after = last;
    *ret = told;
    return E_OK;
}
