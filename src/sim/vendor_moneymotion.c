#include "base/json.h"
#include "sim/life.h"
#include "sim/vendor.h"

/* MoneyMotion's wire, in both dialects, as an onlooker reads it. */

static struct str text_at(struct ctx *c, struct json_value v, const char *path)
{
    struct str s = S("");
    json_to_str(c->arena, json_at(v, path), &s);
    return s;
}

/* The first line of NDJSON, or all of it. */
static bool read(struct ctx *c, struct str text, struct json_value *ret)
{
    struct str line, rest;
    str_cut(text, '\n', &line, &rest);
    if (json_check(c, line) != E_OK) {
        err_clear(c);
        return false;
    }
    *ret = json_root(line);
    return true;
}

static bool opened(
    struct ctx *c, const struct net_request *in, const struct net_reply *reply, struct opened *ret)
{
    struct json_value asked, said;
    if (!str_eq(in->call, S("create")) || reply->outcome != OUTCOME_DONE || reply->status != 200 ||
        !read(c, in->body, &asked) || !read(c, reply->body, &said))
        return false;
    struct opened o = { .session = text_at(c, said, "result.data.json.checkoutSessionId") };
    struct json_value payload = json_at(asked, "json");
    if (o.session.n == 0) {
        o.session = text_at(c, said, "exit.value.checkoutSessionId");
        payload = json_at(asked, "payload");
    }
    o.order = text_at(c, payload, "metadata.orderId");
    o.attempt = text_at(c, payload, "metadata.attemptId");
    o.success_url = text_at(c, payload, "urls.success");
    for (size_t i = 0; i < in->header_count; i++)
        if (str_eq_nocase(in->headers[i].name, S("x-currency")))
            o.currency = in->headers[i].value;
    for (struct json_iter it = json_iter(json_at(payload, "lineItems")); json_next(&it);) {
        int64_t unit = 0, quantity = 0;
        json_to_i64(json_at(it.value, "pricePerItemInCents"), &unit);
        json_to_i64(json_at(it.value, "quantity"), &quantity);
        o.units += unit * quantity;
    }
    *ret = o;
    return o.session.n > 0;
}

static bool about(struct ctx *c, struct str body, struct str *ret_session, struct str *ret_event)
{
    struct json_value v;
    if (!read(c, body, &v))
        return false;
    *ret_session = text_at(c, v, "checkoutSession.id");
    *ret_event = text_at(c, v, "event");
    return true;
}

/* The body with what stands after a mark replaced by something else. */
static bool altered(
    struct arena *a, struct str body, const char *mark, size_t cut, struct str by, struct str *ret)
{
    struct str m = str_of_c(mark);
    for (size_t i = 0; i + m.n + cut < body.n; i++)
        if (str_eq(str_part(body, i, m.n), m)) {
            *ret = str_fmt(a, "%.*s%.*s%.*s", (int)(i + m.n), body.p, SARG(by),
                SARG(str_from(body, i + m.n + cut)));
            return true;
        }
    return false;
}

static bool forge(struct ctx *c, enum forgery how, struct str body, struct str *ret_body,
    struct net_header *ret_header)
{
    struct str mac, said = body;
    struct secret key;
    bool ok = config_secret(c->config, CFG_MONEYMOTION_WEBHOOK_SECRET, 0, &key);
    if (how == FORGE_STRANGER)
        ok = ok &&
            altered(c->arena, body, "\"checkoutSession\":{\"id\":\"", 8, S("5tranger"), &said) &&
            altered(c->arena, said, "\"attemptId\":\"", 4, S("his_"), &said);
    if (how == FORGE_AMOUNT)
        ok = ok && altered(c->arena, body, "\"totalInCents\":", 0, S("1"), &said);
    if (how == FORGE_OTHER_KEY)
        key = secret_of(S("a key that somebody guessed"));
    if (!ok || hmac_sign(c, HMAC_SHA512, key, said, &mac) != E_OK)
        return false;
    if (how == FORGE_ALTERED)
        ok = altered(c->arena, body, "\"totalInCents\":", 0, S("1"), &said);
    *ret_body = said;
    *ret_header = (struct net_header) {
        how == FORGE_UNSIGNED ? S("x-nothing") : S("x-moneymotion-signature"),
        base64_text(c->arena, mac),
    };
    return ok;
}

/* It counts as ISO 4217 does, but for the forint, about which sources disagree. */
static int digits(struct str currency)
{
    return str_eq(currency, S("HUF")) ? -1 : iso_digits(currency);
}

const struct vendor vendor_moneymotion = {
    .name = S_INIT("moneymotion"),
    .settings = S_INIT("MONEYMOTION_"),
    .url_part = S_INIT("/webhooks/moneymotion"),
    .webhooks_name_currency = false,
    .finds_by_reference = false,
    .announcement = S_INIT("checkout_session:new"),
    .opened = opened,
    .about = about,
    .forge = forge,
    .digits = digits,
};
