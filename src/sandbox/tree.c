#include "sandbox/tree.h"

/* ---- making */

struct tree *tree_of(struct arena *a, enum json_kind kind)
{
    struct tree *t = arena_new(a, struct tree);
    *t = (struct tree) { .kind = kind };
    if (kind == JSON_NULL)
        t->text = S("null");
    return t;
}

struct tree *tree_of_str(struct arena *a, struct str text)
{
    struct tree *t = tree_of(a, JSON_STRING);
    t->text = text;
    return t;
}

struct tree *tree_of_i64(struct arena *a, int64_t v)
{
    struct tree *t = tree_of(a, JSON_NUMBER);
    t->text = str_fmt(a, "%lld", (long long)v);
    return t;
}

static struct tree *of_value(struct arena *a, struct json_value v)
{
    struct tree *t = tree_of(a, v.kind);
    t->text = v.raw;
    if (v.kind == JSON_STRING)
        must(json_to_str(a, v, &t->text));
    if (v.kind != JSON_OBJECT && v.kind != JSON_ARRAY)
        return t;
    t->text = S("");
    for (struct json_iter it = json_iter(v); json_next(&it);) {
        struct tree *inner = of_value(a, it.value);
        if (v.kind == JSON_OBJECT)
            inner->name = json_name(a, &it);
        tree_push(t, inner);
    }
    return t;
}

struct tree *tree_parse(struct arena *a, struct str checked_json)
{
    return of_value(a, json_root(checked_json));
}

struct tree *tree_copy(struct arena *a, const struct tree *t)
{
    struct tree *copy = tree_of(a, t->kind);
    copy->name = t->name;
    copy->text = t->text;
    tree_each (inner, t)
        tree_push(copy, tree_copy(a, inner));
    return copy;
}

/* ---- finding */

struct tree *tree_member(const struct tree *t, struct str name)
{
    if (t->kind != JSON_OBJECT)
        return NULL;
    tree_each (inner, t)
        if (str_eq(inner->name, name))
            return inner;
    return NULL;
}

static struct tree *step(const struct tree *t, struct str name)
{
    int64_t index = 0;
    if (t->kind != JSON_ARRAY)
        return tree_member(t, name);
    if (!str_to_i64(name, &index))
        return NULL;
    tree_each (inner, t)
        if (index-- == 0)
            return inner;
    return NULL;
}

struct tree *tree_at(const struct tree *t, const char *path)
{
    struct str rest = str_of_c(path), name;
    struct tree *at = NULL;
    for (bool more = true; more && t != NULL; t = at) {
        more = str_cut(rest, '.', &name, &rest);
        at = step(t, name);
    }
    return at;
}

struct str tree_str(const struct tree *t, const char *path)
{
    const struct tree *at = tree_at(t, path);
    return at != NULL && at->kind == JSON_STRING ? at->text : S("");
}

int64_t tree_i64(const struct tree *t, const char *path)
{
    const struct tree *at = tree_at(t, path);
    int64_t v = 0;
    return at != NULL && at->kind == JSON_NUMBER && str_to_i64(at->text, &v) ? v : 0;
}

bool tree_true(const struct tree *t, const char *path)
{
    const struct tree *at = tree_at(t, path);
    return at != NULL && at->kind == JSON_BOOL && str_eq(at->text, S("true"));
}

bool tree_null(const struct tree *t, const char *path)
{
    const struct tree *at = tree_at(t, path);
    return at == NULL || at->kind == JSON_NULL;
}

size_t tree_count(const struct tree *t)
{
    size_t n = 0;
    tree_each (inner, t)
        n++;
    return n;
}

/* ---- changing */

void tree_push(struct tree *t, struct tree *v)
{
    v->up = t;
    v->next = NULL;
    if (t->last != NULL)
        t->last->next = v;
    else
        t->first = v;
    t->last = v;
}

void tree_become(struct tree *t, const struct tree *v)
{
    t->kind = v->kind;
    t->text = v->text;
    t->first = v->first;
    t->last = v->last;
    tree_each (inner, t)
        inner->up = t;
}

static void replace(struct tree *there, struct tree *v)
{
    struct tree *of = there->up, **at = &of->first;
    while (*at != there)
        at = &(*at)->next;
    v->name = there->name;
    v->up = of;
    v->next = there->next;
    *at = v;
    if (of->last == there)
        of->last = v;
}

void tree_put(struct tree *t, struct str name, struct tree *v)
{
    must(t->kind == JSON_OBJECT);
    struct tree *there = tree_member(t, name);
    if (there != NULL) {
        replace(there, v);
        return;
    }
    v->name = name;
    tree_push(t, v);
}

void tree_set(struct arena *a, struct tree *t, const char *path, struct tree *v)
{
    struct str rest = str_of_c(path), name;
    while (str_cut(rest, '.', &name, &rest)) {
        struct tree *inner = step(t, name);
        if (inner == NULL) {
            inner = tree_of(a, JSON_OBJECT);
            tree_put(t, name, inner);
        } else if (inner->kind != JSON_OBJECT && inner->kind != JSON_ARRAY) {
            struct tree *object = tree_of(a, JSON_OBJECT);
            replace(inner, object);
            inner = object;
        }
        t = inner;
    }
    struct tree *there = step(t, name);
    if (there != NULL)
        replace(there, v);
    else
        tree_put(t, name, v);
}

void tree_set_str(struct arena *a, struct tree *t, const char *path, struct str v)
{
    tree_set(a, t, path, tree_of_str(a, v));
}

void tree_set_str_or_null(struct arena *a, struct tree *t, const char *path, struct str v)
{
    tree_set(a, t, path, v.n > 0 ? tree_of_str(a, v) : tree_of(a, JSON_NULL));
}

void tree_set_i64(struct arena *a, struct tree *t, const char *path, int64_t v)
{
    tree_set(a, t, path, tree_of_i64(a, v));
}

void tree_set_bool(struct arena *a, struct tree *t, const char *path, bool v)
{
    struct tree *truth = tree_of(a, JSON_BOOL);
    truth->text = v ? S("true") : S("false");
    tree_set(a, t, path, truth);
}

void tree_set_null(struct arena *a, struct tree *t, const char *path)
{
    tree_set(a, t, path, tree_of(a, JSON_NULL));
}

void tree_drop(struct tree *t, const char *path)
{
    struct tree *gone = tree_at(t, path);
    if (gone != NULL)
        tree_cut(gone);
}

void tree_cut(struct tree *gone)
{
    struct tree *of = gone->up, *before = NULL;
    tree_each (inner, of)
        if (inner->next == gone)
            before = inner;
    if (before != NULL)
        before->next = gone->next;
    else
        of->first = gone->next;
    if (of->last == gone)
        of->last = before;
}

/* ---- comparing */

bool tree_equal(const struct tree *x, const struct tree *y)
{
    if (x->kind != y->kind || !str_eq(x->text, y->text) || tree_count(x) != tree_count(y))
        return false;
    const struct tree *beside = y->first;
    tree_each (inner, x) {
        const struct tree *other = x->kind == JSON_OBJECT ? tree_member(y, inner->name) : beside;
        if (other == NULL || !tree_equal(inner, other))
            return false;
        beside = beside->next;
    }
    return true;
}

static void keep_as(struct tree *into, struct str name, struct tree *v)
{
    v->name = name;
    tree_push(into, v);
}

struct tree *tree_before(struct arena *a, const struct tree *before, const struct tree *after)
{
    struct tree *was = tree_of(a, JSON_OBJECT);
    tree_each (old, before) {
        const struct tree *now = tree_member(after, old->name);
        if (now != NULL && tree_equal(old, now))
            continue;
        bool inside = now != NULL && old->kind == JSON_OBJECT && now->kind == JSON_OBJECT &&
            !str_eq(tree_str(old, "object"), S("list"));
        keep_as(was, old->name, inside ? tree_before(a, old, now) : tree_copy(a, old));
    }
    tree_each (now, after)
        if (tree_member(before, now->name) == NULL)
            keep_as(was, now->name, tree_of(a, JSON_NULL));
    return was;
}

/* ---- writing */

static void line(struct buf *b, int depth)
{
    if (depth < 0)
        return;
    buf_char(b, '\n');
    for (int i = 0; i < depth; i++)
        buf_add(b, S("  "));
}

/* depth -1: all in one line. */
static void write_tree(struct buf *b, const struct tree *t, int depth)
{
    bool object = t->kind == JSON_OBJECT;
    if (t->kind == JSON_STRING) {
        json_escape(b, t->text);
        return;
    }
    if (!object && t->kind != JSON_ARRAY) {
        buf_add(b, t->text);
        return;
    }
    int inner_depth = depth < 0 ? depth : depth + 1;
    buf_char(b, object ? '{' : '[');
    tree_each (inner, t) {
        if (inner != t->first)
            buf_char(b, ',');
        line(b, inner_depth);
        if (object) {
            json_escape(b, inner->name);
            buf_add(b, depth < 0 ? S(":") : S(": "));
        }
        write_tree(b, inner, inner_depth);
    }
    if (t->first != NULL)
        line(b, depth);
    buf_char(b, object ? '}' : ']');
}

struct str tree_text(struct arena *a, const struct tree *t)
{
    struct buf b = BUF(a);
    write_tree(&b, t, -1);
    return buf_str(&b);
}

struct str tree_pretty(struct arena *a, const struct tree *t)
{
    struct buf b = BUF(a);
    write_tree(&b, t, 0);
    return buf_str(&b);
}
