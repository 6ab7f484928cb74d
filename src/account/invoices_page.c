#include "account/account_page.h"
#include "invoice/invoice.h"
#include "web/page.h"

/* /account/invoices, and each of them as a page: what the PDF says, for who reads with other means
 * than the eyes, and for paper. */

static const struct part_column columns[] = {
    { .label = S_INIT("Number"), .whole = true },
    { .label = S_INIT("Total"), .number = true, .whole = true },
    { .label = S_INIT("What") },
    { .label = S_INIT("Issued"), .whole = true, .full = true, .muted = true },
    { .label = S_INIT("PDF"), .full = true },
};

struct writing {
    struct account_invoices *l;
    struct part_rows rows;
    bool open;
};

/* The gateway's own page about it, where it has one. */
static enum err page_link(struct ctx *c, struct buf *b, const struct invoice *i)
{
    struct str url = S("");
    if (i->kind == INVOICE_SALE)
        TRY(attempt_page(c, i->order_n, &url));
    if (url.n == 0)
        return E_OK;
    html(b, "<br><a href=\"");
    html_url(b, url);
    html(b, "\" rel=\"noreferrer\">", SAY(INVOICE_ELSEWHERE), "</a>");
    return E_OK;
}

static void pdf_link(struct buf *b, const struct invoice *i, struct str words)
{
    html(b, "<a href=\"/account/invoices/", invoice_number(b->arena, i), ".pdf\">", words, "</a>");
}

static enum err one(struct ctx *c, const struct invoice *i, void *arg)
{
    struct writing *w = arg;
    const struct str number = invoice_number(c->arena, i);
    struct buf *b = w->rows.b;
    w->l->more = w->l->shown == w->l->limit;
    if (w->l->more)
        return E_OK;
    w->l->shown++;
    w->l->last_n = i->n;
    if (!w->open)
        w->rows = part_rows_open(b, SAY(INVOICES_CAPTION), columns, ARRAY_LEN(columns));
    w->open = true;
    part_row(&w->rows);
    part_cell(&w->rows);
    html(b, "<a href=\"/account/invoices/", number, "\">", number, "</a>");
    part_cell(&w->rows);
    part_money(b, (struct money) { i->total_minor, i->currency });
    part_cell(&w->rows);
    html(b, invoice_kind_words(i->kind));
    part_cell(&w->rows);
    part_time(b, i->issued_ms);
    part_cell(&w->rows);
    pdf_link(b, i, SAY_WITH(b->arena, INVOICE_PDF_OF, { "number", number }));
    return page_link(c, b, i);
}

enum err account_invoices_write(
    struct ctx *c, struct buf *b, int64_t after_n, struct account_invoices *l)
{
    struct writing w = { .l = l, .rows = { .b = b } };
    if (c->customer_n > 0)
        TRY(invoice_list(c, c->customer_n, after_n, l->limit + 1, one, &w));
    if (w.open)
        part_rows_close(&w.rows);
    else
        html(b, "<p class=\"muted\">", SAY(NO_INVOICES), ". ", SAY(NO_INVOICES_MORE), "</p>");
    html(b, "\n");
    return E_OK;
}

enum err account_invoices_page(struct req *r)
{
    struct account_invoices l = { .limit = 0 };
    struct page page;
    struct buf *b = NULL;
    TRY(req_page(r, &page));
    TRY(checkout_caller(r->c));
    l.limit = page.limit;
    TRY(account_open(r, ACCOUNT_BILLING, &b));
    html(b, "<h2>", SAY(BILLING_INVOICES), "</h2>\n");
    TRY(account_invoices_write(r->c, b, page.after_n, &l));
    if (l.shown > 0)
        part_pages(b,
            &(struct part_pages) { .shown = l.shown,
                .older = l.more ? str_fmt(r->c->arena, "/account/invoices?after=%.*s",
                                      SARG(page_cursor(r->c->arena, l.last_n)))
                                : S(""),
                .newest = page.after_n > 0 ? S("/account/invoices") : S("") });
    account_close(r, b);
    return E_OK;
}

/* ---- one */

static void texts(struct buf *b, struct str label, const struct str *line, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (line[i].n == 0)
            continue;
        if (any)
            html(b, "<br>");
        else
            html(b, "<section class=\"card\"><h3>", label, "</h3><p>");
        html(b, line[i]);
        any = true;
    }
    if (any)
        html(b, "</p></section>\n");
}

static void buyer(struct buf *b, const struct invoice *i, const struct invoice_content *k)
{
    struct str line[INVOICE_BUYER + 2];
    size_t n = 0;
    for (; n < k->buyer.n && n < INVOICE_BUYER; n++)
        line[n] = k->buyer.v[n];
    line[n++] = i->email;
    if (k->buyer_tax_id.n > 0)
        line[n++] = SAY_WITH(b->arena, INVOICE_TAX_ID, { "id", k->buyer_tax_id });
    texts(b, SAY(INVOICE_TO), line, n);
}

static void write_bill(struct buf *b, const struct invoice_content *k)
{
    struct invoice_sum sum[INVOICE_SUMS];
    const size_t n = invoice_sums(b->arena, k, sum);
    part_bill_open(b, SAY(INVOICE_LINES));
    for (size_t i = 0; i < k->lines; i++)
        part_bill_item(b,
            &(struct part_item) { .words = k->line[i].name,
                .more = k->line[i].description,
                .quantity = k->line[i].quantity,
                .amount = { k->line[i].amount_minor, k->currency } });
    part_bill_foot(b);
    for (size_t i = 0; i < n; i++)
        if (sum[i].strong)
            part_bill_total(b, SAY(TOTAL), (struct money) { sum[i].minor, k->currency });
        else
            part_bill_line(b, sum[i].words, (struct money) { sum[i].minor, k->currency });
    part_bill_close(b);
}

static enum err write_one(
    struct ctx *c, struct buf *b, const struct invoice *i, const struct invoice_content *k)
{
    struct invoice_fact fact[INVOICE_FACTS];
    const size_t n = invoice_facts(b->arena, i, k, fact);
    html(b, "<h2>", invoice_kind_words(k->kind), " <span class=\"nb\">", k->number,
        "</span></h2>\n<div class=\"pair\"><section class=\"card stack\">");
    write_bill(b, k);
    for (size_t l = 0; l < k->notes.n; l++)
        html(b, "<p>", k->notes.v[l], "</p>");
    html(b, "</section>\n<div class=\"stack\"><section class=\"card stack tight\">");
    part_facts_open(b);
    for (size_t l = 0; l < n; l++)
        part_fact(b, fact[l].words, fact[l].value);
    part_facts_close(b);
    html(b, "<p>");
    pdf_link(b, i, SAY(INVOICE_PDF));
    TRY(page_link(c, b, i));
    html(b, "</p></section>\n");
    texts(b, SAY(INVOICE_FROM), k->seller.v, k->seller.n);
    buyer(b, i, k);
    html(b, "</div></div>\n");
    return E_OK;
}

enum err account_invoice_page(struct req *r)
{
    struct ctx *c = r->c;
    struct invoice i;
    struct invoice_content k;
    struct buf *b = NULL;
    TRY(checkout_caller(c));
    TRY(invoice_of_request(r, r->params[0], &i));
    TRY(invoice_content(c, &i, &k));
    TRY(account_open(r, ACCOUNT_BILLING, &b));
    TRY(write_one(c, b, &i, &k));
    account_close(r, b);
    return E_OK;
}
