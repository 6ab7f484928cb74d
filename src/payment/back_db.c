#include "payment/back_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "n, id, order_n, attempt_n, gateway, kind, status, approval, amount_minor, amount_currency,"   \
    " reference, reason, why, actor, approver, created_ms, sent_ms, done_ms, version"
#define OUT(r)                                                                                     \
    DB_OUT(out_i64(&(r)->n), out_id(&(r)->id), out_i64(&(r)->order_n), out_i64(&(r)->attempt_n),   \
        out_enum(&(r)->gateway), out_enum(&(r)->kind), out_enum(&(r)->status),                     \
        out_bool(&(r)->approval), out_money(&(r)->amount), out_str(&(r)->reference),               \
        out_str(&(r)->reason), out_str(&(r)->why), out_str(&(r)->actor), out_str(&(r)->approver),  \
        out_i64(&(r)->created_ms), out_i64(&(r)->sent_ms), out_i64(&(r)->done_ms),                 \
        out_i64(&(r)->version))

/* One statement looks and takes: of two at once the second finds what the first has left. */
enum err back_db_reserve(
    struct ctx *c, int64_t attempt_n, int64_t minor, bool *ret_done, int64_t *ret_version)
{
    int64_t version = 0;
    TRY(db_find(c, ret_done,
        "UPDATE attempt SET reserved_minor = reserved_minor + $2, version = version + 1"
        " WHERE n = $1 AND status = 3 AND argued = 0"
        " AND refunded_minor + lost_minor + reserved_minor + $2 <= amount_minor RETURNING version",
        DB_IN(in_i64(attempt_n), in_i64(minor)), DB_OUT(out_i64(&version))));
    *ret_version = version;
    return E_OK;
}

enum err back_db_insert(struct ctx *c, struct refund *r)
{
    return db_one(c,
        "INSERT INTO refund (id, order_n, attempt_n, gateway, kind, status, approval, amount_minor,"
        " amount_currency, reference, reason, why, actor, approver, created_ms, sent_ms, done_ms,"
        " version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        " $17, 1) RETURNING n",
        DB_IN(in_id(r->id), in_i64(r->order_n), in_i64(r->attempt_n), in_i64((int64_t)r->gateway),
            in_i64((int64_t)r->kind), in_i64((int64_t)r->status), in_bool(r->approval),
            in_money(r->amount), in_str(r->reference), in_str(r->reason), in_str(r->why),
            in_str(r->actor), in_str(r->approver), in_i64(r->created_ms), in_i64(r->sent_ms),
            in_i64(r->done_ms)),
        DB_OUT(out_i64(&r->n)));
}

enum err back_db_update(struct ctx *c, const struct refund *r, enum refund_status to)
{
    return db_exec(c, 1,
        "UPDATE refund SET status = $1, approval = $2, reference = $3, why = $4, approver = $5,"
        " sent_ms = $6, done_ms = $7, version = version + 1"
        " WHERE n = $8 AND status = $9 AND version = $10",
        DB_IN(in_i64((int64_t)to), in_bool(r->approval), in_str(r->reference), in_str(r->why),
            in_str(r->approver), in_i64(r->sent_ms), in_i64(r->done_ms), in_i64(r->n),
            in_i64((int64_t)r->status), in_i64(r->version)));
}

enum err refund_by_n(struct ctx *c, int64_t n, struct refund *ret)
{
    struct refund r = { .n = 0 };
    TRY(db_one(c, "SELECT " COLUMNS " FROM refund WHERE n = $1", DB_IN(in_i64(n)), OUT(&r)));
    *ret = r;
    return E_OK;
}

enum err back_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct refund *ret)
{
    struct refund r = { .n = 0 };
    TRY(db_find(
        c, ret_found, "SELECT " COLUMNS " FROM refund WHERE id = $1", DB_IN(in_id(id)), OUT(&r)));
    if (*ret_found)
        *ret = r;
    return E_OK;
}

enum err back_db_by_reference(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct refund *ret)
{
    struct refund r = { .n = 0 };
    must(reference.n > 0);
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS
        " FROM refund WHERE gateway = $1 AND reference = $2 AND kind < 2 AND reference <> ''",
        DB_IN(in_i64((int64_t)gateway), in_str(reference)), OUT(&r)));
    if (*ret_found)
        *ret = r;
    return E_OK;
}

enum err back_db_unnamed(
    struct ctx *c, int64_t attempt_n, int64_t minor, bool *ret_found, struct refund *ret)
{
    struct refund r = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM refund WHERE attempt_n = $1 AND kind = 1 AND status = 1"
        " AND reference = '' AND amount_minor = $2 ORDER BY n LIMIT 1",
        DB_IN(in_i64(attempt_n), in_i64(minor)), OUT(&r)));
    if (*ret_found)
        *ret = r;
    return E_OK;
}

enum err back_db_unsent(struct ctx *c, int64_t attempt_n, bool *ret_found, struct refund *ret)
{
    struct refund r = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM refund WHERE attempt_n = $1 AND status = 0 AND sent_ms = 0"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(attempt_n)), OUT(&r)));
    if (*ret_found)
        *ret = r;
    return E_OK;
}

/* ---- lists */

struct list {
    struct refund row, *r;
    size_t n, cap;
};

static enum err take(struct ctx *c, void *arg)
{
    struct list *l = arg;
    (void)c;
    must(l->n < l->cap);
    l->r[l->n++] = l->row;
    return E_OK;
}

enum err refunds_of(struct ctx *c, int64_t order_n, struct refund **ret, size_t *ret_n)
{
    struct list l = { .cap = 100 };
    l.r = arena_array(c->arena, struct refund, l.cap);
    TRY(db_each(c, "SELECT " COLUMNS " FROM refund WHERE order_n = $1 ORDER BY n LIMIT 100",
        DB_IN(in_i64(order_n)), OUT(&l.row), take, &l));
    *ret = l.r;
    *ret_n = l.n;
    return E_OK;
}

struct each {
    struct refund row;
    enum err (*each)(struct ctx *c, const struct refund *r, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->row, e->arg);
}

enum err refund_list(struct ctx *c, const struct refund_filter *f,
    enum err (*each)(struct ctx *c, const struct refund *r, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    int64_t below = f->after_n > 0 ? f->after_n : INT64_MAX;
    if (f->open)
        return db_each(c,
            "SELECT " COLUMNS " FROM refund WHERE status IN (0, 3) AND n < $1"
            " ORDER BY n DESC LIMIT $2",
            DB_IN(in_i64(below), in_i64(f->limit)), OUT(&e.row), hand_over, &e);
    return db_each(c, "SELECT " COLUMNS " FROM refund WHERE n < $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(below), in_i64(f->limit)), OUT(&e.row), hand_over, &e);
}

/* ---- sums */

struct sums {
    struct back_sums row;
    enum err (*each)(struct ctx *c, const struct back_sums *sums, void *arg);
    void *arg;
};

static enum err one_sum(struct ctx *c, void *arg)
{
    struct sums *s = arg;
    return s->each(c, &s->row, s->arg);
}

enum err back_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct back_sums *sums, void *arg), void *arg)
{
    struct sums s = { .each = each, .arg = arg };
    struct back_sums *k = &s.row;
    return db_each(c,
        "SELECT a.id, o.id, a.amount_minor, a.refunded_minor, a.reserved_minor,"
        " CAST(COALESCE((SELECT SUM(amount_minor) FROM refund r WHERE r.attempt_n = a.n"
        "  AND r.status = 1), 0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(amount_minor) FROM refund r WHERE r.attempt_n = a.n"
        "  AND r.status IN (0, 3)), 0) AS BIGINT),"
        " o.total_minor, o.refunded_minor, a.lost_minor, a.extra"
        " FROM attempt a JOIN purchase o ON o.n = a.order_n"
        " WHERE a.refunded_minor > 0 OR a.reserved_minor > 0 OR a.lost_minor > 0"
        "  OR EXISTS (SELECT 1 FROM refund r WHERE r.attempt_n = a.n) ORDER BY a.n",
        DB_NO_IN,
        DB_OUT(out_id(&k->attempt), out_id(&k->order), out_i64(&k->amount), out_i64(&k->refunded),
            out_i64(&k->reserved), out_i64(&k->succeeded), out_i64(&k->pending), out_i64(&k->total),
            out_i64(&k->order_refunded), out_i64(&k->lost), out_bool(&k->extra)),
        one_sum, &s);
}

struct lots {
    struct back_lot row;
    enum err (*each)(struct ctx *c, const struct back_lot *lot, void *arg);
    void *arg;
};

static enum err one_lot(struct ctx *c, void *arg)
{
    struct lots *l = arg;
    return l->each(c, &l->row, l->arg);
}

enum err back_db_lots(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct back_lot *lot, void *arg), void *arg)
{
    struct lots l = { .each = each, .arg = arg };
    struct back_lot *k = &l.row;
    return db_each(c,
        "SELECT o.id, o.refunded_minor, o.total_minor, l.given, l.taken"
        " FROM refund r JOIN purchase o ON o.n = r.order_n"
        " JOIN credit_lot l ON l.order_n = o.n AND l.order_n > 0"
        " WHERE r.status = 1 AND o.refunded_minor > 0 ORDER BY r.n, l.n",
        DB_NO_IN,
        DB_OUT(out_id(&k->order), out_i64(&k->refunded), out_i64(&k->total), out_i64(&k->given),
            out_i64(&k->taken)),
        one_lot, &l);
}

struct astray {
    struct id id;
    enum err (*each)(struct ctx *c, struct id refund, void *arg);
    void *arg;
};

static enum err one_astray(struct ctx *c, void *arg)
{
    struct astray *k = arg;
    return k->each(c, k->id, k->arg);
}

enum err back_db_astray(
    struct ctx *c, enum err (*each)(struct ctx *c, struct id refund, void *arg), void *arg)
{
    struct astray k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT r.id FROM refund r JOIN attempt a ON a.n = r.attempt_n WHERE r.order_n <> a.order_n"
        " OR r.gateway <> a.gateway OR r.amount_currency <> a.amount_currency ORDER BY r.n",
        DB_NO_IN, DB_OUT(out_id(&k.id)), one_astray, &k);
}
