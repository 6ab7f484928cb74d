#include "sandbox/stripe.h"

enum err stripe_insert(struct ctx *c, struct thing *t, struct str customer, struct str parent)
{
    return db_one(c,
        "INSERT INTO stripe_object (id, kind, customer, parent, turn_ms, body, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING n",
        DB_IN(in_str(t->id), in_str(str_of_c(t->kind->name)), in_str(customer), in_str(parent),
            in_i64(t->turn_ms), in_str(tree_text(c->arena, t->body)),
            in_i64(tree_i64(t->body, "created"))),
        DB_OUT(out_i64(&t->n)));
}

enum err stripe_update(
    struct ctx *c, const struct thing *t, struct str kind, struct str customer, struct str parent)
{
    return db_exec(c, 1,
        "UPDATE stripe_object SET kind = $1, customer = $2, parent = $3, turn_ms = $4, body = $5,"
        " created = $6 WHERE n = $7",
        DB_IN(in_str(kind), in_str(customer), in_str(parent), in_i64(t->turn_ms),
            in_str(tree_text(c->arena, t->body)), in_i64(tree_i64(t->body, "created")),
            in_i64(t->n)));
}

enum err stripe_get(struct ctx *c, struct str id, bool *ret_found, struct stored *ret)
{
    if (!str_is_utf8(id)) {
        *ret_found = false;
        return E_OK;
    }
    return db_find(c, ret_found, "SELECT n, turn_ms, body FROM stripe_object WHERE id = $1",
        DB_IN(in_str(id)), DB_OUT(out_i64(&ret->n), out_i64(&ret->turn_ms), out_str(&ret->body)));
}

struct scanning {
    struct stored *row;
    size_t n;
    struct stored at;
};

static enum err keep_row(struct ctx *c, void *arg)
{
    (void)c;
    struct scanning *k = arg;
    k->row[k->n++] = k->at;
    return E_OK;
}

#define SCAN                                                                                       \
    "SELECT n, turn_ms, body FROM stripe_object WHERE kind = $1"                                   \
    " AND ($2 = '' OR customer = $2) AND ($3 = '' OR parent = $3)"                                 \
    " AND created >= $5 AND created <= $6 AND ($7 = '' OR $7 LIKE '%,' || parent || ',%')"

#define SCAN_IN(scan)                                                                              \
    DB_IN(in_str((scan)->kind), in_str((scan)->customer), in_str((scan)->parent),                  \
        in_i64((scan)->n), in_i64((scan)->from), in_i64((scan)->to), in_str((scan)->parents))
#define SCAN_OUT(row) DB_OUT(out_i64(&(row)->n), out_i64(&(row)->turn_ms), out_str(&(row)->body))

enum err stripe_scan(
    struct ctx *c, const struct stripe_scan *scan, struct stored *ret, size_t *ret_n)
{
    struct scanning k = { .row = ret };
    if (scan->upwards)
        TRY(db_each(c, SCAN " AND n > $4 ORDER BY n LIMIT 100", SCAN_IN(scan), SCAN_OUT(&k.at),
            keep_row, &k));
    else
        TRY(db_each(c, SCAN " AND n < $4 ORDER BY n DESC LIMIT 100", SCAN_IN(scan), SCAN_OUT(&k.at),
            keep_row, &k));
    *ret_n = k.n;
    return E_OK;
}

enum err stripe_next_due(struct ctx *c, int64_t *ret_ms)
{
    *ret_ms = INT64_MAX;
    return db_one(c, "SELECT MIN(turn_ms) FROM stripe_object WHERE turn_ms > 0", DB_NO_IN,
        DB_OUT(out_i64_null(ret_ms)));
}

enum err stripe_due(struct ctx *c, bool *ret_found, struct stored *ret)
{
    return db_find(c, ret_found,
        "SELECT n, turn_ms, body FROM stripe_object WHERE turn_ms > 0 AND turn_ms <= $1"
        " ORDER BY turn_ms, n LIMIT 1",
        DB_IN(in_i64(c->now_ms)),
        DB_OUT(out_i64(&ret->n), out_i64(&ret->turn_ms), out_str(&ret->body)));
}

/* ---- answers under idempotency keys */

enum err stripe_answer_get(
    struct ctx *c, struct str key, bool *ret_found, struct stripe_answer *ret)
{
    enum {
        KEPT_MS = 24 * 60 * 60 * 1000
    };
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM stripe_answer WHERE key = $1 AND at_ms <= $2",
        DB_IN(in_str(key), in_i64(c->now_ms - KEPT_MS))));
    return db_find(c, ret_found,
        "SELECT print, request, status, body FROM stripe_answer WHERE key = $1", DB_IN(in_str(key)),
        DB_OUT(out_str(&ret->print), out_str(&ret->request), out_i64(&ret->status),
            out_str(&ret->body)));
}

enum err stripe_answer_put(struct ctx *c, struct str key, const struct stripe_answer *in)
{
    return db_exec(c, 1,
        "INSERT INTO stripe_answer (key, print, request, status, body, at_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        DB_IN(in_str(key), in_str(in->print), in_str(in->request), in_i64(in->status),
            in_str(in->body), in_i64(c->now_ms)));
}

enum err stripe_empty(struct ctx *c)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM stripe_answer", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM stripe_object", DB_NO_IN);
}
