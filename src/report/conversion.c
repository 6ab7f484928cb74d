#include "report/answers.h"
#include "report/traffic_db.h"

/* conversion: what became of checkouts that somebody began, and where those stopped that were never
 * paid. */

static const struct report_column conversion_columns[] = {
    REPORT_COLUMN("from", "From", DAY, ),
    REPORT_COLUMN("opened", "Checkouts", COUNT, .sum = true,
        .href = S_INIT("/admin/orders?from={from}&to={to}")),
    REPORT_COLUMN("paid", "Paid", COUNT, .sum = true,
        .href = S_INIT("/admin/orders?status=completed&from={from}&to={to}")),
    REPORT_COLUMN("open", "Not over", COUNT, .sum = true),
    REPORT_COLUMN("abandoned", "Abandoned", COUNT, .sum = true),
    REPORT_COLUMN("conversionBasisPoints", "Paid, of those that are over", SHARE, ),
    REPORT_COLUMN("revenue", "Paid in all", MONEY, .sum = true),
    REPORT_COLUMN("average", "Average purchase", MONEY, ),
    REPORT_COLUMN("abandonedAmount", "Abandoned in all", MONEY, .sum = true),
};
static const struct report_column step_columns[] = {
    REPORT_COLUMN("step", "Where they stopped", TEXT, ),
    REPORT_COLUMN("orders", "Checkouts", COUNT, .sum = true),
    REPORT_COLUMN("amount", "For", MONEY, .sum = true),
};

/* Cells of a row behind its two names. */
enum friction {
    FRICTION_OPENED,
    FRICTION_PAID,
    FRICTION_OPEN,
    FRICTION_STEP, /* TRAFFIC_NO_PAGE, and the others after it */
    FRICTION_CANCELLED = FRICTION_STEP + TRAFFIC_STEPS,
    FRICTION_LEFT,
    FRICTION_CELLS,
    FRICTION_NAMES = 2
};
static const struct report_column friction_columns[] = {
    REPORT_COLUMN("method", "Method", TEXT, ),
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("opened", "Checkouts", COUNT, .sum = true),
    REPORT_COLUMN("paid", "Paid", COUNT, .sum = true),
    REPORT_COLUMN("open", "Not over", COUNT, .sum = true),
    REPORT_COLUMN("beforePage", "Left before a page to pay on", COUNT, .sum = true),
    REPORT_COLUMN("onPage", "Left on it", COUNT, .sum = true),
    REPORT_COLUMN("afterRefusal", "Left after a refusal", COUNT, .sum = true),
    REPORT_COLUMN("cancelled", "Cancelled", COUNT, .sum = true),
    REPORT_COLUMN("leftBasisPoints", "Left, of those that are over", SHARE, ),
};
_Static_assert(ARRAY_LEN(friction_columns) == FRICTION_NAMES + FRICTION_CELLS,
    "a column for each cell, and for each step");

struct converting {
    const struct report_ask *ask;
    struct report_ask span;
    struct report_sheet *spans, *steps, *friction;
    size_t first;    /* of the rows of this span */
    struct id after; /* the last order that was read of it */
    size_t in_page;
};

static void end_span(struct converting *k)
{
    for (size_t i = k->first; i < k->spans->n; i++) {
        struct report_cell *cell = k->spans->row[i].cell;
        struct money average = { cell[6].i, CUR_USD };
        cell[5] = report_share(cell[2].i, cell[2].i + cell[4].i);
        cell[7].none = cell[2].i == 0 || !money_share(average, 1, cell[2].i, &average);
        cell[7].i = cell[7].none ? 0 : average.minor;
    }
}

static struct str step_words(const struct traffic_order *o)
{
    static const struct str words[TRAFFIC_STEPS] = {
        [TRAFFIC_NO_PAGE] = S_INIT("before a page to pay on"),
        [TRAFFIC_ON_PAGE] = S_INIT("on the page to pay on"),
        [TRAFFIC_REFUSED] = S_INIT("after a payment was refused"),
    };
    return o->status == ORDER_CANCELLED ? S("cancelled") : words[o->step];
}

static struct report_row *span_row(struct converting *k, enum currency cur)
{
    for (size_t i = k->first; i < k->spans->n; i++)
        if (k->spans->row[i].cur == cur)
            return &k->spans->row[i];
    struct report_row *row = report_row(k->spans, &k->span, cur);
    row->cell[0] = report_count(k->span.from_ms / REPORT_DAY_MS);
    return row;
}

static enum err add_friction(
    struct ctx *c, struct converting *k, const struct traffic_order *o, bool paid, bool gone)
{
    struct report_row *row = NULL;
    const struct report_cell key[FRICTION_NAMES] = { report_text(o->method),
        report_text(gateway_name(o->gateway)) };
    int64_t more[FRICTION_LEFT] = {
        [FRICTION_OPENED] = 1, [FRICTION_PAID] = paid, [FRICTION_OPEN] = !paid && !gone
    };
    if (gone)
        more[o->status == ORDER_CANCELLED ? FRICTION_CANCELLED : FRICTION_STEP + (int)o->step] = 1;
    TRY(report_row_of(c, k->friction, k->ask, CUR_NONE, key, FRICTION_NAMES, &row));
    report_add(row, FRICTION_NAMES, more, FRICTION_LEFT);
    return E_OK;
}

static void end_friction(struct report_sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        struct report_cell *cell = &sheet->row[i].cell[FRICTION_NAMES];
        const int64_t over = cell[FRICTION_OPENED].i - cell[FRICTION_OPEN].i;
        cell[FRICTION_LEFT] = report_share(over - cell[FRICTION_PAID].i, over);
    }
    report_sort(sheet);
}

static enum err one_order(struct ctx *c, const struct traffic_order *o, void *arg)
{
    struct converting *k = arg;
    struct report_row *step = NULL;
    k->in_page++;
    k->after = o->id;
    const bool paid = o->completed_ms > 0;
    /* What a person decides about is not over. */
    const bool open = !paid && (o->status == ORDER_REVIEW || !order_is_final(o->status));
    const bool gone = !paid && !open;
    struct report_cell *cell = span_row(k, o->cur)->cell;
    cell[1].i++;
    cell[2].i += paid;
    cell[3].i += open;
    cell[4].i += gone;
    cell[6].i += paid ? o->total_minor : 0;
    cell[8].i += gone ? o->total_minor : 0;
    TRY(add_friction(c, k, o, paid, gone));
    if (!gone)
        return E_OK;
    const struct report_cell key = report_text(step_words(o));
    const int64_t more[] = { 1, o->total_minor };
    TRY(report_row_of(c, k->steps, k->ask, o->cur, &key, 1, &step));
    report_add(step, 1, more, ARRAY_LEN(more));
    return E_OK;
}

static enum err orders_piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct converting *k = arg;
    k->in_page = 0;
    TRY(traffic_orders(c, &k->span, k->after, one_order, k));
    *ret_more = k->in_page == TRAFFIC_PAGE;
    return E_OK;
}

static enum err one_span(struct ctx *c, const struct report_ask *span, void *arg)
{
    struct converting *k = arg;
    k->span = *span;
    k->first = k->spans->n;
    k->after = (struct id) { { 0 } };
    TRY(ctx_pieces(c, INT64_MAX, orders_piece, k));
    end_span(k);
    return E_OK;
}

static enum err read_conversion(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct converting k = {
        .ask = ask,
        .spans = &sheets[0],
        .steps = &sheets[1],
        .friction = &sheets[2],
    };
    TRY(report_spans(c, ask, one_span, &k));
    report_sort(&sheets[1]);
    end_friction(&sheets[2]);
    return E_OK;
}

static const struct report_table conversion_tables[] = {
    REPORT_TABLE("spans", "By time", true, conversion_columns, .chart = S_INIT("opened")),
    REPORT_TABLE("steps", "Where they stopped", true, step_columns, ),
    REPORT_TABLE("friction", "Where they leave, by method and gateway", false, friction_columns, ),
};
const struct report report_conversion = {
    .name = S_INIT("conversion"),
    .title = S_INIT("Conversion"),
    .about = S_INIT(
        "Checkouts that somebody began in this time (renewals are none), how many were paid, and "
        "where those stopped that never were; by the method and gateway of the last try."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .spans = true,
    .table = conversion_tables,
    .tables = ARRAY_LEN(conversion_tables),
    .read = read_conversion,
};
