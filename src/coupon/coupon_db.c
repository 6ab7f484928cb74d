#include "coupon/coupon_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "n, id, shown, bps, amount_minor, amount_currency, max_uses, per_customer, starts_ms,"         \
    " expires_ms, min_subtotal_minor, applies_to, duration, months, active, from_file, used,"      \
    " version"

struct row {
    struct coupon *k;
    int64_t bps;
    struct str currency;
};
#define OUT(r)                                                                                     \
    DB_OUT(out_i64(&(r).k->n), out_id(&(r).k->id), out_str(&(r).k->code), out_i64(&(r).bps),       \
        out_i64(&(r).k->amount.minor), out_str(&(r).currency), out_i64(&(r).k->max_uses),          \
        out_i64(&(r).k->per_customer), out_i64(&(r).k->starts_ms), out_i64(&(r).k->expires_ms),    \
        out_i64(&(r).k->min_subtotal_minor), out_str(&(r).k->applies_to),                          \
        out_enum(&(r).k->duration), out_i64(&(r).k->months), out_bool(&(r).k->active),             \
        out_bool(&(r).k->from_file), out_i64(&(r).k->used), out_i64(&(r).k->version))

static enum err finish(struct ctx *c, const struct row *r)
{
    r->k->bps = (int32_t)r->bps;
    r->k->amount.cur = CUR_NONE;
    if (r->currency.n > 0 && !currency_parse(r->currency, &r->k->amount.cur))
        return fail(c, STORE_CORRUPT, "a coupon has the currency %.*s", SARG(r->currency));
    return E_OK;
}

enum err coupon_db_by_code(struct ctx *c, struct str folded, bool *ret_found, struct coupon *ret)
{
    struct coupon k = { .n = 0 };
    struct row r = { .k = &k };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM coupon WHERE code = $1",
        DB_IN(in_str(folded)), OUT(r)));
    if (!*ret_found)
        return E_OK;
    TRY(finish(c, &r));
    *ret = k;
    return E_OK;
}

struct each {
    struct row r;
    enum err (*each)(struct ctx *c, void *arg);
    void *arg;
};

static enum err one(struct ctx *c, void *arg)
{
    struct each *e = arg;
    TRY(finish(c, &e->r));
    return e->each(c, e->arg);
}

enum err coupon_db_each_of_file(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, void *arg), struct coupon *row, void *arg)
{
    struct each e = { .r = { .k = row }, .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS " FROM coupon WHERE from_file = 1 AND active = 1 AND n > $1"
        " ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)), OUT(e.r), one, &e);
}

enum err coupon_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct coupon *ret)
{
    struct coupon k = { .n = 0 };
    struct row r = { .k = &k };
    TRY(db_find(
        c, ret_found, "SELECT " COLUMNS " FROM coupon WHERE id = $1", DB_IN(in_id(id)), OUT(r)));
    if (!*ret_found)
        return E_OK;
    TRY(finish(c, &r));
    *ret = k;
    return E_OK;
}

struct listing {
    struct each each;
    struct coupon k;
    enum err (*one)(struct ctx *c, const struct coupon *k, void *arg);
    void *arg;
};

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    return l->one(c, &l->k, l->arg);
}

enum err coupon_list(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct coupon *k, void *arg), void *arg)
{
    struct listing l = { .one = each, .arg = arg };
    l.each = (struct each) { .r = { .k = &l.k }, .each = list_one, .arg = &l };
    return db_each(c, "SELECT " COLUMNS " FROM coupon WHERE n < $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(after_n > 0 ? after_n : INT64_MAX), in_i64(limit)), OUT(l.each.r), one,
        &l.each);
}

enum err coupon_db_insert(struct ctx *c, struct coupon *k, struct str folded, bool *ret_new)
{
    return db_find(c, ret_new,
        "INSERT INTO coupon (id, code, shown, bps, amount_minor, amount_currency, max_uses,"
        " per_customer, starts_ms, expires_ms, min_subtotal_minor, applies_to, duration, months,"
        " active, from_file, used, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, 0, 0, $15, 1)"
        " ON CONFLICT (code) DO NOTHING RETURNING n",
        DB_IN(in_id(k->id), in_str(folded), in_str(k->code), in_i64(k->bps),
            in_i64(k->amount.minor),
            in_str(k->amount.cur == CUR_NONE ? S("") : currency_code(k->amount.cur)),
            in_i64(k->max_uses), in_i64(k->per_customer), in_i64(k->starts_ms),
            in_i64(k->expires_ms), in_i64(k->min_subtotal_minor), in_str(k->applies_to),
            in_i64((int64_t)k->duration), in_i64(k->months), in_i64(c->now_ms)),
        DB_OUT(out_i64(&k->n)));
}

enum err coupon_db_switch(struct ctx *c, const struct coupon *k, bool active)
{
    return db_exec(c, 1,
        "UPDATE coupon SET active = $1, version = version + 1 WHERE n = $2 AND version = $3",
        DB_IN(in_bool(active), in_i64(k->n), in_i64(k->version)));
}

enum err coupon_db_pause(struct ctx *c, int64_t n)
{
    return db_exec(
        c, 1, "UPDATE coupon SET active = 0, version = version + 1 WHERE n = $1", DB_IN(in_i64(n)));
}

enum err coupon_db_uses_of(struct ctx *c, int64_t coupon_n, struct str buyer, int64_t *ret)
{
    bool found = false;
    int64_t used = 0;
    TRY(db_find(c, &found, "SELECT used FROM coupon_buyer WHERE coupon_n = $1 AND buyer = $2",
        DB_IN(in_i64(coupon_n), in_str(buyer)), DB_OUT(out_i64(&used))));
    *ret = used;
    return E_OK;
}

/* A limit below what was used already would break the row's own rule: then it is what was used. */
enum err coupon_db_put(struct ctx *c, const struct coupon *k, struct str folded)
{
    return db_exec(c, 1,
        "INSERT INTO coupon (id, code, shown, bps, amount_minor, amount_currency, max_uses,"
        " per_customer, starts_ms, expires_ms, min_subtotal_minor, applies_to, duration, months,"
        " active, from_file, used, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, 1)"
        " ON CONFLICT (code) DO UPDATE SET shown = excluded.shown, bps = excluded.bps,"
        " amount_minor = excluded.amount_minor, amount_currency = excluded.amount_currency,"
        " max_uses = CASE WHEN excluded.max_uses > 0 AND excluded.max_uses < coupon.used"
        "  THEN coupon.used ELSE excluded.max_uses END,"
        " per_customer = excluded.per_customer, starts_ms = excluded.starts_ms,"
        " expires_ms = excluded.expires_ms, min_subtotal_minor = excluded.min_subtotal_minor,"
        " applies_to = excluded.applies_to, duration = excluded.duration,"
        " months = excluded.months, active = excluded.active, from_file = excluded.from_file,"
        " version = coupon.version + 1",
        DB_IN(in_id(k->id), in_str(folded), in_str(k->code), in_i64(k->bps),
            in_i64(k->amount.minor),
            in_str(k->amount.cur == CUR_NONE ? S("") : currency_code(k->amount.cur)),
            in_i64(k->max_uses), in_i64(k->per_customer), in_i64(k->starts_ms),
            in_i64(k->expires_ms), in_i64(k->min_subtotal_minor), in_str(k->applies_to),
            in_i64((int64_t)k->duration), in_i64(k->months), in_bool(k->active),
            in_bool(k->from_file), in_i64(c->now_ms)));
}

/* ---- counting: a question that changes, answered by whether a row came back */

enum err coupon_db_count(struct ctx *c, int64_t coupon_n, bool *ret_ok)
{
    int64_t used = 0;
    return db_find(c, ret_ok,
        "UPDATE coupon SET used = used + 1 WHERE n = $1 AND used < max_uses RETURNING used",
        DB_IN(in_i64(coupon_n)), DB_OUT(out_i64(&used)));
}

enum err coupon_db_uncount(struct ctx *c, int64_t coupon_n)
{
    return db_exec(c, 1, "UPDATE coupon SET used = used - 1 WHERE n = $1 AND used > 0",
        DB_IN(in_i64(coupon_n)));
}

enum err coupon_db_count_buyer(
    struct ctx *c, int64_t coupon_n, struct str buyer, int64_t limit, bool *ret_ok)
{
    int64_t used = 0;
    return db_find(c, ret_ok,
        "INSERT INTO coupon_buyer (coupon_n, buyer, used) VALUES ($1, $2, 1)"
        " ON CONFLICT (coupon_n, buyer) DO UPDATE SET used = coupon_buyer.used + 1"
        " WHERE coupon_buyer.used < $3 RETURNING used",
        DB_IN(in_i64(coupon_n), in_str(buyer), in_i64(limit)), DB_OUT(out_i64(&used)));
}

enum err coupon_db_uncount_buyer(struct ctx *c, int64_t coupon_n, struct str buyer)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE coupon_buyer SET used = used - 1 WHERE coupon_n = $1 AND buyer = $2 AND used > 0",
        DB_IN(in_i64(coupon_n), in_str(buyer)));
}

enum err coupon_db_use_insert(struct ctx *c, int64_t order_n, const struct coupon_use_row *row)
{
    return db_exec(c, 1,
        "INSERT INTO coupon_use (order_n, coupon_n, buyer, counted, state)"
        " VALUES ($1, $2, $3, $4, 0)",
        DB_IN(in_i64(order_n), in_i64(row->coupon_n), in_str(row->buyer), in_bool(row->counted)));
}

enum err coupon_db_use_move(struct ctx *c, int64_t order_n, enum use_state from, enum use_state to,
    bool *ret_moved, struct coupon_use_row *ret)
{
    return db_find(c, ret_moved,
        "UPDATE coupon_use SET state = $1 WHERE order_n = $2 AND state = $3"
        " RETURNING coupon_n, buyer, counted",
        DB_IN(in_i64((int64_t)to), in_i64(order_n), in_i64((int64_t)from)),
        DB_OUT(out_i64(&ret->coupon_n), out_str(&ret->buyer), out_bool(&ret->counted)));
}

enum err coupon_db_use_beyond(struct ctx *c, int64_t order_n)
{
    return db_exec(
        c, 1, "UPDATE coupon_use SET counted = 0 WHERE order_n = $1", DB_IN(in_i64(order_n)));
}

/* ---- sums */

struct counts {
    struct coupon_count row;
    enum err (*each)(struct ctx *c, const struct coupon_count *n, void *arg);
    void *arg;
};

static enum err one_count(struct ctx *c, void *arg)
{
    struct counts *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err coupon_db_counts(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct coupon_count *n, void *arg), void *arg)
{
    struct counts k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT n, shown, used, (SELECT COUNT(*) FROM coupon_use u WHERE u.coupon_n = coupon.n"
        " AND u.counted = 1 AND u.state <> 2) FROM coupon WHERE n > $1 ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(
            out_i64(&k.row.n), out_str(&k.row.code), out_i64(&k.row.counted), out_i64(&k.row.uses)),
        one_count, &k);
}

/* From both sides: a buyer with a counter, and one with uses alone. */
enum err coupon_db_buyer_counts(struct ctx *c, const struct coupon_count *of,
    enum err (*each)(struct ctx *c, const struct coupon_count *n, void *arg), void *arg)
{
    struct counts k = { .row = *of, .each = each, .arg = arg };
    k.row.of_buyer = true;
    return db_each(c,
        "SELECT CAST(SUM(counted) AS BIGINT), CAST(SUM(uses) AS BIGINT)"
        " FROM (SELECT buyer, used AS counted, 0 AS uses FROM coupon_buyer WHERE coupon_n = $1"
        "  UNION ALL SELECT buyer, 0 AS counted, 1 AS uses FROM coupon_use WHERE coupon_n = $1"
        "  AND state <> 2 AND buyer <> '') AS seen GROUP BY buyer"
        " HAVING SUM(counted) <> SUM(uses) ORDER BY buyer",
        DB_IN(in_i64(of->n)), DB_OUT(out_i64(&k.row.counted), out_i64(&k.row.uses)), one_count, &k);
}
