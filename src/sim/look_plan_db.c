#include "sim/look_plan_db.h"

#include "db/db.h"
#include "sim/look_db.h"

static enum err plans(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    struct look_plan *p = l->row;
    l->n = 0;
    return db_each(c,
        "SELECT s.n, s.id, s.customer_n, customer.external_id, s.order_n, s.status, s.plan_group,"
        " s.price, s.months, s.amount_minor, COALESCE(s.reference, ''), s.period_start_ms,"
        " s.period_end_ms, s.cancel_at_ms, s.ended_ms, s.cycle, s.anchor_ms, s.next_price"
        " FROM subscription AS s JOIN customer ON customer.n = s.customer_n ORDER BY s.n",
        DB_NO_IN,
        DB_OUT(out_i64(&p->n), out_id(&p->raw), out_i64(&p->customer_n), out_str(&p->customer),
            out_i64(&p->order_n), out_i64(&p->status), out_str(&p->group), out_str(&p->price),
            out_i64(&p->months), out_i64(&p->amount), out_str(&p->reference), out_i64(&p->start_ms),
            out_i64(&p->end_ms), out_i64(&p->cancel_at_ms), out_i64(&p->ended_ms),
            out_i64(&p->cycle), out_i64(&p->anchor_ms), out_str(&p->next_price)),
        look_take, l);
}

enum err look_plans(struct ctx *c, struct look_plan *ret, size_t max, size_t *ret_n)
{
    struct look_plan row = { .n = 0 };
    struct look_list l = LOOK_LIST(&row, ret, max);
    TRY(db_read(c, plans, &l));
    for (size_t i = 0; i < l.n; i++)
        ret[i].id = id_text(c->arena, S("sub"), ret[i].raw);
    *ret_n = l.n;
    return E_OK;
}

static enum err moved(struct ctx *c, void *arg)
{
    return db_one(c, "SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM subscription", DB_NO_IN,
        DB_OUT(out_i64(arg)));
}

enum err look_plans_moved(struct ctx *c, int64_t *ret)
{
    int64_t n = 0;
    TRY(db_read(c, moved, &n));
    *ret = n;
    return E_OK;
}

static enum err periods(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    struct look_period *p = l->row;
    l->n = 0;
    return db_each(c,
        "SELECT n, id, subscription_n, kind, status, period_start_ms, period_end_ms,"
        " refunded_minor, completed_ms, lines FROM purchase"
        " WHERE subscription_n > 0 OR kind = 1 ORDER BY n",
        DB_NO_IN,
        DB_OUT(out_i64(&p->n), out_id(&p->raw), out_i64(&p->plan_n), out_i64(&p->kind),
            out_i64(&p->status), out_i64(&p->start_ms), out_i64(&p->end_ms), out_i64(&p->refunded),
            out_i64(&p->completed_ms), out_str(&p->lines)),
        look_take, l);
}

enum err look_periods(struct ctx *c, struct look_period *ret, size_t max, size_t *ret_n)
{
    struct look_period row = { .n = 0 };
    struct look_list l = LOOK_LIST(&row, ret, max);
    TRY(db_read(c, periods, &l));
    for (size_t i = 0; i < l.n; i++)
        ret[i].id = id_text(c->arena, S("ord"), ret[i].raw);
    *ret_n = l.n;
    return E_OK;
}

static enum err lots(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    struct look_lot *k = l->row;
    l->n = 0;
    return db_each(c,
        "SELECT n, customer_n, source, kind, given, unused, order_n, subscription_n, created_ms"
        " FROM credit_lot ORDER BY n",
        DB_NO_IN,
        DB_OUT(out_i64(&k->n), out_i64(&k->customer_n), out_str(&k->source), out_i64(&k->kind),
            out_i64(&k->given), out_i64(&k->unused), out_i64(&k->order_n), out_i64(&k->plan_n),
            out_i64(&k->created_ms)),
        look_take, l);
}

enum err look_lots(struct ctx *c, struct look_lot *ret, size_t max, size_t *ret_n)
{
    struct look_lot row = { .n = 0 };
    struct look_list l = LOOK_LIST(&row, ret, max);
    TRY(db_read(c, lots, &l));
    *ret_n = l.n;
    return E_OK;
}

static enum err access_rows(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    struct look_access *a = l->row;
    l->n = 0;
    return db_each(c,
        "SELECT access_plan.customer_n, customer.external_id, access_plan.plan_group,"
        " access_plan.plan, access_plan.until_ms FROM access_plan"
        " JOIN customer ON customer.n = access_plan.customer_n"
        " ORDER BY access_plan.customer_n, access_plan.plan_group",
        DB_NO_IN,
        DB_OUT(out_i64(&a->customer_n), out_str(&a->customer), out_str(&a->group),
            out_str(&a->plan), out_i64(&a->until_ms)),
        look_take, l);
}

enum err look_access(struct ctx *c, struct look_access *ret, size_t max, size_t *ret_n)
{
    struct look_access row = { .until_ms = 0 };
    struct look_list l = LOOK_LIST(&row, ret, max);
    TRY(db_read(c, access_rows, &l));
    *ret_n = l.n;
    return E_OK;
}

static enum err left(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    struct look_plan_left *p = l->row;
    l->n = 0;
    return db_each(c,
        "SELECT credit_lot.customer_n, customer.external_id, CAST(SUM(credit_lot.unused) AS BIGINT)"
        " FROM credit_lot JOIN customer ON customer.n = credit_lot.customer_n"
        " WHERE credit_lot.subscription_n > 0 AND credit_lot.unused > 0"
        " GROUP BY credit_lot.customer_n, customer.external_id ORDER BY credit_lot.customer_n",
        DB_NO_IN, DB_OUT(out_i64(&p->customer_n), out_str(&p->customer), out_i64(&p->left)),
        look_take, l);
}

enum err look_plan_left(struct ctx *c, struct look_plan_left *ret, size_t max, size_t *ret_n)
{
    struct look_plan_left row = { .left = 0 };
    struct look_list l = LOOK_LIST(&row, ret, max);
    TRY(db_read(c, left, &l));
    *ret_n = l.n;
    return E_OK;
}
