#include "base/command.h"
#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "web/web.h"

static const struct routes *const lists[] = { &fact_routes };

static enum err run_route(struct ctx *c, void *arg)
{
    struct req *r = arg;
    (void)c;
    return r->route->run(r);
}

/* The answer's body to GET path; by the route's own handler, without the edge before it. */
static enum err get(struct test *t, const char *path, struct str *ret)
{
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    struct req *r = arena_new(t->c->arena, struct req);
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    EXPECT_OK(req_from_bytes(
        t->c, str_fmt(t->c->arena, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path), router, r));
    EXPECT(r->route != NULL);
    TRY(db_read(t->c, run_route, r));
    *ret = answer_body(r);
    return E_OK;
}

static enum err add_tx(struct ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 6; i++) {
        struct fact fact = {
            .kind = i % 2 == 0 ? S("ORDER_CREATED") : S("KEY_CREATED"),
            .subject = i % 2 == 0 ? str_fmt(c->arena, "ord_%d", i) : S("key_1"),
            .data = i == 5 ? S("{\"customerId\":\"cus_7\",\"orderId\":\"ord_9\"}") : S("{\"i\":1}"),
        };
        TRY(fact_add(c, &fact, NULL));
    }
    return E_OK;
}

static void six(struct test *t)
{
    int64_t sealed = 0;
    t->c->actor = S("admin:3");
    t->c->address = S("192.0.2.7");
    t->c->user_agent = S("curl/8");
    EXPECT_OK(db_tx(t->c, "test", add_tx, NULL));
    EXPECT_OK(fact_seal(t->c, &sealed));
}

static struct str next_of(struct test *t, struct str body)
{
    struct str next = { 0 };
    EXPECT(json_to_str(t->c->arena, json_at(json_root(body), "data.next"), &next));
    return next;
}

TEST("the audit trail is read newest first, with who, what and from where")
{
    struct str body = { 0 };
    six(t);
    EXPECT_OK(get(t, "/api/admin/audit?limit=1", &body));
    struct fact_row row = { .at_ms = t->c->now_ms, .n = 6 };
    EXPECT(str_starts(body,
        str_fmt(t->c->arena,
            "{\"success\":true,\"data\":{\"items\":[{\"id\":\"%.*s\",\"at\":\"2026-11-20T02:00:00."
            "000Z\",\"actor\":\"admin:3\",\"action\":\"KEY_CREATED\",\"customerId\":\"cus_7\","
            "\"orderId\":\"ord_9\",\"entityType\":\"key\",\"entityId\":\"key_1\",\"metadata\":"
            "{\"customerId\":\"cus_7\",\"orderId\":\"ord_9\"},\"ipAddress\":\"192.0.2.7\","
            "\"userAgent\":\"curl/8\"}],\"hasMore\":true,\"next\":\"",
            SARG(fact_id(t->c->arena, &row)))));
    struct str next =
        str_fmt(t->c->arena, "/api/admin/audit?limit=5&after=%.*s", SARG(next_of(t, body)));
    EXPECT_OK(get(t, next.p, &body));
    EXPECT(str_has(body, S("\"orderId\":\"ord_4\",\"entityType\":\"order\"")));
    EXPECT(str_has(body, S("\"hasMore\":false,\"next\":null")));
}

TEST("the audit trail is filtered by subject, action and actor")
{
    struct str body = { 0 };
    six(t);
    EXPECT_OK(get(t, "/api/admin/audit?subject=ord_2", &body));
    EXPECT(str_has(body, S("ord_2")) && !str_has(body, S("ord_4")));
    EXPECT_OK(get(t, "/api/admin/audit?action=ORDER_CREATED", &body));
    EXPECT(str_has(body, S("ord_4")) && !str_has(body, S("KEY_CREATED")));
    EXPECT_OK(get(t, "/api/admin/audit?actor=admin:4", &body));
    EXPECT_STR(
        body, S("{\"success\":true,\"data\":{\"items\":[],\"hasMore\":false,\"next\":null}}"));
    EXPECT_FAIL(get(t, "/api/admin/audit?action=ORDERED", &body), INVALID_REQUEST);
}

TEST("the feed has the application's events only, in order, and says where to come back")
{
    struct str body = { 0 };
    EXPECT_OK(get(t, "/api/events", &body));
    EXPECT_STR(
        body, S("{\"success\":true,\"data\":{\"items\":[],\"hasMore\":false,\"next\":null}}"));
    six(t);
    EXPECT_OK(get(t, "/api/events?limit=2", &body));
    EXPECT(str_has(body,
        S("\"type\":\"order.created\",\"createdAt\":\"2026-11-20T02:00:00.000Z\",\"sequence\":1,"
          "\"data\":{\"i\":1}},{\"id\":\"msg_")));
    EXPECT(str_has(body, S("\"sequence\":3,")) && !str_has(body, S("\"sequence\":5,")));
    EXPECT(str_has(body, S("\"hasMore\":true")) && !str_has(body, S("KEY_CREATED")));
    for (int i = 0; i < 2; i++) {
        struct str path =
            str_fmt(t->c->arena, "/api/events?limit=2&after=%.*s", SARG(next_of(t, body)));
        EXPECT_OK(get(t, path.p, &body));
    }
    EXPECT_STR(
        str_part(body, 0, 49), S("{\"success\":true,\"data\":{\"items\":[],\"hasMore\":fals"));
    EXPECT(next_of(t, body).n > 0);
}

struct many {
    int64_t n;
};

static enum err add_many(struct ctx *c, void *arg)
{
    for (int64_t i = 0; i < ((struct many *)arg)->n; i++)
        TRY(fact_add(c, &(struct fact) { .kind = S("KEY_CREATED"), .subject = S("key_1") }, NULL));
    return E_OK;
}

TEST("a page of the feed looks at so many facts and no more")
{
    struct str body = { 0 };
    struct many many = { 100 };
    int64_t sealed = 1;
    for (int i = 0; i < 23; i++)
        EXPECT_OK(db_tx(t->c, "test", add_many, &many));
    EXPECT_OK(db_tx(t->c, "test", add_tx, NULL));
    while (sealed > 0)
        EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(get(t, "/api/events", &body));
    EXPECT(str_has(body, S("{\"items\":[],\"hasMore\":true")));
    struct str path = str_fmt(t->c->arena, "/api/events?after=%.*s", SARG(next_of(t, body)));
    EXPECT_OK(get(t, path.p, &body));
    EXPECT(str_has(body, S("\"sequence\":2305,")) && str_has(body, S("\"hasMore\":false")));
}

/* ---- commands */

static enum err run_command(struct test *t, const char *name, struct args *args, struct buf *out)
{
    for (size_t i = 0; i < fact_commands.n; i++)
        if (str_eq(str_of_c(fact_commands.command[i].name), str_of_c(name)))
            return fact_commands.command[i].run(t->c, args, out);
    return fail(t->c, NOT_FOUND, "no such command");
}

static enum err cut_tx(struct ctx *c, void *arg)
{
    (void)arg;
    if (db_is_pg(c))
        TRY(db_exec(c, DB_ANY_ROWS, "ALTER TABLE fact DISABLE TRIGGER USER", DB_NO_IN));
    else
        TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER fact_keep", DB_NO_IN));
    return db_exec(c, 1, "DELETE FROM fact WHERE seq = 3", DB_NO_IN);
}

TEST("R75 audit verify says that all is well, or what is not, to people and to programs")
{
    struct buf out = BUF(t->c->arena), json = BUF(t->c->arena), bad = BUF(t->c->arena);
    struct args people = { 0 }, program = { .json = true };
    six(t);
    EXPECT_OK(run_command(t, "audit verify", &people, &out));
    EXPECT_STR(buf_str(&out), S("6 facts, each follows from the one before\n"));
    EXPECT_OK(run_command(t, "audit verify", &program, &json));
    EXPECT_STR(buf_str(&json), S("{\"ok\":true,\"checked\":6,\"findings\":[]}\n"));
    EXPECT_OK(db_tx(t->c, "test", cut_tx, NULL));
    EXPECT_FAIL(run_command(t, "audit verify", &program, &bad), CONFLICT);
    EXPECT_STR(
        buf_str(&bad), S("{\"ok\":false,\"checked\":5,\"findings\":[\"fact 3 is missing\"]}\n"));
}

TEST("audit export prints the chain, and a file that is none is refused")
{
    struct buf out = BUF(t->c->arena), rest = BUF(t->c->arena);
    struct args args = { 0 };
    six(t);
    EXPECT_OK(run_command(t, "audit export", &args, &out));
    EXPECT(str_starts(buf_str(&out), S("{\"chain\":\"purser\",\"after\":0,")));
    args.flag_count = 1;
    args.flag[0].name = S("after");
    args.flag[0].value = S("-3");
    EXPECT_FAIL(run_command(t, "audit export", &args, &rest), INVALID_REQUEST);
    args.flag[0].name = S("file");
    args.flag[0].value = S("/nowhere/export");
    EXPECT_FAIL(run_command(t, "audit verify", &args, &rest), INVALID_REQUEST);
    EXPECT_OK(run_command(t, "audit actions", &args, &rest));
}
