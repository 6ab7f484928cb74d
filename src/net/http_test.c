#include "net/server_test.h"

#include <string.h>

#include "base/clock.h"

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static const struct net_options four = { .calls = 4 };

TEST("a whole answer is DONE, with status, type, body and the gateway's own request id")
{
    net_for(t, &four);
    struct net_reply r = answered(t,
        S("HTTP/1.1 402 Payment Required\r\nContent-Type: text/plain\r\n"
          "Request-Id: req_acme_7\r\nContent-Length: 8\r\n\r\n"
          "declined"));
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT_I64(r.status, 402);
    EXPECT_STR(r.content_type, S("text/plain"));
    EXPECT_STR(r.body, S("declined"));
    EXPECT_STR(r.request_id, S("req_acme_7"));
    EXPECT_I64(net_judge(&r), OUTCOME_DECLINED);
    r = answered(t, S("HTTP/1.1 204 No Content\r\nX-Request-Id: x7\r\n\r\n"));
    EXPECT_I64(r.status, 204);
    EXPECT_STR(r.request_id, S("x7"));
    EXPECT_STR(r.body, S(""));
}

TEST("what leaves is the request and nothing that libcurl would add of its own")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_once, &ok);
    net_for(t, &four);
    struct net_request in = post(t, &s, S("a=1&b=2"));
    in.headers[0] = (struct net_header) { S("Authorization"), S("Bearer key") };
    in.headers[1] = (struct net_header) { S("Idempotency-Key"), S("att_1") };
    in.headers[2] = (struct net_header) { S("X-Empty"), S("") };
    in.header_count = 3;
    EXPECT_I64(called(t, &in).status, 200);
    server_end(&s);
    EXPECT_STR(peer_said(s.peers),
        str_fmt(t->c->arena,
            "POST /pay HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n"
            "Authorization: Bearer key\r\nIdempotency-Key: att_1\r\nX-Empty:\r\n"
            "User-Agent: purser/" PURSER_VERSION "\r\nContent-Length: 7\r\n\r\na=1&b=2",
            s.port));
    server_forget(&s);
}

TEST("every method leaves as it is, with its body or without")
{
    static const struct {
        struct str method, body, begins;
    } cases[] = {
        { S_INIT("GET"), S_INIT(""), S_INIT("GET / HTTP/1.1\r\n") },
        { S_INIT("DELETE"), S_INIT(""), S_INIT("DELETE / HTTP/1.1\r\n") },
        { S_INIT("PUT"), S_INIT("{\"a\":1}"), S_INIT("PUT / HTTP/1.1\r\n") },
        { S_INIT("PATCH"), S_INIT("{}"), S_INIT("PATCH / HTTP/1.1\r\n") },
        { S_INIT("POST"), S_INIT(""), S_INIT("POST / HTTP/1.1\r\n") },
    };
    struct str ok = S(OK_ANSWER);
    net_for(t, &four);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server s;
        server_start(&s, talk_once, &ok);
        struct net_request in = get(t, &s, "/");
        in.method = cases[i].method;
        in.body = cases[i].body;
        EXPECT_I64(called(t, &in).status, 200);
        server_end(&s);
        EXPECT(str_starts(peer_said(s.peers), cases[i].begins));
        EXPECT(str_ends(
            peer_said(s.peers), str_fmt(t->c->arena, "\r\n\r\n%.*s", SARG(cases[i].body))));
        server_forget(&s);
    }
}

TEST("connections are kept: ten calls, one connection")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_always, &ok);
    net_for(t, &four);
    for (int i = 0; i < 10; i++) {
        struct net_request in = post(t, &s, S("x"));
        EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    }
    EXPECT_I64(s.connections, 1);
    EXPECT_I64(s.requests, 10);
    server_forget(&s);
}

TEST("F18 a refused connection is NOT_SENT")
{
    struct server s;
    server_start(&s, talk_once, NULL);
    server_end(&s);
    net_for(t, &four);
    struct net_request in = post(t, &s, S("x"));
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(r.status, 0);
    server_forget(&s);
}

TEST("F19 a name that nobody has is NOT_SENT, whatever its resolver does")
{
    net_for(t, &four);
    struct net_request in = { .gateway = S("acme"),
        .method = S("POST"),
        .connect_ms = 1000,
        .url = S("https://no-such-host.invalid/pay"),
        .private_target = true };
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT(r.took_ms < 3000);
}

static void talk_never(struct peer *p)
{
    if (peer_request(p))
        peer_wait(p, 60000);
}

TEST("F21 time that runs out after the request left is UNKNOWN, before it NOT_SENT")
{
    struct server s;
    server_start(&s, talk_never, NULL);
    net_for(t, &four);
    struct net_request in = post(t, &s, S("x"));
    in.total_ms = 150;
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT(r.took_ms >= 140 && r.took_ms < 1500);
    EXPECT_I64(s.requests, 1);
    /* A TLS handshake that nobody answers: no byte of the request has left. */
    in.url = str_fmt(t->c->arena, "https://127.0.0.1:%d/pay", s.port);
    in.total_ms = 5000;
    in.connect_ms = 150;
    r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT(r.took_ms >= 140 && r.took_ms < 1500);
    server_forget(&s);
}

static void talk_reset(struct peer *p)
{
    if (peer_request(p))
        peer_reset(p);
}

TEST("F22 a connection that breaks after the request left is UNKNOWN, and asked once")
{
    struct server s;
    server_start(&s, talk_reset, NULL);
    net_for(t, &four);
    struct net_request in = post(t, &s, S("x"));
    EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    server_end(&s);
    EXPECT_I64(s.requests, 1);
    server_forget(&s);
    struct str nothing = S("");
    server_start(&s, talk_once, &nothing); /* closed, not reset */
    in = post(t, &s, S("x"));
    EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    server_end(&s);
    EXPECT_I64(s.requests, 1);
    server_forget(&s);
}

/* Answers the first request of a connection and reads the next, but breaks instead of answering. */
static void talk_one_then_break(struct peer *p)
{
    if (!peer_request(p))
        return;
    peer_send(p, S(OK_ANSWER));
    if (peer_request(p))
        peer_reset(p);
}

TEST("R15 a kept connection that breaks under a payment is UNKNOWN, never silently paid again")
{
    struct server s;
    server_start(&s, talk_one_then_break, NULL);
    net_for(t, &four);
    struct net_request in = post(t, &s, S("x"));
    EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    server_end(&s);
    EXPECT_I64(s.requests, 2);
    server_forget(&s);
}

TEST("a question on a kept connection that breaks is asked again on a new one")
{
    struct server s;
    server_start(&s, talk_one_then_break, NULL);
    net_for(t, &four);
    struct net_request in = get(t, &s, "/");
    EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    EXPECT_I64(s.connections, 2);
    server_forget(&s);
}

TEST("a kept connection that the gateway closed meanwhile is not used for a payment")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_once, &ok);
    net_for(t, &four);
    for (int i = 0; i < 3; i++) {
        struct net_request in = post(t, &s, S("x"));
        EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
        int64_t until = clock_mono_ms() + 20; /* its FIN is on its way */
        while (clock_mono_ms() < until)
            ;
    }
    EXPECT_I64(s.connections, 3);
    EXPECT_I64(s.requests, 3);
    server_forget(&s);
}

TEST("F23 a 5xx is a whole answer that proves nothing: UNKNOWN, also with Retry-After")
{
    net_for(t, &four);
    struct net_reply r = answered(t, S("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT_I64(net_judge(&r), OUTCOME_UNKNOWN);
    r = answered(t, S("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_I64(net_judge(&r), OUTCOME_UNKNOWN);
    EXPECT_I64(r.retry_after_s, 7);
}

TEST("every status has a judgement")
{
    static const struct {
        int status;
        enum outcome is;
    } cases[] = { { 101, OUTCOME_UNKNOWN }, { 200, OUTCOME_DONE }, { 201, OUTCOME_DONE },
        { 299, OUTCOME_DONE }, { 301, OUTCOME_UNKNOWN }, { 307, OUTCOME_UNKNOWN },
        { 400, OUTCOME_DECLINED }, { 401, OUTCOME_DECLINED }, { 402, OUTCOME_DECLINED },
        { 404, OUTCOME_DECLINED }, { 408, OUTCOME_UNKNOWN }, { 409, OUTCOME_UNKNOWN },
        { 422, OUTCOME_DECLINED }, { 425, OUTCOME_UNKNOWN }, { 429, OUTCOME_NOT_SENT },
        { 499, OUTCOME_DECLINED }, { 500, OUTCOME_UNKNOWN }, { 503, OUTCOME_UNKNOWN },
        { 599, OUTCOME_UNKNOWN }, { 999, OUTCOME_UNKNOWN } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT_I64(net_judge(&(struct net_reply) { .status = cases[i].status }), cases[i].is);
    EXPECT_I64(net_judge(&(struct net_reply) { .outcome = OUTCOME_NOT_SENT }), OUTCOME_NOT_SENT);
    EXPECT_I64(net_judge(&(struct net_reply) { .outcome = OUTCOME_UNKNOWN, .status = 200 }),
        OUTCOME_UNKNOWN);
}
