#include "base/html.h"

void html_markup(struct buf *b, const char *literal)
{
    buf_add(b, str_of_c(literal));
}

/* What c becomes in text and in double-quoted attributes; empty: itself. */
static struct str escaped(char c)
{
    switch (c) {
    case '&':
        return S("&amp;");
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '"':
        return S("&quot;");
    case '\'':
        return S("&#39;");
    case '\0':
        return S("\ufffd"); /* browsers disagree about it */
    }
    return S("");
}

void html_str(struct buf *b, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        struct str instead = escaped(s.p[i]);
        if (instead.n == 0)
            continue;
        buf_add(b, str_part(s, from, i - from));
        buf_add(b, instead);
        from = i + 1;
    }
    buf_add(b, str_from(s, from));
}

void html_c(struct buf *b, const char *s)
{
    html_str(b, str_of_c(s));
}

void html_i64(struct buf *b, int64_t v)
{
    buf_i64(b, v);
}

void html_u64(struct buf *b, uint64_t v)
{
    buf_fmt(b, "%llu", (unsigned long long)v);
}

void html_money(struct buf *b, struct money m)
{
    html_str(b, money_text(b->arena, m));
}

/* Browsers drop tabs and line ends from addresses and read a backslash as a slash, which would
 * turn a harmless beginning into another site or scheme. */
static bool is_odd(struct str url)
{
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7f || url.p[i] == '\\')
            return true;
    return false;
}

static bool is_harmless(struct str url)
{
    static const struct str schemes[] = { S_INIT("https://"), S_INIT("http://"),
        S_INIT("mailto:") };
    if (url.n == 0 || is_odd(url))
        return false;
    if (url.p[0] == '/')
        return !str_starts(url, S("//"));
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (str_eq_nocase(str_part(url, 0, schemes[i].n), schemes[i]))
            return true;
    return url.p[0] == '#' || url.p[0] == '?';
}

void html_url(struct buf *b, struct str url)
{
    html_str(b, is_harmless(url) ? url : S("#"));
}
