#include "base/test.h"
#include "web/web.h"

#include <fcntl.h>
#include <unistd.h>

static const struct routes no_rows = { NULL, 0 };
static const struct routes *const lists[] = { &no_rows };

static void ask(struct test *t, struct str headers, struct req *ret)
{
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    EXPECT_OK(req_from_bytes(t->c,
        str_fmt(t->c->arena, "GET /api/x HTTP/1.1\r\nHost: a\r\n%.*s\r\n", SARG(headers)), router,
        ret));
}

static struct str header_of(struct test *t, struct str bytes, const char *name)
{
    struct str want = str_fmt(t->c->arena, "\r\n%s: ", name), line;
    for (size_t i = 0; i + want.n < bytes.n; i++) {
        if (!str_eq(str_part(bytes, i, want.n), want))
            continue;
        str_cut(str_from(bytes, i + want.n), '\r', &line, &bytes);
        return line;
    }
    return S("");
}

TEST("the envelope of the API is the contract's")
{
    struct req r;
    ask(t, S(""), &r);
    struct json j = answer_json(&r, 201);
    json_open(&j, "data", '{');
    json_i64(&j, "balance", 40);
    json_close(&j, '}');
    answer_json_end(&r, &j);
    EXPECT_STR(answer_body(&r), S("{\"success\":true,\"data\":{\"balance\":40}}"));
    struct str bytes = answer_bytes(&r);
    EXPECT(str_starts(bytes, S("HTTP/1.1 201 Created\r\nDate: ")));
    EXPECT_STR(header_of(t, bytes, "Content-Type"), S("application/json"));
    EXPECT_STR(header_of(t, bytes, "Content-Length"), S("38"));
    EXPECT_STR(header_of(t, bytes, "Request-Id"), S("test"));
}

TEST("R43 every answer carries the security headers and is not cached")
{
    struct req r;
    ask(t, S(""), &r);
    answer_text(&r, 200, S("text/plain"), S("ok"));
    struct str bytes = answer_bytes(&r);
    EXPECT_STR(header_of(t, bytes, "Content-Security-Policy"),
        S("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
    EXPECT_STR(header_of(t, bytes, "X-Content-Type-Options"), S("nosniff"));
    EXPECT_STR(header_of(t, bytes, "Referrer-Policy"), S("same-origin"));
    EXPECT_STR(header_of(t, bytes, "Cross-Origin-Opener-Policy"), S("same-origin"));
    EXPECT_STR(header_of(t, bytes, "Cache-Control"), S("no-store"));
    EXPECT_STR(header_of(t, bytes, "Strict-Transport-Security"), S(""));
}

TEST("R43 https adds HSTS of more than a year, and a handler may say otherwise about the rest")
{
    struct req r;
    ask(t, S(""), &r);
    r.https = true;
    answer_fixed(&r, 200, S("text/css"), S("a{}"));
    answer_header(&r, S("Cache-Control"), S("public, max-age=31536000, immutable"));
    struct str bytes = answer_bytes(&r);
    EXPECT_STR(header_of(t, bytes, "Strict-Transport-Security"), S("max-age=63072000"));
    EXPECT_STR(header_of(t, bytes, "Cache-Control"), S("public, max-age=31536000, immutable"));
    EXPECT(!str_has(bytes, S("no-store")));
    EXPECT(str_ends(bytes, S("\r\n\r\na{}")));
}

TEST("errors are the envelope, with code, details and Retry-After")
{
    struct req r;
    ask(t, S(""), &r);
    enum err e = fail(t->c, INSUFFICIENT_CREDITS, "this costs %d credits, there are %d", 5, 3);
    answer_error(&r, fail_details(t->c, e, S("{\"balance\":3}")));
    EXPECT_I64(r.out.status, 402);
    EXPECT_STR(answer_body(&r),
        S("{\"success\":false,\"error\":\"this costs 5 credits, there are 3\","
          "\"code\":\"INSUFFICIENT_CREDITS\",\"details\":{\"balance\":3},\"requestId\":\"test\"}"));
    answer_reset(&r);
    answer_error(&r, fail_retry_after(t->c, fail(t->c, RATE_LIMITED, "slower"), 17));
    EXPECT_STR(header_of(t, answer_bytes(&r), "Retry-After"), S("17"));
    ask(t, S(""), &r);
    answer_error(&r, fail(t->c, BUSY, "later"));
    EXPECT_I64(r.out.status, 503);
    EXPECT_STR(header_of(t, answer_bytes(&r), "Retry-After"), S("1"));
}

TEST("R46 what is our own fault tells nobody anything")
{
    struct req r;
    ask(t, S(""), &r);
    answer_error(&r, fail(t->c, INTERNAL, "no such column: secret at /srv/purser.db"));
    EXPECT_I64(r.out.status, 500);
    EXPECT(!str_has(answer_body(&r), S("secret")));
    EXPECT(str_has(answer_body(&r), S("\"code\":\"INTERNAL\"")));
    answer_reset(&r);
    answer_error(&r, fail(t->c, STORE_CORRUPT, "row 7 of secrets"));
    EXPECT(!str_has(answer_body(&r), S("secrets")));
    EXPECT(str_has(answer_body(&r), S("\"code\":\"INTERNAL\"")));
    /* What the store says is for the log: statements, constraints, hosts. */
    answer_reset(&r);
    answer_error(&r,
        fail_at(t->c, CODE_BUSY, false, "src/db/pg.c", 74, "no connection to server at 10.1.2.3"));
    EXPECT_I64(r.out.status, 503);
    EXPECT(!str_has(answer_body(&r), S("10.1.2.3")));
    EXPECT(str_has(answer_body(&r), S("try again after Retry-After")));
    answer_reset(&r);
    answer_error(&r,
        fail_at(t->c, CODE_CONFLICT, false, "src/db/sqlite_stmt.c", 60, "UNIQUE: INSERT INTO a"));
    EXPECT(!str_has(answer_body(&r), S("INSERT")));
    /* A kind that nobody explained is still an answer. */
    answer_reset(&r);
    err_clear(t->c);
    answer_error(&r, E_CONFLICT);
    EXPECT_I64(r.out.status, 409);
    EXPECT(str_has(answer_body(&r), S("\"code\":\"CONFLICT\"")));
}

static void page_of_program(struct req *r, const struct error_shown *e)
{
    struct buf *b = answer_html(r, e->status);
    html(b, "<h1>", e->code, "</h1>");
}

TEST("errors of pages are pages, the program's own when it has one")
{
    static const struct route page = { .method = "GET", .path = "/x", .flags = ROUTE_PAGE };
    struct req r;
    ask(t, S(""), &r);
    r.route = &page;
    answer_error(&r, fail(t->c, INVALID_REQUEST, "<script> is no name"));
    EXPECT_STR(r.out.content_type, S("text/html; charset=utf-8"));
    EXPECT(str_has(answer_body(&r), S("<h1>&lt;script&gt; is no name</h1>")));
    r.error_page = page_of_program;
    answer_error(&r, fail(t->c, NOT_FOUND, "gone"));
    EXPECT_STR(answer_body(&r), S("<h1>NOT_FOUND</h1>"));
    EXPECT_I64(r.out.status, 404);
}

TEST("R66 a header with CR, LF or NUL is not set, and the answer becomes a plain 500")
{
    static const struct header bad[] = { { S_INIT("X"), S_INIT("a\r\nSet-Cookie: evil=1") },
        { S_INIT("X"), S_INIT("a\nb") }, { S_INIT("X"), S_INIT("a\rb") },
        { S_INIT("X"), S_INIT("a\0b") }, { S_INIT("X"), S_INIT("a\x7f") },
        { S_INIT("X\r\nY"), S_INIT("a") }, { S_INIT("X:"), S_INIT("a") },
        { S_INIT("X Y"), S_INIT("a") }, { S_INIT(""), S_INIT("a") } };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct req r;
        ask(t, S(""), &r);
        answer_text(&r, 200, S("text/plain"), S("ok"));
        answer_header(&r, bad[i].name, bad[i].value);
        struct str bytes = answer_bytes(&r);
        EXPECT(str_starts(bytes, S("HTTP/1.1 500 ")));
        EXPECT(!str_has(bytes, S("evil")) && !str_has(bytes, S("X:")));
    }
}

TEST("R66 a redirect cannot break out of its header")
{
    struct req r;
    ask(t, S(""), &r);
    answer_redirect(&r, 303, S("/order/1?x=a b\r\nSet-Cookie: evil=1"));
    struct str bytes = answer_bytes(&r);
    EXPECT_STR(header_of(t, bytes, "Location"), S("/order/1?x=a%20b%0D%0ASet-Cookie:%20evil=1"));
    EXPECT_STR(header_of(t, bytes, "Set-Cookie"), S(""));
}

TEST("R50 cookies are HttpOnly and Lax, and with https bound to the host")
{
    struct req r;
    ask(t, S(""), &r);
    answer_none(&r, 204);
    answer_cookie(&r, S("session"), S("abc"), 3600);
    EXPECT_STR(
        r.out.headers[0].value, S("session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"));
    r.https = true;
    answer_cookie(&r, S("session"), S("abc"), -1);
    EXPECT_STR(
        r.out.headers[1].value, S("__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"));
    answer_cookie(&r, S("session"), S(""), 0);
    EXPECT_STR(r.out.headers[2].value,
        S("__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"));
    EXPECT(!str_has(answer_bytes(&r), S("Content-Length")));
}

TEST("HEAD is GET without its body, 304 has neither body nor length")
{
    struct req r;
    ask(t, S(""), &r);
    r.head = true;
    answer_text(&r, 200, S("text/plain"), S("hello"));
    struct str bytes = answer_bytes(&r);
    EXPECT_STR(header_of(t, bytes, "Content-Length"), S("5"));
    EXPECT(str_ends(bytes, S("\r\n\r\n")));
    ask(t, S("If-None-Match: \"x\", W/\"abc\"\r\n"), &r);
    EXPECT(answer_etag(&r, S("abc")));
    bytes = answer_bytes(&r);
    EXPECT(str_starts(bytes, S("HTTP/1.1 304 ")) && !str_has(bytes, S("Content-Length")));
    EXPECT_STR(header_of(t, bytes, "ETag"), S("\"abc\""));
    ask(t, S("If-None-Match: \"x\"\r\n"), &r);
    EXPECT(!answer_etag(&r, S("abc")));
}

/* "status offset length" of a file of 100 bytes asked for with these headers. */
static struct str file_answer(struct test *t, struct str headers)
{
    struct req r;
    ask(t, headers, &r);
    answer_file(&r, open("/dev/null", O_RDONLY | O_CLOEXEC), 100, S("application/zip"), S("v1"));
    bool file = r.out.file_fd >= 0;
    int64_t offset = file ? r.out.file_offset : -1, length = file ? r.out.file_length : -1;
    struct str range = header_of(t, answer_bytes(&r), "Content-Range");
    struct str was = str_fmt(t->c->arena, "%d %lld %lld %.*s", r.out.status, (long long)offset,
        (long long)length, SARG(range));
    if (r.out.file_fd >= 0)
        close(r.out.file_fd);
    return was;
}

TEST("files are sent whole, in one range, or not at all")
{
    EXPECT_STR(file_answer(t, S("")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: bytes=0-9\r\n")), S("206 0 10 bytes 0-9/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=90-\r\n")), S("206 90 10 bytes 90-99/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=90-500\r\n")), S("206 90 10 bytes 90-99/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=-10\r\n")), S("206 90 10 bytes 90-99/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=-500\r\n")), S("206 0 100 bytes 0-99/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=99-99\r\n")), S("206 99 1 bytes 99-99/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=100-\r\n")), S("416 -1 -1 bytes */100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=-0\r\n")), S("416 -1 -1 bytes */100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=9-5\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: bytes=0-1,5-6\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: lines=0-1\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: bytes=-\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: bytes=18446744073709551615-18446744073709551615\r\n")),
        S("416 -1 -1 bytes */100"));
}

TEST("a range of another version is the whole of this one, and the same version is not sent again")
{
    EXPECT_STR(
        file_answer(t, S("Range: bytes=5-9\r\nIf-Range: \"v1\"\r\n")), S("206 5 5 bytes 5-9/100"));
    EXPECT_STR(file_answer(t, S("Range: bytes=5-9\r\nIf-Range: \"v0\"\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("Range: bytes=5-9\r\nIf-Range: W/\"v1\"\r\n")), S("200 0 100 "));
    EXPECT_STR(file_answer(t, S("If-None-Match: \"v1\"\r\n")), S("304 -1 -1 "));
}

TEST("events carry their number, and a stream goes on after the last one")
{
    struct req r;
    ask(t, S("Last-Event-ID: 41\r\nAccept: text/event-stream\r\n"), &r);
    EXPECT_I64(answer_stream(&r), 41);
    answer_event(&r, 42, S("order"), S("{\"id\":1}"));
    answer_event(&r, 50, S("balance"), S("{}"));
    EXPECT_STR(answer_body(&r),
        S("id: 42\nevent: order\ndata: {\"id\":1}\n\nid: 50\nevent: balance\ndata: {}\n\n"));
    EXPECT_I64(answer_stream(&r), 50);
    answer_stream_at(&r, 70); /* looked at, and nothing said */
    EXPECT_I64(answer_stream(&r), 70);
    answer_event(&r, 71, S("order"), S("{}"));
    answer_stream_at(&r, 0); /* from the beginning */
    answer_event(&r, 3, S("order"), S("{}"));
    EXPECT(str_has(answer_bytes(&r), S("Transfer-Encoding: chunked\r\n")));
    ask(t, S("Last-Event-ID: nonsense\r\n"), &r);
    EXPECT_I64(answer_stream(&r), 0);
}

TEST("a body that runs again forgets its first answer")
{
    struct req r;
    ask(t, S(""), &r);
    answer_header(&r, S("X"), S("first"));
    answer_text(&r, 200, S("text/plain"), S("first"));
    answer_reset(&r);
    answer_text(&r, 200, S("text/plain"), S("second"));
    EXPECT(!str_has(answer_bytes(&r), S("first")));
}
