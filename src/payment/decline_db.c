#include "payment/decline_db.h"

#include "db/db.h"

enum err decline_db_insert(struct ctx *c, const struct decline *k)
{
    return db_exec(c, 1,
        "INSERT INTO decline (at_ms, attempt_n, order_n, customer_n, origin, guest, card)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        DB_IN(in_i64(k->at_ms), in_i64(k->attempt_n), in_i64(k->order_n), in_i64(k->customer_n),
            in_str(k->origin), in_str(k->guest), in_str(k->card)));
}

/* Only the oldest hundred are looked at: they came first, so they are over first. */
#define OLDEST                                                                                     \
    " (SELECT n FROM (SELECT n, at_ms FROM decline ORDER BY n LIMIT 100) AS oldest"                \
    " WHERE at_ms < $1)"

enum err decline_db_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more)
{
    int64_t n = 0;
    TRY(db_one(
        c, "SELECT COUNT(*) FROM" OLDEST " AS old", DB_IN(in_i64(before_ms)), DB_OUT(out_i64(&n))));
    if (n > 0)
        TRY(db_exec(c, n, "DELETE FROM decline WHERE n IN" OLDEST, DB_IN(in_i64(before_ms))));
    *ret_more = n > 0;
    return E_OK;
}

struct patterns {
    struct decline_pattern row;
    decline_each *each;
    void *arg;
};

static enum err hand_pattern(struct ctx *c, void *arg)
{
    struct patterns *k = arg;
    return k->each(c, &k->row, k->arg);
}

#define OUT_PATTERN(k)                                                                             \
    DB_OUT(out_str(&(k)->row.who), out_i64(&(k)->row.count), out_i64(&(k)->row.order_n))

enum err decline_addresses(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg)
{
    struct patterns k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT origin, COUNT(*), MAX(order_n) FROM decline WHERE at_ms >= $1 AND origin <> ''"
        " GROUP BY origin HAVING COUNT(*) >= $2 ORDER BY origin LIMIT $3",
        DB_IN(in_i64(since->since_ms), in_i64(since->least), in_i64(DECLINE_PATTERNS)),
        OUT_PATTERN(&k), hand_pattern, &k);
}

enum err decline_guests(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg)
{
    struct patterns k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT guest, COUNT(DISTINCT card), MAX(order_n) FROM decline"
        " WHERE at_ms >= $1 AND guest <> '' AND card <> ''"
        " GROUP BY guest HAVING COUNT(DISTINCT card) >= $2 ORDER BY guest LIMIT $3",
        DB_IN(in_i64(since->since_ms), in_i64(since->least), in_i64(DECLINE_PATTERNS)),
        OUT_PATTERN(&k), hand_pattern, &k);
}

/* A stolen card that works is one of them, too. */
enum err decline_cards(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg)
{
    struct patterns k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT CAST(customer_n AS TEXT), COUNT(DISTINCT card), MAX(order_n) FROM"
        " (SELECT customer_n, card, order_n FROM decline"
        "   WHERE at_ms >= $1 AND customer_n > 0 AND card <> ''"
        " UNION ALL SELECT purchase.customer_n, method_brand || ' ' || method_last4, purchase.n"
        "   FROM (SELECT order_n, captured_ms, method_brand, method_last4 FROM attempt"
        "     ORDER BY n DESC LIMIT $3) AS newest JOIN purchase ON purchase.n = newest.order_n"
        "   WHERE captured_ms >= $1 AND method_last4 <> '' AND purchase.customer_n > 0) AS cards"
        " GROUP BY customer_n HAVING COUNT(DISTINCT card) >= $2 ORDER BY customer_n LIMIT $4",
        DB_IN(in_i64(since->since_ms), in_i64(since->least), in_i64(DECLINE_LOOK),
            in_i64(DECLINE_PATTERNS)),
        OUT_PATTERN(&k), hand_pattern, &k);
}

/* The newest only: a day of many orders has no index by mail, and needs none for this. */
enum err decline_mails(
    struct ctx *c, const struct decline_since *since, decline_each *each, void *arg)
{
    struct patterns k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT CAST(customer_n AS TEXT), COUNT(DISTINCT email), MAX(n) FROM"
        " (SELECT n, customer_n, email, created_ms FROM purchase ORDER BY n DESC LIMIT $3)"
        " AS newest WHERE created_ms >= $1 AND customer_n > 0 AND email <> ''"
        " GROUP BY customer_n HAVING COUNT(DISTINCT email) >= $2 ORDER BY customer_n LIMIT $4",
        DB_IN(in_i64(since->since_ms), in_i64(since->least), in_i64(DECLINE_LOOK),
            in_i64(DECLINE_PATTERNS)),
        OUT_PATTERN(&k), hand_pattern, &k);
}

struct tries {
    struct tried row;
    enum err (*each)(struct ctx *c, const struct tried *tried, void *arg);
    void *arg;
};

static enum err hand_tried(struct ctx *c, void *arg)
{
    struct tries *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err tried_since(struct ctx *c, int64_t since_ms,
    enum err (*each)(struct ctx *c, const struct tried *tried, void *arg), void *arg)
{
    struct tries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, CAST(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN status = 3 THEN 0 WHEN status IN (4, 5) THEN 1"
        "   WHEN status = 6 AND created_ms < $3 THEN 1"
        "   WHEN EXISTS (SELECT 1 FROM decline WHERE decline.attempt_n = newest.n) THEN 1"
        "   ELSE 0 END) AS BIGINT) FROM"
        " (SELECT n, gateway, status, created_ms FROM attempt ORDER BY n DESC LIMIT $2) AS newest"
        " WHERE created_ms >= $1 AND gateway > 0 GROUP BY gateway ORDER BY gateway",
        DB_IN(in_i64(since_ms), in_i64(DECLINE_LOOK), in_i64(c->now_ms - TRIED_DOUBT_MS)),
        DB_OUT(out_enum(&k.row.gateway), out_i64(&k.row.paid), out_i64(&k.row.failed)), hand_tried,
        &k);
}
