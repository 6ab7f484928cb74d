#include "web/parse.h"

#include <llhttp.h>

/* The header's default is the loose machine: a lone CR smuggles a header past it, and chunks may
 * end in any bytes. */
_Static_assert(LLHTTP_STRICT_MODE == 1, "llhttp is built strict");
_Static_assert(sizeof(llhttp_t) <= PARSE_STATE, "the parser's state has room");

static struct parse *of(llhttp_t *machine)
{
    return machine->data;
}

static int stop(struct parse *p, int status, const char *why)
{
    if (p->refusal.status == 0)
        p->refusal = (struct refusal) { status, why };
    return HPE_USER;
}

/* Spans of the head come in order and whole, for the head is handed over whole: each must be the
 * very bytes that head.c found. */
static int same(struct parse *p, const char *at, size_t n, struct str want)
{
    if (at == want.p && n == want.n)
        return 0;
    return stop(p, 400, "the head can be read in two ways");
}

static int on_url(llhttp_t *m, const char *at, size_t n)
{
    return same(of(m), at, n, of(m)->head->target);
}

static int trailer(struct parse *p, size_t n)
{
    p->trailer_ += n;
    return p->trailer_ <= TRAILER_MAX ? 0 : stop(p, 431, "trailers longer than 8 KiB");
}

static int on_header_field(llhttp_t *m, const char *at, size_t n)
{
    struct parse *p = of(m);
    if (p->head_over)
        return trailer(p, n + 1);
    if (p->header_ >= p->head->header_count)
        return stop(p, 400, "the head can be read in two ways");
    return same(p, at, n, p->head->headers[p->header_].name);
}

static int on_header_value(llhttp_t *m, const char *at, size_t n)
{
    struct parse *p = of(m);
    if (p->head_over)
        return trailer(p, n + 1);
    /* llhttp keeps the white space after a value; what is before it must be ours. */
    struct str value = str_trim((struct str) { at, n });
    if (p->header_ >= p->head->header_count)
        return stop(p, 400, "the head can be read in two ways");
    struct str want = p->head->headers[p->header_].value;
    if (value.n == 0 && want.n == 0)
        return 0;
    return same(p, value.p, value.n, want);
}

static int on_header_value_complete(llhttp_t *m)
{
    if (!of(m)->head_over)
        of(m)->header_++;
    return 0;
}

static int on_headers_complete(llhttp_t *m)
{
    struct parse *p = of(m);
    const struct head *h = p->head;
    bool chunked = (m->flags & F_CHUNKED) != 0;
    bool length = (m->flags & F_CONTENT_LENGTH) != 0;
    bool same_framing = p->header_ == h->header_count && chunked == h->chunked &&
        length == h->has_length && (!length || m->content_length == (uint64_t)h->content_length) &&
        m->http_major == 1 && m->http_minor == h->minor && m->upgrade == 0;
    if (!same_framing)
        return stop(p, 400, "the head can be read in two ways");
    if (length && h->content_length > p->body_max)
        return stop(p, 413, "the body is larger than this address takes");
    p->head_over = true;
    return 0;
}

static int on_body(llhttp_t *m, const char *at, size_t n)
{
    struct parse *p = of(m);
    if (p->body_max - p->body < (int64_t)n)
        return stop(p, 413, "the body is larger than this address takes");
    p->body += (int64_t)n;
    return p->take(p->self, (struct str) { at, n }) ? 0 : stop(p, 400, "the body was refused");
}

static int on_chunk_header(llhttp_t *m)
{
    of(m)->extension_ = 0;
    return 0;
}

static int on_chunk_extension(llhttp_t *m, const char *at, size_t n)
{
    (void)at;
    struct parse *p = of(m);
    p->extension_ += n + 1;
    return p->extension_ <= CHUNK_EXTENSION_MAX
        ? 0
        : stop(p, 400, "a chunk extension longer than 64 bytes");
}

static int on_message_complete(llhttp_t *m)
{
    of(m)->done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_message_complete = on_message_complete,
};

static llhttp_t *machine_of(struct parse *p)
{
    return (llhttp_t *)(void *)p->state_;
}

/* What llhttp says went wrong is for programmers; one sentence serves the client. */
static bool broken(struct parse *p, const char *why)
{
    (void)stop(p, 400, why);
    return false;
}

bool parse_head(struct parse *p, struct str bytes, const struct head *head)
{
    must(bytes.n == head->n && p->take != NULL);
    p->head = head;
    p->head_over = p->done = false;
    p->body = 0;
    p->refusal = (struct refusal) { 0 };
    p->header_ = p->extension_ = p->trailer_ = p->framing_ = 0;
    /* Begun anew for each request, so that nothing of the last one can matter. */
    llhttp_t *m = machine_of(p);
    llhttp_init(m, HTTP_REQUEST, &settings);
    m->data = p;
    llhttp_errno_t e = llhttp_execute(m, bytes.p, bytes.n);
    if (p->refusal.status != 0)
        return false;
    bool whole = p->head_over && (e == HPE_OK || (e == HPE_PAUSED && p->done));
    /* A request without a body is over with its head. */
    bool bodiless = !head->chunked && head->content_length == 0;
    return (whole && p->done == bodiless) || broken(p, "the head can be read in two ways");
}

/* llhttp, even strict, takes a bare LF for the line that ends the trailers. */
static bool ends_in_crlf(const struct parse *p, struct str eaten)
{
    must(eaten.n > 0);
    char before = eaten.n > 1 ? eaten.p[eaten.n - 2] : p->last_;
    return before == '\r' && eaten.p[eaten.n - 1] == '\n';
}

bool parse_body(struct parse *p, struct str bytes, size_t *ret_eaten)
{
    must(p->head_over && !p->done && p->refusal.status == 0);
    llhttp_t *m = machine_of(p);
    int64_t before = p->body;
    llhttp_errno_t e = llhttp_execute(m, bytes.p, bytes.n);
    if (p->refusal.status != 0)
        return false;
    if (e != HPE_OK && !(e == HPE_PAUSED && p->done))
        return broken(p, "the body's chunks are malformed");
    *ret_eaten = e == HPE_OK ? bytes.n : (size_t)(llhttp_get_error_pos(m) - bytes.p);
    if (p->done && p->head->chunked && !ends_in_crlf(p, str_part(bytes, 0, *ret_eaten)))
        return broken(p, "the last chunk does not end in CRLF");
    if (*ret_eaten > 0)
        p->last_ = bytes.p[*ret_eaten - 1];
    /* A chunk's size may have any number of leading zeros. */
    p->framing_ = p->body > before ? 0 : p->framing_ + *ret_eaten;
    return p->framing_ <= 2 * (size_t)TRAILER_MAX || broken(p, "chunks without content");
}
