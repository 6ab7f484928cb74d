#include "report/answers.h"
#include "report/sales.h"
#include "report/traffic_db.h"

/* daily, weekly, monthly: how it goes, in one look.  What was sold and how many tries failed is by
 * time; the rest are tables of other reports over the same one. */

static const struct report_column overview_columns[] = {
    REVENUE_COLUMNS,
    REPORT_COLUMN("failed", "Tries that failed", COUNT, .sum = true,
        .href = S_INIT("/admin/orders?status=failed&from={from}&to={to}")),
    REPORT_COLUMN("failedBasisPoints", "Failed, of paid and failed", SHARE, ),
};
enum {
    CELL_FAILED = ARRAY_LEN(overview_columns) - 2,
    CELL_SHARE
};

struct failing {
    struct books *all;                          /* the currencies that there are */
    int64_t paid[CUR_COUNT], failed[CUR_COUNT]; /* of a day, week or month */
    struct report_sheet *sheet;
    size_t at; /* its first row */
};

static enum err one_currency(struct ctx *c, const struct traffic_tries *k, void *arg)
{
    struct failing *f = arg;
    book_line_of(f->all, k->cur);
    return c->dead ? E_DEAD : E_OK;
}

static enum err one_try(struct ctx *c, const struct traffic_tries *k, void *arg)
{
    struct failing *f = arg;
    const bool failed = k->status == ATTEMPT_DECLINED || k->status == ATTEMPT_FAILED;
    f->paid[k->cur] += k->status == ATTEMPT_CAPTURED ? k->tries : 0;
    f->failed[k->cur] += failed ? k->tries : 0;
    return c->dead ? E_DEAD : E_OK;
}

/* Its rows stand together: one for each currency. */
static enum err one_span(struct ctx *c, const struct report_ask *span, void *arg)
{
    struct failing *f = arg;
    for (size_t i = 0; i < CUR_COUNT; i++)
        f->paid[i] = f->failed[i] = 0;
    TRY(traffic_tries(c, span, one_try, f));
    for (size_t i = 0; i < f->all->n; i++) {
        struct report_row *row = &f->sheet->row[f->at++];
        must(row->from_ms == span->from_ms);
        row->cell[CELL_FAILED] = report_count(f->failed[row->cur]);
        row->cell[CELL_SHARE] =
            report_share(f->failed[row->cur], f->paid[row->cur] + f->failed[row->cur]);
    }
    return E_OK;
}

static enum err read_overview(
    struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct books all = { .n = 0 };
    struct failing f = { .all = &all, .sheet = sheets };
    TRY(traffic_tries(c, ask, one_currency, &f));
    TRY(revenue_by_time(c, ask, sheets, &all));
    TRY(report_spans(c, ask, one_span, &f));
    must(f.at == sheets->n);
    return E_OK;
}

static const struct report_table overview_tables[] = {
    REPORT_TABLE("spans", "By time", true, overview_columns, .chart = S_INIT("net")),
};
static const struct report_also daily[] = {
    { &report_failures, S_INIT("reasons"), S_INIT("failures"), S_INIT("What failed, and why") },
};
static const struct report_also weekly[] = {
    { &report_subscriptions, S_INIT("changes"), S_INIT("changes"), S_INIT("From plan to plan") },
    { &report_gateways, S_INIT("methods"), S_INIT("methods"), S_INIT("By method") },
    { &report_gateways, S_INIT("gateways"), S_INIT("gateways"), S_INIT("By gateway") },
    { &report_webhooks, S_INIT("types"), S_INIT("webhooks"), S_INIT("Webhooks") },
};
static const struct report_also monthly[] = {
    { &report_subscriptions, S_INIT("spans"), S_INIT("subscriptions"), S_INIT("Subscriptions") },
    { &report_conversion, S_INIT("spans"), S_INIT("checkouts"), S_INIT("Checkouts") },
    { &report_conversion, S_INIT("friction"), S_INIT("friction"),
        S_INIT("Where people leave, by method and gateway") },
};
#define OVERVIEW(name_, title_, usual_, by_, more_)                                                \
    const struct report report_##name_ = {                                                         \
        .name = S_INIT(#name_),                                                                    \
        .title = S_INIT(title_),                                                                   \
        .about = S_INIT("Orders paid, what they brought, what went back, as the ledger has it; "   \
                        "and of the tries to pay that were begun, how many failed. " more_),       \
        .usual = (usual_),                                                                         \
        .by = (by_),                                                                               \
        .spans = true,                                                                             \
        .table = overview_tables,                                                                  \
        .tables = ARRAY_LEN(overview_tables),                                                      \
        .read = read_overview,                                                                     \
        .also = name_,                                                                             \
        .alsos = ARRAY_LEN(name_),                                                                 \
    }
OVERVIEW(daily, "Day by day", REPORT_USUAL_DAYS, REPORT_BY_DAY, "Below: why they failed.");
OVERVIEW(weekly, "Week by week", REPORT_USUAL_WEEKS, REPORT_BY_WEEK,
    "Below: which plans people changed to, with what they paid, how gateways and webhooks fared.");
OVERVIEW(monthly, "Month by month", REPORT_USUAL_YEAR, REPORT_BY_MONTH,
    "Below: growth, churn and what a subscriber is worth, and where people leave.");
