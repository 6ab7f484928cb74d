#include "base/test.h"
#include "web/give_csv.h"

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

static struct req *asked(struct test *t, const char *target, const char *accept)
{
    struct req *r = arena_new(t->c->arena, struct req);
    static const struct route table[] = { { .method = "GET",
        .path = "/list",
        .run = nothing,
        .allow = ALLOW_ANYONE,
        .about = "A list." } };
    static const struct routes list = { table, 1 };
    static const struct routes *const lists[] = { &list };
    struct router *router = router_new(lists, 1);
    EXPECT_OK(req_from_bytes(t->c,
        str_fmt(t->c->arena, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n", target,
            accept),
        router, r));
    router_free(router);
    return r;
}

static void write_list(struct req *r, const char *items)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_raw(&j, "items", str_of_c(items));
    json_bool(&j, "hasMore", true);
    json_str(&j, "next", S("c2"));
    json_close(&j, '}');
    answer_json_end(r, &j);
}

TEST("a list is a table for who asks for one: names of all items, money spread, nothing a formula")
{
    struct req *r = asked(t, "/list?status=paid&after=c1", "text/csv");
    write_list(r,
        "[{\"id\":\"a\",\"total\":{\"amount\":-5,\"currency\":\"USD\"},\"mail\":null},"
        "{\"id\":\"=1+1\",\"why\":\"a, \\\"b\\\"\",\"lines\":[1,{\"x\":2}],\"ok\":true}]");
    EXPECT_STR(answer_body(r),
        S("id,total.amount,total.currency,mail,why,lines,ok\r\n"
          "a,-5,USD,,,,\r\n"
          "'=1+1,,,,\"a, \"\"b\"\"\",\"[1,{\"\"x\"\":2}]\",true\r\n"));
    EXPECT_STR(r->out.content_type, S("text/csv; charset=utf-8"));
    EXPECT(str_has(answer_bytes(r), S("</list?status=paid&after=c2>; rel=\"next\"")));
}

TEST("a list stays JSON for everybody else, and what is no list for all")
{
    struct req *r = asked(t, "/list", "*/*");
    write_list(r, "[]");
    EXPECT(str_starts(answer_body(r), S("{\"success\":true")));
    r = asked(t, "/list", "text/csv");
    struct json j = answer_json(r, 200);
    json_str(&j, "data", S("x"));
    answer_json_end(r, &j);
    EXPECT(str_starts(answer_body(r), S("{\"success\":true")));
}
