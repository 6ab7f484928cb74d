#include "app/app.h"
#include "app/openapi.h"
#include "app/openapi_shape.h"
#include "base/test.h"

static bool is_described(const struct route *route)
{
    for (size_t i = 0; i < openapi_row_count; i++)
        if (openapi_rows[i].kind == OPENAPI_CALL && openapi_route(&openapi_rows[i]) == route)
            return true;
    return false;
}

TEST("every route of the API is described, and every description has its route")
{
    struct buf missing = BUF(t->c->arena);
    for (size_t l = 0; l < app_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++) {
            const struct route *route = &app_routes[l]->route[i];
            if (openapi_covers(route) && !is_described(route))
                buf_fmt(&missing, "%s %s\n", route->method, route->path);
        }
    for (size_t i = 0; i < openapi_row_count; i++)
        if (openapi_rows[i].kind == OPENAPI_CALL && openapi_route(&openapi_rows[i]) == NULL)
            buf_fmt(&missing, "%s\n", openapi_rows[i].name);
    EXPECT_STR(buf_str(&missing), S(""));
}

TEST("the description of the API is JSON, and each call has a name of its own")
{
    struct buf b = BUF(t->c->arena);
    openapi_write(t->c->arena, S("https://pay.example.com"), &b);
    EXPECT_OK(json_check(t->c, buf_str(&b)));
    for (size_t i = 0; i < openapi_row_count; i++)
        for (size_t k = i + 1; k < openapi_row_count; k++)
            EXPECT(!str_eq(str_of_c(openapi_rows[i].name), str_of_c(openapi_rows[k].name)));
}

static const char *find(struct str name)
{
    return str_eq(name, S("pair")) ? "one & {b?: int}"
        : str_eq(name, S("one"))   ? "{a: string}"
                                   : NULL;
}

TEST("a shape in words becomes a schema")
{
    static const struct {
        const char *shape;
        struct str schema;
    } cases[] = {
        { "int", S_INIT("{\"type\":\"integer\",\"format\":\"int64\"}") },
        { "any", S_INIT("{}") },
        { "true", S_INIT("{\"const\":true}") },
        { "one", S_INIT("{\"$ref\":\"#/components/schemas/one\"}") },
        { "'a, b'|'c'|null", S_INIT("{\"enum\":[\"a, b\",\"c\",null]}") },
        { "time|null", S_INIT("{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}") },
        { "one|null",
            S_INIT("{\"anyOf\":[{\"$ref\":\"#/components/schemas/one\"},{\"type\":\"null\"}]}") },
        { "map of int|null",
            S_INIT(
                "{\"anyOf\":[{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\","
                "\"format\":\"int64\"}},{\"type\":\"null\"}]}") },
        { "[[bool]]",
            S_INIT("{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":"
                   "{\"type\":\"boolean\"}}}") },
        { "pair & {c: {d: any}}",
            S_INIT("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
                   "\"b\":{\"type\":\"integer\",\"format\":\"int64\"},"
                   "\"c\":{\"type\":\"object\",\"properties\":{\"d\":{}},\"required\":[\"d\"],"
                   "\"additionalProperties\":false}},\"required\":[\"a\",\"c\"],"
                   "\"additionalProperties\":false}") },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF(t->c->arena);
        struct json j = JSON(&b);
        shape_schema(&j, NULL, cases[i].shape, find);
        EXPECT_STR(buf_str(&b), cases[i].schema);
    }
}

TEST("a shape is printed with a line for each member")
{
    struct buf b = BUF(t->c->arena);
    shape_print(&b, "one & {b?: [int], c: 'x'|null}");
    EXPECT_STR(buf_str(&b), S("one & {\n  b?: [int]\n  c: 'x'|null\n}"));
}
