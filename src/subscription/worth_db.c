#include "db/db.h"
#include "subscription/subscription_db.h"

enum err subscription_db_move(struct ctx *c, const struct subscription_move *move)
{
    return db_exec(c, 1,
        "INSERT INTO subscription_move (subscription_n, customer_n, kind, after_trial, from_plan,"
        " to_plan, currency, was_minor, is_minor, at_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        DB_IN(in_i64(move->subscription_n), in_i64(move->customer_n), in_i64((int64_t)move->kind),
            in_bool(move->after_trial), in_str(move->from_plan), in_str(move->to_plan),
            in_str(currency_code(move->cur)), in_i64(move->was_minor), in_i64(move->is_minor),
            in_i64(move->at_ms)));
}

#define COLUMNS                                                                                    \
    "n, subscription_n, customer_n, kind, after_trial, from_plan, to_plan, currency, was_minor,"   \
    " is_minor, at_ms"
#define OUT(k)                                                                                     \
    DB_OUT(out_i64(&(k)->n), out_i64(&(k)->subscription_n), out_i64(&(k)->customer_n),             \
        out_enum(&(k)->kind), out_bool(&(k)->after_trial), out_str(&(k)->from_plan),               \
        out_str(&(k)->to_plan), out_currency(&(k)->cur), out_i64(&(k)->was_minor),                 \
        out_i64(&(k)->is_minor), out_i64(&(k)->at_ms))

enum err subscription_db_newest_move(
    struct ctx *c, int64_t subscription_n, bool *ret_found, struct subscription_move *ret)
{
    struct subscription_move k = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM subscription_move WHERE subscription_n = $1"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n)), OUT(&k)));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err subscription_db_had_left(struct ctx *c, int64_t customer_n, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM subscription_move WHERE customer_n = $1 AND kind = 5 ORDER BY n LIMIT 1",
        DB_IN(in_i64(customer_n)), DB_OUT(out_i64(&n)));
}

struct moves {
    struct subscription_move row;
    enum err (*each)(struct ctx *c, const struct subscription_move *move, void *arg);
    void *arg;
};

static enum err one_move(struct ctx *c, void *arg)
{
    struct moves *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err subscription_moves(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct subscription_move *move, void *arg), void *arg)
{
    struct moves k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS " FROM subscription_move WHERE at_ms >= $1 AND at_ms < $2"
        " ORDER BY at_ms, n",
        DB_IN(in_i64(from_ms), in_i64(to_ms)), OUT(&k.row), one_move, &k);
}

struct worths {
    struct subscription_worths row;
    enum err (*each)(struct ctx *c, const struct subscription_worths *sum, void *arg);
    void *arg;
};

static enum err one_worth(struct ctx *c, void *arg)
{
    struct worths *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err subscription_worths(struct ctx *c, int64_t before_ms,
    enum err (*each)(struct ctx *c, const struct subscription_worths *sum, void *arg), void *arg)
{
    struct worths k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT plan, currency, CAST(SUM(paid) AS BIGINT), CAST(SUM(minor) AS BIGINT)"
        " FROM (SELECT to_plan AS plan, currency, is_minor AS minor,"
        " CASE WHEN is_minor > 0 THEN 1 ELSE 0 END AS paid"
        " FROM subscription_move WHERE at_ms < $1"
        " UNION ALL SELECT from_plan, currency, -was_minor,"
        " CASE WHEN was_minor > 0 THEN -1 ELSE 0 END FROM subscription_move WHERE at_ms < $1) AS m"
        " GROUP BY plan, currency HAVING SUM(paid) <> 0 ORDER BY plan, currency",
        DB_IN(in_i64(before_ms)),
        DB_OUT(out_str(&k.row.plan), out_currency(&k.row.cur), out_i64(&k.row.subscribers),
            out_i64(&k.row.minor)),
        one_worth, &k);
}

/* ---- do they add up? */

struct now {
    struct subscription s;
    int64_t minor;
    enum err (*each)(struct ctx *c, const struct subscription *s, int64_t minor, void *arg);
    void *arg;
};

static enum err one_now(struct ctx *c, void *arg)
{
    struct now *k = arg;
    return k->each(c, &k->s, k->minor, k->arg);
}

enum err subscription_db_each_worth(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct subscription *s, int64_t minor, void *arg),
    void *arg)
{
    struct now k = { .each = each, .arg = arg };
    struct subscription *s = &k.s;
    return db_each(c,
        "SELECT s.id, s.status, s.months, s.amount_minor, s.amount_currency, s.off_minor,"
        " s.off_months, s.tax_bps, s.tax_inclusive, s.period_end_ms, s.trial_end_ms,"
        " COALESCE((SELECT m.is_minor"
        " FROM subscription_move AS m WHERE m.subscription_n = s.n ORDER BY m.n DESC LIMIT 1), 0)"
        " FROM subscription AS s ORDER BY s.n",
        DB_NO_IN,
        DB_OUT(out_id(&s->id), out_enum(&s->status), out_i64(&s->terms.months),
            out_money(&s->terms.amount), out_i64(&s->terms.off_minor),
            out_i64(&s->terms.off_months), out_i64(&s->terms.tax_bps),
            out_bool(&s->terms.tax_inclusive), out_i64(&s->period_end_ms),
            out_i64(&s->trial_end_ms), out_i64(&k.minor)),
        one_now, &k);
}

struct gaps {
    int64_t n;
    enum err (*each)(struct ctx *c, int64_t subscription_n, void *arg);
    void *arg;
};

static enum err one_gap(struct ctx *c, void *arg)
{
    struct gaps *k = arg;
    return k->each(c, k->n, k->arg);
}

enum err subscription_db_each_gap(
    struct ctx *c, enum err (*each)(struct ctx *c, int64_t subscription_n, void *arg), void *arg)
{
    struct gaps k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT m.subscription_n FROM subscription_move AS m WHERE m.was_minor <> COALESCE("
        "(SELECT b.is_minor FROM subscription_move AS b WHERE b.subscription_n = m.subscription_n"
        " AND b.n < m.n ORDER BY b.n DESC LIMIT 1), 0) ORDER BY m.n",
        DB_NO_IN, DB_OUT(out_i64(&k.n)), one_gap, &k);
}
