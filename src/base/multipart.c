#include "base/multipart.h"

#include <string.h>

enum {
    BORDER_MAX = 70,
    HEAD_MAX = 2048
};

/* name="…" among the parameters behind a semicolon; no escapes, so no quote inside. */
static bool parameter(struct str rest, struct str name, struct str *ret)
{
    for (bool more = rest.n > 0; more;) {
        struct str one, key, value;
        more = str_cut(rest, ';', &one, &rest);
        if (!str_cut(str_trim(one), '=', &key, &value) || !str_eq_nocase(key, name))
            continue;
        if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
            return false;
        *ret = str_part(value, 1, value.n - 2);
        return true;
    }
    return false;
}

static bool border_of(struct str type, struct str *ret)
{
    struct str media, rest, one, key, border = S("");
    str_cut(type, ';', &media, &rest);
    if (!str_eq_nocase(str_trim(media), S("multipart/form-data")))
        return false;
    if (!parameter(rest, S("boundary"), &border))
        for (bool more = rest.n > 0; more;) {
            more = str_cut(rest, ';', &one, &rest);
            if (str_cut(str_trim(one), '=', &key, &one) && str_eq_nocase(key, S("boundary")))
                border = one;
        }
    for (size_t i = 0; i < border.n; i++)
        if (border.p[i] <= ' ' || border.p[i] > '~' || border.p[i] == '"')
            return false;
    *ret = border;
    return border.n >= 1 && border.n <= BORDER_MAX;
}

static bool find(struct str in, struct str what, size_t *ret)
{
    const char *at = in.n >= what.n ? memmem(in.p, in.n, what.p, what.n) : NULL;
    *ret = at != NULL ? (size_t)(at - in.p) : 0;
    return at != NULL;
}

static bool read_head(struct str head, struct multipart *p)
{
    bool told = false;
    while (head.n > 0) {
        size_t end = 0;
        struct str line, name, value, rest;
        if (!find(head, S("\r\n"), &end))
            return false;
        line = str_part(head, 0, end);
        head = str_from(head, end + 2);
        if (!str_is_utf8(line) || !str_cut(line, ':', &name, &value))
            return false;
        value = str_trim(value);
        if (str_eq_nocase(name, S("Content-Type")))
            p->type = value;
        if (!str_eq_nocase(name, S("Content-Disposition")))
            continue;
        str_cut(value, ';', &value, &rest);
        if (told || !str_eq_nocase(str_trim(value), S("form-data")) ||
            !parameter(rest, S("name"), &p->name))
            return false;
        p->is_file = parameter(rest, S("filename"), &p->file_name);
        told = true;
    }
    return told && p->name.n > 0;
}

bool multipart_read(
    struct str type, struct str body, struct multipart ret[MULTIPART_MAX], size_t *ret_n)
{
    struct str border = S("");
    char line[BORDER_MAX + 4] = "\r\n--";
    size_t n = 0, at = 0;
    if (!border_of(type, &border))
        return false;
    memcpy(line + 4, border.p, border.n);
    const struct str edge = { line, border.n + 4 }, first = str_from(edge, 2);
    if (!str_starts(body, first))
        return false;
    body = str_from(body, first.n);
    while (!str_eq(body, S("--")) && !str_eq(body, S("--\r\n"))) {
        struct multipart p = { .is_file = false };
        if (n == MULTIPART_MAX || !str_starts(body, S("\r\n")))
            return false;
        body = str_from(body, 2);
        if (!find(str_part(body, 0, HEAD_MAX), S("\r\n\r\n"), &at) ||
            !read_head(str_part(body, 0, at + 2), &p))
            return false;
        body = str_from(body, at + 4);
        if (!find(body, edge, &at))
            return false;
        p.body = str_part(body, 0, at);
        body = str_from(body, at + edge.n);
        ret[n++] = p;
    }
    *ret_n = n;
    return true;
}
