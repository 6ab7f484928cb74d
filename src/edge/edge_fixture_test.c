#include "edge/edge_fixture.h"

#include "base/config.h"
#include "base/fault.h"
#include "base/rate.h"
#include "base/security.h"
#include "db/db.h"
#include "edge/auth.h"
#include "web/site.h"

static void close_all(void *arg)
{
    const struct ctx *c = arg;
    edge_close(c->edge);
    rates_close(c->rates);
    security_close(c->security);
}

static void close_config(void *arg)
{
    config_free(arg);
}

static void configure(struct test *t, const char *line)
{
    static const struct site site = { .name = S_INIT("Northwind"), .origin = S_INIT(SITE) };
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    const char *const lines[] = { "PURSER_SITE_URL=" SITE, "PURSER_SECRET_KEY=" SECRET_KEY,
        "PURSER_JWT_SECRET=" JWT_SECRET, "PURSER_ALLOWED_ORIGINS=https://app.example.com",
        "PURSER_TRUSTED_PROXIES=10.0.0.0/8", line, NULL };
    char *copy[ARRAY_LEN(lines)] = { NULL };
    for (size_t i = 0; i < ARRAY_LEN(lines) && lines[i] != NULL; i++) {
        size_t n = str_of_c(lines[i]).n;
        copy[i] = arena_alloc(t->c->arena, n + 1);
        for (size_t k = 0; k < n; k++)
            copy[i][k] = lines[i][k];
    }
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = copy, .env_file = "" }, &notices, &config));
    arena_defer(t->c->arena, close_config, config);
    t->c->config = config;
    t->c->site = &site;
}

static bool never_fails(void *self, const char *place, bool is_crash)
{
    (void)self;
    (void)place;
    (void)is_crash;
    return false;
}

void edge_fixture(struct test *t, const struct edge_options *options, const char *line)
{
    static const struct edge_options plain = { 0 };
    configure(t, line);
    /* Last uses are written beside the test, which would share its countdown: none is kept. */
    t->c->faults = arena_new(t->c->arena, struct faults);
    *t->c->faults = (struct faults) { .decide = never_fails, .cheap_passwords = true };
    t->c->rates = rates_open(t->c);
    t->c->security = security_open();
    EXPECT_OK(edge_open(t->c, options == NULL ? &plain : options, &t->c->edge));
    struct ctx *kept = arena_new(t->c->arena, struct ctx);
    *kept = *t->c;
    arena_defer(t->c->arena, close_all, kept);
}

static void free_router(void *arg)
{
    router_free(arg);
}

struct req *edge_request(struct test *t, const struct routes *const *lists, size_t lists_n,
    const char *line, const char *headers, const char *body)
{
    struct router *router = router_new(lists, lists_n);
    arena_defer(t->c->arena, free_router, router);
    struct req *r = arena_new(t->c->arena, struct req);
    struct buf b = BUF(t->c->arena);
    buf_fmt(&b, "%s HTTP/1.1\r\nHost: pay.example.com\r\n%s", line, headers);
    if (body != NULL)
        buf_fmt(&b, "Content-Type: %s\r\nContent-Length: %zu\r\n",
            body[0] == '{' ? "application/json" : "application/x-www-form-urlencoded",
            str_of_c(body).n);
    buf_fmt(&b, "\r\n%s", body == NULL ? "" : body);
    EXPECT_OK(req_from_bytes(t->c, buf_str(&b), router, r));
    r->peer = S("203.0.113.7");
    return r;
}

static enum err identify(struct ctx *c, void *arg)
{
    (void)c;
    return auth_identify(arg);
}

static enum err run(struct ctx *c, void *arg)
{
    struct req *r = arg;
    (void)c;
    answer_reset(r);
    return r->route->run(r);
}

enum err edge_serve(struct test *t, struct req *r)
{
    struct ctx *c = t->c;
    err_clear(c);
    c->customer_id = S("");
    c->actor = S("");
    TRY(edge_enter(r));
    TRY(db_read(c, identify, r));
    TRY(auth_allow(r));
    r->in = arena_alloc(c->arena, r->route->in_size + 1);
    if (r->route->parse != NULL)
        TRY(r->route->parse(r));
    switch (r->route->shape) {
    case SHAPE_READ:
    case SHAPE_WAIT:
        return db_read(c, run, r);
    case SHAPE_WRITE:
        return db_tx(c, r->route->path, run, r);
    case SHAPE_CALL:
    case SHAPE_PLAIN:
        return run(c, r);
    }
    never("a route has a shape");
}

struct str edge_cookie_set(struct req *r, struct str name)
{
    struct str want = str_fmt(r->c->arena, "__Host-%.*s=", SARG(name)), value, rest;
    for (size_t i = 0; i < r->out.header_count; i++) {
        if (!str_eq_nocase(r->out.headers[i].name, S("Set-Cookie")) ||
            !str_starts(r->out.headers[i].value, want))
            continue;
        str_cut(str_from(r->out.headers[i].value, want.n), ';', &value, &rest);
        return value;
    }
    return S("");
}

struct str edge_token(struct test *t, const char *sub)
{
    struct arena *a = t->c->arena;
    long long now = (long long)(t->c->wall_ms / 1000);
    struct str claims =
        str_fmt(a, "{\"sub\":\"%s\",\"iat\":%lld,\"exp\":%lld}", sub, now, now + 300);
    struct str text = str_fmt(a, "%.*s.%.*s", SARG(base64url_text(a, S("{\"alg\":\"HS256\"}"))),
        SARG(base64url_text(a, claims)));
    struct str mac;
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, secret_of(S(JWT_SECRET)), text, &mac));
    return str_fmt(a, "%.*s.%.*s", SARG(text), SARG(base64url_text(a, mac)));
}
