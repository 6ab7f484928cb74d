#include "net/tls_server_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct net_request call_of(struct test *t, const struct tls *tls, const char *host)
{
    struct net_request in = {
        .gateway = S("acme"),
        .method = S("POST"),
        .url = str_fmt(t->c->arena, "https://%s:%d/", host, tls->port),
        .body = S("canary"),
        .private_target = true,
    };
    in.headers[0] = (struct net_header) { S("Authorization"), S("Bearer canary") };
    in.header_count = 1;
    return in;
}

/* The call ends NOT_SENT, and the server has not heard one byte of it. */
static void expect_refused(struct test *t, struct tls *tls, const char *host, const char *version)
{
    tls_start(t, tls, "-no_ticket", version);
    struct net_request in = call_of(t, tls, host);
    struct net_reply r = called(t, &in);
    struct str heard = tls_stop(tls);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT(!str_has(heard, S("POST")) && !str_has(heard, S("canary")));
}

TEST("R73 F20 a good certificate is believed, by its name and by its address")
{
    struct tls tls;
    make_authority(t, &tls, "ed25519");
    sign(t, &tls, "csr", "30");
    trust(t, &tls);
    tls_start(t, &tls, "-www", "-tls1_2");
    struct net_request in = call_of(t, &tls, "localhost");
    in.method = S("GET");
    in.body = S("");
    EXPECT_I64(called(t, &in).status, 200);
    in.url = str_fmt(t->c->arena, "https://127.0.0.1:%d/", tls.port);
    EXPECT_I64(called(t, &in).status, 200);
    (void)tls_stop(&tls);
    tls_start(t, &tls, "-no_ticket", "-tls1_3"); /* and what is sent there is heard */
    in = call_of(t, &tls, "localhost");
    in.total_ms = 300;
    EXPECT_I64(called(t, &in).outcome, OUTCOME_UNKNOWN);
    EXPECT(str_has(tls_stop(&tls), S("canary")));
    remove_directory(tls.directory);
}

TEST(
    "R73 F20 expired, another's, self-signed, by a stranger, too old: refused, and nothing is sent")
{
    struct tls tls, other;
    make_authority(t, &tls, "ed25519");
    trust(t, &tls);
    sign(t, &tls, "csr", "-1");
    expect_refused(t, &tls, "localhost", "-tls1_3");

    OPENSSL(&tls, "req", "-new", "-key", "key", "-out", "csr.other", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost.example.com,IP:127.0.0.2");
    sign(t, &tls, "csr.other", "30");
    expect_refused(t, &tls, "localhost", "-tls1_3");
    expect_refused(t, &tls, "127.0.0.1", "-tls1_3");

    OPENSSL(&tls, "req", "-x509", "-key", "key", "-out", "cert", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-days", "30");
    expect_refused(t, &tls, "localhost", "-tls1_3");

    make_authority(t, &other, "ed25519");
    sign(t, &other, "csr", "30");
    expect_refused(t, &other, "localhost", "-tls1_3");
    remove_directory(other.directory);

    sign(t, &tls, "csr", "30");
    net_for(
        t, &(struct net_options) { .calls = 4 }); /* the system's authorities do not know ours */
    expect_refused(t, &tls, "localhost", "-tls1_3");
    remove_directory(tls.directory);
}

TEST("R73 TLS 1.1 is refused, whatever the server's certificate")
{
    struct tls tls;
    make_authority(t, &tls, "rsa:2048");
    sign(t, &tls, "csr", "30");
    trust(t, &tls);
    expect_refused(t, &tls, "localhost", "-tls1_1");
    remove_directory(tls.directory);
}

static void talk_plain(struct peer *p)
{
    if (peer_request(p))
        peer_send(p, S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

TEST("R73 a server that answers https in plain text is NOT_SENT")
{
    struct server s;
    server_start(&s, talk_plain, NULL);
    net_for(t, &(struct net_options) { .calls = 4 });
    struct net_request in = post(t, &s, S("x"));
    in.url = str_fmt(t->c->arena, "https://127.0.0.1:%d/", s.port);
    in.connect_ms = 300;
    EXPECT_I64(called(t, &in).outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(s.requests, 0);
    server_forget(&s);
}

/* ---- how much stack a call takes */

enum {
    PAINT = 0xa5,
#ifdef SANITIZED
    STACK = 2048 * 1024,
    ENOUGH = 1024 * 1024
#else
    STACK = 128 * 1024, /* web/callers.c */
    ENOUGH = 64 * 1024
#endif
};

struct deep {
    struct ctx c;
    struct arena arena;
    struct net_request in;
    struct net_reply reply;
};

static void *call_deep(void *arg)
{
    struct deep *d = arg;
    must(net_call(&d->c, &d->in, &d->reply) == E_OK);
    return NULL;
}

TEST("a call with a whole TLS handshake takes less than half of a caller's stack")
{
    struct tls tls;
    make_authority(t, &tls, "rsa:2048");
    sign(t, &tls, "csr", "30");
    trust(t, &tls);
    tls_start(t, &tls, "-www", "-tls1_2");
    struct deep d = { .in = call_of(t, &tls, "localhost") };
    d.in.method = S("GET");
    d.in.body = S("");
    d.c = ctx_sibling(t->c, &d.arena);
    d.c.faults = NULL;
    unsigned char *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(stack != MAP_FAILED);
    memset(stack, PAINT, STACK);
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    must(pthread_attr_setstack(&attr, stack, STACK) == 0);
    must(pthread_create(&thread, &attr, call_deep, &d) == 0);
    pthread_attr_destroy(&attr);
    pthread_join(thread, NULL);
    (void)tls_stop(&tls);
    remove_directory(tls.directory);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == PAINT)
        untouched++;
    munmap(stack, STACK);
    EXPECT_I64(d.reply.status, 200);
    if (STACK - untouched >= ENOUGH || getenv("VERBOSE") != NULL)
        printf("    a call took %zu bytes of stack\n", STACK - untouched);
    EXPECT(STACK - untouched < ENOUGH);
    arena_free(&d.arena);
}
