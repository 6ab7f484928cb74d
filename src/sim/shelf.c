#include "base/clock.h"
#include "base/json.h"
#include "sim/life.h"
#include "sim/vendor.h"

/* What is for sale and what it costs, read from the catalogue's text and reckoned here once more,
 * in another way than the product does it: a mistake would have to be made twice. */

static struct str text_at(struct ctx *c, struct json_value v, const char *path)
{
    struct str s = S("");
    json_to_str(c->arena, json_at(v, path), &s);
    return s;
}

static int64_t number_at(struct json_value v, const char *path)
{
    int64_t n = 0;
    json_to_i64(json_at(v, path), &n);
    return n;
}

static bool said_no(struct json_value v, const char *path)
{
    bool yes = true;
    json_to_bool(json_at(v, path), &yes);
    return !yes;
}

/* Is there a gateway for cards whose wire the simulator can read? */
static bool is_routed(struct ctx *c, struct json_value catalog, struct json_value product)
{
    struct json_value own = json_at(product, "routing.card"), list = own;
    struct json_iter first = json_iter(own), rule = json_iter(json_at(catalog, "routingRules"));
    struct str name;
    if (own.kind != JSON_ARRAY || !json_next(&first)) {
        list = json_at(catalog, "routing.card");
        if (json_next(&rule))
            return true; /* that depends on the order */
    }
    for (struct json_iter it = json_iter(list); json_next(&it);)
        if (json_to_str(c->arena, it.value, &name) && vendor_named(name) != NULL)
            return true;
    return false;
}

static struct good good_of(
    struct ctx *c, const struct shelf *s, struct json_value product, struct json_value price)
{
    struct str usual = text_at(c, json_root(s->text), "currency");
    struct str own = text_at(c, price, "currency");
    return (struct good) {
        .price = text_at(c, price, "id"),
        .product = text_at(c, product, "id"),
        .amount = number_at(price, "amount"),
        .currency = own.n > 0 ? own
            : usual.n > 0     ? usual
                              : S("USD"),
    };
}

/* What cannot be sold yet is on no shelf: works, and access. */
static void read_product(struct ctx *c, struct shelf *s, struct json_value v)
{
    bool sold = !said_no(v, "active") && text_at(c, v, "grants.access").n == 0 &&
        text_at(c, v, "seller").n == 0 && is_routed(c, json_root(s->text), v);
    for (struct json_iter it = json_iter(json_at(v, "prices")); sold && json_next(&it);) {
        struct good g = good_of(c, s, v, it.value);
        g.credits = number_at(v, "grants.credits");
        if (!said_no(it.value, "active") && s->goods < SHELF_MAX)
            s->good[s->goods++] = g;
    }
}

/* A plan that begins at once, of a gateway that it names itself: what routing would say otherwise
 * is not guessed. */
static void read_plan(struct ctx *c, struct shelf *s, struct json_value v)
{
    struct str vendor = text_at(c, v, "routing.card.0"), every = text_at(c, v, "credits.every");
    bool sold = !said_no(v, "active") && number_at(v, "trialDays") == 0 &&
        vendor_named(vendor) != NULL && (every.n == 0 || str_eq(every, S("month")));
    for (struct json_iter it = json_iter(json_at(v, "prices")); sold && json_next(&it);) {
        struct good g = good_of(c, s, v, it.value);
        g.group = text_at(c, v, "group");
        g.vendor = vendor;
        g.months = json_is(json_at(it.value, "interval"), "year") ? 12 : 1;
        g.allowance = number_at(v, "credits.allowance");
        if (!json_to_i64(json_at(v, "credits.rolloverCap"), &g.cap) || g.cap < 0)
            g.cap = 2 * g.allowance;
        g.group = g.group.n > 0 ? g.group : S("default");
        if (!said_no(it.value, "active") && s->goods + s->plans < SHELF_MAX)
            s->good[s->goods + s->plans++] = g;
    }
}

static void read_code(struct ctx *c, struct shelf *s, struct json_value v)
{
    struct promo k = {
        .code = text_at(c, v, "code"),
        .applies_to = json_at(v, "appliesTo").raw,
        .bps = number_at(v, "basisPoints"),
        .amount = number_at(v, "amount"),
        .currency = text_at(c, v, "currency"),
        .max_uses = number_at(v, "maxUses"),
        .per_customer = number_at(v, "perCustomer"),
        .min_subtotal = number_at(v, "minSubtotal"),
        .active = !said_no(v, "active"),
    };
    struct str when = text_at(c, v, "expires");
    if (when.n > 0)
        time_parse_iso(when, &k.expires_ms);
    bool begins = text_at(c, v, "starts").n > 0; /* not on the day that it starts */
    if (k.active && !begins && s->codes < SHELF_MAX)
        s->code[s->codes++] = k;
}

enum err shelf_read(struct ctx *c, struct str text, struct shelf *ret)
{
    struct shelf *s = ret;
    TRY(json_check(c, text));
    struct json_value v = json_root(text);
    *s = (struct shelf) { .text = text };
    for (struct json_iter it = json_iter(json_at(v, "products")); json_next(&it);)
        read_product(c, s, it.value);
    for (struct json_iter it = json_iter(json_at(v, "plans")); json_next(&it);)
        read_plan(c, s, it.value);
    for (struct json_iter it = json_iter(json_at(v, "coupons")); json_next(&it);)
        read_code(c, s, it.value);
    for (struct json_iter it = json_iter(json_at(v, "tax.rates")); json_next(&it);)
        if (s->duties < SHELF_MAX)
            s->duty[s->duties++] = (struct duty) { text_at(c, it.value, "country"),
                number_at(it.value, "basisPoints") };
    json_to_bool(json_at(v, "tax.inclusive"), &s->inclusive);
    s->ttl_ms = number_at(v, "sessions.ttlHours") * HOUR;
    if (s->ttl_ms == 0)
        s->ttl_ms = DAY;
    s->grace_ms = 7 * (int64_t)DAY;
    int64_t days = 0;
    if (json_to_i64(json_at(v, "dunning.graceDays"), &days))
        s->grace_ms = days * DAY;
    if (s->goods == 0)
        return fail(c, INVALID_REQUEST,
            "nothing in this catalogue can be simulated: it sells products and packs of credits, by card, through %.*s or %.*s",
            SARG(vendors[0]->name), SARG(vendors[1]->name));
    return E_OK;
}

/* ---- what it costs */

static bool applies(const struct promo *k, struct str product)
{
    bool any = false;
    struct json_value list =
        k->applies_to.n > 0 ? json_root(k->applies_to) : (struct json_value) { JSON_ABSENT, S("") };
    for (struct json_iter it = json_iter(list); json_next(&it);) {
        any = true;
        if (it.value.raw.n == product.n + 2 && str_has(it.value.raw, product))
            return true;
    }
    return !any;
}

/* a × b / d, half away from zero, of numbers that are not negative. */
static int64_t share(int64_t a, int64_t b, int64_t d)
{
    __extension__ typedef __int128 wide;
    wide twice = (wide)a * b * 2 + d;
    return (int64_t)(twice / ((wide)d * 2));
}

static int64_t eligible(const struct shelf *s, const struct pick *p)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->n; i++)
        if (applies(&s->code[p->code], s->good[p->good[i]].product))
            sum += s->good[p->good[i]].amount * p->quantity[i];
    return sum;
}

struct cost shelf_cost(const struct shelf *s, const struct pick *p, bool discounted)
{
    struct cost k = { .currency = s->good[p->good[0]].currency };
    int64_t bps = p->duty >= 0 ? s->duty[p->duty].bps : 0;
    for (size_t i = 0; i < p->n; i++)
        k.subtotal += s->good[p->good[i]].amount * p->quantity[i];
    if (discounted && p->code >= 0) {
        const struct promo *code = &s->code[p->code];
        int64_t base = eligible(s, p);
        k.discount = code->bps > 0 ? share(base, code->bps, 10000) : code->amount;
        k.discount = k.discount < base ? k.discount : base;
    }
    int64_t net = k.subtotal - k.discount;
    k.tax = s->inclusive ? share(net, bps, 10000 + bps) : share(net, bps, 10000);
    k.total = s->inclusive ? net : net + k.tax;
    return k;
}

int64_t shelf_credits(const struct shelf *s, const struct pick *p)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum += s->good[p->good[i]].credits * p->quantity[i];
    return sum;
}

bool shelf_code_fits(const struct shelf *s, const struct pick *p, int64_t now_ms)
{
    const struct promo *k = &s->code[p->code];
    struct cost cost = shelf_cost(s, p, false);
    return eligible(s, p) > 0 && cost.subtotal >= k->min_subtotal &&
        (k->bps > 0 || str_eq(k->currency, cost.currency)) &&
        (k->expires_ms == 0 || now_ms < k->expires_ms);
}

int iso_digits(struct str currency)
{
    static const struct str none[] = { S_INIT("BIF"), S_INIT("CLP"), S_INIT("DJF"), S_INIT("GNF"),
        S_INIT("ISK"), S_INIT("JPY"), S_INIT("KMF"), S_INIT("KRW"), S_INIT("PYG"), S_INIT("RWF"),
        S_INIT("UGX"), S_INIT("VND"), S_INIT("VUV"), S_INIT("XAF"), S_INIT("XOF"), S_INIT("XPF") };
    static const struct str three[] = { S_INIT("BHD"), S_INIT("IQD"), S_INIT("JOD"), S_INIT("KWD"),
        S_INIT("LYD"), S_INIT("OMR"), S_INIT("TND") };
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (str_eq(none[i], currency))
            return 0;
    for (size_t i = 0; i < ARRAY_LEN(three); i++)
        if (str_eq(three[i], currency))
            return 3;
    return 2;
}

/* ---- the simulator's own: every kind of price, code and tax that can be sold today */

const char shelf_own[] =
    "{\"products\":["
    "{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000},"
    "{\"id\":\"mug-eur\",\"amount\":900,\"currency\":\"EUR\"},"
    "{\"id\":\"mug-jpy\",\"amount\":1500,\"currency\":\"JPY\"},"
    "{\"id\":\"mug-kwd\",\"amount\":3105,\"currency\":\"KWD\"},"
    "{\"id\":\"mug-ugx\",\"amount\":37000,\"currency\":\"UGX\"}]},"
    "{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":[{\"id\":\"pen-usd\",\"amount\":333},"
    "{\"id\":\"pen-eur\",\"amount\":299,\"currency\":\"EUR\"}]},"
    "{\"id\":\"card\",\"name\":\"Card\",\"prices\":[{\"id\":\"card-usd\",\"amount\":7}]},"
    "{\"id\":\"hat\",\"name\":\"Hat\",\"prices\":[{\"id\":\"hat-usd\",\"amount\":2150},"
    "{\"id\":\"hat-ugx\",\"amount\":81000,\"currency\":\"UGX\"}],"
    "\"routing\":{\"card\":[\"stripe\"]}},"
    "{\"id\":\"scarf\",\"name\":\"Scarf\",\"prices\":[{\"id\":\"scarf-eur\",\"amount\":950,"
    "\"currency\":\"EUR\"}],\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]}},"
    "{\"id\":\"chips\",\"name\":\"Chips\",\"grants\":{\"credits\":35},\"prices\":["
    "{\"id\":\"chips-usd\",\"amount\":777},"
    "{\"id\":\"chips-eur\",\"amount\":650,\"currency\":\"EUR\"}]},"
    "{\"id\":\"chest\",\"name\":\"Chest\",\"grants\":{\"credits\":101},\"prices\":["
    "{\"id\":\"chest-usd\",\"amount\":1999}],\"routing\":{\"card\":[\"stripe\"]}}],"
    "\"plans\":[{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\","
    "\"credits\":{\"allowance\":100,\"rolloverCap\":150},"
    "\"prices\":[{\"id\":\"basic-month\",\"amount\":900},"
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":9000}],"
    "\"routing\":{\"card\":[\"stripe\"]}},"
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\","
    "\"credits\":{\"allowance\":300,\"rolloverCap\":450},"
    "\"prices\":[{\"id\":\"pro-month\",\"amount\":2100},"
    "{\"id\":\"pro-year\",\"interval\":\"year\",\"amount\":21000}],"
    "\"routing\":{\"card\":[\"stripe\"]}}],"
    "\"dunning\":{\"retryDays\":[1,3,5],\"graceDays\":7},"
    "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000},"
    "{\"code\":\"ODD\",\"basisPoints\":3333},"
    "{\"code\":\"TWO\",\"basisPoints\":5000,\"maxUses\":2},"
    "{\"code\":\"LAST\",\"amount\":250,\"currency\":\"USD\",\"maxUses\":1},"
    "{\"code\":\"EACH\",\"amount\":100,\"currency\":\"EUR\",\"perCustomer\":1},"
    "{\"code\":\"FREE\",\"basisPoints\":10000,\"maxUses\":3,\"perCustomer\":1},"
    "{\"code\":\"PENS\",\"basisPoints\":5000,\"appliesTo\":[\"pen\"]}],"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900},"
    "{\"country\":\"LU\",\"basisPoints\":1725}]},"
    "\"sessions\":{\"ttlHours\":6},"
    "\"routingRules\":[{\"method\":\"card\",\"currency\":\"EUR\","
    "\"gateways\":[{\"id\":\"stripe\"}]}],"
    "\"routing\":{\"card\":[\"moneymotion\"],\"crypto\":[\"moneymotion\"]}}";
