#include "report/sales_db.h"

#include "db/db.h"
#include "fact/fact.h"
#include "ledger/ledger.h"
#include "report/report.h"

struct sales {
    struct sale row;
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg);
    void *arg;
};
#define COLUMNS                                                                                    \
    "p.n, p.status, p.currency, p.country, p.subtotal_minor, p.discount_minor, p.tax_minor,"       \
    " p.total_minor, p.refunded_minor, p.tax_bps, p.tax_name, p.coupon, p.lines, p.created_ms,"    \
    " p.expires_ms, p.completed_ms, p.reason"
#define OUT(o)                                                                                     \
    out_i64(&(o)->n), out_enum(&(o)->status), out_currency(&(o)->currency),                        \
        out_str(&(o)->country), out_i64(&(o)->subtotal_minor), out_i64(&(o)->discount_minor),      \
        out_i64(&(o)->tax_minor), out_i64(&(o)->total_minor), out_i64(&(o)->refunded_minor),       \
        out_i64(&(o)->tax_bps), out_str(&(o)->tax_name), out_str(&(o)->coupon),                    \
        out_str(&(o)->lines), out_i64(&(o)->created_ms), out_i64(&(o)->expires_ms),                \
        out_i64(&(o)->completed_ms), out_str(&(o)->reason)

static enum err one_sale(struct ctx *c, void *arg)
{
    struct sales *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err sales_page(struct ctx *c, const struct sales_span *span,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg)
{
    struct sales k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS ", COALESCE(a.amount_minor, 0), COALESCE(a.gateway, 0),"
        " COALESCE(a.method_type, ''), COALESCE(a.method, '') FROM purchase AS p"
        " LEFT JOIN attempt AS a ON a.order_n = p.n AND a.status = 3 AND a.extra = 0"
        " WHERE p.completed_ms >= $1 AND p.completed_ms < $2 AND p.completed_ms > 0"
        " AND (p.completed_ms > $1 OR p.n > $3) ORDER BY p.completed_ms, p.n LIMIT $4",
        DB_IN(
            in_i64(span->from_ms), in_i64(span->to_ms), in_i64(span->after_n), in_i64(SALES_PAGE)),
        DB_OUT(OUT(&k.row.order), out_i64(&k.row.paid_minor), out_enum(&k.row.gateway),
            out_str(&k.row.method), out_str(&k.row.asked)),
        one_sale, &k);
}

enum err sales_waiting(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg)
{
    struct sales k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS " FROM purchase AS p WHERE p.status IN (0, 1, 9) AND p.status <> 2"
        " AND p.created_ms >= $1 AND p.created_ms < $2 ORDER BY p.status, p.n LIMIT $3",
        DB_IN(in_i64(from_ms), in_i64(to_ms), in_i64(REPORT_ROWS + 1)), DB_OUT(OUT(&k.row.order)),
        one_sale, &k);
}

/* ---- the books */

struct entries {
    struct sales_entry row;
    enum err (*each)(struct ctx *c, const struct sales_entry *entry, void *arg);
    void *arg;
};

#define ENTRY_OUT(k)                                                                               \
    DB_OUT(out_i64(&(k)->account), out_i64(&(k)->amount), out_currency(&(k)->cur),                 \
        out_i64(&(k)->at_ms), out_str(&(k)->subject), out_str(&(k)->data), out_i64(&(k)->n))

static enum err one_entry(struct ctx *c, void *arg)
{
    struct entries *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* An hour before and two behind: clocks of several servers differ. */
enum err sales_entry_range(struct ctx *c, struct sales_span *inout)
{
    const int64_t late = inout->to_ms + 2 * 3600 * 1000;
    struct fact_place from, to = { .n = INT64_MAX / LEDGER_LEGS };
    TRY(fact_place_of(c, inout->from_ms, &from));
    if (late < c->now_ms)
        TRY(fact_place_of(c, late, &to));
    inout->after_n = from.n * LEDGER_LEGS - 1;
    inout->before_n = to.n * LEDGER_LEGS;
    return E_OK;
}

enum err sales_entry_page(struct ctx *c, const struct sales_span *span, int64_t account,
    enum currency cur, enum err (*each)(struct ctx *c, const struct sales_entry *entry, void *arg),
    void *arg)
{
    struct entries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT e.account, e.amount, e.unit, e.at_ms, f.subject, f.data, e.n FROM ledger_entry AS e"
        " JOIN fact AS f ON f.n = e.n / 8 WHERE e.account = $1 AND e.owner = 0 AND e.unit = $2"
        " AND e.n > $3 AND e.n < $4 AND e.at_ms >= $5 AND e.at_ms < $6"
        " AND f.kind <> 'PAYMENT_RECEIVED' ORDER BY e.n LIMIT $7",
        DB_IN(in_i64(account), in_str(currency_code(cur)), in_i64(span->after_n),
            in_i64(span->before_n), in_i64(span->from_ms), in_i64(span->to_ms), in_i64(SALES_PAGE)),
        ENTRY_OUT(&k.row), one_entry, &k);
}

/* Few entries, by their account's index. */
enum err sales_held(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct sales_entry *entry, void *arg), void *arg)
{
    struct entries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT e.account, e.amount, e.unit, e.at_ms, f.subject, f.data, e.n FROM ledger_entry AS e"
        " JOIN fact AS f ON f.n = e.n / 8 WHERE e.account = 7 AND e.owner = 0 ORDER BY e.n",
        DB_NO_IN, ENTRY_OUT(&k.row), one_entry, &k);
}

/* ---- doubts */

struct doubts {
    struct sales_doubt row;
    enum err (*each)(struct ctx *c, const struct sales_doubt *doubt, void *arg);
    void *arg;
};

static enum err one_doubt(struct ctx *c, void *arg)
{
    struct doubts *k = arg;
    enum err e = k->each(c, &k->row, k->arg);
    k->row = (struct sales_doubt) { .came_minor = -1 };
    return e;
}

#define DOUBT                                                                                      \
    "SELECT " COLUMNS ", a.gateway, a.status, a.amount_minor, a.amount_currency, a.came_minor,"    \
    " a.came_currency, a.why, a.created_ms, a.asked_ms FROM attempt AS a"                          \
    " JOIN purchase AS p ON p.n = a.order_n WHERE"
#define DOUBT_OUT(k)                                                                               \
    DB_OUT(OUT(&(k)->order), out_enum(&(k)->attempt.gateway), out_enum(&(k)->attempt.status),      \
        out_money(&(k)->attempt.amount), out_i64_null(&(k)->came_minor),                           \
        out_currency_null(&(k)->attempt.came.cur), out_str(&(k)->attempt.why),                     \
        out_i64(&(k)->attempt.created_ms), out_i64(&(k)->attempt.asked_ms))

enum err sales_doubts(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct sales_doubt *doubt, void *arg), void *arg)
{
    struct doubts k = { .each = each, .arg = arg, .row = { .came_minor = -1 } };
    TRY(db_each(c,
        DOUBT " a.status = 6 AND a.status IN (1, 2, 6, 7) ORDER BY a.order_n, a.n LIMIT $1",
        DB_IN(in_i64(REPORT_ROWS + 1)), DOUBT_OUT(&k.row), one_doubt, &k));
    return db_each(c,
        DOUBT " p.status = 9 AND p.status <> 2 AND a.status <> 6 ORDER BY a.order_n, a.n LIMIT $1",
        DB_IN(in_i64(REPORT_ROWS + 1)), DOUBT_OUT(&k.row), one_doubt, &k);
}
