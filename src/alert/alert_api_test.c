#include "alert/alert.h"

#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "web/req.h"

static enum err keep_alert(struct ctx *c, const struct alert *alert, void *arg)
{
    (void)c;
    *(struct alert *)arg = *alert;
    return E_OK;
}

static enum err find_newest(struct ctx *c, void *arg)
{
    return alert_list(c, -1, 0, 1, keep_alert, arg);
}

static struct alert newest(struct test *t)
{
    struct alert a = { .n = 0 };
    EXPECT_OK(db_read(t->c, find_newest, &a));
    return a;
}

static enum err run_route(struct ctx *c, void *arg)
{
    struct req *r = arg;
    (void)c;
    return r->route->run(r);
}

/* As the edge does it: parse, then run in a snapshot or a transaction. */
static enum err asked(
    struct test *t, const char *method, struct str target, struct str body, struct req *r)
{
    static const struct routes *const lists[] = { &alert_routes };
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    struct str bytes =
        str_fmt(t->c->arena, "%s %.*s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%.*s",
            method, SARG(target), body.n, SARG(body));
    TRY(req_from_bytes(t->c, bytes, router, r));
    r->in = arena_alloc(t->c->arena, r->route->in_size + 1);
    if (r->route->parse != NULL)
        TRY(r->route->parse(r));
    return r->route->shape == SHAPE_WRITE ? db_tx(t->c, "test", run_route, r)
                                          : db_read(t->c, run_route, r);
}

TEST("alerts are listed newest first, page by page, open or closed")
{
    struct req r;
    for (int i = 0; i < 5; i++)
        EXPECT_OK(alert_raise_now(t->c, ALERT_STORE, str_fmt(t->c->arena, "s%d", i), S("x")));
    EXPECT_OK(alert_over_now(t->c, ALERT_STORE, S("s4")));
    EXPECT_OK(asked(t, "GET", S("/api/admin/alerts?limit=2&status=open"), S(""), &r));
    struct str body = answer_body(&r), next;
    struct json_value root = json_root(body);
    EXPECT(json_is(json_at(root, "data.items.0.subject"), "s3"));
    EXPECT(json_is(json_at(root, "data.items.0.status"), "open"));
    EXPECT(json_at(root, "data.items.0.closedAt").kind == JSON_NULL);
    EXPECT(json_is(json_at(root, "data.items.1.subject"), "s2"));
    EXPECT(json_at(root, "data.items.2").kind == JSON_ABSENT);
    EXPECT_STR(json_at(root, "data.hasMore").raw, S("true"));
    EXPECT(json_to_str(t->c->arena, json_at(root, "data.next"), &next));
    EXPECT_OK(asked(t, "GET",
        str_fmt(t->c->arena, "/api/admin/alerts?limit=2&status=open&after=%.*s", SARG(next)), S(""),
        &r));
    root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.items.1.subject"), "s0"));
    EXPECT_STR(json_at(root, "data.hasMore").raw, S("false"));
    EXPECT(json_at(root, "data.next").kind == JSON_NULL);
    EXPECT_OK(asked(t, "GET", S("/api/admin/alerts?status=closed"), S(""), &r));
    root = json_root(answer_body(&r));
    EXPECT(json_is(json_at(root, "data.items.0.subject"), "s4"));
    EXPECT(json_at(root, "data.items.1").kind == JSON_ABSENT);
    EXPECT_FAIL(asked(t, "GET", S("/api/admin/alerts?status=shut"), S(""), &r), INVALID_REQUEST);
}

static enum err newest_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct fact_row *newest = arg;
    (void)c;
    *newest = *row;
    return E_OK;
}

static enum err read_facts(struct ctx *c, void *arg)
{
    struct fact_filter filter = { .limit = 1, .newest_first = true };
    return fact_list(c, &filter, newest_fact, arg);
}

TEST("R59 a person closes an alert once, with a reason, and that is a fact")
{
    struct req r;
    struct fact_row fact;
    int64_t sealed = 0;
    EXPECT_OK(alert_raise_now(t->c, ALERT_GATEWAY_AWAY, S("stripe"), S("no answer")));
    struct alert a = newest(t);
    struct str path =
        str_fmt(t->c->arena, "/api/admin/alerts/%.*s/close", SARG(alert_id(t->c->arena, &a)));
    EXPECT_FAIL(asked(t, "POST", path, S("{\"why\":\"x\"}"), &r), INVALID_REQUEST);
    EXPECT_FAIL(asked(t, "POST", path, S("nonsense"), &r), INVALID_REQUEST);
    EXPECT_OK(asked(t, "POST", path, S("{\"reason\":\"called them\"}"), &r));
    EXPECT(json_is(json_at(json_root(answer_body(&r)), "data.status"), "closed"));
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(db_read(t->c, read_facts, &fact));
    EXPECT_STR(fact.kind, S("ALERT_CLOSED"));
    EXPECT_STR(fact.subject, alert_id(t->c->arena, &a));
    EXPECT_STR(fact.data, S("{\"alert\":\"gateway_away:stripe\",\"reason\":\"called them\"}"));
    EXPECT_FAIL(asked(t, "POST", path, S(""), &r), CONFLICT);
    EXPECT_FAIL(asked(t, "GET", S("/api/admin/alerts/alr_1"), S(""), &r), NOT_FOUND);
    struct str other = id_text(t->c->arena, S("alr"), id_of_row(a.first_ms + 1, a.n));
    EXPECT_FAIL(
        asked(t, "GET", str_fmt(t->c->arena, "/api/admin/alerts/%.*s", SARG(other)), S(""), &r),
        NOT_FOUND);
    EXPECT_OK(asked(t, "GET", str_part(path, 0, path.n - 6), S(""), &r));
    EXPECT(json_is(json_at(json_root(answer_body(&r)), "data.kind"), "gateway_away"));
}
