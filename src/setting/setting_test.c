#include "setting/setting.h"

#include "base/test.h"
#include "db/db.h"

static enum err put_twice(struct ctx *c, void *arg)
{
    bool found = true, *ret_found = arg;
    struct str value = { 0 };
    TRY(setting_find(c, S("colour"), &found, &value));
    must(!found);
    TRY(setting_put(c, S("colour"), S("red")));
    TRY(setting_put(c, S("colour"), S("blue")));
    TRY(setting_find(c, S("colour"), &found, &value));
    *ret_found = found && str_eq(value, S("blue"));
    return E_OK;
}

TEST("a setting holds what was put last")
{
    bool blue = false;
    EXPECT_OK(db_tx(t->c, "test", put_twice, &blue));
    EXPECT(blue);
}

TEST("the server's secret is made once and stays")
{
    struct secret first, again;
    struct str mac1 = { 0 }, mac2 = { 0 };
    EXPECT_OK(server_secret(t->c, &first));
    EXPECT_OK(server_secret(t->c, &again));
    EXPECT_I64((int64_t)secret_len(first), 32);
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, first, S("x"), &mac1));
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, again, S("x"), &mac2));
    EXPECT_STR(mac1, mac2);
}

static enum err spoil(struct ctx *c, void *arg)
{
    (void)arg;
    return setting_put(c, S("secret"), S("short"));
}

TEST("R19 a spoiled secret stops the start instead of signing with what is left")
{
    struct secret s;
    EXPECT_OK(db_tx(t->c, "test", spoil, NULL));
    EXPECT_FAIL(server_secret(t->c, &s), STORE_CORRUPT);
}

static enum err find_key(struct ctx *c, void *arg)
{
    return server_key_find(c, arg);
}

TEST("the key that signs is made once, stays, and is a key")
{
    struct secret first, again;
    struct str x, y, pem, raw;
    bool ok = false;
    EXPECT_FAIL(db_read(t->c, find_key, &first), STORE_CORRUPT);
    EXPECT_OK(server_key_make(t->c));
    EXPECT_OK(db_read(t->c, find_key, &first));
    EXPECT_OK(server_key_make(t->c));
    EXPECT_OK(db_read(t->c, find_key, &again));
    EXPECT_OK(sign_es256(t->c, again, S("words"), &raw));
    EXPECT_OK(sign_key_public(t->c, first, &x, &y, &pem));
    EXPECT_OK(signature_check(t->c, SIGN_ES256, pem, S("words"), raw, &ok));
    EXPECT(ok);
}
