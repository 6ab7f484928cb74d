#include "grant/grant_verify.h"

#include "db/db.h"

struct each {
    struct granted row;
    enum err (*each)(struct ctx *c, const struct granted *g, void *arg);
    void *arg;
};

static enum err one(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->row, e->arg);
}

/* One that waits for its first payment gives nothing yet. */
enum err grant_db_each(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct granted *g, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    struct subscription *s = &e.row.s;
    return db_each(c,
        "SELECT s.n, s.id, s.status, s.plan, s.period_start_ms, s.period_end_ms, COALESCE(a.plan, ''),"
        " COALESCE(a.until_ms, 0) FROM subscription s LEFT JOIN access_plan a"
        " ON a.customer_n = s.customer_n AND a.plan_group = s.plan_group WHERE s.n > $1"
        " AND s.status <> 3 AND NOT EXISTS (SELECT 1 FROM subscription l"
        "  WHERE l.customer_n = s.customer_n AND l.plan_group = s.plan_group AND l.n > s.n)"
        " ORDER BY s.n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&s->n), out_id(&s->id), out_enum(&s->status), out_str(&s->terms.plan),
            out_i64(&s->period_start_ms), out_i64(&s->period_end_ms), out_str(&e.row.has),
            out_i64(&e.row.until_ms)),
        one, &e);
}
