#include "console/console_page.h"

#include "order/order_part.h"
#include "web/part.h"

/* /admin/orders and the search. */

struct listing {
    struct part_rows rows;
    int64_t limit, shown, last_n;
    bool more;
};

static const struct part_column columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("Gateway"), .number = true, .whole = true },
    { .label = S_INIT("Mail"), .any = true, .full = true },
    { .label = S_INIT("Created"), .whole = true, .full = true, .muted = true },
};

static void write_row(
    struct buf *b, struct part_rows *rows, const struct order *o, struct str gateway)
{
    struct str number = order_number(b->arena, o);
    part_row(rows);
    part_cell(rows);
    html(b, "<a href=\"/admin/orders/", number, "\">", number, "</a>");
    part_cell(rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(rows);
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_cell(rows);
    html(b, gateway);
    part_cell(rows);
    html(b, o->email);
    part_cell(rows);
    part_time_exact(b, o->created_ms);
}

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *l = arg;
    struct attempt *k = NULL;
    size_t n = 0;
    struct str gateway = S("None");
    l->more = l->shown == l->limit;
    if (l->more)
        return E_OK;
    l->shown++;
    l->last_n = o->n;
    TRY(attempts_of(c, o->n, &k, &n));
    if (n > 0)
        gateway = console_gateway_title(k[n - 1].gateway);
    write_row(l->rows.b, &l->rows, o, gateway);
    return E_OK;
}

struct asked {
    struct str status, email;
    struct page page;
};

static void write_tabs(struct buf *b, struct str status)
{
    static const enum order_status shown[] = { ORDER_PENDING, ORDER_PROCESSING, ORDER_COMPLETED,
        ORDER_FAILED, ORDER_EXPIRED, ORDER_CANCELLED, ORDER_REFUNDED, ORDER_DISPUTED,
        ORDER_REVIEW };
    struct part_link links[ARRAY_LEN(shown) + 1] = { { S("/admin/orders"), S("All") } };
    struct str here = links[0].href;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        struct str name = order_status_text(shown[i]);
        links[i + 1] = (struct part_link) {
            str_fmt(b->arena, "/admin/orders?status=%.*s", SARG(name)),
            order_word(shown[i], ORDER_FOR_CONSOLE),
        };
        if (str_eq(name, status))
            here = links[i + 1].href;
    }
    part_tabs(b, S("Orders by status"), links, ARRAY_LEN(links), here);
}

static void write_none(struct buf *b, const struct asked *a)
{
    struct part_empty empty = {
        .icon = ICON_BOX,
        .title = S("No orders yet"),
        .sentence = S("They appear here the moment someone buys."),
        .href = S("/store"),
        .action = S("See the store"),
    };
    if (a->status.n > 0 || a->email.n > 0 || a->page.after_n > 0)
        empty = (struct part_empty) {
            .icon = ICON_SEARCH,
            .title = S("No such orders"),
            .sentence = S("Nothing fits what was asked for."),
            .href = S("/admin/orders"),
            .action = S("Clear filters"),
        };
    part_empty(b, &empty);
}

static struct str query_of(struct arena *a, const struct asked *k)
{
    struct buf q = BUF(a);
    if (k->status.n > 0)
        buf_fmt(&q, "status=%.*s&", SARG(url_encode(a, k->status)));
    if (k->email.n > 0)
        buf_fmt(&q, "email=%.*s&", SARG(url_encode(a, k->email)));
    return buf_str(&q);
}

static enum err write_list(struct req *r, struct buf *b, const struct asked *a, int status)
{
    struct order_filter f = {
        .status = status, .email = a->email, .after_n = a->page.after_n, .limit = a->page.limit + 1
    };
    struct listing l = { .limit = a->page.limit };
    struct buf rows = BUF(b->arena);
    l.rows = part_rows_open(&rows, S("Orders, newest first"), columns, ARRAY_LEN(columns));
    TRY(order_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    if (l.shown == 0) {
        write_none(b, a);
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    struct str query = query_of(r->c->arena, a);
    part_pages(b,
        &(struct part_pages) { .shown = l.shown,
            .older = l.more ? console_older(r, S("/admin/orders"), query, l.last_n) : S(""),
            .newest = a->page.after_n > 0 ? str_fmt(b->arena, "/admin/orders?%.*s", SARG(query))
                                          : S("") });
    return E_OK;
}

static enum err orders(struct req *r)
{
    struct asked a = { .status = S(""), .email = S("") };
    bool given = false;
    enum order_status status = ORDER_PENDING;
    struct buf *b = NULL;
    TRY(req_page(r, &a.page));
    TRY(req_query(r, "email", &given, &a.email));
    TRY(req_query(r, "status", &given, &a.status));
    if (given && !order_status_parse(a.status, &status))
        return fail(r->c, INVALID_REQUEST, "there is no order status \"%.*s\"", SARG(a.status));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Orders"), .here = S("/admin/orders") }, &b));
    html(b, "<h1>Orders</h1>\n");
    write_tabs(b, a.status);
    if (a.email.n > 0)
        html(b, "<p class=\"row\"><span>Of <strong class=\"any\">", a.email,
            "</strong></span><a href=\"/admin/orders\">Clear</a></p>\n");
    TRY(write_list(r, b, &a, given ? (int)status : -1));
    console_close(r);
    return E_OK;
}

/* ---- GET /admin/search?q= */

static enum err search(struct req *r)
{
    struct str words = S("");
    struct console_found found;
    bool given = false;
    struct buf *b = NULL;
    TRY(req_query(r, "q", &given, &words));
    TRY(console_search(r->c, words, &found));
    if (found.href.n > 0 || found.email.n > 0 || str_trim(words).n == 0) {
        answer_redirect(r, 303,
            found.href.n > 0        ? found.href
                : found.email.n > 0 ? str_fmt(r->c->arena, "/admin/orders?email=%.*s",
                                          SARG(url_encode(r->c->arena, found.email)))
                                    : S("/admin/orders"));
        return E_OK;
    }
    TRY(console_open(
        r, &(struct console_head) { .title = S("Search"), .here = S("/admin/orders") }, &b));
    html(b, "<h1>Nothing for “<span class=\"any\">", str_part(words, 0, 200), "</span>”</h1>\n");
    html(b,
        "<p>Tried: order numbers, ids of orders, attempts, payments and webhooks, sessions at the "
        "gateways, mail addresses.</p>\n");
    console_close(r);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/orders", SHAPE_READ, NULL, orders, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: orders by status." },
    { "GET", "/admin/search", SHAPE_READ, NULL, search, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: leads to whatever an id, number or mail belongs to." },
};
const struct routes console_orders_routes = { table, ARRAY_LEN(table) };
