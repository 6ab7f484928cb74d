#include "web/wire.h"

#include "base/clock.h"
#include "web/head.h"
#include "web/parse.h"
#include "web/req.h"

static struct str reason(int status)
{
    static const struct {
        int status;
        struct str text;
    } known[] = {
        { 200, S_INIT("OK") },
        { 201, S_INIT("Created") },
        { 202, S_INIT("Accepted") },
        { 204, S_INIT("No Content") },
        { 206, S_INIT("Partial Content") },
        { 301, S_INIT("Moved Permanently") },
        { 302, S_INIT("Found") },
        { 303, S_INIT("See Other") },
        { 304, S_INIT("Not Modified") },
        { 307, S_INIT("Temporary Redirect") },
        { 308, S_INIT("Permanent Redirect") },
        { 400, S_INIT("Bad Request") },
        { 401, S_INIT("Unauthorized") },
        { 402, S_INIT("Payment Required") },
        { 403, S_INIT("Forbidden") },
        { 404, S_INIT("Not Found") },
        { 405, S_INIT("Method Not Allowed") },
        { 408, S_INIT("Request Timeout") },
        { 409, S_INIT("Conflict") },
        { 410, S_INIT("Gone") },
        { 413, S_INIT("Content Too Large") },
        { 414, S_INIT("URI Too Long") },
        { 416, S_INIT("Range Not Satisfiable") },
        { 417, S_INIT("Expectation Failed") },
        { 421, S_INIT("Misdirected Request") },
        { 422, S_INIT("Unprocessable Content") },
        { 429, S_INIT("Too Many Requests") },
        { 431, S_INIT("Request Header Fields Too Large") },
        { 500, S_INIT("Internal Server Error") },
        { 502, S_INIT("Bad Gateway") },
        { 503, S_INIT("Service Unavailable") },
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return S("");
}

/* What every answer carries unless the handler said otherwise (R43).  Nothing is cached that did
 * not say it may be; no script, style or frame from anywhere else. */
static const struct header always[] = {
    { S_INIT("Content-Security-Policy"),
        S_INIT("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'") },
    { S_INIT("X-Content-Type-Options"), S_INIT("nosniff") },
    { S_INIT("Referrer-Policy"), S_INIT("same-origin") },
    { S_INIT("Cross-Origin-Opener-Policy"), S_INIT("same-origin") },
    { S_INIT("Cache-Control"), S_INIT("no-store") },
};
static const struct header transport = { S_INIT("Strict-Transport-Security"),
    S_INIT("max-age=63072000") };

static void header_line(struct buf *b, struct str name, struct str value)
{
    char *p = buf_room(b, name.n + value.n + 4);
    struct buf line = { .p = p, .cap = name.n + value.n + 4, .max = BUF_MAX };
    buf_add(&line, name);
    buf_add(&line, S(": "));
    buf_add(&line, value);
    buf_add(&line, S("\r\n"));
    b->n += line.n;
}

static void header_always(struct buf *b, const struct req *r, const struct header *h)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq_nocase(r->out.headers[i].name, h->name))
            return;
    header_line(b, h->name, h->value);
}

bool wire_has_body(const struct req *r)
{
    return !r->head && r->out.status != 204 && r->out.status != 304;
}

static void length_line(struct buf *b, const struct req *r)
{
    if (r->out.stream) {
        if (r->minor > 0)
            buf_add(b, S("Transfer-Encoding: chunked\r\n"));
        return;
    }
    if (r->out.status == 204 || r->out.status == 304)
        return;
    buf_add(b, S("Content-Length: "));
    buf_i64(b, r->out.file_fd >= 0 ? r->out.file_length : (int64_t)answer_body(r).n);
    buf_add(b, S("\r\n"));
}

struct str wire_head(struct req *r, bool keep)
{
    if (r->out.spoiled) {
        enum err e = fail(r->c, INTERNAL, "a header of the answer holds a control character");
        answer_reset(r);
        answer_error(r, e);
    }
    must(r->out.status != 0 && !r->out.final);
    /* A stream is the last thing on its connection, but ends when it wants to. */
    bool last = !keep || !r->keep_alive || r->out.close || r->out.stream;
    r->out.close = last && !r->out.stream;
    struct buf b = BUF(r->c->arena);
    buf_room(&b, 1024);
    buf_add(&b, S("HTTP/1.1 "));
    buf_i64(&b, r->out.status);
    buf_char(&b, ' ');
    buf_add(&b, reason(r->out.status));
    buf_add(&b, S("\r\n"));
    header_line(&b, S("Date"), time_http(r->c->arena, r->c->wall_ms));
    if (r->out.content_type.n > 0)
        header_line(&b, S("Content-Type"), r->out.content_type);
    length_line(&b, r);
    for (size_t i = 0; i < r->out.header_count; i++)
        header_line(&b, r->out.headers[i].name, r->out.headers[i].value);
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        header_always(&b, r, &always[i]);
    if (r->https)
        header_always(&b, r, &transport);
    header_line(&b, S("Request-Id"), r->c->request_id);
    if (last)
        buf_add(&b, S("Connection: close\r\n"));
    else if (r->minor == 0)
        buf_add(&b, S("Connection: keep-alive\r\n"));
    buf_add(&b, S("\r\n"));
    r->out.final = true;
    return buf_str(&b);
}

/* ---- for tests */

struct str answer_bytes(struct req *r)
{
    struct buf b = BUF(r->c->arena);
    buf_add(&b, wire_head(r, true));
    if (wire_has_body(r) && r->out.file_fd < 0)
        buf_add(&b, answer_body(r));
    return buf_str(&b);
}

static bool gather(void *self, struct str piece)
{
    buf_add(self, piece);
    return true;
}

enum err req_from_bytes(
    struct ctx *c, struct str bytes, const struct router *router, struct req *ret)
{
    struct head *head = arena_new(c->arena, struct head);
    struct head_scan scan = { 0 };
    struct refusal why = { 400, "the head is not whole" };
    *ret = (struct req) { .c = c, .upload_fd = -1, .out.file_fd = -1 };
    answer_reset(ret);
    if (head_check(&scan, bytes, head, &why) != HEAD_WHOLE || !req_of_head(ret, head, &why))
        return req_refused(c, &why);
    router_match(router, ret);
    struct buf body = BUF(c->arena);
    struct parse parse = { .body_max = req_body_max(ret), .take = gather, .self = &body };
    size_t eaten = 0;
    struct str rest = str_from(bytes, head->n);
    if (!parse_head(&parse, str_part(bytes, 0, head->n), head) ||
        (!parse.done && !parse_body(&parse, rest, &eaten)))
        return req_refused(c, &parse.refusal);
    if (!parse.done || eaten != rest.n)
        return fail(c, INVALID_REQUEST, "the bytes are not exactly one request");
    ret->body = buf_str(&body);
    return E_OK;
}
