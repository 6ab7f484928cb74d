#include "console/sheet_page.h"

#include "credit/credit.h"
#include "customer/customer.h"
#include "order/order_part.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/customers: the application's people, and what one of them bought. */

enum {
    ORDERS = 20,
    MAILS = 20
};

struct listing {
    struct list list;
    struct part_rows rows;
};

static struct str cus(struct arena *a, const struct customer *k)
{
    return id_text(a, S("cus"), k->id);
}

static enum err one(struct ctx *c, const struct customer *k, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, k->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a class=\"any\" href=\"/admin/customers/", cus(c->arena, k), "\">", k->external_id,
        "</a>");
    part_cell(&l->rows);
    html(b, k->country);
    part_cell(&l->rows);
    part_mail(b, k->email);
    part_cell(&l->rows);
    html(b, k->name);
    part_cell(&l->rows);
    part_time_exact(b, k->created_ms);
    return E_OK;
}

static enum err customers(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Customer"), .any = true },
        { .label = S_INIT("Country"), .whole = true },
        { .label = S_INIT("Mail"), .any = true, .full = true },
        { .label = S_INIT("Name"), .any = true, .full = true },
        { .label = S_INIT("Since"), .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &l.list.page));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Customers"), .here = S("/admin/customers") }, &b));
    html(b, "<div class=\"row apart\"><h1>Customers</h1>");
    if (console_may(r, CONSOLE_SUPPORT))
        console_csv_link(b, S("/admin/csv/customers"), S(""));
    html(b, "</div>\n");
    l.rows = part_rows_open(&rows, S("Customers, newest first"), columns, ARRAY_LEN(columns));
    TRY(customer_list(r->c, l.list.page.after_n, list_want(&l.list), one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/customers"), S(""), &l.list),
                .newest = l.list.page.after_n > 0 ? S("/admin/customers") : S("") });
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = S("No customers yet"),
                .sentence = S("They appear here when the application names them or they sign in. "
                              "Guests are found by their mail, under Orders."),
                .href = S("/admin/orders"),
                .action = S("See the orders") });
    }
    console_close(r);
    return E_OK;
}

/* ---- one */

static void write_facts(struct buf *b, const struct customer *k)
{
    html(b, "<section class=\"card\" aria-label=\"Facts\">");
    part_facts_open(b);
    if (k->email.n > 0) {
        part_fact_open(b, S("Mail"));
        part_mail(b, k->email);
        html(b, k->email_verified ? S(", proved") : S(", not proved"));
        part_fact_close(b);
    }
    part_fact(b, S("Name"), k->name);
    part_fact(b, S("Country"), country_name(k->country));
    part_fact(b, S("Time zone"), k->time_zone);
    part_fact(b, S("Tax id"), k->tax_id);
    part_fact_open(b, S("Since"));
    part_time_exact(b, k->created_ms);
    part_fact_close(b);
    part_facts_close(b);
    part_box(b,
        &(struct part_box) {
            .id = S("cus"), .label = S("Purser's id"), .text = cus(b->arena, k), .brief = true });
    html(b, "</section>\n");
}

static enum err take_sum(struct ctx *c, const struct order_sum *sum, void *arg)
{
    struct buf *b = arg;
    struct money paid = { sum->total_minor, sum->currency };
    struct money back = { sum->refunded_minor, sum->currency };
    struct str orders = str_fmt(b->arena, "%.*s %s", SARG(number_text(b->arena, sum->orders)),
        sum->orders == 1 ? "order" : "orders");
    if (sum->refunded_minor > 0)
        orders = str_fmt(
            b->arena, "%.*s, given back %.*s", SARG(orders), SARG(money_text(b->arena, back)));
    part_tile(b,
        &(struct part_tile) {
            .label = str_fmt(b->arena, "Paid in %.*s", SARG(currency_code(sum->currency))),
            .figure = money_text(b->arena, paid),
            .below = orders });
    return c->dead ? E_DEAD : E_OK;
}

/* Of who has or had any. */
static enum err credits_tile(struct ctx *c, struct buf *b, const struct customer *who)
{
    struct credit_account account;
    TRY(credit_look(c, who->n, &account));
    if (account.balance + account.reserved + account.debt == 0)
        return E_OK;
    part_tile(b,
        &(struct part_tile) {
            .label = S("Credits"),
            .href = str_fmt(b->arena, "/admin/customers/%.*s/credits", SARG(cus(b->arena, who))),
            .figure = number_text(b->arena, account.balance),
            .below = str_fmt(b->arena, "%lld reserved", (long long)account.reserved),
        });
    return E_OK;
}

struct orders {
    struct part_rows rows;
    struct str id[ORDERS];
    size_t n;
};

static enum err take_order(struct ctx *c, const struct order *o, void *arg)
{
    struct orders *k = arg;
    struct buf *b = k->rows.b;
    struct str number = order_number(c->arena, o);
    if (k->n == ORDERS)
        return E_OK;
    k->id[k->n++] = order_id(c->arena, o);
    part_row(&k->rows);
    part_cell(&k->rows);
    console_order_link(b, number);
    part_cell(&k->rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(&k->rows);
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_cell(&k->rows);
    part_time_exact(b, o->created_ms);
    return E_OK;
}

static enum err write_orders(
    struct ctx *c, struct buf *b, const struct customer *who, struct orders *k)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Order"), .whole = true },
        { .label = S_INIT("Total"), .number = true, .whole = true },
        { .label = S_INIT("Status") },
        { .label = S_INIT("Created"), .full = true, .muted = true },
    };
    struct order_filter f = { .status = -1, .customer_n = who->n, .limit = ORDERS };
    struct buf rows = BUF(b->arena);
    k->rows = part_rows_open(&rows, S("The newest orders"), columns, ARRAY_LEN(columns));
    html(b, "<section class=\"stack\" aria-labelledby=\"orders\"><h2 id=\"orders\">Orders</h2>");
    TRY(order_list(c, &f, take_order, k));
    part_rows_close(&k->rows);
    if (k->n == 0) {
        html(b, "<p class=\"muted\">Nothing was bought yet.</p></section>\n");
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    html(b, "<p><a href=\"/admin/orders?customer=", cus(b->arena, who),
        "\">All of their orders</a></p></section>\n");
    return E_OK;
}

struct mails {
    struct buf *b;
    size_t n;
};

static enum err take_mail(struct ctx *c, const struct mail_row *m, void *arg)
{
    struct mails *k = arg;
    struct buf *b = k->b;
    if (k->n++ >= MAILS)
        return E_OK;
    html(b, "<li><a href=\"/admin/mails/", mail_id(c->arena, m), "\">", m->mail.subject,
        "</a><span class=\"row small muted\">");
    console_mail_badge(b, m->state);
    part_time_exact(b, m->created_ms);
    html(b, "</span></li>");
    return E_OK;
}

/* Mails are about orders: those of the newest ones. */
static enum err write_mails(struct ctx *c, struct buf *b, const struct orders *orders)
{
    struct buf list = BUF(b->arena);
    struct mails k = { .b = &list };
    for (size_t i = 0; i < orders->n && k.n < MAILS; i++) {
        struct mail_filter f = { .state_or_minus_1 = -1, .about = orders->id[i], .limit = MAILS };
        TRY(mail_list(c, &f, take_mail, &k));
    }
    if (k.n == 0)
        return E_OK;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"mails\"><h2 id=\"mails\">Mails</h2>"
        "<ul class=\"links\">");
    buf_add(b, buf_str(&list));
    html(b, "</ul></section>\n");
    return E_OK;
}

static enum err customer(struct req *r)
{
    struct customer who;
    struct chain chain;
    struct orders orders = { .n = 0 };
    struct buf *b = NULL;
    bool found = false;
    TRY(customer_find(r->c, r->params[0], &found, &who));
    if (!found)
        return fail(r->c, NOT_FOUND, "there is no such customer");
    TRY(chain_of(r->c, cus(r->c->arena, &who), &chain));
    TRY(console_open(
        r, &(struct console_head) { .title = who.external_id, .here = S("/admin/customers") }, &b));
    console_crumb(b, S("/admin/customers"), S("Customers"));
    html(b, "<h1 class=\"any\">", who.external_id, "</h1>\n");
    part_tiles_open(b);
    TRY(order_sums(r->c, who.n, take_sum, b));
    TRY(credits_tile(r->c, b, &who));
    part_tiles_close(b);
    html(b, "\n<div class=\"split\"><div class=\"stack loose\">\n");
    TRY(write_orders(r->c, b, &who, &orders));
    TRY(write_mails(r->c, b, &orders));
    html(b, "</div>\n<div class=\"stack loose\">\n");
    write_facts(b, &who);
    if (console_may(r, CONSOLE_OWNER))
        html(b, "<p><a href=\"/admin/customers/", cus(r->c->arena, &who),
            "/privacy\">Export or forget what is kept about them</a></p>");
    html(b,
        "<section class=\"stack\" aria-labelledby=\"story\"><h2 id=\"story\">Story, newest first</h2>");
    console_story(b, &chain, CHAIN_KIND_COUNT);
    html(b, "</section></div></div>");
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct customer *k, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, k->n);
    csv_str(csv, cus(c->arena, k));
    csv_str(csv, k->external_id);
    csv_str(csv, k->email);
    csv_str(csv, k->name);
    csv_str(csv, k->country);
    csv_time(csv, k->created_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    return customer_list(c, sheet->after, SHEET_PIECE, csv_row, sheet);
}

static enum err customers_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("customer"), S_INIT("email"),
        S_INIT("name"), S_INIT("country"), S_INIT("since") };
    return console_sheet(
        r, &(struct sheet_kind) { S("customers"), columns, ARRAY_LEN(columns), csv_piece }, NULL);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/customers", SHAPE_READ, NULL, customers, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: the application's people." },
    { "GET", "/admin/customers/{id}", SHAPE_READ, NULL, customer, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: one customer, with orders and mails." },
    { "GET", "/admin/csv/customers", SHAPE_CALL, NULL, customers_csv, NULL, 0,
        ALLOW_ADMIN | ALLOW_SUPPORT, ROUTE_PAGE, 0, "The console: customers as a file." },
};
const struct routes console_customers_routes = { table, ARRAY_LEN(table) };
