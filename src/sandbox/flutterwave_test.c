#include "sandbox/flutterwave.h"

#include "base/clock.h"
#include "gateway/flutterwave_fixture.h"
#include "sandbox/sandbox_fixture.h"

/* The simulated Flutterwave against what the real one was seen to send, byte for byte, and against
 * purser's own side of the wire. */

enum {
    TOLD_MAX = 16
};

/* A merchant that keeps what it is told. */
struct merchant {
    struct net net; /* first */
    struct fixture f;
    struct str body[TOLD_MAX], hash[TOLD_MAX], signature[TOLD_MAX];
    size_t n;
};

static enum err take(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct merchant *m = (struct merchant *)(void *)net;
    struct arena *a = m->f.t->c->arena;
    must(m->n < TOLD_MAX && c->db == NULL);
    for (size_t i = 0; i < in->header_count; i++) {
        if (str_eq(in->headers[i].name, S("verif-hash")))
            m->hash[m->n] = str_copy(a, in->headers[i].value);
        if (str_eq(in->headers[i].name, S("flutterwave-signature")))
            m->signature[m->n] = str_copy(a, in->headers[i].value);
    }
    m->body[m->n++] = str_copy(a, in->body);
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 200 };
    return E_OK;
}

static struct merchant *merchant_open(struct test *t, const char *setting)
{
    const char *env[] = { "FLUTTERWAVE_SECRET_KEY=FLWSECK_TEST-simulator0001-X",
        "FLUTTERWAVE_SECRET_HASH=" FW_HASH, "PURSER_BRAND_NAME=Example Shop",
        "FLUTTERWAVE_API_URL=http://127.0.0.1:8081/v3", setting, NULL };
    struct merchant *m = arena_new(t->c->arena, struct merchant);
    *m = (struct merchant) { .net = { .call = take } };
    m->f.options.net = &m->net;
    EXPECT(time_parse_iso(S("2026-11-20T10:16:01.000Z"), &t->c->now_ms));
    fixture_open(t, &m->f, env);
    return m;
}

static void run(struct merchant *m)
{
    struct test *t = m->f.t;
    int64_t ran = 0;
    EXPECT_OK(sandbox_run_due(t->c, m->f.sb, &ran));
}

static struct net_reply ask(struct merchant *m, const char *path, const char *body)
{
    return fixture_ask(&m->f, path, str_of_c(body));
}

static void control(struct merchant *m, const char *path, const char *body)
{
    fixture_control(&m->f, path, str_of_c(body));
}

static struct str sent(struct test *t, struct net_reply reply, const char *path)
{
    EXPECT_OK(json_check(t->c, reply.body));
    return json_text(t->c->arena, json_root(reply.body), path);
}

/* What is drawn by lot here, as it stands in the fixture. */
static struct str settled(struct test *t, struct str body, const char *flw_ref)
{
    struct json_value v, data;
    EXPECT_OK(json_check(t->c, body));
    v = json_root(body);
    data = json_at(v, "data").kind == JSON_OBJECT ? json_at(v, "data") : v;
    static const char *const refs[] = { "flw_ref", "flwRef", "FlwRef" };
    const char *const fixed[][2] = {
        { "card.token", "flw-t1nf-00112233445566778899aabbccddeeff-m03k" },
        { "meta.__CheckoutInitAddress",
            "https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a" },
        { "link",
            "https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a" },
    };
    for (size_t i = 0; i < ARRAY_LEN(refs); i++) {
        struct str ref = json_text(t->c->arena, data, refs[i]);
        if (ref.n > 0)
            body = flutterwave_replaced(t, body, str_c(t->c->arena, ref), flw_ref);
    }
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        struct str is = json_text(t->c->arena, data, fixed[i][0]);
        if (is.n > 0)
            body = flutterwave_replaced(t, body, str_c(t->c->arena, is), fixed[i][1]);
    }
    struct str customer = json_at(data, "customer.id").raw;
    if (customer.n > 0)
        body = flutterwave_replaced(t, body, str_c(t->c->arena, customer), "470000001");
    return body;
}

#define REF_1 "FLW-MOCK-a1b2c3d4e5f60718293a4b5c6d7e8f90"
#define REF_2 "FLW-MOCK-00000000000000000000000000000002"

static struct str open_fixed(struct merchant *m)
{
    struct test *t = m->f.t;
    struct net_reply reply = ask(m, "/v3/payments", flutterwave_fixture("FW-RQ-01").p);
    EXPECT_I64(reply.status, 200);
    EXPECT_STR(settled(t, reply.body, ""), flutterwave_fixture("FW-RS-01"));
    m->f.clock.fixed_ms += 1000;
    return sent(t, reply, "data.link");
}

TEST("Flutterwave opens, takes a card, answers and tells as it was recorded, byte for byte")
{
    struct merchant *m = merchant_open(t, NULL);
    open_fixed(m);
    control(m, "/_sandbox/pay", "{\"session\":\"ord_9f2c41a7_1\",\"card\":\"5531886652142950\"}");
    struct net_reply by_id = ask(m, "/v3/transactions/910000001/verify", "");
    EXPECT_STR(settled(t, by_id.body, REF_1), flutterwave_fixture("FW-RS-02"));
    EXPECT_STR(
        ask(m, "/v3/transactions/verify_by_reference?tx_ref=ord_9f2c41a7_1", "").body, by_id.body);
    run(m);
    EXPECT_I64((int64_t)m->n, 1);
    EXPECT_STR(settled(t, m->body[0], REF_1), flutterwave_fixture("FW-WH-01"));
    fixture_close(&m->f);
}

TEST(
    "Flutterwave tells of a card without funds, and the page can be tried again under a new number")
{
    struct merchant *m = merchant_open(t, NULL);
    open_fixed(m);
    control(m, "/_sandbox/pay",
        "{\"session\":\"ord_9f2c41a7_1\",\"outcome\":\"success\","
        "\"card\":\"5258 5859 2266 6506\"}");
    struct str said = settled(t, ask(m, "/v3/transactions/910000001/verify", "").body, REF_2);
    said = flutterwave_replaced(t, said, "525858", "553188");
    said = flutterwave_replaced(t, said, "6506", "2950");
    said = flutterwave_replaced(t, said, "910000001", "910000002");
    EXPECT_STR(said, flutterwave_fixture("FW-RS-03"));
    control(m, "/_sandbox/pay", "{\"session\":\"ord_9f2c41a7_1\"}");
    EXPECT_I64(ask(m, "/v3/transactions/910000002/verify", "").status, 200);
    /* The oldest answers for the reference; the list knows better. */
    EXPECT_STR(sent(t, ask(m, "/v3/transactions/verify_by_reference?tx_ref=ord_9f2c41a7_1", ""),
                   "data.status"),
        S("failed"));
    struct net_reply list = ask(m, "/v3/transactions?tx_ref=ord_9f2c41a7_1&status=successful", "");
    EXPECT_STR(sent(t, list, "data.0.id"), S("910000002")); /* a text, there */
    run(m);
    EXPECT_I64((int64_t)m->n, 2);
    fixture_close(&m->f);
}

TEST("Flutterwave's phones and banks: at once, in a minute, or never")
{
    static const struct {
        const char *pay;
        const char *first, *then; /* statuses */
        const char *type;
        int64_t told;
    } rows[] = {
        { "\"phone\":\"254700000001\"", "successful", "successful", "mpesa", 1 },
        { "\"phone\":\"254700000001\",\"outcome\":\"async_success\"", "pending", "successful",
            "mpesa", 2 },
        { "\"phone\":\"254700000001\",\"outcome\":\"async_failure\"", "pending", "failed", "mpesa",
            2 },
        { "\"outcome\":\"decline\"", "failed", "failed", "mpesa", 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct merchant *m = merchant_open(t, NULL);
        ask(m, "/v3/payments",
            "{\"tx_ref\":\"ord_9f2c41b0_1\",\"amount\":150,\"currency\":\"KES\",\"redirect_url\":"
            "\"https://shop.example.com/\",\"customer\":{\"email\":\"ada@example.com\",\"name\":"
            "\"Ada Example\"},\"payment_options\":\"mpesa\"}");
        m->f.clock.fixed_ms += 1000;
        control(m, "/_sandbox/pay",
            str_c(t->c->arena,
                str_fmt(t->c->arena, "{\"session\":\"ord_9f2c41b0_1\",%s}", rows[i].pay)));
        struct net_reply now = ask(m, "/v3/transactions/910000001/verify", "");
        EXPECT_STR(sent(t, now, "data.status"), str_of_c(rows[i].first));
        EXPECT_STR(sent(t, now, "data.payment_type"), str_of_c(rows[i].type));
        m->f.clock.fixed_ms += 61 * 1000;
        run(m);
        run(m);
        EXPECT_STR(sent(t, ask(m, "/v3/transactions/910000001/verify", ""), "data.status"),
            str_of_c(rows[i].then));
        EXPECT_I64((int64_t)m->n, rows[i].told);
        fixture_close(&m->f);
    }
}

TEST("Flutterwave tells of M-Pesa as it was recorded")
{
    struct merchant *m = merchant_open(t, NULL);
    ask(m, "/v3/payments",
        "{\"tx_ref\":\"ord_9f2c41b0_1\",\"amount\":150,\"currency\":\"KES\",\"redirect_url\":"
        "\"https://shop.example.com/\",\"customer\":{\"email\":\"ada@example.com\",\"name\":"
        "\"Ada Example\"},\"payment_options\":\"mpesa\"}");
    m->f.clock.fixed_ms += 1000;
    control(m, "/_sandbox/pay", "{\"session\":\"ord_9f2c41b0_1\",\"phone\":\"254700000001\"}");
    run(m);
    struct str said = settled(t, m->body[0], "2993000001");
    said = flutterwave_replaced(t, said, "910000001", "910000020");
    said = flutterwave_replaced(t, said, "470000001", "470000002");
    said = flutterwave_replaced(t, said, "10:16:01.000Z", "12:00:00.000Z");
    EXPECT_STR(said, flutterwave_fixture("FW-WH-03"));
    fixture_close(&m->f);
}

TEST("Flutterwave refuses in its own words, and says the same of what it does not know")
{
    static const struct {
        const char *path, *body, *fixture;
        int status;
    } rows[] = {
        { "/v3/transactions/910000001/verify", "", "FW-RS-04", 404 },
        { "/v3/transactions/zero/verify", "", "FW-RS-04", 404 },
        { "/v3/transactions/verify_by_reference?tx_ref=x", "", "FW-RS-04", 404 },
        { "/v3/refunds?id=910000001", "", "FW-RS-04", 404 },
        { "/v3/refunds/75001", "", "FW-RS-04", 404 },
        { "/v3/payments", "{\"amount\":1}", "FW-RS-06", 400 },
    };
    struct merchant *m = merchant_open(t, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct net_reply reply = ask(m, rows[i].path, rows[i].body);
        EXPECT_I64(reply.status, rows[i].status);
        EXPECT_STR(reply.body, flutterwave_fixture(rows[i].fixture));
    }
    m->f.bearer = S("Bearer FLWSECK_TEST-simulator0002-X");
    struct net_reply reply = ask(m, "/v3/payments", flutterwave_fixture("FW-RQ-01").p);
    EXPECT_I64(reply.status, 401);
    EXPECT_STR(reply.body, flutterwave_fixture("FW-RS-05"));
    static const char *const wrong[] = { "{", "[]", "{\"tx_ref\":\"a\"}",
        "{\"tx_ref\":\"a\",\"amount\":\"-1\"}", "{\"tx_ref\":\"a\",\"amount\":1}",
        "{\"tx_ref\":\"a\",\"amount\":1,\"currency\":\"QQQ\"}",
        "{\"tx_ref\":\"a\",\"amount\":1,\"redirect_url\":\"https://a.example\"}" };
    m->f.bearer = S("Bearer FLWSECK_TEST-simulator0001-X");
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        EXPECT_I64(ask(m, "/v3/payments", wrong[i]).status, 400);
    EXPECT_I64(ask(m, "/v3/payment-plans", "").status, 404);
    fixture_close(&m->f);
}

TEST("Flutterwave disables a link once, and nobody pays by it any more; a reference is used once")
{
    struct merchant *m = merchant_open(t, NULL);
    struct str link = open_fixed(m);
    EXPECT_I64(ask(m, "/v3/payments", flutterwave_fixture("FW-RQ-01").p).status, 400);
    const char *body = str_c(t->c->arena,
        flutterwave_replaced(t, flutterwave_fixture("FW-RQ-02"),
            "https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a",
            str_c(t->c->arena, link)));
    struct net_reply reply = ask(m, "/v3/payments/link/disable", body);
    EXPECT_I64(reply.status, 200);
    EXPECT_STR(reply.body, flutterwave_fixture("FW-RS-09"));
    EXPECT_I64(ask(m, "/v3/payments/link/disable", body).status, 400);
    EXPECT_I64(ask(m, "/_sandbox/pay", "{\"session\":\"ord_9f2c41a7_1\"}").status, 409);
    fixture_close(&m->f);
}

TEST("Flutterwave gives back in parts as it was recorded, and never more than was paid")
{
    struct merchant *m = merchant_open(t, NULL);
    open_fixed(m);
    EXPECT_I64(ask(m, "/v3/transactions/910000001/refund", "{}").status, 400);
    control(m, "/_sandbox/pay", "{\"session\":\"ord_9f2c41a7_1\"}");
    run(m);
    m->f.clock.fixed_ms += (43 * 60 + 58) * 1000; /* 11:00:00 */
    struct net_reply reply =
        ask(m, "/v3/transactions/910000001/refund", flutterwave_fixture("FW-RQ-03").p);
    EXPECT_STR(settled(t, reply.body, REF_1), flutterwave_fixture("FW-RS-10"));
    run(m);
    EXPECT_STR(settled(t, m->body[1], REF_1), flutterwave_fixture("FW-WH-08"));
    EXPECT_I64(ask(m, "/v3/transactions/910000001/refund", "{\"amount\":30}").status, 400);
    EXPECT_I64(ask(m, "/v3/transactions/910000001/refund", "{\"amount\":0}").status, 400);
    reply = ask(m, "/v3/transactions/910000001/refund", "{\"id\":\"910000001\"}");
    EXPECT_I64(reply.status, 200); /* without an amount: all that is left */
    EXPECT(str_has(reply.body, S("\"amount_refunded\":29.99,")));
    EXPECT_I64(ask(m, "/v3/transactions/910000001/refund", "{}").status, 400);
    EXPECT_STR(sent(t, ask(m, "/v3/refunds/75002", ""), "data.status"), S("completed"));
    struct json_value state = fixture_control(&m->f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "captures.0.refunded").raw, S("3999"));
    fixture_close(&m->f);
}

TEST(
    "R18 what the simulated Flutterwave tells, in each shape and signed as it is asked to, purser takes")
{
    static const struct {
        const char *shape, *setting;
        bool hash, signature;
    } rows[] = {
        { "nested", NULL, true, true },
        { "flat", NULL, true, true },
        { "v4", NULL, false, true },
        { "nested", "FLUTTERWAVE_WEBHOOK_AUTH=verif-hash", true, false },
        { "nested", "FLUTTERWAVE_WEBHOOK_AUTH=hmac", false, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n;
        struct merchant *m = merchant_open(t, rows[i].setting);
        control(m, "/_sandbox/webhooks",
            str_c(t->c->arena,
                str_fmt(t->c->arena,
                    "{\"mode\":\"normal\",\"gateway\":\"flutterwave\",\"shape\":\"%s\"}",
                    rows[i].shape)));
        struct str request =
            flutterwave_replaced(t, flutterwave_fixture("FW-RQ-01"), "ord_9f2c41a7_1", FW_ATTEMPT);
        EXPECT_I64(fixture_ask(&m->f, "/v3/payments", request).status, 200);
        control(m, "/_sandbox/pay", "{\"session\":\"" FW_ATTEMPT "\"}");
        run(m);
        EXPECT_I64((int64_t)m->n, 1);
        EXPECT((m->hash[0].n > 0) == rows[i].hash && (m->signature[0].n > 0) == rows[i].signature);
        struct wire w = { .t = t };
        struct gateway_webhook in = flutterwave_webhook(&w, m->body[0],
            m->hash[0].n > 0 ? str_c(t->c->arena, m->hash[0]) : NULL,
            m->signature[0].n > 0 ? str_c(t->c->arena, m->signature[0]) : NULL);
        EXPECT_OK(FLUTTERWAVE->verify(t->c, &in));
        EXPECT_OK(FLUTTERWAVE->translate(t->c, m->body[0], &n));
        EXPECT(n.kind == NOTICE_PAID && n.amount_minor == 3999 && n.currency == CUR_USD);
        EXPECT_STR(n.attempt, S(FW_ATTEMPT));
        fixture_close(&m->f);
    }
}

/* ---- purser's side against this one */

static struct gateway_session page(struct merchant *m, struct str method, enum currency cur)
{
    struct test *t = m->f.t;
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open in = flutterwave_order();
    in.method = method;
    in.total.cur = cur;
    EXPECT_OK(FLUTTERWAVE->open(t->c, &in, &s));
    return s;
}

static struct gateway_state stands(struct merchant *m)
{
    struct test *t = m->f.t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask in = { .attempt = S(FW_ATTEMPT), .session_id = S(FW_ATTEMPT) };
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &in, &s));
    return s;
}

TEST(
    "R15 each fault of the simulated Flutterwave is heard as what it is, and asked about afterwards")
{
    static const struct {
        const char *fault;
        enum outcome open, ask;
    } rows[] = {
        { "refuse", OUTCOME_DECLINED, OUTCOME_DONE },
        { "timeout", OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
        { "reset_after", OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
        { "500", OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
        { "500_after", OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
        { "429", OUTCOME_NOT_SENT, OUTCOME_NOT_SENT },
        { "malformed", OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
        { "slow", OUTCOME_DONE, OUTCOME_DONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct merchant *m = merchant_open(t, NULL);
        for (size_t k = 0; k < 2; k++)
            control(m, "/_sandbox/faults",
                str_c(t->c->arena,
                    str_fmt(t->c->arena,
                        "{\"gateway\":\"flutterwave\",\"call\":\"%s\",\"fault\":\"%s\"}",
                        k == 0 ? "create" : "query", rows[i].fault)));
        EXPECT_STR(outcome_text(page(m, S("card"), CUR_USD).outcome), outcome_text(rows[i].open));
        EXPECT_STR(outcome_text(stands(m).outcome), outcome_text(rows[i].ask));
        struct gateway_state s = stands(m); /* what was opened, and what was not: nobody has paid */
        EXPECT(s.outcome == OUTCOME_DONE && s.notice.kind == NOTICE_OPENED);
        fixture_close(&m->f);
    }
}

TEST("what is paid at the simulated Flutterwave by each method is known to purser, and how")
{
    static const struct {
        const char *method, *pay, *type;
        enum currency cur;
    } rows[] = {
        { "card", "", "card", CUR_USD },
        { "card", ",\"card\":\"340614670471041\"", "card", CUR_EUR },
        { "express", "", "card", CUR_USD },
        { "mobile_money", "", "mobile_money", CUR_UGX },
        { "mobile_money", ",\"phone\":\"+250780000001\"", "mobile_money", CUR_RWF },
        { "bank", "", "bank", CUR_NGN },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct merchant *m = merchant_open(t, NULL);
        EXPECT_I64(page(m, str_of_c(rows[i].method), rows[i].cur).outcome, OUTCOME_DONE);
        EXPECT_I64(stands(m).notice.kind, NOTICE_OPENED);
        control(m, "/_sandbox/pay",
            str_c(t->c->arena,
                str_fmt(t->c->arena, "{\"session\":\"" FW_ATTEMPT "\"%s}", rows[i].pay)));
        struct gateway_state s = stands(m);
        EXPECT_I64(s.notice.kind, NOTICE_PAID);
        EXPECT_I64(s.notice.amount_minor, 3999);
        EXPECT_I64(s.notice.currency, rows[i].cur);
        EXPECT_STR(s.notice.method_type, str_of_c(rows[i].type));
        fixture_close(&m->f);
    }
    struct merchant *m = merchant_open(t, NULL);
    page(m, S("bank"), CUR_NGN);
    EXPECT_I64(
        ask(m, "/_sandbox/pay", "{\"session\":\"" FW_ATTEMPT "\",\"card\":\"5531886652142950\"}")
            .status,
        400); /* the page offers banks only */
    fixture_close(&m->f);
}

TEST("R15 purser gives back at the simulated Flutterwave once, whatever becomes of the answer")
{
    static const struct {
        const char *fault;
        enum outcome first;
        int64_t refunded; /* after the first call */
    } rows[] = {
        { "slow", OUTCOME_DONE, 1000 },
        { "refuse", OUTCOME_DECLINED, 0 },
        { "timeout", OUTCOME_UNKNOWN, 0 },
        { "500", OUTCOME_UNKNOWN, 0 },
        { "429", OUTCOME_NOT_SENT, 0 },
        { "reset_after", OUTCOME_UNKNOWN, 1000 },
        { "500_after", OUTCOME_UNKNOWN, 1000 },
        { "malformed", OUTCOME_UNKNOWN, 1000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct merchant *m = merchant_open(t, NULL);
        struct gateway_give in = { .key = S("ref_01hqzzzzzzzzzzzzzzzzzzzzz0"),
            .attempt = S(FW_ATTEMPT),
            .session_id = S(FW_ATTEMPT),
            .amount = { 1000, CUR_USD } };
        struct gateway_given g = { .outcome = OUTCOME_NOT_SENT };
        struct gateway_backs all = { .outcome = OUTCOME_NOT_SENT };
        page(m, S("card"), CUR_USD);
        control(m, "/_sandbox/pay", "{\"session\":\"" FW_ATTEMPT "\"}");
        control(m, "/_sandbox/faults",
            str_c(t->c->arena,
                str_fmt(t->c->arena,
                    "{\"gateway\":\"flutterwave\",\"call\":\"refund\",\"fault\":\"%s\"}",
                    rows[i].fault)));
        EXPECT_OK(FLUTTERWAVE->give_back(t->c, &in, &g));
        EXPECT_STR(outcome_text(g.outcome), outcome_text(rows[i].first));
        EXPECT_OK(FLUTTERWAVE->given_back(t->c, &in, &all));
        EXPECT_I64((int64_t)all.count, rows[i].refunded > 0 ? 1 : 0);
        EXPECT_OK(FLUTTERWAVE->give_back(t->c, &in, &g)); /* the same one */
        EXPECT_STR(outcome_text(g.outcome), outcome_text(OUTCOME_DONE));
        EXPECT_STR(g.back.mark, in.key);
        struct json_value state = fixture_control(&m->f, "/_sandbox/state", S(""));
        EXPECT_STR(json_at(state, "captures.0.refunded").raw, S("1000"));
        fixture_close(&m->f);
    }
}

TEST("every card of Flutterwave's table ends as its row says")
{
    for (size_t i = 0; i < fw_card_count; i++) {
        struct merchant *m = merchant_open(t, NULL);
        page(m, S("card"), CUR_USD);
        control(m, "/_sandbox/pay",
            str_c(t->c->arena,
                str_fmt(t->c->arena, "{\"session\":\"" FW_ATTEMPT "\",\"card\":\"%.*s\"}",
                    SARG(fw_cards[i].number))));
        EXPECT_I64(stands(m).notice.kind, fw_cards[i].refusal.n > 0 ? NOTICE_FAILED : NOTICE_PAID);
        fixture_close(&m->f);
    }
    EXPECT(fw_card_find(S("4242424242424242")) == NULL);
}
