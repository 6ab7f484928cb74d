#include "payment/payment_verify.h"

#include "db/db.h"

struct standing {
    struct order_standing row;
    enum err (*each)(struct ctx *c, const struct order_standing *s, void *arg);
    void *arg;
};

static enum err one_standing(struct ctx *c, void *arg)
{
    struct standing *s = arg;
    return s->each(c, &s->row, s->arg);
}

enum err payment_db_each_standing(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct order_standing *s, void *arg), void *arg)
{
    struct standing s = { .each = each, .arg = arg };
    struct order *o = &s.row.o;
    return db_each(c,
        "SELECT o.n, o.id, o.status, o.kind, o.currency, o.subtotal_minor, o.discount_minor,"
        " o.tax_minor, o.total_minor, o.refunded_minor, o.tax_inclusive, o.completed_ms, o.coupon,"
        " (SELECT COUNT(*) FROM attempt p WHERE p.order_n = o.n AND p.status = 3 AND p.extra = 0),"
        " COALESCE((SELECT q.argued FROM attempt q WHERE q.order_n = o.n AND q.status = 3"
        "  AND q.extra = 0 ORDER BY q.n LIMIT 1), 0),"
        " COALESCE((SELECT u.state FROM coupon_use u WHERE u.order_n = o.n), -1)"
        " FROM purchase o WHERE o.n > $1 ORDER BY o.n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&o->n), out_id(&o->id), out_enum(&o->status), out_enum(&o->kind),
            out_currency(&o->currency), out_i64(&o->subtotal_minor), out_i64(&o->discount_minor),
            out_i64(&o->tax_minor), out_i64(&o->total_minor), out_i64(&o->refunded_minor),
            out_bool(&o->tax_inclusive), out_i64(&o->completed_ms), out_str(&o->coupon),
            out_i64(&s.row.payments), out_bool(&s.row.argued), out_i64(&s.row.use)),
        one_standing, &s);
}

struct captured {
    struct attempt a;
    struct order o;
    enum err (*each)(struct ctx *c, const struct attempt *a, const struct order *o, void *arg);
    void *arg;
};

static enum err one_captured(struct ctx *c, void *arg)
{
    struct captured *k = arg;
    return k->each(c, &k->a, &k->o, k->arg);
}

enum err payment_db_each_captured(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct attempt *a, const struct order *o, void *arg),
    void *arg)
{
    struct captured k = { .each = each, .arg = arg };
    struct attempt *a = &k.a;
    struct order *o = &k.o;
    return db_each(c,
        "SELECT a.n, a.id, a.gateway, a.amount_minor, a.amount_currency, a.refunded_minor,"
        " a.lost_minor, a.extra, o.n, o.id, o.customer_n, o.currency, o.tax_minor"
        " FROM attempt a JOIN purchase o ON o.n = a.order_n WHERE a.status = 3 AND a.n > $1"
        " ORDER BY a.n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&a->n), out_id(&a->id), out_enum(&a->gateway), out_money(&a->amount),
            out_i64(&a->refunded_minor), out_i64(&a->lost_minor), out_bool(&a->extra),
            out_i64(&o->n), out_id(&o->id), out_i64(&o->customer_n), out_currency(&o->currency),
            out_i64(&o->tax_minor)),
        one_captured, &k);
}
