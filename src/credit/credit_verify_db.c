#include "credit/credit_db.h"

#include "db/db.h"

/* What credit_verify.c holds against each other. */

struct sums {
    struct credit_sum row;
    enum err (*each)(struct ctx *c, const struct credit_sum *sum, void *arg);
    void *arg;
};

static enum err one_sum(struct ctx *c, void *arg)
{
    struct sums *s = arg;
    return s->each(c, &s->row, s->arg);
}

enum err credit_db_sums(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct credit_sum *sum, void *arg), void *arg)
{
    struct sums s = { .each = each, .arg = arg };
    struct credit_account *a = &s.row.account;
    return db_each(c,
        "SELECT a.customer_n, a.balance, a.reserved, a.debt, customer.external_id,"
        " CAST(COALESCE((SELECT SUM(unused) FROM credit_lot l WHERE l.customer_n = a.customer_n),"
        "  0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(amount) FROM credit_reservation r"
        "  WHERE r.customer_n = a.customer_n AND r.state = 0), 0) AS BIGINT)"
        " + CAST(COALESCE((SELECT SUM(frozen) FROM credit_lot f"
        "  WHERE f.customer_n = a.customer_n), 0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(credits) FROM credit_used u"
        "  WHERE u.customer_n = a.customer_n), 0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(-amount) FROM credit_move m"
        "  WHERE m.customer_n = a.customer_n AND m.n <= a.summed_n AND m.kind IN (2, 3)"
        "  AND m.day >= 0), 0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(amount) FROM credit_move h"
        "  WHERE h.customer_n = a.customer_n), 0) AS BIGINT),"
        " CAST(COALESCE((SELECT SUM(taken) FROM credit_lot t WHERE t.customer_n = a.customer_n), 0)"
        "  AS BIGINT)"
        " + CAST(COALESCE((SELECT SUM(amount) FROM credit_move g WHERE g.customer_n = a.customer_n"
        "  AND g.kind IN (5, 6)), 0) AS BIGINT)"
        " FROM credit_account a JOIN customer ON customer.n = a.customer_n ORDER BY a.customer_n",
        DB_NO_IN,
        DB_OUT(out_i64(&a->customer_n), out_i64(&a->balance), out_i64(&a->reserved),
            out_i64(&a->debt), out_str(&a->customer_id), out_i64(&s.row.unused),
            out_i64(&s.row.held), out_i64(&s.row.added), out_i64(&s.row.used),
            out_i64(&s.row.moved), out_i64(&s.row.owed)),
        one_sum, &s);
}

/* ---- each row */

struct rows {
    struct credit_move move;
    struct credit_gave gave;
    enum err (*each_move)(struct ctx *c, const struct credit_move *move, void *arg);
    enum err (*each_gift)(struct ctx *c, const struct credit_gave *gave, void *arg);
    void *arg;
};

static enum err one_move(struct ctx *c, void *arg)
{
    struct rows *r = arg;
    return r->each_move(c, &r->move, r->arg);
}

enum err credit_db_each_move(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct credit_move *move, void *arg), void *arg)
{
    struct rows r = { .each_move = each, .arg = arg };
    struct credit_move *m = &r.move;
    return db_each(c,
        "SELECT n, id, customer_n, amount, balance_after FROM credit_move WHERE n > $1"
        " ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&m->n), out_id(&m->id), out_i64(&m->customer_n), out_i64(&m->amount),
            out_i64(&m->balance_after)),
        one_move, &r);
}

static enum err one_gift(struct ctx *c, void *arg)
{
    struct rows *r = arg;
    return r->each_gift(c, &r->gave, r->arg);
}

/* The changes that give a lot bear its name, unless the customer is forgotten; what a customer
 * calls a use may be the same word. */
enum err credit_db_each_gift(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct credit_gave *gave, void *arg), void *arg)
{
    struct rows r = { .each_gift = each, .arg = arg };
    struct credit_gave *g = &r.gave;
    return db_each(c,
        "SELECT l.n, customer.external_id, l.source, l.given, CAST(COALESCE((SELECT SUM(m.amount)"
        " FROM credit_move m WHERE m.customer_n = l.customer_n AND m.reference = l.source"
        " AND m.reference <> '' AND m.kind IN (0, 1, 4, 7) AND m.amount > 0), 0) AS BIGINT)"
        " FROM credit_lot l JOIN customer ON customer.n = l.customer_n WHERE NOT EXISTS (SELECT 1"
        " FROM erasure e WHERE e.customer_n = l.customer_n AND e.customer_n > 0) AND l.n > $1"
        " ORDER BY l.n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&g->n), out_str(&g->customer_id), out_str(&g->source), out_i64(&g->given),
            out_i64(&g->moved)),
        one_gift, &r);
}
