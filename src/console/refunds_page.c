#include "console/console_page.h"
#include "console/sheet_page.h"
#include "refund/refund.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/refunds, an order's refunds, and agreeing to one. */

void console_refund_badge(struct buf *b, const struct refund *r)
{
    if (r->approval)
        part_badge(b, TONE_ODD, ICON_EYE, S("Needs a second person"));
    else if (r->status == REFUND_FAILED)
        part_badge(b, TONE_BAD, ICON_CROSS, S("Failed"));
    else if (r->status == REFUND_UNKNOWN)
        part_badge(b, TONE_WAIT, ICON_ALERT, S("Unknown, asking"));
    else if (r->status == REFUND_PENDING)
        part_badge(b, TONE_WAIT, ICON_CLOCK, r->sent_ms > 0 ? S("On its way") : S("Reserved"));
    else if (r->kind == REFUND_BY_HAND)
        part_badge(b, TONE_REST, ICON_CHECK, S("By hand"));
    else if (r->kind == REFUND_ADOPTED)
        part_badge(b, TONE_OK, ICON_CHECK, S("Made at the gateway"));
    else
        part_badge(b, TONE_OK, ICON_CHECK, S("Sent"));
}

static struct str path_of(struct buf *b, const struct refund *r, const char *deed)
{
    return str_fmt(b->arena, "/admin/refunds/%.*s/%s", SARG(refund_id(b->arena, r)), deed);
}

static void write_deeds(struct req *r, struct buf *b, const struct refund *one)
{
    if (!console_may(r, CONSOLE_FINANCE) || one->status != REFUND_PENDING || one->sent_ms > 0)
        return;
    html(b, "<span class=\"row\">");
    if (one->approval)
        console_deed(r, b,
            &(struct console_deed) { .action = path_of(b, one, "approve"),
                .words = S("Agree and send"),
                .busy = S("Sending…"),
                .money = true });
    console_deed(r, b,
        &(struct console_deed) {
            .action = path_of(b, one, "cancel"), .words = S("Call off"), .danger = true });
    html(b, "</span>");
}

static void write_one(struct req *r, struct buf *b, const struct refund *one)
{
    html(b, "<li><span class=\"row\">");
    console_refund_badge(b, one);
    part_money(b, one->amount);
    part_time_exact(b, one->created_ms);
    html(b, "</span><span class=\"small muted any\">");
    if (one->kind == REFUND_ADOPTED)
        html(b, "made at ", console_gateway_title(one->gateway));
    else
        html(b, "by ", one->actor);
    if (one->approver.n > 0)
        html(b, ", agreed by ", one->approver);
    if (one->reason.n > 0)
        html(b, ": ", one->reason);
    if (one->why.n > 0)
        html(b, "; ", one->why);
    html(b, " <code>", refund_id(b->arena, one), "</code>");
    if (one->reference.n > 0)
        html(b, " <code>", one->reference, "</code>");
    html(b, "</span>");
    write_deeds(r, b, one);
    html(b, "</li>");
}

enum err console_order_refunds(struct req *r, struct buf *b, const struct order *o)
{
    struct refund *back = NULL;
    size_t n = 0;
    TRY(refunds_of(r->c, o->n, &back, &n));
    if (n == 0)
        return E_OK;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"refunds\"><h2 id=\"refunds\">Refunds</h2><ul class=\"links\">");
    for (size_t i = 0; i < n; i++)
        write_one(r, b, &back[i]);
    html(b, "</ul></section>\n");
    return E_OK;
}

/* ---- all of them */

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct refund *r, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    struct order o;
    if (!list_room(&l->list, r->n))
        return E_OK;
    TRY(order_by_n(c, r->order_n, &o));
    part_row(&l->rows);
    part_cell(&l->rows);
    console_order_link(b, order_number(b->arena, &o));
    part_cell(&l->rows);
    part_money(b, r->amount);
    part_cell(&l->rows);
    console_refund_badge(b, r);
    part_cell(&l->rows);
    html(b, console_gateway_title(r->gateway));
    part_cell(&l->rows);
    html(b, r->why.n > 0 ? r->why : r->reason);
    part_cell(&l->rows);
    part_time_exact(b, r->created_ms);
    return E_OK;
}

static enum err state_asked(struct req *r, bool *ret_open)
{
    struct str state = S("");
    bool given = false;
    TRY(req_query(r, "state", &given, &state));
    *ret_open = given && str_eq(state, S("open"));
    return E_OK;
}

static enum err refunds(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Order"), .whole = true },
        { .label = S_INIT("Amount"), .number = true, .whole = true },
        { .label = S_INIT("Status") },
        { .label = S_INIT("Gateway"), .whole = true },
        { .label = S_INIT("Why"), .any = true, .full = true },
        { .label = S_INIT("Asked for"), .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    bool open = false;
    TRY(req_page(r, &l.list.page));
    TRY(state_asked(r, &open));
    struct str query = open ? S("state=open&") : S("");
    const struct refund_filter f = {
        .open = open, .after_n = l.list.page.after_n, .limit = list_want(&l.list)
    };
    TRY(console_open(
        r, &(struct console_head) { .title = S("Refunds"), .here = S("/admin/refunds") }, &b));
    html(b, "<div class=\"row apart\"><h1>Refunds</h1>");
    console_csv_link(b, S("/admin/csv/refunds"), query);
    html(b, "</div>\n");
    static const struct part_link tabs[] = { { S_INIT("/admin/refunds"), S_INIT("All") },
        { S_INIT("/admin/refunds?state=open"), S_INIT("Not certain yet") } };
    part_tabs(b, S("Which refunds"), tabs, ARRAY_LEN(tabs), tabs[open].href);
    l.rows = part_rows_open(&rows, S("Refunds, newest first"), columns, ARRAY_LEN(columns));
    TRY(refund_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BACK,
                .title = open ? S("Every refund is certain") : S("No refunds yet"),
                .sentence = S("Give money back from an order’s page."),
                .href = S("/admin/orders"),
                .action = S("See all orders") });
    } else {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/refunds"), query, &l.list) });
    }
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct refund *k, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    struct order o;
    struct attempt a;
    TRY(order_by_n(c, k->order_n, &o));
    TRY(attempt_by_n(c, k->attempt_n, &a));
    sheet_row(sheet, k->n);
    csv_str(csv, refund_id(c->arena, k));
    csv_str(csv, order_number(c->arena, &o));
    csv_str(csv, id_text(c->arena, S("pay"), a.id));
    csv_str(csv, gateway_name(k->gateway));
    csv_str(csv, k->reference);
    csv_str(csv, refund_status_text(k->status));
    csv_str(csv, currency_code(k->amount.cur));
    csv_money(csv, k->amount);
    csv_str(csv,
        k->kind == REFUND_SENT          ? S("purser")
            : k->kind == REFUND_BY_HAND ? S("hand")
                                        : S("gateway"));
    csv_str(csv, k->reason);
    csv_str(csv, k->why);
    csv_str(csv, k->actor);
    csv_str(csv, k->approver);
    csv_time(csv, k->created_ms);
    csv_time(csv, k->done_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct refund_filter f = *(const struct refund_filter *)sheet->filter;
    f.after_n = sheet->after;
    f.limit = SHEET_PIECE;
    return refund_list(c, &f, csv_row, sheet);
}

static enum err refunds_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("refund"), S_INIT("order"), S_INIT("payment"),
        S_INIT("gateway"), S_INIT("reference"), S_INIT("status"), S_INIT("currency"),
        S_INIT("amount"), S_INIT("made by"), S_INIT("reason"), S_INIT("why"), S_INIT("asked by"),
        S_INIT("agreed by"), S_INIT("asked for"), S_INIT("certain since") };
    struct refund_filter f = { .open = false };
    TRY(state_asked(r, &f.open));
    return console_sheet(
        r, &(struct sheet_kind) { S("refunds"), columns, ARRAY_LEN(columns), csv_piece }, &f);
}

/* ---- deeds */

static enum err parse_approve(struct req *r)
{
    struct refunding *in = r->in;
    in->approves = r->params[0];
    in->already_minor = -1;
    return E_OK;
}

static enum err call_off(struct req *r)
{
    struct refund gone;
    struct order o;
    TRY(refund_call_off(r->c, r->params[0], &gone));
    TRY(order_by_n(r->c, gone.order_n, &o));
    console_after(r,
        str_fmt(r->c->arena, "/admin/orders/%.*s", SARG(order_number(r->c->arena, &o))),
        "refund_off");
    return E_OK;
}

enum {
    GIVES = ALLOW_ADMIN | ALLOW_FINANCE
};
static const struct route table[] = {
    { "GET", "/admin/refunds", SHAPE_READ, NULL, refunds, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: refunds, newest first; ?state=open." },
    { "GET", "/admin/csv/refunds", SHAPE_CALL, NULL, refunds_csv, NULL, 0,
        ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE, 0, "The console: refunds as a file." },
    { "POST", "/admin/refunds/{id}/approve", SHAPE_CALL, parse_approve, NULL,
        &refund_page_operation, sizeof(struct refunding), GIVES,
        ROUTE_PAGE | ROUTE_MONEY | ROUTE_RECENT, 0, "The console: a second person agrees." },
    { "POST", "/admin/refunds/{id}/cancel", SHAPE_WRITE, NULL, call_off, NULL, 0, GIVES,
        ROUTE_PAGE | ROUTE_RECENT, 0, "The console: a refund that was not sent is called off." },
};
const struct routes console_refunds_routes = { table, ARRAY_LEN(table) };
