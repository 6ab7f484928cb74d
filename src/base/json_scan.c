#include "base/json.h"

#include <stdlib.h>

/* The validator: every untrusted text passes here once, byte by byte, before a value is read from
 * it.  Time is that of one pass and of sorting the names of each object; an attacker's names are
 * never hashed, so there is nothing to make collide. */
struct scan {
    struct arena *arena;
    struct str text;
    size_t at;
    int depth;
    const char *why; /* what is wrong at `at` */

    /* The names of all open objects, innermost last. */
    struct str *names;
    size_t name_count, name_cap;
};

static bool value(struct scan *s);

static bool bad(struct scan *s, const char *why)
{
    s->why = why;
    return false;
}

/* NUL at the end of the text; a NUL in it is refused wherever it stands. */
static char peek(const struct scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static void skip_space(struct scan *s)
{
    for (char c = peek(s); c == ' ' || c == '\n' || c == '\t' || c == '\r'; c = peek(s))
        s->at++;
}

static bool digits(struct scan *s)
{
    size_t from = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at > from;
}

static bool number(struct scan *s)
{
    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (!digits(s))
        return bad(s, "a digit is expected");
    if (peek(s) == '.') {
        s->at++;
        if (!digits(s))
            return bad(s, "a digit is expected after the point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!digits(s))
            return bad(s, "a digit is expected in the exponent");
    }
    return true;
}

static bool hex4(struct scan *s, unsigned *ret)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        char c = peek(s);
        if (c >= '0' && c <= '9')
            v = v * 16 + (unsigned)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            v = v * 16 + (unsigned)((c | 0x20) - 'a') + 10;
        else
            return bad(s, "four hexadecimal digits are expected");
        s->at++;
    }
    *ret = v;
    return true;
}

/* After "\u". */
static bool unicode_escape(struct scan *s)
{
    unsigned first = 0, second = 0;
    if (!hex4(s, &first))
        return false;
    if (first == 0)
        return bad(s, "the character NUL is not accepted");
    if (first < 0xd800 || first > 0xdfff)
        return true;
    if (first > 0xdbff || !str_starts(str_from(s->text, s->at), S("\\u")))
        return bad(s, "half of a surrogate pair");
    s->at += 2;
    if (!hex4(s, &second))
        return false;
    return (second >= 0xdc00 && second <= 0xdfff) || bad(s, "half of a surrogate pair");
}

static bool escape(struct scan *s)
{
    s->at++;
    switch (peek(s)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        s->at++;
        return true;
    case 'u':
        s->at++;
        return unicode_escape(s);
    }
    return bad(s, "no such escape");
}

static bool string(struct scan *s)
{
    s->at++;
    while (s->at < s->text.n) {
        unsigned char c = (unsigned char)s->text.p[s->at];
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c == '\\') {
            if (!escape(s))
                return false;
        } else if (c < 0x20) {
            return bad(s, "a control character in a string must be escaped");
        } else if (c < 0x80) {
            s->at++;
        } else {
            uint32_t point = 0;
            size_t n = utf8_at(s->text, s->at, &point);
            if (n == 0)
                return bad(s, "not valid UTF-8");
            s->at += n;
        }
    }
    return bad(s, "a string is not closed");
}

static bool word(struct scan *s, struct str is)
{
    if (!str_starts(str_from(s->text, s->at), is))
        return bad(s, "a value is expected");
    s->at += is.n;
    return true;
}

/* Between two members or elements: true after a comma; false at the end, or with s->why set. */
static bool more(struct scan *s, char close)
{
    skip_space(s);
    if (peek(s) == ',') {
        s->at++;
        return true;
    }
    if (peek(s) != close)
        return bad(s, close == '}' ? "a comma or } is expected" : "a comma or ] is expected");
    s->at++;
    return false;
}

static bool array(struct scan *s)
{
    s->at++;
    skip_space(s);
    if (peek(s) == ']') {
        s->at++;
        return true;
    }
    do {
        if (!value(s))
            return false;
    } while (more(s, ']'));
    return s->why == NULL;
}

/* As it is meant, so that "\u0061" and "a" are the same name. */
static struct str name_meant(struct scan *s, struct str raw)
{
    struct str name = S("");
    must(json_to_str(s->arena, (struct json_value) { JSON_STRING, raw }, &name));
    return name;
}

static void keep_name(struct scan *s, struct str name)
{
    if (s->name_count == s->name_cap) {
        size_t cap = s->name_cap == 0 ? 64 : s->name_cap * 2;
        s->names =
            arena_grow(s->arena, s->names, s->name_cap * sizeof *s->names, cap * sizeof *s->names);
        s->name_cap = cap;
    }
    s->names[s->name_count++] = name;
}

/* Any order will do to bring equal names together: length first is the cheapest. */
static int by_length(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return str_cmp(*x, *y);
}

/* Forgets the names from `first` on; false when two were equal. */
static bool names_differ(struct scan *s, size_t first)
{
    struct str *names = s->names + first;
    size_t n = s->name_count - first;
    s->name_count = first;
    qsort(names, n, sizeof *names, by_length);
    for (size_t i = 1; i < n; i++)
        if (str_eq(names[i - 1], names[i]))
            return bad(s, "a name stands twice in the object that ends here");
    return true;
}

static bool member(struct scan *s)
{
    skip_space(s);
    if (peek(s) != '"')
        return bad(s, "a name in quotes is expected");
    size_t from = s->at;
    if (!string(s))
        return false;
    keep_name(s, name_meant(s, str_part(s->text, from, s->at - from)));
    skip_space(s);
    if (peek(s) != ':')
        return bad(s, "a colon is expected");
    s->at++;
    return value(s);
}

static bool object(struct scan *s)
{
    size_t first = s->name_count;
    s->at++;
    skip_space(s);
    if (peek(s) == '}') {
        s->at++;
        return true;
    }
    do {
        if (!member(s))
            return false;
        if (s->name_count - first > JSON_MEMBERS_MAX)
            return bad(s, "the object has too many members");
    } while (more(s, '}'));
    return s->why == NULL && names_differ(s, first);
}

static bool nested(struct scan *s, bool (*scan)(struct scan *))
{
    if (s->depth == JSON_DEPTH_MAX)
        return bad(s, "nested too deeply");
    s->depth++;
    bool ok = scan(s);
    s->depth--;
    return ok;
}

static bool value(struct scan *s)
{
    skip_space(s);
    switch (peek(s)) {
    case '{':
        return nested(s, object);
    case '[':
        return nested(s, array);
    case '"':
        return string(s);
    case 't':
        return word(s, S("true"));
    case 'f':
        return word(s, S("false"));
    case 'n':
        return word(s, S("null"));
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return number(s);
    }
    return bad(s, "a value is expected");
}

static bool whole(struct scan *s)
{
    if (!value(s))
        return false;
    skip_space(s);
    return s->at == s->text.n || bad(s, "something stands after the value");
}

enum err json_check(struct ctx *c, struct str text)
{
    struct scan s = { .arena = c->arena, .text = text };
    if (whole(&s))
        return E_OK;
    int64_t line = 1, column = 1;
    for (size_t i = 0; i < s.at; i++) {
        column++;
        if (text.p[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return fail(c, INVALID_REQUEST, "This is not valid JSON, line %lld, column %lld: %s.",
        (long long)line, (long long)column, s.why);
}
