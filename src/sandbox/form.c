#include "sandbox/form.h"

#include "web/web.h"

static bool decode(struct arena *a, struct str raw, struct str *ret)
{
    bool ok = false;
    struct str s = url_decode(a, raw, true, &ok);
    if (!ok || !str_is_text(s))
        return false;
    *ret = s;
    return true;
}

/* "a[b][]" is "a", "b", "". */
static bool split(struct str name, struct str parts[FORM_DEPTH_MAX], size_t *ret_n)
{
    size_t n = 0, at = 0;
    while (at < name.n && name.p[at] != '[' && name.p[at] != ']')
        at++;
    if (at == 0)
        return false;
    parts[n++] = str_part(name, 0, at);
    while (at < name.n) {
        size_t end = at + 1;
        while (end < name.n && name.p[end] != ']' && name.p[end] != '[')
            end++;
        if (n == FORM_DEPTH_MAX || name.p[at] != '[' || end == name.n || name.p[end] != ']')
            return false;
        parts[n++] = str_part(name, at + 1, end - at - 1);
        at = end + 1;
    }
    *ret_n = n;
    return true;
}

/* The element that "[]" means, when `next` is what is asked of it: the last one while it has no
 * such member, else a new one. */
static struct str element(struct arena *a, const struct tree *list, const struct str *next)
{
    const struct tree *last = list->last;
    bool goes_on = next != NULL && next->n > 0 && last != NULL && last->kind == JSON_OBJECT &&
        tree_member(last, *next) == NULL;
    return goes_on ? last->name : str_fmt(a, "%zu", tree_count(list));
}

static bool put(
    struct arena *a, struct tree *at, const struct str *parts, size_t n, struct str value)
{
    for (size_t i = 0; i < n; i++) {
        bool leaf = i + 1 == n;
        struct str name = parts[i].n > 0 ? parts[i] : element(a, at, leaf ? NULL : &parts[i + 1]);
        struct tree *there = tree_member(at, name);
        if (there == NULL) {
            there = leaf ? tree_of_str(a, value) : tree_of(a, JSON_OBJECT);
            tree_put(at, name, there);
        } else if (leaf != (there->kind == JSON_STRING)) {
            return false;
        }
        if (leaf)
            there->text = value;
        at = there;
    }
    return true;
}

/* A name as it may stand in a sentence. */
static struct str shown(struct arena *a, struct str name)
{
    struct str clean = str_clean(a, name, 200);
    struct buf b = BUF(a);
    for (size_t i = 0; i < clean.n; i++)
        buf_char(&b, (unsigned char)clean.p[i] < ' ' ? '?' : clean.p[i]);
    return buf_str(&b);
}

bool form_add(struct arena *a, struct str text, struct tree *into, struct str *ret_why)
{
    struct str one, raw_name, raw_value, name, value, parts[FORM_DEPTH_MAX];
    size_t fields = 0, n = 0;
    for (bool more = text.n > 0; more;) {
        more = str_cut(text, '&', &one, &text);
        if (one.n == 0)
            continue;
        str_cut(one, '=', &raw_name, &raw_value);
        if (++fields > FORM_FIELDS_MAX)
            *ret_why = str_fmt(a, "A request has at most %d parameters.", FORM_FIELDS_MAX);
        else if (!decode(a, raw_name, &name) || !decode(a, raw_value, &value))
            *ret_why = S("Invalid request: parameters are percent-encoded UTF-8.");
        else if (!split(name, parts, &n))
            *ret_why = str_fmt(a, "Invalid parameter name: %.*s", SARG(shown(a, name)));
        else if (!put(a, into, parts, n, value))
            *ret_why = str_fmt(a, "Invalid parameter: %.*s is given as a value and as a group.",
                SARG(shown(a, name)));
        else
            continue;
        return false;
    }
    return true;
}

static void write_name(struct buf *b, const struct tree *t)
{
    if (t->up == NULL)
        return;
    write_name(b, t->up);
    bool inside = b->n > 0;
    buf_add(b, inside ? S("[") : S(""));
    buf_add(b, t->name);
    buf_add(b, inside ? S("]") : S(""));
}

struct str form_name(struct arena *a, const struct tree *t)
{
    struct buf b = BUF(a);
    write_name(&b, t);
    return buf_str(&b);
}
