#include "edge/auth.h"

#include "base/metric.h"
#include "db/db.h"
#include "edge/csrf.h"
#include "edge/edge_fixture.h"
#include "edge/key.h"
#include "edge/session.h"

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

/* One route for each way of allowing, and each unsafe method. */
#define ROUTE(method_, path_, allow_, flags_)                                                      \
    {                                                                                              \
        .method = (method_), .path = (path_), .shape = SHAPE_PLAIN, .run = nothing,                \
        .allow = (allow_), .flags = (flags_), .about = "a test"                                    \
    }
static const struct route table[] = {
    ROUTE("GET", "/api/anyone", ALLOW_ANYONE, 0),
    ROUTE("GET", "/api/readonly", ALLOW_READONLY, 0),
    ROUTE("GET", "/api/app", ALLOW_APP, 0),
    ROUTE("GET", "/api/admin", ALLOW_ADMIN, 0),
    ROUTE("GET", "/api/user", ALLOW_USER, 0),
    ROUTE("GET", "/admin/viewer", ALLOW_VIEWER, ROUTE_PAGE),
    ROUTE("GET", "/admin/support", ALLOW_SUPPORT, ROUTE_PAGE),
    ROUTE("GET", "/admin/finance", ALLOW_FINANCE, ROUTE_PAGE),
    ROUTE("GET", "/api/control", ALLOW_CONTROL, 0),
    ROUTE("GET", "/api/both", ALLOW_APP | ALLOW_USER, 0),
    ROUTE("POST", "/api/both", ALLOW_APP | ALLOW_USER, 0),
    ROUTE("PUT", "/api/both", ALLOW_APP | ALLOW_USER, 0),
    ROUTE("DELETE", "/api/both", ALLOW_APP | ALLOW_USER, 0),
    ROUTE("POST", "/page", ALLOW_ANYONE, ROUTE_PAGE),
    ROUTE("POST", "/admin/refund", ALLOW_FINANCE, ROUTE_PAGE),
    ROUTE("POST", "/sign-in", ALLOW_ANYONE, ROUTE_PAGE | ROUTE_SIGN_IN),
    ROUTE("POST", "/api/webhooks/test", ALLOW_ANYONE, ROUTE_WEBHOOK),
    ROUTE("GET", "/healthz", ALLOW_ANYONE, 0),
};
static const struct routes routes = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &routes };

static struct req *ask(struct test *t, const char *line, const char *headers, const char *body)
{
    return edge_request(t, lists, ARRAY_LEN(lists), line, headers, body);
}

TEST("R55 the matrix of roles and routes: who may call what, and nobody else")
{
    static const struct {
        unsigned allow;
        const char *roles; /* those who may, in the order of enum role */
    } row[] = {
        { ALLOW_ANYONE,
            "none guest user viewer support finance owner readonly app admin control " },
        { ALLOW_READONLY, "readonly app admin " },
        { ALLOW_APP, "app admin " },
        { ALLOW_ADMIN, "owner admin " },
        { ALLOW_USER, "user " },
        { ALLOW_VIEWER, "viewer support finance owner " },
        { ALLOW_SUPPORT, "support finance owner " },
        { ALLOW_FINANCE, "finance owner " },
        { ALLOW_CONTROL, "control " },
        { 0, "" },
        { ALLOW_APP | ALLOW_USER, "user app admin " },
        { ALLOW_ADMIN | ALLOW_SUPPORT, "support finance owner admin " },
    };
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct buf b = BUF(t->c->arena);
        for (int role = 0; role < ROLE_COUNT; role++)
            if (auth_role_may((enum role)role, row[i].allow))
                buf_fmt(&b, "%.*s ", SARG(role_text((enum role)role)));
        EXPECT_STR(buf_str(&b), str_of_c(row[i].roles));
    }
}

TEST("R55 every combination of bits allows exactly what its bits allow one by one")
{
    for (unsigned allow = 0; allow < 512; allow++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            bool any = false;
            for (unsigned bit = 1; bit < 512; bit <<= 1)
                any = any || ((allow & bit) != 0 && auth_role_may((enum role)role, bit));
            EXPECT(auth_role_may((enum role)role, allow) == any);
        }
    }
}

struct stored {
    struct key key;
    struct str text;
};

static enum err store_key(struct ctx *c, void *arg)
{
    const struct stored *s = arg;
    return key_insert(c, &s->key, s->text);
}

/* "Authorization: Bearer …\r\n" of a new key. */
static const char *with_key(struct test *t, const char *role)
{
    struct stored s;
    EXPECT_OK(key_check(t->c, str_of_c(role), S("test"), 0, &s.key));
    s.text = key_draw(t->c);
    EXPECT_OK(db_tx(t->c, "key", store_key, &s));
    return str_c(t->c->arena, str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n", SARG(s.text)));
}

static enum err store_session(struct ctx *c, void *arg)
{
    return session_begin(c, arg);
}

/* The secret of a new customer session. */
static struct str signed_in(struct test *t, const char *customer)
{
    struct session_new s = { .secret = session_draw(t->c), .customer_id = str_of_c(customer) };
    EXPECT_OK(db_tx(t->c, "session", store_session, &s));
    return s.secret;
}

static const char *cookie(struct test *t, const char *name, struct str secret, const char *more)
{
    return str_c(t->c->arena,
        str_fmt(t->c->arena, "Cookie: theme=dark; __Host-%s=%.*s\r\n%s", name,
            SARG(base64url_text(t->c->arena, secret)), more));
}

TEST("who asks is a key, a token's customer, a session's customer, a guest or nobody")
{
    edge_fixture(t, NULL, NULL);
    struct req *r = ask(t, "GET /api/anyone", with_key(t, "app"), NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("app"));
    EXPECT_I64(t->c->customer_n, 0); /* sees everybody's */
    EXPECT(str_starts(r->caller, S("key:")) && str_starts(t->c->actor, S("key:key_")));

    r = ask(t, "GET /api/anyone", "Authorization: bearer " SECRET_KEY "\r\n", NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("admin"));
    EXPECT_STR(r->caller, S("key:0"));

    r = ask(t, "GET /api/anyone",
        str_c(t->c->arena,
            str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n", SARG(edge_token(t, "42")))),
        NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("user"));
    EXPECT_STR(r->caller, S("user:42"));
    EXPECT_STR(t->c->customer_id, S("42"));
    EXPECT_I64(t->c->customer_n, CUSTOMER_NOBODY); /* until the row is found */
    EXPECT_STR(r->csrf, S(""));

    struct str secret = signed_in(t, "43");
    r = ask(t, "GET /api/anyone", cookie(t, "purser", secret, ""), NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->caller, S("user:43"));
    EXPECT_STR(t->c->customer_id, S("43"));
    EXPECT_STR(r->csrf, csrf_token(t->c, secret));

    r = ask(t, "GET /api/anyone", cookie(t, "purser-guest", session_draw(t->c), ""), NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("guest"));
    EXPECT(str_starts(r->caller, S("guest:")) && r->csrf.n > 0);
    EXPECT_STR(r->rated, S("addr:203.0.113.7"));

    r = ask(t, "GET /api/anyone", "X-Forwarded-For: 198.51.100.9\r\n", NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("none"));
    EXPECT_STR(r->caller, S("addr:203.0.113.7"));
    EXPECT_I64(t->c->customer_n, CUSTOMER_NOBODY);

    r = ask(t, "GET /api/control", "", NULL);
    r->control = true;
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("control"));
}

TEST("R55 without credentials 401, with the wrong role 403, with a bad one 401 everywhere")
{
    edge_fixture(t, NULL, NULL);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/app", "", NULL)), UNAUTHENTICATED);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /admin/viewer", "", NULL)), UNAUTHENTICATED);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/control", "", NULL)), UNAUTHENTICATED);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/app", with_key(t, "readonly"), NULL)), FORBIDDEN);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin", with_key(t, "app"), NULL)), FORBIDDEN);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/user", with_key(t, "admin"), NULL)), FORBIDDEN);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/control", with_key(t, "admin"), NULL)), FORBIDDEN);
    EXPECT_FAIL(
        edge_serve(t, ask(t, "GET /api/app", cookie(t, "purser", signed_in(t, "1"), ""), NULL)),
        FORBIDDEN);
    EXPECT_FAIL(
        edge_serve(t, ask(t, "GET /api/anyone", "Authorization: Bearer sk_live_x\r\n", NULL)),
        UNAUTHENTICATED);
    EXPECT_I64(metric_value(t->c, METRIC_security_key_refused_total), 1);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/anyone", "Authorization: Bearer a.b.c\r\n", NULL)),
        UNAUTHENTICATED);
    EXPECT_I64(metric_value(t->c, METRIC_security_token_refused_total), 1);
}

TEST("an Authorization header that is not exactly Bearer and one word is refused")
{
    edge_fixture(t, NULL, NULL);
    static const char *const bad[] = {
        "Authorization: Basic c2tfOg==\r\n",
        "Authorization: " SECRET_KEY "\r\n",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer  " SECRET_KEY "\r\n",
        "Authorization: Bearer " SECRET_KEY " x\r\n",
        "Authorization: Bearer " SECRET_KEY ",x\r\n",
        "Authorization: Bearer " SECRET_KEY "x\r\n",
        "Authorization: Bearer sk_configured_0123456789abcde\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/anyone", bad[i], NULL)), UNAUTHENTICATED);
}

TEST("R51 a request with a key or token ignores cookies, and a bad key never falls back to one")
{
    edge_fixture(t, NULL, NULL);
    struct str secret = signed_in(t, "43");
    struct req *r = ask(t, "POST /api/both",
        cookie(t, "purser", secret, "Authorization: Bearer " SECRET_KEY "\r\n"), "{}");
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->caller, S("key:0"));
    EXPECT_STR(t->c->customer_id, S(""));
    EXPECT_FAIL(edge_serve(t,
                    ask(t, "GET /api/user",
                        cookie(t, "purser", secret, "Authorization: Bearer sk_live_0\r\n"), NULL)),
        UNAUTHENTICATED);
}

TEST("R27 who sends bad keys all the time is told to wait, and a good key still works from there")
{
    edge_fixture(t, NULL, NULL);
    const char *good = with_key(t, "app");
    int64_t refused = 0, limited = 0;
    for (int i = 0; i < 300; i++) {
        EXPECT(
            edge_serve(t,
                ask(t, "GET /api/app", "Authorization: Bearer sk_live_guess\r\n", NULL)) != E_OK);
        refused += t->c->err.code == CODE_UNAUTHENTICATED ? 1 : 0;
        limited += t->c->err.code == CODE_RATE_LIMITED ? 1 : 0;
    }
    EXPECT_I64(refused, 20);
    EXPECT_I64(limited, 280);
    EXPECT_OK(edge_serve(t, ask(t, "GET /api/app", good, NULL)));
}

TEST("R98 an address without a key has a general limit, loopback and keys have none")
{
    edge_fixture(t, NULL, NULL);
    struct req *r = ask(t, "GET /api/anyone", "", NULL);
    struct req *keyed = ask(t, "GET /api/anyone", "Authorization: Bearer " SECRET_KEY "\r\n", NULL);
    struct req *webhook = ask(t, "POST /api/webhooks/test", "", "{}");
    struct req *local = ask(t, "GET /api/anyone", "", NULL);
    local->peer = S("127.0.0.1");
    int64_t served = 0;
    for (int i = 0; i < 1500; i++) {
        served += edge_serve(t, r) == E_OK ? 1 : 0;
        EXPECT_OK(edge_serve(t, keyed));
        EXPECT_OK(edge_serve(t, webhook));
        EXPECT_OK(edge_serve(t, local));
    }
    EXPECT_I64(served, 1000);
}

TEST("R45 another Host header is refused, but a health check by address is not")
{
    edge_fixture(t, NULL, NULL);
    static const struct {
        const char *host;
        bool ok;
    } row[] = {
        { "pay.example.com", true },
        { "PAY.example.com", true },
        { "localhost:8080", true },
        { "127.0.0.1:8080", true },
        { "[::1]:8080", true },
        { "evil.example", false },
        { "pay.example.com.evil.example", false },
        { "pay.example.com:444", false },
        { "pay.example.com@evil.example", false },
        { "localhost.evil.example", false },
        { "127.0.0.1.evil.example", false },
        { "203.0.113.9", false },
        { "app.example.com", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct req *r = ask(t, "GET /api/anyone", "", NULL);
        struct header host = { S("Host"), str_of_c(row[i].host) };
        r->headers = &host;
        r->header_count = 1;
        t->name = row[i].host;
        if (row[i].ok)
            EXPECT_OK(edge_serve(t, r));
        else
            EXPECT_FAIL(edge_serve(t, r), MISDIRECTED);
    }
    struct req *health = ask(t, "GET /healthz", "", NULL);
    struct header host = { S("Host"), S("10.0.0.7:8080") };
    health->headers = &host;
    health->header_count = 1;
    EXPECT_OK(edge_serve(t, health));
}

TEST("R65 what a user agent says is kept short and clean, and no secret of it")
{
    edge_fixture(t, NULL, NULL);
    struct req *r = ask(t, "GET /api/anyone", "User-Agent: Zo\xc3\xab \xff\xfe/1.0\r\n", NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(t->c->user_agent,
        S("Zo\xc3\xab ?"
          "?/1.0"));
    r = ask(t, "GET /api/anyone", "User-Agent: shop/1.0 (sk_live_0123456789abcdef0123456789)\r\n",
        NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(t->c->user_agent, S("shop/1.0 ([redacted])"));
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S("User-Agent: "));
    for (int i = 0; i < 1000; i++)
        buf_add(&b, S("\xe2\x82\xac"));
    buf_add(&b, S("\r\n"));
    r = ask(t, "GET /api/anyone", str_c(t->c->arena, buf_str(&b)), NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_I64((int64_t)t->c->user_agent.n, 300);
    EXPECT(str_is_text(t->c->user_agent));
}

/* ---- CSRF */
#define FETCH(site) "Sec-Fetch-Site: " site "\r\n"
#define FROM(origin) "Origin: " origin "\r\n"

TEST("R51 each unsafe route needs the session's token and our own origin when a cookie says who")
{
    edge_fixture(t, NULL, NULL);
    struct str secret = signed_in(t, "43");
    struct str token = csrf_token(t->c, secret);
    struct str other = csrf_token(t->c, signed_in(t, "43"));
    static const struct {
        const char *why, *headers;
        int token; /* 0 none, 1 in the header, 2 another session's, 3 cut short, 4 in the form */
        bool ok;
    } row[] = {
        { "no token", ORIGIN, 0, false },
        { "another session's token", ORIGIN, 2, false },
        { "a token cut short", ORIGIN, 3, false },
        { "the token, our origin", ORIGIN, 1, true },
        { "the token in the form", ORIGIN FETCH("same-origin"), 4, true },
        { "the token, same origin by fetch metadata", FETCH("same-origin"), 1, true },
        { "the token, by a person", FETCH("none"), 1, true },
        { "the token, no browser", "", 1, true },
        { "cross-site", FETCH("cross-site"), 1, false },
        { "cross-site but our origin", FETCH("cross-site") ORIGIN, 1, false },
        { "a sister site", FETCH("same-site"), 1, false },
        { "wrong origin", FROM("https://evil.example"), 1, false },
        { "wrong origin, same-origin claimed", FETCH("same-origin") FROM("https://evil.example"), 1,
            false },
        { "the application's origin", FROM("https://app.example.com"), 1, false },
        { "null origin", FROM("null"), 1, false },
        { "our host on http", FROM("http://pay.example.com"), 1, false },
        { "our host on another port", FROM("https://pay.example.com:8443"), 1, false },
        { "our host as a prefix", FROM("https://pay.example.com.evil.example"), 1, false },
    };
    size_t unsafe = 0;
    for (size_t k = 0; k < ARRAY_LEN(table); k++) {
        if (str_eq(str_of_c(table[k].method), S("GET")) || (table[k].allow & ALLOW_FINANCE) != 0 ||
            (table[k].flags & (ROUTE_WEBHOOK | ROUTE_SIGN_IN)) != 0)
            continue;
        unsafe++;
        for (size_t i = 0; i < ARRAY_LEN(row); i++) {
            struct str sent = row[i].token == 2 ? other
                : row[i].token == 3             ? str_part(token, 0, token.n - 1)
                                                : token;
            struct str header = row[i].token == 0 || row[i].token == 4
                ? S("")
                : str_fmt(t->c->arena, "X-CSRF-Token: %.*s\r\n", SARG(sent));
            struct str form =
                row[i].token == 4 ? str_fmt(t->c->arena, "a=1&csrf=%.*s", SARG(token)) : S("a=1");
            struct str line = str_fmt(t->c->arena, "%s %s", table[k].method, table[k].path);
            struct req *r = ask(t, str_c(t->c->arena, line),
                cookie(t, "purser", secret,
                    str_c(
                        t->c->arena, str_fmt(t->c->arena, "%s%.*s", row[i].headers, SARG(header)))),
                str_c(t->c->arena, form));
            t->name = row[i].why;
            if (row[i].ok)
                EXPECT_OK(edge_serve(t, r));
            else
                EXPECT_FAIL(edge_serve(t, r), FORBIDDEN);
        }
    }
    EXPECT_I64((int64_t)unsafe, 4);
    EXPECT(metric_value(t->c, METRIC_security_csrf_refused_total) > 40);
}

TEST("R51 a guest's form needs the guest's token, a form without any cookie our origin")
{
    edge_fixture(t, NULL, NULL);
    struct str secret = session_draw(t->c);
    const char *token = str_c(t->c->arena,
        str_fmt(t->c->arena, ORIGIN "X-CSRF-Token: %.*s\r\n", SARG(csrf_token(t->c, secret))));
    EXPECT_FAIL(
        edge_serve(t, ask(t, "POST /page", cookie(t, "purser-guest", secret, ORIGIN), "a=1")),
        FORBIDDEN);
    EXPECT_OK(edge_serve(t, ask(t, "POST /page", cookie(t, "purser-guest", secret, token), "a=1")));
    EXPECT_OK(edge_serve(t, ask(t, "POST /page", ORIGIN, "a=1")));
    EXPECT_FAIL(
        edge_serve(t, ask(t, "POST /page", FROM("https://evil.example"), "a=1")), FORBIDDEN);
}

TEST("R51 signing in is taken from the application's origin and from ours, from no other")
{
    edge_fixture(t, NULL, NULL);
    EXPECT_OK(edge_serve(
        t, ask(t, "POST /sign-in", FETCH("cross-site") FROM("https://app.example.com"), "a=1")));
    EXPECT_OK(edge_serve(t, ask(t, "POST /sign-in", FETCH("same-origin") ORIGIN, "a=1")));
    EXPECT_FAIL(
        edge_serve(
            t, ask(t, "POST /sign-in", FETCH("cross-site") FROM("https://evil.example"), "a=1")),
        FORBIDDEN);
    EXPECT_FAIL(edge_serve(t, ask(t, "POST /sign-in", FETCH("cross-site"), "a=1")), FORBIDDEN);
    /* A session that is there already does not stand in the way of a new one, nor is it asked. */
    struct req *r = ask(t, "POST /sign-in",
        cookie(t, "purser", signed_in(t, "1"), FROM("https://app.example.com")), "a=1");
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("none"));
    EXPECT_STR(t->c->customer_id, S(""));
}

TEST("R51 on a loopback address the origin that the browser shows is our own")
{
    edge_fixture(t, NULL, "PURSER_LISTEN=127.0.0.1:8080");
    struct str secret = signed_in(t, "43");
    struct req *r = ask(t, "POST /page",
        str_c(t->c->arena,
            str_fmt(t->c->arena, "X-CSRF-Token: %.*s\r\n", SARG(csrf_token(t->c, secret)))),
        "a=1");
    struct header headers[] = {
        { S("Host"), S("localhost:8080") },
        { S("Origin"), S("http://localhost:8080") },
        { S("Cookie"),
            str_fmt(t->c->arena, "__Host-purser=%.*s", SARG(base64url_text(t->c->arena, secret))) },
        { S("X-CSRF-Token"), csrf_token(t->c, secret) },
    };
    r->headers = headers;
    r->header_count = ARRAY_LEN(headers);
    EXPECT_OK(edge_serve(t, r));
    headers[1].value = S("http://localhost:8081");
    EXPECT_FAIL(edge_serve(t, r), FORBIDDEN);
    headers[1].value = S("http://127.0.0.1:8080");
    EXPECT_FAIL(edge_serve(t, r), FORBIDDEN);
}
