#include "app/app.h"
#include "app/openapi.h"
#include "app/openapi_page.h"

/* The API, for programs and for people. */

static enum err document(struct req *r)
{
    struct buf b = BUF(r->c->arena);
    openapi_write(r->c->arena, site_of(r->c)->origin, &b);
    answer_header(r, S("Access-Control-Allow-Origin"), S("*"));
    answer_text(r, 200, S("application/json"), buf_str(&b));
    return E_OK;
}

static enum err docs(struct req *r)
{
    openapi_page(r);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/openapi.json", SHAPE_PLAIN, NULL, document, NULL, 0, ALLOW_ANYONE, 0, 0,
        "This description of the API, as OpenAPI 3.1." },
    { "GET", "/docs", SHAPE_PLAIN, NULL, docs, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "The API, for people." },
};
const struct routes openapi_routes = { table, ARRAY_LEN(table) };
