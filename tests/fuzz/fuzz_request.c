/* A whole request, read three times:
 *   - what the head check passes, llhttp in strict mode, asked by itself, reads the same way: the
 *     same method, target, headers, framing; so no two programs in this one disagree;
 *   - our parser does not say otherwise about the head than that it is too large;
 *   - the body is the same whole or in pieces, ends at the same byte, and is what a plain decoder
 *     of a few lines makes of it;
 *   - whatever is answered is one well-formed answer.
 * Input: how the bytes are cut, then the bytes. */
#include <llhttp.h>
#include <string.h>

#include "base/id.h"
#include "web/parse.h"
#include "web/req.h"

/* ---- llhttp by itself */

struct seen {
    struct str target;
    struct header headers[HEAD_HEADERS_MAX];
    size_t count;
    bool head_over, length, chunked;
    uint64_t content_length;
    int minor;
};

static int on_url(llhttp_t *m, const char *at, size_t n)
{
    ((struct seen *)m->data)->target = (struct str) { at, n };
    return 0;
}

static int on_field(llhttp_t *m, const char *at, size_t n)
{
    struct seen *s = m->data;
    must(s->count < HEAD_HEADERS_MAX);
    s->headers[s->count].name = (struct str) { at, n };
    return 0;
}

static int on_value(llhttp_t *m, const char *at, size_t n)
{
    struct seen *s = m->data;
    s->headers[s->count++].value = str_trim((struct str) { at, n });
    return 0;
}

static int on_headers(llhttp_t *m)
{
    struct seen *s = m->data;
    s->head_over = true;
    s->length = (m->flags & F_CONTENT_LENGTH) != 0;
    s->chunked = (m->flags & F_CHUNKED) != 0;
    s->content_length = m->content_length;
    s->minor = m->http_minor;
    must(m->upgrade == 0);
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers,
};

static void same_for_llhttp(struct str bytes, const struct head *h)
{
    struct seen s = { .count = 0 };
    llhttp_t m;
    llhttp_init(&m, HTTP_REQUEST, &settings);
    m.data = &s;
    must(llhttp_execute(&m, bytes.p, h->n) == HPE_PAUSED && s.head_over);
    must(str_eq(str_of_c(llhttp_method_name((llhttp_method_t)m.method)), h->method));
    must(s.target.p == h->target.p && s.target.n == h->target.n);
    must(s.count == h->header_count && s.minor == h->minor);
    must(s.length == h->has_length && s.chunked == h->chunked);
    must(!s.length || s.content_length == (uint64_t)h->content_length);
    for (size_t i = 0; i < s.count; i++)
        must(str_eq(s.headers[i].name, h->headers[i].name) &&
            str_eq(s.headers[i].value, h->headers[i].value));
}

/* ---- the plain decoder */

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at;
    if (c >= 'A' && c <= 'F')
        c = (char)(c - 'A' + 'a');
    at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

static size_t line_end(struct str s, size_t at)
{
    while (at + 1 < s.n && !(s.p[at] == '\r' && s.p[at + 1] == '\n'))
        at++;
    return at;
}

/* The body and where it ends; false: not whole, or not a body. */
static bool decode(struct str s, struct buf *body, size_t *ret_end)
{
    size_t at = 0;
    for (;;) {
        size_t n = 0, end = line_end(s, at);
        if (end + 1 >= s.n)
            return false;
        for (; hex(s.p[at]) >= 0; at++)
            n = n * 16 + (size_t)hex(s.p[at]);
        at = end + 2;
        if (n == 0)
            break;
        if (n > s.n || s.n - at < n + 2 || s.p[at + n] != '\r' || s.p[at + n + 1] != '\n')
            return false;
        buf_add(body, str_part(s, at, n));
        at += n + 2;
    }
    for (size_t end; (end = line_end(s, at)) + 1 < s.n; at = end + 2)
        if (end == at) {
            *ret_end = end + 2;
            return true;
        }
    return false;
}

/* ---- ours */

enum {
    BODY_LIMIT = 100000
};

static bool gather(void *self, struct str piece)
{
    must(piece.n > 0);
    buf_add(self, piece);
    return true;
}

/* True: whole; the body is in *body, *ret_end is where it ends. */
static bool ours(struct str bytes, const struct head *h, size_t step, struct buf *body,
    size_t *ret_end, struct refusal *why)
{
    struct parse p = { .body_max = BODY_LIMIT, .take = gather, .self = body };
    size_t at = h->n;
    bool ok = parse_head(&p, str_part(bytes, 0, h->n), h);
    while (ok && !p.done && at < bytes.n) {
        size_t eaten = 0;
        ok = parse_body(&p, str_part(bytes, at, step), &eaten);
        at += eaten;
    }
    *why = p.refusal;
    *ret_end = at;
    must(ok || (why->status >= 400 && why->status < 500 && why->why != NULL));
    must(p.body == (int64_t)body->n && body->n <= BODY_LIMIT);
    return ok && p.done;
}

static void same_body(struct arena *a, struct str bytes, const struct head *h, size_t step)
{
    struct buf whole = BUF(a), pieces = BUF(a), plain = BUF(a);
    size_t end = 0, end_pieces = 0, end_plain = 0;
    struct refusal why = { 0 }, why_pieces = { 0 };
    bool done = ours(bytes, h, bytes.n, &whole, &end, &why);
    bool done_pieces = ours(bytes, h, step, &pieces, &end_pieces, &why_pieces);
    /* In pieces it may be refused earlier: for chunks that promise and do not come. */
    must(done == done_pieces || why.status != 0 || why_pieces.status != 0);
    must(why.status != 400 || h->chunked);
    if (!done || !done_pieces)
        return;
    must(end == end_pieces && str_eq(buf_str(&whole), buf_str(&pieces)));
    if (h->chunked) {
        must(decode(str_from(bytes, h->n), &plain, &end_plain));
        must(end == h->n + end_plain && str_eq(buf_str(&whole), buf_str(&plain)));
    } else {
        must(end == h->n + (size_t)h->content_length);
        must(str_eq(buf_str(&whole), str_part(bytes, h->n, (size_t)h->content_length)));
    }
}

static enum err none(struct req *r)
{
    (void)r;
    return E_OK;
}

static void answered(struct ctx *c, struct str bytes)
{
    static const struct route table[] = {
        { "GET", "/", SHAPE_PLAIN, NULL, none, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0, "" },
        { "POST", "/a/{b}", SHAPE_PLAIN, NULL, none, NULL, 0, ALLOW_ANYONE, 0, 0, "" },
    };
    static const struct routes rows = { table, ARRAY_LEN(table) };
    static const struct routes *const lists[] = { &rows };
    struct router *router = router_new(lists, ARRAY_LEN(lists));
    struct req r;
    enum err e = req_from_bytes(c, bytes, router, &r);
    if (e == E_OK)
        e = fail(c, CONFLICT, "no %.*s", SARG(r.path));
    answer_error(&r, e);
    struct str answer = answer_bytes(&r);
    must(str_starts(answer, S("HTTP/1.1 4")) && str_has(answer, S("\r\n\r\n")));
    router_free(router);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct ids ids = ids_of_seed(1);
    struct ctx c = { .arena = &arena, .ids = &ids, .request_id = S("req_1") };
    struct str bytes = { (const char *)data + 1, size - 1 };
    struct head *h = arena_new(&arena, struct head);
    struct head_scan scan = { 0 };
    struct refusal why = { 0 };
    if (head_check(&scan, bytes, h, &why) == HEAD_WHOLE) {
        same_for_llhttp(bytes, h);
        same_body(&arena, bytes, h, (size_t)data[0] % 64 + 1);
    }
    answered(&c, bytes);
    arena_free(&arena);
    return 0;
}
