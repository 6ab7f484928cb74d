#include "dispute/dispute_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "n, id, gateway, reference, attempt_n, order_n, status, word, reason, amount_minor,"           \
    " amount_currency, withdrawn_minor, lost_minor, fee_minor, fee_currency, due_ms, reminded_ms," \
    " opened_ms, closed_ms, asked_ms, evidence, evidence_state, evidence_why, sent_ms, sendings,"  \
    " created_ms, version"
#define OUTS(d)                                                                                    \
    DB_OUT(out_i64(&(d)->n), out_id(&(d)->id), out_enum(&(d)->gateway), out_str(&(d)->reference),  \
        out_i64(&(d)->attempt_n), out_i64(&(d)->order_n), out_enum(&(d)->status),                  \
        out_str(&(d)->word), out_str(&(d)->reason), out_money(&(d)->amount),                       \
        out_i64(&(d)->withdrawn_minor), out_i64(&(d)->lost_minor), out_money(&(d)->fee),           \
        out_i64(&(d)->due_ms), out_i64(&(d)->reminded_ms), out_i64(&(d)->opened_ms),               \
        out_i64(&(d)->closed_ms), out_i64(&(d)->asked_ms), out_str(&(d)->evidence),                \
        out_enum(&(d)->evidence_state), out_str(&(d)->evidence_why), out_i64(&(d)->sent_ms),       \
        out_i64(&(d)->sendings), out_i64(&(d)->created_ms), out_i64(&(d)->version))

enum err dispute_db_by_n(struct ctx *c, int64_t n, struct dispute *ret)
{
    struct dispute d = { .n = 0 };
    TRY(db_one(c, "SELECT " COLUMNS " FROM dispute WHERE n = $1", DB_IN(in_i64(n)), OUTS(&d)));
    *ret = d;
    return E_OK;
}

enum err dispute_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct dispute *ret)
{
    struct dispute d = { .n = 0 };
    TRY(db_find(
        c, ret_found, "SELECT " COLUMNS " FROM dispute WHERE id = $1", DB_IN(in_id(id)), OUTS(&d)));
    if (*ret_found)
        *ret = d;
    return E_OK;
}

enum err dispute_db_find(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct dispute *ret)
{
    struct dispute d = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM dispute WHERE gateway = $1 AND reference = $2",
        DB_IN(in_i64((int64_t)gateway), in_str(reference)), OUTS(&d)));
    if (*ret_found)
        *ret = d;
    return E_OK;
}

enum err dispute_db_insert(struct ctx *c, struct dispute *d)
{
    return db_one(c,
        "INSERT INTO dispute (id, gateway, reference, attempt_n, order_n, status, word, reason,"
        " amount_minor, amount_currency, withdrawn_minor, lost_minor, fee_minor, fee_currency,"
        " due_ms, reminded_ms, opened_ms, closed_ms, asked_ms, evidence, evidence_state,"
        " evidence_why, sent_ms, sendings, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17,"
        " $18, '{}', 0, '', 0, 0, $19, 1) RETURNING n",
        DB_IN(in_id(d->id), in_i64((int64_t)d->gateway), in_str(d->reference), in_i64(d->attempt_n),
            in_i64(d->order_n), in_i64((int64_t)d->status), in_str(d->word), in_str(d->reason),
            in_money(d->amount), in_i64(d->withdrawn_minor), in_i64(d->lost_minor),
            in_money(d->fee), in_i64(d->due_ms), in_i64(d->opened_ms), in_i64(d->closed_ms),
            in_i64(d->asked_ms), in_i64(d->created_ms)),
        DB_OUT(out_i64(&d->n)));
}

enum err dispute_db_update(struct ctx *c, const struct dispute *d)
{
    return db_exec(c, 1,
        "UPDATE dispute SET status = $1, word = $2, reason = $3, amount_minor = $4,"
        " withdrawn_minor = $5, lost_minor = $6, fee_minor = $7, fee_currency = $8, due_ms = $9,"
        " reminded_ms = $10, closed_ms = $11, asked_ms = $12, evidence = $13,"
        " evidence_state = $14, evidence_why = $15, sent_ms = $16, sendings = $17,"
        " version = version + 1 WHERE n = $18 AND version = $19",
        DB_IN(in_i64((int64_t)d->status), in_str(d->word), in_str(d->reason),
            in_i64(d->amount.minor), in_i64(d->withdrawn_minor), in_i64(d->lost_minor),
            in_money(d->fee), in_i64(d->due_ms), in_i64(d->reminded_ms), in_i64(d->closed_ms),
            in_i64(d->asked_ms), in_str(d->evidence), in_i64((int64_t)d->evidence_state),
            in_str(d->evidence_why), in_i64(d->sent_ms), in_i64(d->sendings), in_i64(d->n),
            in_i64(d->version)));
}

enum err dispute_db_others(
    struct ctx *c, const struct dispute *d, bool *ret_open, int64_t *ret_lost_minor)
{
    int64_t open = 0, lost = 0;
    TRY(db_one(c,
        "SELECT CAST(COALESCE(SUM(CASE WHEN status IN (1, 2) THEN 1 ELSE 0 END), 0) AS BIGINT),"
        " CAST(COALESCE(SUM(lost_minor), 0) AS BIGINT)"
        " FROM dispute WHERE attempt_n = $1 AND n <> $2",
        DB_IN(in_i64(d->attempt_n), in_i64(d->n)), DB_OUT(out_i64(&open), out_i64(&lost))));
    *ret_open = open > 0;
    *ret_lost_minor = lost;
    return E_OK;
}

enum err dispute_db_sold(struct ctx *c, enum gateway_id gateway, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM attempt WHERE gateway = $1 AND session_id IS NOT NULL"
        " ORDER BY session_id LIMIT 1",
        DB_IN(in_i64((int64_t)gateway)), DB_OUT(out_i64(&n)));
}

/* ---- lists */

struct each {
    struct dispute row;
    enum err (*each)(struct ctx *c, const struct dispute *d, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    struct dispute d = e->row;
    e->row = (struct dispute) { .n = 0 };
    return e->each(c, &d, e->arg);
}

enum err dispute_list(struct ctx *c, const struct dispute_filter *f,
    enum err (*each)(struct ctx *c, const struct dispute *d, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    int64_t below = f->after_n > 0 ? f->after_n : INT64_MAX;
    if (f->order_n > 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM dispute WHERE order_n = $1 AND n < $2"
            " ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(f->order_n), in_i64(below), in_i64(f->limit)), OUTS(&e.row), hand_over,
            &e);
    if (f->open)
        return db_each(c,
            "SELECT " COLUMNS " FROM dispute WHERE status <= 2 AND n < $1"
            " ORDER BY n DESC LIMIT $2",
            DB_IN(in_i64(below), in_i64(f->limit)), OUTS(&e.row), hand_over, &e);
    return db_each(c,
        "SELECT " COLUMNS " FROM dispute WHERE n < $1 AND ($2 < 0 OR status = $2)"
        " ORDER BY n DESC LIMIT $3",
        DB_IN(in_i64(below), in_i64(f->status), in_i64(f->limit)), OUTS(&e.row), hand_over, &e);
}

struct taking {
    struct dispute row, *d;
    size_t n, max;
};

static enum err take(struct ctx *c, void *arg)
{
    struct taking *k = arg;
    must(k->n < k->max);
    k->d[k->n++] = k->row;
    k->row = (struct dispute) { .n = 0 };
    return c->dead ? E_DEAD : E_OK;
}

enum err dispute_db_open(
    struct ctx *c, int64_t after_n, struct dispute *ret, size_t max, size_t *ret_n)
{
    struct taking k = { .d = ret, .max = max };
    TRY(db_each(c,
        "SELECT " COLUMNS " FROM dispute WHERE status <= 2 AND n > $1"
        " ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64((int64_t)max)), OUTS(&k.row), take, &k));
    *ret_n = k.n;
    return E_OK;
}

/* ---- sums */

struct summing {
    struct dispute_sum row;
    enum err (*each)(struct ctx *c, const struct dispute_sum *s, void *arg);
    void *arg;
};

static enum err one_sum(struct ctx *c, void *arg)
{
    struct summing *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err dispute_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct dispute_sum *s, void *arg), void *arg)
{
    struct summing k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT attempt.n, attempt.amount_minor, attempt.refunded_minor, attempt.lost_minor,"
        " attempt.argued, CASE WHEN attempt.status = 3 THEN 1 ELSE 0 END,"
        " CASE WHEN EXISTS (SELECT 1 FROM dispute w WHERE w.attempt_n = attempt.n"
        "  AND (w.order_n <> attempt.order_n OR w.gateway <> attempt.gateway)) THEN 1 ELSE 0 END,"
        " d.lost, d.open"
        " FROM (SELECT attempt_n, CAST(SUM(lost_minor) AS BIGINT) AS lost,"
        "  CAST(SUM(CASE WHEN status IN (1, 2) THEN 1 ELSE 0 END) AS BIGINT) AS open"
        "  FROM dispute GROUP BY attempt_n) AS d"
        " JOIN attempt ON attempt.n = d.attempt_n ORDER BY attempt.n",
        DB_NO_IN,
        DB_OUT(out_i64(&k.row.attempt_n), out_i64(&k.row.amount_minor),
            out_i64(&k.row.refunded_minor), out_i64(&k.row.lost_minor), out_bool(&k.row.argued),
            out_bool(&k.row.captured), out_bool(&k.row.astray), out_i64(&k.row.lost),
            out_i64(&k.row.open)),
        one_sum, &k);
}

struct holding {
    struct dispute_held row;
    enum err (*each)(struct ctx *c, const struct dispute_held *h, void *arg);
    void *arg;
};

static enum err one_held(struct ctx *c, void *arg)
{
    struct holding *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err dispute_db_held(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct dispute_held *h, void *arg), void *arg)
{
    struct holding k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, amount_currency,"
        " CAST(SUM(CASE WHEN status = 4 THEN 0 ELSE withdrawn_minor END) AS BIGINT)"
        " FROM dispute GROUP BY gateway, amount_currency ORDER BY gateway, amount_currency",
        DB_NO_IN, DB_OUT(out_enum(&k.row.gateway), out_currency(&k.row.cur), out_i64(&k.row.minor)),
        one_held, &k);
}

struct moving {
    struct dispute_moved row;
    dispute_moved_each *each;
    void *arg;
};

static enum err one_moved(struct ctx *c, void *arg)
{
    struct moving *k = arg;
    return k->each(c, &k->row, k->arg);
}

#define OUT_MOVED(k)                                                                               \
    DB_OUT(out_enum(&(k).row.gateway), out_currency(&(k).row.cur), out_i64(&(k).row.withdrawn),    \
        out_i64(&(k).row.cost))

enum err dispute_db_withdrawn(struct ctx *c, dispute_moved_each *each, void *arg)
{
    struct moving k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, amount_currency, CAST(SUM(withdrawn_minor) AS BIGINT),"
        " CAST(SUM(CASE WHEN status = 4 THEN withdrawn_minor - lost_minor ELSE 0 END) AS BIGINT)"
        " FROM dispute GROUP BY gateway, amount_currency ORDER BY gateway, amount_currency",
        DB_NO_IN, OUT_MOVED(k), one_moved, &k);
}

enum err dispute_db_fees(struct ctx *c, dispute_moved_each *each, void *arg)
{
    struct moving k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, fee_currency, CAST(SUM(fee_minor) AS BIGINT),"
        " CAST(SUM(fee_minor) AS BIGINT)"
        " FROM dispute GROUP BY gateway, fee_currency ORDER BY gateway, fee_currency",
        DB_NO_IN, OUT_MOVED(k), one_moved, &k);
}
