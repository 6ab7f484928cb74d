#include "invoice/invoice.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "customer/billing.h"
#include "fact/fact.h"
#include "invoice/invoice_db.h"
#include "payment/back.h"

/* What an order's row says is what is issued: whoever asks for it, and however often, the same
 * invoice and the same credit notes come of it. */

static const struct {
    struct str name, words;
} kinds[] = {
    [INVOICE_SALE] = { S_INIT("invoice"), S_INIT("Invoice") },
    [INVOICE_CREDIT] = { S_INIT("credit_note"), S_INIT("Credit note") },
    [INVOICE_AGAIN] = { S_INIT("invoice"), S_INIT("Invoice") },
};
_Static_assert(ARRAY_LEN(kinds) == INVOICE_KIND_COUNT, "every kind has its words");

struct str invoice_kind_text(enum invoice_kind kind)
{
    must(kind < INVOICE_KIND_COUNT);
    return kinds[kind].name;
}

struct str invoice_kind_words(enum invoice_kind kind)
{
    must(kind < INVOICE_KIND_COUNT);
    return kinds[kind].words;
}

struct str invoice_number(struct arena *a, const struct invoice *i)
{
    return str_fmt(a, "INV-%lld-%06lld", (long long)i->year, (long long)i->number);
}

struct str invoice_id(struct arena *a, const struct invoice *i)
{
    return id_text(a, S("inv"), i->id);
}

/* ---- what there is */

struct issuing {
    struct order order;
    struct order_line *line;
    size_t lines;
    struct attempt paid;                /* n 0: nothing was to pay */
    struct invoice sale;                /* n 0: not issued yet */
    int64_t back_minor, back_tax_minor; /* what credit notes say went back */
    /* What the next one is about. */
    int64_t part_minor; /* so much of the order went back; negative: came back to us */
    int64_t refund_n;
};

static enum err look(struct ctx *c, int64_t order_n, struct issuing *k)
{
    bool found = false;
    *k = (struct issuing) { .sale = { .n = 0 } };
    TRY(order_by_n(c, order_n, &k->order));
    TRY(invoice_sale_of(c, order_n, &found, &k->sale));
    return found ? invoice_db_back(c, order_n, &k->back_minor, &k->back_tax_minor) : E_OK;
}

static bool is_owed(const struct issuing *k)
{
    return k->order.completed_ms > 0 &&
        (k->sale.n == 0 || k->order.refunded_minor != k->back_minor);
}

static enum err look_closer(struct ctx *c, struct issuing *k)
{
    struct attempt *a = NULL;
    size_t n = 0;
    TRY(order_lines(c, &k->order, &k->line, &k->lines));
    TRY(attempts_of(c, k->order.n, &a, &n));
    if (attempt_paid(a, n) != NULL)
        k->paid = *attempt_paid(a, n);
    return E_OK;
}

/* ---- who sells and who buys */

static void add(struct invoice_lines_of_text *to, struct str line, size_t max)
{
    line = str_trim(line);
    if (line.n > 0 && to->n < max)
        to->v[to->n++] = line;
}

/* As PURSER_BRAND_LEGAL has it: above an empty line what stands at the head, below it the foot. */
static void seller_of_document(struct arena *a, struct str text, struct invoice_content *k)
{
    struct buf lines = BUF(a);
    bool foot = false;
    for (size_t i = 0; i < text.n; i++) /* written on another system */
        if (text.p[i] != '\r')
            buf_char(&lines, text.p[i]);
    for (struct str rest = buf_str(&lines), line; rest.n > 0;) {
        str_cut(rest, '\n', &line, &rest);
        foot = foot || (str_trim(line).n == 0 && k->seller.n > 0);
        add(foot ? &k->foot : &k->seller, line, foot ? INVOICE_FOOT : INVOICE_SELLER);
    }
}

enum err invoice_seller_fault(struct ctx *c, struct str text, struct str *ret)
{
    struct str line, rest = text, name, drawn;
    int64_t lines[2] = { 0 };
    bool foot = false;
    *ret = S("");
    while (rest.n > 0) {
        str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        foot = foot || (line.n == 0 && lines[0] > 0);
        lines[foot] += line.n > 0;
    }
    if (lines[0] > INVOICE_SELLER || lines[1] > INVOICE_FOOT)
        *ret = str_fmt(c->arena, "%d lines stand at the head of an invoice and %d at its foot",
            INVOICE_SELLER, INVOICE_FOOT);
    str_cut(text, '\n', &name, &rest);
    str_cut(name, '\r', &name, &rest);
    TRY(invoice_drawn(c, name, &drawn));
    if (ret->n == 0 && !str_eq(drawn, str_trim(name)))
        *ret = str_fmt(c->arena, "the name is printed as \"%.*s\"", SARG(drawn));
    return E_OK;
}

static enum err seller_of_catalog(struct ctx *c, struct invoice_content *k)
{
    const struct catalog *shop = NULL;
    struct str line;
    TRY(catalog_now(c, &shop));
    struct str brand = config_str(c->config, CFG_BRAND_NAME);
    add(&k->seller, shop->business_name.n > 0 ? shop->business_name : brand, INVOICE_SELLER);
    struct json_value address = json_at(json_root(shop->text), "business.address");
    if (address.kind == JSON_ARRAY)
        for (struct json_iter it = json_iter(address); json_next(&it);)
            if (json_to_str(c->arena, it.value, &line))
                add(&k->seller, line, INVOICE_SELLER);
    add(&k->seller, country_name(shop->business_country), INVOICE_SELLER);
    add(&k->seller, shop->business_mail, INVOICE_SELLER);
    k->seller_country = shop->business_country;
    return E_OK;
}

static enum err write_seller(struct ctx *c, struct invoice_content *k)
{
    struct str legal = config_str(c->config, CFG_BRAND_LEGAL);
    k->seller.v = arena_array(c->arena, struct str, INVOICE_SELLER);
    k->foot.v = arena_array(c->arena, struct str, INVOICE_FOOT);
    TRY(seller_of_catalog(c, k));
    if (legal.n > 0) {
        k->seller.n = 0;
        seller_of_document(c->arena, legal, k);
    }
    k->support = config_str(c->config, CFG_BRAND_SUPPORT);
    k->color = config_str(c->config, CFG_BRAND_COLOR);
    return E_OK;
}

static enum err write_buyer(struct ctx *c, const struct order *o, struct invoice_content *k)
{
    struct billing b = { .name = o->name, .country = o->country };
    struct customer who;
    struct str line[BILLING_LINES];
    if (o->customer_n > 0) {
        TRY(customer_by_n(c, o->customer_n, &who));
        TRY(billing_of(c, &who, &b));
        if (b.name.n == 0 || (b.version == 0 && o->name.n > 0))
            b.name = o->name;
        if (b.country.n == 0)
            b.country = o->country;
    }
    k->buyer.v = arena_array(c->arena, struct str, INVOICE_BUYER);
    add(&k->buyer, b.name, INVOICE_BUYER);
    size_t n = billing_lines(c->arena, &b, line);
    for (size_t i = 0; i < n; i++)
        add(&k->buyer, line[i], INVOICE_BUYER);
    k->buyer_tax_id = b.tax_id;
    return E_OK;
}

/* ---- what it is about */

static void take_lines(struct ctx *c, const struct issuing *in, int sign, struct invoice_content *k)
{
    k->line = arena_array(c->arena, struct invoice_line, in->lines + 1);
    k->lines = in->lines;
    for (size_t i = 0; i < in->lines; i++) {
        const struct order_line *l = &in->line[i];
        k->line[i] = (struct invoice_line) { l->name, l->description, l->quantity,
            sign * l->unit_minor, sign * l->amount_minor };
    }
    k->subtotal_minor = sign * in->order.subtotal_minor;
    k->discount_minor = sign * in->order.discount_minor;
    k->tax_minor = sign * in->order.tax_minor;
    k->total_minor = sign * in->order.total_minor;
    k->coupon = in->order.coupon;
}

static void note(struct invoice_content *k, struct str words)
{
    must(k->notes.n < INVOICE_NOTES);
    k->notes.v[k->notes.n++] = words;
}

static void write_sale(struct ctx *c, const struct issuing *in, struct invoice_content *k)
{
    const struct money paid = in->paid.amount;
    take_lines(c, in, 1, k);
    k->paid_ms = in->paid.captured_ms > 0 ? in->paid.captured_ms : in->order.completed_ms;
    k->paid_minor = in->order.total_minor;
    if (in->paid.n > 0 && paid.minor != in->order.total_minor) {
        k->paid_minor = paid.minor;
        note(k,
            str_fmt(c->arena, "%.*s was paid, and accepted as the whole payment.",
                SARG(money_text_code(c->arena, paid))));
    }
}

/* Of so much of an order that went back, the tax: of all of it all of the tax. */
static int64_t tax_of_part(const struct order *o, int64_t part_minor)
{
    struct money tax = { o->tax_minor, o->currency };
    if (o->total_minor == 0)
        return 0;
    must(money_share(tax, part_minor, o->total_minor, &tax)); /* never more than the tax */
    return tax.minor;
}

/* A refund of a part is of no line in particular: it is one of its own. */
static void write_back(struct ctx *c, const struct issuing *in, struct invoice_content *k)
{
    const struct order *o = &in->order;
    const int64_t all = in->back_minor + in->part_minor;
    k->refers = invoice_number(c->arena, &in->sale);
    k->refers_ms = in->sale.issued_ms;
    note(k,
        str_fmt(c->arena, "Refers to %.*s of %.*s.", SARG(k->refers),
            SARG(time_day(c->arena, k->refers_ms))));
    k->paid_ms = c->now_ms;
    if (in->back_minor == 0 && in->part_minor == o->total_minor) {
        take_lines(c, in, -1, k);
        k->paid_minor = k->total_minor;
        return;
    }
    k->total_minor = -in->part_minor;
    k->tax_minor = in->back_tax_minor - tax_of_part(o, all);
    k->subtotal_minor = k->total_minor - (o->tax_inclusive ? 0 : k->tax_minor);
    k->paid_minor = k->total_minor;
    k->line = arena_new(c->arena, struct invoice_line);
    k->lines = 1;
    k->line[0] = (struct invoice_line) {
        .name = k->kind == INVOICE_AGAIN
            ? str_fmt(c->arena, "Refund of order %.*s that came back", SARG(k->order))
            : str_fmt(c->arena, "Refund of a part of order %.*s", SARG(k->order)),
        .description = S(""),
        .quantity = 1,
        .unit_minor = k->subtotal_minor,
        .amount_minor = k->subtotal_minor,
    };
}

static enum err write_content(
    struct ctx *c, const struct issuing *in, const struct invoice *i, struct invoice_content *ret)
{
    const struct order *o = &in->order;
    struct invoice_content k = {
        .kind = i->kind,
        .number = invoice_number(c->arena, i),
        .order = order_number(c->arena, o),
        .refers = S(""),
        .issued_ms = i->issued_ms,
        .start_ms = o->period_start_ms,
        .end_ms = o->period_end_ms,
        .currency = o->currency,
        .coupon = S(""),
        .tax_name = o->tax_name,
        .tax_bps = o->tax_bps,
        .tax_inclusive = o->tax_inclusive,
        .notes = { .v = arena_array(c->arena, struct str, INVOICE_NOTES) },
        .url = config_site_url(
            c, str_fmt(c->arena, "/account/invoices/%.*s", SARG(invoice_id(c->arena, i)))),
    };
    TRY(write_seller(c, &k));
    TRY(write_buyer(c, o, &k));
    if (i->kind == INVOICE_SALE)
        write_sale(c, in, &k);
    else
        write_back(c, in, &k);
    if (o->tax_inclusive && k.tax_minor != 0)
        note(&k, str_fmt(c->arena, "Prices include %.*s.", SARG(order_tax_words(c->arena, o))));
    *ret = k;
    return E_OK;
}

/* ---- issuing */

static enum err tell(
    struct ctx *c, const struct issuing *in, const struct invoice_content *k, struct invoice *i)
{
    const struct sha256 hash = sha256(invoice_content_text(c->arena, k));
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "invoiceId", invoice_id(c->arena, i));
    json_str(&j, "number", k->number);
    json_str(&j, "type", invoice_kind_text(i->kind));
    json_str(&j, "orderId", order_id(c->arena, &in->order));
    json_str(&j, "orderNumber", k->order);
    json_money(&j, "total", (struct money) { i->total_minor, i->currency });
    if (k->refers.n > 0)
        json_str(&j, "refersTo", k->refers);
    json_str(&j, "contentHash",
        hex_text(c->arena, (struct str) { (const char *)hash.b, sizeof hash.b }));
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("INVOICE_ISSUED"),
        .subject = order_id(c->arena, &in->order),
        .customer_n = in->order.customer_n,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, &i->fact_n);
}

/* No date before that of the number before, whichever server's clock says it. */
static void take_number(struct ctx *c, struct invoice_series *s, struct invoice *i)
{
    if (c->now_ms > s->issued_ms)
        s->issued_ms = c->now_ms;
    const int64_t year = civil_of_ms(s->issued_ms).year;
    s->last = year == s->year ? s->last + 1 : 1;
    s->year = year;
    i->year = year;
    i->number = s->last;
    i->issued_ms = s->issued_ms;
}

static enum err issue_one(
    struct ctx *c, struct issuing *in, struct invoice_series *s, enum invoice_kind kind)
{
    const struct order *o = &in->order;
    struct invoice_content k;
    struct invoice i = {
        .id = id_new(c),
        .kind = kind,
        .order_n = o->n,
        .refund_n = kind == INVOICE_CREDIT ? in->refund_n : 0,
        .currency = o->currency,
        .email = o->email,
        .method = in->paid.n > 0 && in->paid.amount.minor > 0
            ? attempt_method_words(c->arena, &in->paid)
            : S(""),
    };
    take_number(c, s, &i);
    TRY(write_content(c, in, &i, &k));
    i.total_minor = k.total_minor;
    i.tax_minor = k.tax_minor;
    TRY(tell(c, in, &k, &i));
    TRY(invoice_db_insert(c, &i, invoice_content_text(c->arena, &k)));
    if (kind == INVOICE_SALE) {
        in->sale = i;
    } else {
        in->back_minor += in->part_minor;
        in->back_tax_minor -= i.tax_minor;
    }
    return invoice_db_set_series(c, s);
}

static bool bare(const struct issuing *k, const struct refund *r, const struct invoice *i, size_t n)
{
    bool is = r->status == REFUND_SUCCEEDED && r->attempt_n == k->paid.n;
    for (size_t at = 0; at < n; at++)
        is = is && i[at].refund_n != r->n;
    return is;
}

/* The refunds of its own payment that have no credit note yet; *ret holds INVOICES_OF. */
static enum err bare_refunds(
    struct ctx *c, const struct issuing *k, struct refund *ret, size_t *ret_n)
{
    struct refund *r = NULL;
    struct invoice *i = NULL;
    size_t refunds = 0, n = 0;
    TRY(refunds_of(c, k->order.n, &r, &refunds));
    TRY(invoices_of(c, k->order.n, &i, &n));
    *ret_n = 0;
    for (size_t at = 0; at < refunds; at++)
        if (bare(k, &r[at], i, n) && *ret_n < INVOICES_OF)
            ret[(*ret_n)++] = r[at];
    return E_OK;
}

/* One for each refund; the last of them takes what is left of the order's own sum, which differs
 * from the payment's where a person accepted another one.  What has no refund's row (that one had
 * failed and succeeded after all; lost to a bank) is one beside the refunds'. */
static enum err issue_backs(struct ctx *c, struct issuing *k, struct invoice_series *s)
{
    struct refund *r = arena_array(c->arena, struct refund, INVOICES_OF);
    struct money total = { k->order.total_minor, k->order.currency }, part;
    size_t n = 0;
    TRY(bare_refunds(c, k, r, &n));
    for (size_t i = 0; k->order.refunded_minor != k->back_minor; i++) {
        const int64_t left = k->order.refunded_minor - k->back_minor;
        k->part_minor = left;
        k->refund_n = i < n ? r[i].n : 0;
        if (i + (k->paid.lost_minor == 0) < n && left > 0 && k->paid.amount.minor > 0 &&
            money_share(total, r[i].amount.minor, k->paid.amount.minor, &part) && part.minor > 0 &&
            part.minor < left)
            k->part_minor = part.minor;
        TRY(issue_one(c, k, s, left > 0 ? INVOICE_CREDIT : INVOICE_AGAIN));
    }
    return E_OK;
}

enum err invoice_issue(struct ctx *c, int64_t order_n, bool likely)
{
    struct issuing k;
    struct invoice_series s;
    TRY(likely ? E_OK : look(c, order_n, &k));
    if (!likely && !is_owed(&k))
        return E_OK;
    /* Everybody who issues anything is past here one after the other: look again. */
    TRY(invoice_db_lock_series(c, &s));
    TRY(look(c, order_n, &k));
    if (!is_owed(&k))
        return E_OK;
    TRY(look_closer(c, &k));
    if (k.sale.n == 0)
        TRY(issue_one(c, &k, &s, INVOICE_SALE));
    return k.order.refunded_minor == k.back_minor ? E_OK : issue_backs(c, &k, &s);
}

/* ---- looking */

/* "INV-2026-000123": four figures, and six or more. */
static bool parse_number(struct str text, int64_t *ret_year, int64_t *ret_number)
{
    struct str year, number;
    return str_starts(text, S("INV-")) && str_cut(str_from(text, 4), '-', &year, &number) &&
        year.n == 4 && number.n >= 6 && str_to_i64(year, ret_year) &&
        str_to_i64(number, ret_number) && *ret_number > 0;
}

enum err invoice_get(struct ctx *c, struct str id_or_number, struct invoice *ret)
{
    struct invoice i = { .n = 0 };
    struct order o;
    struct id id;
    int64_t year = 0, number = 0;
    bool found = false;
    if (id_parse(S("inv"), id_or_number, &id))
        TRY(invoice_db_by_id(c, id, &found, &i));
    else if (parse_number(id_or_number, &year, &number))
        TRY(invoice_db_by_number(c, year, number, &found, &i));
    if (found) {
        TRY(order_by_n(c, i.order_n, &o));
        found = c->customer_n == 0 || o.customer_n == c->customer_n;
    }
    if (!found)
        return fail(c, NOT_FOUND, "there is no such invoice");
    *ret = i;
    return E_OK;
}

enum err invoice_content(struct ctx *c, const struct invoice *i, struct invoice_content *ret)
{
    struct str text = S("");
    TRY(invoice_db_content(c, i->n, &text));
    return invoice_content_read(c, text, ret);
}

struct taking {
    struct invoice *v;
    size_t n;
};

static enum err take(struct ctx *c, const struct invoice *i, void *arg)
{
    struct taking *k = arg;
    (void)c;
    must(k->n < INVOICES_OF);
    k->v[k->n++] = *i;
    return E_OK;
}

enum err invoices_of(struct ctx *c, int64_t order_n, struct invoice **ret, size_t *ret_n)
{
    struct taking k = { .v = arena_array(c->arena, struct invoice, INVOICES_OF) };
    TRY(invoice_db_of_order(c, order_n, take, &k));
    *ret = k.v;
    *ret_n = k.n;
    return E_OK;
}
