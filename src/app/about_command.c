#include "app/about.h"

#include "app/app.h"
#include "app/openapi.h"
#include "edge/edge.h"

/* What the program says about itself, printed from the tables that it runs on. */

static struct str shape_text(enum shape shape)
{
    switch (shape) {
    case SHAPE_READ:
        return S("read");
    case SHAPE_WRITE:
        return S("write");
    case SHAPE_CALL:
        return S("call");
    case SHAPE_WAIT:
        return S("wait");
    case SHAPE_PLAIN:
        return S("plain");
    }
    never("a route has five shapes");
}

/* Bits and words of who may call. */
static const struct {
    unsigned bit;
    const char *word;
} allow_words[] = {
    { ALLOW_ANYONE, "anyone" },
    { ALLOW_USER, "user" },
    { ALLOW_READONLY, "readonly key" },
    { ALLOW_APP, "app key" },
    { ALLOW_ADMIN, "admin key" },
    { ALLOW_VIEWER, "viewer" },
    { ALLOW_SUPPORT, "support" },
    { ALLOW_FINANCE, "finance" },
    { ALLOW_CONTROL, "control socket" },
};

struct str allow_text(struct arena *a, unsigned allow)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < ARRAY_LEN(allow_words); i++)
        if ((allow & allow_words[i].bit) != 0)
            buf_fmt(&b, "%s%s", b.n > 0 ? ", " : "", allow_words[i].word);
    return buf_str(&b);
}

static void print_route(struct json *j, struct arena *a, const struct route *r)
{
    json_open(j, NULL, '{');
    json_str(j, "method", str_of_c(r->method));
    json_str(j, "path", str_of_c(r->path));
    json_str(j, "shape", shape_text(r->shape));
    json_str(j, "allow", allow_text(a, r->allow));
    json_bool(j, "page", (r->flags & ROUTE_PAGE) != 0);
    json_bool(j, "idempotencyKey", (r->flags & (ROUTE_MONEY | ROUTE_DERIVES)) == ROUTE_MONEY);
    json_str(j, "about", str_of_c(r->about));
    json_close(j, '}');
}

static enum err routes(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    if (args->json)
        json_open(&j, NULL, '[');
    for (size_t l = 0; l < app_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++) {
            const struct route *r = &app_routes[l]->route[i];
            if (args->json)
                print_route(&j, c->arena, r);
            else
                buf_fmt(out, "%-7s %-38s %-6.*s %-28.*s %s\n", r->method, r->path,
                    SARG(shape_text(r->shape)), SARG(allow_text(c->arena, r->allow)), r->about);
        }
    if (args->json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    }
    return E_OK;
}

static enum err errors(struct ctx *c, struct args *args, struct buf *out)
{
    (void)c;
    struct json j = JSON(out);
    if (args->json)
        json_open(&j, NULL, '[');
    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++) {
        const struct code_info *info = code_info((enum code)i);
        if (!args->json) {
            buf_fmt(out, "%d  %-26.*s %.*s\n", info->http, SARG(info->name), SARG(info->meaning));
            continue;
        }
        json_open(&j, NULL, '{');
        json_str(&j, "code", info->name);
        json_i64(&j, "status", info->http);
        json_str(&j, "meaning", info->meaning);
        json_close(&j, '}');
    }
    if (args->json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    }
    return E_OK;
}

static enum err openapi(struct ctx *c, struct args *args, struct buf *out)
{
    (void)args;
    openapi_write(c->arena, S(""), out);
    buf_char(out, '\n');
    return E_OK;
}

static const struct command table[] = {
    { "openapi", "", "", "the API as an OpenAPI 3.1 document", NULL, COMMAND_BARE, 0, openapi },
    { "routes", "[--json]", "", "every address that the server answers, and who may call it", NULL,
        COMMAND_BARE, 0, routes },
    { "errors", "[--json]", "", "every code that an error can carry, and what it means", NULL,
        COMMAND_BARE, 0, errors },
};
const struct commands about_commands = { table, ARRAY_LEN(table) };
