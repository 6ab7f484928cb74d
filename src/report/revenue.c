#include "report/answers.h"
#include "report/sales.h"

/* revenue, taxes, coupons, completed: what was sold, by day as the books say it, and by product,
 * country or coupon as the orders behind those entries say it.  Both come to the same sums. */

/* ---- by time: of the books */

static const struct report_column time_columns[] = { REVENUE_COLUMNS };

static enum err count_paid(struct ctx *c, const struct sale *sale, void *arg)
{
    struct books *b = books_at(arg, sale->order.completed_ms);
    book_line_of(b, sale->order.currency)->paid++;
    return c->dead ? E_DEAD : E_OK;
}

static void write_line(struct report_sheet *sheet, const struct report_ask *span, enum currency cur,
    const struct book_line *l)
{
    struct money average = { l->sold + l->tax, cur };
    bool any = l->paid > 0 && money_share(average, 1, l->paid, &average);
    const struct report_cell cells[] = {
        report_count(span->from_ms / REPORT_DAY_MS),
        report_count(l->paid),
        report_count(l->sold),
        report_count(l->back),
        report_count(l->sold - l->back),
        report_count(l->tax - l->tax_back),
        report_count(l->sold - l->back + l->tax - l->tax_back),
        { .none = !any, .i = any ? average.minor : 0 },
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(time_columns), "a cell for each column");
    report_cells(report_row(sheet, span, cur), cells, ARRAY_LEN(cells));
}

enum err revenue_by_time(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheet,
    struct books *inout_all)
{
    struct book_spans k = { .n = 0 };
    TRY(books_read(c, ask, &k));
    TRY(sales_each(c, ask->from_ms, ask->to_ms, count_paid, &k));
    for (size_t i = 0; i < k.n; i++)
        for (size_t j = 0; j < k.books[i].n; j++)
            book_line_of(inout_all, k.books[i].cur[j]);
    for (size_t i = 0; i < k.n; i++)
        for (size_t j = 0; j < inout_all->n; j++)
            write_line(
                sheet, &k.span[i], inout_all->cur[j], book_line_of(&k.books[i], inout_all->cur[j]));
    return E_OK;
}

/* ---- by product */

static const struct report_column product_columns[] = {
    REPORT_COLUMN("product", "Product or plan", PRODUCT, ),
    REPORT_COLUMN("orders", "Orders", COUNT, ),
    REPORT_COLUMN("quantity", "Pieces", COUNT, .sum = true),
    REPORT_COLUMN("sold", "Sold, without tax", MONEY, .sum = true),
    REPORT_COLUMN("refunded", "Went back", MONEY, .sum = true),
    REPORT_COLUMN("net", "Revenue", MONEY, .sum = true),
    REPORT_COLUMN("tax", "Tax, less what went back", MONEY, .sum = true),
};

struct grouping {
    const struct report_ask *ask;
    struct report_sheet *sheet;
};

static enum err product_sold(struct ctx *c, const struct sale *sale, void *arg)
{
    struct grouping *k = arg;
    struct sale_part *part = NULL;
    size_t n = 0;
    TRY(sale_parts(c, sale, &part, &n));
    for (size_t i = 0; i < n; i++) {
        struct report_row *row = NULL;
        const struct report_cell key = report_text(part[i].product);
        const int64_t more[] = { 1, part[i].quantity, part[i].net, 0, part[i].net, part[i].tax };
        TRY(report_row_of(c, k->sheet, k->ask, sale->order.currency, &key, 1, &row));
        report_add(row, 1, more, ARRAY_LEN(more));
    }
    return E_OK;
}

/* In the parts of the order: net by what each line brought, tax by its tax. */
static enum err split_back(struct ctx *c, const struct sale_after *after, struct sale_part *part,
    size_t n, int64_t *ret_minor)
{
    int64_t *weight = arena_array(c->arena, int64_t, n), weights = 0;
    const struct money sum = { after->net + after->tax, after->sale->order.currency };
    for (size_t i = 0; i < n; i++) {
        weight[i] = after->tax != 0 ? part[i].tax : part[i].net;
        weight[i] = weight[i] < 0 ? 0 : weight[i];
        weights += weight[i];
    }
    weight[0] += weights == 0;
    return money_split(sum, weight, n, ret_minor)
        ? E_OK
        : fail(c, STORE_CORRUPT, "an order's amounts do not fit");
}

static enum err product_back(struct ctx *c, const struct sale_after *after, void *arg)
{
    struct grouping *k = arg;
    struct sale_part *part = NULL;
    size_t n = 0;
    TRY(sale_parts(c, after->sale, &part, &n));
    int64_t *minor = arena_array(c->arena, int64_t, n);
    TRY(split_back(c, after, part, n, minor));
    for (size_t i = 0; i < n; i++) {
        struct report_row *row = NULL;
        const struct report_cell key = report_text(part[i].product);
        const int64_t net = after->tax != 0 ? 0 : minor[i];
        const int64_t more[] = { 0, 0, 0, net, -net, after->tax != 0 ? -minor[i] : 0 };
        TRY(report_row_of(c, k->sheet, k->ask, after->sale->order.currency, &key, 1, &row));
        report_add(row, 1, more, ARRAY_LEN(more));
    }
    return E_OK;
}

static enum err read_revenue(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct grouping k = { ask, &sheets[1] };
    struct books all = { .n = 0 };
    TRY(revenue_by_time(c, ask, &sheets[0], &all));
    TRY(sales_each(c, ask->from_ms, ask->to_ms, product_sold, &k));
    TRY(sales_after(c, ask, all.cur, all.n, product_back, &k));
    report_sort(&sheets[1]);
    return E_OK;
}

static const struct report_table revenue_tables[] = {
    REPORT_TABLE("spans", "By time", true, time_columns, .chart = S_INIT("net")),
    REPORT_TABLE("products", "By product", true, product_columns, ),
};
const struct report report_revenue = {
    .name = S_INIT("revenue"),
    .title = S_INIT("Revenue"),
    .about = S_INIT(
        "What was sold, without tax and less discounts, on the day on which it was paid; what "
        "went back stands on the day on which it did. As the ledger has it."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .spans = true,
    .table = revenue_tables,
    .tables = ARRAY_LEN(revenue_tables),
    .read = read_revenue,
};

/* ---- taxes */

static const struct report_column tax_columns[] = {
    REPORT_COLUMN("country", "Country", TEXT, ),
    REPORT_COLUMN("name", "Tax", TEXT, ),
    REPORT_COLUMN("rateBasisPoints", "Rate", SHARE, ),
    REPORT_COLUMN("orders", "Orders", COUNT, .sum = true),
    REPORT_COLUMN("sold", "Sold, without tax", MONEY, .sum = true),
    REPORT_COLUMN("tax", "Tax on it", MONEY, .sum = true),
    REPORT_COLUMN("refunded", "Went back, without tax", MONEY, .sum = true),
    REPORT_COLUMN("taxRefunded", "Tax that went back", MONEY, .sum = true),
    REPORT_COLUMN("net", "Left, without tax", MONEY, .sum = true),
    REPORT_COLUMN("taxDue", "Tax to hand over", MONEY, .sum = true),
};

static enum err tax_row(
    struct ctx *c, struct grouping *k, const struct order *o, const int64_t *more, size_t n)
{
    struct report_row *row = NULL;
    const struct report_cell key[] = { report_text(o->country), report_text(o->tax_name),
        report_count(o->tax_bps) };
    TRY(report_row_of(c, k->sheet, k->ask, o->currency, key, ARRAY_LEN(key), &row));
    report_add(row, ARRAY_LEN(key), more, n);
    return E_OK;
}

static enum err tax_sold(struct ctx *c, const struct sale *sale, void *arg)
{
    const struct order *o = &sale->order;
    const int64_t net = sale->paid_minor - o->tax_minor, tax = o->tax_minor;
    const int64_t more[] = { 1, net, tax, 0, 0, net, tax };
    return tax_row(c, arg, o, more, ARRAY_LEN(more));
}

static enum err tax_back(struct ctx *c, const struct sale_after *after, void *arg)
{
    const int64_t more[] = { 0, 0, 0, after->net, after->tax, -after->net, -after->tax };
    return tax_row(c, arg, &after->sale->order, more, ARRAY_LEN(more));
}

static enum err read_taxes(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct grouping k = { ask, &sheets[0] };
    struct books all = { .n = 0 };
    struct book_spans books;
    TRY(books_read(c, ask, &books));
    for (size_t i = 0; i < books.n; i++)
        for (size_t j = 0; j < books.books[i].n; j++)
            book_line_of(&all, books.books[i].cur[j]);
    TRY(sales_each(c, ask->from_ms, ask->to_ms, tax_sold, &k));
    TRY(sales_after(c, ask, all.cur, all.n, tax_back, &k));
    report_sort(&sheets[0]);
    return E_OK;
}

static const struct report_table tax_tables[] = {
    REPORT_TABLE("rates", "By country and rate", true, tax_columns, ),
};
const struct report report_taxes = {
    .name = S_INIT("taxes"),
    .title = S_INIT("Taxes"),
    .about = S_INIT(
        "Tax on what was sold in this time, less tax on what went back in it, by the country and "
        "rate that each order froze. Together it is what the ledger holds as tax."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_MONTH,
    .table = tax_tables,
    .tables = ARRAY_LEN(tax_tables),
    .read = read_taxes,
};

/* ---- coupons */

static const struct report_column coupon_columns[] = {
    REPORT_COLUMN("coupon", "Code", TEXT, ),
    REPORT_COLUMN("orders", "Orders", COUNT, .sum = true),
    REPORT_COLUMN("discount", "Taken off", MONEY, .sum = true),
    REPORT_COLUMN("paid", "Paid nevertheless", MONEY, .sum = true),
};

static enum err coupon_sold(struct ctx *c, const struct sale *sale, void *arg)
{
    struct grouping *k = arg;
    struct report_row *row = NULL;
    const struct report_cell key = report_text(sale->order.coupon);
    const int64_t more[] = { 1, sale->order.discount_minor, sale->paid_minor };
    if (key.s.n == 0)
        return c->dead ? E_DEAD : E_OK;
    TRY(report_row_of(c, k->sheet, k->ask, sale->order.currency, &key, 1, &row));
    report_add(row, 1, more, ARRAY_LEN(more));
    return E_OK;
}

static enum err read_coupons(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct grouping k = { ask, &sheets[0] };
    TRY(sales_each(c, ask->from_ms, ask->to_ms, coupon_sold, &k));
    report_sort(&sheets[0]);
    return E_OK;
}

static const struct report_table coupon_tables[] = {
    REPORT_TABLE("codes", "By code", true, coupon_columns, ),
};
const struct report report_coupons = {
    .name = S_INIT("coupons"),
    .title = S_INIT("Coupons"),
    .about = S_INIT(
        "Orders that were paid with a code in this time, what it took off, and what was paid "
        "nevertheless, tax included."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_MONTH,
    .table = coupon_tables,
    .tables = ARRAY_LEN(coupon_tables),
    .read = read_coupons,
};
