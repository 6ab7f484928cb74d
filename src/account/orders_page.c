#include "account/account_page.h"
#include "order/order_part.h"
#include "web/page.h"

/* /account/orders: what a customer has bought, and the way to each receipt. */

static const struct part_column columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("What"), .full = true },
    { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
};

/* A row from what was looked up. */
static void write_row(
    struct account_orders *l, const struct order *o, struct str number, struct str what)
{
    struct buf *b = l->rows->b;
    part_row(l->rows);
    part_cell(l->rows);
    html(b, "<a href=\"/order/", number, "\">", number, "</a>");
    part_cell(l->rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(l->rows);
    order_badge(b, o->status, ORDER_FOR_BUYER);
    part_cell(l->rows);
    html(b, what);
    part_cell(l->rows);
    part_time(b, o->completed_ms > 0 ? o->completed_ms : o->created_ms);
}

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct account_orders *l = arg;
    struct order_line *line = NULL;
    size_t lines = 0;
    l->more = l->shown == l->limit;
    if (l->more)
        return E_OK;
    l->shown++;
    l->last_n = o->n;
    TRY(order_lines(c, o, &line, &lines));
    write_row(l, o, order_number(c->arena, o), checkout_words(c->arena, line, lines));
    return E_OK;
}

static void write_none(struct buf *b)
{
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_BOX,
            .title = SAY(NO_ORDERS),
            .sentence = SAY(NO_ORDERS_MORE),
            .href = S("/store"),
            .action = SAY(TO_STORE),
        });
}

static enum err has_any(struct ctx *c, const struct order *o, void *arg)
{
    bool *any = arg;
    (void)c;
    *any = o->n > 0;
    return E_OK;
}

enum err account_orders_write(
    struct ctx *c, struct buf *b, int64_t after_n, struct account_orders *l)
{
    struct order_filter mine = { .customer_n = c->customer_n, .status = -1, .limit = 1 };
    bool any = false;
    if (c->customer_n > 0)
        TRY(order_list(c, &mine, has_any, &any));
    if (!any) {
        write_none(b);
        return E_OK;
    }
    mine.after_n = after_n;
    mine.limit = l->limit + 1;
    struct part_rows rows =
        part_rows_open(b, SAY(YOUR_ORDERS_CAPTION), columns, ARRAY_LEN(columns));
    l->rows = &rows;
    TRY(order_list(c, &mine, one, l));
    part_rows_close(&rows);
    html(b, "\n");
    return E_OK;
}

enum err orders_page(struct req *r)
{
    struct account_orders l = { .limit = 0 };
    struct page page;
    struct buf *b = NULL;
    TRY(req_page(r, &page));
    TRY(checkout_caller(r->c));
    l.limit = page.limit;
    TRY(account_open(r, ACCOUNT_ORDERS, &b));
    html(b, "<h2 class=\"vh\">", SAY(YOUR_ORDERS), "</h2>\n");
    TRY(account_orders_write(r->c, b, page.after_n, &l));
    if (l.shown > 0)
        part_pages(b,
            &(struct part_pages) { .shown = l.shown,
                .older = l.more ? str_fmt(r->c->arena, "/account/orders?after=%.*s",
                                      SARG(page_cursor(r->c->arena, l.last_n)))
                                : S(""),
                .newest = page.after_n > 0 ? S("/account/orders") : S("") });
    account_close(r, b);
    return E_OK;
}
