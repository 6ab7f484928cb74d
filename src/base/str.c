#include "base/str.h"

#include <stdio.h>
#include <string.h>

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (d != 0)
        return d;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str with)
{
    return s.n >= with.n && str_eq(str_part(s, 0, with.n), with);
}

bool str_ends(struct str s, struct str with)
{
    return s.n >= with.n && str_eq(str_from(s, s.n - with.n), with);
}

bool str_has(struct str s, struct str needle)
{
    if (needle.n == 0)
        return true;
    for (size_t i = 0; i + needle.n <= s.n; i++)
        if (memcmp(s.p + i, needle.p, needle.n) == 0)
            return true;
    return false;
}

struct str str_from(struct str s, size_t from)
{
    if (from >= s.n)
        return (struct str) { s.p == NULL ? NULL : s.p + s.n, 0 };
    return (struct str) { s.p + from, s.n - from };
}

struct str str_part(struct str s, size_t from, size_t n)
{
    struct str rest = str_from(s, from);
    return (struct str) { rest.p, rest.n < n ? rest.n : n };
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && blank(s.p[0]))
        s = str_from(s, 1);
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_cut(struct str s, char at, struct str *ret_head, struct str *ret_tail)
{
    const char *hit = s.n == 0 ? NULL : memchr(s.p, at, s.n);
    if (hit == NULL) {
        *ret_head = s;
        *ret_tail = str_from(s, s.n);
        return false;
    }
    size_t i = (size_t)(hit - s.p);
    *ret_head = str_part(s, 0, i);
    *ret_tail = str_from(s, i + 1);
    return true;
}

bool str_to_u64(struct str s, uint64_t *ret_value)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *ret_value = v;
    return true;
}

bool str_to_i64(struct str s, int64_t *ret_value)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    uint64_t u = 0;
    if (!str_to_u64(minus ? str_from(s, 1) : s, &u))
        return false;
    if (u > (uint64_t)INT64_MAX + (minus ? 1u : 0u))
        return false;
    *ret_value = minus ? (int64_t)(0 - u) : (int64_t)u;
    return true;
}

size_t utf8_at(struct str s, size_t at, uint32_t *ret_point)
{
    must(at < s.n);
    const unsigned char *p = (const unsigned char *)s.p + at;
    unsigned char c = p[0];
    size_t len = c < 0x80        ? 1
        : c >= 0xc2 && c <= 0xdf ? 2
        : (c & 0xf0) == 0xe0     ? 3
        : c >= 0xf0 && c <= 0xf4 ? 4
                                 : 0;
    if (len == 0 || len > s.n - at)
        return 0;
    static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t point = c & first_bits[len];
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (p[i] & 0x3f);
    }
    bool overlong = (len == 3 && point < 0x800) || (len == 4 && point < 0x10000);
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (overlong || surrogate || point > 0x10ffff)
        return 0;
    *ret_point = point;
    return len;
}

/* How many bytes from `at` on are printable ASCII, eight at a time: most of all text is.  A byte
 * below 0x20 borrows, one of 0x7f is 0 in the other word, one from 0x80 on has its high bit. */
static size_t plain_run(struct str s, size_t at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    size_t i = at;
    for (; s.n - i >= sizeof ones; i += sizeof ones) {
        uint64_t w;
        memcpy(&w, s.p + i, sizeof w);
        uint64_t del = w ^ ones * 0x7f;
        if (((w | (w - ones * 0x20) | (del - ones)) & high) != 0)
            break;
    }
    return i - at;
}

bool str_is_text(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        i += plain_run(s, i);
        if (i == s.n)
            return true;
        uint32_t point = 0;
        size_t len = utf8_at(s, i, &point);
        if (len == 0 || point == 0x7f)
            return false;
        if (point < 0x20 && point != '\t' && point != '\n' && point != '\r')
            return false;
        i += len;
    }
    return true;
}

struct str str_clean(struct arena *a, struct str s, size_t max)
{
    struct buf b = BUF(a);
    if (s.n <= max && str_is_text(s)) {
        buf_add(&b, s);
        return buf_str(&b);
    }
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t point = 0;
        len = utf8_at(s, i, &point);
        bool text = len > 0 && str_is_text(str_part(s, i, len));
        if (len == 0)
            len = 1;
        if (b.n + (text ? len : 1) > max)
            break;
        buf_add(&b, text ? str_part(s, i, len) : S("?"));
    }
    return buf_str(&b);
}

bool str_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t plain = plain_run(s, i);
        if (plain > 0 || (p[i] > 0 && p[i] < 0x80)) {
            i += plain > 0 ? plain : 1;
            continue;
        }
        uint32_t point = 0;
        size_t len = p[i] == 0 ? 0 : utf8_at(s, i, &point);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

bool str_is_visible(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            return false;
    return true;
}

uint64_t str_hash(struct str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

struct str str_copy(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return (struct str) { p, s.n };
}

struct str str_lower(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = lower(s.p[i]);
    return (struct str) { p, s.n };
}

static char upper(char ch)
{
    return ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
}

struct str str_upper(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = upper(s.p[i]);
    return (struct str) { p, s.n };
}

struct str str_sentence(struct arena *a, struct str s)
{
    return s.n == 0 ? s : str_fmt(a, "%c%.*s", upper(s.p[0]), SARG(str_from(s, 1)));
}

const char *str_c(struct arena *a, struct str s)
{
    return str_copy(a, s).p;
}

struct str str_of_c(const char *c)
{
    return c == NULL ? (struct str) { "", 0 } : (struct str) { c, strlen(c) };
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
    struct buf b = BUF(a);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    return buf_str(&b);
}

char *buf_room(struct buf *b, size_t n)
{
    must(b->max > 0 && n <= b->max && b->n <= b->max - n);
    if (b->cap - b->n < n) {
        size_t cap = b->cap == 0 ? 256 : b->cap * 2;
        if (cap < b->n + n)
            cap = b->n + n;
        b->p = arena_grow(b->arena, b->p, b->cap, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0)
        return;
    memcpy(buf_room(b, s.n), s.p, s.n);
    b->n += s.n;
}

void buf_char(struct buf *b, char c)
{
    *buf_room(b, 1) = c;
    b->n++;
}

void buf_vfmt(struct buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    must(n >= 0);
    char *room = buf_room(b, (size_t)n + 1);
    vsnprintf(room, (size_t)n + 1, fmt, again);
    va_end(again);
    b->n += (size_t)n;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vfmt(b, fmt, args);
    va_end(args);
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--n] = (char)('0' + u % 10);
        u /= 10;
    } while (u != 0);
    if (v < 0)
        buf_char(b, '-');
    buf_add(b, (struct str) { digits + n, sizeof digits - n });
}

struct str buf_str(const struct buf *b)
{
    return (struct str) { b->p == NULL ? "" : b->p, b->n };
}

struct str str_fill(struct arena *a, struct str text, const struct str_pair *pair, size_t n)
{
    struct buf b = BUF(a);
    struct str before, name, rest;
    while (str_cut(text, '{', &before, &rest)) {
        const struct str_pair *found = NULL;
        bool closed = str_cut(rest, '}', &name, &rest);
        for (size_t i = 0; closed && i < n; i++)
            if (str_eq(str_of_c(pair[i].name), name))
                found = &pair[i];
        buf_add(&b, before);
        buf_add(&b, found != NULL ? found->value : str_part(text, before.n, name.n + 2));
        text = rest;
    }
    buf_add(&b, text);
    return buf_str(&b);
}
