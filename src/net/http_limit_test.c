#include "net/server_test.h"

#include <string.h>

#include "base/clock.h"

#define HEAD_200 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static const struct net_options four = { .calls = 4 };

TEST("R78 F24 Retry-After is seconds or a date, at most five minutes, and nothing when senseless")
{
    static const struct {
        const char *said;
        int64_t least, most;
    } cases[] = {
        { "0", 0, 0 },
        { "5", 5, 5 },
        { "300", 300, 300 },
        { "301", 300, 300 },
        { "1000000000", 300, 300 },
        { "99999999999999999999999", 0, 300 },
        { "-5", 0, 0 },
        { "soon", 0, 0 },
        { "", 0, 0 },
        { "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0 },
        { "Thu, 01 Jan 2037 00:00:00 GMT", 300, 300 },
        { "Thu, 99 Foo 2037 00:00:00 GMT", 0, 0 },
    };
    net_for(t, &(struct net_options) { .calls = 64 });
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct net_reply r = answered(t,
            str_fmt(t->c->arena,
                "HTTP/1.1 429 Slow down\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
                cases[i].said));
        EXPECT_I64(net_judge(&r), OUTCOME_NOT_SENT);
        EXPECT(r.retry_after_s >= cases[i].least && r.retry_after_s <= cases[i].most);
    }
    struct clock clock = { 0 };
    int64_t at = clock_wall_ms(&clock) + 60000;
    struct net_reply r = answered(t,
        str_fmt(t->c->arena, "HTTP/1.1 429 Slow\r\nRetry-After: %.*s\r\nContent-Length: 0\r\n\r\n",
            SARG(time_http(t->c->arena, at))));
    EXPECT(r.retry_after_s >= 55 && r.retry_after_s <= 60);
}

TEST("F25 an answer that is cut, malformed or no HTTP at all is UNKNOWN")
{
    static const struct str cases[] = {
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello"),
        S_INIT("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
        S_INIT("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello"),
        S_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5\r\nhello\r\n0\r\n\r\n"),
        S_INIT("HTTP/1.1 100 Continue\r\n\r\n"),
        S_INIT("<html>We are down</html>\r\n\r\n"),
        S_INIT("SSH-2.0-OpenSSH_9.2\r\n"),
        S_INIT("\r\n\r\n\r\n"),
        S_INIT("\0\0\0\0\0"),
        S_INIT("H"),
        S_INIT("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n"),
    };
    net_for(t, &(struct net_options) { .calls = 64 });
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        net_for(t, &four); /* a new one: the breaker would open */
        struct net_reply r = answered(t, cases[i]);
        EXPECT_STR(str_fmt(t->c->arena, "%zu %.*s", i, SARG(outcome_text(r.outcome))),
            str_fmt(t->c->arena, "%zu unknown", i));
        EXPECT_STR(r.body, S(""));
    }
}

struct flood {
    struct str head, piece;
    int pieces;
};

static void talk_flood(struct peer *p)
{
    const struct flood *f = p->server->arg;
    if (!peer_request(p))
        return;
    peer_send(p, f->head);
    for (int i = 0; i < f->pieces && peer_try(p, f->piece); i++)
        ;
}

static struct net_reply flooded(struct test *t, struct str head, struct str piece, int pieces)
{
    struct flood f = { head, piece, pieces };
    struct server s;
    server_start(&s, talk_flood, &f);
    struct net_request in = get(t, &s, "/");
    struct net_reply r = called(t, &in);
    server_forget(&s);
    return r;
}

TEST("F26 a body of a mebibyte is taken, one byte more is UNKNOWN, a gibibyte costs no memory")
{
    struct arena *a = t->c->arena;
    struct str kib = { arena_alloc(a, 1024), 1024 };
    net_for(t, &(struct net_options) { .calls = 64 });
    struct net_reply r = flooded(t, S(HEAD_200 "Content-Length: 1048576\r\n\r\n"), kib, 1024);
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT_I64((int64_t)r.body.n, 1048576);
    size_t before = a->used;
    r = flooded(t, S(HEAD_200 "Content-Length: 1048577\r\n\r\n"), kib, 1025);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the answer is larger than 1 MiB"));
    r = flooded(t, S(HEAD_200 "Content-Length: 1073741824\r\n\r\n"), kib, 1024 * 1024);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    struct str chunk = str_fmt(a, "400\r\n%.1024s\r\n", str_c(a, str_fmt(a, "%01024d", 0)));
    r = flooded(t, S(HEAD_200 "Transfer-Encoding: chunked\r\n\r\n"), chunk, 1024 * 1024);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the answer is larger than 1 MiB"));
    EXPECT(a->used - before < (size_t)16 * 1024 * 1024);
}

TEST("F26 endless headers are cut at 64 KiB")
{
    net_for(t, &four);
    struct str line = str_fmt(t->c->arena, "X-More: %0900d\r\n", 7);
    struct net_reply r = flooded(t, S("HTTP/1.1 200 OK\r\n"), line, 1024 * 1024);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the head of the answer is larger than 64 KiB"));
}

/* Ten million zero bytes in 60 KB of gzip.  Written here bit by bit, because zlib is not this
 * folder's to include: one literal zero and 38,000 matches of 258 at distance 1, in fixed codes. */
static struct str gzip_bomb(struct arena *a)
{
    struct buf b = BUF(a);
    buf_add(&b, S("\x1f\x8b\x08\0\0\0\0\0\x02\x03"));
    uint64_t bits = 0;
    int count = 0;
    static const struct {
        uint32_t code;
        int length;
    } start[] = { { 1, 1 }, { 1, 2 }, { 0x0c, 8 } }; /* last block, fixed codes, literal 0 */
    for (size_t i = 0; i < 3; i++) {
        bits |= (uint64_t)start[i].code << count;
        count += start[i].length;
    }
    for (int i = 0; i < 38000; i++) {
        bits |= UINT64_C(0xa3) << count; /* length 258: code 285, 8 bits 11000101, reversed */
        count += 8;
        count += 5; /* distance 1: code 0, 5 bits */
        while (count >= 8) {
            buf_char(&b, (char)(bits & 0xff));
            bits >>= 8;
            count -= 8;
        }
    }
    count += 7; /* end of block: 7 zero bits */
    while (count > 0) {
        buf_char(&b, (char)(bits & 0xff));
        bits >>= 8;
        count -= 8;
    }
    return buf_str(&b);
}

TEST("F26 a gzip bomb is not unpacked: an encoding that nobody asked for is UNKNOWN")
{
    struct arena *a = t->c->arena;
    struct str bomb = gzip_bomb(a);
    net_for(t, &four);
    struct net_reply r = flooded(t,
        str_fmt(a, HEAD_200 "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", bomb.n), bomb,
        1);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the answer is encoded as gzip"));
    EXPECT_STR(r.body, S(""));
    r = flooded(t, S(HEAD_200 "Transfer-Encoding: gzip\r\nConnection: close\r\n\r\n"), bomb, 1);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the answer is transferred as gzip"));
    EXPECT_STR(r.body, S(""));
}

static void talk_drip(struct peer *p)
{
    struct str said = *(const struct str *)p->server->arg;
    if (!peer_request(p))
        return;
    while (said.n > 0 && peer_try(p, str_part(said, 0, 1))) {
        said = str_from(said, 1);
        peer_wait(p, 20);
    }
}

TEST("F27 an answer that drips is cut when the time is over, in its head and in its body")
{
    static const struct str said[] = {
        S_INIT(
            "HTTP/1.1 200 OK\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        S_INIT(
            "HTTP/1.1 200 OK\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    };
    net_for(t, &four);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct server s;
        server_start(&s, talk_drip, &said[i]);
        struct net_request in = post(t, &s, S("x"));
        in.total_ms = 600;
        struct net_reply r = called(t, &in);
        EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
        EXPECT(r.took_ms >= 590 && r.took_ms < 1900);
        server_forget(&s);
    }
}

TEST("R76 an answer that has begun and crawls is given up before its time is over")
{
    struct str said =
        S("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    net_for(t, &(struct net_options) { .calls = 4, .slow_ms = 300 });
    struct server s;
    server_start(&s, talk_drip, &said);
    struct net_request in = post(t, &s, S("x"));
    in.total_ms = 20000;
    struct net_reply r = called(t, &in);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT_STR(r.why, S("the answer comes too slowly"));
    EXPECT(r.took_ms < 3000);
    server_forget(&s);
}
