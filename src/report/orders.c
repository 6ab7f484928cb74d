#include "report/answers.h"
#include "report/sales.h"

/* completed, pending, unexplained, reconciliation: orders one by one. */

struct listing {
    const struct report_ask *ask;
    struct report_sheet *sheet;
};

static struct str number_of(struct ctx *c, const struct order *o)
{
    return order_number(c->arena, o);
}

/* ---- completed */

static const struct report_column completed_columns[] = {
    REPORT_COLUMN("order", "Order", ORDER, ),
    REPORT_COLUMN("completedAt", "Paid", TIME, ),
    REPORT_COLUMN("status", "Now", TEXT, ),
    REPORT_COLUMN("subtotal", "Price", MONEY, .sum = true),
    REPORT_COLUMN("discount", "Discount", MONEY, .sum = true),
    REPORT_COLUMN("tax", "Tax", MONEY, .sum = true),
    REPORT_COLUMN("paid", "Paid in all", MONEY, .sum = true),
    REPORT_COLUMN("refunded", "Went back until now", MONEY, .sum = true),
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("method", "Method", TEXT, ),
    REPORT_COLUMN("coupon", "Coupon", TEXT, ),
    REPORT_COLUMN("country", "Country", TEXT, ),
};

static enum err one_completed(struct ctx *c, const struct sale *sale, void *arg)
{
    struct listing *k = arg;
    const struct order *o = &sale->order;
    struct arena *a = k->sheet->arena;
    const struct report_cell cells[] = {
        report_text(order_number(a, o)),
        report_count(o->completed_ms),
        report_text(order_status_text(o->status)),
        report_count(o->subtotal_minor),
        report_count(o->discount_minor),
        report_count(o->tax_minor),
        report_count(sale->paid_minor),
        report_count(o->refunded_minor),
        report_text(gateway_name(sale->gateway)),
        report_text(str_copy(a, sale->method.n > 0 ? sale->method : sale->asked)),
        report_text(str_copy(a, o->coupon)),
        report_text(str_copy(a, o->country)),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(completed_columns), "a cell for each column");
    TRY(report_room(c, k->sheet));
    report_cells(report_row(k->sheet, k->ask, o->currency), cells, ARRAY_LEN(cells));
    return E_OK;
}

static enum err read_completed(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct listing k = { ask, sheets };
    return sales_each(c, ask->from_ms, ask->to_ms, one_completed, &k);
}

static const struct report_table completed_tables[] = {
    REPORT_TABLE("orders", "Orders", true, completed_columns, ),
};
const struct report report_completed = {
    .name = S_INIT("completed"),
    .title = S_INIT("Completed orders"),
    .about = S_INIT("Every order that was paid in this time, whatever became of it since."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_MONTH,
    .table = completed_tables,
    .tables = ARRAY_LEN(completed_tables),
    .read = read_completed,
};

/* ---- pending */

static const struct report_column pending_columns[] = {
    REPORT_COLUMN("order", "Order", ORDER, ),
    REPORT_COLUMN("status", "Status", TEXT, ),
    REPORT_COLUMN("createdAt", "Begun", TIME, ),
    REPORT_COLUMN("expiresAt", "Can be paid until", TIME, ),
    REPORT_COLUMN("total", "Total", MONEY, .sum = true),
    REPORT_COLUMN("reason", "Why", TEXT, ),
};

static enum err one_pending(struct ctx *c, const struct sale *sale, void *arg)
{
    struct listing *k = arg;
    const struct order *o = &sale->order;
    const struct report_cell cells[] = {
        report_text(number_of(c, o)),
        report_text(order_status_text(o->status)),
        report_count(o->created_ms),
        report_count(o->expires_ms),
        report_count(o->total_minor),
        report_text(o->reason),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(pending_columns), "a cell for each column");
    report_cells(report_row(k->sheet, k->ask, o->currency), cells, ARRAY_LEN(cells));
    return E_OK;
}

static enum err read_pending(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct listing k = { ask, sheets };
    return sales_waiting(c, ask->from_ms, ask->to_ms, one_pending, &k);
}

static const struct report_table pending_tables[] = {
    REPORT_TABLE("orders", "Orders", true, pending_columns, ),
};
const struct report report_pending = {
    .name = S_INIT("pending"),
    .title = S_INIT("Pending orders"),
    .about = S_INIT("Orders that wait now: for their payment, for a gateway, or for a person."),
    .usual = REPORT_USUAL_NOW,
    .by = REPORT_BY_MONTH,
    .table = pending_tables,
    .tables = ARRAY_LEN(pending_tables),
    .read = read_pending,
    .all_clear = S_INIT("No order waits."),
};

/* ---- unexplained */

static const struct report_column unexplained_columns[] = {
    REPORT_COLUMN("order", "Order", ORDER, ),
    REPORT_COLUMN("status", "Status", TEXT, ),
    REPORT_COLUMN("since", "Since", TIME, ),
    REPORT_COLUMN("held", "Held", MONEY, .sum = true),
    REPORT_COLUMN("reason", "Why", TEXT, ),
};

enum {
    HELD_MOST = 10000
};
struct held {
    struct str order;
    enum currency cur;
    int64_t minor, since_ms;
};
struct holding {
    struct held *held;
    size_t n;
};

static enum err one_held(struct ctx *c, const struct sales_entry *entry, void *arg)
{
    struct holding *k = arg;
    struct str order = sales_order_of(c->arena, entry);
    size_t i = 0;
    while (i < k->n && !(k->held[i].cur == entry->cur && str_eq(k->held[i].order, order)))
        i++;
    if (i == HELD_MOST)
        return fail(c, INVALID_REQUEST,
            "more than %d orders ever had money that was unexplained: "
            "ask the ledger",
            HELD_MOST);
    if (i == k->n)
        k->held[k->n++] = (struct held) { order, entry->cur, 0, entry->at_ms };
    k->held[i].minor -= entry->amount;
    return E_OK;
}

static enum err write_held(
    struct ctx *c, struct report_sheet *sheet, const struct report_ask *ask, const struct held *k)
{
    struct order o;
    TRY(order_get(c, k->order, &o));
    const struct report_cell cells[] = {
        report_text(number_of(c, &o)),
        report_text(order_status_text(o.status)),
        report_count(k->since_ms),
        report_count(k->minor),
        report_text(o.reason),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(unexplained_columns), "a cell for each column");
    report_cells(report_row(sheet, ask, k->cur), cells, ARRAY_LEN(cells));
    return E_OK;
}

static enum err read_unexplained(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct holding k = { .held = arena_array(c->arena, struct held, HELD_MOST) };
    TRY(sales_held(c, one_held, &k));
    for (size_t i = 0; i < k.n; i++)
        if (k.held[i].minor != 0)
            TRY(write_held(c, sheets, ask, &k.held[i]));
    return E_OK;
}

static const struct report_table unexplained_tables[] = {
    REPORT_TABLE("orders", "Orders", true, unexplained_columns, ),
};
const struct report report_unexplained = {
    .name = S_INIT("unexplained"),
    .title = S_INIT("Unexplained money"),
    .about = S_INIT(
        "Money that came and belongs to no sale now: paid twice, too late, or not what was asked. "
        "A person decides about it."),
    .usual = REPORT_USUAL_NOW,
    .by = REPORT_BY_MONTH,
    .table = unexplained_tables,
    .tables = ARRAY_LEN(unexplained_tables),
    .read = read_unexplained,
    .all_clear = S_INIT("0: everything is explained."),
};

/* ---- reconciliation */

static const struct report_column doubt_columns[] = {
    REPORT_COLUMN("order", "Order", ORDER, ),
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("status", "Payment", TEXT, ),
    REPORT_COLUMN("createdAt", "Begun", TIME, ),
    REPORT_COLUMN("askedAt", "Last asked", TIME, ),
    REPORT_COLUMN("expected", "We expect", MONEY, .sum = true),
    REPORT_COLUMN("came", "The gateway says", MONEY, ),
    REPORT_COLUMN("why", "Why", TEXT, ),
};

static enum err one_doubt(struct ctx *c, const struct sales_doubt *doubt, void *arg)
{
    struct listing *k = arg;
    const struct attempt *a = &doubt->attempt;
    struct str why = a->why.n > 0 ? a->why : doubt->order.reason;
    /* What came in another currency is no amount of this one. */
    bool other = doubt->came_minor >= 0 && a->came.cur != CUR_NONE && a->came.cur != a->amount.cur;
    if (other)
        why = str_fmt(c->arena, "%.*s came. %.*s",
            SARG(money_text_code(c->arena, (struct money) { doubt->came_minor, a->came.cur })),
            SARG(why));
    const struct report_cell cells[] = {
        report_text(number_of(c, &doubt->order)),
        report_text(gateway_name(a->gateway)),
        report_text(attempt_status_text(a->status)),
        report_count(a->created_ms),
        report_count(a->asked_ms),
        report_count(a->amount.minor),
        { .none = other || doubt->came_minor < 0, .i = doubt->came_minor },
        report_text(why),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(doubt_columns), "a cell for each column");
    TRY(report_room(c, k->sheet));
    report_cells(report_row(k->sheet, k->ask, a->amount.cur), cells, ARRAY_LEN(cells));
    return E_OK;
}

static const struct report_column held_columns[] = {
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("came", "Came", MONEY, .sum = true),
    REPORT_COLUMN("went", "Went back", MONEY, .sum = true),
    REPORT_COLUMN("balance", "Left there, by our books", MONEY, .sum = true),
};

static enum err one_total(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct listing *k = arg;
    struct report_row *row = NULL;
    enum currency cur;
    if (sum->account != LEDGER_GATEWAY || !currency_parse(sum->unit, &cur))
        return c->dead ? E_DEAD : E_OK;
    const struct report_cell key = report_text(gateway_name((enum gateway_id)sum->owner));
    const int64_t more[] = { sum->came, -sum->went, sum->came + sum->went };
    TRY(report_row_of(c, k->sheet, k->ask, cur, &key, 1, &row));
    report_add(row, 1, more, ARRAY_LEN(more));
    return E_OK;
}

static enum err read_reconciliation(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct listing doubts = { ask, &sheets[0] }, held = { ask, &sheets[1] };
    bool behind = false;
    TRY(sales_doubts(c, one_doubt, &doubts));
    TRY(ledger_totals(c, one_total, &held, &behind));
    if (behind)
        return books_behind(c);
    report_sort(&sheets[1]);
    return E_OK;
}

static const struct report_table reconciliation_tables[] = {
    REPORT_TABLE("differences", "What is not certain", true, doubt_columns, ),
    REPORT_TABLE("gateways", "What gateways hold", true, held_columns, ),
};
const struct report report_reconciliation = {
    .name = S_INIT("reconciliation"),
    .title = S_INIT("Reconciliation"),
    .about = S_INIT(
        "Payments whose end nobody knows, or about which a gateway contradicts us; and what our "
        "books say that each gateway took and gave back, to lay beside its own statement."),
    .usual = REPORT_USUAL_NOW,
    .by = REPORT_BY_MONTH,
    .table = reconciliation_tables,
    .tables = ARRAY_LEN(reconciliation_tables),
    .read = read_reconciliation,
    .all_clear = S_INIT("0: we and the gateways believe the same of every payment."),
};
