#include "web/req.h"

#include <string.h>

#include "base/clock.h"
#include "base/multipart.h"
#include "web/parse.h"

enum {
    PAIRS_MAX = 256,
    BODY_MAX = 1024 * 1024,
    BODY_MAX_WEBHOOK = 256 * 1024,
    BODY_MAX_NO_ROUTE = 16 * 1024,
    WAIT_MAX_S = 30,
};

/* ---- from a head */

/* Nothing that looks like climbing reaches a handler, whatever it would do with it (R42).  Before
 * decoding, for after it "%2f" is a slash like any other. */
static bool path_climbs(struct str raw, struct str decoded)
{
    static const struct str steps[] = { S_INIT("%00"), S_INIT("%2f"), S_INIT("%5c") };
    for (size_t i = 0; i + 2 < raw.n; i++)
        for (size_t k = 0; k < ARRAY_LEN(steps); k++)
            if (str_eq_nocase(str_part(raw, i, 3), steps[k]))
                return true;
    for (size_t i = 0; i < decoded.n; i++)
        if ((unsigned char)decoded.p[i] < 0x20 || decoded.p[i] == '\\')
            return true;
    return str_has(decoded, S(".."));
}

bool req_of_head(struct req *r, const struct head *head, struct refusal *why)
{
    r->head = str_eq(head->method, S("HEAD"));
    r->method = r->head ? S("GET") : head->method;
    r->minor = head->minor;
    r->keep_alive = head->keep_alive;
    r->target = head->target;
    r->headers = head->headers;
    r->header_count = head->header_count;
    struct str raw;
    str_cut(head->target, '?', &raw, &r->query);
    bool ok = false;
    struct str path = url_decode(r->c->arena, raw, false, &ok);
    if (!ok) {
        *why = (struct refusal) { 400, "a percent sign in the path without two hex digits" };
        return false;
    }
    if (path_climbs(raw, path) || !str_is_text(path)) {
        *why = (struct refusal) { 404, "there is nothing at this address" };
        return false;
    }
    r->path = path;
    /* A cursor of a stream that was cut off; anything but a number is no cursor. */
    uint64_t last = 0;
    if (str_to_u64(req_header(r, S("Last-Event-ID")), &last) && last <= (uint64_t)INT64_MAX)
        r->last_event_ = (int64_t)last;
    return true;
}

int64_t req_body_max(const struct req *r)
{
    if (r->route == NULL)
        return BODY_MAX_NO_ROUTE;
    if (r->route->body_max > 0)
        return (int64_t)r->route->body_max;
    return (r->route->flags & ROUTE_WEBHOOK) != 0 ? BODY_MAX_WEBHOOK : BODY_MAX;
}

enum err req_refused(struct ctx *c, const struct refusal *why)
{
    switch (why->status) {
    case 404:
        return fail(c, NOT_FOUND, "%s", why->why);
    case 405:
        return fail(c, METHOD_NOT_ALLOWED, "%s", why->why);
    case 413:
    case 414:
    case 431:
        return fail(c, TOO_LARGE, "%s", why->why);
    case 503:
        return fail_retry_after(c, fail(c, BUSY, "%s", why->why), 1);
    default:
        return fail(c, INVALID_REQUEST, "%s", why->why);
    }
}

/* ---- headers and cookies */

struct str req_header(const struct req *r, struct str name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (str_eq_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    return S("");
}

bool req_has_header(const struct req *r, struct str name)
{
    return req_header_count(r, name) > 0;
}

size_t req_header_count(const struct req *r, struct str name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->header_count; i++)
        n += str_eq_nocase(r->headers[i].name, name) ? 1 : 0;
    return n;
}

struct str req_header_all(const struct req *r, struct str name)
{
    if (req_header_count(r, name) <= 1)
        return req_header(r, name);
    struct buf b = BUF(r->c->arena);
    for (size_t i = 0; i < r->header_count; i++) {
        if (!str_eq_nocase(r->headers[i].name, name))
            continue;
        if (b.n > 0)
            buf_add(&b, S(", "));
        buf_add(&b, r->headers[i].value);
    }
    return buf_str(&b);
}

bool req_accepts(const struct req *r, struct str media)
{
    struct str rest = req_header_all(r, S("Accept")), one, parameters;
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ',', &one, &rest);
        str_cut(one, ';', &one, &parameters);
        if (str_eq_nocase(str_trim(one), media))
            return true;
    }
    return false;
}

struct str req_cookie(const struct req *r, struct str name)
{
    struct str prefix = r->https ? S("__Host-") : S("");
    for (size_t i = 0; i < r->header_count; i++) {
        if (!str_eq_nocase(r->headers[i].name, S("Cookie")))
            continue;
        struct str rest = r->headers[i].value, one, key, value;
        for (bool more = true; more;) {
            more = str_cut(rest, ';', &one, &rest);
            if (str_cut(str_trim(one), '=', &key, &value) && str_starts(key, prefix) &&
                str_eq(str_from(key, prefix.n), name))
                return value;
        }
    }
    return S("");
}

/* ---- query and form */

struct pair {
    struct str name, value;
    const struct multipart *part; /* NULL: a field of a plain form */
};
struct pairs {
    struct pair *pair;
    size_t n;
};

static enum err decode_text(struct req *r, struct str raw, const char *where, struct str *ret)
{
    bool ok = false;
    struct str s = url_decode(r->c->arena, raw, true, &ok);
    if (!ok || !str_is_text(s))
        return fail(r->c, INVALID_REQUEST, "the %s is not percent-encoded UTF-8 text", where);
    *ret = s;
    return E_OK;
}

static enum err read_pairs(struct req *r, struct str text, const char *where, struct pairs **ret)
{
    struct pairs *all = arena_new(r->c->arena, struct pairs);
    struct str one, name, value;
    size_t fields = 1;
    for (size_t i = 0; i < text.n; i++)
        fields += text.p[i] == '&' ? 1 : 0;
    if (fields > PAIRS_MAX)
        return fail(r->c, INVALID_REQUEST, "the %s has more than 256 fields", where);
    all->pair = arena_array(r->c->arena, struct pair, fields);
    for (bool more = text.n > 0; more;) {
        more = str_cut(text, '&', &one, &text);
        if (one.n == 0)
            continue;
        str_cut(one, '=', &name, &value);
        struct pair *p = &all->pair[all->n];
        TRY(decode_text(r, name, where, &p->name));
        TRY(decode_text(r, value, where, &p->value));
        for (size_t i = 0; i < all->n; i++)
            if (str_eq(all->pair[i].name, p->name))
                return fail(r->c, INVALID_REQUEST, "%.*s is given twice in the %s",
                    SARG(str_part(p->name, 0, 64)), where);
        all->n++;
    }
    *ret = all;
    return E_OK;
}

static void find_pair(const struct pairs *all, const char *name, bool *ret_given, struct str *ret)
{
    struct str want = str_of_c(name);
    *ret_given = false;
    for (size_t i = 0; i < all->n; i++) {
        const struct pair *p = &all->pair[i];
        if (!str_eq(p->name, want) || (p->part != NULL && p->part->is_file))
            continue;
        *ret_given = true;
        *ret = all->pair[i].value;
    }
}

enum err req_query(struct req *r, const char *name, bool *ret_given, struct str *ret)
{
    if (r->query_ == NULL)
        TRY(read_pairs(r, r->query, "query", &r->query_));
    find_pair(r->query_, name, ret_given, ret);
    return E_OK;
}

/* A form with documents: its texts are fields like any, its documents are taken by req_file. */
static enum err read_multipart(struct req *r, struct str type, struct pairs **ret)
{
    struct pairs *all = arena_new(r->c->arena, struct pairs);
    struct multipart *part = arena_array(r->c->arena, struct multipart, MULTIPART_MAX);
    size_t n = 0;
    if (!multipart_read(type, r->body, part, &n))
        return fail(r->c, INVALID_REQUEST, "the body is no form with documents");
    all->pair = arena_array(r->c->arena, struct pair, MULTIPART_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!str_is_text(part[i].name) || (!part[i].is_file && !str_is_text(part[i].body)))
            return fail(r->c, INVALID_REQUEST, "the form is not UTF-8 text");
        for (size_t k = 0; k < all->n; k++)
            if (str_eq(all->pair[k].name, part[i].name))
                return fail(r->c, INVALID_REQUEST, "%.*s is given twice in the form",
                    SARG(str_part(part[i].name, 0, 64)));
        if (!part[i].is_file || part[i].file_name.n > 0 || part[i].body.n > 0)
            all->pair[all->n++] = (struct pair) { part[i].name, part[i].body, &part[i] };
    }
    *ret = all;
    return E_OK;
}

static enum err read_form(struct req *r)
{
    struct str header = req_header(r, S("Content-Type")), type, parameters;
    if (r->form_ != NULL)
        return E_OK;
    str_cut(header, ';', &type, &parameters);
    if (str_eq_nocase(str_trim(type), S("multipart/form-data")))
        return read_multipart(r, header, &r->form_);
    if (r->body.n > 0 && !str_eq_nocase(str_trim(type), S("application/x-www-form-urlencoded")))
        return fail(
            r->c, INVALID_REQUEST, "the body is not a form (application/x-www-form-urlencoded)");
    return read_pairs(r, r->body, "form", &r->form_);
}

enum err req_file(struct req *r, const char *name, bool *ret_given, struct req_file *ret)
{
    TRY(read_form(r));
    *ret_given = false;
    for (size_t i = 0; i < r->form_->n; i++) {
        const struct multipart *p = r->form_->pair[i].part;
        if (p == NULL || !p->is_file || !str_eq(p->name, str_of_c(name)))
            continue;
        *ret_given = true;
        *ret = (struct req_file) { p->file_name, p->body };
    }
    return E_OK;
}

enum err req_form(struct req *r, const char *name, bool *ret_given, struct str *ret)
{
    TRY(read_form(r));
    find_pair(r->form_, name, ret_given, ret);
    return E_OK;
}

enum err req_query_i64(struct req *r, const char *name, int64_t min, int64_t max, int64_t *inout)
{
    bool given = false;
    struct str text = S("");
    int64_t v = 0;
    TRY(req_query(r, name, &given, &text));
    if (!given)
        return E_OK;
    if (!str_to_i64(text, &v) || v < min || v > max)
        return fail(r->c, INVALID_REQUEST, "%s is a whole number from %lld to %lld", name,
            (long long)min, (long long)max);
    *inout = v;
    return E_OK;
}

/* ---- waiting */

enum err req_wait(struct req *r)
{
    int64_t seconds = 0;
    TRY(req_query_i64(r, "wait", 1, WAIT_MAX_S, &seconds));
    if (seconds == 0)
        r->wait.last = true;
    else if (r->wait.until_mono_ms == 0)
        r->wait.until_mono_ms = clock_mono_ms() + seconds * 1000;
    return E_OK;
}

void req_park(struct req *r, struct str topic)
{
    if (r->wait.last) {
        must(r->out.stream); /* which then ends with what it has said */
        return;
    }
    must(r->wait.topic_count < REQ_TOPICS);
    r->wait.topics[r->wait.topic_count++] = str_hash(topic);
    r->out.parked = true;
}

/* ---- pages of lists */

enum {
    PAGE_DEFAULT = 20,
    PAGE_MAX = 100
};

/* A cursor is a row's n, written so that nobody is tempted to compute with it: the client hands
 * it back as it came.  Not a secret, and not trusted: the query it goes into is bound to the
 * caller like any other. */
static const char cursor_digit[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const uint64_t cursor_mask = UINT64_C(0x5b2d7c9e1f3a6480);

struct str page_cursor(struct arena *a, int64_t n)
{
    uint64_t v = (uint64_t)n ^ cursor_mask;
    char text[13];
    for (size_t i = sizeof text; i-- > 0; v >>= 5)
        text[i] = cursor_digit[v & 31];
    return str_copy(a, (struct str) { text, sizeof text });
}

static bool cursor_parse(struct str s, int64_t *ret)
{
    uint64_t v = 0;
    if (s.n != 13)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] == 0 ? NULL : strchr(cursor_digit, s.p[i]);
        if (at == NULL || v >> 59 != 0)
            return false;
        v = v << 5 | (uint64_t)(at - cursor_digit);
    }
    v ^= cursor_mask;
    if (v == 0 || v > (uint64_t)INT64_MAX)
        return false;
    *ret = (int64_t)v;
    return true;
}

enum err req_page(struct req *r, struct page *ret)
{
    struct page page = { .limit = PAGE_DEFAULT };
    bool given = false;
    struct str after = S("");
    TRY(req_query_i64(r, "limit", 1, PAGE_MAX, &page.limit));
    TRY(req_query(r, "after", &given, &after));
    if (given && !cursor_parse(after, &page.after_n))
        return fail(r->c, INVALID_REQUEST, "after is not a cursor that a list has given out");
    *ret = page;
    return E_OK;
}
