#include "access/access_db.h"

#include "db/db.h"

struct each {
    struct access_plan plan;
    enum err (*each)(struct ctx *c, const struct access_plan *plan, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->plan, e->arg);
}

enum err access_db_each(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct access_plan *plan, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT plan_group, plan, terms, price, until_ms FROM access_plan"
        " WHERE customer_n = $1 AND until_ms > $2 ORDER BY plan_group",
        DB_IN(in_i64(customer_n), in_i64(c->now_ms)),
        DB_OUT(out_str(&e.plan.group), out_str(&e.plan.plan), out_str(&e.plan.terms),
            out_str(&e.plan.price), out_i64(&e.plan.until_ms)),
        hand_over, &e);
}

enum err access_db_set(struct ctx *c, int64_t customer_n, const struct access_plan *p)
{
    return db_exec(c, 1,
        "INSERT INTO access_plan (customer_n, plan_group, plan, terms, price, until_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (customer_n, plan_group) DO UPDATE SET plan = EXCLUDED.plan,"
        " terms = EXCLUDED.terms, price = EXCLUDED.price, until_ms = EXCLUDED.until_ms",
        DB_IN(in_i64(customer_n), in_str(p->group), in_str(p->plan), in_str(p->terms),
            in_str(p->price.n > 0 ? p->price : S("")), in_i64(p->until_ms)));
}
