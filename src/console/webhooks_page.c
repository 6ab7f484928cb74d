#include "console/period_page.h"
#include "console/sheet_page.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/webhooks: what gateways told. */

struct listing {
    struct list list;
    struct part_rows rows;
};

/* A row from what was looked up; number is empty where it is about no order. */
static void write_row(struct ctx *c, struct listing *l, const struct event *e, struct str number)
{
    struct buf *b = l->rows.b;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a href=\"/admin/webhooks/", event_id(c->arena, e), "\">");
    console_joints(b, e->name);
    html(b, "</a><br><span class=\"small muted\">", console_gateway_title(e->gateway), "</span>");
    part_cell(&l->rows);
    console_event_badge(b, e->status);
    part_cell(&l->rows);
    if (number.n > 0)
        console_order_link(b, number);
    else
        html(b, "<span class=\"muted\">No order</span>");
    part_cell(&l->rows);
    html(b, e->outcome);
    part_cell(&l->rows);
    part_time_exact(b, e->received_ms);
}

static enum err one(struct ctx *c, const struct event *e, void *arg)
{
    struct listing *l = arg;
    struct order o = { .n = 0 };
    if (!list_room(&l->list, e->n))
        return E_OK;
    if (e->order_n > 0)
        TRY(order_by_n(c, e->order_n, &o));
    write_row(c, l, e, o.n > 0 ? order_number(c->arena, &o) : S(""));
    return E_OK;
}

static const struct part_column columns[] = {
    { .label = S_INIT("Event") },
    { .label = S_INIT("Result") },
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("What came of it"), .full = true },
    { .label = S_INIT("Received"), .full = true, .muted = true },
};

struct asked {
    struct event_filter filter;
    struct str status, gateway;
    struct console_period period;
    struct page page;
};

static enum err read_asked(struct req *r, struct asked *a)
{
    bool given = false;
    enum event_status status;
    *a = (struct asked) { .filter = { .status = -1 } };
    TRY(req_page(r, &a->page));
    TRY(req_query(r, "status", &given, &a->status));
    if (a->status.n > 0) {
        if (!event_status_parse(a->status, &status))
            return fail(
                r->c, INVALID_REQUEST, "status is received, applied, ignored, retrying or parked");
        a->filter.status = (int)status;
    }
    TRY(req_query(r, "gateway", &given, &a->gateway));
    a->filter.gateway = gateway_by_name(a->gateway);
    if (a->gateway.n > 0 && a->filter.gateway == GATEWAY_NONE)
        return fail(r->c, INVALID_REQUEST, "there is no such gateway");
    TRY(console_period(r, &a->period));
    a->filter.from_ms = a->period.from_ms;
    a->filter.to_ms = a->period.to_ms > 0 ? a->period.to_ms - 1 : 0;
    return E_OK;
}

static struct str query_of(
    struct arena *a, const struct asked *k, struct str status, bool with_period)
{
    struct buf q = BUF(a);
    if (status.n > 0)
        buf_fmt(&q, "status=%.*s&", SARG(url_encode(a, status)));
    if (k->gateway.n > 0)
        buf_fmt(&q, "gateway=%.*s&", SARG(url_encode(a, k->gateway)));
    if (with_period)
        buf_add(&q, console_period_query(a, &k->period));
    return buf_str(&q);
}

static void write_tabs(struct buf *b, const struct asked *a)
{
    static const struct {
        struct str status, words;
    } tabs[] = { { S_INIT(""), S_INIT("All") }, { S_INIT("parked"), S_INIT("Failed") },
        { S_INIT("retrying"), S_INIT("Will retry") }, { S_INIT("received"), S_INIT("Received") },
        { S_INIT("applied"), S_INIT("Applied") }, { S_INIT("ignored"), S_INIT("Nothing to do") } };
    struct part_link links[ARRAY_LEN(tabs)];
    struct str here = S("");
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        links[i] = (struct part_link) {
            str_fmt(b->arena, "/admin/webhooks?%.*s",
                SARG(query_of(b->arena, a, tabs[i].status, true))),
            tabs[i].words,
        };
        if (str_eq(tabs[i].status, a->status))
            here = links[i].href;
    }
    part_tabs(b, S("Webhooks by result"), links, ARRAY_LEN(links), here);
}

/* Which gateway: links, as everything else that is chosen here. */
static void write_gateways(struct buf *b, const struct asked *a)
{
    struct part_link links[GATEWAY_COUNT];
    struct asked any = *a;
    size_t at = 0;
    any.gateway = S("");
    struct str others = query_of(b->arena, &any, a->status, true);
    links[0] = (struct part_link) { str_fmt(b->arena, "/admin/webhooks?%.*s", SARG(others)),
        S("All gateways") };
    for (size_t i = 1; i < GATEWAY_COUNT; i++) {
        links[i] = (struct part_link) { str_fmt(b->arena, "/admin/webhooks?%.*sgateway=%.*s",
                                            SARG(others), SARG(gateway_name((enum gateway_id)i))),
            console_gateway_title((enum gateway_id)i) };
        at = a->filter.gateway == (enum gateway_id)i ? i : at;
    }
    part_tabs(b, S("Gateway"), links, GATEWAY_COUNT, links[at].href);
}

static enum err write_list(struct req *r, struct buf *b, struct asked *a)
{
    struct listing l = { .list.page = a->page };
    int64_t below = 0;
    struct buf rows = BUF(b->arena);
    a->filter.after_n = a->page.after_n;
    a->filter.limit = list_want(&l.list);
    l.rows = part_rows_open(&rows, S("Webhooks, newest first"), columns, ARRAY_LEN(columns));
    TRY(event_search(r->c, &a->filter, one, &l, &below));
    part_rows_close(&l.rows);
    struct str query = query_of(b->arena, a, a->status, true);
    bool filtered = query.n > 0;
    if (l.list.shown == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_HOOK,
                .title = filtered ? S("No such webhooks") : S("No webhooks yet"),
                .sentence = filtered ? S("Nothing fits these filters.")
                                     : S("They appear here the moment a gateway sends one."),
                .href = filtered ? S("/admin/webhooks") : S("/admin/orders"),
                .action = filtered ? S("Clear filters") : S("See the orders") });
        console_further(r, b, EVENT_LOOK, S("/admin/webhooks"), query, below);
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    part_pages(b,
        &(struct part_pages) { .shown = l.list.shown,
            .older = console_older(r, S("/admin/webhooks"), query, &l.list),
            .newest = a->page.after_n > 0 ? str_fmt(b->arena, "/admin/webhooks?%.*s", SARG(query))
                                          : S("") });
    if (!l.list.more)
        console_further(r, b, EVENT_LOOK, S("/admin/webhooks"), query, below);
    return E_OK;
}

static enum err webhooks(struct req *r)
{
    struct asked a;
    struct buf *b = NULL;
    TRY(read_asked(r, &a));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Webhooks"), .here = S("/admin/webhooks") }, &b));
    html(b, "<div class=\"row apart\"><h1>Webhooks</h1><div class=\"row\">");
    console_csv_link(b, S("/admin/csv/webhooks"), query_of(b->arena, &a, a.status, true));
    if (console_may(r, CONSOLE_SUPPORT))
        part_button(b,
            &(struct part_button) { .kind = BUTTON_QUIET,
                .small = true,
                .words = S("Replay a range"),
                .href = S("/admin/webhooks/replay") });
    html(b, "</div></div>\n");
    html(b, "<div class=\"stack tight\">\n");
    write_tabs(b, &a);
    write_gateways(b, &a);
    console_period_part(
        b, &a.period, S("/admin/webhooks"), query_of(b->arena, &a, a.status, false));
    html(b, "</div>\n");
    TRY(write_list(r, b, &a));
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct event *e, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    struct order o;
    sheet_row(sheet, e->n);
    csv_str(csv, event_id(c->arena, e));
    csv_str(csv, gateway_name(e->gateway));
    csv_str(csv, e->name);
    csv_str(csv, event_status_text(e->status));
    if (e->order_n > 0) {
        TRY(order_by_n(c, e->order_n, &o));
        csv_str(csv, order_number(c->arena, &o));
    } else {
        csv_str(csv, S(""));
    }
    csv_str(csv, e->reference);
    csv_str(csv, e->outcome);
    csv_i64(csv, e->deliveries);
    csv_i64(csv, e->tries);
    csv_time(csv, e->received_ms);
    csv_time(csv, e->applied_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct event_filter f = ((const struct asked *)sheet->filter)->filter;
    int64_t below = 0;
    f.after_n = sheet->after;
    do {
        f.limit = (int64_t)(SHEET_PIECE - sheet->in_piece);
        TRY(event_search(c, &f, csv_row, sheet, &below));
        f.after_n = below;
    } while (below > 0 && sheet->in_piece < SHEET_PIECE);
    return E_OK;
}

static enum err webhooks_csv(struct req *r)
{
    static const struct str columns_of_file[] = { S_INIT("id"), S_INIT("gateway"), S_INIT("event"),
        S_INIT("status"), S_INIT("order"), S_INIT("reference"), S_INIT("outcome"),
        S_INIT("deliveries"), S_INIT("tries"), S_INIT("received"), S_INIT("applied") };
    struct asked a;
    TRY(read_asked(r, &a));
    return console_sheet(r,
        &(struct sheet_kind) {
            S("webhooks"), columns_of_file, ARRAY_LEN(columns_of_file), csv_piece },
        &a);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/webhooks", SHAPE_READ, NULL, webhooks, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what gateways told." },
    { "GET", "/admin/csv/webhooks", SHAPE_CALL, NULL, webhooks_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: webhooks as a file." },
};
const struct routes console_webhooks_routes = { table, ARRAY_LEN(table) };
