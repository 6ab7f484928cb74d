#include "payment/call_db.h"

#include "db/db.h"

enum err call_db_insert(struct ctx *c, const struct call *k)
{
    return db_exec(c, 1,
        "INSERT INTO gateway_call (attempt_n, gateway, what, back, outcome, http_status, said,"
        " at_ms, took_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        DB_IN(in_i64(k->attempt_n), in_i64((int64_t)k->gateway), in_i64((int64_t)k->what % 2),
            in_bool(k->what >= CALL_GIVE), in_i64((int64_t)k->outcome), in_i64(k->http_status),
            in_str(k->said), in_i64(k->at_ms), in_i64(k->took_ms)));
}

/* what is asked of a payment, or of what goes back of it: as call_what counts them. */
#define COLUMNS "n, attempt_n, gateway, what + 2 * back, outcome, http_status, said, at_ms, took_ms"
#define OUT(k)                                                                                     \
    DB_OUT(out_i64(&(k)->n), out_i64(&(k)->attempt_n), out_enum(&(k)->gateway),                    \
        out_enum(&(k)->what), out_enum(&(k)->outcome), out_i64(&(k)->http_status),                 \
        out_str(&(k)->said), out_i64(&(k)->at_ms), out_i64(&(k)->took_ms))

struct each {
    struct call row;
    enum err (*each)(struct ctx *c, const struct call *call, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->row, e->arg);
}

enum err call_list(struct ctx *c, int64_t attempt_n,
    enum err (*each)(struct ctx *c, const struct call *call, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS " FROM gateway_call WHERE attempt_n = $1 ORDER BY n LIMIT 100",
        DB_IN(in_i64(attempt_n)), OUT(&e.row), hand_over, &e);
}

enum err call_newest(struct ctx *c, int64_t limit,
    enum err (*each)(struct ctx *c, const struct call *call, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    return db_each(c, "SELECT " COLUMNS " FROM gateway_call ORDER BY n DESC LIMIT $1",
        DB_IN(in_i64(limit)), OUT(&e.row), hand_over, &e);
}

/* Only the oldest hundred are looked at: they came first, so they are over first. */
#define OLDEST                                                                                     \
    " (SELECT n FROM (SELECT n, at_ms FROM gateway_call ORDER BY n LIMIT 100) AS oldest"           \
    " WHERE at_ms < $1)"

enum err call_db_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more)
{
    int64_t n = 0;
    TRY(db_one(
        c, "SELECT COUNT(*) FROM" OLDEST " AS old", DB_IN(in_i64(before_ms)), DB_OUT(out_i64(&n))));
    if (n > 0)
        TRY(db_exec(c, n, "DELETE FROM gateway_call WHERE n IN" OLDEST, DB_IN(in_i64(before_ms))));
    *ret_more = n > 0;
    return E_OK;
}
