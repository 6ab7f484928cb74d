#include "web/framing_test.h"

#include "base/test.h"
#include "web/parse.h"
#include "web/req.h"

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" H
#define POST "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define CASE(about, status, bytes)                                                                 \
    {                                                                                              \
        about, S_INIT(bytes), status                                                               \
    }

const struct framing_case framing_cases[] = {
    /* lengths and encodings */
    CASE("length and chunks", 400,
        POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    CASE("chunks and length", 400,
        POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    CASE("two different lengths", 400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    CASE("the same length twice", 400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    CASE("a list of lengths", 400, POST "Content-Length: 5, 5\r\n\r\nhello"),
    CASE("a length with a plus", 400, POST "Content-Length: +5\r\n\r\nhello"),
    CASE("a negative length", 400, POST "Content-Length: -1\r\n\r\n"),
    CASE("a length in hex", 400, POST "Content-Length: 0x5\r\n\r\nhello"),
    CASE("a length with a fraction", 400, POST "Content-Length: 5.0\r\n\r\nhello"),
    CASE("an empty length", 400, POST "Content-Length:\r\n\r\n"),
    CASE("a length of words", 400, POST "Content-Length: five\r\n\r\nhello"),
    CASE("a length with a space inside", 400, POST "Content-Length: 1 0\r\n\r\nhello"),
    CASE("a length that overflows", 400, POST "Content-Length: 18446744073709551621\r\n\r\nhello"),
    CASE("a length of 2^63", 400, POST "Content-Length: 9223372036854775808\r\n\r\nhello"),
    CASE("a quoted length", 400, POST "Content-Length: \"5\"\r\n\r\nhello"),
    CASE("identity as an encoding", 400, POST "Transfer-Encoding: identity\r\n\r\n"),
    CASE("gzip, chunked", 400, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    CASE("chunked, identity", 400, POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    CASE("two Transfer-Encodings", 400,
        POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    CASE("a second, other Transfer-Encoding", 400,
        POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    CASE("xchunked", 400, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    CASE("chunked with a parameter", 400, POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    CASE("quoted chunked", 400, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    CASE("an empty Transfer-Encoding", 400, POST "Transfer-Encoding:\r\n\r\n"),
    CASE("a tab after chunked", 400, POST "Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n"),
    CASE("a tab before chunked", 400, POST "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"),
    CASE("a tab after a length", 400, POST "Content-Length: 5\t\r\n\r\nhello"),
    CASE("a tab before a length", 400, POST "Content-Length: \t5\r\n\r\nhello"),
    CASE("chunked behind a vertical tab", 400, POST "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n"),
    CASE("chunks in HTTP/1.0", 400,
        "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    /* names and lines */
    CASE("a space before the colon", 400, POST "Content-Length : 5\r\n\r\nhello"),
    CASE("a tab before the colon", 400, POST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    CASE("a space inside a name", 400, GET "X Y: z\r\n\r\n"),
    CASE("an empty name", 400, GET ": x\r\n\r\n"),
    CASE("no colon", 400, GET "NoColon\r\n\r\n"),
    CASE("a NUL in a name", 400, GET "X\0Y: z\r\n\r\n"),
    CASE("a NUL in a value", 400, GET "X: a\0b\r\n\r\n"),
    CASE("an ESC in a value", 400, GET "X: \x1b[31m\r\n\r\n"),
    CASE("a DEL in a value", 400, GET "X: \x7f\r\n\r\n"),
    CASE("letters above ASCII in a name", 400, GET "X-\xc3\xa9: z\r\n\r\n"),
    CASE("brackets in a name", 400, GET "X[Y]: z\r\n\r\n"),
    CASE("a folded header", 400, GET "X: a\r\n b\r\n\r\n"),
    CASE("a folded header by tab", 400, GET "X: a\r\n\tb\r\n\r\n"),
    CASE("a folded Transfer-Encoding", 400, POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    CASE("a space before the first header", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    CASE("bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    CASE("bare LF after a header", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
    CASE("bare LF as the empty line", 400, GET "\n"),
    CASE("all lines end in LF", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    CASE("a lone CR smuggles a header", 400, GET "X: \rTransfer-Encoding: chunked\r\n\r\n"),
    CASE("a lone CR and a letter", 400, GET "X: \rxTransfer-Encoding: chunked\r\n\r\n"),
    CASE("CR CR LF", 400, GET "X: y\r\r\n\r\n"),
    CASE("an empty line with a CR only", 400, GET "\r\rZGET /evil HTTP/1.1\r\n" H "\r\n"),
    /* the request line */
    CASE("an empty first line", 400, "\r\n" GET "\r\n"),
    CASE("an empty first line by LF", 400, "\n" GET "\r\n"),
    CASE("two spaces before the target", 400, "GET  / HTTP/1.1\r\n" H "\r\n"),
    CASE("two spaces before the version", 400, "GET /  HTTP/1.1\r\n" H "\r\n"),
    CASE("a space after the version", 400, "GET / HTTP/1.1 \r\n" H "\r\n"),
    CASE("a space before the method", 400, " GET / HTTP/1.1\r\n" H "\r\n"),
    CASE("tabs for spaces", 400, "GET\t/\tHTTP/1.1\r\n" H "\r\n"),
    CASE("a space in the target", 400, "GET /a b HTTP/1.1\r\n" H "\r\n"),
    CASE("no version", 400, "GET /\r\n" H "\r\n"),
    CASE("HTTP/0.9", 400, "GET / HTTP/0.9\r\n" H "\r\n"),
    CASE("HTTP/1.2", 400, "GET / HTTP/1.2\r\n" H "\r\n"),
    CASE("HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    CASE("HTTP/1.10", 400, "GET / HTTP/1.10\r\n" H "\r\n"),
    CASE("a version in small letters", 400, "GET / http/1.1\r\n" H "\r\n"),
    CASE("another protocol", 400, "GET / ICE/1.1\r\n" H "\r\n"),
    CASE("an absolute target", 400, "GET http://a/ HTTP/1.1\r\n" H "\r\n"),
    CASE("a target without a slash", 400, "GET admin HTTP/1.1\r\n" H "\r\n"),
    CASE("a star", 400, "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
    CASE("a fragment in the target", 400, "GET /#x HTTP/1.1\r\n" H "\r\n"),
    CASE("bytes above ASCII in the target", 400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"),
    CASE("a NUL in the target", 400, "GET /a\0b HTTP/1.1\r\n" H "\r\n"),
    CASE("half a percent code", 400, "GET /a%2 HTTP/1.1\r\n" H "\r\n"),
    CASE("a percent code of other letters", 400, "GET /a%zz HTTP/1.1\r\n" H "\r\n"),
    CASE("CONNECT", 405, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n"),
    CASE("TRACE", 405, "TRACE / HTTP/1.1\r\n" H "\r\n"),
    CASE("a method in small letters", 405, "get / HTTP/1.1\r\n" H "\r\n"),
    CASE("a method that nobody knows", 405, "BREW / HTTP/1.1\r\n" H "\r\n"),
    CASE("a method that is no word", 400, "GE(T / HTTP/1.1\r\n" H "\r\n"),
    CASE("a handshake of TLS", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    /* Host, and headers that mean one thing */
    CASE("no Host", 400, "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"),
    CASE("no Host in HTTP/1.0", 400, "GET / HTTP/1.0\r\n\r\n"),
    CASE("an empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    CASE("two Hosts", 400, GET "Host: b\r\n\r\n"),
    CASE("the same Host twice", 400, GET H "\r\n"),
    CASE("a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    CASE("a Host with a user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    CASE("a list of Hosts", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    CASE("two Authorizations", 400,
        GET "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"),
    CASE("two Idempotency-Keys", 400, POST "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n"),
    CASE("Upgrade", 400, GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    CASE("Upgrade without Connection", 400, GET "Upgrade: h2c\r\n\r\n"),
    CASE("another expectation", 417, POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\nx"),
    /* chunks */
    CASE("chunk data that is too long", 400, CHUNKED "3\r\nhello\r\n0\r\n\r\n"),
    CASE("chunk data ended by other bytes", 400, CHUNKED "5\r\nhelloXX0\r\n\r\n"),
    CASE("chunk data ended by LF", 400, CHUNKED "5\r\nhello\n0\r\n\r\n"),
    CASE("a chunk size ended by LF", 400, CHUNKED "5\nhello\r\n0\r\n\r\n"),
    CASE("a chunk size of words", 400, CHUNKED "five\r\nhello\r\n0\r\n\r\n"),
    CASE("a chunk size with 0x", 400, CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"),
    CASE("a negative chunk size", 400, CHUNKED "-5\r\nhello\r\n0\r\n\r\n"),
    CASE("a chunk size with a plus", 400, CHUNKED "+5\r\nhello\r\n0\r\n\r\n"),
    CASE("a chunk size that overflows", 400, CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    CASE("an empty chunk size", 400, CHUNKED "\r\nhello\r\n0\r\n\r\n"),
    CASE("a space before a chunk size", 400, CHUNKED " 5\r\nhello\r\n0\r\n\r\n"),
    CASE("a space after a chunk size", 400, CHUNKED "5 \r\nhello\r\n0\r\n\r\n"),
    CASE("a long chunk extension", 400,
        CHUNKED "5;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nhello\r\n0\r\n\r\n"),
    CASE("many chunk extensions", 400,
        CHUNKED "5;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a"
                ";a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a\r\nhello\r\n0\r\n\r\n"),
    CASE("a lone LF in a chunk extension", 400, CHUNKED "5;a\nb\r\nhello\r\n0\r\n\r\n"),
    CASE("a CR in a chunk extension", 400, CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    CASE("a NUL in a chunk extension", 400, CHUNKED "5;a\0b\r\nhello\r\n0\r\n\r\n"),
    CASE("a lone CR in a trailer", 400, CHUNKED "0\r\nX: \rY\r\n\r\n"),
    CASE("a trailer that ends in LF", 400, CHUNKED "0\r\nX: y\n\r\n"),
    CASE("a last chunk that ends in LF", 400, CHUNKED "0\r\n\n"),
    CASE("a trailer and an LF", 400, CHUNKED "0\r\nX: y\r\n\n"),
    CASE("a last chunk that ends in CR", 400, CHUNKED "0\r\n\rX\r\n\r\n"),
    CASE("a trailer with a space before the colon", 400, CHUNKED "0\r\nX : y\r\n\r\n"),
    CASE("a NUL in a trailer", 400, CHUNKED "0\r\nX: a\0b\r\n\r\n"),
    CASE("a trailer without a colon", 400, CHUNKED "0\r\nGET /evil HTTP/1.1\r\n\r\n"),
};
const size_t framing_case_count = ARRAY_LEN(framing_cases);

static bool nothing(void *self, struct str piece)
{
    (void)self;
    (void)piece;
    return true;
}

/* As the server goes about it, `step` bytes at a time: the refusal's status, 0 for a whole request,
 * -1 when more bytes are wanted. */
static int judge(struct test *t, struct str bytes, size_t step)
{
    struct head *head = arena_new(t->c->arena, struct head);
    struct head_scan scan = { 0 };
    struct refusal why = { 0 };
    struct req r = { .c = t->c };
    struct parse parse = { .body_max = 1000, .take = nothing };
    size_t have = 0;
    enum head_verdict verdict = HEAD_MORE;
    while (verdict == HEAD_MORE && have < bytes.n) {
        have = have + step < bytes.n ? have + step : bytes.n;
        verdict = head_check(&scan, str_part(bytes, 0, have), head, &why);
    }
    if (verdict == HEAD_MORE)
        return -1;
    if (verdict == HEAD_REFUSED || !req_of_head(&r, head, &why))
        return why.status;
    if (!parse_head(&parse, str_part(bytes, 0, head->n), head))
        return parse.refusal.status;
    for (size_t at = head->n, eaten = 0; !parse.done && at < bytes.n; at += eaten)
        if (!parse_body(&parse, str_part(bytes, at, step), &eaten))
            return parse.refusal.status;
    return parse.done ? 0 : -1;
}

TEST("R36 every ambiguous framing is one 4xx, whole or in pieces")
{
    EXPECT(framing_case_count >= 60);
    for (size_t i = 0; i < framing_case_count; i++) {
        const struct framing_case *f = &framing_cases[i];
        for (size_t step = 1; step <= f->bytes.n; step = step * 3 + 1) {
            int got = judge(t, f->bytes, step);
            if (got != f->status)
                test_expect_str(t, str_fmt(t->c->arena, "%s: %d", f->about, got),
                    str_fmt(t->c->arena, "%s: %d", f->about, f->status), __FILE__, __LINE__,
                    "the verdict");
        }
        EXPECT_I64(judge(t, f->bytes, f->bytes.n), f->status);
    }
}

TEST("R36 plain requests pass, whole or byte by byte")
{
    static const struct str good[] = {
        S_INIT(GET "\r\n"),
        S_INIT("GET / HTTP/1.0\r\n" H "\r\n"),
        S_INIT("GET /a?b=c&d=%20 HTTP/1.1\r\nhost: a.example:8080\r\n\r\n"),
        S_INIT("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
        S_INIT(GET "X-Empty:\r\nX-Tab:\ta\tb\t\r\nX-High: \xc3\xa9\r\n\r\n"),
        S_INIT(
            GET "Cookie: a=b\r\nCookie: c=d\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\n\r\n"),
        S_INIT(POST "Content-Length: 5\r\n\r\nhello"),
        S_INIT(POST "Content-Length: 0\r\n\r\n"),
        S_INIT(POST "Content-Length: 0005\r\n\r\nhello"),
        S_INIT(POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx"),
        S_INIT(CHUNKED "5\r\nhello\r\n0\r\n\r\n"),
        S_INIT(CHUNKED "00005\r\nhello\r\nA;x=y\r\n0123456789\r\n0;z\r\nX-Trailer: y\r\n\r\n"),
        S_INIT(CHUNKED "5;a=\"b c\"\r\nhello\r\n0\r\n\r\n"),
        S_INIT(POST "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n"),
        S_INIT(POST "Transfer-Encoding:   chunked   \r\n\r\n0\r\n\r\n"),
        S_INIT(POST "Content-Length:   5   \r\n\r\nhello"),
        S_INIT("DELETE /x HTTP/1.1\r\n" H "Connection: close\r\n\r\n"),
        S_INIT("PATCH /x HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx"),
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        for (size_t step = 1; step <= good[i].n; step = step * 3 + 1)
            EXPECT_I64(judge(t, good[i], step), 0);
}

TEST("R36 what follows a whole request is left for the next one")
{
    struct str bytes = S(CHUNKED "2\r\nhi\r\n0\r\n\r\nGET /next HTTP/1.1\r\n");
    struct head *head = arena_new(t->c->arena, struct head);
    struct head_scan scan = { 0 };
    struct refusal why = { 0 };
    struct parse parse = { .body_max = 1000, .take = nothing };
    size_t eaten = 0;
    EXPECT_I64(head_check(&scan, bytes, head, &why), HEAD_WHOLE);
    EXPECT(parse_head(&parse, str_part(bytes, 0, head->n), head));
    EXPECT(parse_body(&parse, str_from(bytes, head->n), &eaten) && parse.done);
    EXPECT_STR(str_from(bytes, head->n + eaten), S("GET /next HTTP/1.1\r\n"));
    EXPECT_I64(parse.body, 2);
}

static int judge_built(struct test *t, const struct buf *b)
{
    return judge(t, buf_str(b), b->n);
}

TEST("R38 a request line over 8 KiB, a head over 32 KiB and 101 headers are refused")
{
    struct buf line = BUF(t->c->arena), head = BUF(t->c->arena), many = BUF(t->c->arena);
    buf_add(&line, S("GET /"));
    while (line.n < HEAD_LINE_MAX - 10)
        buf_char(&line, 'a');
    struct buf longer = BUF(t->c->arena);
    buf_add(&longer, buf_str(&line));
    buf_add(&longer, S("aaaaaaaaaaaa HTTP/1.1\r\n" H "\r\n"));
    buf_add(&line, S(" HTTP/1.1\r\n" H "\r\n"));
    EXPECT_I64(judge_built(t, &line), 0);
    EXPECT_I64(judge_built(t, &longer), 414);
    /* It is refused while it comes, not when it ends. */
    EXPECT_I64(judge(t, str_part(buf_str(&longer), 0, HEAD_LINE_MAX + 1), 100), 414);

    buf_add(&head, S(GET "X: "));
    while (head.n < HEAD_MAX - 4)
        buf_char(&head, 'a');
    buf_add(&head, S("\r\n\r\n"));
    EXPECT_I64(judge_built(t, &head), 0);
    head.n -= 4;
    buf_add(&head, S("a\r\n\r\n"));
    EXPECT_I64(judge_built(t, &head), 431);

    buf_add(&many, S(GET));
    for (int i = 1; i < HEAD_HEADERS_MAX; i++)
        buf_fmt(&many, "X%d: y\r\n", i);
    struct buf more = BUF(t->c->arena);
    buf_add(&more, buf_str(&many));
    buf_add(&many, S("\r\n"));
    buf_add(&more, S("X: y\r\n\r\n"));
    EXPECT_I64(judge_built(t, &many), 0);
    EXPECT_I64(judge_built(t, &more), 431);
}

TEST("R38 a body over its limit is refused before it is read, chunked as soon as it is over")
{
    EXPECT_I64(judge(t, S(POST "Content-Length: 1001\r\n\r\n"), 100), 413);
    EXPECT_I64(judge(t, S(CHUNKED "3E9\r\n"), 100), -1);
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S(CHUNKED));
    for (int i = 0; i < 101; i++)
        buf_add(&b, S("A\r\n0123456789\r\n"));
    EXPECT_I64(judge_built(t, &b), 413);
}

TEST("R38 trailers and leading zeros of chunks have an end")
{
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S(CHUNKED "0\r\n"));
    for (int i = 0; i < 2000; i++)
        buf_fmt(&b, "X%d: y\r\n", i);
    EXPECT_I64(judge(t, buf_str(&b), 1000), 431);
    struct buf zeros = BUF(t->c->arena);
    buf_add(&zeros, S(CHUNKED));
    for (int i = 0; i < 20000; i++)
        buf_char(&zeros, '0');
    EXPECT_I64(judge(t, buf_str(&zeros), 1000), 400);
}
