#include "sandbox/moneymotion.h"

#include "base/config.h"
#include "base/log.h"

/* MoneyMotion, whatever wire it is asked over. */

enum {
    SESSION_MS = 24 * 60 * 60 * 1000
};

static const struct str store_id = S_INIT("7b1d2c3e-4f50-4a61-8b72-9c83ad94be05");

bool mm_key_ok(const struct req *r)
{
    struct secret key;
    return config_secret(r->c->config, CFG_MONEYMOTION_API_KEY, 0, &key) &&
        secret_is(key, str_trim(req_header(r, S("x-api-key"))));
}

bool mm_currency(const struct req *r, enum currency *ret)
{
    return currency_parse(str_trim(req_header(r, S("x-currency"))), ret);
}

/* ---- opening */

struct opening {
    struct hosted session;
    enum fault fault;
};

static enum err open_tx(struct ctx *c, void *arg)
{
    struct opening *o = arg;
    enum fault fault = FAULT_NONE;
    TRY(fault_take(c, S("moneymotion"), "create", &fault));
    o->fault = fault;
    if (fault_prevents(fault))
        return E_OK;
    struct hosted s = o->session;
    if (fault == FAULT_WRONG_AMOUNT)
        s.amount_minor += 1;
    if (fault == FAULT_WRONG_CURRENCY)
        s.currency = str_eq(s.currency, S("USD")) ? S("EUR") : S("USD");
    TRY(hosted_add(c, &s));
    return hosted_happens(c, &s, HAPPENED_OPENED, 0);
}

enum err mm_open(struct ctx *c, const struct mm_create *in, struct mm_opened *ret)
{
    struct str id = uuid_new(c);
    struct str customer = uuid_new(c);
    struct str customer_session = uuid_new(c);
    struct opening o = {
        .session = {
            .gateway = S("moneymotion"),
            .id = id,
            .amount_minor = in->total_minor,
            .currency = currency_code(in->currency),
            .created_ms = c->now_ms,
            .turn_ms = c->now_ms + SESSION_MS,
            .turn = HOSTED_EXPIRED,
            .request = in->payload.raw,
            .own = str_fmt(c->arena, "{\"customer\":\"%.*s\",\"customerSession\":\"%.*s\"}",
                SARG(customer), SARG(customer_session)),
        },
    };
    TRY(sandbox_tx(c, "moneymotion.open", open_tx, &o));
    sandbox_wake(c->sandbox);
    *ret = (struct mm_opened) { o.fault, id };
    return E_OK;
}

/* ---- asking */

struct asking {
    struct str id;
    struct mm_known known;
};

static enum err ask_tx(struct ctx *c, void *arg)
{
    struct asking *a = arg;
    struct mm_known known = { 0 };
    TRY(fault_take(c, S("moneymotion"), "query", &known.fault));
    TRY(hosted_find(c, a->id, &known.found, &known.session));
    known.found = known.found && str_eq(known.session.gateway, S("moneymotion"));
    a->known = known;
    return E_OK;
}

enum err mm_ask(struct ctx *c, struct str id, struct mm_known *ret)
{
    struct asking a = { .id = id };
    TRY(sandbox_tx(c, "moneymotion.ask", ask_tx, &a));
    if (a.known.fault == FAULT_WRONG_AMOUNT)
        a.known.session.amount_minor += 1;
    if (a.known.fault == FAULT_WRONG_CURRENCY)
        a.known.session.currency = str_eq(a.known.session.currency, S("USD")) ? S("EUR") : S("USD");
    *ret = a.known;
    return E_OK;
}

/* A refund carries the session's total and no amount: nobody can tell a part from the whole. */
struct str mm_status(const struct hosted *s)
{
    if (s->state == HOSTED_PAID && s->refunded_minor > 0)
        return S("refunded");
    return hosted_state_text(s->state);
}

static void write_items(struct json *j, struct arena *a, struct json_value items)
{
    json_open(j, "checkoutSessionItems", '[');
    for (struct json_iter it = json_iter(items); json_next(&it);) {
        struct str name = S(""), description = S("");
        json_to_str(a, json_at(it.value, "name"), &name);
        json_to_str(a, json_at(it.value, "description"), &description);
        json_open(j, NULL, '{');
        json_str(j, "name", name);
        json_raw(j, "pricePerItemInCents", json_at(it.value, "pricePerItemInCents").raw);
        json_raw(j, "quantity", json_at(it.value, "quantity").raw);
        json_str(j, "description", description);
        json_close(j, '}');
    }
    json_close(j, ']');
}

struct str mm_url(struct arena *a, const struct hosted *s, const char *which)
{
    struct str url = S("");
    json_to_str(a, json_member(json_at(json_root(s->request), "urls"), str_of_c(which)), &url);
    return url;
}

static void write_urls(struct json *j, struct arena *a, const struct hosted *s)
{
    static const char *const types[] = { "success", "cancel", "failure" };
    json_open(j, "checkoutSessionRedirectUrls", '[');
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        json_open(j, NULL, '{');
        json_str(j, "url", mm_url(a, s, types[i]));
        json_str(j, "type", str_of_c(types[i]));
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* The same figure in dollars, at a rate that nobody may rely on. */
static int64_t in_dollars(const struct hosted *s)
{
    return str_eq(s->currency, S("USD")) ? s->amount_minor : s->amount_minor / 100 * 93 + 1;
}

void mm_write_status(struct json *j, const char *name, struct arena *a, const struct hosted *s)
{
    struct json_value request = json_root(s->request);
    struct str mail = S("");
    json_to_str(a, json_at(request, "userInfo.email"), &mail);
    json_open(j, name, '{');
    json_str(j, "id", s->id);
    json_time(j, "createdAt", s->created_ms);
    json_str(j, "status", mm_status(s));
    write_items(j, a, json_at(request, "lineItems"));
    write_urls(j, a, s);
    json_str(j, "customerEmail", mail);
    json_open(j, "totalPrice", '{');
    json_i64(j, "amountInCentsUsd", in_dollars(s));
    json_i64(j, "amountInCents", s->amount_minor);
    json_str(j, "currency", s->currency);
    json_close(j, '}');
    json_close(j, '}');
}

/* ---- webhooks */

static void write_customer(struct json *j, struct arena *a, const struct hosted *s)
{
    struct str mail = S(""), first = S("Ada"), last = S("Example");
    json_to_str(a, json_at(json_root(s->request), "userInfo.email"), &mail);
    if (s->payer.n > 0 && !str_cut(s->payer, ' ', &first, &last))
        last = S("");
    json_open(j, "customer", '{');
    if (s->captured) {
        json_str(j, "firstName", first);
        json_str(j, "lastName", last);
        json_str(j, "address", S("1 Test Street"));
        json_str(j, "city", S("Lisbon"));
        json_str(j, "region", S("LI"));
        json_str(j, "postalCode", S("1000-001"));
        json_str(j, "country", S("PT"));
    }
    json_str(j, "email", mail);
    if (s->captured) {
        json_open(j, "paymentMethodInfo", '{');
        json_str(j, "type", s->method);
        if (s->last4.n > 0) {
            json_str(j, "lastFourDigits", s->last4);
            json_str(j, "cardBrand", s->brand);
        }
        json_close(j, '}');
    }
    json_close(j, '}');
}

struct str mm_webhook_body(struct arena *a, const struct hosted *s, struct str event)
{
    struct json_value own = json_root(s->own);
    struct json_value metadata = json_at(json_root(s->request), "metadata");
    struct str customer = S(""), customer_session = S("");
    json_to_str(a, json_at(own, "customer"), &customer);
    json_to_str(a, json_at(own, "customerSession"), &customer_session);
    struct buf b = BUF(a);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "checkoutSession", '{');
    json_str(&j, "id", s->id);
    json_str(&j, "createdByCustomerId", customer);
    json_str(&j, "createdOnCustomerSessionId", customer_session);
    json_str(&j, "status", mm_status(s));
    json_i64(&j, "totalInCents", s->amount_minor);
    json_raw(&j, "metadata", metadata.kind == JSON_OBJECT ? metadata.raw : S("{}"));
    json_str(&j, "storeId", store_id);
    json_close(&j, '}');
    json_str(&j, "event", event);
    write_customer(&j, a, s);
    json_close(&j, '}');
    return buf_str(&b);
}

static enum err tells(struct ctx *c, const struct hosted *s, enum happening h, struct told *ret)
{
    static const struct str events[] = {
        [HAPPENED_OPENED] = S_INIT("checkout_session:new"),
        [HAPPENED_PAID] = S_INIT("checkout_session:complete"),
        [HAPPENED_EXPIRED] = S_INIT("checkout_session:expired"),
        [HAPPENED_CANCELLED] = S_INIT(""),
        [HAPPENED_REFUNDED] = S_INIT("checkout_session:refunded"),
        [HAPPENED_PARTLY_REFUNDED] = S_INIT("checkout_session:refunded"),
        [HAPPENED_DISPUTED] = S_INIT("checkout_session:disputed"),
        [HAPPENED_DISPUTE_WON] = S_INIT(""), /* only the status says so */
        [HAPPENED_DISPUTE_LOST] = S_INIT("checkout_session:refunded"),
    };
    _Static_assert(ARRAY_LEN(events) == HAPPENED_COUNT, "every happening is thought of");
    if (h == HAPPENED_CANCELLED)
        return fail(c, INVALID_REQUEST, "a MoneyMotion session is never cancelled, only expired");
    if (events[h].n == 0)
        return E_OK;
    struct str body = mm_webhook_body(c->arena, s, events[h]), mac;
    struct secret secret;
    if (!config_secret(c->config, CFG_MONEYMOTION_WEBHOOK_SECRET, 0, &secret))
        return fail(c, INVALID_REQUEST, "MONEYMOTION_WEBHOOK_SECRET signs webhooks and is not set");
    TRY(hmac_sign(c, HMAC_SHA512, secret, body, &mac));
    struct str header = S("x-moneymotion-signature");
    config_item(c->config, CFG_MONEYMOTION_SIG_HEADERS, 0, &header);
    *ret = (struct told) {
        .event = events[h],
        .headers = str_fmt(c->arena, "%.*s: %.*s\nContent-Type: application/json\n", SARG(header),
            SARG(base64_text(c->arena, mac))),
        .body = body,
    };
    return E_OK;
}

static struct str leads_to(struct arena *a, const struct hosted *s, enum happening h)
{
    return h == HAPPENED_PAID     ? mm_url(a, s, "success")
        : h == HAPPENED_CANCELLED ? mm_url(a, s, "cancel")
        : h == HAPPENED_EXPIRED   ? mm_url(a, s, "failure")
                                  : S("");
}

const struct site moneymotion_site = {
    .name = S_INIT("Simulated MoneyMotion"),
    .color = S_INIT(SIMULATED_COLOR),
    .sandbox = true,
};

const struct simulator simulator_moneymotion = {
    .name = S_INIT("moneymotion"),
    .title = S_INIT("MoneyMotion"),
    .routes = &moneymotion_routes,
    .site = &moneymotion_site,
    .webhook_path = S_INIT("/api/webhooks/moneymotion"),
    .tells = tells,
    .leads_to = leads_to,
    .stray = mm_stray,
};
