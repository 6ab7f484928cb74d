#include "report/sales.h"

#include "base/json.h"
#include "ledger/ledger.h"

struct paging {
    struct sales_span span;
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg);
    void *arg;
    size_t in_page;
};

static enum err one_sale(struct ctx *c, const struct sale *sale, void *arg)
{
    struct paging *k = arg;
    k->in_page++;
    k->span.from_ms = sale->order.completed_ms;
    k->span.after_n = sale->order.n;
    return k->each(c, sale, k->arg);
}

static enum err sales_piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct paging *k = arg;
    const struct sales_span from = k->span;
    k->in_page = 0;
    TRY(sales_page(c, &from, one_sale, k));
    *ret_more = k->in_page == SALES_PAGE;
    return E_OK;
}

enum err sales_each(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg)
{
    struct paging k = { .span = { .from_ms = from_ms, .to_ms = to_ms }, .each = each, .arg = arg };
    return ctx_pieces(c, INT64_MAX, sales_piece, &k);
}

/* What each line of an order is of what came, and what part of it the tax. */
enum err sale_parts(
    struct ctx *c, const struct sale *sale, struct sale_part **ret_part, size_t *ret_n)
{
    struct order_line *line = NULL;
    size_t n = 0;
    TRY(order_lines(c, &sale->order, &line, &n));
    if (n == 0)
        return fail(c, STORE_CORRUPT, "an order has no lines");
    struct sale_part *part = arena_array(c->arena, struct sale_part, n);
    int64_t *weight = arena_array(c->arena, int64_t, n), *minor = arena_array(c->arena, int64_t, n);
    int64_t weights = 0;
    for (size_t i = 0; i < n; i++) {
        part[i] = (struct sale_part) { .product = line[i].product, .quantity = line[i].quantity };
        part[i].tax = line[i].tax_minor;
        weight[i] = line[i].total_minor - line[i].tax_minor;
        weights += weight[i];
    }
    const struct money ours = { sale->paid_minor - sale->order.tax_minor, sale->order.currency };
    weight[0] += weights == 0; /* nothing is worth anything: all of it is the first one's */
    if (!money_split(ours, weight, n, minor))
        return fail(c, STORE_CORRUPT, "an order's amounts do not fit");
    for (size_t i = 0; i < n; i++)
        part[i].net = minor[i];
    *ret_part = part;
    *ret_n = n;
    return E_OK;
}

struct str sales_order_of(struct arena *a, const struct sales_entry *entry)
{
    if (str_starts(entry->subject, S("ord_")))
        return str_copy(a, entry->subject);
    return json_text(a, json_root(entry->data), "orderId"); /* a dispute's */
}

/* ---- what the books did afterwards, beside the order that it is about */

struct after {
    struct sales_span span;
    enum currency cur;
    int64_t account;
    enum err (*each)(struct ctx *c, const struct sale_after *after, void *arg);
    void *arg;
    size_t in_page;
    struct sale sale;
    struct str of; /* the order that is in sale, in this piece */
};

static enum err take_entry(struct ctx *c, const struct sales_entry *entry, void *arg)
{
    struct after *k = arg;
    struct str order = sales_order_of(c->arena, entry);
    k->in_page++;
    k->span.after_n = entry->n;
    if (!str_eq(k->of, order)) {
        k->sale = (struct sale) { .gateway = GATEWAY_NONE };
        k->of = order;
        TRY(order_get(c, k->of, &k->sale.order));
        k->sale.paid_minor = k->sale.order.total_minor;
    }
    const bool tax = entry->account == LEDGER_TAX;
    const struct sale_after after = {
        .sale = &k->sale,
        .net = tax ? 0 : entry->amount,
        .tax = tax ? entry->amount : 0,
    };
    return k->each(c, &after, k->arg);
}

static enum err after_piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct after *k = arg;
    const struct sales_span from = k->span;
    k->in_page = 0;
    k->of = S("");
    TRY(sales_entry_page(c, &from, k->account, k->cur, take_entry, k));
    *ret_more = k->in_page == SALES_PAGE;
    return E_OK;
}

enum err sales_after(struct ctx *c, const struct report_ask *ask, const enum currency *cur,
    size_t n, enum err (*each)(struct ctx *c, const struct sale_after *after, void *arg), void *arg)
{
    static const int64_t accounts[] = { LEDGER_SALES, LEDGER_TAX };
    struct sales_span span = { .from_ms = ask->from_ms, .to_ms = ask->to_ms };
    struct after k = { .each = each, .arg = arg };
    TRY(sales_entry_range(c, &span));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < ARRAY_LEN(accounts); j++) {
            k.span = span;
            k.cur = cur[i];
            k.account = accounts[j];
            TRY(ctx_pieces(c, INT64_MAX, after_piece, &k));
        }
    return E_OK;
}

/* ---- the books by time */

struct book_line *book_line_of(struct books *b, enum currency cur)
{
    size_t i = 0;
    while (i < b->n && b->cur[i] != cur)
        i++;
    if (i == b->n)
        b->cur[b->n++] = cur;
    return &b->line[i];
}

struct books *books_at(struct book_spans *k, int64_t ms)
{
    size_t low = 0, high = k->n - 1;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (k->span[middle].from_ms <= ms)
            low = middle;
        else
            high = middle - 1;
    }
    return &k->books[low];
}

static enum err take_hour(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    enum currency cur;
    if ((sum->account != LEDGER_SALES && sum->account != LEDGER_TAX) ||
        !currency_parse(sum->unit, &cur))
        return c->dead ? E_DEAD : E_OK;
    struct book_line *line = book_line_of(books_at(arg, sum->hour * LEDGER_HOUR_MS), cur);
    if (sum->account == LEDGER_SALES) {
        line->sold -= sum->went;
        line->back += sum->came;
    } else {
        line->tax -= sum->went;
        line->tax_back += sum->came;
    }
    return E_OK;
}

static enum err take_span(struct ctx *c, const struct report_ask *span, void *arg)
{
    struct book_spans *k = arg;
    k->span[k->n++] = *span;
    return c->dead ? E_DEAD : E_OK;
}

enum err books_behind(struct ctx *c)
{
    return fail_retry_after(
        c, fail(c, BUSY, "the books are still being added up: ask again in a minute"), 60);
}

enum err books_read(struct ctx *c, const struct report_ask *ask, struct book_spans *ret)
{
    struct book_spans k = { .span = arena_array(c->arena, struct report_ask, REPORT_SPANS + 2) };
    bool behind = false;
    TRY(report_spans(c, ask, take_span, &k));
    k.books = arena_array(c->arena, struct books, k.n);
    TRY(ledger_hours(
        c, ask->from_ms / LEDGER_HOUR_MS, ask->to_ms / LEDGER_HOUR_MS, take_hour, &k, &behind));
    if (behind)
        return books_behind(c);
    *ret = k;
    return E_OK;
}
