#include "net/server_test.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

#define OK_ANSWER "HTTP/1.1 200 OK\r\nRequest-Id: req_acme\r\nContent-Length: 2\r\n\r\n{}"

static void talk_never(struct peer *p)
{
    if (peer_request(p))
        peer_wait(p, 60000);
}

struct seen {
    int opened, closed;
};

static void see(void *self, struct ctx *c, struct str gateway, bool open)
{
    struct seen *seen = self;
    must(c->db == NULL && str_eq(gateway, S("acme")));
    *(open ? &seen->opened : &seen->closed) += 1;
}

TEST("a gateway that does not answer is left alone after ten calls, and somebody is told once")
{
    struct seen seen = { 0 };
    struct server s;
    struct str nothing = S("");
    server_start(&s, talk_once, &nothing);
    const struct str acme = S("acme");
    const struct net_options options = {
        .calls = 8, .gateways = &acme, .gateway_count = 1, .breaker = see, .self = &seen
    };
    struct net *net = net_for(t, &options);
    for (int i = 0; i < 10; i++) {
        EXPECT(!net->silent(net, S("acme")));
        struct net_request in = post(t, &s, S("x"));
        EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    }
    EXPECT(net->silent(net, S("acme")));
    EXPECT_I64(seen.opened, 1);
    struct net_request in = post(t, &s, S("x"));
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT_STR(r.why, S("this gateway has not answered lately"));
    EXPECT_I64(s.requests, 10);
    in.gateway = S("other");
    EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    server_forget(&s);
}

/* A call on a thread of its own, with a ctx of its own. */
struct caller {
    struct arena arena;
    struct ctx c;
    struct net_request in;
    struct net_reply reply;
    enum err e;
    pthread_t thread;
};

static void *call_main(void *arg)
{
    struct caller *caller = arg;
    caller->e = net_call(&caller->c, &caller->in, &caller->reply);
    return NULL;
}

static void call_apart(struct test *t, struct caller *caller, struct net_request in)
{
    *caller = (struct caller) { .in = in };
    caller->c = ctx_sibling(t->c, &caller->arena);
    caller->c.faults = NULL; /* they belong to one thread */
    must(pthread_create(&caller->thread, NULL, call_main, caller) == 0);
}

static void call_join(struct caller *caller)
{
    pthread_join(caller->thread, NULL);
    caller->in = (struct net_request) { 0 };
}

static void wait_for_requests(struct server *s, int n)
{
    int64_t until = clock_mono_ms() + 10000;
    while (s->requests < n && clock_mono_ms() < until)
        usleep(1000);
    must(s->requests == n);
}

TEST("a gateway that hangs has its share and no more; the others are called as before")
{
    static const struct str names[] = { S_INIT("acme"), S_INIT("other") };
    struct server slow, quick;
    struct str ok = S(OK_ANSWER);
    server_start(&slow, talk_never, NULL);
    server_start(&quick, talk_always, &ok);
    struct net *net =
        net_for(t, &(struct net_options) { .calls = 4, .gateways = names, .gateway_count = 2 });
    struct caller callers[3];
    for (int i = 0; i < 3; i++)
        call_apart(t, &callers[i], post(t, &slow, S("x")));
    wait_for_requests(&slow, 3);
    struct net_request in = post(t, &slow, S("x"));
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT_STR(r.why, S("too many calls to this gateway are waiting already"));
    in = post(t, &quick, S("x"));
    in.gateway = S("other");
    EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    net_end_by(net, clock_mono_ms());
    for (int i = 0; i < 3; i++) {
        call_join(&callers[i]);
        EXPECT_I64(callers[i].reply.outcome, OUTCOME_UNKNOWN);
        EXPECT_STR(callers[i].reply.why, S("the server is stopping"));
        arena_free(&callers[i].arena);
    }
    server_forget(&slow);
    server_forget(&quick);
}

TEST(
    "a call gets no more time than is left for its request, and its end is not the gateway's fault")
{
    struct server s;
    server_start(&s, talk_never, NULL);
    struct net *net = net_for(t, &(struct net_options) { .calls = 4 });
    for (int i = 0; i < 12; i++) {
        t->c->calls_until_ms = clock_mono_ms() + 30;
        struct net_request in = post(t, &s, S("x"));
        struct net_reply r = called(t, &in);
        EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
        EXPECT(r.took_ms < 1000);
    }
    EXPECT(!net->silent(net, S("acme")));
    t->c->calls_until_ms = clock_mono_ms();
    struct net_request in = post(t, &s, S("x"));
    EXPECT_I64(called(t, &in).outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(s.requests, 12);
    server_forget(&s);
}

TEST("many threads call at once, each gets its own answer")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_always, &ok);
    net_for(t, &(struct net_options) { .calls = 64 });
    for (int round = 0; round < 5; round++) {
        struct caller callers[16];
        for (int i = 0; i < 16; i++)
            call_apart(t, &callers[i], post(t, &s, S("x")));
        for (int i = 0; i < 16; i++) {
            call_join(&callers[i]);
            EXPECT_I64(callers[i].e, E_OK);
            EXPECT_STR(callers[i].reply.body, S("{}"));
            arena_free(&callers[i].arena);
        }
    }
    EXPECT_I64(s.requests, 80);
    EXPECT(s.connections <= 16 + 4);
    server_forget(&s);
}

TEST("a planned refusal sends nothing; a planned loss is processed and UNKNOWN")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_always, &ok);
    net_for(t, &(struct net_options) { .calls = 4 });
    struct net_request in = post(t, &s, S("x"));
    t->c->faults->countdown = 0;
    t->c->faults->only = "net.refused";
    EXPECT_I64(called(t, &in).outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(s.requests, 0);
    t->c->faults->countdown = 0;
    t->c->faults->only = "net.lost";
    EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    EXPECT_I64(s.requests, 1);
    EXPECT_I64(called(t, &in).outcome, OUTCOME_DONE);
    server_forget(&s);
}

TEST("a process that dies before a call makes none, one that dies after it learns nothing")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_always, &ok);
    net_for(t, &(struct net_options) { .calls = 4 });
    struct net_request in = post(t, &s, S("x"));
    struct net_reply r = { .status = 77 };
    t->c->faults->crash_countdown = 0;
    t->c->faults->crash_at = "call.before";
    EXPECT_I64(net_call(t->c, &in, &r), E_DEAD);
    EXPECT_I64(net_call(t->c, &in, &r), E_DEAD); /* and stays dead */
    EXPECT_I64(s.requests, 0);
    t->c->dead = false;
    t->c->faults->crash_countdown = 0;
    t->c->faults->crash_at = "call.after";
    EXPECT_I64(net_call(t->c, &in, &r), E_DEAD);
    EXPECT_I64(s.requests, 1);
    EXPECT_I64(r.status, 77);
    t->c->dead = false;
    server_forget(&s);
}

TEST("a call is one line in the log; bodies come at debug, without their secrets")
{
    struct server s;
    struct str ok = S(OK_ANSWER);
    server_start(&s, talk_always, &ok);
    net_for(t, &(struct net_options) { .calls = 4 });
    t->c->log = log_open_kept(LOG_DEBUG);
    struct net_request in = post(t, &s, S("{\"card\":\"4242424242424242\",\"note\":\"hello\"}"));
    in.headers[0] = (struct net_header) { S("Authorization"), S("Bearer sk_live_canary123456") };
    in.header_count = 1;
    in.attempt = S("att_1");
    EXPECT_I64(called(t, &in).status, 200);
    struct str log = log_kept(t->c->log, t->c->arena);
    log_close(t->c->log);
    t->c->log = NULL;
    EXPECT(str_has(log, S("\"event\":\"gateway_call\"")));
    EXPECT(str_has(log, S("\"requestId\":\"test\"")));
    EXPECT(str_has(log, S("\"gateway\":\"acme\",\"call\":\"charge\",\"attempt\":\"att_1\"")));
    EXPECT(str_has(log, S("\"status\":200,\"ms\":")));
    EXPECT(str_has(log, S("\"gatewayRequestId\":\"req_acme\"")));
    EXPECT(str_has(log, S("hello")));
    EXPECT(!str_has(log, S("4242424242424242")));
    EXPECT(!str_has(log, S("canary")));
    server_forget(&s);
}
