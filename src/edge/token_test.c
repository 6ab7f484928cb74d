#include "edge/token.h"

#include "base/test.h"
#include "edge/token_fixture.h"

static const char secret_text[] = "a secret of the application, 32+";

static struct token_door hs256(void)
{
    return (struct token_door) {
        .alg = TOKEN_HS256,
        .secret = { secret_of(S("a secret of the application, 32+")) },
        .secrets = 1,
        .issuer = S("https://app.example"),
        .audience = S("purser"),
    };
}

static struct token_door with_key(struct test *t, const char *pem, int alg)
{
    struct token_door door = hs256();
    door.secrets = 0;
    EXPECT_OK(public_key_open(t->c, str_of_c(pem), &door.key));
    door.alg = alg == TOKEN_RS256 ? TOKEN_RS256 : TOKEN_ES256;
    return door;
}

/* header.claims, signed by HMAC-SHA256 under key. */
static struct str sign(struct test *t, const char *key, const char *header, const char *claims)
{
    struct str text =
        str_fmt(t->c->arena, "%.*s.%.*s", SARG(base64url_text(t->c->arena, str_of_c(header))),
            SARG(base64url_text(t->c->arena, str_of_c(claims))));
    struct str mac;
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, secret_of(str_of_c(key)), text, &mac));
    return str_fmt(t->c->arena, "%.*s.%.*s", SARG(text), SARG(base64url_text(t->c->arena, mac)));
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define REST "\"iss\":\"https://app.example\",\"aud\":\"purser\""
#define CLAIMS "{\"sub\":\"user-1\",\"exp\":1795140300,\"iat\":1795140000," REST "}"

TEST("a user token says who the customer is, with mail and name when it has them")
{
    struct token_door door = hs256();
    struct token_claims claims;
    EXPECT_OK(token_verify(t->c, &door, sign(t, secret_text, HEADER, CLAIMS), &claims));
    EXPECT_STR(claims.sub, S("user-1"));
    EXPECT_STR(claims.email, S(""));
    EXPECT(!claims.email_verified);
    EXPECT_I64(claims.expires_ms, INT64_C(1795140300000));
    EXPECT_OK(token_verify(t->c, &door,
        sign(t, secret_text, "{\"typ\":\"jwt\",\"kid\":\"2026-a\",\"alg\":\"HS256\"}",
            "{\"sub\":\"Zo\xc3\xab 7\",\"exp\":1795140300,\"email\":\"zoe@example.com\","
            "\"email_verified\":true,\"name\":\"Zo\\u00eb\",\"iss\":\"https://app.example\","
            "\"aud\":[\"other\",\"purser\"],\"roles\":[\"admin\"]}"),
        &claims));
    EXPECT_STR(claims.sub, S("Zo\xc3\xab 7"));
    EXPECT_STR(claims.email, S("zoe@example.com"));
    EXPECT_STR(claims.name, S("Zo\xc3\xab"));
    EXPECT(claims.email_verified);
}

TEST("R53 tokens signed elsewhere by RS256 and ES256 are taken")
{
    struct token_claims claims;
    struct token_door door = with_key(t, RSA_PUBLIC, TOKEN_RS256);
    EXPECT_OK(token_verify(t->c, &door, S(RS256_TOKEN), &claims));
    EXPECT_STR(claims.sub, S("user-1"));
    token_door_close(&door);
    door = with_key(t, EC_PUBLIC, TOKEN_ES256);
    EXPECT_OK(token_verify(t->c, &door, S(ES256_TOKEN), &claims));
    EXPECT_STR(claims.sub, S("user-1"));
    token_door_close(&door);
}

/* Signed with the right secret: only header or claims are at fault. */
static const struct {
    const char *why, *header, *claims;
} signed_but_wrong[] = {
    { "alg HS384", "{\"alg\":\"HS384\"}", CLAIMS },
    { "alg HS512", "{\"alg\":\"HS512\"}", CLAIMS },
    { "alg hs256 in lower case", "{\"alg\":\"hs256\"}", CLAIMS },
    { "alg RS256", "{\"alg\":\"RS256\"}", CLAIMS },
    { "no alg", "{\"typ\":\"JWT\"}", CLAIMS },
    { "alg null", "{\"alg\":null}", CLAIMS },
    { "alg a list", "{\"alg\":[\"HS256\"]}", CLAIMS },
    { "alg given twice", "{\"alg\":\"HS256\",\"alg\":\"none\"}", CLAIMS },
    { "a header that is a list", "[\"HS256\"]", CLAIMS },
    { "a header that is no JSON", "alg=HS256", CLAIMS },
    { "something after the header", "{\"alg\":\"HS256\"}{}", CLAIMS },
    { "crit", "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", CLAIMS },
    { "an encrypted token's typ", "{\"alg\":\"HS256\",\"typ\":\"JWE\"}", CLAIMS },
    { "claims that are a list", HEADER, "[" CLAIMS "]" },
    { "claims that are no JSON", HEADER, "sub=user-1" },
    { "claims given twice", HEADER,
        "{\"sub\":\"user-1\",\"sub\":\"user-2\",\"exp\":1795140300," REST "}" },
    { "invalid UTF-8", HEADER, "{\"sub\":\"user-\xff\",\"exp\":1795140300," REST "}" },
    { "expired", HEADER, "{\"sub\":\"user-1\",\"exp\":1795139940," REST "}" },
    { "no exp", HEADER, "{\"sub\":\"user-1\"," REST "}" },
    { "exp null", HEADER, "{\"sub\":\"user-1\",\"exp\":null," REST "}" },
    { "exp a text", HEADER, "{\"sub\":\"user-1\",\"exp\":\"1795140300\"," REST "}" },
    { "exp a fraction", HEADER, "{\"sub\":\"user-1\",\"exp\":1795140300.5," REST "}" },
    { "exp beyond integers", HEADER, "{\"sub\":\"user-1\",\"exp\":99999999999999999999," REST "}" },
    { "exp in milliseconds", HEADER, "{\"sub\":\"user-1\",\"exp\":1795140300000," REST "}" },
    { "exp negative", HEADER, "{\"sub\":\"user-1\",\"exp\":-1," REST "}" },
    { "nbf in the future", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"nbf\":1795140061," REST "}" },
    { "nbf a text", HEADER, "{\"sub\":\"user-1\",\"exp\":1795140300,\"nbf\":\"0\"," REST "}" },
    { "issued in the future", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iat\":1795140061," REST "}" },
    { "another issuer", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":\"https://evil.example\","
        "\"aud\":\"purser\"}" },
    { "no issuer", HEADER, "{\"sub\":\"user-1\",\"exp\":1795140300,\"aud\":\"purser\"}" },
    { "issuer in a list", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":[\"https://app.example\"],"
        "\"aud\":\"purser\"}" },
    { "another audience", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":\"https://app.example\","
        "\"aud\":\"other\"}" },
    { "no audience", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":\"https://app.example\"}" },
    { "audience only begins like it", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":\"https://app.example\","
        "\"aud\":\"purser2\"}" },
    { "audience in an object", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"iss\":\"https://app.example\","
        "\"aud\":{\"purser\":true}}" },
    { "no sub", HEADER, "{\"exp\":1795140300," REST "}" },
    { "an empty sub", HEADER, "{\"sub\":\"\",\"exp\":1795140300," REST "}" },
    { "sub a number", HEADER, "{\"sub\":1,\"exp\":1795140300," REST "}" },
    { "sub with a line break", HEADER, "{\"sub\":\"a\\nb\",\"exp\":1795140300," REST "}" },
    { "sub with a NUL", HEADER, "{\"sub\":\"a\\u0000b\",\"exp\":1795140300," REST "}" },
    { "sub that is one of purser's own ids", HEADER,
        "{\"sub\":\"cus_01hxxxxxxxxxxxxxxxxxxxxxxx\",\"exp\":1795140300," REST "}" },
    { "email_verified a text", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"email_verified\":\"true\"," REST "}" },
    { "a mail of two lines", HEADER,
        "{\"sub\":\"user-1\",\"exp\":1795140300,\"email\":\"a@b.c\\r\\nBcc: d@e.f\"," REST "}" },
};

TEST("R53 tokens that are signed right and say something wrong are refused")
{
    struct token_door door = hs256();
    struct token_claims claims;
    for (size_t i = 0; i < ARRAY_LEN(signed_but_wrong); i++) {
        t->name = signed_but_wrong[i].why;
        EXPECT_FAIL(
            token_verify(t->c, &door,
                sign(t, secret_text, signed_but_wrong[i].header, signed_but_wrong[i].claims),
                &claims),
            UNAUTHENTICATED);
    }
}

/* Signed by somebody else, or not at all. */
static const struct {
    const char *why, *key, *header;
} forged[] = {
    { "another secret", "another secret of the application", HEADER },
    { "one letter less of the secret", "a secret of the application, 32", HEADER },
    { "the RSA public key as a secret", RSA_PUBLIC, HEADER },
    { "a kid that leads to an empty file", "0000000000000000",
        "{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}" },
    { "a kid that is SQL", "0000000000000000",
        "{\"alg\":\"HS256\",\"kid\":\"' UNION SELECT '0000000000000000' --\"}" },
    { "a key of its own in jwk", "0000000000000000",
        "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"MDAwMDAwMDAwMDAwMDAwMA\"}}" },
    { "a key elsewhere by jku", "0000000000000000",
        "{\"alg\":\"HS256\",\"jku\":\"https://evil.example/keys\"}" },
    { "a certificate elsewhere by x5u", "0000000000000000",
        "{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/cert\"}" },
};

TEST("R53 tokens that somebody else has signed are refused, whatever key they name")
{
    struct token_door door = hs256();
    struct token_claims claims;
    for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
        t->name = forged[i].why;
        EXPECT_FAIL(
            token_verify(t->c, &door, sign(t, forged[i].key, forged[i].header, CLAIMS), &claims),
            UNAUTHENTICATED);
    }
}

static struct str unsigned_token(struct test *t, const char *header, const char *signature)
{
    return str_fmt(t->c->arena, "%.*s.%.*s.%s", SARG(base64url_text(t->c->arena, str_of_c(header))),
        SARG(base64url_text(t->c->arena, S(CLAIMS))), signature);
}

static struct str flipped(struct test *t, struct str token, size_t at)
{
    struct str copy = str_copy(t->c->arena, token);
    char *p = arena_alloc(t->c->arena, token.n);
    for (size_t i = 0; i < token.n; i++)
        p[i] = i != at ? copy.p[i] : copy.p[i] == 'A' ? 'B' : 'A';
    return (struct str) { p, token.n };
}

TEST("R53 tokens without a signature, or with a broken form, are refused")
{
    struct token_door door = hs256();
    struct token_claims claims;
    struct str good = sign(t, secret_text, HEADER, CLAIMS);
    struct arena *a = t->c->arena;
    const struct {
        const char *why;
        struct str token;
    } row[] = {
        { "none", unsigned_token(t, "{\"alg\":\"none\"}", "") },
        { "NoNe", unsigned_token(t, "{\"alg\":\"NoNe\"}", "") },
        { "none with a signature", unsigned_token(t, "{\"alg\":\"none\"}", "AAAA") },
        { "HS256 without a signature", unsigned_token(t, HEADER, "") },
        { "empty", S("") },
        { "two dots", S("..") },
        { "two parts", str_part(good, 0, good.n - 44) },
        { "four parts", str_fmt(a, "%.*s.AAAA", SARG(good)) },
        { "padded", str_fmt(a, "%.*s=", SARG(good)) },
        { "a space before", str_fmt(a, " %.*s", SARG(good)) },
        { "a line break after", str_fmt(a, "%.*s\n", SARG(good)) },
        { "a signature cut by one", str_part(good, 0, good.n - 1) },
        { "a signature longer by four", str_fmt(a, "%.*sAAAA", SARG(good)) },
        { "a slash of the other alphabet",
            str_fmt(a, "%.*s/", SARG(str_part(good, 0, good.n - 1))) },
        { "longer than 8 KiB", str_fmt(a, "%.*s%0*d", SARG(good), 8193, 0) },
        { "an API key", S("sk_live_0000000000000000000000000000000000000000000000000000000000") },
    };
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        t->name = row[i].why;
        EXPECT_FAIL(token_verify(t->c, &door, row[i].token, &claims), UNAUTHENTICATED);
    }
    t->name = "any one character changed";
    for (size_t i = 0; i < good.n; i++)
        EXPECT_FAIL(token_verify(t->c, &door, flipped(t, good, i), &claims), UNAUTHENTICATED);
}

TEST("R53 the algorithm is the configured key's, never the token's")
{
    struct token_claims claims;
    struct token_door rsa = with_key(t, RSA_PUBLIC, TOKEN_RS256);
    struct token_door ec = with_key(t, EC_PUBLIC, TOKEN_ES256);
    struct token_door hs = hs256(), off = { .alg = TOKEN_OFF };
    const struct {
        const char *why;
        const struct token_door *door;
        struct str token;
    } row[] = {
        { "HS256 with the RSA public key as secret", &rsa, sign(t, RSA_PUBLIC, HEADER, CLAIMS) },
        { "named RS256, signed by HMAC with the RSA public key", &rsa,
            sign(t, RSA_PUBLIC, "{\"alg\":\"RS256\"}", CLAIMS) },
        { "named ES256, signed by HMAC with the P-256 public key", &ec,
            sign(t, EC_PUBLIC, "{\"alg\":\"ES256\"}", CLAIMS) },
        { "RS256 where ES256 is configured", &ec, S(RS256_TOKEN) },
        { "ES256 where RS256 is configured", &rsa, S(ES256_TOKEN) },
        { "RS256 where HS256 is configured", &hs, S(RS256_TOKEN) },
        { "ES256 where HS256 is configured", &hs, S(ES256_TOKEN) },
        { "a DER signature where JWS wants two numbers", &ec, S(ES256_DER_TOKEN) },
        { "a P-256 signature named RS256", &rsa, S(RS256_BY_EC) },
        { "an RSA-PSS signature named RS256", &rsa, S(RS256_PSS_TOKEN) },
        { "none where RS256 is configured", &rsa, unsigned_token(t, "{\"alg\":\"none\"}", "") },
        { "none where ES256 is configured", &ec, unsigned_token(t, "{\"alg\":\"none\"}", "") },
        { "a signature of zeros", &ec,
            unsigned_token(t, "{\"alg\":\"ES256\"}",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                "AAAAAAAA") },
        { "any where nothing is configured", &off, sign(t, secret_text, HEADER, CLAIMS) },
    };
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        t->name = row[i].why;
        EXPECT_FAIL(token_verify(t->c, row[i].door, row[i].token, &claims), UNAUTHENTICATED);
    }
    token_door_close(&rsa);
    token_door_close(&ec);
}

TEST("R53 the clocks may differ by a minute and no more")
{
    struct token_door door = hs256();
    struct token_claims claims;
    struct str token = sign(t, secret_text, HEADER, CLAIMS); /* exp is now + 300 s */
    int64_t now = t->c->wall_ms;
    t->c->wall_ms = now + 359999;
    EXPECT_OK(token_verify(t->c, &door, token, &claims));
    t->c->wall_ms = now + 360000;
    EXPECT_FAIL(token_verify(t->c, &door, token, &claims), UNAUTHENTICATED);
    t->c->wall_ms = now - 60000; /* issued a minute from now */
    EXPECT_OK(token_verify(t->c, &door, token, &claims));
    t->c->wall_ms = now - 61000;
    EXPECT_FAIL(token_verify(t->c, &door, token, &claims), UNAUTHENTICATED);
}

TEST("R28 while a secret is rotated, tokens of both are taken")
{
    struct token_door door = hs256();
    struct token_claims claims;
    door.secret[1] = secret_of(S("the next secret of the application"));
    door.secrets = 2;
    EXPECT_OK(token_verify(t->c, &door, sign(t, secret_text, HEADER, CLAIMS), &claims));
    EXPECT_OK(token_verify(
        t->c, &door, sign(t, "the next secret of the application", HEADER, CLAIMS), &claims));
    door.secret[0] = door.secret[1];
    door.secrets = 1;
    EXPECT_FAIL(
        token_verify(t->c, &door, sign(t, secret_text, HEADER, CLAIMS), &claims), UNAUTHENTICATED);
}

TEST("a link's token must say when it was issued, less than five minutes ago")
{
    struct token_door door = hs256();
    struct token_claims claims;
    struct str token = sign(t, secret_text, HEADER, CLAIMS);
    EXPECT_OK(token_verify_link(t->c, &door, token, &claims));
    t->c->wall_ms += 299000;
    EXPECT_OK(token_verify_link(t->c, &door, token, &claims));
    t->c->wall_ms += 1000;
    EXPECT_OK(token_verify(t->c, &door, token, &claims));
    EXPECT_FAIL(token_verify_link(t->c, &door, token, &claims), UNAUTHENTICATED);
    t->c->wall_ms -= 300000;
    EXPECT_FAIL(
        token_verify_link(t->c, &door,
            sign(t, secret_text, HEADER, "{\"sub\":\"user-1\",\"exp\":1795140300," REST "}"),
            &claims),
        UNAUTHENTICATED);
}
