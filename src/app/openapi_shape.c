#include "app/openapi_shape.h"

/* What the words mean that are no names of shapes. */
static const struct {
    struct str word, type, format;
} plain[] = {
    { S_INIT("string"), S_INIT("string"), S_INIT("") },
    { S_INIT("int"), S_INIT("integer"), S_INIT("int64") },
    { S_INIT("bool"), S_INIT("boolean"), S_INIT("") },
    { S_INIT("null"), S_INIT("null"), S_INIT("") },
    { S_INIT("time"), S_INIT("string"), S_INIT("date-time") },
};

/* Cuts s at the first `mark` that stands in no bracket and no quote. */
static bool cut(struct str s, char mark, struct str *ret_left, struct str *ret_rest)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (ch == '\'')
            quoted = !quoted;
        if (!quoted && depth == 0 && ch == mark) {
            *ret_left = str_trim(str_part(s, 0, i));
            *ret_rest = str_trim(str_from(s, i + 1));
            return true;
        }
        depth += (ch == '{' || ch == '[') - (ch == '}' || ch == ']');
    }
    *ret_left = str_trim(s);
    *ret_rest = S("");
    return false;
}

static bool is_bracketed(struct str s, char open, char close)
{
    return s.n >= 2 && s.p[0] == open && s.p[s.n - 1] == close;
}

static struct str inside(struct str s)
{
    return str_trim(str_part(s, 1, s.n - 2));
}

static struct shape_iter members_of(struct str shape)
{
    must(is_bracketed(shape, '{', '}'));
    return (struct shape_iter) { .rest = inside(shape) };
}

struct shape_iter shape_members(const char *shape)
{
    return members_of(str_of_c(shape));
}

bool shape_next(struct shape_iter *it)
{
    struct str member;
    if (it->rest.n == 0)
        return false;
    cut(it->rest, ',', &member, &it->rest);
    must(cut(member, ':', &it->at.name, &it->at.shape));
    it->at.optional = str_ends(it->at.name, S("?"));
    if (it->at.optional)
        it->at.name = str_part(it->at.name, 0, it->at.name.n - 1);
    return true;
}

static void write(struct json *j, const char *name, struct str shape, shape_of *named);

static bool write_type(struct json *j, struct str word, bool or_null)
{
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        if (!str_eq(plain[i].word, word))
            continue;
        if (or_null) {
            json_open(j, "type", '[');
            json_str(j, NULL, plain[i].type);
            json_str(j, NULL, S("null"));
            json_close(j, ']');
        } else {
            json_str(j, "type", plain[i].type);
        }
        if (plain[i].format.n > 0)
            json_str(j, "format", plain[i].format);
        return true;
    }
    return false;
}

enum pass {
    PASS_PROPERTIES,
    PASS_REQUIRED
};

/* Both halves of an & name members; a name is looked up and may itself be such a pair. */
static void write_members(struct json *j, struct str shape, shape_of *named, enum pass pass)
{
    struct str left, rest;
    if (cut(shape, '&', &left, &rest)) {
        write_members(j, left, named, pass);
        write_members(j, rest, named, pass);
        return;
    }
    if (!is_bracketed(left, '{', '}')) {
        const char *found = named(left);
        must(found != NULL);
        write_members(j, str_of_c(found), named, pass);
        return;
    }
    for (struct shape_iter it = members_of(left); shape_next(&it);) {
        if (pass == PASS_REQUIRED && !it.at.optional)
            json_str(j, NULL, it.at.name);
        if (pass == PASS_PROPERTIES)
            write(j, str_c(j->b->arena, it.at.name), it.at.shape, named);
    }
}

static void write_object(struct json *j, struct str shape, shape_of *named)
{
    json_str(j, "type", S("object"));
    json_open(j, "properties", '{');
    write_members(j, shape, named, PASS_PROPERTIES);
    json_close(j, '}');
    json_open(j, "required", '[');
    write_members(j, shape, named, PASS_REQUIRED);
    json_close(j, ']');
    json_bool(j, "additionalProperties", false);
}

/* Texts to choose from; null among them is a value like another. */
static void write_choice(struct json *j, struct str shape)
{
    struct str one;
    json_open(j, "enum", '[');
    while (shape.n > 0) {
        cut(shape, '|', &one, &shape);
        if (is_bracketed(one, '\'', '\''))
            json_str(j, NULL, inside(one));
        else
            json_raw(j, NULL, one);
    }
    json_close(j, ']');
}

static void write_one(struct json *j, struct str one, shape_of *named)
{
    struct str left, rest;
    if (cut(one, '&', &left, &rest) || is_bracketed(one, '{', '}')) {
        write_object(j, one, named);
    } else if (str_starts(one, S("map of "))) {
        json_str(j, "type", S("object"));
        write(j, "additionalProperties", str_from(one, S("map of ").n), named);
    } else if (is_bracketed(one, '[', ']')) {
        json_str(j, "type", S("array"));
        write(j, "items", inside(one), named);
    } else if (is_bracketed(one, '\'', '\'')) {
        write_choice(j, one);
    } else if (str_eq(one, S("true")) || str_eq(one, S("false"))) {
        json_raw(j, "const", one);
    } else if (!str_eq(one, S("any")) && !write_type(j, one, false)) {
        must(named(one) != NULL);
        json_str(j, "$ref", str_fmt(j->b->arena, "#/components/schemas/%.*s", SARG(one)));
    }
}

static void write(struct json *j, const char *name, struct str shape, shape_of *named)
{
    struct str first, rest;
    json_open(j, name, '{');
    if (!cut(shape, '|', &first, &rest))
        write_one(j, first, named);
    else if (is_bracketed(first, '\'', '\''))
        write_choice(j, shape);
    else if (!str_eq(rest, S("null")) || !write_type(j, first, true)) {
        json_open(j, "anyOf", '[');
        while (shape.n > 0) {
            cut(shape, '|', &first, &shape);
            write(j, NULL, first, named);
        }
        json_close(j, ']');
    }
    json_close(j, '}');
}

void shape_schema(struct json *j, const char *name, const char *shape, shape_of *named)
{
    write(j, name, str_of_c(shape), named);
}

void shape_print(struct buf *out, const char *shape)
{
    struct str left, rest, text = str_of_c(shape);
    bool both = cut(text, '&', &left, &rest);
    if (!is_bracketed(both ? rest : text, '{', '}')) {
        buf_add(out, text);
        return;
    }
    if (both)
        buf_fmt(out, "%.*s & ", SARG(left));
    buf_fmt(out, "{\n");
    for (struct shape_iter it = members_of(both ? rest : text); shape_next(&it);)
        buf_fmt(out, "  %.*s%s: %.*s\n", SARG(it.at.name), it.at.optional ? "?" : "",
            SARG(it.at.shape));
    buf_char(out, '}');
}
