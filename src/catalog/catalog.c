#include "catalog/catalog.h"

#include "base/json.h"
#include "catalog/catalog_form.h"

/* From a checked text to structs.  Every member is there: the form has put the defaults in. */

static int64_t number_at(struct json_value v, const char *path)
{
    int64_t n = 0;
    json_to_i64(json_at(v, path), &n);
    return n;
}

static bool flag_at(struct json_value v, const char *path)
{
    bool b = false;
    json_to_bool(json_at(v, path), &b);
    return b;
}

static size_t count(struct json_value list)
{
    size_t n = 0;
    for (struct json_iter it = json_iter(list); json_next(&it);)
        n++;
    return n;
}

static const struct str *texts_at(
    struct arena *keep, struct json_value v, const char *path, size_t *ret_n)
{
    struct json_value list = json_at(v, path);
    size_t n = list.kind == JSON_ARRAY ? count(list) : 0, i = 0;
    struct str *texts = arena_array(keep, struct str, n);
    if (n > 0)
        for (struct json_iter it = json_iter(list); json_next(&it);)
            json_to_str(keep, it.value, &texts[i++]);
    *ret_n = n;
    return texts;
}

static int64_t *numbers_at(struct arena *keep, struct json_value v, const char *path, size_t *ret_n)
{
    struct json_value list = json_at(v, path);
    size_t n = list.kind == JSON_ARRAY ? count(list) : 0, i = 0;
    int64_t *numbers = arena_array(keep, int64_t, n);
    for (struct json_iter it = json_iter(list); n > 0 && json_next(&it); i++)
        json_to_i64(it.value, &numbers[i]);
    *ret_n = n;
    return numbers;
}

static enum interval interval_of(struct json_value v)
{
    struct json_value word = json_at(v, "interval");
    return json_is(word, "month") ? INTERVAL_MONTH
        : json_is(word, "year")   ? INTERVAL_YEAR
                                  : INTERVAL_NONE;
}

static void read_price(
    struct arena *keep, struct json_value v, enum currency otherwise, struct price *ret)
{
    enum currency cur = otherwise;
    struct str said = json_text(keep, v, "currency");
    if (said.n > 0)
        must(currency_parse(said, &cur));
    *ret = (struct price) {
        .id = json_text(keep, v, "id"),
        .amount = { number_at(v, "amount"), cur },
        .interval = interval_of(v),
        .stripe_price = json_text(keep, v, "stripePrice"),
        .active = flag_at(v, "active"),
    };
}

static void read_product(struct arena *keep, const struct catalog *k, struct json_value v,
    bool is_plan, struct product *ret)
{
    struct json_value prices = json_at(v, "prices");
    size_t n = count(prices), i = 0;
    struct price *price = arena_array(keep, struct price, n);
    for (struct json_iter it = json_iter(prices); json_next(&it);)
        read_price(keep, it.value, k->currency, &price[i++]);
    *ret = (struct product) {
        .id = json_text(keep, v, "id"),
        .name = json_text(keep, v, "name"),
        .description = json_text(keep, v, "description"),
        .slug = json_text(keep, v, "slug"),
        .is_plan = is_plan,
        .popular = flag_at(v, "popular"),
        .active = flag_at(v, "active"),
        .group = json_text(keep, v, "group"),
        .seller = json_text(keep, v, "seller"),
        .credits = number_at(v, "grants.credits"),
        .access = json_text(keep, v, "grants.access"),
        .prices = price,
        .price_count = n,
        .source = v.raw,
    };
    ret->images = texts_at(keep, v, "images", &ret->image_count);
    ret->highlights = texts_at(keep, v, "highlights", &ret->highlight_count);
    if (ret->slug.n == 0)
        ret->slug = ret->id;
}

static const struct str features[] = {
#define RISK(name, text, weight, most, words) S_INIT(text),
#include "catalog/risk.def"
#undef RISK
};

struct str risk_feature_text(enum risk_feature f)
{
    must(f < RISK_FEATURES);
    return features[f];
}

static void read_risk(struct json_value risk, struct catalog_risk *ret)
{
    struct json_value weights = json_at(risk, "weights");
    for (size_t i = 0; i < RISK_FEATURES; i++)
        json_to_i64(json_member(weights, features[i]), &ret->weight[i]);
    ret->review = number_at(risk, "review");
    ret->refuse = number_at(risk, "refuse");
}

static void read_all(struct arena *keep, struct json_value root, struct catalog *k)
{
    struct json_value products = json_at(root, "products"), plans = json_at(root, "plans"),
                      rates = json_at(root, "tax.rates");
    size_t i = 0, r = 0;
    must(currency_parse(json_text(keep, root, "currency"), &k->currency));
    k->business_name = json_text(keep, root, "business.name");
    k->business_country = json_text(keep, root, "business.country");
    k->business_mail = json_text(keep, root, "business.mail");
    k->time_zone = json_text(keep, root, "business.timeZone");
    k->tax_inclusive = flag_at(root, "tax.inclusive");
    k->operations = json_at(root, "operations").raw;
    k->operation_rules = json_at(root, "operationRules").raw;
    k->operation_discounts = json_at(root, "operationDiscounts").raw;
    k->low_percent = numbers_at(keep, root, "credits.lowPercent", &k->low_count);
    k->session_ttl_ms = number_at(root, "sessions.ttlHours") * 3600 * 1000;
    k->upgrade = json_is(json_at(root, "credits.upgrade"), "none") ? UPGRADE_NONE
        : json_is(json_at(root, "credits.upgrade"), "credits")     ? UPGRADE_CREDITS
                                                                   : UPGRADE_TIME;
    k->grace_ms = number_at(root, "dunning.graceDays") * 24 * 3600 * 1000;
    read_risk(json_at(root, "risk"), &k->risk);
    k->clawback_refuses = json_is(json_at(root, "clawback.whenSpent"), "refuse");
    k->product_count = count(products) + count(plans);
    struct product *product = arena_array(keep, struct product, k->product_count);
    for (struct json_iter it = json_iter(products); json_next(&it);)
        read_product(keep, k, it.value, false, &product[i++]);
    for (struct json_iter it = json_iter(plans); json_next(&it);)
        read_product(keep, k, it.value, true, &product[i++]);
    k->products = product;
    k->rate_count = count(rates);
    struct tax_rate *rate = arena_array(keep, struct tax_rate, k->rate_count);
    for (struct json_iter it = json_iter(rates); json_next(&it); r++) {
        rate[r].country = json_text(keep, it.value, "country");
        rate[r].name = json_text(keep, it.value, "name");
        rate[r].bps = (int32_t)number_at(it.value, "basisPoints");
    }
    k->rates = rate;
}

/* ---- what the form cannot say: things that must agree with each other */

static enum err check_ids(struct ctx *c, const struct catalog *k)
{
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        for (size_t j = 0; j < i; j++) {
            if (str_eq(p->id, k->products[j].id))
                return fail(
                    c, INVALID_REQUEST, "two products or plans have the id %.*s", SARG(p->id));
            if (str_eq(p->slug, k->products[j].slug))
                return fail(c, INVALID_REQUEST, "two products have the slug %.*s", SARG(p->slug));
        }
        for (size_t q = 0; q < p->price_count; q++) {
            const struct product *other = NULL;
            const struct price *first = catalog_price(k, p->prices[q].id, &other);
            if (first != &p->prices[q])
                return fail(
                    c, INVALID_REQUEST, "two prices have the id %.*s", SARG(p->prices[q].id));
        }
    }
    for (size_t i = 0; i < k->rate_count; i++)
        if (catalog_tax(k, k->rates[i].country) != &k->rates[i])
            return fail(
                c, INVALID_REQUEST, "tax.rates names %.*s twice", SARG(k->rates[i].country));
    return E_OK;
}

static enum err check_coupons(struct ctx *c, struct json_value root)
{
    for (struct json_iter it = json_iter(json_at(root, "coupons")); json_next(&it);) {
        int64_t bps = number_at(it.value, "basisPoints"), amount = number_at(it.value, "amount"),
                months = number_at(it.value, "months");
        bool has_currency = json_at(it.value, "currency").kind == JSON_STRING;
        struct str code = json_text(c->arena, it.value, "code");
        if ((bps > 0) == (amount > 0))
            return fail(c, INVALID_REQUEST,
                "the coupon %.*s takes off either basisPoints or an amount", SARG(code));
        if ((amount > 0) != has_currency)
            return fail(c, INVALID_REQUEST,
                "the coupon %.*s needs a currency with its amount, and only then", SARG(code));
        if (json_is(json_at(it.value, "duration"), "months") != (months > 0))
            return fail(c, INVALID_REQUEST,
                "the coupon %.*s needs months with the duration \"months\", and only then",
                SARG(code));
        if (!str_is_visible(code))
            return fail(c, INVALID_REQUEST, "the coupon %.*s has a character that nobody can type",
                SARG(code));
    }
    return E_OK;
}

static enum err check_risk(struct ctx *c, const struct catalog_risk *k)
{
    if (k->review > 0 && k->refuse > 0 && k->refuse < k->review)
        return fail(c, INVALID_REQUEST,
            "risk.refuse is below risk.review: what a person should look at would be refused");
    return E_OK;
}

enum err catalog_parse(struct ctx *c, struct arena *keep, struct str text, struct catalog *ret)
{
    struct catalog k = { .n = 0 };
    struct str filled;
    TRY(form_fill(c, catalog_form, text, &filled));
    k.text = str_copy(keep, filled);
    read_all(keep, json_root(k.text), &k);
    TRY(check_ids(c, &k));
    TRY(check_coupons(c, json_root(k.text)));
    TRY(check_risk(c, &k.risk));
    *ret = k;
    return E_OK;
}

/* ---- looking things up: catalogues are small, and read far more often than changed */

const struct product *catalog_product(const struct catalog *k, struct str id_or_slug)
{
    for (size_t i = 0; i < k->product_count; i++)
        if (str_eq(k->products[i].id, id_or_slug))
            return &k->products[i];
    for (size_t i = 0; i < k->product_count; i++)
        if (str_eq(k->products[i].slug, id_or_slug))
            return &k->products[i];
    return NULL;
}

const struct price *catalog_price(
    const struct catalog *k, struct str price_id, const struct product **ret_product)
{
    for (size_t i = 0; i < k->product_count; i++)
        for (size_t q = 0; q < k->products[i].price_count; q++)
            if (str_eq(k->products[i].prices[q].id, price_id)) {
                *ret_product = &k->products[i];
                return &k->products[i].prices[q];
            }
    return NULL;
}

const struct price *catalog_price_of(const struct product *product, enum currency currency)
{
    for (size_t q = 0; q < product->price_count; q++)
        if (product->prices[q].active && product->prices[q].amount.cur == currency)
            return &product->prices[q];
    return NULL;
}

const struct tax_rate *catalog_tax(const struct catalog *k, struct str country)
{
    for (size_t i = 0; i < k->rate_count; i++)
        if (str_eq_nocase(k->rates[i].country, country))
            return &k->rates[i];
    return NULL;
}

/* ---- routing */

static struct catalog_route listed(struct arena *a, struct json_value list, struct str by)
{
    struct catalog_route k = { .by = by };
    if (list.kind != JSON_ARRAY)
        return k;
    for (struct json_iter it = json_iter(list); k.n < ROUTE_WAYS && json_next(&it);)
        json_to_str(a, it.value, &k.way[k.n++].name);
    return k;
}

static bool rule_fits(struct json_value rule, const struct route_ask *ask)
{
    struct json_value currency = json_at(rule, "currency"), country = json_at(rule, "country");
    struct arena none = { 0 };
    struct str method = S(""), cur = S(""), land = S("");
    json_to_str(&none, json_at(rule, "method"), &method);
    json_to_str(&none, currency, &cur);
    json_to_str(&none, country, &land);
    bool fits = str_eq(method, ask->method) &&
        (currency.kind == JSON_ABSENT || str_eq(cur, currency_code(ask->total.cur))) &&
        (country.kind == JSON_ABSENT || str_eq_nocase(land, ask->country)) &&
        ask->total.minor >= number_at(rule, "minAmount");
    arena_free(&none);
    return fits;
}

/* Who says a weight shares; who says none beside one that does has the default of 1. */
static struct catalog_route ruled(struct arena *a, struct json_value rule, struct str by)
{
    struct catalog_route k = { .by = by };
    for (struct json_iter it = json_iter(json_at(rule, "gateways"));
         k.n < ROUTE_WAYS && json_next(&it); k.n++) {
        bool said = json_at(it.value, "weight").kind != JSON_ABSENT;
        k.shared = k.shared || said;
        k.way[k.n] = (struct catalog_way) { .name = json_text(a, it.value, "id"),
            .weight = said ? number_at(it.value, "weight") : 1 };
    }
    return k;
}

void catalog_routing(struct arena *a, const struct catalog *k, const struct route_ask *ask,
    struct catalog_route *ret)
{
    int64_t rule = 0;
    if (ask->product != NULL) {
        struct json_value own =
            json_member(json_at(json_root(ask->product->source), "routing"), ask->method);
        *ret = listed(a, own, S("the product's own routing"));
        if (own.kind == JSON_ARRAY)
            return;
    }
    for (struct json_iter it = json_iter(json_at(json_root(k->text), "routingRules"));
         json_next(&it);) {
        rule++;
        if (!rule_fits(it.value, ask))
            continue;
        *ret = ruled(a, it.value, str_fmt(a, "rule %lld", (long long)rule));
        return;
    }
    *ret = listed(a, json_member(json_at(json_root(k->text), "routing"), ask->method),
        S("the general routing"));
}
