#include "gateway/stripe.h"

/* Is everything at Stripe as we need it: the key, the endpoint of our webhooks, the prices that the
 * catalogue names, the portal of who has a plan? */

static void say(struct ctx *c, const struct gateway_exam *in, enum verdict verdict, struct str what,
    struct str words)
{
    in->say(in->self, verdict, str_fmt(c->arena, "Stripe: %.*s%.*s", SARG(what), SARG(words)));
}

static enum err get(struct ctx *c, struct str path, struct stripe_answer *ret)
{
    struct stripe_call call = { .call = "query", .path = path };
    return stripe_ask(c, &call, ret);
}

/* ---- the endpoint */

static bool is_ours(struct ctx *c, const struct gateway_exam *in, struct str url)
{
    static const char *const paths[] = { "/api/webhooks/stripe", "/api/stripe/webhooks",
        "/api/stripe-webhook" };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (str_eq(url, str_fmt(c->arena, "%.*s%s", SARG(in->site), paths[i])))
            return true;
    return false;
}

static bool is_told(struct ctx *c, struct json_value endpoint, struct str type)
{
    struct str told;
    for (struct json_iter it = json_iter(json_at(endpoint, "enabled_events")); json_next(&it);)
        if (json_to_str(c->arena, it.value, &told) && (str_eq(told, S("*")) || str_eq(told, type)))
            return true;
    return false;
}

static void examine_endpoint(
    struct ctx *c, const struct gateway_exam *in, struct json_value endpoint)
{
    struct buf missing = BUF(c->arena);
    struct str version = json_text(c->arena, endpoint, "api_version");
    for (size_t i = 0; stripe_needs(i).n > 0; i++)
        if (!is_told(c, endpoint, stripe_needs(i)))
            buf_fmt(&missing, " %.*s", SARG(stripe_needs(i)));
    if (!json_is(json_at(endpoint, "status"), "enabled"))
        say(c, in, VERDICT_BAD, S("the endpoint of our webhooks is disabled; enable it"), S(""));
    else if (missing.n > 0)
        say(c, in, VERDICT_BAD, S("the endpoint of our webhooks is not told of"),
            buf_str(&missing));
    else
        say(c, in, VERDICT_GOOD, S("the endpoint of our webhooks is told of all that we need"),
            S(""));
    if (!str_eq(version, STRIPE_VERSION))
        say(c, in, VERDICT_MIND,
            version.n > 0 ? S("its events come in version ")
                          : S("its events come in the account's own version"),
            str_fmt(c->arena, "%.*s; ours is %.*s: make the endpoint with that", SARG(version),
                SARG(STRIPE_VERSION)));
}

static void examine_endpoints(struct ctx *c, const struct gateway_exam *in, struct json_value list)
{
    bool found = false;
    if (!str_starts(in->site, S("https://"))) {
        say(c, in, VERDICT_MIND,
            S("webhooks reach this machine only when they are forwarded; docs/gateways/stripe.md"),
            S(""));
        return;
    }
    for (struct json_iter it = json_iter(json_at(list, "data")); json_next(&it);)
        if (is_ours(c, in, json_text(c->arena, it.value, "url"))) {
            found = true;
            examine_endpoint(c, in, it.value);
        }
    if (!found)
        say(c, in, VERDICT_BAD, S("no endpoint of the account leads to "),
            str_fmt(c->arena, "%.*s/api/webhooks/stripe; add one", SARG(in->site)));
}

/* ---- prices */

/* What is wrong with it; empty: nothing. */
static struct str fault_of(struct ctx *c, const struct gateway_price *ours, struct json_value price)
{
    bool active = false;
    struct money there = { 0, CUR_NONE };
    json_to_bool(json_at(price, "active"), &active);
    if (!active)
        return S("is not active there");
    if (!stripe_money(c, price, "unit_amount", &there))
        return S("has no plain amount there");
    if (there.cur != ours->amount.cur || there.minor != ours->amount.minor)
        return str_fmt(c->arena, "is %.*s there and %.*s in the catalogue",
            SARG(money_text_code(c->arena, there)), SARG(money_text_code(c->arena, ours->amount)));
    return stripe_months(price) == ours->months ? S("") : S("is charged in another rhythm there");
}

static enum err examine_price(struct ctx *c, const struct gateway_exam *in,
    const struct gateway_price *ours, struct str id, bool *inout_good)
{
    struct stripe_answer a;
    struct str fault = S("is not the name of a price");
    if (stripe_is_id(id)) {
        TRY(get(c, str_fmt(c->arena, "/v1/prices/%.*s", SARG(id)), &a));
        fault = a.outcome == OUTCOME_DONE ? fault_of(c, ours, a.value) : a.refusal;
    }
    if (fault.n == 0)
        return E_OK;
    *inout_good = false;
    say(c, in, VERDICT_BAD, str_fmt(c->arena, "the price %.*s, ", SARG(ours->id)),
        str_fmt(c->arena, "%.*s: %.*s", SARG(id), SARG(fault)));
    return E_OK;
}

static enum err examine_prices(struct ctx *c, const struct gateway_exam *in)
{
    bool good = true;
    long long asked = 0;
    for (size_t i = 0; i < in->prices; i++) {
        struct str id = stripe_price(c, in->price[i].listed);
        if (id.n == 0)
            continue; /* its amount is said with each order */
        asked++;
        TRY(examine_price(c, in, &in->price[i], id, &good));
    }
    if (good && asked > 0)
        say(c, in, VERDICT_GOOD, S("prices as in the catalogue: "),
            str_fmt(c->arena, "%lld", asked));
    return E_OK;
}

/* ---- the portal */

static bool allows(struct json_value configuration, const char *feature)
{
    bool enabled = false;
    json_to_bool(json_at(json_at(configuration, feature), "enabled"), &enabled);
    return enabled;
}

/* What purser offers itself, it offers at the terms that were agreed to. */
static void examine_configuration(
    struct ctx *c, const struct gateway_exam *in, struct json_value configuration)
{
    if (configuration.kind != JSON_OBJECT)
        say(c, in, VERDICT_BAD,
            S("the customer portal has no configuration; save its settings in the Dashboard"),
            S(""));
    else if (!allows(configuration, "features.payment_method_update"))
        say(c, in, VERDICT_BAD, S("the customer portal lets nobody change his card; turn it on"),
            S(""));
    else if (allows(configuration, "features.subscription_update"))
        say(c, in, VERDICT_MIND,
            S("the customer portal lets customers change plans; turn it off, for purser does not "
              "know its prices"),
            S(""));
    else
        say(c, in, VERDICT_GOOD, S("the customer portal is configured"), S(""));
}

static enum err examine_portal(struct ctx *c, const struct gateway_exam *in)
{
    struct stripe_answer a;
    if (!in->plans)
        return E_OK;
    TRY(get(c, S("/v1/billing_portal/configurations?is_default=true&active=true&limit=1"), &a));
    if (a.outcome == OUTCOME_DONE)
        examine_configuration(c, in, json_at(a.value, "data.0"));
    else
        say(c, in, VERDICT_MIND, S("the portal's configuration cannot be read: "), a.refusal);
    return E_OK;
}

enum err stripe_examine(struct ctx *c, const struct gateway_exam *in)
{
    struct stripe_answer a;
    TRY(get(c, S("/v1/webhook_endpoints?limit=100"), &a));
    if (a.outcome != OUTCOME_DONE && a.reply.status != 403) {
        say(c, in, VERDICT_BAD, S("cannot be asked: "), a.refusal);
        return E_OK;
    }
    if (a.outcome == OUTCOME_DONE)
        examine_endpoints(c, in, a.value);
    else
        say(c, in, VERDICT_MIND, S("the key may not read webhook endpoints: look at them yourself"),
            S(""));
    TRY(examine_portal(c, in));
    return examine_prices(c, in);
}
