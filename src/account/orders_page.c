#include "account/account_page.h"
#include "order/order_part.h"
#include "web/page.h"

/* /account/orders and /account/payments: what a customer has bought, and what was paid for it, each
 * with the way to the receipt. */

/* ---- rows */

static void number_cell(struct part_rows *rows, struct str number)
{
    part_cell(rows);
    html(rows->b, "<a href=\"/order/", number, "\">", number, "</a>");
}

static void total_cells(struct part_rows *rows, const struct order *o)
{
    part_cell(rows);
    part_money(rows->b, (struct money) { o->total_minor, o->currency });
    part_cell(rows);
    order_badge(rows->b, o->status, ORDER_FOR_BUYER);
}

static void when_cell(struct part_rows *rows, const struct order *o)
{
    part_cell(rows);
    part_time(rows->b, o->completed_ms > 0 ? o->completed_ms : o->created_ms);
}

static enum err order_row(
    struct ctx *c, struct part_rows *rows, const struct order *o, struct str what)
{
    number_cell(rows, order_number(c->arena, o));
    total_cells(rows, o);
    part_cell(rows);
    html(rows->b, what);
    when_cell(rows, o);
    return E_OK;
}

/* How it was paid, and what came of it, where its name does not say so already. */
static void outcome(
    struct buf *b, const struct order *o, const struct attempt *paid, struct str what)
{
    struct arena *a = b->arena;
    struct str credits = number_text(a, o->credits), said[3];
    size_t n = 0;
    if (paid != NULL)
        said[n++] = str_sentence(a, attempt_method_words(a, paid));
    if (o->credits > 0 && o->completed_ms > 0 && !str_has(what, credits))
        said[n++] = SAY_WITH(a, CREDITS_CAME, { "n", credits });
    if (o->refunded_minor > 0)
        said[n++] = SAY_WITH(a, WENT_BACK,
            { "sum", money_text(a, (struct money) { o->refunded_minor, o->currency }) });
    for (size_t i = 0; i < n; i++) {
        if (i == 0)
            html(b, "<br><span class=\"small muted\">");
        else
            html(b, " · ");
        html(b, said[i]);
    }
    if (n > 0)
        html(b, "</span>");
}

static enum err payment_row(
    struct ctx *c, struct part_rows *rows, const struct order *o, struct str what)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(attempts_of(c, o->n, &k, &n));
    number_cell(rows, order_number(c->arena, o));
    total_cells(rows, o);
    part_cell(rows);
    html(rows->b, what);
    outcome(rows->b, o, attempt_paid(k, n), what);
    when_cell(rows, o);
    return E_OK;
}

/* ---- the two lists */

static const struct part_column order_columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("What"), .full = true },
    { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
};
static const struct part_column payment_columns[] = {
    { .label = S_INIT("Order"), .whole = true },
    { .label = S_INIT("Amount"), .number = true, .whole = true },
    { .label = S_INIT("Status") },
    { .label = S_INIT("What"), .full = true },
    { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
};

static const struct account_list {
    const struct part_column *columns;
    size_t column_count;
    enum text caption, none, none_more;
    bool paid;
    enum err (*row)(struct ctx *c, struct part_rows *rows, const struct order *o, struct str what);
} lists[] = {
    { order_columns, ARRAY_LEN(order_columns), TEXT_YOUR_ORDERS_CAPTION, TEXT_NO_ORDERS,
        TEXT_NO_ORDERS_MORE, false, order_row },
    { payment_columns, ARRAY_LEN(payment_columns), TEXT_YOUR_PAYMENTS_CAPTION, TEXT_NO_PAYMENTS,
        TEXT_NO_PAYMENTS_MORE, true, payment_row },
};

struct listing {
    const struct account_list *list;
    struct account_orders *l;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *k = arg;
    struct order_line *line = NULL;
    size_t lines = 0;
    k->l->more = k->l->shown == k->l->limit;
    if (k->l->more)
        return E_OK;
    k->l->shown++;
    k->l->last_n = o->n;
    TRY(order_lines(c, o, &line, &lines));
    part_row(&k->rows);
    return k->list->row(c, &k->rows, o, checkout_words(c->arena, line, lines));
}

static void write_none(struct buf *b, const struct account_list *list)
{
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_BOX,
            .title = text(list->none),
            .sentence = text(list->none_more),
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
    struct listing k = { .list = &lists[l->payments], .l = l };
    struct order_filter mine = {
        .customer_n = c->customer_n, .status = -1, .paid = k.list->paid, .limit = 1
    };
    bool any = false;
    if (c->customer_n > 0)
        TRY(order_list(c, &mine, has_any, &any));
    if (!any) {
        write_none(b, k.list);
        return E_OK;
    }
    mine.after_n = after_n;
    mine.limit = l->limit + 1;
    k.rows = part_rows_open(b, text(k.list->caption), k.list->columns, k.list->column_count);
    TRY(order_list(c, &mine, one, &k));
    part_rows_close(&k.rows);
    html(b, "\n");
    return E_OK;
}

static enum err list_page(struct req *r, enum account_tab tab, struct str path, struct str title)
{
    struct account_orders l = { .payments = tab == ACCOUNT_PAYMENTS };
    struct page page;
    struct buf *b = NULL;
    TRY(req_page(r, &page));
    TRY(checkout_caller(r->c));
    l.limit = page.limit;
    TRY(account_open(r, tab, &b));
    html(b, "<h2 class=\"vh\">", title, "</h2>\n");
    TRY(account_orders_write(r->c, b, page.after_n, &l));
    if (l.shown > 0)
        part_pages(b,
            &(struct part_pages) { .shown = l.shown,
                .older = l.more ? str_fmt(r->c->arena, "%.*s?after=%.*s", SARG(path),
                                      SARG(page_cursor(r->c->arena, l.last_n)))
                                : S(""),
                .newest = page.after_n > 0 ? path : S("") });
    account_close(r, b);
    return E_OK;
}

enum err orders_page(struct req *r)
{
    return list_page(r, ACCOUNT_ORDERS, S("/account/orders"), SAY(YOUR_ORDERS));
}

enum err payments_page(struct req *r)
{
    return list_page(r, ACCOUNT_PAYMENTS, S("/account/payments"), SAY(YOUR_PAYMENTS));
}
