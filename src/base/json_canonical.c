#include "base/json.h"

#include <stdlib.h>

/* One spelling for all texts that mean the same: members sorted by name, no white space, strings
 * escaped as we escape them.  Numbers keep their spelling: 1 and 1.0 are different requests. */

struct member {
    struct str name;
    struct json_value value;
};

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return str_cmp(x->name, y->name);
}

static void add(struct arena *a, struct buf *b, struct json_value v);

static void add_object(struct arena *a, struct buf *b, struct json_value object)
{
    size_t n = 0, i = 0;
    for (struct json_iter it = json_iter(object); json_next(&it);)
        n++;
    struct member *members = arena_array(a, struct member, n);
    for (struct json_iter it = json_iter(object); json_next(&it);)
        members[i++] = (struct member) { json_name(a, &it), it.value };
    qsort(members, n, sizeof *members, by_name);
    buf_char(b, '{');
    for (i = 0; i < n; i++) {
        if (i > 0)
            buf_char(b, ',');
        json_escape(b, members[i].name);
        buf_char(b, ':');
        add(a, b, members[i].value);
    }
    buf_char(b, '}');
}

static void add_array(struct arena *a, struct buf *b, struct json_value array)
{
    buf_char(b, '[');
    for (struct json_iter it = json_iter(array); json_next(&it);) {
        if (it.index > 0)
            buf_char(b, ',');
        add(a, b, it.value);
    }
    buf_char(b, ']');
}

/* As deep as the text, which json_check has bounded. */
static void add(struct arena *a, struct buf *b, struct json_value v)
{
    struct str s = S("");
    switch (v.kind) {
    case JSON_OBJECT:
        add_object(a, b, v);
        return;
    case JSON_ARRAY:
        add_array(a, b, v);
        return;
    case JSON_STRING:
        must(json_to_str(a, v, &s));
        json_escape(b, s);
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        buf_add(b, v.raw);
        return;
    case JSON_ABSENT:
        break;
    }
    never("a checked text has a value");
}

enum err json_canonical(struct ctx *c, struct str text, struct str *ret)
{
    TRY(json_check(c, text));
    struct buf b = BUF(c->arena);
    add(c->arena, &b, json_root(text));
    *ret = buf_str(&b);
    return E_OK;
}
