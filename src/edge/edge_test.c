#include "edge/edge.h"

#include "base/metric.h"
#include "edge/auth.h"
#include "edge/cors.h"
#include "edge/edge_fixture.h"
#include "edge/key.h"
#include "edge/security_api.h"

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

static const struct route table[] = {
    { .method = "POST",
        .path = "/api/credits/spend",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_USER,
        .about = "a test" },
    { .method = "GET",
        .path = "/api/orders",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_USER,
        .about = "a test" },
};
static const struct routes routes = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &routes, &security_routes, &key_routes };

static struct req *ask(struct test *t, const char *line, const char *headers)
{
    return edge_request(t, lists, ARRAY_LEN(lists), line, headers, NULL);
}

static struct str header(struct req *r, struct str name)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq(r->out.headers[i].name, name))
            return r->out.headers[i].value;
    return S("");
}

#define PREFLIGHT(origin) "Origin: " origin "\r\nAccess-Control-Request-Method: POST\r\n"

TEST("a script of an allowed origin may call the API with a token, one of another may not")
{
    static const struct {
        const char *why, *line, *headers;
        bool answered;
        int status;
    } row[] = {
        { "the application's", "OPTIONS /api/credits/spend", PREFLIGHT("https://app.example.com"),
            true, 204 },
        { "our own", "OPTIONS /api/credits/spend", PREFLIGHT(SITE), true, 204 },
        { "another's", "OPTIONS /api/credits/spend", PREFLIGHT("https://evil.example"), true, 403 },
        { "null", "OPTIONS /api/credits/spend", PREFLIGHT("null"), true, 403 },
        { "the application's, to the console", "OPTIONS /api/admin/keys",
            PREFLIGHT("https://app.example.com"), true, 403 },
        { "the application's, to a page", "OPTIONS /account", PREFLIGHT("https://app.example.com"),
            true, 403 },
        { "no preflight", "OPTIONS /api/credits/spend", "Origin: https://app.example.com\r\n",
            false, 0 },
        { "no OPTIONS", "GET /api/orders", PREFLIGHT("https://app.example.com"), false, 0 },
    };
    edge_fixture(t, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct req *r = ask(t, row[i].line, row[i].headers);
        t->name = row[i].why;
        EXPECT_OK(edge_enter(r));
        EXPECT(cors_preflight(r) == row[i].answered);
        EXPECT_I64(r->out.status, row[i].status);
        EXPECT(str_eq(header(r, S("Access-Control-Allow-Origin")), req_header(r, S("Origin"))) ==
            (row[i].status == 204));
    }
    EXPECT_I64(metric_value(t->c, METRIC_security_origin_refused_total), 4);
}

TEST("an answer to an allowed origin says so, and never offers cookies")
{
    edge_fixture(t, NULL, NULL);
    const char *token = str_c(t->c->arena,
        str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\nOrigin: https://app.example.com\r\n",
            SARG(edge_token(t, "42"))));
    struct req *r = ask(t, "GET /api/orders", token);
    EXPECT_OK(edge_serve(t, r));
    cors_answer(r);
    EXPECT_STR(header(r, S("Access-Control-Allow-Origin")), S("https://app.example.com"));
    EXPECT_STR(header(r, S("Vary")), S("Origin"));
    EXPECT_STR(header(r, S("Access-Control-Allow-Credentials")), S(""));
    r = ask(t, "GET /api/orders", "Origin: https://evil.example\r\n");
    EXPECT_FAIL(edge_serve(t, r), UNAUTHENTICATED);
    answer_none(r, 401);
    cors_answer(r);
    EXPECT_STR(header(r, S("Access-Control-Allow-Origin")), S(""));
    EXPECT_STR(header(r, S("Vary")), S("Origin"));
}

static struct str text_at(struct req *r, const char *path)
{
    return json_text(r->c->arena, json_root(answer_body(r)), path);
}

#define ADMIN "Authorization: Bearer " SECRET_KEY "\r\n"

TEST("R98 the console sees what was refused, newest first, by kind and page by page")
{
    edge_fixture(t, NULL, NULL);
    EXPECT(edge_serve(t, ask(t, "GET /api/orders", "Authorization: Bearer a.b.c\r\n")) != E_OK);
    EXPECT(edge_serve(t, ask(t, "GET /api/orders", "Authorization: Bearer sk_live_x\r\n")) != E_OK);
    EXPECT(edge_serve(t, ask(t, "GET /api/orders", "Authorization: Bearer sk_live_y\r\n")) != E_OK);
    struct req *r = ask(t, "GET /api/admin/security?limit=2", ADMIN);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(text_at(r, "data.items.0.kind"), S("key_refused"));
    EXPECT_STR(text_at(r, "data.items.1.kind"), S("key_refused"));
    EXPECT_STR(text_at(r, "data.items.0.ipAddress"), S("203.0.113.7"));
    EXPECT_STR(text_at(r, "data.items.2.kind"), S(""));
    struct str line = str_fmt(
        t->c->arena, "GET /api/admin/security?limit=2&after=%.*s", SARG(text_at(r, "data.next")));
    r = ask(t, str_c(t->c->arena, line), ADMIN);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(text_at(r, "data.items.0.kind"), S("token_refused"));
    EXPECT_STR(text_at(r, "data.next"), S(""));
    r = ask(t, "GET /api/admin/security?kind=token_refused", ADMIN);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(text_at(r, "data.items.0.kind"), S("token_refused"));
    EXPECT_STR(text_at(r, "data.items.1.kind"), S(""));
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/security?kind=all", ADMIN)), INVALID_REQUEST);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/security", "")), UNAUTHENTICATED);
}
