#include "gateway/flutterwave.h"
#include "gateway/flutterwave_fixture.h"

/* Giving back, and what is asked when Flutterwave tells that money went back. */

TEST("a payment whose refund was told is asked about with all that went back of it")
{
    struct wire *w = flutterwave_wire(t);
#define BACK(rows) "{\"status\":\"success\",\"message\":\"x\",\"data\":[" rows "]}"
#define ROW(id, amount, status)                                                                    \
    "{\"id\":1,\"tx_id\":" id ",\"amount_refunded\":" amount ",\"status\":\"" status "\"}"
    static const struct {
        const char *list;
        enum notice_kind kind;
        int64_t minor;
    } rows[] = {
        { BACK(ROW("910000001", "10", "completed") "," ROW("910000001", "29.99", "completed")),
            NOTICE_REFUNDED, 3999 },
        { BACK(ROW("910000001", "10", "completed")), NOTICE_REFUNDED, 1000 },
        { BACK(ROW("910000001", "\"10.00\"", "completed-momo")), NOTICE_REFUNDED, 1000 },
        { BACK(ROW("910000001", "10", "processing")), NOTICE_PAID, 3999 },
        { BACK(ROW("910000002", "10", "completed")), NOTICE_PAID, 3999 },
        { BACK(""), NOTICE_PAID, 3999 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
        wire_next(w, 200, rows[i].list);
        struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
        struct gateway_ask in = { .payment = S("910000001"), .told = NOTICE_REFUNDED };
        EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
        EXPECT_STR(w->asked[1].url, S("https://api.flutterwave.com/v3/refunds?id=910000001"));
        EXPECT_I64(s.notice.kind, rows[i].kind);
        EXPECT_I64(s.notice.amount_minor, rows[i].minor);
        EXPECT_I64(s.notice.paid_minor, s.notice.kind == NOTICE_REFUNDED ? 3999 : 0);
        EXPECT_STR(s.notice.attempt, S(FW_ATTEMPT));
    }
#undef ROW
#undef BACK
}

TEST("what went back of somebody else's payment on the same account bears no reference of ours")
{
    struct wire *w = flutterwave_wire(t);
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask in = { .payment = S("910000001"), .told = NOTICE_REFUNDED };
    wire_next(w, 200, flutterwave_fixture("FW-RS-02").p);
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT(s.notice.attempt.n == 0 && s.notice.session_id.n == 0);
    EXPECT_I64((int64_t)w->asks, 1);
}

TEST("a list of what went back that is not there says nothing, and not that nothing went back")
{
    static const struct {
        int status;
        const char *list;
        enum outcome outcome;
    } rows[] = {
        { 503, "busy", OUTCOME_UNKNOWN },
        { 0, "", OUTCOME_UNKNOWN },
        { 429, "{\"status\":\"error\",\"message\":\"slow down\",\"data\":null}", OUTCOME_UNKNOWN },
        { 400, "{\"status\":\"error\",\"message\":\"no\",\"data\":null}", OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"message\":\"x\",\"data\":null}", OUTCOME_UNKNOWN },
        { 200, "{\"status\":\"success\",\"message\":\"x\",\"data\":[]}", OUTCOME_DONE },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
        struct gateway_ask in = { .payment = S("910000001"), .told = NOTICE_REFUNDED };
        wire_restart(w);
        wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
        wire_next(w, rows[i].status, rows[i].list);
        EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT(s.refusal.n > 0 || rows[i].outcome == OUTCOME_DONE);
    }
}

#define KEY "ref_01hqzzzzzzzzzzzzzzzzzzzzz0"
#define ROW(id, amount, more)                                                                      \
    "{\"id\":" id ",\"tx_id\":910000001,\"amount_refunded\":" amount                               \
    ",\"status\":\"completed\"" more "}"
#define OTHERS(id, amount, more)                                                                   \
    "{\"id\":" id ",\"tx_id\":910000002,\"amount_refunded\":" amount                               \
    ",\"status\":\"completed\"" more "}"
#define BACK(rows) "{\"status\":\"success\",\"message\":\"x\",\"data\":[" rows "]}"

static struct gateway_give ten(void)
{
    return (struct gateway_give) { .key = S(KEY),
        .attempt = S(FW_ATTEMPT),
        .session_id = S(FW_ATTEMPT),
        .order = S("ord_9f2c41a7"),
        .payment = S("910000001"),
        .amount = { 1000, CUR_USD } };
}

TEST("R15 a refund is sent with our mark, and one that is there under it is not sent again")
{
    struct gateway_give in = ten();
    struct gateway_given g = { .outcome = OUTCOME_NOT_SENT };
    struct wire *w = flutterwave_wire(t);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, BACK(""));
    wire_next(w, 200, flutterwave_fixture("FW-RS-10").p);
    EXPECT_OK(FLUTTERWAVE->give_back(t->c, &in, &g));
    EXPECT_STR(outcome_text(g.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(g.back.id, S("75001"));
    EXPECT_STR(g.back.mark, S(KEY));
    EXPECT_I64(g.back.amount.minor, 1000);
    EXPECT_I64(g.back.status, BACK_DONE);
    EXPECT_I64((int64_t)w->asks, 4);
    EXPECT_STR(w->asked[3].url, S("https://api.flutterwave.com/v3/transactions/910000001/refund"));
    EXPECT_STR(w->asked[3].body, S("{\"amount\":\"10.00\",\"comments\":\"" KEY "\"}"));
    wire_restart(w);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, BACK(ROW("75009", "10", ",\"comments\":\"" KEY "\"")));
    EXPECT_OK(FLUTTERWAVE->give_back(t->c, &in, &g));
    EXPECT_STR(g.back.id, S("75009"));
    EXPECT_I64((int64_t)w->asks, 3);
}

TEST("R15 what may have been given back is unknown, and only a worded no is a no")
{
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 400, "FW-RS-06", OUTCOME_DECLINED },
        { 401, "FW-RS-05", OUTCOME_DECLINED },
        { 429, "FW-RS-06", OUTCOME_NOT_SENT },
        { 503, "FW-RS-07", OUTCOME_UNKNOWN },
        { 0, "FW-RS-07", OUTCOME_UNKNOWN },
        { 200, "FW-RS-09", OUTCOME_UNKNOWN },
        { 200, "FW-RS-02", OUTCOME_UNKNOWN },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_give in = ten();
        struct gateway_given g = { .outcome = OUTCOME_NOT_SENT };
        wire_restart(w);
        wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
        wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
        wire_next(w, 200, BACK(""));
        wire_next(w, rows[i].status, flutterwave_fixture(rows[i].body).p);
        EXPECT_OK(FLUTTERWAVE->give_back(t->c, &in, &g));
        EXPECT_STR(outcome_text(g.outcome), outcome_text(rows[i].outcome));
        EXPECT(g.refusal.n > 0);
    }
    /* Another amount than was asked for is not this refund. */
    struct gateway_give other = ten();
    struct gateway_given g = { .outcome = OUTCOME_NOT_SENT };
    other.amount.minor = 1001;
    wire_restart(w);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, BACK(""));
    wire_next(w, 200, flutterwave_fixture("FW-RS-10").p);
    EXPECT_OK(FLUTTERWAVE->give_back(t->c, &other, &g));
    EXPECT_STR(outcome_text(g.outcome), outcome_text(OUTCOME_UNKNOWN));
    /* Nothing is sent about a payment that nobody made, or that could not be asked about. */
    wire_restart(w);
    wire_next(w, 503, flutterwave_fixture("FW-RS-07").p);
    EXPECT_OK(FLUTTERWAVE->give_back(t->c, &other, &g));
    EXPECT_STR(outcome_text(g.outcome), outcome_text(OUTCOME_NOT_SENT));
    wire_restart(w);
    wire_next(w, 200,
        flutterwave_replaced(t, flutterwave_fixture("FW-RS-03"), "ord_9f2c41a7_1", FW_ATTEMPT).p);
    EXPECT_OK(FLUTTERWAVE->give_back(t->c, &other, &g));
    EXPECT(g.outcome != OUTCOME_DONE);
}

TEST(
    "what is back is listed with its marks, and a list without marks does not say that ours is not there")
{
    static const struct {
        const char *list;
        enum outcome outcome;
        int64_t count;
    } rows[] = {
        { BACK(""), OUTCOME_DONE, 0 },
        { BACK(ROW("1", "10", ",\"comments\":\"" KEY "\"")), OUTCOME_DONE, 1 },
        { BACK(ROW("1", "10", ",\"comments\":\"by hand\"")), OUTCOME_DONE, 1 },
        { BACK(ROW("1", "10", "")), OUTCOME_UNKNOWN, 1 },
        { BACK(ROW("1", "10", ",\"comments\":null")), OUTCOME_UNKNOWN, 1 },
        { BACK(ROW("1", "11", "")), OUTCOME_DONE, 1 },
        { BACK(ROW("1", "10", "") "," ROW("2", "10", ",\"comments\":\"" KEY "\"")), OUTCOME_DONE,
            2 },
        { BACK(ROW("1", "10.005", ",\"comments\":\"" KEY "\"")), OUTCOME_DONE, 0 },
        { BACK(OTHERS("1", "10", "")), OUTCOME_DONE, 0 },
        { BACK(OTHERS("1", "10", ",\"comments\":\"" KEY "\"")), OUTCOME_DONE, 0 },
        { BACK(OTHERS("1", "10", "") "," ROW("2", "10", ",\"comments\":\"" KEY "\"")), OUTCOME_DONE,
            1 },
        { BACK("{\"id\":1,\"amount_refunded\":10,\"status\":\"completed\"}"), OUTCOME_UNKNOWN, 1 },
        { "{\"status\":\"success\",\"data\":{}}", OUTCOME_UNKNOWN, 0 },
    };
    struct wire *w = flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_give in = ten();
        struct gateway_backs all = { .outcome = OUTCOME_NOT_SENT };
        wire_restart(w);
        wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
        wire_next(w, 200, rows[i].list);
        EXPECT_OK(FLUTTERWAVE->given_back(t->c, &in, &all));
        EXPECT_STR(outcome_text(all.outcome), outcome_text(rows[i].outcome));
        EXPECT_I64((int64_t)all.count, rows[i].count);
        EXPECT_STR(w->asked[1].url, S("https://api.flutterwave.com/v3/refunds?id=910000001"));
    }
}
#undef BACK
#undef OTHERS
#undef ROW

TEST("each word for a refund is what it means, and money that did not arrive came back to us")
{
    static const struct {
        const char *refund;
        enum gateway_back_status status;
    } rows[] = {
        { "{\"status\":\"completed\"}", BACK_DONE },
        { "{\"status\":\"completed-bank-transfer\"}", BACK_DONE },
        { "{\"status\":\"completed-momo\"}", BACK_DONE },
        { "{\"status\":\"processing\"}", BACK_PENDING },
        { "{\"status\":\"pending-momo\"}", BACK_PENDING },
        { "{\"status\":\"odd\"}", BACK_PENDING },
        { "{\"status\":\"failed\"}", BACK_FAILED },
        { "{\"status\":\"cancelled\"}", BACK_FAILED },
        { "{\"status\":\"rejected\"}", BACK_FAILED },
        { "{\"status\":\"completed\",\"meta\":{\"disburse_status\":\"failed\"}}", BACK_FAILED },
        { "{\"status\":\"completed\",\"meta\":\"{\\\"disburse_status\\\":\\\"failed\\\"}\"}",
            BACK_FAILED },
        { "{\"status\":\"completed\",\"meta\":\"no json\"}", BACK_DONE },
    };
    flutterwave_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_OK(json_check(t->c, str_of_c(rows[i].refund)));
        EXPECT_I64(
            flutterwave_refund_status(t->c, json_root(str_of_c(rows[i].refund))), rows[i].status);
    }
    flutterwave_wire_with(t, "FLUTTERWAVE_REFUND_COMPLETED_IS_FINAL=no", NULL);
    EXPECT_I64(
        flutterwave_refund_status(t->c, json_root(S("{\"status\":\"completed\"}"))), BACK_PENDING);
}

TEST("a refund that failed is told by its number, asked about, and known in its payment's currency")
{
    struct wire *w = flutterwave_wire(t);
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask in = { .attempt = S(FW_ATTEMPT),
        .payment = S("910000001"),
        .told = NOTICE_REFUND,
        .back = S("75001") };
    const char *one = str_c(t->c->arena,
        flutterwave_replaced(t, flutterwave_fixture("FW-RS-10"), "\"completed\"", "\"failed\""));
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, one);
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
    EXPECT_STR(w->asked[1].url, S("https://api.flutterwave.com/v3/refunds/75001"));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_I64(s.notice.kind, NOTICE_REFUND);
    EXPECT_I64(s.notice.back.status, BACK_FAILED);
    EXPECT_STR(s.notice.back.id, S("75001"));
    EXPECT(s.notice.back.amount.minor == 1000 && s.notice.back.amount.cur == CUR_USD);
    in.back = S("75002");
    wire_restart(w);
    wire_next(w, 200, flutterwave_ours(t, "FW-RS-02"));
    wire_next(w, 200, one);
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_UNKNOWN));
}
