#include <sys/socket.h>
#include <unistd.h>

#include "base/crypto.h"
#include "web/rig_test.h"

static char letter(size_t i)
{
    return (char)('a' + i % 26);
}

static bool is_file(struct str body, size_t from, size_t n)
{
    bool same = body.n == n;
    for (size_t i = 0; i < n && same; i++)
        same = body.p[i] == letter(from + i);
    return same;
}

TEST("files are sent in pieces, whole or a range of them")
{
    struct rig *rig = rig_open(t, NULL);
    static const size_t sizes[] = { 0, 1, 131072, 131073, 5000000 };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct str line = str_fmt(t->c->arena, "GET /file/%zu", sizes[i]);
        struct str answer = rig_ask(t, rig, line.p, "", S(""));
        EXPECT(rig_status(answer) == 200 && is_file(rig_body(answer), 0, sizes[i]));
        EXPECT(str_has(answer, S("Accept-Ranges: bytes\r\n")));
    }
    struct str part =
        rig_ask(t, rig, "GET /file/5000000", "Range: bytes=1000001-4000000\r\n", S(""));
    EXPECT(rig_status(part) == 206 && is_file(rig_body(part), 1000001, 3000000));
    part =
        rig_ask(t, rig, "GET /file/5000000", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n", S(""));
    EXPECT(rig_status(part) == 200 && rig_body(part).n == 5000000);
    part = rig_ask(t, rig, "HEAD /file/5000000", "", S(""));
    EXPECT(rig_body(part).n == 0 && str_has(part, S("Content-Length: 5000000\r\n")));
    EXPECT_I64(
        rig_status(rig_ask(t, rig, "GET /file/10", "If-None-Match: \"v1\"\r\n", S(""))), 304);
    rig_close(rig);
}

TEST("a client that leaves in the middle of a file harms nobody")
{
    struct rig *rig = rig_open(t, NULL);
    for (int i = 0; i < 10; i++) {
        int fd = rig_connect(t, rig);
        rig_send(t, fd, S("GET /file/50000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
        char some[1000];
        EXPECT(recv(fd, some, sizeof some, 0) > 0);
        close(fd);
    }
    /* The connection goes on after a file. */
    int fd = rig_connect(t, rig);
    rig_send(t, fd,
        S("GET /file/300000 HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT(is_file(rig_body(rig_answer(t, fd)), 0, 300000));
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("plain"));
    close(fd);
    rig_close(rig);
}

/* "SIZE FIRST-FOUR HASH" of n letters. */
static struct str said(struct test *t, struct str all)
{
    struct sha256 hash = sha256(all);
    return str_fmt(t->c->arena, "%zu %.*s %.*s", all.n, SARG(str_part(all, 0, 4)),
        SARG(hex_text(t->c->arena, (struct str) { (const char *)hash.b, sizeof hash.b })));
}

TEST("uploads go to a file of no name, hashed on arrival, by length or in chunks")
{
    struct rig *rig = rig_open(t, NULL);
    struct buf all = BUF(t->c->arena), chunks = BUF(t->c->arena);
    for (size_t i = 0; i < 3000000; i++)
        buf_char(&all, letter(i * 7 / 5));
    EXPECT_STR(rig_body(rig_ask(t, rig, "PUT /upload", "", S("abcdef"))), said(t, S("abcdef")));
    EXPECT_STR(rig_body(rig_ask(t, rig, "PUT /upload", "", buf_str(&all))), said(t, buf_str(&all)));
    buf_add(&chunks, S("PUT /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (size_t at = 0, n = 1; at < all.n; at += n, n = n * 3 % 100003 + 1) {
        struct str part = str_part(buf_str(&all), at, n);
        buf_fmt(&chunks, "%zx\r\n", part.n);
        buf_add(&chunks, part);
        buf_add(&chunks, S("\r\n"));
    }
    buf_add(&chunks, S("0\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
    int fd = rig_connect(t, rig);
    rig_send(t, fd, buf_str(&chunks));
    EXPECT_STR(rig_body(rig_answer(t, fd)), said(t, buf_str(&all)));
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("plain"));
    close(fd);
    rig_close(rig);
}

TEST("an upload that stops, leaves or is too large is refused and leaves nothing")
{
    struct server_options o = { .limits = { .body_ms = 400 } };
    struct rig *rig = rig_open(t, &o);
    int slow = rig_connect(t, rig), gone = rig_connect(t, rig), large = rig_connect(t, rig);
    rig_send(t, slow, S("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
    rig_send(t, gone, S("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc"));
    rig_send(t, large, S("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 67108865\r\n\r\n"));
    bool closed = false;
    EXPECT_I64(rig_status(rig_rest(t, large, 5000, &closed)), 413);
    for (int i = 0; i < 100; i++) {
        rig_send(t, slow, S("x"));
        usleep(10000);
    }
    close(gone);
    EXPECT_I64(rig_status(rig_rest(t, slow, 5000, &closed)), 408);
    EXPECT(closed);
    EXPECT_I64(rig->handled, 0);
    close(slow);
    close(large);
    rig_close(rig);
}

TEST("where no upload can be stored the answer is 503, and the server lives")
{
    struct server_options o = { .uploads = S("/nonexistent") };
    struct rig *rig = rig_open(t, &o);
    struct str answer = rig_ask(t, rig, "PUT /upload", "", S("abc"));
    EXPECT(rig_status(answer) == 503 && str_has(answer, S("Retry-After: ")));
    rig_close(rig);
}
