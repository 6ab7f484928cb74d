#include "console/sheet_page.h"

#include "customer/customer.h"
#include "failure/failure.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/errors: what failed, by place and code, and whom it met. */

static struct str kind_words(enum mishap_kind kind)
{
    switch (kind) {
    case MISHAP_REQUEST:
        return S("Requests that failed here");
    case MISHAP_WEBHOOK:
        return S("Webhooks that were not taken");
    case MISHAP_CALL:
        return S("Calls without a good answer");
    case MISHAP_JOB:
        return S("Jobs that do not get done");
    case MISHAP_REFUSED:
        return S("Requests that were refused");
    case MISHAP_KIND_COUNT:
        break;
    }
    never("a kind of error without words");
}

static struct str customers_words(struct arena *a, const struct failure *f)
{
    return f->customers < FAILURE_CUSTOMERS
        ? number_text(a, f->customers)
        : str_fmt(a, "%.*s or more", SARG(number_text(a, f->customers)));
}

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct failure *f, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, f->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a class=\"any\" href=\"/admin/errors/", failure_id(c->arena, f), "\">", f->place,
        "</a>");
    part_cell(&l->rows);
    html(b, number_text(c->arena, f->count));
    part_cell(&l->rows);
    html(b, "<code class=\"any\">");
    console_joints(b, f->code);
    html(b, "</code>");
    part_cell(&l->rows);
    html(b, f->kind == MISHAP_REFUSED ? S("Not counted") : customers_words(c->arena, f));
    part_cell(&l->rows);
    part_time_exact(b, f->last_ms);
    part_cell(&l->rows);
    part_time_exact(b, f->first_ms);
    return E_OK;
}

struct asked {
    bool refused;
    struct str query;
};

static enum err read_asked(struct req *r, struct asked *a)
{
    struct str show = S("");
    bool given = false;
    TRY(req_query(r, "show", &given, &show));
    if (given && !str_eq(show, S("refused")))
        return fail(r->c, INVALID_REQUEST, "show is refused, or is left out");
    *a = (struct asked) { given, given ? S("show=refused&") : S("") };
    return E_OK;
}

static void write_none(struct buf *b, bool refused)
{
    part_empty(b,
        &(struct part_empty) { .icon = ICON_CHECK,
            .title = refused ? S("Nothing was refused") : S("Nothing failed"),
            .sentence = S("What did in the last ninety days would be here."),
            .href = S("/admin"),
            .action = S("Back to the overview") });
}

static enum err errors(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Where"), .any = true },
        { .label = S_INIT("Times"), .number = true, .labelled = true },
        { .label = S_INIT("Code"), .any = true },
        { .label = S_INIT("Customers"), .number = true, .labelled = true },
        { .label = S_INIT("Last seen"), .full = true, .muted = true, .labelled = true },
        { .label = S_INIT("First seen"), .full = true, .muted = true, .labelled = true },
    };
    static const struct part_link tabs[] = { { S_INIT("/admin/errors"), S_INIT("To look at") },
        { S_INIT("/admin/errors?show=refused"), S_INIT("Refused") } };
    struct listing l = { 0 };
    struct asked a;
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(read_asked(r, &a));
    TRY(req_page(r, &l.list.page));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Errors"), .here = S("/admin/errors") }, &b));
    html(b, "<div class=\"row apart\"><h1>Errors</h1>");
    console_csv_link(b, S("/admin/csv/errors"), a.query);
    html(b,
        "</div>\n<p class=\"muted\">What failed on all servers, a line for each place and code. "
        "One that is not seen for ninety days is forgotten.</p>\n");
    part_tabs(b, S("Errors by whose matter they are"), tabs, ARRAY_LEN(tabs), tabs[a.refused].href);
    l.rows = part_rows_open(&rows, S("Errors, last seen first"), columns, ARRAY_LEN(columns));
    TRY(failure_list(r->c,
        &(struct failure_filter) { a.refused, l.list.page.after_n, list_want(&l.list) }, one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/errors"), a.query, &l.list) });
    } else
        write_none(b, a.refused);
    console_close(r);
    return E_OK;
}

/* ---- one of them */

static enum err one_customer(struct ctx *c, int64_t customer_n, void *arg)
{
    struct part_rows *rows = arg;
    struct buf *b = rows->b;
    struct customer k;
    TRY(customer_by_n(c, customer_n, &k));
    struct str id = id_text(c->arena, S("cus"), k.id);
    part_row(rows);
    part_cell(rows);
    html(b, "<a class=\"any\" href=\"/admin/customers/", id, "\">",
        k.external_id.n > 0 ? k.external_id : id, "</a>");
    part_cell(rows);
    html(b, "<a href=\"/admin/orders?customer=", id, "\">Orders</a>");
    return E_OK;
}

static enum err write_customers(struct req *r, struct buf *b, const struct failure *f)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Customer"), .any = true },
        { .label = S_INIT("What they bought"), .whole = true },
    };
    html(b, "<section class=\"stack\" aria-labelledby=\"met\"><h2 id=\"met\">Whom it met</h2>\n");
    if (f->customers == 0) {
        html(b, "<p class=\"muted\">No customer who was signed in, or named.</p></section>\n");
        return E_OK;
    }
    struct part_rows rows = part_rows_open(b, S("Whom it met"), columns, ARRAY_LEN(columns));
    TRY(failure_customers(r->c, f->n, one_customer, &rows));
    part_rows_close(&rows);
    html(b, "</section>\n");
    return E_OK;
}

/* Where the rows behind it stand. */
static void write_behind(struct buf *b, enum mishap_kind kind)
{
    if (kind == MISHAP_JOB)
        html(b, "<p><a href=\"/admin/jobs?state=parked\">Jobs that are stuck</a></p>\n");
    else if (kind == MISHAP_WEBHOOK)
        html(b, "<p><a href=\"/admin/webhooks?status=parked\">Webhooks that failed</a></p>\n");
    else if (kind == MISHAP_CALL)
        html(b, "<p><a href=\"/admin/payments\">Payments, with what gateways said</a></p>\n");
}

static enum err error_one(struct req *r)
{
    struct failure f;
    struct id id;
    struct buf *b = NULL;
    if (!id_parse(S("err"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such group of errors");
    TRY(failure_get(r->c, id, &f));
    const enum code code = code_find(f.code);
    TRY(console_open(
        r, &(struct console_head) { .title = f.place, .here = S("/admin/errors") }, &b));
    console_crumb(b, S("/admin/errors"), S("Errors"));
    html(b, "<h1 class=\"any\">", f.place, "</h1>\n<p class=\"lead\"><code class=\"any\">");
    console_joints(b, f.code);
    html(b, "</code> ",
        code == CODE_NONE ? S("A code of another version of this program.")
                          : code_info(code)->meaning,
        "</p>\n<section class=\"card\">");
    part_facts_open(b);
    part_fact(b, S("What"), kind_words(f.kind));
    part_fact(b, S("Times"), number_text(b->arena, f.count));
    if (f.kind != MISHAP_REFUSED)
        part_fact(b, S("Customers"), customers_words(b->arena, &f));
    part_fact_open(b, S("First seen"));
    part_time_exact(b, f.first_ms);
    part_fact_close(b);
    part_fact_open(b, S("Last seen"));
    part_time_exact(b, f.last_ms);
    part_fact_close(b);
    part_fact_open(b, S("The last in the log"));
    html(b, "<code class=\"any\">", f.request_id, "</code>");
    part_fact_close(b);
    part_facts_close(b);
    html(b, "</section>\n");
    write_behind(b, f.kind);
    if (f.kind == MISHAP_REQUEST || f.kind == MISHAP_CALL)
        TRY(write_customers(r, b, &f));
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct failure *f, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, f->n);
    csv_str(csv, failure_id(c->arena, f));
    csv_str(csv, failure_kind_text(f->kind));
    csv_str(csv, f->place);
    csv_str(csv, f->code);
    csv_i64(csv, f->count);
    csv_i64(csv, f->customers);
    csv_time(csv, f->first_ms);
    csv_time(csv, f->last_ms);
    csv_str(csv, f->request_id);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    const struct asked *a = sheet->filter;
    return failure_list(
        c, &(struct failure_filter) { a->refused, sheet->after, SHEET_PIECE }, csv_row, sheet);
}

static enum err errors_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("kind"), S_INIT("place"),
        S_INIT("code"), S_INIT("times"), S_INIT("customers"), S_INIT("first seen"),
        S_INIT("last seen"), S_INIT("last request") };
    struct asked a;
    TRY(read_asked(r, &a));
    return console_sheet(
        r, &(struct sheet_kind) { S("errors"), columns, ARRAY_LEN(columns), csv_piece }, &a);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/errors", SHAPE_READ, NULL, errors, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what failed, by place and code." },
    { "GET", "/admin/errors/{id}", SHAPE_READ, NULL, error_one, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: one kind of error, and whom it met." },
    { "GET", "/admin/csv/errors", SHAPE_CALL, NULL, errors_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: errors as a file." },
};
const struct routes console_errors_routes = { table, ARRAY_LEN(table) };
