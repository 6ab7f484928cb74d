#include "console/console_page.h"
#include "console/sheet_page.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/disputes: what banks argue about, and until when. */

void console_dispute_badge(struct buf *b, enum dispute_status s)
{
    static const struct {
        enum tone tone;
        enum icon icon;
        struct str words;
    } badges[] = {
        [DISPUTE_WARNING] = { TONE_WAIT, ICON_ALERT, S_INIT("Inquiry") },
        [DISPUTE_OPEN] = { TONE_BAD, ICON_FLAG, S_INIT("Answer it") },
        [DISPUTE_UNDER_REVIEW] = { TONE_WAIT, ICON_CLOCK, S_INIT("The bank decides") },
        [DISPUTE_WON] = { TONE_OK, ICON_CHECK, S_INIT("Won") },
        [DISPUTE_LOST] = { TONE_BAD, ICON_CROSS, S_INIT("Lost") },
    };
    _Static_assert(ARRAY_LEN(badges) == DISPUTE_STATUS_COUNT, "every status has a badge");
    part_badge(b, badges[s].tone, badges[s].icon, badges[s].words);
}

struct str console_dispute_left(struct ctx *c, const struct dispute *d)
{
    int64_t hours = (d->due_ms - c->now_ms) / (3600 * 1000);
    if (d->due_ms == 0 || dispute_is_over(d->status))
        return S("");
    if (d->due_ms <= c->now_ms)
        return S("the time is over");
    return hours < 48 ? str_fmt(c->arena, "%lld h left", (long long)hours)
                      : str_fmt(c->arena, "%lld days left", (long long)(hours / 24));
}

/* ---- the list */

struct listing {
    struct list list;
    struct part_rows rows;
};

static void write_link(struct buf *b, struct str id, struct str number)
{
    html(b, "<a href=\"/admin/disputes/", id, "\">", number, "</a>");
}

static enum err one(struct ctx *c, const struct dispute *d, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    struct order o;
    if (!list_room(&l->list, d->n))
        return E_OK;
    TRY(order_by_n(c, d->order_n, &o));
    part_row(&l->rows);
    part_cell(&l->rows);
    write_link(b, dispute_id(c->arena, d), order_number(c->arena, &o));
    part_cell(&l->rows);
    part_money(b, d->amount);
    part_cell(&l->rows);
    console_dispute_badge(b, d->status);
    part_cell(&l->rows);
    html_str(b, console_dispute_left(c, d));
    part_cell(&l->rows);
    html_str(b, dispute_reason_words(c->arena, d));
    return E_OK;
}

static enum err status_asked(struct req *r, struct dispute_filter *f, struct str *ret_query)
{
    struct str status = S("");
    enum dispute_status asked = DISPUTE_WARNING;
    bool given = false;
    f->status = -1;
    TRY(req_query(r, "status", &given, &status));
    f->open = given && str_eq(status, S("waiting"));
    if (given && dispute_status_parse(status, &asked))
        f->status = (int)asked;
    bool known = f->open || f->status >= 0;
    *ret_query = known ? str_fmt(r->c->arena, "status=%.*s&", SARG(status)) : S("");
    return E_OK;
}

static void write_tabs(struct buf *b, const struct dispute_filter *f)
{
    static const struct part_link tabs[] = {
        { .href = S_INIT("/admin/disputes"), .words = S_INIT("All") },
        { .href = S_INIT("/admin/disputes?status=waiting"), .words = S_INIT("Waiting") },
        { .href = S_INIT("/admin/disputes?status=won"), .words = S_INIT("Won") },
        { .href = S_INIT("/admin/disputes?status=lost"), .words = S_INIT("Lost") },
    };
    size_t here = f->open ? 1 : f->status == DISPUTE_WON ? 2 : f->status == DISPUTE_LOST ? 3 : 0;
    part_tabs(b, S("Disputes"), tabs, ARRAY_LEN(tabs), tabs[here].href);
}

static enum err disputes(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Order"), .whole = true },
        { .label = S_INIT("Amount"), .number = true, .whole = true },
        { .label = S_INIT("Status"), .whole = true },
        { .label = S_INIT("Deadline"), .whole = true },
        { .label = S_INIT("Why"), .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct dispute_filter f = { .status = -1 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    struct str query = S("");
    TRY(req_page(r, &l.list.page));
    TRY(status_asked(r, &f, &query));
    f.after_n = l.list.page.after_n;
    f.limit = list_want(&l.list);
    TRY(console_open(
        r, &(struct console_head) { .title = S("Disputes"), .here = S("/admin/disputes") }, &b));
    html(b, "<div class=\"row apart\"><h1>Disputes</h1>");
    console_csv_link(b, S("/admin/csv/disputes"), query);
    html(b,
        "</div>\n<p class=\"lead\">Payments that a buyer’s bank argues about. What is not answered in time is lost.</p>\n");
    TRY(console_note(r, b));
    write_tabs(b, &f);
    l.rows = part_rows_open(&rows, S("Disputes, newest first"), columns, ARRAY_LEN(columns));
    TRY(dispute_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_CHECK,
                .title = S("Nothing is disputed here"),
                .sentence = S("A payment that a bank asks back would be here, with its deadline."),
                .href = S("/admin/payments"),
                .action = S("See all payments") });
    } else {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/disputes"), query, &l.list) });
    }
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct dispute *d, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    struct order o;
    TRY(order_by_n(c, d->order_n, &o));
    sheet_row(sheet, d->n);
    csv_str(csv, dispute_id(c->arena, d));
    csv_str(csv, order_number(c->arena, &o));
    csv_str(csv, gateway_name(d->gateway));
    csv_str(csv, d->reference);
    csv_str(csv, dispute_status_text(d->status));
    csv_str(csv, d->reason);
    csv_str(csv, currency_code(d->amount.cur));
    csv_money(csv, d->amount);
    csv_money(csv, (struct money) { d->withdrawn_minor, d->amount.cur });
    csv_money(csv, (struct money) { d->lost_minor, d->amount.cur });
    csv_str(csv, currency_code(d->fee.cur));
    csv_money(csv, d->fee);
    csv_str(csv, evidence_state_text(d->evidence_state));
    csv_time(csv, d->opened_ms);
    csv_time(csv, d->due_ms);
    csv_time(csv, d->closed_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct dispute_filter f = *(const struct dispute_filter *)sheet->filter;
    f.after_n = sheet->after;
    f.limit = SHEET_PIECE;
    return dispute_list(c, &f, csv_row, sheet);
}

static enum err disputes_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("dispute"), S_INIT("order"), S_INIT("gateway"),
        S_INIT("reference"), S_INIT("status"), S_INIT("reason"), S_INIT("currency"),
        S_INIT("amount"), S_INIT("withdrawn"), S_INIT("lost"), S_INIT("fee currency"),
        S_INIT("fee"), S_INIT("evidence"), S_INIT("opened"), S_INIT("answer before"),
        S_INIT("closed") };
    struct dispute_filter f = { .status = -1 };
    struct str query = S("");
    TRY(status_asked(r, &f, &query));
    return console_sheet(
        r, &(struct sheet_kind) { S("disputes"), columns, ARRAY_LEN(columns), csv_piece }, &f);
}

static const struct route table[] = {
    { "GET", "/admin/disputes", SHAPE_READ, NULL, disputes, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: what banks argue about." },
    { "GET", "/admin/csv/disputes", SHAPE_CALL, NULL, disputes_csv, NULL, 0,
        ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE, 0, "The console: disputes as a file." },
};
const struct routes console_disputes_routes = { table, ARRAY_LEN(table) };
