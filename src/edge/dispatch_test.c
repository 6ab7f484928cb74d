#include "edge/dispatch.h"

#include "base/clock.h"
#include "edge/auth.h"
#include "edge/edge_fixture.h"
#include "edge/key.h"
#include "edge/login.h"
#include "edge/session.h"

#include <semaphore.h>

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

static const struct route table[] = {
    { .method = "GET",
        .path = "/account",
        .shape = SHAPE_READ,
        .run = nothing,
        .allow = ALLOW_USER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
    { .method = "POST",
        .path = "/account",
        .shape = SHAPE_WRITE,
        .run = nothing,
        .allow = ALLOW_USER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
    { .method = "GET",
        .path = "/api/orders",
        .shape = SHAPE_READ,
        .run = nothing,
        .allow = ALLOW_USER,
        .about = "a test" },
    { .method = "POST",
        .path = "/api/orders",
        .shape = SHAPE_WRITE,
        .run = nothing,
        .allow = ALLOW_APP,
        .about = "a test" },
};
static const struct routes routes = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &routes, &session_routes, &login_routes,
    &key_routes };

static void answered(struct req *r)
{
    sem_post(r->server_);
}

static struct req *dispatch(struct test *t, const char *line, const char *headers, const char *body)
{
    const struct dispatch d = { .answer = answered };
    struct req *r = edge_request(t, lists, ARRAY_LEN(lists), line, headers, body);
    sem_t done;
    sem_init(&done, 0, 0);
    r->server_ = &done;
    t->c->customer_id = S("");
    dispatch_request(&d, r);
    sem_wait(&done); /* the store's thread may have it */
    sem_destroy(&done);
    return r;
}

static struct str header(struct req *r, struct str name)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq(r->out.headers[i].name, name))
            return r->out.headers[i].value;
    return S("");
}

TEST("a page that only somebody may see sends a visitor to sign in, and the API answers 401")
{
    edge_fixture(t, NULL, NULL);
    struct req *r = dispatch(t, "GET /account?tab=usage&x=%2F", "", NULL);
    EXPECT_I64(r->out.status, 303);
    EXPECT_STR(header(r, S("Location")), S("/login?next=%2Faccount%3Ftab%3Dusage%26x%3D%252F"));
    EXPECT_I64(dispatch(t, "POST /account", ORIGIN, "a=1")->out.status, 401);
    EXPECT_I64(dispatch(t, "GET /api/orders", "", NULL)->out.status, 401);
    EXPECT_I64(
        dispatch(t, "GET /account", "Authorization: Bearer sk_live_x\r\n", NULL)->out.status, 401);
    EXPECT_I64(dispatch(t, "GET /session?token=a.b.c", "", NULL)->out.status, 401);
}

TEST("where one signs in a program may send JSON, and gets JSON back")
{
    edge_fixture(t, NULL, NULL);
    struct str body = str_fmt(t->c->arena, "{\"token\":\"%.*s\"}", SARG(edge_token(t, "42")));
    struct req *r = dispatch(t, "POST /session", "", str_c(t->c->arena, body));
    EXPECT_I64(r->out.status, 200);
    EXPECT_I64((int64_t)edge_cookie_set(r, S("purser")).n, 43);
    r = dispatch(t, "POST /session", "", "{\"token\":\"a.b.c\"}");
    EXPECT_I64(r->out.status, 401);
    EXPECT(json_is(json_at(json_root(answer_body(r)), "code"), "UNAUTHENTICATED"));
    EXPECT_I64(dispatch(t, "POST /account", "", "{}")->out.status, 401);
}

static struct str text_at(struct req *r, const char *path)
{
    return json_text(r->c->arena, json_root(answer_body(r)), path);
}

TEST("that a key was used is written after the answer, at most once a minute")
{
    edge_fixture(t, NULL, NULL);
    const char *admin = "Authorization: Bearer " SECRET_KEY "\r\n";
    struct req *r = dispatch(t, "POST /api/admin/keys", admin, "{\"role\":\"app\"}");
    const char *app = str_c(t->c->arena,
        str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n", SARG(text_at(r, "data.key"))));
    for (int round = 0; round < 2; round++) {
        struct str used = S("");
        struct str want = time_iso(t->c->arena, t->c->wall_ms);
        dispatch(t, "POST /api/orders", app, "{}");
        for (int tries = 0; !str_eq(used, want); tries++) {
            EXPECT(tries < 2000);
            r = dispatch(t, "GET /api/admin/keys", admin, NULL);
            used = text_at(r, "data.items.0.lastUsedAt");
        }
        t->c->wall_ms += 59000;
        dispatch(t, "POST /api/orders", app, "{}");
        r = dispatch(t, "GET /api/admin/keys", admin, NULL);
        EXPECT_STR(text_at(r, "data.items.0.lastUsedAt"), want);
        t->c->wall_ms += 1000;
    }
}
