#include "invoice/invoice.h"

#include "base/crypto.h"
#include "base/json.h"
#include "fact/fact.h"
#include "invoice/invoice_db.h"
#include "invoice/invoice_look.h"

/* The series from its beginning, and every order that was paid beside what was issued of it. */

enum {
    CHUNK = 500,
    FINDINGS_MAX = 100
};

struct walk {
    struct buf *out;
    int64_t findings, checked;
    int64_t year, number; /* the last one */
    int64_t order_n;
    int64_t looked_seq; /* how far the job came */
    bool more;
};

PRINTF(3, 4)
static void finding(struct walk *w, struct str about, const char *fmt, ...)
{
    if (++w->findings > FINDINGS_MAX)
        return;
    buf_fmt(w->out, "%.*s: ", SARG(about));
    va_list args;
    va_start(args, fmt);
    buf_vfmt(w->out, fmt, args);
    va_end(args);
    buf_char(w->out, '\n');
}

/* ---- numbers */

/* What the fact sealed, beside what is stored. */
static bool is_as_sealed(struct ctx *c, const struct invoice_sealed *row)
{
    const struct sha256 hash = sha256(row->content);
    struct json_value said = json_root(row->said);
    return row->said.n > 0 &&
        str_eq(json_text(c->arena, said, "invoiceId"), invoice_id(c->arena, &row->invoice)) &&
        str_eq(json_text(c->arena, said, "contentHash"),
            hex_text(c->arena, (struct str) { (const char *)hash.b, sizeof hash.b }));
}

/* The lines add up to the total, and the row says the same. */
static bool adds_up(const struct invoice *i, const struct invoice_content *k)
{
    int64_t lines = 0;
    for (size_t n = 0; n < k->lines; n++)
        lines += k->line[n].amount_minor;
    return lines == k->subtotal_minor &&
        k->subtotal_minor - k->discount_minor + (k->tax_inclusive ? 0 : k->tax_minor) ==
        k->total_minor &&
        k->total_minor == i->total_minor && k->tax_minor == i->tax_minor &&
        k->currency == i->currency && k->kind == i->kind && k->issued_ms == i->issued_ms;
}

static enum err check_number(struct ctx *c, const struct invoice_sealed *row, void *arg)
{
    struct walk *w = arg;
    const struct invoice *i = &row->invoice;
    struct str number = invoice_number(c->arena, i);
    struct invoice_content k;
    const int64_t want = i->year == w->year ? w->number + 1 : 1;
    w->more = true;
    w->checked++;
    if (i->number > want)
        finding(w, number, "%lld before it are missing", (long long)(i->number - want));
    w->year = i->year;
    w->number = i->number;
    if (!is_as_sealed(c, row))
        finding(w, number, "it is not as it was sealed when it was issued");
    else if (invoice_content_read(c, row->content, &k) != E_OK || !adds_up(i, &k) ||
        !str_eq(k.number, number))
        finding(w, number, "what stands on it does not add up");
    err_clear(c);
    return E_OK;
}

static enum err check_numbers(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    w->more = false;
    TRY(invoice_db_each_number(c, w->year, w->number, CHUNK, check_number, w));
    *ret_more = w->more;
    return E_OK;
}

static enum err check_series(struct ctx *c, struct walk *w)
{
    struct invoice_series s;
    TRY(invoice_db_read_series(c, &s));
    if (s.year != w->year || s.last != w->number)
        finding(w, S("invoices"),
            "the last number given was %lld of %lld, the last there is %lld of %lld",
            (long long)s.last, (long long)s.year, (long long)w->number, (long long)w->year);
    return E_OK;
}

/* ---- orders */

struct waited {
    int64_t looked_seq;
    bool passed;
    int64_t version; /* the order's, as of the last that the job has passed */
};

static enum err has_passed(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct waited *k = arg;
    (void)c;
    if (!invoice_follows(row->kind) || row->seq == 0 || row->seq > k->looked_seq)
        return E_OK;
    k->passed = true;
    k->version = k->version > row->version ? k->version : row->version;
    return E_OK;
}

/* Was the job there already? */
static enum err waited(struct ctx *c, struct walk *w, struct str order, struct waited *ret)
{
    const struct fact_filter of = { .subject = order, .limit = 1000, .newest_first = true };
    *ret = (struct waited) { .looked_seq = w->looked_seq };
    return fact_list(c, &of, has_passed, ret);
}

/* An order that moved since waits for its next fact, which may not be sealed yet. */
static enum err check_backs(
    struct ctx *c, struct walk *w, struct str order, const struct invoice_owed *row)
{
    struct waited k;
    if (-row->back_minor >= row->refunded_minor)
        return E_OK;
    TRY(waited(c, w, order, &k));
    if (k.passed && k.version == row->version)
        finding(w, order, "%lld of it went back, and %lld has a credit note",
            (long long)row->refunded_minor, (long long)-row->back_minor);
    return E_OK;
}

static enum err check_order(struct ctx *c, const struct invoice_owed *row, void *arg)
{
    struct walk *w = arg;
    struct str order = id_text(c->arena, S("ord"), row->order);
    struct waited k;
    w->order_n = row->order_n;
    w->more = true;
    if (row->sales == 0) {
        TRY(waited(c, w, order, &k));
        if (k.passed)
            finding(w, order, "it was paid and has no invoice");
        return E_OK;
    }
    if (row->sales > 1)
        finding(w, order, "it has %lld invoices", (long long)row->sales);
    if (row->sold_minor != row->total_minor || row->sold_tax_minor != row->tax_minor)
        finding(w, order,
            "its invoice is over %lld with %lld of tax, the order over %lld with %lld",
            (long long)row->sold_minor, (long long)row->sold_tax_minor, (long long)row->total_minor,
            (long long)row->tax_minor);
    if (-row->back_minor > row->total_minor || -row->back_tax_minor > row->tax_minor)
        finding(w, order, "credit notes take back more than was invoiced");
    if (row->back_minor == -row->total_minor && row->back_tax_minor != -row->tax_minor)
        finding(w, order, "all of it went back, and not all of its tax");
    return check_backs(c, w, order, row);
}

static enum err check_orders(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    w->more = false;
    TRY(invoice_db_each_owed(c, w->order_n, CHUNK, check_order, w));
    *ret_more = w->more;
    return E_OK;
}

enum err invoice_verify(struct ctx *c, struct buf *out, int64_t *ret_checked)
{
    struct walk w = { .out = out };
    TRY(invoice_looked(c, &w.looked_seq));
    TRY(ctx_pieces(c, INT64_MAX, check_numbers, &w));
    TRY(check_series(c, &w));
    TRY(ctx_pieces(c, INT64_MAX, check_orders, &w));
    if (w.findings > FINDINGS_MAX)
        buf_fmt(out, "and %lld more\n", (long long)w.findings - FINDINGS_MAX);
    *ret_checked = w.checked;
    return w.findings == 0
        ? E_OK
        : fail(c, CONFLICT, "%lld findings in the invoices", (long long)w.findings);
}
