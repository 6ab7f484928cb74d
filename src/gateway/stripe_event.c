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

/* Whatever it says of itself is old when it is read: how the dispute stands is asked. */
static void dispute(struct ctx *c, struct json_value object, struct notice *n)
{
    struct str id = json_text(c->arena, object, "id");
    struct str payment = stripe_id_at(c, object, "payment_intent");
    n->has_mode = json_to_bool(json_at(object, "livemode"), &n->live);
    n->payment = stripe_is_id(payment) ? payment : S("");
    n->dispute = stripe_is_id(id) ? id : S("");
    n->kind = n->dispute.n > 0 && n->payment.n > 0 ? NOTICE_DISPUTE : NOTICE_NOTED;
}

/* The charge as it was when this happened, which names what is back so far. */
static void refunded(struct ctx *c, struct json_value object, struct notice *n)
{
    stripe_charge(c, object, n);
    if (n->kind == NOTICE_PAID)
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

/* Whatever it says of itself is old when it is read: how the subscription stands is asked. */
static void subscription(struct ctx *c, struct json_value object, struct notice *n)
{
    struct str id = json_text(c->arena, object, "id");
    n->subscription = stripe_is_id(id) ? id : S("");
    n->attempt = stripe_mark(c, json_at(object, "metadata"), "attemptId");
    n->has_mode = json_to_bool(json_at(object, "livemode"), &n->live);
    n->payer = stripe_id_at(c, object, "customer");
    n->kind = n->subscription.n > 0 ? NOTICE_SUBSCRIPTION : NOTICE_NOTED;
}

static void invoice(struct ctx *c, struct json_value object, struct notice *n)
{
    struct json_value marks = json_at(object, "parent.subscription_details.metadata");
    if (marks.kind != JSON_OBJECT)
        marks = json_at(object, "subscription_details.metadata");
    n->subscription = stripe_subscription_of(c, object);
    n->attempt = stripe_mark(c, marks, "attemptId");
    n->has_mode = json_to_bool(json_at(object, "livemode"), &n->live);
    n->payer = stripe_id_at(c, object, "customer");
    n->kind = n->subscription.n > 0 ? NOTICE_SUBSCRIPTION : NOTICE_NOTED;
}

/* A failed payment is one try on a page on which another may follow: told, it is counted among
 * those that were declined.  Without those that are needed nothing would move; no more than twenty
 * of them, for as many may be asked for in one list of events. */
enum {
    NEEDED = 1,
    NEEDED_MAX = 20
};
static const struct {
    const char *type;
    void (*read)(struct ctx *c, struct json_value object, struct notice *n);
    int needed;
} types[] = {
    { "checkout.session.completed", stripe_session, NEEDED },
    { "checkout.session.async_payment_succeeded", stripe_session, NEEDED },
    { "checkout.session.async_payment_failed", async_failed, NEEDED },
    { "checkout.session.expired", expired, NEEDED },
    { "customer.subscription.created", subscription, NEEDED },
    { "customer.subscription.updated", subscription, NEEDED },
    { "customer.subscription.deleted", subscription, NEEDED },
    { "customer.subscription.paused", subscription, 0 },
    { "customer.subscription.resumed", subscription, 0 },
    { "customer.subscription.trial_will_end", subscription, 0 },
    { "customer.subscription.pending_update_applied", subscription, 0 },
    { "customer.subscription.pending_update_expired", subscription, 0 },
    { "invoice.paid", invoice, NEEDED },
    { "invoice.payment_failed", invoice, NEEDED },
    { "invoice.payment_action_required", invoice, NEEDED },
    { "invoice.voided", invoice, NEEDED },
    { "invoice.marked_uncollectible", invoice, NEEDED },
    { "invoice.finalized", invoice, 0 },
    { "invoice.finalization_failed", invoice, 0 },
    { "invoice.payment_succeeded", invoice, 0 },
    { "invoice.created", aside, 0 },
    { "invoice.deleted", aside, 0 },
    { "invoice.overdue", aside, 0 },
    { "invoice.sent", aside, 0 },
    { "invoice.upcoming", aside, 0 },
    { "invoice.updated", aside, 0 },
    { "invoice.will_be_due", aside, 0 },
    { "invoice_payment.paid", aside, 0 },
    { "payment_intent.succeeded", stripe_payment, NEEDED },
    { "payment_intent.payment_failed", stripe_declined, 0 },
    { "payment_intent.canceled", aside, 0 },
    { "payment_intent.processing", aside, 0 },
    { "payment_intent.requires_action", aside, 0 },
    { "charge.succeeded", stripe_charge, NEEDED },
    { "charge.failed", aside, 0 },
    { "charge.updated", aside, 0 },
    { "charge.refunded", refunded, NEEDED },
    { "charge.refund.updated", stripe_refund_notice, 0 },
    { "refund.created", stripe_refund_notice, 0 },
    { "refund.updated", stripe_refund_notice, 0 },
    { "refund.failed", stripe_refund_notice, NEEDED },
    { "charge.dispute.created", dispute, NEEDED },
    { "charge.dispute.updated", dispute, 0 },
    { "charge.dispute.closed", dispute, NEEDED },
    { "charge.dispute.funds_withdrawn", dispute, NEEDED },
    { "charge.dispute.funds_reinstated", dispute, NEEDED },
    { "account.updated", aside, 0 },
    { "account.application.deauthorized", aside, 0 },
    { "capability.updated", aside, 0 },
    { "application_fee.created", aside, 0 },
    { "application_fee.refunded", aside, 0 },
    { "transfer.created", aside, 0 },
    { "transfer.reversed", aside, 0 },
    { "payout.created", aside, 0 },
    { "payout.updated", aside, 0 },
    { "payout.paid", aside, 0 },
    { "payout.failed", aside, 0 },
    { "payout.canceled", aside, 0 },
    { "payout.reconciliation_completed", aside, 0 },
};

struct str stripe_needs(size_t i)
{
    must(i <= NEEDED_MAX);
    for (size_t k = 0; k < ARRAY_LEN(types); k++)
        if (types[k].needed && i-- == 0)
            return str_of_c(types[k].type);
    return S("");
}

/* Others may be paid through the same account, and what is ours carries our mark: but a renewal's
 * payment does not, nor does who argues about a payment. */
static bool may_be_ours(const struct notice *n)
{
    return n->attempt.n > 0 || n->kind == NOTICE_SUBSCRIPTION || n->kind == NOTICE_DISPUTE ||
        ((n->kind == NOTICE_REFUNDED || n->kind == NOTICE_REFUND) && n->payment.n > 0);
}

static void read_object(
    struct ctx *c, struct json_value type, struct json_value object, struct notice *n)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (json_is(type, types[i].type)) {
            types[i].read(c, object, n);
            if (!may_be_ours(n))
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
    /* Nothing is asked about it: how the page stands says nothing of a card. */
    if (n.kind == NOTICE_DECLINED && !n.proof)
        n.kind = NOTICE_NOTED;
    /* It says no mode but its event's; one of somebody else's only has its payment asked about. */
    if (n.kind == NOTICE_REFUND)
        n.proof = true;
    *ret = n;
    return E_OK;
}

/* ---- its list of events */

static void add_types(struct buf *b, bool all)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].needed && (all || types[i].read == subscription || types[i].read == invoice))
            buf_fmt(b, "&types%%5B%%5D=%s", types[i].type);
}

/* A piece of the list; all: of everything that is needed, else of subscriptions only.  *ret_events
 * is ABSENT unless the outcome is DONE. */
static enum err list(struct ctx *c, const struct gateway_since *in, bool all,
    struct gateway_told *ret, struct json_value *ret_events)
{
    struct stripe_answer a;
    struct str last = S("");
    bool more = false;
    struct buf b = BUF(c->arena);
    buf_fmt(&b, "/v1/events?limit=%d&created%%5Bgte%%5D=%lld&created%%5Blte%%5D=%lld", PIECE,
        (long long)(in->from_ms / 1000), (long long)(in->to_ms / 1000));
    add_types(&b, all);
    if (in->after.n > 0)
        buf_fmt(&b, "&starting_after=%.*s", SARG(in->after));
    struct stripe_call call = { .call = "query", .path = buf_str(&b) };
    TRY(stripe_ask(c, &call, &a));
    struct json_value data = json_at(a.value, "data");
    *ret = (struct gateway_told) {
        .outcome =
            a.outcome == OUTCOME_DONE && data.kind != JSON_ARRAY ? OUTCOME_UNKNOWN : a.outcome,
        .refusal = a.refusal,
    };
    for (struct json_iter it = json_iter(data); json_next(&it);)
        last = json_text(c->arena, it.value, "id");
    if (json_to_bool(json_at(a.value, "has_more"), &more) && more && stripe_is_id(last) &&
        !str_eq(last, in->after))
        ret->after = last;
    *ret_events = ret->outcome == OUTCOME_DONE ? data : (struct json_value) { JSON_ABSENT, S("") };
    return E_OK;
}

enum err stripe_told(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret)
{
    struct gateway_told told;
    struct json_value events;
    struct str *body = arena_array(c->arena, struct str, PIECE);
    TRY(list(c, in, true, &told, &events));
    for (struct json_iter it = json_iter(events); told.count < PIECE && json_next(&it);)
        body[told.count++] = it.value.raw;
    told.body = body;
    *ret = told;
    return E_OK;
}

static bool has(const struct str *list, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

enum err stripe_changed(struct ctx *c, const struct gateway_since *in, struct gateway_told *ret)
{
    struct gateway_told told;
    struct json_value events;
    struct str *id = arena_array(c->arena, struct str, PIECE);
    TRY(list(c, in, false, &told, &events));
    for (struct json_iter it = json_iter(events); told.count < PIECE && json_next(&it);) {
        struct notice n = { .kind = NOTICE_STRANGE };
        read_object(c, json_at(it.value, "type"), json_at(it.value, "data.object"), &n);
        if (n.subscription.n > 0 && !has(id, told.count, n.subscription))
            id[told.count++] = n.subscription;
    }
    told.body = id;
    *ret = told;
    return E_OK;
}
