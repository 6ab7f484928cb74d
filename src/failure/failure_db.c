#include "failure/failure_db.h"

#include "db/db.h"

/* Who adds to a row holds it until the commit, so two servers count its customers one after the
 * other. */
enum err failure_add(struct ctx *c, const struct mishap_group *g)
{
    int64_t n = 0;
    TRY(db_one(c,
        "INSERT INTO failure (kind, refused, place, code, times, first_ms, last_ms, request_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, place, code) DO UPDATE SET"
        " times = failure.times + excluded.times,"
        " request_id = CASE WHEN excluded.last_ms < failure.last_ms THEN failure.request_id"
        "   ELSE excluded.request_id END,"
        " last_ms = CASE WHEN excluded.last_ms < failure.last_ms THEN failure.last_ms"
        "   ELSE excluded.last_ms END"
        " RETURNING n",
        DB_IN(in_i64((int64_t)g->kind), in_bool(g->kind == MISHAP_REFUSED), in_str(g->place),
            in_str(code_info(g->code)->name), in_i64(g->count), in_i64(g->first_ms),
            in_i64(g->last_ms), in_str(g->request_id)),
        DB_OUT(out_i64(&n))));
    for (size_t i = 0; i < g->customers; i++)
        TRY(db_exec(c, DB_ANY_ROWS,
            "INSERT INTO failure_customer (failure_n, customer_n)"
            " SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT) WHERE"
            " (SELECT COUNT(*) FROM failure_customer WHERE failure_n = $1) < $3"
            " ON CONFLICT (failure_n, customer_n) DO NOTHING",
            DB_IN(in_i64(n), in_i64(g->customer[i]), in_i64(FAILURE_CUSTOMERS))));
    return E_OK;
}

#define COLUMNS                                                                                    \
    "n, kind, place, code, times, first_ms, last_ms, request_id,"                                  \
    " (SELECT COUNT(*) FROM failure_customer WHERE failure_n = failure.n)"
#define OUT_FAILURE(f)                                                                             \
    DB_OUT(out_i64(&(f)->n), out_enum(&(f)->kind), out_str(&(f)->place), out_str(&(f)->code),      \
        out_i64(&(f)->count), out_i64(&(f)->first_ms), out_i64(&(f)->last_ms),                     \
        out_str(&(f)->request_id), out_i64(&(f)->customers))

enum err failure_by_n(struct ctx *c, int64_t n, struct failure *ret)
{
    struct failure f = { 0 };
    bool found = false;
    TRY(db_find(c, &found, "SELECT " COLUMNS " FROM failure WHERE n = $1", DB_IN(in_i64(n)),
        OUT_FAILURE(&f)));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such group of errors; one is kept for %d days",
            FAILURE_DAYS);
    *ret = f;
    return E_OK;
}

struct listed {
    struct failure row;
    enum err (*each)(struct ctx *c, const struct failure *f, void *arg);
    void *arg;
};

static enum err hand(struct ctx *c, void *arg)
{
    struct listed *k = arg;
    return k->each(c, &k->row, k->arg);
}

enum err failure_list(struct ctx *c, const struct failure_filter *filter,
    enum err (*each)(struct ctx *c, const struct failure *f, void *arg), void *arg)
{
    struct listed k = { .each = each, .arg = arg };
    struct failure last = { .n = INT64_MAX, .last_ms = INT64_MAX };
    if (filter->after_n > 0)
        TRY(failure_by_n(c, filter->after_n, &last));
    return db_each(c,
        "SELECT " COLUMNS " FROM failure WHERE refused = $1 AND (last_ms, n) < ($2, $3)"
        " ORDER BY last_ms DESC, n DESC LIMIT $4",
        DB_IN(
            in_bool(filter->refused), in_i64(last.last_ms), in_i64(last.n), in_i64(filter->limit)),
        OUT_FAILURE(&k.row), hand, &k);
}

struct met {
    int64_t n;
    enum err (*each)(struct ctx *c, int64_t customer_n, void *arg);
    void *arg;
};

static enum err hand_customer(struct ctx *c, void *arg)
{
    const struct met *k = arg;
    return k->each(c, k->n, k->arg);
}

enum err failure_customers(struct ctx *c, int64_t failure_n,
    enum err (*each)(struct ctx *c, int64_t customer_n, void *arg), void *arg)
{
    struct met k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT customer_n FROM failure_customer WHERE failure_n = $1 ORDER BY customer_n",
        DB_IN(in_i64(failure_n)), DB_OUT(out_i64(&k.n)), hand_customer, &k);
}

/* Of each list the one that was seen least lately. */
enum err failure_delete_old(struct ctx *c, int64_t before_ms, bool *ret_more)
{
    bool more = false;
    for (int refused = 0; refused <= 1; refused++) {
        int64_t n = 0;
        bool found = false;
        TRY(db_find(c, &found,
            "SELECT n FROM failure WHERE refused = $1 AND last_ms < $2"
            " ORDER BY last_ms, n LIMIT 1 FOR UPDATE",
            DB_IN(in_i64(refused), in_i64(before_ms)), DB_OUT(out_i64(&n))));
        if (!found)
            continue;
        TRY(db_exec(
            c, DB_ANY_ROWS, "DELETE FROM failure_customer WHERE failure_n = $1", DB_IN(in_i64(n))));
        TRY(db_exec(c, 1, "DELETE FROM failure WHERE n = $1", DB_IN(in_i64(n))));
        more = true;
    }
    *ret_more = more;
    return E_OK;
}
