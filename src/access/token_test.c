#include "access/token.h"

#include "base/crypto.h"
#include "base/json.h"
#include "catalog/catalog_fixture.h"
#include "db/db.h"
#include "setting/setting.h"

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"free\",\"name\":\"Free\",\"features\":{\"wide\":true}},"
    "{\"id\":\"pro\",\"name\":\"Pro\",\"features\":{\"deep\":true},\"limits\":{\"seats\":3},"
    "\"prices\":[{\"id\":\"pro-month\",\"amount\":900}]}]}";

struct making {
    int64_t customer_n, ttl_s;
    struct access_plan plan;
    struct access_token made;
    struct str keys;
};

static enum err hold_tx(struct ctx *c, void *arg)
{
    struct making *m = arg;
    const struct catalog *k = NULL;
    TRY(catalog_now(c, &k));
    m->plan.terms = catalog_product(k, m->plan.plan)->source;
    return access_set(c, m->customer_n, &m->plan);
}

static enum err make_tx(struct ctx *c, void *arg)
{
    struct making *m = arg;
    TRY(access_keys(c, &m->keys));
    return access_token(
        c, m->customer_n, S("https://pay.example.com"), S("ada"), m->ttl_s, &m->made);
}

static enum err find_key(struct ctx *c, void *arg)
{
    return server_key_find(c, arg);
}

static struct making begin(struct test *t)
{
    EXPECT_OK(server_key_make(t->c));
    return (struct making) {
        .customer_n = catalog_and_ada(t, str_of_c(catalogue)),
        .ttl_s = 300,
    };
}

static struct str part_of(struct test *t, struct str token, int which)
{
    struct str head = { 0 }, raw = { 0 };
    for (int i = 0; i <= which; i++)
        str_cut(token, '.', &head, &token);
    EXPECT(base64url_parse(t->c->arena, head, &raw));
    return raw;
}

TEST("an access token says what all plans give together, signed by the key that is shown")
{
    struct making m = begin(t);
    struct str x, y, pem;
    struct secret own;
    bool good = false;
    m.plan = (struct access_plan) {
        .group = S("default"), .plan = S("pro"), .until_ms = ACCESS_FOREVER
    };
    EXPECT_OK(db_tx(t->c, "hold", hold_tx, &m));
    EXPECT_OK(db_read(t->c, make_tx, &m));
    EXPECT_STR(
        json_text(t->c->arena, json_root(part_of(t, m.made.text, 0)), "typ"), ACCESS_TOKEN_TYPE);
    const struct str claims = part_of(t, m.made.text, 1);
    EXPECT_STR(json_text(t->c->arena, json_root(claims), "plan"), S("pro"));
    EXPECT(str_has(claims, S("\"plans\":{\"default\":\"pro\"}")));
    EXPECT(str_has(claims, S("\"features\":{\"wide\":true,\"deep\":true}")));
    EXPECT(str_has(claims, S("\"limits\":{\"seats\":3}")));
    EXPECT_OK(db_read(t->c, find_key, &own));
    EXPECT_OK(sign_key_public(t->c, own, &x, &y, &pem));
    EXPECT(str_has(m.keys, base64url_text(t->c->arena, x)));
    struct str said, rest, middle, signature = part_of(t, m.made.text, 2);
    str_cut(m.made.text, '.', &said, &rest);
    str_cut(rest, '.', &middle, &rest);
    said = str_part(m.made.text, 0, said.n + 1 + middle.n);
    EXPECT_OK(signature_check(t->c, SIGN_ES256, pem, said, signature, &good));
    EXPECT(good);
}

TEST("an access token ends with the first plan that it names, by a clock that nobody moves")
{
    struct making m = begin(t);
    t->c->now_ms = t->c->wall_ms + INT64_C(86400000);
    EXPECT_OK(db_read(t->c, make_tx, &m));
    EXPECT_I64(m.made.expires_ms, (t->c->wall_ms / 1000 + 300) * 1000);
    m.plan = (struct access_plan) {
        .group = S("default"), .plan = S("pro"), .until_ms = t->c->now_ms + 40500
    };
    EXPECT_OK(db_tx(t->c, "hold", hold_tx, &m));
    EXPECT_OK(db_read(t->c, make_tx, &m));
    EXPECT_I64(m.made.expires_ms, (t->c->wall_ms / 1000 + 40) * 1000);
    EXPECT(str_has(part_of(t, m.made.text, 1), S("\"pro\"")));
}
