#include "base/json.h"

#include <string.h>

/* Reading where the values stand.  The text has passed json_check, so nothing here looks for
 * mistakes; it still never leaves the text, whatever it is given. */

static const char *past_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* p stands on the opening quote. */
static const char *past_string(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\' && p + 1 < end)
            p++;
    }
    return end;
}

static const char *past_nested(const char *p, const char *end)
{
    /* Most bytes are passed over by the first test. */
    enum {
        QUOTE = 2
    };
    static const short steps[256] = {
        ['"'] = QUOTE,
        ['{'] = 1,
        ['['] = 1,
        ['}'] = -1,
        [']'] = -1,
    };
    int depth = 0;
    while (p < end) {
        int step = steps[(unsigned char)*p];
        if (step == QUOTE) {
            p = past_string(p, end);
            continue;
        }
        p++;
        depth += step;
        if (step < 0 && depth == 0)
            return p;
    }
    return end;
}

/* Numbers and words end where nothing of theirs can stand. */
static const char *past_plain(const char *p, const char *end)
{
    while (p < end && memchr(",]} \n\t\r", *p, 7) == NULL)
        p++;
    return p;
}

static enum json_kind kind_of(char first)
{
    switch (first) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    }
    return JSON_NUMBER;
}

/* The value that begins at p, which is before end. */
static struct json_value value_at(const char *p, const char *end)
{
    enum json_kind kind = kind_of(*p);
    const char *past = kind == JSON_STRING          ? past_string(p, end)
        : kind == JSON_OBJECT || kind == JSON_ARRAY ? past_nested(p, end)
                                                    : past_plain(p, end);
    return (struct json_value) { kind, { p, (size_t)(past - p) } };
}

struct json_value json_root(struct str checked_text)
{
    const char *end = checked_text.p + checked_text.n;
    const char *p = past_space(checked_text.p, end);
    if (p == end)
        return (struct json_value) { .kind = JSON_ABSENT };
    /* Nothing but space stands after it: no need to look for its end. */
    while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r')
        end--;
    return (struct json_value) { kind_of(*p), { p, (size_t)(end - p) } };
}

static unsigned hex4(struct str s)
{
    unsigned v = 0;
    for (size_t i = 0; i < 4 && i < s.n; i++) {
        char c = s.p[i];
        v = v * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

static size_t utf8_put(char *ret, unsigned code)
{
    if (code < 0x80) {
        ret[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n - 1; i > 0; i--) {
        ret[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    ret[0] = (char)(lead[n] | code);
    return n;
}

/* Takes what is one byte or one escape from the front of a string's inside, and writes the one to
 * four bytes that it means. */
static size_t unescape_next(struct str *inside, char ret[4])
{
    char c = inside->p[0];
    if (c != '\\' || inside->n < 2) {
        *inside = str_from(*inside, 1);
        ret[0] = c;
        return 1;
    }
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char kind = inside->p[1];
    *inside = str_from(*inside, 2);
    if (kind == 'u') {
        unsigned code = hex4(*inside);
        *inside = str_from(*inside, 4);
        if (code >= 0xd800 && code <= 0xdbff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (hex4(str_from(*inside, 2)) - 0xdc00);
            *inside = str_from(*inside, 6);
        }
        return utf8_put(ret, code);
    }
    const char *hit = memchr(from, kind, sizeof from - 1);
    ret[0] = hit != NULL ? to[hit - from] : kind;
    return 1;
}

static struct str inside_of(struct str quoted)
{
    return quoted.n < 2 ? S("") : str_part(quoted, 1, quoted.n - 2);
}

/* Whether a string, as written with its quotes, means text. */
static bool means(struct str quoted, struct str text)
{
    struct str inside = inside_of(quoted);
    /* No escape is shorter than what it means. */
    if (inside.n < text.n)
        return false;
    while (inside.n > 0 && text.n > 0) {
        char bytes[4];
        size_t n = unescape_next(&inside, bytes);
        if (n > text.n || memcmp(text.p, bytes, n) != 0)
            return false;
        text = str_from(text, n);
    }
    return inside.n == 0 && text.n == 0;
}

static struct str meaning(struct arena *a, struct str quoted)
{
    struct str inside = inside_of(quoted);
    if (memchr(inside.p, '\\', inside.n) == NULL)
        return inside;
    /* No escape means more bytes than it is long. */
    char *p = arena_alloc(a, inside.n + 4);
    size_t n = 0;
    while (inside.n > 0)
        n += unescape_next(&inside, p + n);
    return (struct str) { p, n };
}

struct json_iter json_iter(struct json_value v)
{
    bool is_container = v.kind == JSON_OBJECT || v.kind == JSON_ARRAY;
    return (struct json_iter) {
        .rest = is_container ? inside_of(v.raw) : S(""),
        .is_object = v.kind == JSON_OBJECT,
        .index = -1,
    };
}

bool json_next(struct json_iter *it)
{
    const char *end = it->rest.p + it->rest.n;
    const char *p = past_space(it->rest.p, end);
    if (it->index >= 0 && p < end)
        p = past_space(p + 1, end); /* the comma */
    if (p < end && it->is_object) {
        const char *past = past_string(p, end);
        it->raw_name = (struct str) { p, (size_t)(past - p) };
        p = past_space(past, end);
        if (p < end)
            p = past_space(p + 1, end); /* the colon */
    }
    if (p == end)
        return false;
    it->value = value_at(p, end);
    p += it->value.raw.n;
    it->rest = (struct str) { p, (size_t)(end - p) };
    it->index++;
    return true;
}

struct str json_name(struct arena *a, const struct json_iter *it)
{
    return meaning(a, it->raw_name);
}

struct json_value json_member(struct json_value object, struct str name)
{
    if (object.kind == JSON_OBJECT)
        for (struct json_iter it = json_iter(object); json_next(&it);)
            if (means(it.raw_name, name))
                return it.value;
    return (struct json_value) { .kind = JSON_ABSENT };
}

static struct json_value element(struct json_value array, struct str number)
{
    int64_t index = 0;
    if (str_to_i64(number, &index))
        for (struct json_iter it = json_iter(array); json_next(&it);)
            if (it.index == index)
                return it.value;
    return (struct json_value) { .kind = JSON_ABSENT };
}

struct json_value json_at(struct json_value v, const char *path)
{
    struct str rest = str_of_c(path);
    while (rest.n > 0) {
        struct str step = S("");
        str_cut(rest, '.', &step, &rest);
        v = v.kind == JSON_ARRAY ? element(v, step) : json_member(v, step);
    }
    return v;
}

bool json_to_i64(struct json_value v, int64_t *ret)
{
    return v.kind == JSON_NUMBER && str_to_i64(v.raw, ret);
}

bool json_to_bool(struct json_value v, bool *ret)
{
    if (v.kind != JSON_BOOL)
        return false;
    *ret = str_eq(v.raw, S("true"));
    return true;
}

bool json_to_str(struct arena *a, struct json_value v, struct str *ret)
{
    if (v.kind != JSON_STRING)
        return false;
    *ret = meaning(a, v.raw);
    return true;
}

struct str json_text(struct arena *a, struct json_value v, const char *path)
{
    struct str s = S("");
    json_to_str(a, json_at(v, path), &s);
    return s;
}

bool json_is(struct json_value v, const char *text)
{
    return v.kind == JSON_STRING && means(v.raw, str_of_c(text));
}

struct str json_lexeme(struct json_value v)
{
    return v.kind == JSON_NUMBER ? v.raw : S("");
}
