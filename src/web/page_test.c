#include "web/page.h"

#include "base/test.h"
#include "web/asset.h"

static const struct routes *const lists[] = { &asset_routes, &site_routes };

static const struct site northwind = {
    .name = S_INIT("Northwind"),
    .color = S_INIT("#0f766e"),
    .origin = S_INIT("http://127.0.0.1:8080"),
    .support = S_INIT("help@northwind.example"),
    .terms = S_INIT("https://northwind.example/terms"),
    .sandbox = true,
};

static void ask(struct test *t, const char *target, const char *headers, struct req *ret)
{
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    t->c->site = &northwind;
    EXPECT_OK(req_from_bytes(t->c,
        str_fmt(t->c->arena, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, headers), router,
        ret));
}

static void get(struct test *t, const char *target, const char *headers, struct req *ret)
{
    ask(t, target, headers, ret);
    EXPECT(ret->route != NULL);
    enum err e = ret->route->run(ret);
    if (e != E_OK)
        answer_error(ret, e);
}

static struct str header(const struct req *r, const char *name)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq(r->out.headers[i].name, str_of_c(name)))
            return r->out.headers[i].value;
    return S("");
}

/* Addresses of assets change with their content; golden pages do not. */
static struct str without_hashes(struct test *t, struct str page)
{
    struct buf b = BUF(t->c->arena);
    struct str mark = S("/assets/purser.");
    for (size_t i = 0; i < page.n;) {
        bool hit = str_starts(str_from(page, i), mark);
        buf_add(&b, hit ? S("/assets/purser.HASH") : str_part(page, i, 1));
        i += hit ? mark.n + 12 : 1;
    }
    return buf_str(&b);
}

static const struct part_link nav[] = { { S_INIT("/pricing"), S_INIT("Pricing") },
    { S_INIT("/account"), S_INIT("Account") } };

TEST("a page stands in the business's frame")
{
    struct req r;
    ask(t, "/pricing", "", &r);
    struct buf *b = page_open(&r,
        &(struct page_head) {
            .title = S("Plans & <prices>"), .here = S("/pricing"), .nav = nav, .nav_count = 2 });
    html(b, "<h1>Plans</h1>");
    page_close(&r);
    EXPECT_I64(r.out.status, 200);
    EXPECT_GOLDEN("page_frame.html", without_hashes(t, answer_body(&r)));
}

TEST("a page of the console has its side, and counts only what needs a person")
{
    static const struct page_side side[] = {
        { S_INIT(""), S_INIT("/admin"), S_INIT("Overview"), 0 },
        { S_INIT("Machine"), S_INIT("/admin/jobs"), S_INIT("Jobs"), 0 },
        { S_INIT("Machine"), S_INIT("/admin/alerts"), S_INIT("Alerts"), 2 },
        { S_INIT("Records"), S_INIT("/admin/audit"), S_INIT("Audit"), 0 },
    };
    struct req r;
    ask(t, "/admin/jobs", "", &r);
    struct buf *b = page_open(&r,
        &(struct page_head) {
            .title = S("Jobs"),
            .here = S("/admin/jobs"),
            .side = side,
            .side_count = ARRAY_LEN(side),
            .person = S("Root, owner"),
        });
    html(b, "<h1>Jobs</h1>");
    page_close(&r);
    EXPECT_GOLDEN("page_console.html", without_hashes(t, answer_body(&r)));
}

TEST("pages stand without a configured business")
{
    struct req r;
    ask(t, "/", "", &r);
    t->c->site = NULL;
    page_open(&r, &(struct page_head) { .title = S("Hello"), .narrow = true, .errors = true });
    page_close(&r);
    EXPECT(str_has(answer_body(&r), S("<title>Error: Hello – purser</title>")));
    EXPECT(!str_has(answer_body(&r), S("/brand/brand.")));
    EXPECT(!str_has(answer_body(&r), S("ribbon")));
    EXPECT(!str_has(answer_body(&r), S("<footer"))); /* nothing to say there */
}

TEST("an error is a page that says what is so and what to do, in at most 4 KB")
{
    static const int statuses[] = { 400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503,
        599 };
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        struct req r;
        ask(t, "/nothing", "", &r);
        page_error(&r,
            &(struct error_shown) {
                .status = statuses[i],
                .code = S("X"),
                .sentence = S("The sentence that was raised, about <this>."),
            });
        EXPECT_I64(r.out.status, statuses[i]);
        EXPECT(answer_body(&r).n <= 4096);
        EXPECT(str_has(answer_body(&r), S("Reference")));
        if (statuses[i] == 403 || statuses[i] == 404 || statuses[i] == 500)
            EXPECT_GOLDEN(str_fmt(t->c->arena, "page_error_%d.html%c", statuses[i], 0).p,
                without_hashes(t, answer_body(&r)));
    }
}

TEST("R46 a failure on our side says nothing of its cause")
{
    struct req r;
    ask(t, "/nothing", "Accept: text/html\r\n", &r);
    r.error_page = page_error;
    answer_error(&r, fail(t->c, INTERNAL, "SELECT secret FROM table failed at /srv/purser.db"));
    EXPECT_I64(r.out.status, 500);
    EXPECT(!str_has(answer_body(&r), S("SELECT")));
    EXPECT(!str_has(answer_body(&r), S("/srv")));
    EXPECT(str_has(answer_body(&r), S("Something failed on our side")));
}

TEST("an asset under its hash is kept for ever, under its name for five minutes")
{
    struct req r;
    get(t, str_c(t->c->arena, asset_url(t->c->arena, S("purser.css"))), "", &r);
    EXPECT_I64(r.out.status, 200);
    EXPECT_STR(r.out.content_type, S("text/css; charset=utf-8"));
    EXPECT_STR(header(&r, "Cache-Control"), S("public, max-age=31536000, immutable"));
    struct str whole = answer_body(&r);
    EXPECT(str_has(whole, S("--brand")));
    get(t, "/assets/purser.css", "", &r);
    EXPECT_I64(r.out.status, 200);
    EXPECT_STR(header(&r, "Cache-Control"), S("public, max-age=300"));
    EXPECT_STR(answer_body(&r), whole);
}

TEST("an asset goes out compressed to those who ask for it, and not at all to those who have it")
{
    struct req plain, packed, again;
    get(t, "/assets/purser.css", "Accept-Encoding: br, gzip;q=0\r\n", &plain);
    EXPECT_STR(header(&plain, "Content-Encoding"), S(""));
    get(t, "/assets/purser.css", "Accept-Encoding: br, GZIP ; q=0.5\r\n", &packed);
    EXPECT_STR(header(&packed, "Content-Encoding"), S("gzip"));
    EXPECT_STR(header(&packed, "Vary"), S("Accept-Encoding"));
    EXPECT(answer_body(&packed).n < answer_body(&plain).n / 2);
    EXPECT(!str_eq(header(&packed, "ETag"), header(&plain, "ETag")));
    get(t, "/assets/purser.css",
        str_c(t->c->arena,
            str_fmt(t->c->arena, "Accept-Encoding: gzip\r\nIf-None-Match: %.*s\r\n",
                SARG(header(&packed, "ETag")))),
        &again);
    EXPECT_I64(again.out.status, 304);
    EXPECT_I64((int64_t)answer_body(&again).n, 0);
    EXPECT_STR(header(&again, "Cache-Control"), S("public, max-age=300"));
    get(t, "/assets/purser.css",
        str_c(t->c->arena,
            str_fmt(t->c->arena, "If-None-Match: %.*s\r\n", SARG(header(&packed, "ETag")))),
        &again);
    EXPECT_I64(again.out.status, 200);
}

TEST("R42 nothing but the assets is found, under exactly their names")
{
    static const char *const others[] = { "/assets/", "/assets/purser", "/assets/purser.css.",
        "/assets/.css", "/assets/PURSER.CSS", "/assets/purser.000000000000.css",
        "/assets/purser..css", "/assets/.purser.css", "/assets/purser.css.gz", "/assets/schema.sql",
        "/assets/0001_engine.sql", "/assets/%70urser.css%20", "/assets/purser.css;x",
        "/assets/passwd", "/assets/icons.svg~", "/brand/brand.css", "/brand/brand.0F766E.css",
        "/brand/brand.ffffff.css", "/brand/", "/brand/x" };
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    arena_defer(t->c->arena, (void (*)(void *))router_free, router);
    t->c->site = &northwind;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct req r;
        enum err e = req_from_bytes(t->c,
            str_fmt(t->c->arena, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", others[i]), router, &r);
        if (e == E_OK && r.route != NULL)
            e = r.route->run(&r);
        EXPECT(e == E_NOT_FOUND || (e == E_OK && r.route == NULL));
    }
    struct req r;
    get(t, "/assets/%70urser.css", "", &r); /* decoded once, it is the name */
    EXPECT_I64(r.out.status, 200);
}

TEST("the brand is one variable, under an address that changes with it")
{
    struct req r;
    get(t, str_c(t->c->arena, site_css_url(t->c->arena, &northwind)), "", &r);
    EXPECT_STR(answer_body(&r), S(":root{--brand:#0f766e}\n"));
    EXPECT_STR(header(&r, "Cache-Control"), S("public, max-age=31536000, immutable"));
    static const char *const bad[] = { "", "#", "0f766e", "#0f766", "#0f766e0", "#0f766g",
        "#0f766e}body{display:none", "teal", "#fff" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!site_color_ok(str_of_c(bad[i])));
    EXPECT(site_color_ok(S("#FFd400")));
}

TEST("a business without a logo gets its initial, in ink that can be read on its colour")
{
    struct site site = { .name = S("österreich <b>"), .color = S("#ffd400") };
    struct req r;
    ask(t, "/brand/logo", "", &r);
    t->c->site = &site;
    EXPECT_OK(r.route->run(&r));
    EXPECT_STR(r.out.content_type, S("image/svg+xml"));
    EXPECT(str_has(answer_body(&r), S("fill=\"#111\">ö</text>")));
    site = (struct site) { .name = S("northwind"), .color = S("#0f766e") };
    EXPECT_OK(r.route->run(&r));
    EXPECT(str_has(answer_body(&r), S("fill=\"#fff\">N</text>")));
    site = (struct site) { .name = S("<"), .logo = S("\x89PNG"), .logo_type = S("image/png") };
    EXPECT_OK(r.route->run(&r));
    EXPECT_STR(answer_body(&r), S("\x89PNG"));
    EXPECT_STR(r.out.content_type, S("image/png"));
}
