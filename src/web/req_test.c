#include "base/test.h"
#include "web/req.h"

static enum err seen(struct req *r)
{
    (void)r;
    return E_OK;
}

#define ROW(method, path)                                                                          \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, seen, NULL, 0, ALLOW_ANYONE, 0, 0, ""                     \
    }
static const struct route table[] = {
    ROW("GET", "/"),
    ROW("GET", "/api/orders"),
    ROW("POST", "/api/orders"),
    ROW("GET", "/api/orders/{id}"),
    ROW("POST", "/api/orders/{id}/cancel"),
    ROW("GET", "/api/orders/latest/lines"),
    ROW("GET", "/api/invoices/{id}"),
    ROW("GET", "/api/invoices/{id}.pdf"),
    ROW("GET", "/api/sellers/me/products/{product}/versions/{version}"),
    ROW("GET", "/assets/{name}"),
};
static const struct routes rows = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &rows };

static enum err make_(struct test *t, const char *fmt, struct str what, struct req *ret)
{
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    const struct str parts[] = { str_of_c(fmt), what };
    struct buf b = BUF(t->c->arena);
    buf_add(&b, parts[0]);
    buf_add(&b, parts[1]);
    return req_from_bytes(t->c, buf_str(&b), router, ret);
}

static enum err get(struct test *t, struct str target, struct req *ret)
{
    struct buf b = BUF(t->c->arena);
    buf_add(&b, target);
    buf_add(&b, S(" HTTP/1.1\r\nHost: a\r\n\r\n"));
    return make_(t, "GET ", buf_str(&b), ret);
}

static void expect_route(struct test *t, struct str target, const char *path, struct str param)
{
    struct req r;
    EXPECT_OK(get(t, target, &r));
    EXPECT(r.route != NULL);
    EXPECT_STR(str_of_c(r.route->path), str_of_c(path));
    EXPECT_STR(r.params[0], param);
}

TEST("literal segments win over names, and a dead end is left again")
{
    expect_route(t, S("/"), "/", S(""));
    expect_route(t, S("/api/orders"), "/api/orders", S(""));
    expect_route(t, S("/api/orders/latest"), "/api/orders/{id}", S("latest"));
    expect_route(t, S("/api/orders/latest/lines"), "/api/orders/latest/lines", S(""));
    expect_route(t, S("/api/orders/ord_1?x=y"), "/api/orders/{id}", S("ord_1"));
    expect_route(t, S("/api/invoices/inv_1.pdf"), "/api/invoices/{id}.pdf", S("inv_1"));
    expect_route(t, S("/api/invoices/inv_1"), "/api/invoices/{id}", S("inv_1"));
    expect_route(t, S("/api/invoices/.pdf"), "/api/invoices/{id}", S(".pdf"));
    expect_route(t, S("/api/orders/%6frd%20%C3%A9"), "/api/orders/{id}", S("ord \xc3\xa9"));
}

TEST("several names are handed out in their order")
{
    struct req r;
    EXPECT_OK(get(t, S("/api/sellers/me/products/p1/versions/v2"), &r));
    EXPECT_STR(r.params[0], S("p1"));
    EXPECT_STR(r.params[1], S("v2"));
    EXPECT_OK(get(t, S("/api/sellers/me/products/p1/versions/"), &r));
    EXPECT(r.route == NULL && r.allow_methods.n == 0);
}

TEST("R41 a path with other methods says which, HEAD arrives as GET")
{
    struct req r;
    EXPECT_OK(make_(t, "", S("DELETE /api/orders HTTP/1.1\r\nHost: a\r\n\r\n"), &r));
    EXPECT(r.route == NULL);
    EXPECT_STR(r.allow_methods, S("GET, HEAD, POST"));
    EXPECT_OK(make_(t, "", S("HEAD /api/orders HTTP/1.1\r\nHost: a\r\n\r\n"), &r));
    EXPECT(r.route != NULL && r.head);
    EXPECT_STR(r.method, S("GET"));
    EXPECT_OK(make_(t, "",
        S("POST /api/orders/x/cancel HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: GET\r\n\r\n"),
        &r));
    EXPECT_STR(r.method, S("POST"));
}

TEST("paths that differ in a slash are other paths")
{
    static const struct str none[] = { S_INIT("/api/orders/"), S_INIT("//api/orders"),
        S_INIT("/api//orders"), S_INIT("/api"), S_INIT("/API/orders"), S_INIT("/api/orders/x/"),
        S_INIT("/assets/a/b"), S_INIT("/assets/") };
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        struct req r;
        EXPECT_OK(get(t, none[i], &r));
        EXPECT(r.route == NULL);
    }
}

TEST("R42 nothing that climbs or hides a separator reaches a handler")
{
    static const struct str paths[] = { S_INIT("/assets/../etc/passwd"),
        S_INIT("/assets/%2e%2e/etc/passwd"), S_INIT("/assets/%2E%2E/etc/passwd"),
        S_INIT("/assets/.%2e/x"), S_INIT("/assets/%2e./x"), S_INIT("/assets/..%2fetc%2fpasswd"),
        S_INIT("/assets/..%2Fetc%2Fpasswd"), S_INIT("/assets/%2fetc/passwd"),
        S_INIT("/assets/x%2fy"), S_INIT("/assets/x%2Fy"), S_INIT("/assets/..%5cx"),
        S_INIT("/assets/..%5Cx"), S_INIT("/assets/x%5cy"), S_INIT("/assets/..\\x"),
        S_INIT("/assets/x\\y"), S_INIT("/\\evil.example/"), S_INIT("/assets/x%00"),
        S_INIT("/assets/x%00.css"), S_INIT("/%00"), S_INIT("/assets/..%00/x"), S_INIT("/.."),
        S_INIT("/../"), S_INIT("/../../../../etc/passwd"), S_INIT("/assets/...."),
        S_INIT("/assets/....//x"), S_INIT("/assets/..;/x"), S_INIT("/..;/admin"),
        S_INIT("/assets/x/.."), S_INIT("/assets/x/../y"), S_INIT("/%2e%2e%2f%2e%2e%2fx"),
        S_INIT("/assets/..%252fetc"), S_INIT("/assets/..%c0%af"), S_INIT("/assets/%c0%ae%c0%ae/x"),
        S_INIT("/assets/%e0%80%ae/x"), S_INIT("/assets/%ff"), S_INIT("/assets/x%0d%0aSet-Cookie:a"),
        S_INIT("/assets/x%0a"), S_INIT("/assets/x%1b"), S_INIT("/assets/x%7f"),
        S_INIT("/assets/%ed%a0%80"), S_INIT("/assets/..%u2215x"), S_INIT("/assets/%%32%65"),
        S_INIT("/assets/..\\..\\x"), S_INIT("/..%2f") };
    EXPECT(ARRAY_LEN(paths) >= 40);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct req r;
        enum err e = get(t, paths[i], &r);
        if (e != E_NOT_FOUND && e != E_INVALID)
            test_expect_str(t, S("passed"), paths[i], __FILE__, __LINE__, "a path that climbs");
    }
}

TEST("R42 what was encoded twice is decoded once")
{
    struct req r;
    EXPECT_OK(get(t, S("/api/orders/%252e"), &r));
    EXPECT_STR(r.params[0], S("%2e"));
    EXPECT_OK(get(t, S("/api/orders/a+b"), &r));
    EXPECT_STR(r.params[0], S("a+b"));
}

TEST("queries are decoded, and doubt about them is an error")
{
    struct req r;
    bool given = false;
    struct str v = S("");
    EXPECT_OK(get(t, S("/?a=1&b=x%20y+z&c=&d&%C3%A9=%E2%82%AC"), &r));
    EXPECT_OK(req_query(&r, "a", &given, &v));
    EXPECT_STR(v, S("1"));
    EXPECT_OK(req_query(&r, "b", &given, &v));
    EXPECT_STR(v, S("x y z"));
    EXPECT_OK(req_query(&r, "c", &given, &v));
    EXPECT(given && v.n == 0);
    EXPECT_OK(req_query(&r, "d", &given, &v));
    EXPECT(given && v.n == 0);
    EXPECT_OK(req_query(&r, "\xc3\xa9", &given, &v));
    EXPECT_STR(v, S("\xe2\x82\xac"));
    EXPECT_OK(req_query(&r, "e", &given, &v));
    EXPECT(!given);
    static const struct str bad[] = { S_INIT("/?a=1&a=2"), S_INIT("/?a=1&%61=2"), S_INIT("/?a=%"),
        S_INIT("/?a=%0"), S_INIT("/?a=%gg"), S_INIT("/?a=%00"), S_INIT("/?%00=a"),
        S_INIT("/?a=%ff"), S_INIT("/?a=%c0%80"), S_INIT("/?a=%1b"), S_INIT("/?a=%ed%a0%80") };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        EXPECT_OK(get(t, bad[i], &r));
        EXPECT_FAIL(req_query(&r, "other", &given, &v), INVALID_REQUEST);
    }
}

TEST("a query has at most 256 fields")
{
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S("/?"));
    for (int i = 0; i < 256; i++)
        buf_fmt(&b, "%sa%d", i == 0 ? "" : "&", i);
    struct req r;
    bool given = false;
    struct str v;
    EXPECT_OK(get(t, buf_str(&b), &r));
    EXPECT_OK(req_query(&r, "a255", &given, &v));
    EXPECT(given);
    buf_add(&b, S("&b"));
    EXPECT_OK(get(t, buf_str(&b), &r));
    EXPECT_FAIL(req_query(&r, "a255", &given, &v), INVALID_REQUEST);
}

TEST("a number in the query keeps its limits")
{
    struct req r;
    int64_t n = 7;
    EXPECT_OK(get(t, S("/?n=30&big=31&x=1x&neg=-1"), &r));
    EXPECT_OK(req_query_i64(&r, "none", 1, 30, &n));
    EXPECT_I64(n, 7);
    EXPECT_OK(req_query_i64(&r, "n", 1, 30, &n));
    EXPECT_I64(n, 30);
    EXPECT_FAIL(req_query_i64(&r, "big", 1, 30, &n), INVALID_REQUEST);
    EXPECT_FAIL(req_query_i64(&r, "x", 1, 30, &n), INVALID_REQUEST);
    EXPECT_FAIL(req_query_i64(&r, "neg", 0, 30, &n), INVALID_REQUEST);
    EXPECT_I64(n, 30);
}

static enum err post_form(struct test *t, const char *type, struct str body, struct req *ret)
{
    return make_(t, "POST ",
        str_fmt(t->c->arena,
            "/api/orders HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n"
            "Content-Length: %zu\r\n\r\n%.*s",
            type, body.n, SARG(body)),
        ret);
}

TEST("forms are read like queries, and only when they are forms")
{
    struct req r;
    bool given = false;
    struct str v = S("");
    EXPECT_OK(post_form(
        t, "application/x-www-form-urlencoded; charset=utf-8", S("name=Ada+L%C3%B6we&x="), &r));
    EXPECT_OK(req_form(&r, "name", &given, &v));
    EXPECT_STR(v, S("Ada L\xc3\xb6we"));
    EXPECT_OK(req_form(&r, "missing", &given, &v));
    EXPECT(!given);
    EXPECT_OK(post_form(t, "application/json", S("name=Ada"), &r));
    EXPECT_FAIL(req_form(&r, "name", &given, &v), INVALID_REQUEST);
    EXPECT_OK(post_form(t, "application/x-www-form-urlencoded", S("a=1&a=1"), &r));
    EXPECT_FAIL(req_form(&r, "a", &given, &v), INVALID_REQUEST);
}

TEST("headers are found whatever their case, and lists can be joined")
{
    struct req r;
    EXPECT_OK(make_(t, "",
        S("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n"
          "Accept: text/csv;q=0.9, text/html\r\n\r\n"),
        &r));
    EXPECT_STR(req_header(&r, S("X-FORWARDED-FOR")), S("1.1.1.1"));
    EXPECT_STR(req_header_all(&r, S("X-Forwarded-For")), S("1.1.1.1, 2.2.2.2"));
    EXPECT_I64((int64_t)req_header_count(&r, S("X-Forwarded-For")), 2);
    EXPECT(!req_has_header(&r, S("Cookie")));
    EXPECT(req_accepts(&r, S("text/html")) && req_accepts(&r, S("text/csv")));
    EXPECT(!req_accepts(&r, S("application/json")));
}

TEST("cookies are found in any line, with the prefix of https and not without it")
{
    struct req r;
    EXPECT_OK(make_(t, "",
        S("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; session=abc=; session=other\r\n"
          "Cookie: __Host-session=xyz\r\n\r\n"),
        &r));
    EXPECT_STR(req_cookie(&r, S("session")), S("abc="));
    EXPECT_STR(req_cookie(&r, S("a")), S("1"));
    EXPECT_STR(req_cookie(&r, S("b")), S(""));
    r.https = true;
    EXPECT_STR(req_cookie(&r, S("session")), S("xyz"));
    EXPECT_STR(req_cookie(&r, S("a")), S(""));
}

TEST("lists take a limit and a cursor that they gave out themselves")
{
    struct req r;
    struct page page;
    EXPECT_OK(get(t, S("/api/orders"), &r));
    EXPECT_OK(req_page(&r, &page));
    EXPECT(page.limit == 20 && page.after_n == 0);
    static const int64_t rows_n[] = { 1, 2, 1000000, INT64_MAX };
    for (size_t i = 0; i < ARRAY_LEN(rows_n); i++) {
        struct str cursor = page_cursor(t->c->arena, rows_n[i]);
        EXPECT_OK(get(t, str_fmt(t->c->arena, "/?limit=100&after=%.*s", SARG(cursor)), &r));
        EXPECT_OK(req_page(&r, &page));
        EXPECT_I64(page.after_n, rows_n[i]);
        EXPECT_I64(page.limit, 100);
    }
    static const struct str bad[] = { S_INIT("/?limit=0"), S_INIT("/?limit=101"),
        S_INIT("/?limit=x"), S_INIT("/?after="), S_INIT("/?after=12"),
        S_INIT("/?after=zzzzzzzzzzzzz"), S_INIT("/?after=ABCDEFGHJKMNP"),
        S_INIT("/?after=00000000000%2500") };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        EXPECT_OK(get(t, bad[i], &r));
        EXPECT_FAIL(req_page(&r, &page), INVALID_REQUEST);
    }
}

TEST("bytes that are not exactly one request are refused")
{
    struct req r;
    EXPECT_FAIL(make_(t, "", S("GET / HTTP/1.1\r\nHost: a\r\n"), &r), INVALID_REQUEST);
    EXPECT_FAIL(make_(t, "", S("GET / HTTP/1.1\r\nHost: a\r\n\r\nx"), &r), INVALID_REQUEST);
    EXPECT_FAIL(make_(t, "", S("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx"), &r),
        INVALID_REQUEST);
    EXPECT_FAIL(make_(t, "", S("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), &r), METHOD_NOT_ALLOWED);
    EXPECT_FAIL(
        make_(t, "", S("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\nx"), &r),
        TOO_LARGE);
}
