#include "edge/session.h"

#include "base/metric.h"
#include "db/db.h"
#include "edge/admin.h"
#include "edge/auth.h"
#include "edge/csrf.h"
#include "edge/edge_fixture.h"

#include <time.h>

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

static const struct route table[] = {
    { .method = "GET",
        .path = "/account",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_USER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
    { .method = "GET",
        .path = "/admin",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_VIEWER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
};
static const struct routes pages = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &session_routes, &pages };

/* cookie: the value of the session's cookie, or empty. */
static struct req *ask(struct test *t, const char *line, struct str cookie, const char *body)
{
    struct buf b = BUF(t->c->arena);
    struct str secret = { 0 };
    if (cookie.n > 0)
        buf_fmt(&b, "Cookie: __Host-purser=%.*s\r\n", SARG(cookie));
    if (body != NULL)
        buf_add(&b, S(ORIGIN));
    if (body != NULL && cookie.n > 0 && base64url_parse(t->c->arena, cookie, &secret))
        buf_fmt(&b, "X-CSRF-Token: %.*s\r\n", SARG(csrf_token(t->c, secret)));
    return edge_request(t, lists, ARRAY_LEN(lists), line, str_c(t->c->arena, buf_str(&b)), body);
}

struct last_use {
    int64_t n, used_ms;
};

static enum err read_last_use(struct ctx *c, void *arg)
{
    struct last_use *u = arg;
    return db_one(c, "SELECT used_ms FROM session WHERE n = $1", DB_IN(in_i64(u->n)),
        DB_OUT(out_i64(&u->used_ms)));
}

/* Nobody waits for the last use to be written but this test. */
static void touch(struct test *t, struct req *r)
{
    struct last_use u = { .n = r->edge->session_n };
    bool due = r->edge->touch;
    auth_touch(r);
    for (int i = 0; due && u.used_ms != t->c->wall_ms; i++) {
        EXPECT(i < 2000);
        nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
        EXPECT_OK(db_read(t->c, read_last_use, &u));
    }
}

static enum err get(struct test *t, const char *path, struct str cookie)
{
    struct req *r = ask(t, path, cookie, NULL);
    TRY(edge_serve(t, r));
    touch(t, r);
    return E_OK;
}

static struct str header(struct req *r, struct str name)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq(r->out.headers[i].name, name))
            return r->out.headers[i].value;
    return S("");
}

/* Signs sub in over POST /session and gives the new cookie. */
static struct str sign_in(struct test *t, const char *sub, struct str cookie)
{
    struct str body = str_fmt(
        t->c->arena, "token=%.*s&next=%%2Faccount%%3Ftab%%3Dusage", SARG(edge_token(t, sub)));
    struct req *r = ask(t, "POST /session", cookie, str_c(t->c->arena, body));
    EXPECT_OK(edge_serve(t, r));
    EXPECT_I64(r->out.status, 303);
    EXPECT_STR(header(r, S("Location")), S("/account?tab=usage"));
    return edge_cookie_set(r, S("purser"));
}

TEST("the application signs its user in with a token, and the cookie says who from then on")
{
    edge_fixture(t, NULL, NULL);
    struct str cookie = sign_in(t, "42", S(""));
    EXPECT_I64((int64_t)cookie.n, 43);
    EXPECT_OK(get(t, "GET /account", cookie));
    EXPECT_STR(t->c->customer_id, S("42"));
    EXPECT_FAIL(get(t, "GET /admin", cookie), FORBIDDEN);
    EXPECT_FAIL(get(t, "GET /account", S("")), UNAUTHENTICATED);
}

TEST("R50 the cookie is __Host-, Secure, HttpOnly, SameSite, and drawn anew for each session")
{
    edge_fixture(t, NULL, NULL);
    struct str body = str_fmt(t->c->arena, "token=%.*s", SARG(edge_token(t, "42")));
    struct req *r = ask(t, "POST /session", S(""), str_c(t->c->arena, body));
    EXPECT_OK(edge_serve(t, r));
    struct str set = header(r, S("Set-Cookie"));
    EXPECT(str_starts(set, S("__Host-purser=")));
    EXPECT(str_has(set, S("; Secure")) && str_has(set, S("; HttpOnly")));
    EXPECT(str_has(set, S("; SameSite=Lax")) && str_has(set, S("; Path=/")));
    EXPECT(!str_has(set, S("Domain")));
    EXPECT(!str_eq(edge_cookie_set(r, S("purser")), sign_in(t, "42", S(""))));
}

TEST("R50 fixation: a session that came with the sign-in ends, whoever planted it")
{
    edge_fixture(t, NULL, NULL);
    struct str planted = sign_in(t, "attacker", S(""));
    struct str mine = sign_in(t, "42", planted);
    EXPECT(!str_eq(planted, mine));
    EXPECT_FAIL(get(t, "GET /account", planted), UNAUTHENTICATED);
    EXPECT_OK(get(t, "GET /account", mine));
    EXPECT_STR(t->c->customer_id, S("42"));
}

TEST("R50 a cookie that was copied is worth nothing after logout")
{
    edge_fixture(t, NULL, NULL);
    struct str cookie = sign_in(t, "42", S(""));
    struct req *r = ask(t, "POST /logout", cookie, "a=1");
    EXPECT_OK(edge_serve(t, r));
    EXPECT_I64(r->out.status, 303);
    EXPECT(str_has(header(r, S("Set-Cookie")), S("Max-Age=0")));
    EXPECT_FAIL(get(t, "GET /account", cookie), UNAUTHENTICATED);
}

TEST("R50 a session ends after twelve hours, used or not")
{
    edge_fixture(t, NULL, NULL);
    struct str cookie = sign_in(t, "42", S(""));
    for (int i = 0; i < 71; i++) {
        t->c->wall_ms += 10 * 60 * 1000;
        EXPECT_OK(get(t, "GET /account", cookie));
    }
    t->c->wall_ms += 10 * 60 * 1000;
    EXPECT_FAIL(get(t, "GET /account", cookie), UNAUTHENTICATED);
}

struct person {
    struct str secret, mail;
    enum role role;
    struct id id;
    int64_t n;
};

static enum err add_person(struct ctx *c, void *arg)
{
    struct person *p = arg;
    TRY(admin_insert(c, p->id, p->mail, p->role, &p->n));
    return session_begin(c, &(struct session_new) { .secret = p->secret, .admin_n = p->n });
}

static struct str console(struct test *t, struct person *p)
{
    p->id = id_new(t->c);
    p->secret = session_draw(t->c);
    EXPECT_OK(db_tx(t->c, "person", add_person, p));
    return base64url_text(t->c->arena, p->secret);
}

TEST("R50 a console session ends after half an hour of rest, a customer's does not")
{
    struct person p = { .mail = S("grace@example.com"), .role = ROLE_FINANCE };
    edge_fixture(t, NULL, NULL);
    struct str cookie = console(t, &p), customer = sign_in(t, "42", S(""));
    for (int i = 0; i < 5; i++) {
        t->c->wall_ms += 29 * 60 * 1000;
        EXPECT_OK(get(t, "GET /admin", cookie));
    }
    t->c->wall_ms += 30 * 60 * 1000;
    EXPECT_FAIL(get(t, "GET /admin", cookie), UNAUTHENTICATED);
    EXPECT_OK(get(t, "GET /account", customer));
}

static enum err change_role(struct ctx *c, void *arg)
{
    const struct person *p = arg;
    struct admin a;
    TRY(admin_get(c, p->n, &a));
    return admin_set_role(c, &a, ROLE_VIEWER);
}

static enum err disable(struct ctx *c, void *arg)
{
    const struct person *p = arg;
    struct admin a;
    TRY(admin_get(c, p->n, &a));
    return admin_set_disabled(c, &a, true);
}

static enum err change_password(struct ctx *c, void *arg)
{
    const struct person *p = arg;
    struct admin a;
    TRY(admin_get(c, p->n, &a));
    return admin_set_password(c, &a, S("x"));
}

TEST("R50 role and revocation count at once, and a new password ends all sessions")
{
    struct person p = { .mail = S("grace@example.com"), .role = ROLE_OWNER };
    struct person other = { .mail = S("alan@example.com"), .role = ROLE_OWNER };
    edge_fixture(t, NULL, NULL);
    struct str cookie = console(t, &p), others = console(t, &other);
    struct req *r = ask(t, "GET /admin", cookie, NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("owner"));
    EXPECT_OK(db_tx(t->c, "role", change_role, &p));
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(r->role, S("viewer"));
    EXPECT_OK(db_tx(t->c, "password", change_password, &p));
    EXPECT_FAIL(get(t, "GET /admin", cookie), UNAUTHENTICATED);
    EXPECT_OK(get(t, "GET /admin", others));
    EXPECT_OK(db_tx(t->c, "disable", disable, &other));
    EXPECT_FAIL(get(t, "GET /admin", others), UNAUTHENTICATED);
}

TEST("R55 what deserves a second look wants a sign-in within the last ten minutes")
{
    struct person p = { .mail = S("grace@example.com"), .role = ROLE_OWNER };
    edge_fixture(t, NULL, NULL);
    struct req *r = ask(t, "GET /admin", console(t, &p), NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_OK(auth_recent(r));
    t->c->wall_ms += 10 * 60 * 1000 + 1;
    EXPECT_OK(edge_serve(t, r));
    EXPECT_FAIL(auth_recent(r), FORBIDDEN);
}

static enum err link_in(struct test *t, struct str token, struct req **ret)
{
    struct str line = str_fmt(t->c->arena, "GET /session?token=%.*s&next=/store", SARG(token));
    *ret = ask(t, str_c(t->c->arena, line), S(""), NULL);
    return edge_serve(t, *ret);
}

TEST("a sign-in link works once, within five minutes, and leads on without its token")
{
    struct req *r;
    edge_fixture(t, NULL, NULL);
    struct str token = edge_token(t, "42");
    EXPECT_OK(link_in(t, token, &r));
    EXPECT_I64(r->out.status, 303);
    EXPECT_STR(header(r, S("Location")), S("/store"));
    EXPECT_OK(get(t, "GET /account", edge_cookie_set(r, S("purser"))));
    EXPECT_FAIL(link_in(t, token, &r), UNAUTHENTICATED);
    EXPECT_STR(edge_cookie_set(r, S("purser")), S(""));
    EXPECT_I64(metric_value(t->c, METRIC_security_token_refused_total), 1);
    token = edge_token(t, "42");
    t->c->wall_ms += 1000; /* another second, another token */
    EXPECT_OK(link_in(t, edge_token(t, "42"), &r));
    t->c->wall_ms += 300 * 1000;
    EXPECT_FAIL(link_in(t, token, &r), UNAUTHENTICATED);
}

TEST("R51 a HEAD of a sign-in link, as previews send it, does not use it up")
{
    struct req *r;
    edge_fixture(t, NULL, NULL);
    struct str token = edge_token(t, "42");
    struct str line = str_fmt(t->c->arena, "HEAD /session?token=%.*s", SARG(token));
    EXPECT_FAIL(edge_serve(t, ask(t, str_c(t->c->arena, line), S(""), NULL)), METHOD_NOT_ALLOWED);
    EXPECT_OK(link_in(t, token, &r));
}

TEST("R56 POST /session also takes JSON, and refuses what it does not know")
{
    edge_fixture(t, NULL, NULL);
    struct str body =
        str_fmt(t->c->arena, "{\"token\":\"%.*s\",\"next\":\"/store\"}", SARG(edge_token(t, "42")));
    struct req *r = ask(t, "POST /session", S(""), str_c(t->c->arena, body));
    EXPECT_OK(edge_serve(t, r));
    EXPECT_I64(r->out.status, 200);
    EXPECT(json_is(json_at(json_root(answer_body(r)), "data.next"), "/store"));
    body =
        str_fmt(t->c->arena, "{\"token\":\"%.*s\",\"role\":\"owner\"}", SARG(edge_token(t, "42")));
    EXPECT_FAIL(
        edge_serve(t, ask(t, "POST /session", S(""), str_c(t->c->arena, body))), INVALID_REQUEST);
    EXPECT_FAIL(
        edge_serve(t, ask(t, "POST /session", S(""), "{\"token\":\"a.b.c\"}")), UNAUTHENTICATED);
    EXPECT_FAIL(edge_serve(t, ask(t, "POST /session", S(""), "token=")), UNAUTHENTICATED);
}

TEST("R67 next leads nowhere but to a path of this site")
{
    static const char *const bad[] = { "https%3A%2F%2Fevil.example", "%2F%2Fevil.example",
        "%2F%5Cevil.example", "evil", "javascript%3Aalert(1)", "%20%2Faccount", "%2Faccount%0Aa" };
    edge_fixture(t, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct str body =
            str_fmt(t->c->arena, "token=%.*s&next=%s", SARG(edge_token(t, "42")), bad[i]);
        t->name = bad[i];
        EXPECT_FAIL(edge_serve(t, ask(t, "POST /session", S(""), str_c(t->c->arena, body))),
            INVALID_REQUEST);
    }
}

TEST("a cookie that is none of ours is nobody's")
{
    edge_fixture(t, NULL, NULL);
    EXPECT_FAIL(get(t, "GET /account", S("x")), UNAUTHENTICATED);
    EXPECT_FAIL(
        get(t, "GET /account", base64url_text(t->c->arena, session_draw(t->c))), UNAUTHENTICATED);
    struct str cookie = sign_in(t, "42", S(""));
    EXPECT_FAIL(get(t, "GET /account", str_part(cookie, 0, 42)), UNAUTHENTICATED);
}

static enum err count_rows(struct ctx *c, void *arg)
{
    return db_one(c, "SELECT (SELECT COUNT(*) FROM session) + (SELECT COUNT(*) FROM used_token)",
        DB_NO_IN, DB_OUT(out_i64(arg)));
}

TEST("R83 ended sessions and used links are forgotten, living ones are not")
{
    struct req *r;
    int64_t rows = 0;
    edge_fixture(t, NULL, NULL);
    for (int i = 0; i < 130; i++) {
        t->c->wall_ms += 1000;
        EXPECT_OK(link_in(t, edge_token(t, "42"), &r));
    }
    t->c->wall_ms += SESSION_LIFE_MS;
    struct str living = sign_in(t, "43", S(""));
    EXPECT_OK(db_read(t->c, count_rows, &rows));
    EXPECT_I64(rows, 261);
    EXPECT_OK(session_forget(t->c, S("")));
    EXPECT_OK(db_read(t->c, count_rows, &rows));
    EXPECT_I64(rows, 2); /* the last of the 130 ends in this very millisecond */
    EXPECT_OK(get(t, "GET /account", living));
}
