#include "base/clock.h"
#include "base/id.h"
#include "base/redact.h"
#include "base/test.h"

#include <string.h>

struct pair {
    const char *in, *out;
};

static void expect_all(struct test *t, const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str once = redact(t->c->arena, str_of_c(pairs[i].in));
        EXPECT_STR(once, str_of_c(pairs[i].out));
        EXPECT_STR(redact(t->c->arena, once), once);
    }
}

TEST("R65 the value behind a telling name is hidden, however it is written")
{
    static const struct pair pairs[] = {
        { "{\"password\":\"hunter2\",\"a\":1}", "{\"password\":\"[redacted]\",\"a\":1}" },
        { "{\"pass\\u0077ord\": \"x\"}", "{\"pass\\u0077ord\": \"x\"}" },
        { "{\"clientSecret\" : \"a\\\"b\\\\\", \"b\":2}",
            "{\"clientSecret\" : \"[redacted]\", \"b\":2}" },
        { "{\"cvv\":123,\"amount\":999}", "{\"cvv\":\"[redacted]\",\"amount\":999}" },
        { "{\"authorization\":{\"mode\":\"pin\",\"pin\":\"}3310\"},\"x\":1}",
            "{\"authorization\":\"[redacted]\",\"x\":1}" },
        { "{\"tokens\":[\"a]\",\"b\"],\"x\":1}", "{\"tokens\":\"[redacted]\",\"x\":1}" },
        { "\"body\":\"{\\\"api_key\\\":\\\"abc\\\",\\\"n\\\":1}\"",
            "\"body\":\"{\\\"api_key\\\":\\\"[redacted]\\\",\\\"n\\\":1}\"" },
        { "\"body\":\"{\\\"pin\\\":3310,\\\"n\\\":1}\"",
            "\"body\":\"{\\\"pin\\\":\\\"[redacted]\\\",\\\"n\\\":1}\"" },
        { "\"body\":\"{\\\"secret\\\":\\\"cut\",\"n\":1",
            "\"body\":\"{\\\"secret\\\":\\\"[redacted]\",\"n\":1" },
        { "{\"secret\":\"cut off in the mid", "{\"secret\":\"[redacted]" },
        { "user=ada&password=p%40ss&next=%2Fa", "user=ada&password=[redacted]&next=%2Fa" },
        { "card[number]=1&card[cvc]=314&card%5Bcvc%5D=271&x=1",
            "card[number]=1&card[cvc]=[redacted]&card%5Bcvc%5D=[redacted]&x=1" },
        { "GET /session?token=abc.def&next=/ HTTP/1.1",
            "GET /session?token=[redacted]&next=/ HTTP/1.1" },
        { "next=%2Fsession%3Ftoken%3Dabc%26a%3D1", "next=%2Fsession%3Ftoken%3D[redacted]" },
        { "Authorization: Custom abc def\r\nHost: x", "Authorization: [redacted]\r\nHost: x" },
        { "Set-Cookie: __Host-s=abc; Path=/\nX: y", "Set-Cookie: [redacted]\nX: y" },
        { "x-moneymotion-signature: Zm9v+/==\r\nA: b",
            "x-moneymotion-signature: [redacted]\r\nA: b" },
        { "Authorization: Digest username=\"a\", response=\"b\"\nA: b",
            "Authorization: [redacted]\nA: b" },
        { "verif-hash: abc", "verif-hash: [redacted]" },
        { "{\"phone\":\"+256700000000\",\"phoneNumber\":2567,\"phones\":2}",
            "{\"phone\":\"[redacted]\",\"phoneNumber\":\"[redacted]\",\"phones\":2}" },
        { "X-API-Key:abc", "X-API-Key:[redacted]" },
        { "PURSER_JWT_SECRET=abc", "PURSER_JWT_SECRET=[redacted]" },
        { "authorization=Bearer  ab cd", "authorization=[redacted] cd" },
        { "password='it is long' now", "password='[redacted]' now" },
    };
    expect_all(t, pairs, ARRAY_LEN(pairs));
}

TEST("R65 what has the shape of a secret is hidden without a name")
{
    static const struct pair pairs[] = {
        { "key sk_live_4eC39HqLyjW was used", "key [redacted] was used" },
        { "sk_sandbox_purser_0123456789abcdef", "[redacted]" },
        { "(rk_test_1234567)", "([redacted])" },
        { "a:whsec_sandbox_0123456789abcdef,b", "a:[redacted],b" },
        { "mk_test_sandbox", "[redacted]" },
        { "FLWSECK_TEST-sandbox-X", "[redacted]" },
        { "pi_3Mtw_secret_YrKJUKribcBjcG8HVhfZluoGH", "[redacted]" },
        { "x-sk_test_abcd", "x-[redacted]" },
        { "a\\nsk_test_abcd\\u0022sk_test_abcd", "a\\n[redacted]\\u0022[redacted]" },
        { "\\token=abc", "\\token=[redacted]" },
        { "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.", "got [redacted]" },
        { "Bearer abcdef123456 rest", "Bearer [redacted] rest" },
        { "bearer  AbCdEfGhIjKlMnOpQrStUv", "bearer  [redacted]" },
        { "Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]" },
        { "Basic dXNlcjpwYXNz", "Basic [redacted]" },
        { "t=1795140000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
            "t=1795140000,v1=[redacted]" },
        { "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", "v1,[redacted]" },
        { "smtp://ada:p:a@ss@mail.example:587", "smtp://ada:[redacted]@mail.example:587" },
        { "https://token@host/a@b", "https://[redacted]@host/a@b" },
        { "$scrypt$ln=15,r=8,p=3$c2FsdA$aGFzaA end", "$[redacted] end" },
        { "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nok", "[redacted]\nok" },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIIB", "[redacted]" },
    };
    expect_all(t, pairs, ARRAY_LEN(pairs));
}

TEST("R65 a card number is hidden in every usual spelling")
{
    static const struct pair pairs[] = {
        { "4242424242424242", "[redacted]" },
        { "pan 4242 4242 4242 4242.", "pan [redacted]." },
        { "4242-4242-4242-4242 12/34", "[redacted] 12/34" },
        { "4242 4242 4242 4242 12 345", "[redacted] 12 345" },
        { "n=4242+4242+4242+4242&e=1", "n=[redacted]&e=1" },
        { "12%204242%204242%204242%204242", "12%20[redacted]" },
        { "4242\xc2\xa0"
          "4242\xc2\xa0"
          "4242\xc2\xa0"
          "4242",
            "[redacted]" },
        { "3782 822463 10005", "[redacted]" },
        { "{\"number\":\"378282246310005\"}", "{\"number\":\"[redacted]\"}" },
        { "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "[redacted]" },
        { "a%224242424242424242\\u00224242424242424242", "a%22[redacted]\\u0022[redacted]" },
        { "card4242424242424242x", "card[redacted]x" },
        { "4222222222222 30569309025904 6011000990139424", "[redacted] [redacted] [redacted]" },
        { "1234567812345670 5060990580000217499", "[redacted] [redacted]" },
    };
    expect_all(t, pairs, ARRAY_LEN(pairs));
}

TEST("redaction leaves ordinary ids, amounts, times and sentences alone")
{
    static const char *const plain[] = {
        "order ord_01hxzzzzzzzzzzzzzzzzzzzzzz of 37000 UGX, key_01hxzzzzzzzzzzzzzzzzzzzzzz",
        "ORD-2026-000123 INV-2026-000123 cs_test_a1b2c3 evt_1Nabc cus_9 sub_7",
        "at 1795140000000 ms, 1795140000000001 us, 1795140000000000009 ns",
        "from 2026-11-20 to 2026-12-20, 02:14:07.412, 2026-11-20 2026-12-20",
        "4242424242424241 is no card: its check digit is wrong",
        "{\"amount\":2999,\"currency\":\"USD\",\"sessionId\":\"cs_1\",\"status\":\"paid\"}",
        "the task_runner asked for a Basic plan and basic subscription, bearer unknown",
        "the user token has expired; no password was given",
        "{\"token\":null,\"secret\":\"\"}",
        "https://example.com/a?b=c#d mailto:ada@example.com http://127.0.0.1:8080/",
        "550e8400-e29b-41d4-a716-446655440000 +256 700 123 456",
        "sha256 5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
        "etag a1b2c3d4e5f4242424242424242a1b2c3, zeros 0000000000000000",
        "1000 2000 3000 4000 5000 6000 7000 8000",
        "v1=short v1,too eyJ",
    };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        EXPECT_STR(redact(t->c->arena, str_of_c(plain[i])), str_of_c(plain[i]));
}

TEST("redaction never touches an id that we make ourselves")
{
    for (int i = 0; i < 20000; i++) {
        t->c->now_ms += 7919;
        struct str id = id_text(t->c->arena, S("ord"), id_new(t->c));
        EXPECT_STR(redact(t->c->arena, id), id);
        if (i % 100 == 0)
            arena_reset(t->c->arena);
    }
}

TEST("redaction of long text stops early, and not in the middle of a card number")
{
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 30; i++) {
        size_t pad = b.n;
        while (b.n < pad + (size_t)i)
            buf_char(&b, 'x');
        buf_add(&b, S(" 4242 4242 4242 4242 "));
    }
    for (size_t max = 20; max < b.n; max++) {
        struct str r = redact_up_to(t->c->arena, buf_str(&b), max);
        EXPECT(!str_has(r, S("42")));
        EXPECT(r.n < max + 20);
    }
}

TEST("R81 no mail address is left, whatever stands around it, and what is none is")
{
    static const char *const told[][2] = {
        { "550 <ada@example.com>: no such mailbox", "550 <[a mail]>: no such mailbox" },
        { "to=Ada.Love+x@mail.example.co.uk.", "[a mail]" },
        { "\"ada@example.com\",(grace@example.com)", "\"[a mail]\",([a mail])" },
        { "ada@example.com", "[a mail]" },
        { "<müller@bücher.example>", "<[a mail]>" },
        { "no mail: @ 5 @home ada@ a", "no mail: @ 5 @home ada@ a" },
        { "", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        EXPECT_STR(redact_mails(t->c->arena, str_of_c(told[i][0])), str_of_c(told[i][1]));
}

TEST("redaction of hostile text takes time in proportion to its length")
{
    /* What comes once, and what follows it again and again. */
    static const char *const hostile[][2] = { { "", "-----BEGIN " },
        { "", "-----BEGIN PRIVATE KEY-----" }, { "", "token\"\\\\\\\\" }, { "", "a://" },
        { "", "sk_" }, { "", "a_" }, { "", "eyJ" }, { "", "4242424242424242a" }, { "", "4 " },
        { "", "secret=[" }, { "", "%20" }, { "", "Bearer " }, { "", "basic." },
        { "", "\"token\":[\"\\" }, { "token=bearer", " " }, { "\"token\":[", "\\" },
        { "\"token\":", "\\" }, { "a", "\\" }, { "a://", "a" }, { "token", "]" }, { "token", " " },
        { "4242 4242", " " }, { "Cookie: ", "token: " }, { "", "v1=" } };
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct arena a = { .chunks = NULL };
        struct buf b = BUF(&a);
        buf_add(&b, str_of_c(hostile[i][0]));
        while (b.n < 1000000)
            buf_add(&b, str_of_c(hostile[i][1]));
        int64_t began = clock_mono_ms();
        EXPECT(redact(&a, buf_str(&b)).n < 1400000);
        EXPECT(clock_mono_ms() - began < 5000); /* it is 10 ms or so; squared, minutes */
        arena_free(&a);
    }
}
