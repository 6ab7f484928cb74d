#include "order/order_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "n, id, status, customer_n, email, name, country, currency, subtotal_minor, discount_minor,"   \
    " tax_minor, total_minor, refunded_minor, tax_inclusive, tax_bps, tax_name, coupon, lines,"    \
    " credits, metadata,"                                                                          \
    " success_url, cancel_url, basket, created_ms, expires_ms, completed_ms, reason,"              \
    " kind, subscription_n, period_start_ms, period_end_ms, risk, version"
#define OUT(o)                                                                                     \
    DB_OUT(out_i64(&(o)->n), out_id(&(o)->id), out_enum(&(o)->status), out_i64(&(o)->customer_n),  \
        out_str(&(o)->email), out_str(&(o)->name), out_str(&(o)->country),                         \
        out_currency(&(o)->currency), out_i64(&(o)->subtotal_minor),                               \
        out_i64(&(o)->discount_minor), out_i64(&(o)->tax_minor), out_i64(&(o)->total_minor),       \
        out_i64(&(o)->refunded_minor), out_bool(&(o)->tax_inclusive), out_i64(&(o)->tax_bps),      \
        out_str(&(o)->tax_name), out_str(&(o)->coupon), out_str(&(o)->lines),                      \
        out_i64(&(o)->credits), out_str(&(o)->metadata), out_str(&(o)->success_url),               \
        out_str(&(o)->cancel_url), out_bytes(&(o)->basket), out_i64(&(o)->created_ms),             \
        out_i64(&(o)->expires_ms), out_i64(&(o)->completed_ms), out_str(&(o)->reason),             \
        out_enum(&(o)->kind), out_i64(&(o)->subscription_n), out_i64(&(o)->period_start_ms),       \
        out_i64(&(o)->period_end_ms), out_enum(&(o)->risk), out_i64(&(o)->version))

enum err order_db_insert(struct ctx *c, struct order *o)
{
    return db_one(c,
        "INSERT INTO purchase (id, status, customer_n, email, name, country, currency,"
        " subtotal_minor, discount_minor, tax_minor, total_minor, refunded_minor, tax_inclusive,"
        " tax_bps, tax_name, coupon, lines, credits, metadata, success_url, cancel_url, basket,"
        " created_ms, expires_ms, completed_ms, reason, kind, subscription_n, period_start_ms,"
        " period_end_ms, risk, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17,"
        " $18, $19, $20, $21, $22, $23, 0, '', $24, $25, $26, $27, $28, 1) RETURNING n",
        DB_IN(in_id(o->id), in_i64((int64_t)o->status), in_i64(o->customer_n), in_str(o->email),
            in_str(o->name), in_str(o->country), in_str(currency_code(o->currency)),
            in_i64(o->subtotal_minor), in_i64(o->discount_minor), in_i64(o->tax_minor),
            in_i64(o->total_minor), in_bool(o->tax_inclusive), in_i64(o->tax_bps),
            in_str(o->tax_name), in_str(o->coupon), in_str(o->lines), in_i64(o->credits),
            in_str(o->metadata), in_str(o->success_url), in_str(o->cancel_url), in_bytes(o->basket),
            in_i64(o->created_ms), in_i64(o->expires_ms), in_i64((int64_t)o->kind),
            in_i64(o->subscription_n), in_i64(o->period_start_ms), in_i64(o->period_end_ms),
            in_i64((int64_t)o->risk)),
        DB_OUT(out_i64(&o->n)));
}

enum err order_db_by_n(struct ctx *c, int64_t n, bool lock, struct order *ret)
{
    struct order o = { .n = 0 };
    if (lock)
        TRY(db_one(c, "SELECT " COLUMNS " FROM purchase WHERE n = $1 FOR UPDATE", DB_IN(in_i64(n)),
            OUT(&o)));
    else
        TRY(db_one(c, "SELECT " COLUMNS " FROM purchase WHERE n = $1", DB_IN(in_i64(n)), OUT(&o)));
    *ret = o;
    return E_OK;
}

enum err order_db_find_n(struct ctx *c, int64_t n, bool *ret_found, struct order *ret)
{
    struct order o = { .n = 0 };
    TRY(db_find(
        c, ret_found, "SELECT " COLUMNS " FROM purchase WHERE n = $1", DB_IN(in_i64(n)), OUT(&o)));
    if (*ret_found)
        *ret = o;
    return E_OK;
}

enum err order_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct order *ret)
{
    struct order o = { .n = 0 };
    TRY(db_find(
        c, ret_found, "SELECT " COLUMNS " FROM purchase WHERE id = $1", DB_IN(in_id(id)), OUT(&o)));
    if (*ret_found)
        *ret = o;
    return E_OK;
}

enum err order_db_update(struct ctx *c, const struct order *o, enum order_status to)
{
    return db_exec(c, 1,
        "UPDATE purchase SET status = $1, completed_ms = $2, refunded_minor = $3, reason = $4,"
        " version = version + 1 WHERE n = $5 AND status = $6 AND version = $7",
        DB_IN(in_i64((int64_t)to), in_i64(o->completed_ms), in_i64(o->refunded_minor),
            in_str(o->reason), in_i64(o->n), in_i64((int64_t)o->status), in_i64(o->version)));
}

enum err order_db_belongs(struct ctx *c, const struct order *o)
{
    return db_exec(c, 1,
        "UPDATE purchase SET subscription_n = $1, period_start_ms = $2, period_end_ms = $3"
        " WHERE n = $4",
        DB_IN(in_i64(o->subscription_n), in_i64(o->period_start_ms), in_i64(o->period_end_ms),
            in_i64(o->n)));
}

enum err order_wait(struct ctx *c, struct order *o, int64_t until_ms)
{
    o->expires_ms = until_ms;
    return db_exec(c, 1, "UPDATE purchase SET expires_ms = $1 WHERE n = $2",
        DB_IN(in_i64(until_ms), in_i64(o->n)));
}

enum err order_hold(struct ctx *c, struct order *o)
{
    o->risk = ORDER_RISK_REVIEW;
    return db_exec(c, 1, "UPDATE purchase SET risk = 1 WHERE n = $1", DB_IN(in_i64(o->n)));
}

enum err order_let_pass(struct ctx *c, struct order *o)
{
    o->risk = ORDER_RISK_ALLOW;
    return db_exec(
        c, 1, "UPDATE purchase SET risk = 0 WHERE n = $1 AND risk > 0", DB_IN(in_i64(o->n)));
}

enum err order_of_period(struct ctx *c, int64_t subscription_n, int64_t from_ms, int64_t to_ms,
    bool *ret_found, struct order *ret)
{
    struct order o = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM purchase WHERE subscription_n = $1 AND subscription_n > 0"
        " AND completed_ms > 0 AND period_start_ms >= $2 AND period_start_ms <= $3"
        " ORDER BY n LIMIT 1",
        DB_IN(in_i64(subscription_n), in_i64(from_ms), in_i64(to_ms)), OUT(&o)));
    if (*ret_found)
        *ret = o;
    return E_OK;
}

enum err order_before(struct ctx *c, const struct order *than, bool *ret_found, struct order *ret)
{
    struct order o = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM purchase WHERE subscription_n = $1 AND subscription_n > 0"
        " AND kind IN (1, 2, 3) AND completed_ms > 0 AND n < $2 AND NOT (kind = 3"
        " AND period_start_ms = 0 AND total_minor > 0 AND refunded_minor = total_minor)"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(than->subscription_n), in_i64(than->n)), OUT(&o)));
    if (*ret_found)
        *ret = o;
    return E_OK;
}

enum err order_overtaken(struct ctx *c, const struct order *o, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM purchase WHERE subscription_n = $1 AND subscription_n > 0"
        " AND kind IN (2, 3) AND completed_ms > $2 AND n <> $3 AND NOT (kind = 3"
        " AND period_start_ms = 0 AND total_minor > 0 AND refunded_minor = total_minor)"
        " ORDER BY n LIMIT 1",
        DB_IN(in_i64(o->subscription_n), in_i64(o->created_ms), in_i64(o->n)), DB_OUT(out_i64(&n)));
}

enum err order_same_basket(
    struct ctx *c, struct str basket, int64_t since_ms, bool *ret_found, struct order *ret)
{
    struct order o = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM purchase WHERE basket = $1 AND created_ms >= $2"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_bytes(basket), in_i64(since_ms)), OUT(&o)));
    if (*ret_found)
        *ret = o;
    return E_OK;
}

/* ---- lists: one statement for each question, so that each has its index */

struct each {
    struct order row;
    enum err (*each)(struct ctx *c, const struct order *o, void *arg);
    void *arg;
};

static enum err one(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->row, e->arg);
}

struct range {
    int64_t below, low, high, from_n, from_ms, to_ms;
};

/* Where a period begins: ids begin with their time.  An hour more, and the least of the first ones
 * found: clocks of several servers differ, and ids of one moment are in no order. */
static enum err first_since(struct ctx *c, int64_t ms, int64_t *ret)
{
    const int64_t at = ms - 3600 * 1000;
    struct id id = { { 0 } };
    int64_t n = INT64_MAX;
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(at >> (8 * (5 - i)));
    TRY(db_one(c,
        "SELECT MIN(n) FROM (SELECT n FROM purchase WHERE id >= $1 ORDER BY id LIMIT 1000) AS first",
        DB_IN(in_id(id)), DB_OUT(out_i64_null(&n))));
    *ret = n;
    return E_OK;
}

static enum err range_of(struct ctx *c, const struct order_filter *f, struct range *ret)
{
    struct range r = {
        .below = f->after_n > 0 ? f->after_n : INT64_MAX,
        .low = f->status < 0 ? 0 : f->status,
        .high = f->status < 0 ? ORDER_STATUS_COUNT : f->status,
        .from_ms = f->from_ms,
        .to_ms = f->to_ms > 0 ? f->to_ms : INT64_MAX,
    };
    int64_t to_n = INT64_MAX;
    if (f->from_ms > 3600 * 1000)
        TRY(first_since(c, f->from_ms, &r.from_n));
    /* An hour later than first_since looks, and one more. */
    if (f->to_ms > 0 && f->to_ms < INT64_MAX - 3 * 3600 * 1000)
        TRY(first_since(c, f->to_ms + 2 * 3600 * 1000, &to_n));
    if (to_n < r.below)
        r.below = to_n;
    *ret = r;
    return E_OK;
}

#define IN_RANGE(r)                                                                                \
    in_i64((r)->below), in_i64((r)->from_n), in_i64((r)->low), in_i64((r)->high),                  \
        in_i64((r)->from_ms), in_i64((r)->to_ms)
#define SELECTED                                                                                   \
    "SELECT " COLUMNS " FROM purchase WHERE n < $1 AND n >= $2 AND status BETWEEN $3 AND $4"       \
    " AND created_ms >= $5 AND created_ms < $6"
#define PAID " AND (completed_ms > 0 OR status IN (1, 3, 9))"
#define IN_ORDER " ORDER BY n DESC LIMIT $7"

enum err order_list(struct ctx *c, const struct order_filter *filter,
    enum err (*each)(struct ctx *c, const struct order *o, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    struct range r;
    TRY(range_of(c, filter, &r));
    if (filter->customer_n > 0 && filter->paid)
        return db_each(c, SELECTED PAID " AND customer_n = $8" IN_ORDER,
            DB_IN(IN_RANGE(&r), in_i64(filter->limit), in_i64(filter->customer_n)), OUT(&e.row),
            one, &e);
    if (filter->paid)
        return db_each(c, SELECTED PAID IN_ORDER, DB_IN(IN_RANGE(&r), in_i64(filter->limit)),
            OUT(&e.row), one, &e);
    if (filter->customer_n > 0)
        return db_each(c, SELECTED " AND customer_n = $8" IN_ORDER,
            DB_IN(IN_RANGE(&r), in_i64(filter->limit), in_i64(filter->customer_n)), OUT(&e.row),
            one, &e);
    if (filter->email.n > 0)
        return db_each(c, SELECTED " AND email = $8" IN_ORDER,
            DB_IN(IN_RANGE(&r), in_i64(filter->limit), in_str(filter->email)), OUT(&e.row), one,
            &e);
    /* Whatever an order is that is not paid, it is rare among many: it has an index of its own. */
    if (filter->status >= 0 && filter->status != ORDER_COMPLETED)
        return db_each(c, SELECTED " AND status = $8 AND status <> 2" IN_ORDER,
            DB_IN(IN_RANGE(&r), in_i64(filter->limit), in_i64(filter->status)), OUT(&e.row), one,
            &e);
    return db_each(
        c, SELECTED IN_ORDER, DB_IN(IN_RANGE(&r), in_i64(filter->limit)), OUT(&e.row), one, &e);
}

static enum err newest_n(struct ctx *c, int64_t *ret)
{
    bool found = false;
    *ret = 0;
    return db_find(c, &found, "SELECT n FROM purchase ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(ret)));
}

enum err order_search(struct ctx *c, const struct order_filter *filter,
    enum err (*each)(struct ctx *c, const struct order *o, void *arg), void *arg,
    int64_t *ret_below)
{
    struct each e = { .each = each, .arg = arg };
    struct range r;
    int64_t newest = 0;
    *ret_below = 0;
    if (filter->total.cur == CUR_NONE)
        return order_list(c, filter, each, arg);
    TRY(range_of(c, filter, &r));
    TRY(newest_n(c, &newest));
    if (r.below > newest + 1)
        r.below = newest + 1;
    if (r.from_n < r.below - ORDER_LOOK)
        *ret_below = r.from_n = r.below - ORDER_LOOK;
    return db_each(c, SELECTED " AND total_minor = $8 AND currency = $9" IN_ORDER,
        DB_IN(IN_RANGE(&r), in_i64(filter->limit), in_i64(filter->total.minor),
            in_str(currency_code(filter->total.cur))),
        OUT(&e.row), one, &e);
}

struct sums {
    struct order_sum sum;
    enum err (*each)(struct ctx *c, const struct order_sum *sum, void *arg);
    void *arg;
};

static enum err hand_sum(struct ctx *c, void *arg)
{
    struct sums *k = arg;
    return k->each(c, &k->sum, k->arg);
}

enum err order_sums(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct order_sum *sum, void *arg), void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT currency, COUNT(*), CAST(SUM(total_minor) AS BIGINT),"
        " CAST(SUM(refunded_minor) AS BIGINT) FROM (SELECT currency, total_minor, refunded_minor"
        " FROM purchase WHERE customer_n = $1 AND completed_ms > 0 ORDER BY n DESC LIMIT $2)"
        " AS bought GROUP BY currency ORDER BY currency",
        DB_IN(in_i64(customer_n), in_i64(ORDER_SUMMED)),
        DB_OUT(out_currency(&k.sum.currency), out_i64(&k.sum.orders), out_i64(&k.sum.total_minor),
            out_i64(&k.sum.refunded_minor)),
        hand_sum, &k);
}

struct numbers {
    int64_t row, *n;
    size_t count;
};

static enum err take_number(struct ctx *c, void *arg)
{
    struct numbers *k = arg;
    k->n[k->count++] = k->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err order_overdue(struct ctx *c, int64_t *ret_n, size_t max, size_t *ret_count)
{
    struct numbers k = { .n = ret_n };
    TRY(db_each(c,
        "SELECT n FROM purchase WHERE status <= 3 AND status <> 2 AND expires_ms <= $1"
        " ORDER BY expires_ms, n LIMIT $2",
        DB_IN(in_i64(c->now_ms), in_i64((int64_t)max)), DB_OUT(out_i64(&k.row)), take_number, &k));
    *ret_count = k.count;
    return E_OK;
}

enum err order_open_starts(
    struct ctx *c, int64_t customer_n, int64_t *ret_n, size_t max, size_t *ret_count)
{
    struct numbers k = { .n = ret_n };
    TRY(db_each(c,
        "SELECT n FROM purchase WHERE customer_n = $1 AND kind = 1 AND status IN (0, 1, 3)"
        " ORDER BY n LIMIT $2",
        DB_IN(in_i64(customer_n), in_i64((int64_t)max)), DB_OUT(out_i64(&k.row)), take_number, &k));
    *ret_count = k.count;
    return E_OK;
}

/* Not the version: where an order stands does not change with whose it is. */
enum err order_attach(struct ctx *c, int64_t customer_n, struct str email)
{
    must(customer_n > 0 && email.n > 0);
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE purchase SET customer_n = $1 WHERE email = $2 AND customer_n = 0",
        DB_IN(in_i64(customer_n), in_str(email)));
}
