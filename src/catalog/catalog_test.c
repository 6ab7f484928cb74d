#include "base/embed.h"
#include "base/test.h"
#include "catalog/catalog.h"
#include "db/db.h"

static enum err parse(struct test *t, const char *text, struct catalog *ret)
{
    return catalog_parse(t->c, t->c->arena, str_of_c(text), ret);
}

TEST("an empty catalogue is one with every default")
{
    struct catalog k, again;
    EXPECT_OK(parse(t, "{}", &k));
    EXPECT(k.currency == CUR_USD);
    EXPECT_I64((int64_t)k.product_count, 0);
    EXPECT_I64(k.session_ttl_ms, INT64_C(24) * 3600 * 1000);
    /* What it was filled with is a catalogue too, and says the same. */
    EXPECT_OK(catalog_parse(t->c, t->c->arena, k.text, &again));
    EXPECT_STR(again.text, k.text);
}

TEST("the demo's catalogue has the figures of the contract")
{
    struct catalog k;
    const struct embedded *demo = embedded_find(S("demo/catalog.json"));
    const struct product *owner = NULL;
    EXPECT(demo != NULL);
    EXPECT_OK(catalog_parse(t->c, t->c->arena, demo->data, &k));
    EXPECT_I64(catalog_price(&k, S("basic-month"), &owner)->amount.minor, 999);
    EXPECT_I64(catalog_price(&k, S("creator-year"), &owner)->amount.minor, 19990);
    EXPECT_I64(catalog_price(&k, S("team-month"), &owner)->amount.minor, 2999);
    EXPECT_STR(owner->group, S("ai"));
    EXPECT_I64(catalog_price(&k, S("pack-100-usd"), &owner)->amount.minor, 999);
    EXPECT_I64(owner->credits, 100);
    EXPECT(catalog_price(&k, S("tape-loops-usd"), &owner)->amount.minor == 10000);
    EXPECT_STR(owner->seller, S("grace"));
    EXPECT_I64(catalog_tax(&k, S("de"))->bps, 1900);
    EXPECT(catalog_tax(&k, S("US")) == NULL);
}

TEST("a tax without a name is called tax")
{
    struct catalog k;
    EXPECT_OK(parse(t,
        "{\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900,\"name\":\"USt\"},"
        "{\"country\":\"FR\",\"basisPoints\":2000}]}}",
        &k));
    EXPECT_STR(catalog_tax(&k, S("DE"))->name, S("USt"));
    EXPECT_STR(catalog_tax(&k, S("FR"))->name, S("Tax"));
}

TEST("R91 a catalogue that is in doubt is refused, and the place is named")
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "[]", "the catalogue is an object" },
        { "{\"produtcs\":[]}", "produtcs is not known here" },
        { "{\"currency\":\"XXY\"}", "currency is a currency that purser knows, like USD" },
        { "{\"products\":[{\"name\":\"A\"}]}", "products[0].id is missing" },
        { "{\"products\":[{\"id\":\"a b\",\"name\":\"A\"}]}",
            "products[0].id is an id of letters, digits, '-', '_' and '.'" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"\"}]}",
            "products[0].name is a text of 1 to 120 bytes" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
          "\"prices\":[{\"id\":\"p\",\"amount\":9.5}]}]}",
            "products[0].prices[0].amount is a whole number from 0 to 99999999" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
          "\"prices\":[{\"id\":\"p\",\"amount\":-1}]}]}",
            "products[0].prices[0].amount is a whole number from 0 to 99999999" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
          "\"prices\":[{\"id\":\"p\",\"amount\":100000000}]}]}",
            "products[0].prices[0].amount is a whole number from 0 to 99999999" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"A\"},{\"id\":\"a\",\"name\":\"B\"}]}",
            "two products or plans have the id a" },
        { "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
          "\"prices\":[{\"id\":\"p\",\"amount\":1},{\"id\":\"p\",\"amount\":2}]}]}",
            "two prices have the id p" },
        { "{\"tax\":{\"rates\":[{\"country\":\"de\",\"basisPoints\":1}]}}",
            "tax.rates[0].country is a country of two capital letters, like DE" },
        { "{\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":10001}]}}",
            "tax.rates[0].basisPoints is a whole number from 0 to 10000" },
        { "{\"coupons\":[{\"code\":\"X\"}]}",
            "the coupon X takes off either basisPoints or an amount" },
        { "{\"coupons\":[{\"code\":\"X\",\"amount\":5}]}",
            "the coupon X needs a currency with its amount, and only then" },
        { "{\"coupons\":[{\"code\":\"X\",\"basisPoints\":5,\"duration\":\"months\"}]}",
            "the coupon X needs months with the duration \"months\", and only then" },
        { "{\"coupons\":[{\"code\":\"X\",\"basisPoints\":5,\"expires\":\"soon\"}]}",
            "coupons[0].expires is a time like 2030-01-01T00:00:00Z, or null" },
        { "{\"dunning\":{\"then\":\"shout\"}}", "dunning.then is one of: cancel" },
        { "{\"sessions\":{\"ttlHours\":0}}", "sessions.ttlHours is a whole number from 1 to 168" },
        { "{\"plans\":[{\"id\":\"p\",\"name\":\"P\",\"features\":{\"x\":1}}]}",
            "plans[0].features.x is true or false" },
    };
    struct catalog k;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        EXPECT(parse(t, bad[i].text, &k) == E_INVALID);
        EXPECT_STR(t->c->err.message, str_of_c(bad[i].says));
    }
}

static struct str first_route(struct test *t, const struct catalog *k, const struct route_ask *ask)
{
    struct catalog_route route;
    catalog_routing(t->c->arena, k, ask, &route);
    return route.n == 0 ? S("nobody") : route.way[0].name;
}

TEST("a product's routing wins over the rules, and the rules over the general table")
{
    struct catalog k;
    EXPECT_OK(parse(t,
        "{\"products\":[{\"id\":\"a\",\"name\":\"A\",\"routing\":{\"card\":[\"own\"]}}"
        ",{\"id\":\"b\",\"name\":\"B\"}],"
        "\"routingRules\":[{\"method\":\"card\",\"currency\":\"EUR\",\"minAmount\":500,\"gateways\":[{\"id\":\"rule\"}]}],"
        ""
        "\"routing\":{\"card\":[\"general\"]}}",
        &k));
    struct route_ask ask = { &k.products[0], S("card"), S("DE"), { 500, CUR_EUR } };
    EXPECT_STR(first_route(t, &k, &ask), S("own"));
    ask.product = &k.products[1];
    EXPECT_STR(first_route(t, &k, &ask), S("rule"));
    ask.total.minor = 499;
    EXPECT_STR(first_route(t, &k, &ask), S("general"));
    ask.method = S("bank");
    EXPECT_STR(first_route(t, &k, &ask), S("nobody"));
}

TEST("what would change is said before it is applied")
{
    struct catalog now, then;
    struct buf out = BUF(t->c->arena);
    int64_t lines = 0;
    EXPECT_OK(parse(t,
        "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
        "\"prices\":[{\"id\":\"p\",\"amount\":100}]},{\"id\":\"old\",\"name\":\"Old\"}]}",
        &now));
    EXPECT_OK(parse(t,
        "{\"products\":[{\"id\":\"a\",\"name\":\"A\","
        "\"prices\":[{\"id\":\"p\",\"amount\":250}]},{\"id\":\"new\",\"name\":\"New\"}],\"tax\":{\"inclusive\":true}}",
        &then));
    catalog_diff(t->c->arena, &now, NULL, &then, &out, &lines);
    EXPECT_STR(buf_str(&out),
        S("~ a: price p, $2.50\u00a0USD instead of $1.00\u00a0USD; orders that exist keep theirs\n"
          "+ product new, \"New\"\n"
          "- product old\n"
          "~ tax changed\n"));
    EXPECT_I64(lines, 4);
}

#define PLAN(id, amount)                                                                           \
    "{\"id\":\"" id "\",\"name\":\"P\",\"prices\":[{\"id\":\"" id "-m\",\"amount\":" amount "}]}"

TEST("who is on a plan that changes is counted, and keeps what was agreed to")
{
    static const struct catalog_live live[] = { { S_INIT("a"), 1200 }, { S_INIT("b"), 7 },
        { S_INIT("c"), 1 }, { S_INIT("d"), 0 } };
    struct catalog now, then;
    struct buf out = BUF(t->c->arena);
    int64_t lines = 0;
    EXPECT_OK(parse(t,
        "{\"plans\":[" PLAN("a", "1") "," PLAN("b", "1") "," PLAN("c", "1") "," PLAN("d", "1") "]}",
        &now));
    EXPECT_OK(
        parse(t, "{\"plans\":[" PLAN("a", "2") "," PLAN("b", "1") "," PLAN("d", "2") "]}", &then));
    catalog_diff(t->c->arena, &now, live, &then, &out, &lines);
    EXPECT_STR(buf_str(&out),
        S("~ a: price a-m, $0.02\u00a0USD instead of $0.01\u00a0USD; orders that exist keep theirs\n"
          "= a: 1,200 subscriptions from before: price, credits and features stay as they were agreed to\n"
          "~ d: price d-m, $0.02\u00a0USD instead of $0.01\u00a0USD; orders that exist keep theirs\n"
          "- plan c\n"
          "= c: 1 subscription from before: each goes on as it was agreed to, until it ends\n"));
}

struct applied {
    struct str text;
    bool changed;
    const struct catalog *now;
};

static enum err apply_tx(struct ctx *c, void *arg)
{
    struct applied *a = arg;
    return catalog_apply(c, a->text, &a->changed);
}

static enum err now_tx(struct ctx *c, void *arg)
{
    return catalog_now(c, &((struct applied *)arg)->now);
}

/* What was in force when it began, and what is after it has applied another. */
static enum err replace_tx(struct ctx *c, void *arg)
{
    struct applied *a = arg;
    const struct catalog *before = NULL;
    TRY(catalog_now(c, &before));
    TRY(catalog_apply(c, a->text, &a->changed));
    TRY(catalog_now(c, &a->now));
    return before == a->now ? fail(c, CONFLICT, "the one before is still in force") : E_OK;
}

TEST("a transaction that applies a catalogue goes on with it")
{
    struct applied a = { .text = S("{\"currency\":\"EUR\"}") };
    t->c->catalogs = catalogs_open();
    EXPECT_OK(db_tx(t->c, "apply", apply_tx, &a));
    a.text = S("{\"currency\":\"KWD\"}");
    EXPECT_OK(db_tx(t->c, "replace", replace_tx, &a));
    EXPECT(a.now->currency == CUR_KWD);
    catalogs_close(t->c->catalogs);
}

TEST("a catalogue is in force once applied, and applying it again changes nothing")
{
    struct applied a = { .text = S("{\"currency\":\"EUR\"}") };
    t->c->catalogs = catalogs_open();
    EXPECT_FAIL(db_read(t->c, now_tx, &a), NOT_FOUND);
    EXPECT_OK(db_tx(t->c, "apply", apply_tx, &a));
    EXPECT(a.changed);
    EXPECT_OK(db_read(t->c, now_tx, &a));
    EXPECT(a.now->currency == CUR_EUR);
    const struct catalog *first = a.now;
    EXPECT_OK(db_tx(t->c, "apply", apply_tx, &a));
    EXPECT(!a.changed);
    a.text = S("{\"currency\":\"KWD\"}");
    EXPECT_OK(db_tx(t->c, "apply", apply_tx, &a));
    EXPECT_OK(db_read(t->c, now_tx, &a));
    EXPECT(a.now->currency == CUR_KWD);
    EXPECT(first->currency == CUR_EUR); /* who held it can go on reading */
    catalogs_close(t->c->catalogs);
}
