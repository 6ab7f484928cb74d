#include "credit/credit_db.h"

#include "db/db.h"

/* Each change of a balance, as its owner reads it. */

enum {
    HOUR_MS = 3600 * 1000
};

enum err credit_db_add_move(struct ctx *c, const struct credit_move *k)
{
    return db_exec(c, 1,
        "INSERT INTO credit_move (id, customer_n, kind, amount, balance_after, description,"
        " reference, operation, quantity, labels, undone, created_ms, counted, counted_ms, day)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14)",
        DB_IN(in_id(k->id), in_i64(k->customer_n), in_i64((int64_t)k->change), in_i64(k->amount),
            in_i64(k->balance_after), in_str(k->description), in_str(k->reference),
            in_str(k->operation), in_i64(k->quantity), in_str(k->labels), in_i64(c->now_ms),
            in_i64(k->counted), in_i64(k->counted_ms), in_i64(k->date)));
}

#define MOVE                                                                                       \
    "SELECT n, id, customer_n, kind, amount, balance_after, description, reference, operation,"    \
    " quantity, labels, undone, created_ms, counted, counted_ms, day FROM credit_move"
#define MOVE_OUT(k)                                                                                \
    DB_OUT(out_i64(&(k)->n), out_id(&(k)->id), out_i64(&(k)->customer_n), out_enum(&(k)->change),  \
        out_i64(&(k)->amount), out_i64(&(k)->balance_after), out_str(&(k)->description),           \
        out_str(&(k)->reference), out_str(&(k)->operation), out_i64(&(k)->quantity),               \
        out_str(&(k)->labels), out_bool(&(k)->undone), out_i64(&(k)->created_ms),                  \
        out_i64(&(k)->counted), out_i64(&(k)->counted_ms), out_i64(&(k)->date))

enum err credit_db_move(
    struct ctx *c, int64_t customer_n, struct id id, bool *ret_found, struct credit_move *ret)
{
    return db_find(c, ret_found, MOVE " WHERE id = $1 AND customer_n = $2",
        DB_IN(in_id(id), in_i64(customer_n)), MOVE_OUT(ret));
}

enum err credit_db_move_of(struct ctx *c, int64_t customer_n, struct str reference, bool *ret_found,
    struct credit_move *ret)
{
    return db_find(c, ret_found,
        MOVE " WHERE customer_n = $1 AND reference = $2 AND reference <> '' AND kind = 2"
             " AND undone = 0 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(customer_n), in_str(reference)), MOVE_OUT(ret));
}

enum err credit_db_undo(struct ctx *c, int64_t move_n)
{
    return db_exec(c, 1, "UPDATE credit_move SET undone = 1 WHERE n = $1 AND undone = 0",
        DB_IN(in_i64(move_n)));
}

/* ---- by time */

/* The last move before a moment, 0: there is none; found by halving, for a time needs no index of
 * its own. */
static enum err place(struct ctx *c, int64_t customer_n, int64_t ms, int64_t *ret_n)
{
    int64_t low = 1, high = INT64_MAX, best = 0;
    while (low <= high) {
        const int64_t middle = low + (high - low) / 2;
        int64_t n = 0, at_ms = 0;
        bool found = false;
        TRY(db_find(c, &found,
            "SELECT n, created_ms FROM credit_move WHERE customer_n = $1 AND n <= $2 AND n >= $3"
            " ORDER BY n DESC LIMIT 1",
            DB_IN(in_i64(customer_n), in_i64(high == INT64_MAX ? high : middle), in_i64(low)),
            DB_OUT(out_i64(&n), out_i64(&at_ms))));
        if (high == INT64_MAX) { /* the newest: from there on numbers are small */
            if (!found || at_ms < ms) {
                best = n;
                break;
            }
            high = n - 1;
        } else if (!found) {
            low = middle + 1;
        } else if (at_ms < ms) {
            best = n;
            low = middle + 1;
        } else {
            high = n - 1;
        }
    }
    *ret_n = best;
    return E_OK;
}

enum err credit_balance_at(struct ctx *c, int64_t customer_n, int64_t ms, int64_t *ret)
{
    int64_t last_n = 0, balance = 0;
    bool found = false;
    /* Clocks of several servers differ a little: the rows of an hour more are looked at. */
    TRY(place(c, customer_n, ms + HOUR_MS, &last_n));
    TRY(db_find(c, &found,
        "SELECT balance_after FROM credit_move WHERE customer_n = $1 AND n <= $2"
        " AND created_ms < $3 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(customer_n), in_i64(last_n), in_i64(ms)), DB_OUT(out_i64(&balance))));
    *ret = balance;
    return E_OK;
}

struct moves {
    struct credit_move row;
    enum err (*each)(struct ctx *c, const struct credit_move *move, void *arg);
    void *arg;
};

static enum err one_move(struct ctx *c, void *arg)
{
    struct moves *m = arg;
    return m->each(c, &m->row, m->arg);
}

/* Of what is rare among uses there is an index of its own. */
#define PERIOD                                                                                     \
    " WHERE customer_n = $1 AND n < $2 AND n > $3 AND created_ms >= $4 AND created_ms < $5"
#define NEWEST_ORDER " ORDER BY n DESC LIMIT $6"

enum err credit_history(struct ctx *c, const struct credit_filter *f,
    enum err (*each)(struct ctx *c, const struct credit_move *move, void *arg), void *arg)
{
    struct moves m = { .each = each, .arg = arg };
    int64_t before = f->after_n > 0 ? f->after_n : INT64_MAX, after = 0, last = 0;
    if (f->from_ms > 0)
        TRY(place(c, f->customer_n, f->from_ms - HOUR_MS, &after));
    if (f->until_ms > 0)
        TRY(place(c, f->customer_n, f->until_ms + HOUR_MS, &last));
    if (f->until_ms > 0 && last < before)
        before = last + 1;
    const struct db_ins in = DB_IN(in_i64(f->customer_n), in_i64(before), in_i64(after),
        in_i64(f->from_ms), in_i64(f->until_ms > 0 ? f->until_ms : INT64_MAX), in_i64(f->limit),
        in_i64(f->change_or_minus_1));
    if (f->change_or_minus_1 >= 0 && f->change_or_minus_1 != CREDIT_USAGE)
        return db_each(c, MOVE PERIOD " AND kind <> 2 AND kind = $7" NEWEST_ORDER, in,
            MOVE_OUT(&m.row), one_move, &m);
    return db_each(c, MOVE PERIOD " AND ($7 < 0 OR kind = $7)" NEWEST_ORDER, in, MOVE_OUT(&m.row),
        one_move, &m);
}
