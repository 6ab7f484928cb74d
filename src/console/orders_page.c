#include "console/period_page.h"
#include "console/sheet_page.h"
#include "customer/customer.h"

#include "order/order_part.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/orders and the search. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static const struct part_column columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("Gateway"), .number = true, .whole = true },
    { .label = S_INIT("Mail"), .any = true, .full = true },
    { .label = S_INIT("Created"), .full = true, .muted = true },
};

static void write_row(
    struct buf *b, struct part_rows *rows, const struct order *o, struct str gateway)
{
    struct str number = order_number(b->arena, o);
    part_row(rows);
    part_cell(rows);
    console_order_link(b, number);
    part_cell(rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(rows);
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_cell(rows);
    html(b, gateway);
    part_cell(rows);
    part_mail(b, o->email);
    part_cell(rows);
    part_time_exact(b, o->created_ms);
}

static enum err gateway_of(struct ctx *c, const struct order *o, struct str *ret)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(attempts_of(c, o->n, &k, &n));
    *ret = n > 0 ? console_gateway_title(k[n - 1].gateway) : S("None");
    return E_OK;
}

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *l = arg;
    struct str gateway;
    if (!list_room(&l->list, o->n))
        return E_OK;
    TRY(gateway_of(c, o, &gateway));
    write_row(l->rows.b, &l->rows, o, gateway);
    return E_OK;
}

/* ---- what was asked for */

struct asked {
    struct order_filter filter;
    struct str status, email, total, customer;
    struct console_period period;
};

static enum err read_asked(struct req *r, struct asked *a)
{
    enum order_status status;
    bool given = false;
    *a = (struct asked) { .filter = { .status = -1 } };
    TRY(req_query(r, "status", &given, &a->status));
    if (a->status.n > 0) {
        if (!order_status_parse(a->status, &status))
            return fail(r->c, INVALID_REQUEST, "there is no such order status");
        a->filter.status = (int)status;
    }
    TRY(req_query(r, "email", &given, &a->email));
    TRY(req_query(r, "total", &given, &a->total));
    TRY(req_query(r, "customer", &given, &a->customer));
    a->email = str_trim(a->email);
    a->total = str_trim(a->total);
    a->filter.email = str_lower(r->c->arena, a->email);
    TRY(console_period(r, &a->period));
    a->filter.from_ms = a->period.from_ms;
    a->filter.to_ms = a->period.to_ms;
    return E_OK;
}

/* What the store knows of it; in a snapshot. */
static enum err find_asked(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    struct customer who;
    bool found = false;
    if (a->total.n > 0)
        TRY(console_amount(c, a->total, &a->filter.total));
    if (a->customer.n == 0)
        return E_OK;
    TRY(customer_find(c, a->customer, &found, &who));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such customer");
    a->filter.customer_n = who.n;
    return E_OK;
}

static struct str query_of(
    struct arena *a, const struct asked *k, struct str status, bool with_period)
{
    struct buf q = BUF(a);
    if (status.n > 0)
        buf_fmt(&q, "status=%.*s&", SARG(url_encode(a, status)));
    if (k->email.n > 0)
        buf_fmt(&q, "email=%.*s&", SARG(url_encode(a, k->email)));
    if (k->total.n > 0)
        buf_fmt(&q, "total=%.*s&", SARG(url_encode(a, k->total)));
    if (k->customer.n > 0)
        buf_fmt(&q, "customer=%.*s&", SARG(url_encode(a, k->customer)));
    if (with_period)
        buf_add(&q, console_period_query(a, &k->period));
    return buf_str(&q);
}

/* ---- the page */

static void write_tabs(struct buf *b, const struct asked *a)
{
    static const enum order_status shown[] = { ORDER_PENDING, ORDER_PROCESSING, ORDER_COMPLETED,
        ORDER_FAILED, ORDER_EXPIRED, ORDER_CANCELLED, ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED,
        ORDER_DISPUTED, ORDER_REVIEW };
    struct part_link links[ARRAY_LEN(shown) + 1] = {
        { str_fmt(b->arena, "/admin/orders?%.*s", SARG(query_of(b->arena, a, S(""), true))),
            S("All") }
    };
    struct str here = links[0].href;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        struct str name = order_status_text(shown[i]);
        links[i + 1] = (struct part_link) {
            str_fmt(b->arena, "/admin/orders?%.*s", SARG(query_of(b->arena, a, name, true))),
            order_word(shown[i], ORDER_FOR_CONSOLE),
        };
        if (str_eq(name, a->status))
            here = links[i + 1].href;
    }
    part_tabs(b, S("Orders by status"), links, ARRAY_LEN(links), here);
}

static void write_filters(struct buf *b, const struct asked *a)
{
    bool open = a->email.n + a->total.n > 0;
    html(b, "<details", open ? S(" open") : S(""),
        "><summary>Filters</summary><form class=\"row ends\" action=\"/admin/orders\">");
    struct asked rest = *a;
    rest.email = rest.total = S("");
    console_hidden(b, query_of(b->arena, &rest, a->status, true));
    part_field(b,
        &(struct part_field) {
            .name = S("email"), .label = S("Mail"), .value = a->email, .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("total"),
            .label = S("Total"),
            .hint = S("Such as 25.69 USD"),
            .value = a->total,
            .optional = true });
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Show") });
    if (open)
        part_button(b,
            &(struct part_button) {
                .kind = BUTTON_PLAIN, .words = S("Clear filters"), .href = S("/admin/orders") });
    html(b, "</form></details>\n");
}

static void write_none(struct buf *b, const struct asked *a, int64_t after_n)
{
    struct part_empty empty = {
        .icon = ICON_BOX,
        .title = S("No orders yet"),
        .sentence = S("They appear here the moment someone buys."),
        .href = S("/store"),
        .action = S("See the store"),
    };
    if (after_n > 0 || query_of(b->arena, a, a->status, true).n > 0)
        empty = (struct part_empty) {
            .icon = ICON_SEARCH,
            .title = S("No such orders"),
            .sentence = S("Nothing fits what was asked for."),
            .href = S("/admin/orders"),
            .action = S("Clear filters"),
        };
    part_empty(b, &empty);
}

static enum err write_list(struct req *r, struct buf *b, struct asked *a)
{
    struct listing l = { 0 };
    int64_t below = 0;
    TRY(req_page(r, &l.list.page));
    struct buf rows = BUF(b->arena);
    struct str query = query_of(b->arena, a, a->status, true);
    a->filter.after_n = l.list.page.after_n;
    a->filter.limit = list_want(&l.list);
    l.rows = part_rows_open(&rows, S("Orders, newest first"), columns, ARRAY_LEN(columns));
    TRY(order_search(r->c, &a->filter, one, &l, &below));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        write_none(b, a, l.list.page.after_n);
        console_further(r, b, ORDER_LOOK, S("/admin/orders"), query, below);
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    part_pages(b,
        &(struct part_pages) { .shown = l.list.shown,
            .older = console_older(r, S("/admin/orders"), query, &l.list),
            .newest = l.list.page.after_n > 0 ? str_fmt(b->arena, "/admin/orders?%.*s", SARG(query))
                                              : S("") });
    if (!l.list.more)
        console_further(r, b, ORDER_LOOK, S("/admin/orders"), query, below);
    return E_OK;
}

static enum err orders(struct req *r)
{
    struct asked a;
    struct buf *b = NULL;
    TRY(read_asked(r, &a));
    TRY(find_asked(r->c, &a));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Orders"), .here = S("/admin/orders") }, &b));
    html(b, "<div class=\"row apart\"><h1>Orders</h1>");
    console_csv_link(b, S("/admin/csv/orders"), query_of(b->arena, &a, a.status, true));
    html(b, "</div>\n");
    html(b, "<div class=\"stack tight\">\n");
    write_tabs(b, &a);
    console_period_part(b, &a.period, S("/admin/orders"), query_of(b->arena, &a, a.status, false));
    write_filters(b, &a);
    html(b, "</div>\n");
    if (a.customer.n > 0)
        html(b, "<p class=\"row\"><span>Of the customer <strong class=\"any\">", a.customer,
            "</strong>.</span> <a href=\"/admin/orders\">Everybody’s</a></p>\n");
    TRY(write_list(r, b, &a));
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct order *o, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    struct str gateway;
    TRY(gateway_of(c, o, &gateway));
    sheet_row(sheet, o->n);
    csv_str(csv, order_number(c->arena, o));
    csv_str(csv, order_id(c->arena, o));
    csv_str(csv, order_status_text(o->status));
    csv_time(csv, o->created_ms);
    csv_time(csv, o->completed_ms);
    csv_str(csv, currency_code(o->currency));
    const int64_t figures[] = { o->subtotal_minor, o->discount_minor, o->tax_minor, o->total_minor,
        o->refunded_minor };
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        csv_money(csv, (struct money) { figures[i], o->currency });
    csv_str(csv, o->coupon);
    csv_str(csv, o->country);
    csv_str(csv, o->email);
    csv_str(csv, gateway);
    csv_str(csv, o->reason);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    const struct asked *a = sheet->filter;
    struct order_filter f = a->filter;
    int64_t below = 0;
    f.after_n = sheet->after;
    /* A search by total goes on where it stopped looking. */
    do {
        f.limit = (int64_t)(SHEET_PIECE - sheet->in_piece);
        TRY(order_search(c, &f, csv_row, sheet, &below));
        f.after_n = below;
    } while (below > 0 && sheet->in_piece < SHEET_PIECE);
    return E_OK;
}

static enum err orders_csv(struct req *r)
{
    static const struct str columns_of_file[] = { S_INIT("order"), S_INIT("id"), S_INIT("status"),
        S_INIT("created"), S_INIT("completed"), S_INIT("currency"), S_INIT("subtotal"),
        S_INIT("discount"), S_INIT("tax"), S_INIT("total"), S_INIT("refunded"), S_INIT("coupon"),
        S_INIT("country"), S_INIT("email"), S_INIT("gateway"), S_INIT("reason") };
    struct asked a;
    TRY(read_asked(r, &a));
    TRY(console_read(r->c, find_asked, &a));
    return console_sheet(r,
        &(struct sheet_kind) {
            S("orders"), columns_of_file, ARRAY_LEN(columns_of_file), csv_piece },
        &a);
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
    if (found.n == 1 || str_trim(words).n == 0) {
        answer_redirect(r, 303, found.n == 1 ? found.hit[0].href : S("/admin/orders"));
        return E_OK;
    }
    TRY(console_open(
        r, &(struct console_head) { .title = S("Search"), .here = S("/admin/orders") }, &b));
    html(b, "<h1>", found.n == 0 ? S("Nothing for") : S("Several things for"),
        " “<span class=\"any\">", str_part(words, 0, 200), "</span>”</h1>\n");
    if (found.n == 0) {
        html(b,
            "<p>Tried: order numbers, ids of orders, attempts, payments, webhooks, customers, mails, "
            "jobs and records, sessions at the gateways, mail addresses, totals such as 25.69 USD.</p>\n");
    } else {
        html(b, "<ul class=\"links card\">");
        for (size_t i = 0; i < found.n; i++) {
            html(b, "<li><a href=\"");
            html_url(b, found.hit[i].href);
            html(b, "\">", found.hit[i].words, "</a></li>");
        }
        html(b, "</ul>\n");
    }
    console_close(r);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/orders", SHAPE_READ, NULL, orders, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: orders by status." },
    { "GET", "/admin/csv/orders", SHAPE_CALL, NULL, orders_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: orders as a file." },
    { "GET", "/admin/search", SHAPE_READ, NULL, search, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: leads to whatever an id, number or mail belongs to." },
};
const struct routes console_orders_routes = { table, ARRAY_LEN(table) };
