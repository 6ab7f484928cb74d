#include "credit/usage_db.h"

#include "db/db.h"

/* ---- the job's marks */

struct waiting {
    int64_t row, *ret;
    size_t n, max;
};

static enum err take_customer(struct ctx *c, void *arg)
{
    struct waiting *w = arg;
    must(w->n < w->max);
    w->ret[w->n++] = w->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err usage_db_waiting(
    struct ctx *c, int64_t from, int64_t to, int64_t *ret_customer, size_t max, size_t *ret_n)
{
    struct waiting w = { .ret = ret_customer, .max = max };
    TRY(db_each(c,
        "SELECT DISTINCT m.customer_n FROM credit_move m"
        " JOIN credit_account a ON a.customer_n = m.customer_n"
        " WHERE m.n > $1 AND m.n <= $2 AND m.n > a.summed_n ORDER BY m.customer_n LIMIT $3",
        DB_IN(in_i64(from), in_i64(to), in_i64((int64_t)max)), DB_OUT(out_i64(&w.row)),
        take_customer, &w));
    *ret_n = w.n;
    return E_OK;
}

enum err usage_db_newest(struct ctx *c, int64_t *ret_n)
{
    bool found = false;
    int64_t n = 0;
    TRY(db_find(c, &found, "SELECT n FROM credit_move ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&n))));
    *ret_n = n;
    return E_OK;
}

enum err usage_db_mark(struct ctx *c, int64_t *ret_n)
{
    struct str value;
    int64_t n = 0;
    TRY(db_one(c, "SELECT value FROM setting WHERE name = 'credit.summed'", DB_NO_IN,
        DB_OUT(out_str(&value))));
    if (!str_to_i64(value, &n))
        return fail(c, STORE_CORRUPT, "the setting credit.summed is no number");
    *ret_n = n;
    return E_OK;
}

enum err usage_db_set_mark(struct ctx *c, int64_t from, int64_t to)
{
    return db_exec(c, 1,
        "UPDATE setting SET value = $1 WHERE name = 'credit.summed' AND value = $2",
        DB_IN(in_str(str_fmt(c->arena, "%lld", (long long)to)),
            in_str(str_fmt(c->arena, "%lld", (long long)from))));
}

enum err usage_db_summed(struct ctx *c, int64_t customer_n, bool lock, int64_t *ret_n)
{
    bool found = false;
    int64_t n = 0;
    if (lock)
        TRY(db_find(c, &found,
            "SELECT summed_n FROM credit_account WHERE customer_n = $1 FOR UPDATE",
            DB_IN(in_i64(customer_n)), DB_OUT(out_i64(&n))));
    else
        TRY(db_find(c, &found, "SELECT summed_n FROM credit_account WHERE customer_n = $1",
            DB_IN(in_i64(customer_n)), DB_OUT(out_i64(&n))));
    *ret_n = n;
    return E_OK;
}

enum err usage_db_set_summed(struct ctx *c, int64_t customer_n, int64_t from, int64_t to)
{
    return db_exec(c, 1,
        "UPDATE credit_account SET summed_n = $3 WHERE customer_n = $1 AND summed_n = $2",
        DB_IN(in_i64(customer_n), in_i64(from), in_i64(to)));
}

/* ---- moves */

struct moves {
    struct usage_move row;
    enum err (*each)(struct ctx *c, const struct usage_move *move, void *arg);
    void *arg;
};

static enum err hand_move(struct ctx *c, void *arg)
{
    struct moves *m = arg;
    return m->each(c, &m->row, m->arg);
}

#define MOVE                                                                                       \
    "SELECT n, kind, day, amount, quantity, created_ms, operation, labels FROM credit_move"        \
    " WHERE customer_n = $1 AND n > $2"
#define MOVE_OUT(k)                                                                                \
    DB_OUT(out_i64(&(k)->n), out_enum(&(k)->change), out_i64(&(k)->date), out_i64(&(k)->credits),  \
        out_i64(&(k)->quantity), out_i64(&(k)->created_ms), out_str(&(k)->operation),              \
        out_str(&(k)->labels))

enum err usage_db_moves(struct ctx *c, int64_t customer_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct usage_move *move, void *arg), void *arg)
{
    struct moves m = { .each = each, .arg = arg };
    return db_each(c, MOVE " ORDER BY n LIMIT $3",
        DB_IN(in_i64(customer_n), in_i64(after_n), in_i64(limit)), MOVE_OUT(&m.row), hand_move, &m);
}

enum err usage_db_open_moves(struct ctx *c, int64_t customer_n, int64_t after_n,
    enum err (*each)(struct ctx *c, const struct usage_move *move, void *arg), void *arg)
{
    struct moves m = { .each = each, .arg = arg };
    return db_each(c, MOVE " AND kind IN (2, 3) AND day >= 0 ORDER BY n",
        DB_IN(in_i64(customer_n), in_i64(after_n)), MOVE_OUT(&m.row), hand_move, &m);
}

/* ---- adding */

/* Less is added, too: a row that is there is changed, for what is inserted must hold by itself. */
enum err usage_db_add_day(struct ctx *c, int64_t customer_n, const struct usage_row *k)
{
    int64_t uses = 0;
    bool found = false;
    TRY(db_find(c, &found,
        "UPDATE credit_used SET credits = credits + $4, uses = uses + $5, quantity = quantity + $6"
        " WHERE customer_n = $1 AND day = $2 AND operation = $3 RETURNING uses",
        DB_IN(in_i64(customer_n), in_i64(k->date), in_str(k->operation), in_i64(k->credits),
            in_i64(k->uses), in_i64(k->quantity)),
        DB_OUT(out_i64(&uses))));
    if (found)
        return E_OK;
    return db_exec(c, 1,
        "INSERT INTO credit_used (customer_n, day, operation, credits, uses, quantity)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        DB_IN(in_i64(customer_n), in_i64(k->date), in_str(k->operation), in_i64(k->credits),
            in_i64(k->uses), in_i64(k->quantity)));
}

enum err usage_db_add_total(struct ctx *c, const struct usage_total *k)
{
    return db_exec(c, 1,
        "INSERT INTO credit_total (day, kind, operation, credits, moves)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (day, kind, operation) DO UPDATE"
        " SET credits = credit_total.credits + excluded.credits,"
        " moves = credit_total.moves + excluded.moves",
        DB_IN(in_i64(k->date), in_i64((int64_t)k->change), in_str(k->operation), in_i64(k->credits),
            in_i64(k->moves)));
}

enum err usage_db_add_label(
    struct ctx *c, int64_t customer_n, int64_t month, const struct usage_label *k, bool *ret_found)
{
    int64_t uses = 0;
    return db_find(c, ret_found,
        "UPDATE credit_labelled SET credits = credits + $5, uses = uses + $6 WHERE customer_n = $1"
        " AND month = $2 AND label = $3 AND value = $4 RETURNING uses",
        DB_IN(in_i64(customer_n), in_i64(month), in_str(k->label), in_str(k->value),
            in_i64(k->credits), in_i64(k->uses)),
        DB_OUT(out_i64(&uses)));
}

enum err usage_db_new_label(
    struct ctx *c, int64_t customer_n, int64_t month, const struct usage_label *k)
{
    return db_exec(c, 1,
        "INSERT INTO credit_labelled (customer_n, month, label, value, credits, uses)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        DB_IN(in_i64(customer_n), in_i64(month), in_str(k->label), in_str(k->value),
            in_i64(k->credits), in_i64(k->uses)));
}

enum err usage_db_count_labels(struct ctx *c, int64_t customer_n, int64_t month, int64_t *ret)
{
    return db_one(c, "SELECT COUNT(*) FROM credit_labelled WHERE customer_n = $1 AND month = $2",
        DB_IN(in_i64(customer_n), in_i64(month)), DB_OUT(out_i64(ret)));
}

/* ---- reading */

struct days {
    struct usage_row row;
    enum err (*each)(struct ctx *c, const struct usage_row *row, void *arg);
    void *arg;
};

static enum err hand_day(struct ctx *c, void *arg)
{
    struct days *d = arg;
    return d->each(c, &d->row, d->arg);
}

enum err usage_db_days(struct ctx *c, const struct usage_span *s,
    enum err (*each)(struct ctx *c, const struct usage_row *row, void *arg), void *arg)
{
    struct days d = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT day, operation, credits, uses, quantity FROM credit_used WHERE customer_n = $1"
        " AND day >= $2 AND day < $3 ORDER BY day, operation",
        DB_IN(in_i64(s->customer_n), in_i64(s->from), in_i64(s->to)),
        DB_OUT(out_i64(&d.row.date), out_str(&d.row.operation), out_i64(&d.row.credits),
            out_i64(&d.row.uses), out_i64(&d.row.quantity)),
        hand_day, &d);
}

struct labels {
    struct usage_label row;
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg);
    void *arg;
};

static enum err hand_label(struct ctx *c, void *arg)
{
    struct labels *l = arg;
    return l->each(c, &l->row, l->arg);
}

enum err usage_db_labels(struct ctx *c, int64_t customer_n, int64_t month,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg)
{
    struct labels l = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT label, value, credits, uses FROM credit_labelled WHERE customer_n = $1"
        " AND month = $2 ORDER BY label, value",
        DB_IN(in_i64(customer_n), in_i64(month)),
        DB_OUT(out_str(&l.row.label), out_str(&l.row.value), out_i64(&l.row.credits),
            out_i64(&l.row.uses)),
        hand_label, &l);
}

struct totals {
    struct usage_total row;
    enum err (*each)(struct ctx *c, const struct usage_total *total, void *arg);
    void *arg;
};

static enum err hand_total(struct ctx *c, void *arg)
{
    struct totals *t = arg;
    return t->each(c, &t->row, t->arg);
}

enum err usage_totals(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct usage_total *total, void *arg), void *arg)
{
    struct totals t = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT day, kind, operation, credits, moves FROM credit_total WHERE day >= $1"
        " AND day < $2 ORDER BY day, kind, operation",
        DB_IN(in_i64(from), in_i64(to)),
        DB_OUT(out_i64(&t.row.date), out_enum(&t.row.change), out_str(&t.row.operation),
            out_i64(&t.row.credits), out_i64(&t.row.moves)),
        hand_total, &t);
}

enum err usage_outstanding(struct ctx *c, int64_t *ret)
{
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM credit_total WHERE day >= 0",
        DB_NO_IN, DB_OUT(out_i64(ret)));
}
