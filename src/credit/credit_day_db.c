#include "credit/credit_db.h"

#include "db/db.h"

/* How much of a day's limit is used. */

enum err credit_db_last_day(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct credit_today *ret)
{
    struct credit_today day = { .used = 0 };
    TRY(db_find(c, ret_found,
        "SELECT begins_ms, ends_ms, used, told FROM credit_day WHERE customer_n = $1"
        " ORDER BY begins_ms DESC LIMIT 1",
        DB_IN(in_i64(customer_n)),
        DB_OUT(out_i64(&day.begins_ms), out_i64(&day.ends_ms), out_i64(&day.used),
            out_bool(&day.told))));
    *ret = day;
    return E_OK;
}

enum err credit_db_count_day(struct ctx *c, int64_t customer_n, const struct credit_today *day,
    const struct credit_counting *counting, bool *ret_ok, int64_t *ret_used)
{
    int64_t used = 0;
    *ret_ok = counting->count <= counting->limit;
    if (!*ret_ok)
        return E_OK;
    TRY(db_find(c, ret_ok,
        "INSERT INTO credit_day (customer_n, begins_ms, ends_ms, used) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (customer_n, begins_ms) DO UPDATE SET used = credit_day.used + $4"
        " WHERE credit_day.used + $4 <= $5 RETURNING used",
        DB_IN(in_i64(customer_n), in_i64(day->begins_ms), in_i64(day->ends_ms),
            in_i64(counting->count), in_i64(counting->limit)),
        DB_OUT(out_i64(&used))));
    *ret_used = used;
    return E_OK;
}

enum err credit_db_uncount_day(struct ctx *c, int64_t customer_n, int64_t at_ms, int64_t count)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_day SET used = used - $3 WHERE customer_n = $1 AND begins_ms <= $2"
        " AND ends_ms > $2 AND used >= $3",
        DB_IN(in_i64(customer_n), in_i64(at_ms), in_i64(count)));
}

enum err credit_db_tell_day(struct ctx *c, int64_t customer_n, const struct credit_today *day)
{
    return db_exec(c, 1,
        "UPDATE credit_day SET told = 1 WHERE customer_n = $1 AND begins_ms = $2 AND told = 0",
        DB_IN(in_i64(customer_n), in_i64(day->begins_ms)));
}
