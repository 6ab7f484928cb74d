#include "gateway/flutterwave.h"
#include "gateway/flutterwave_fixture.h"

/* Opening a page and asking about it: what is asked, and what becomes of each kind of answer. */

static struct gateway_session open_order(struct wire *w, struct gateway_open in)
{
    struct test *t = w->t;
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(FLUTTERWAVE->open(t->c, &in, &s));
    return s;
}

TEST("a Flutterwave page is asked for under the attempt's id, with its total as a text")
{
    struct wire *w = flutterwave_wire(t);
    struct gateway_open in = flutterwave_order();
    in.expires_ms = t->c->now_ms + 30 * 60 * 1000 + 59 * 1000;
    w->body = flutterwave_fixture("FW-RS-01").p;
    struct gateway_session s = open_order(w, in);
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(s.session_id, S(FW_ATTEMPT));
    EXPECT_STR(s.checkout_url,
        S("https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a"));
    EXPECT_I64((int64_t)w->asks, 1);
    EXPECT_STR(w->asked[0].method, S("POST"));
    EXPECT_STR(w->asked[0].url, S("https://api.flutterwave.com/v3/payments"));
    EXPECT_STR(wire_header(w, 0, "Authorization"), S("Bearer FLWSECK_TEST-simulator0001-X"));
    EXPECT_STR(wire_header(w, 0, "Content-Type"), S("application/json"));
    EXPECT_STR(w->asked[0].body,
        S("{\"tx_ref\":\"" FW_ATTEMPT "\",\"amount\":\"39.99\",\"currency\":\"USD\","
          "\"redirect_url\":\"https://shop.example.com/return/flutterwave\","
          "\"customer\":{\"email\":\"ada@example.com\",\"name\":\"Ada Example\"},"
          "\"customizations\":{\"title\":\"Example Shop\","
          "\"description\":\"Order ord_9f2c41a7\"},\"meta\":{\"order_id\":\"ord_9f2c41a7\"},"
          "\"payment_options\":\"card\",\"session_duration\":30}"));
}

TEST("what Flutterwave counts is written as its owner set it: as a number, elsewhere, other ways")
{
    struct wire *w = flutterwave_wire_with(
        t, "FLUTTERWAVE_AMOUNT_AS=number", "FLUTTERWAVE_SESSION_PLACEMENT=configuration");
    struct gateway_open in = flutterwave_order();
    in.expires_ms = t->c->now_ms + INT64_C(26) * 3600 * 1000;
    w->body = flutterwave_fixture("FW-RS-01").p;
    open_order(w, in);
    EXPECT(str_has(w->asked[0].body, S("\"amount\":39.99,\"currency\"")));
    EXPECT(str_ends(w->asked[0].body, S(",\"configuration\":{\"session_duration\":1440}}")));
    w = flutterwave_wire_with(t, "FLUTTERWAVE_PAYMENT_OPTIONS=card,ussd", NULL);
    open_order(w, flutterwave_order());
    EXPECT(str_has(w->asked[0].body, S("\"payment_options\":\"card, ussd\"")));
}

TEST(
    "R5 every currency is written with its own digits, and what it does not take is refused unsent")
{
    static const struct {
        struct money total;
        const char *amount; /* NULL: refused */
    } rows[] = {
        { { 3990, CUR_USD }, "\"39.90\"" },
        { { 100, CUR_EUR }, "\"1.00\"" },
        { { 1500, CUR_UGX }, "\"1500\"" },
        { { 1500, CUR_RWF }, "\"1500\"" },
        { { 1, CUR_XOF }, "\"1\"" },
        { { 12345, CUR_NGN }, "\"123.45\"" },
        { { 5, CUR_KES }, "\"0.05\"" },
        { { 700, CUR_GHS }, "\"7.00\"" },
        { { 99999999, CUR_ZAR }, "\"999999.99\"" },
        { { 500, CUR_JPY }, NULL },
        { { 500, CUR_KWD }, NULL },
        { { 0, CUR_USD }, NULL },
    };
    struct wire *w = flutterwave_wire(t);
    w->body = flutterwave_fixture("FW-RS-01").p;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_open in = flutterwave_order();
        struct gateway_session s;
        in.total = rows[i].total;
        wire_restart(w);
        if (rows[i].amount == NULL) {
            EXPECT_FAIL(FLUTTERWAVE->open(t->c, &in, &s), INVALID_REQUEST);
            EXPECT_I64((int64_t)w->asks, 0);
            continue;
        }
        open_order(w, in);
        EXPECT(str_has(w->asked[0].body,
            str_fmt(t->c->arena, "\"amount\":%s,\"currency\":\"%.*s\"", rows[i].amount,
                SARG(currency_code(rows[i].total.cur)))));
    }
}

TEST("each way to pay is what Flutterwave calls it in that currency, or is refused with a sentence")
{
    static const struct {
        const char *method;
        enum currency cur;
        const char *options; /* NULL: refused */
    } rows[] = {
        { "card", CUR_USD, "card" },
        { "express", CUR_USD, "applepay, googlepay" },
        { "apple_pay", CUR_EUR, "applepay" },
        { "google_pay", CUR_EUR, "googlepay" },
        { "mobile_money", CUR_UGX, "mobilemoneyuganda" },
        { "mobile_money", CUR_GHS, "mobilemoneyghana" },
        { "mobile_money", CUR_RWF, "mobilemoneyrwanda" },
        { "mobile_money", CUR_KES, "mpesa" },
        { "mobile_money", CUR_XAF, "mobilemoneyfranco" },
        { "bank", CUR_NGN, "banktransfer, account, ussd" },
        { "bank", CUR_ZAR, "banktransfer, account" },
        { "mobile_money", CUR_USD, NULL },
        { "mobile_money", CUR_ZAR, NULL },
        { "crypto", CUR_USD, NULL },
        { "paypal", CUR_USD, NULL },
    };
    struct wire *w = flutterwave_wire(t);
    w->body = flutterwave_fixture("FW-RS-01").p;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_open in = flutterwave_order();
        struct gateway_session s;
        in.total.cur = rows[i].cur;
        in.method = str_of_c(rows[i].method);
        wire_restart(w);
        if (rows[i].options == NULL) {
            EXPECT_FAIL(FLUTTERWAVE->open(t->c, &in, &s), INVALID_REQUEST);
            EXPECT_FAIL(gateway_accepts(t->c, FLUTTERWAVE, in.method, in.total), INVALID_REQUEST);
            continue;
        }
        EXPECT_OK(gateway_accepts(t->c, FLUTTERWAVE, in.method, in.total));
        open_order(w, in);
        EXPECT(str_has(
            w->asked[0].body, str_fmt(t->c->arena, "\"payment_options\":\"%s\"", rows[i].options)));
    }
    w = flutterwave_wire_with(t, "FLUTTERWAVE_ENABLE_PAYPAL=yes", NULL);
    EXPECT_OK(FLUTTERWAVE->takes(t->c, S("paypal"), CUR_USD));
}

TEST("R15 only Flutterwave's own no is a no; what may have happened there is unknown")
{
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 400, "FW-RS-06", OUTCOME_DECLINED },
        { 401, "FW-RS-05", OUTCOME_DECLINED },
        { 404, "FW-RS-04", OUTCOME_DECLINED },
        { 200, "FW-RS-06", OUTCOME_DECLINED },
        { 429, "FW-RS-06", OUTCOME_NOT_SENT },
        { 409, "FW-RS-06", OUTCOME_UNKNOWN },
        { 408, "FW-RS-06", OUTCOME_UNKNOWN },
        { 500, "FW-RS-07", OUTCOME_UNKNOWN },
        { 503, "FW-RS-07", OUTCOME_UNKNOWN },
        { 503, "<html>away</html>", OUTCOME_UNKNOWN },
        { 400, "<html>a proxy's no</html>", OUTCOME_UNKNOWN },
        { 403, "{\"message\":\"no\"}", OUTCOME_UNKNOWN },
        { 200, "", OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"data\":{\"link\":\"https://ch", OUTCOME_UNKNOWN },
        { 200, "[]", OUTCOME_UNKNOWN },
        { 200, "{}", OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"data\":null}", OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"data\":{\"link\":\"javascript:alert(1)\"}}",
            OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"data\":{\"link\":\"http://checkout.example.com/\"}}",
            OUTCOME_UNKNOWN },
        { 302, "FW-RS-01", OUTCOME_UNKNOWN },
        { 0, "", OUTCOME_UNKNOWN },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str body = str_of_c(rows[i].body);
        w->status = rows[i].status;
        w->body = str_starts(body, S("FW-")) ? flutterwave_fixture(rows[i].body).p : rows[i].body;
        struct gateway_session s = open_order(w, flutterwave_order());
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT(s.session_id.n == 0 && s.checkout_url.n == 0 && s.refusal.n > 0);
    }
}

TEST("R65 a refusal is told in Flutterwave's words, without what looks like a secret in them")
{
    struct wire *w = flutterwave_wire(t);
    w->status = 400;
    w->body = flutterwave_fixture("FW-RS-06").p;
    EXPECT_STR(open_order(w, flutterwave_order()).refusal,
        S("Flutterwave answered 400: tx_ref is required"));
    w->body = "{\"status\":\"error\",\"message\":\"card 5531886652142950 is no good\"}";
    EXPECT(!str_has(open_order(w, flutterwave_order()).refusal, S("5531886652142950")));
}

/* ---- asking */

static struct gateway_state ask(struct wire *w, const char *attempt, const char *payment)
{
    struct test *t = w->t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask in = { .attempt = str_of_c(attempt),
        .session_id = str_of_c(attempt),
        .payment = str_of_c(payment),
        .currency = CUR_USD };
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
    return s;
}

TEST("a payment is asked about by its own number where that is known, else by our reference")
{
    struct wire *w = flutterwave_wire(t);
    w->body = flutterwave_ours(t, "FW-RS-02");
    struct gateway_state s = ask(w, FW_ATTEMPT, "910000001");
    EXPECT_STR(w->asked[0].url, S("https://api.flutterwave.com/v3/transactions/910000001/verify"));
    EXPECT_STR(w->asked[0].method, S("GET"));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_I64(s.notice.kind, NOTICE_PAID);
    EXPECT(s.notice.has_amount && !s.notice.in_units && !s.notice.proof);
    EXPECT_I64(s.notice.amount_minor, 3999);
    EXPECT_I64(s.notice.currency, CUR_USD);
    EXPECT_STR(s.notice.session_id, S(FW_ATTEMPT));
    EXPECT_STR(s.notice.attempt, S(FW_ATTEMPT));
    EXPECT_STR(s.notice.payment, S("910000001"));
    EXPECT_STR(s.notice.method_type, S("card"));
    EXPECT_STR(s.notice.method_brand, S("mastercard"));
    EXPECT_STR(s.notice.method_last4, S("2950"));
    EXPECT_I64(s.notice.at_ms, INT64_C(1795169762000));
    ask(w, FW_ATTEMPT, "");
    EXPECT_STR(w->asked[1].url,
        S("https://api.flutterwave.com/v3/transactions/verify_by_reference?tx_ref=" FW_ATTEMPT));
    EXPECT_I64((int64_t)w->asks, 2);
}

TEST("R6 an answer about another payment than the one asked about is no answer")
{
    static const struct {
        const char *attempt, *payment;
    } rows[] = {
        { "att_01hqzzzzzzzzzzzzzzzzzzzzz1", "" },
        { "att_01hqzzzzzzzzzzzzzzzzzzzzz1", "910000001" },
        { FW_ATTEMPT, "910000002" },
    };
    struct wire *w = flutterwave_wire(t);
    w->body = flutterwave_ours(t, "FW-RS-02");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        EXPECT_STR(outcome_text(ask(w, rows[i].attempt, rows[i].payment).outcome),
            outcome_text(OUTCOME_UNKNOWN));
    EXPECT_I64((int64_t)w->asks, 3);
    static const char *const names[] = { "", "ord_9f2c41a7_1", "att_1", "x/../y" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        EXPECT_STR(
            outcome_text(ask(w, names[i], "chg_1/../2").outcome), outcome_text(OUTCOME_UNKNOWN));
    EXPECT_I64((int64_t)w->asks, 3); /* what cannot be one of its names is not sent there */
}

TEST("a page nobody has tried to pay on has no payment, and a key that is refused says nothing")
{
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 404, "FW-RS-04", OUTCOME_DONE },
        { 400, "FW-RS-04", OUTCOME_DONE },
        { 200, "FW-RS-04", OUTCOME_DONE },
        { 401, "FW-RS-05", OUTCOME_UNKNOWN },
        { 403, "FW-RS-05", OUTCOME_UNKNOWN },
        { 429, "FW-RS-04", OUTCOME_NOT_SENT },
        { 503, "FW-RS-07", OUTCOME_UNKNOWN },
        { 0, "FW-RS-07", OUTCOME_UNKNOWN },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->status = rows[i].status;
        w->body = flutterwave_fixture(rows[i].body).p;
        struct gateway_state s = ask(w, FW_ATTEMPT, "");
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT_I64(s.notice.kind, s.outcome == OUTCOME_DONE ? NOTICE_OPENED : NOTICE_STRANGE);
        /* A number that only a webhook knows is asked about no further without a reference. */
        if (rows[i].status == 404)
            EXPECT_STR(
                outcome_text(ask(w, "", "910000009").outcome), outcome_text(OUTCOME_DECLINED));
    }
}

TEST("R29 behind a try that failed, one that paid under the same reference is found")
{
    struct wire *w = flutterwave_wire(t);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-03"));
    wire_next(
        w, 200, "{\"status\":\"success\",\"message\":\"x\",\"data\":[{\"id\":\"910000001\"}]}");
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    struct gateway_state s = ask(w, FW_ATTEMPT, "");
    EXPECT_I64(s.notice.kind, NOTICE_PAID);
    EXPECT_STR(s.notice.payment, S("910000001"));
    EXPECT_STR(w->asked[1].url,
        S("https://api.flutterwave.com/v3/transactions?tx_ref=" FW_ATTEMPT "&status=successful"));
    EXPECT_STR(w->asked[2].url, S("https://api.flutterwave.com/v3/transactions/910000001/verify"));
    wire_restart(w);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-03"));
    wire_next(w, 200, "{\"status\":\"success\",\"message\":\"x\",\"data\":[]}");
    EXPECT_I64(ask(w, FW_ATTEMPT, "").notice.kind, NOTICE_FAILED);
    wire_restart(w);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-03"));
    wire_next(w, 503, flutterwave_fixture("FW-RS-07").p);
    EXPECT_I64(ask(w, FW_ATTEMPT, "").notice.kind, NOTICE_FAILED);
}

TEST("R3 amounts are read digit by digit, and one that its currency cannot say is none")
{
    static const struct {
        const char *amount, *currency;
        int64_t minor; /* -1: none */
    } rows[] = {
        { "39.9", "USD", 3990 },
        { "39.99", "usd", 3999 },
        { "\"39.990\"", "USD", 3999 },
        { "1e2", "USD", 10000 },
        { "100", "NGN", 10000 },
        { "1500.00", "UGX", 1500 },
        { "1500.5", "UGX", -1 },
        { "10.005", "USD", -1 },
        { "-5", "USD", -1 },
        { "1E400", "USD", -1 },
        { "92233720368547758.08", "USD", -1 },
        { "\"1,000.00\"", "USD", -1 },
        { "\"\"", "USD", -1 },
        { "null", "USD", -1 },
        { "39.99", "XXQ", -1 },
        { "39.99", "", -1 },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->body = str_c(t->c->arena,
            str_fmt(t->c->arena,
                "{\"status\":\"success\",\"data\":{\"id\":1,\"tx_ref\":\"" FW_ATTEMPT
                "\",\"amount\":%s,\"currency\":\"%s\",\"status\":\"successful\"}}",
                rows[i].amount, rows[i].currency));
        struct gateway_state s = ask(w, FW_ATTEMPT, "");
        EXPECT_I64(s.notice.kind, NOTICE_PAID);
        EXPECT_I64(s.notice.has_amount ? s.notice.amount_minor : -1, rows[i].minor);
    }
    w->body = str_c(t->c->arena,
        flutterwave_replaced(t, flutterwave_fixture("FW-RS-08"), "ord_9f2c41a8_1", FW_ATTEMPT));
    EXPECT_I64(ask(w, FW_ATTEMPT, "").notice.amount_minor, 3990); /* not what was charged: 41.425 */
}

TEST(
    "R31 only its status says how a payment stands, and one that is not known is not taken for paid")
{
    static const struct {
        const char *status;
        enum notice_kind kind;
    } rows[] = {
        { "successful", NOTICE_PAID },
        { "succeeded", NOTICE_PAID },
        { "pending", NOTICE_PENDING },
        { "success-pending-validation", NOTICE_PENDING },
        { "failed", NOTICE_FAILED },
        { "SUCCESSFUL", NOTICE_STRANGE },
        { "completed", NOTICE_STRANGE },
        { "", NOTICE_STRANGE },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->body = str_c(t->c->arena,
            str_fmt(t->c->arena,
                "{\"status\":\"success\",\"data\":{\"id\":1,\"tx_ref\":\"" FW_ATTEMPT
                "\",\"amount\":1,\"currency\":\"KES\",\"status\":\"%s\","
                "\"processor_response\":\"Successful\"}}",
                rows[i].status));
        EXPECT_I64(ask(w, FW_ATTEMPT, "").notice.kind, rows[i].kind);
    }
    w->body = str_c(t->c->arena,
        flutterwave_replaced(t, flutterwave_fixture("FW-RS-16"), "ord_9f2c41b0_1", FW_ATTEMPT));
    struct gateway_state s = ask(w, FW_ATTEMPT, "910000020");
    EXPECT_I64(s.notice.kind, NOTICE_PENDING); /* though its processor said "Successful" */
    EXPECT_STR(s.notice.method_type, S("mobile_money"));
}

TEST("a page that nobody shall pay on any more is disabled by its address")
{
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 200, "FW-RS-09", OUTCOME_DONE },
        { 400, "FW-RS-06", OUTCOME_DECLINED },
        { 401, "FW-RS-05", OUTCOME_UNKNOWN },
        { 503, "FW-RS-07", OUTCOME_UNKNOWN },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_ask in = { .attempt = S(FW_ATTEMPT),
            .session_id = S(FW_ATTEMPT),
            .page = S("https://checkout.flutterwave.com/v3/hosted/pay/"
                      "flwlnk-01sim0000000000000000000a") };
        enum outcome got = OUTCOME_NOT_SENT;
        wire_restart(w);
        wire_next(w, rows[i].status, flutterwave_fixture(rows[i].body).p);
        EXPECT_OK(FLUTTERWAVE->end(t->c, &in, &got));
        EXPECT_STR(outcome_text(got), outcome_text(rows[i].outcome));
        EXPECT_STR(w->asked[0].url, S("https://api.flutterwave.com/v3/payments/link/disable"));
        EXPECT_STR(w->asked[0].body,
            S("{\"link\":\"https://checkout.flutterwave.com/v3/hosted/pay/"
              "flwlnk-01sim0000000000000000000a\"}"));
    }
}

/* ---- doctor */

struct heard {
    enum verdict worst;
    struct buf words;
};

static void hear(void *self, enum verdict verdict, struct str words)
{
    struct heard *h = self;
    h->worst = verdict > h->worst ? verdict : h->worst;
    buf_fmt(&h->words, "%.*s\n", SARG(words));
}

TEST("doctor hears whether Flutterwave takes the key, and what only a person can compare")
{
    static const struct {
        int status;
        const char *body;
        enum verdict worst;
        const char *words;
    } rows[] = {
        { 404, "FW-RS-04", VERDICT_MIND, "Flutterwave: it takes the key\n" },
        { 401, "FW-RS-05", VERDICT_BAD,
            "Flutterwave: it does not take the key: Flutterwave answered 401: "
            "Invalid authorization key\n" },
        { 503, "FW-RS-07", VERDICT_BAD, "Flutterwave: cannot be asked: " },
        { 0, "FW-RS-07", VERDICT_BAD, "Flutterwave: cannot be asked: the connection broke\n" },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct heard h = { .worst = VERDICT_GOOD, .words = BUF(t->c->arena) };
        struct gateway_exam exam = {
            .site = S("https://pay.example.com"), .say = hear, .self = &h
        };
        w->status = rows[i].status;
        w->body = flutterwave_fixture(rows[i].body).p;
        EXPECT_OK(FLUTTERWAVE->examine(t->c, &exam));
        EXPECT_I64(h.worst, rows[i].worst);
        EXPECT(str_starts(buf_str(&h.words), str_of_c(rows[i].words)));
        EXPECT(str_has(
            buf_str(&h.words), S("https://pay.example.com/api/webhooks/flutterwave, the hash")));
    }
}
