#include "credit/credit_db.h"

#include "db/db.h"

/* The end of time, in ends_ms: what never ends sorts last on both engines. */
#define NEVER_MS INT64_C(253402300799999)

/* ---- the account */

/* With the application's name for its owner, which every event carries. */
#define ACCOUNT                                                                                    \
    "SELECT a.customer_n, balance, reserved, debt, month_ms, renews_ms, external_id, time_zone"
#define FROM_ACCOUNT " FROM credit_account a JOIN customer ON customer.n = a.customer_n"
#define ACCOUNT_OUTS(a)                                                                            \
    out_i64(&(a)->customer_n), out_i64(&(a)->balance), out_i64(&(a)->reserved),                    \
        out_i64(&(a)->debt), out_i64(&(a)->month_ms), out_i64(&(a)->renews_ms),                    \
        out_str(&(a)->customer_id), out_str(&(a)->time_zone)

enum err credit_db_lock(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct credit_account *ret)
{
    return db_find(c, ret_found, ACCOUNT FROM_ACCOUNT " WHERE a.customer_n = $1 FOR UPDATE",
        DB_IN(in_i64(customer_n)), DB_OUT(ACCOUNT_OUTS(ret)));
}

enum err credit_db_ask(struct ctx *c, int64_t customer_n, struct credit_seen *ret)
{
    struct credit_today *last = &ret->last;
    return db_ask(c, &ret->found,
        ACCOUNT
        ", CAST(COALESCE((SELECT SUM(unused) FROM credit_lot l WHERE l.customer_n = $1"
        " AND unused > 0 AND l.ends_ms <= $2), 0) AS BIGINT), begins_ms, ends_ms, used" FROM_ACCOUNT
        " LEFT JOIN credit_day d ON d.customer_n = a.customer_n AND d.begins_ms ="
        " (SELECT MAX(e.begins_ms) FROM credit_day e WHERE e.customer_n = $1)"
        " WHERE a.customer_n = $1",
        DB_IN(in_i64(customer_n), in_i64(c->now_ms)),
        DB_OUT(ACCOUNT_OUTS(&ret->account), out_i64(&ret->over), out_i64_null(&last->begins_ms),
            out_i64_null(&last->ends_ms), out_i64_null(&last->used)));
}

enum err credit_db_open(struct ctx *c, int64_t customer_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "INSERT INTO credit_account (customer_n, balance, reserved, debt) VALUES ($1, 0, 0, 0)"
        " ON CONFLICT (customer_n) DO NOTHING",
        DB_IN(in_i64(customer_n)));
}

enum err credit_db_change(
    struct ctx *c, int64_t customer_n, int64_t balance, int64_t reserved, bool *ret_ok)
{
    int64_t now = 0;
    return db_find(c, ret_ok,
        "UPDATE credit_account SET balance = balance + $2, reserved = reserved + $3"
        " WHERE customer_n = $1 AND balance + $2 >= 0 AND reserved + $3 >= 0 RETURNING balance",
        DB_IN(in_i64(customer_n), in_i64(balance), in_i64(reserved)), DB_OUT(out_i64(&now)));
}

enum err credit_db_owe(struct ctx *c, int64_t customer_n, int64_t more)
{
    return db_exec(c, 1, "UPDATE credit_account SET debt = debt + $2 WHERE customer_n = $1",
        DB_IN(in_i64(customer_n), in_i64(more)));
}

enum err credit_db_month(struct ctx *c, int64_t customer_n, int64_t month_ms, int64_t renews_ms)
{
    return db_exec(c, 1,
        "UPDATE credit_account SET month_ms = $2, renews_ms = $3 WHERE customer_n = $1",
        DB_IN(in_i64(customer_n), in_i64(month_ms), in_i64(renews_ms)));
}

/* ---- lots */

enum err credit_db_lot(
    struct ctx *c, int64_t customer_n, const struct credit_gift *gift, int64_t *ret_n)
{
    bool found = false;
    int64_t n = 0;
    TRY(db_find(c, &found,
        "INSERT INTO credit_lot (customer_n, source, kind, given, unused, taken, order_n, ends_ms,"
        " created_ms, subscription_n) VALUES ($1, $2, $3, $4, $4, 0, $5, $6, $7, $8)"
        " ON CONFLICT (customer_n, source) DO NOTHING RETURNING n",
        DB_IN(in_i64(customer_n), in_str(gift->source), in_i64((int64_t)gift->kind),
            in_i64(gift->amount), in_i64(gift->order_n),
            in_i64(gift->ends_ms > 0 ? gift->ends_ms : NEVER_MS), in_i64(c->now_ms),
            in_i64(gift->subscription_n)),
        DB_OUT(out_i64(&n))));
    *ret_n = found ? n : 0;
    return E_OK;
}

struct lots {
    struct credit_lot row;
    enum err (*each)(struct ctx *c, const struct credit_lot *lot, void *arg);
    void *arg;
    struct credit_lot *lot; /* instead of each: kept here */
    size_t n, max;
};

static enum err one_lot(struct ctx *c, void *arg)
{
    struct lots *l = arg;
    struct credit_lot lot = l->row;
    if (lot.ends_ms == NEVER_MS)
        lot.ends_ms = 0;
    if (l->each != NULL)
        return l->each(c, &lot, l->arg);
    must(l->n < l->max);
    lot.source = str_copy(c->arena, lot.source);
    l->lot[l->n++] = lot;
    return E_OK;
}

#define LOT                                                                                        \
    "SELECT n, source, kind, given, unused, taken, order_n, subscription_n, ends_ms, created_ms"   \
    " FROM credit_lot"
#define LOT_OUT(l)                                                                                 \
    DB_OUT(out_i64(&(l)->n), out_str(&(l)->source), out_enum(&(l)->kind), out_i64(&(l)->given),    \
        out_i64(&(l)->unused), out_i64(&(l)->taken), out_i64(&(l)->order_n),                       \
        out_i64(&(l)->subscription_n), out_i64(&(l)->ends_ms), out_i64(&(l)->created_ms))

enum err credit_db_open_lots(
    struct ctx *c, int64_t customer_n, struct credit_lot *ret, size_t max, size_t *ret_n)
{
    struct lots l = { .lot = ret, .max = max };
    TRY(db_each(c, LOT " WHERE customer_n = $1 AND unused > 0 ORDER BY kind, ends_ms, n LIMIT $2",
        DB_IN(in_i64(customer_n), in_i64((int64_t)max)), LOT_OUT(&l.row), one_lot, &l));
    *ret_n = l.n;
    return E_OK;
}

enum err credit_lots(struct ctx *c, int64_t customer_n,
    enum err (*each)(struct ctx *c, const struct credit_lot *lot, void *arg), void *arg)
{
    struct lots l = { .each = each, .arg = arg };
    return db_each(c,
        LOT " WHERE customer_n = $1 AND unused > 0 AND ends_ms > $2"
            " ORDER BY kind, ends_ms, n LIMIT 100",
        DB_IN(in_i64(customer_n), in_i64(c->now_ms)), LOT_OUT(&l.row), one_lot, &l);
}

enum err credit_db_lots_of_order(struct ctx *c, int64_t customer_n, int64_t order_n,
    int64_t after_n, struct credit_lot *ret, size_t max, size_t *ret_n)
{
    struct lots l = { .lot = ret, .max = max };
    TRY(db_each(c,
        LOT " WHERE order_n = $1 AND order_n > 0 AND customer_n = $2 AND taken < given AND n > $3"
            " ORDER BY n LIMIT $4",
        DB_IN(in_i64(order_n), in_i64(customer_n), in_i64(after_n), in_i64((int64_t)max)),
        LOT_OUT(&l.row), one_lot, &l));
    *ret_n = l.n;
    return E_OK;
}

enum err credit_db_plan_lots(struct ctx *c, int64_t customer_n, const struct credit_lot *behind,
    struct credit_lot *ret, size_t max, size_t *ret_n)
{
    struct lots l = { .lot = ret, .max = max };
    int64_t ends_ms = behind->n > 0 && behind->ends_ms == 0 ? NEVER_MS : behind->ends_ms;
    TRY(db_each(c,
        LOT " WHERE customer_n = $1 AND kind = 0 AND unused > 0"
            " AND (ends_ms > $2 OR (ends_ms = $2 AND n > $3)) ORDER BY ends_ms, n LIMIT $4",
        DB_IN(in_i64(customer_n), in_i64(ends_ms), in_i64(behind->n), in_i64((int64_t)max)),
        LOT_OUT(&l.row), one_lot, &l));
    *ret_n = l.n;
    return E_OK;
}

enum err credit_db_plan_left(struct ctx *c, int64_t customer_n, int64_t *ret)
{
    int64_t sum = 0;
    TRY(db_one(c,
        "SELECT CAST(COALESCE(SUM(unused), 0) AS BIGINT) FROM credit_lot"
        " WHERE customer_n = $1 AND kind = 0 AND unused > 0",
        DB_IN(in_i64(customer_n)), DB_OUT(out_i64(&sum))));
    *ret = sum;
    return E_OK;
}

#define OF_MONTH                                                                                   \
    " WHERE subscription_n = $1 AND subscription_n > 0"                                            \
    " AND (source = $2 OR (created_ms >= $3 AND created_ms < $4 AND source LIKE 'ord_%'))"

enum err credit_given(struct ctx *c, const struct credit_month_of *m, int64_t *ret)
{
    int64_t sum = 0;
    TRY(db_one(c, "SELECT CAST(COALESCE(SUM(given - taken), 0) AS BIGINT) FROM credit_lot" OF_MONTH,
        DB_IN(
            in_i64(m->subscription_n), in_str(m->source), in_i64(m->begins_ms), in_i64(m->ends_ms)),
        DB_OUT(out_i64(&sum))));
    *ret = sum;
    return E_OK;
}

enum err credit_db_lots_of_month(struct ctx *c, const struct credit_month_of *m, int64_t below_n,
    struct credit_lot *ret, size_t max, size_t *ret_n)
{
    struct lots l = { .lot = ret, .max = max };
    TRY(db_each(c, LOT OF_MONTH " AND taken < given AND n < $5 ORDER BY n DESC LIMIT $6",
        DB_IN(in_i64(m->subscription_n), in_str(m->source), in_i64(m->begins_ms),
            in_i64(m->ends_ms), in_i64(below_n), in_i64((int64_t)max)),
        LOT_OUT(&l.row), one_lot, &l));
    *ret_n = l.n;
    return E_OK;
}

/* Also those with nothing left: what was drawn may come back. */
enum err credit_db_lots_end(struct ctx *c, int64_t subscription_n, int64_t ends_ms)
{
    must(subscription_n > 0);
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_lot SET ends_ms = $2 WHERE subscription_n = $1 AND subscription_n > 0"
        " AND ends_ms <> $2",
        DB_IN(in_i64(subscription_n), in_i64(ends_ms)));
}

enum err credit_db_ended_lots(
    struct ctx *c, int64_t customer_n, struct credit_lot *ret, size_t max, size_t *ret_n)
{
    struct lots l = { .lot = ret, .max = max };
    TRY(db_each(c,
        LOT " WHERE customer_n = $1 AND unused > 0 AND ends_ms <= $2 ORDER BY ends_ms, n LIMIT $3",
        DB_IN(in_i64(customer_n), in_i64(c->now_ms), in_i64((int64_t)max)), LOT_OUT(&l.row),
        one_lot, &l));
    *ret_n = l.n;
    return E_OK;
}

enum err credit_db_end_lots(struct ctx *c, int64_t customer_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_lot SET ends_ms = $1 WHERE customer_n = $2 AND unused > 0 AND ends_ms > $1",
        DB_IN(in_i64(c->now_ms), in_i64(customer_n)));
}

enum err credit_db_draw(struct ctx *c, int64_t lot_n, int64_t amount)
{
    return db_exec(c, 1, "UPDATE credit_lot SET unused = unused - $2 WHERE n = $1 AND unused >= $2",
        DB_IN(in_i64(lot_n), in_i64(amount)));
}

enum err credit_db_end(struct ctx *c, int64_t lot_n, int64_t amount)
{
    return db_exec(c, 1,
        "UPDATE credit_lot SET unused = unused - $2,"
        " taken = CASE WHEN taken + $2 > given THEN given ELSE taken + $2 END"
        " WHERE n = $1 AND unused >= $2",
        DB_IN(in_i64(lot_n), in_i64(amount)));
}

enum err credit_db_undraw(struct ctx *c, int64_t lot_n, int64_t amount)
{
    return db_exec(c, 1,
        "UPDATE credit_lot SET unused = unused + $2 WHERE n = $1 AND unused + $2 <= given",
        DB_IN(in_i64(lot_n), in_i64(amount)));
}

enum err credit_db_take(struct ctx *c, int64_t lot_n, int64_t due, int64_t got)
{
    return db_exec(c, 1,
        "UPDATE credit_lot SET taken = taken + $2, unused = unused - $3"
        " WHERE n = $1 AND unused >= $3 AND taken + $2 <= given",
        DB_IN(in_i64(lot_n), in_i64(due), in_i64(got)));
}

/* ---- frozen */

enum err credit_db_left_of_order(
    struct ctx *c, int64_t customer_n, int64_t order_n, bool frozen, int64_t *ret)
{
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(CASE WHEN $3 = 1 THEN frozen ELSE unused END), 0) AS BIGINT)"
        " FROM credit_lot WHERE order_n = $1 AND order_n > 0 AND customer_n = $2",
        DB_IN(in_i64(order_n), in_i64(customer_n), in_bool(frozen)), DB_OUT(out_i64(ret)));
}

/* Also those with nothing left: what was drawn may come back. */
enum err credit_db_freeze(struct ctx *c, int64_t customer_n, int64_t order_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_lot SET argued = 1, frozen = frozen + unused, unused = 0"
        " WHERE order_n = $1 AND order_n > 0 AND customer_n = $2",
        DB_IN(in_i64(order_n), in_i64(customer_n)));
}

enum err credit_db_thaw(struct ctx *c, int64_t customer_n, int64_t order_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_lot SET argued = 0, unused = unused + frozen, frozen = 0"
        " WHERE order_n = $1 AND order_n > 0 AND customer_n = $2",
        DB_IN(in_i64(order_n), in_i64(customer_n)));
}

enum err credit_db_came_back(struct ctx *c, int64_t customer_n, int64_t *ret)
{
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(unused), 0) AS BIGINT) FROM credit_lot"
        " WHERE customer_n = $1 AND unused > 0 AND argued = 1",
        DB_IN(in_i64(customer_n)), DB_OUT(out_i64(ret)));
}

enum err credit_db_freeze_back(struct ctx *c, int64_t customer_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_lot SET frozen = frozen + unused, unused = 0"
        " WHERE customer_n = $1 AND unused > 0 AND argued = 1",
        DB_IN(in_i64(customer_n)));
}

/* ---- draws */

enum err credit_db_put_draw(struct ctx *c, struct id holder, const struct credit_draw *draw)
{
    return db_exec(c, 1, "INSERT INTO credit_draw (holder, lot_n, amount) VALUES ($1, $2, $3)",
        DB_IN(in_id(holder), in_i64(draw->lot_n), in_i64(draw->amount)));
}

struct draws {
    struct credit_draw row, *draw;
    size_t n, max;
};

static enum err take_draw(struct ctx *c, void *arg)
{
    struct draws *d = arg;
    must(d->n < d->max && !c->dead);
    d->draw[d->n++] = d->row;
    return E_OK;
}

enum err credit_db_draws(struct ctx *c, struct id holder, struct credit_draw **ret, size_t *ret_n)
{
    int64_t n = 0;
    TRY(db_one(c, "SELECT COUNT(*) FROM credit_draw WHERE holder = $1", DB_IN(in_id(holder)),
        DB_OUT(out_i64(&n))));
    struct draws d = { .max = (size_t)n,
        .draw = arena_array(c->arena, struct credit_draw, (size_t)n) };
    TRY(db_each(c, "SELECT lot_n, amount FROM credit_draw WHERE holder = $1 ORDER BY lot_n",
        DB_IN(in_id(holder)), DB_OUT(out_i64(&d.row.lot_n), out_i64(&d.row.amount)), take_draw,
        &d));
    *ret = d.draw;
    *ret_n = d.n;
    return E_OK;
}

enum err credit_db_move_draw(
    struct ctx *c, struct id from, struct id to, const struct credit_draw *draw)
{
    if (draw->amount == 0)
        return db_exec(c, 1, "DELETE FROM credit_draw WHERE holder = $1 AND lot_n = $2",
            DB_IN(in_id(from), in_i64(draw->lot_n)));
    return db_exec(c, 1,
        "UPDATE credit_draw SET holder = $3, amount = $4 WHERE holder = $1 AND lot_n = $2",
        DB_IN(in_id(from), in_i64(draw->lot_n), in_id(to), in_i64(draw->amount)));
}

/* ---- reservations */

enum err credit_db_hold(struct ctx *c, const struct credit_held *h)
{
    return db_exec(c, 1,
        "INSERT INTO credit_reservation (id, customer_n, state, amount, description, reference,"
        " operation, quantity, labels, counted, ends_ms, created_ms)"
        " VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        DB_IN(in_id(h->id), in_i64(h->customer_n), in_i64(h->amount), in_str(h->description),
            in_str(h->reference), in_str(h->operation), in_i64(h->quantity), in_str(h->labels),
            in_i64(h->counted), in_i64(h->ends_ms), in_i64(c->now_ms)));
}

enum err credit_db_held(
    struct ctx *c, int64_t customer_n, struct id id, bool *ret_found, struct credit_held *ret)
{
    struct credit_held h = { .n = 0 };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT n, id, customer_n, state, amount, description, reference, operation, quantity,"
        " labels, counted, ends_ms, created_ms FROM credit_reservation"
        " WHERE id = $1 AND customer_n = $2",
        DB_IN(in_id(id), in_i64(customer_n)),
        DB_OUT(out_i64(&h.n), out_id(&h.id), out_i64(&h.customer_n), out_i64(&h.state),
            out_i64(&h.amount), out_str(&h.description), out_str(&h.reference),
            out_str(&h.operation), out_i64(&h.quantity), out_str(&h.labels), out_i64(&h.counted),
            out_i64(&h.ends_ms), out_i64(&h.created_ms))));
    *ret_found = found;
    *ret = h;
    return E_OK;
}

enum err credit_db_end_hold(struct ctx *c, int64_t n, int64_t state, int64_t amount)
{
    return db_exec(c, 1,
        "UPDATE credit_reservation SET state = $2, amount = $3 WHERE n = $1 AND state = 0",
        DB_IN(in_i64(n), in_i64(state), in_i64(amount)));
}

/* ---- what has ended */

struct ended {
    struct id id, *ret_id;
    int64_t customer_n, *ret_customer;
    size_t n, max;
};

static enum err take_ended(struct ctx *c, void *arg)
{
    struct ended *e = arg;
    must(e->n < e->max && !c->dead);
    if (e->ret_id != NULL)
        e->ret_id[e->n] = e->id;
    e->ret_customer[e->n++] = e->customer_n;
    return E_OK;
}

enum err credit_db_ended(struct ctx *c, int64_t *ret_customer, size_t max, size_t *ret_n)
{
    struct ended e = { .ret_customer = ret_customer, .max = max };
    TRY(db_each(c,
        "SELECT customer_n FROM credit_lot WHERE unused > 0 AND ends_ms <= $1"
        " ORDER BY ends_ms, n LIMIT $2",
        DB_IN(in_i64(c->now_ms), in_i64((int64_t)max)), DB_OUT(out_i64(&e.customer_n)), take_ended,
        &e));
    *ret_n = e.n;
    return E_OK;
}

enum err credit_db_ended_holds(
    struct ctx *c, struct id *ret_id, int64_t *ret_customer, size_t max, size_t *ret_n)
{
    struct ended e = { .ret_id = ret_id, .ret_customer = ret_customer, .max = max };
    TRY(db_each(c,
        "SELECT id, customer_n FROM credit_reservation WHERE state = 0 AND ends_ms <= $1"
        " ORDER BY ends_ms, n LIMIT $2",
        DB_IN(in_i64(c->now_ms), in_i64((int64_t)max)),
        DB_OUT(out_id(&e.id), out_i64(&e.customer_n)), take_ended, &e));
    *ret_n = e.n;
    return E_OK;
}
