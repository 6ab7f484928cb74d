#include "mail/mail.h"

#include "base/config.h"
#include "base/test.h"
#include "db/db.h"
#include "web/req.h"

static void free_config(void *config)
{
    config_free(config);
}

static void configure(struct test *t)
{
    static const struct config_preset presets[] = {
        { "PURSER_SMTP_URL", "smtp://mail.example.com" },
        { "PURSER_MAIL_FROM", "shop@example.com" },
    };
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *const env[] = { NULL };
    const struct config_sources sources = {
        .env = env, .env_file = "", .presets = presets, .preset_count = ARRAY_LEN(presets)
    };
    EXPECT_OK(config_load(t->c, &sources, &notices, &config));
    arena_defer(t->c->arena, free_config, config);
    t->c->config = config;
}

static const struct mail hello = {
    .kind = S_INIT("hello"),
    .about = S_INIT("ord_1"),
    .to_address = S_INIT("ada@example.org"),
    .subject = S_INIT("Hello"),
    .text = S_INIT("Hello Ada.\n"),
    .html = S_INIT("<p>Hello Ada.</p>"),
};

static enum err queue_tx(struct ctx *c, void *arg)
{
    return mail_queue(c, arg);
}

static void queue(struct test *t, struct mail m)
{
    EXPECT_OK(db_tx(t->c, "test", queue_tx, &m));
}

static enum err run_route(struct ctx *c, void *arg)
{
    struct req *r = arg;
    (void)c;
    return r->route->run(r);
}

/* As the edge does it: parse, then run in a snapshot or a transaction. */
static enum err asked(struct test *t, const char *method, struct str target, struct req *r)
{
    static const struct routes *const lists[] = { &mail_routes };
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    struct str bytes = str_fmt(t->c->arena,
        "%s %.*s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", method, SARG(target));
    TRY(req_from_bytes(t->c, bytes, router, r));
    r->in = arena_alloc(t->c->arena, r->route->in_size + 1);
    if (r->route->parse != NULL)
        TRY(r->route->parse(r));
    return r->route->shape == SHAPE_WRITE ? db_tx(t->c, "test", run_route, r)
                                          : db_read(t->c, run_route, r);
}

TEST("mails are listed by state and by what they are about, without their bodies")
{
    struct req r;
    queue(t, hello);
    struct mail other = hello;
    other.about = S("ord_2");
    other.to_address = S("nonsense");
    queue(t, other);
    queue(t, hello);
    EXPECT_OK(asked(t, "GET", S("/api/admin/mails?limit=1"), &r));
    struct json_value root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.items.0.status"), "kept"));
    EXPECT(json_at(root, "data.items.0.text").kind == JSON_ABSENT);
    EXPECT_STR(json_at(root, "data.hasMore").raw, S("true"));
    EXPECT_OK(asked(t, "GET", S("/api/admin/mails?status=refused&about=ord_2"), &r));
    root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.items.0.to"), "nonsense"));
    EXPECT(json_at(root, "data.items.1").kind == JSON_ABSENT);
    EXPECT_OK(asked(t, "GET", S("/api/admin/mails?status=kept&limit=2"), &r));
    root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.items.1.createdAt"), "2026-11-20T02:00:00.000Z"));
    EXPECT(json_at(root, "data.items.1.sentAt").kind == JSON_NULL);
    EXPECT(json_at(root, "data.items.2").kind == JSON_ABSENT);
    EXPECT(json_at(root, "data.next").kind == JSON_NULL);
    EXPECT_OK(asked(t, "GET", S("/api/admin/mails?about=ord_3"), &r));
    EXPECT(json_at(json_root(answer_body(&r)), "data.items.0").kind == JSON_ABSENT);
    EXPECT_FAIL(asked(t, "GET", S("/api/admin/mails?status=lost"), &r), INVALID_REQUEST);
}

TEST("one mail is shown whole, and sent again by its route")
{
    struct req r;
    struct str id;
    queue(t, hello);
    EXPECT_OK(asked(t, "GET", S("/api/admin/mails"), &r));
    EXPECT(json_to_str(t->c->arena, json_at(json_root(answer_body(&r)), "data.items.0.id"), &id));
    struct str path = str_fmt(t->c->arena, "/api/admin/mails/%.*s", SARG(id));
    EXPECT_OK(asked(t, "GET", path, &r));
    struct json_value root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.text"), "Hello Ada.\n"));
    EXPECT(json_is(json_at(root, "data.html"), "<p>Hello Ada.</p>"));
    EXPECT(json_is(json_at(root, "data.status"), "kept"));
    struct str resend = str_fmt(t->c->arena, "%.*s/resend", SARG(path));
    EXPECT_FAIL(asked(t, "POST", resend, &r), CONFLICT); /* there is no mail server */
    configure(t);
    EXPECT_OK(asked(t, "POST", resend, &r));
    EXPECT(json_is(json_at(json_root(answer_body(&r)), "data.status"), "queued"));
    EXPECT_FAIL(asked(t, "GET", S("/api/admin/mails/mail_1"), &r), NOT_FOUND);
    EXPECT_FAIL(asked(t, "POST", S("/api/admin/mails/ord_1/resend"), &r), NOT_FOUND);
}
