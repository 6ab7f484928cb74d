#include "base/crypto.h"
#include "base/id.h"
#include "base/test.h"

#include <string.h>

/* The examples A.2 and A.3 of RFC 7515. */
#define CLAIMS                                                                                     \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"

static const struct str rsa_pem =
    S_INIT("-----BEGIN PUBLIC KEY-----\n"
           "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
           "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
           "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
           "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
           "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
           "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
           "oQIDAQAB\n"
           "-----END PUBLIC KEY-----\n");
static const struct str ec_pem =
    S_INIT("-----BEGIN PUBLIC KEY-----\n"
           "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
           "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
           "-----END PUBLIC KEY-----\n");

static struct str rsa_text(void)
{
    return S("eyJhbGciOiJSUzI1NiJ9." CLAIMS);
}

static struct str ec_text(void)
{
    return S("eyJhbGciOiJFUzI1NiJ9." CLAIMS);
}

static struct str decoded(struct test *t, struct str text)
{
    struct str raw = S("");
    EXPECT(base64url_parse(t->c->arena, text, &raw));
    return raw;
}

static struct str rsa_signature(struct test *t)
{
    return decoded(t,
        S("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
          "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
          "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
          "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"));
}

static struct str ec_signature(struct test *t)
{
    return decoded(t,
        S("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-"
          "Kg6NU1Q"));
}

static void expect_exact(struct test *t, struct str pem, struct str text, struct str signature)
{
    struct public_key *key = NULL;
    EXPECT_OK(public_key_open(t->c, pem, &key));
    EXPECT(public_key_checks(key, text, signature));
    EXPECT(!public_key_checks(key, str_from(text, 1), signature));
    EXPECT(!public_key_checks(key, text, str_from(signature, 1)));
    EXPECT(!public_key_checks(key, text, S("")));
    char *bytes = arena_alloc(t->c->arena, signature.n + 1);
    for (size_t i = 0; i < signature.n; i++) {
        memcpy(bytes, signature.p, signature.n);
        bytes[i] = (char)(bytes[i] ^ 0x10);
        EXPECT(!public_key_checks(key, text, (struct str) { bytes, signature.n }));
    }
    memcpy(bytes, signature.p, signature.n);
    EXPECT(!public_key_checks(key, text, (struct str) { bytes, signature.n + 1 }));
    memset(bytes, 0, signature.n);
    EXPECT(!public_key_checks(key, text, (struct str) { bytes, signature.n }));
    memset(bytes, 0xff, signature.n);
    EXPECT(!public_key_checks(key, text, (struct str) { bytes, signature.n }));
    public_key_close(key);
}

TEST("the RS256 and ES256 examples of RFC 7515 check, and no other bytes do")
{
    expect_exact(t, rsa_pem, rsa_text(), rsa_signature(t));
    expect_exact(t, ec_pem, ec_text(), ec_signature(t));
}

TEST("R53 a key checks the one algorithm it is for")
{
    enum sign_alg alg = SIGN_RS256;
    bool ok = true;
    EXPECT_OK(public_key_kind(t->c, ec_pem, &alg));
    EXPECT(alg == SIGN_ES256);
    EXPECT_OK(public_key_kind(t->c, rsa_pem, &alg));
    EXPECT(alg == SIGN_RS256);
    EXPECT_OK(signature_check(t->c, SIGN_ES256, rsa_pem, ec_text(), ec_signature(t), &ok));
    EXPECT(!ok);
    EXPECT_OK(signature_check(t->c, SIGN_RS256, ec_pem, rsa_text(), rsa_signature(t), &ok));
    EXPECT(!ok);
    EXPECT_OK(signature_check(t->c, SIGN_ES256, ec_pem, ec_text(), ec_signature(t), &ok));
    EXPECT(ok);
}

TEST("a key that is none, too weak, of another curve, or private is refused")
{
    static const struct str wrong[] = { S_INIT(""), S_INIT("abc"),
        S_INIT("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        /* RSA of 1024 bits */
        S_INIT("-----BEGIN PUBLIC KEY-----\n"
               "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkKGM+6Xuzh+k1AWpp5WNPMEDr\n"
               "clLEaZ9EebVIH00VPJc8/4lvGFi4bXU27oCetKGmjn8obm5cSCV3gmuBF41Q3/Ph\n"
               "z3J66p6q0wq6XVY20UyGCtHqOerBSxxdG6mtuGfcDtXaAZN0NwuRd5ZQb4CyX5Dg\n"
               "ZsYuRzLfJsZkaMiBEwIDAQAB\n"
               "-----END PUBLIC KEY-----\n"),
        /* P-384 */
        S_INIT("-----BEGIN PUBLIC KEY-----\n"
               "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEvqTXlzct24vTKHnPJ5IHdKnOHIqD9zrS\n"
               "cwmGNXW5DMgD05fpQ3Gs1Kdne+Bc33rz1C0wZBEg3+URPdlW9paqv/POBL4w6W7Q\n"
               "GcNFhVH+iaGiCkUv/QBX82RTyidIe+ai\n"
               "-----END PUBLIC KEY-----\n"),
        /* Ed25519 */
        S_INIT("-----BEGIN PUBLIC KEY-----\n"
               "MCowBQYDK2VwAyEA286X7Szr7iGNE0ZajxfBsbl52yJ0TCXxxuzoeNLliX4=\n"
               "-----END PUBLIC KEY-----\n") };
    struct public_key *key = NULL;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        EXPECT_FAIL(public_key_open(t->c, wrong[i], &key), INVALID_REQUEST);
    struct str pem = S("");
    EXPECT_OK(sign_key_new(t->c, &pem));
    EXPECT_FAIL(public_key_open(t->c, pem, &key), INVALID_REQUEST);
    EXPECT(key == NULL);
    public_key_close(key);
}

TEST("what our own key signs, its public half checks, and a JWK's numbers are that half")
{
    struct str pem = S(""), signature = S(""), x = S(""), y = S(""), public_pem = S("");
    EXPECT_OK(sign_key_new(t->c, &pem));
    EXPECT(str_starts(pem, S("-----BEGIN PRIVATE KEY-----\n")));
    EXPECT_OK(sign_key_public(t->c, secret_of(pem), &x, &y, &public_pem));
    EXPECT_I64((int64_t)x.n, 32);
    EXPECT_I64((int64_t)y.n, 32);
    for (int i = 0; i < 50; i++) { /* r and s have leading zeros now and then */
        struct str text = str_fmt(t->c->arena, "token %d", i);
        bool ok = false;
        EXPECT_OK(sign_es256(t->c, secret_of(pem), text, &signature));
        EXPECT_I64((int64_t)signature.n, 64);
        EXPECT_OK(signature_check(t->c, SIGN_ES256, public_pem, text, signature, &ok));
        EXPECT(ok);
    }
    struct str der = S(""), body = str_from(public_pem, S("-----BEGIN PUBLIC KEY-----\n").n);
    struct buf b64 = BUF(t->c->arena);
    for (size_t i = 0; i < body.n && body.p[i] != '-'; i++)
        if (body.p[i] != '\n')
            buf_char(&b64, body.p[i]);
    EXPECT(base64_parse(t->c->arena, buf_str(&b64), &der));
    EXPECT_STR(str_part(der, der.n - 64, 32), x);
    EXPECT_STR(str_from(der, der.n - 32), y);
    EXPECT_FAIL(sign_es256(t->c, secret_of(S("none")), S("x"), &signature), INTERNAL);
}

TEST("the same seed makes the same key")
{
    struct ids ids = ids_of_seed(7);
    struct str first = S(""), second = S("");
    t->c->ids = &ids;
    EXPECT_OK(sign_key_new(t->c, &first));
    ids = ids_of_seed(7);
    EXPECT_OK(sign_key_new(t->c, &second));
    EXPECT_STR(first, second);
    EXPECT_OK(sign_key_new(t->c, &second));
    EXPECT(!str_eq(first, second));
}
