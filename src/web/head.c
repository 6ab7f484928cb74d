#include "web/head.h"

#include <string.h>

/* What may stand in names (RFC 9110 "tchar"): 1.  Letters, digits and some marks. */
static const unsigned char token_char[256] = {
    ['!'] = 1,
    ['#'] = 1,
    ['$'] = 1,
    ['%'] = 1,
    ['&'] = 1,
    ['\''] = 1,
    ['*'] = 1,
    ['+'] = 1,
    ['-'] = 1,
    ['.'] = 1,
    ['^'] = 1,
    ['_'] = 1,
    ['`'] = 1,
    ['|'] = 1,
    ['~'] = 1,
    ['0' ... '9'] = 1,
    ['A' ... 'Z'] = 1,
    ['a' ... 'z'] = 1,
};

/* What may stand in a line at all: no control byte but the tab. */
static const unsigned char line_char[256] = {
    ['\t'] = 1,
    [0x20 ... 0x7e] = 1,
    [0x80 ... 0xff] = 1,
};

static bool refuse(struct refusal *why, int status, const char *sentence)
{
    *why = (struct refusal) { status, sentence };
    return false;
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (token_char[(unsigned char)s.p[i]] == 0)
            return false;
    return s.n > 0;
}

/* One pass over the new bytes: every line ends in CRLF and holds no other control byte, no line
 * begins with a space, all limits hold.  False: refused, or (*ret_n == 0) not whole yet. */
static bool scan_lines(struct head_scan *scan, struct str bytes, size_t *ret_n, struct refusal *why)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t i = scan->at;
    for (;;) {
        while (i < bytes.n && line_char[p[i]] != 0)
            i++;
        scan->at = i;
        if (scan->lines == 0 && i - scan->line > HEAD_LINE_MAX)
            return refuse(why, 414, "the request line is longer than 8 KiB");
        if (i >= HEAD_MAX)
            return refuse(why, 431, "the head is longer than 32 KiB");
        if (i == bytes.n)
            return true;
        if (p[i] != '\r')
            return refuse(why, 400, "a control character, or a line that does not end in CRLF");
        if (i + 1 == bytes.n)
            return true;
        if (p[i + 1] != '\n')
            return refuse(why, 400, "a carriage return that does not end a line");
        if (i == scan->line && scan->lines == 0)
            return refuse(why, 400, "an empty line where the request line belongs");
        if (i == scan->line) {
            *ret_n = i + 2;
            return i + 2 <= HEAD_MAX || refuse(why, 431, "the head is longer than 32 KiB");
        }
        if (p[scan->line] == ' ' || p[scan->line] == '\t')
            return refuse(why, 400, "a line that begins with a space");
        scan->lines++;
        if (scan->lines > HEAD_HEADERS_MAX + 1)
            return refuse(why, 431, "more than 100 headers");
        i += 2;
        scan->line = i;
    }
}

static bool known_method(struct str m)
{
    static const struct str known[] = { S_INIT("GET"), S_INIT("POST"), S_INIT("HEAD"),
        S_INIT("PUT"), S_INIT("DELETE"), S_INIT("PATCH"), S_INIT("OPTIONS") };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(m, known[i]))
            return true;
    return false;
}

static bool request_line(struct str line, struct head *h, struct refusal *why)
{
    struct str rest, version;
    if (!str_cut(line, ' ', &h->method, &rest) || !str_cut(rest, ' ', &h->target, &version))
        return refuse(why, 400, "the first line is not METHOD TARGET HTTP/1.1");
    if (str_eq(version, S("HTTP/1.1")))
        h->minor = 1;
    else if (str_eq(version, S("HTTP/1.0")))
        h->minor = 0;
    else
        return refuse(why, 400, "the first line does not end in HTTP/1.0 or HTTP/1.1");
    if (!is_token(h->method))
        return refuse(why, 400, "the method is not a word");
    if (!known_method(h->method))
        return refuse(why, 405, "this method is not served here");
    if (!str_starts(h->target, S("/")))
        return refuse(why, 400, "the target does not begin with a slash");
    for (size_t i = 0; i < h->target.n; i++) {
        unsigned char c = (unsigned char)h->target.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return refuse(why, 400, "the target holds a character that must be percent-encoded");
    }
    return true;
}

/* A name or address and perhaps a port: letters, digits, "-._~:[]" and no user. */
static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && memchr("-._~:[]", c, 7) == NULL)
            return false;
    }
    return s.n > 0;
}

static void connection_words(struct str value, bool *close, bool *keep)
{
    struct str word;
    for (bool more = true; more;) {
        more = str_cut(value, ',', &word, &value);
        word = str_trim(word);
        *close = *close || str_eq_nocase(word, S("close"));
        *keep = *keep || str_eq_nocase(word, S("keep-alive"));
    }
}

/* What a head says about its body and its connection, gathered header by header. */
struct framing {
    int hosts, lengths, encodings, once;
    bool close, keep;
};

static bool content_length(struct str value, struct head *h, struct refusal *why)
{
    uint64_t n = 0;
    if (value.n == 0 || value.n > 18 || !str_to_u64(value, &n))
        return refuse(why, 400, "Content-Length is not a number");
    h->has_length = true;
    h->content_length = (int64_t)n;
    return true;
}

/* Headers that mean one thing and therefore come once: a second one would be read by one program
 * and ignored by another. */
static int once_bit(struct str name)
{
    static const struct str once[] = { S_INIT("authorization"), S_INIT("content-type"),
        S_INIT("idempotency-key"), S_INIT("origin"), S_INIT("expect"), S_INIT("range"),
        S_INIT("if-range"), S_INIT("last-event-id"), S_INIT("sec-fetch-site"),
        S_INIT("content-encoding") };
    for (size_t i = 0; i < ARRAY_LEN(once); i++)
        if (str_eq_nocase(name, once[i]))
            return 1 << i;
    return 0;
}

/* Tabs around a value are white space to one program and part of it to another. */
static bool tab_beside(struct str value)
{
    const char *before = value.p - 1, *after = value.p + value.n;
    while (*before == ' ')
        before--;
    while (*after == ' ')
        after++;
    return *before == '\t' || *after == '\t';
}

static bool header_meaning(
    const struct header *f, struct head *h, struct framing *framing, struct refusal *why)
{
    bool frames = str_eq_nocase(f->name, S("content-length")) ||
        str_eq_nocase(f->name, S("transfer-encoding"));
    if (frames && tab_beside(f->value))
        return refuse(why, 400, "a tab beside what says where the body ends");
    if (str_eq_nocase(f->name, S("host"))) {
        if (framing->hosts++ > 0)
            return refuse(why, 400, "more than one Host");
        return is_host(f->value) || refuse(why, 400, "Host is not a name and a port");
    }
    if (str_eq_nocase(f->name, S("content-length"))) {
        if (framing->lengths++ > 0)
            return refuse(why, 400, "more than one Content-Length");
        return content_length(f->value, h, why);
    }
    if (str_eq_nocase(f->name, S("transfer-encoding"))) {
        if (framing->encodings++ > 0)
            return refuse(why, 400, "more than one Transfer-Encoding");
        h->chunked = true;
        return str_eq_nocase(f->value, S("chunked")) ||
            refuse(why, 400, "Transfer-Encoding is something else than chunked");
    }
    if (str_eq_nocase(f->name, S("connection"))) {
        connection_words(f->value, &framing->close, &framing->keep);
        return true;
    }
    if (str_eq_nocase(f->name, S("upgrade")))
        return refuse(why, 400, "there is nothing here to upgrade to");
    if (str_eq_nocase(f->name, S("expect"))) {
        h->expect_continue = true;
        if (!str_eq_nocase(f->value, S("100-continue")))
            return refuse(why, 417, "Expect is something else than 100-continue");
    }
    int bit = once_bit(f->name);
    if ((framing->once & bit) != 0)
        return refuse(why, 400, "a header that may come once came twice");
    framing->once |= bit;
    return true;
}

static bool header_line(struct str line, struct header *ret, struct refusal *why)
{
    if (!str_cut(line, ':', &ret->name, &ret->value))
        return refuse(why, 400, "a header without a colon");
    if (!is_token(ret->name))
        return refuse(why, 400, "a header's name is empty or holds a character it may not");
    ret->value = str_trim(ret->value);
    return true;
}

static bool whole_is_clear(struct head *h, const struct framing *framing, struct refusal *why)
{
    if (framing->hosts == 0)
        return refuse(why, 400, "no Host");
    if (h->chunked && h->has_length)
        return refuse(why, 400, "both Content-Length and Transfer-Encoding");
    if (h->chunked && h->minor == 0)
        return refuse(why, 400, "Transfer-Encoding in HTTP/1.0");
    h->keep_alive = !framing->close && (h->minor == 1 || framing->keep);
    /* 1.0 knows no interim answers. */
    h->expect_continue = h->expect_continue && h->minor == 1;
    return true;
}

static struct str next_line(struct str bytes, size_t *at)
{
    struct str rest = str_from(bytes, *at);
    const char *end = memchr(rest.p, '\r', rest.n);
    must(end != NULL);
    rest.n = (size_t)(end - rest.p);
    *at += rest.n + 2;
    return rest;
}

enum head_verdict head_check(
    struct head_scan *scan, struct str bytes, struct head *ret, struct refusal *why)
{
    size_t n = 0;
    if (!scan_lines(scan, bytes, &n, why))
        return HEAD_REFUSED;
    if (n == 0)
        return HEAD_MORE;
    struct framing framing = { 0 };
    size_t at = 0;
    ret->n = n;
    ret->header_count = 0;
    ret->chunked = ret->has_length = ret->expect_continue = ret->keep_alive = false;
    ret->content_length = 0;
    if (!request_line(next_line(bytes, &at), ret, why))
        return HEAD_REFUSED;
    while (at < n - 2) {
        must(ret->header_count < HEAD_HEADERS_MAX);
        struct header *f = &ret->headers[ret->header_count++];
        if (!header_line(next_line(bytes, &at), f, why) || !header_meaning(f, ret, &framing, why))
            return HEAD_REFUSED;
    }
    return whole_is_clear(ret, &framing, why) ? HEAD_WHOLE : HEAD_REFUSED;
}
