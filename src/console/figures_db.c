#include "console/figures_db.h"

#include "db/db.h"

enum err figures_any_order(struct ctx *c, bool *ret)
{
    int64_t n = 0;
    return db_find(
        c, ret, "SELECT n FROM purchase ORDER BY n DESC LIMIT 1", DB_NO_IN, DB_OUT(out_i64(&n)));
}

struct tries {
    struct gateway_tries row;
    enum err (*each)(struct ctx *c, const struct gateway_tries *tries, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct tries *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* Paid against declined and failed: who went away without paying says nothing about a gateway. */
enum err figures_tries(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct gateway_tries *tries, void *arg), void *arg)
{
    struct tries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, CAST(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN status IN (4, 5) THEN 1 ELSE 0 END) AS BIGINT)"
        " FROM (SELECT gateway, status FROM attempt ORDER BY n DESC LIMIT $1) AS newest"
        " WHERE gateway > 0 GROUP BY gateway ORDER BY gateway",
        DB_IN(in_i64(FIGURES_CALLS)),
        DB_OUT(out_enum(&k.row.gateway), out_i64(&k.row.paid), out_i64(&k.row.refused)), hand_over,
        &k);
}

enum err figures_open(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct gateway_tries *tries, void *arg), void *arg)
{
    struct tries k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, COUNT(*) FROM (SELECT gateway FROM attempt"
        " WHERE (status = 1 OR status = 2 OR status = 6 OR status = 7) AND status <> 7"
        " ORDER BY order_n, n LIMIT $1) AS waiting"
        " WHERE gateway > 0 GROUP BY gateway ORDER BY gateway",
        DB_IN(in_i64(FIGURES_OPEN_MAX)), DB_OUT(out_enum(&k.row.gateway), out_i64(&k.row.open)),
        hand_over, &k);
}

struct times {
    int64_t row, *ms;
    size_t n;
};

static enum err take_ms(struct ctx *c, void *arg)
{
    struct times *k = arg;
    if (k->n < FIGURES_CALLS)
        k->ms[k->n++] = k->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err figures_webhook_ms(struct ctx *c, int64_t *ret_ms, size_t *ret_n)
{
    struct times k = { .ms = ret_ms };
    TRY(db_each(c,
        "SELECT applied_ms - received_ms FROM event WHERE applied_ms > 0 ORDER BY n DESC LIMIT $1",
        DB_IN(in_i64(FIGURES_CALLS)), DB_OUT(out_i64(&k.row)), take_ms, &k));
    *ret_n = k.n;
    return E_OK;
}

enum err figures_gateway_away(struct ctx *c, struct str gateway, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM alert WHERE kind = 'gateway_away' AND subject = $1 AND state = 0",
        DB_IN(in_str(gateway)), DB_OUT(out_i64(&n)));
}
