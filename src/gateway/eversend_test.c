#include "base/clock.h"
#include "gateway/eversend.h"
#include "gateway/eversend_fixture.h"
#include "net/pass.h"

/* Being let in, asking a phone, asking what became of it: what is asked, and what follows from each
 * kind of answer. */

static void close_passes(void *arg)
{
    passes_close(arg);
}

/* As in the product: a token that came is kept. */
static struct wire *keeping(struct test *t)
{
    struct wire *w = eversend_wire(t);
    w->net.passes = passes_open();
    arena_defer(t->c->arena, close_passes, w->net.passes);
    return w;
}

static struct gateway_prompt prompt_of_ours(void)
{
    return (struct gateway_prompt) {
        .attempt = S(EV_ATTEMPT),
        .total = { 20000, CUR_UGX },
        .phone = S("+256700000000"),
        .country = S("UG"),
        .code_id = S("VE00112233445566778899aabbccddeeff00"),
        .code = S("123456"),
        .name = S("Ada Example"),
        .mail = S("ada@example.com"),
        .return_url = S("https://pay.example.com/pay"),
    };
}

static struct gateway_prompted prompt(struct wire *w, const struct gateway_prompt *in)
{
    struct test *t = w->t;
    struct gateway_prompted p = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(EVERSEND->phone->prompt(t->c, in, &p));
    return p;
}

TEST(
    "Eversend lets in by id and secret, and its token opens what follows, until shortly before it ends")
{
    struct wire *w = keeping(t);
    struct gateway_code code;
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-05");
    eversend_next(w, 200, "EV-RS-05");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-05");
    EXPECT_OK(EVERSEND->phone->send_code(t->c, S(EV_ATTEMPT), S("+256700000000"), &code));
    EXPECT_STR(w->asked[0].url, S("https://api.eversend.co/v1/auth/token"));
    EXPECT_STR(w->asked[0].method, S("GET"));
    EXPECT_STR(wire_header(w, 0, "clientId"), S("evs_client_sim_0001"));
    EXPECT_STR(wire_header(w, 0, "clientSecret"), S("evs_secret_sim_0001"));
    EXPECT_STR(w->asked[1].url, S("https://api.eversend.co/v1/collections/otp"));
    EXPECT_STR(wire_header(w, 1, "Authorization"), S("Bearer evs.sim.token.0001"));
    EXPECT_STR(w->asked[1].body, eversend_fixture("EV-RQ-02"));
    EXPECT_STR(code.id, S("VE00112233445566778899aabbccddeeff00"));
    t->c->wall_ms += 58 * 60 * 1000; /* it says that it holds for an hour */
    EXPECT_OK(EVERSEND->phone->send_code(t->c, S(EV_ATTEMPT), S("+256700000000"), &code));
    EXPECT_I64((int64_t)w->asks, 3);
    t->c->wall_ms += 60 * 1000 + 1;
    EXPECT_OK(EVERSEND->phone->send_code(t->c, S(EV_ATTEMPT), S("+256700000000"), &code));
    EXPECT_I64((int64_t)w->asks, 5);
    EXPECT_STR(w->asked[3].url, S("https://api.eversend.co/v1/auth/token"));
}

TEST("a token that Eversend refuses is fetched again once, and the question asked again")
{
    struct wire *w = keeping(t);
    struct gateway_prompt in = prompt_of_ours();
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-06");
    eversend_next(w, 401, "EV-RS-02");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-06");
    EXPECT_I64(prompt(w, &in).outcome, OUTCOME_PENDING);
    EXPECT_I64(prompt(w, &in).outcome, OUTCOME_PENDING);
    EXPECT_I64((int64_t)w->asks, 5);
    EXPECT_STR(w->asked[4].body, w->asked[2].body);
    wire_restart(w);
    eversend_next(w, 401, "EV-RS-02");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 401, "EV-RS-02");
    struct gateway_prompted p = prompt(w, &in);
    EXPECT_I64(p.outcome, OUTCOME_DECLINED); /* it definitely did not */
    EXPECT_I64((int64_t)w->asks, 3);
    wire_restart(w);
    eversend_next(w, 401, "EV-RS-03");
    EXPECT_STR(prompt(w, &in).refusal, S("Eversend answered 401: Invalid request origin"));
    EXPECT_I64((int64_t)w->asks, 1); /* another token does not help */
}

TEST("R15 who gets no token has sent nothing, whatever became of asking for it")
{
    struct gateway_prompt in = prompt_of_ours();
    static const struct {
        int status;
        const char *body;
    } rows[] = {
        { 401, "{\"status\":401,\"message\":\"Invalid credentials\"}" },
        { 400, "{\"status\":400,\"message\":\"no\"}" },
        { 500, "{}" },
        { 0, "" },
        { 200, "{\"status\":200}" },
        { 200, "<html>" },
    };
    struct wire *w = eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        wire_next(w, rows[i].status, rows[i].body);
        struct gateway_prompted p = prompt(w, &in);
        EXPECT_I64(p.outcome, OUTCOME_NOT_SENT);
        EXPECT(p.refusal.n > 0 && !str_has(p.refusal, S("evs_secret")));
        EXPECT_I64((int64_t)w->asks, 1);
    }
}

TEST("a phone is asked under the attempt's reference, and only Eversend's word that it is counts")
{
    struct wire *w = eversend_wire(t);
    struct gateway_prompt in = prompt_of_ours();
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-06");
    struct gateway_prompted p = prompt(w, &in);
    EXPECT_I64(p.outcome, OUTCOME_PENDING);
    EXPECT_STR(p.payment, S("BE11763640000001"));
    EXPECT_STR(w->asked[1].url, S("https://api.eversend.co/v1/collections/momo"));
    EXPECT_STR(w->asked[1].body, str_of_c(eversend_ours(t, "EV-RQ-03")));
}

TEST("what Eversend wants to be written is written as its owner set it")
{
    struct gateway_prompt in = prompt_of_ours();
    static const struct {
        const char *setting, *has;
    } rows[] = {
        { "EVERSEND_CUSTOMER_FORMAT=name", "\"customer\":\"Ada Example\"" },
        { "EVERSEND_CUSTOMER_FORMAT=object",
            "\"customer\":{\"name\":\"Ada Example\",\"email\":\"ada@example.com\"}" },
        { "EVERSEND_CUSTOMER_FORMAT=json-string", "\"customer\":\"{\\\"name\\\":\\\"Ada" },
        { "EVERSEND_REDIRECT_FIELD=redirectUrl",
            "\"redirectUrl\":\"https://pay.example.com/pay\"" },
    };
    in.country = S("GH");
    in.total = (struct money) { 700, CUR_GHS };
    in.phone = S("+233200000000");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wire *w = eversend_wire_with(t, rows[i].setting, NULL);
        eversend_next(w, 200, "EV-RS-01");
        eversend_next(w, 200, "EV-RS-06");
        prompt(w, &in);
        EXPECT(str_has(w->asked[1].body, str_of_c(rows[i].has)));
        EXPECT(str_has(w->asked[1].body, S("\"amount\":7.00,")));
    }
    struct wire *w = eversend_wire_with(t, "EVERSEND_ORIGIN=https://shop.example.com", NULL);
    EXPECT(EVERSEND->phone->codes(t->c->config));
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-06");
    prompt(w, &in);
    EXPECT_STR(wire_header(w, 1, "Origin"), S("https://shop.example.com"));
    w = eversend_wire_with(t, "EVERSEND_OTP=whitelisted", NULL);
    EXPECT(!EVERSEND->phone->codes(t->c->config));
    in.code_id = in.code = S("");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-06");
    prompt(w, &in);
    EXPECT(!str_has(w->asked[1].body, S("otp")));
}

TEST("R15 only Eversend's own no is a no; a prompt that may be there is unknown")
{
    struct gateway_prompt in = prompt_of_ours();
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 400, "{\"code\":400,\"message\":\"Invalid OTP\",\"success\":false}", OUTCOME_DECLINED },
        { 200, "{\"code\":400,\"message\":\"Invalid phone\",\"success\":false}", OUTCOME_DECLINED },
        { 200, "{\"message\":[\"customer must be a string\"],\"success\":false}",
            OUTCOME_DECLINED },
        { 404, "{\"status\":404,\"message\":\"Not found\"}", OUTCOME_DECLINED },
        { 400, "{\"code\":400,\"message\":\"transactionRef already exists\",\"success\":false}",
            OUTCOME_UNKNOWN },
        { 400, "{\"code\":400,\"message\":\"Duplicate transaction reference\"}", OUTCOME_UNKNOWN },
        { 422, "{\"code\":422,\"message\":\"Reference has been used\"}", OUTCOME_UNKNOWN },
        { 200, "{\"code\":500,\"message\":\"oops\",\"success\":false}", OUTCOME_UNKNOWN },
        { 200, "{\"success\":false}", OUTCOME_UNKNOWN },
        { 429, "{\"code\":429,\"message\":\"Too many\"}", OUTCOME_NOT_SENT },
        { 200, "{\"code\":429,\"message\":\"Too many\"}", OUTCOME_NOT_SENT },
        { 409, "{\"code\":409,\"message\":\"Busy\"}", OUTCOME_UNKNOWN },
        { 500, "{\"code\":500,\"message\":\"oops\"}", OUTCOME_UNKNOWN },
        { 502, "<html>away</html>", OUTCOME_UNKNOWN },
        { 400, "<html>a proxy's no</html>", OUTCOME_UNKNOWN },
        { 403, "{}", OUTCOME_UNKNOWN },
        { 200, "", OUTCOME_UNKNOWN },
        { 200, "{\"code\":200,\"data\":{\"transactionId\":\"BE1", OUTCOME_UNKNOWN },
        { 200, "{\"code\":200,\"data\":{},\"success\":true}", OUTCOME_UNKNOWN },
        { 200, "{\"code\":200,\"data\":{\"transactionId\":\"BE1\",\"transactionRef\":\"other\"}}",
            OUTCOME_UNKNOWN },
        { 302, "{}", OUTCOME_UNKNOWN },
        { 0, "", OUTCOME_UNKNOWN },
    };
    struct wire *w = eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        eversend_next(w, 200, "EV-RS-01");
        wire_next(w, rows[i].status, rows[i].body);
        struct gateway_prompted p = prompt(w, &in);
        EXPECT_STR(outcome_text(p.outcome), outcome_text(rows[i].outcome));
        EXPECT(p.refusal.n > 0 && p.payment.n == 0);
        EXPECT(p.wrong_code == (i == 0));
    }
}

TEST("what Eversend says of a phone is kept without its number")
{
    struct wire *w = eversend_wire(t);
    struct gateway_prompt in = prompt_of_ours();
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 400, "{\"message\":\"+256700000006 is no MTN number; code 12 of BE1\"}");
    struct str words = prompt(w, &in).refusal;
    EXPECT_STR(words, S("Eversend answered 400: +[redacted] is no MTN number; code 12 of BE1"));
}

TEST("what Eversend takes on top, and its bounds, are read digit by digit")
{
    struct wire *w = eversend_wire(t);
    struct gateway_fee f;
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-04");
    EXPECT_OK(EVERSEND->phone->fee(t->c, (struct money) { 20000, CUR_UGX }, &f));
    EXPECT_STR(w->asked[1].body, eversend_fixture("EV-RQ-01"));
    EXPECT_I64(f.outcome, OUTCOME_DONE);
    EXPECT_I64(f.fee_minor, 300);
    EXPECT_I64(f.least_minor, 500);
    EXPECT_I64(f.most_minor, 4000000);
}

TEST("R5 Eversend takes mobile money in seven currencies, each with its digits, and nothing else")
{
    static const struct {
        enum currency cur;
        const char *amount; /* of 1500 minor units; NULL: refused */
    } rows[] = {
        { CUR_UGX, "1500" },
        { CUR_RWF, "1500" },
        { CUR_XAF, "1500" },
        { CUR_XOF, "1500" },
        { CUR_KES, "15.00" },
        { CUR_GHS, "15.00" },
        { CUR_TZS, "15.00" },
        { CUR_USD, NULL },
        { CUR_NGN, NULL },
        { CUR_KWD, NULL },
    };
    struct wire *w = eversend_wire(t);
    EXPECT_FAIL(EVERSEND->takes(t->c, S("card"), CUR_UGX), INVALID_REQUEST);
    EXPECT_FAIL(EVERSEND->takes(t->c, S("crypto"), CUR_UGX), INVALID_REQUEST);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct money m = { 1500, rows[i].cur };
        enum err e = gateway_accepts(t->c, EVERSEND, S("mobile_money"), m);
        EXPECT(e == (rows[i].amount == NULL ? E_INVALID : E_OK));
        err_clear(t->c);
        if (rows[i].amount != NULL)
            EXPECT_STR(eversend_decimal(t->c, m), str_of_c(rows[i].amount));
    }
    EXPECT_I64((int64_t)w->asks, 0);
}

/* ---- asking what became of it */

static struct gateway_state ask(struct wire *w, const char *attempt, const char *payment)
{
    struct test *t = w->t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask in = { .attempt = str_of_c(attempt), .payment = str_of_c(payment) };
    EXPECT_OK(EVERSEND->ask(t->c, &in, &s));
    return s;
}

TEST("a collection is asked for by Eversend's id, in each shape in which it was answered")
{
    static const struct {
        const char *name;
        enum notice_kind kind;
    } rows[] = {
        { "EV-RS-07", NOTICE_PENDING },
        { "EV-RS-08", NOTICE_PAID },
        { "EV-RS-09", NOTICE_FAILED },
        { "EV-RS-10", NOTICE_REFUNDED },
        { "EV-RS-11", NOTICE_PAID },
    };
    struct wire *w = eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        eversend_next(w, 200, "EV-RS-01");
        eversend_next(w, 200, rows[i].name);
        struct gateway_state s = ask(w, EV_ATTEMPT, "BE11763640000001");
        EXPECT_STR(w->asked[1].url, S("https://api.eversend.co/v1/transactions/BE11763640000001"));
        EXPECT_I64(s.outcome, OUTCOME_DONE);
        EXPECT_STR(notice_text(s.notice.kind), notice_text(rows[i].kind));
        EXPECT(s.notice.has_amount && !s.notice.proof);
        EXPECT_I64(s.notice.amount_minor, 20000);
        EXPECT_I64(s.notice.currency, CUR_UGX);
        EXPECT_STR(s.notice.attempt, S(EV_ATTEMPT));
        EXPECT_STR(s.notice.session_id, S(EV_REFERENCE));
        EXPECT_STR(s.notice.payment, S("BE11763640000001"));
        EXPECT_STR(s.notice.method_type, S("mobile_money"));
    }
    EXPECT_STR(ask(w, "", "").refusal, S("Eversend cannot be asked about a payment of this name"));
}

TEST("an answer about another collection, or in another currency's digits, is none about ours")
{
    struct wire *w = eversend_wire(t);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 200, eversend_fixture("EV-RS-08").p); /* another's reference */
    EXPECT_I64(ask(w, EV_ATTEMPT, "BE11763640000001").outcome, OUTCOME_UNKNOWN);
    wire_restart(w);
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-08");
    EXPECT_I64(ask(w, EV_ATTEMPT, "BE11763640000002").outcome, OUTCOME_UNKNOWN);
    wire_restart(w);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 200,
        str_c(t->c->arena,
            flutterwave_replaced(t, str_of_c(eversend_ours(t, "EV-RS-08")), "\"amount\":\"20000\"",
                "\"amount\":\"20000.5\"")));
    EXPECT(!ask(w, EV_ATTEMPT, "BE11763640000001").notice.has_amount);
    wire_restart(w);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 200,
        str_c(t->c->arena,
            flutterwave_replaced(
                t, str_of_c(eversend_ours(t, "EV-RS-08")), "\"successful\"", "\"reversed\"")));
    EXPECT_I64(ask(w, EV_ATTEMPT, "BE11763640000001").notice.kind, NOTICE_STRANGE);
}

static const char nothing[] = "{\"code\":200,\"data\":{\"transactions\":[]},\"success\":true}";

TEST(
    "R15 a call whose answer was lost is looked for by our reference, in the search and then by days")
{
    struct wire *w = eversend_wire(t);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 200, nothing);
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-07");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-08");
    struct gateway_state s = ask(w, EV_ATTEMPT, "");
    EXPECT_STR(w->asked[1].url,
        S("https://api.eversend.co/v1/transactions?page=1&limit=100&search=" EV_REFERENCE));
    EXPECT(str_has(w->asked[3].url, S("&type=collection&from=20")));
    EXPECT_STR(w->asked[5].url, S("https://api.eversend.co/v1/transactions/BE11763640000001"));
    EXPECT_I64(s.notice.kind, NOTICE_PAID); /* it is read where it stands, not where it is listed */
    wire_restart(w);
    for (int i = 0; i < 2; i++) {
        eversend_next(w, 200, "EV-RS-01");
        wire_next(w, 200, nothing);
    }
    s = ask(w, EV_ATTEMPT, "");
    EXPECT_I64(s.outcome, OUTCOME_DONE);
    EXPECT_I64(s.notice.kind, NOTICE_OPENED);
    wire_restart(w);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 200, "{\"code\":200,\"data\":{},\"success\":true}");
    EXPECT_I64(ask(w, EV_ATTEMPT, "").outcome, OUTCOME_UNKNOWN);
    wire_restart(w);
    eversend_next(w, 200, "EV-RS-01");
    wire_next(w, 404, "{\"code\":404,\"message\":\"Transaction not found\",\"success\":false}");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-09");
    eversend_next(w, 200, "EV-RS-01");
    eversend_next(w, 200, "EV-RS-09");
    s = ask(w, EV_ATTEMPT, "BE11763640000001"); /* an id that it does not know is not the end */
    EXPECT_I64(s.notice.kind, NOTICE_FAILED);
    EXPECT_STR(s.notice.why, S("Payer declined"));
}

static struct str page_of_others(struct test *t, int rows, const char *also)
{
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S("{\"code\":200,\"data\":{\"transactions\":["));
    for (int i = 0; i < rows; i++)
        buf_fmt(&b, "%s{\"transactionId\":\"BE%d\",\"transactionRef\":\"another%d\"}",
            i == 0 ? "" : ",", i, i);
    buf_fmt(&b, "]%s},\"success\":true}", also);
    return buf_str(&b);
}

TEST("R15 a list of shorter pages than were asked for is looked through to its end")
{
    static const struct {
        const char *also;
        bool more;
    } rows[] = {
        { ",\"limit\":10,\"total\":11", true },
        { ",\"limit\":100,\"total\":11", true },
        { ",\"limit\":10", true },
        { "", true },
        { ",\"limit\":100,\"total\":10", false },
    };
    struct wire *w = eversend_wire(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        eversend_next(w, 200, "EV-RS-01");
        wire_next(w, 200, nothing);
        eversend_next(w, 200, "EV-RS-01");
        wire_next(w, 200, str_c(t->c->arena, page_of_others(t, 10, rows[i].also)));
        for (int k = 0; rows[i].more && k < 2; k++) { /* where it is, and what it says of it */
            eversend_next(w, 200, "EV-RS-01");
            eversend_next(w, 200, "EV-RS-07");
        }
        struct gateway_state s = ask(w, EV_ATTEMPT, "");
        EXPECT_STR(
            notice_text(s.notice.kind), notice_text(rows[i].more ? NOTICE_PENDING : NOTICE_OPENED));
    }
}
