#include "base/json.h"
#include "sandbox/form.h"
#include "sim/life.h"
#include "sim/vendor.h"

/* Stripe's wire, as an onlooker reads it: forms that ask, JSON that answers and tells. */

static struct str text_at(struct ctx *c, struct json_value v, const char *path)
{
    struct str s = S("");
    json_to_str(c->arena, json_at(v, path), &s);
    return s;
}

static bool read(struct ctx *c, struct str text, struct json_value *ret)
{
    if (json_check(c, text) != E_OK) {
        err_clear(c);
        return false;
    }
    *ret = json_root(text);
    return true;
}

static int64_t number(const struct tree *t, const char *path)
{
    int64_t n = 0;
    str_to_i64(tree_str(t, path), &n);
    return n;
}

/* What the buyer will be asked for is what the form says: the answer may be a lie.  The form of a
 * plan names a price that was made before, and only the answer says how much that is. */
static bool opened(
    struct ctx *c, const struct net_request *in, const struct net_reply *reply, struct opened *ret)
{
    struct tree *asked = tree_of(c->arena, JSON_OBJECT);
    struct json_value said;
    struct str why;
    if (!str_eq(in->call, S("create")) || !str_has(in->url, S("/v1/checkout/sessions")) ||
        reply->outcome != OUTCOME_DONE || reply->status != 200 ||
        !form_add(c->arena, in->body, asked, &why) || !read(c, reply->body, &said))
        return false;
    struct opened o = {
        .session = text_at(c, said, "id"),
        .order = tree_str(asked, "metadata.orderId"),
        .attempt = tree_str(asked, "metadata.attemptId"),
        .success_url = tree_str(asked, "success_url"),
    };
    struct tree *lines = tree_at(asked, "line_items");
    if (o.session.n == 0 || lines == NULL)
        return false;
    tree_each (line, lines) {
        o.currency = str_upper(c->arena, tree_str(line, "price_data.currency"));
        o.units += number(line, "price_data.unit_amount") * number(line, "quantity");
    }
    if (str_eq(tree_str(asked, "mode"), S("subscription"))) {
        o.currency = str_upper(c->arena, text_at(c, said, "currency"));
        json_to_i64(json_at(said, "amount_total"), &o.units);
    }
    *ret = o;
    return true;
}

static bool gives_back(struct ctx *c, const struct net_request *in, int64_t *ret_units)
{
    struct tree *asked = tree_of(c->arena, JSON_OBJECT);
    struct str why;
    if (!str_ends(in->url, S("/v1/refunds")) || !form_add(c->arena, in->body, asked, &why))
        return false;
    *ret_units = number(asked, "amount");
    return true;
}

/* A session says which it is; what happened to its money later names only the payment. */
static bool about(struct ctx *c, struct str body, struct str *ret_session, struct str *ret_event)
{
    struct json_value v;
    if (!read(c, body, &v))
        return false;
    bool session = json_is(json_at(v, "data.object.object"), "checkout.session");
    *ret_session = session ? text_at(c, v, "data.object.id") : S("");
    *ret_event = text_at(c, v, "type");
    return true;
}

/* An endpoint names what it wants to hear, and nobody's names what is only in the catalogue. */
static bool wanted(struct str event)
{
    return !str_starts(event, S("product.")) && !str_starts(event, S("price."));
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

static bool sign_with(struct ctx *c, struct secret key, struct str body, struct str *ret)
{
    struct str mac;
    long long t = (long long)(c->wall_ms / 1000);
    if (hmac_sign(c, HMAC_SHA256, key, str_fmt(c->arena, "%lld.%.*s", t, SARG(body)), &mac) != E_OK)
        return false;
    *ret = str_fmt(c->arena, "t=%lld,v1=%.*s", t, SARG(hex_text(c->arena, mac)));
    return true;
}

static bool sign(struct ctx *c, struct str body, struct net_header *ret)
{
    struct secret key;
    ret->name = S("stripe-signature");
    return config_secret(c->config, CFG_STRIPE_WEBHOOK_SECRET, 0, &key) &&
        sign_with(c, key, body, &ret->value);
}

static bool forge(struct ctx *c, enum forgery how, struct str body, struct str *ret_body,
    struct net_header *ret_header)
{
    struct str said = body, signature = S("");
    struct secret key;
    bool ok = config_secret(c->config, CFG_STRIPE_WEBHOOK_SECRET, 0, &key);
    if (how == FORGE_STRANGER)
        ok = ok && altered(c->arena, body, "\"id\": \"cs_test_", 8, S("5tranger"), &said) &&
            altered(c->arena, said, "\"attemptId\": \"", 4, S("his_"), &said) &&
            altered(c->arena, said, "\"id\": \"evt_", 4, S("h1s_"), &said);
    if (how == FORGE_AMOUNT)
        ok = ok && altered(c->arena, body, "\"amount_total\": ", 0, S("1"), &said) &&
            altered(c->arena, said, "\"id\": \"evt_", 4, S("l1ed"), &said);
    if (how == FORGE_OTHER_KEY)
        key = secret_of(S("whsec_a key that somebody guessed"));
    if (!ok || !sign_with(c, key, said, &signature))
        return false;
    if (how == FORGE_ALTERED)
        ok = altered(c->arena, body, "\"livemode\": ", 0, S(" "), &said);
    *ret_body = said;
    *ret_header =
        (struct net_header) { how == FORGE_UNSIGNED ? S("x-nothing") : S("stripe-signature"),
            signature };
    return ok;
}

/* Of its own mind about a few; three digits end in zero, and it takes none of those that are not in
 * its lists. */
static int digits(struct str currency)
{
    static const struct str two[] = { S_INIT("ISK"), S_INIT("UGX") };
    static const struct str none[] = { S_INIT("IQD"), S_INIT("LYD"), S_INIT("UYI") };
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (str_eq(none[i], currency))
            return -1;
    for (size_t i = 0; i < ARRAY_LEN(two); i++)
        if (str_eq(two[i], currency))
            return 2;
    return str_eq(currency, S("MGA")) ? 0 : iso_digits(currency);
}

const struct vendor vendor_stripe = {
    .name = S_INIT("stripe"),
    .settings = S_INIT("STRIPE_"),
    .url_part = S_INIT("/webhooks/stripe"),
    .webhooks_name_currency = true,
    .finds_by_reference = false,
    .keeps_keys = true,
    .announcement = S_INIT(""),
    .wanted = wanted,
    .opened = opened,
    .about = about,
    .forge = forge,
    .sign = sign,
    .gives_back = gives_back,
    .digits = digits,
};
