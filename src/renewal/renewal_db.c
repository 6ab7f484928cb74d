#include "renewal/renewal_db.h"

#include "db/db.h"

enum {
    HOUR_MS = 3600 * 1000
};

enum err renewal_db_open_order(
    struct ctx *c, int64_t subscription_n, int64_t start_ms, bool *ret_found, int64_t *ret_n)
{
    return db_find(c, ret_found,
        "SELECT n FROM purchase WHERE subscription_n = $1 AND subscription_n > 0 AND kind = 2"
        " AND period_start_ms = $2 AND status IN (0, 1, 3, 9) ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n), in_i64(start_ms)), DB_OUT(out_i64(ret_n)));
}

enum err renewal_db_open_change(
    struct ctx *c, int64_t subscription_n, bool *ret_found, int64_t *ret_n)
{
    return db_find(c, ret_found,
        "SELECT n FROM purchase WHERE subscription_n = $1 AND subscription_n > 0 AND kind = 3"
        " AND status IN (0, 1, 3) ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n)), DB_OUT(out_i64(ret_n)));
}

enum err renewal_db_check_open(struct ctx *c, const struct subscription *s, int64_t order_n)
{
    bool found = false;
    int64_t n = 0;
    if (order_n > 0)
        return E_OK;
    TRY(renewal_db_open_order(c, s->n, s->period_end_ms, &found, &n));
    return found ? fail(c, BUSY, "an order for the next period was made a moment ago") : E_OK;
}

enum err renewal_db_asked(struct ctx *c, int64_t subscription_n, int64_t start_ms, int64_t *ret_ms)
{
    int64_t ms = 0;
    TRY(db_one(c,
        "SELECT MIN(created_ms) FROM purchase WHERE subscription_n = $1 AND subscription_n > 0"
        " AND kind = 2 AND period_start_ms = $2",
        DB_IN(in_i64(subscription_n), in_i64(start_ms)), DB_OUT(out_i64_null(&ms))));
    *ret_ms = ms;
    return E_OK;
}

struct taking {
    int64_t row, *n;
    size_t count;
};

static enum err take(struct ctx *c, void *arg)
{
    struct taking *k = arg;
    k->n[k->count++] = k->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err renewal_db_managed(struct ctx *c, int64_t after_n, int64_t *ret_n, size_t *ret_count)
{
    struct taking k = { .n = ret_n };
    TRY(db_each(c,
        "SELECT n FROM subscription WHERE n > $1 AND reference IS NULL AND status <> 4"
        " ORDER BY n LIMIT 100",
        DB_IN(in_i64(after_n)), DB_OUT(out_i64(&k.row)), take, &k));
    *ret_count = k.count;
    return E_OK;
}

/* What the order of a period that a change began takes off for the one before it.  Where a gateway
 * collects, only what was named to it as a discount stands among its discounts. */
static enum err allowed_by(struct ctx *c, int64_t subscription_n, int64_t order_n, int64_t start_ms,
    bool *ret_found, int64_t *ret_minor)
{
    return db_find(c, ret_found,
        "SELECT allowed_minor FROM subscription_change WHERE subscription_n = $1 AND kind = 0"
        " AND at_end = 0 AND status <> 2 AND (order_n = $2 OR (order_n = 0 AND prorate = 2"
        " AND at_ms BETWEEN $3 AND $4)) ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n), in_i64(order_n), in_i64(start_ms - HOUR_MS),
            in_i64(start_ms + HOUR_MS)),
        DB_OUT(out_i64(ret_minor)));
}

/* Gateways count in whole seconds, and what begins a period is settled a little later. */
enum err renewal_db_discount(
    struct ctx *c, int64_t subscription_n, int64_t start_ms, struct period_less *ret)
{
    int64_t n = 0, kind = 0, minor = 0, allowed = 0, sold = 0, refunded = 0, total = 0;
    struct money back = { 0, CUR_USD };
    bool found = false, changed = false;
    TRY(db_find(c, &found,
        "SELECT n, kind, discount_minor, subtotal_minor, refunded_minor, total_minor"
        " FROM purchase WHERE subscription_n = $1"
        " AND subscription_n > 0 AND kind IN (1, 2, 3) AND completed_ms > 0"
        " AND period_start_ms BETWEEN $2 AND $3 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n), in_i64(start_ms - HOUR_MS), in_i64(start_ms + HOUR_MS)),
        DB_OUT(out_i64(&n), out_i64(&kind), out_i64(&minor), out_i64(&sold), out_i64(&refunded),
            out_i64(&total))));
    if (found && kind == 3)
        TRY(allowed_by(c, subscription_n, n, start_ms, &changed, &allowed));
    back.minor = sold - minor;
    if (!found || total == 0)
        back.minor = 0;
    else if (!money_share(back, refunded, total, &back))
        return fail(c, STORE_CORRUPT, "a share of a period's price does not fit");
    *ret = (struct period_less) { .off_minor = found && minor > allowed ? minor - allowed : 0,
        .back_minor = back.minor };
    return E_OK;
}

enum err renewal_any(struct ctx *c, enum gateway_id gateway, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM subscription WHERE gateway = $1 AND reference IS NOT NULL"
        " ORDER BY gateway, reference LIMIT 1",
        DB_IN(in_i64((int64_t)gateway)), DB_OUT(out_i64(&n)));
}
