#include "base/json.h"

/* Requests: members of one object into the caller's locals, and nothing else accepted. */

static enum err read_str(
    struct ctx *c, const struct json_field *f, struct json_value v, struct str *ret)
{
    struct str s = S("");
    if (!json_to_str(c->arena, v, &s))
        return fail(c, INVALID_REQUEST, "\"%s\" must be a text in quotes.", f->name);
    if (s.n > f->max)
        return fail(c, INVALID_REQUEST, "\"%s\" is longer than %zu bytes.", f->name, f->max);
    *ret = s;
    return E_OK;
}

static enum err read_currency(
    struct ctx *c, const struct json_field *f, struct json_value v, enum currency *ret)
{
    struct str code = S("");
    if (!json_to_str(c->arena, v, &code) || !currency_parse(code, ret))
        return fail(c, INVALID_REQUEST,
            "\"%s\" must be the code of a currency that is known here, such as \"USD\".", f->name);
    return E_OK;
}

static enum err read_one(struct ctx *c, const struct json_field *f, struct json_value v)
{
    switch (f->type) {
    case J_STR:
        return read_str(c, f, v, f->target);
    case J_I64:
        if (json_to_i64(v, f->target))
            return E_OK;
        return fail(c, INVALID_REQUEST,
            "\"%s\" must be a whole number, written without a point or exponent.", f->name);
    case J_BOOL:
        if (json_to_bool(v, f->target))
            return E_OK;
        return fail(c, INVALID_REQUEST, "\"%s\" must be true or false.", f->name);
    case J_VALUE:
        *(struct json_value *)f->target = v;
        return E_OK;
    case J_CURRENCY:
        return read_currency(c, f, v, f->target);
    case J_END:
        break;
    }
    never("a field has a type");
}

static bool find(const struct json_field *fields, struct str name, size_t *ret)
{
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if (str_eq(str_of_c(fields[i].name), name)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* A stranger's name, short enough for a sentence and cut between characters. */
static struct str clipped(struct str name)
{
    uint32_t point = 0;
    size_t n = 0;
    for (size_t len = 1; len > 0 && n < name.n && n < 60; n += len)
        len = utf8_at(name, n, &point);
    return str_part(name, 0, n);
}

enum err json_read_value(struct ctx *c, struct json_value object, const struct json_field *fields)
{
    if (object.kind != JSON_OBJECT)
        return fail(c, INVALID_REQUEST, "A JSON object is expected.");
    uint64_t seen = 0;
    for (struct json_iter it = json_iter(object); json_next(&it);) {
        struct str name = json_name(c->arena, &it);
        size_t i = 0;
        if (!find(fields, name, &i))
            return fail(
                c, INVALID_REQUEST, "There is no field \"%.*s\" here.", SARG(clipped(name)));
        must(i < 64);
        if (it.value.kind == JSON_NULL && fields[i].optional)
            continue;
        TRY(read_one(c, &fields[i], it.value));
        seen |= UINT64_C(1) << i;
    }
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (!fields[i].optional && (seen >> i & 1) == 0)
            return fail(c, INVALID_REQUEST, "\"%s\" is missing.", fields[i].name);
    return E_OK;
}

enum err json_read(struct ctx *c, struct str text, const struct json_field *fields)
{
    TRY(json_check(c, text));
    return json_read_value(c, json_root(text), fields);
}
