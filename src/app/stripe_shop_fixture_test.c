#include "app/stripe_shop.h"

#include <stdio.h>
#include <string.h>

#include "base/url.h"

#define SECRET "whsec_0123456789abcdef0123456789abcdef"

/* ---- its objects */

static void charge_json(
    struct buf *b, const struct stripe_page *p, const char *status, int64_t back)
{
    bool paid = strcmp(status, "succeeded") == 0;
    buf_fmt(b,
        "{\"id\":\"ch_%s\",\"object\":\"charge\",\"status\":\"%s\",\"paid\":%s,\"captured\":%s,"
        "\"amount\":%lld,\"amount_refunded\":%lld,\"currency\":\"%s\",\"disputed\":%s,"
        "\"livemode\":false,\"metadata\":{\"attemptId\":\"%.*s\"},\"payment_intent\":\"%s\","
        "\"payment_method_details\":{\"type\":\"card\",\"card\":{\"brand\":\"visa\",\"last4\":"
        "\"4242\",\"fingerprint\":\"%s\",\"country\":\"%s\"}},\"outcome\":{\"risk_level\":\"%s\"}}",
        p->id, status, paid ? "true" : "false", paid ? "true" : "false", (long long)p->units,
        (long long)back, p->currency, p->disputed ? "true" : "false", SARG(p->attempt), p->payment,
        p->card != NULL ? p->card : "", p->bank != NULL ? p->bank : "",
        p->judged != NULL ? p->judged : "");
}

static void intent_json(
    struct buf *b, const struct stripe_page *p, const char *status, bool expanded)
{
    bool done = strcmp(status, "succeeded") == 0;
    buf_fmt(b,
        "{\"id\":\"%s\",\"object\":\"payment_intent\",\"status\":\"%s\",\"amount_received\":%lld,"
        "\"currency\":\"%s\",\"livemode\":false,\"metadata\":{\"attemptId\":\"%.*s\"},"
        "\"latest_charge\":",
        p->payment, status, (long long)(done ? p->units : 0), p->currency, SARG(p->attempt));
    if (expanded && done)
        charge_json(b, p, "succeeded", p->back);
    else
        buf_add(b, done ? S("\"ch_1\"") : S("null"));
    buf_char(b, '}');
}

static void session_json(
    struct buf *b, const struct stripe_page *p, const char *status, const char *paid, bool expanded)
{
    bool open = strcmp(status, "open") == 0, complete = strcmp(status, "complete") == 0;
    buf_fmt(b,
        "{\"id\":\"%s\",\"object\":\"checkout.session\",\"status\":\"%s\",\"payment_status\":"
        "\"%s\",\"amount_total\":%lld,\"currency\":\"%s\",\"livemode\":false,\"metadata\":"
        "{\"attemptId\":\"%.*s\"},\"url\":",
        p->id, status, paid, (long long)p->units, p->currency, SARG(p->attempt));
    if (open)
        buf_fmt(b, "\"https://checkout.stripe.com/c/pay/%s\"", p->id);
    else
        buf_add(b, S("null"));
    buf_add(b, S(",\"payment_intent\":"));
    if (complete && expanded)
        intent_json(b, p, p->intent, true);
    else
        buf_fmt(b, complete ? "\"%s\"" : "null", p->payment);
    buf_char(b, '}');
}

static struct str dispute_status(const struct stripe_page *p)
{
    return p->argued != NULL ? str_of_c(p->argued) : S("needs_response");
}

/* What it is about is taken when it begins, with a fee of 15, and put back when it is won. */
static void dispute_json(struct buf *b, const struct stripe_page *p, struct str status)
{
    long long about = p->argued_units > 0 ? p->argued_units : p->units - p->back;
    buf_fmt(b,
        "{\"id\":\"dp_%s\",\"object\":\"dispute\",\"amount\":%lld,\"currency\":\"%s\","
        "\"payment_intent\":\"%s\",\"livemode\":false,\"metadata\":{},\"reason\":\"fraudulent\","
        "\"status\":\"%.*s\",\"evidence_details\":{\"due_by\":%lld},\"balance_transactions\":[",
        p->payment, about, p->currency, p->payment, SARG(status), (long long)p->due_s);
    if (!str_starts(status, S("warning_")))
        buf_fmt(b, "{\"amount\":%lld,\"fee\":1500,\"currency\":\"%s\"}", -about, p->currency);
    if (str_eq(status, S("won")))
        buf_fmt(b, ",{\"amount\":%lld,\"fee\":0,\"currency\":\"%s\"}", about, p->currency);
    buf_add(b, S("]}"));
}

/* ---- its answers */

static struct net_reply answered(int status, struct str body)
{
    return (struct net_reply) { .outcome = OUTCOME_DONE, .status = status, .body = body };
}

static struct net_reply refused(struct ctx *c, int status, const char *type, const char *code)
{
    return answered(status,
        str_fmt(c->arena,
            "{\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":\"No such thing.\"}}", type,
            code));
}

static struct net_reply shown(struct ctx *c, const struct stripe_page *p)
{
    struct buf b = BUF(c->arena);
    session_json(&b, p, p->status, p->paid, true);
    return answered(200, buf_str(&b));
}

static void take_form(struct stripe_shop *s, struct stripe_page *p, struct str form)
{
    struct test *t = s->shop->t;
    struct arena *a = s->shop->c->arena;
    int64_t quantity = 0, unit = 0;
    bool ok = false;
    for (bool more = form.n > 0; more;) {
        struct str pair, name, raw;
        more = str_cut(form, '&', &pair, &form);
        EXPECT(str_cut(pair, '=', &name, &raw));
        struct str value = url_decode(a, raw, false, &ok);
        EXPECT(ok && value.n > 0);
        if (str_ends(name, S("[quantity]")))
            EXPECT(str_to_i64(value, &quantity));
        else if (str_ends(name, S("[price]")))
            p->units += quantity * 500; /* it knows one price */
        else if (str_ends(name, S("[unit_amount]"))) {
            EXPECT(str_to_i64(value, &unit) && unit > 0 && quantity > 0);
            p->units += quantity * unit;
        } else if (str_ends(name, S("[currency]")))
            snprintf(p->currency, sizeof p->currency, "%.*s", SARG(value));
        else if (str_eq(name, S("payment_intent_data[metadata][attemptId]")))
            p->attempt = str_copy(a, value);
    }
}

static struct str header_of(const struct net_request *in, const char *name)
{
    for (size_t i = 0; i < in->header_count; i++)
        if (str_eq(in->headers[i].name, str_of_c(name)))
            return in->headers[i].value;
    return S("");
}

static struct net_reply create(struct stripe_shop *s, struct ctx *c, const struct net_request *in)
{
    struct str key = header_of(in, "Idempotency-Key");
    for (size_t i = 0; i < s->pages; i++)
        if (str_eq(s->page[i].key, key))
            return s->page[i].broken                ? refused(c, 500, "api_error", "")
                : str_eq(s->page[i].form, in->body) ? shown(c, &s->page[i])
                                                    : refused(c, 400, "idempotency_error", "");
    struct stripe_page *p = &s->page[s->pages++];
    must(s->pages <= STRIPE_PAGES);
    *p = (struct stripe_page) { .key = str_copy(s->shop->c->arena, key),
        .form = str_copy(s->shop->c->arena, in->body),
        .status = "open",
        .paid = "unpaid",
        .intent = "requires_payment_method" };
    snprintf(p->id, sizeof p->id, "cs_test_%zu", s->pages);
    snprintf(p->payment, sizeof p->payment, "pi_%zu", s->pages);
    take_form(s, p, in->body);
    return shown(c, p);
}

static struct stripe_page *find(struct stripe_shop *s, struct str id)
{
    for (size_t i = 0; i < s->pages; i++)
        if (str_eq(str_of_c(s->page[i].id), id) || str_eq(str_of_c(s->page[i].payment), id))
            return &s->page[i];
    return NULL;
}

static int64_t number_in(struct str path, const char *name)
{
    int64_t n = 0;
    struct str key = str_of_c(name), digits;
    for (size_t i = 0; i + key.n < path.n; i++)
        if (str_eq(str_part(path, i, key.n), key)) {
            str_cut(str_from(path, i + key.n), '&', &digits, &path);
            must(str_to_i64(digits, &n));
            return n;
        }
    must(false);
    return 0;
}

/* Newest first, two at a time, so that every test turns pages. */
static struct net_reply list(struct stripe_shop *s, struct ctx *c, struct str path)
{
    struct buf b = BUF(c->arena);
    int64_t from = number_in(path, "created%5Bgte%5D="), to = number_in(path, "created%5Blte%5D=");
    bool after = str_has(path, S("&starting_after=evt_"));
    int64_t below = after ? number_in(path, "&starting_after=evt_") : s->events + 1;
    int n = 0;
    buf_add(&b, S("{\"object\":\"list\",\"data\":["));
    for (int64_t i = below - 1; i > 0 && i < STRIPE_TOLD; i--) {
        if (s->told_ms[i] / 1000 < from || s->told_ms[i] / 1000 > to)
            continue;
        if (++n > 2)
            break;
        buf_fmt(&b, "%s%.*s", n > 1 ? "," : "", SARG(s->told[i]));
    }
    buf_fmt(&b, "],\"has_more\":%s}", n > 2 ? "true" : "false");
    return answered(200, buf_str(&b));
}

/* A document, and what is said of a dispute: kept by their keys, as asked. */
static struct net_reply hear(struct stripe_shop *s, struct ctx *c, const struct net_request *in)
{
    struct str key = header_of(in, "Idempotency-Key"), id, rest;
    bool file = str_has(in->url, S("/v1/files"));
    size_t n = 0;
    while (n < s->said && !str_eq(s->say[n].key, key))
        n++;
    must(n < STRIPE_SAID && key.n > 0);
    s->say[n].times++;
    s->say[n].key = str_copy(s->shop->c->arena, key);
    s->say[n].url = str_copy(s->shop->c->arena, in->url);
    s->say[n].body = str_copy(s->shop->c->arena, in->body);
    s->said = n == s->said ? n + 1 : s->said;
    if (file)
        return answered(200, str_fmt(c->arena, "{\"id\":\"file_%zu\",\"object\":\"file\"}", n));
    str_cut(in->url, '_', &rest, &id);
    struct stripe_page *p = find(s, id);
    struct buf b = BUF(c->arena);
    if (p == NULL || !p->disputed)
        return refused(c, 404, "invalid_request_error", "resource_missing");
    p->argued = "under_review";
    dispute_json(&b, p, dispute_status(p));
    return answered(200, buf_str(&b));
}

/* One by its id, or all; only a payment's where it is named. */
static struct net_reply disputes(struct stripe_shop *s, struct ctx *c, struct str path)
{
    struct str rest = str_from(path, S("/v1/disputes").n);
    struct buf b = BUF(c->arena);
    int n = 0;
    if (str_starts(rest, S("/dp_"))) {
        struct stripe_page *p = find(s, str_from(rest, S("/dp_").n));
        if (p == NULL || !p->disputed)
            return refused(c, 404, "invalid_request_error", "resource_missing");
        dispute_json(&b, p, dispute_status(p));
        return answered(200, buf_str(&b));
    }
    buf_add(&b, S("{\"object\":\"list\",\"data\":["));
    for (size_t i = 0; i < s->pages; i++) {
        struct str of = str_fmt(c->arena, "&payment_intent=%s", s->page[i].payment);
        bool named = str_has(rest, S("&payment_intent="));
        if (!s->page[i].disputed || (named && !str_ends(rest, of)))
            continue;
        buf_add(&b, n++ > 0 ? S(",") : S(""));
        dispute_json(&b, &s->page[i], dispute_status(&s->page[i]));
    }
    buf_add(&b, S("],\"has_more\":false}"));
    return answered(200, buf_str(&b));
}

/* ---- refunds */

static struct str refund_json(struct ctx *c, const struct stripe_refund *r)
{
    struct buf b = BUF(c->arena);
    buf_fmt(&b,
        "{\"id\":\"%s\",\"object\":\"refund\",\"amount\":%lld,\"currency\":\"%s\",\"status\":\"%s\","
        "\"payment_intent\":\"%s\",\"charge\":\"ch_%s\",\"metadata\":{",
        r->id, (long long)r->units, r->page->currency, r->status, r->page->payment, r->page->id);
    if (r->refund.n > 0)
        buf_fmt(
            &b, "\"refundId\":\"%.*s\",\"attemptId\":\"%.*s\"", SARG(r->refund), SARG(r->attempt));
    buf_fmt(&b, "}%s}",
        strcmp(r->status, "failed") == 0 ? ",\"failure_reason\":\"expired_or_canceled_card\"" : "");
    return buf_str(&b);
}

static struct str member(struct arena *a, struct str form, const char *want)
{
    for (bool more = form.n > 0, ok = false; more;) {
        struct str pair, name, raw;
        more = str_cut(form, '&', &pair, &form);
        if (str_cut(pair, '=', &name, &raw) &&
            str_eq(url_decode(a, name, false, &ok), str_of_c(want)))
            return str_copy(a, url_decode(a, raw, false, &ok));
    }
    return S("");
}

static struct stripe_refund *add_refund(struct stripe_shop *s, struct stripe_page *p, int64_t units)
{
    struct stripe_refund *r = &s->refund[s->refunds++];
    must(s->refunds <= STRIPE_REFUNDS);
    *r = (struct stripe_refund) { .page = p,
        .units = units,
        .key = S(""),
        .refund = S(""),
        .attempt = S(""),
        .status = s->refund_status != NULL ? s->refund_status : "succeeded" };
    snprintf(r->id, sizeof r->id, "re_%zu", s->refunds);
    p->back += units;
    return r;
}

static struct net_reply give(struct stripe_shop *s, struct ctx *c, const struct net_request *in)
{
    struct arena *a = s->shop->c->arena;
    struct str key = header_of(in, "Idempotency-Key");
    struct stripe_page *p = find(s, member(a, in->body, "payment_intent"));
    int64_t units = 0;
    s->refund_calls++;
    for (size_t i = 0; i < s->refunds; i++)
        if (s->refund[i].key.n > 0 && str_eq(s->refund[i].key, key))
            return answered(200, refund_json(c, &s->refund[i]));
    must(str_to_i64(member(a, in->body, "amount"), &units) && units > 0);
    if (p == NULL || units > p->units - p->back)
        return refused(c, 400, "invalid_request_error",
            p != NULL && p->back == p->units ? "charge_already_refunded" : "");
    struct stripe_refund *r = add_refund(s, p, units);
    r->key = str_copy(a, key);
    r->refund = member(a, in->body, "metadata[refundId]");
    r->attempt = member(a, in->body, "metadata[attemptId]");
    if (s->during != NULL)
        s->during(s, r);
    return answered(200, refund_json(c, r));
}

static struct net_reply given(struct stripe_shop *s, struct ctx *c, struct str path)
{
    struct buf b = BUF(c->arena);
    int n = 0;
    buf_add(&b, S("{\"object\":\"list\",\"has_more\":false,\"data\":["));
    for (size_t i = s->refunds; i-- > 0;)
        if (str_ends(path, str_of_c(s->refund[i].page->payment)))
            buf_fmt(&b, "%s%.*s", n++ > 0 ? "," : "", SARG(refund_json(c, &s->refund[i])));
    buf_add(&b, S("]}"));
    return answered(200, buf_str(&b));
}

static struct net_reply call(struct stripe_shop *s, struct ctx *c, const struct net_request *in)
{
    struct str path = str_from(in->url, S("https://api.stripe.com").n), id, rest;
    struct buf b = BUF(c->arena);
    bool posts = str_eq(in->method, S("POST"));
    if (posts && (str_has(in->url, S("/v1/disputes/")) || str_has(in->url, S("/v1/files"))))
        return hear(s, c, in);
    if (str_eq(path, S("/v1/checkout/sessions")))
        return create(s, c, in);
    if (str_starts(path, S("/v1/events?")))
        return list(s, c, path);
    if (str_starts(path, S("/v1/disputes")))
        return disputes(s, c, path);
    if (str_starts(path, S("/v1/refunds?")))
        return given(s, c, path);
    if (str_eq(path, S("/v1/refunds")))
        return give(s, c, in);
    bool session = str_starts(path, S("/v1/checkout/sessions/"));
    str_cut(path, '?', &id, &rest);
    bool ends = str_ends(id, S("/expire"));
    id = str_part(id, 0, id.n - (ends ? S("/expire").n : 0));
    id = str_from(id, session ? S("/v1/checkout/sessions/").n : S("/v1/payment_intents/").n);
    struct stripe_page *p = find(s, id);
    if (p == NULL)
        return refused(c, 404, "invalid_request_error", "resource_missing");
    if (ends && strcmp(p->status, "open") != 0)
        return refused(c, 400, "invalid_request_error", "");
    if (ends)
        p->status = "expired";
    if (session)
        return shown(c, p);
    intent_json(&b, p, p->intent, true);
    return answered(200, buf_str(&b));
}

static struct net_reply gateway(
    void *self, struct ctx *c, const struct net_request *in, const char *fault)
{
    struct stripe_shop *s = self;
    if (strcmp(fault, "decline") == 0)
        return refused(c, 402, "card_error", "card_declined");
    if (strcmp(fault, "500_kept") == 0) {
        (void)call(s, c, in);
        stripe_newest(s)->broken = true;
        return refused(c, 500, "api_error", "");
    }
    if (strcmp(fault, "garbage") == 0)
        return answered(200, S("{\"id\":\"\"}"));
    return call(s, c, in);
}

/* ---- the shop */

struct stripe_shop *stripe_shop_open(struct test *t)
{
    return stripe_shop_open_with(t, NULL);
}

struct stripe_shop *stripe_shop_open_with(struct test *t, char *setting)
{
    struct stripe_shop *s = arena_new(t->c->arena, struct stripe_shop);
    s->shop = shop_open_with(t, setting);
    s->page = arena_array(t->c->arena, struct stripe_page, STRIPE_PAGES);
    s->shop->stripe = gateway;
    s->shop->stripe_self = s;
    return s;
}

struct str stripe_buy(struct stripe_shop *s, const char *key, const char *members)
{
    struct str all = str_fmt(s->shop->c->arena, "\"gateway\":\"stripe\",%s", members);
    return shop_buy(s->shop, key, str_c(s->shop->c->arena, all));
}

struct stripe_page *stripe_newest(struct stripe_shop *s)
{
    return &s->page[s->pages - 1];
}

void stripe_pays(struct stripe_page *p)
{
    p->status = "complete";
    p->paid = "paid";
    p->intent = "succeeded";
}

struct stripe_refund *stripe_gives_back(struct stripe_shop *s, struct stripe_page *p, int64_t units)
{
    return add_refund(s, p, units);
}

void stripe_refund_fails(struct stripe_refund *refund)
{
    refund->status = "failed";
    refund->page->back -= refund->units;
}

/* ---- its events */

int stripe_tell_refund(struct stripe_shop *s, const struct stripe_refund *refund, const char *type)
{
    struct ctx *c = s->shop->c;
    return stripe_post(s,
        str_fmt(c->arena,
            "{\"id\":\"evt_%lld\",\"object\":\"event\",\"api_version\":\"2026-08-26.dahlia\","
            "\"created\":%lld,\"livemode\":false,\"type\":\"%s\",\"data\":{\"object\":%.*s}}",
            (long long)++s->events, (long long)(c->now_ms / 1000), type,
            SARG(refund_json(c, refund))));
}

struct str stripe_event(
    struct stripe_shop *s, const struct stripe_page *p, const struct stripe_said *said)
{
    struct buf b = BUF(s->shop->c->arena);
    buf_fmt(&b,
        "{\"id\":\"evt_%lld\",\"object\":\"event\",\"api_version\":\"2026-08-26.dahlia\","
        "\"created\":%lld,\"livemode\":false,\"type\":\"%s\",\"data\":{\"object\":",
        (long long)++s->events, (long long)(s->shop->c->now_ms / 1000), said->type);
    switch (said->object) {
    case SAID_SESSION:
        session_json(&b, p, said->status, said->paid, false);
        break;
    case SAID_INTENT:
        intent_json(&b, p, said->status, false);
        break;
    case SAID_CHARGE:
        charge_json(&b, p, said->status, said->back);
        break;
    case SAID_DISPUTE:
        dispute_json(&b, p, str_of_c(said->status));
        break;
    }
    buf_add(&b, S("}}"));
    if (s->events < STRIPE_TOLD) {
        s->told[s->events] = buf_str(&b);
        s->told_ms[s->events] = s->shop->c->now_ms;
    }
    return buf_str(&b);
}

int stripe_post(struct stripe_shop *s, struct str body)
{
    return stripe_post_at(s, "/api/webhooks/stripe", body);
}

int stripe_post_at(struct stripe_shop *s, const char *path, struct str body)
{
    struct test *t = s->shop->t;
    struct ctx *c = s->shop->c;
    struct str raw;
    int status = 0;
    struct str said = str_fmt(c->arena, "%lld.%.*s", (long long)(c->wall_ms / 1000), SARG(body));
    EXPECT_OK(hmac_sign(c, HMAC_SHA256, secret_of(S(SECRET)), said, &raw));
    struct str headers = str_fmt(c->arena, "Stripe-Signature: t=%lld,v1=%.*s\r\n",
        (long long)(c->wall_ms / 1000), SARG(hex_text(c->arena, raw)));
    shop_post(s->shop, path, str_c(c->arena, headers), body, &status);
    return status;
}

int stripe_tell(struct stripe_shop *s, const struct stripe_page *p, const struct stripe_said *said)
{
    return stripe_post(s, stripe_event(s, p, said));
}
