#include "sandbox/eversend.h"

/* ---- who was let in */

enum err evs_token_add(struct ctx *c, int64_t until_ms, int64_t *ret_n)
{
    return db_one(c, "INSERT INTO eversend_token (until_ms) VALUES ($1) RETURNING n",
        DB_IN(in_i64(until_ms)), DB_OUT(out_i64(ret_n)));
}

enum err evs_token_holds(struct ctx *c, int64_t n, bool *ret)
{
    int64_t until_ms = 0;
    TRY(db_find(c, ret, "SELECT until_ms FROM eversend_token WHERE n = $1", DB_IN(in_i64(n)),
        DB_OUT(out_i64(&until_ms))));
    *ret = *ret && until_ms > c->wall_ms;
    return E_OK;
}

/* ---- codes */

#define PIN_OUT(p)                                                                                 \
    DB_OUT(out_i64(&(p)->n), out_str(&(p)->pin_id), out_str(&(p)->phone), out_i64(&(p)->wrong),    \
        out_i64(&(p)->until_ms))

enum err evs_pin_add(struct ctx *c, const struct evs_pin *p)
{
    return db_exec(c, 1,
        "INSERT INTO eversend_pin (pin_id, phone, wrong, until_ms) VALUES ($1, $2, 0, $3)",
        DB_IN(in_str(p->pin_id), in_str(p->phone), in_i64(p->until_ms)));
}

enum err evs_pin_find(struct ctx *c, struct str pin_id, bool *ret_found, struct evs_pin *ret)
{
    *ret_found = false;
    if (!str_is_utf8(pin_id))
        return E_OK;
    return db_find(c, ret_found,
        "SELECT n, pin_id, phone, wrong, until_ms FROM eversend_pin WHERE pin_id = $1",
        DB_IN(in_str(pin_id)), PIN_OUT(ret));
}

enum err evs_pin_save(struct ctx *c, const struct evs_pin *p)
{
    return db_exec(c, 1, "UPDATE eversend_pin SET wrong = $1, until_ms = $2 WHERE n = $3",
        DB_IN(in_i64(p->wrong), in_i64(p->until_ms), in_i64(p->n)));
}

enum err evs_pin_of(struct ctx *c, struct str phone, bool *ret_found, struct evs_pin *ret)
{
    return db_find(c, ret_found,
        "SELECT n, pin_id, phone, wrong, until_ms FROM eversend_pin WHERE phone = $1"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_str(phone)), PIN_OUT(ret));
}

/* ---- transactions */

#define COLUMNS                                                                                    \
    "n, id, ref, status, amount_minor, currency, country, phone, customer, reason, refunded,"      \
    " created_ms, updated_ms, turn_ms, turn"
#define OUT(t)                                                                                     \
    DB_OUT(out_i64(&(t)->n), out_str(&(t)->id), out_str(&(t)->ref), out_str(&(t)->status),         \
        out_i64(&(t)->amount_minor), out_str(&(t)->currency), out_str(&(t)->country),              \
        out_str(&(t)->phone), out_str(&(t)->customer), out_str(&(t)->reason),                      \
        out_bool(&(t)->refunded), out_i64(&(t)->created_ms), out_i64(&(t)->updated_ms),            \
        out_i64(&(t)->turn_ms), out_str(&(t)->turn))

enum err evs_add(struct ctx *c, struct evs_transaction *t)
{
    return db_one(c,
        "INSERT INTO eversend_transaction (id, ref, status, amount_minor, currency, country, phone,"
        " customer, reason, refunded, created_ms, updated_ms, turn_ms, turn)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13) RETURNING n",
        DB_IN(in_str(t->id), in_str(t->ref), in_str(t->status), in_i64(t->amount_minor),
            in_str(t->currency), in_str(t->country), in_str(t->phone), in_str(t->customer),
            in_str(t->reason), in_i64(t->created_ms), in_i64(t->updated_ms), in_i64(t->turn_ms),
            in_str(t->turn)),
        DB_OUT(out_i64(&t->n)));
}

enum err evs_save(struct ctx *c, const struct evs_transaction *t)
{
    return db_exec(c, 1,
        "UPDATE eversend_transaction SET status = $1, reason = $2, refunded = $3, updated_ms = $4,"
        " turn_ms = $5, turn = $6 WHERE n = $7",
        DB_IN(in_str(t->status), in_str(t->reason), in_bool(t->refunded), in_i64(t->updated_ms),
            in_i64(t->turn_ms), in_str(t->turn), in_i64(t->n)));
}

enum err evs_by_id(struct ctx *c, struct str id, bool *ret_found, struct evs_transaction *ret)
{
    *ret_found = false;
    if (!str_is_utf8(id))
        return E_OK;
    return db_find(c, ret_found, "SELECT " COLUMNS " FROM eversend_transaction WHERE id = $1",
        DB_IN(in_str(id)), OUT(ret));
}

enum err evs_by_ref(struct ctx *c, struct str ref, bool *ret_found, struct evs_transaction *ret)
{
    return db_find(c, ret_found, "SELECT " COLUMNS " FROM eversend_transaction WHERE ref = $1",
        DB_IN(in_str(ref)), OUT(ret));
}

struct taking {
    struct evs_transaction at, *to;
    size_t n;
};

static enum err take(struct ctx *c, void *arg)
{
    struct taking *t = arg;
    (void)c;
    t->to[t->n++] = t->at;
    return E_OK;
}

enum err evs_list(
    struct ctx *c, const struct evs_filter *f, struct evs_transaction *ret, size_t *ret_n)
{
    struct taking t = { .to = ret };
    TRY(db_each(c,
        "SELECT " COLUMNS " FROM eversend_transaction"
        " WHERE ($1 = '' OR id = $1) AND ($2 = '' OR phone = $2) AND ($3 = '' OR currency = $3)"
        " AND ($4 = '' OR status = $4) AND created_ms >= $5 AND created_ms < $6"
        " ORDER BY n DESC LIMIT $7 OFFSET $8",
        DB_IN(in_str(f->id), in_str(f->phone), in_str(f->currency), in_str(f->status),
            in_i64(f->from_ms), in_i64(f->to_ms > 0 ? f->to_ms : INT64_MAX), in_i64(f->limit),
            in_i64(f->skip)),
        OUT(&t.at), take, &t));
    *ret_n = t.n;
    return E_OK;
}

enum err evs_sum_before(struct ctx *c, const struct evs_transaction *t, int64_t *ret_minor)
{
    *ret_minor = 0;
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM eversend_transaction"
        " WHERE currency = $1 AND status = 'successful' AND n < $2",
        DB_IN(in_str(t->currency), in_i64(t->n)), DB_OUT(out_i64(ret_minor)));
}

enum err evs_due(struct ctx *c, bool *ret_found, struct evs_transaction *ret)
{
    return db_find(c, ret_found,
        "SELECT " COLUMNS " FROM eversend_transaction WHERE turn_ms > 0 AND turn_ms <= $1"
        " ORDER BY turn_ms, n LIMIT 1",
        DB_IN(in_i64(c->now_ms)), OUT(ret));
}

enum err evs_next_due(struct ctx *c, int64_t *ret_ms)
{
    *ret_ms = INT64_MAX;
    return db_one(c, "SELECT MIN(turn_ms) FROM eversend_transaction WHERE turn_ms > 0", DB_NO_IN,
        DB_OUT(out_i64_null(ret_ms)));
}

enum err evs_empty(struct ctx *c)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM eversend_transaction", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM eversend_pin", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM eversend_token", DB_NO_IN);
}
