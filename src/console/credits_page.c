#include "console/sheet_page.h"

#include "base/zone.h"
#include "credit/usage.h"
#include "customer/customer.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/customers/{id}/credits: what one person has, and each change of it. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, k->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, str_sentence(c->arena, credit_change_text(k->change)));
    if (k->undone)
        html(b, ", given back");
    part_cell(&l->rows);
    html(b, number_text(c->arena, k->amount));
    part_cell(&l->rows);
    html(b, number_text(c->arena, k->balance_after));
    part_cell(&l->rows);
    html(b, k->operation.n > 0 ? k->operation : k->description);
    part_cell(&l->rows);
    html(b, k->reference);
    part_cell(&l->rows);
    part_time_exact(b, k->created_ms);
    return E_OK;
}

static void write_tabs(struct buf *b, struct str path, struct str type)
{
    struct part_link tab[CREDIT_CHANGE_COUNT + 1] = { { path, S("All") } };
    struct str here = path;
    for (enum credit_change k = CREDIT_ALLOCATION; k < CREDIT_CHANGE_COUNT; k++) {
        struct str name = credit_change_text(k);
        tab[k + 1] =
            (struct part_link) { str_fmt(b->arena, "%.*s?type=%.*s", SARG(path), SARG(name)),
                str_sentence(b->arena, name) };
        if (str_eq(name, type))
            here = tab[k + 1].href;
    }
    part_tabs(b, S("Changes by type"), tab, ARRAY_LEN(tab), here);
}

static enum err write_tiles(struct ctx *c, struct buf *b, int64_t customer_n)
{
    struct credit_account account;
    const struct zone *zone = NULL;
    int64_t used = 0;
    TRY(credit_look(c, customer_n, &account));
    TRY(credit_zone(c, customer_n, &zone));
    const int64_t date = zone_day_of(zone, c->now_ms).date;
    const struct usage_span month = { customer_n, date_of_month(date), date_next_month(date) };
    TRY(usage_sum(c, &month, &used));
    part_tiles_open(b);
    part_tile(b,
        &(struct part_tile) { .label = S("Balance"),
            .figure = number_text(b->arena, account.balance),
            .below = str_fmt(b->arena, "%lld reserved, %lld owed", (long long)account.reserved,
                (long long)account.debt) });
    part_tile(b,
        &(struct part_tile) { .label = S("Used this month"),
            .figure = number_text(b->arena, used),
            .below = str_fmt(b->arena, "By the days of %.*s", SARG(zone_name(zone))) });
    part_tiles_close(b);
    return E_OK;
}

static const struct part_column columns[] = {
    { .label = S_INIT("Type") },
    { .label = S_INIT("Credits"), .number = true, .whole = true },
    { .label = S_INIT("Balance"), .number = true, .whole = true, .labelled = true },
    { .label = S_INIT("What for"), .full = true },
    { .label = S_INIT("Reference"), .any = true, .full = true },
    { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
};

static enum err write_history(struct req *r, struct buf *b, struct str path, struct str type,
    struct listing *l, struct credit_filter *f)
{
    struct buf rows = BUF(r->c->arena);
    struct str query = type.n > 0 ? str_fmt(b->arena, "type=%.*s&", SARG(type)) : S("");
    l->rows = part_rows_open(&rows, S("Changes, newest first"), columns, ARRAY_LEN(columns));
    TRY(credit_history(r->c, f, one, l));
    part_rows_close(&l->rows);
    if (l->list.shown == 0) {
        html(b, "<p class=\"muted\">Nothing of this kind happened.</p>");
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    part_pages(b,
        &(struct part_pages) { .shown = l->list.shown,
            .older = console_older(r, path, query, &l->list),
            .newest = l->list.page.after_n > 0
                ? str_fmt(b->arena, "%.*s?%.*s", SARG(path), SARG(query))
                : S("") });
    return E_OK;
}

static enum err credits(struct req *r)
{
    struct listing l = { 0 };
    struct credit_filter f = { .change_or_minus_1 = -1 };
    struct customer who;
    struct str type = S("");
    struct buf *b = NULL;
    bool found = false;
    TRY(req_page(r, &l.list.page));
    TRY(credit_type_asked(r, &type, &f.change_or_minus_1));
    TRY(customer_find(r->c, r->params[0], &found, &who));
    if (!found)
        return fail(r->c, NOT_FOUND, "there is no such customer");
    struct str id = id_text(r->c->arena, S("cus"), who.id);
    struct str up = str_fmt(r->c->arena, "/admin/customers/%.*s", SARG(id));
    struct str path = str_fmt(r->c->arena, "%.*s/credits", SARG(up));
    f.customer_n = who.n;
    f.after_n = l.list.page.after_n;
    f.limit = list_want(&l.list);
    TRY(console_open(
        r, &(struct console_head) { .title = S("Credits"), .here = S("/admin/customers") }, &b));
    console_crumb(b, up, who.external_id);
    html(b, "<div class=\"row apart\"><h1>Credits</h1>");
    if (console_may(r, CONSOLE_SUPPORT))
        console_csv_link(b, S("/admin/csv/credits"),
            str_fmt(
                b->arena, "customer=%.*s&%s%.*s", SARG(id), type.n > 0 ? "type=" : "", SARG(type)));
    html(b, "</div>\n");
    TRY(write_tiles(r->c, b, who.n));
    html(b, "\n");
    write_tabs(b, path, type);
    TRY(write_history(r, b, path, type, &l, &f));
    console_close(r);
    return E_OK;
}

/* ---- as a file */

struct wanted {
    struct str customer;
    struct credit_filter filter;
};

static enum err csv_row(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, k->n);
    csv_str(csv, id_text(c->arena, S("crd"), k->id));
    csv_str(csv, credit_change_text(k->change));
    csv_i64(csv, k->amount);
    csv_i64(csv, k->balance_after);
    csv_str(csv, k->description);
    csv_str(csv, k->reference);
    csv_str(csv, k->operation);
    csv_i64(csv, k->quantity);
    csv_str(csv, k->labels);
    csv_str(csv, k->undone ? S("yes") : S("no"));
    csv_time(csv, k->created_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    const struct wanted *w = sheet->filter;
    struct credit_filter f = w->filter;
    struct customer who;
    bool found = false;
    TRY(customer_find(c, w->customer, &found, &who));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such customer");
    f.customer_n = who.n;
    f.after_n = sheet->after;
    f.limit = SHEET_PIECE;
    return credit_history(c, &f, csv_row, sheet);
}

static enum err credits_csv(struct req *r)
{
    static const struct str names[] = { S_INIT("id"), S_INIT("type"), S_INIT("credits"),
        S_INIT("balance"), S_INIT("description"), S_INIT("reference"), S_INIT("operation"),
        S_INIT("quantity"), S_INIT("labels"), S_INIT("given back"), S_INIT("created") };
    struct wanted w = { .customer = S("") };
    struct str type = S("");
    bool given = false;
    TRY(req_query(r, "customer", &given, &w.customer));
    TRY(credit_type_asked(r, &type, &w.filter.change_or_minus_1));
    return console_sheet(
        r, &(struct sheet_kind) { S("credits"), names, ARRAY_LEN(names), csv_piece }, &w);
}

static const struct route table[] = {
    { "GET", "/admin/customers/{id}/credits", SHAPE_READ, NULL, credits, NULL, 0,
        ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE, 0,
        "The console: what a customer has in credits, and each change of it (`type`)." },
    { "GET", "/admin/csv/credits", SHAPE_CALL, NULL, credits_csv, NULL, 0,
        ALLOW_ADMIN | ALLOW_SUPPORT, ROUTE_PAGE, 0, "The console: these changes as a file." },
};
const struct routes console_credits_routes = { table, ARRAY_LEN(table) };
