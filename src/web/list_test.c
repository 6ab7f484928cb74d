#include "web/list.h"

#include "base/test.h"

/* A store of rows 1..n, newest first, that gives no more than it is asked for. */
static void show(struct list *l, int64_t n)
{
    int64_t newest = l->page.after_n > 0 ? l->page.after_n - 1 : n;
    for (int64_t given = 0; given < list_want(l) && newest - given > 0; given++)
        if (list_room(l, newest - given))
            json_i64(&l->j, NULL, newest - given);
}

static enum err three(struct req *r)
{
    struct list l = { 0 };
    TRY(req_page(r, &l.page));
    list_open(r, &l);
    show(&l, 3);
    list_close(r, &l);
    return E_OK;
}

/* next also where nothing follows: the reader comes back when he wants to know more. */
static enum err feed(struct req *r)
{
    struct list l = { 0 };
    TRY(req_page(r, &l.page));
    list_open(r, &l);
    list_close_at(r, &l, 7);
    return E_OK;
}

static struct str get(struct test *t, const char *path, struct str query)
{
    static const struct route table[] = {
        { .method = "GET", .path = "/three", .run = three, .allow = ALLOW_ANYONE, .about = "" },
        { .method = "GET", .path = "/feed", .run = feed, .allow = ALLOW_ANYONE, .about = "" },
    };
    static const struct routes rows = { table, ARRAY_LEN(table) };
    static const struct routes *const lists[] = { &rows };
    struct arena *a = t->c->arena;
    struct req *r = arena_new(a, struct req);
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    EXPECT_OK(req_from_bytes(
        t->c, str_fmt(a, "GET %s?%.*s HTTP/1.1\r\nHost: a\r\n\r\n", path, SARG(query)), router, r));
    EXPECT_OK(r->route->run(r));
    router_free(router);
    return str_trim(answer_body(r));
}

#define LIST(items, more, next)                                                                    \
    "{\"success\":true,\"data\":{\"items\":[" items "],\"hasMore\":" more ",\"next\":" next "}}"

TEST("a list is given page by page, each row once, and says when there is no other page")
{
    struct arena *a = t->c->arena;
    struct str next = page_cursor(a, 2);
    EXPECT_STR(get(t, "/three", S("")), S(LIST("3,2,1", "false", "null")));
    EXPECT_STR(get(t, "/three", S("limit=3")), S(LIST("3,2,1", "false", "null")));
    EXPECT_STR(
        get(t, "/three", S("limit=2")), str_fmt(a, LIST("3,2", "true", "\"%.*s\""), SARG(next)));
    EXPECT_STR(get(t, "/three", str_fmt(a, "limit=2&after=%.*s", SARG(next))),
        S(LIST("1", "false", "null")));
    EXPECT_STR(get(t, "/three", str_fmt(a, "after=%.*s", SARG(page_cursor(a, 1)))),
        S(LIST("", "false", "null")));
    EXPECT_STR(
        get(t, "/feed", S("")), str_fmt(a, LIST("", "false", "\"%.*s\""), SARG(page_cursor(a, 7))));
}

TEST("a row that has no room changes nothing but that there is more")
{
    struct list l = { .page.limit = 1 };
    (void)t;
    EXPECT(list_room(&l, 9) && !l.more);
    EXPECT(!list_room(&l, 8) && l.more);
    EXPECT_I64(l.shown, 1);
    EXPECT_I64(l.last_n, 9);
}
