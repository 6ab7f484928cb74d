#include "report/traffic_db.h"

#include "db/db.h"

/* Ids begin with their time: a range of them is what an index of times would give.  An hour more at
 * both ends, for clocks of several servers differ; created_ms says it exactly. */
static struct id id_at(int64_t ms)
{
    struct id id = { { 0 } };
    for (int i = 0; i < 6 && ms > 0; i++)
        id.b[i] = (unsigned char)(ms >> (8 * (5 - i)));
    return id;
}
enum {
    EARLY_MS = 3600 * 1000
};
#define IN_TIME(ask)                                                                               \
    in_id(id_at((ask)->from_ms - EARLY_MS)), in_id(id_at((ask)->to_ms + EARLY_MS)),                \
        in_i64((ask)->from_ms), in_i64((ask)->to_ms)

struct tries {
    struct traffic_tries row;
    enum err (*each)(struct ctx *c, const struct traffic_tries *tries, void *arg);
    void *arg;
};

static enum err one_tries(struct ctx *c, void *arg)
{
    struct tries *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err traffic_tries(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_tries *tries, void *arg), void *arg)
{
    struct tries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, status, why, amount_currency, COUNT(*), CAST(SUM(amount_minor) AS BIGINT)"
        " FROM attempt WHERE id >= $1 AND id < $2 AND created_ms >= $3 AND created_ms < $4"
        " AND gateway > 0 GROUP BY gateway, status, why, amount_currency"
        " ORDER BY gateway, status, why, amount_currency",
        DB_IN(IN_TIME(ask)),
        DB_OUT(out_enum(&k.row.gateway), out_enum(&k.row.status), out_str(&k.row.why),
            out_currency(&k.row.cur), out_i64(&k.row.tries), out_i64(&k.row.minor)),
        one_tries, &k);
}

struct failed {
    struct traffic_failed row;
    enum err (*each)(struct ctx *c, const struct traffic_failed *failed, void *arg);
    void *arg;
};

static enum err one_failed(struct ctx *c, void *arg)
{
    struct failed *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err traffic_failed(struct ctx *c, int64_t since_ms,
    enum err (*each)(struct ctx *c, const struct traffic_failed *failed, void *arg), void *arg)
{
    struct failed k = { .each = each, .arg = arg };
    struct attempt *a = &k.row.attempt;
    return db_each(c,
        "SELECT p.n, p.created_ms, a.gateway, a.status, a.why, a.method, a.amount_minor,"
        " a.amount_currency, a.created_ms, a.asks FROM attempt AS a"
        " JOIN purchase AS p ON p.n = a.order_n WHERE a.id >= $1 AND a.created_ms >= $2"
        " AND a.status IN (4, 5, 6, 8) AND a.gateway > 0 ORDER BY a.id DESC LIMIT $3",
        DB_IN(in_id(id_at(since_ms - EARLY_MS)), in_i64(since_ms), in_i64(REPORT_ROWS + 1)),
        DB_OUT(out_i64(&k.row.order.n), out_i64(&k.row.order.created_ms), out_enum(&a->gateway),
            out_enum(&a->status), out_str(&a->why), out_str(&a->method), out_money(&a->amount),
            out_i64(&a->created_ms), out_i64(&a->asks)),
        one_failed, &k);
}

/* ---- webhooks */

struct hooks {
    struct traffic_hooks row;
    enum err (*each)(struct ctx *c, const struct traffic_hooks *hooks, void *arg);
    void *arg;
};

static enum err one_hooks(struct ctx *c, void *arg)
{
    struct hooks *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err traffic_hooks(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_hooks *hooks, void *arg), void *arg)
{
    struct hooks k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, name, status, COUNT(*), MAX(received_ms) FROM event"
        " WHERE received_ms >= $1 AND received_ms < $2"
        " GROUP BY gateway, name, status ORDER BY gateway, name, status",
        DB_IN(in_i64(ask->from_ms), in_i64(ask->to_ms)),
        DB_OUT(out_enum(&k.row.gateway), out_str(&k.row.name), out_enum(&k.row.status),
            out_i64(&k.row.hooks), out_i64(&k.row.newest_ms)),
        one_hooks, &k);
}

struct took {
    struct traffic_took row;
    enum err (*each)(struct ctx *c, const struct traffic_took *took, void *arg);
    void *arg;
};

static enum err one_took(struct ctx *c, void *arg)
{
    struct took *k = arg;
    return k->each(c, &k->row, k->arg);
}

#define TOOK                                                                                       \
    "CASE WHEN ms < 0 THEN 0 WHEN ms < 1000 THEN ms WHEN ms < 10000 THEN ms / 10 * 10"             \
    " WHEN ms < 100000 THEN ms / 100 * 100 WHEN ms < 1000000 THEN ms / 1000 * 1000"                \
    " WHEN ms < 10000000 THEN ms / 10000 * 10000 WHEN ms < 86400000 THEN ms / 100000 * 100000"     \
    " ELSE ms / 86400000 * 86400000 END"

enum err traffic_took(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_took *took, void *arg), void *arg)
{
    struct took k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, name, " TOOK " AS took, COUNT(*) FROM"
        " (SELECT gateway, name, applied_ms - received_ms AS ms FROM event"
        " WHERE received_ms >= $1 AND received_ms < $2 AND status = 1 AND applied_ms > 0)"
        " AS applied GROUP BY gateway, name, took ORDER BY gateway, name, took",
        DB_IN(in_i64(ask->from_ms), in_i64(ask->to_ms)),
        DB_OUT(out_enum(&k.row.gateway), out_str(&k.row.name), out_i64(&k.row.ms),
            out_i64(&k.row.times)),
        one_took, &k);
}

/* ---- checkouts */

struct orders {
    struct traffic_order row;
    enum err (*each)(struct ctx *c, const struct traffic_order *order, void *arg);
    void *arg;
};

static enum err one_order(struct ctx *c, void *arg)
{
    struct orders *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* A session that was opened is a page; declined and failed is a payment that was refused. */
enum err traffic_orders(struct ctx *c, const struct report_ask *ask, struct id after,
    enum err (*each)(struct ctx *c, const struct traffic_order *order, void *arg), void *arg)
{
    struct orders k = { .each = each, .arg = arg };
    if (id_is_zero(after))
        after = id_at(ask->from_ms - EARLY_MS);
    return db_each(c,
        "SELECT p.id, p.total_minor, p.completed_ms, p.status, p.currency,"
        " COALESCE((SELECT MAX(CASE WHEN a.status IN (4, 5) AND a.session_id IS NOT NULL THEN 2"
        " WHEN a.session_id IS NOT NULL THEN 1 ELSE 0 END) FROM attempt AS a"
        " WHERE a.order_n = p.n), 0), COALESCE(l.gateway, 0), COALESCE(l.method, '')"
        " FROM purchase AS p LEFT JOIN attempt AS l"
        " ON l.n = (SELECT MAX(b.n) FROM attempt AS b WHERE b.order_n = p.n) WHERE p.id > $1 AND p.id < $2 AND p.created_ms >= $3"
        " AND p.created_ms < $4 AND p.kind <> 2 ORDER BY p.id LIMIT $5",
        DB_IN(in_id(after), in_id(id_at(ask->to_ms + EARLY_MS)), in_i64(ask->from_ms),
            in_i64(ask->to_ms), in_i64(TRAFFIC_PAGE)),
        DB_OUT(out_id(&k.row.id), out_i64(&k.row.total_minor), out_i64(&k.row.completed_ms),
            out_enum(&k.row.status), out_currency(&k.row.cur), out_enum(&k.row.step),
            out_enum(&k.row.gateway), out_str(&k.row.method)),
        one_order, &k);
}
