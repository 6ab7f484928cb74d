#include "base/test.h"
#include "db/db.h"
#include "job/job.h"
#include "web/web.h"

static const struct routes *const lists[] = { &job_routes };

static enum err run_route(struct ctx *c, void *arg)
{
    struct req *r = arg;
    (void)c;
    answer_reset(r);
    return r->route->run(r);
}

static enum err ask(struct test *t, const char *method, struct str path, struct str *ret)
{
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    struct req *r = arena_new(t->c->arena, struct req);
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    EXPECT_OK(req_from_bytes(t->c,
        str_fmt(t->c->arena, "%s %.*s HTTP/1.1\r\nHost: a\r\n\r\n", method, SARG(path)), router,
        r));
    EXPECT(r->route != NULL);
    if (r->route->shape == SHAPE_WRITE)
        TRY(db_tx(t->c, "test", run_route, r));
    else
        TRY(db_read(t->c, run_route, r));
    *ret = answer_body(r);
    return E_OK;
}

static enum err add_tx(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(job_add(c, S("test_work"), S("ord_1"), c->now_ms + 5000));
    return job_add(c, S("test_work"), S("ord_2"), c->now_ms + 6000);
}

TEST("waiting jobs are listed, and one can be made due now")
{
    struct str body = { 0 }, id = { 0 };
    EXPECT_OK(ask(t, "GET", S("/api/admin/jobs?state=parked"), &body));
    EXPECT_STR(
        body, S("{\"success\":true,\"data\":{\"items\":[],\"hasMore\":false,\"next\":null}}"));
    EXPECT_OK(db_tx(t->c, "test", add_tx, NULL));
    EXPECT_OK(ask(t, "GET", S("/api/admin/jobs?state=waiting&limit=1"), &body));
    EXPECT(str_has(body,
        S("\"kind\":\"test_work\",\"subject\":\"ord_1\",\"status\":\"waiting\",\"createdAt\":"
          "\"2026-11-20T02:00:00.000Z\",\"dueAt\":\"2026-11-20T02:00:05.000Z\",\"tries\":0,"
          "\"lastError\":null}],\"hasMore\":true,\"next\":\"")));
    EXPECT(json_to_str(t->c->arena, json_at(json_root(body), "data.items.0.id"), &id));
    EXPECT_OK(ask(t, "POST", str_fmt(t->c->arena, "/api/admin/jobs/%.*s/run", SARG(id)), &body));
    EXPECT(str_has(body, S("\"dueAt\":\"2026-11-20T02:00:00.000Z\"")));
    EXPECT_FAIL(ask(t, "POST", S("/api/admin/jobs/job_1/run"), &body), NOT_FOUND);
    EXPECT_FAIL(ask(t, "GET", S("/api/admin/jobs?state=done"), &body), INVALID_REQUEST);
}
