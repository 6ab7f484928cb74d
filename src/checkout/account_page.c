#include "checkout/checkout_page.h"

#include "order/order_part.h"
#include "web/list.h"
#include "web/page.h"

/* /account/orders: what a customer has bought, and the way to each receipt. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static const struct part_column columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("What"), .full = true },
    { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
};

/* A row from what was looked up. */
static void write_row(struct listing *l, const struct order *o, struct str number, struct str what)
{
    struct buf *b = l->rows.b;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a href=\"/order/", number, "\">", number, "</a>");
    part_cell(&l->rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(&l->rows);
    order_badge(b, o->status, ORDER_FOR_BUYER);
    part_cell(&l->rows);
    html(b, what);
    part_cell(&l->rows);
    part_time(b, o->completed_ms > 0 ? o->completed_ms : o->created_ms);
}

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *l = arg;
    struct order_line *line = NULL;
    size_t lines = 0;
    if (!list_room(&l->list, o->n))
        return E_OK;
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

static void sign_out(struct req *r, struct buf *b)
{
    part_form_open(b, &(struct part_form) { .action = S("/logout"), .csrf = r->csrf });
    html(b, "<p>");
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = SAY(SIGN_OUT) });
    html(b, "</p>");
    part_form_close(b);
}

static enum err write_list(struct req *r, struct buf *b, struct listing *l)
{
    struct ctx *c = r->c;
    const struct page *page = &l->list.page;
    const struct order_filter mine = { .customer_n = c->customer_n,
        .status = -1,
        .after_n = page->after_n,
        .limit = list_want(&l->list) };
    l->rows = part_rows_open(b, SAY(YOUR_ORDERS_CAPTION), columns, ARRAY_LEN(columns));
    TRY(order_list(c, &mine, one, l));
    part_rows_close(&l->rows);
    html(b, "\n");
    part_pages(b,
        &(struct part_pages) { .shown = l->list.shown,
            .older = l->list.more ? str_fmt(c->arena, "/account/orders?after=%.*s",
                                        SARG(page_cursor(c->arena, l->list.last_n)))
                                  : S(""),
            .newest = page->after_n > 0 ? S("/account/orders") : S("") });
    return E_OK;
}

static enum err has_any(struct ctx *c, const struct order *o, void *arg)
{
    bool *any = arg;
    (void)c;
    *any = o->n > 0;
    return E_OK;
}

static enum err orders(struct req *r)
{
    struct ctx *c = r->c;
    struct listing l = { 0 };
    bool any = false;
    TRY(req_page(r, &l.list.page));
    TRY(checkout_caller(c));
    const struct order_filter first = { .customer_n = c->customer_n, .status = -1, .limit = 1 };
    if (c->customer_n > 0)
        TRY(order_list(c, &first, has_any, &any));
    const struct shelf_view view = { .kind = SHELF_ALL };
    struct buf *b = shelf_open(
        r, &view, &(struct page_head) { .title = SAY(YOUR_ORDERS), .here = S("/account/orders") });
    html(b, "<h1>", SAY(YOUR_ORDERS), "</h1>\n");
    if (any)
        TRY(write_list(r, b, &l));
    else
        write_none(b);
    html(b, "\n");
    sign_out(r, b);
    page_close(r);
    return E_OK;
}

/* The other pages of an account stand beside it when there are plans and credits. */
static enum err account(struct req *r)
{
    answer_redirect(r, 303, S("/account/orders"));
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/account", SHAPE_READ, NULL, account, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "Leads to /account/orders." },
    { "GET", "/account/orders", SHAPE_READ, NULL, orders, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "What the signed-in customer has bought (after)." },
};
const struct routes account_pages = { table, ARRAY_LEN(table) };
