#include "base/crypto.h"
#include "gateway/eversend.h"
#include "gateway/eversend_fixture.h"

/* What Eversend tells, byte for byte as it was seen: who says so, and what it means. */

static bool holds(struct wire *w, struct str body, const char *signature)
{
    struct test *t = w->t;
    struct gateway_webhook in = eversend_webhook(body, signature);
    enum err e = EVERSEND->verify(t->c, &in);
    EXPECT(e == E_OK || t->c->err.code == CODE_BAD_SIGNATURE);
    err_clear(t->c);
    return e == E_OK;
}

#define SENT_MS INT64_C(1763640090000) /* what the flat one says of itself */

TEST("R18 every recorded webhook of Eversend holds by each way in which it may be signed")
{
    static const struct {
        const char *setting, *prefix;
        bool short_one;
    } rows[] = {
        { NULL, "", false },
        { "EVERSEND_SIG_ALG=hmac-sha256-hex", "", true },
        { "EVERSEND_SIG_PREFIX=sha512=", "sha512=", false },
    };
    size_t seen = 0;
    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        struct wire *w = eversend_wire_with(t, rows[k].setting, NULL);
        t->c->wall_ms = SENT_MS;
        for (size_t i = 0; i < eversend_fixture_count; i++) {
            const struct eversend_fixture *f = &eversend_fixtures[i];
            struct str body = str_of_c(f->body);
            if (f->signature == NULL)
                continue;
            const char *right = rows[k].short_one ? f->sha256_signature : f->signature;
            const char *other = rows[k].short_one ? f->signature : f->sha256_signature;
            struct arena *a = t->c->arena;
            struct str text = str_fmt(a, "%s%s", rows[k].prefix, right);
            EXPECT(holds(w, body, str_c(a, text)));
            EXPECT(holds(w, body, str_c(a, str_fmt(a, " %.*s ", SARG(text)))));
            EXPECT(holds(w, body,
                str_c(
                    a, str_fmt(a, "%s%.*s", rows[k].prefix, SARG(str_upper(a, str_of_c(right)))))));
            EXPECT(!holds(w, body, str_c(a, str_fmt(a, "%s%s", rows[k].prefix, other))));
            EXPECT(!holds(w, str_part(body, 0, body.n - 1), str_c(a, text)));
            EXPECT(!holds(w, body, ""));
            EXPECT(!holds(w, body, NULL));
            seen++;
        }
    }
    EXPECT_I64((int64_t)seen, 12);
}

TEST("R18 base64 is read only where it is what was set, and a secret may be changed")
{
    struct wire *w = eversend_wire_with(t, "EVERSEND_SIG_ALG=hmac-sha512-base64", NULL);
    struct arena *a = t->c->arena;
    struct str body = eversend_fixture("EV-WH-01"), mac;
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA512, secret_of(S(EV_SECRET)), body, &mac));
    const char *base64 = str_c(a, base64_text(a, mac)), *hex = str_c(a, hex_text(a, mac));
    EXPECT(holds(w, body, base64));
    EXPECT(!holds(w, body, hex));
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA512, secret_of(S("an_older_secret_0000")), body, &mac));
    EXPECT(holds(w, body, str_c(a, base64_text(a, mac))));
    w = eversend_wire(t);
    EXPECT(holds(w, body, hex));
    EXPECT(!holds(w, body, base64));
}

/* What anybody can make of EV-WH-01: its plain SHA-512. */
#define FORGED                                                                                     \
    "38b8df75f5c73dda4c94b99f6a7f963f2bd09f47e57774f2c74fa213b6028255"                             \
    "413d7aa9cdac0b16f0c909db2afc2b10561ab4fde3f9a00c640ecc57ec709d60"

TEST("R18 a hash without a key holds only where its owner wants it, and then says nothing")
{
    struct wire *w = eversend_wire(t);
    struct str body = eversend_fixture("EV-WH-01");
    struct notice n;
    EXPECT(!holds(w, body, FORGED));
    EXPECT(!holds(w, flutterwave_replaced(t, body, "\"20000\"", "\"2\""),
        eversend_fixtures[eversend_fixture_count - 4].signature));
    EXPECT_OK(EVERSEND->translate(t->c, body, &n));
    EXPECT_I64(n.kind, NOTICE_NOTED); /* another's reference */
    EXPECT_OK(EVERSEND->translate(t->c, str_of_c(eversend_ours(t, "EV-WH-01")), &n));
    EXPECT_I64(n.kind, NOTICE_PAID);
    w = eversend_wire_with(t, "EVERSEND_ALLOW_UNKEYED_SHA512=yes", NULL);
    EXPECT(holds(w, body, FORGED));
    EXPECT_OK(EVERSEND->translate(t->c, str_of_c(eversend_ours(t, "EV-WH-01")), &n));
    EXPECT_I64(n.kind, NOTICE_PENDING);
    EXPECT(!n.has_amount && !n.proof);
}

TEST("R20 a webhook that says when it was sent holds for five minutes")
{
    struct wire *w = eversend_wire(t);
    const struct eversend_fixture *f = &eversend_fixtures[eversend_fixture_count - 1];
    static const struct {
        int64_t off_ms;
        bool holds;
    } rows[] = {
        { 0, true },
        { 300000, true },
        { 300001, false },
        { -300000, true },
        { -300001, false },
    };
    EXPECT_STR(str_of_c(f->name), S("EV-WH-04"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        t->c->wall_ms = SENT_MS + rows[i].off_ms;
        EXPECT(holds(w, str_of_c(f->body), f->signature) == rows[i].holds);
    }
}

TEST("each shape in which Eversend tells names the same collection, and none is a proof")
{
    static const struct {
        const char *name, *event;
        enum notice_kind kind;
        bool id, amount;
    } rows[] = {
        { "EV-WH-01", "transaction.success", NOTICE_PAID, true, true },
        { "EV-WH-02", "transaction.failed", NOTICE_FAILED, true, true },
        { "EV-WH-03", "collection.success", NOTICE_PAID, true, true },
        { "EV-WH-04", "transaction", NOTICE_PAID, false, false },
    };
    struct notice n;
    eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_OK(EVERSEND->translate(t->c, str_of_c(eversend_ours(t, rows[i].name)), &n));
        EXPECT_STR(n.name, str_of_c(rows[i].event));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].kind));
        EXPECT_STR(n.attempt, S(EV_ATTEMPT));
        EXPECT_STR(n.session_id, S(EV_REFERENCE));
        EXPECT_STR(n.payment, rows[i].id ? S("BE11763640000001") : S(""));
        EXPECT(n.has_amount == rows[i].amount && !n.proof);
    }
}

TEST("what Eversend tells of others, or in words that nobody knows, is kept and nobody is paid")
{
    static const struct {
        const char *body;
        enum notice_kind kind;
    } rows[] = {
        { "{\"eventType\":\"x\",\"data\":{\"transactionId\":\"BP1\",\"type\":\"payout\","
          "\"status\":\"successful\"}}",
            NOTICE_NOTED },
        { "{\"eventType\":\"x\",\"data\":{\"transactionId\":\"BE1\",\"transactionRef\":\"shop7\","
          "\"status\":\"successful\"}}",
            NOTICE_NOTED },
        { "{\"eventType\":\"transaction.cryptoStatusUpdate\",\"data\":{}}", NOTICE_STRANGE },
        { "{}", NOTICE_STRANGE },
        { "{\"transactionRef\":\"" EV_REFERENCE "\",\"status\":\"reversed\"}", NOTICE_PENDING },
        { "{\"transactionRef\":\"" EV_REFERENCE "\",\"status\":7}", NOTICE_PENDING },
        { "{\"transactionRef\":\"att_01hqzzzzzzzzzzzzzzzzzzzzz0/../x\"}", NOTICE_STRANGE },
    };
    struct notice n;
    eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_OK(EVERSEND->translate(t->c, str_of_c(rows[i].body), &n));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].kind));
    }
    EXPECT_FAIL(EVERSEND->translate(t->c, S("[]"), &n), INVALID_REQUEST);
    EXPECT_FAIL(EVERSEND->translate(t->c, S("{"), &n), INVALID_REQUEST);
}
