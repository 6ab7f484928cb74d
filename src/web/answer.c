#include "web/give_csv.h"

#include <string.h>
#include <unistd.h>

/* ---- building */

static void begin(struct req *r, int status, struct str content_type)
{
    must(!r->out.final && status >= 200 && status <= 599);
    if (r->out.file_fd >= 0)
        close(r->out.file_fd);
    r->out.file_fd = -1;
    r->out.status = status;
    r->out.content_type = content_type;
    r->out.fixed = S("");
    r->out.body = BUF(r->c->arena);
}

void answer_reset(struct req *r)
{
    must(!r->out.final);
    if (r->out.file_fd >= 0)
        close(r->out.file_fd);
    r->out = (struct answer) { .file_fd = -1, .body = BUF(r->c->arena) };
    r->wait.topic_count = 0;
    r->wait.more = false;
}

struct str answer_body(const struct req *r)
{
    return r->out.fixed.n > 0 ? r->out.fixed : buf_str(&r->out.body);
}

struct json answer_json(struct req *r, int status)
{
    begin(r, status, S("application/json"));
    struct json j = JSON(&r->out.body);
    json_open(&j, NULL, '{');
    json_bool(&j, "success", true);
    return j;
}

void answer_json_end(struct req *r, struct json *j)
{
    must(j->b == &r->out.body && j->depth == 1);
    json_close(j, '}');
    if (r->out.status == 200 && str_eq(r->method, S("GET")) && req_accepts(r, S("text/csv")))
        give_csv(r);
}

void answer_text(struct req *r, int status, struct str content_type, struct str body)
{
    begin(r, status, content_type);
    buf_add(&r->out.body, body);
}

void answer_fixed(struct req *r, int status, struct str content_type, struct str body)
{
    begin(r, status, content_type);
    r->out.fixed = body;
}

struct buf *answer_html(struct req *r, int status)
{
    begin(r, status, S("text/html; charset=utf-8"));
    return &r->out.body;
}

void answer_none(struct req *r, int status)
{
    begin(r, status, S(""));
}

void answer_redirect(struct req *r, int status, struct str url)
{
    static const char hex[] = "0123456789ABCDEF";
    struct buf b = BUF(r->c->arena);
    begin(r, status, S(""));
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c > 0x20 && c < 0x7f) {
            buf_char(&b, (char)c);
            continue;
        }
        buf_char(&b, '%');
        buf_char(&b, hex[c >> 4]);
        buf_char(&b, hex[c & 15]);
    }
    answer_header(r, S("Location"), buf_str(&b));
}

/* ---- headers */

static bool may_stand(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_')
            return false;
    }
    return s.n > 0;
}

void answer_header(struct req *r, struct str name, struct str value)
{
    must(!r->out.final);
    if (!is_name(name) || !may_stand(value)) {
        r->out.spoiled = true;
        return;
    }
    bool adds = str_eq_nocase(name, S("Set-Cookie"));
    for (size_t i = 0; i < r->out.header_count && !adds; i++) {
        if (!str_eq_nocase(r->out.headers[i].name, name))
            continue;
        r->out.headers[i].value = value;
        return;
    }
    must(r->out.header_count < ANSWER_HEADERS);
    r->out.headers[r->out.header_count++] = (struct header) { name, value };
}

void answer_cookie(struct req *r, struct str name, struct str value, int64_t max_age_s)
{
    must(is_name(name) && str_is_visible(value) && !str_has(value, S(";")));
    struct buf b = BUF(r->c->arena);
    if (r->https)
        buf_add(&b, S("__Host-"));
    buf_fmt(&b, "%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax", SARG(name), SARG(value));
    if (r->https)
        buf_add(&b, S("; Secure"));
    if (max_age_s >= 0)
        buf_fmt(&b, "; Max-Age=%lld", (long long)max_age_s);
    answer_header(r, S("Set-Cookie"), buf_str(&b));
}

/* ---- what the client has already */

/* Is etag (with quotes) in a list of them?  Weak ones count as equal: for reading that is enough.
 */
static bool etag_listed(struct str list, struct str etag)
{
    struct str one;
    if (str_eq(str_trim(list), S("*")))
        return true;
    for (bool more = list.n > 0; more;) {
        more = str_cut(list, ',', &one, &list);
        one = str_trim(one);
        if (str_starts(one, S("W/")))
            one = str_from(one, 2);
        if (str_eq(one, etag))
            return true;
    }
    return false;
}

bool answer_etag(struct req *r, struct str etag)
{
    struct str quoted = str_fmt(r->c->arena, "\"%.*s\"", SARG(etag));
    answer_header(r, S("ETag"), quoted);
    if (!etag_listed(req_header_all(r, S("If-None-Match")), quoted))
        return false;
    answer_none(r, 304);
    return true;
}

/* ---- files */

enum range {
    RANGE_WHOLE, /* none asked for, or one that is not understood: the whole file is right */
    RANGE_PART,
    RANGE_OUTSIDE,
};

/* "bytes=5-9", "bytes=5-", "bytes=-5": one range.  Several are answered with the whole. */
static enum range parse_range(struct str s, int64_t length, int64_t *offset, int64_t *n)
{
    uint64_t from = 0, to = 0;
    struct str first, last;
    if (!str_starts(s, S("bytes=")) || !str_cut(str_from(s, 6), '-', &first, &last))
        return RANGE_WHOLE;
    bool has_first = str_to_u64(first, &from), has_last = str_to_u64(last, &to);
    if ((first.n > 0 && !has_first) || (last.n > 0 && !has_last) || (!has_first && !has_last))
        return RANGE_WHOLE;
    uint64_t whole = (uint64_t)length;
    if (!has_first) {
        if (to == 0 || whole == 0)
            return RANGE_OUTSIDE;
        from = to >= whole ? 0 : whole - to;
        to = whole - 1;
    } else if (!has_last || to >= whole) {
        to = whole - 1; /* wraps for an empty file, which has no inside */
    }
    if (from >= whole)
        return RANGE_OUTSIDE;
    if (from > to)
        return RANGE_WHOLE;
    *offset = (int64_t)from;
    *n = (int64_t)(to - from + 1);
    return RANGE_PART;
}

void answer_file(struct req *r, int fd, int64_t length, struct str content_type, struct str etag)
{
    must(fd >= 0 && length >= 0);
    begin(r, 200, content_type);
    r->out.file_fd = fd;
    r->out.file_length = length;
    if (etag.n > 0 && answer_etag(r, etag))
        return;
    answer_header(r, S("Accept-Ranges"), S("bytes"));
    struct str range = req_header(r, S("Range"));
    if (range.n == 0 || !str_eq(r->method, S("GET")) || r->head)
        return;
    /* A part of another file than the client began with would be a broken whole. */
    struct str if_range = req_header(r, S("If-Range"));
    struct str quoted = str_fmt(r->c->arena, "\"%.*s\"", SARG(etag));
    if (if_range.n > 0 && (etag.n == 0 || !str_eq(if_range, quoted)))
        return;
    switch (parse_range(range, length, &r->out.file_offset, &r->out.file_length)) {
    case RANGE_WHOLE:
        return;
    case RANGE_PART:
        r->out.status = 206;
        answer_header(r, S("Content-Range"),
            str_fmt(r->c->arena, "bytes %lld-%lld/%lld", (long long)r->out.file_offset,
                (long long)(r->out.file_offset + r->out.file_length - 1), (long long)length));
        return;
    case RANGE_OUTSIDE:
        begin(r, 416, S(""));
        answer_header(
            r, S("Content-Range"), str_fmt(r->c->arena, "bytes */%lld", (long long)length));
        return;
    }
}

/* ---- server-sent events */

int64_t answer_stream(struct req *r)
{
    begin(r, 200, S("text/event-stream"));
    r->out.stream = true;
    return r->last_event_;
}

void answer_stream_at(struct req *r, int64_t seq)
{
    must(r->out.stream && seq >= 0);
    r->last_event_ = seq;
}

void answer_event(struct req *r, int64_t seq, struct str event, struct str data)
{
    must(r->out.stream && seq > r->last_event_);
    must(may_stand(event) && may_stand(data));
    buf_fmt(&r->out.body, "id: %lld\nevent: %.*s\ndata: ", (long long)seq, SARG(event));
    buf_add(&r->out.body, data);
    buf_add(&r->out.body, S("\n\n"));
    r->last_event_ = seq;
}
