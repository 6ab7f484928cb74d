/* What stands in targets, forms and cookies, whatever it is:
 *   - a path that reaches a handler does not climb, hides no separator and is text;
 *   - decoding undoes encoding, and what is decoded once is not decoded again;
 *   - fields are text, found under their name, and a name given twice is refused;
 *   - a redirect to it stays in its header;
 *   - a cursor that is accepted is the one that the list gave out.
 * Input: which reader, then the text. */
#include <string.h>

#include "base/id.h"
#include "web/req.h"

static void path(struct ctx *c, struct str text)
{
    struct head *h = arena_new(c->arena, struct head);
    struct refusal why = { 0 };
    struct req r = { .c = c };
    if (!str_is_visible(text) || text.n == 0)
        return;
    h->method = S("GET");
    h->target = str_fmt(c->arena, "/%.*s", SARG(text));
    if (!req_of_head(&r, h, &why)) {
        must(why.status == 400 || why.status == 404);
        return;
    }
    must(str_is_text(r.path) && str_starts(r.path, S("/")) && !str_has(r.path, S("..")));
    must(!str_has(r.path, S("\\")) && !str_has(r.path, S("\n")) && !str_has(r.path, S("\r")));
    /* No slash that was not one before decoding. */
    struct str raw, query;
    str_cut(h->target, '?', &raw, &query);
    int64_t before = 0, after = 0;
    for (size_t i = 0; i < raw.n; i++)
        before += raw.p[i] == '/';
    for (size_t i = 0; i < r.path.n; i++)
        after += r.path.p[i] == '/';
    must(before == after);
}

static void coding(struct ctx *c, struct str text)
{
    bool ok = false;
    struct str coded = url_encode(c->arena, text);
    must(str_is_visible(coded) && str_eq(url_decode(c->arena, coded, true, &ok), text) && ok);
    struct str decoded = url_decode(c->arena, text, false, &ok);
    must(!ok || decoded.n <= text.n);
    must(!ok || str_eq(url_decode(c->arena, url_encode(c->arena, decoded), false, &ok), decoded));
}

static void fields(struct ctx *c, struct str text)
{
    struct header type = { S_INIT("Content-Type"), S_INIT("application/x-www-form-urlencoded") };
    struct req r = { .c = c, .query = text, .body = text, .headers = &type, .header_count = 1 };
    bool in_query = false, in_form = false;
    struct str a = S(""), b = S("");
    enum err e = req_query(&r, "a", &in_query, &a);
    must(e == req_form(&r, "a", &in_form, &b) && in_query == in_form && str_eq(a, b));
    must(e != E_OK || str_is_text(a));
    must(e == E_OK || (e == E_INVALID && !in_query));
    if (e == E_OK && str_starts(text, S("a=")) && !str_has(text, S("&")))
        must(in_query);
    if (e == E_OK && str_has(text, S("&")) && str_starts(text, S("a=")))
        must(!str_has(text, S("&a=")));
    int64_t n = 5;
    e = req_query_i64(&r, "n", -10, 10, &n);
    must(n >= -10 && n <= 10 && (e == E_OK || n == 5));
}

static void cookies(struct ctx *c, struct str text)
{
    if (memchr(text.p, 0, text.n) != NULL)
        return;
    struct header h[] = { { S_INIT("Cookie"), text }, { S_INIT("cookie"), S_INIT("x=1") } };
    struct req r = { .c = c, .headers = h, .header_count = 2, .https = text.n % 2 == 1 };
    struct str v = req_cookie(&r, S("session"));
    must(!str_has(v, S(";")) && (v.n == 0 || str_has(text, S("session="))));
    must(r.https || str_eq(req_cookie(&r, S("x")), S("1")) || str_has(text, S("x=")));
    (void)req_accepts(&r, S("text/html"));
}

static void redirects(struct ctx *c, struct str text)
{
    struct req r = { .c = c, .keep_alive = true, .minor = 1, .out.file_fd = -1 };
    answer_reset(&r);
    answer_redirect(&r, 303, text);
    answer_header(&r, S("X-Text"), text);
    struct str bytes = answer_bytes(&r);
    size_t lines = 0;
    for (size_t i = 0; i < bytes.n; i++)
        lines += bytes.p[i] == '\n' && i > 0 && bytes.p[i - 1] == '\r';
    /* As many lines as for any other text, or the general error. */
    must(lines == 12 || str_starts(bytes, S("HTTP/1.1 500")));
    must(!str_has(bytes, S("\r\n\r\n\r\n")));
}

static void cursors(struct ctx *c, struct str text)
{
    struct req r = { .c = c, .query = str_fmt(c->arena, "after=%.*s", SARG(text)) };
    struct page page = { 0 };
    if (memchr(text.p, 0, text.n) != NULL || req_page(&r, &page) != E_OK)
        return;
    must(page.after_n > 0 && page.limit >= 1 && page.limit <= 100);
    bool given = false;
    struct str after = S("");
    must(req_query(&r, "after", &given, &after) == E_OK && given);
    must(str_eq(page_cursor(c->arena, page.after_n), after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(
        struct ctx * c, struct str text) = { path, coding, fields, cookies, redirects, cursors };
    if (size < 2)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct ids ids = ids_of_seed(1);
    struct ctx c = { .arena = &arena, .ids = &ids, .request_id = S("req_1") };
    readers[data[0] % ARRAY_LEN(readers)](&c, (struct str) { (const char *)data + 1, size - 1 });
    arena_free(&arena);
    return 0;
}
