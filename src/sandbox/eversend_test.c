#include "sandbox/eversend.h"

#include "base/clock.h"
#include "gateway/eversend_fixture.h"
#include "sandbox/sandbox_fixture.h"

/* The simulated Eversend against what the real one was seen to send, byte for byte, and against
 * purser's own side of the wire. */

enum {
    TOLD_MAX = 16
};

/* A merchant that keeps what it is told. */
struct merchant {
    struct net net; /* first */
    struct fixture f;
    struct str body[TOLD_MAX], signature[TOLD_MAX];
    size_t n;
};

static enum err take(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct merchant *m = (struct merchant *)(void *)net;
    struct arena *a = m->f.t->c->arena;
    must(m->n < TOLD_MAX && c->db == NULL);
    for (size_t i = 0; i < in->header_count; i++)
        if (str_eq(in->headers[i].name, S("X-Eversend-Signature")))
            m->signature[m->n] = str_copy(a, in->headers[i].value);
    m->body[m->n++] = str_copy(a, in->body);
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 200 };
    return E_OK;
}

static struct merchant *merchant_open(struct test *t, const char *setting)
{
    const char *env[] = { "EVERSEND_CLIENT_ID=evs_client_sim_0001",
        "EVERSEND_CLIENT_SECRET=evs_secret_sim_0001", "EVERSEND_WEBHOOK_SECRET=" EV_SECRET,
        "EVERSEND_API_URL=http://127.0.0.1:8081/eversend/v1", setting, NULL };
    struct merchant *m = arena_new(t->c->arena, struct merchant);
    *m = (struct merchant) { .net = { .call = take } };
    m->f.options.net = &m->net;
    EXPECT(time_parse_iso(S("2026-11-20T10:00:00.000Z"), &t->c->now_ms));
    t->c->wall_ms = t->c->now_ms;
    fixture_open(t, &m->f, env);
    return m;
}

/* The clock moves on, and what is due happens. */
static void wait_ms(struct merchant *m, int64_t ms)
{
    struct test *t = m->f.t;
    int64_t ran = 0;
    m->f.clock.fixed_ms += ms;
    clock_read(t->c, &m->f.clock);
    EXPECT_OK(sandbox_run_due(t->c, m->f.sb, &ran));
    EXPECT_OK(sandbox_run_due(t->c, m->f.sb, &ran));
}

static struct net_reply ask(struct merchant *m, const char *path, struct str body)
{
    return fixture_ask(
        &m->f, str_c(m->f.t->c->arena, str_fmt(m->f.t->c->arena, "/eversend/v1%s", path)), body);
}

static struct str sent(struct test *t, struct str body, const char *path)
{
    EXPECT_OK(json_check(t->c, body));
    return json_text(t->c->arena, json_root(body), path);
}

/* In, and with a code that was sent to the phone: its name. */
static struct str enter(struct merchant *m)
{
    struct test *t = m->f.t;
    struct net_request in = {
        .gateway = S("eversend"),
        .method = S("GET"),
        .url = S("http://127.0.0.1:8081/eversend/v1/auth/token"),
        .headers = { { S("ClientID"), S("evs_client_sim_0001") },
            { S("CLIENTSECRET"), S("evs_secret_sim_0001") } },
        .header_count = 2,
        .private_target = true,
    };
    struct net_reply reply;
    EXPECT_OK(net_call(t->c, &in, &reply));
    EXPECT_STR(reply.body, eversend_fixture("EV-RS-01"));
    m->f.bearer = S("Bearer evs.sim.token.0001");
    reply = ask(m, "/collections/otp", eversend_fixture("EV-RQ-02"));
    EXPECT_I64((int64_t)reply.body.n, (int64_t)eversend_fixture("EV-RS-05").n);
    m->f.clock.fixed_ms += INT64_C(2) * 3600 * 1000;
    return sent(t, reply.body, "data.pinId");
}

/* What is drawn by lot here, as it stands in the fixture. */
static struct str settled(struct test *t, struct str body, struct str id)
{
    return flutterwave_replaced(t, body, str_c(t->c->arena, id), "BE11763640000001");
}

TEST("Eversend lets in, sends a code, asks a phone and answers as it was recorded, byte for byte")
{
    struct merchant *m = merchant_open(t, "EVERSEND_OTP=whitelisted");
    enter(m);
    struct str body = str_of_c("{\"phone\":\"+256700000000\",\"amount\":20000,\"country\":\"UG\","
                               "\"currency\":\"UGX\",\"transactionRef\":\"ord9f2c41c0x1\"}");
    m->f.clock.fixed_ms -= INT64_C(2) * 3600 * 1000;
    EXPECT_STR(ask(m, "/collections/fees", eversend_fixture("EV-RQ-01")).body,
        eversend_fixture("EV-RS-04"));
    struct net_reply reply = ask(m, "/collections/momo", body);
    struct str id = sent(t, reply.body, "data.transactionId");
    struct str said = flutterwave_replaced(t, settled(t, reply.body, id), "T10:00", "T12:00");
    EXPECT_STR(said, eversend_fixture("EV-RS-06"));
    EXPECT_STR(ask(m, "/collections/momo", body).body, eversend_fixture("EV-RS-14"));
    const char *path = str_c(t->c->arena, str_fmt(t->c->arena, "/transactions/%.*s", SARG(id)));
    said = settled(t, ask(m, path, S("")).body, id);
    said = flutterwave_replaced(
        t, said, "\"updatedAt\":\"2026-11-20T10:00:00", "\"updatedAt\":\"2026-11-20T12:01:30");
    said = flutterwave_replaced(t, said, "T10:00", "T12:00");
    EXPECT_STR(said, eversend_fixture("EV-RS-07"));
    wait_ms(m, 90 * 1000);
    said = flutterwave_replaced(t, settled(t, ask(m, path, S("")).body, id), "T10:0", "T12:0");
    EXPECT_STR(said, eversend_fixture("EV-RS-08"));
    EXPECT_I64((int64_t)m->n, 1);
    said = flutterwave_replaced(t, settled(t, m->body[0], id), "T10:0", "T12:0");
    EXPECT_STR(said, eversend_fixture("EV-WH-01"));
    struct gateway_webhook told = eversend_webhook(m->body[0], str_c(t->c->arena, m->signature[0]));
    EXPECT_OK(EVERSEND->verify(t->c, &told));
    fixture_control(&m->f, "/_sandbox/emit",
        S("{\"gateway\":\"eversend\",\"event\":\"refunded\",\"session\":\"ord9f2c41c0x1\"}"));
    said = flutterwave_replaced(t, settled(t, ask(m, path, S("")).body, id), "T10:0", "T12:0");
    EXPECT_STR(said, eversend_fixture("EV-RS-10"));
    fixture_close(&m->f);
}

TEST("Eversend refuses who has no token, another origin, wrong credentials")
{
    struct merchant *m = merchant_open(t, NULL);
    EXPECT_I64(ask(m, "/transactions", S("")).status, 401);
    struct net_reply reply = ask(m, "/auth/token", S(""));
    EXPECT_I64(reply.status, 401);
    EXPECT_STR(reply.body, eversend_fixture("EV-RS-02"));
    EXPECT_I64(ask(m, "/payouts", S("{}")).status, 404);
    fixture_close(&m->f);
    m = merchant_open(t, "EVERSEND_ORIGIN=https://shop.example.com");
    EXPECT_STR(ask(m, "/auth/token", S("")).body, eversend_fixture("EV-RS-03"));
    fixture_close(&m->f);
}

/* ---- both sides of the wire */

static struct str reference_n(struct test *t, int n)
{
    struct id id = { .b = { [15] = (unsigned char)n } };
    int64_t today_ms = t->c->now_ms / (24 * 3600 * 1000) * (24 * 3600 * 1000);
    for (size_t i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(today_ms >> (8 * (5 - i)));
    return id_text(t->c->arena, S("att"), id);
}

static struct gateway_prompted prompt(struct merchant *m, int n, const char *phone, const char *pin)
{
    struct test *t = m->f.t;
    struct gateway_code code = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_prompted p = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(EVERSEND->phone->send_code(t->c, reference_n(t, n), str_of_c(phone), &code));
    EXPECT_I64(code.outcome, OUTCOME_DONE);
    const struct gateway_prompt in = {
        .attempt = reference_n(t, n),
        .total = { 20000, CUR_UGX },
        .phone = str_of_c(phone),
        .country = S("UG"),
        .code_id = code.id,
        .code = str_of_c(pin),
    };
    EXPECT_OK(EVERSEND->phone->prompt(t->c, &in, &p));
    return p;
}

static struct gateway_state stands(struct merchant *m, int n, struct str payment)
{
    struct test *t = m->f.t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    const struct gateway_ask in = { .attempt = reference_n(t, n), .payment = payment };
    EXPECT_OK(EVERSEND->ask(t->c, &in, &s));
    return s;
}

TEST("each of Eversend's test phones ends as its number says, asked and told")
{
    static const struct {
        const char *phone;
        enum notice_kind asked, told; /* told: STRANGE: nothing */
        const char *why;
    } rows[] = {
        { "+256700000000", NOTICE_PAID, NOTICE_PAID, "" },
        { "+256700000001", NOTICE_FAILED, NOTICE_FAILED, "Payer declined" },
        { "+256700000002", NOTICE_PENDING, NOTICE_STRANGE, "" },
        { "+256700000003", NOTICE_PAID, NOTICE_STRANGE, "" },
        { "+256700000004", NOTICE_FAILED, NOTICE_PAID, "Payer declined" },
        { "+256700000005", NOTICE_FAILED, NOTICE_FAILED, "Insufficient balance" },
    };
    struct merchant *m = merchant_open(t, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_prompted p = prompt(m, (int)i, rows[i].phone, EVS_CODE);
        EXPECT_STR(outcome_text(p.outcome), outcome_text(OUTCOME_PENDING));
        EXPECT_I64(stands(m, (int)i, p.payment).notice.kind, NOTICE_PENDING);
        m->n = 0;
        wait_ms(m, 4000);
        struct gateway_state s = stands(m, (int)i, p.payment);
        EXPECT_STR(notice_text(s.notice.kind), notice_text(rows[i].asked));
        EXPECT_STR(s.notice.why, str_of_c(rows[i].why));
        EXPECT_I64((int64_t)m->n, rows[i].told == NOTICE_STRANGE ? 0 : 1);
        struct notice n = { .kind = NOTICE_STRANGE };
        if (m->n > 0)
            EXPECT_OK(EVERSEND->translate(t->c, m->body[0], &n));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].told));
    }
    EXPECT_I64(prompt(m, 7, "+256700000006", EVS_CODE).outcome, OUTCOME_DECLINED);
    fixture_close(&m->f);
}

TEST("a code that is wrong is said to be, and asks nobody; a prompt that nobody answers ends")
{
    struct merchant *m = merchant_open(t, NULL);
    struct gateway_prompted p = prompt(m, 0, "+256700000100", "000000");
    EXPECT(p.outcome == OUTCOME_DECLINED && p.wrong_code);
    EXPECT_I64(stands(m, 0, S("")).notice.kind, NOTICE_OPENED);
    EXPECT_I64(prompt(m, 0, "+256700000100", EVS_CODE).outcome, OUTCOME_PENDING);
    EXPECT_I64(stands(m, 0, S("")).notice.kind, NOTICE_PENDING); /* by its reference alone */
    wait_ms(m, 5 * 60 * 1000);
    struct gateway_state s = stands(m, 0, S(""));
    EXPECT_I64(s.notice.kind, NOTICE_FAILED);
    EXPECT_STR(s.notice.why, S("Payer did not respond in time"));
    fixture_close(&m->f);
}

TEST("F21 F22 F23 whatever becomes of an answer, one collection is there under one reference")
{
    static const struct {
        const char *fault;
        enum outcome outcome;
        enum notice_kind there;
    } rows[] = {
        { "refuse", OUTCOME_DECLINED, NOTICE_OPENED },
        { "429", OUTCOME_NOT_SENT, NOTICE_OPENED },
        { "500", OUTCOME_UNKNOWN, NOTICE_OPENED },
        { "timeout", OUTCOME_UNKNOWN, NOTICE_OPENED },
        { "500_after", OUTCOME_UNKNOWN, NOTICE_PENDING },
        { "reset_after", OUTCOME_UNKNOWN, NOTICE_PENDING },
        { "malformed", OUTCOME_UNKNOWN, NOTICE_PENDING },
    };
    struct merchant *m = merchant_open(t, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        fixture_control(&m->f, "/_sandbox/faults",
            str_fmt(t->c->arena, "{\"gateway\":\"eversend\",\"call\":\"create\",\"fault\":\"%s\"}",
                rows[i].fault));
        struct gateway_prompted p = prompt(m, (int)i, "+256700000100", EVS_CODE);
        EXPECT_STR(outcome_text(p.outcome), outcome_text(rows[i].outcome));
        EXPECT_STR(notice_text(stands(m, (int)i, S("")).notice.kind), notice_text(rows[i].there));
        if (rows[i].there == NOTICE_PENDING) /* asked again, it says that it is there */
            EXPECT_I64(prompt(m, (int)i, "+256700000100", EVS_CODE).outcome, OUTCOME_UNKNOWN);
    }
    fixture_close(&m->f);
}

TEST("Eversend tells in each shape that was seen, and a forged one does not hold")
{
    static const struct {
        const char *shape;
        bool holds;
    } rows[] = { { "typed", true }, { "flat", true }, { "forged", false }, { "nested", true } };
    struct merchant *m = merchant_open(t, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        fixture_control(&m->f, "/_sandbox/webhooks",
            str_fmt(t->c->arena, "{\"gateway\":\"eversend\",\"mode\":\"normal\",\"shape\":\"%s\"}",
                rows[i].shape));
        m->n = 0;
        prompt(m, (int)i, "+256700000000", EVS_CODE);
        wait_ms(m, 4000);
        EXPECT_I64((int64_t)m->n, 1);
        struct gateway_webhook in =
            eversend_webhook(m->body[0], str_c(t->c->arena, m->signature[0]));
        EXPECT((EVERSEND->verify(t->c, &in) == E_OK) == rows[i].holds);
        err_clear(t->c);
        struct notice n;
        EXPECT_OK(EVERSEND->translate(t->c, m->body[0], &n));
        EXPECT_STR(n.attempt, reference_n(t, (int)i));
        EXPECT_I64(n.kind, NOTICE_PAID);
    }
    fixture_close(&m->f);
}
