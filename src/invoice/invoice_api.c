#include "customer/customer.h"
#include "customer/whose.h"
#include "invoice/invoice.h"
#include "web/list.h"

/* GET /api/invoices, and each of them as a PDF. */

struct listing {
    struct list list;
};

static enum err one(struct ctx *c, const struct invoice *i, void *arg)
{
    struct listing *l = arg;
    struct json *j = &l->list.j;
    struct invoice_content k;
    if (!list_room(&l->list, i->n))
        return E_OK;
    TRY(invoice_content(c, i, &k));
    json_open(j, NULL, '{');
    json_str(j, "id", invoice_id(c->arena, i));
    json_str(j, "number", k.number);
    json_str(j, "type", invoice_kind_text(i->kind));
    json_str(j, "orderNumber", k.order);
    json_str_or_null(j, "refersTo", k.refers);
    json_money(j, "total", (struct money) { i->total_minor, i->currency });
    json_money(j, "tax", (struct money) { i->tax_minor, i->currency });
    json_time(j, "issuedAt", i->issued_ms);
    json_str(j, "pdf", str_fmt(c->arena, "/api/invoices/%.*s.pdf", SARG(invoice_id(c->arena, i))));
    json_close(j, '}');
    return E_OK;
}

/* *ret 0: everybody's. */
static enum err whose(struct req *r, int64_t *ret)
{
    struct str asked = S("");
    bool given = false;
    int64_t n = 0;
    TRY(req_query(r, "customerId", &given, &asked));
    if (!given && whose_sees_all(r)) {
        *ret = 0;
        return E_OK;
    }
    TRY(whose_known(r, &n));
    *ret = n > 0 ? n : CUSTOMER_NOBODY;
    return E_OK;
}

static enum err list(struct req *r)
{
    struct listing l = { .list = { .shown = 0 } };
    int64_t customer_n = 0;
    TRY(req_page(r, &l.list.page));
    TRY(whose(r, &customer_n));
    list_open(r, &l.list);
    TRY(invoice_list(r->c, customer_n, l.list.page.after_n, list_want(&l.list), one, &l));
    list_close(r, &l.list);
    return E_OK;
}

enum err invoice_of_request(struct req *r, struct str id_or_number, struct invoice *ret)
{
    struct ctx *c = r->c;
    const int64_t bound = c->customer_n;
    struct str token = S("");
    struct order o;
    struct invoice i;
    bool given = false;
    int64_t n = 0;
    TRY(req_query(r, "t", &given, &token));
    if (whose_is_user(r))
        TRY(whose_find(r, S(""), &n));
    c->customer_n = 0;
    enum err e = invoice_get(c, id_or_number, &i);
    c->customer_n = bound;
    TRY(e);
    TRY(order_by_n(c, i.order_n, &o));
    if (!whose_sees_all(r) && !(n > 0 && o.customer_n == n) &&
        !(token.n > 0 && order_token_holds(c, &o, token)))
        return fail(c, NOT_FOUND, "there is no such invoice");
    *ret = i;
    return E_OK;
}

static enum err pdf(struct req *r)
{
    struct ctx *c = r->c;
    struct invoice i;
    struct invoice_content k;
    struct str bytes = S("");
    TRY(invoice_of_request(r, r->params[0], &i));
    TRY(invoice_content(c, &i, &k));
    TRY(invoice_pdf(c, &i, &k, &bytes));
    answer_text(r, 200, S("application/pdf"), bytes);
    answer_header(r, S("Content-Disposition"),
        str_fmt(c->arena, "attachment; filename=\"%.*s.pdf\"", SARG(k.number)));
    return E_OK;
}

enum {
    READERS = ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_USER | ALLOW_VIEWER
};

static const struct route table[] = {
    { "GET", "/api/invoices", SHAPE_READ, NULL, list, NULL, 0, READERS, 0, 0,
        "Invoices and credit notes, newest first: a customer's own, a key's all." },
    { "GET", "/api/invoices/{id}.pdf", SHAPE_READ, NULL, pdf, NULL, 0, ALLOW_ANYONE, 0, 0,
        "One of them, by inv_… or number, as a PDF; ?t= is a guest's link to the order." },
    { "GET", "/account/invoices/{id}.pdf", SHAPE_READ, NULL, pdf, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE,
        0, "The same for who is signed in on pages." },
};
const struct routes invoice_routes = { table, ARRAY_LEN(table) };
