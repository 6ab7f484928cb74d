#include "base/crypto.h"
#include "gateway/flutterwave.h"
#include "gateway/flutterwave_fixture.h"

/* What Flutterwave tells, byte for byte as it was seen: who says so, and what it means. */

static bool holds(struct wire *w, struct str body, const char *hash, const char *signature)
{
    struct test *t = w->t;
    struct gateway_webhook in = flutterwave_webhook(w, body, hash, signature);
    enum err e = FLUTTERWAVE->verify(t->c, &in);
    EXPECT(e == E_OK || t->c->err.code == CODE_BAD_SIGNATURE);
    err_clear(t->c);
    return e == E_OK;
}

TEST("R18 every recorded webhook holds by its hash, by its signature and by both")
{
    struct wire *w = flutterwave_wire(t);
    size_t signed_ones = 0;
    for (size_t i = 0; i < flutterwave_fixture_count; i++) {
        const struct flutterwave_fixture *f = &flutterwave_fixtures[i];
        struct str body = str_of_c(f->body);
        struct sha256 sum = sha256(body);
        EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sum.b, sizeof sum.b }),
            str_of_c(f->sha256));
        if (f->signature == NULL)
            continue;
        signed_ones++;
        EXPECT(holds(w, body, FW_HASH, f->signature));
        EXPECT(holds(w, body, NULL, f->signature));
        EXPECT(holds(w, body, FW_HASH, NULL));
        EXPECT(holds(w, body, " " FW_HASH "\t", NULL));
        EXPECT(!holds(w, body, NULL, NULL));
    }
    EXPECT_I64((int64_t)signed_ones, 11);
}

TEST(
    "R18 a hash or signature that is another one in anything does not hold, and both must if both come")
{
    static const struct {
        const char *hash, *signature;
    } bad[] = {
        { "flw_secret_hash_test_0", NULL },
        { "flw_secret_hash_test_011", NULL },
        { "FLW_SECRET_HASH_TEST_01", NULL },
        { FW_HASH " x", NULL },
        { "", NULL },
        { "twice " FW_HASH, NULL },
        { NULL, "" },
        { NULL, FW_HASH },
        { NULL, "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k" },
        { NULL, "7W83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k=" },
        { NULL, "pnvBQHQwZrztYywePnKDwk0LN9GxpKaRewEeSIg2M1Y=" },
        { FW_HASH, "pnvBQHQwZrztYywePnKDwk0LN9GxpKaRewEeSIg2M1Y=" },
        { FW_HASH, "" },
        { "an_older_secret_hash_00", "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k=" },
        { "wrong", "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k=" },
    };
    struct wire *w = flutterwave_wire(t);
    struct str body = flutterwave_fixture("FW-WH-01");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!holds(w, body, bad[i].hash, bad[i].signature));
    EXPECT(holds(w, body, "an_older_secret_hash_00", NULL)); /* while it is changed */
}

TEST("R18 a body that was changed is seen by its signature, and cannot be by the hash alone")
{
    struct wire *w = flutterwave_wire(t);
    struct str body = flutterwave_replaced(
        t, flutterwave_fixture("FW-WH-01"), "\"amount\":39.99", "\"amount\":0.01");
    EXPECT_I64((int64_t)body.n, 794);
    EXPECT(!holds(w, body, NULL, "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k="));
    EXPECT(holds(w, body, FW_HASH, NULL));
    EXPECT(holds(w, body, NULL, "WqED3BD2zqQdGsAkQx1Mq2LlhgG9+i0MqSJCDpWGNl8="));
}

TEST("FLUTTERWAVE_WEBHOOK_AUTH says which of the two must be there")
{
    static const struct {
        const char *setting;
        bool hash, signature, both;
    } rows[] = {
        { "FLUTTERWAVE_WEBHOOK_AUTH=either", true, true, true },
        { "FLUTTERWAVE_WEBHOOK_AUTH=both-if-present", true, true, true },
        { "FLUTTERWAVE_WEBHOOK_AUTH=verif-hash", true, false, true },
        { "FLUTTERWAVE_WEBHOOK_AUTH=hmac", false, true, true },
    };
    struct str body = flutterwave_fixture("FW-WH-01");
    const char *signature = "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k=";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wire *w = flutterwave_wire_with(t, rows[i].setting, NULL);
        EXPECT(holds(w, body, FW_HASH, NULL) == rows[i].hash);
        EXPECT(holds(w, body, NULL, signature) == rows[i].signature);
        EXPECT(holds(w, body, FW_HASH, signature) == rows[i].both);
        EXPECT(!holds(w, body, "wrong", signature));
        EXPECT(!holds(w, body, FW_HASH, "wrong"));
    }
    struct wire *w = flutterwave_wire_with(t, "FLUTTERWAVE_SIG_PLAIN=yes", NULL);
    EXPECT(holds(w, body, NULL, FW_HASH));
}

/* ---- what it means */

static struct notice told(struct test *t, struct str body)
{
    struct notice n = { .kind = NOTICE_STRANGE };
    EXPECT_OK(FLUTTERWAVE->translate(t->c, body, &n));
    return n;
}

TEST("each shape in which Flutterwave tells of a payment says the same of it, and none is a proof")
{
    static const struct {
        const char *name, *reference;
        enum notice_kind kind;
        int64_t minor;
        enum currency cur;
        const char *event, *payment, *method, *last4;
    } rows[] = {
        { "FW-WH-01", "ord_9f2c41a7_1", NOTICE_PAID, 3999, CUR_USD, "charge.completed", "910000001",
            "card", "2950" },
        { "FW-WH-02", "ord_9f2c41a7_1", NOTICE_FAILED, 3999, CUR_USD, "charge.completed",
            "910000002", "card", "2950" },
        { "FW-WH-03", "ord_9f2c41b0_1", NOTICE_PAID, 15000, CUR_KES, "charge.completed",
            "910000020", "mobile_money", "" },
        { "FW-WH-04", "ord_9f2c41a7_1", NOTICE_PAID, 3999, CUR_USD, "CARD_TRANSACTION", "910000001",
            "card", "2950" },
        { "FW-WH-10", "ord9f2c41a7x1", NOTICE_PAID, 3999, CUR_USD, "charge.completed", "", "card",
            "2950" },
        { "FW-WH-11", "ord_9f2c41a7_1", NOTICE_PAID, 3999, CUR_NGN, "charge.completed", "910000001",
            "card", "2950" },
    };
    flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str body = flutterwave_replaced(
            t, flutterwave_fixture(rows[i].name), rows[i].reference, FW_ATTEMPT);
        struct notice n = told(t, body);
        EXPECT_I64(n.kind, rows[i].kind);
        EXPECT_STR(n.name, str_of_c(rows[i].event));
        EXPECT(n.has_amount && !n.in_units && !n.proof);
        EXPECT_I64(n.amount_minor, rows[i].minor);
        EXPECT_I64(n.currency, rows[i].cur);
        EXPECT_STR(n.session_id, S(FW_ATTEMPT));
        EXPECT_STR(n.attempt, S(FW_ATTEMPT));
        EXPECT_STR(n.payment, str_of_c(rows[i].payment));
        EXPECT_STR(n.method_type, str_of_c(rows[i].method));
        EXPECT_STR(n.method_last4, str_of_c(rows[i].last4));
        /* A payment with somebody else's reference is none of ours. */
        EXPECT_I64(told(t, flutterwave_fixture(rows[i].name)).kind, NOTICE_NOTED);
    }
}

TEST("a refund is told by the payment's number alone, in a currency that only its payment knows")
{
    struct money sum = { 0, CUR_NONE };
    flutterwave_wire(t);
    struct notice n = told(t, flutterwave_fixture("FW-WH-08"));
    EXPECT_I64(n.kind, NOTICE_REFUNDED);
    EXPECT_STR(n.payment, S("910000001"));
    EXPECT(n.session_id.n == 0 && n.attempt.n == 0 && n.currency == CUR_NONE && n.in_units);
    EXPECT(FLUTTERWAVE->amount_in(t->c, n.amount_minor, CUR_USD, &sum));
    EXPECT_I64(sum.minor, 1000);
    EXPECT(FLUTTERWAVE->amount_in(t->c, n.amount_minor, CUR_UGX, &sum));
    EXPECT_I64(sum.minor, 10);
    EXPECT(!FLUTTERWAVE->amount_in(t->c, 500000, CUR_UGX, &sum)); /* half a shilling */
    struct str later =
        flutterwave_replaced(t, flutterwave_fixture("FW-WH-08"), "\"completed\"", "\"processing\"");
    EXPECT_I64(told(t, later).kind, NOTICE_NOTED);
    flutterwave_wire_with(t, "FLUTTERWAVE_REFUND_COMPLETED_IS_FINAL=no", NULL);
    EXPECT_I64(told(t, flutterwave_fixture("FW-WH-08")).kind, NOTICE_NOTED);
    struct str failed =
        flutterwave_replaced(t, flutterwave_fixture("FW-WH-08"), "\"completed\"", "\"failed\"");
    EXPECT_I64(told(t, failed).kind, NOTICE_REFUND);
    EXPECT_STR(told(t, failed).back.id, S("75001"));
    struct str arrived = flutterwave_replaced(
        t, flutterwave_fixture("FW-WH-08"), "\"completed\"", "\"completed-mpgs\"");
    EXPECT_I64(told(t, arrived).kind, NOTICE_REFUNDED);
}

TEST("what nothing follows from is noted, what nobody knows is kept, what is no event is refused")
{
    static const char *const noted[] = { "FW-WH-05", "FW-WH-06", "FW-WH-07", "FW-WH-09" };
    static const char *const strange[] = { "{}", "{\"event\":\"charge.completed\"}",
        "{\"event\":\"loan.approved\",\"data\":{\"id\":1}}",
        "{\"type\":\"chargeback.created\",\"data\":{\"reference\":\"" FW_ATTEMPT "\"}}",
        "{\"event\":\"charge.completed\",\"data\":{\"tx_ref\":\"" FW_ATTEMPT
        "\",\"status\":\"odd\"}}" };
    static const char *const none[] = {
        "", "[]", "7",
        "{\"event\":", "{\"event\":\"charge.completed\",\"data\":{\"status\":\"successful\"}}",
        "{\"AmountRefunded\":10,\"status\":\"completed\"}",
        "{\"webhook_id\":\"w\",\"type\":\"charge.completed\",\"data\":{\"status\":\"succeeded\"}}"
    };
    flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(noted); i++)
        EXPECT_I64(told(t, flutterwave_fixture(noted[i])).kind, NOTICE_NOTED);
    for (size_t i = 0; i < ARRAY_LEN(strange); i++)
        EXPECT_I64(told(t, str_of_c(strange[i])).kind, NOTICE_STRANGE);
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        struct notice n;
        EXPECT_FAIL(FLUTTERWAVE->translate(t->c, str_of_c(none[i]), &n), INVALID_REQUEST);
    }
}
