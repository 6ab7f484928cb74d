#include "app/openapi_page.h"

#include "app/about.h"
#include "app/openapi.h"
#include "app/openapi_shape.h"

/* A shape with a name is shown with what the name stands for. */
static void write_shape(struct buf *b, struct str id, const char *label, const char *shape)
{
    struct buf text = BUF(b->arena);
    if (shape == NULL)
        return;
    struct str said = str_of_c(shape), name = said;
    if (str_starts(said, S("page of ")))
        name = str_from(said, S("page of ").n);
    const char *found = openapi_shape(name);
    html(b, "<h3>", label);
    if (found != NULL)
        html(b, " ", said);
    html(b, "</h3>");
    shape_print(&text, found != NULL ? found : shape);
    part_box(b, &(struct part_box) { .id = id, .label = str_of_c(label), .text = buf_str(&text) });
}

/* Closed until somebody asks: the page is read as a list first. */
static void write_call(struct buf *b, const struct openapi_row *row)
{
    const struct route *route = openapi_route(row);
    struct arena *a = b->arena;
    html(b, "<details id=\"", row->name, "\"><summary><code>", row->method, " ", row->path,
        "</code></summary><div class=\"stack\"><p>", route->about,
        "</p><p class=\"small muted\">Asked by: ", allow_text(a, route->allow), ".");
    if ((route->flags & (ROUTE_MONEY | ROUTE_DERIVES)) == ROUTE_MONEY)
        html(b, " Needs an <code>Idempotency-Key</code>.");
    html(b, "</p>");
    write_shape(b, str_fmt(a, "%s-query", row->name), "In the query", row->query);
    write_shape(b, str_fmt(a, "%s-takes", row->name), "Takes", row->takes);
    write_shape(b, str_fmt(a, "%s-gives", row->name), "Gives", row->gives);
    html(b, "</div></details>\n");
}

static void write_sections(struct buf *b)
{
    bool open = false;
    for (size_t i = 0; i < openapi_row_count; i++) {
        const struct openapi_row *row = &openapi_rows[i];
        if (row->kind == OPENAPI_SECTION) {
            if (open)
                html(b, "</section>\n");
            open = true;
            html(b, "<section class=\"card stack tight\"><h2>", row->name,
                "</h2><p class=\"muted\">", row->about, "</p>\n");
        } else if (row->kind == OPENAPI_CALL) {
            write_call(b, row);
        }
    }
    html(b, "</section>\n");
}

static void write_shapes(struct buf *b)
{
    html(b,
        "<section class=\"card stack tight\"><h2>Shapes</h2><p class=\"muted\">What the names "
        "above stand for. A member with a question mark may be missing.</p>\n");
    for (size_t i = 0; i < openapi_row_count; i++) {
        const struct openapi_row *row = &openapi_rows[i];
        if (row->kind != OPENAPI_SHAPE)
            continue;
        html(b, "<details id=\"shape-", row->name, "\"><summary><code>", row->name,
            "</code></summary><div class=\"stack\"><p>", row->about, "</p>");
        write_shape(b, str_fmt(b->arena, "shape-%s-box", row->name), "Shape", row->shape);
        html(b, "</div></details>\n");
    }
    html(b, "</section>\n");
}

void openapi_page(struct req *r)
{
    struct buf *b = page_open(r, &(struct page_head) { .title = S("The API") });
    html(b,
        "<div class=\"intro\"><h1>The API</h1><p class=\"lead\">JSON over HTTP. Money is in "
        "minor units with its currency, times are UTC, and a member that we do not know is "
        "refused.</p><p>Every answer is <code>{success: true, data}</code> or "
        "<code>{success: false, error, code, details?, requestId}</code>: "
        "<code>data</code> is what stands under Gives. Lists go on with "
        "<code>?after=</code> and what <code>next</code> said. For programs the same is at "
        "<a href=\"/openapi.json\"><code>/openapi.json</code></a>.</p></div>\n");
    html(b, "<div class=\"stack loose\">\n");
    write_sections(b);
    write_shapes(b);
    html(b, "</div>");
    page_close(r);
}
