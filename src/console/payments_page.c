#include "console/period_page.h"
#include "console/sheet_page.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/payments: what gateways captured. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static const struct part_column columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Amount"), .number = true, .whole = true },
    { .label = S_INIT("State") },
    { .label = S_INIT("Gateway"), .number = true, .whole = true },
    { .label = S_INIT("Paid with"), .full = true },
    { .label = S_INIT("Captured"), .full = true, .muted = true },
};

/* A row from what was looked up. */
static void write_row(struct ctx *c, struct listing *l, const struct attempt *k, struct str number)
{
    struct buf *b = l->rows.b;
    part_row(&l->rows);
    part_cell(&l->rows);
    console_order_link(b, number);
    part_cell(&l->rows);
    part_money(b, k->amount);
    part_cell(&l->rows);
    console_attempt_badge(b, k);
    part_cell(&l->rows);
    html(b, console_gateway_title(k->gateway));
    part_cell(&l->rows);
    html(b, attempt_method_words(c->arena, k));
    if (k->refunded_minor > 0) {
        html(b, ", given back ");
        part_money(b, (struct money) { k->refunded_minor, k->amount.cur });
    }
    part_cell(&l->rows);
    part_time_exact(b, k->captured_ms);
}

static enum err one(struct ctx *c, const struct attempt *k, void *arg)
{
    struct listing *l = arg;
    struct order o;
    if (!list_room(&l->list, k->n))
        return E_OK;
    TRY(order_by_n(c, k->order_n, &o));
    write_row(c, l, k, order_number(c->arena, &o));
    return E_OK;
}

static enum err read_asked(struct req *r, struct console_period *period, struct attempt_filter *ret)
{
    TRY(console_period(r, period));
    *ret =
        (struct attempt_filter) { .begun_from_ms = period->from_ms, .begun_to_ms = period->to_ms };
    return E_OK;
}

static void write_none(struct buf *b, bool filtered)
{
    part_empty(b,
        &(struct part_empty) { .icon = filtered ? ICON_SEARCH : ICON_BOX,
            .title = filtered ? S("No such payments") : S("No payments yet"),
            .sentence = filtered ? S("Nothing fits what was asked for.")
                                 : S("They appear here when a gateway holds the money."),
            .href = filtered ? S("/admin/payments") : S("/admin/orders"),
            .action = filtered ? S("Clear filters") : S("See the orders") });
}

static enum err payments(struct req *r)
{
    struct attempt_filter f;
    struct console_period period;
    struct listing l = { 0 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(read_asked(r, &period, &f));
    TRY(req_page(r, &l.list.page));
    f.after_n = l.list.page.after_n;
    f.limit = list_want(&l.list);
    struct str query = console_period_query(r->c->arena, &period);
    TRY(console_open(
        r, &(struct console_head) { .title = S("Payments"), .here = S("/admin/payments") }, &b));
    html(b, "<div class=\"row apart\"><h1>Payments</h1>");
    console_csv_link(b, S("/admin/csv/payments"), query);
    html(b,
        "</div>\n<p class=\"muted\">What gateways captured, by the day on which its buyer "
        "began to pay.</p>\n");
    html(b, "<div class=\"stack tight\">\n");
    console_period_part(b, &period, S("/admin/payments"), S(""));
    html(b, "</div>\n");
    l.rows = part_rows_open(&rows, S("Payments, newest first"), columns, ARRAY_LEN(columns));
    TRY(attempt_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        write_none(b, query.n > 0 || l.list.page.after_n > 0);
    } else {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/payments"), query, &l.list),
                .newest = l.list.page.after_n > 0
                    ? str_fmt(b->arena, "/admin/payments?%.*s", SARG(query))
                    : S("") });
    }
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct attempt *k, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    struct order o;
    TRY(order_by_n(c, k->order_n, &o));
    sheet_row(sheet, k->n);
    csv_str(csv, id_text(c->arena, S("pay"), k->id));
    csv_str(csv, order_number(c->arena, &o));
    csv_str(csv, gateway_name(k->gateway));
    csv_str(csv, k->session_id);
    csv_str(csv, k->amount.cur == CUR_NONE ? S("") : currency_code(k->amount.cur));
    csv_money(csv, k->amount);
    csv_money(csv, (struct money) { k->refunded_minor, k->amount.cur });
    csv_str(csv, k->extra ? S("yes") : S("no"));
    csv_str(csv, k->disputed ? S("yes") : S("no"));
    csv_str(csv, attempt_method_words(c->arena, k));
    csv_str(csv, k->confirmed_by);
    csv_time(csv, k->created_ms);
    csv_time(csv, k->captured_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct attempt_filter f = *(const struct attempt_filter *)sheet->filter;
    f.after_n = sheet->after;
    f.limit = SHEET_PIECE;
    return attempt_list(c, &f, csv_row, sheet);
}

static enum err payments_csv(struct req *r)
{
    static const struct str columns_of_file[] = { S_INIT("payment"), S_INIT("order"),
        S_INIT("gateway"), S_INIT("session"), S_INIT("currency"), S_INIT("amount"),
        S_INIT("refunded"), S_INIT("not the order's"), S_INIT("disputed"), S_INIT("method"),
        S_INIT("confirmed by"), S_INIT("begun"), S_INIT("captured") };
    struct attempt_filter f;
    struct console_period period;
    TRY(read_asked(r, &period, &f));
    return console_sheet(r,
        &(struct sheet_kind) {
            S("payments"), columns_of_file, ARRAY_LEN(columns_of_file), csv_piece },
        &f);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/payments", SHAPE_READ, NULL, payments, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what gateways captured." },
    { "GET", "/admin/csv/payments", SHAPE_CALL, NULL, payments_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: payments as a file." },
};
const struct routes console_payments_routes = { table, ARRAY_LEN(table) };
