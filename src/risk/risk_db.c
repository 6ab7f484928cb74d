#include "risk/risk_db.h"

#include "db/db.h"

/* Completed, or partly given back: an order that was paid and is no doubt.  What a payment was
 * declined or argued about for is no good history. */
#define GOOD "status IN (2, 6) AND total_minor > 0"

enum err risk_db_history(
    struct ctx *c, const struct order *o, int64_t since_ms, struct risk_history *ret)
{
    struct risk_history h = { .orders = 0 };
    TRY(db_one(c,
        "SELECT COUNT(CASE WHEN created_ms >= $2 THEN 1 END), COUNT(CASE WHEN " GOOD " THEN 1 END),"
        " COALESCE(MAX(CASE WHEN " GOOD " THEN completed_ms END), 0),"
        " COALESCE(MAX(CASE WHEN " GOOD " AND currency = $3 THEN total_minor END), 0)"
        " FROM (SELECT created_ms, completed_ms, status, currency, total_minor FROM purchase"
        "   WHERE customer_n = $1 ORDER BY n DESC LIMIT $4) AS newest",
        DB_IN(in_i64(o->customer_n), in_i64(since_ms), in_str(currency_code(o->currency)),
            in_i64(RISK_LOOK)),
        DB_OUT(out_i64(&h.orders), out_i64(&h.paid), out_i64(&h.paid_ms), out_i64(&h.largest))));
    *ret = h;
    return E_OK;
}

enum err risk_db_around(struct ctx *c, const struct order *o, struct risk_around *k)
{
    struct risk_around a = *k;
    TRY(db_one(c,
        "SELECT (SELECT COUNT(*) FROM (SELECT created_ms FROM purchase WHERE email = $1"
        "   AND email <> '' ORDER BY n DESC LIMIT $5) AS mail WHERE created_ms >= $3),"
        " (SELECT COUNT(*) FROM (SELECT at_ms FROM risk WHERE origin = $2 AND origin <> ''"
        "   ORDER BY order_n DESC LIMIT $5) AS place WHERE at_ms >= $4),"
        " (SELECT COUNT(*) FROM (SELECT at_ms FROM decline WHERE origin = $2 AND origin <> ''"
        "   ORDER BY n DESC LIMIT $5) AS declined WHERE at_ms >= $3)",
        DB_IN(in_str(o->email), in_str(a.origin), in_i64(a.day_ms), in_i64(a.hour_ms),
            in_i64(RISK_LOOK)),
        DB_OUT(out_i64(&a.mail), out_i64(&a.from_there), out_i64(&a.declined_there))));
    *k = a;
    return E_OK;
}

#define DECLINED                                                                                   \
    "SELECT COUNT(CASE WHEN at_ms > $2 THEN 1 END),"                                               \
    " COUNT(DISTINCT CASE WHEN card <> '' THEN card END) FROM (SELECT at_ms, card FROM decline"
#define WITHIN " ORDER BY n DESC LIMIT $4) AS newest WHERE at_ms >= $3"

enum err risk_db_declined(struct ctx *c, const struct order *o, struct risk_around *k)
{
    struct risk_around a = *k;
    const struct db_outs outs = DB_OUT(out_i64(&a.declined), out_i64(&a.cards));
    if (o->customer_n > 0)
        TRY(db_one(c, DECLINED " WHERE customer_n = $1 AND customer_n > 0" WITHIN,
            DB_IN(in_i64(o->customer_n), in_i64(a.paid_ms), in_i64(a.day_ms), in_i64(RISK_LOOK)),
            outs));
    else
        TRY(db_one(c, DECLINED " WHERE guest = $1 AND guest <> ''" WITHIN,
            DB_IN(in_str(a.guest), in_i64(a.paid_ms), in_i64(a.day_ms), in_i64(RISK_LOOK)), outs));
    *k = a;
    return E_OK;
}

enum err risk_db_insert(struct ctx *c, const struct risk *r, struct str reasons)
{
    return db_exec(c, 1,
        "INSERT INTO risk (order_n, at_ms, score, action, reasons, origin, released_ms, verdict)"
        " VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
        DB_IN(in_i64(r->order_n), in_i64(r->at_ms), in_i64(r->score), in_i64((int64_t)r->action),
            in_str(reasons), in_str(r->origin)));
}

enum err risk_db_find(
    struct ctx *c, int64_t order_n, bool *ret_found, struct risk *ret, struct str *ret_reasons)
{
    struct risk r = { .order_n = order_n };
    TRY(db_find(c, ret_found,
        "SELECT at_ms, score, action, reasons, origin, released_ms, verdict FROM risk"
        " WHERE order_n = $1",
        DB_IN(in_i64(order_n)),
        DB_OUT(out_i64(&r.at_ms), out_i64(&r.score), out_enum(&r.action), out_str(ret_reasons),
            out_str(&r.origin), out_i64(&r.released_ms), out_enum(&r.verdict))));
    if (*ret_found)
        *ret = r;
    return E_OK;
}

enum err risk_db_sharers(struct ctx *c, struct str card, int64_t order_n, int64_t *ret)
{
    return db_one(c,
        "SELECT COUNT(DISTINCT CASE WHEN other.customer_n > 0 THEN CAST(other.customer_n AS TEXT)"
        "   ELSE other.email END) FROM (SELECT order_n FROM attempt WHERE card = $1 AND card <> ''"
        "   ORDER BY n DESC LIMIT $3) AS paid JOIN purchase AS other ON other.n = paid.order_n"
        " JOIN purchase AS own ON own.n = $2"
        " WHERE (own.customer_n < 1 OR other.customer_n <> own.customer_n)"
        " AND (own.customer_n > 0 OR other.email <> own.email)",
        DB_IN(in_str(card), in_i64(order_n), in_i64(RISK_LOOK)), DB_OUT(out_i64(ret)));
}

enum err risk_db_update(struct ctx *c, const struct risk *r, struct str reasons)
{
    return db_exec(c, 1, "UPDATE risk SET score = $1, action = $2, reasons = $3 WHERE order_n = $4",
        DB_IN(in_i64(r->score), in_i64((int64_t)r->action), in_str(reasons), in_i64(r->order_n)));
}

#define RELEASED "SELECT COALESCE(MAX(risk.released_ms), 0) FROM (SELECT n FROM purchase WHERE "
#define NEWEST " ORDER BY n DESC LIMIT $2) AS newest JOIN risk ON risk.order_n = newest.n"

enum err risk_db_released(struct ctx *c, const struct order *o, int64_t *ret_ms)
{
    if (o->customer_n > 0)
        return db_one(c, RELEASED "customer_n = $1" NEWEST,
            DB_IN(in_i64(o->customer_n), in_i64(RISK_LOOK)), DB_OUT(out_i64(ret_ms)));
    return db_one(c, RELEASED "email = $1 AND email <> '' AND customer_n < 1" NEWEST,
        DB_IN(in_str(o->email), in_i64(RISK_LOOK)), DB_OUT(out_i64(ret_ms)));
}

enum err risk_db_release(struct ctx *c, int64_t order_n)
{
    return db_exec(c, 1, "UPDATE risk SET released_ms = $1 WHERE order_n = $2",
        DB_IN(in_i64(c->now_ms), in_i64(order_n)));
}

enum err risk_db_judge(struct ctx *c, int64_t order_n, enum risk_verdict verdict)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE risk SET verdict = $1 WHERE order_n = $2 AND action = 1 AND verdict = 0",
        DB_IN(in_i64((int64_t)verdict), in_i64(order_n)));
}

/* Only the oldest hundred are looked at: they came first, so they are over first. */
#define OLDEST                                                                                     \
    " (SELECT order_n FROM (SELECT order_n, at_ms FROM risk WHERE origin <> '' ORDER BY order_n"   \
    " LIMIT 100) AS oldest WHERE at_ms < $1)"

enum err risk_db_forget(struct ctx *c, int64_t before_ms, bool *ret_more)
{
    int64_t n = 0;
    TRY(db_one(
        c, "SELECT COUNT(*) FROM" OLDEST " AS old", DB_IN(in_i64(before_ms)), DB_OUT(out_i64(&n))));
    if (n > 0)
        TRY(db_exec(
            c, n, "UPDATE risk SET origin = '' WHERE order_n IN" OLDEST, DB_IN(in_i64(before_ms))));
    *ret_more = n > 0;
    return E_OK;
}
