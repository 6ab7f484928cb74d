#include "base/crypto.h"
#include "base/test.h"

#include <string.h>

static struct str hex(struct test *t, const char *text)
{
    struct str raw = S("");
    EXPECT(hex_parse(t->c->arena, str_of_c(text), &raw));
    return raw;
}

static struct str text_of(struct test *t, struct sha256 hash)
{
    return hex_text(t->c->arena, (struct str) { (const char *)hash.b, sizeof hash.b });
}

TEST("SHA-256 of nothing, of abc, and of pieces is what everybody computes")
{
    EXPECT_STR(text_of(t, sha256(S(""))),
        S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    EXPECT_STR(text_of(t, sha256(S("abc"))),
        S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    const struct str parts[] = { S("a"), S(""), S("bc") };
    EXPECT_STR(text_of(t, sha256_of(parts, 3)), text_of(t, sha256(S("abc"))));
}

/* RFC 4231 4.2 to 4.8, those with a key of 16 bytes and more. */
static const struct {
    const char *key, *data, *mac256, *mac512;
} macs[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddddddddddddddddddddddddddddddddd",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
        "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb" },
    { "0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
        "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd" },
};

TEST("HMAC agrees with the examples of RFC 4231")
{
    for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
        struct secret key = secret_of(hex(t, macs[i].key));
        struct str data = hex(t, macs[i].data), mac = S("");
        EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, key, data, &mac));
        EXPECT_STR(hex_text(t->c->arena, mac), str_of_c(macs[i].mac256));
        EXPECT_OK(hmac_sign(t->c, HMAC_SHA512, key, data, &mac));
        EXPECT_STR(hex_text(t->c->arena, mac), str_of_c(macs[i].mac512));
    }
    char long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    struct str mac = S("");
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, secret_of((struct str) { long_key, sizeof long_key }),
        S("Test Using Larger Than Block-Size Key - Hash Key First"), &mac));
    EXPECT_STR(hex_text(t->c->arena, mac),
        S("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    /* RFC 4226, appendix D, count 1. */
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA1, secret_of(S("12345678901234567890")),
        (struct str) { "\0\0\0\0\0\0\0\1", 8 }, &mac));
    EXPECT_STR(hex_text(t->c->arena, mac), S("75a48a19d4cbe100644e8ac1397eea747a2d33ab"));
}

TEST("R19 a key shorter than 16 bytes never signs")
{
    for (size_t n = 0; n <= 16; n++) {
        struct secret key = secret_of(str_part(S("0123456789abcdef"), 0, n));
        struct str mac = S("untouched");
        if (n < 16) {
            EXPECT_FAIL(hmac_sign(t->c, HMAC_SHA256, key, S("x"), &mac), INTERNAL);
            EXPECT_FAIL(hmac_sign(t->c, HMAC_SHA512, key, S("x"), &mac), INTERNAL);
            EXPECT_STR(mac, S("untouched"));
        } else {
            EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, key, S("x"), &mac));
        }
    }
}

TEST("R70 secrets are equal only in length and every byte")
{
    char a[64], b[64];
    memset(a, 7, sizeof a);
    memcpy(b, a, sizeof b);
    struct str whole = { a, sizeof a }, other = { b, sizeof b };
    EXPECT(bytes_equal_secret(whole, other));
    EXPECT(secret_is(secret_of(whole), other));
    EXPECT(bytes_equal_secret(S(""), (struct str) { NULL, 0 }));
    for (size_t i = 0; i < sizeof b; i++)
        for (int bit = 0; bit < 8; bit++) {
            b[i] = (char)(b[i] ^ (1 << bit));
            EXPECT(!bytes_equal_secret(whole, other));
            b[i] = (char)(b[i] ^ (1 << bit));
        }
    EXPECT(!bytes_equal_secret(whole, str_part(other, 0, 63)));
    EXPECT(!bytes_equal_secret(whole, S("")));
}

TEST("base64 agrees with the examples of RFC 4648, and comes back")
{
    static const char *const pairs[][3] = { { "", "", "" }, { "f", "Zg==", "Zg" },
        { "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" }, { "foob", "Zm9vYg==", "Zm9vYg" },
        { "fooba", "Zm9vYmE=", "Zm9vYmE" }, { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
        { "\xfb\xff\xbe", "+/++", "-_--" } };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct str raw = str_of_c(pairs[i][0]), back = S("?");
        EXPECT_STR(base64_text(t->c->arena, raw), str_of_c(pairs[i][1]));
        EXPECT_STR(base64url_text(t->c->arena, raw), str_of_c(pairs[i][2]));
        EXPECT(base64_parse(t->c->arena, str_of_c(pairs[i][1]), &back));
        EXPECT_STR(back, raw);
        EXPECT(base64url_parse(t->c->arena, str_of_c(pairs[i][2]), &back));
        EXPECT_STR(back, raw);
    }
}

TEST("base64 has one spelling: no spaces, odd padding, other alphabet or idle bits")
{
    static const char *const wrong[] = { "Zg", "Zg=", "Z===", "====", "Zg==\n", " Zg==", "Zm 9v",
        "Zh==", "Zm9=", "Zg==Zg==", "Zm=v", "-_--", "Zm9v=", "Zm9v====", "Zm9v\0" };
    static const char *const wrong_url[] = { "Zg==", "Z", "Zh", "Zm9", "+/++", "Zm9v\n", "Zm9v." };
    struct str raw = S("untouched");
    for (size_t i = 0; i + 1 < ARRAY_LEN(wrong); i++)
        EXPECT(!base64_parse(t->c->arena, str_of_c(wrong[i]), &raw));
    EXPECT(!base64_parse(t->c->arena, (struct str) { "Zm9\0", 4 }, &raw));
    for (size_t i = 0; i < ARRAY_LEN(wrong_url); i++)
        EXPECT(!base64url_parse(t->c->arena, str_of_c(wrong_url[i]), &raw));
    EXPECT_STR(raw, S("untouched"));
}

TEST("hex comes back from either case, and is refused when it is odd or none")
{
    EXPECT_STR(hex_text(t->c->arena, S("\x01\xab\xff")), S("01abff"));
    EXPECT_STR(hex(t, "01ABff"), S("\x01\xab\xff"));
    struct str raw = S("untouched");
    EXPECT(!hex_parse(t->c->arena, S("0"), &raw));
    EXPECT(!hex_parse(t->c->arena, S("0g"), &raw));
    EXPECT(!hex_parse(t->c->arena, S("+1"), &raw));
    EXPECT_STR(raw, S("untouched"));
}

TEST("R48 a password is known again, another is not, and the text names its cost")
{
    struct str text = S(""), again = S("");
    bool ok = false, rehash = true;
    EXPECT_OK(password_hash(t->c, S("correct horse"), &text));
    EXPECT_OK(password_hash(t->c, S("correct horse"), &again));
    EXPECT(str_starts(text, S("$scrypt$ln=15,r=8,p=3$")));
    EXPECT(!str_eq(text, again)); /* each has its own salt */
    EXPECT_OK(password_check(t->c, S("correct horse"), text, &ok, &rehash));
    EXPECT(ok && !rehash);
    EXPECT_OK(password_check(t->c, S("correct hors"), text, &ok, &rehash));
    EXPECT(!ok);
    ok = true;
    EXPECT_OK(password_check(t->c, S(""), S(""), &ok, &rehash)); /* an unknown user */
    EXPECT(!ok && !rehash);
}

TEST("R48 scrypt agrees with RFC 7914, and an older cost asks for a new hash")
{
    bool ok = false, rehash = false;
    EXPECT_OK(password_check(t->c, S("pleaseletmein"),
        S("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI"),
        &ok, &rehash));
    EXPECT(ok && rehash);
}

TEST("a stored password hash that is none of ours is named corrupt, whatever it asks for")
{
    static const char *const wrong[] = { "x", "$scrypt$", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2g$",
        "$scrypt$ln=40,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$ln=0,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=9999$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$ln=14,r=-8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$r=8,ln=14,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$U29k$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdof",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA" };
    bool ok = false, rehash = false;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        EXPECT_FAIL(password_check(t->c, S("x"), str_of_c(wrong[i]), &ok, &rehash), STORE_CORRUPT);
}

TEST("R72 what is sealed opens with its key, in its place, unchanged; and only so")
{
    struct secret key = secret_of(S("0123456789abcdef0123456789abcdef"));
    struct secret other = secret_of(S("0123456789abcdef0123456789abcdeF"));
    struct str plain = S("a saved card's token"), sealed = S(""), back = S("untouched");
    EXPECT_OK(seal(t->c, key, S("method:7"), plain, &sealed));
    EXPECT_I64((int64_t)sealed.n, (int64_t)plain.n + 28);
    EXPECT_FAIL(unseal(t->c, key, S("method:8"), sealed, &back), STORE_CORRUPT);
    EXPECT_FAIL(unseal(t->c, other, S("method:7"), sealed, &back), STORE_CORRUPT);
    char *bytes = arena_alloc(t->c->arena, sealed.n);
    for (size_t i = 0; i < sealed.n; i++) {
        memcpy(bytes, sealed.p, sealed.n);
        bytes[i] = (char)(bytes[i] ^ 1);
        struct str changed = { bytes, sealed.n };
        EXPECT_FAIL(unseal(t->c, key, S("method:7"), changed, &back), STORE_CORRUPT);
        EXPECT_FAIL(unseal(t->c, key, S("method:7"), str_part(sealed, 0, i), &back), STORE_CORRUPT);
    }
    EXPECT_STR(back, S("untouched"));
    EXPECT_OK(unseal(t->c, key, S("method:7"), sealed, &back));
    EXPECT_STR(back, plain);
    EXPECT_FAIL(seal(t->c, secret_of(S("short")), S(""), plain, &sealed), INTERNAL);
    EXPECT_FAIL(unseal(t->c, secret_of(S("short")), S(""), sealed, &back), INTERNAL);
    EXPECT_OK(seal(t->c, key, S(""), S(""), &sealed));
    EXPECT_OK(unseal(t->c, key, S(""), sealed, &back));
    EXPECT_I64((int64_t)back.n, 0);
}

TEST("a cleansed secret is gone")
{
    char secret[] = "0123456789";
    cleanse(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        EXPECT(secret[i] == 0);
    cleanse(NULL, 0);
}
