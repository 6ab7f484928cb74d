#include "report/traffic_db.h"

#include "console/figures.h"
#include "payment/call.h"
#include "report/answers.h"
#include "report/sales.h"

/* failures, gateways, webhooks: what became of tries and of webhooks. */

struct grouping {
    const struct report_ask *ask;
    struct report_sheet *sheet;
};

/* ---- failures */

static const struct report_column failure_columns[] = {
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("status", "How it ended", TEXT, ),
    REPORT_COLUMN("why", "Why", TEXT, ),
    REPORT_COLUMN("tries", "Tries", COUNT, .sum = true,
        .href = S_INIT("/admin/orders?status=failed&from={from}&to={to}")),
    REPORT_COLUMN("amount", "For", MONEY, .sum = true),
};

static enum err one_failure(struct ctx *c, const struct traffic_tries *k, void *arg)
{
    struct grouping *g = arg;
    struct report_row *row = NULL;
    const bool failed = k->status == ATTEMPT_DECLINED || k->status == ATTEMPT_FAILED ||
        k->status == ATTEMPT_UNKNOWN || k->status == ATTEMPT_EXPIRED;
    const struct report_cell key[] = { report_text(gateway_name(k->gateway)),
        report_text(attempt_status_text(k->status)), report_text(k->why) };
    const int64_t more[] = { k->tries, k->minor };
    if (!failed)
        return c->dead ? E_DEAD : E_OK;
    TRY(report_row_of(c, g->sheet, g->ask, k->cur, key, ARRAY_LEN(key), &row));
    report_add(row, ARRAY_LEN(key), more, ARRAY_LEN(more));
    return E_OK;
}

static const struct report_column recent_columns[] = {
    REPORT_COLUMN("order", "Order", ORDER, ),
    REPORT_COLUMN("at", "Begun", TIME, ),
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("method", "Method", TEXT, ),
    REPORT_COLUMN("status", "How it ended", TEXT, ),
    REPORT_COLUMN("why", "Why", TEXT, ),
    REPORT_COLUMN("asked", "Times asked", COUNT, ),
    REPORT_COLUMN("amount", "For", MONEY, .sum = true),
};

static enum err one_recent(struct ctx *c, const struct traffic_failed *k, void *arg)
{
    struct grouping *g = arg;
    struct arena *a = g->sheet->arena;
    const struct attempt *t = &k->attempt;
    const struct report_cell cells[] = {
        report_text(order_number(a, &k->order)),
        report_count(t->created_ms),
        report_text(gateway_name(t->gateway)),
        report_text(str_copy(a, t->method)),
        report_text(attempt_status_text(t->status)),
        report_text(str_copy(a, t->why)),
        report_count(t->asks),
        report_count(t->amount.minor),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(recent_columns), "a cell for each column");
    TRY(report_room(c, g->sheet));
    report_cells(report_row(g->sheet, g->ask, t->amount.cur), cells, ARRAY_LEN(cells));
    return E_OK;
}

static enum err read_failures(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct grouping k = { ask, sheets };
    struct grouping recent = { ask, &sheets[1] };
    TRY(traffic_tries(c, ask, one_failure, &k));
    report_sort(sheets);
    return traffic_failed(c, c->now_ms - REPORT_DAY_MS, one_recent, &recent);
}

static const struct report_table failure_tables[] = {
    REPORT_TABLE("reasons", "By gateway and reason", true, failure_columns, ),
    REPORT_TABLE("recent", "Of the last 24 hours", true, recent_columns, ),
};
const struct report report_failures = {
    .name = S_INIT("failures"),
    .title = S_INIT("Failures"),
    .about = S_INIT(
        "Tries to pay that were begun in this time and brought nothing: declined before a page, "
        "refused on it, left until it expired, or with an outcome that nobody knows. Below: each "
        "one of the last 24 hours, whatever the time that is asked about."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .table = failure_tables,
    .tables = ARRAY_LEN(failure_tables),
    .read = read_failures,
    .all_clear = S_INIT("No try failed."),
};

/* ---- gateways */

static const struct report_column gateway_columns[] = {
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("tries", "Tries", COUNT, .sum = true),
    REPORT_COLUMN("paid", "Paid", COUNT, .sum = true),
    REPORT_COLUMN("refused", "Declined or refused", COUNT, .sum = true),
    REPORT_COLUMN("left", "Left, expired or cancelled", COUNT, .sum = true),
    REPORT_COLUMN("open", "Not over", COUNT, .sum = true),
    REPORT_COLUMN("successBasisPoints", "Success, of paid and refused", SHARE, ),
    REPORT_COLUMN("calls", "Calls", COUNT, .sum = true),
    REPORT_COLUMN("unanswered", "Without an answer", COUNT, .sum = true),
    REPORT_COLUMN("medianMs", "Answers after, median", MS, ),
    REPORT_COLUMN("p99Ms", "Answers after, p99", MS, ),
};
enum {
    CELL_PAID = 2,
    CELL_REFUSED,
    CELL_LEFT,
    CELL_OPEN,
    CELL_SUCCESS,
    CELL_CALLS,
    CELL_UNANSWERED,
    CELL_MEDIAN,
    CELL_P99,
    CALLS_MOST = 20000
};

static int64_t cell_of(enum attempt_status status)
{
    switch (status) {
    case ATTEMPT_CAPTURED:
        return CELL_PAID;
    case ATTEMPT_DECLINED:
    case ATTEMPT_FAILED:
        return CELL_REFUSED;
    case ATTEMPT_ABANDONED:
    case ATTEMPT_EXPIRED:
    case ATTEMPT_CANCELLED:
        return CELL_LEFT;
    case ATTEMPT_CREATED:
    case ATTEMPT_OPEN:
    case ATTEMPT_PROCESSING:
    case ATTEMPT_UNKNOWN:
        return CELL_OPEN;
    case ATTEMPT_STATUS_COUNT:
        break;
    }
    never("an attempt has ten statuses");
}

struct calling {
    struct grouping g;
    int64_t *ms[GATEWAY_COUNT];
    size_t n[GATEWAY_COUNT];
};

static enum err gateway_row(
    struct ctx *c, struct grouping *g, enum gateway_id gateway, struct report_row **ret)
{
    const struct report_cell key = report_text(gateway_name(gateway));
    return report_row_of(c, g->sheet, g->ask, CUR_NONE, &key, 1, ret);
}

static enum err one_tried(struct ctx *c, const struct traffic_tries *k, void *arg)
{
    struct calling *g = arg;
    struct report_row *row = NULL;
    TRY(gateway_row(c, &g->g, k->gateway, &row));
    row->cell[1].i += k->tries;
    row->cell[cell_of(k->status)].i += k->tries;
    return E_OK;
}

static enum err one_call(struct ctx *c, const struct call *call, void *arg)
{
    struct calling *g = arg;
    struct report_row *row = NULL;
    if (call->at_ms < g->g.ask->from_ms || call->at_ms >= g->g.ask->to_ms ||
        call->gateway <= GATEWAY_NONE || call->gateway >= GATEWAY_COUNT)
        return c->dead ? E_DEAD : E_OK;
    TRY(gateway_row(c, &g->g, call->gateway, &row));
    row->cell[CELL_CALLS].i++;
    row->cell[CELL_UNANSWERED].i += call->http_status == 0;
    if (call->http_status == 0)
        return E_OK;
    if (g->ms[call->gateway] == NULL)
        g->ms[call->gateway] = arena_array(c->arena, int64_t, CALLS_MOST);
    g->ms[call->gateway][g->n[call->gateway]++] = call->took_ms;
    return E_OK;
}

static struct report_cell percentile(const int64_t *v, size_t n, size_t percent)
{
    int64_t ms = figures_percentile(v, n, percent);
    return (struct report_cell) { .none = ms < 0, .i = ms };
}

static const struct report_column method_columns[] = {
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("method", "Method", TEXT, ),
    REPORT_COLUMN("payments", "Payments", COUNT, .sum = true),
    REPORT_COLUMN("paid", "Paid", MONEY, .sum = true),
};

static enum err one_paid(struct ctx *c, const struct sale *sale, void *arg)
{
    struct grouping *g = arg;
    struct report_row *row = NULL;
    const struct report_cell key[] = { report_text(gateway_name(sale->gateway)),
        report_text(sale->method.n > 0 ? sale->method : sale->asked) };
    const int64_t more[] = { 1, sale->paid_minor };
    TRY(report_row_of(c, g->sheet, g->ask, sale->order.currency, key, ARRAY_LEN(key), &row));
    report_add(row, ARRAY_LEN(key), more, ARRAY_LEN(more));
    return E_OK;
}

static enum err read_gateways(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct calling k = { .g = { ask, &sheets[0] } };
    struct grouping methods = { ask, &sheets[1] };
    TRY(traffic_tries(c, ask, one_tried, &k));
    TRY(call_newest(c, CALLS_MOST, one_call, &k));
    for (size_t i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++)
        figures_sort(k.ms[i], k.n[i]);
    report_sort(&sheets[0]);
    for (size_t i = 0; i < sheets[0].n; i++) {
        struct report_cell *cell = sheets[0].row[i].cell;
        size_t id = GATEWAY_NONE + 1;
        while (!str_eq(gateway_name((enum gateway_id)id), cell[0].s))
            id++;
        cell[CELL_SUCCESS] =
            report_share(cell[CELL_PAID].i, cell[CELL_PAID].i + cell[CELL_REFUSED].i);
        cell[CELL_MEDIAN] = percentile(k.ms[id], k.n[id], 50);
        cell[CELL_P99] = percentile(k.ms[id], k.n[id], 99);
    }
    TRY(sales_each(c, ask->from_ms, ask->to_ms, one_paid, &methods));
    report_sort(&sheets[1]);
    return E_OK;
}

static const struct report_table gateway_tables[] = {
    REPORT_TABLE("gateways", "By gateway", false, gateway_columns, ),
    REPORT_TABLE("methods", "By method", true, method_columns, ),
};
const struct report report_gateways = {
    .name = S_INIT("gateways"),
    .title = S_INIT("Gateways"),
    .about = S_INIT(
        "Tries that were begun in this time by gateway, how the newest 20,000 calls to it fared, "
        "and with which methods the orders of this time were paid."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .table = gateway_tables,
    .tables = ARRAY_LEN(gateway_tables),
    .read = read_gateways,
};

/* ---- webhooks */

static const struct report_column hook_columns[] = {
    REPORT_COLUMN("gateway", "Gateway", GATEWAY, ),
    REPORT_COLUMN("type", "Type", TEXT, ),
    REPORT_COLUMN("received", "Came", COUNT, .sum = true,
        .href = S_INIT("/admin/webhooks?from={from}&to={to}")),
    REPORT_COLUMN("waiting", "Not applied yet", COUNT, .sum = true),
    REPORT_COLUMN("applied", "Applied", COUNT, .sum = true),
    REPORT_COLUMN("ignored", "Nothing to do", COUNT, .sum = true),
    REPORT_COLUMN("retrying", "Tried again", COUNT, .sum = true,
        .href = S_INIT("/admin/webhooks?status=retrying")),
    REPORT_COLUMN(
        "parked", "Given up", COUNT, .sum = true, .href = S_INIT("/admin/webhooks?status=parked")),
    REPORT_COLUMN("successBasisPoints", "Success", SHARE, ),
    REPORT_COLUMN("medianMs", "Applied after, median", MS, ),
    REPORT_COLUMN("p99Ms", "Applied after, p99", MS, ),
    REPORT_COLUMN("lastReceived", "The last one", TIME, ),
    REPORT_COLUMN("silentMs", "Silent for", MS, ),
};
enum {
    HOOK_KEYS = 2,
    HOOK_STATUS, /* EVENT_RECEIVED, and the others after it */
    HOOK_SUCCESS = 8,
    HOOK_MEDIAN,
    HOOK_P99,
    HOOK_LAST,
    HOOK_SILENT
};
_Static_assert(HOOK_STATUS + EVENT_STATUS_COUNT == HOOK_SUCCESS, "a cell for each status");

struct timing {
    struct grouping g;
    struct report_row *row; /* whose times are in took */
    struct {
        int64_t ms, times;
    } * took;
    size_t n, room;
    int64_t all;
};

static enum err hook_row(struct ctx *c, struct grouping *g, enum gateway_id gateway,
    struct str name, struct report_row **ret)
{
    const struct report_cell key[] = { report_text(gateway_name(gateway)), report_text(name) };
    return report_row_of(c, g->sheet, g->ask, CUR_NONE, key, ARRAY_LEN(key), ret);
}

static enum err one_hooks(struct ctx *c, const struct traffic_hooks *k, void *arg)
{
    struct timing *t = arg;
    struct report_row *row = NULL;
    TRY(hook_row(c, &t->g, k->gateway, k->name, &row));
    row->cell[HOOK_KEYS].i += k->hooks;
    row->cell[HOOK_STATUS + (int64_t)k->status].i += k->hooks;
    if (k->newest_ms > row->cell[HOOK_LAST].i)
        row->cell[HOOK_LAST].i = k->newest_ms;
    return E_OK;
}

/* The time that this share of them does not exceed. */
static struct report_cell took_percent(const struct timing *t, int64_t percent)
{
    int64_t before = (t->all - 1) * percent / 100;
    size_t i = 0;
    while (before >= t->took[i].times)
        before -= t->took[i++].times;
    return report_count(t->took[i].ms);
}

static void end_times(struct timing *t)
{
    if (t->row != NULL) {
        t->row->cell[HOOK_MEDIAN] = took_percent(t, 50);
        t->row->cell[HOOK_P99] = took_percent(t, 99);
    }
    t->n = 0;
    t->all = 0;
}

static enum err one_took(struct ctx *c, const struct traffic_took *k, void *arg)
{
    struct timing *t = arg;
    struct report_row *row = NULL;
    TRY(hook_row(c, &t->g, k->gateway, k->name, &row));
    if (row != t->row)
        end_times(t);
    t->row = row;
    if (t->n == t->room) {
        const size_t size = sizeof *t->took, room = t->room == 0 ? 1024 : 2 * t->room;
        t->took = arena_grow(c->arena, t->took, t->room * size, room * size);
        t->room = room;
    }
    t->took[t->n].ms = k->ms;
    t->took[t->n++].times = k->times;
    t->all += k->times;
    return E_OK;
}

static enum err read_webhooks(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct timing t = { .g = { ask, sheets } };
    TRY(traffic_hooks(c, ask, one_hooks, &t));
    for (size_t i = 0; i < sheets->n; i++) {
        struct report_cell *cell = sheets->row[i].cell;
        const int64_t good =
            cell[HOOK_STATUS + EVENT_APPLIED].i + cell[HOOK_STATUS + EVENT_IGNORED].i;
        cell[HOOK_SUCCESS] = report_share(good, cell[HOOK_KEYS].i);
        cell[HOOK_MEDIAN].none = cell[HOOK_P99].none = true;
        cell[HOOK_SILENT].i = c->now_ms - cell[HOOK_LAST].i;
    }
    TRY(traffic_took(c, ask, one_took, &t));
    end_times(&t);
    return E_OK;
}

static const struct report_table hook_tables[] = {
    REPORT_TABLE("types", "By gateway and type", false, hook_columns, ),
};
const struct report report_webhooks = {
    .name = S_INIT("webhooks"),
    .title = S_INIT("Webhooks"),
    .about = S_INIT(
        "Webhooks that came in this time and what became of them; success is that one was applied, "
        "or that nothing was to be done."),
    .usual = REPORT_USUAL_MONTH,
    .by = REPORT_BY_DAY,
    .table = hook_tables,
    .tables = ARRAY_LEN(hook_tables),
    .read = read_webhooks,
};
