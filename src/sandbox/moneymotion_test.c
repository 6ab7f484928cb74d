#include "base/json.h"
#include "sandbox/moneymotion.h"
#include "sandbox/sandbox_fixture.h"

/* The bodies come from the vendor's wire, byte for byte; ids are put where ours differ. */

#define CREATE "/checkoutSessions.createCheckoutSession"
#define STATUS "/checkoutSessions.getCompletedOrPendingCheckoutSessionInfo"
#define FIXED_ID "3f0c9b1e-5a7d-4c21-9e84-1b2d3c4e5f60"

/* text with what stands for `from`, everywhere. */
static struct str replace(struct test *t, struct str text, struct str from, struct str to)
{
    struct buf b = BUF(t->c->arena);
    while (text.n > 0) {
        if (str_starts(text, from)) {
            buf_add(&b, to);
            text = str_from(text, from.n);
        } else {
            buf_char(&b, text.p[0]);
            text = str_from(text, 1);
        }
    }
    return buf_str(&b);
}

static const char *const fixture_keys[] = { "MONEYMOTION_API_KEY=mk_test_sim_0001",
    "MONEYMOTION_WEBHOOK_SECRET=mm_whsec_test_0123456789abcdef", NULL };

TEST("MoneyMotion opens a session over tRPC and says only its id, a UUID of version 4")
{
    struct fixture f = { 0 };
    fixture_open(t, &f, fixture_keys);
    struct net_reply reply = fixture_ask(&f, CREATE, str_of_c(mm_rq_01));
    EXPECT_I64(reply.status, 200);
    EXPECT_STR(reply.content_type, S("application/json"));
    EXPECT_I64((int64_t)reply.body.n, 89);
    struct str id = str_part(reply.body, 48, 36);
    EXPECT_STR(replace(t, reply.body, id, S(FIXED_ID)),
        S("{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"" FIXED_ID "\"}}}}"));
    EXPECT(id.p[14] == '4' && str_has(S("89ab"), str_part(id, 19, 1)));
    fixture_close(&f);
}

TEST("MoneyMotion answers a status question in either spelling as the vendor does")
{
    struct fixture f = { 0 };
    fixture_open(t, &f, fixture_keys);
    struct str id = fixture_session(&f);
    const char *dotted =
        str_c(t->c->arena, str_fmt(t->c->arena, STATUS "?json.checkoutId=%.*s", SARG(id)));
    const char *input = str_c(t->c->arena,
        str_fmt(t->c->arena,
            STATUS "?json.checkoutId=%.*s&input=%%7B%%22json%%22%%3A%%7B%%22checkoutId%%22"
                   "%%3A%%22%.*s%%22%%7D%%7D",
            SARG(id), SARG(id)));
    struct net_reply reply = fixture_ask(&f, dotted, S(""));
    EXPECT_I64(reply.status, 200);
    struct str shown = replace(t, reply.body, id, S(FIXED_ID));
    shown = replace(t, shown, time_iso(t->c->arena, t->c->now_ms), S("2026-11-20T10:15:00.000Z"));
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(shown).b, 32 }),
        S("54dda37b740d83e4831a78519067b40d7de0513d235875b3ae3b5665a1640a14"));
    EXPECT_STR(fixture_ask(&f, input, S("")).body, reply.body);
    fixture_control(&f, "/_sandbox/pay", str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(id)));
    shown = replace(t, fixture_ask(&f, input, S("")).body, id, S(FIXED_ID));
    shown = replace(t, shown, time_iso(t->c->arena, t->c->now_ms), S("2026-11-20T10:15:00.000Z"));
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(shown).b, 32 }),
        S("ef3d0443dc98ea4718092e82ed0bf302efc0dc9d1ea476dc19409831b46160c2"));
    fixture_close(&f);
}

TEST("MoneyMotion refuses keys, bodies and procedures in the words of the stock server")
{
    struct fixture f = { 0 };
    fixture_open(t, &f, fixture_keys);
    struct str body = str_of_c(mm_rq_01);
    struct net_reply reply = fixture_ask(&f, CREATE,
        replace(t, body, S("\"pricePerItemInCents\":2999"), S("\"pricePerItemInCents\":0")));
    EXPECT_I64(reply.status, 400);
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("0870b17e144b7d86fe6345ae8a7d444c6c33b788d47c6c711a59b4a4938b5b57"));
    reply = fixture_ask(&f, "/checkoutSessions.nope", S("{}"));
    EXPECT_I64(reply.status, 404);
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("aed7ce173bb0cb7704ff72870d920a9258908cc75856fcdd7c1687dbd2f0457f"));
    f.api_key = S("mk_test_another");
    reply = fixture_ask(&f, CREATE, body);
    EXPECT_I64(reply.status, 401);
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("99da5744182d27ec14ae94ab3b3ad2ec9eb66da4e2680e7eca90d4323d6fb96d"));
    fixture_close(&f);
}

TEST("MoneyMotion names everything that is wrong with a request, and opens nothing")
{
    static const struct {
        const char *body, *says;
    } cases[] = {
        { "{", "PARSE_ERROR" },
        { "[]", "Required" },
        { "{\"json\":{}}", "lineItems" },
        { "{\"json\":{\"lineItems\":[]}}", "Array must contain at least 1 element(s)" },
        { "{\"json\":{\"urls\":{\"success\":\"http://shop.example.com/\"}}}", "Invalid url" },
        { "{\"json\":{\"userInfo\":{\"email\":\"ada\"}}}", "Invalid email" },
        { "{\"json\":{\"metadata\":[]}}", "Expected object, received array" },
        { "{\"json\":{\"lineItems\":[{\"quantity\":1.5}]}}", "Expected integer, received float" },
        { "{\"json\":{\"lineItems\":[{\"pricePerItemInCents\":9223372036854775807,"
          "\"quantity\":9223372036854775807}]}}",
            "The total is too large" },
    };
    struct fixture f = { 0 };
    fixture_open(t, &f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct net_reply reply = fixture_ask(&f, CREATE, str_of_c(cases[i].body));
        EXPECT_I64(reply.status, 400);
        EXPECT(str_has(reply.body, str_of_c(cases[i].says)));
        EXPECT_OK(json_check(t->c, reply.body));
    }
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "sessions").raw, S("[]"));
    fixture_close(&f);
}

TEST("MoneyMotion speaks Effect's RPC: lines in, lines out, nothing without the last line end")
{
    static const char request[] =
        "{\"_tag\":\"Request\",\"id\":\"0\",\"tag\":\"%s\",\"payload\":%.*s,\"headers\":[]}\n";
    struct fixture f = { 0 };
    fixture_open(t, &f, fixture_keys);
    struct str payload = str_part(str_of_c(mm_rq_01), 8, str_of_c(mm_rq_01).n - 9);
    struct str body =
        str_fmt(t->c->arena, request, "CheckoutSessionsCreateCheckoutSession", SARG(payload));
    EXPECT_I64((int64_t)body.n, 623); /* MM-ER-01 */
    struct net_reply reply = fixture_ask(&f, "/rpc", body);
    EXPECT_I64(reply.status, 200);
    EXPECT_STR(reply.content_type, S("application/ndjson"));
    struct str id = str_part(reply.body, 86, 36);
    EXPECT_STR(
        hex_text(t->c->arena,
            (struct str) { (const char *)sha256(replace(t, reply.body, id, S(FIXED_ID))).b, 32 }),
        S("76557b88a69f4311382003670df93d4e5f3285c9772f7d58242aa128a7ba5aa3"));
    struct str asks = str_fmt(t->c->arena, "{\"checkoutId\":\"%.*s\"}", SARG(id));
    reply = fixture_ask(&f, "/rpc",
        str_fmt(t->c->arena, request, "CheckoutSessionsGetCompletedOrPendingCheckoutSessionInfo",
            SARG(asks)));
    EXPECT(str_has(reply.body, S("\"_tag\":\"Success\"")) && str_has(reply.body, id));
    reply = fixture_ask(&f, "/rpc", str_part(body, 0, body.n - 1));
    EXPECT_I64(reply.status, 200);
    EXPECT_STR(reply.body, S(""));
    reply = fixture_ask(&f, "/rpc",
        replace(t, body, S("\"pricePerItemInCents\":2999"), S("\"pricePerItemInCents\":0")));
    EXPECT_I64(reply.status, 500);
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("5088259749640aca6f9ddb9981f80471bae7cfdd108c46ea7d834637c59bfd39"));
    reply = fixture_ask(&f, "/rpc", str_fmt(t->c->arena, request, "Nope", SARG(payload)));
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("f3969d0e195c96dd45ec2646a9c902ad70708db94cd1468855afd5fe32d95790"));
    f.api_key = S("mk_test_another");
    reply = fixture_ask(&f, "/rpc", body);
    EXPECT_I64(reply.status, 401);
    EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(reply.body).b, 32 }),
        S("84a545b3f95b6a5f185118aa3fe35a16ff8753a9815ec9343bab39cdc1e977f6"));
    fixture_close(&f);
}

/* MM-WH-01 … 05: what is told of the session of MM-RQ-01. */
static struct hosted fixed_session(struct test *t, enum hosted_state state, bool captured)
{
    return (struct hosted) {
        .gateway = S("moneymotion"),
        .id = S(FIXED_ID),
        .state = state,
        .amount_minor = 3999,
        .refunded_minor = state == HOSTED_REFUNDED ? 3999 : 0,
        .currency = S("USD"),
        .captured = captured,
        .request = json_at(json_root(str_of_c(mm_rq_01)), "json").raw,
        .own = str_copy(t->c->arena,
            S("{\"customer\":\"0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8\","
              "\"customerSession\":\"c0ffee00-1111-4222-8333-444455556666\"}")),
        .method = S("card"),
        .brand = S("visa"),
        .last4 = S("4242"),
    };
}

TEST("MoneyMotion's webhooks and their signatures are the vendor's to the byte")
{
    static const struct {
        enum happening happening;
        enum hosted_state state;
        bool captured;
        const char *hash, *signature;
    } cases[] = {
        { HAPPENED_OPENED, HOSTED_OPEN, false,
            "9f6ad0b44f3a883fa2b45034d2f58428cb311b63a48cf5926c0074ecf660a61b",
            "Y3hReHuzWTSKBwg1U6N0cLrKSSCmf2YaJu9USHpcZkQbIVSSH6eG49I2hnLSWfxNUA+0fd2EQgJW2XQgzw2i"
            "ZA==" },
        { HAPPENED_PAID, HOSTED_PAID, true,
            "bee09b4bb2c2012f7bf66000ef6e39e3dc7749e7c9e862b584f6fd5ee868dc36",
            "mgmvcPYgkaJmlTxs6IFAbvi/HidCXpqDtkXcou22WeEtSYMsCOZJxotRRsGl+/eTFF95cgdB5H9rwziAZNvN"
            "fw==" },
        { HAPPENED_REFUNDED, HOSTED_REFUNDED, true,
            "be95bae7daf32659f1719249d2e269c95e1774916b8fa8bb3bc6941b9c4bee6a",
            "sq7zoRTdBZ5z3QohLEeZEBuhnfn8DHzWAMK1M9cfJsDXuDea//ZxeNBGE5JBcSTsmUw02wmBoU58yuExjSCI"
            "7A==" },
        { HAPPENED_EXPIRED, HOSTED_EXPIRED, false,
            "06dd097825fdc5f05aeda973e033970a6983ad6052c953cae01634a512a2c9f9",
            "ypMXXsWdM8BbUuSeGyhL5LcBOPD2Z4o5KSP3BuLsZjvyun4Zkr8/ZA/SpS9XdsyZYFFaMWv5U+uAm+o4zgQb"
            "2Q==" },
        { HAPPENED_DISPUTED, HOSTED_DISPUTED, true,
            "1fd2e6f82767a55d02c83f46753d8bed27e4372e170d13fb421b6ad9f85dd7f7",
            "S1134WZHsqx0KPAG9UmoPOuPremDUpP78ArY9zpaZg2TrYwdr5QYXS7KyFcGYSptDejQa52eYcTDVt9fVi0R"
            "ow==" },
    };
    struct fixture f = { 0 };
    fixture_open(t, &f, fixture_keys);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hosted s = fixed_session(t, cases[i].state, cases[i].captured);
        struct told told = { 0 };
        EXPECT_OK(simulator_moneymotion.tells(t->c, &s, cases[i].happening, &told));
        EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sha256(told.body).b, 32 }),
            str_of_c(cases[i].hash));
        EXPECT_STR(told.headers,
            str_fmt(t->c->arena, "x-moneymotion-signature: %s\nContent-Type: application/json\n",
                cases[i].signature));
    }
    fixture_close(&f);
}
