#include "base/json.h"

#include "base/clock.h"

static void begin(struct json *j)
{
    uint64_t bit = UINT64_C(1) << j->depth;
    if (j->comma & bit)
        buf_char(j->b, ',');
    j->comma |= bit;
}

static void begin_named(struct json *j, const char *name)
{
    begin(j);
    if (name == NULL)
        return;
    json_escape(j->b, str_of_c(name));
    buf_char(j->b, ':');
}

void json_open(struct json *j, const char *name, char bracket)
{
    must(bracket == '{' || bracket == '[');
    must(j->depth < 63);
    begin_named(j, name);
    buf_char(j->b, bracket);
    j->depth++;
    j->comma &= ~(UINT64_C(1) << j->depth);
}

void json_close(struct json *j, char bracket)
{
    must(bracket == '}' || bracket == ']');
    must(j->depth > 0);
    j->depth--;
    buf_char(j->b, bracket);
}

void json_str(struct json *j, const char *name, struct str v)
{
    begin_named(j, name);
    json_escape(j->b, v);
}

void json_str_or_null(struct json *j, const char *name, struct str v)
{
    if (v.n == 0)
        json_raw(j, name, S("null"));
    else
        json_str(j, name, v);
}

void json_i64(struct json *j, const char *name, int64_t v)
{
    begin_named(j, name);
    buf_i64(j->b, v);
}

void json_bool(struct json *j, const char *name, bool v)
{
    begin_named(j, name);
    buf_add(j->b, v ? S("true") : S("false"));
}

void json_money(struct json *j, const char *name, struct money v)
{
    json_open(j, name, '{');
    json_i64(j, "amount", v.minor);
    json_str(j, "currency", currency_code(v.cur));
    json_close(j, '}');
}

void json_time(struct json *j, const char *name, int64_t ms)
{
    if (ms == 0)
        json_raw(j, name, S("null"));
    else
        json_str(j, name, time_iso(j->b->arena, ms));
}

void json_raw(struct json *j, const char *name, struct str checked)
{
    must(checked.n > 0);
    begin_named(j, name);
    buf_add(j->b, checked);
}

void json_str_key(struct json *j, struct str name, struct str v)
{
    begin(j);
    json_escape(j->b, name);
    buf_char(j->b, ':');
    json_escape(j->b, v);
}

static void escape_one(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        buf_add(b, S("\\\""));
        return;
    case '\\':
        buf_add(b, S("\\\\"));
        return;
    case '\n':
        buf_add(b, S("\\n"));
        return;
    case '\r':
        buf_add(b, S("\\r"));
        return;
    case '\t':
        buf_add(b, S("\\t"));
        return;
    }
    buf_fmt(b, "\\u%04x", (unsigned)c);
}

/* How many bytes at the start of s can be written as they are. */
static size_t plain_run(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        uint32_t point = 0;
        size_t n = 1;
        if (c >= 0x80)
            n = utf8_at(s, i, &point);
        if (n == 0 || c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            break;
        i += n;
    }
    return i;
}

void json_escape(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (;;) {
        size_t n = plain_run(s);
        buf_add(b, str_part(s, 0, n));
        s = str_from(s, n);
        if (s.n == 0)
            break;
        /* NUL and what is not UTF-8 become the replacement character: whatever the data is, the
         * output is JSON that our own reader takes. */
        unsigned char c = (unsigned char)s.p[0];
        if (c > 0 && c < 0x80)
            escape_one(b, c);
        else
            buf_add(b, S("\ufffd"));
        s = str_from(s, 1);
    }
    buf_char(b, '"');
}
