#include "app/openapi.h"

#include "app/app.h"
#include "app/openapi_shape.h"

/* In designated members, because a row has many and each kind fills others. */
#define SECTION(name_, about_) { .kind = OPENAPI_SECTION, .name = #name_, .about = (about_) },
#define CALL(name_, method_, path_, query_, takes_, gives_)                                        \
    { .kind = OPENAPI_CALL,                                                                        \
        .name = #name_,                                                                            \
        .method = (method_),                                                                       \
        .path = (path_),                                                                           \
        .query = (query_),                                                                         \
        .takes = (takes_),                                                                         \
        .gives = (gives_) },
#define SHAPE(name_, about_, shape_)                                                               \
    { .kind = OPENAPI_SHAPE, .name = #name_, .about = (about_), .shape = (shape_) },
const struct openapi_row openapi_rows[] = {
#include "app/openapi.def"
};
#undef SECTION
#undef CALL
#undef SHAPE
const size_t openapi_row_count = ARRAY_LEN(openapi_rows);

const struct route *openapi_route(const struct openapi_row *row)
{
    for (size_t l = 0; l < app_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++) {
            const struct route *route = &app_routes[l]->route[i];
            if (str_eq(str_of_c(route->path), str_of_c(row->path)) &&
                str_eq(str_of_c(route->method), str_of_c(row->method)))
                return route;
        }
    return NULL;
}

bool openapi_covers(const struct route *route)
{
    return str_starts(str_of_c(route->path), S("/api/"));
}

const char *openapi_shape(struct str name)
{
    for (size_t i = 0; i < openapi_row_count; i++)
        if (openapi_rows[i].kind == OPENAPI_SHAPE && str_eq(str_of_c(openapi_rows[i].name), name))
            return openapi_rows[i].shape;
    return NULL;
}

static const char *shape_named(struct str name)
{
    /* Lists that have tables of their own are written from those: write_codes, write_currency. */
    if (str_eq(name, S("code")) || str_eq(name, S("currency")))
        return "string";
    return openapi_shape(name);
}

static void write_about(struct json *j, struct str origin)
{
    json_str(j, "openapi", S("3.1.0"));
    json_open(j, "info", '{');
    json_str(j, "title", S("purser"));
    json_str(j, "version", S(PURSER_VERSION));
    json_str(j, "description",
        S("Payments for an application: checkout, orders, webhooks, and what the console does. "
          "Money is in minor units, times are UTC. Every answer carries Request-Id."));
    json_open(j, "license", '{');
    json_str(j, "name", S("Apache 2.0"));
    json_str(j, "identifier", S("Apache-2.0"));
    json_close(j, '}');
    json_close(j, '}');
    json_open(j, "servers", '[');
    json_open(j, NULL, '{');
    json_str(j, "url", origin.n > 0 ? origin : S("/"));
    json_close(j, '}');
    json_close(j, ']');
    json_open(j, "tags", '[');
    for (size_t i = 0; i < openapi_row_count; i++) {
        if (openapi_rows[i].kind != OPENAPI_SECTION)
            continue;
        json_open(j, NULL, '{');
        json_str(j, "name", str_of_c(openapi_rows[i].name));
        json_str(j, "description", str_of_c(openapi_rows[i].about));
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* Who may call, as what they show. */
static const struct {
    unsigned allow;
    const char *scheme;
    struct str type, scheme_word, format, where, cookie, about;
} doors[] = {
    { ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN, "secretKey", S_INIT("http"), S_INIT("bearer"),
        S_INIT("sk_…"), S_INIT(""), S_INIT(""),
        S_INIT("A secret key of the business: role admin, app or readonly.") },
    { ALLOW_USER, "userToken", S_INIT("http"), S_INIT("bearer"), S_INIT("JWT"), S_INIT(""),
        S_INIT(""),
        S_INIT("A token that the application signs for its user, who sees only their own.") },
    { ALLOW_VIEWER | ALLOW_SUPPORT | ALLOW_FINANCE, "console", S_INIT("apiKey"), S_INIT(""),
        S_INIT(""), S_INIT("cookie"), S_INIT("__Host-purser"),
        S_INIT("A console session whose role allows it.") },
};

static void write_doors(struct json *j)
{
    json_open(j, "securitySchemes", '{');
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        json_open(j, doors[i].scheme, '{');
        json_str(j, "type", doors[i].type);
        if (doors[i].scheme_word.n > 0) {
            json_str(j, "scheme", doors[i].scheme_word);
            json_str(j, "bearerFormat", doors[i].format);
        } else {
            json_str(j, "in", doors[i].where);
            json_str(j, "name", doors[i].cookie);
        }
        json_str(j, "description", doors[i].about);
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void write_security(struct json *j, unsigned allow)
{
    json_open(j, "security", '[');
    if ((allow & ALLOW_ANYONE) != 0) {
        json_open(j, NULL, '{');
        json_close(j, '}');
    }
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        if ((allow & doors[i].allow) == 0 && (allow & ALLOW_ANYONE) == 0)
            continue;
        json_open(j, NULL, '{');
        json_open(j, doors[i].scheme, '[');
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* ---- one call */

static void write_parameter(
    struct json *j, struct str name, const char *in, bool required, const char *shape)
{
    json_open(j, NULL, '{');
    json_str(j, "name", name);
    json_str(j, "in", str_of_c(in));
    json_bool(j, "required", required);
    shape_schema(j, "schema", shape, shape_named);
    json_close(j, '}');
}

static void write_query(struct json *j, const char *query)
{
    for (struct shape_iter it = shape_members(query); shape_next(&it);)
        write_parameter(j, it.at.name, "query", !it.at.optional, str_c(j->b->arena, it.at.shape));
}

static bool is_page(const struct openapi_row *row)
{
    return row->gives != NULL && str_starts(str_of_c(row->gives), S("page of "));
}

static void write_parameters(
    struct json *j, const struct openapi_row *row, const struct route *route)
{
    struct str before, rest = str_of_c(row->path), name;
    json_open(j, "parameters", '[');
    while (str_cut(rest, '{', &before, &rest)) {
        str_cut(rest, '}', &name, &rest);
        write_parameter(j, name, "path", true, "string");
    }
    if (row->query != NULL)
        write_query(j, row->query);
    if (is_page(row))
        write_query(j, "{limit?: int, after?: string}");
    if ((route->flags & ROUTE_MONEY) != 0)
        write_parameter(j, S("Idempotency-Key"), "header",
            (route->flags & (ROUTE_LOOK | ROUTE_DERIVES)) == 0, "string");
    json_close(j, ']');
}

static void write_media(struct json *j, const char *type, const char *shape)
{
    json_open(j, "content", '{');
    json_open(j, type, '{');
    shape_schema(j, "schema", shape, shape_named);
    json_close(j, '}');
    json_close(j, '}');
}

/* "page of order" is a list with a way on; "bare …" stands without the envelope. */
static void write_good(struct json *j, const struct openapi_row *row)
{
    struct arena *a = j->b->arena;
    struct str gives = row->gives != NULL ? str_of_c(row->gives) : S("any");
    if (is_page(row))
        gives = str_fmt(a, "{items: [%s], hasMore: bool, next: string|null}", row->gives + 8);
    json_open(j, "200", '{');
    json_str(j, "description", S("It is so."));
    if (str_eq(gives, S("text")))
        write_media(j, "text/plain", "string");
    else if (str_eq(gives, S("pdf")))
        write_media(j, "application/pdf", "string");
    else if (str_eq(gives, S("stream")))
        write_media(j, "text/event-stream", "string");
    else if (str_starts(gives, S("bare ")))
        write_media(j, "application/json", str_c(a, str_from(gives, 5)));
    else
        write_media(j, "application/json",
            str_c(a, str_fmt(a, "{success: true, data: %.*s}", SARG(gives))));
    json_close(j, '}');
}

static void write_answers(struct json *j, const struct openapi_row *row)
{
    static const char *const bad[] = { "4XX", "5XX" };
    json_open(j, "responses", '{');
    write_good(j, row);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_open(j, bad[i], '{');
        json_str(j, "$ref", S("#/components/responses/Error"));
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void write_call(
    struct json *j, const struct openapi_row *row, const char *section, struct str method)
{
    const struct route *route = openapi_route(row);
    must(route != NULL);
    json_open(j, str_c(j->b->arena, str_lower(j->b->arena, method)), '{');
    json_str(j, "operationId", str_of_c(row->name));
    json_open(j, "tags", '[');
    json_str(j, NULL, str_of_c(section));
    json_close(j, ']');
    json_str(j, "summary", str_of_c(route->about));
    write_security(j, route->allow);
    write_parameters(j, row, route);
    if (row->takes != NULL) {
        json_open(j, "requestBody", '{');
        json_bool(j, "required", true);
        write_media(j, "application/json", row->takes);
        json_close(j, '}');
    }
    write_answers(j, row);
    json_close(j, '}');
}

/* The methods of a path stand together, under its first. */
static bool is_first_of_path(size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (openapi_rows[i].kind == OPENAPI_CALL &&
            str_eq(str_of_c(openapi_rows[i].path), str_of_c(openapi_rows[at].path)))
            return false;
    return true;
}

static void write_path(struct json *j, size_t at)
{
    const char *section = "";
    json_open(j, openapi_rows[at].path, '{');
    for (size_t i = 0; i < openapi_row_count; i++) {
        const struct openapi_row *row = &openapi_rows[i];
        if (row->kind == OPENAPI_SECTION)
            section = row->name;
        else if (row->kind == OPENAPI_CALL &&
            str_eq(str_of_c(row->path), str_of_c(openapi_rows[at].path)))
            write_call(j, row, section, str_of_c(row->method));
    }
    json_close(j, '}');
}

/* ---- what calls refer to */

static void write_error(struct json *j)
{
    json_open(j, "responses", '{');
    json_open(j, "Error", '{');
    json_str(j, "description", S("Nothing was changed, unless the sentence says so."));
    write_media(j, "application/json", "failure");
    json_close(j, '}');
    json_close(j, '}');
}

static void write_codes(struct json *j)
{
    json_open(j, "code", '{');
    json_str(j, "type", S("string"));
    json_str(j, "description", S("What programs branch on."));
    json_open(j, "enum", '[');
    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++)
        json_str(j, NULL, code_info((enum code)i)->name);
    json_close(j, ']');
    json_close(j, '}');
}

static void write_currency(struct json *j)
{
    json_open(j, "currency", '{');
    json_str(j, "type", S("string"));
    json_str(j, "description", S("ISO 4217, in capitals."));
    json_str(j, "pattern", S("^[A-Z]{3}$"));
    json_close(j, '}');
}

static void write_shapes(struct json *j)
{
    json_open(j, "schemas", '{');
    for (size_t i = 0; i < openapi_row_count; i++)
        if (openapi_rows[i].kind == OPENAPI_SHAPE)
            shape_schema(j, openapi_rows[i].name, openapi_rows[i].shape, shape_named);
    write_currency(j);
    write_codes(j);
    json_close(j, '}');
}

void openapi_write(struct arena *a, struct str origin, struct buf *out)
{
    struct json j = JSON(out);
    must(out->arena == a);
    json_open(&j, NULL, '{');
    write_about(&j, origin);
    json_open(&j, "paths", '{');
    for (size_t i = 0; i < openapi_row_count; i++)
        if (openapi_rows[i].kind == OPENAPI_CALL && is_first_of_path(i))
            write_path(&j, i);
    json_close(&j, '}');
    json_open(&j, "components", '{');
    write_shapes(&j);
    write_error(&j);
    write_doors(&j);
    json_close(&j, '}');
    json_close(&j, '}');
}
